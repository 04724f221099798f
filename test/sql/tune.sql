-- tune.sql: linlearn_tune, its ranges, strategies, errors and trials
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;

-- ranges ---------------------------------------------------------------------
SELECT linlearn_continuous(1e-7, 1);
SELECT linlearn_continuous(0, 0.999, 'reverselogarithmic');
SELECT linlearn_integer(100, 2000, 'Linear');
SELECT linlearn_categorical('adam', 'sgd');
SELECT linlearn_categorical(0.5, 1, 2);
SELECT linlearn_categorical(true, false);
SELECT linlearn_continuous(2, 1);
SELECT linlearn_continuous('NaN', 1);
SELECT linlearn_integer(1, 2, 'log');

-- rows: a plane with noise, classes and values ---------------------------------
CREATE TABLE tune_rows AS
SELECT i, ARRAY[sin(i), cos(i * 1.7), sin(i * 0.31) * 5]::real[] AS x,
	sin(i) + 2 * cos(i * 1.7) + 0.3 * sin(i * i) > 0 AS positive,
	(i % 3)::text || 'c' AS class,
	3 * sin(i) - cos(i * 1.7) + 10 AS value,
	CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END AS channel
FROM generate_series(1, 600) i;

CREATE FUNCTION tuning(more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT '{"objective": "validation:binary_f_beta", "max_jobs": 6,
		"epochs": 4, "mini_batch_size": 50}'::jsonb
		|| jsonb_build_object('ranges', jsonb_build_object(
			'wd', linlearn_continuous(1e-7, 1),
			'learning_rate', linlearn_continuous(1e-5, 1))) || more $$;

-- each strategy
CREATE TABLE tuned AS
SELECT strategy, linlearn_tune(x, positive,
	tuning(jsonb_build_object('strategy', strategy, 'max_parallel_jobs', 2)),
	channel) AS model
FROM tune_rows, unnest('{Bayesian,Random,Grid,Hyperband}'::text[]) strategy
GROUP BY strategy;
SELECT strategy, count(*) AS trials, count(*) FILTER (WHERE best) AS best,
	bool_and(objective <= (SELECT objective FROM linlearn_trials(model)
		WHERE best)) AS best_is_best,
	bool_and((metrics->>'validation:binary_f_beta')::float8 = objective)
		AS objective_is_metric,
	max(objective) > 0.9 AS learnt,
	bool_and(seconds >= 0) AS timed
FROM tuned, linlearn_trials(model)
GROUP BY strategy ORDER BY strategy;
SELECT strategy, linlearn_model_info(model)->'metrics'
	->'validation:binary_f_beta' = to_jsonb(objective) AS same,
	length(linlearn_model_info(model)->>'tuning_history') AS columns
FROM tuned, linlearn_trials(model) WHERE best ORDER BY strategy;
SELECT trial, hyperparameters FROM tuned, linlearn_trials(model)
WHERE strategy = 'Grid' ORDER BY trial;
SELECT linlearn_model_info(model)->'tuning' FROM tuned
WHERE strategy = 'Bayesian';

-- Hyperband stops most of a bracket early
SELECT min(epochs) AS least, max(epochs) AS most,
	count(*) FILTER (WHERE status = 'Stopped') > 0 AS some_stopped
FROM tuned, linlearn_trials(model) WHERE strategy = 'Hyperband';

-- the same bytes, whatever the order of rows and the threads
SELECT count(DISTINCT model) FROM (
	SELECT linlearn_tune(x, positive, tuning('{"seed": 5}'), channel) AS model
	FROM (SELECT * FROM tune_rows ORDER BY i) a
	UNION ALL
	SELECT linlearn_tune(x, positive, tuning('{"seed": 5}'), channel)
	FROM (SELECT * FROM tune_rows ORDER BY i DESC) b
	UNION ALL
	SELECT linlearn_tune(x, positive, tuning('{"seed": 5}'), channel)
	FROM (SELECT * FROM tune_rows ORDER BY md5(i::text)) c) d;
SET linlearn.threads = 1;
SELECT count(DISTINCT model) FROM (
	SELECT linlearn_tune(x, positive, tuning('{"max_parallel_jobs": 2}'),
		channel) AS model
	FROM tune_rows
	UNION ALL
	SELECT model FROM (SELECT model FROM tuned WHERE strategy = 'Bayesian') b)
	c;
SELECT count(DISTINCT model) AS seeds_differ FROM (
	SELECT linlearn_tune(x, positive, tuning(jsonb_build_object('seed', s)),
		channel) AS model
	FROM tune_rows, generate_series(1, 2) s GROUP BY s) a;
RESET linlearn.threads;

-- times are of the session that tuned
\c -
SELECT bool_and(seconds IS NULL) AS forgotten FROM tuned,
	linlearn_trials(model);

-- folds: no validation rows are needed ------------------------------------------
SELECT linlearn_model_info(model)->'rows' AS rows,
	linlearn_model_info(model)->'tuning'->'folds' AS folds
FROM (SELECT linlearn_tune(x, positive, tuning('{"folds": 5}')) AS model
	FROM tune_rows) a;
SELECT count(*) AS trials, bool_and(objective BETWEEN 0.2 AND 1) AS sane
FROM (SELECT linlearn_tune(x, positive, tuning('{"folds": 3,
	"strategy": "Random", "max_parallel_jobs": 3}')) AS model
	FROM tune_rows) a, linlearn_trials(model);

-- a target ends it, the median rule stops trials --------------------------------
SELECT count(*) FROM (SELECT linlearn_tune(x, positive,
	tuning('{"target_objective_metric_value": 0.1}'), channel) AS model
	FROM tune_rows) a, linlearn_trials(model);
SELECT count(*) FILTER (WHERE epochs < 12) > 0 AS stopped_early,
	max(epochs) FILTER (WHERE best) AS best_ran
FROM (SELECT linlearn_tune(x, positive, tuning('{"early_stopping_type": "Auto",
	"max_jobs": 12, "epochs": 12, "strategy": "Random",
	"early_stopping_patience": 100}'), channel) AS model
	FROM tune_rows) a, linlearn_trials(model);

-- classes and values -------------------------------------------------------------
SELECT linlearn_model_info(model)->>'predictor_type' AS predictor,
	count(DISTINCT hyperparameters->'use_bias') AS biases, count(*)
FROM (SELECT linlearn_tune(x, class, '{"ranges": "auto", "epochs": 2,
	"objective": "validation:multiclass_accuracy", "strategy": "Random",
	"seed": 3}', channel) AS model FROM tune_rows) a, linlearn_trials(model)
GROUP BY 1;
SELECT linlearn_model_info(model)->'tuning'->>'objective_type' AS direction,
	(linlearn_model_info(model)->'metrics'->>'validation:rmse')::float8 < 1
		AS learnt
FROM (SELECT linlearn_tune(x, value, '{"predictor_type": "regressor",
	"objective": "validation:rmse", "optimizer": "adam", "max_jobs": 8,
	"mini_batch_size": 20,
	"ranges": {"learning_rate": {"type": "continuous", "min": 1e-4, "max": 1},
		"loss": ["squared_loss", "absolute_loss", "huber_loss"]}}', channel)
	AS model FROM tune_rows) a;

-- weights of rows
SELECT a.model <> b.model AS weights_matter
FROM (SELECT linlearn_tune(x, positive, tuning('{}'), channel,
		CASE WHEN i < 300 THEN 1.0 ELSE 0.1 END) AS model FROM tune_rows) a,
	(SELECT linlearn_tune(x, positive, tuning('{}'), channel) AS model
		FROM tune_rows) b;

-- warm start ----------------------------------------------------------------------
SELECT w->'type' AS type, w->'objective' AS objective,
	jsonb_array_length(w->'trials') AS trials
FROM tuned, linlearn_warm_start(model) w WHERE strategy = 'Random';
SELECT linlearn_model_info(model)->'tuning'->'warm_start_trials' AS earlier,
	(SELECT count(*) FROM linlearn_trials(model)) AS trials,
	(SELECT count(*) FROM linlearn_trials(model) a
		JOIN (SELECT t.* FROM tuned, linlearn_trials(tuned.model) t
			WHERE strategy IN ('Random', 'Bayesian')) b
		USING (hyperparameters)) AS repeated
FROM (SELECT linlearn_tune(x, positive, (SELECT tuning(jsonb_build_object(
	'warm_start', jsonb_agg(linlearn_warm_start(model))))
	FROM tuned WHERE strategy IN ('Random', 'Bayesian')), channel) AS model
	FROM tune_rows) a;
-- other rows: the three best settings come first
SELECT count(*) FROM (SELECT linlearn_tune(x, positive, (SELECT tuning(
	jsonb_build_object('max_jobs', 3, 'warm_start',
		linlearn_warm_start(model, 'TransferLearning')))
	FROM tuned WHERE strategy = 'Random'), channel) AS model
	FROM tune_rows WHERE i < 400) a, linlearn_trials(model)
	JOIN (SELECT t.hyperparameters FROM tuned, linlearn_trials(tuned.model) t
		WHERE strategy = 'Random' ORDER BY t.objective DESC LIMIT 3) b
	USING (hyperparameters);

-- errors, all before any training ---------------------------------------------------
CREATE FUNCTION complain(more jsonb, chan text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE problem text; detail text; hint text;
BEGIN
	PERFORM linlearn_tune(x, positive, tuning(more), coalesce(chan, channel))
	FROM tune_rows;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n  ', SQLSTATE || ' ' || problem,
		nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on
SELECT complain('{"objective": "validation:binary_f1"}');
SELECT complain('{"objective": "accuracy"}');
SELECT complain('{"objective": "binary_f_beta"}');
SELECT complain('{"objective": "validation:mse"}');
SELECT complain('{"objective": 3}');
SELECT complain('{"objective": "test:recall"}');
SELECT complain('{}', 'train');
SELECT complain('{"ranges": {}}');
SELECT complain('{"ranges": {"learning_rat": {}}}');
SELECT complain('{"ranges": {"wd": 3}}');
SELECT complain('{"ranges": {"wd": {"min": 1, "max": 2}}}');
SELECT complain('{"ranges": {"wd": {"type": "continuous", "min": 3, "max": 2}}}');
SELECT complain('{"ranges": {"wd": {"type": "continuous", "min": 1}}}');
SELECT complain('{"ranges": {"wd": {"type": "continuous", "min": 1, "max": 2, "scale": "log"}}}');
SELECT complain('{"ranges": {"wd": {"type": "continuous", "min": -1, "max": 2}}}');
SELECT complain('{"ranges": {"wd": {"type": "continuous", "min": 0, "max": 2, "scaling": "Logarithmic"}}}');
SELECT complain('{"ranges": {"wd": {"type": "categorical", "values": []}}}');
SELECT complain('{"ranges": {"wd": [0.1, "much"]}}');
SELECT complain('{"ranges": {"beta_1": {"type": "continuous", "min": 0.1, "max": 1, "scaling": "ReverseLogarithmic"}}}');
SELECT complain('{"ranges": {"mini_batch_size": {"type": "continuous", "min": 10, "max": 20}}, "mini_batch_size": 10}');
SELECT complain('{"ranges": {"mini_batch_size": {"type": "integer", "min": 10, "max": 20}}}');
SELECT complain('{"ranges": {"seed": [1, 2]}}');
SELECT complain('{"ranges": {"optimizer": ["adam", "exact"]}}');
-- a fixed option that no optimizer tried uses; a range may be for some only
SELECT complain('{"momentum": 0.5, "optimizer": "adam"}');
SELECT complain('{"momentum": 0.5, "ranges": {"optimizer": ["adam", "rmsprop"]}}');
SELECT complain('{"momentum": 0.5, "max_jobs": 2, "ranges": {"optimizer": ["adam", "sgd"]}}');
SELECT complain('{"optimizer": "adam", "max_jobs": 2, "ranges": {"momentum": {"type": "continuous", "min": 0.1, "max": 0.9}}}');
SELECT complain('{"strategy": "Bayes"}');
SELECT complain('{"strategy": "Grid", "max_jobs": 3}');
SELECT complain('{"strategy": "Hyperband", "early_stopping_type": "Auto"}');
SELECT complain('{"strategy": "Hyperband", "min_resource": 9}');
SELECT complain('{"strategy": "Bayesian", "max_jobs": 5000}');
SELECT complain('{"max_jobs": 0}');
SELECT complain('{"max_jobs": 1.5}');
SELECT complain('{"max_job": 3}');
SELECT complain('{"leraning_rate": 3}');
SELECT complain('{"folds": 1}');
-- trials count from 0 wherever they are shown
CREATE TABLE counted AS SELECT linlearn_tune(ARRAY[sin(i), cos(i * 1.7)], sin(i) > 0.3, '{"predictor_type": "binary_classifier", "folds": 2,
	"objective": "validation:log_loss", "max_jobs": 3, "ranges": {"wd": {"type": "continuous", "min": 1e-4, "max": 0.1}}}') AS m
FROM generate_series(1, 60) AS i;
SELECT (SELECT string_agg(trial::text, ' ' ORDER BY trial) FROM linlearn_trials(m)) AS trials,
	(SELECT string_agg(n[1], ' ') FROM regexp_matches(linlearn_model_report(m), '<tr[^>]*><td>(\d+)[^<]*</td><td>[^<]*</td><td>\d+</td><td>[cC]ompleted', 'g') AS n) AS reported,
	(SELECT trial::text FROM linlearn_trials(m) WHERE best) = substring(linlearn_model_report(m) FROM '<tr class="best"><td>(\d+)') AS best,
	(SELECT string_agg(DISTINCT x[1], ' ') FROM regexp_matches(linlearn_curve_svg(m, 'tuning'), '<text[^>]*>([0-9]+)</text>', 'g') AS x) AS drawn
FROM counted;
DROP TABLE counted;
-- few rows of a label: each fold needs one, or the channel
CREATE FUNCTION few_positives(positives int, objective text, folds int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	RETURN (SELECT max(status) FROM linlearn_trials((SELECT linlearn_tune(ARRAY[sin(i), cos(i * 1.7)], i <= positives,
		jsonb_build_object('predictor_type', 'binary_classifier', 'objective', 'validation:' || objective, 'max_jobs', 2,
			'ranges', jsonb_build_object('wd', linlearn_continuous(1e-4, 0.1)))
			|| CASE WHEN folds > 0 THEN jsonb_build_object('folds', folds) ELSE '{}' END,
		CASE WHEN folds = 0 AND i % 2 = 0 THEN 'validation' END) FROM generate_series(1, 60) AS i)));
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = pg_exception_hint;
	RETURN sqlerrm || ' | ' || hint;
END $$;
SELECT positives, objective, few_positives(positives, objective, 5)
FROM unnest(ARRAY[1, 4, 5, 56]) AS positives, unnest(ARRAY['roc_auc_score', 'pr_auc', 'binary_f_beta', 'precision', 'recall', 'log_loss',
	'binary_classification_accuracy', 'objective_loss']) AS objective ORDER BY objective, positives;
SELECT positives, objective, few_positives(positives, objective, 0)
FROM unnest(ARRAY[1, 59]) AS positives, unnest(ARRAY['roc_auc_score', 'pr_auc', 'binary_f_beta', 'log_loss']) AS objective ORDER BY objective, positives;
DROP FUNCTION few_positives;
SELECT count(*) AS trials FROM linlearn_trials((SELECT linlearn_tune(ARRAY[sin(i), cos(i)], CASE WHEN i < 3 THEN 'rare' ELSE 'c' || i % 3 END,
	'{"predictor_type": "multiclass_classifier", "objective": "validation:macro_f_beta", "folds": 5, "max_jobs": 2,
	"ranges": {"wd": {"type": "continuous", "min": 1e-4, "max": 0.1}}}') FROM generate_series(1, 60) AS i));
SELECT linlearn_tune(ARRAY[i]::float8[], i, '{"predictor_type": "regressor", "objective": "validation:r2", "folds": 5,
	"ranges": {"wd": {"type": "continuous", "min": 1e-4, "max": 0.1}}}') FROM generate_series(1, 9) AS i;
SELECT complain('{"folds": 5, "objective": "train:recall"}');
SELECT complain('{"num_models": 4}');
SELECT complain('{"f_beta": -1}');
SELECT complain('{"warm_start": 3}');
SELECT complain('{"warm_start": {"type": "IdenticalDataAndAlgorithm"}}');
SELECT complain(jsonb_build_object('warm_start', linlearn_warm_start(model),
	'validation_fraction', 0.2), 'train')
FROM tuned WHERE strategy = 'Random';
SELECT complain(jsonb_build_object('warm_start', linlearn_warm_start(model),
	'objective', 'validation:recall'))
FROM tuned WHERE strategy = 'Random';
\pset format aligned
\pset tuples_only off
SELECT linlearn_tune(x, positive, NULL::jsonb, channel) FROM tune_rows;
SELECT linlearn_tune(x, positive, '[]', channel) FROM tune_rows;
SELECT linlearn_warm_start(linlearn_train(x, positive)) FROM tune_rows;
SELECT linlearn_warm_start(model, 'Hot') FROM tuned LIMIT 1;
SELECT linlearn_tune(x, positive, tuning('{}'), channel) IS NULL AS no_rows
FROM tune_rows WHERE false;

-- a trained model's candidates are trials, too
SELECT count(*), count(*) FILTER (WHERE best) AS best,
	bool_and(hyperparameters ? 'wd') AS shown
FROM (SELECT linlearn_train(x, positive, '{"num_models": 4}', channel) AS model
	FROM tune_rows) a, linlearn_trials(model);

DROP TABLE tune_rows, tuned;
DROP FUNCTION tuning(jsonb), complain(jsonb, text);

-- ---- Trial 0 is the untuned call, so that a tuning does not end below it ----
CREATE TABLE noisy AS
SELECT i, ARRAY[sin(i), cos(i * 1.7), sin(i * i), cos(i * 0.3)]::float8[] AS x,
	sin(i) + 0.5 * cos(i * 1.7) + 1.5 * sin(i * 3.1 + 1) > 0.8 AS y, CASE WHEN i % 3 = 0 THEN 'validation' ELSE 'train' END AS split
FROM generate_series(1, 900) AS i;
CREATE TABLE noisy_pairs AS
SELECT strategy, objective, seed, options,
	linlearn_tune(x, y, options || jsonb_build_object('objective', 'validation:' || objective, 'strategy', strategy, 'max_jobs', 4, 'max_parallel_jobs', 2,
		'ranges', jsonb_build_object('learning_rate', linlearn_continuous(1e-5, 1), 'mini_batch_size', linlearn_integer(10, 200), 'wd', linlearn_continuous(1e-7, 1))), split) AS tuned,
	linlearn_train(x, y, options, split) AS untuned
FROM noisy, unnest(ARRAY['Bayesian', 'Random', 'Hyperband']) AS strategy,
	unnest(ARRAY['binary_classification_accuracy', 'binary_f_beta', 'roc_auc_score', 'log_loss', 'objective_loss', 'recall']) AS objective,
	generate_series(0, 3) AS seed, LATERAL (SELECT jsonb_build_object('predictor_type', 'binary_classifier', 'optimizer', 'adam', 'epochs', 9, 'mini_batch_size', 40, 'seed', seed) AS options) AS o
GROUP BY strategy, objective, seed, options;
SELECT strategy, objective, count(*) AS pairs, count(*) FILTER (WHERE sign * tuned_value >= sign * untuned_value) AS not_below, count(*) FILTER (WHERE best AND value = extreme) AS best_is_extreme
FROM (SELECT strategy, p.objective, CASE WHEN p.objective LIKE '%loss' THEN -1 ELSE 1 END AS sign,
		(linlearn_model_info(tuned) #>> ARRAY['metrics', 'validation:' || p.objective])::float8 AS tuned_value,
		(linlearn_model_info(untuned) #>> ARRAY['metrics', 'validation:' || p.objective])::float8 AS untuned_value, t.objective AS value, t.best,
		(SELECT CASE WHEN p.objective LIKE '%loss' THEN min(a.objective) ELSE max(a.objective) END FROM linlearn_trials(tuned) AS a) AS extreme
	FROM noisy_pairs AS p, LATERAL (SELECT * FROM linlearn_trials(tuned) AS l WHERE l.best) AS t) AS q
GROUP BY strategy, objective ORDER BY strategy, objective;
-- One job alone is the untuned call to the bit, where the ranges hold what it tries.
SELECT bool_and(b.feature IS NOT DISTINCT FROM a.feature AND b.weight = a.weight) AS same
FROM (SELECT linlearn_tune(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam", "mini_batch_size": 40, "objective": "validation:objective_loss",
		"max_jobs": 1, "ranges": {"mini_batch_size": {"type": "integer", "min": 10, "max": 200}}}', split) AS tuned,
		linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam", "mini_batch_size": 40}', split) AS untuned FROM noisy) AS m,
	LATERAL (SELECT row_number() OVER () AS n, * FROM linlearn_weights(tuned)) AS a JOIN LATERAL (SELECT row_number() OVER () AS n, * FROM linlearn_weights(untuned)) AS b USING (n);
-- An objective of the threshold chooses it, unless a criterion is given.
SELECT linlearn_model_info(m) #>> '{hyperparameters,binary_classifier_model_selection_criteria}' AS criterion
FROM (VALUES ('validation:binary_f_beta', '{}'), ('validation:binary_f_beta', '{"binary_classifier_model_selection_criteria": "accuracy"}'), ('validation:recall', '{}')) AS v (objective, options),
	LATERAL (SELECT linlearn_tune(x, y, jsonb_build_object('predictor_type', 'binary_classifier', 'max_jobs', 2, 'objective', objective,
		'ranges', jsonb_build_object('wd', linlearn_continuous(1e-7, 1))) || options::jsonb, split) AS m FROM noisy) AS t;
-- What the ranges move may not fit the untuned call's optimizer: of l1 from 0, which the closed form needs.
SELECT count(*) AS trials, count(objective) AS with_objective,
	(SELECT linlearn_model_info(linlearn_train(x, x[1] + x[2], '{"predictor_type": "regressor"}', split)) #>> '{hyperparameters,optimizer}' FROM noisy) AS untuned
FROM linlearn_trials((SELECT linlearn_tune(x, x[1] + x[2], '{"predictor_type": "regressor", "objective": "validation:mse", "ranges": "auto", "max_jobs": 3}', split) FROM noisy));
DROP TABLE noisy, noisy_pairs;
