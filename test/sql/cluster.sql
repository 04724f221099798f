-- What a cluster may run: aggregates of one packed argument.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
CREATE TABLE shards AS
SELECT i, i % 3 AS shard, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x,
	1 + 2 * sin(i) - cos(i * 2) + 0.5 * (i % 7) + 0.1 * sin(i * i) AS y,
	i % 4 = 0 AS actual, cos(i * 3) > 0.5 AS predicted, (sin(i * 5) + 1) / 2 AS score,
	(i % 5) / 4.0 AS weight, (ARRAY['red', 'green', 'blue'])[1 + i % 3] AS colour
FROM generate_series(1, 3000) i;

-- least squares: what linlearn_train finds, to the last digits
SELECT s.term, abs(s.weight - t.weight) < 1e-13 AS same, abs(s.standard_error / t.standard_error - 1) < 1e-10 AS as_sure
FROM linlearn_weights((SELECT linlearn_solve(linlearn_gram(linlearn_row(x, y)), '{"wd": 0}') FROM shards)) s
JOIN linlearn_weights((SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0}') FROM shards)) t USING (term)
ORDER BY s.term;
SELECT s.term, abs(s.weight - t.weight) < 1e-13 AS same
FROM linlearn_weights((SELECT linlearn_solve(linlearn_gram(linlearn_row(x, y, weight)), '{"wd": 0}') FROM shards)) s
JOIN linlearn_weights((SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0}', NULL, weight) FROM shards)) t USING (term)
ORDER BY s.term;
SELECT max(abs(linlearn_predict(m, x) - y)) < 0.2 AS near,
	linlearn_model_info(m) #>> '{rows,validation}' AS validated
FROM shards, (SELECT linlearn_solve(linlearn_gram(linlearn_row(x::real[], y, 1, CASE WHEN i % 5 = 0 THEN 'validation' END))) AS m FROM shards) s
GROUP BY m;

-- the least and the largest weight: rows keep them as floats
SELECT w, linlearn_solve(linlearn_gram(linlearn_row(x, y, w))) IS NOT NULL AS taken FROM shards, unnest('{1e-30,1e30}'::float8[]) AS w GROUP BY w ORDER BY w;

-- the same bytes in any order, in parts, and from parallel workers
CREATE VIEW models AS
SELECT 'whole' AS how, md5(linlearn_solve(linlearn_gram(linlearn_row(x, y)))) AS model FROM shards
UNION ALL
SELECT 'backwards', md5(linlearn_solve(linlearn_gram(linlearn_row(x, y) ORDER BY i DESC))) FROM shards
UNION ALL
SELECT 'parts', md5(linlearn_solve(linlearn_gram_merge(gram ORDER BY shard DESC)))
FROM (SELECT shard, linlearn_gram(linlearn_row(x, y)) AS gram FROM shards GROUP BY shard) parts;
SELECT count(*), count(DISTINCT model) FROM models;
CREATE TEMP TABLE serial AS SELECT DISTINCT model FROM models;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT linlearn_gram(linlearn_row(x, y)) FROM shards;
SELECT md5(linlearn_solve(linlearn_gram(linlearn_row(x, y)))) = (SELECT model FROM serial) AS same FROM shards;

-- judges: what the aggregates over columns say, serial or parallel
SELECT linlearn_confusion(linlearn_pair(actual, predicted)) = linlearn_confusion(actual, predicted) AS confusion,
	linlearn_confusion(linlearn_pair(colour, 'red'::text)) = linlearn_confusion(colour, 'red'::text) AS of_texts,
	linlearn_confusion(linlearn_pair(i % 3, (i % 2)::text)) = linlearn_confusion(i % 3, (i % 2)::text) AS of_both,
	linlearn_confusion(linlearn_pair(actual, predicted, NULL, weight)) = linlearn_confusion(actual, predicted, weight) AS weighted,
	linlearn_confusion(linlearn_pair(NULLIF(i % 3, 2), i % 2)) = linlearn_confusion(NULLIF(i % 3, 2), i % 2) AS nulls
FROM shards;
SELECT linlearn_roc_auc(linlearn_pair(actual, NULL::boolean, score)) = linlearn_roc_auc(actual, score) AS roc_auc,
	abs(linlearn_pr_auc(linlearn_pair(actual, predicted, score)) - linlearn_pr_auc(actual, score)) < 1e-12 AS pr_auc,
	linlearn_roc_curve(linlearn_pair(actual, predicted, score)) = linlearn_roc_curve(actual, score) AS roc_curve,
	linlearn_pr_curve(linlearn_pair(actual, predicted, score)) = linlearn_pr_curve(actual, score) AS pr_curve,
	linlearn_lift(linlearn_pair(actual, predicted, score)) = linlearn_lift(actual, score) AS lift,
	abs(linlearn_roc_auc(linlearn_pair(actual, predicted, score, weight)) - linlearn_roc_auc(actual, score, weight)) < 1e-12 AS weighted
FROM shards;
RESET max_parallel_workers_per_gather;
SELECT linlearn_metrics(linlearn_pair(actual, predicted, score)) = linlearn_metrics(actual, predicted, score) AS of_classes,
	linlearn_metrics(linlearn_pair(colour, 'red'::text)) = linlearn_metrics(colour, 'red'::text) AS of_texts,
	linlearn_metrics(linlearn_pair(y::numeric(9, 4), x[1])) = linlearn_metrics(y::numeric(9, 4), x[1]) AS of_numbers
FROM shards;
SELECT shard, linlearn_roc_auc(linlearn_pair(actual, predicted, score)) OVER (PARTITION BY shard ORDER BY i) IS NOT NULL AS frame
FROM shards WHERE i IN (4, 5, 6, 8) ORDER BY i;

-- rows that are none, and no rows
SELECT linlearn_gram(linlearn_row(x, y)) IS NULL AS gram, linlearn_metrics(linlearn_pair(actual, predicted)) IS NULL AS metrics
FROM shards WHERE false;
SELECT linlearn_solve(NULL, '{}') IS NULL AS solved;
SELECT linlearn_solve(linlearn_gram(linlearn_row(x, y, CASE WHEN i > 1500 THEN 0 ELSE 1 END)))
	= (SELECT linlearn_solve(linlearn_gram(linlearn_row(x, y, 1))) FROM shards WHERE i <= 1500) AS weightless FROM shards;

-- mistakes
SELECT linlearn_row(ROW(1, 2), 3);
SELECT linlearn_row(ARRAY[1, NULL], 3);
SELECT linlearn_row(NULL::real[], 3);
SELECT linlearn_row(ARRAY[1.0], 'NaN'::float8);
SELECT linlearn_row(ARRAY[1.0], 1, -1);
SELECT linlearn_row(ARRAY[1.0], 1, 1, 'tset');
SELECT linlearn_gram(linlearn_row(x, colour)) FROM shards;
SELECT linlearn_gram(linlearn_row(x[1:1 + i % 2], y)) FROM shards;
SELECT linlearn_gram(NULL);
SELECT linlearn_solve((SELECT linlearn_gram(linlearn_row(x, y)) FROM shards), '{"loss": "absolute_loss"}');
SELECT linlearn_solve((SELECT linlearn_gram(linlearn_row(x, y)) FROM shards), '{"predictor_type": "binary_classifier"}');
SELECT linlearn_metrics(CASE WHEN i < 5 THEN linlearn_pair(1, 2) ELSE linlearn_pair('a'::text, 'b'::text) END) FROM shards;
SELECT linlearn_roc_auc(linlearn_pair(colour, colour, score)) FROM shards;

-- bytes of somebody else
SELECT linlearn_gram('\x00');
SELECT linlearn_gram(linlearn_pair(1, 2));
SELECT linlearn_confusion('\x4c505231');
SELECT linlearn_confusion(linlearn_row(ARRAY[1], 2));
SELECT linlearn_gram_merge('\xdeadbeef00112233');
SELECT linlearn_solve('\x');
-- every byte of a state changed: an error, or a result, and no crash
DO $$
DECLARE
	gram bytea := (SELECT linlearn_gram(linlearn_row(x, y)) FROM shards WHERE i < 50);
	refused integer := 0;
BEGIN
	FOR place IN 0 .. length(gram) - 1 BY 7 LOOP
		BEGIN
			PERFORM linlearn_solve(set_byte(gram, place, 255 - get_byte(gram, place)));
		EXCEPTION WHEN invalid_binary_representation THEN
			refused := refused + 1;
		END;
	END LOOP;
	RAISE NOTICE 'refused all: %', refused = (length(gram) + 6) / 7;
END
$$;
DROP VIEW models;
DROP TABLE shards;

-- a fit and an evaluation of a relation
CREATE TABLE relation_rows AS SELECT i AS id, ARRAY[sin(i), i % 7]::float8[] AS x, sin(i) + i % 7 > 3 AS sold, i % 7 AS days, 1 + sin(i) AS y FROM generate_series(1, 600) AS i;
SELECT version, train_rows, validation_rows, test_rows, skipped_rows, metrics->'rows' AS rows, (metrics->>'accuracy')::float8 > 0.9 AS accurate
FROM linlearn_fit('relation', 'relation_rows'::regclass, 'sold', 'id', features => 'x');
SELECT dataset, query, confusion->'labels' AS labels FROM linlearn_evaluations WHERE model = 'relation';
SELECT linlearn_evaluate('relation', 'relation_rows'::regclass, 'few', label => 'sold', features => 'x', filter => 'id < 50')->'rows' AS rows;
-- F of the beta that the model was chosen by, as of a query
SELECT linlearn_save_model('beta', linlearn_train(x, days > 2, '{"f_beta": 3, "epochs": 1, "optimizer": "sgd", "learning_rate": 0.01}')) AS version FROM relation_rows;
WITH figures AS MATERIALIZED (SELECT linlearn_evaluate('beta', 'SELECT x, sold FROM relation_rows') AS query, linlearn_evaluate('beta', 'relation_rows'::regclass, label => 'sold', features => 'x') AS relation)
SELECT query->'f_beta' = relation->'f_beta' AS same, abs((query->>'f_beta')::float8 - 10 * (query->>'precision')::float8 * (query->>'recall')::float8 / (9 * (query->>'precision')::float8 + (query->>'recall')::float8)) < 1e-12 AS of_beta, query->'precision' <> query->'recall' AS differs
FROM figures;
SELECT linlearn_save_model('betas', linlearn_train(x, days::text, '{"f_beta": 3, "epochs": 1}')) AS version FROM relation_rows;
SELECT a->'macro_f_beta' = b->'macro_f_beta' AS same, b->'beta' AS beta
FROM (SELECT linlearn_evaluate('betas', 'SELECT x, days::text FROM relation_rows') AS a, linlearn_evaluate('betas', 'relation_rows'::regclass, label => 'days::text', features => 'x') AS b) f;
WITH parts AS (SELECT linlearn_metrics_part(linlearn_pair(sold, days > 2)) AS part FROM relation_rows GROUP BY days)
SELECT linlearn_metrics_merge(part, 2)->'f_beta' = (SELECT linlearn_metrics(sold, days > 2, NULL::float8, '{"f_beta": 2}') FROM relation_rows)->'f_beta' AS two,
       linlearn_metrics_merge(part, 1) = linlearn_metrics_merge(part) AS one
FROM parts;
SELECT linlearn_metrics_merge(part, 0) FROM (SELECT linlearn_metrics_part(linlearn_pair(sold, days > 2)) AS part FROM relation_rows) p;
SELECT linlearn_metrics_merge('\xdeadbeef', 1);
-- columns are features where none are given
SELECT version, train_rows, test_rows FROM linlearn_fit('columns', 'relation_rows'::regclass, 'sold', 'id', '{"exclude": ["x", "y"]}');
SELECT linlearn_evaluate('columns', 'relation_rows'::regclass, label => 'sold', filter => 'id < 50')->'rows' AS rows;
-- untyped literals and parameters are queries
SELECT version FROM linlearn_fit('query', 'SELECT id, x, sold FROM relation_rows', 'sold', 'id', '{"num_models": 1}', 'untyped', '0.6', '0.2', '0');
PREPARE relation_fit AS SELECT version FROM linlearn_fit($1, $2, $3, $4, $5);
EXECUTE relation_fit('query', 'SELECT id, x, sold FROM relation_rows', 'sold', 'id', '{"num_models": 1}');
PREPARE relation_evaluate AS SELECT linlearn_evaluate($1, $2) ->> 'rows' AS rows;
EXECUTE relation_evaluate('relation', 'SELECT x, sold FROM relation_rows');
DEALLOCATE relation_fit;
DEALLOCATE relation_evaluate;
SELECT linlearn_fit('no', 'relation_rows'::regclass, 'sold', features => 'x');
SELECT linlearn_fit('no', 'relation_rows'::regclass, 'sold', 'id', features => 'ARRAY[nothing]');
SELECT linlearn_fit('no', 'relation_rows'::regclass, 'sold', 'id', features => 'x', train => 2);
SELECT linlearn_fit('no', 0::regclass, 'sold', 'id', features => 'x');
SELECT linlearn_fit('no', NULL::regclass, 'sold', 'id', features => 'x');
SELECT linlearn_fit('no', 'relation_rows'::regclass, NULL, 'id', features => 'x');
SELECT linlearn_evaluate('relation', 'relation_rows'::regclass, features => 'x');
SELECT linlearn_evaluate('relation', 'relation_rows'::regclass, label => 'sold', features => 'x', filter => 'false');
SELECT linlearn_evaluate('columns', 'relation_rows'::regclass, label => 'sold', features => 'x');
SELECT linlearn_evaluate('nothing', 'relation_rows'::regclass, label => 'sold', features => 'x');
-- channels without a collation are those with one
SELECT count(*) FILTER (WHERE linlearn_row(x, sold, 1, linlearn_split(id)) = linlearn_row(x, sold, 1, linlearn_split_channel(id))) AS same FROM relation_rows;
SELECT linlearn_row(x, sold, 1, NULL::"char") = linlearn_row(x, sold, 1, 'train') AS same FROM relation_rows WHERE id = 1;
SELECT linlearn_row(x, sold, 1, '3'::"char") FROM relation_rows WHERE id = 1;
SELECT linlearn_split_channel(NULL::int);
SELECT linlearn_delete_model('relation'), linlearn_delete_model('columns'), linlearn_delete_model('query'), linlearn_delete_model('beta') = 1 AND linlearn_delete_model('betas') = 1 AS betas;
DROP TABLE relation_rows;
