# The registry's tables hold together without foreign keys: dumps are restored
# in any order and by any number of sessions, and all the same no evaluation is
# put in for a model that is not there, nor stays when its model goes.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @tables = qw(linlearn_endpoints linlearn_evaluations linlearn_models linlearn_versions);
my $node = PostgreSQL::Test::Cluster->new('restore');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE alice; CREATE ROLE keeper; CREATE DATABASE source; CREATE DATABASE blank');
$node->safe_psql('blank', 'CREATE EXTENSION linlearn');

# Runs SQL as a role; returns its output, or its error.
sub as_role
{
	my ($database, $role, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql($database, ($role ? "SET ROLE $role; " : '') . $sql);

	$stderr =~ s/^psql:<stdin>:\d+: //mg;
	return $status == 0 ? $stdout : $stderr;
}

# What a database's registry holds.
sub contents
{
	my ($database) = @_;

	return join "\n", map { $node->safe_psql($database, "SELECT '$_', count(*), md5(string_agg(t::text, ';' ORDER BY t)) FROM $_ t") } @tables;
}

my $fill = q(
	CREATE TABLE grid AS SELECT ARRAY[i % 7, i % 11]::real[] AS x, i * 0.001 AS y FROM generate_series(1, 200) i;
	CREATE TABLE trained AS SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') AS model FROM grid;
	GRANT SELECT ON grid, trained TO PUBLIC;);
my $evaluations = q(INSERT INTO linlearn_evaluations (model, version, dataset, query, metrics)
	SELECT m.name, m.version, d, repeat('x', 1000), '{}' FROM linlearn_models m, unnest('{a,b}'::text[]) d;);
$node->safe_psql('source', 'CREATE EXTENSION linlearn;' . $fill . q(
	SELECT count(linlearn_save_model('m' || i % 300, model)) FROM trained, generate_series(1, 400) i;
	UPDATE linlearn_models SET card = jsonb_build_object('owner', name || ' "Ünal"', 'limits', ARRAY['a', 'b']) WHERE version = 1;
	SELECT count(linlearn_create_endpoint('e' || i, 'm' || i % 300)) FROM generate_series(1, 400) i;
	SELECT linlearn_evaluate('m1', 'SELECT x, y FROM grid');) . $evaluations . q(
	SELECT linlearn_delete_model('m1', 2), linlearn_delete_model('m2');));
my $expected = contents('source');
like($expected, qr/linlearn_evaluations\|79[0-9]/, 'there is something to restore');

# Every form of a dump.
my $base = $node->basedir;

sub restored
{
	my ($name, @command) = @_;

	$node->safe_psql('postgres', 'CREATE DATABASE target');
	$node->command_ok([ map { s/TARGET/$node->connstr('target')/er } @command ], "$name: restored");
	is(contents('target'), $expected, "$name: all is as it was");
	is(as_role('target', '', "SELECT linlearn_save_model('m1', model), linlearn_save_model('m2', model) FROM trained"), '3|3', "$name: versions go on") if $name !~ /blank/;
	$node->safe_psql('postgres', 'DROP DATABASE target');
}
$node->command_ok([ 'pg_dump', '-f', "$base/plain.sql", 'source' ], 'plain dump');
$node->command_ok([ 'pg_dump', '--inserts', '-f', "$base/inserts.sql", 'source' ], 'dump as INSERTs');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$base/custom", 'source' ], 'custom dump');
$node->command_ok([ 'pg_dump', '-Fd', '-j', '4', '-f', "$base/folder", 'source' ], 'folder');
restored('plain', 'psql', '-Xqv', 'ON_ERROR_STOP=1', '-d', 'TARGET', '-f', "$base/plain.sql");
restored('INSERTs', 'psql', '-Xqv', 'ON_ERROR_STOP=1', '-d', 'TARGET', '-f', "$base/inserts.sql");
restored('custom', 'pg_restore', '--exit-on-error', '-d', 'TARGET', "$base/custom");
restored("custom, several sessions, $_", 'pg_restore', '--exit-on-error', '-j', '4', '-d', 'TARGET', "$base/custom") for 1 .. 2;
restored("folder, several sessions, $_", 'pg_restore', '--exit-on-error', '-j', '4', '-d', 'TARGET', "$base/folder") for 1 .. 2;
restored('single transaction', 'pg_restore', '-1', '-d', 'TARGET', "$base/custom");

# Data alone, by the tables in every order.
sub permutations
{
	my ($first, @rest) = @_;

	return [] if !defined $first;
	return map { my @p = @$_; map { [ @p[ 0 .. $_ - 1 ], $first, @p[ $_ .. $#p ] ] } 0 .. @p } permutations(@rest);
}
my ($list) = run_command([ 'pg_restore', '-l', "$base/custom" ]);
my %line = map { /TABLE DATA \S+ (\w+)/ ? ($1 => $_) : () } split /\n/, $list;

foreach my $order (permutations(0 .. $#tables))
{
	my @order = map { $tables[$_] } @$order;
	my @options = $order->[0] % 2 ? ('--disable-triggers') : ();
	my $file = "$base/list." . join('', @$order);

	append_to_file($file, join("\n", @line{@order}) . "\n");
	$node->safe_psql('postgres', 'CREATE DATABASE target TEMPLATE blank');
	$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', @options, '-L', $file, '-d', $node->connstr('target'), "$base/custom" ], "@order @options");
	is(contents('target'), $expected, "@order: all is as it was");
	$node->safe_psql('postgres', 'DROP DATABASE target');
}

# 0.1.0's tables, with as many sessions.
$node->safe_psql('postgres', 'CREATE DATABASE old');
$node->safe_psql('old', "CREATE EXTENSION linlearn VERSION '0.1.0';" . $fill . q(
	INSERT INTO linlearn_models (name, version, model) SELECT 'm' || i, 1, model FROM trained, generate_series(1, 200) i;
	INSERT INTO linlearn_endpoints (name, model_name, model_version) SELECT 'e' || i, 'm' || i, 1 FROM generate_series(1, 200) i;) . $evaluations);
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$base/old", 'old' ], "0.1.0's dump");
foreach my $round (1 .. 2)
{
	$node->safe_psql('postgres', 'CREATE DATABASE target');
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '4', '-d', $node->connstr('target'), "$base/old" ], "0.1.0's dump: restored");
	is($node->safe_psql('target', 'SELECT (SELECT count(*) FROM linlearn_evaluations), count(*) FROM linlearn_endpoints JOIN linlearn_models USING (model_id)'),
		'400|200', "0.1.0's dump: evaluations, and endpoints with their models");
	$node->safe_psql('postgres', 'DROP DATABASE target');
}

# What the foreign key was for.
$node->safe_psql('postgres', 'CREATE DATABASE bound');
$node->safe_psql('bound', 'CREATE EXTENSION linlearn;' . $fill . q(
	SELECT linlearn_save_model(n, model) FROM trained, unnest('{a,a,b,c}'::text[]) n;
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON linlearn_models, linlearn_evaluations TO alice;) . $evaluations);
my $insert = sub { "INSERT INTO linlearn_evaluations (model, version, dataset, query, metrics) VALUES ('$_[0]', $_[1], 'x', '', '{}')" };
my $rest = "SELECT string_agg(model || version || dataset, ',' ORDER BY model, version, dataset) FROM linlearn_evaluations";

sub bound { return as_role('bound', @_); }
like(bound('alice', $insert->('z', 1)), qr/model "z" has no version 1/, 'no evaluation of a model that is not there');
like(bound('alice', $insert->('a', 3)), qr/model "a" has no version 3/, 'nor of a version');
like(bound('alice', "UPDATE linlearn_evaluations SET version = 7 WHERE model = 'a' AND version = 2"), qr/model "a" has no version 7/, 'nor by an update');
like(bound('alice', "\\set VERBOSITY sqlstate\n" . $insert->('z', 1)), qr/23503/, "a foreign key's SQLSTATE");
is(bound('alice', "UPDATE linlearn_evaluations SET version = 1, dataset = 'old' WHERE model = 'a' AND version = 2 AND dataset = 'b'; $rest"),
	'a1a,a1b,a1old,a2a,b1a,b1b,c1a,c1b', 'an evaluation goes to another version that is there');
is(bound('alice', "SELECT linlearn_delete_model('a', 1); $rest"), "1\na2a,b1a,b1b,c1a,c1b", 'evaluations go with their model');
is(bound('alice', "UPDATE linlearn_models SET name = 'd', version = 1 WHERE name = 'a'; $rest"), 'b1a,b1b,c1a,c1b,d1a', 'and follow it to another name');
is(bound('', "BEGIN; UPDATE linlearn_models SET version = version + 1 WHERE name IN ('b', 'c'); $rest; ROLLBACK"), 'b2a,b2b,c2a,c2b,d1a', 'many at once');
is(bound('alice', "BEGIN; TRUNCATE linlearn_models; $rest; ROLLBACK"), '', 'a TRUNCATE leaves none');

# Policies and owners hide no row from the rule.
$node->safe_psql('bound', q(
	ALTER TABLE linlearn_evaluations OWNER TO keeper; ALTER TABLE linlearn_models OWNER TO keeper;
	ALTER TABLE linlearn_evaluations ENABLE ROW LEVEL SECURITY; ALTER TABLE linlearn_evaluations FORCE ROW LEVEL SECURITY;
	ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY; ALTER TABLE linlearn_models FORCE ROW LEVEL SECURITY;
	CREATE POLICY own ON linlearn_evaluations TO alice USING (true);
	CREATE POLICY own ON linlearn_models TO alice USING (name <> 'c') WITH CHECK (true);));
is(bound('alice', $insert->('c', 1) . "; $rest"), 'b1a,b1b,c1a,c1b,c1x,d1a', 'a model is there for who may not see it, as for a foreign key');
is(bound('alice', "DELETE FROM linlearn_models WHERE name = 'b'; $rest"), 'c1a,c1b,c1x,d1a', 'evaluations that their own owner may not see go');
is(bound('', "DELETE FROM linlearn_models WHERE name = 'c'; $rest"), 'd1a', "by a superuser's DELETE too");
$node->safe_psql('bound', 'ALTER TABLE linlearn_evaluations DISABLE ROW LEVEL SECURITY; ALTER TABLE linlearn_models DISABLE ROW LEVEL SECURITY');

# An evaluation that a model's owner puts in first keeps its number.
is(bound('', $insert->('later', 3) . "; SELECT linlearn_save_model('later', model) FROM trained"), '4', 'no model gets an evaluation that is not its own');
like(bound('alice', "INSERT INTO linlearn_models (name, version, model) SELECT 'later', 3, model FROM trained"), qr/version 3 of model "later" has been given out/, 'not by hand either');

# Runs SQL in a session of its own; returns the session.
sub start_session
{
	my ($sql, $out) = @_;

	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('bound'), '-c', $sql ], '>', $out, '2>&1', IPC::Run::timeout(60));
}
sub sleeps { $node->poll_query_until('bound', "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = 'bound'") or die 'nobody sleeps'; }

# A model that goes while it is evaluated, and the other way round.
my ($out, $other) = ('', '');
bound('', "SELECT linlearn_save_model('race', model) FROM trained, generate_series(1, 3)");
my $session = start_session("BEGIN; DELETE FROM linlearn_models WHERE name = 'race' AND version = 3; SELECT pg_sleep(1); COMMIT", \$out);
sleeps();
like(bound('', "SELECT linlearn_evaluate('race', 'SELECT x, y FROM grid', 'late', 3)"), qr/model "race" has no version 3/, 'an evaluation waits for a delete, and fails');
ok($session->finish, 'the delete is done');
$session = start_session("BEGIN; SELECT count(linlearn_evaluate('race', 'SELECT x, y FROM grid', 'first', 2)); SELECT pg_sleep(1); COMMIT", \$out);
sleeps();
is(bound('', "SELECT linlearn_delete_model('race', 2); SELECT count(*) FROM linlearn_evaluations WHERE model = 'race'"), "1\n0", 'a delete waits for an evaluation, and takes it along');
ok($session->finish, 'the evaluation is done');
$session = start_session("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM linlearn_models; SELECT pg_sleep(2); DELETE FROM linlearn_models WHERE name = 'race'; COMMIT", \$other);
sleeps();
bound('', "SELECT linlearn_evaluate('race', 'SELECT x, y FROM grid', 'unseen')");
ok(!$session->finish, 'a delete that cannot see an evaluation is refused');
like($other, qr/could not serialize access/, 'as a serialization failure');

# The triggers are for these tables alone.
$node->safe_psql('bound', 'CREATE TABLE other (name text, version integer, model text)');
foreach my $made ('linlearn_check_evaluation() AFTER INSERT ON other FOR EACH ROW', 'linlearn_check_evaluation() AFTER INSERT ON linlearn_evaluations FOR EACH STATEMENT',
	'linlearn_follow_model() AFTER INSERT ON other FOR EACH ROW', 'linlearn_follow_model() AFTER INSERT ON linlearn_models FOR EACH ROW')
{
	my ($function, $rest) = split / /, $made, 2;
	my $do = $made =~ /linlearn_models/ ? "INSERT INTO linlearn_models (name, model) SELECT 'new', model FROM trained"
		: $made =~ /evaluations/ ? $insert->('d', 1) : "INSERT INTO other VALUES ('a', 1)";

	like(bound('', "BEGIN; CREATE TRIGGER t $rest EXECUTE FUNCTION $function; $do; ROLLBACK"), qr/$function? can only be called as|can only be called as/, "$made is refused");
}

$node->stop;
done_testing();
