-- l1 chosen on a path
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;
CREATE TABLE path_rows AS
SELECT i, x, 2 * x[1] - x[2] + 0.5 * x[3] + 2 * cos(i * i) AS y, exp(0.3 * x[1] + 0.5 * cos(i * i)) AS rate
FROM (SELECT i, array_agg(sin(i * j * 0.37) + 0.5 * cos(i * 0.11) ORDER BY j) AS x
	FROM generate_series(1, 300) AS i, generate_series(1, 20) AS j GROUP BY i) AS r;
CREATE TABLE path_models AS
SELECT name, linlearn_train(x, CASE name WHEN 'logistic' THEN (y > 0.3)::int WHEN 'poisson' THEN rate ELSE y END, options || '{"l1": "path"}') AS model
FROM path_rows, (VALUES ('lasso', '{"predictor_type": "regressor"}'::jsonb),
	('one error', '{"predictor_type": "regressor", "path_rule": "one_standard_error"}'),
	('elastic net', '{"predictor_type": "regressor", "l1_ratio": 0.5}'),
	('poisson', '{"predictor_type": "regressor", "loss": "poisson"}'),
	('logistic', '{"predictor_type": "binary_classifier"}')) AS o (name, options)
GROUP BY name, options;
-- What was chosen is what the model was trained with.
SELECT name, c ->> 'rule' AS rule, c -> 'folds' AS folds, c -> 'tried' AS tried,
	c -> 'l1' = i #> '{hyperparameters,l1}' AS l1, c -> 'wd' = i #> '{hyperparameters,wd}' AS wd, (c ->> 'wd')::float8 > 0 AS some_wd,
	(c ->> 'nonzero')::int = (SELECT count(*) FROM linlearn_weights(model) WHERE weight <> 0 AND feature IS NOT NULL) AS nonzero,
	(c ->> 'nonzero')::int < 20 AS sparse, i -> 'converged' AS converged
FROM path_models, LATERAL (SELECT linlearn_model_info(model) AS i) AS m, LATERAL (SELECT i -> 'l1_choice' AS c) AS n ORDER BY name;
-- The path falls evenly, from no weights on; the choice is the least loss, or within its error.
SELECT name, count(*) AS points, round((min(lambda) / max(lambda))::numeric, 8) AS down_to, min(nonzero) AS least, max(nonzero) AS most,
	count(*) FILTER (WHERE chosen) AS chosen,
	round((max(loss) FILTER (WHERE chosen) / min(loss))::numeric, 6) = 1 AS is_least,
	bool_and(loss <= least_loss + least_error) FILTER (WHERE chosen) AS within,
	bool_and(abs(l1 + wd - lambda) < 1e-12) AS parts
FROM path_models, LATERAL (SELECT *, min(loss) OVER () AS least_loss, first_value(standard_error) OVER (ORDER BY loss) AS least_error
	FROM linlearn_path(model)) AS p GROUP BY name ORDER BY name;
SELECT (SELECT nonzero FROM path_models, linlearn_path(model) WHERE name = 'one error' AND chosen) <
	(SELECT nonzero FROM path_models, linlearn_path(model) WHERE name = 'lasso' AND chosen) AS fewer;
-- Any order of the rows gives the same bytes.
SELECT count(DISTINCT model) AS models
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path"}' ORDER BY i % 7, i DESC) AS model FROM path_rows
	UNION ALL SELECT model FROM path_models WHERE name = 'lasso') AS m;
-- The picture.
SELECT left(linlearn_path_svg(model), 60) AS picture, linlearn_path_svg(model) LIKE '%one standard error%' AS band FROM path_models WHERE name = 'lasso';
SELECT linlearn_path_svg(linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0}')) FROM path_rows;
SELECT count(*) FROM linlearn_path((SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0}') FROM path_rows));
-- What does not go with it.
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path", "wd": 1}') FROM path_rows;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path", "num_models": 3}') FROM path_rows;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path", "loss": "huber_loss"}') FROM path_rows;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path", "optimizer": "adam"}') FROM path_rows;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path", "l1_ratio": 0}') FROM path_rows;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path"}') FROM path_rows WHERE i < 4;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0.1, "l1_ratio": 0.5, "path_rule": "one_standard_error"}') IS NULL AS trained FROM path_rows;
-- Validation rows: what was chosen learns once more, from them too.
SELECT i -> 'refit' AS refit, i ? 'l1_choice' AS chosen FROM (SELECT linlearn_model_info(linlearn_train(x, y, '{"predictor_type": "regressor", "l1": "path"}',
	CASE WHEN i % 4 = 0 THEN 'validation' END)) AS i FROM path_rows) AS m;
-- A tuning whose trials each choose on a path: the model's path is that of all rows.
CREATE TABLE path_tuned AS SELECT i % 3 AS third, sin(i) AS a, cos(i * 1.7) AS b, sin(i * i) AS c, 2 * sin(i) + cos(i * i) AS y FROM generate_series(1, 120) AS i;
SELECT count(*) AS points, bool_and(p.lambda = q.lambda AND p.loss = q.loss) AS same,
	max((linlearn_model_info(tuned) #>> '{hyperparameters,l1}')::float8) = max(p.l1) FILTER (WHERE p.chosen) AS chosen
FROM (SELECT linlearn_tune(ARRAY[a, b, c], y, '{"objective": "validation:mse", "folds": 3, "l1": "path", "predictor_type": "regressor", "l1_ratio": 0.5, "ranges": {"normalize_label": {"values": ["true"]}}}') AS tuned,
		linlearn_train(ARRAY[a, b, c], y, '{"l1": "path", "predictor_type": "regressor", "l1_ratio": 0.5}') AS trained FROM path_tuned) AS m,
	LATERAL (SELECT row_number() OVER (ORDER BY lambda DESC) AS n, * FROM linlearn_path(tuned)) AS p
	JOIN LATERAL (SELECT row_number() OVER (ORDER BY lambda DESC) AS n, * FROM linlearn_path(trained)) AS q USING (n);
DROP TABLE path_tuned;
