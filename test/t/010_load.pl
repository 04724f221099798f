# Loading real digits, privileges, atomic reloads, dump and restore.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('load');
$node->init;
$node->append_conf('postgresql.conf', "log_statement = none\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');
my $folder = PostgreSQL::Test::Utils::tempdir();

sub sql { return $node->safe_psql('postgres', shift); }

sub fails
{
	my ($sql, $pattern, $name) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql);
	like($err, $pattern, $name) or diag $out;
}

sub write_file
{
	my ($name, $bytes) = @_;
	open my $file, '>:raw', "$folder/$name" or die $!;
	print $file $bytes;
	close $file;
}

# a folder of plain idx files with the dots that some mirrors have: the last
# sixth of train becomes validation
my $images = pack('NN3', 0x803, 12, 2, 2) . join('', map { chr($_) x 4 } 0 .. 11);
my $labels = pack('NN', 0x801, 12) . join('', map { chr } 0 .. 11);
write_file('train-images.idx3-ubyte', $images);
write_file('train-labels.idx1-ubyte', $labels);
is(sql("SELECT split, rows FROM linlearn_load_mnist('$folder')"), "train|10\nvalidation|2", 'a folder without a test part');
is(sql("SELECT id, label, pixels FROM linlearn_mnist WHERE split = 'validation' ORDER BY id"),
	"0|10|\\x0a0a0a0a\n1|11|\\x0b0b0b0b", 'ids begin at 0 in each split');
write_file('t10k-images-idx3-ubyte', pack('NN3', 0x803, 1, 2, 2) . 'abcd');
fails("SELECT * FROM linlearn_load_mnist('$folder')", qr/has only one of the files t10k-images and t10k-labels/, 'pictures without labels');
write_file('t10k-labels-idx1-ubyte', pack('NN', 0x801, 2) . 'ab');
fails("SELECT * FROM linlearn_load_mnist('$folder')", qr/test has 1 pictures, but 2 labels/, 'more labels than pictures');
write_file('t10k-labels-idx1-ubyte', pack('NN', 0x801, 1) . 'a');
is(sql("SELECT split, rows FROM linlearn_load_mnist('file://$folder/', train_rows => 3)"),
	"train|3\nvalidation|2\ntest|1", 'a file: URL, limited rows');
is(sql("SELECT split, rows FROM linlearn_load_mnist('$folder/t10k-images-idx3-ubyte', 'single')"), 'test|1', 'a single file');
write_file('cut-images-idx3-ubyte', substr($images, 0, 30));
fails("SELECT * FROM linlearn_load_mnist('$folder/cut-images-idx3-ubyte')", qr/idx file has 14 bytes of data instead of 48/, 'a file cut off');
write_file('nameless', $images);
fails("SELECT * FROM linlearn_load_mnist('$folder/nameless')", qr/its name does not tell/, 'labels that cannot be found');
fails("SET linlearn.max_download_size = '1kB'; SELECT * FROM linlearn_load_mnist('/etc/services')", qr/more than the limit of 1024|could not open/, 'a file beyond the limit');
is(sql('SELECT count(*) FROM linlearn_mnist'), '6', 'what failed changed nothing');

# numpy's own pickles, when Debian's python3-numpy is there
my $python = '/usr/bin/python3';
SKIP:
{
	skip 'no numpy', 24 if system("$python -c 'import numpy' 2>/dev/null") != 0;
	for my $protocol (0 .. 5)
	{
		for my $form ("'f4'", "'f8'", "'u1'", "'>f4'")
		{
			my $scale = $form eq "'u1'" ? 1 : 256;
			my $script = qq{
import numpy, pickle
x = (numpy.arange(6 * 2 * 3) % 256).reshape(6, 2, 3).astype($form) / $scale
x = numpy.asfortranarray(x.astype($form)) if $protocol % 2 else x.astype($form)
y = numpy.arange(6, dtype='i8')
pickle.dump(((x[:3], y[:3]), [x[3:4], y[3:4]], (x[4:], y[4:])), open('$folder/p.pkl', 'wb'), protocol=$protocol)};
			system($python, '-c', $script) == 0 or die 'python failed';
			sql("SELECT * FROM linlearn_load_mnist('$folder/p.pkl', 'single')");
			is(sql("SELECT string_agg(split || label || encode(pixels, 'hex'), ' ' ORDER BY label) FROM single"),
				join(' ', map { my $i = $_; ($i < 3 ? 'train' : $i < 4 ? 'validation' : 'test') . $i
					. join('', map { sprintf '%02x', $i * 6 + $_ } 0 .. 5) } 0 .. 5),
				"numpy's $form in protocol $protocol");
		}
	}
}

# privileges
$node->safe_psql('postgres', q{
	CREATE ROLE plain; CREATE ROLE reader; CREATE ROLE fetcher;
	GRANT pg_read_server_files TO reader;
	GRANT EXECUTE ON FUNCTION linlearn_fetch(text) TO fetcher;
	GRANT INSERT, TRUNCATE ON linlearn_mnist TO plain, reader, fetcher;});
fails("SET ROLE plain; SELECT * FROM linlearn_load_mnist('$folder')", qr/permission denied to read a file/, 'files need a role');
is(sql("SET ROLE reader; SELECT sum(rows) FROM linlearn_load_mnist('$folder')"), '13', 'pg_read_server_files reads files');
fails("SET ROLE reader; SELECT * FROM linlearn_load_mnist('http://localhost/')", qr/permission denied to read from URLs/, 'URLs need another');
fails("SET ROLE fetcher; SELECT * FROM linlearn_load_mnist('http://localhost/')", qr/not public/, 'EXECUTE on linlearn_fetch reads URLs');
fails("SET ROLE fetcher; SELECT linlearn_fetch('file://$folder/nameless')", qr/permission denied to read a file/, 'but no files');
fails("SET ROLE fetcher; SELECT linlearn_upload('file://$folder/new', 'x')", qr/permission denied for function/, 'nor uploads');
is(sql("SET ROLE plain; SELECT sum(rows) FROM linlearn_load_mnist('synthetic', 'linlearn_mnist', 10, 2, 3)"), '15', 'synthetic needs the table only');
sql("SELECT linlearn_upload('file://$folder/new', 'bytes')");
is(slurp_file("$folder/new"), 'bytes', 'a file is written');

# readers see the old rows or the new ones
my $out = '';
my $reader = IPC::Run::start(['psql', '-X', '-q', '-At', '-d', $node->connstr('postgres'), '-c', "SET statement_timeout = '60s'", '-c',
	q{DO $$DECLARE n bigint; BEGIN
		FOR i IN 1 .. 2000 LOOP
			SELECT count(*) INTO n FROM linlearn_mnist;
			IF n NOT IN (15, 3000) THEN RAISE EXCEPTION 'saw % rows', n; END IF;
			COMMIT;
			EXIT WHEN n = 3000;
			PERFORM pg_sleep(0.002);
		END LOOP;
		RAISE NOTICE 'last saw % rows', n; END$$}], '>', \$out, '2>', \$out);
sql("SELECT pg_sleep(0.3); SELECT sum(rows) FROM linlearn_load_mnist('synthetic', 'linlearn_mnist', 1000, 1000, 1000)");
$reader->finish;
like($out, qr/last saw 3000 rows/, 'a reload is seen whole');

# a load that is cancelled leaves all as it was
fails("SET statement_timeout = 100; SELECT * FROM linlearn_load_mnist('synthetic', 'linlearn_mnist', 2000000, 0, 0)", qr/canceling statement/, 'a load is cancelled');
is(sql('SELECT count(*) FROM linlearn_mnist'), '3000', 'and leaves what there was');

# the digits are dumped with the database
my $before = sql('SELECT md5(string_agg(m::text, $$,$$ ORDER BY split, id)) FROM linlearn_mnist m');
command_ok(['pg_dump', '-Fc', '-f', "$folder/dump", $node->connstr('postgres')], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok(['pg_restore', '-d', $node->connstr('restored'), "$folder/dump"], 'restore');
is($node->safe_psql('restored', 'SELECT md5(string_agg(m::text, $$,$$ ORDER BY split, id)) FROM linlearn_mnist m'), $before, 'the same digits');

# in any schema
$node->safe_psql('postgres', 'CREATE DATABASE other');
is($node->safe_psql('other', q{CREATE SCHEMA "Lin Learn"; CREATE EXTENSION linlearn SCHEMA "Lin Learn";
	SELECT sum(rows) FROM "Lin Learn".linlearn_load_mnist('synthetic', train_rows => 5, validation_rows => 1, test_rows => 1);
	SELECT count(*) FROM "Lin Learn".linlearn_mnist}), "7\n7", 'an extension outside the search path');

# the real digits
my $mnist = $ENV{LINLEARN_TEST_MNIST} // '';
SKIP:
{
	skip 'no MNIST in LINLEARN_TEST_MNIST', 3 unless -d $mnist and glob "$mnist/train-images*";
	is(sql("SELECT split, rows FROM linlearn_load_mnist('$mnist')"), "train|50000\nvalidation|10000\ntest|10000", 'the idx set');
	skip 'not the original MNIST', 3 unless sql("SELECT label FROM linlearn_mnist WHERE split = 'train' AND id = 30") eq '3'
		and -f "$mnist/mnist.pkl.gz";
	sql("SELECT * FROM linlearn_load_mnist('$mnist/mnist.pkl.gz', 'pickled')");
	is(sql('SELECT count(*) FROM linlearn_mnist JOIN pickled USING (split, id, label, pixels)'), '70000', 'mnist.pkl.gz has the same digits');
	my @small = glob "$mnist/small_*.pkl.gz";
	skip 'no small pickles', 1 unless @small;
	is(join(',', map { sql("SELECT sum(rows) FROM linlearn_load_mnist('$_', 'small')") . '/'
		. sql('SELECT count(*) FROM small JOIN pickled USING (split, id, label, pixels)') } @small),
		join(',', ('1400/1400') x @small), 'all protocols');
	# Keras's mnist.npz, made of the same digits by numpy itself
	my $npz = $node->basedir . '/mnist.npz';
	my $make = q(
import gzip, sys, numpy as np
def idx(name):
    b = gzip.open(sys.argv[1] + '/' + name + '.gz').read()
    n = b[3]
    return np.frombuffer(b, '>i4', n, 4), np.frombuffer(b, 'u1', -1, 4 + 4 * n)
part = lambda name: (lambda s, d: d.reshape(s))(*idx(name))
np.savez_compressed(sys.argv[2], x_train=part('train-images-idx3-ubyte'), y_train=part('train-labels-idx1-ubyte'),
    x_test=part('t10k-images-idx3-ubyte'), y_test=part('t10k-labels-idx1-ubyte')));
	if (system('/usr/bin/python3', '-c', $make, $mnist, $npz) == 0)
	{
		is(sql("SELECT split, rows FROM linlearn_load_mnist('$npz', 'zipped')"), "train|50000\nvalidation|10000\ntest|10000", 'mnist.npz');
		is(sql('SELECT count(*) FROM linlearn_mnist JOIN zipped USING (split, id, label, pixels)'), '70000', 'has the same digits');
	}
	else
	{
		diag('no python3 with numpy: no mnist.npz is made');
	}
	my $rows = sql("SET work_mem = '1MB'; SELECT count(*), sum(octet_length(pixels)) FROM linlearn_read_idx(pg_read_binary_file('$mnist/t10k-images-idx3-ubyte.gz'))");
	is($rows, '10000|7840000', 'rows of an idx file beyond work_mem');
}

$node->stop;
done_testing();
