# A cluster of Citus: a coordinator and two workers.  The aggregates that a cluster
# may run do run on the shards, for any role, and models are those of a table here.
use strict;
use warnings;

use FindBin;
use IPC::Run;
use lib $FindBin::Bin;
use ForeignServers;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
my ($extensions, $libraries) = map { my $said = `$pg_config --$_`; chomp $said; $said } 'sharedir', 'pkglibdir';
plan(skip_all => 'Citus is not installed in this PostgreSQL')
	unless -e "$extensions/extension/citus.control" && -e "$libraries/citus.so";

my %node = map { $_ => PostgreSQL::Test::Cluster->new($_) } 'coordinator', 'one', 'two';
foreach my $name ('coordinator', 'one', 'two')
{
	my $node = $node{$name};

	$node->init;
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'citus'\nlisten_addresses = 'localhost'\nwal_level = logical\n"
		. "jit = off\nautovacuum = off\nrestart_after_crash = off\ncitus.enable_statistics_collection = off\n");
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION citus');
}
my $at = $node{coordinator};
sub coordinator { return $at->safe_psql('postgres', shift) }
sub error_of { my (undef, undef, $said) = $at->psql('postgres', shift); return $said }

coordinator("SELECT citus_set_coordinator_host('localhost', " . $at->port . ')');
coordinator("SELECT citus_add_node('localhost', " . $node{$_}->port . ')') foreach 'one', 'two';
# Citus makes it on the workers, too.
coordinator('CREATE EXTENSION linlearn');
coordinator('CREATE EXTENSION citus_columnar') if -e "$extensions/extension/citus_columnar.control";

my $columns = 'id int, x float8[], bytes bytea, sold boolean, colour text, visits int, y float8, w int, part text, since date, notes tsvector, late numeric';
coordinator(qq(CREATE TABLE whole AS SELECT i AS id, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x,
		decode(lpad(to_hex(i * 7919 % 16777216), 6, '0') || lpad(to_hex(i * 31 % 256), 2, '0'), 'hex') AS bytes,
		sin(i) + cos(i * 2) + sin(i * i) > 0.2 AS sold,
		(ARRAY['red', 'green', 'blue'])[1 + floor(abs(3 * (sin(i) + 1.1 + 0.3 * sin(i * i))))::int % 3] AS colour,
		floor(exp(1 + sin(i)) + sin(i * i) + 1)::int AS visits, 1 + 2 * sin(i) + 0.1 * sin(i * i) AS y, 1 + i % 3 AS w,
		CASE WHEN i % 5 = 0 THEN 'validation' WHEN i % 11 = 0 THEN 'test' ELSE 'train' END AS part,
		date '2024-01-01' + i % 300 AS since, to_tsvector('english', 'calls ' || i % 9 || ' times') AS notes,
		CASE WHEN i % 7 > 0 THEN round((sin(i * 3))::numeric, 3) END AS late FROM generate_series(1, 8000) i;
	CREATE TABLE shards ($columns); SELECT create_distributed_table('shards', 'id', shard_count => 8);
	CREATE TABLE everywhere ($columns); SELECT create_reference_table('everywhere');
	CREATE TABLE ranges ($columns) PARTITION BY RANGE (id);
	CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES FROM (1) TO (3001);
	CREATE TABLE ranges_2 PARTITION OF ranges FOR VALUES FROM (3001) TO (8001);
	SELECT create_distributed_table('ranges', 'id', shard_count => 3);
	CREATE TABLE managed ($columns); SELECT citus_add_local_table_to_metadata('managed');
	CREATE VIEW seen AS SELECT * FROM shards WHERE id > 0));
my @placements = ('whole', 'shards', 'everywhere', 'ranges', 'managed', 'seen');
if (-e "$extensions/extension/citus_columnar.control")
{
	coordinator("CREATE TABLE stripes ($columns) USING columnar; SELECT create_distributed_table('stripes', 'id', shard_count => 4)");
	push @placements, 'stripes';
}
coordinator("INSERT INTO $_ SELECT * FROM whole") foreach grep { !/whole|seen/ } @placements;

# 1. The same model, for a role that may read and no more.
coordinator('CREATE ROLE clerk LOGIN; ' . join(' ', map { "GRANT SELECT ON $_ TO clerk;" } @placements));
foreach my $arguments (q('x', 'y'), q('x', 'y', '{"wd": 0.01}', 'id % 3 > 0', 'part', 'w'), q('x', 'sold'), q('x', 'sold', '{"wd": 0}', NULL, 'part', 'w'),
	q('bytes', 'colour', '{"balance_multiclass_weights": true}', NULL, 'part'), q('x', 'visits', '{"loss": "poisson", "wd": 0}'),
	q('*', 'sold', '{"exclude": ["id", "y", "part", "w"]}', NULL, 'part', 'w'), q('colour, since, late, visits % 3 AS rest', 'y', '{"wd": 0}'), q('notes, x, late', 'colour', '{"wd": 0.1}'), q('linlearn_sparse(x::real[])', 'sold', '{"wd": 0.01}'))
{
	is( coordinator("SET ROLE clerk; SELECT count(*) || ' of ' || count(DISTINCT model) FROM (VALUES "
			. join(', ', map { "(linlearn_train_distributed('$_', $arguments))" } @placements) . ') AS made (model)'),
		@placements . ' of 1', "the same bytes wherever the rows are: $arguments");
}
my $log = error_of(q(SET client_min_messages = notice; SET citus.log_remote_commands = on; SELECT linlearn_train_distributed('shards', 'x', 'sold') IS NULL));
$log .= error_of(q(SET client_min_messages = notice; SET citus.log_remote_commands = on; SELECT linlearn_train_distributed('shards', 'late, colour', 'sold') IS NULL));
foreach my $aggregate ('survey_columns', 'survey', 'gradient')
{
	like($log, qr/worker_(?:binary_)?partial_agg\('public\.linlearn_$aggregate\(bytea\)'::regprocedure/, "linlearn_$aggregate runs on the shards");
}
unlike($log, qr/SELECT (x|sold|late|\*)/, 'and no row travels');

# 2. Judged where they are.
foreach my $pair ('sold, x[1] > 0', 'colour, part', 'y, x[1]')
{
	my $metrics = "SELECT key, CASE jsonb_typeof(value) WHEN 'number' THEN round(value::numeric, 9)::text ELSE value::text END
		FROM jsonb_each((SELECT linlearn_metrics(linlearn_pair($pair)) FROM %s))";
	is(coordinator(sprintf $metrics, 'shards'), coordinator(sprintf $metrics, 'whole'), "metrics of $pair");
}
foreach my $curve ('roc_auc', 'pr_auc', 'roc_curve', 'lift')
{
	is( coordinator("SET ROLE clerk; SELECT linlearn_$curve(linlearn_pair(sold, NULL::boolean, x[1])) FROM shards"),
		coordinator("SELECT linlearn_$curve(linlearn_pair(sold, NULL::boolean, x[1])) FROM whole"), $curve);
}
is( coordinator(q(SELECT count(DISTINCT f) FROM (SELECT (train_rows, validation_rows, test_rows, round((metrics->>'log_loss')::numeric, 9)) AS f
		FROM linlearn_fit('a', 'shards'::regclass, 'sold', 'id', features => 'x') UNION ALL
		SELECT (train_rows, validation_rows, test_rows, round((metrics->>'log_loss')::numeric, 9))
		FROM linlearn_fit('b', 'whole'::regclass, 'sold', 'id', features => 'x')) fits)),
	'1', 'linlearn_fit of a relation');
is( coordinator(q(SELECT linlearn_evaluate('a', 'shards'::regclass, label => 'sold', features => 'x')->'accuracy' = linlearn_evaluate('a', 'whole'::regclass, label => 'sold', features => 'x')->'accuracy')),
	't', 'linlearn_evaluate of a relation');

# 3. Predicted there: a model goes as a sub-select; a name is the coordinator's own.
my $predict = q(SELECT count(*), sum(id) FROM %s WHERE linlearn_predict((SELECT linlearn_model('a')), x) = 1);
is(coordinator(sprintf $predict, 'shards'), coordinator(sprintf $predict, 'whole'), 'predictions by a sub-select');
coordinator(q(CREATE TABLE best AS SELECT linlearn_model('a') AS model; SELECT create_reference_table('best')));
is( coordinator('SELECT sum(linlearn_score(model, x)::numeric(9, 6)) FROM best, shards'),
	coordinator('SELECT sum(linlearn_score(model, x)::numeric(9, 6)) FROM best, whole'), 'and by a reference table');
coordinator(q(SELECT linlearn_create_endpoint('live', 'a')));
like(error_of(q(SELECT linlearn_predict('live', x) FROM shards)), qr/endpoint "live" does not exist/, 'no endpoint on the workers');

# 4. Aggregates over columns: their rows come to the coordinator, or it says why not.
my $columns_of = 'SELECT md5(linlearn_train(x, sold)) FROM';
my $here = coordinator("$columns_of whole");
my ($status, $out, $err) = $at->psql('postgres', "$columns_of shards");
ok($out eq $here || $err =~ /could not confirm type correctness/, 'linlearn_train over shards is right, or refused by Citus');
foreach my $way ("SET citus.allow_aggregate_worker_combine_on_internal_types = off; $columns_of shards",
	'SELECT md5(linlearn_train(x, sold ORDER BY id)) FROM shards', "$columns_of (SELECT x, sold FROM shards OFFSET 0) AS rows")
{
	is(($at->psql('postgres', $way))[1], $here, "and right so: $way") unless $way =~ /^SET/ && error_of($way) =~ /configuration parameter/;
}
is( coordinator(q(SELECT md5(string_agg(m, NULL ORDER BY id)) FROM (SELECT id, linlearn_train(x, y, '{"predictor_type": "regressor"}')::text AS m FROM shards WHERE id < 9 GROUP BY id) g)),
	coordinator(q(SELECT md5(string_agg(m, NULL ORDER BY id)) FROM (SELECT id, linlearn_train(x, y, '{"predictor_type": "regressor"}')::text AS m FROM whole WHERE id < 9 GROUP BY id) g)),
	'GROUP BY the distribution column');

# 5. A cancel, a worker without linlearn, of another version, or gone.
sub busy_workers { return $node{one}->safe_psql('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ 'linlearn_(survey|gram|gradient)' AND pid <> pg_backend_pid())) }
my $slow = q(SELECT linlearn_train_distributed('shards', 'x', 'sold', NULL, 'pg_catalog.pg_sleep(0.01) IS NOT NULL'));
like(error_of("SET statement_timeout = '2s'; $slow"), qr/canceling statement due to statement timeout/, 'a timeout');
ok(ForeignServers::wait_until(1, sub { busy_workers() == 0 }), 'which ends the work of the workers');
my ($said, $complaint) = ('', '');
my $running = IPC::Run::start([ 'psql', '-X', '-d', $at->connstr('postgres'), '-c', $slow ], '>', \$said, '2>', \$complaint);
ok(ForeignServers::wait_until(20, sub { busy_workers() > 0 }), 'a pass runs');
coordinator(q(SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT linlearn_train_distributed'));
$running->finish;
like($complaint, qr/canceling statement due to user request/, 'a cancel');
ok(ForeignServers::wait_until(1, sub { busy_workers() == 0 }), 'ends it, too');
my $train = q(SELECT linlearn_train_distributed('shards', 'x', 'y') IS NULL);
my $alone = 'SET citus.enable_ddl_propagation = off;';
$node{two}->safe_psql('postgres', "$alone DROP EXTENSION linlearn CASCADE");
my $two = 'localhost:' . $node{two}->port;
like(error_of($train), qr/worker "$two" has no linlearn of this version\nDETAIL:  It has none; here it is/, 'a worker without linlearn is named');
$node{two}->safe_psql('postgres', "$alone CREATE EXTENSION linlearn VERSION '0.1.0'");
like(error_of($train), qr/It is 0\.1\.0 there, .* here/, 'and one of another version');
$node{two}->safe_psql('postgres', "$alone ALTER EXTENSION linlearn UPDATE");
is(coordinator($train), 'f', 'until it is brought up to date');
$node{two}->stop('immediate');
like(error_of($train), qr/ERROR:/, 'a worker that is gone is an error');
$node{two}->start;
is(coordinator($train), 'f', 'until it is back');

$_->stop foreach values %node;
done_testing();
