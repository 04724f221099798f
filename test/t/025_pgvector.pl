# pgvector's types as features, and conversions to and from its sparsevec.  Both
# extensions know each other only by the names of types.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('pgvector');
$node->init;
$node->start;
if ($node->safe_psql('postgres',
		q(SELECT count(*) FROM pg_available_extension_versions WHERE name = 'vector' AND version >= '0.7')) eq '0')
{
	$node->stop;
	plan skip_all => 'pgvector 0.7 or later is not installed for this server';
}

# Runs SQL; returns what it prints.
sub ask { return $node->safe_psql('postgres', $_[0]); }

ask(q(CREATE EXTENSION linlearn; CREATE EXTENSION vector));
ask(q(CREATE CAST (sparsevec AS linlearn_sparse) WITH FUNCTION linlearn_to_sparse(anyelement);
	CREATE CAST (halfvec AS linlearn_sparse) WITH FUNCTION linlearn_to_sparse(anyelement);
	CREATE FUNCTION sparsevec(linlearn_sparse) RETURNS sparsevec
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	AS 'SELECT linlearn_to_sparsevec($1, NULL::sparsevec)';
	CREATE CAST (linlearn_sparse AS sparsevec) WITH FUNCTION sparsevec(linlearn_sparse);));
is(ask(q(SELECT '{1:0.5,3:-1}/5'::sparsevec::linlearn_sparse, '{0:0.5,2:-1}/5'::linlearn_sparse::sparsevec)),
	'{0:0.5,2:-1}/5|{1:0.5,3:-1}/5', 'casts shift the indexes');
is(ask(q(SELECT '{}/3'::sparsevec::linlearn_sparse, '{}/3'::linlearn_sparse::sparsevec, '[1,0,-0.5]'::halfvec::linlearn_sparse)),
	'{}/3|{}/3|{0:1,2:-0.5}/3', 'also of rows of zeros, and dense ones');
is(ask(q(SELECT count(*) FROM (SELECT linlearn_to_sparse(ARRAY(SELECT (random() * 10 ^ (random() * 60 - 30))::real
	FROM generate_series(1, 20))) AS s FROM generate_series(1, 200)) v WHERE s <> s::sparsevec::linlearn_sparse)),
	'0', 'and no value changes on the way');
my ($code, $out, $err) = $node->psql('postgres', q(SELECT '{1:1}/20000000'::sparsevec::linlearn_sparse));
like($err, qr/width 20000000 of a linlearn_sparse is out of range/, 'a row too wide is refused');
is(ask(q(SELECT NULL::linlearn_sparse::sparsevec IS NULL AND NULL::sparsevec::linlearn_sparse IS NULL)), 't', 'NULL stays NULL');

# Every half: all bits but those of infinities and NaN, by pgvector's own text.
is(ask(q(SELECT count(*) FROM (SELECT (array_agg(v::text))::text AS f FROM (
		SELECT ldexp.v FROM generate_series(0, 30) e, generate_series(0, 1023, 31) m,
		LATERAL (SELECT CASE e WHEN 0 THEN m * 2.0 ^ -24 ELSE (1024 + m) * 2.0 ^ (e - 25) END AS v) ldexp) x) y,
	LATERAL (SELECT replace(replace(f, '{', '['), '}', ']')::halfvec AS h) z
	WHERE linlearn_dense(linlearn_to_sparse(h)) = f::real[])), '1', 'halves are read exactly');

ask(q(CREATE TABLE dense AS SELECT i, ARRAY[i % 7, i % 5 - 2, 0.5]::real[] AS r, i % 7 > 3 AS y FROM generate_series(1, 400) i;
	CREATE TABLE rows AS SELECT i, y, r, r::vector AS v, r::vector::halfvec AS h,
		linlearn_to_sparsevec(linlearn_to_sparse(r), NULL::sparsevec) AS s FROM dense;
	CREATE TABLE model AS SELECT linlearn_train(h, y, '{"predictor_type": "binary_classifier"}') AS m,
		linlearn_train(r, y, '{"predictor_type": "binary_classifier"}') AS same FROM rows;
	SELECT linlearn_save_model('half', m) FROM model;
	SELECT linlearn_create_endpoint('half', 'half')));
is(ask('SELECT m = same FROM model'), 't', 'halfvec trains the model that real[] does');
foreach my $type (qw(v h s))
{
	is(ask(qq(SELECT bool_and(linlearn_score(m, $type) = linlearn_score(m, r)
			AND linlearn_predict(m, $type) = linlearn_predict(m, r)
			AND linlearn_predict_label(m, $type) = linlearn_predict_label(m, r)
			AND linlearn_scores(m, $type) = linlearn_scores(m, r)
			AND linlearn_score('half', $type) = linlearn_score(m, r))
		FROM rows, model)), 't', "$type predicts as real[] does");
	is(ask(qq(SELECT (SELECT array_agg(e::text) FROM linlearn_explain(m, $type) e)
			= (SELECT array_agg(e::text) FROM linlearn_explain(m, r) e)
		FROM rows, model WHERE i = 11)), 't', "$type is explained so");
}
is(ask('SELECT linlearn_to_recordio(h, y ORDER BY i) = linlearn_to_recordio(r, y ORDER BY i) FROM rows'),
	't', 'recordIO of halfvec');
is(ask(q(SELECT linlearn_tune(h, y, '{"predictor_type": "binary_classifier", "objective": "validation:objective_loss", "strategy": "random", "ranges": "auto", "max_jobs": 2}',
	CASE i % 3 WHEN 0 THEN 'validation' END) IS NOT NULL FROM rows)), 't', 'halfvec is tuned');
is(ask(q(SELECT linlearn_digit_svg('[1,0,0,1]'::halfvec) = linlearn_digit_svg('{1,0,0,1}'::real[]))), 't', 'and drawn');

# As columns of a row, and of the object that to_jsonb makes of it.
ask(q(CREATE TABLE by_name AS SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier"}') AS m
	FROM rows, LATERAL (SELECT v, h, s, (i / 7.0)::real AS f) AS x));
is(ask(q(SELECT count(*), bool_and(linlearn_score(m, x) = linlearn_score(m, to_jsonb(x)))
	FROM by_name, (SELECT v, h, s, (i / 7.0)::real AS f FROM rows) AS x)), '400|t', 'and read from jsonb, to the bit');
like(($node->psql('postgres', q(SELECT linlearn_score(m, '{"v": "[1,2]", "h": "[1,2,3]", "s": "{1:1}/3", "f": 1}'::jsonb) FROM by_name)))[2],
	qr/column "v" has 2 elements, not 3/, 'whose widths are checked');
like(($node->psql('postgres', q(SELECT linlearn_score(m, '{"v": "[1,2,3]", "h": "[1,2,3]", "s": "{0:1}/3", "f": 1}'::jsonb) FROM by_name)))[2],
	qr/column "s" is a sparse row, but a row has a string that is no sparse row there/, 'and places, which are from 1 in sparsevec');

# The other way round, and a dump, keep the order of the two open.
ask(q(DROP EXTENSION vector CASCADE));
is(ask(q(SELECT linlearn_to_sparse('{1}'::real[]))), '{0:1}/1', 'without pgvector all the rest works');

$node->stop;
done_testing();
