-- Models in and out: coefficients of others, JSON and back, ONNX's refusals;
-- features and options as texts.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
CREATE TABLE iris (a float8, b float8, c float8, d float8, species text);
INSERT INTO iris VALUES (5.1, 3.5, 1.4, 0.2, 'setosa'), (7.0, 3.2, 4.7, 1.4, 'versicolor'), (6.3, 3.3, 6.0, 2.5, 'virginica'),
	(4.9, 3.0, 1.4, 0.2, 'setosa'), (5.6, 2.9, 3.6, 1.3, 'versicolor'), (5.8, 2.7, 5.1, 1.9, 'virginica');

-- what others predict ------------------------------------------------------

-- the weights are invented; the formulas of a softmax, a logistic model and others written out
CREATE TABLE given (name text PRIMARY KEY, model bytea);
INSERT INTO given VALUES
	('softmax', linlearn_model_from_coefficients(
		'{{-0.42, 0.97, -2.52, -1.08}, {0.53, -0.32, -0.2, -0.94}, {-0.11, -0.65, 2.72, 2.02}}', '{9.85, 2.24, -12.09}',
		ARRAY['setosa', 'versicolor', 'virginica'])),
	('binary', linlearn_model_from_coefficients(ARRAY[[0.5, -1.25, 0.75, 2]], ARRAY[-3.5], ARRAY[false, true])),
	('at 0.9', linlearn_model_from_coefficients(ARRAY[[0.5, -1.25, 0.75, 2]], ARRAY[-3.5], ARRAY[10, 20], threshold => 0.9)),
	('svm', linlearn_model_from_coefficients(ARRAY[0.5, -1.25, 0.75, 2], ARRAY[-3.5], ARRAY['-1', '1'], 'hinge_loss')),
	('linear', linlearn_model_from_coefficients(ARRAY[1, 2, 3, 4], mean => ARRAY[5.8, 3.1, 3.7, 1.2], deviation => ARRAY[0.8, 0.4, 1.8, 0.8])),
	('gamma', linlearn_model_from_coefficients(ARRAY[0.1, 0.2, -0.3, 0.4], ARRAY[0.5], loss => 'gamma')),
	('tweedie', linlearn_model_from_coefficients(ARRAY[0.1, 0.2, -0.3, 0.4], ARRAY[0.5], loss => 'tweedie', options => '{"tweedie_power": 1.7}'));
SELECT count(*), max(abs(linlearn_score(s.model, r.x) - greatest(exp(m1), exp(m2), exp(m3)) / (exp(m1) + exp(m2) + exp(m3)))) < 1e-12 AS softmax,
	max(abs(linlearn_score(p.model, r.x) - 1 / (1 + exp(-m)))) < 1e-12 AS logistic, max(abs(linlearn_score(h.model, r.x) - m)) < 1e-12 AS margin,
	bool_and(linlearn_predict(p.model, r.x) = (m > 0)::int) AS at_half, bool_and(linlearn_predict(t.model, r.x) = 10 + 10 * (1 / (1 + exp(-m)) > 0.9)::int) AS at_nine_tenths,
	max(abs(linlearn_predict(l.model, r.x) - (a + 2 * b + 3 * c + 4 * d))) < 1e-12 AS linear, max(abs(linlearn_predict(g.model, r.x) - exp(0.1 * a + 0.2 * b - 0.3 * c + 0.4 * d + 0.5))) < 1e-12 AS log_link
FROM iris, given s, given p, given t, given h, given l, given g,
	LATERAL (SELECT ARRAY[a, b, c, d] AS x, 0.5 * a - 1.25 * b + 0.75 * c + 2 * d - 3.5 AS m, -0.42 * a + 0.97 * b - 2.52 * c - 1.08 * d + 9.85 AS m1,
		0.53 * a - 0.32 * b - 0.2 * c - 0.94 * d + 2.24 AS m2, -0.11 * a - 0.65 * b + 2.72 * c + 2.02 * d - 12.09 AS m3) r
WHERE s.name = 'softmax' AND p.name = 'binary' AND t.name = 'at 0.9' AND h.name = 'svm' AND l.name = 'linear' AND g.name IN ('gamma');
SELECT name, i->>'predictor_type' AS type, i->>'loss' AS loss, i->>'label_type' AS labels, i->>'threshold' AS threshold, i->>'threshold_margin' AS margin, i->'hyperparameters'->>'tweedie_power' AS power
FROM given, linlearn_model_info(model) i ORDER BY name COLLATE "C";
SELECT bool_and(linlearn_predict_label(model, ARRAY[a, b, c, d]) = species) AS iris FROM iris, given WHERE name = 'softmax';

-- a Poisson rate with an offset, as R writes glm(n ~ active + age + plan + offset(log(days)), poisson)
CREATE TABLE people AS
SELECT i AS id, (20 + i * 7 % 50)::float8 AS age, (ARRAY['basic', 'ü "x"', NULL, 'never'])[1 + i % 4] AS plan, i % 3 = 0 AS active, 1 + i % 5 AS days FROM generate_series(1, 40) AS i;
INSERT INTO given VALUES ('glm', linlearn_model_from_coefficients(ARRAY[0.75, 0.02, 0.4, -0.6, 0.25], ARRAY[-1.5], loss => 'poisson',
	columns => '[{"name": "active", "kind": "flag"}, "age", {"name": "plan", "levels": ["basic", "ü \"x\"", "pro", null], "reference": "basic"}, {"name": "days", "kind": "exposure"}]'));
SELECT max(abs(linlearn_predict(model, p) / (days * exp(-1.5 + 0.75 * active::int + 0.02 * age + CASE plan WHEN 'ü "x"' THEN 0.4 WHEN 'pro' THEN -0.6 ELSE CASE WHEN plan IS NULL THEN 0.25 ELSE 0 END END)) - 1)) < 1e-12 AS glm
FROM people p, given WHERE name = 'glm';
SELECT "column", type, kind, encoding, terms, importance FROM given, linlearn_columns(model) WHERE name = 'glm';
SELECT term, weight, mean FROM given, linlearn_weights(model) WHERE name = 'glm' ORDER BY feature NULLS FIRST;
-- NULL is the mean, if that is given
SELECT linlearn_predict(linlearn_model_from_coefficients(ARRAY[2.0], ARRAY[1.0], columns => '[{"name": "x", "mean": 10, "deviation": 3}]'), jsonb_build_object('x', x)) FROM unnest(ARRAY[0, 10, NULL]) AS x;
SELECT term, contribution FROM linlearn_explain(linlearn_model_from_coefficients(ARRAY[2.0], ARRAY[1.0], columns => '[{"name": "x", "mean": 10, "log": false}]'), '{"x": 12}'::jsonb);

-- no errors, and no training that would give some
SELECT linlearn_predict_interval(model, ARRAY[1, 2, 3, 4]) FROM given WHERE name = 'linear';

-- a model like any other
SELECT linlearn_save_model('given', model) FROM given WHERE name = 'softmax';
SELECT linlearn_create_endpoint('given', 'given');
SELECT linlearn_invoke_endpoint('given', '5.1,3.5,1.4,0.2');
SELECT linlearn_evaluate('given', 'SELECT ARRAY[a, b, c, d], species FROM iris')->>'accuracy' AS accuracy;
SELECT length(linlearn_report('given')) > 1000 AS report;
SELECT length(linlearn_train(ARRAY[a, b, c, d], species, '{"epochs": 1, "optimizer": "adam"}', NULL, 1, g.model)) > 0 AS goes_on FROM iris, given g WHERE name = 'softmax' GROUP BY g.name;

-- what does not fit
SELECT linlearn_model_from_coefficients(NULL) IS NULL AS none;
SELECT linlearn_model_from_coefficients('{}');
SELECT linlearn_model_from_coefficients('{{{1}}}');
SELECT linlearn_model_from_coefficients('{1,NULL}');
SELECT linlearn_model_from_coefficients('{1,NaN}');
SELECT linlearn_model_from_coefficients('{1,Infinity}');
SELECT linlearn_model_from_coefficients('{1,2}', '{1,2}');
SELECT linlearn_model_from_coefficients('{1,2}', '{NaN}');
SELECT linlearn_model_from_coefficients('{1,2}', labels => ARRAY['a']);
SELECT linlearn_model_from_coefficients('{{1,2},{3,4}}');
SELECT linlearn_model_from_coefficients('{{1,2},{3,4}}', labels => ARRAY['a', 'b', 'c']);
SELECT linlearn_model_from_coefficients('{1,2}', labels => ARRAY['a', 'a']);
SELECT linlearn_model_from_coefficients('{1,2}', labels => ARRAY['a', NULL]);
SELECT linlearn_model_from_coefficients('{1,2}', labels => ARRAY['NaN'::float8, 1]);
SELECT linlearn_model_from_coefficients('{1,2}', loss => 'logistic');
SELECT linlearn_model_from_coefficients('{1,2}', labels => ARRAY[0, 1], threshold => 1);
SELECT linlearn_model_from_coefficients('{1,2}', labels => ARRAY[0, 1], threshold => 'NaN');
SELECT linlearn_model_from_coefficients('{1,2}', threshold => 0.5);
SELECT linlearn_model_from_coefficients('{1,2}', mean => '{1}');
SELECT linlearn_model_from_coefficients('{1,2}', deviation => '{1,-1}');
SELECT linlearn_model_from_coefficients('{1,2}', options => '{"tweedy_power": 2}');
SELECT linlearn_model_from_coefficients('{1,2}', loss => 'quantile_loss', options => '{"quantile": [0.1, 0.9]}');
SELECT linlearn_model_from_coefficients('{1,2}', loss => 'quantile_loss', options => '{"quantile": [0.9]}') IS NOT NULL AS one_quantile;
SELECT linlearn_model_from_coefficients('{1,2}', columns => '{}');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '[]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a"]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a", "a"]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a", 1]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a", {"kind": "flag"}]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a", {"name": "b", "kind": "date"}]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a", {"name": "b", "levels": "x"}]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '[{"name": "b", "levels": ["x", "x"]}]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '[{"name": "b", "levels": ["x", "y"], "reference": "z"}]');
SELECT linlearn_model_from_coefficients('{1,2}', columns => '["a", {"name": "b", "level": 1}]');
SELECT linlearn_model_from_coefficients('{1}', columns => '["a", {"name": "b", "kind": "exposure"}]');

-- JSON and back ------------------------------------------------------------

CREATE TABLE kept AS SELECT name, model FROM given;
INSERT INTO kept SELECT 'history', linlearn_train(ARRAY[a, b], species, '{"predictor_type": "multiclass_classifier", "optimizer": "adam", "epochs": 3, "num_models": 2}') FROM iris;
INSERT INTO kept SELECT 'calibrated', linlearn_train(ARRAY[sin(i), i % 7], i % 3 = 1, '{"calibrate": "isotonic"}', CASE WHEN i % 2 = 0 THEN 'validation' END) FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'plain', linlearn_train(ARRAY[sin(i), i % 7], i % 5 + cos(i), '{"predictor_type": "regressor", "wd": 0}') FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'robust', linlearn_train(ARRAY[sin(i), i % 7], i % 5 + cos(i), '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC3"}') FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'wd', linlearn_train(ARRAY[sin(i), i % 7], i % 5 + cos(i), '{"predictor_type": "regressor"}') FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'path', linlearn_train(ARRAY[sin(i), i % 7], i % 5 + cos(i), '{"predictor_type": "regressor", "l1": "path"}') FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'sparse', linlearn_train(linlearn_to_sparse(ARRAY[sin(i), i % 7]), i % 3 = 1) FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'bytes', linlearn_train(decode(lpad(to_hex(i * 997 % 65536), 4, '0'), 'hex'), i % 3 = 1) FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'tuned', linlearn_tune(ARRAY[sin(i), i % 7], i % 3 = 1, '{"objective": "train:objective_loss", "max_jobs": 2, "ranges": {"wd": {"type": "continuous", "min": 0.001, "max": 1}}}') FROM generate_series(1, 60) AS i;
INSERT INTO kept SELECT 'table', linlearn_train(r, id % 3 = 1, '{"cross": [["plan", "age"]], "columns": {"age": {"buckets": 3}, "notes": {"words": "simple"}}}')
	FROM people p, LATERAL (SELECT p.age, p.plan, p.active, date '2024-01-01' + p.id AS day, ARRAY[p.plan, 'x'] AS tags, 'note ' || p.id % 4 AS notes, ARRAY[p.id, 1]::float8[] AS v) r;
SELECT name, linlearn_model_from_json(linlearn_model_json(model)) = model AS json, linlearn_model_from_json(linlearn_model_json(model)::jsonb) = model AS jsonb,
	linlearn_model_from_json(linlearn_model_json(model)::text) = model AS text, linlearn_model_json(model)::text !~ 'base64' AS by_schema
FROM kept ORDER BY name COLLATE "C";
SELECT linlearn_model_json(model)->'shape' AS shape, linlearn_model_json(model)->'weights' AS weights, linlearn_model_json(model)->'labels' AS labels FROM given WHERE name = 'softmax';
-- a changed weight is another model
SELECT linlearn_predict(linlearn_model_from_json(jsonb_set(linlearn_model_json(model)::jsonb, '{weights,weights,0,0}', '100')), ARRAY[1, 0, 0, 0]) FROM given WHERE name = 'linear';
SELECT linlearn_model_from_json('{}');
SELECT linlearn_model_from_json('[1]'::json);
SELECT linlearn_model_from_json(jsonb_set(linlearn_model_json(model)::jsonb, '{weights,weights,0}', '[1]')) FROM given WHERE name = 'linear';
SELECT linlearn_model_from_json(jsonb_set(linlearn_model_json(model)::jsonb, '{shape,loss}', '"tweedy"')) FROM given WHERE name = 'linear';
SELECT linlearn_model_from_json(linlearn_model_json(model)::jsonb - 'labels') FROM given WHERE name = 'binary';
SELECT linlearn_model_from_json(linlearn_model_json(model)::jsonb - 'sections' - 'labels') FROM given WHERE name = 'binary';
SELECT linlearn_model_json('\x00');
SELECT linlearn_model_onnx('\x00');
SELECT linlearn_model_onnx(model) FROM kept WHERE name IN ('calibrated', 'table') ORDER BY name;

-- texts, as drivers send them ----------------------------------------------

PREPARE ask AS SELECT linlearn_predict_label($1, $2);
EXECUTE ask('given', '{5.1,3.5,1.4,0.2}');
EXECUTE ask('given', ' [7.0, 3.2, 4.7, 1.4]');
EXECUTE ask('given', NULL);
PREPARE ask_model AS SELECT linlearn_predict($1::bytea, $2);
DO $$
DECLARE m bytea; r jsonb; BEGIN
	SELECT model INTO m FROM given WHERE name = 'glm';
	r := '{"age": 30, "plan": "pro", "active": true, "days": 2}';
	IF linlearn_predict(m, r::text) <> linlearn_predict(m, r) OR linlearn_predict(m, r::json) <> linlearn_predict(m, r) OR linlearn_predict(m, r::text::varchar) <> linlearn_predict(m, r)
		OR linlearn_score(m, r::text) <> linlearn_score(m, r) OR linlearn_predict_label(m, r::text) <> linlearn_predict_label(m, r) OR linlearn_scores(m, r::text) <> linlearn_scores(m, r) THEN
		RAISE 'other answers';
	END IF;
END $$;
PREPARE ask_quantiles AS SELECT linlearn_quantiles(m, $1)::numeric(4, 2)[] FROM (SELECT linlearn_train(ARRAY[i], 2 * i, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.2, 0.8], "wd": 0}') FROM generate_series(1, 20) AS i) AS s (m);
EXECUTE ask_quantiles('{3}');
SELECT term, contribution FROM given, linlearn_explain(model, '[1, 2, 3, 4]') WHERE name = 'linear' LIMIT 1;
SELECT linlearn_score(model, '{1,2,3,4}') = linlearn_score(model, ARRAY[1, 2, 3, 4]) AS text, linlearn_score(model, '[1,2,3,4]'::json) = linlearn_score(model, ARRAY[1, 2, 3, 4]) AS json,
	linlearn_score(model, '[1,2,3,4]'::jsonb) = linlearn_score(model, ARRAY[1, 2, 3, 4]) AS jsonb, linlearn_score(model, '\x01020304') = linlearn_score(model, '\x01020304'::bytea) AS bytes FROM given WHERE name = 'binary';
SELECT linlearn_score(model, '{1,2,3}') FROM given WHERE name = 'binary';
SELECT linlearn_score(model, '{1,2,3,NULL}') FROM given WHERE name = 'binary';
SELECT linlearn_score(model, '[1,2,3,null]') FROM given WHERE name = 'binary';
SELECT linlearn_score(model, '[1,2,3,4') FROM given WHERE name = 'binary';
SELECT linlearn_score(model, '1,2,3,4') FROM given WHERE name = 'binary';
-- long texts in errors end with whole characters
DO $$
DECLARE
	call text;
	said text;
	shown text;
BEGIN
	FOREACH call IN ARRAY ARRAY['linlearn_score(model, $1)', 'linlearn_weights_svg(model, ''auto'', $1)', 'linlearn_model_from_coefficients(''{1}'', labels => ARRAY[$1, $1])',
		'linlearn_tune(ARRAY[1], true, jsonb_build_object(''objective'', ''train:'' || $1, ''ranges'', ''auto''))'] LOOP
		FOR cut IN 0 .. 1 LOOP
			BEGIN
				EXECUTE format('SELECT %s FROM given WHERE name = ''linear'' GROUP BY model', call) USING repeat('x', cut) || repeat('ä', 400);
				RAISE WARNING '% says nothing', call;
			EXCEPTION WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, shown = PG_EXCEPTION_DETAIL;
				IF position('ä' IN said || shown) = 0 OR convert_from(convert_to(said || shown, 'UTF8'), 'UTF8') <> said || shown THEN
					RAISE WARNING '% says %', call, said || shown;
				END IF;
			END;
		END LOOP;
	END LOOP;
END $$;
SELECT linlearn_score(model, '{"a": 1}'::jsonb) FROM given WHERE name = 'binary';
SELECT linlearn_score(model, '[1]') FROM given WHERE name = 'glm';
-- options
SELECT count(DISTINCT m) FROM (
	SELECT linlearn_train(ARRAY[a, b], c, '{"predictor_type": "regressor", "wd": 0}') FROM iris UNION ALL
	SELECT linlearn_train(ARRAY[a, b], c, '{"wd": 0, "predictor_type": "regressor"}'::varchar) FROM iris UNION ALL
	SELECT linlearn_train(ARRAY[a, b], c, '{"wd": 0, "predictor_type": "regressor"}'::json) FROM iris UNION ALL
	SELECT linlearn_train(ARRAY[a, b], c, (CASE WHEN a > 5 THEN ' ' ELSE '' END) || '{"wd": 0, "predictor_type": "regressor"}', 'train', 1) FROM iris UNION ALL
	SELECT linlearn_train(ARRAY[a, b], c, '{"wd": 0, "predictor_type": "regressor"}'::jsonb) FROM iris) AS t (m);
SELECT linlearn_train(ARRAY[a, b], c, CASE WHEN a > 5 THEN '{"wd": 0, "predictor_type": "regressor"}' ELSE '{"wd": 1, "predictor_type": "regressor"}' END) FROM iris;
\set VERBOSITY terse
SELECT linlearn_train(ARRAY[a, b], c, '{"wd": 0') FROM iris;
\set VERBOSITY default
PREPARE train AS SELECT length(linlearn_train(ARRAY[a, b], c, $1)) > 0 AS trained FROM iris;
EXECUTE train('{"predictor_type": "regressor"}');
SELECT linlearn_metrics(a > 5, b > 3, 0.5, '{"f_beta": 2}')->'beta' AS text, linlearn_metrics(a > 5, b > 3, 0.5, '{"f_beta": 2}'::json)->'beta' AS json, linlearn_metrics(a > 5, b > 3, 0.5, '{"f_beta": 2}'::jsonb)->'beta' AS jsonb FROM iris;

SELECT linlearn_delete_endpoint('given');
SELECT linlearn_delete_model('given');
DROP TABLE iris, given, people, kept;
