# Rows beyond linlearn.train_mem: temporary files, the same models whatever the
# order and the plan, limits, and nothing left behind.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('spill');
$node->init;
$node->append_conf('postgresql.conf',
	"fsync = off\nmax_parallel_workers_per_gather = 0\nlog_temp_files = 0\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

# 20 MB of records, sorted by label; every fifth row validates.
$node->safe_psql('postgres', q(
	CREATE TABLE rows AS
	SELECT i, CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS split,
		   (SELECT array_agg(sin(i * 0.37 * j + j)::real ORDER BY j)
			FROM generate_series(1, 100) AS j) AS x
	FROM generate_series(1, 50000) AS i;
	CREATE TABLE sorted AS
	SELECT *, x[1] + 0.5 * x[2] - 0.3 * x[7] + 0.3 * sin(i * i::float8) > 0.1 AS y,
		   x[1] - 2 * x[3] + 0.1 * sin(i * i::float8) AS t
	FROM rows ORDER BY x[1] + 0.5 * x[2] - 0.3 * x[7] + 0.3 * sin(i * i::float8);
	DROP TABLE rows;
	VACUUM ANALYZE sorted;));

my $small = q(SET linlearn.train_mem = '2MB';);
my $parallel = q(
	SET max_parallel_workers_per_gather = 3;
	SET parallel_setup_cost = 0; SET linlearn.parallel_rows = on;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;);
my $classifier = q('{"predictor_type": "binary_classifier", "optimizer": "adam", "seed": 3}');
my $regressor = q('{"predictor_type": "regressor", "wd": 0.001}');
my $refit_regressor = q('{"predictor_type": "regressor", "wd": 0.001, "optimizer": "newton", "num_models": 1}', split);

sub temporary_files
{
	return $node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()');
}

# The share of rows that the model $1 trains under settings $2 gets right.
sub accuracy
{
	my ($settings, $options) = @_;

	return $node->safe_psql('postgres', qq($settings
		SELECT avg((linlearn_predict(m, x) = y::int)::int) FROM sorted,
		(SELECT linlearn_train(x, y, $options, split) AS m FROM sorted) AS model));
}

# ---- As good as in memory ----

foreach my $options ($classifier,
	q('{"predictor_type": "binary_classifier", "optimizer": "lbfgs"}'),
	q('{"predictor_type": "binary_classifier", "optimizer": "newton", "wd": 0.001}'))
{
	my $in_memory = accuracy('', $options);
	my $spilled = accuracy($small, $options);

	cmp_ok($in_memory, '>', 0.75, "$options learns");
	cmp_ok(abs($in_memory - $spilled), '<', 0.002,
		"$options: $spilled of spilled rows, $in_memory in memory");
}
my $coefficients = q(SELECT string_agg(round(weight::numeric, 5)::text, ' ' ORDER BY feature)
	FROM linlearn_weights((SELECT linlearn_train(x, t, %s) FROM sorted)));
is($node->safe_psql('postgres', $small . sprintf($coefficients, $regressor)),
	$node->safe_psql('postgres', sprintf($coefficients, $regressor)),
	'an exact solve finds the same weights');

# ---- The same bytes ----

my $digest = sub {
	my ($settings, $from) = @_;

	return $node->safe_psql('postgres', qq($settings
		SELECT md5(linlearn_train(x, y, $classifier, split)) FROM $from));
};
my $first = $digest->($small, 'sorted');
is($digest->($small, '(SELECT * FROM sorted ORDER BY md5(i::text)) AS s'), $first,
	'spilled rows give the same bytes in any order');
is($digest->($small . $parallel, 'sorted'), $first, 'and in a parallel plan');
is($digest->($small . 'SET linlearn.threads = 3;', 'sorted'), $first,
	'and on any number of threads');
my $tune = q(SELECT md5(linlearn_tune(x, y, jsonb_build_object(
	'objective', 'validation:binary_f_beta', 'folds', 3, 'max_jobs', 2,
	'ranges', jsonb_build_object('wd', linlearn_continuous(1e-5, 1e-2)),
	'predictor_type', 'binary_classifier', 'epochs', 2)))
	FROM %s);
is($node->safe_psql('postgres', $small . sprintf($tune, '(SELECT * FROM sorted ORDER BY md5(i::text)) AS s')),
	$node->safe_psql('postgres', $small . sprintf($tune, 'sorted')),
	'folds of spilled rows too');
my $split = q(SELECT md5(linlearn_train(x, y, '{"predictor_type": "binary_classifier",
	"validation_fraction": 0.2, "optimizer": "adam"}')) FROM %s);
is($node->safe_psql('postgres', $small . sprintf($split, '(SELECT * FROM sorted ORDER BY md5(i::text)) AS s')),
	$node->safe_psql('postgres', $small . sprintf($split, 'sorted')),
	'and a fraction of them that validates');
foreach my $optimizer ('adam', 'lbfgs')
{
	my $refit = qq(SELECT md5(linlearn_train(x, y, '{"predictor_type": "binary_classifier",
		"optimizer": "$optimizer", "epochs": 3, "refit": true}', split)) FROM %s);

	is($node->safe_psql('postgres', $small . sprintf($refit, '(SELECT * FROM sorted ORDER BY md5(i::text)) AS s')),
		$node->safe_psql('postgres', $small . $parallel . sprintf($refit, 'sorted')),
		"$optimizer: and those of two channels that are learnt from together");
}
is($node->safe_psql('postgres', $small . sprintf($coefficients, $refit_regressor)),
	$node->safe_psql('postgres', sprintf($coefficients, $refit_regressor)),
	'which has the same optimum');
my $sparse = q(SELECT round(avg((linlearn_predict(m, linlearn_sparse(x)) = y::int)::int), 2)
	FROM sorted, (SELECT linlearn_train(linlearn_sparse(x), y,
	'{"predictor_type": "binary_classifier", "optimizer": "adam"}') AS m FROM sorted) AS model);
is($node->safe_psql('postgres', $small . $sparse),
	$node->safe_psql('postgres', $sparse), 'sparse rows spill');

# ---- Groups, limits, nothing left ----

like($node->safe_psql('postgres', qq($small SET log_temp_files = 0;
	SET client_min_messages = log; SET work_mem = '200MB';
	SELECT i % 2, octet_length(linlearn_train(x, y, $classifier)) > 1000 FROM sorted GROUP BY 1)),
	qr/0\|t\n1\|t/, 'each group spills');
is(temporary_files(), '0', 'no file is left after trainings');
like(slurp_file($node->logfile), qr/temporary file: path.*size 1\d{7}/,
	'the files are reported as temporary files');

my ($status, $out, $error) = $node->psql('postgres',
	qq($small SET temp_file_limit = '4MB'; SELECT linlearn_train(x, y, $classifier) FROM sorted));
like($error, qr/temporary file size exceeds "?temp_file_limit"?/, 'temp_file_limit is honoured');
is(temporary_files(), '0', 'no file is left after the error');

# The server's own error, caught again and again in one transaction: with its
# SQLSTATE, and with nothing of the training left.
SKIP:
{
	skip 'no pg_backend_memory_contexts before 14', 1 if $node->pg_version < 14;
	is($node->safe_psql('postgres', qq($small SET temp_file_limit = '4MB';
		CREATE TEMP TABLE seen (state text, bytes bigint);
		DO \$\$ BEGIN
			FOR i IN 1 .. 6 LOOP
				BEGIN
					PERFORM linlearn_train(x, y, $classifier) FROM sorted;
				EXCEPTION WHEN configuration_limit_exceeded THEN
					INSERT INTO seen SELECT SQLSTATE, sum(total_bytes) FROM pg_backend_memory_contexts;
				END;
			END LOOP;
		END \$\$;
		SELECT string_agg(DISTINCT state, ' '), max(bytes) - (array_agg(bytes ORDER BY bytes))[3] < 100000, count(*) FROM seen)),
		'53400|t|6', 'the error of temp_file_limit as it was raised, and its memory given back');
}

# A disk that takes no more: the system lets the backend's files grow to 4 MB.
SKIP:
{
	skip 'no prlimit', 2 if system('prlimit --version >/dev/null 2>&1') != 0;
	($status, $out, $error) = $node->psql('postgres', qq($small
SELECT pg_backend_pid() AS pid \\gset
\\setenv PID :pid
\\! prlimit --pid \$PID --fsize=4194304:unlimited
SELECT length(linlearn_train(x, y, $classifier)) FROM sorted;
\\! prlimit --pid \$PID --fsize=unlimited:unlimited
SELECT length(linlearn_train(x, y, $classifier)) > 100 FROM sorted), on_error_stop => 0);
	like($error, qr/ERROR:  could not write to file "[^"]*pgsql_tmp[^"]*": (File too large|No space left on device)/,
		'a file that cannot grow is an error');
	is($out, 't', 'and once it can, the same session trains');
}
is(temporary_files(), '0', 'no file is left');

($status, $out, $error) = $node->psql('postgres', qq($small SET statement_timeout = '1s';
	SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam",
		"epochs": 10000, "early_stopping_patience": 10000}') FROM sorted));
like($error, qr/canceling statement due to statement timeout/, 'a training on files can be cancelled');
is(temporary_files(), '0', 'no file is left after the cancel');
is($digest->($small, 'sorted'), $first, 'and the server goes on');

# ---- Memory ----

# Most memory of a session of its own, without shared memory, in MB.
sub peak
{
	my ($settings) = @_;
	my $status = $node->safe_psql('postgres', qq($settings SET linlearn.threads = 1;
		SELECT linlearn_train(x, y, $classifier, split) IS NOT NULL FROM sorted;
		SELECT pg_read_file('/proc/self/status')));
	my ($peak) = $status =~ /VmHWM:\s+(\d+) kB/;
	my ($shared) = $status =~ /RssShmem:\s+(\d+) kB/;

	return ($peak - $shared) / 1024;
}

SKIP:
{
	skip 'no /proc here', 1 unless -r '/proc/self/status';
	my ($in_memory, $spilled) = (peak(''), peak($small));

	cmp_ok($in_memory - $spilled, '>', 10,
		sprintf('20 MB of rows took %.0f MB in memory, %.0f MB spilled', $in_memory, $spilled));
}

$node->stop;
done_testing();
