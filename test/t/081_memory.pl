# With too little address space a training fails at once, whatever stage it has
# reached, and its session goes on.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $pace = $ENV{LINLEARN_PACE} // 1;

plan skip_all => 'no prlimit, no /proc'
  if system('prlimit --version >/dev/null 2>&1') != 0 || !-e '/proc/self/status';

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION linlearn;
CREATE TABLE r AS SELECT i, ARRAY[i % 7, i % 11, i % 13, sin(i)]::real[] || (SELECT array_agg(cos(i * j)) FROM generate_series(1, 60) j)::real[] AS x,
	i % 40 AS k, i % 2 = 0 AS y, cos(i) AS v FROM generate_series(1, 6000) i;
SQL

# What uses OpenBLAS from one thread, from several, and by way of LAPACK.
my %trainings = (
	'gradient descent' => q(SELECT length(linlearn_train(x, k, '{"predictor_type": "multiclass_classifier", "optimizer": "adam", "epochs": 2}')) > 0 FROM r),
	'lbfgs' => q(SELECT length(linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "lbfgs"}')) > 0 FROM r),
	'least squares' => q(SELECT length(linlearn_train(x, v, '{"predictor_type": "regressor", "optimizer": "exact"}')) > 0 FROM r),
	'quantiles' => q(SELECT length(linlearn_train(x, v, '{"predictor_type": "regressor", "loss": "quantile_loss"}')) > 0 FROM r),
	'tuning' => q(SELECT length(linlearn_tune(x, y, '{"predictor_type": "binary_classifier", "objective": "train:objective_loss", "max_jobs": 6, "epochs": 1,
		"strategy": "Bayesian", "ranges": {"wd": {"type": "continuous", "min": 1e-6, "max": 0.1}}}')) > 0 FROM r));

# What a session says that trains with so many MB more than it has after a first
# statement, then once more without a limit.
sub train_within
{
	my ($training, $more, $first) = @_;
	my $script = <<"SQL";
SET linlearn.threads = 1;
$first;
SET linlearn.threads = 4;
SELECT pg_backend_pid() AS pid \\gset
\\setenv PID :pid
\\! prlimit --pid \$PID --as=\$((\$(awk '/VmSize/ {print \$2}' /proc/\$PID/status) * 1024 + $more * 1048576)):unlimited
\\timing on
\\set VERBOSITY verbose
$training;
\\! prlimit --pid \$PID --as=unlimited:unlimited
$training;
SELECT 'alive';
SQL
	my ($out, $err) = ('', '');
	my $began = time;

	eval {
		IPC::Run::run([ 'psql', '-X', '-A', '-t', '-q', '-d', $node->connstr('postgres') ],
			'<', \$script, '>', \$out, '2>', \$err, IPC::Run::timeout(60 * $pace));
	};
	return ($out, $err . ($@ ? " $@" : ''), time - $began);
}

my $server = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
# Alone the extension is there, or OpenBLAS too, with one thread's buffer.
my %firsts = ('at first' => "SELECT linlearn_show_digit('\\x00') <> ''",
	'later' => "$trainings{'least squares'} WHERE i < 100");
foreach my $name (map { my $training = $_; map { [ $training, $_ ] } sort keys %firsts } sort keys %trainings)
{
	my ($training, $when) = @$name;
	my ($failed, $done) = (0, 0);

	$name = "$training $when";

	foreach my $more (0, 1, 4, 16, 40, 64, 100, 150, 180, 200, 234, 300, 450, 700, 1000, 4000)
	{
		my ($out, $err, $seconds) = train_within($trainings{$training}, $more, $firsts{$when});

		if ($err =~ /ERROR:  53200: /) { $failed++; }
		elsif ($err eq '') { $done++; }
		ok(($err eq '' || $err =~ /\A(psql:\S+ )?ERROR:  53200: .*\n(?!.*ERROR)/s) && $out =~ /t\n.*alive/s, "$name with $more MB: " . ($err eq '' ? 'done' : 'out of memory'))
		  or diag("$seconds s: $out $err");
		cmp_ok($seconds, '<', 30 * $pace, "$name with $more MB: at once");
		BAIL_OUT('a training hangs') if $seconds > 50 * $pace;
	}
	cmp_ok($failed, '>', 0, "$name: some were too small");
	cmp_ok($done, '>', 0, "$name: some were enough");
}
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $server, 'the server lives');

# Without the library a training says which file is missed, and the package.
my $folder = PostgreSQL::Test::Utils::tempdir;
append_to_file("$folder/libopenblas.so.0", '');
$node->stop;
{
	local $ENV{LD_LIBRARY_PATH} = $folder;
	$node->start;
}
my ($status, $out, $err) = $node->psql('postgres', $trainings{lbfgs});
like($err, qr/ERROR:  could not load OpenBLAS: .*libopenblas\.so\.0.*\nHINT:  Install it, on Debian as package libopenblas0\./, 'OpenBLAS is named as it is here');
$node->stop;
done_testing();
