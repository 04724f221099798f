# Labels are the same everywhere or nowhere: what is one class in a training is
# one label in the metrics, the matrices and an evaluation, for every type.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('identity');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TYPE color AS ENUM ('red', 'green', 'blue');
	CREATE TYPE pair AS (a numeric, b text);
	CREATE DOMAIN spelled AS text;));
my ($citext) = $node->psql('postgres', 'CREATE EXTENSION citext; CREATE DOMAIN insensitive AS citext');

# A type and three of its values, the first two perhaps the same; how many
# labels they are.
my @types = (
	[ 'boolean', 'true', 't', 'false', 2 ],
	[ 'smallint', '1', '01', '2', 2 ],
	[ 'bigint', '1', '+1', '2', 2 ],
	[ 'real', '0', '-0', '0.1', 2 ],
	[ 'double precision', '0', '-0', '0.1', 2 ],
	[ 'numeric', '1.5', '1.50', '2', 2 ],
	[ 'numeric(9,3)', '1.5', '1.50', '2', 2 ],
	[ 'numeric', '0.1', '0.10000000000000000001', '2', 2 ],
	[ 'numeric[]', '{1.5}', '{1.50}', '{2}', 3 ],
	[ 'double precision[]', '{0}', '{-0}', '{2}', 3 ],
	[ 'text', 'a', 'A', 'b', 3 ],
	[ 'varchar(3)', 'a', 'a ', 'b', 3 ],
	[ 'char(3)', 'a', 'a ', 'b', 2 ],
	[ 'name', 'a', 'A', 'b', 3 ],
	[ 'spelled', 'a', 'A', 'b', 3 ],
	[ 'color', 'red', 'green', 'blue', 3 ],
	[ 'interval', '1 day', '24:00', '2 days', 3 ],
	[ 'timestamptz', '2024-01-01 00:00+00', '2024-01-01 01:00+01', '2024-01-02 00:00+00', 2 ],
	[ 'date', '2024-01-01', 'January 1, 2024', '2024-01-02', 2 ],
	[ 'uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 2 ],
	[ 'inet', '10.0.0.1', '10.0.0.1/32', '10.0.0.2', 2 ],
	[ 'jsonb', '1.0', '1.00', '2', 3 ],
	[ 'json', '[1]', '[ 1 ]', '2', 3 ],
	[ 'bytea', '\x61', 'a', 'b', 2 ],
	[ 'point', '(1,2)', '(1.0,2)', '(2,2)', 2 ],
	[ 'pair', '(1.5,a)', '(1.50,a)', '(2,b)', 3 ],
	[ 'numrange', '[1.5,2)', '[1.50,2)', '[2,3)', 3 ],
	[ 'int4range', '[1,2)', '[1,1]', '[2,3)', 2 ],
	[ 'regtype', 'int', 'integer', 'text', 2 ],
	$citext == 0 ? ([ 'citext', 'a', 'A', 'b', 3 ], [ 'insensitive', 'a', 'A', 'b', 3 ]) : ());

foreach my $case (@types)
{
	my ($type, @values) = @$case;
	my $expected = pop @values;
	my $list = join ', ', map { "('$_'::$type)" } @values;

	my $sql = qq(
		CREATE TEMP TABLE r AS SELECT ARRAY[i % 5, i % 7]::real[] AS x, y FROM (VALUES $list) v (y), generate_series(1, 30) i;
		CREATE TEMP TABLE m AS
		SELECT linlearn_train(x, y, '{"predictor_type": "multiclass_classifier"}') AS model FROM r;
		SELECT linlearn_save_model('$type $values[1]', model) FROM m;
		SELECT jsonb_array_length(linlearn_model_info(model)->'labels') FROM m;
		SELECT count(DISTINCT linlearn_label_text(model, y)) FROM m, r;
		SELECT linlearn_evaluate('$type $values[1]', 'SELECT x, y FROM r') IS NOT NULL;
		SELECT count(DISTINCT actual) FROM linlearn_confusion_matrix WHERE model = '$type $values[1]';
		SELECT jsonb_array_length(linlearn_confusion(y, y)->'labels') FROM r;
		SELECT jsonb_array_length(linlearn_confusion(y, linlearn_label_text(model, y))->'labels') FROM m, r;
		SELECT jsonb_array_length(linlearn_confusion(linlearn_label_text(model, y), y)->'labels') FROM m, r;
		SELECT jsonb_array_length(linlearn_metrics(y, y, NULL, '{"predictor_type": "multiclass_classifier", "confusion": true}')->'confusion'->'labels') FROM r;
		SELECT (linlearn_confusion(y, y)->'labels') <@ (SELECT linlearn_model_info(model)->'labels' FROM m) FROM r;);
	my ($status, $out, $error) = $node->psql('postgres', $sql);

	is("$error$out", join("\n", 1, $expected, $expected, 't', ($expected) x 5, 't'), "$type: one rule");
}

# A value of an enum with another name now: the model knows the old one.
$node->safe_psql('postgres', q(
	CREATE TABLE c AS SELECT ARRAY[i % 3]::real[] AS x, (ARRAY['red', 'green', 'blue'])[i % 3 + 1]::color AS y FROM generate_series(1, 90) i;
	CREATE TABLE m AS SELECT linlearn_train(x, y, '{"predictor_type": "multiclass_classifier"}') AS model FROM c;
	SELECT linlearn_save_model('m', model) FROM m;
	ALTER TYPE color RENAME VALUE 'red' TO 'crimson';));
foreach my $sql ("SELECT linlearn_metrics(y, linlearn_predict_label(model, x)) FROM c, m", "SELECT linlearn_confusion(y, linlearn_predict_label(model, x)) FROM c, m",
	"SELECT linlearn_confusion(linlearn_predict_label(model, x), y) FROM c, m", "SELECT linlearn_evaluate('m', 'SELECT x, y FROM c')",
	"SELECT linlearn_metrics(y, y, NULL, '{\"positive\": \"red\"}') FROM c WHERE y <> 'blue'")
{
	my (undef, undef, $error) = $node->psql('postgres', $sql);

	like($error, qr/ERROR:  label "red" is no value of enum color\n.*HINT:  .*renamed/s, $sql);
}
is($node->safe_psql('postgres', 'SELECT linlearn_metrics(y::text, linlearn_predict_label(model, x))->$$accuracy$$ < $$0.7$$ FROM c, m'), 't', 'as text they are other labels');

$node->stop;
done_testing();
