# recordIO against Google's protobuf, both ways; files beyond one value.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('formats');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
my $script = "$FindBin::RealBin/recordio_protobuf.py";

SKIP:
{
	skip 'python3-protobuf is not installed', 4
	  if system("$python $script available >/dev/null 2>&1") != 0;

	# protobuf writes, we read: packed, unpacked, unknown fields
	my $made = $node->basedir . '/records.tsv';
	is(system("$python $script make 600 >'$made'"), 0, 'protobuf makes records');
	$node->safe_psql('postgres', qq(
		CREATE TABLE made (data bytea, label float8, dense float8[], sparse linlearn_sparse);
		COPY made FROM '$made';));
	is( $node->safe_psql('postgres', q(
			SELECT count(*), count(r.features) > 100, count(r.sparse) > 100, bool_and(
				r.label IS NOT DISTINCT FROM m.label
				AND r.features IS NOT DISTINCT FROM m.dense
				AND r.sparse::text IS NOT DISTINCT FROM m.sparse::text)
			FROM made m, linlearn_read_recordio(m.data, NULL::float8) r)),
		'600|t|t|t', 'what protobuf wrote is read');
	is( $node->safe_psql('postgres', q(
			SELECT count(*) FROM (SELECT string_agg(data, '') AS data FROM made) a,
				linlearn_read_recordio(a.data))),
		'600', 'and all of it as one stream');

	# we write, protobuf reads, and writes the same bytes
	my $written = $node->basedir . '/written.tsv';
	$node->safe_psql('postgres', qq(
		COPY (
			SELECT encode(linlearn_to_recordio(x, y ORDER BY i), 'hex'),
				json_agg(json_build_array(x, y) ORDER BY i)
			FROM (SELECT i, array_agg((i * j)::real / 8) AS x, i % 3 AS y
				FROM generate_series(1, 50) i, generate_series(1, 200) j GROUP BY i) s
			UNION ALL
			SELECT encode(linlearn_to_recordio(x, y ORDER BY i), 'hex'),
				json_agg(json_build_array(x, y) ORDER BY i)
			FROM (SELECT i, array_agg(i / j::float8) AS x, i / 7::float8 AS y
				FROM generate_series(1, 50) i, generate_series(1, 31) j GROUP BY i) s
			UNION ALL
			SELECT encode(linlearn_to_recordio(x ORDER BY i), 'hex'),
				json_agg(json_build_array(x, NULL) ORDER BY i)
			FROM (SELECT i, ARRAY[i, -i, 0] AS x FROM generate_series(1, 50) i) s
			UNION ALL
			SELECT encode(linlearn_to_recordio(x, y ORDER BY i), 'hex'),
				json_agg(json_build_array(v, y::int) ORDER BY i)
			FROM (SELECT i, linlearn_sparse(ARRAY[i, i * 1000], v, 100000) AS x,
					v, i % 2 = 0 AS y
				FROM generate_series(1, 50) i, (VALUES (ARRAY[0.5, -3]::real[])) s (v)) s
		) TO '$written'));
	my $output = `$python $script check <'$written' 2>&1`;
	is($output, "200 records read and written alike\n",
		'what we write protobuf reads and writes');
}

# A row of MNIST's width, as often as the tutorial's training set has rows.
is( $node->safe_psql('postgres', q(
		SELECT length(linlearn_to_recordio(p, true))
		FROM (SELECT decode(repeat('07', 784), 'hex') AS p) s, generate_series(1, 50000))),
	'159200000', 'the training set of the tutorial has 159,200,000 bytes');

# More than fits a value: an error that tells the way out, and that way.
my ($status, $stdout, $stderr) = $node->psql('postgres', q(
	SELECT length(linlearn_to_recordio(p))
	FROM (SELECT decode(repeat('07', 1000000), 'hex') AS p) s, generate_series(1, 300)));
like($stderr, qr/recordIO of 268 rows and more does not fit into one bytea/,
	'one value has its limit');
like($stderr, qr/HINT:  linlearn_write_recordio/, 'and names the way out');
my $path = $node->basedir . '/large.pbr';
is( $node->safe_psql('postgres', qq(
		SELECT rows, bytes FROM linlearn_write_recordio('$path', \$\$
			SELECT decode(repeat('07', 1000000), 'hex'), 1::real
			FROM generate_series(1, 300)\$\$))),
	'300|1200016800', 'a file may be larger than a value');
is(-s $path, 1200016800, 'and is');
unlink $path;

# Cancelled at once, and nothing is left of the file.
($status, $stdout, $stderr) = $node->psql('postgres', qq(
	SET statement_timeout = '200ms';
	SELECT linlearn_write_recordio('$path', \$\$
		SELECT decode(repeat('07', 100000), 'hex') FROM generate_series(1, 100000)\$\$)));
like($stderr, qr/canceling statement due to statement timeout/, 'writing can be cancelled');
is(join(' ', glob("$path*")), '', 'and leaves no file');

$node->stop;
done_testing();
