# The extension installed by the owner of a database who is no superuser, as on a
# server that others manage: what she can do, what she cannot, and that nothing of
# hers ran as a superuser meanwhile.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('trusted');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE ROLE installer LOGIN CREATEDB CREATEROLE; CREATE ROLE colleague LOGIN; CREATE ROLE stranger LOGIN;
	CREATE DATABASE managed OWNER installer;));
my $host = $node->host . '" port="' . $node->port;
my $as = sub { my ($role, $database) = @_; return (connstr => $node->connstr($database || 'managed') . " user=$role") };

sub ask
{
	my ($role, $sql, $database) = @_;
	my ($status, $out, $errors) = $node->psql($database || 'managed', "SET SESSION AUTHORIZATION $role;\n$sql");
	return ($out, $errors);
}

sub works
{
	my ($name, $role, $sql, $expected, $database) = @_;
	my ($out, $errors) = ask($role, $sql, $database);
	unlike($errors, qr/ERROR/, $name);
	is($out, $expected, "$name, and answers") if defined $expected;
}

sub refused
{
	my ($name, $role, $sql, $pattern) = @_;
	like((ask($role, $sql))[1], $pattern, $name);
}

# Her schema has functions, operators and types of names that the script writes,
# for arguments that could fit better, and they say as whom they run.
works('hostile objects are made', 'installer', q(
	CREATE SCHEMA hers;
	CREATE FUNCTION hers.told() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'RUNS AS %', current_user; RETURN NULL; END $$;
	DO $make$
	DECLARE
		f record; a text; b text;
		types text[] := '{text,varchar,name,regclass,regprocedure,oid,integer,bigint,float8,jsonb,bytea,boolean,uuid,timestamptz,"float8[]","real[]","text[]","oid[]"}';
	BEGIN
		FOREACH a IN ARRAY types LOOP
			FOR f IN SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN
				('format', 'now', 'unnest', 'current_setting', 'gen_random_uuid', 'pg_extension_config_dump', 'jsonb_to_record', 'length', 'coalesce', 'sum', 'array_agg', 'jsonb_each', 'jsonb_typeof', 'sqrt', 'count')
			LOOP
				BEGIN
					EXECUTE format('CREATE FUNCTION hers.%I(%s) RETURNS text LANGUAGE sql AS ''SELECT hers.told()''', f.proname, a);
					EXECUTE format('CREATE FUNCTION hers.%I(text, %s) RETURNS text LANGUAGE sql AS ''SELECT hers.told()''', f.proname, a);
				EXCEPTION WHEN OTHERS THEN NULL;
				END;
			END LOOP;
			FOREACH b IN ARRAY types LOOP
				BEGIN
					EXECUTE format('CREATE FUNCTION hers.op(%s, %s) RETURNS boolean LANGUAGE sql AS ''SELECT hers.told() IS NULL''', a, b);
					EXECUTE format('CREATE OPERATOR hers.= (FUNCTION = hers.op, LEFTARG = %s, RIGHTARG = %s)', a, b);
					EXECUTE format('CREATE OPERATOR hers.> (FUNCTION = hers.op, LEFTARG = %s, RIGHTARG = %s)', a, b);
					EXECUTE format('CREATE OPERATOR hers.<> (FUNCTION = hers.op, LEFTARG = %s, RIGHTARG = %s)', a, b);
					EXECUTE format('CREATE OPERATOR hers.>= (FUNCTION = hers.op, LEFTARG = %s, RIGHTARG = %s)', a, b);
				EXCEPTION WHEN OTHERS THEN NULL;
				END;
			END LOOP;
		END LOOP;
	END $make$;
	CREATE DOMAIN hers.text AS pg_catalog.text CHECK (hers.told() IS NULL);
	CREATE DOMAIN hers.float8 AS pg_catalog.float8 CHECK (hers.told() IS NULL);));
cmp_ok($node->safe_psql('managed', "SELECT count(*) FROM pg_operator WHERE oprnamespace = 'hers'::regnamespace"), '>', 500, 'many of them');
like((ask('installer', q(SET search_path = hers; SELECT 'a'::name = 1::bigint)))[1], qr/RUNS AS installer/, 'they run where they are asked for');

my (undef, $errors) = ask('installer', 'SET search_path = hers, pg_catalog; CREATE TEMP TABLE linlearn_models (x int); CREATE EXTENSION linlearn SCHEMA hers');
unlike($errors, qr/RUNS AS|ERROR/, 'she installs it into that schema, and none of hers runs');
refused('0.1.0, whose script is older than that, is for superusers', 'installer',
	"DROP EXTENSION linlearn; CREATE EXTENSION linlearn VERSION '0.1.0' SCHEMA hers", qr/permission denied to create extension/);
is($node->safe_psql('managed', q(SELECT extowner::regrole FROM pg_extension WHERE extname = 'linlearn')), '', 'and she may drop it');

# From here on without them.
works('installed again', 'installer', 'DROP SCHEMA hers CASCADE; CREATE EXTENSION linlearn');
is($node->safe_psql('managed', q(SELECT string_agg(DISTINCT relowner::regrole::text, ' ') = (SELECT rolname FROM pg_roles WHERE oid = 10)
	FROM pg_class JOIN pg_depend d ON objid = pg_class.oid AND d.deptype = 'e')), 't', 'the tables stay the superuser\'s');

# What works.
works('a table, a model, an evaluation, an endpoint', 'installer', q(
	CREATE TABLE t AS SELECT i AS id, ARRAY[i % 7, i % 11]::real[] AS x, i % 7 + i % 11 > 8 AS y FROM generate_series(1, 500) i;
	SELECT version FROM linlearn_fit('m', 'SELECT id, x[1] AS a, x[2] AS b, y FROM t', label => 'y', key => 'id');
	SELECT linlearn_save_model('n', linlearn_train(x, y, '{"predictor_type": "binary_classifier"}')) FROM t;
	SELECT linlearn_save_model('n', linlearn_tune(x, y, '{"predictor_type": "binary_classifier", "max_jobs": 2, "objective": "train:objective_loss", "ranges": {"wd": [1e-6, 0.1]}}')) FROM t;
	SELECT (linlearn_evaluate('n', 'SELECT x, y FROM t') ->> 'accuracy')::float8 > 0.9;
	SELECT linlearn_create_endpoint('e', 'n', 1), linlearn_update_endpoint('e', 'n');
	SELECT linlearn_invoke_endpoint('e', '1,2') LIKE '%predictions%';
	SELECT count(*) FROM linlearn_model_catalog; SELECT count(*) > 0 FROM linlearn_confusion_matrix;
	SELECT length(linlearn_report('n', NULL, 'SELECT x, y FROM t')) > 1000;
	SELECT linlearn_delete_model('n', 1);), "1\n1\n2\nt\n1|2\nt\n3\nt\nt\n1");
works('digits that are drawn', 'installer', q(SELECT sum(rows) FROM linlearn_load_mnist('synthetic', 'linlearn_mnist', 50, 10, 10);
	SELECT count(*) FROM linlearn_mnist), "70\n70");
works('she shares', 'installer', 'GRANT SELECT ON linlearn_endpoints TO colleague; GRANT SELECT, INSERT ON linlearn_models TO colleague;
	GRANT SELECT ON linlearn_model_catalog, linlearn_confusion_matrix TO colleague WITH GRANT OPTION;');
works('a colleague predicts and saves', 'colleague', q(SELECT linlearn_predict('e', '{6,10}'::real[]); SELECT linlearn_save_model('c', linlearn_model('n'));), "1\n1");
refused('others read nothing', 'stranger', q(SELECT linlearn_model('n')), qr/permission denied for table linlearn_models/);
refused('and predict by no endpoint', 'stranger', q(SELECT linlearn_predict('e', '{6,10}'::real[])), qr/permission denied for table linlearn_endpoints/);
refused('a colleague gives no versions', 'colleague', q(INSERT INTO linlearn_models (name, version, model) SELECT 'c', 9, linlearn_model('n')), qr/ERROR/);

# What does not.
refused('files of the server', 'installer', q(SELECT linlearn_load_mnist('/etc/passwd')), qr/ERROR.*(permission denied|pg_read_server_files|must be)/);
refused('writing them', 'installer', q(SELECT linlearn_write_recordio('/tmp/x', 'SELECT x, y FROM t')), qr/permission denied for function/);
refused('URLs', 'installer', q(SELECT linlearn_fetch('http://127.0.0.1/')), qr/permission denied for function linlearn_fetch/);
refused('handing them on', 'installer', 'GRANT EXECUTE ON FUNCTION linlearn_fetch(text) TO installer', qr/permission denied/);
refused('where URLs may lead', 'installer', q(SELECT linlearn_split(1); SET linlearn.allowed_url_prefixes = 's3://'), qr/permission denied/);
refused('policies on the tables', 'installer', 'ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY', qr/must be owner/);
refused('triggers on them', 'installer', 'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
	CREATE TRIGGER f BEFORE INSERT ON linlearn_models FOR EACH ROW EXECUTE FUNCTION f()', qr/permission denied/);

# Dumped and restored by herself.
my $dump = $node->basedir . '/managed.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('managed') . ' user=installer', '-f', $dump ], 'she dumps the database');
works('makes another', 'installer', 'CREATE DATABASE restored');
my ($out, $err);
IPC::Run::run([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored') . ' user=installer', '-f', $dump ], '>', \$out, '2>', \$err);
# comments on extensions and schemas are their owners' to write
unlike($err, qr/ERROR(?!:  must be owner of (extension|schema))/, 'and restores it there') or diag($err);
my $registry = q(SELECT string_agg(name || version || md5(model), ' ' ORDER BY name, version) FROM linlearn_models;
	SELECT linlearn_predict('e', '{6,10}'::real[]); SELECT model_id = (SELECT model_id FROM linlearn_models WHERE name = 'n') FROM linlearn_endpoints;
	SELECT count(*) FROM linlearn_evaluations; SELECT count(*) FROM linlearn_mnist;);
is((ask('installer', $registry, 'restored'))[0], (ask('installer', $registry))[0], 'models, endpoints, evaluations and digits are the same');
works('the next version goes on', 'installer', q(SELECT linlearn_save_model('n', linlearn_model('n'))), '3', 'restored');

$node->stop;
done_testing();
