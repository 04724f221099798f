# Hostile objects in schemas that everybody may write to: none of their code
# runs when another role uses the extension, installs it or updates it.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nmax_locks_per_transaction = 1000\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mallory');

# Functions, aggregates, operators, types and tables of a schema that warn when
# they are used: for everything of pg_catalog one of the same arguments (which
# is taken where the schema comes first in search_path), and ones of arguments
# that fit better than pg_catalog's (which are taken wherever the schema comes).
my $makers = q(
	SET ROLE mallory;
	CREATE OR REPLACE FUNCTION pg_temp.make(command text) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE command;
	EXCEPTION WHEN OTHERS THEN
		NULL;  -- PostgreSQL refuses some arguments
	END
	$$;
	CREATE FUNCTION pg_temp.make_function(name text, arguments text, result text) RETURNS void LANGUAGE sql AS $$
		SELECT pg_temp.make(format('CREATE FUNCTION SCHEMA.%I(%s) RETURNS %s LANGUAGE plpgsql AS '
			|| '''BEGIN RAISE WARNING ''''HOSTILE %%'''', ''''%s''''; RETURN %s; END''',
			name, arguments, result, replace(name, '''', ''),
			CASE WHEN result LIKE 'SETOF %' THEN '' ELSE 'NULL' END)) $$;
	CREATE FUNCTION pg_temp.make_operator(name text, lefts text, rights text, result text) RETURNS void LANGUAGE sql AS $$
		SELECT pg_temp.make_function('hostile_operator', concat_ws(', ', lefts, rights), result);
		SELECT pg_temp.make(format('CREATE OPERATOR SCHEMA.%s (FUNCTION = SCHEMA.hostile_operator, %s)', name,
			concat_ws(', ', 'LEFTARG = ' || lefts, 'RIGHTARG = ' || rights))) $$;
);
my $hostile = q(
	-- of the same arguments
	SELECT count(pg_temp.make_function(proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid)))
	FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
		AND NOT 'internal'::regtype = ANY (proargtypes) AND NOT 'cstring'::regtype = ANY (proargtypes)
		AND prorettype NOT IN ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype, 'event_trigger'::regtype);
	SELECT count(pg_temp.make_operator(oprname, CASE WHEN oprkind <> 'l' THEN oprleft::regtype::text END, oprright::regtype::text, oprresult::regtype::text))
	FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace;
	-- of arguments that fit better
	CREATE TEMP TABLE shape (argument text);
	INSERT INTO shape VALUES ('text'), ('varchar'), ('float8'), ('float8[]'), ('real[]'), ('integer'), ('bigint'), ('text[]'), ('jsonb'), ('bytea'), ('boolean'), ('name');
	SELECT count(pg_temp.make_function(proname, argument, CASE WHEN proretset THEN 'SETOF ' ELSE '' END || 'text'))
	FROM pg_proc, shape WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND pronargs = 1
		AND proargtypes[0]::regtype::text LIKE '%any%';
	SELECT count(pg_temp.make_function(proname, a.argument || ', ' || b.argument, 'text'))
	FROM pg_proc, shape a, shape b WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND pronargs = 2
		AND proname ~ '^(array_|jsonb|coalesce|format|concat)' AND proargtypes[0]::regtype::text LIKE '%any%';
	CREATE FUNCTION SCHEMA.hostile_step(state text, value anyelement) RETURNS text LANGUAGE plpgsql AS
		$$ BEGIN RAISE WARNING 'HOSTILE aggregate'; RETURN NULL; END $$;
	SELECT count(pg_temp.make(format('CREATE AGGREGATE SCHEMA.%I(%s) (SFUNC = SCHEMA.hostile_step, STYPE = text)', proname, argument)))
	FROM (SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'a') p, shape;
	SELECT count(pg_temp.make_operator(name, a.argument, b.argument, result))
	FROM (VALUES ('=', 'boolean'), ('<>', 'boolean'), ('<', 'boolean'), ('>', 'boolean'), ('>=', 'boolean'), ('<=', 'boolean'),
		('->', 'jsonb'), ('->>', 'text'), ('#>>', 'text'), ('||', 'text'), ('-', 'float8'), ('+', 'float8')) o (name, result), shape a, shape b;
	-- types that check, casts, tables and views of the names that are used
	SELECT count(pg_temp.make(format('CREATE DOMAIN SCHEMA.%I AS pg_catalog.%s CHECK (SCHEMA.length(VALUE::pg_catalog.text) IS NULL)', t, t)))
	FROM unnest('{text,float8,int4,numeric,bytea,jsonb,bool,name}'::text[]) t;
	SELECT count(pg_temp.make(format('CREATE VIEW SCHEMA.%I AS SELECT SCHEMA.version()', c)))
	FROM unnest('{pg_class,pg_proc,pg_database,pg_roles}'::text[]) c;);

# What is named as the extension's own is, for arguments that fit better.
my %results = (
	linlearn_predict => 'float8', linlearn_predict_label => 'text', linlearn_score => 'float8', linlearn_scores => 'real[]',
	linlearn_metrics => 'jsonb', linlearn_confusion => 'jsonb', linlearn_curve_svg => 'text', linlearn_model_info => 'jsonb',
	linlearn_confusion_rows => 'text');
my $overloads = join '', map { my $f = $_;
	map { "SELECT pg_temp.make_function('$f', '$_', '$results{$f}');\n" }
	  grep { !($_ eq 'text, text' && $f =~ /^linlearn_(predict|predict_label|score|scores)$/) }  # the extension's own
	  ('bytea, real[]', 'bytea, float8[]', 'bytea, integer[]', 'text, real[]', 'text, float8[]', 'boolean, text', 'text, text', 'float8, float8',
		'text, text, float8, jsonb', 'boolean, boolean, float8', 'boolean, boolean', 'text, text, jsonb', 'boolean, text, float8, jsonb',
		'float8, float8, float8, jsonb', 'integer, float8, float8, jsonb', 'integer, text, float8, jsonb',
		'varchar, float8[], float8[], text, text', 'varchar, integer', 'text') } sort keys %results;

# Runs SQL; returns what warned, and the output.
sub warnings_of
{
	my ($database, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql($database, $sql);
	my @warned = sort grep { /HOSTILE/ } split /\n/, $stderr;

	diag($stderr) if $status != 0;
	return (\@warned, $stdout, $stderr);
}

# Makes a database with tables of rows, and the hostile objects in schemas.
sub make_database
{
	my ($name, @schemas) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, q(
		CREATE SCHEMA data;
		GRANT USAGE ON SCHEMA data TO PUBLIC;
		CREATE TABLE data.grid AS
		SELECT i, ARRAY[i % 7, i % 11]::real[] AS x, i % 7 + i % 11 > 8 AS y, (ARRAY['cat', 'dog', 'eel'])[1 + i % 3] AS part
		FROM generate_series(1, 300) i;
		GRANT SELECT ON data.grid TO PUBLIC;
		GRANT CREATE ON SCHEMA public TO PUBLIC;));
}

# Puts objects of mallory's into a schema.
sub plant
{
	my ($database, $schema, $objects) = @_;
	my $sql = $makers . $objects;

	$sql =~ s/SCHEMA\./$schema./g;
	$node->safe_psql($database, $sql);
}

# Every function of the extension that runs a query or is one, and every view.
my %calls = (
	linlearn_save_model => q(EXT.linlearn_save_model('more', (SELECT model FROM data.models WHERE kind OPERATOR(pg_catalog.=) 'binary'::pg_catalog.text))),
	linlearn_model => q(EXT.linlearn_model('binary')),
	linlearn_evaluate => q(EXT.linlearn_evaluate('binary', 'SELECT x, y FROM data.grid'), EXT.linlearn_evaluate('parts', 'SELECT x, part FROM data.grid'),
		EXT.linlearn_evaluate('value', 'SELECT x, i FROM data.grid'), EXT.linlearn_evaluate('binary', 'SELECT x, y, 1 FROM data.grid', 'weighted'),
		EXT.linlearn_evaluate('parts', 'SELECT x, part, i FROM data.grid', 'weighted')),
	linlearn_report => q(EXT.linlearn_report('binary', NULL, 'SELECT x, y FROM data.grid'), EXT.linlearn_report('parts', 1, 'SELECT x, part FROM data.grid'),
		EXT.linlearn_report('value', NULL, 'SELECT x, i FROM data.grid')),
	linlearn_model_report => q(EXT.linlearn_model_report((SELECT model FROM data.models WHERE kind OPERATOR(pg_catalog.=) 'binary'::pg_catalog.text), 'm', 'SELECT x, y FROM data.grid')),
	linlearn_compare => q((SELECT pg_catalog.count(*) FROM EXT.linlearn_compare('binary', 1, 1))),
	linlearn_create_endpoint => q(EXT.linlearn_create_endpoint('e', 'binary')),
	linlearn_update_endpoint => q(EXT.linlearn_update_endpoint('e', 'parts')),
	linlearn_invoke_endpoint => q(EXT.linlearn_invoke_endpoint('e', '1,2'::pg_catalog.text), EXT.linlearn_invoke_endpoint('e', '1,2'::pg_catalog.bytea)),
	linlearn_predict => q(EXT.linlearn_predict('e'::pg_catalog.text, '{1,2}'::pg_catalog.int2[])),
	linlearn_predict_label => q(EXT.linlearn_predict_label('e'::pg_catalog.text, '{1,2}'::pg_catalog.int2[])),
	linlearn_score => q(EXT.linlearn_score('e'::pg_catalog.text, '{1,2}'::pg_catalog.int2[])),
	linlearn_scores => q(EXT.linlearn_scores('e'::pg_catalog.text, '{1,2}'::pg_catalog.int2[])),
	linlearn_delete_endpoint => q(EXT.linlearn_delete_endpoint('e')),
	linlearn_delete_model => q(EXT.linlearn_delete_model('more')),
	linlearn_confusion_rows => q((SELECT pg_catalog.count(*) FROM EXT.linlearn_confusion_rows('{"labels": ["a", "b"], "matrix": [[1, 2], [3, 4]]}'))),
	linlearn_categorical => q(EXT.linlearn_categorical('a'::pg_catalog.text, 'b'), EXT.linlearn_categorical(1.5::pg_catalog.float8, 2), EXT.linlearn_categorical(true, false)),
	linlearn_curve_svg => q(EXT.linlearn_curve_svg('{"(0.5,0.1,0.9)"}'::EXT.linlearn_roc_point[]), EXT.linlearn_curve_svg('{"(0.5,0.1,0.9)"}'::EXT.linlearn_pr_point[]),
		EXT.linlearn_curve_svg('{"(0,1,5,0.5,0.5)"}'::EXT.linlearn_calibration_bin[])),
	linlearn_load_mnist => q((SELECT pg_catalog.count(*) FROM EXT.linlearn_load_mnist('synthetic', 'linlearn_mnist', 50, 10, 10)),
		(SELECT pg_catalog.count(*) FROM EXT.linlearn_load_mnist('synthetic', 'data.digits', 50, 10, 10))),
	linlearn_write_recordio => q(EXT.linlearn_write_recordio('FILE', 'SELECT x, y FROM data.grid')),
	linlearn_confusion_matrix => q((SELECT pg_catalog.count(*) FROM EXT.linlearn_confusion_matrix)),
	linlearn_model_catalog => q((SELECT pg_catalog.count(c) FROM EXT.linlearn_model_catalog c)),
	linlearn_progress => q((SELECT pg_catalog.count(p) FROM EXT.linlearn_progress p)),
);
my @order = qw(linlearn_save_model linlearn_model linlearn_evaluate linlearn_report linlearn_model_report linlearn_compare linlearn_create_endpoint
	linlearn_update_endpoint linlearn_invoke_endpoint linlearn_predict linlearn_predict_label linlearn_score linlearn_scores
	linlearn_delete_endpoint linlearn_delete_model linlearn_confusion_rows linlearn_categorical linlearn_curve_svg linlearn_load_mnist
	linlearn_write_recordio linlearn_confusion_matrix linlearn_model_catalog linlearn_progress);
is_deeply([ sort @order ], [ sort keys %calls ], 'every call is made');

# Fills the registry.
sub fill
{
	my ($database, $schema) = @_;

	$node->safe_psql($database, qq(
		CREATE TABLE data.models AS
		SELECT 'binary' AS kind, $schema.linlearn_train(x, y, '{"predictor_type": "binary_classifier"}') AS model FROM data.grid
		UNION ALL SELECT 'parts', $schema.linlearn_train(x, part, '{"predictor_type": "multiclass_classifier"}') FROM data.grid
		UNION ALL SELECT 'value', $schema.linlearn_train(x, i, '{"predictor_type": "regressor"}') FROM data.grid;
		SELECT $schema.linlearn_save_model(kind, model) FROM data.models;));
}

# Puts back what a call deleted.
sub restock
{
	my ($database, $schema, $call) = @_;

	$node->safe_psql($database, "SELECT $schema.linlearn_create_endpoint('e', 'parts')") if $call eq 'linlearn_delete_endpoint';
	$node->safe_psql($database, "SELECT $schema.linlearn_save_model('more', model) FROM data.models WHERE kind OPERATOR(pg_catalog.=) 'binary'")
	  if $call eq 'linlearn_delete_model';
}

# Calls everything with a search_path, as a superuser and by functions that run
# as one; nothing hostile may run, and everything must succeed.
sub calls
{
	my ($database, $schema, $path, $name) = @_;
	my $file = $node->basedir . "/$database.recordio";

	foreach my $call (@order)
	{
		(my $sql = $calls{$call}) =~ s/EXT\./$schema./g;
		$sql =~ s/FILE/$file/;
		my ($warned, $output, $errors) = warnings_of($database, "SET search_path = $path; SELECT $sql");

		is_deeply($warned, [], "$name: $call runs nothing hostile");
		unlike($errors, qr/ERROR/, "$name: $call succeeds");
		restock($database, $schema, $call);
		# again in a function of the superuser's that mallory calls with a
		# schema of temporary objects of her own
		$node->safe_psql($database, qq(
			SET search_path = $path;
			CREATE FUNCTION data.definer() RETURNS pg_catalog.void LANGUAGE plpgsql SECURITY DEFINER
			SET search_path = $path AS \$definer\$ DECLARE r pg_catalog.record; BEGIN SELECT $sql INTO r; END \$definer\$;
			GRANT EXECUTE ON FUNCTION data.definer() TO mallory;)) unless $call =~ /save_model|create_endpoint/;
		next if $call =~ /save_model|create_endpoint/;
		($warned, $output, $errors) = warnings_of($database, qq(
			SET ROLE mallory;
			CREATE TEMP VIEW linlearn_models AS SELECT 'binary'::pg_catalog.text AS name, 1 AS version, 'x'::pg_catalog.bytea AS model, public.length('x'::pg_catalog.text) AS x;
			CREATE TEMP VIEW linlearn_endpoints AS SELECT 'e'::pg_catalog.text AS name, 'binary'::pg_catalog.text AS model_name, public.length('x'::pg_catalog.text) AS model_version;
			CREATE TEMP VIEW linlearn_evaluations AS SELECT public.length('x'::pg_catalog.text) AS model;
			CREATE TEMP VIEW linlearn_mnist AS SELECT public.length('x'::pg_catalog.text) AS id;
			CREATE TEMP VIEW pg_class AS SELECT public.length('x'::pg_catalog.text) AS oid;
			CREATE TEMP VIEW pg_roles AS SELECT public.length('x'::pg_catalog.text) AS oid;
			CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (public.length(VALUE) IS NOT NULL);
			CREATE DOMAIN pg_temp.float8 AS pg_catalog.float8 CHECK (public.length(VALUE::pg_catalog.text) IS NOT NULL);
			CREATE DOMAIN pg_temp.numeric AS pg_catalog.numeric CHECK (public.length(VALUE::pg_catalog.text) IS NOT NULL);
			CREATE DOMAIN pg_temp.int4 AS pg_catalog.int4 CHECK (public.length(VALUE::pg_catalog.text) IS NOT NULL);
			CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (public.length(VALUE::pg_catalog.text) IS NOT NULL);
			SELECT data.definer();));
		is_deeply($warned, [], "$name: $call runs nothing hostile as its definer");
		unlike($errors, qr/ERROR/, "$name: $call succeeds as its definer");
		$node->safe_psql($database, 'DROP FUNCTION data.definer()');
		restock($database, $schema, $call);
	}
}

# The extension in a schema of its own.
make_database('apart');
$node->safe_psql('apart', 'CREATE SCHEMA learn; CREATE EXTENSION linlearn SCHEMA learn');
fill('apart', 'learn');
plant('apart', 'public', $hostile . $overloads);
my ($warned) = warnings_of('apart', 'SET search_path = public, pg_catalog; SELECT length(\'x\'::text), 1 = 1, array_agg(1.5::float8)');
cmp_ok(scalar @$warned, '>=', 3, 'the hostile objects do run where they are asked for');
my $queries = $node->safe_psql('apart', q(
	SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM (
		SELECT proname AS name FROM pg_proc p JOIN pg_language l ON l.oid = prolang AND lanname IN ('sql', 'plpgsql')
			JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
		UNION ALL
		SELECT relname FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'e' WHERE relkind = 'v') s));
foreach my $query (split / /, $queries)
{
	ok($calls{$query}, "$query is among what is called");
}
foreach my $path ('public', 'public, pg_catalog', 'public, learn, pg_temp')
{
	calls('apart', 'learn', $path, $path);
	$node->safe_psql('apart', "DELETE FROM learn.linlearn_endpoints; SELECT count(learn.linlearn_delete_model('more')) FROM learn.linlearn_models WHERE name = 'more' HAVING count(*) > 0; DROP TABLE data.digits");
}

# A caller's own functions may have such names, and lie beside linlearn's.
make_database('innocent');
$node->safe_psql('innocent', 'CREATE EXTENSION linlearn');
fill('innocent', 'public');
$node->safe_psql('innocent', q(
	CREATE FUNCTION public.linlearn_my_label(l anyelement) RETURNS anyelement LANGUAGE plpgsql AS 'BEGIN RETURN l; END';
	CREATE VIEW data.mine AS SELECT x, public.linlearn_my_label(y) FROM data.grid));
foreach my $query ('SELECT x, linlearn_my_label(y) FROM data.grid', 'SELECT * FROM data.mine')
{
	is($node->safe_psql('innocent', "SELECT linlearn_evaluate('binary', '$query') IS NOT NULL, linlearn_report('binary', NULL, '$query') IS NOT NULL"),
		't|t', "$query: evaluated");
}

# The extension in a schema where everybody may create objects: those that fit
# better than its own are refused.
make_database('shared');
$node->safe_psql('shared', 'CREATE EXTENSION linlearn');
fill('shared', 'public');
plant('shared', 'public', $hostile);
calls('shared', 'public', 'public', 'in public');
plant('shared', 'public', $overloads);
foreach my $call ('linlearn_evaluate', 'linlearn_report', 'linlearn_model_report')
{
	(my $sql = $calls{$call}) =~ s/EXT\./public./g;
	my (undef, undef, $errors) = $node->psql('shared', "SELECT $sql");

	unlike($errors, qr/HOSTILE/, "in public: $call runs no function that fits better");
	like($errors, qr/ERROR:  function .* is not linlearn's/, "in public: $call names it");
}
foreach my $call ('linlearn_curve_svg', 'linlearn_compare', 'linlearn_confusion_matrix', 'linlearn_model_catalog')
{
	(my $sql = $calls{$call}) =~ s/EXT\./public./g;

	is_deeply((warnings_of('shared', "SELECT $sql"))[0], [], "in public: $call runs no function that fits better");
}

# Installed and updated among such objects.
foreach my $version ('0.2.0', '0.1.0')
{
	(my $database = "from_$version") =~ s/\./_/g;
	my $old = $version eq '0.1.0';

	make_database($database);
	$node->safe_psql($database, "CREATE EXTENSION linlearn VERSION '$version'") if $old;
	plant($database, 'public', $hostile . $overloads);
	my (undef, undef, $errors) = $node->psql($database,
		$old ? 'ALTER EXTENSION linlearn UPDATE' : 'CREATE EXTENSION linlearn');

	unlike($errors, qr/HOSTILE|ERROR/, "$version is installed and updated and runs nothing hostile");
	$node->safe_psql($database, 'SET search_path = pg_catalog; DROP FUNCTION public.linlearn_confusion_rows(text)');
	foreach my $call (grep { /confusion|catalog|progress|categorical|curve/ } @order)
	{
		(my $sql = $calls{$call}) =~ s/EXT\./public./g;
		($warned, undef, $errors) = warnings_of($database, "SELECT $sql");

		is_deeply($warned, [], "installed as $version: $call runs nothing hostile");
		unlike($errors, qr/ERROR/, "installed as $version: $call succeeds");
	}
}

$node->stop;
done_testing();
