# Least squares on more rows than are kept: the same model through any plan, in
# memory that does not grow with the rows, and cancelled at once.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('summed');
$node->init;
$node->append_conf('postgresql.conf',
	"fsync = off\njit = off\nmax_parallel_workers_per_gather = 0\nlog_temp_files = 0\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE rows AS
	SELECT i, ARRAY[sin(i), 1e8 + cos(i * 3.0), ln(i), i, i % 11 / 3.0]::float8[] AS x,
		   sin(i) + 2 * ln(i) + sin(i * 0.7) AS y, i % 4 AS g
	FROM generate_series(1, 600000) AS i;
	VACUUM ANALYZE rows;));

my $train = q(linlearn_train(x, y, '{"predictor_type": "regressor"}'));

sub digest
{
	my ($settings, $sql) = @_;

	return $node->safe_psql('postgres', "$settings SELECT md5(string_agg(md5(m), '')) FROM ($sql) AS t(m)");
}

# ---- Any plan ----

my $serial = digest('', "SELECT $train FROM rows");
foreach my $workers (1, 2, 3)
{
	# Few rows a worker are handed over as rows, many as sums.
	foreach my $where ('true', 'i <= 200000')
	{
		my $parallel = qq(
			SET max_parallel_workers_per_gather = $workers;
			SET linlearn.parallel_rows = on;
			SET parallel_setup_cost = 0;
			SET parallel_tuple_cost = 0;
			SET min_parallel_table_scan_size = 0;);
		my $sql = "SELECT $train FROM rows WHERE $where";
		my $plan = $node->safe_psql('postgres', "$parallel EXPLAIN $sql");

		like($plan, qr/Partial Aggregate/, "a parallel plan of $workers workers");
		is(digest($parallel, $sql), digest('', $sql),
			"$workers workers give the model of one process where $where");
	}
}
isnt($serial, digest('', "SELECT $train FROM rows WHERE i < 600000"),
	'a row less is another model');
is(digest('', "SELECT $train FROM rows GROUP BY g ORDER BY g"),
	digest('', "SELECT $train FROM (SELECT * FROM rows ORDER BY y) AS r GROUP BY g ORDER BY g"),
	'groups of any order of rows');

# ---- Memory ----

SKIP:
{
	skip 'no /proc here', 2 unless -r '/proc/self/status';

	# The peak of a backend that trains on so many copies of the rows, without
	# shared memory.
	my $peak = sub {
		my $copies = join(' UNION ALL ', ('SELECT * FROM rows') x $_[0]);
		my $status = $node->safe_psql('postgres', qq(
			SELECT length($train) FROM ($copies) AS r;
			SELECT pg_read_file('/proc/self/status')));
		my ($most) = $status =~ /VmHWM:\s+(\d+) kB/;
		my ($shared) = $status =~ /RssShmem:\s+(\d+) kB/;

		return $most - $shared;
	};
	my $logged = -s $node->logfile;
	my ($one, $four) = ($peak->(1), $peak->(4));

	note("peaks: $one kB of 600,000 rows, $four kB of 2,400,000");
	cmp_ok($four, '<', $one + 4096, 'memory does not grow with the rows');
	unlike(substr(slurp_file($node->logfile), $logged), qr/temporary file: path/,
		'and no temporary file is written');
}

# ---- Cancel ----

my $start = time;
my ($code, $stdout, $stderr) = $node->psql('postgres', qq(
	SET statement_timeout = 700;
	SELECT length($train) FROM rows, generate_series(1, 100)));
my $took = time - $start;

like($stderr, qr/canceling statement due to statement timeout/,
	'a training that sums rows up is cancelled');
cmp_ok($took, '<', 1.5 * ($ENV{LINLEARN_PACE} // 1), "soon (after $took s)");
is(digest('', "SELECT $train FROM rows"), $serial, 'and leaves nothing behind');

$node->stop;
done_testing();
