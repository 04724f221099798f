# Quantile regressions reach the least pinball loss that R's quantreg finds.
use strict;
use warnings;
use File::Basename;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no R with quantreg' unless system(q(Rscript --vanilla -e 'library(quantreg)' >/dev/null 2>&1)) == 0;

my $node = PostgreSQL::Test::Cluster->new('quantreg');
my ($sql, $err);
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');
IPC::Run::run([ 'Rscript', '--vanilla', dirname(__FILE__) . '/../peers/quantreg.R' ], '>', \$sql, '2>', \$err);
my @answers = split /\n/, $node->safe_psql('postgres', $sql);
is(scalar @answers, 12, 'R fitted its models') or diag($err);
foreach (@answers)
{
	my ($name, $above) = split /\|/;
	cmp_ok($above, '<=', 1e-4, "quantreg: $name");
	cmp_ok($above, '>=', -1e-9, "quantreg: $name is at the least");
}
$node->stop;
done_testing();
