# S3 as SageMaker's channels: lists, and buckets in other regions.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Compress::Zlib qw(crc32);
use IO::Compress::Gzip;
use TransferServer;

my $server = TransferServer->start(PostgreSQL::Test::Utils::tempdir() . '/web');
my $node = PostgreSQL::Test::Cluster->new('s3');
$node->init;
$node->append_conf('postgresql.conf', "log_min_error_statement = panic\nlog_temp_files = 0\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

END { $server->stop if $server; }

my $keys = "SET linlearn.s3_endpoint = '" . $server->url('') . "';
	SET linlearn.s3_access_key = '$TransferServer::access_key';
	SET linlearn.s3_secret_key = '$TransferServer::secret_key';
	SET linlearn.s3_session_token = '$TransferServer::token';\n";
my $allow = $keys . "SET linlearn.allowed_url_prefixes = 's3://bucket/, s3://west/';\n";

sub succeeds
{
	my ($sql, $expected, $name) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $allow . $sql);
	is($out, $expected, $name) or diag $err;
}

sub fails
{
	my ($sql, $pattern, $name) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $allow . $sql);
	like($err, $pattern, $name) or diag $out;
}

# a list of every key that could be mistaken, and nothing else
for my $key (@TransferServer::odd_keys)
{
	$node->safe_psql('postgres', $allow . "SELECT linlearn_upload('s3://bucket/odd/$key', convert_to('$key', 'UTF8'))");
}
my $odd = join ', ', map { "('odd/$_')" } @TransferServer::odd_keys;
succeeds("SELECT count(*), count(*) FILTER (WHERE modified BETWEEN now() - interval '1 hour' AND now() + interval '1 minute'),
	count(*) FILTER (WHERE size = octet_length(key) - 4), bool_and(key IN (VALUES $odd)) FROM linlearn_list('s3://bucket/odd/')",
	join('|', (scalar @TransferServer::odd_keys) x 3, 't'), 'odd keys');
# each key as the prefix of itself
for my $key (grep { !m{(^|/)\.{1,2}(/|$)} } @TransferServer::odd_keys)
{
	succeeds("SELECT count(*) FROM linlearn_list('s3://bucket/odd/$key') WHERE key = 'odd/$key'", 1, "prefix $key");
}

# pages
for (['s3://bucket/many/', 2500], ['s3://bucket/many/02', 500], ['s3://bucket/one/', 1], ['s3://bucket/none', 0])
{
	succeeds("SELECT count(*), count(DISTINCT key) FROM linlearn_list('$_->[0]')", "$_->[1]|$_->[1]", "list of $_->[0]");
}
succeeds("SELECT count(*) > 2500 FROM linlearn_list('s3://bucket')", 't', 'a bucket by its name');
succeeds("SELECT * FROM linlearn_list('s3://bucket/many/') ORDER BY key OFFSET 1000 LIMIT 1",
	'many/01000|1000|2001-09-09 01:46:40+00', 'key, size and time');
like($server->read_log, qr/continuation-token=/, 'pages were asked for by their token');

# what a list must not reach
for my $list (['s3://bucket/od', 's3://bucket/odd'], ['s3://bucket/odd', 's3://bucket/odd'], ['s3://bucket/odd', 's3://bucket/odd/'],
	['s3://bucket', 's3://bucket/odd/'], ['s3://bucket/', 's3://bucket/odd/'], ['s3://bucket/many', 's3://bucket/many/'],
	['s3://bucket/od', $server->url('/bucket/odd')], ['s3://bucket/odd', $server->url('/bucket/odd')], ['s3://bucke', 's3://bucket/'])
{
	fails("SET linlearn.allowed_url_prefixes = '$list->[1]'; SELECT * FROM linlearn_list('$list->[0]')",
		qr/"s3:.*" is not allowed/, "list of $list->[0] where $list->[1] is allowed");
}
for my $list (['s3://bucket/odd/', 's3://bucket/odd'], ['s3://bucket/odd/', 's3://bucket/odd/'], ['s3://bucket/odd/', $server->url('/bucket/odd')],
	['s3://bucket/odd/a', 's3://bucket/odd'], ['s3://bucket', 's3://bucket'])
{
	succeeds("SET linlearn.allowed_url_prefixes = '$list->[1]'; SELECT count(*) > 0 FROM linlearn_list('$list->[0]')",
		't', "list of $list->[0] where $list->[1] is allowed");
}
fails("SELECT * FROM linlearn_list('http://127.0.0.1/x/')", qr/cannot be listed/, 'http has no lists');
fails("SELECT * FROM linlearn_list('/tmp')", qr/cannot be listed.*pg_ls_dir/s, 'nor has a folder');
fails("SELECT * FROM linlearn_list('s3://bucket/../x')", qr/dot segment/, 'a dot segment');
fails("SELECT * FROM linlearn_list('s3://')", qr/no valid bucket/, 'no bucket');
$node->safe_psql('postgres', 'CREATE ROLE nobody_here');
fails("SET ROLE nobody_here; SELECT * FROM linlearn_list('s3://bucket/')", qr/permission denied for function linlearn_list/, 'not for everyone');

# answers that are none
for my $name (sort keys %TransferServer::hostile)
{
	fails("SELECT * FROM linlearn_list('s3://bucket/hostile/$name')", qr/^psql:<stdin>:\d+: ERROR:  (XML |the list |".*" is larger )/m, "hostile list: $name");
}

# buckets in other regions
succeeds("SELECT linlearn_upload('s3://west/a', 'of west'); SELECT encode(linlearn_fetch('s3://west/a'), 'escape')", "\nof west", '301 with a region');
for my $way ('endpoint', 'dashed', 'malformed', 'location', 'both')
{
	succeeds("SELECT linlearn_upload('s3://west/$way', 'of west'); SELECT encode(linlearn_fetch('s3://west/$way'), 'escape')", "\nof west", "region by $way");
}
succeeds("SELECT linlearn_upload('s3://west/parts', convert_to(repeat('0123456789abcdef', 4500000), 'UTF8'));
	SELECT md5(linlearn_fetch('s3://west/parts')) = md5(repeat('0123456789abcdef', 4500000))", "\nt", 'an upload in parts to another region');
succeeds("SELECT count(*) > 0 FROM linlearn_list('s3://west/a')", 't', 'a list in another region');
for my $way ('evil', 'endevil', 'label', 'long', 'silent', 'circle', 'same')
{
	$server->read_log;
	fails("SELECT linlearn_fetch('s3://west/$way')", qr/answered with status 30[17]/, "no region to follow: $way");
}
fails("SELECT linlearn_fetch('s3://west/evil')", qr{redirects to "http://127.0.0.1:\d+/hello" and names no region}, 'where it would have led');
unlike($server->read_log, qr{hello|stolen}, 'nothing was asked for elsewhere');

# channels: shards of recordIO and CSV, packed or not, below a prefix
$node->safe_psql('postgres', "CREATE TABLE rows AS SELECT i, ARRAY[i % 7, i % 5, i / 100.0]::real[] AS features, (i % 3 = 0)::int::float8 AS label FROM generate_series(0, 2999) i");
my $shard = "SELECT linlearn_upload('s3://bucket/rec/part-' || part, data) FROM (SELECT i / 1000 AS part,
	linlearn_to_recordio(features, label ORDER BY i) AS data FROM rows GROUP BY 1) parts;";
$node->safe_psql('postgres', $allow . $shard);
for my $name ('.amazon.manifest', '_SUCCESS', 'folder/', 'empty')
{
	my $bytes = $name eq 'empty' || $name eq 'folder/' ? '' : 'no record';
	$node->safe_psql('postgres', $allow . "SELECT linlearn_upload('s3://bucket/rec/$name', '$bytes')");
}
my $same = "count(*), bool_and(r.features = t.features AND r.label = t.label)";
succeeds("SELECT $same FROM linlearn_channel_recordio('s3://bucket/rec/') r JOIN rows t ON i = r.id", '3000|t', 'recordIO below a prefix');
succeeds("SELECT $same FROM (SELECT (r).* FROM (SELECT linlearn_channel_recordio('s3://bucket/rec/') r) s) r JOIN rows t ON i = r.id", '3000|t', 'in the list of SELECT');
succeeds("SELECT linlearn_train((r).features, (r).label, '{\"predictor_type\": \"binary_classifier\"}') = (SELECT linlearn_train(features, label, '{\"predictor_type\": \"binary_classifier\"}') FROM rows)
	FROM (SELECT linlearn_channel_recordio('s3://bucket/rec/') r) s", 't', 'training from a prefix is training from the table');
succeeds("SELECT pg_typeof(features), count(*) FROM linlearn_channel_recordio('s3://bucket/rec/part-0', NULL::float8) GROUP BY 1", 'double precision[]|1000', 'one object, in double precision');
succeeds("SELECT count(*) FROM linlearn_channel_recordio(NULL)", '0', 'no URL');
succeeds("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/nothing/')", '0', 'no objects');
fails("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/rec')", qr{status 404.*NoSuchKey.*ends in a slash}s, 'an object that is not there');
fails("SELECT count(*) FROM linlearn_channel_recordio('https://127.0.0.1/rec/')", qr{cannot be listed.*manifest}s, 'a folder of http');
fails("SELECT count(*) FROM linlearn_channel_csv('s3://bucket/rec/')", qr{CONTEXT: +reading "s3://bucket/rec/part-0"}, 'errors name the object');
succeeds("SELECT linlearn_upload('s3://bucket/cut/a', substr(linlearn_fetch('s3://bucket/rec/part-0'), 1, 4000))", '', 'a shard that is cut');
fails("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/cut/')", qr{recordIO record \d+ (claims|is cut).*reading "s3://bucket/cut/a"}s, 'is an error');

# CSV: line ends, quotes and marks wherever a window or a packed block ends
sub csv_line
{
	my $i = shift;
	my $label = $i % 10 ? "c$i" : qq{"a ""line""\n\n$i "};
	return "$label,$i,1.5" . ($i % 3 ? "\n" : "\r\n\n");
}
my $csv = join '', map { csv_line($_) } 1 .. 60000;
my $folder = PostgreSQL::Test::Utils::tempdir();
chmod 0755, $folder;
mkdir "$folder/csv";
TransferServer::spurt("$folder/csv/a.csv", "\xef\xbb\xbf$csv");
TransferServer::spurt("$folder/csv/b.csv", $csv . 'last,1,2');
{
	my $packed;
	IO::Compress::Gzip::gzip(\($csv) => \$packed);
	TransferServer::spurt("$folder/csv/c.csv.gz", $packed . $packed);
	TransferServer::spurt("$folder/truncated.csv.gz", substr $packed, 0, 50000);
	TransferServer::spurt("$folder/damaged.csv.gz", substr($packed, 0, 5000) . 'x' x 5000);
	TransferServer::spurt("$folder/csv/.hidden", "no numbers");
	TransferServer::spurt("$folder/csv/_hidden", "no numbers");
	mkdir "$folder/csv/sub";
}
my $direct = join ' UNION ALL ', (map { "SELECT label, features FROM linlearn_read_csv(pg_read_binary_file('$folder/csv/$_'))" } 'a.csv', 'b.csv'),
  ("SELECT label, features FROM linlearn_read_csv(substr(pg_read_binary_file('$folder/csv/a.csv'), 4))") x 2;
my $sum = "count(*), count(DISTINCT label), sum(hashtextextended(label || features::text, 0))";
my $expected = $node->safe_psql('postgres', "SELECT $sum FROM ($direct) d");
like($expected, qr/^240001\|60001\|/, 'four times the rows');
succeeds("SELECT $sum FROM linlearn_channel_csv('$folder/csv/')", $expected, 'a folder of CSV');
succeeds("SELECT $sum FROM linlearn_channel_csv('file://$folder/csv')", $expected, 'a folder by URL');
succeeds("SELECT linlearn_upload('s3://bucket/csv/' || name, pg_read_binary_file('$folder/csv/' || name)) FROM (VALUES ('a.csv'), ('b.csv'), ('c.csv.gz')) v (name)", "\n\n", 'upload');
succeeds("SELECT $sum FROM linlearn_channel_csv('s3://bucket/csv/')", $expected, 'CSV below a prefix');
succeeds("SELECT sum(id) FROM linlearn_channel_csv('s3://bucket/csv/')", 240000 * 240001 / 2, 'rows are counted through');
fails("SELECT count(*) FROM linlearn_channel_csv('$folder/truncated.csv.gz')", qr/gzip file is truncated/, 'truncated gzip');
fails("SELECT count(*) FROM linlearn_channel_csv('$folder/damaged.csv.gz')", qr/gzip file is damaged/, 'damaged gzip');
fails("SET ROLE nobody_here; SELECT count(*) FROM linlearn_channel_csv('$folder/csv/')", qr/permission denied to read a file/, 'files are not for everyone');
fails("SET ROLE nobody_here; SELECT count(*) FROM linlearn_channel_csv('s3://bucket/csv/')", qr/permission denied to read from URLs/, 'nor are URLs');
fails("SET linlearn.allowed_url_prefixes = 's3://bucket/csv/a.csv'; SELECT count(*) FROM linlearn_channel_csv('s3://bucket/csv/')", qr/is not allowed/, 'nor what is not allowed');
fails("SELECT count(*) FROM linlearn_channel_csv('relative/x')", qr/not a URL that is supported/, 'no relative path');
fails("SELECT count(*) FROM linlearn_channel_csv('/etc/nothing/x')", qr/No such file/, 'no such file');
fails("SET linlearn.max_download_size = '1MB'; SELECT count(*) FROM linlearn_channel_csv('file:///dev/zero')", qr/not a regular file/, 'no device');
TransferServer::spurt("$folder/open.csv", '"' . 'x' x 3000000);
fails("SET linlearn.max_download_size = '1MB'; SELECT count(*) FROM linlearn_channel_csv('$folder/open.csv')", qr/a row is larger than 1048576 bytes/, 'a row without an end');

# what is wrong with a row is told of its object, and counted in it
TransferServer::spurt("$folder/two/a.csv", "a,1\nb,2\n") if mkdir "$folder/two";
for my $row (["x\xe9,4", qr/label in row 2 is not UTF-8/], ['x,16777217', qr/16777217/], ['x,1e39', qr/out of range/], ['x,y', qr/invalid number "y" in CSV line 2/])
{
	TransferServer::spurt("$folder/two/b.csv", "c,3\n$row->[0]\n");
	fails("SELECT count(*) FROM linlearn_channel_csv('$folder/two/')", qr{$row->[1].*reading "$folder/two/b.csv"}s, "CSV row: $row->[0]");
}
for my $row (['ARRAY[1e39]::float8[]', qr/value of row 2 is out of range/])
{
	$node->safe_psql('postgres', $allow . "SELECT linlearn_upload('s3://bucket/two/' || part, data) FROM (SELECT part,
		linlearn_to_recordio(CASE i WHEN 2 THEN $row->[0] ELSE ARRAY[i]::float8[] END ORDER BY i) AS data
		FROM generate_series(1, 2) part, generate_series(1, 2) i GROUP BY part) d WHERE part = 2
		UNION ALL SELECT linlearn_upload('s3://bucket/two/1', linlearn_to_recordio(ARRAY[i]::float8[])) FROM generate_series(1, 5) i");
	fails("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/two/')", qr{$row->[1].*reading "s3://bucket/two/2"}s, "record: $row->[0]");
}

# a list that fails after an object is told by its own name
$node->safe_psql('postgres', $allow . "SELECT linlearn_upload('s3://bucket/hostile/later/a', 'a,1')");
fails("SELECT count(*) FROM linlearn_channel_csv('s3://bucket/hostile/later/')", qr{comes to no end.*reading "s3://bucket/hostile/later/"}s, 'a list that fails later');

# manifests
sub manifest { my ($name, $text) = @_; $node->safe_psql('postgres', $allow . "SELECT linlearn_upload('s3://bucket/$name', convert_to('$text', 'UTF8'))"); }
manifest('m/list.manifest', '[{"prefix": "s3://bucket/rec/"}, "part-2", "part-0", "part-\u0031"]');
succeeds("SELECT $same FROM linlearn_channel_recordio('s3://bucket/m/list.manifest') r JOIN rows t ON i = (r.id + 2000) % 3000 WHERE id < 1000", '1000|t', 'a manifest, in its order');
succeeds("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/m/list.manifest')", '3000', 'all of a manifest');
manifest('m/one.json', '[{"prefix": "s3://bucket/"}]');
succeeds("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/m/one.json')", '0', 'an empty one');
for my $bad (['{"source-ref": "s3://bucket/x", "class": 1}' . "\n", qr/augmented manifests are not supported/], ['[]', qr/manifest is not an array/],
	['["part-0"]', qr/does not begin with a prefix/], ['[{"prefix": "s3://buck"}, "et/rec/part-0"]', qr/prefix without a bucket/],
	['[{"prefix": 1}]', qr/does not begin with a prefix/], ['[{"prefix": "s3://bucket/"}, 1]', qr/key that is no string/],
	['[{"prefix": "s3://bucket/", "x": 1}]', qr/does not begin with a prefix/], ['[{"prefix"', qr/invalid input syntax for type json/], ['"x"', qr/is not an array/],
	['[{"prefix": "/etc/"}, "passwd"]', qr/names "\/etc\/passwd", which is elsewhere/], ['[{"prefix": "file:///etc/"}, "passwd"]', qr/which is elsewhere/],
	['[{"prefix": "s3://other/"}, "x"]', qr/"s3:\/\/other\/x" is not allowed/], ['[{"prefix": "s3://bucket/rec/"}, "../x"]', qr/dot segment/])
{
	manifest('m/bad.manifest', $bad->[0]);
	fails("SELECT count(*) FROM linlearn_channel_recordio('s3://bucket/m/bad.manifest')", qr{$bad->[1].*reading "s3://(bucket/m/bad.manifest|other/x|bucket/rec/../x)"}s, "manifest: $bad->[0]");
}
TransferServer::spurt("$folder/local.manifest", qq([{"prefix": "$folder/csv/"}, "b.csv", "b.csv"]));
succeeds("SELECT count(*) FROM linlearn_channel_csv('$folder/local.manifest')", 120002, 'a manifest of files');

# a large stream goes by: no file, no memory, and no more of it than is asked for
$allow .= "SET linlearn.allowed_url_prefixes = 's3://bucket/, s3://west/, " . $server->url('/') . "';\n";
my $mark = -s $node->logfile;
my $peak = "(SELECT regexp_replace(pg_read_file('/proc/self/status'), '.*VmHWM:\\s*(\\d+).*', '\\1')::int)";
for my $kind ('csv', 'pbr')
{
	my $reader = $kind eq 'csv' ? 'csv' : 'recordio';
	my ($small, $large) = map { $server->url("/stream/$_/rows.$kind") } 1, 200;
	my $count = sub { return "SELECT count(*), sum((r).label::float8), sum((r).features[1]::float8) FROM (SELECT linlearn_channel_$reader('$_[0]') r) s;" };
	my $rows = int((1 << 20) / ($kind eq 'csv' ? 10 : 52)) * 200;
	my $grown = -d '/proc/self' ? "SELECT $peak - :before < 20000;" : "SELECT true;";
	my $before = -d '/proc/self' ? "SELECT $peak AS before \\gset\n" : '';
	succeeds($count->($small) . $before . $count->($large) . $grown, join("\n", join('|', map { $rows / 200 * $_ } 1, 1, 2.5), join('|', map { $rows * $_ } 1, 1, 2.5), 't'), "200 MB of $kind in little memory");
	succeeds("SELECT count(*) FROM (SELECT linlearn_channel_$reader('" . $server->url("/stream/100000/rows.$kind") . "') LIMIT 1000) s", 1000, "the first of 100 GB of $kind");
}
unlike(slurp_file($node->logfile, $mark), qr/temporary file/, 'no temporary file');
unlike($server->read_log, qr/sent all of .stream.100000/, 'what was not read was not sent');
# without the memory of rows a regressor in closed form has none of its own
succeeds("SELECT length(linlearn_train((r).features, (r).label::float8, '{\"predictor_type\": \"regressor\"}')) > 0
	FROM (SELECT linlearn_channel_csv('" . $server->url('/stream/50/rows.csv') . "') r) s",
	't', 'a training from a stream');
unlike(slurp_file($node->logfile, $mark), qr/temporary file/, 'and no temporary file of its');

# connections end with the statement: its last row, LIMIT, an error, a cancel
my $endless = $server->url('/stream/100000/rows.csv');
my @early = ("SELECT linlearn_channel_csv('$endless') LIMIT 1", "SELECT 1 / (length(r::text) - 17) FROM (SELECT linlearn_channel_csv('$endless') r) s",
	"SELECT (r).label::date FROM (SELECT linlearn_channel_csv('$endless') r) s");
my $left = $node->safe_psql('postgres', $allow . q{
	CREATE FUNCTION pg_temp.try(query text) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN EXECUTE query; EXCEPTION WHEN query_canceled OR OTHERS THEN NULL; END$$;
	CREATE FUNCTION pg_temp.descriptors() RETURNS bigint LANGUAGE sql AS
		$$SELECT count(*) FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/fd')$$;
	} . "SELECT pg_temp.try('SELECT linlearn_channel_csv(''" . $server->url('/stream/1/rows.csv') . "'')') \\gset\n"
	  . "SELECT pg_temp.descriptors() AS before \\gset\n"
	  . join('', map { "SELECT pg_temp.try(\$\$$_\$\$) \\gset\n" } (@early) x 5)
	  . "BEGIN; DECLARE c CURSOR FOR SELECT linlearn_channel_csv('" . $server->url('/stream/100000/rows.csv') . "'); FETCH 5 FROM c \\g /dev/null\n"
	  . "SAVEPOINT s; DECLARE d CURSOR FOR SELECT linlearn_channel_csv('" . $server->url('/stream/100000/rows.csv') . "'); FETCH 5 FROM d \\g /dev/null\n"
	  . "ROLLBACK TO s; FETCH 5 FROM c \\g /dev/null\nROLLBACK;\nSELECT pg_temp.descriptors() - :before;") if -d '/proc/self/fd';
is($left, '0', 'no connection is left open') if defined $left;
fails("SET statement_timeout = '500ms'; SELECT count(*) FROM (SELECT linlearn_channel_csv('" . $server->url('/stream/100000/rows.csv') . "')) s",
	qr/canceling statement/, 'a stream is cancelled');

# a connection that breaks is taken up again
succeeds("SELECT count(*), sum(features[1]::float8) FROM linlearn_channel_csv('" . $server->url('/broken/2000000/rows.csv') . "')", '50000|1250025000', 'a stream that does not break');
succeeds("SELECT count(*), sum((r).features[1]::float8) FROM (SELECT linlearn_channel_csv('" . $server->url('/broken/200000/rows.csv') . "') r) s", '50000|1250025000', 'one that breaks thrice');
fails("SELECT count(*) FROM linlearn_channel_csv('" . $server->url('/broken/20000/rows.csv') . "')", qr/transfer of .* failed/, 'one that breaks too often');
succeeds("SELECT count(*), sum(features[1]::float8) FROM linlearn_channel_csv('" . $server->url('/broken/200000/barerows.csv') . "')", '50000|1250025000', 'one that goes on without a tag');
# what goes on elsewhere, or in another object, is not taken
for my $how ('early', 'late', 'whole', 'tag', 'weak', 'silent', 'unit')
{
	fails("SELECT count(*) FROM linlearn_channel_csv('" . $server->url("/broken/200000/${how}rows.csv") . "')", qr/transfer of .* failed/, "one that goes on wrongly: $how");
}

# Keras's file of digits, of three and one of four pixels each.
sub npz
{
	my $npy = sub {
		my ($shape, $bytes) = @_;
		my $header = "{'descr': '|u1', 'fortran_order': False, 'shape': ($shape,), }";
		$header .= ' ' x (63 - (10 + length $header) % 64) . "\n";
		return "\x93NUMPY\1\0" . pack('v', length $header) . $header . $bytes;
	};
	my ($zip, $central, $count) = ('', '', 0);
	for (['x_train', '3, 4', 'abcdefghijkl'], ['y_train', '3', "\0\1\2"], ['x_test', '1, 4', 'mnop'], ['y_test', '1', "\3"])
	{
		my $bytes = $npy->($_->[1], $_->[2]);
		my $name = "$_->[0].npy";
		my $common = pack('vvvvvVVVvv', 20, 0, 0, 0, 0, crc32($bytes), length $bytes, length $bytes, length $name, 0);
		$central .= "PK\1\2" . pack('v', 20) . $common . pack('vvvVV', 0, 0, 0, 0, length $zip) . $name;
		$zip .= "PK\3\4$common$name$bytes";
		$count++;
	}
	return $zip . $central . "PK\5\6" . pack('vvvvVVv', 0, 0, $count, $count, length $central, length $zip, 0);
}

# digits out of a folder that has but one file, wherever it is
my $idx = sub { return "SELECT linlearn_upload('$_[0]', linlearn_fetch('file://$folder/one/mnist.npz'))" };
mkdir "$folder/one";
TransferServer::spurt("$folder/one/mnist.npz", npz());
$node->safe_psql('postgres', $allow . $idx->('s3://bucket/digits/mnist.npz') . "; SELECT linlearn_upload('s3://bucket/digits/', ''); SELECT linlearn_upload('s3://bucket/digits/.hidden', 'x')");
my $loaded = "train|3\ntest|1";
succeeds("SELECT split, rows FROM linlearn_load_mnist('s3://bucket/digits/')", $loaded, 'the only object of a folder URL');
succeeds("SELECT split, rows FROM linlearn_load_mnist('$folder/one')", $loaded, 'the only file of a folder');
fails("SELECT split, rows FROM linlearn_load_mnist('s3://bucket/rec/')", qr/has no MNIST files.*single file/s, 'a folder URL of several');
fails("SELECT split, rows FROM linlearn_load_mnist('s3://bucket/nothing/')", qr/has no MNIST files/, 'of none');
fails("SELECT split, rows FROM linlearn_load_mnist('" . $server->url('/nothing/') . "')", qr{/nothing/mnist.pkl.gz" was answered with status 404}, 'of http, where there are no lists');
SKIP:
{
	my $mnist = $ENV{LINLEARN_TEST_MNIST} // '';
	skip 'no MNIST in LINLEARN_TEST_MNIST', 1 unless -f "$mnist/mnist.pkl.gz";
	succeeds("SELECT linlearn_upload('s3://bucket/tutorial/mnist.pkl.gz', linlearn_fetch('file://$mnist/mnist.pkl.gz'));
		SELECT split, rows FROM linlearn_load_mnist('s3://bucket/tutorial/')", "\ntrain|50000\nvalidation|10000\ntest|10000", 'the tutorial\'s folder');
}

$node->stop;
done_testing();
