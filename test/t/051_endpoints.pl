# Endpoints: two sessions, privileges, dump and restore, the tutorial.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('endpoints');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE grid AS
	SELECT ARRAY[i % 7, i % 11]::real[] AS x, i % 7 + i % 11 > 8 AS y
	FROM generate_series(1, 1000) i;
	SELECT linlearn_save_model('classes', linlearn_train(x, y,
		'{"predictor_type": "binary_classifier"}')) FROM grid;
	SELECT linlearn_save_model('values', linlearn_train(x, x[1] * 100 + 1000,
		'{"predictor_type": "regressor"}')) FROM grid;
	SELECT linlearn_create_endpoint('shared', 'classes');));

# Another session's change is seen by the next statement, not by a snapshot.
my $timer = IPC::Run::timeout(60);
my ($in, $out, $err) = ('', '', '');
my $session = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
	'<', \$in, '>', \$out, '2>', \$err, $timer);

# Sends a statement to the open session; returns what it prints.
sub ask
{
	my ($sql) = @_;

	$out = $err = '';
	$in .= "$sql;\n\\echo END\n\\warn END\n";
	$session->pump until $out =~ /END\n/ && $err =~ /END\n/;
	$out =~ s/END\n//;
	$err =~ s/END\n//;
	return $out . $err;
}

my $predict = q{SELECT linlearn_score('shared', '{3,4}'::real[]) > 2,
	linlearn_invoke_endpoint('shared', '3,4') LIKE '%predicted_label%'};
my $repoint = sub {
	$node->safe_psql('postgres', "SELECT linlearn_update_endpoint('shared', '$_[0]')");
};
is(ask($predict), "f|t\n", 'a session predicts by the first model');
$repoint->('values');
is(ask($predict), "t|f\n", 'after another session\'s update by the second');
is(ask("PREPARE p AS $predict; EXECUTE p"), "t|f\n", 'in a prepared statement too');
$repoint->('classes');
is(ask('EXECUTE p'), "f|t\n", 'which sees the next update');
is(ask("BEGIN ISOLATION LEVEL REPEATABLE READ; $predict"), "f|t\n", 'a snapshot is taken');
$repoint->('values');
is(ask($predict), "f|t\n", 'and keeps its model');
is(ask("COMMIT; $predict"), "t|f\n", 'up to its end');

# One statement, however long, uses one model for all rows.
$repoint->('classes');
ask('CREATE TABLE seen (s boolean)');
$out = $err = '';
$in .= "INSERT INTO seen SELECT linlearn_score('shared', x) > 2 FROM grid WHERE pg_sleep(0.002) IS NOT NULL;\n\\echo END\n\\warn END\n";
$session->pump_nb while length $in;
$node->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'INSERT INTO seen%' AND state = 'active'")
  or die 'the statement did not start';
$repoint->('values');
is($out, '', 'a long statement still runs');
$session->pump until $out =~ /END\n/ && $err =~ /END\n/;
is( $node->safe_psql('postgres', 'SELECT s, count(*) FROM seen GROUP BY s'),
	'f|1000', 'a statement keeps the model that it began with');

# A replaced model, an endpoint that is gone and comes back.
$node->safe_psql('postgres', q(
	UPDATE linlearn_models SET model = (SELECT model FROM linlearn_models WHERE name = 'classes')
	WHERE name = 'values'));
is(ask($predict), "f|t\n", 'a model whose row was updated is read again');
$node->safe_psql('postgres', q(TRUNCATE linlearn_endpoints));
like(ask($predict), qr/endpoint "shared" does not exist/, 'a deleted endpoint is gone');
$node->safe_psql('postgres', q(SELECT linlearn_create_endpoint('shared', 'classes')));
is(ask($predict), "f|t\n", 'and may come back');
$node->safe_psql('postgres', 'VACUUM FULL linlearn_models');
is(ask($predict), "f|t\n", 'a rewritten table changes nothing');

# Every parallel worker finds the model.
is( ask(q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
	SELECT count(*), count(*) FILTER (WHERE linlearn_predict('shared', x) = y::int) > 900 FROM grid}),
	"1000|t\n", 'parallel workers predict by endpoint');
like(ask(q{EXPLAIN (COSTS off) SELECT count(*) FROM grid WHERE linlearn_predict('shared', x) = 1}),
	qr/Parallel Seq Scan/, 'in a parallel plan');
ask('DROP EXTENSION linlearn CASCADE; CREATE SCHEMA elsewhere; CREATE EXTENSION linlearn SCHEMA elsewhere');
is( ask(q{SET search_path = elsewhere, public;
	SELECT linlearn_save_model('classes', linlearn_train(x, y, '{"predictor_type": "binary_classifier"}')) FROM grid;
	SELECT linlearn_create_endpoint('shared', 'classes');
	SET search_path = public;
	SELECT elsewhere.linlearn_score('shared', '{3,4}'::real[]) > 2}),
	"1\n1\nf\n", 'the extension may move to another schema, out of the search path');
is( ask(q{ALTER SCHEMA elsewhere RENAME TO "Elsewhere";
	SELECT "Elsewhere".linlearn_score('shared', '{3,4}'::real[]) > 2}),
	"f\n", 'which may be renamed');
$in .= "\\q\n";
$session->finish;

# Privileges.  caller: endpoints only; owner_a, owner_b: their own models.
$node->safe_psql('postgres', q(
	DROP EXTENSION linlearn CASCADE;
	DROP SCHEMA "Elsewhere";
	CREATE EXTENSION linlearn;
	CREATE ROLE caller; CREATE ROLE owner_a; CREATE ROLE owner_b; CREATE ROLE stranger;
	GRANT SELECT ON grid TO PUBLIC;
	GRANT SELECT ON linlearn_endpoints TO caller;
	GRANT SELECT, INSERT ON linlearn_models TO owner_a, owner_b;
	GRANT SELECT, INSERT, UPDATE, DELETE ON linlearn_endpoints TO owner_a, owner_b;
	ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON linlearn_models USING (created_by = current_user);
	SET ROLE owner_a;
	INSERT INTO linlearn_models (name, version, model)
	SELECT 'a', 1, linlearn_train(x, y, '{"predictor_type": "binary_classifier"}') FROM grid;
	SET ROLE owner_b;
	INSERT INTO linlearn_models (name, version, model)
	SELECT 'b', 1, linlearn_train(x, y, '{"predictor_type": "binary_classifier"}') FROM grid;
	SELECT linlearn_create_endpoint('for_all', 'b');));

# Runs SQL as a role; returns its output, or its error.
sub as_role
{
	my ($role, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', "SET ROLE $role; $sql");

	$stderr =~ s/^psql:<stdin>:\d+: //mg;
	return $status == 0 ? $stdout : $stderr;
}

is(as_role('caller', q(SELECT count(*) FILTER (WHERE linlearn_predict('for_all', x) = y::int) > 900 FROM grid)),
	't', 'who may read endpoints may predict');
like(as_role('caller', q(SELECT linlearn_invoke_endpoint('for_all', '1,2'))), qr/predicted_label/,
	'and invoke');
like(as_role('caller', 'SELECT model FROM linlearn_models'), qr/permission denied for table linlearn_models/,
	'but not read models');
like(as_role('caller', q(SELECT linlearn_create_endpoint('mine', 'b'))),
	qr/permission denied for table linlearn_models/, 'nor make endpoints');
like(as_role('stranger', q(SELECT linlearn_invoke_endpoint('for_all', '1,2'))),
	qr/permission denied for table linlearn_endpoints/, 'others may not predict');
is(as_role('owner_a', q(SELECT name FROM linlearn_models)), 'a', 'row-level security hides other models');
like(as_role('owner_a', q(SELECT linlearn_invoke_endpoint('for_all', '1,2'))), qr/predicted_label/,
	'not the endpoints of their owners\' making');
like(as_role('owner_a', q(SELECT linlearn_create_endpoint('spy', 'b'))), qr/model "b" does not exist/,
	'nobody points an endpoint to a model that he cannot read');
like(as_role('owner_a', q(INSERT INTO linlearn_endpoints (name, model_name, model_version) VALUES ('spy', 'b', 1))),
	qr/version 1 of model "b" does not exist/, 'not by hand either');
like(as_role('owner_a', q(SELECT linlearn_create_endpoint('own', 'a');
	UPDATE linlearn_endpoints SET model_name = 'b' WHERE name = 'own')),
	qr/version 1 of model "b" does not exist/, 'nor by an update');
is(as_role('owner_a', q(SELECT linlearn_invoke_endpoint('own', '1,2') = linlearn_invoke_endpoint('for_all', '1,2'))),
	't', 'an own model is fine');

# Row-level security on the endpoints themselves.
$node->safe_psql('postgres', q(
	ALTER TABLE linlearn_endpoints ENABLE ROW LEVEL SECURITY;
	CREATE POLICY public_ones ON linlearn_endpoints FOR SELECT USING (name = 'for_all');));
like(as_role('caller', q(SELECT linlearn_invoke_endpoint('own', '1,2'))),
	qr/endpoint "own" does not exist/, 'an endpoint that may not be seen is none');
like(as_role('caller', q(SELECT linlearn_invoke_endpoint('for_all', '1,2'))), qr/predicted_label/,
	'others are seen');
is( $node->safe_psql('postgres', q(
		SELECT linlearn_score('own', '{1,2}'::real[]) IS NOT NULL;
		DO $$
		BEGIN
			PERFORM linlearn_score('own', '{1,2}'::real[]);
			SET LOCAL ROLE caller;
			PERFORM linlearn_score('own', '{1,2}'::real[]);
			RAISE EXCEPTION 'another role saw it';
		EXCEPTION WHEN undefined_object THEN
			NULL;
		END
		$$;)), 't', 'within one transaction too');

# A dump keeps models and endpoints, in whatever order it restores them.
my $expected = $node->safe_psql('postgres', q(
	SELECT name, linlearn_invoke_endpoint(name, '3,4') FROM linlearn_endpoints ORDER BY name));
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xqv', 'ON_ERROR_STOP=1', '-f', $dump, 'restored' ], 'restore');
is( $node->safe_psql('restored', q(
		SELECT name, linlearn_invoke_endpoint(name, '3,4') FROM linlearn_endpoints ORDER BY name)),
	$expected, 'restored endpoints answer as before');

# The tutorial, from a plain client.
SKIP:
{
	my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
	my $digits = $ENV{LINLEARN_TEST_MNIST} || '';
	my @source = glob("$digits/train-images-idx3-ubyte*") ? ('--source', $digits) : ();

	skip 'python3-psycopg2 is not installed', 6
	  if system("$python -c 'import psycopg2' 2>/dev/null") != 0;
	$node->safe_psql('postgres', 'CREATE DATABASE tutorial');
	my ($output, $errors) = run_command(
		[ $python, "$FindBin::RealBin/../../bench/tutorial_client.py",
			'--dsn', $node->connstr('tutorial'), @source, '--least-f1', @source ? '0.961' : '0.9' ]);
	is($errors, '', 'the tutorial runs without an error');
	like($output, qr/predictions      0      1\nactuals\n0 +\d+ +\d+\n1 +\d+ +\d+\n/,
		'and ends with its crosstab');
	my ($f1) = $output =~ /F1 ([0-9.]+)/;
	cmp_ok($f1, '>', @source ? 0.9524 : 0.9, 'which beats the notebook');
	my @forms = $output =~ /^F1 of .*: ([0-9.]+)$/mg;
	is(scalar(@forms), 3, 'bytes, CSV and recordIO are sent');
	is(scalar(grep { abs($_ - $f1) > 0.001 } @forms), 0, 'with the same answers');
	like($output, qr/pixels from 0 to 255: WARNING: +features are not of the magnitude/,
		'and a unit that is not the model\'s is noticed');
	note($output);
}

$node->stop;
done_testing();
