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
DROP TABLE counts, count_models;
DROP FUNCTION count_weights(bytea);
DROP TYPE counts_pair;
