# Tuning over parallel plans, under cancel and time limits, and after restarts.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('tune');
$node->init;
$node->append_conf('postgresql.conf', "linlearn.threads = 2\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

sub sql { return $node->safe_psql('postgres', shift); }

sql(q{CREATE TABLE points AS
	SELECT i, (SELECT array_agg(sin(i * j + j)) FROM generate_series(1, 30) j)::real[] AS x,
		sin(i) + cos(i * 3.0 + 2) > 0 AS y,
		CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS channel
	FROM generate_series(1, 20000) i});
sql('ANALYZE points');

sub tuning
{
	my ($more) = @_;
	return qq{(SELECT '{"objective": "validation:binary_f_beta", "max_jobs": 4,
		"max_parallel_jobs": 2, "epochs": 3, "ranges": {
		"wd": {"type": "continuous", "min": 1e-7, "max": 1},
		"learning_rate": {"type": "continuous", "min": 1e-5, "max": 1}}}'::jsonb
		|| '$more')};
}

# the same bytes from a serial plan, parallel plans and shuffled rows
my $aggregate = 'SELECT md5(linlearn_tune(x, y, ' . tuning('{}') . ', channel)) FROM points';
my $force = "SET parallel_setup_cost = 0; SET linlearn.parallel_rows = on; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;";
my $serial = sql("SET max_parallel_workers_per_gather = 0; $aggregate");
for my $workers (2, 3)
{
	my $settings = "$force SET max_parallel_workers_per_gather = $workers; SET linlearn.threads = $workers;";

	like(sql("$settings EXPLAIN (COSTS OFF) $aggregate"),
		qr/Partial Aggregate/, "a plan with $workers workers");
	is(sql("$settings $aggregate"), $serial, "$workers workers give the same bytes");
}
is(sql("SELECT md5(linlearn_tune(x, y, " . tuning('{}') . ", channel)) FROM (SELECT * FROM points ORDER BY md5(i::text)) p"),
	$serial, 'shuffled rows give the same bytes');

# the bytes survive a restart; the times do not
sql('CREATE TABLE tuned AS SELECT linlearn_tune(x, y, ' . tuning('{}') . ', channel) AS model FROM points');
$node->restart;
is(sql('SELECT md5(model) FROM tuned'), $serial, 'stored bytes');
is(sql('SELECT count(*), count(objective), count(seconds) FROM tuned, linlearn_trials(model)'),
	'4|4|0', 'trials after a restart');

# cancel, in the middle of many long trials
my $start = time;
my ($code, $out, $err) = $node->psql('postgres',
	"SET statement_timeout = '2s'; SELECT linlearn_tune(x, y, "
	. tuning('{"epochs": 100000, "early_stopping_patience": 1000000}') . ', channel) FROM points');
like($err, qr/canceling statement due to statement timeout/, 'a tuning can be cancelled');
cmp_ok(time - $start, '<', 5 * ($ENV{LINLEARN_PACE} // 1), 'soon');

# max_seconds returns what there is
$start = time;
is(sql("SELECT count(*) FILTER (WHERE best), bool_and(status = 'Stopped') FROM linlearn_trials((SELECT linlearn_tune(x, y, "
	. tuning('{"epochs": 100000, "early_stopping_patience": 1000000, "max_seconds": 1}')
	. ', channel) FROM points))'), '1|t', 'max_seconds ends with a model');
cmp_ok(time - $start, '<', 5 * ($ENV{LINLEARN_PACE} // 1), 'in time');

# damaged models are refused, whatever the byte
my $size = sql('SELECT length(model) FROM tuned');
for my $at (0, 5, 17, int($size / 2), $size - 1)
{
	($code, $out, $err) = $node->psql('postgres',
		"SELECT * FROM tuned, linlearn_trials(set_byte(model, $at, 255 - get_byte(model, $at)))");
	like($err, qr/^psql:<stdin>:1: ERROR:/, "byte $at is damaged");
}
is(sql('SELECT count(*) FROM tuned'), '1', 'the server still stands');

$node->stop;
done_testing();
