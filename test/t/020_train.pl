# Training in a server: parallel plans, interruption, threads, memory, prepared
# statements, dump and restore, plain users.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

# Milliseconds until a training ends that was asked to; 100 on an idle machine.
my $patience = 300 * ($ENV{LINLEARN_PACE} // 1);

my $node = PostgreSQL::Test::Cluster->new('train');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 8\n"
	  . "max_worker_processes = 16\nmax_wal_size = 4GB\nfsync = off\nshared_preload_libraries = 'linlearn'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

# The real digits when they are here, else as many that the extension draws.
my $mnist = $ENV{LINLEARN_TEST_MNIST} // '';

my $source = $mnist ne '' && -e $mnist ? $mnist : 'synthetic';
note "digits: $source";
$node->safe_psql('postgres', qq(
	SELECT * FROM linlearn_load_mnist('$source', 'linlearn_mnist', 20000, 5000, 1000);
	VACUUM ANALYZE linlearn_mnist;));
$node->safe_psql('postgres', q(
	CREATE TABLE points AS
	SELECT i, ARRAY[sin(i), cos(i * 3), i % 7]::real[] AS x, sin(i) + cos(i * 5) > 0 AS y
	FROM generate_series(1, 20000) AS i;
	ANALYZE points;
	CREATE FUNCTION milliseconds_to_end(victim int, kill boolean) RETURNS float8
	LANGUAGE plpgsql AS $$
	DECLARE start timestamptz := clock_timestamp();
	BEGIN
		IF kill THEN PERFORM pg_terminate_backend(victim);
		ELSE PERFORM pg_cancel_backend(victim); END IF;
		LOOP
			PERFORM pg_stat_clear_snapshot();
			EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity
				WHERE pid = victim AND state = 'active');
			PERFORM pg_sleep(0.001);
		END LOOP;
		RETURN 1000 * extract(epoch FROM clock_timestamp() - start);
	END $$;));

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = q(
	SET max_parallel_workers_per_gather = 4;
	SET parallel_setup_cost = 0; SET linlearn.parallel_rows = on;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
	SET parallel_leader_participation = off;);

# ---- The same rows give the same bytes, whatever the plan ----

my %trainings = (
	'binary' => q(pixels, label = 0, '{"num_models": 2, "epochs": 2, "optimizer": "adam"}'),
	'multiclass' => q(pixels, label::text, '{"num_models": 1, "epochs": 2, "optimizer": "adam"}'),
	'regressor' => q(pixels, label, '{"predictor_type": "regressor", "num_models": 1, "epochs": 2, "optimizer": "sgd", "learning_rate": 0.001}'));
foreach my $name (sort keys %trainings)
{
	my $query = "linlearn_train($trainings{$name}, split)";
	my $from = "FROM linlearn_mnist WHERE split <> 'test'";
	my $plan = $node->safe_psql('postgres', "$parallel EXPLAIN SELECT $query $from");
	like($plan, qr/Partial Aggregate.*Parallel/s, "$name: the plan is parallel");
	my $wanted = $node->safe_psql('postgres', "$serial SELECT md5($query) $from");
	like($wanted, qr/^[0-9a-f]{32}$/, "$name: trained");
	is($node->safe_psql('postgres', "$parallel SELECT md5($query) $from"),
		$wanted, "$name: parallel workers change no byte");
	foreach my $order ('label, id', 'id DESC, split', 'md5(pixels)')
	{
		is($node->safe_psql('postgres', "$serial SET linlearn.threads = 3;
				SELECT md5($query) FROM (SELECT * $from ORDER BY $order) AS s"),
			$wanted, "$name: ordered by $order changes no byte");
	}
}
# what workers were told must agree
foreach my $settings ($serial, $parallel)
{
	my ($status, $out, $err) = $node->psql('postgres', "$settings
		SELECT linlearn_train(x, y, CASE WHEN i > 10000 THEN '{\"wd\": 1}' ELSE '{}' END::jsonb)
		FROM points");
	like($err, qr/options must be the same for all rows of a model/,
		'options that differ are refused');
}
{
	my ($status, $out, $err) = $node->psql('postgres', "$parallel
		SELECT linlearn_train(CASE WHEN i = 15000 THEN x[1:2] ELSE x END, y) FROM points");
	like($err, qr/features/, 'a width that differs in one worker is refused');
}

# a model to go on from: rows that lack its middle class, and one too many
$node->safe_psql('postgres', q(
	CREATE TABLE letters AS
	SELECT i, x, chr(97 + i % 3) AS y FROM points;
	ANALYZE letters;
	CREATE TABLE letter_model AS
	SELECT linlearn_train(x, y, '{"epochs": 1, "optimizer": "adam"}') AS model FROM letters;));
{
	my $init = $node->safe_psql('postgres', 'SELECT model FROM letter_model');
	my $train = sub { qq(linlearn_train(x, $_[0], '{"epochs": 1, "optimizer": "adam"}', NULL, 1, '$init'::bytea)) };
	my $query = 'md5(' . $train->('y') . ") FROM letters WHERE y <> 'b'";
	like($node->safe_psql('postgres', "$parallel EXPLAIN SELECT $query"),
		qr/Partial Aggregate.*Parallel/s, 'init_model: the plan is parallel');
	is($node->safe_psql('postgres', "$parallel SELECT $query"),
		$node->safe_psql('postgres', "$serial SELECT $query"),
		'init_model: parallel workers change no byte');
	my ($status, $out, $err) = $node->psql('postgres', "$parallel SELECT "
		. $train->("CASE WHEN i = 15000 THEN 'd' ELSE y END") . ' FROM letters');
	like($err, qr/label "d" is not a class of init_model/,
		'init_model: a class that it does not know is refused');
}

# ---- Interruption ----

# Starts a training that would last for hours; returns handle, pid, output.
sub start_training
{
	my ($query, $phase, $more) = @_;
	my %run = (out => '', err => '');
	my $in = '';
	$run{handle} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c',
			"SET application_name = 'victim'", '-c', 'SET linlearn.threads = 4',
			'-c', $query, map { ('-c', $_) } @{ $more // [] } ],
		\$in, '>', \$run{out}, '2>', \$run{err});
	for (1 .. 600)
	{
		$run{pid} = $node->safe_psql('postgres', "SELECT a.pid FROM pg_stat_activity AS a
			JOIN linlearn_progress AS p USING (pid)
			WHERE application_name = 'victim' AND state = 'active' AND p.phase = '$phase'");
		last if $run{pid} ne '';
		usleep(20_000);
	}
	usleep(300_000);
	return \%run;
}

# Threads of a process.
sub threads_of
{
	my @tasks = glob("/proc/$_[0]/task/*");
	return scalar @tasks;
}

my %phases = (
	'collecting rows' => "SELECT length(linlearn_train(ARRAY[sin(i), cos(i)]::real[], i % 3 = 0))
		FROM points, generate_series(1, 100000)",
	'training' => q(SELECT length(linlearn_train(pixels, label, '{"predictor_type": "multiclass_classifier",
		"epochs": 100000, "early_stopping_patience": 1000000, "optimizer": "adam"}'))
		FROM linlearn_mnist));
foreach my $phase (sort keys %phases)
{
	my $run = start_training($phases{$phase}, $phase, ['SELECT pg_sleep(3)']);
	my $pid = $run->{pid};
	isnt($pid, '', "$phase: under way");
	next if $pid eq '';
	is(threads_of($pid), 4, "$phase: four threads") if $phase eq 'training';
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	# psql goes on with pg_sleep: the backend lives, its training is over
	for (1 .. 100)
	{
		last if $node->safe_psql('postgres', "SELECT query FROM pg_stat_activity WHERE pid = $pid") =~ /pg_sleep/;
		usleep(5_000);
	}
	is(threads_of($pid), 1, "$phase: no thread is left after the cancel");
	$run->{handle}->finish;
	like($run->{err}, qr/canceling statement due to user request/, "$phase: cancelled");

	$run = start_training($phases{$phase}, $phase);
	my $took = $node->safe_psql('postgres', qq(SELECT milliseconds_to_end($run->{pid}, false)));
	cmp_ok($took, '<', $patience, "$phase: cancelled within $took ms");
	$run->{handle}->finish;

	$run = start_training($phases{$phase}, $phase);
	$took = $node->safe_psql('postgres', qq(SELECT milliseconds_to_end($run->{pid}, true)));
	cmp_ok($took, '<', $patience, "$phase: terminated within $took ms");
	$run->{handle}->finish;
	like($run->{err}, qr/terminating connection/, "$phase: terminated");

	my $start = time;
	my ($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = 1000; $phases{$phase}");
	my $late = int(1000 * (time - $start)) - 1000;
	like($err, qr/canceling statement due to statement timeout/, "$phase: timed out");
	cmp_ok($late, '<', $patience + 200, "$phase: $late ms after the timeout, psql's start in it");
}
ok($node->safe_psql('postgres', 'SELECT true'), 'the server is well');

# what else a backend is asked does not end its training
{
	my $run = start_training(q(SELECT length(linlearn_train(pixels, label,
		'{"predictor_type": "multiclass_classifier", "max_seconds": 3, "epochs": 100000,
		"early_stopping_patience": 1000000, "optimizer": "adam", "num_models": 1}')) > 0 FROM linlearn_mnist), 'training');
	$node->safe_psql('postgres', "SELECT pg_log_backend_memory_contexts($run->{pid})")
	  if $node->safe_psql('postgres', 'SHOW server_version_num') >= 140000;
	$node->reload;
	$run->{handle}->finish;
	like($run->{out}, qr/^t$/m, 'a memory log and a reload do not end a training');
	is($run->{err}, '', 'nor do they warn');
}

# ---- Memory ----

# Most memory of a session of its own, without shared memory, in MB.
sub peak
{
	my ($query) = @_;
	my $status = $node->safe_psql('postgres', "SET linlearn.threads = 2; $query;
		SELECT pg_read_file('/proc/self/status')");
	my ($peak) = $status =~ /VmHWM:\s+(\d+) kB/;
	my ($shared) = $status =~ /RssShmem:\s+(\d+) kB/;
	return ($peak - $shared) / 1024;
}

SKIP:
{
	skip 'no /proc here', 2 unless -r '/proc/self/status';
	my $packed = 25000 * 784 / 1048576;
	my $limit = 2 * $packed + 64;
	my $used = peak(q(SELECT length(linlearn_train(pixels, label, '{"predictor_type": "multiclass_classifier",
		"optimizer": "adam", "epochs": 3}', split)) FROM linlearn_mnist WHERE split <> 'test'));
	cmp_ok($used, '<', $limit, sprintf('25,000 digits of %.0f MB took %.0f MB', $packed, $used));

	$node->safe_psql('postgres', q(
		CREATE TABLE grouped AS SELECT i % 10000 AS g, ARRAY[sin(i), cos(i)]::real[] AS x,
			sin(i) + cos(i * 7) > 0 AS y FROM generate_series(1, 1000000) AS i;
		ANALYZE grouped;));
	my $query = q(SELECT g, linlearn_train(x, y, '{"optimizer": "adam", "epochs": 1}') AS model FROM grouped GROUP BY g);
	like($node->safe_psql('postgres', "$serial EXPLAIN $query"), qr/GroupAggregate/, '10,000 groups are sorted');
	my $start = time;
	$used = peak("$serial SELECT count(*), sum(length(model)) FROM ($query) AS s");
	cmp_ok($used, '<', 128, sprintf('10,000 groups of 100 rows took %.0f MB, %.1f s', $used, time - $start));
}

# ---- Prepared statements, dump and restore, plain users ----

my @digests = split /\n/, $node->safe_psql('postgres',
	'PREPARE training (jsonb) AS SELECT md5(linlearn_train(x, y, $1)) FROM points WHERE i < 300;'
	  . q(EXECUTE training('{"wd": 0.01}');) x 7);
my %distinct = map { $_ => 1 } @digests;
is(@digests . '|' . keys %distinct, '7|1',
	'a prepared training gives the same model by custom and generic plans');

$node->safe_psql('postgres', q(
	CREATE TABLE models AS SELECT i % 3 AS g, linlearn_train(x, y) AS model FROM points GROUP BY 1;
	CREATE TABLE scored AS SELECT g, avg(linlearn_score(model, x)) AS score
		FROM models, points GROUP BY g;));
my $before = $node->safe_psql('postgres', 'SELECT g, md5(model) FROM models ORDER BY g');
foreach my $format ('custom', 'plain')
{
	my $file = PostgreSQL::Test::Utils::tempdir() . "/$format";
	$node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, '-t', 'models', '-t', 'points',
			'-t', 'scored', '-d', $node->connstr('postgres') ], "$format dump");
	$node->safe_psql('postgres', "CREATE DATABASE restored_$format");
	$node->safe_psql("restored_$format", 'CREATE EXTENSION linlearn');
	$node->command_ok($format eq 'custom' ?
			[ 'pg_restore', '-d', $node->connstr("restored_$format"), $file ] :
			[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d', $node->connstr("restored_$format") ],
		"$format restore");
	is($node->safe_psql("restored_$format", 'SELECT g, md5(model) FROM models ORDER BY g'),
		$before, "$format: models come back byte for byte");
	is($node->safe_psql("restored_$format", q(SELECT count(*) FROM scored WHERE score =
			(SELECT avg(linlearn_score(model, x)) FROM models, points WHERE models.g = scored.g))),
		'3', "$format: and predict the same");
}

$node->safe_psql('postgres', q(
	CREATE ROLE plain LOGIN;
	CREATE SCHEMA own AUTHORIZATION plain;
	GRANT SELECT ON points TO plain;));
is($node->safe_psql('postgres', q(
	SET ROLE plain;
	CREATE TABLE own.model AS SELECT linlearn_train(x, y) AS model FROM points;
	SELECT count(*) > 0 AND bool_and(linlearn_predict_label(model, x) IN ('true', 'false'))
		AND bool_and(linlearn_score(model, x) BETWEEN 0 AND 1)
	FROM own.model, points;)), 't', 'a plain user trains and predicts');

$node->stop;
done_testing();
