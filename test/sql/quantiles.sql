-- quantiles: several of them in one model, which never cross
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;
CREATE TABLE q_rows AS
SELECT i, a, b, 2 + a - 0.5 * b + (0.3 + a) * sin(i * 78.233) * 2 AS y
FROM (SELECT i, abs(sin(i * 12.9898)) * 2 AS a, cos(i * 4.1414) AS b FROM generate_series(1, 200) AS i) AS t;
CREATE TABLE q_models AS
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.5, 0.9], "wd": 0}') AS m,
	ARRAY[linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.1, "wd": 0}'),
		linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.5, "wd": 0}'),
		linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.9, "wd": 0}')] AS alone
FROM q_rows;

-- each is, to the bit, what it is alone
SELECT w.label, count(*), bool_and(w.weight = s.weight) AS same
FROM q_models, unnest(alone) WITH ORDINALITY AS o (single, k), linlearn_weights(single) AS s, linlearn_weights(m) AS w
WHERE w.label = (ARRAY['0.1', '0.5', '0.9'])[k] AND w.feature IS NOT DISTINCT FROM s.feature
GROUP BY w.label ORDER BY w.label;
-- the losses that R's quantreg 5.94 finds
SELECT q, round(avg(greatest(q * (y - p[k]), (q - 1) * (y - p[k])))::numeric, 5) AS loss, round(avg((y <= p[k])::int), 3) AS coverage,
	round((linlearn_model_info(m) -> 'metrics' ->> ('train:quantile_loss_' || q))::numeric, 5) AS stored,
	round((linlearn_model_info(m) -> 'metrics' ->> ('train:coverage_' || q))::numeric, 3) AS stored_coverage
FROM q_rows, q_models, LATERAL linlearn_quantiles(m, ARRAY[a, b]) AS p, unnest('{0.1,0.5,0.9}'::float8[]) WITH ORDINALITY AS t (q, k)
GROUP BY q, m ORDER BY q;
-- far from the rows the lines cross, predictions do not; losses of a row are no larger in sum
SELECT bool_or(u[1] > u[2] OR u[2] > u[3]) AS lines_cross, bool_and(p[1] <= p[2] AND p[2] <= p[3]) AS ascending,
	bool_and(linlearn_scores(m, x) = p::real[] AND linlearn_predict(m, x) = p[2] AND linlearn_score(m, x) = p[2] AND linlearn_predict_label(m, x) = p[2]::text) AS same,
	bool_and((SELECT sum(greatest(q * (y - p[k]), (q - 1) * (y - p[k]))) <= sum(greatest(q * (y - u[k]), (q - 1) * (y - u[k]))) + 1e-12
		FROM unnest('{0.1,0.5,0.9}'::float8[]) WITH ORDINALITY AS t (q, k), generate_series(-20, 20, 0.7) AS y)) AS no_larger
FROM q_models, generate_series(-5, 5) AS i, LATERAL (SELECT ARRAY[i, i * 3]::float8[] AS x) AS r,
	LATERAL linlearn_quantiles(m, x) AS p, LATERAL (SELECT array_agg(linlearn_predict(o, x) ORDER BY k) FROM unnest(alone) WITH ORDINALITY AS s (o, k)) AS l (u);
-- an explanation adds up to the quantile
SELECT label, abs(sum(e.value_sum) - max(p[k])) < 1e-9 AS adds_up
FROM q_models, LATERAL (SELECT ARRAY[-5, 3]::float8[]) AS r (x), linlearn_quantiles(m, x) AS p,
	unnest('{0.1,0.5,0.9}'::text[]) WITH ORDINALITY AS t (q, k),
	LATERAL (SELECT label, contribution AS value_sum FROM linlearn_explain(m, x) WHERE label = q) AS e
GROUP BY label ORDER BY label;
-- the info, whose settings may be given again, and the trials
SELECT info #> '{hyperparameters,quantile}' AS quantile, jsonb_array_length(info -> 'quantiles') AS quantiles, info #> '{quantiles,2,quantile}' AS last,
	info #> '{quantiles,0,converged}' AS first_converged, info -> 'converged' AS converged, (info ->> 'optimality_gap')::float8 < 1e-4 AS near,
	info -> 'standard_errors' AS errors, info -> 'best_model' AS best
FROM q_models, linlearn_model_info(m) AS info;
SELECT trial, best, hyperparameters FROM q_models, linlearn_trials(m) ORDER BY trial;
SELECT linlearn_train(ARRAY[a, b], y, (linlearn_model_info(m) -> 'hyperparameters')) IS NOT NULL AS again FROM q_rows, q_models GROUP BY m;
-- the same rows, the same bytes
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.5, 0.9], "wd": 0}') = m AS same
FROM (SELECT * FROM q_rows ORDER BY y) AS r, q_models GROUP BY m;
-- a list of one is that one, to the byte
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.9], "wd": 0}') = alone[3] AS same
FROM q_rows, q_models GROUP BY alone;
-- every optimizer; a choice of wd, l1, validation rows with their refit; columns; rows of bytes and sparse ones
SELECT o, bool_and(p[1] <= p[2]) AS ascending, round(avg((y <= p[1])::int), 1) AS first, round(avg((y <= p[2])::int), 1) AS second
FROM (VALUES ('"optimizer": "lbfgs"'), ('"optimizer": "newton", "l1": 0.001'), ('"optimizer": "adam", "epochs": 60'), ('"optimizer": "sgd", "epochs": 60'), ('"seed": 1'),
	('"validation_fraction": 0.3'), ('"max_seconds": 60, "nonnegative": true')) AS t (o),
	LATERAL (SELECT linlearn_train(ARRAY[a, b], y, ('{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.2, 0.8], ' || o || '}')::jsonb) AS m FROM q_rows) AS s,
	q_rows, LATERAL linlearn_quantiles(m, ARRAY[a, b]) AS p
GROUP BY o ORDER BY o COLLATE "C";
SELECT info -> 'refit' AS refit, info #> '{metrics,validation:coverage_0.2}' IS NOT NULL AS judged,
	abs((info #>> '{metrics,validation:quantile_loss_0.2}')::float8 + (info #>> '{metrics,validation:quantile_loss_0.8}')::float8
		- 2 * (info #>> '{metrics,validation:objective_loss}')::float8) < 1e-12 AS mean
FROM (SELECT linlearn_model_info(linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.2, 0.8], "validation_fraction": 0.3}')) FROM q_rows) AS t (info);
SELECT term, label, round(weight::numeric, 2) AS weight
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.25, 0.75], "wd": 0}') AS m FROM q_rows, LATERAL (SELECT a, b) AS x) AS t, linlearn_weights(m)
ORDER BY term COLLATE "C", label;
SELECT bool_and(linlearn_quantiles(d, ARRAY[a, b]) = linlearn_quantiles(d, linlearn_to_sparse(ARRAY[a::real, b::real]::float8[]))) IS NOT NULL AS asked
FROM q_rows, (SELECT linlearn_train(linlearn_to_sparse(ARRAY[a, b]), y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.25, 0.75]}') AS d FROM q_rows) AS t;
-- going on: each from its own quantile, one from the nearest of several, several from one
SELECT bool_and(abs(linlearn_predict(o, ARRAY[a, b]) - linlearn_predict(alone[3], ARRAY[a, b])) < 1e-3) AS nearest
FROM q_rows, q_models, LATERAL (SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.9, "wd": 0, "optimizer": "adam", "epochs": 1, "learning_rate": 1e-9}', NULL, 1.0, m) AS o FROM q_rows) AS s;
SELECT bool_and(abs(p[k] - linlearn_predict(alone[k], ARRAY[a, b])) < 1e-2) AS near
FROM q_rows, q_models, LATERAL (SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.5, 0.9], "wd": 0}', NULL, 1.0, start) AS o
	FROM q_rows, unnest(ARRAY[m, alone[1]]) AS start GROUP BY start) AS s, LATERAL linlearn_quantiles(o, ARRAY[a, b]) AS p, generate_series(1, 3) AS k;
-- a tuning: each quantile has its own job
SELECT trial, best, hyperparameters -> 'quantile' AS quantile, (hyperparameters ->> 'wd')::float8 AS wd, status
FROM (SELECT linlearn_tune(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.5, 0.9], "objective": "validation:objective_loss",
		"strategy": "grid", "ranges": {"wd": [0.001, 10]}}', CASE WHEN i % 4 = 0 THEN 'validation' END) AS m FROM q_rows) AS t, linlearn_trials(m) ORDER BY trial;
-- saved, served and judged
SELECT linlearn_save_model('q', m) AS version FROM q_models;
SELECT linlearn_create_endpoint('q', 'q') AS version;
SELECT (answer::jsonb #> '{predictions,0,score}')::float8 = p[2] AS median, (SELECT array_agg(e::float8 ORDER BY n) FROM jsonb_array_elements_text(answer::jsonb #> '{predictions,0,quantiles}') WITH ORDINALITY AS j (e, n)) = p AS all
FROM q_models, linlearn_invoke_endpoint('q', '1.5,0.25', 'text/csv', 'application/json') AS answer, linlearn_quantiles(m, '{1.5,0.25}'::float8[]) AS p;
SELECT linlearn_predict('q', '{1.5,0.25}'::float8[]) = linlearn_predict(m, '{1.5,0.25}'::float8[]) AS same, linlearn_scores('q', '{1.5,0.25}'::float8[]) = linlearn_scores(m, '{1.5,0.25}'::float8[]) AS scores FROM q_models;
SELECT round((e ->> 'quantile_loss_0.1')::numeric, 5) AS loss_10, round((e ->> 'quantile_loss_0.9')::numeric, 5) AS loss_90, (e ->> 'coverage_0.1')::numeric AS coverage, e -> 'null_rows' AS null_rows
FROM linlearn_evaluate('q', 'SELECT ARRAY[a, b], y FROM q_rows UNION ALL SELECT NULL, 1') AS e;
SELECT round((e ->> 'quantile_loss_0.1')::numeric, 5) AS weighted FROM linlearn_evaluate('q', 'SELECT ARRAY[a, b], y, 2.0 FROM q_rows', 'weighted') AS e;
SELECT linlearn_weights_svg(m) LIKE '%0.9%' AS drawn, length(linlearn_model_report(m, 'SELECT ARRAY[a, b], y FROM q_rows')) > 1000 AS reported FROM q_models;
-- what is no list of quantiles
SELECT linlearn_train(ARRAY[a, b], y, ('{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": ' || q || '}')::jsonb) FROM q_rows, (VALUES ('[0.9, 0.1]')) AS t (q);
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.5, 0.5]}') FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0, 0.5]}') FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": []}') FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": ["0.1", 0.5]}') FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y, jsonb_build_object('predictor_type', 'regressor', 'loss', 'quantile_loss', 'quantile', (SELECT jsonb_agg(i / 1000.0) FROM generate_series(1, 100) AS i))) FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y > 2, '{"predictor_type": "binary_classifier", "loss": "quantile_loss", "quantile": [0.1, 0.5]}') FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "quantile": [0.1, 0.5]}') IS NOT NULL AS trained FROM q_rows;
SELECT linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor", "wd": [0.1, 0.5]}') FROM q_rows;
SELECT linlearn_tune(ARRAY[a, b], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.9], "objective": "train:mse", "ranges": {"quantile": [0.1, 0.5]}}') FROM q_rows;
SELECT linlearn_quantiles(linlearn_train(ARRAY[a, b], y, '{"predictor_type": "regressor"}'), '{1,2}'::float8[]) FROM q_rows;
SELECT (linlearn_quantiles(alone[1], '{1,2}'::float8[]))[1] = linlearn_predict(alone[1], '{1,2}'::float8[]) AS one FROM q_models;
SELECT linlearn_delete_endpoint('q');
SELECT linlearn_delete_model('q') IS NOT NULL AS deleted;
