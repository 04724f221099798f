# Models as ONNX: their structure by python3-onnx, their answers by onnxruntime,
# or else by the definitions of the operators.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $script = "$FindBin::RealBin/onnx_peer.py";
my $python = (grep { system("$_ $script available >/dev/null 2>&1") == 0 }
	  ('/usr/bin/python3', 'python3'))[0];
plan skip_all => 'no python3 with onnx and numpy' unless defined $python;

my $node = PostgreSQL::Test::Cluster->new('onnx');
$node->init;
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE t AS
	SELECT i, (i % 7)::float8 AS a, sin(i) * 3 AS b, 1000 + i % 9 AS wide,
		CASE WHEN i % 5 = 0 THEN NULL ELSE (ARRAY['x','ü"y','z'])[1 + i * i % 3] END AS c,
		(ARRAY['k','l'])[1 + i % 2] AS d,
		CASE WHEN i % 11 = 0 THEN NULL ELSE i % 3 = 1 END AS f,
		CASE WHEN i % 13 = 0 THEN NULL ELSE ln(i)::float8 END AS n,
		ARRAY[cos(i), i % 2]::float8[] AS v, i % 4 AS cls,
		(i * i) % 11 + 2 * sin(i) < 5 AS y, 1 + i % 3 AS days
	FROM generate_series(1, 300) i;
	CREATE TABLE m (name text, arrays boolean, model bytea);
	INSERT INTO m SELECT 'logistic', true, linlearn_train(ARRAY[a,b], y, '{"target_recall": 0.9, "binary_classifier_model_selection_criteria": "precision_at_target_recall"}',
		CASE WHEN i % 3 = 0 THEN 'validation' END) FROM t;
	INSERT INTO m SELECT 'platt', true, linlearn_train(ARRAY[a,b], y, '{"calibrate": "platt"}',
		CASE WHEN i % 3 = 0 THEN 'validation' END) FROM t;
	INSERT INTO m SELECT 'hinge', true, linlearn_train(ARRAY[a,b], y, '{"loss": "hinge_loss"}') FROM t;
	INSERT INTO m SELECT 'softmax', true, linlearn_train(ARRAY[a,b], cls, '{"predictor_type": "multiclass_classifier"}') FROM t;
	INSERT INTO m SELECT 'texts', true, linlearn_train(ARRAY[a,b], (ARRAY['p','q','ß'])[1 + cls % 3], '{"loss": "multiclass_hinge_loss"}') FROM t;
	INSERT INTO m SELECT 'regressor', true, linlearn_train(ARRAY[a,b], a - b, '{"predictor_type": "regressor", "wd": 0}') FROM t;
	INSERT INTO m SELECT 'table', false, linlearn_train(r, t.y, '{"columns": {"b": {"log": true}}}')
		FROM t, LATERAL (SELECT a, b, wide, c, f, n, v) r;
	INSERT INTO m SELECT 'counts', false, linlearn_train(r, t.cls, '{"predictor_type": "regressor", "loss": "poisson", "exposure": "days"}')
		FROM t, LATERAL (SELECT a, b, c, f, days) r;
	INSERT INTO m SELECT 'given', false, linlearn_model_from_coefficients(ARRAY[0.5, 1, -1, 0.25], ARRAY[-1],
		ARRAY['no', 'yes'], threshold => 0.4, columns => '["b", {"name": "c", "levels": ["z", null, "x"]}]');
));

my $cases = $node->safe_psql('postgres', q(
	SELECT jsonb_build_object('name', m.name, 'onnx', encode(linlearn_model_onnx(m.model), 'hex'),
		'inputs', CASE WHEN m.arrays THEN (SELECT jsonb_build_object('features', jsonb_agg(ARRAY[a,b] ORDER BY i)) FROM t)
			ELSE (SELECT jsonb_object_agg(k.key, k.vals) FROM (
				SELECT e.key, jsonb_agg(CASE e.value WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE e.value END ORDER BY t.i) AS vals
				FROM t, jsonb_each(to_jsonb(t)) e GROUP BY e.key) k) END,
		'outputs', (SELECT CASE WHEN linlearn_model_info(m.model)->>'predictor_type' = 'regressor'
			THEN jsonb_build_object('prediction', jsonb_agg(s.score ORDER BY s.i))
			ELSE jsonb_build_object('label', jsonb_agg(s.label ORDER BY s.i), 'scores', jsonb_agg(
				CASE WHEN m.name = 'hinge' THEN to_jsonb(ARRAY[-s.score, s.score]) ELSE to_jsonb(s.scores) END ORDER BY s.i)) END
			FROM (SELECT i,
				CASE WHEN m.arrays THEN linlearn_score(m.model, ARRAY[a,b]) ELSE linlearn_score(m.model, t) END AS score,
				CASE WHEN m.arrays THEN linlearn_predict_label(m.model, ARRAY[a,b]) ELSE linlearn_predict_label(m.model, t) END AS label,
				CASE WHEN m.arrays THEN linlearn_scores(m.model, ARRAY[a,b]) ELSE linlearn_scores(m.model, t) END AS scores
				FROM t) s))
	FROM m));

my $file = $node->basedir . '/cases';
append_to_file($file, "$cases\n");
my ($out, $err);
IPC::Run::run([ $python, '-W', 'ignore', $script ], '<', $file, '>', \$out, '2>', \$err);
my $count = 0;
foreach my $line (split /\n/, $out)
{
	if ($line =~ /^(ok|not ok) \d+ - (.*)/)
	{
		ok($1 eq 'ok', $2);
		$count++;
	}
	elsif ($line =~ /^#\s*(.*)/)
	{
		note("answers by $1");
	}
}
cmp_ok($count, '>=', 9 * 3, 'every model was checked');
like($out, qr/^1\.\.$count$/m, 'the script came to its end') or diag($err);

foreach my $case (
	[ '{"calibrate": "isotonic"}', 'a, f', 'isotonic calibration cannot be said' ],
	[ '{"cross": [["c", "d"]]}', 'c, d', 'column "d" cannot be said' ],
	[ '{"columns": {"c": {"hash": 8}}}', 'c', 'column "c" cannot be said' ],
	[ '{"columns": {"a": {"spline": 4}}}', 'a', 'column "a" cannot be said' ])
{
	my ($options, $columns, $message) = @$case;
	my ($status, $stdout, $stderr) = $node->psql('postgres', qq(
		SELECT linlearn_model_onnx(linlearn_train(r, t.y, '$options', CASE WHEN i % 3 = 0 THEN 'validation' END))
		FROM t, LATERAL (SELECT $columns) r));
	like($stderr, qr/$message/, $message);
}

$node->stop;
done_testing();
