# A checksum is no identity: models of one size and CRC are told apart.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# CRC-32C, a byte at a time, and its steps back.
my @table = map {
	my $c = $_;
	$c = $c & 1 ? ($c >> 1) ^ 0x82F63B78 : $c >> 1 foreach 1 .. 8;
	$c
} 0 .. 255;
my %by_top = map { ($table[$_] >> 24) => $_ } 0 .. 255;

sub step
{
	my ($crc, $bytes) = @_;
	$crc = ($crc >> 8) ^ $table[ ($crc ^ $_) & 255 ] foreach unpack('C*', $bytes);
	return $crc;
}

sub step_back
{
	my ($crc, $bytes) = @_;
	foreach my $byte (reverse unpack('C*', $bytes))
	{
		my $index = $by_top{ $crc >> 24 };
		$crc = ((($crc ^ $table[$index]) << 8) & 0xFFFFFFFF) | ($index ^ $byte);
	}
	return $crc;
}

# Changes four bytes at `at` so that a model has its checksum again.
sub mend
{
	my ($model, $at) = @_;
	my $wanted = unpack('V', substr($model, 8, 4)) ^ 0xFFFFFFFF;
	my $before = step(0xFFFFFFFF, substr($model, 16, $at - 16));
	my $after = step_back($wanted, substr($model, $at + 4));
	substr($model, $at, 4) = pack('V', $before ^ step_back($after, "\0\0\0\0"));
	die 'checksum not mended' if step(0xFFFFFFFF, substr($model, 16)) != $wanted;
	return $model;
}

my $node = PostgreSQL::Test::Cluster->new('checksums');
$node->init;
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE samples AS SELECT ARRAY[i % 7, i % 3]::float8[] AS x, i % 7 + i % 5 > 4 AS y FROM generate_series(1, 200) AS i;
	CREATE TABLE models (i int, m bytea);
	INSERT INTO models SELECT 1, linlearn_train(x, y) FROM samples));
my $model = pack('H*', $node->safe_psql('postgres', q(SELECT encode(m, 'hex') FROM models)));

# The first weight follows the headers of the model, of the shape (20 bytes, 24
# with padding) and of the weights; the last digits of the second matter little.
my $twin = $model;
my $weight = 16 + 16 + 24 + 16;
substr($twin, $weight + 7, 1) = chr(ord(substr($twin, $weight + 7, 1)) ^ 0x80);
$twin = mend($twin, $weight + 8);
isnt($twin, $model, 'two models of one checksum');
is(substr($twin, 0, 16), substr($model, 0, 16), 'and one header');
$node->safe_psql('postgres', "INSERT INTO models VALUES (2, '\\x" . unpack('H*', $twin) . "')");
is($node->safe_psql('postgres', q(
	SET jit = off;
	SELECT count(*), count(DISTINCT score) FROM (SELECT linlearn_score(m || ''::bytea, '{3,1}'::float8[]) AS score FROM models) AS s)),
	'2|2', 'answer differently, though they lie at one address');
is($node->safe_psql('postgres', q(
	SELECT bool_and(scores = ARRAY[(SELECT linlearn_score(m, '{3,1}'::float8[]) FROM models WHERE i = 1), (SELECT linlearn_score(m, '{3,1}'::float8[]) FROM models WHERE i = 2)])
	FROM (SELECT array_agg(linlearn_score(m || ''::bytea, '{3,1}'::float8[]) ORDER BY i) AS scores FROM models, generate_series(1, 3) AS n GROUP BY n) AS s)),
	't', 'each as it does alone');

# Seconds are those of the trials that a session ran: a model of the same
# checksum whose trials came to something else has none.
my $tune = q(CREATE TEMP TABLE tuned AS SELECT linlearn_tune(x, y, '{"objective": "train:objective_loss", "max_jobs": 2, "epochs": 2,
	"ranges": {"wd": {"type": "continuous", "min": 0.1, "max": 0.3}}}') AS m FROM samples;);
my ($bytes, $objective) = map { pack('H*', $_) } split /\n/, $node->safe_psql('postgres', $tune
	. "SELECT encode(m, 'hex') FROM tuned; SELECT encode(float8send(objective), 'hex') FROM tuned, linlearn_trials(m) WHERE trial = 1");
my $other = $bytes;
# the section of trials; in it an objective stands before the metrics
my $place = index($other, scalar reverse($objective), index($other, pack('VV', 8, 0)));
cmp_ok($place, '>', 0, 'the objective of a trial is found');
substr($other, $place, 1) = chr(ord(substr($other, $place, 1)) ^ 1);
$other = mend($other, $weight + 8);
is($node->safe_psql('postgres', "$tune SELECT count(seconds) FROM tuned, linlearn_trials(m); SELECT count(*), count(seconds) FROM linlearn_trials('\\x" . unpack('H*', $other) . "')"),
	"2\n2|0", 'trials are timed in the session that ran them, and no others');

$node->stop;
done_testing();
