SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
-- Which plans a training gets: workers hand sums over, and rows only if told to.
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
-- Sums
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') FROM plans;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0.1}') FROM plans;
-- Told to
SET linlearn.parallel_rows = on;
EXPLAIN (COSTS OFF) SELECT linlearn_train(x, y > 500) FROM plans;
DROP TABLE plans;
