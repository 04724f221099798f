SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
-- Which plans a training gets: workers hand sums over, and rows only if told to;
-- and which one a figure gets: scores are handed over where that is worth it.
CREATE TABLE plans AS
SELECT i AS id, ARRAY[i, i * 7 % 5, i * 3 % 11]::float8[] AS x, i * 0.5 + i * 7 % 5 AS y
FROM generate_series(1, 100000) i;
ANALYZE plans;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y > 500) FROM plans;
EXPLAIN (COSTS OFF) SELECT linlearn_train(p, y, '{"exclude": ["y"], "predictor_type": "regressor"}') FROM plans p;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "optimizer": "lbfgs"}') FROM plans;
EXPLAIN (COSTS OFF) SELECT linlearn_tune(x, y > 500, '{"ranges": {"wd": {"min": 0.001, "max": 1}}}') FROM plans;
-- Sums, of so many rows that processes come to sum what they have
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') FROM plans;
EXPLAIN (COSTS OFF) SELECT linlearn_train(ARRAY[x[1], y]::float8[], y, '{"predictor_type": "regressor"}') FROM plans;
SET linlearn.train_mem = '1MB';
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') FROM plans;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0.1}') FROM plans;
EXPLAIN (COSTS OFF) SELECT linlearn_train(ARRAY[x[1], y]::float8[], y, '{"predictor_type": "regressor"}') FROM plans;
RESET linlearn.train_mem;
-- Counts, and scores, which take longer to hand over than these to read or to join
CREATE FUNCTION pg_temp.combines(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%Partial %Aggregate%' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SET linlearn.train_mem = '1MB';
SET max_parallel_workers_per_gather = 8;
SELECT pg_temp.combines($$SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') FROM plans$$) AS few_rows_each;
RESET linlearn.train_mem;
SET max_parallel_workers_per_gather = 2;
CREATE TABLE plan_model AS SELECT linlearn_train(x, y > 500) AS model FROM plans;
ANALYZE plan_model;
SELECT call, pg_temp.combines('SELECT ' || call || ' FROM plans a JOIN plans b USING (id)') AS joined,
	pg_temp.combines('SELECT ' || call || ' FROM plans a') AS plain,
	pg_temp.combines('SELECT count(*) FROM plans a GROUP BY y > 0 HAVING ' || call || ' IS NULL') AS grouped
FROM (VALUES ('linlearn_metrics(a.y > 500, a.x[1] > 3)'),
	('linlearn_metrics(a.y > 500, a.x[1] > 3, NULL, ''{"f_beta": 2}'')'),
	('linlearn_log_loss(a.y > 500, a.x[1] / 100000)'),
	('linlearn_metrics(a.y > 500, a.x[1] > 3, a.x[2])'),
	('linlearn_roc_auc(a.y > 500, a.x[1])'),
	('linlearn_lift(a.y > 500, a.x[1], 7)'),
	('linlearn_roc_auc(a.y > 500, linlearn_score((SELECT model FROM plan_model), a.x))')) calls(call);
DROP TABLE plan_model;
-- Told to
SET linlearn.parallel_rows = on;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y > 500) FROM plans;
SELECT pg_temp.combines('SELECT linlearn_roc_auc(y > 500, x[1]) FROM plans') AS told;
DROP TABLE plans;
