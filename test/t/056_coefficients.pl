# Models that scikit-learn, liblinear and R have fitted predict in SQL what they
# predict there, to 1e-12; where those are installed.
use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $python = (grep { system("$_ -c 'import numpy, psycopg2, sklearn.svm' 2>/dev/null") == 0 } ('/usr/bin/python3', 'python3'))[0];
my $r = (grep { system("$_ --version >/dev/null 2>&1") == 0 } ('Rscript'))[0];
plan skip_all => 'neither python3 with psycopg2 and scikit-learn nor R' unless defined $python || defined $r;

my $node = PostgreSQL::Test::Cluster->new('coefficients');
my $peers = dirname(__FILE__) . '/../peers';
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn; CREATE ROLE peer SUPERUSER LOGIN');

SKIP:
{
	my ($out, $err);

	skip('no python3 with psycopg2 and scikit-learn', 1) unless defined $python;
	IPC::Run::run([ $python, '-W', 'ignore', "$peers/coefficients_sklearn.py", $node->host, $node->port ], '>', \$out, '2>', \$err);
	my @lines = grep { /^(not )?ok / } split /\n/, $out;
	ok($_ =~ /^ok/, "scikit-learn: $_") foreach @lines;
	like($out, qr/^1\.\.\d+$/m, 'scikit-learn came to its end') or diag($err);
}
SKIP:
{
	my ($sql, $err);

	skip('no R', 1) unless defined $r;
	IPC::Run::run([ $r, '--vanilla', "$peers/coefficients.R" ], '>', \$sql, '2>', \$err);
	my @answers = split /\n/, $node->safe_psql('postgres', $sql);
	is(scalar @answers, 4, 'R fitted its models') or diag($err);
	foreach (@answers)
	{
		my ($name, $far) = split /\|/;
		cmp_ok($far, '<=', 1e-12, "R: $name");
	}
}
$node->stop;
done_testing();
