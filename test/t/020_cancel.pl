# Ends trainings at many moments, so in every phase, and measures how long they
# take to go.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Moments of each training, and milliseconds until it has ended: 100 on an idle
# machine, here with room for a busy one.
my $moments = 8;
my ($usual, $longest) = map { $_ * ($ENV{LINLEARN_PACE} // 1) } (200, 400);

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init;
$node->append_conf('postgresql.conf', "max_wal_size = 4GB\nfsync = off\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE many AS SELECT i, ARRAY[sin(i), cos(i * 3), sin(i * 7), i % 7]::real[] AS x,
		sin(i) + cos(i * 5) > 0 AS y FROM generate_series(1, 500000) AS i;
	CREATE TABLE wide AS SELECT i, array_agg(sin(i * (j + 1.3) + j)::real) AS x, sin(i) > 0 AS y
		FROM generate_series(1, 2000) AS i, generate_series(1, 2000) AS j GROUP BY i;
	CREATE TABLE sparse AS SELECT i, (sin(i) + cos(i * 5) > 0)::int + (sin(i * 2) > 0)::int AS y,
		('{' || string_agg(j || ':1', ',' ORDER BY j) || '}/50000')::linlearn_sparse AS x
		FROM (SELECT DISTINCT i, floor(power(50000, abs(sin(i * (k + 1.3) + k))))::int - 1 AS j
			FROM generate_series(1, 20000) AS i, generate_series(1, 20) AS k) AS e GROUP BY i;
	VACUUM ANALYZE;));

my %trainings = (
	'adam' => q(SELECT linlearn_train(x, y, '{"optimizer": "adam", "epochs": 3, "validation_fraction": 0.3}') FROM many),
	'newton' => q(SELECT linlearn_train(x, y, '{"optimizer": "newton", "num_models": 1}') FROM wide),
	'lbfgs' => q(SELECT linlearn_train(x, y, '{"optimizer": "lbfgs", "epochs": 5}') FROM many),
	'lbfgs with l1' => q(SELECT linlearn_train(x, y, '{"optimizer": "lbfgs", "l1": 0.001}') FROM many),
	'exact' => q(SELECT linlearn_train(x, i, '{"optimizer": "exact", "predictor_type": "regressor"}') FROM wide),
	'folds of sparse rows' => q(SELECT linlearn_train(x, y > 0) FROM sparse),
	'folds of sparse rows of classes' => q(SELECT linlearn_train(x, y, '{"predictor_type": "multiclass_classifier", "optimizer": "lbfgs"}') FROM sparse),
	'conjugate gradients of classes' => q(SELECT linlearn_train(x, y, '{"predictor_type": "multiclass_classifier", "wd": 1e-6,
		"optimizer": "newton_cg"}') FROM sparse),
	'platt' => q(SELECT linlearn_train(x, y, '{"epochs": 1, "calibrate": "platt"}') FROM many),
	'isotonic' => q(SELECT linlearn_train(x, y, '{"epochs": 1, "calibrate": "isotonic"}') FROM many),
	'solved platt' => q(SELECT linlearn_train(x, y, '{"optimizer": "lbfgs", "num_models": 1, "calibrate": "platt"}') FROM many),
	'validated isotonic' => q(SELECT linlearn_train(x, y, '{"optimizer": "adam", "epochs": 1, "num_models": 2, "calibrate": "isotonic"}',
		CASE WHEN i % 2 = 0 THEN 'validation' END) FROM many),
	'tuning' => q(SELECT linlearn_tune(x, y, '{"objective": "validation:objective_loss", "max_jobs": 4,
		"folds": 3, "epochs": 1,
		"ranges": {"wd": {"type": "continuous", "min": 1e-7, "max": 1}}}') FROM many),
	# more classes than a model may have, so that it goes no further
	'classes' => q(SELECT linlearn_train(ARRAY[1]::real[], (i * 7919::bigint % 1500007)::text, '{}')
		FROM generate_series(1, 1500000) AS i));

# Milliseconds of each query in turn under its statement_timeout (0: none).
sub run_times
{
	my ($query, @timeouts) = @_;
	my $script = join '', map { "SET statement_timeout = $_;\n\\timing on\nSELECT length(($query));\n\\timing off\n" } @timeouts;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], \$script, '>', \$out, '2>', \$err);
	return ($err, $out =~ /^Time: ([\d.]+) ms/mg);
}

foreach my $name (sort keys %trainings)
{
	my (undef, $whole) = run_times($trainings{$name}, 0);
	my @timeouts = map { int($whole * ($_ + 0.5) / $moments) + 1 } 0 .. $moments - 1;
	my ($err, @took) = run_times($trainings{$name}, @timeouts);
	my $cancelled = () = $err =~ /canceling statement due to statement timeout/g;
	# a run that was over in time tells nothing
	my @late = sort { $a <=> $b } grep { $_ >= 0 } map { int($took[$_] - $timeouts[$_]) } 0 .. $#took;

	cmp_ok($cancelled, '>=', $moments / 4, "$name: cancelled at $cancelled of $moments moments in " . int($whole) . ' ms');
	cmp_ok($late[ @late / 2 ], '<', $usual, "$name: ended within $late[@late / 2] ms");
	cmp_ok($late[-1], '<', $longest, "$name: and never later than $late[-1] ms");
}

$node->stop;
done_testing();
