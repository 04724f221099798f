-- tune_path: a tuning of one penalty goes down its path
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;

CREATE TABLE tuned_rows AS
SELECT i, ARRAY[sin(i), cos(i * 1.7), sin(i * 0.31) * 5, cos(i * i), sin(i * 3.3) + cos(i * 1.7)]::float8[] AS x,
	sin(i) + 2 * cos(i * 1.7) + 1.5 * sin(i * i + 1) AS y,
	CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END AS channel
FROM generate_series(1, 400) AS i;
CREATE FUNCTION tuned_request(more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT '{"max_jobs": 12}'::jsonb || more || CASE WHEN more ->> 'predictor_type' = 'regressor' THEN '{"objective": "validation:mse"}' ELSE '{"objective": "validation:log_loss"}' END::jsonb $$;

-- Each trial is what it would be alone, with folds and without
CREATE TABLE tuned_cases (name text, options jsonb, penalty text, tolerance float8);
INSERT INTO tuned_cases VALUES
	('lasso', '{"predictor_type": "regressor"}', 'l1', 1e-12),
	('ridge', '{"predictor_type": "regressor"}', 'wd', 1e-12),
	('logistic', '{"predictor_type": "binary_classifier"}', 'wd', 1e-7),
	('logistic, sparse', '{"predictor_type": "binary_classifier"}', 'l1', 1e-7),
	('logistic, elastic net', '{"predictor_type": "binary_classifier", "wd": 0.01}', 'l1', 1e-7),
	('logistic, lbfgs', '{"predictor_type": "binary_classifier", "optimizer": "lbfgs"}', 'wd', 1e-7),
	('poisson', '{"predictor_type": "regressor", "loss": "poisson"}', 'l1', 1e-7),
	('absolute', '{"predictor_type": "regressor", "loss": "absolute_loss"}', 'wd', 1e-12),
	('with folds', '{"predictor_type": "regressor", "folds": 3}', 'l1', 1e-12),
	('ridge with folds', '{"predictor_type": "regressor", "folds": 3}', 'wd', 1e-12),
	('logistic with folds', '{"predictor_type": "binary_classifier", "folds": 3}', 'l1', 1e-7);
CREATE TABLE tuned_path AS
SELECT name, options, penalty, tolerance, linlearn_tune(x, CASE WHEN options ? 'loss' THEN floor(abs(y)) WHEN options ->> 'predictor_type' = 'regressor' THEN y ELSE (y > 0.5)::int END,
	tuned_request(options || jsonb_build_object('ranges', jsonb_build_object(penalty, linlearn_continuous(1e-4, 1)))), channel) AS model
FROM tuned_rows, tuned_cases GROUP BY name, options, penalty, tolerance;
SELECT name, linlearn_model_info(model) #>> '{tuning,strategy}' AS strategy, count(*) AS trials, bool_and(abs(t.objective - own.objective) <= tolerance * own.objective) AS own,
	bool_and(value >= 1e-4 AND value <= 1 AND (t.trial < 2 OR value < before)) AS falls
FROM tuned_path AS p, LATERAL (SELECT *, (hyperparameters ->> penalty)::float8 AS value, lag((hyperparameters ->> penalty)::float8) OVER (ORDER BY trial) AS before FROM linlearn_trials(model)) AS t,
	LATERAL (SELECT linlearn_tune(x, CASE WHEN options ? 'loss' THEN floor(abs(y)) WHEN options ->> 'predictor_type' = 'regressor' THEN y ELSE (y > 0.5)::int END,
		tuned_request(options || jsonb_build_object('strategy', 'Grid', 'ranges', jsonb_build_object(penalty, jsonb_build_array(value)))), channel) AS m FROM tuned_rows) AS a,
	LATERAL (SELECT * FROM linlearn_trials(a.m)) AS own
WHERE t.trial > 0 GROUP BY name, model, tolerance ORDER BY name;

-- The same bytes in any order of rows
SELECT count(DISTINCT m) FROM (
	SELECT linlearn_tune(x, y > 0.5, tuned_request('{"ranges": {"l1": {"min": 1e-4, "max": 1}}}'), channel) AS m FROM (SELECT * FROM tuned_rows ORDER BY i) AS r UNION ALL
	SELECT linlearn_tune(x, y > 0.5, tuned_request('{"ranges": {"l1": {"min": 1e-4, "max": 1}}}'), channel) FROM (SELECT * FROM tuned_rows ORDER BY i DESC) AS r UNION ALL
	SELECT linlearn_tune(x, y > 0.5, tuned_request('{"ranges": {"l1": {"min": 1e-4, "max": 1}}}'), channel) FROM (SELECT * FROM tuned_rows ORDER BY md5(i::text)) AS r) AS t;

-- Thirty trials where none are asked for; the first is the untuned call
SELECT count(*) AS trials, min(objective) <= (SELECT (linlearn_model_info(linlearn_train(x, y > 0.5, '{"refit": false}', channel)) #>> '{metrics,validation:log_loss}')::float8 FROM tuned_rows) AS not_above
FROM linlearn_trials((SELECT linlearn_tune(x, y > 0.5, '{"objective": "validation:log_loss", "ranges": {"wd": {"min": 0, "max": 10}}}', channel) FROM tuned_rows));
-- Values, which fall whatever their order
SELECT trial, hyperparameters FROM linlearn_trials((SELECT linlearn_tune(x, y > 0.5, '{"objective": "validation:log_loss", "ranges": {"wd": [0.1, 0, 1]}}', channel) FROM tuned_rows)) WHERE trial > 0 ORDER BY trial;
-- A path ends early, too
SELECT count(*) < 12 AS fewer FROM linlearn_trials((SELECT linlearn_tune(x, y > 0.5, tuned_request('{"max_not_improving": 3, "ranges": {"wd": {"min": 1e-6, "max": 10}}}'), channel) FROM tuned_rows));
-- What is named is obeyed, and what is no path is searched
SELECT o, linlearn_model_info((SELECT linlearn_tune(x, y > 0.5, tuned_request(o::jsonb || '{"max_jobs": 3}'), channel) FROM tuned_rows)) #>> '{tuning,strategy}' AS strategy
FROM unnest(ARRAY['{"strategy": "Bayesian", "ranges": {"wd": {"min": 1e-6, "max": 10}}}', '{"strategy": "random", "ranges": {"wd": {"min": 1e-6, "max": 10}}}',
	'{"strategy": "path", "ranges": {"wd": {"min": 1e-6, "max": 10}}}', '{"optimizer": "adam", "epochs": 2, "ranges": {"wd": {"min": 1e-6, "max": 10}}}',
	'{"optimizer": "lbfgs", "ranges": {"wd": {"min": 1e-6, "max": 10}, "l1": {"min": 1e-6, "max": 10}}}', '{"ranges": {"use_bias": [true, false]}}']) AS o;
SELECT linlearn_tune(x, y > 0.5, tuned_request('{"strategy": "Path", "optimizer": "adam", "ranges": {"wd": {"min": 1e-6, "max": 10}}}'), channel) FROM tuned_rows;
SELECT linlearn_tune(x, y > 0.5, tuned_request('{"strategy": "Path", "optimizer": "lbfgs", "ranges": {"use_bias": [true, false]}}'), channel) FROM tuned_rows;
SELECT linlearn_tune(x, y > 0.5, tuned_request('{"strategy": "Path", "max_jobs": 3, "ranges": {"wd": [1, 2, 3]}}'), channel) FROM tuned_rows;
-- Weights of a tuning's winner without wd have errors, as those of a training
SELECT bool_and(a.standard_error = b.standard_error) AS same, count(*) AS weights
FROM (SELECT linlearn_tune(x, y, '{"predictor_type": "regressor", "objective": "validation:mse", "refit": false, "ranges": {"wd": [0, 100]}}', channel) AS m,
	linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0, "refit": false}', channel) AS n FROM tuned_rows) AS t,
	LATERAL (SELECT row_number() OVER () AS i, * FROM linlearn_weights(m)) AS a JOIN LATERAL (SELECT row_number() OVER () AS i, * FROM linlearn_weights(n)) AS b USING (i);

DROP TABLE tuned_rows, tuned_cases, tuned_path;
DROP FUNCTION tuned_request(jsonb);
