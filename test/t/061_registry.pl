# The registry: versions of sessions that save at once, dump and restore.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('registry');
$node->init;
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE grid AS
	SELECT ARRAY[i % 7, i % 11]::real[] AS x, i % 7 + i % 11 > 8 AS y
	FROM generate_series(1, 500) i;
	CREATE TABLE trained AS
	SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier"}') AS model FROM grid;));

# Eight sessions save one name: every version once, none missing.
my $script = $node->basedir . '/save.sql';
append_to_file($script,
	"SELECT linlearn_save_model('shared', model) FROM trained;\n");
$node->command_ok(
	[ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '25', '-f', $script, 'postgres' ],
	'eight sessions save at once');
is( $node->safe_psql('postgres', q(
		SELECT count(*), count(DISTINCT version), min(version), max(version)
		FROM linlearn_models WHERE name = 'shared')),
	'200|200|1|200', 'versions are 1 to 200');

# A session waits for one that has not committed, and takes the next number.
my $other = IPC::Run::timeout(60);
my ($in, $out, $err) = ('', '', '');
my $first = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
	'<', \$in, '>', \$out, '2>', \$err, $other);
$in = "BEGIN; SELECT linlearn_save_model('shared', model) FROM trained;\n";
$first->pump until $out =~ /201/;
my ($in2, $out2, $err2) = ("SELECT linlearn_save_model('shared', model) FROM trained;\n", '', '');
my $second = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
	'<', \$in2, '>', \$out2, '2>', \$err2, $other);
$second->pump_nb;
$node->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
  or die 'nobody waits';
is($out2, '', 'the second save waits');
$in = "COMMIT;\n\\q\n";
$first->finish;
$in2 .= "\\q\n";
$second->finish;
is($out2, "202\n", 'and takes the next version');

# A snapshot that cannot see the other's version cannot save beside it.
my $connection = $node->connstr('postgres');
my ($status, $stdout, $stderr) = $node->psql('postgres', qq(
	BEGIN ISOLATION LEVEL REPEATABLE READ;
	SELECT count(*) FROM linlearn_models;
	\\! psql -XAtq -d "$connection" -c "SELECT linlearn_save_model('shared', model) FROM trained"
	SELECT linlearn_save_model('shared', model) FROM trained;),
	extra_params => ['-v', 'VERBOSITY=verbose']);
like($stderr, qr/ERROR:  40001/, 'repeatable read: a serialization failure');

# Evaluations, and all of it through pg_dump.
$node->safe_psql('postgres', q(
	SELECT linlearn_delete_model('shared');
	SELECT linlearn_save_model('kept', model, 'as trained') FROM trained;
	SELECT linlearn_save_model('kept', model) FROM trained;
	SELECT linlearn_evaluate('kept', 'SELECT x, y FROM grid');
	SELECT linlearn_evaluate('kept', 'SELECT x, y FROM grid LIMIT 100', 'few', 1);
	CREATE ROLE keeper;
	GRANT SELECT ON linlearn_models, linlearn_model_catalog TO keeper;));
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok(
	[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, 'copy' ], 'restore');
foreach my $sql (
	'SELECT * FROM linlearn_models ORDER BY name, version',
	'SELECT * FROM linlearn_evaluations ORDER BY model, version, dataset',
	'SELECT * FROM linlearn_confusion_matrix ORDER BY 1, 2, 3, 4, 5',
	'SELECT * FROM linlearn_model_catalog ORDER BY name, version',
	"SELECT * FROM linlearn_compare('kept', 1, 2)",
	"SELECT count(*) FROM grid WHERE linlearn_predict(linlearn_model('kept'), x) = 1",
	"SELECT has_table_privilege('keeper', 'linlearn_models', 'SELECT'), has_table_privilege('keeper', 'linlearn_models', 'INSERT')")
{
	is($node->safe_psql('copy', $sql), $node->safe_psql('postgres', $sql),
		"restored: $sql");
}
is($node->safe_psql('copy', "SELECT linlearn_save_model('kept', model) FROM trained"),
	'3', 'versions go on after a restore');

# The registry in a schema of its own, out of the search_path.
$node->safe_psql('postgres', 'CREATE DATABASE apart');
$node->safe_psql('apart', q(
	CREATE SCHEMA learn;
	CREATE EXTENSION linlearn SCHEMA learn;
	CREATE TABLE grid AS
	SELECT ARRAY[i % 7, i % 11]::real[] AS x, i % 7 + i % 11 > 8 AS y
	FROM generate_series(1, 500) i;
	SELECT learn.linlearn_save_model('one', learn.linlearn_train(x, y, '{"predictor_type": "binary_classifier"}')) FROM grid;));
is( $node->safe_psql('apart', q(
		SELECT learn.linlearn_evaluate('one', 'SELECT x, y FROM grid')->'rows';
		SELECT sum(count) FROM learn.linlearn_confusion_matrix;
		SELECT predictor_type FROM learn.linlearn_model_catalog;
		SELECT count(*) > 5 FROM learn.linlearn_compare('one', 1, 1);
		SELECT learn.linlearn_delete_model('one');)),
	"500\n500\nbinary_classifier\nt\n1", 'in another schema');

$node->stop;
done_testing();
