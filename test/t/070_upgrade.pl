# From 0.1.0 on: an upgraded extension is the one that is installed afresh, and
# what 0.1.0 made answers as it did.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;

# Everything that pg_catalog knows of the extension's objects, a line each.
my $objects = q(
	WITH member AS (
		SELECT classid, objid FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'linlearn')
	)
	SELECT 'function ' || p.oid::regprocedure || ' ' || coalesce(
			CASE WHEN p.prokind <> 'a' THEN replace(pg_get_functiondef(p.oid), E'\n', ' ') END,
			(SELECT to_jsonb(a)::text FROM pg_aggregate a WHERE a.aggfnoid = p.oid))
		|| ' ' || coalesce(p.proacl::text, 'public')
	FROM pg_proc p, member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid
	UNION ALL
	SELECT 'relation ' || c.oid::regclass || ' ' || c.relkind::text || ' ' || coalesce(c.reloptions::text, '-') || ' '
		|| coalesce(c.relacl::text, '-') || ' ' || coalesce(replace(pg_get_viewdef(CASE c.relkind WHEN 'v' THEN c.oid END), E'\n', ' '), '-')
	FROM pg_class c, member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid
	UNION ALL
	SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
		|| a.attnotnull::text || a.attstorage::text || a.attidentity::text || a.attgenerated::text || ' '
		|| coalesce((SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum), '-')
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE a.attnum > 0 AND NOT a.attisdropped AND (
		c.oid IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
		OR c.oid IN (SELECT typrelid FROM pg_type, member WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid))
	UNION ALL
	SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid)
	FROM pg_constraint c, member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.conrelid
	UNION ALL
	SELECT 'index ' || pg_get_indexdef(i.indexrelid)
	FROM pg_index i, member m WHERE m.classid = 'pg_class'::regclass AND m.objid = i.indrelid
	UNION ALL
	SELECT 'trigger ' || pg_get_triggerdef(t.oid)
	FROM pg_trigger t, member m WHERE m.classid = 'pg_class'::regclass AND m.objid = t.tgrelid AND NOT t.tgisinternal
	UNION ALL
	SELECT 'dumped ' || c::regclass || ' ' || w
	FROM pg_extension, unnest(extconfig, extcondition) AS u (c, w) WHERE extname = 'linlearn'
	UNION ALL
	SELECT pg_describe_object(classid, objid, 0) || ' '
		|| coalesce(obj_description(objid, classid::regclass::name), 'no comment')
	FROM member
	UNION ALL
	SELECT 'type ' || t.oid::regtype || ' ' || (to_jsonb(t) - '{oid,typnamespace,typowner,typrelid,typarray,typelem}'::text[])::text
	FROM pg_type t, member m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid
	UNION ALL
	SELECT 'operator ' || o.oid::regoperator || ' ' || (to_jsonb(o) - '{oid,oprnamespace,oprowner,oprleft,oprright,oprresult,oprcom,oprnegate}'::text[])::text
		|| o.oprcom::regoper::text || o.oprnegate::regoper::text
	FROM pg_operator o, member m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid
	UNION ALL
	SELECT 'opclass member ' || f.opfname || ' ' || amopstrategy || ' ' || amopopr::regoperator
	FROM pg_amop JOIN pg_opfamily f ON f.oid = amopfamily JOIN member m ON m.classid = 'pg_opfamily'::regclass AND m.objid = f.oid
	UNION ALL
	SELECT 'opclass function ' || f.opfname || ' ' || amprocnum || ' ' || amproc::regprocedure
	FROM pg_amproc JOIN pg_opfamily f ON f.oid = amprocfamily JOIN member m ON m.classid = 'pg_opfamily'::regclass AND m.objid = f.oid
	ORDER BY 1);

$node->safe_psql('postgres', 'CREATE DATABASE fresh; CREATE DATABASE upgraded;');
$node->safe_psql('fresh', 'CREATE EXTENSION linlearn');
$node->safe_psql('upgraded',
	"CREATE EXTENSION linlearn VERSION '0.1.0'; ALTER EXTENSION linlearn UPDATE;");
my $version = 'SELECT extversion = (SELECT default_version FROM pg_available_extensions '
  . "WHERE name = 'linlearn') FROM pg_extension WHERE extname = 'linlearn'";
is($node->safe_psql('upgraded', $version), 't', 'the update leads to the default version');
my %fresh = map { $_ => 1 } split /\n/, $node->safe_psql('fresh', $objects);
my %upgraded = map { $_ => 1 } split /\n/, $node->safe_psql('upgraded', $objects);
cmp_ok(scalar(keys %fresh), '>', 300, 'the extension\'s objects are listed');
is_deeply([ grep { !$upgraded{$_} } sort keys %fresh ], [],
	'nothing of a fresh installation is missing after an upgrade');
is_deeply([ grep { !$fresh{$_} } sort keys %upgraded ], [],
	'nothing else is there after an upgrade');

# The fixtures: a dump of a database that 0.1.0 filled.
my $dump = $node->basedir . '/database.sql';
system_or_bail('sh', '-c', "gzip -dc '$FindBin::Bin/../fixtures/0.1.0/database.sql.gz' >'$dump'");
$node->safe_psql('postgres', 'CREATE DATABASE restored; CREATE DATABASE updated;');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ],
	'a dump made by 0.1.0 is restored into this version');
$node->safe_psql('updated', "CREATE EXTENSION linlearn VERSION '0.1.0'");
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('updated'), '-f', $dump ],
	'and into 0.1.0');
$node->safe_psql('updated', 'ALTER EXTENSION linlearn UPDATE');

foreach my $database ('restored', 'updated')
{
	# Scores may differ from 0.1.0's in the last digits: its exp was libm's.
	# Texts that are numbers predicted as their classes' places; now as numbers.
	is( $node->safe_psql($database, q(
		WITH feature AS (
			SELECT id, x, set_byte(set_byte(set_byte('\x000000', 0, x[1]::int), 1, x[2]::int), 2, x[3]::int) AS b,
				linlearn_sparse(x) AS s FROM asked
		), now AS (
			SELECT a.*, linlearn_predict(model, x) p, linlearn_predict_label(model, x) l, linlearn_score(model, x) sc, linlearn_scores(model, x) scs
			FROM answered a JOIN linlearn_models USING (name, version) JOIN feature USING (id) WHERE name NOT IN ('bytes', 'sparse')
			UNION ALL
			SELECT a.*, linlearn_predict(model, b), linlearn_predict_label(model, b), linlearn_score(model, b), linlearn_scores(model, b)
			FROM answered a JOIN linlearn_models USING (name, version) JOIN feature USING (id) WHERE name = 'bytes'
			UNION ALL
			SELECT a.*, linlearn_predict(model, s), linlearn_predict_label(model, s), linlearn_score(model, s), linlearn_scores(model, s)
			FROM answered a JOIN linlearn_models USING (name, version) JOIN feature USING (id) WHERE name = 'sparse'
		)
		SELECT count(*), count(DISTINCT name),
			count(*) FILTER (WHERE p IS DISTINCT FROM was AND abs(p - was) > 1e-12 * abs(was)),
			count(*) FILTER (WHERE l IS DISTINCT FROM label),
			count(*) FILTER (WHERE abs(sc - score) > 1e-12 * greatest(1, abs(score))),
			count(*) FILTER (WHERE (SELECT max(abs(u - v)) FROM unnest(scs, scores) AS t (u, v)) > 1e-6)
		FROM now, LATERAL (SELECT CASE name WHEN 'label-digits' THEN 10 * predicted + 10 ELSE predicted END) AS w (was))),
		'720|35|0|0|0|0', "$database: models answer as in 0.1.0");
	# A byte goes on counting b, also in what goes on from such a model: a step of
	# nearly no size leaves every answer, a longer one keeps bytes and numbers alike.
	is( $node->safe_psql($database, q(
		CREATE TEMP TABLE bytes AS SELECT x::int[] AS whole, b, label::boolean AS label
		FROM asked JOIN answered USING (id), LATERAL (SELECT set_byte(set_byte(set_byte('\x000000', 0, x[1]::int), 1, x[2]::int), 2, x[3]::int)) AS s (b)
		WHERE name = 'bytes';
		CREATE TEMP TABLE further AS
		SELECT step, model, linlearn_train(b, label, o, NULL, 1, model) AS by_bytes, linlearn_train(whole, label, o, NULL, 1, model) AS by_whole
		FROM linlearn_models, bytes, (VALUES (1e-30), (0.1)) AS v (step),
			LATERAL (SELECT jsonb_build_object('optimizer', 'adam', 'learning_rate', step, 'epochs', 1, 'num_models', 1, 'wd', 0)) AS s (o)
		WHERE name = 'bytes' GROUP BY step, model;
		SELECT bool_and(linlearn_score(model, b) = linlearn_score(by_bytes, b) AND linlearn_score(model, whole) = linlearn_score(by_bytes, whole)
				AND linlearn_score(model, b) = linlearn_score(by_whole, b)) AS same,
			max(abs(linlearn_score(by_bytes, b) - linlearn_score(by_bytes, whole))) < 1e-6 AS one_unit,
			bool_and(linlearn_model_info(by_bytes) -> 'byte_unit' = '1' AND linlearn_model_info(by_whole) -> 'byte_unit' = '1') AS unit
		FROM further, bytes GROUP BY step ORDER BY step)),
		"t|t|t\nf|t|t", "$database: what goes on from a model of bytes counts them alike");
	is( $node->safe_psql($database, q(
		SELECT count(*), count(*) FILTER (WHERE regexp_replace(answer::text, '(\d\.\d{12})\d+', '\1', 'g') IS DISTINCT FROM
			regexp_replace(linlearn_invoke_endpoint(a.name, array_to_string(x, ','))::text, '(\d\.\d{12})\d+', '\1', 'g'))
		FROM answered_endpoint a JOIN asked USING (id))),
		'60|0', "$database: endpoints answer as in 0.1.0");
	is( $node->safe_psql($database, q(
		SELECT count(*), bool_and(metrics = (linlearn_evaluate(model, CASE WHEN model LIKE 'value%'
			THEN 'SELECT x, v FROM evaluated' ELSE 'SELECT x, y FROM evaluated' END, dataset, version)))
		FROM answered_evaluation)),
		'2|t', "$database: evaluations come out as in 0.1.0");
	is( $node->safe_psql($database, q(
		SELECT count(*) FROM (SELECT name, version FROM linlearn_model_catalog) c JOIN answered_info USING (name, version))),
		'36', "$database: the catalogue shows every model");
	# Cards are new, and have a place in what is old; a page of SQL_ASCII names what is not ASCII by number.
	is( $node->safe_psql($database, q(
		UPDATE linlearn_models SET card = jsonb_build_object('owner', 'Ünal ' || version) WHERE name IN (SELECT min(name) FROM linlearn_models);
		SELECT count(*) > 30, count(card), bool_and(linlearn_report(name, version) ~ '<dt>owner</dt><dd>(Ü|&#xDC;)nal 1</dd>') FILTER (WHERE card IS NOT NULL) FROM linlearn_models)),
		't|1|t', "$database: a model gets a card");
}

# A dump of what was updated has the cards, and all else.
my $models = q(SELECT count(*), count(card), md5(string_agg(m::text, ';' ORDER BY m::text)) FROM linlearn_models AS m);
my $cards = $node->safe_psql('updated', $models);
$node->safe_psql('postgres', 'CREATE DATABASE again');
$node->command_ok([ 'pg_dump', '-f', "$dump.again", $node->connstr('updated') ], 'what was updated is dumped');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('again'), '-f', "$dump.again" ], 'and restored');
is($node->safe_psql('again', $models), $cards, 'with its cards');

# A database of 0.1.0 whose cluster is upgraded first, and the extension then.
SKIP:
{
	chomp(my $bin = `pg_config --bindir`);
	skip 'pg_upgrade is not installed', 4 if !-x "$bin/pg_upgrade";
	$node->safe_psql('postgres', 'CREATE DATABASE old');
	$node->safe_psql('old', "CREATE EXTENSION linlearn VERSION '0.1.0'");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('old'), '-f', $dump ], 'a database of 0.1.0');
	my $answers = q(SELECT count(*), md5(string_agg(md5(model) || linlearn_predict(model, x), ' ' ORDER BY name, version, id))
		FROM answered JOIN asked USING (id) JOIN linlearn_models USING (name, version) WHERE name NOT IN ('bytes', 'sparse'));
	my $before = $node->safe_psql('old', $answers);
	my $new = PostgreSQL::Test::Cluster->new('upgraded_cluster');
	$new->init;
	$node->stop;
	chdir $new->basedir or die;
	$node->command_ok(
		[ 'pg_upgrade', '-d', $node->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin, '-s', $new->host, '-p', $node->port, '-P', $new->port ],
		'pg_upgrade takes 0.1.0 along');
	$new->start;
	is( $new->safe_psql('old', 'ALTER EXTENSION linlearn UPDATE;' . $answers), $before, 'its models answer as before');
	is($new->safe_psql('updated', $models), $cards, 'and cards come through it');
	$new->stop;
	$node->start;
}

$node->stop;
done_testing();
