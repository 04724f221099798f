# S3 as SageMaker's channels: lists, and buckets in other regions.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
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

$node->stop;
done_testing();
