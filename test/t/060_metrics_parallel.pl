# Metric aggregates: parallel plans give what serial ones give, and damaged
# states on their way between workers, trainings' too, are refused.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('metrics');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 8\n"
	  . "max_worker_processes = 16\nlog_temp_files = 0\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
	CREATE TABLE judged AS
	SELECT i, i::bigint * 7919 % 10007 % 3 = 0 AS a, i::bigint * 104729 % 10009 % 3 = 0 AS b,
		(i * 31 % 9973) / 9973.0::float8 AS s, (i % 5)::float8 AS w,
		'label ' || i * 7919 % 10007 % 12 AS ta, 'label ' || i % 12 AS tp,
		(enum_range(NULL::mood))[1 + i % 3] AS ea,
		(enum_range(NULL::mood))[1 + i / 7 % 3]::text AS ep,
		(i % 7 - 2.50)::numeric AS na, (i % 6 - 2.5)::numeric AS np,
		i % 3 AS class, ARRAY[i % 7, i % 5, i % 4]::real[] AS raw
	FROM generate_series(1, 40000) i;
	ALTER TABLE judged ADD scores real[];
	UPDATE judged SET scores = ARRAY[raw[1] + 1, raw[2] + 1, raw[3] + 1]::real[];
	UPDATE judged SET scores = ARRAY[scores[1] / 20, scores[2] / 20, scores[3] / 20]::real[];
	UPDATE judged SET a = NULL, ta = NULL WHERE i % 1000 = 0;
	VACUUM FULL judged;
	ANALYZE judged;));

my $serial = "SET max_parallel_workers_per_gather = 0;";
my $parallel = q(
	SET max_parallel_workers_per_gather = 4;
	SET linlearn.parallel_rows = on;
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;);

# Every aggregate; the last digits of sums depend on the order of the rows.
my %exact = (
	'confusion' => 'linlearn_confusion(a, b)',
	'confusion of text' => 'linlearn_confusion(ta, tp)',
	'confusion of enum and text' => 'linlearn_confusion(ea, ep)',
	'confusion of numeric' => 'linlearn_confusion(na, np)',
	'confusion of dates' => "linlearn_confusion('2024-01-01'::date + i % 7, '2024-01-01'::date + i % 5)",
	'confusion of intervals' => "linlearn_confusion(i % 3 * interval '1 day', (ARRAY['24:00', '1 day', '0']::interval[])[1 + i % 2])",
	'weighted confusion' => 'linlearn_confusion(a, b, w)',
	'crosstab' => 'linlearn_crosstab(ta, tp)',
	'roc_auc' => 'linlearn_roc_auc(a, s)',
	'weighted roc_auc' => 'linlearn_roc_auc(a, s, w)',
	'roc_curve' => 'md5(linlearn_roc_curve(a, s)::text)',
	'roc_curve of 100 points' => 'linlearn_roc_curve(a, s, 100)',
	'pr_curve of 100 points' => 'linlearn_pr_curve(a, s, 100)',
	'metrics of 12 labels' => 'linlearn_metrics(ta, tp)',
	'top_k_accuracy' => 'linlearn_top_k_accuracy(class, scores, 2)');
my %near = (
	'pr_auc' => 'linlearn_pr_auc(a, s)',
	'log_loss' => 'linlearn_log_loss(a, s)',
	'weighted log_loss' => 'linlearn_log_loss(a, s, w)',
	'brier' => 'linlearn_brier(a, s)',
	'calibration_error' => 'linlearn_calibration_error(a, s)',
	'mse' => 'linlearn_mse(s, w)',
	'rmse' => 'linlearn_rmse(s, w)',
	'mae' => 'linlearn_mae(s, w)',
	'r2' => 'linlearn_r2(s, w)',
	'pinball' => 'linlearn_pinball(s, w, 0.9)',
	'dcg' => 'linlearn_dcg(class, scores)',
	'log_loss of classes' => 'linlearn_log_loss(class, scores)',
	'lift' => '(linlearn_lift(a, s, 7))[3].gain',
	'calibration' => '(linlearn_calibration(a, s))[3].mean_score');
my @figures = qw(accuracy f_beta mcc kappa log_loss brier roc_auc pr_auc
  calibration_error rows null_rows score_rows);
$near{"metrics: $_"} = "(linlearn_metrics(a, b, s)->'$_')::float8" for @figures;
$near{"weighted metrics: $_"} =
  "(linlearn_metrics(a, b, s, '{\"f_beta\": 2}', w)->'$_')::float8"
  for @figures;
$near{"metrics of text: $_"} =
  "(linlearn_metrics(ta = 'label 3', (tp = 'label 3')::text, s, '{\"positive\": \"false\"}')->'$_')::float8"
  for @figures;
$near{"metrics of values: $_"} = "(linlearn_metrics(s, w)->'$_')::float8"
  for qw(mse r2 bias max_error pinball explained_variance);

my %expression = (%exact,
	map { $_ => "round(($near{$_})::numeric, 11)" } keys %near);
foreach my $name (sort keys %expression)
{
	my $sql = "SELECT $expression{$name} FROM judged";
	my $expected = $node->safe_psql('postgres', "$serial $sql");

	isnt($expected, '', "$name has a value");
	like($node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) $sql"),
		qr/Partial Aggregate/, "$name runs in parallel");
	is($node->safe_psql('postgres', "$parallel $sql"),
		$expected, "$name: parallel is serial");
	is($node->safe_psql('postgres',
			"$parallel SET parallel_leader_participation = off; SET work_mem = '64kB'; $sql"),
		$expected, "$name: workers only, little memory");
}

# Groups, of which a worker may see none, and partition-wise plans.
my $groups = q(SELECT ta, linlearn_confusion(a, b), linlearn_roc_auc(a, s)
	FROM judged GROUP BY ta ORDER BY ta);
is( $node->safe_psql('postgres', "$parallel $groups"),
	$node->safe_psql('postgres', "$serial $groups"),
	'groups in parallel');
is( $node->safe_psql('postgres', "$parallel SET enable_hashagg = off; $groups"),
	$node->safe_psql('postgres', "$serial SET enable_sort = off; $groups"),
	'sorted and hashed groups');
is( $node->safe_psql('postgres', "$parallel SELECT linlearn_roc_auc(a, s) IS NULL, linlearn_metrics(a, b, s) IS NULL, linlearn_mse(s, s) IS NULL FROM judged WHERE i < 0"),
	't|t|t', 'no rows in parallel');
is( $node->safe_psql('postgres', "$parallel SELECT linlearn_metrics(a, b, s)->'rows' FROM judged WHERE i = 77"),
	'1', 'a row in one worker');

# More scores than are sorted at once, in memory and spilled.
my $many = q(SELECT linlearn_roc_auc(i % 3 = 0, s), round(linlearn_pr_auc(i % 3 = 0, s)::numeric, 11),
		round(linlearn_roc_auc(i % 3 = 0, s, i % 4)::numeric, 11)
	FROM (SELECT i, (i::bigint * 7919 % 1299709 + i % 3) / 1299709.0::float8 AS s FROM generate_series(1, 2500000) i) x);
is( $node->safe_psql('postgres', "SET work_mem = '256MB'; $many"),
	$node->safe_psql('postgres', "SET work_mem = '1MB'; $many"),
	'pieces in memory and runs in files');

# Spilled runs: temporary files were written, and none is left.
my $log = slurp_file($node->logfile);
like($log, qr/temporary file: path .* size [0-9]+/, 'scores were spilled');
unlike($log, qr/temporary file leak/, 'no file was left open');
my $left = $node->data_dir . '/base/pgsql_tmp';
is(scalar(grep { !/^\.\.?$/ } (-d $left ? slurp_dir($left) : ())),
	0, 'no temporary file is left');

# Labels are equal if their bytes are, whatever a collation says.
SKIP:
{
	skip 'no ICU', 1
	  if $node->psql('postgres', q(CREATE COLLATION ci (provider = icu,
		locale = 'und-u-ks-level2', deterministic = false))) != 0;
	is( $node->safe_psql('postgres', q(SELECT linlearn_confusion(x COLLATE ci, x COLLATE ci)->'matrix'
			FROM unnest('{a,A,b,B,a}'::text[]) x)),
		'[[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]',
		'a collation that ignores case');
}

# States: cut short or with one bit changed, each ends in invalid_binary_representation.
$node->safe_psql('postgres', q(
	CREATE FUNCTION refused(reader text, state bytea) RETURNS boolean LANGUAGE plpgsql AS $$
	DECLARE
		code text;
	BEGIN
		EXECUTE format('SELECT %I(b) FROM (VALUES ($1), ($1)) v(b)', reader) USING state;
		RETURN false;
	EXCEPTION WHEN invalid_binary_representation THEN
		RETURN true;
	END $$;));
my %states = (
	confusion => ['"any", "any"', 'ta, tp'],
	metrics => ['"any", "any", float8', 'a, b, s'],
	curve => ['"any", float8', 'a, s'],
	probability => ['"any", float8', 'a, s'],
	regression => ['float8, float8', 's, w'],
	train => ['anyelement, "any"', 'ARRAY[s, w], ta']);
my %parts = (train => [ 'transition', 'serialize', 'deserialize' ]);
foreach my $kind (sort keys %states)
{
	my ($types, $arguments) = @{ $states{$kind} };
	my ($accum, $serial, $deserial) = @{ $parts{$kind} // [ 'accum', 'serial', 'deserial' ] };

	$node->safe_psql('postgres', qq(
		CREATE AGGREGATE state_of_$kind($types) (
			SFUNC = linlearn_${kind}_$accum, STYPE = internal,
			FINALFUNC = linlearn_${kind}_$serial);
		CREATE FUNCTION read_$kind(bytea, bytea) RETURNS bytea
		AS '\$libdir/linlearn', 'linlearn_${kind}_$deserial' LANGUAGE C STRICT;
		CREATE AGGREGATE read_state_of_$kind(bytea) (
			SFUNC = read_$kind, STYPE = bytea);
		CREATE TABLE state_$kind AS
		SELECT state_of_$kind($arguments) AS state FROM judged WHERE i < 100;));
	is( $node->safe_psql('postgres', qq(
			SELECT count(*) > 50, bool_and(refused('read_state_of_$kind', substring(state FOR n)))
			FROM state_$kind, generate_series(0, length(state) - 1, greatest(length(state) / 100, 1)) n)),
		't|t', "$kind: states cut short are refused");
	is( $node->safe_psql('postgres', qq(
			SELECT count(*) > 100, bool_and(refused('read_state_of_$kind', set_bit(state, n, 1 - get_bit(state, n))))
			FROM state_$kind, generate_series(0, 8 * length(state) - 1, greatest(length(state) / 25, 1)) n)),
		't|t', "$kind: states with a changed bit are refused");
}
is( $node->safe_psql('postgres', q(SELECT refused('read_state_of_curve', state) FROM state_confusion)),
	't', 'a state of another kind is refused');

$node->stop;
done_testing();
