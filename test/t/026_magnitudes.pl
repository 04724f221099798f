# Rows held out of real tables are of the magnitude of those trained on: none of
# them is a warning, however heavy the tails.
use strict;
use warnings;

use FindBin;
use IO::Uncompress::Gunzip qw($GunzipError);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = $ENV{LINLEARN_TABLES} || "$FindBin::RealBin/../../../shared/data/tables";
# without a header: texts, mostly
my @tables = grep { !/packages/ } glob("$folder/*.csv.gz");
plan skip_all => 'no real tables at hand (LINLEARN_TABLES names their folder)' unless @tables;

my $node = PostgreSQL::Test::Cluster->new('magnitudes');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

# Copies a table in, all columns text; returns the numeric ones.
sub load_table
{
	my ($file) = @_;
	my $plain = $node->basedir . '/table.csv';
	my $in = IO::Uncompress::Gunzip->new($file, MultiStream => 1) or die $GunzipError;
	my $header = <$in>;

	# by their places: some names come twice; the first is the row's number
	my @columns = map { "c$_" } 0 .. ($header =~ tr/,//);
	open my $out, '>', $plain or die "could not write $plain: $!";
	print {$out} $_ while <$in>;
	close $out;
	chmod 0644, $plain;
	$node->safe_psql('postgres', sprintf(
		"DROP TABLE IF EXISTS real_table; CREATE TABLE real_table (%s); COPY real_table FROM '%s' (FORMAT csv)",
		join(', ', map { "$_ text" } @columns), $plain));
	my %numeric = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q(
		SELECT key FROM real_table, jsonb_each_text(to_jsonb(real_table)) WHERE value IS NOT NULL
		GROUP BY key HAVING bool_and(value ~ '^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$')));
	return grep { $numeric{$_} && $_ ne 'c0' } @columns;
}

# The warnings over rows held out, in folds by chance and the last fifth.
sub held_out
{
	my ($features) = @_;
	my $status = $node->psql('postgres', qq(
		CREATE TEMP TABLE row AS
		SELECT i, count(*) OVER () AS n, hashint4(i::int) AS h, ARRAY[$features] AS x
		FROM (SELECT *, row_number() OVER (ORDER BY c0::int) AS i FROM real_table) AS t;
		CREATE TEMP TABLE model AS
		SELECT part, linlearn_train(x, i, '{"predictor_type": "regressor", "optimizer": "exact", "wd": 0.01}') AS model
		FROM row, generate_series(0, 5) AS part
		WHERE CASE part WHEN 5 THEN i <= n * 0.8 ELSE abs(h % 5) <> part END GROUP BY part;
		SELECT count(linlearn_score(model, x)) FROM row, model
		WHERE CASE part WHEN 5 THEN i > n * 0.8 ELSE abs(h % 5) = part END;),
		stdout => \my $out, stderr => \my $errors);

	return $status == 0 && $out =~ /[1-9]/ ? $errors : "failed: $errors";
}

foreach my $file (@tables)
{
	my ($name) = $file =~ m{([^/]+)\.csv\.gz$};
	my @columns = load_table($file);

	next unless @columns;
	is(held_out(join ', ', map { "coalesce($_\::float8, 0)" } @columns), '',
		"$name: no warning over " . @columns . ' numbers a row');
}

$node->stop;
done_testing();
