-- refit: what was chosen on validation rows learns once more from all rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE refit_rows AS
SELECT i, ARRAY[a, b, a * b, i % 4]::float8[] AS x, a + b + sin(i * 7) > 0.5 AS y, 2 * a - b + sin(i * 7) AS z,
	CASE WHEN a + sin(i * 7) > 1 THEN 'high' WHEN b + cos(i * 5) > 1 THEN 'low' ELSE 'no' END AS class,
	CASE WHEN i % 3 = 0 THEN 'validation' WHEN i % 10 = 1 THEN 'test' END AS split
FROM (SELECT i, sin(i * i) * 2 AS a, cos(i * 3) * 2 AS b FROM generate_series(1, 600) AS i) AS s;

CREATE FUNCTION refit_weights(model bytea) RETURNS float8[] LANGUAGE sql AS $$
	SELECT array_agg(weight ORDER BY label, feature) FROM linlearn_weights(model) $$;
-- Largest difference of two models' weights, relative to the largest weight.
CREATE FUNCTION refit_distance(a bytea, b bytea) RETURNS float8 LANGUAGE sql AS $$
	SELECT max(abs(v - w)) / max(abs(w)) FROM unnest(refit_weights(a), refit_weights(b)) AS u (v, w) $$;

-- ---- The weights are those of a training of the chosen settings on all rows, the rest is that of before ----
CREATE TABLE refit_models AS
SELECT o, kind, linlearn_train(x, label, o || '{"refit": true}', split) AS refit, linlearn_train(x, label, o || '{"refit": false}', split) AS before,
	linlearn_train(x, label, o, split) AS by_default
FROM (SELECT x, split, v.* FROM refit_rows, LATERAL (VALUES ('binary_classifier', y::text), ('regressor', NULL), ('multiclass_classifier', class)) AS v (kind, label)
	WHERE kind <> 'regressor') AS r,
	unnest(ARRAY['{"optimizer": "lbfgs"}', '{"optimizer": "adam", "epochs": 4}', '{"optimizer": "newton", "calibrate": "platt"}',
		'{"optimizer": "lbfgs", "calibrate": "isotonic", "num_calibration_samples": 100}', '{"optimizer": "sgd", "epochs": 3, "loss": "hinge_loss"}']::jsonb[]) AS o
WHERE kind = 'binary_classifier' OR NOT o ? 'calibrate' AND NOT o ? 'loss'
GROUP BY o, kind;
INSERT INTO refit_models
SELECT o, 'regressor', linlearn_train(x, z, o || '{"refit": true}', split), linlearn_train(x, z, o || '{"refit": false}', split), linlearn_train(x, z, o, split)
FROM refit_rows, unnest(ARRAY['{"predictor_type": "regressor"}', '{"predictor_type": "regressor", "optimizer": "lbfgs", "loss": "huber_loss"}',
	'{"predictor_type": "regressor", "optimizer": "lbfgs", "l1": 0.01}', '{"predictor_type": "regressor", "optimizer": "adam", "loss": "absolute_loss"}']::jsonb[]) AS o
GROUP BY o;
SELECT kind, o, linlearn_model_info(refit) -> 'refit' AS refit, linlearn_model_info(before) -> 'refit' AS before,
	linlearn_model_info(by_default) -> 'refit' AS by_default,
	refit_weights(refit) <> refit_weights(before) AS learnt, (SELECT bool_and(linlearn_model_info(refit) -> k IS NOT DISTINCT FROM linlearn_model_info(before) -> k)
		FROM unnest(ARRAY['metrics', 'threshold', 'threshold_margin', 'calibration', 'rows', 'fingerprint', 'models', 'best_model']) AS k) AS rest_is_the_same,
	(linlearn_model_info(refit) -> 'hyperparameters') - 'refit' = (linlearn_model_info(before) -> 'hyperparameters') - 'refit' AS settings_are_the_same
FROM refit_models ORDER BY 1, 2;
CREATE FUNCTION refit_settings(model bytea) RETURNS jsonb LANGUAGE sql AS $$
	SELECT (linlearn_model_info(model) -> 'hyperparameters') - 'num_point_for_scaler' - 'refit' - 'num_models'
		- 'binary_classifier_model_selection_criteria' || '{"num_models": 1}' $$;
SELECT kind, o, refit_distance(refit, alone) < 1e-4 AS of_all_rows
FROM refit_models AS m, LATERAL (SELECT linlearn_train(x, CASE kind WHEN 'binary_classifier' THEN y::text ELSE class END, refit_settings(refit)) AS alone
		FROM refit_rows WHERE split IS DISTINCT FROM 'test') AS a
WHERE kind <> 'regressor' AND o ->> 'optimizer' NOT IN ('adam', 'sgd') ORDER BY 1, 2;
SELECT kind, o, refit_distance(refit, alone) < 1e-4 AS of_all_rows
FROM refit_models AS m, LATERAL (SELECT linlearn_train(x, z, refit_settings(refit)) AS alone
		FROM refit_rows WHERE split IS DISTINCT FROM 'test') AS a
WHERE kind = 'regressor' AND coalesce(o ->> 'optimizer', '') <> 'adam' ORDER BY 1, 2;

-- ---- Standard errors are those of all rows ----
SELECT info -> 'standard_errors' AS standard_errors, info -> 'degrees_of_freedom' AS degrees_of_freedom, (info #>> '{rows,train}')::int + (info #>> '{rows,validation}')::int - 5 AS rows
FROM (SELECT linlearn_model_info(linlearn_train(x, z, '{"predictor_type": "regressor", "wd": 0, "num_models": 1}', split)) AS info FROM refit_rows) AS i;

-- ---- Rows of a fraction, copies, row weights; the same bytes in any order ----
SELECT count(DISTINCT m) AS models, bool_and((linlearn_model_info(m) ->> 'refit')::boolean) AS refit
FROM (SELECT linlearn_train(x, y, '{"validation_fraction": 0.3}', NULL, 1 + i % 3 ORDER BY i) AS m FROM refit_rows
	UNION ALL SELECT linlearn_train(x, y, '{"validation_fraction": 0.3}', NULL, 1 + i % 3 ORDER BY i DESC) FROM refit_rows
	UNION ALL SELECT linlearn_train(x, y, '{"validation_fraction": 0.3}', NULL, 1 + i % 3 ORDER BY md5(i::text)) FROM refit_rows) AS s;
SELECT count(DISTINCT m) AS models, count(*) AS trainings
FROM unnest(ARRAY['i', '-i', 'i % 7']) AS o, LATERAL (SELECT linlearn_train(x, class, '{"optimizer": "adam", "epochs": 3, "refit": true}', split ORDER BY
	CASE o WHEN 'i' THEN i WHEN '-i' THEN -i ELSE i % 7 END) AS m FROM refit_rows) AS s;

-- ---- Going on from a model; rows of one class leave it as it was ----
SELECT optimizer, linlearn_model_info(m) -> 'refit' AS refit, refit_distance(m, alone) < 1e-4 AS of_all_rows
FROM unnest(ARRAY['lbfgs', 'newton']) AS optimizer,
	LATERAL (SELECT jsonb_build_object('optimizer', optimizer, 'wd', 0.01, 'num_models', 1) AS s) AS s,
	LATERAL (SELECT linlearn_train(x, y, s) AS known FROM refit_rows WHERE i > 500) AS k,
	LATERAL (SELECT linlearn_train(x, y, s, split, 1, known) AS m FROM refit_rows) AS n,
	LATERAL (SELECT linlearn_train(x, y, s, NULL, 1, known) AS alone FROM refit_rows WHERE split IS DISTINCT FROM 'test') AS a;
SELECT linlearn_model_info(m) -> 'refit' AS refit, refit_weights(m) = refit_weights(known) AS as_it_was
FROM (SELECT linlearn_train(x, y, '{"optimizer": "newton"}') AS known FROM refit_rows) AS k,
	LATERAL (SELECT linlearn_train(x, y, '{"optimizer": "newton"}', split, 1, known) AS m FROM refit_rows WHERE y OR split = 'validation') AS n;

-- ---- Tunings: the winner once, with folds as well ----
SELECT folds, linlearn_model_info(m) -> 'refit' AS refit, linlearn_model_info(m) -> 'metrics' = linlearn_model_info(before) -> 'metrics' AS same_metrics,
	refit_weights(m) <> refit_weights(before) AS learnt
FROM unnest(ARRAY[0, 3]) AS folds, LATERAL (SELECT jsonb_build_object('objective', 'validation:objective_loss', 'max_jobs', 4, 'optimizer', 'lbfgs',
		'ranges', '{"wd": {"min": 1e-6, "max": 1}}'::jsonb) || CASE folds WHEN 0 THEN '{}' ELSE jsonb_build_object('folds', folds) END AS o) AS o,
	LATERAL (SELECT linlearn_tune(x, y, o, split) AS m, linlearn_tune(x, y, o || '{"refit": false}', split) AS before FROM refit_rows) AS t;
SELECT linlearn_model_info(linlearn_tune(x, y, '{"objective": "validation:binary_f_beta", "max_jobs": 3, "optimizer": "adam", "epochs": 2, "refit": true,
	"ranges": {"wd": {"min": 1e-6, "max": 1}}}', split)) -> 'refit' AS refit FROM refit_rows;

-- ---- Without validation rows it has no effect ----
SELECT linlearn_model_info(linlearn_train(x, y, '{"refit": true}')) -> 'refit' AS refit FROM refit_rows;
SELECT linlearn_model_info(linlearn_train(x, y, '{"refit": true}', CASE WHEN split = 'test' THEN 'test' END)) #> '{hyperparameters,refit}' AS refit FROM refit_rows;
SELECT linlearn_train(x, y, '{"refit": "perhaps"}') FROM refit_rows;
SELECT linlearn_tune(x, y, '{"objective": "validation:objective_loss", "ranges": {"refit": [true, false]}}', split) FROM refit_rows;

DROP TABLE refit_rows, refit_models;
DROP FUNCTION refit_weights, refit_distance, refit_settings;
