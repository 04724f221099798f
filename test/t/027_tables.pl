# Models of rows of real tables are those of a matrix that is made by hand, to the
# last digits that an optimum has, and their standard errors are R's.
use strict;
use warnings;

use FindBin;
use IO::Uncompress::Gunzip qw($GunzipError);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = $ENV{LINLEARN_TABLES} || "$FindBin::RealBin/../../../shared/data/tables";
plan skip_all => 'no real tables at hand (LINLEARN_TABLES names their folder)'
  unless -f "$folder/churn.csv.gz";

my $node = PostgreSQL::Test::Cluster->new('tables');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/hand_matrix.sql"));

# Copies a table in: what is quoted is text, an empty field NULL.
sub load_table
{
	my ($name) = @_;
	my $plain = $node->basedir . '/table.csv';
	my $in = IO::Uncompress::Gunzip->new("$folder/$name.csv.gz", MultiStream => 1)
	  or die $GunzipError;
	my @columns = <$in> =~ /"(\w+)"/g;
	my %types;

	open my $out, '>', $plain or die "could not write $plain: $!";
	while (my $line = <$in>)
	{
		my @fields = $line =~ /("[^"]*"|[^,\n]*)[,\n]/g;
		foreach (0 .. $#columns)
		{
			$types{$_} = 'text' if $fields[$_] =~ /^"/;
			$types{$_} = 'date' if $fields[$_] =~ /^\d{4}-\d\d-\d\d$/;
		}
		print {$out} $line;
	}
	close $out;
	chmod 0644, $plain;
	$node->safe_psql('postgres', sprintf("CREATE TABLE $name (%s); COPY $name FROM '$plain' (FORMAT csv)",
		join(', ', map { "\"$columns[$_]\" " . ($types{$_} || 'float8') } 0 .. $#columns)));
}

# The largest differences of scores and weights from those by a matrix, but the
# bias, which is there of numbers less their means, here of them as they are.  Folds
# that choose wd or l1 are by the rows' last bits, so the matrix is given what they chose.
sub compare_by_hand
{
	my ($table, $label, $options) = @_;
	my $reference = $options =~ /"wd": 0}/ ? 'true' : 'false';
	my $regressor = $options =~ /regressor/;
	my $score = $regressor ? 'ARRAY[linlearn_predict(%s)]' : 'linlearn_scores(%s)';
	my ($left_out) = $label =~ /(\w+)\)?$/;

	$score = 'ARRAY[linlearn_score(%s)]' if $options =~ /newton/;
	return split /\|/, $node->safe_psql('postgres', qq(
		SET client_min_messages = error;
		SELECT FROM hand_matrix('$table', '{id,$left_out}', $reference, 'by_hand');
		CREATE TEMPORARY TABLE model AS
		SELECT linlearn_train(t, $label, '$options'::jsonb || '{"exclude": ["id", "$left_out"]}') AS rows FROM $table t;
		SELECT '$options'::jsonb || jsonb_strip_nulls(jsonb_build_object('wd', info -> 'wd', 'l1', nullif(info -> 'l1', '0'))) AS options
			FROM model, LATERAL (SELECT linlearn_model_info(rows) -> 'hyperparameters' AS info) i \\gset
		ALTER TABLE model ADD by_hand bytea;
		UPDATE model SET by_hand = (SELECT linlearn_train(x, $label, :'options') FROM $table t JOIN by_hand USING (id));
		SELECT (SELECT max(abs(a - b) / greatest(1, abs(b))) FROM model, $table t JOIN by_hand USING (id),
				unnest(@{[sprintf $score, 'rows, t']}, @{[sprintf $score, 'model.by_hand, x']}) s(a, b)),
			max(abs(a.weight - b.weight) / greatest(1, abs(b.weight))) FILTER (WHERE a.feature IS NOT NULL),
			count(*) FILTER (WHERE a.weight IS NULL OR b.weight IS NULL),
			count(*) > 5
		FROM linlearn_weights((SELECT rows FROM model)) a
		FULL JOIN linlearn_weights((SELECT by_hand FROM model)) b
			ON coalesce(a.label, '') = coalesce(b.label, '') AND coalesce(a.feature, 0) = coalesce(b.feature, 0)));
}

my %tables = (
	churn => [ 'churn', '"optimizer": "newton"' ],
	credit => [ 'status', '"optimizer": "newton"' ],
	mortgages => [ 'deny', '"optimizer": "newton"' ],
	votes => [ 'class', '"optimizer": "newton"' ],
	penguins => [ 'species', '"optimizer": "lbfgs"' ],
	houses => [ 'ln(sale_price)', '"predictor_type": "regressor"' ],
	wages => [ 'wage', '"predictor_type": "regressor"' ],
	ridership => [ 'ridership', '"predictor_type": "regressor"' ]);

foreach my $table (sort keys %tables)
{
	my ($label, $options) = @{ $tables{$table} };

	load_table($table);
	foreach my $wd ('', ', "wd": 0', ', "wd": 0.01')
	{
		my ($scores, $weights, $missing, $many) = compare_by_hand($table, $label, "{$options$wd}");
		my $name = "$table" . ($wd || ', wd chosen');

		cmp_ok($scores, '<', 1e-6, "$name: scores of rows are those of the matrix");
		is("$missing $many", '0 t', "$name: there is a weight for each of its columns");
		# Directions that rows do not tell, or only just, have no weight of their own.
		cmp_ok($weights, '<', 1e-6, "$name: weights, too") if $wd eq ', "wd": 0.01';
	}
}

# ---- Inference ----

my %inferred = (
	churn => [ 'churn', 'TRUE', '"optimizer": "newton", "exclude": ["id", "churn", "phone_service",
		"device_protection", "online_backup", "online_security", "streaming_tv", "streaming_movies",
		"tech_support", "total_charges"]' ],
	credit => [ 'status', 'job IS NOT NULL AND marital IS NOT NULL',
		'"optimizer": "newton", "exclude": ["id", "status"]' ],
	mortgages => [ 'deny', 'TRUE', '"optimizer": "newton", "exclude": ["id", "deny"]' ],
	wages => [ 'wage', 'TRUE', '"predictor_type": "regressor", "exclude": ["id", "wage"]' ],
	houses => [ 'ln(sale_price)', 'TRUE', '"predictor_type": "regressor", "include": ["garage_area",
		"neighborhood", "roof_style", "year_built", "lot_frontage", "exterior_1st"]' ]);
my %expected;

foreach (grep { !/^#/ } split /\n/, slurp_file("$FindBin::RealBin/tables_glm.txt"))
{
	my ($table, $term, @numbers) = split /\|/;
	$expected{$table}{$term} = \@numbers;
}

# What differs from R, as text.
sub differences
{
	my ($expected, $term, $weight, $error, $p) = @_;
	my ($r_weight, $r_error, $r_p) = @{ $expected->{$term} || return "$term is not in R" };

	return "$term has no error" if $error eq '';
	# p is the steeper the larger z is; below this it underflows
	my $steep = 1 + ($r_weight / $r_error)**2;
	return "$term: $weight $error $p, not $r_weight $r_error $r_p"
	  if abs($weight / $r_weight - 1) > 1e-7 || abs($error / $r_error - 1) > 1e-7
	  || ($r_p > 1e-250 && abs($p / $r_p - 1) > 1e-7 * $steep);
	return ();
}

foreach my $table (sort keys %inferred)
{
	my ($label, $rows, $options) = @{ $inferred{$table} };
	my @terms = split /\n/, $node->safe_psql('postgres', qq(
		SELECT term, weight, standard_error, p
		FROM linlearn_weights((SELECT linlearn_train(t, $label, '{$options, "wd": 0}') FROM $table t WHERE $rows))));
	my @wrong = map { differences($expected{$table}, split /\|/, $_, 4) } @terms;

	is("@wrong", '', "$table: weights, standard errors and p are R's");
	is(scalar @terms, scalar keys %{ $expected{$table} }, "$table: of as many terms");
}

$node->stop;
done_testing();
