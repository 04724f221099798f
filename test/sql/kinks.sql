-- Losses with kinks come to their optimum by default.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;
CREATE TABLE kink_rows AS
SELECT i, ARRAY[sin(i * 12.9898) * 3, cos(i * 78.233) * 2, sin(i * 37.719) * 10 + 50] AS x,
	round((2 * sin(i * 12.9898) - cos(i * 78.233) + (1.5 + sin(i * 12.9898)) * tan(1.4 * sin(i * i * 0.7)))::numeric, 3)::float8 AS y
FROM generate_series(1, 300) AS i;

-- Without wd and with it: the optimum is less than what any other weights have.
CREATE TABLE kink_models AS
SELECT loss, q, wd, linlearn_train(x, y, jsonb_build_object('predictor_type', 'regressor', 'loss', loss, 'quantile', q,
		'loss_insensitivity', 0.5) || CASE WHEN wd IS NULL THEN '{}' ELSE jsonb_build_object('wd', wd) END) AS model
FROM kink_rows, (VALUES ('quantile_loss', 0.1), ('quantile_loss', 0.9), ('absolute_loss', 0.5),
		('eps_insensitive_absolute_loss', 0.5), ('eps_insensitive_squared_loss', 0.5)) AS l (loss, q),
	(VALUES (0), (NULL)) AS w (wd) GROUP BY loss, q, wd;
SELECT loss, q, wd, i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged, (i ->> 'optimality_gap')::float8 < 1e-4 AS near,
	i ? 'gradient_norm' AS gradient, round((i #>> '{metrics,train:objective_loss}')::numeric, 5) AS loss, i #>> '{wd_choice,by}' AS choice, (i #>> '{wd_choice,because}') IS NOT NULL AS plain
FROM kink_models, linlearn_model_info(model) AS i ORDER BY 1, 2, 3;
SELECT linlearn_model_info(model) ->> 'no_standard_errors_because' AS no_errors FROM kink_models LIMIT 1;
-- quantile q: that share of the labels lies below the prediction.
SELECT q, round(avg((y < linlearn_predict(model, x))::int), 2) AS below
FROM kink_models, kink_rows WHERE loss = 'quantile_loss' AND wd = 0 GROUP BY q ORDER BY q;
-- Of many features that say nothing wd gains more than noise.
SELECT i #>> '{wd_choice,by}' AS choice, (i #>> '{wd_choice,wd}')::float8 > 0 AS above
FROM (SELECT linlearn_model_info(linlearn_train(x || ARRAY(SELECT sin(i * i * j * 1.7) FROM generate_series(1, 30) AS j), y,
	'{"predictor_type": "regressor", "loss": "absolute_loss"}')) AS i FROM kink_rows WHERE i <= 60) AS m;
-- Updates are still there for who asks.
SELECT round((updates #>> '{metrics,train:objective_loss}')::numeric / (solved #>> '{metrics,train:objective_loss}')::numeric, 5) >= 1 AS no_better,
	updates ? 'converged' AS converged
FROM (SELECT linlearn_model_info(linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.9, "optimizer": "adam"}')) AS updates,
	linlearn_model_info(linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.9, "wd": 0}')) AS solved FROM kink_rows) AS m;

-- Classes: by newton, and of many by lbfgs.
SELECT i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged, round((i #>> '{metrics,train:objective_loss}')::numeric, 4) AS loss
FROM unnest(ARRAY['{"wd": 0.01}', '{"wd": 0.01, "optimizer": "lbfgs"}', '{"wd": 0}', '{"wd": 0.01, "positive_example_weight_mult": "balanced"}',
	'{"wd": 0.01, "l1": 0.02}']::jsonb[]) AS o,
LATERAL (SELECT linlearn_model_info(linlearn_train(x, y > 1, o || '{"loss": "hinge_loss"}')) AS i FROM kink_rows) AS m;
SELECT i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged, round((i #>> '{metrics,train:objective_loss}')::numeric, 3) AS loss
FROM (SELECT linlearn_model_info(linlearn_train(x, CASE WHEN y > 2 THEN 'c' WHEN y > 0 THEN 'b' ELSE 'a' END, '{"loss": "multiclass_hinge_loss", "wd": 0.01}')) AS i FROM kink_rows) AS m;
-- Separable: no loss is left.
SELECT i -> 'converged' AS converged, i #>> '{metrics,train:objective_loss}' AS loss
FROM (SELECT linlearn_model_info(linlearn_train(x, x[1] > 0.5, '{"loss": "hinge_loss", "wd": 0}')) AS i FROM kink_rows) AS m;

-- The same rows in another order, and on more threads: the same bytes.
CREATE FUNCTION kink_digest(options jsonb, sort int, threads int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET linlearn.threads = %s', threads);
	RETURN (SELECT md5(linlearn_train(x, CASE WHEN options ->> 'loss' = 'hinge_loss' THEN (y > 0)::int ELSE y END, options))
		FROM (SELECT * FROM kink_rows ORDER BY i * sort % 307) AS s);
END $$;
SELECT options, count(DISTINCT kink_digest(options, sort, threads))
FROM unnest(ARRAY['{"predictor_type": "regressor", "loss": "quantile_loss"}', '{"predictor_type": "regressor", "loss": "absolute_loss", "l1": 0.01}',
		'{"predictor_type": "binary_classifier", "loss": "hinge_loss"}']::jsonb[]) AS options,
	(VALUES (1, 1), (101, 1), (1, 3)) AS v (sort, threads) GROUP BY 1 ORDER BY 1;
RESET linlearn.threads;

-- Row weights are repetitions, groups are models, a model goes on, rows are held out.
SELECT max(abs(a.weight - b.weight)) < 1e-3 AS repeated
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "absolute_loss", "wd": 0}', 'train', 1 + i % 2) AS m FROM kink_rows) AS w,
	(SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "absolute_loss", "wd": 0}') AS m FROM kink_rows, generate_series(0, i % 2)) AS r,
	linlearn_weights(w.m) AS a, linlearn_weights(r.m) AS b WHERE a.feature IS NOT DISTINCT FROM b.feature;
SELECT g, linlearn_model_info(m) -> 'converged' AS converged
FROM (SELECT i % 3 AS g, linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.25}') AS m FROM kink_rows GROUP BY 1) AS s ORDER BY 1;
SELECT abs((linlearn_model_info(again) #>> '{metrics,train:objective_loss}')::float8 / (linlearn_model_info(model) #>> '{metrics,train:objective_loss}')::float8 - 1) < 1e-4 AS same
FROM kink_models, LATERAL (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "absolute_loss", "wd": 0}', 'train', 1, model) AS again FROM kink_rows) AS s
WHERE loss = 'absolute_loss' AND wd = 0;
SELECT i -> 'models' AS models, i -> 'refit' AS refit, i -> 'converged' AS converged
FROM (SELECT linlearn_model_info(linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "quantile_loss"}', CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END)) AS i FROM kink_rows) AS m;
-- Few rows, one row, constant and dependent columns, ties.
SELECT n, i -> 'converged' AS converged, (i #>> '{metrics,train:objective_loss}')::float8 < 1e-6 AS followed
FROM unnest(ARRAY[1, 2, 3]) AS n, LATERAL (SELECT linlearn_model_info(linlearn_train(x || x[1] || 7.0::float8, y, '{"predictor_type": "regressor", "loss": "absolute_loss", "wd": 0}')) AS i
	FROM kink_rows WHERE i <= n) AS m;
SELECT i -> 'converged' AS converged, round((i #>> '{metrics,train:objective_loss}')::numeric, 5) AS loss
FROM (SELECT linlearn_model_info(linlearn_train(x || x[1] || 7.0::float8, floor(y), '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.75, "wd": 0}')) AS i FROM kink_rows) AS m;
-- Sparse rows, by lbfgs.
SELECT i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged
FROM (SELECT linlearn_model_info(linlearn_train(linlearn_sparse(ARRAY[i % 3, i % 5, 0, i % 7]::real[]), y > 0, '{"loss": "hinge_loss"}')) AS i FROM kink_rows) AS m;

-- Every solver says whether it came to the optimum, and what kept it from it.
SELECT o, i -> 'converged' AS converged, i -> 'iterations' AS iterations
FROM unnest(ARRAY['{"optimizer": "exact", "loss": "squared_loss"}', '{"optimizer": "newton", "loss": "squared_loss"}', '{"optimizer": "lbfgs", "loss": "huber_loss"}']::jsonb[]) AS o,
LATERAL (SELECT linlearn_model_info(linlearn_train(x, y, o || '{"predictor_type": "regressor", "wd": 0.1}')) - CASE WHEN o ->> 'optimizer' = 'lbfgs' THEN 'iterations' ELSE '' END AS i FROM kink_rows) AS m;
SELECT linlearn_model_info(linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "quantile_loss", "optimizer": "lbfgs", "epochs": 2, "wd": 0.1}')) -> 'converged' AS converged FROM kink_rows;
SELECT linlearn_model_info(linlearn_train(x, y > 0, '{"optimizer": "lbfgs", "epochs": 2, "wd": 0.1}')) -> 'converged' AS converged FROM kink_rows;
SELECT linlearn_model_info(linlearn_train(x, y > 0, '{"optimizer": "newton", "epochs": 1, "wd": 0.1}')) -> 'converged' AS converged FROM kink_rows;
DROP TABLE kink_rows, kink_models;
DROP FUNCTION kink_digest;
-- a huber_delta far below the residuals: what to do about it
SELECT linlearn_model_info(linlearn_train(ARRAY[sin(i), cos(i * i), i % 7]::float8[], 1e8 * (sin(i) + sin(i * i * 0.7) ^ 3),
         '{"predictor_type": "regressor", "loss": "huber_loss", "optimizer": "lbfgs", "epochs": 2, "wd": 0.1}')) ->> 'converged' AS converged
FROM generate_series(1, 500) AS i;
