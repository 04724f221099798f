# Databases of other encodings: models move between them with their texts, and
# what is drawn is drawn in all of them.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('encodings');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;

sub database
{
	return 'db_' . lc $_[0];
}

my @encodings = ('UTF8', 'LATIN1', 'EUC_JP', 'SQL_ASCII');
foreach my $encoding (@encodings)
{
	$node->safe_psql('postgres',
		"CREATE DATABASE " . database($encoding) . " ENCODING '$encoding' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql(database($encoding), 'CREATE EXTENSION linlearn');
}

# Runs SQL that speaks UTF-8; a database of SQL_ASCII has no other way.
sub ask
{
	my ($encoding, $sql) = @_;
	return $node->safe_psql(database($encoding), "SET client_encoding = 'UTF8';\n$sql");
}

sub complaint
{
	my ($encoding, $sql) = @_;
	my ($code, $out, $err) = $node->psql(database($encoding), "SET client_encoding = 'UTF8';\n$sql");
	return $err;
}

my %texts = (
	latin => [ "K\xc3\xa4se", "cr\xc3\xa8me" ],
	japanese => [ "\xe7\x8c\xab", "\xe7\x8a\xac" ],    # cat and dog
	thai => [ "\xe0\xb9\x81", "\xe0\xb8\xa7" ],
	plain => [ 'cheese', 'cream' ]);
my %holds = (
	UTF8 => { map { $_ => 1 } keys %texts }, SQL_ASCII => { map { $_ => 1 } keys %texts },
	LATIN1 => { latin => 1, plain => 1 }, EUC_JP => { latin => 1, japanese => 1, plain => 1 });

sub training
{
	my ($which) = @_;
	my ($high, $low) = @{ $texts{$which} };
	return "SELECT linlearn_train(ARRAY[i::float8, i % 7], CASE WHEN i > 50 THEN '$high' ELSE '$low' END, "
	  . "'{\"predictor_type\": \"binary_classifier\", \"wd\": 0.01}') AS m FROM generate_series(1, 100) i";
}

# The same rows make the same bytes, whatever the database's encoding.
my %models;
foreach my $which (sort keys %texts)
{
	foreach my $encoding (grep { $holds{$_}{$which} } @encodings)
	{
		my $model = ask($encoding, "SELECT encode(m, 'hex') FROM (" . training($which) . ') t');
		$models{$which} //= $model;
		ok($model eq $models{$which}, "$which texts: the same model in $encoding");
	}
}
is(ask('UTF8', "SELECT position('\\x0f000000'::bytea IN '\\x$models{plain}'::bytea) > 0 AND length('$models{plain}') < length('$models{latin}')"),
	't', 'only texts that are not ASCII need their encoding told');

# A model made in any database is read in any other that has its characters.
foreach my $which (sort keys %texts)
{
	my ($high, $low) = @{ $texts{$which} };
	foreach my $encoding (@encodings)
	{
		my $model = "'\\x$models{$which}'::bytea";
		if (!$holds{$encoding}{$which})
		{
			like(complaint($encoding, "SELECT linlearn_predict_label($model, '{99,1}'::float8[])"),
				qr/has no equivalent in encoding "$encoding"/, "$which texts: a clear error in $encoding");
			next;
		}
		is(ask($encoding, "SELECT linlearn_predict_label($model, '{99,1}'::float8[]), linlearn_predict_label($model, '{1,1}'::float8[]), "
				. "linlearn_model_info($model) -> 'labels' ->> 0"),
			"$high|$low|" . (sort($high, $low))[0], "$which texts: predicted in $encoding");
		is(ask($encoding, "SELECT octet_length(linlearn_predict_label($model, '{99,1}'::float8[])) = octet_length('$high'), "
				. "linlearn_metrics('$high'::text, linlearn_predict_label($model, '{99,1}'::float8[])) ->> 'accuracy', linlearn_label_text($model, '$low'::text)"),
			"t|1|$low", "$which texts: compared in $encoding");
		is(ask($encoding, "SELECT linlearn_save_model('$which', $model); SELECT linlearn_create_endpoint('$which', '$which');"
				. "SELECT linlearn_invoke_endpoint('$which', '99,1')::jsonb -> 'predictions' -> 0 ->> 'predicted_label', "
				. "encode(linlearn_invoke_endpoint('$which', '99,1'::bytea, 'text/csv', 'application/jsonlines'), 'hex') LIKE '%' || '" . unpack('H*', $high) . "' || '%';"
				. "SELECT linlearn_evaluate('$which', 'SELECT ARRAY[i::float8, i % 7], CASE WHEN i > 50 THEN ''$high'' ELSE ''$low'' END FROM generate_series(1, 100) i') ->> 'accuracy';"
				. "SELECT labels ->> 0 FROM linlearn_model_catalog; SELECT linlearn_report('$which', NULL, 'SELECT ARRAY[i::float8, i % 7], ''$high''::text FROM generate_series(1, 9) i') ~ '</html>';"
				. "SELECT linlearn_delete_endpoint('$which'), linlearn_delete_model('$which')"),
			"1\n1\n$high|t\n1\n" . (sort($high, $low))[0] . "\nt\n|1", "$which texts: served, judged and reported in $encoding");
		is(ask($encoding, "SELECT linlearn_model_info(linlearn_train(ARRAY[i::float8, i % 7], CASE WHEN i > 40 THEN '$high' ELSE '$low' END, "
				. "'{}', NULL, 1, $model)) -> 'labels' ->> 1 FROM generate_series(1, 100) i"),
			(sort($high, $low))[1], "$which texts: trained on in $encoding");
	}
}

# Bytes that say nothing of their encoding
my ($code, $out, $err) = $node->psql(database('SQL_ASCII'),
	"SELECT linlearn_train(ARRAY[i::float8], CASE WHEN i > 5 THEN E'K\\xe4se' ELSE 'cream' END) FROM generate_series(1, 9) i");
like($err, qr/text is not UTF-8.*SQL_ASCII/s, 'a label of SQL_ASCII that is not UTF-8 is refused');
foreach my $encoding (@encodings)
{
	like(complaint($encoding, "SELECT label FROM linlearn_read_csv('\\x4b732c310a4be473652c310a'::bytea)"),
		qr/label in row 2 is not UTF-8/, "a file that is not UTF-8 is refused in $encoding");
	my $which = $encoding eq 'EUC_JP' ? 'japanese' : 'latin';
	is(ask($encoding, "SELECT label FROM linlearn_read_csv('\\x" . unpack('H*', $texts{$which}[0]) . "2c310a'::bytea)"),
		$texts{$which}[0], "a file in UTF-8 is read in $encoding");
}
is(ask('LATIN1', "SELECT label FROM linlearn_read_csv(convert_from('\\x4be473652c310a'::bytea, 'LATIN1'))"),
	$texts{latin}[0], 'and one of another encoding as text');

# What is drawn: Unicode where the database has it, ASCII and references elsewhere.
foreach my $encoding (@encodings)
{
	my $utf8 = $encoding eq 'UTF8';
	my $which = $encoding eq 'EUC_JP' ? 'japanese' : 'latin';
	my $model = "'\\x$models{$which}'::bytea";
	my $ascii = "!~ '[^ -~\\n]'";
	is(ask($encoding, "SELECT linlearn_sparkline('{0,1,2,3,4,5,6,7}')"),
		$utf8 ? join('', map { "\xe2\x96" . chr($_) } 0x81 .. 0x88) : '01234567', "a line in $encoding");
	is(ask($encoding, 'SELECT linlearn_bar(0.5625, 1, 8) || $$|$$'),
		$utf8 ? ("\xe2\x96\x88" x 4) . "\xe2\x96\x8c|" : '#####|', "a bar in $encoding");
	is(ask($encoding, "SELECT linlearn_show_digit('\\xff00ff00' || '\\xff'::bytea || '\\x00ff00ff'::bytea)"),
		$utf8 ? "\xe2\x96\x80\xe2\x96\x84\xe2\x96\x80\n\xe2\x96\x80 \xe2\x96\x80" : "'.'\n' '", "a digit in $encoding");
	is(ask($encoding, "SELECT linlearn_show_digit('{1,0,0,1}'::real[], '$texts{$which}[0]')"),
		"$texts{$which}[0]\n" . ($utf8 ? "\xe2\x96\x80\xe2\x96\x84" : "'."), "its caption in $encoding");
	is(ask($encoding, "SELECT linlearn_weights_svg($model) ~ '^<svg', linlearn_curve_svg($model, 'learning') ~ '^<svg', linlearn_model_report($model, '$texts{$which}[0]') ~ '</html>', "
			. "linlearn_confusion_svg((SELECT linlearn_confusion(l, l) FROM (VALUES ('$texts{$which}[0]'), ('$texts{$which}[1]')) v (l))) ~ '^<svg', "
			. "linlearn_weights_text($model) <> ''"),
		't|t|t|t|t', "pictures in $encoding");
	is(ask($encoding, "SELECT linlearn_weights_svg($model) $ascii AND linlearn_model_report($model, '$texts{$which}[0]') $ascii"),
		$utf8 ? 'f' : 't', "references in $encoding");
	is(ask($encoding, "SELECT linlearn_model_report($model, '$texts{$which}[0]') ~ '&#x" . ($which eq 'latin' ? 'E4' : '732B') . ";'"),
		$utf8 ? 'f' : 't', "a title's characters in $encoding");
	my $many = "SELECT linlearn_train(ARRAY[i::float8, i % 7], i % 3, '{\"predictor_type\": \"multiclass_classifier\"}') AS m FROM generate_series(1, 99) i";
	is(ask($encoding, "SELECT linlearn_weights_text(m) <> '', linlearn_weights_svg(m) ~ '^<svg', linlearn_model_report(m) ~ '</html>' FROM ($many) t"),
		't|t|t', "pictures of many classes in $encoding");
	is(ask($encoding, "SELECT linlearn_digit_svg('\\x00ff00ff'::bytea, '$texts{$which}[0]') ~ '^<svg', "
			. "linlearn_curve_svg((SELECT linlearn_roc_curve(i % 2 = 0, i) FROM generate_series(1, 9) i), '$texts{$which}[0]') ~ '^<svg'"),
		't|t', "titles in $encoding");
	is(ask($encoding, "SELECT linlearn_crosstab(l, l) ~ '$texts{$which}[0]' FROM (VALUES ('$texts{$which}[0]'), ('$texts{$which}[1]')) v (l)"),
		't', "a table in $encoding");
	is(ask($encoding, "SELECT linlearn_crosstab(1, 1, '$texts{$which}[0]', 'c') ~ '\n$texts{$which}[0]\n1'"),
		't', "and its names in $encoding");
}

# Tables: names of columns and levels in every place that shows them
foreach my $encoding (@encodings)
{
	my $which = $encoding eq 'EUC_JP' ? 'japanese' : 'latin';
	my ($high, $low) = @{ $texts{$which} };
	my $table = qq(SELECT i % 7 AS "$high <b>", CASE i % 4 WHEN 0 THEN '$low' WHEN 1 THEN '(other)' WHEN 2 THEN E'a\n<script>' END AS "it's ""$low""", i % 5 > 2 AS y FROM generate_series(1, 200) i);
	ask($encoding, "CREATE TABLE named AS $table; CREATE TABLE named_model AS SELECT linlearn_train(r, y, '{\"exclude\": [\"y\"]}') AS m FROM named r");
	is(ask($encoding, qq(SELECT count(*) FILTER (WHERE "column" = '$high <b>'), count(*) FILTER (WHERE "column" = 'it''s "$low"'), count(*) FILTER (WHERE level = '$low'), count(*) FILTER (WHERE term = 'it''s "$low"=$low') FROM named_model, linlearn_weights(m))),
		'1|4|1|1', "terms of a table are named in $encoding");
	is(ask($encoding, qq(SELECT string_agg(e."column" || ':' || coalesce(level, '-'), ' ' ORDER BY e."column" COLLATE "C" DESC) FROM named_model, (SELECT * FROM named WHERE "it's ""$low""" = '$low' LIMIT 1) r, linlearn_explain(m, r, true) e)),
		join(' ', sort { $b cmp $a } "$high <b>:-", "it's \"$low\":$low"), "and a row is explained by them in $encoding");
	is(ask($encoding, "SELECT round(abs(sum(contribution) - ln(linlearn_score(m, r) / (1 - linlearn_score(m, r))))::numeric, 6) = 0 FROM named_model, (SELECT * FROM named LIMIT 1) r, linlearn_explain(m, r) e GROUP BY m, r"),
		't', "the lines sum to its margin in $encoding");
	is(ask($encoding, "SELECT linlearn_weights_svg(m, 'bars') !~ '<script|<b>', linlearn_model_report(m) !~ '<script>', linlearn_weights_text(m) ~ 'script' FROM named_model"),
		't|t|t', "and drawn in $encoding");
}
my $named = ask('UTF8', "SELECT encode(m, 'hex') FROM named_model");
is(ask('LATIN1', "SELECT encode(m, 'hex') = '$named' FROM named_model"), 't', 'a table gives the same model in LATIN1 and UTF-8');

# A dump of a LATIN1 database restored into one of UTF-8
my $training = training('latin');
ask('LATIN1', "SELECT linlearn_save_model('dumped', m) FROM ($training) t");
my $dump = $node->basedir . '/latin1.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr(database('LATIN1')) ], 'a LATIN1 database is dumped');
$node->safe_psql('postgres', "CREATE DATABASE restored ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ], 'and restored in UTF-8');
is($node->safe_psql('restored', "SELECT labels ->> 0, linlearn_predict_label(linlearn_model('dumped'), '{99,1}'::float8[]) FROM linlearn_model_catalog WHERE name = 'dumped'"),
	"$texts{latin}[0]|$texts{latin}[0]", 'its models are read');

# Models of 0.1.0 have the encoding of their database and do not say which.
my $old = pack('H*', $models{plain});
$old =~ s/cheese/K\xe4ses / or die;
substr($old, 8, 4) = pack('V', crc32c(substr($old, 16)));
$old = "'\\x" . unpack('H*', $old) . "'::bytea";
is(ask('LATIN1', "SELECT linlearn_predict_label($old, '{99,1}'::float8[])"), "K\xc3\xa4ses ", 'a model of 0.1.0 is read where it was made');
like(complaint('UTF8', "SELECT linlearn_predict_label($old, '{99,1}'::float8[])"),
	qr/the model's texts are not of encoding "UTF8".*0\.1\.0/s, 'and clearly refused where its texts cannot be');

$node->stop;
done_testing();

# The CRC-32C of bytes
sub crc32c
{
	my ($bytes) = @_;
	my $crc = 0xFFFFFFFF;
	foreach my $byte (unpack('C*', $bytes))
	{
		$crc ^= $byte;
		$crc = $crc & 1 ? ($crc >> 1) ^ 0x82F63B78 : $crc >> 1 foreach 1 .. 8;
	}
	return $crc ^ 0xFFFFFFFF;
}
