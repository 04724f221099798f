# Watches a running training from other sessions, and cancels it.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $node = PostgreSQL::Test::Cluster->new('progress');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'linlearn'\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION linlearn;
	CREATE TABLE points AS SELECT ARRAY[random(), random(), random()]::real[] AS x, random() > 0.5 AS y
	FROM generate_series(1, 20000);
	CREATE ROLE trainer LOGIN; CREATE ROLE stranger LOGIN; CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats;
	GRANT SELECT ON points TO trainer;
});

# Hours of training, if nobody stops it.
my $train = q{SELECT length(linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "sgd",
	"learning_rate": 0.0001, "num_models": 1, "epochs": 1000000, "early_stopping_patience": 2000000}')) FROM points};

sub watch { return $node->safe_psql('postgres', shift) }

# To a file: nobody reads what a session says while it goes on, and a pipe fills.
my $said = PostgreSQL::Test::Utils::tempdir() . '/said';

sub start_session
{
	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', $_) } @_ ],
		'<', \undef, '>', '/dev/null', '2>', $said);
}

my $session = start_session('SET ROLE trainer', $train);
ok($node->poll_query_until('postgres', 'SELECT max(epoch) >= 2 FROM linlearn_progress'), 'a training shows its epochs');
is( watch(q{SELECT database, role, phase, predictor, epochs, rows, train_loss > 0, started < now() + '1 s', estimated_end > now()
	FROM linlearn_progress}),
	'postgres|trainer|training|binary_classifier|1000000|20000|t|t|t',
	'database, role, phase, predictor, epochs, rows, loss and times');
my $epoch = watch('SELECT epoch FROM linlearn_progress');
ok($node->poll_query_until('postgres', "SELECT epoch > $epoch FROM linlearn_progress"), 'the epoch goes on');

my $seen = 'SELECT count(*), count(phase), count(epoch) FROM linlearn_progress';
is(watch("SET ROLE stranger; $seen"), '1|0|0', 'strangers see that there is one, not what it does');
is(watch("SET ROLE monitor; $seen"), '1|1|1', 'pg_read_all_stats sees it');
is(watch("SET ROLE trainer; $seen"), '1|1|1', 'the role itself sees it');

# many readers disturb nothing and see whole states
is( watch(q{SET jit = off; DO $$
	DECLARE whole bool; least bigint := 0; here bigint;
	BEGIN
		FOR i IN 1 .. 20000 LOOP
			SELECT epochs = 1000000 AND row_count = 20000 AND predictor = 'binary_classifier' AND phase = 'training', epoch
			INTO whole, here FROM linlearn_progress_rows();
			IF whole IS NOT TRUE OR here < least THEN
				RAISE 'torn: % after %', here, least;
			END IF;
			least := here;
		END LOOP;
	END $$; SELECT 'whole'}),
	'whole', 'every state read is a whole one');

my $asked = time;
is(watch('SELECT bool_and(pg_cancel_backend(pid)) FROM linlearn_progress'), 't', 'cancel');
$session->finish;
cmp_ok(time - $asked, '<', 2 * ($ENV{LINLEARN_PACE} // 1), 'a cancelled training ends at once');
like(slurp_file($said), qr/canceling statement due to user request/, 'the session is told');
is(watch('SELECT count(*) FROM linlearn_progress'), '0', 'nothing is left in the view');

# a subtransaction that catches the cancel leaves nothing either
my ($code, $stdout, $stderr) = $node->psql(
	'postgres', q{
	CREATE FUNCTION train_forever() RETURNS void LANGUAGE plpgsql AS $body$
	BEGIN
		PERFORM length(linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "sgd", "num_models": 1,
			"learning_rate": 0.0001, "epochs": 1000000, "early_stopping_patience": 2000000}')) FROM points;
	EXCEPTION WHEN query_canceled THEN
		RAISE NOTICE 'caught, left: %', (SELECT count(*) FROM linlearn_progress);
	END $body$;
	SET statement_timeout = '700ms';
	SELECT train_forever()});
like($stderr, qr/caught, left: 0/, 'a caught cancel clears the slot') or diag $stderr;

# ---- Gathering rows ----

# Far more rows than can be gathered while anyone looks.
my $gather = 'SELECT length(linlearn_train(x, y)) FROM points, generate_series(1, 100000)';
my $gathering = "SELECT rows FROM linlearn_progress WHERE phase = 'collecting rows' ORDER BY pid LIMIT 1";

foreach my $end ('cancel', 'terminate')
{
	$session = start_session($gather);
	ok($node->poll_query_until('postgres', "SELECT ($gathering) > 0"), 'gathering rows shows');
	my $rows = watch($gathering);
	ok($node->poll_query_until('postgres', "SELECT ($gathering) > $rows"), 'and goes on');
	is(watch('SELECT count(*), count(predictor), count(epoch), count(estimated_end) FROM linlearn_progress'),
		'1|0|0|0', 'what is not known yet is not shown');
	watch("SELECT pg_${end}_backend(pid) FROM linlearn_progress");
	$session->finish;
	ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM linlearn_progress'), "$end: gone from the view");
}

# parallel workers show what they gather
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET linlearn.parallel_rows = on; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off; SET enable_nestloop = on;';
$session = start_session($parallel, $gather);
ok($node->poll_query_until('postgres', q(SELECT count(*) = 2 FROM linlearn_progress JOIN pg_stat_activity USING (pid)
	WHERE phase = 'collecting rows' AND backend_type = 'parallel worker')), 'two workers gather');
watch(q(SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%linlearn_train%' AND leader_pid IS NULL
	AND pid <> pg_backend_pid()));
$session->finish;
ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM linlearn_progress'), 'and are gone');
like(watch("$parallel SELECT length(linlearn_train(x, y)) > 0, (SELECT count(*) FROM linlearn_progress) FROM points"),
	qr/t\|/, 'workers train');
is(watch('SELECT count(*) FROM linlearn_progress'), '0', 'and leave nothing at the end');

# Within one transaction, so that its end clears nothing: an error that is
# caught, a plan scanned again, a cursor that stops half-way.
my $own = 'SELECT count(*) FROM linlearn_progress WHERE pid = pg_backend_pid()';
is( watch(qq{BEGIN;
	DO \$\$ BEGIN
		PERFORM linlearn_train(CASE WHEN i < 5000 THEN ARRAY[i, 1]::real[] END, i % 2 = 0) FROM generate_series(1, 9000) AS i;
	EXCEPTION WHEN null_value_not_allowed THEN NULL;
	END \$\$;
	$own;
	SELECT count(*) FROM (SELECT (SELECT length(linlearn_train(ARRAY[i, g]::real[], i % 2 = 0, '{"epochs": 1}')) > 0
		FROM generate_series(1, 100) AS i WHERE i > g) FROM generate_series(1, 3) AS g) AS again;
	$own;
	SET LOCAL enable_hashagg = off;
	DECLARE models CURSOR FOR SELECT g, length(linlearn_train(ARRAY[i, g]::real[], i % 2 = 0, '{"epochs": 1}')) > 0
		FROM generate_series(1, 3) AS g, generate_series(1, 100) AS i GROUP BY ROLLUP (g);
	FETCH 1 FROM models;
	$own;
	COMMIT}),
	"0\n3\n0\n1|t\n0", 'an error, a second scan and a halted cursor leave nothing');

# a session that is terminated
$session = start_session($train);
$node->poll_query_until('postgres', 'SELECT max(epoch) >= 1 FROM linlearn_progress');
watch('SELECT pg_terminate_backend(pid) FROM linlearn_progress');
$session->finish;
ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM linlearn_progress'), 'a terminated session is gone from the view');

# notices: one a phase and epoch, with the epoch's own losses and the seconds
($code, $stdout, $stderr) = $node->psql('postgres', q{SET linlearn.progress = notice;
	SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "sgd", "num_models": 1, "epochs": 3,
		"early_stopping_patience": 5, "calibrate": "platt"}', part) AS m
	FROM (SELECT x, y, CASE WHEN row_number() OVER () % 5 = 0 THEN 'validation' END AS part FROM points) AS p \gset
	SELECT epoch, train_loss, validation_loss FROM linlearn_training_history(:'m') ORDER BY epoch});
my @told = $stderr =~ /NOTICE:  (.*)/g;
my @epochs = map { sprintf 'epoch %d of 3, 16000 rows, training loss %.6g, validation loss %.6g', split /\|/ } split /\n/, $stdout;
s/, (\d+\.\d) s$// || fail("no seconds: $_") foreach @told;
is_deeply([ @told[ 0 .. 2 ] ], [ 'collecting rows', 'preparing, 20000 rows', 'training binary_classifier, 16000 rows' ],
	'a notice a phase');
is(scalar @epochs, 3, 'three epochs');
is_deeply([ map { s/^training binary_classifier, //r } @told[ 3 .. 5 ] ], \@epochs, "a notice an epoch: the epoch's losses");
like($told[6], qr/^calibrating binary_classifier, 16000 rows, training loss/, 'a notice of the calibration');
like($told[7], qr/^evaluating binary_classifier, 16000 rows, training loss/, 'and of the final judgement');
is(scalar @told, 8, 'and no more');

# While notices are sent: a cancel, a client that is gone, and what the server
# wants every backend to do (PostgreSQL 15 has them close files for DROP DATABASE).
my $noticed = 'SET linlearn.progress = notice';
foreach my $end ('cancel', 'kill')
{
	$session = start_session($noticed, $train);
	ok($node->poll_query_until('postgres', 'SELECT max(epoch) >= 2 FROM linlearn_progress'), "$end: a training sends notices");
	if ($end eq 'cancel')
	{
		watch('SET statement_timeout = 60000; CREATE DATABASE other');
		is(watch('SET statement_timeout = 60000; DROP DATABASE other; SELECT count(*) FROM linlearn_progress'), '1', 'it serves the server meanwhile');
		watch('SELECT pg_cancel_backend(pid) FROM linlearn_progress');
		$session->finish;
		like(slurp_file($said), qr/ERROR:  canceling statement due to user request\n?\z/, 'and can be cancelled');
	}
	else
	{
		$session->kill_kill;
	}
	ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM linlearn_progress'), "$end: the training ends");
}

# not preloaded: empty, with a hint
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;
($code, $stdout, $stderr) = $node->psql('postgres', 'SELECT count(*) FROM linlearn_progress');
is($stdout, '0', 'empty without preloading');
like($stderr, qr/HINT:  Add linlearn to shared_preload_libraries/, 'and says how to have it');

$node->stop;
done_testing();
