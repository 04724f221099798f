-- Counts, amounts and rates: losses poisson, gamma and tweedie.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
-- The same in R:
-- i <- 1:60; d <- data.frame(x1 = ((i*37) %% 61)/61, x2 = ((i*17) %% 59)/59, e = 1 + i %% 7)
-- d$n <- (i*i) %% 4 + floor(4*d$x1) + floor(d$e/3)
-- d$a <- ifelse(i %% 5 == 0, 0, (1 + (i*29) %% 13) * exp(d$x1 - d$x2))
CREATE TABLE counts AS SELECT i, x1, x2, e, i * i % 4 + floor(4 * x1)::int + e / 3 AS n,
	CASE WHEN i % 5 = 0 THEN 0 ELSE (1 + i * 29 % 13) * exp(x1 - x2) END AS a
FROM (SELECT i, (i * 37 % 61) / 61.0::float8 AS x1, (i * 17 % 59) / 59.0::float8 AS x2, 1 + i % 7 AS e
	FROM generate_series(1, 60) AS i) AS s;
CREATE TYPE counts_pair AS (x1 float8, x2 float8);
CREATE TABLE count_models (name text, model bytea);
-- The weights of a model with their errors, as R prints them.
CREATE FUNCTION count_weights(bytea) RETURNS TABLE (term text, estimate numeric, error numeric, z numeric)
LANGUAGE sql AS $$
	SELECT w.term, round(weight::numeric, 9), round(standard_error::numeric, 9), round(w.z::numeric, 6)
	FROM linlearn_weights($1) AS w ORDER BY w.term
$$;

-- ---- Maximum likelihood, as R's glm with epsilon = 1e-16 ----
-- coef(summary(glm(n ~ x1 + x2, family = poisson, data = d)))
-- 0.108351816 0.238184373 0.454907; 1.275087103 0.275251882 4.632437; 0.568071880 0.260986296 2.176635
INSERT INTO count_models SELECT 'poisson ' || o, linlearn_train(x, n, jsonb_build_object('loss', 'poisson',
	'predictor_type', 'regressor', 'wd', 0, 'optimizer', o))
FROM counts, LATERAL (SELECT x1, x2) AS x, unnest(ARRAY['newton', 'lbfgs']) AS o GROUP BY o;
SELECT m.name AS model, w.* FROM count_models AS m, count_weights(model) AS w ORDER BY 1, 2;
-- glm(a ~ x1 + x2, family = Gamma("log"), data = subset(d, a > 0)): dispersion by Pearson, t
-- 2.178583939 0.246139538 8.851012; 0.809218955 0.301758242 2.681680; -1.253733730 0.279567672 -4.484545
INSERT INTO count_models SELECT 'gamma', linlearn_train(x, a, '{"loss": "gamma", "predictor_type": "regressor", "wd": 0}')
FROM counts, LATERAL (SELECT x1, x2) AS x WHERE a > 0;
SELECT w.*, p FROM count_models AS m, count_weights(model) AS w, LATERAL (
	SELECT round(p::numeric, 6) AS p FROM linlearn_weights(model) AS v WHERE v.term = w.term) AS p
WHERE m.name = 'gamma' ORDER BY 1;
SELECT linlearn_model_info(model) -> 'degrees_of_freedom' AS degrees FROM count_models WHERE name = 'gamma';
-- the weights are scikit-learn's TweedieRegressor(power = 1.5, alpha = 0, tol = 1e-13, solver = 'newton-cholesky'),
-- [1.73837001, -1.27737055] and 1.46695715; the errors those of glm with a family of variance mu^1.5:
-- 1.466957150 0.298782582 4.909781; 1.738370010 0.369917508 4.699345; -1.277370546 0.360662013 -3.541739
INSERT INTO count_models SELECT 'tweedie', linlearn_train(x, a, '{"loss": "tweedie", "predictor_type": "regressor", "wd": 0}')
FROM counts, LATERAL (SELECT x1, x2) AS x;
SELECT w.* FROM count_models AS m, count_weights(model) AS w WHERE m.name = 'tweedie' ORDER BY 1;
-- power = 1.2: [1.74544446, -1.31883636] and 1.47955893
SELECT term, estimate FROM count_weights((SELECT linlearn_train(x, a, '{"loss": "tweedie", "tweedie_power": 1.2,
	"predictor_type": "regressor", "wd": 0}') FROM counts, LATERAL (SELECT x1, x2) AS x)) ORDER BY 1;
-- wd is in the units of the labels' mean half deviance: PoissonRegressor(alpha = 0.1) of standardised features,
-- [1.22764323, 0.54403236] and 0.14896348; normalize_data takes the deviation here
SELECT term, estimate FROM count_weights((SELECT linlearn_train(x, n, '{"loss": "poisson", "wd": 0.1,
	"predictor_type": "regressor"}') FROM counts, LATERAL (SELECT x1, x2) AS x)) ORDER BY 1;
-- the unit of amounts does not matter
SELECT bool_and(abs(a.weight - b.weight - CASE WHEN a.feature IS NULL THEN ln(1e6) ELSE 0 END) < 1e-8) AS same
FROM linlearn_weights((SELECT linlearn_train(x, a * 1e6, '{"loss": "tweedie", "predictor_type": "regressor", "wd": 0}')
	FROM counts, LATERAL (SELECT x1, x2) AS x)) AS a
JOIN linlearn_weights((SELECT model FROM count_models WHERE name = 'tweedie')) AS b USING (term);

-- ---- Predictions are means ----
SELECT bool_and(abs(linlearn_predict(model, x) - exp(weights.margin)) < 1e-12) AS predict,
	bool_and(linlearn_score(model, x) = linlearn_predict(model, x)) AS score,
	bool_and(linlearn_scores(model, x) = ARRAY[linlearn_predict(model, x)]::real[]) AS scores,
	bool_and(linlearn_predict_label(model, x) = linlearn_predict(model, x)::text) AS label,
	bool_and(abs(explained.margin - weights.margin) < 1e-12) AS explain,
	abs(avg(linlearn_predict(model, x)) - avg(n)) < 1e-9 AS mean
FROM counts, count_models, LATERAL (SELECT x1, x2) AS x, LATERAL (
	SELECT sum(weight * CASE w.term WHEN 'x1' THEN x.x1 WHEN 'x2' THEN x.x2 ELSE 1 END) AS margin
	FROM linlearn_weights(model) AS w) AS weights, LATERAL (
	SELECT sum(contribution) AS margin FROM linlearn_explain(model, x)) AS explained
WHERE name = 'poisson newton';
-- mini-batches come near, whatever the optimizer
SELECT o AS optimizer, round(r2 - best, 2) AS loses FROM (SELECT o, (linlearn_model_info(linlearn_train(x, n,
		jsonb_build_object('loss', 'poisson', 'predictor_type', 'regressor', 'wd', 0, 'optimizer', o, 'epochs', 200,
			'early_stopping_patience', 200))) -> 'metrics' ->> 'train:objective_loss')::numeric AS r2
	FROM counts, LATERAL (SELECT x1, x2) AS x, unnest(ARRAY['sgd', 'adam', 'rmsprop', 'adagrad']) AS o GROUP BY o) AS s,
	(SELECT 18.4937328 / 60 AS best) AS b ORDER BY 1;

-- ---- Labels that are none ----
SELECT linlearn_train(ARRAY[x1], n - 3, '{"loss": "poisson", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], n - 1.5, '{"loss": "tweedie", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], a, '{"loss": "gamma", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], 'NaN'::float8, '{"loss": "poisson", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], 'inf'::float8, '{"loss": "poisson", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], 1e31::float8, '{"loss": "gamma", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], 0, '{"loss": "poisson", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], 0, '{"loss": "tweedie", "predictor_type": "regressor"}') FROM counts;
SELECT linlearn_train(ARRAY[x1], n > 3, '{"loss": "poisson"}') FROM counts;
-- negative ones of the validation rows, too
SELECT linlearn_train(ARRAY[x1], CASE WHEN i = 60 THEN -7 ELSE n END, '{"loss": "poisson", "predictor_type": "regressor"}',
	CASE WHEN i > 50 THEN 'validation' ELSE 'train' END) FROM counts;
-- rows of one level that are all 0 have no finite weight, but the training ends and says so
SELECT linlearn_model_info(model) ->> 'no_standard_errors_because' AS reason,
	(SELECT weight < -10 FROM linlearn_weights(model) WHERE term = 'level=z') AS runs_off
FROM (SELECT linlearn_train(x, CASE WHEN i % 6 = 0 THEN 0 ELSE n + 1 END, '{"loss": "poisson", "predictor_type": "regressor",
	"wd": 0}') AS model FROM counts, LATERAL (SELECT x1, CASE WHEN i % 6 = 0 THEN 'z' ELSE 'y' END AS level) AS x) AS m;
-- with a wd they have
SELECT weight BETWEEN -5 AND -1 AS bounded FROM linlearn_weights((
	SELECT linlearn_train(x, CASE WHEN i % 6 = 0 THEN 0 ELSE n + 1 END, '{"loss": "poisson", "predictor_type": "regressor",
		"wd": 0.1}') FROM counts, LATERAL (SELECT x1, CASE WHEN i % 6 = 0 THEN 'z' ELSE 'y' END AS level) AS x))
WHERE term = 'level=z';

-- ---- Options ----
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "normalize_label": true, "tweedie_power": 1.2}')
	IS NOT NULL AS trained FROM counts, LATERAL (SELECT x1, x2) AS x;
SELECT linlearn_train(x, n, '{"loss": "tweedie", "tweedie_power": 2, "predictor_type": "regressor"}')
FROM counts, LATERAL (SELECT x1, x2) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "optimizer": "exact"}')
FROM counts, LATERAL (SELECT x1, x2) AS x;
-- wd is chosen by folds, of l1 zeros are exact
SELECT linlearn_model_info(model) -> 'wd_choice' ->> 'by' AS by, linlearn_model_info(model) -> 'hyperparameters' -> 'wd' =
	linlearn_model_info(model) -> 'wd_choice' -> 'wd' AS taken
FROM (SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor"}') AS model
	FROM counts, LATERAL (SELECT x1, x2, e) AS x) AS m;
SELECT term, weight = 0 AS zero FROM linlearn_weights((SELECT linlearn_train(x, n, '{"loss": "poisson",
	"predictor_type": "regressor", "l1": 0.6}') FROM counts, LATERAL (SELECT x1, x2, e) AS x)) ORDER BY 1;
-- a model a group, and the same bytes in any order of the rows
SELECT (i % 2) AS part, count(DISTINCT md5(model)) AS models FROM (
	SELECT i % 2 AS i, linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor"}' ORDER BY counts.i) AS model
	FROM counts, LATERAL (SELECT x1, x2) AS x GROUP BY 1 UNION ALL
	SELECT i % 2, linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor"}' ORDER BY -counts.i)
	FROM counts, LATERAL (SELECT x1, x2) AS x GROUP BY 1) AS m GROUP BY 1 ORDER BY 1;
-- on from a model: at the optimum nothing changes
SELECT abs(linlearn_predict(again, ROW(0.5, 0.5)::counts_pair) - linlearn_predict(model, ROW(0.5, 0.5)::counts_pair)) < 1e-7 AS stays
FROM (SELECT model, linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "wd": 0}', 'train', 1, model) AS again
	FROM counts, LATERAL (SELECT x1, x2) AS x, count_models WHERE name = 'poisson newton' GROUP BY model) AS m;
-- ---- Offset and exposure: columns of the row that are no features ----
-- glm(n ~ x1 + x2 + offset(log(e)), family = poisson, data = d)
-- -0.868400922 0.241024339 -3.602959; 1.392688292 0.278167920 5.006646; -0.312067728 0.274029770 -1.138810
INSERT INTO count_models SELECT 'exposure ' || o, linlearn_train(x, n, jsonb_build_object('loss', 'poisson',
	'predictor_type', 'regressor', 'wd', 0, 'optimizer', o, 'exposure', 'e'))
FROM counts, LATERAL (SELECT x1, x2, e) AS x, unnest(ARRAY['newton', 'lbfgs']) AS o GROUP BY o;
SELECT m.name AS model, w.* FROM count_models AS m, count_weights(model) AS w WHERE m.name LIKE 'exposure%' ORDER BY 1, 2;
-- the same by an offset, and by blocks of numbers
SELECT w.* FROM count_weights((SELECT linlearn_train(r, n, '{"loss": "poisson", "predictor_type": "regressor", "wd": 0,
	"offset": "o"}') FROM counts, LATERAL (SELECT ARRAY[x1, x2] AS x, ln(e::float8) AS o) AS r)) AS w;
-- glm(a ~ x1 + x2 + offset(x1/2), family = Gamma("log"), data = subset(d, a > 0))
-- 2.178583939 0.246139538 8.851012; 0.309218955 0.301758242 1.024724; -1.253733730 0.279567672 -4.484545
SELECT w.* FROM count_weights((SELECT linlearn_train(x, a, '{"loss": "gamma", "predictor_type": "regressor", "wd": 0,
	"offset": "o"}') FROM counts, LATERAL (SELECT x1, x2, x1 / 2 AS o) AS x WHERE a > 0)) AS w;
-- glm((n > 3) ~ x1 + offset(x2), family = binomial, data = d)
-- -4.428995231 0.993790288 -4.456670; 5.555954595 1.491960214 3.723929
SELECT w.* FROM count_weights((SELECT linlearn_train(x, n > 3, '{"wd": 0, "offset": "x2"}')
	FROM counts, LATERAL (SELECT x1, x2) AS x)) AS w;
-- lm(a ~ x1 + offset(2*x2), data = d)
-- -0.608217801 1.565889922 -0.388417; 12.998554307 2.723385285 4.772940
SELECT o AS optimizer, w.* FROM (SELECT k AS o, linlearn_train(x, a, jsonb_build_object('predictor_type', 'regressor',
		'wd', 0, 'offset', 'o', 'optimizer', k)) AS model
	FROM counts, LATERAL (SELECT x1, 2 * x2 AS o) AS x, unnest(ARRAY['exact', 'newton', 'lbfgs']) AS k GROUP BY k) AS m,
	count_weights(model) AS w ORDER BY 1, 2;
-- GCV, huber_loss and mini-batches take them, too: an offset shifts what is learned
SELECT options, (SELECT abs(a.weight - b.weight - 10) < 0.2 FROM linlearn_weights(shifted) AS b
	JOIN linlearn_weights(plain) AS a USING (term) WHERE term = '(bias)') AS shifts
FROM (SELECT options, linlearn_train(x, a, '{"predictor_type": "regressor"}'::jsonb || options) AS plain,
		linlearn_train(x, a, '{"predictor_type": "regressor", "offset": "o"}'::jsonb || options) AS shifted
	FROM counts, LATERAL (SELECT x1, x2, 10 AS o) AS x,
		(VALUES ('{}'::jsonb), ('{"optimizer": "lbfgs"}'), ('{"loss": "huber_loss", "wd": 0.01}'),
			('{"optimizer": "sgd", "wd": 0, "epochs": 200, "early_stopping_patience": 200}')) AS o (options)
	GROUP BY options) AS m ORDER BY options::text;
SELECT o AS optimizer, round(deviance - best, 2) AS loses FROM (SELECT o, (linlearn_model_info(linlearn_train(x, n,
		jsonb_build_object('loss', 'poisson', 'predictor_type', 'regressor', 'wd', 0, 'optimizer', o, 'epochs', 200,
			'early_stopping_patience', 200, 'exposure', 'e'))) -> 'metrics' ->> 'train:mean_deviance')::numeric AS deviance
	FROM counts, LATERAL (SELECT x1, x2, e) AS x, unnest(ARRAY['sgd', 'adam', 'rmsprop', 'adagrad']) AS o GROUP BY o) AS s,
	(SELECT 22.7690691 / 60 AS best) AS b ORDER BY 1;
-- weights and exposures together: twice a row is a row of weight 2
SELECT bool_and(abs(a.weight - b.weight) < 1e-7) AS same FROM linlearn_weights((SELECT linlearn_train(x, n,
		'{"loss": "poisson", "predictor_type": "regressor", "wd": 0, "exposure": "e", "weight": "w"}')
		FROM counts, LATERAL (SELECT x1, x2, e, 1 + i % 2 AS w) AS x)) AS a
	JOIN linlearn_weights((SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "wd": 0,
		"exposure": "e"}') FROM counts, generate_series(0, i % 2), LATERAL (SELECT x1, x2, e) AS x)) AS b USING (term);

-- predictions: absent is 0 or 1, NULL an error that names the column
SELECT linlearn_model_info(model) ->> 'exposure' AS exposure,
	round((linlearn_predict(model, t) / linlearn_predict(model, one))::numeric, 12) AS times,
	linlearn_predict(model, t) = linlearn_predict(model, to_jsonb(t)) AS jsonb,
	linlearn_predict(model, one) = linlearn_predict(model, to_jsonb(one)) AS absent
FROM count_models, (SELECT 0.5::float8 AS x1, 0.25::float8 AS x2, 3 AS e) AS t, (SELECT 0.5::float8 AS x1, 0.25::float8 AS x2) AS one
WHERE name = 'exposure newton';
SELECT linlearn_predict(model, t) FROM count_models, (SELECT 0.5 AS x1, 0.25 AS x2, NULL::int AS e) AS t WHERE name = 'exposure newton';
SELECT linlearn_predict(model, '{"x1": 1, "x2": 1, "e": null}'::jsonb) FROM count_models WHERE name = 'exposure newton';
SELECT linlearn_predict(model, '{"x1": 1, "x2": 1, "e": "much"}'::jsonb) FROM count_models WHERE name = 'exposure newton';
SELECT linlearn_predict(model, t) FROM count_models, (SELECT 0.5 AS x1, 0.25 AS x2, 0 AS e) AS t WHERE name = 'exposure newton';
SELECT linlearn_predict(model, t) FROM count_models, (SELECT 0.5 AS x1, 0.25 AS x2, 'a' AS e) AS t WHERE name = 'exposure newton';
SELECT term, round(contribution::numeric, 6) AS contribution, abs(sum(contribution) OVER () - ln(linlearn_predict(model, t))) < 1e-12 AS adds_up
FROM count_models, (SELECT 0.5 AS x1, 0.25 AS x2, 3 AS e) AS t, linlearn_explain(model, t) WHERE name = 'exposure newton';
-- endpoints and evaluations
SELECT linlearn_save_model('counts', model) FROM count_models WHERE name = 'exposure newton';
SELECT linlearn_create_endpoint('counts', 'counts');
SELECT linlearn_invoke_endpoint('counts', E'e,x2,x1\n3,0.25,0.5', 'text/csv') =
	linlearn_invoke_endpoint('counts', '{"instances": [{"x1": 0.5, "x2": 0.25, "e": 3}]}', 'application/json') AS by_name,
	linlearn_invoke_endpoint('counts', E'x2,x1\n0.25,0.5', 'text/csv') =
	linlearn_invoke_endpoint('counts', '{"instances": [[0.5, 0.25]]}', 'application/json') AS absent;
SELECT linlearn_invoke_endpoint('counts', E'e,x2,x1\n,0.25,0.5', 'text/csv');
SELECT abs((linlearn_evaluate('counts', 'SELECT counts, n FROM counts', 'all') ->> 'mean_deviance')::float8 /
	(linlearn_model_info(model) -> 'metrics' ->> 'train:mean_deviance')::float8 - 1) < 1e-12 AS same FROM count_models WHERE name = 'exposure newton';
SELECT version, train_rows, metrics ? 'd2' AS d2 FROM linlearn_fit('rates', 'SELECT * FROM counts', label => 'n', key => 'i',
	options => '{"predictor_type": "regressor", "loss": "poisson", "exposure": "e", "exclude": ["i", "a"]}');
SET client_min_messages = warning;
DELETE FROM linlearn_endpoints WHERE name = 'counts';
DELETE FROM linlearn_models WHERE name IN ('counts', 'rates');
RESET client_min_messages;
-- a tuning by the deviance
SELECT linlearn_model_info(model) ->> 'exposure' AS exposure, count(*) AS trials, bool_and(objective > 0) AS deviances
FROM (SELECT linlearn_tune(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e",
		"objective": "validation:mean_deviance", "ranges": {"wd": [0.0001, 1]}, "max_jobs": 3, "folds": 3}') AS model
	FROM counts, LATERAL (SELECT x1, x2, e) AS x) AS m, linlearn_trials(model) GROUP BY 1;

SELECT linlearn_tune(x, a, '{"predictor_type": "regressor", "objective": "validation:mean_deviance", "ranges": {"wd": [0.0001, 1]},
	"max_jobs": 3, "folds": 3}') FROM counts, LATERAL (SELECT x1, x2) AS x;

-- exposures and offsets that are none
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e"}')
FROM counts, LATERAL (SELECT x1, e - 1 AS e) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e"}')
FROM counts, LATERAL (SELECT x1, -e AS e) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e"}')
FROM counts, LATERAL (SELECT x1, nullif(e, 3) AS e) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "offset": "e"}')
FROM counts, LATERAL (SELECT x1, 'inf'::float8 AS e) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "d"}')
FROM counts, LATERAL (SELECT x1, e) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e", "offset": "e"}')
FROM counts, LATERAL (SELECT x1, e) AS x;
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e", "columns": {"e": {"log": true}}}')
FROM counts, LATERAL (SELECT x1, e) AS x;
-- losses that take none
SELECT linlearn_train(x, n, '{"predictor_type": "regressor", "exposure": "e"}') FROM counts, LATERAL (SELECT x1, e) AS x;
SELECT linlearn_train(x, n, '{"predictor_type": "regressor", "loss": "absolute_loss", "offset": "e"}')
FROM counts, LATERAL (SELECT x1, e) AS x;
SELECT linlearn_train(x, n % 3, '{"predictor_type": "multiclass_classifier", "offset": "e"}')
FROM counts, LATERAL (SELECT x1, e) AS x;
-- arrays have no columns
SELECT linlearn_train(ARRAY[x1, x2], n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e"}') IS NOT NULL AS trained
FROM counts;
-- on from a model with the same exposure
SELECT abs(a.weight - b.weight) < 1e-6 AS stays FROM linlearn_weights((SELECT linlearn_train(x, n, '{"loss": "poisson",
	"predictor_type": "regressor", "wd": 0, "exposure": "e"}', 'train', 1, model) FROM counts, LATERAL (SELECT x1, x2, e) AS x,
	count_models WHERE name = 'exposure newton' GROUP BY model)) AS a
JOIN linlearn_weights((SELECT model FROM count_models WHERE name = 'exposure newton')) AS b USING (term);
SELECT linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "wd": 0}', 'train', 1, model)
FROM counts, LATERAL (SELECT x1, x2, e) AS x, count_models WHERE name = 'exposure newton' GROUP BY model;
-- groups without any count give NULL where such rows are to be skipped
SELECT i % 2 AS part, linlearn_train(x, n * (i % 2), '{"loss": "poisson", "predictor_type": "regressor", "on_invalid": "skip"}')
	IS NULL AS nothing FROM counts, LATERAL (SELECT x1, x2) AS x GROUP BY 1 ORDER BY 1;
-- the same bytes in any order and plan
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
ALTER TABLE counts SET (parallel_workers = 2);
CREATE TABLE count_bytes AS SELECT md5(linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e",
	"validation_fraction": 0.2}')) AS bytes FROM counts, LATERAL (SELECT x1, x2, e) AS x;
SET max_parallel_workers_per_gather = 0;
INSERT INTO count_bytes SELECT md5(linlearn_train(x, n, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e",
	"validation_fraction": 0.2}' ORDER BY counts.x2)) FROM counts, LATERAL (SELECT x1, x2, e) AS x;
SELECT count(DISTINCT bytes) AS models FROM count_bytes;
-- rows that differ in nothing else
SELECT count(DISTINCT md5(model)) AS models FROM (
	SELECT linlearn_train(x, 2, '{"loss": "poisson", "predictor_type": "regressor", "exposure": "e", "wd": 0.1}' ORDER BY o) AS model
	FROM (SELECT v, ROW(v, e) AS r, v * s AS o, e, s FROM generate_series(1, 9) AS e, generate_series(0, 1) AS v, (VALUES (1), (-1)) AS t (s)) AS d,
		LATERAL (SELECT v::float8 AS v, e) AS x GROUP BY s) AS m;

-- ---- Deviances ----
-- scikit-learn: mean_poisson_deviance([0, 1, 2, 5], [0.5, 1, 3, 4]), d2_tweedie_score(..., power = 1), and so on
CREATE TABLE deviances (y float8, mu float8);
INSERT INTO deviances VALUES (0, 0.5), (1, 1), (2, 3), (5, 4);
-- 0.4023937701773599, 0.7930236351634375; 0.7932950473889063, 0.6059425018145049; 0.4800674563013774, 0.7437098951739884
SELECT linlearn_mean_deviance(y, mu, 'poisson') AS poisson, linlearn_d2(y, mu, 'poisson') AS d2,
	linlearn_mean_deviance(y, mu, 'tweedie') AS tweedie, linlearn_d2(y, mu, 'tweedie') AS d2,
	linlearn_mean_deviance(y, mu, 'tweedie', 1.2) AS tweedie_12, linlearn_d2(y, mu, 'tweedie', 1.2) AS d2 FROM deviances;
-- 0.06599214897374761, 0.8453073745214581
SELECT linlearn_mean_deviance(y, mu, 'gamma') AS gamma, linlearn_d2(y, mu, 'gamma') AS d2 FROM deviances WHERE y > 0;
SELECT linlearn_metrics(y, mu, NULL, '{"deviance": "poisson"}') -> 'mean_deviance' AS poisson,
	linlearn_metrics(y, mu, NULL, '{"deviance": "tweedie", "tweedie_power": 1.2}') -> 'd2' AS d2,
	linlearn_metrics(y, mu, NULL, '{"deviance": "gamma"}') -> 'd2' AS of_zero,
	linlearn_metrics(y, mu, NULL, '{"deviance": "poisson"}', 2) -> 'd2' AS weighted FROM deviances;
SELECT linlearn_d2(0.7, mu, 'poisson') AS constant, linlearn_d2(0.7, 0.7, 'poisson') > 0.999 AS exact FROM deviances;
SELECT linlearn_mean_deviance(y, mu, 'poisson') IS NULL AS no_rows FROM deviances WHERE false;
SELECT linlearn_mean_deviance(y, mu, 'gamma') FROM deviances;
SELECT linlearn_mean_deviance(-1, mu, 'poisson') FROM deviances;
SELECT linlearn_mean_deviance(y, 0, 'poisson') FROM deviances;
SELECT linlearn_mean_deviance(y, mu, 'squared_loss') FROM deviances;
SELECT linlearn_d2(y, mu, 'tweedie', 2) FROM deviances;
SELECT linlearn_metrics(y, mu, NULL, '{"deviance": "huber_loss"}') FROM deviances;
SELECT term, round(rate_ratio::numeric, 6) AS rate_ratio, abs(ln(rate_ratio) - weight) < 1e-12 AS of_weight, odds_ratio
FROM count_models, linlearn_weights(model) WHERE name = 'exposure newton' ORDER BY 1;
DROP TABLE counts, count_models, count_bytes, deviances;
DROP FUNCTION count_weights(bytea);
DROP TYPE counts_pair;
