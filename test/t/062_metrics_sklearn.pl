# The metric aggregates against scikit-learn's metrics, where that is installed:
# from 1.2 on, as earlier ones cut curves off and clip log loss otherwise.
use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $probe = 'import numpy, psycopg2, sklearn; assert tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 2)';
my $python = (grep { system("$_ -c '$probe' 2>/dev/null") == 0 }
	  ('/usr/bin/python3', 'python3'))[0];
plan skip_all => 'no python3 with numpy, psycopg2 and scikit-learn 1.2 or later'
  unless defined $python;

my $node = PostgreSQL::Test::Cluster->new('sklearn');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');
# the roles of a cluster made by TAP: the user's own is the superuser
$node->safe_psql('postgres', 'CREATE ROLE peer SUPERUSER LOGIN');

my $script = dirname(__FILE__) . '/../peers/metrics_sklearn.py';
my ($out, $err);
IPC::Run::run([ $python, '-W', 'ignore', $script, $node->host, $node->port ],
	'>', \$out, '2>', \$err);
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
like($out, qr/^1\.\.$count$/m, 'the script came to its end') or diag($err);

$node->stop;
done_testing();
