-- Folds that keep groups together, or go forward in time
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set VERBOSITY terse
CREATE TABLE fold_rows AS
SELECT i, i / 12 AS patient, date '2024-01-01' + i / 3 AS day, sin(i) AS a, cos(i * 1.7) AS b,
	sin(i) + cos(i * i) + sin(i / 12) > 0 AS y, 2 * sin(i) + cos(i * i) + sin(i / 12) AS z
FROM generate_series(0, 299) AS i;
-- What is chosen by folds
SELECT what, choice ->> 'by' AS by, choice -> 'folds' AS folds, choice ->> 'folds_by' AS folds_by, choice -> 'rows' AS rows
FROM (SELECT 1 AS n, 'logistic, groups' AS what, linlearn_train(x, y, '{"fold_group": "patient"}') AS model FROM fold_rows, LATERAL (SELECT a, b, patient) AS x
	UNION ALL SELECT 2, 'logistic, time', linlearn_train(x, y, '{"fold_time": "day"}') FROM fold_rows, LATERAL (SELECT a, b, day) AS x
	UNION ALL SELECT 3, 'softmax, groups', linlearn_train(x, i % 3, '{"fold_group": "patient", "predictor_type": "multiclass_classifier"}') FROM fold_rows, LATERAL (SELECT a, b, patient) AS x
	UNION ALL SELECT 4, 'squares, groups', linlearn_train(x, z, '{"fold_group": "patient", "predictor_type": "regressor"}') FROM fold_rows, LATERAL (SELECT a, b, patient) AS x
	UNION ALL SELECT 5, 'squares, time', linlearn_train(x, z, '{"fold_time": "day", "predictor_type": "regressor"}') FROM fold_rows, LATERAL (SELECT a, b, day) AS x
	UNION ALL SELECT 6, 'quantile, time', linlearn_train(x, z, '{"fold_time": "day", "predictor_type": "regressor", "loss": "quantile_loss"}') FROM fold_rows, LATERAL (SELECT a, b, day) AS x
	UNION ALL SELECT 7, 'an array and its group', linlearn_train(x, y, '{"fold_group": "patient"}') FROM fold_rows, LATERAL (SELECT ARRAY[a, b] AS v, patient) AS x
	UNION ALL SELECT 8, 'three groups', linlearn_train(x, y, '{"fold_group": "third"}') FROM fold_rows, LATERAL (SELECT a, b, i / 100 AS third) AS x
	) AS m, LATERAL (SELECT linlearn_model_info(model) -> 'wd_choice' AS choice) AS c ORDER BY n;
SELECT what, choice -> 'folds' AS folds, choice ->> 'folds_by' AS folds_by, tried.count AS points
FROM (SELECT 'groups' AS what, linlearn_train(x, z, '{"l1": "path", "fold_group": "patient", "predictor_type": "regressor"}') AS model FROM fold_rows, LATERAL (SELECT a, b, patient) AS x
	UNION ALL SELECT 'logistic time', linlearn_train(x, y, '{"l1": "path", "fold_time": "day"}') FROM fold_rows, LATERAL (SELECT a, b, day) AS x
	UNION ALL SELECT 'three times', linlearn_train(x, z, '{"l1": "path", "fold_time": "t", "predictor_type": "regressor"}') FROM fold_rows, LATERAL (SELECT a, b, i / 100 AS t) AS x
	) AS m, LATERAL (SELECT linlearn_model_info(model) -> 'l1_choice' AS choice) AS c, LATERAL (SELECT count(*) FROM linlearn_path(model)) AS tried ORDER BY what;
-- The column is no feature, and predictions do without it.
CREATE TABLE fold_model AS SELECT linlearn_train(x, z, '{"fold_group": "patient", "predictor_type": "regressor"}') AS model FROM fold_rows, LATERAL (SELECT a, b, patient) AS x;
SELECT "column" FROM fold_model, linlearn_columns(model);
SELECT linlearn_predict(model, (SELECT x FROM (SELECT 1.0 AS a, 0.0 AS b) AS x)) = linlearn_predict(model, (SELECT x FROM (SELECT 1.0 AS a, 'p' AS patient, 0.0 AS b) AS x)) AS same FROM fold_model;
-- A tuning's folds are the groups, and what comes later is judged by what came before.
SELECT round(objective::numeric, 10) = round(expected::numeric, 10) AS by_groups
FROM linlearn_trials((SELECT linlearn_tune(x, z, '{"objective": "validation:mse", "folds": 3, "fold_group": "third", "optimizer": "exact", "predictor_type": "regressor", "ranges": {"wd": {"values": [0]}}}')
	FROM fold_rows, LATERAL (SELECT a, b, 'g' || i * i % 3 + i % 2 AS third) AS x)),
	(SELECT avg(mse) AS expected FROM (SELECT h, linlearn_mse(z, linlearn_predict(model, ARRAY[a, b])) AS mse
		FROM fold_rows, (SELECT h, linlearn_train(ARRAY[a, b], z, '{"wd": 0, "predictor_type": "regressor"}') AS model
			FROM fold_rows, generate_series(0, 2) AS h WHERE i * i % 3 + i % 2 <> h GROUP BY h) AS m
		WHERE i * i % 3 + i % 2 = h GROUP BY h) AS folds) AS e WHERE trial = 0;
SELECT round(objective::numeric, 10) = round(expected::numeric, 10) AS by_time
FROM linlearn_trials((SELECT linlearn_tune(x, z, '{"objective": "validation:mse", "folds": 3, "fold_time": "day", "optimizer": "exact", "predictor_type": "regressor", "ranges": {"wd": {"values": [0]}}}')
	FROM fold_rows, LATERAL (SELECT a, b, timestamp '2024-01-01' + i * interval '1 hour' AS day) AS x)),
	(SELECT avg(mse) AS expected FROM (SELECT h, linlearn_mse(z, linlearn_predict(model, ARRAY[a, b])) AS mse
		FROM fold_rows, (SELECT h, linlearn_train(ARRAY[a, b], z, '{"wd": 0, "predictor_type": "regressor"}') AS model
			FROM fold_rows, generate_series(1, 3) AS h WHERE i < 75 * h GROUP BY h) AS m
		WHERE i / 75 = h GROUP BY h) AS folds) AS e WHERE trial = 0;
-- The same with mini-batches: what a trial reports is that of its folds
SELECT objective BETWEEN 0.3 AND 1.5 AS learned FROM linlearn_trials((SELECT linlearn_tune(x, z,
	'{"objective": "validation:mse", "folds": 3, "fold_time": "day", "optimizer": "adam", "predictor_type": "regressor", "ranges": {"wd": {"values": [0]}}}')
	FROM fold_rows, LATERAL (SELECT a, b, day) AS x)) WHERE trial = 0;
-- Folds of rows with offsets: margins have each row's own.
SELECT objective < 0.25 AS learned FROM linlearn_trials((SELECT linlearn_tune(x, z + 10 * i,
	'{"objective": "validation:mse", "folds": 3, "offset": "o", "optimizer": "newton", "predictor_type": "regressor", "ranges": {"wd": {"values": [0]}}}')
	FROM fold_rows, LATERAL (SELECT a, b, 10 * i + cos(i * i) + sin(i / 12) AS o) AS x)) WHERE trial = 0;
-- The same rows give the same bytes, in any order, spilled or by workers; a group is its value, whatever its type.
CREATE TABLE fold_models (what text, model bytea);
INSERT INTO fold_models SELECT 'order', (SELECT linlearn_train(x, y, '{"fold_group": "patient"}') FROM (SELECT a, b, patient, y FROM fold_rows ORDER BY md5(i::text || n)) AS s, LATERAL (SELECT a, b, patient) AS x)
	FROM generate_series(1, 3) AS n;
INSERT INTO fold_models
SELECT 'type', linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, patient AS g) AS x UNION ALL
SELECT 'type', linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, patient::bigint AS g) AS x UNION ALL
SELECT 'type', linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, patient * CASE WHEN i % 2 = 0 THEN 1 ELSE 1.00 END AS g) AS x UNION ALL
SELECT 'type', linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, patient::text AS g) AS x UNION ALL
SELECT 'type', linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, patient::float8 * CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END * CASE WHEN patient > 0 AND i % 2 = 1 THEN -1 ELSE 1 END AS g) AS x UNION ALL
SELECT 'type', linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, patient::text::char(9) AS g) AS x;
SELECT what, count(*) AS models, count(DISTINCT model) AS different FROM fold_models GROUP BY what ORDER BY what;
-- Copies of a row in different groups are told apart, too.
CREATE TABLE fold_copies AS SELECT n, i, i % 4 AS a, ARRAY(SELECT sin(i % 7 * j) FROM generate_series(1, 14) AS j) AS pad, i % 2 AS y, 'group ' || i % 30 AS g, i % 50 AS t FROM generate_series(1, 5000) AS i, generate_series(1, 2) AS n;
ANALYZE fold_copies;
CREATE TABLE fold_copied AS
SELECT 'memory' AS how, linlearn_train(x, y, '{"fold_group": "g", "predictor_type": "regressor"}') AS groups, linlearn_train(x2, y, '{"fold_time": "t", "predictor_type": "regressor"}') AS times FROM fold_copies AS r, LATERAL (SELECT r.a, r.pad, r.g) AS x, LATERAL (SELECT r.a, r.pad, r.t) AS x2;
SET linlearn.train_mem = '1MB';
INSERT INTO fold_copied SELECT 'spilled', linlearn_train(x, y, '{"fold_group": "g", "predictor_type": "regressor"}'), linlearn_train(x2, y, '{"fold_time": "t", "predictor_type": "regressor"}') FROM (SELECT * FROM fold_copies ORDER BY md5(i::text || n)) AS s, LATERAL (SELECT s.a, s.pad, s.g) AS x, LATERAL (SELECT s.a, s.pad, s.t) AS x2;
INSERT INTO fold_copied SELECT 'spilled', linlearn_train(x, y, '{"fold_group": "g", "predictor_type": "regressor"}'), linlearn_train(x2, y, '{"fold_time": "t", "predictor_type": "regressor"}') FROM (SELECT * FROM fold_copies ORDER BY n, i % 11) AS s, LATERAL (SELECT s.a, s.pad, s.g) AS x, LATERAL (SELECT s.a, s.pad, s.t) AS x2;
RESET linlearn.train_mem;
SET linlearn.parallel_rows = on;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET linlearn.threads = 3;
INSERT INTO fold_copied SELECT 'memory', linlearn_train(x, y, '{"fold_group": "g", "predictor_type": "regressor"}'), linlearn_train(x2, y, '{"fold_time": "t", "predictor_type": "regressor"}') FROM fold_copies AS r, LATERAL (SELECT r.a, r.pad, r.g) AS x, LATERAL (SELECT r.a, r.pad, r.t) AS x2;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"fold_group": "g", "predictor_type": "regressor"}') FROM fold_copies AS r, LATERAL (SELECT r.a, r.pad, r.g, r.t) AS x;
RESET linlearn.parallel_rows;
RESET linlearn.threads;
SELECT how, count(*) AS models, count(DISTINCT groups) AS groups, count(DISTINCT times) AS times FROM fold_copied GROUP BY how ORDER BY how;
DROP TABLE fold_copies, fold_copied, fold_models, fold_model;
-- Any type may be a group; numbers, dates and timestamps are times.
SELECT bool_and(folds = '5') AS five FROM (
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_group": "g"}')) #> '{wd_choice,folds}' AS folds FROM fold_rows, LATERAL (SELECT a, b, md5(patient::text)::uuid AS g) AS x UNION ALL
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_group": "g"}')) #> '{wd_choice,folds}' FROM fold_rows, LATERAL (SELECT a, b, date '2024-01-01' + patient AS g) AS x UNION ALL
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_group": "g"}')) #> '{wd_choice,folds}' FROM fold_rows, LATERAL (SELECT a, b, ARRAY[patient, 3] AS g) AS x UNION ALL
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_group": "g"}')) #> '{wd_choice,folds}' FROM fold_rows, LATERAL (SELECT a, b, 1e308::numeric * 1000 + patient AS g) AS x UNION ALL
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_time": "g"}')) #> '{wd_choice,folds}' FROM fold_rows, LATERAL (SELECT a, b, timestamptz '2024-01-01 00:00+00' + patient * interval '1 hour' AS g) AS x UNION ALL
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_time": "g"}')) #> '{wd_choice,folds}' FROM fold_rows, LATERAL (SELECT a, b, -patient * 0.5 AS g) AS x UNION ALL
	SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_time": "g"}')) #> '{wd_choice,folds}' FROM fold_rows, LATERAL (SELECT a, b, patient::smallint AS g) AS x) AS t;
-- validation_fraction takes whole groups, or the latest rows
SELECT o, linlearn_model_info(linlearn_train(x, y, ('{"validation_fraction": 0.2, "wd": 0.01, ' || o || '}')::jsonb)) -> 'rows' AS rows
FROM fold_rows, LATERAL (SELECT a, b, patient, day) AS x, unnest(ARRAY['"fold_group": "patient", "exclude": ["day"]', '"fold_time": "day", "exclude": ["patient"]', '"exclude": ["patient", "day"]']) AS o GROUP BY o ORDER BY o;
SELECT (SELECT max(abs(v - w)) FROM unnest(a.weights, b.weights) AS u (v, w)) < 1e-12 AS latest
FROM (SELECT array_agg(weight ORDER BY feature) AS weights FROM linlearn_weights((SELECT linlearn_train(x, z, '{"validation_fraction": 0.2, "wd": 0.01, "fold_time": "day", "predictor_type": "regressor", "refit": false}') FROM fold_rows, LATERAL (SELECT a, b, day) AS x))) AS a,
	(SELECT array_agg(weight ORDER BY feature) AS weights FROM linlearn_weights((SELECT linlearn_train(x, z, '{"wd": 0.01, "predictor_type": "regressor", "refit": false}', CASE WHEN day >= date '2024-01-01' + 80 THEN 'validation' END) FROM fold_rows, LATERAL (SELECT a, b) AS x))) AS b;
SELECT count(DISTINCT m) FROM (SELECT linlearn_train(x, y, '{"validation_fraction": 0.3, "fold_group": "patient"}') AS m FROM (SELECT * FROM fold_rows ORDER BY i) AS r, LATERAL (SELECT a, b, patient) AS x
	UNION ALL SELECT linlearn_train(x, y, '{"validation_fraction": 0.3, "fold_group": "patient"}') FROM (SELECT * FROM fold_rows ORDER BY md5(i::text)) AS r, LATERAL (SELECT a, b, patient) AS x) AS t;
SELECT linlearn_train(x, y, '{"validation_fraction": 0.3, "fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, 1 AS g) AS x;
SELECT linlearn_train(x, y, '{"validation_fraction": 0.3, "fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, 1 AS g) AS x;
-- What cannot be
SELECT linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, 1 AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i % 2 AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, nullif(i, 7) AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, nullif(i, 7) AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, CASE WHEN i = 5 THEN 'NaN' ELSE i::float8 END AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, CASE WHEN i = 5 THEN 'NaN' ELSE i::numeric END AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, CASE WHEN i = 5 THEN 'infinity' ELSE i::float8 END AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, CASE WHEN i = 5 THEN 'infinity' ELSE day END AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, CASE WHEN i = 5 THEN '-infinity' ELSE day::timestamp END AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i::text AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, y AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, fold_rows AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g", "fold_group": "a"}') FROM fold_rows, LATERAL (SELECT a, b, i AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g", "weight": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "h"}') FROM fold_rows, LATERAL (SELECT a, b, i AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": 3}') FROM fold_rows, LATERAL (SELECT a, b, i AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_group": "g", "columns": {"g": {"min_rows": 3}}}') FROM fold_rows, LATERAL (SELECT a, b, i AS g) AS x;
-- A fold must learn of each class, and be judged on what an objective needs.
SELECT linlearn_train(x, y, '{"fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, y AS g) AS x;
SELECT linlearn_train(x, i >= 250, '{"fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i AS g) AS x;
SELECT linlearn_train(x, i / 100, '{"fold_group": "g", "predictor_type": "multiclass_classifier"}') FROM fold_rows, LATERAL (SELECT a, b, i / 100 AS g) AS x;
SELECT linlearn_tune(x, y, '{"objective": "validation:objective_loss", "folds": 9, "ranges": {"wd": {"min": 0.001, "max": 1}}, "fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i / 50 AS g) AS x;
SELECT linlearn_tune(x, y, '{"objective": "validation:objective_loss", "folds": 6, "ranges": {"wd": {"min": 0.001, "max": 1}}, "fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i / 50 AS g) AS x;
SELECT linlearn_tune(x, i < 50, '{"objective": "validation:recall", "folds": 3, "ranges": {"wd": {"min": 0.001, "max": 1}}, "fold_time": "g"}') FROM fold_rows, LATERAL (SELECT a, b, i / 10 AS g) AS x;
SELECT linlearn_tune(x, z, '{"objective": "validation:r2", "folds": 3, "predictor_type": "regressor", "ranges": {"wd": {"min": 0.001, "max": 1}}, "fold_group": "g"}') FROM fold_rows, LATERAL (SELECT a, b, (i > 0) :: int + (i > 1)::int AS g) AS x;
-- Rows of weight 0 have no key; what has no effect is said once.
SELECT linlearn_model_info(linlearn_train(x, y, '{"fold_group": "g", "weight": "w"}')) #> '{wd_choice,rows}' AS rows FROM fold_rows, LATERAL (SELECT a, b, CASE WHEN i % 3 > 0 THEN patient END AS g, (i % 3 > 0)::int AS w) AS x;
SELECT linlearn_train(x, y, '{"fold_group": "g", "wd": 0.1}') IS NOT NULL AS trained FROM fold_rows, LATERAL (SELECT a, b, patient AS g) AS x GROUP BY i % 2;
SELECT linlearn_train(x, y, '{"fold_time": "g"}', CASE WHEN i % 3 = 0 THEN 'validation' END) IS NOT NULL AS trained FROM fold_rows, LATERAL (SELECT a, b, patient AS g) AS x;
SELECT linlearn_train(x, y, '{"fold_time": "g", "optimizer": "adam"}') IS NOT NULL AS trained FROM fold_rows, LATERAL (SELECT a, b, patient AS g) AS x;
SELECT linlearn_train(ARRAY[a, b], y, '{"fold_group": "patient"}') IS NOT NULL AS trained FROM fold_rows;
DROP TABLE fold_rows;
