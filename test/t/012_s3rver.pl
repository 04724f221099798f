# Objects in a third party's S3 server: npm's s3rver, whose program
# LINLEARN_TEST_S3RVER names.  It checks access keys, but no signatures of
# version 4: 011_transfer.pl does.
use strict;
use warnings;
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use FindBin;
use lib $FindBin::RealBin;
use TransferServer;

my $s3rver = $ENV{LINLEARN_TEST_S3RVER};
plan skip_all => 'LINLEARN_TEST_S3RVER does not name npm\'s s3rver'
  unless $s3rver and -e $s3rver;

my $probe = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die $!;
my $port = $probe->sockport;
close $probe;
my $folder = PostgreSQL::Test::Utils::tempdir();
my $pid = fork() // die $!;
if (!$pid)
{
	open STDOUT, '>', "$folder/s3rver.log";
	open STDERR, '>&', \*STDOUT;
	{
		exec 'node', $s3rver, '-d', "$folder/s3", '-a', '127.0.0.1', '-p', $port,
		  '--configure-bucket', 'digits';
	}
	require POSIX;
	POSIX::_exit(1);
}

END { if ($pid) { my $status = $?; kill 'KILL', $pid; waitpid $pid, 0; $? = $status; } }

my $up;
for (1 .. 100)
{
	last if $up = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
	sleep 0.1;
}
die 's3rver did not start: ' . slurp_file("$folder/s3rver.log") unless $up;
close $up;

my $node = PostgreSQL::Test::Cluster->new('s3');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');
my $settings = "SET linlearn.allowed_url_prefixes = 's3://digits/';
	SET linlearn.s3_endpoint = 'http://127.0.0.1:$port';
	SET linlearn.s3_access_key = 'S3RVER'; SET linlearn.s3_secret_key = 'S3RVER';\n";

sub sql { return $node->safe_psql('postgres', $settings . shift); }

# s3rver has no route to a key with an empty segment
for my $key (grep { !m{^/|//} } @TransferServer::odd_keys)
{
	is(sql("SELECT linlearn_upload('s3://digits/$key', '\\x00ff'); SELECT linlearn_fetch('s3://digits/$key')"),
		"\n\\x00ff", "an object named $key");
}
is(sql("SELECT linlearn_upload('s3://digits/large', convert_to(repeat('0123456789abcdef', 4500000), 'UTF8'));
	SELECT md5(linlearn_fetch('s3://digits/large')) = md5(repeat('0123456789abcdef', 4500000))"), "\nt", 'in parts');
my ($code, $out, $err) = $node->psql('postgres', $settings . "SELECT linlearn_fetch('s3://digits/none')");
like($err, qr/status 404.*NoSuchKey/s, 'a missing object');
($code, $out, $err) = $node->psql('postgres', $settings . "SET linlearn.s3_access_key = 'wrong'; SELECT linlearn_fetch('s3://digits/large')");
like($err, qr/status 403.*InvalidAccessKeyId/s, 'a wrong key');

my $mnist = $ENV{LINLEARN_TEST_MNIST} // '';
SKIP:
{
	skip 'no MNIST in LINLEARN_TEST_MNIST', 1 unless -f "$mnist/mnist.pkl.gz";
	is(sql("SELECT linlearn_upload('s3://digits/mnist.pkl.gz', linlearn_fetch('file://$mnist/mnist.pkl.gz'));
		SELECT split, rows FROM linlearn_load_mnist('s3://digits/mnist.pkl.gz')"),
		"\ntrain|50000\nvalidation|10000\ntest|10000", 'mnist.pkl.gz');
}
$node->stop;
done_testing();
