# The gateway, as boto3's client of SageMaker's runtime asks it, and the tutorial's
# notebook as a script over both.  Debian's python3-boto3 and python3-psycopg do.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TransferServer;

my $python;
foreach my $candidate ('/usr/bin/python3', 'python3')
{
	my $probe = "$candidate -c 'import boto3, numpy, psycopg, google.protobuf' 2>/dev/null";
	$python = $candidate and last if system($probe) == 0;
}
plan skip_all => 'no python3 with boto3, numpy, psycopg and protobuf (scripts/install-deps test brings them)'
  unless defined $python;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $server = TransferServer->start("$folder/s3");
END { if ($server) { my $status = $?; $server->stop; $? = $status; } }

my $node = PostgreSQL::Test::Cluster->new('gateway');
$node->init;
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE ROLE client SUPERUSER LOGIN;));

$ENV{AWS_ACCESS_KEY_ID} = $TransferServer::access_key;
$ENV{AWS_SECRET_ACCESS_KEY} = $TransferServer::secret_key;
$ENV{AWS_SESSION_TOKEN} = $TransferServer::token;
# nothing of the user's own settings, and no proxy before the server
$ENV{AWS_CONFIG_FILE} = $ENV{AWS_SHARED_CREDENTIALS_FILE} = '/dev/null';
delete @ENV{ 'AWS_PROFILE', grep { /_proxy$/i } keys %ENV };

my $script = "$FindBin::RealBin/../peers/gateway_boto3.py";
my ($out, $err);
IPC::Run::run([ $python, '-W', 'ignore', $script, $node->host, $node->port, $server->url('') ],
	'>', \$out, '2>', \$err, init => sub { chdir $folder });
my $count = 0;
foreach my $line (split /\n/, $out)
{
	if ($line =~ /^(ok|not ok) \d+ - (.*)/)
	{
		ok($1 eq 'ok', $2);
		$count++;
	}
	elsif ($line =~ /^#/)
	{
		diag($line);
	}
}
like($out, qr/^1\.\.$count$/m, 'the client came to its end') or diag($err);

$node->stop;
done_testing();
