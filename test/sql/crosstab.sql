-- A confusion matrix as people print it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

CREATE TABLE pairs (actual text COLLATE "C", predicted text COLLATE "C", weight float8);
INSERT INTO pairs SELECT 'cat', 'cat', 0.5 FROM generate_series(1, 12);
INSERT INTO pairs VALUES ('cat', 'dog', 1), ('dog', 'dog', 2), ('Zürich', 'dog', 0.25),
	(E'two\nlines', 'cat', 1), ('猫', '猫', 1);

SELECT linlearn_crosstab(actual, predicted) FROM pairs;
SELECT linlearn_crosstab(linlearn_confusion(actual, predicted), true, 'reels', 'predictions') FROM pairs;
SELECT linlearn_crosstab(linlearn_confusion(actual, predicted, weight), totals => true) FROM pairs;
SELECT linlearn_crosstab(length(actual) = 3, length(predicted) = 3) FROM pairs;
SELECT linlearn_crosstab(actual, predicted) IS NULL FROM pairs WHERE false;

-- with names, as pandas.crosstab's rownames and colnames
SELECT linlearn_crosstab((length(actual) = 3)::int, (length(predicted) = 3)::int, 'réels', 'prédictions') FROM pairs;
SELECT linlearn_crosstab(actual, predicted, 'réels', 'prédictions') = linlearn_crosstab(linlearn_confusion(actual, predicted), false, 'réels', 'prédictions') AS same,
	linlearn_crosstab(actual, predicted, NULL, NULL) = linlearn_crosstab(actual, predicted) AS defaults FROM pairs;
SELECT actual = 'cat' AS cat, linlearn_crosstab(actual, predicted, E'line\nend', '') FROM pairs GROUP BY 1 ORDER BY 1;
SELECT linlearn_crosstab(nullif(actual, 'dog'), predicted, 'r', 'c') FROM pairs WHERE predicted = 'dog';
SELECT linlearn_crosstab(actual, predicted, 'r', 'c') IS NULL FROM pairs WHERE actual IS NULL;
SELECT linlearn_crosstab(i % 2, i % 3, 'r', 'c') OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 3) i;
-- one name for all rows, whatever their order
SELECT linlearn_crosstab(actual, predicted, actual, 'c') FROM pairs WHERE actual IN ('cat', 'dog');
SELECT linlearn_crosstab(actual, predicted, 'r', nullif(predicted, 'cat')) FROM pairs WHERE actual = 'cat';
-- and in a parallel plan, for labels of every kind
CREATE TABLE many AS SELECT i FROM generate_series(1, 20000) i;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT linlearn_crosstab(i % 2, i % 3, 'réels', 'prédictions') FROM many;
SELECT linlearn_crosstab(i % 2, i % 3, 'réels', 'prédictions') FROM many;
SELECT linlearn_crosstab('2000-01-01'::date + i % 2, '2000-01-01'::date + i % 3, 'day', 'predicted day') FROM many;
-- The leader or a worker may be the first to see both.
\set SHOW_CONTEXT never
SELECT linlearn_crosstab(i % 2, i % 2, CASE WHEN i < 20000 THEN 'a' ELSE 'b' END, 'c') FROM many;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE many;

SELECT linlearn_crosstab('{}'::jsonb);
SELECT linlearn_crosstab('[]'::jsonb);
SELECT linlearn_crosstab('{"labels": "x", "matrix": []}'::jsonb);
SELECT linlearn_crosstab('{"labels": ["x"]}'::jsonb);
SELECT linlearn_crosstab('{"labels": ["x"], "matrix": [1]}'::jsonb);
SELECT linlearn_crosstab('{"labels": ["x"], "matrix": [[1], [2]]}'::jsonb);
SELECT linlearn_crosstab('{"labels": ["x"], "matrix": [["a"]]}'::jsonb);
SELECT linlearn_crosstab('{"labels": [1], "matrix": [[1]]}'::jsonb);
SELECT linlearn_crosstab('{"labels": ["x"], "matrix": [[1e300]]}'::jsonb);
SELECT linlearn_crosstab('{"labels": [], "matrix": []}'::jsonb);

DROP TABLE pairs;

-- labels of type real keep their own digits, alone and beside predicted texts
SELECT linlearn_confusion(y, y) ->> 'labels' AS reals, linlearn_confusion(y, y::text) ->> 'labels' AS texts,
	linlearn_confusion(y, y::float8) ->> 'labels' AS doubles
FROM (VALUES (0.1::real), (1.5)) AS v(y);
SELECT string_agg(DISTINCT linlearn_predict_label(model, x), ' ' ORDER BY linlearn_predict_label(model, x)) AS predicted
FROM (SELECT ARRAY[i % 3]::float8[] AS x FROM generate_series(1, 30) AS i) AS r,
	(SELECT linlearn_train(ARRAY[i % 3]::float8[], ((i % 3)::numeric + 0.1)::real, '{"predictor_type": "multiclass_classifier"}') AS model
	FROM generate_series(1, 30) AS i) AS m;
