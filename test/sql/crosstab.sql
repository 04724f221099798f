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
