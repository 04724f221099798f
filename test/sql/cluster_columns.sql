-- Columns of any type as features of rows that stay where they are.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
CREATE TYPE plan_kind AS ENUM ('small', 'large', 'free');
CREATE TABLE clients AS
SELECT i AS id, i % 3 AS shard, NULLIF(i * 37 % 101, 7) AS tenure, (ARRAY['Month', 'One year', 'Two year', NULL])[1 + i * 7 % 4] AS contract,
	i % 5 = 0 AS senior, (20 + i * 31 % 97 / 1.7)::numeric(8, 2) AS charges, date '2020-01-01' + i % 400 AS signup,
	(ARRAY['small', 'free', 'large'])[1 + i % 3]::plan_kind AS plan, ('slow:' || 1 + i % 2 || ' w' || i % 7)::tsvector AS notes,
	ARRAY['t' || i % 4] AS tags, CASE WHEN i % 6 = 0 THEN '{"a": 1, "b": "x"}'::jsonb WHEN i % 5 = 0 THEN '{"a": 2}' END AS extra,
	ARRAY[sin(i), cos(i)]::real[] AS block,
	sin(i) + (i * 37 % 101) / 50.0 + (i % 5 = 0)::int > 1 AS churn, 3 * (i % 5 = 0)::int + (i * 37 % 101) / 10.0 + sin(i) AS y
FROM generate_series(1, 1000) i;

-- the columns, terms and weights of linlearn_train
SELECT a."column", a.type, a.encoding, a.terms = b.terms AND a.nulls = b.nulls AND a.mean IS NOT DISTINCT FROM b.mean AND a.deciles IS NOT DISTINCT FROM b.deciles AS same
FROM linlearn_columns(linlearn_train_distributed('clients', '*', 'churn', '{"exclude": ["id", "shard", "y"], "wd": 0.01}')) a
FULL JOIN linlearn_columns((SELECT linlearn_train(c, churn, '{"exclude": ["id", "shard", "y", "churn"], "wd": 0.01}') FROM clients c)) b USING ("column") ORDER BY a."column";
SELECT count(*), max(abs(a.weight - b.weight)) < 1e-5 AS same
FROM linlearn_weights(linlearn_train_distributed('clients', '*', 'churn', '{"exclude": ["id", "shard", "y"], "wd": 0.01}')) a
FULL JOIN linlearn_weights((SELECT linlearn_train(c, churn, '{"exclude": ["id", "shard", "y", "churn"], "wd": 0.01}') FROM clients c)) b USING (term);
-- least squares, with standard errors: a category lacks its most frequent level
SELECT term, round(a.weight::numeric, 2) AS weight, abs(a.weight - b.weight) < 1e-9 AND abs(a.standard_error / b.standard_error - 1) < 1e-6 AS same
FROM linlearn_weights(linlearn_train_distributed('clients', 'tenure, contract, senior, plan', 'y', '{"wd": 0, "predictor_type": "regressor"}')) a
FULL JOIN linlearn_weights((SELECT linlearn_train(c, y, '{"include": ["tenure", "contract", "senior", "plan"], "wd": 0, "predictor_type": "regressor"}') FROM clients c)) b USING (term) ORDER BY term;

-- what features may be
SELECT features, (SELECT json_agg("column") FROM linlearn_columns(linlearn_train_distributed('clients', features, 'churn', '{"exclude": ["id"], "wd": 0.01, "predictor_type": "binary_classifier"}'))) AS columns
FROM unnest(ARRAY['id, tenure, tenure * 2 AS twice', 't.*', NULL, '*, ln(1 + charges) AS ln_charges', 'id, "contract"']) AS features;
SELECT "column" FROM linlearn_columns(linlearn_train_distributed('clients', 't', 'churn', '{"include": ["tenure", "extra.a"]}'));
SELECT "column" FROM linlearn_columns(linlearn_train_distributed('clients', 'contract', 'churn'));
SELECT linlearn_model_info(linlearn_train_distributed('clients', 'block', 'churn'))->>'columns' AS columns;
-- weights, a channel and a filter; the column of the weights is no feature
SELECT linlearn_train_distributed('clients', 'tenure, shard', 'churn', '{"weight": "shard"}') = linlearn_train_distributed('clients', 'tenure', 'churn', weight => 'shard') AS same,
	linlearn_model_info(linlearn_train_distributed('clients', 'tenure', 'churn', '{}', 'id > 100', 'CASE WHEN id % 5 = 0 THEN ''validation'' END'))->'rows' AS rows;
-- options of columns
SELECT term FROM linlearn_weights(linlearn_train_distributed('clients', 'tenure, contract, signup, charges, tags', 'churn',
	'{"wd": 0.01, "columns": {"tenure": {"buckets": 3}, "contract": {"reference": "Month"}, "signup": {"parts": ["weekday"]}, "charges": {"spline": 4}, "tags": {"hash": 8}}}')) ORDER BY term;

-- the same bytes in parts
SELECT count(*), count(DISTINCT survey) FROM (
	SELECT linlearn_survey_columns(linlearn_row(linlearn_cells('{"names": ["tenure", "plan"]}', tenure, plan), churn)) AS survey FROM clients
	UNION ALL
	SELECT linlearn_survey_columns_merge(survey ORDER BY shard) FROM (
		SELECT shard, linlearn_survey_columns(linlearn_row(linlearn_cells('{"names": ["tenure", "plan"]}', tenure, plan), churn)) AS survey
		FROM clients GROUP BY shard) parts) s;
-- a fit and an evaluation
SELECT version, train_rows, test_rows, metrics->>'accuracy' > '0.7' AS accurate FROM linlearn_fit('clients', 'clients'::regclass, 'churn', 'id', '{"exclude": ["shard", "y"]}', features => '*');
SELECT abs((linlearn_evaluate('clients', 'clients'::regclass, label => 'churn', features => '*', filter => 'id < 300')->>'accuracy')::float8
	- (SELECT avg((linlearn_predict(linlearn_model('clients'), c) = churn::int)::int) FROM clients c WHERE id < 300)) < 1e-9 AS same;
SELECT query FROM linlearn_evaluations WHERE model = 'clients' ORDER BY query;
SELECT linlearn_delete_model('clients');

-- mistakes
SELECT linlearn_train_distributed('clients', 'nobody', 'churn');
SELECT linlearn_train_distributed('clients', 'tenure,', 'churn');
SELECT linlearn_train_distributed('clients', 'tenure FROM clients --', 'churn');
SELECT linlearn_train_distributed('clients', 'tenure INTO TEMP stolen', 'churn');
SELECT linlearn_train_distributed('clients', 'ROW(tenure, contract)', 'churn');
SELECT linlearn_train_distributed('clients', 'tenure, tenure', 'churn');
SELECT linlearn_train_distributed('clients', '*', 'churn', '{"cross": [["contract", "senior"]]}');
SELECT linlearn_train_distributed('clients', '*', 'y', '{"offset": "tenure"}');
SELECT linlearn_train_distributed('clients', 'tenure, shard', 'churn', '{"weight": "shard"}', weight => 'id');
SELECT linlearn_train_distributed('clients', '*', 'churn', '{"columns": {"contract": {"log": true}}}');
SELECT linlearn_train_distributed('clients', '*', 'churn', '{"exclude": ["nobody"]}');
SELECT linlearn_train_distributed('clients', 'senior', 'senior');
SELECT linlearn_train_distributed('clients', '1 AS one', 'churn');
SELECT linlearn_train_distributed('clients', 'id::text AS key', 'churn');
SELECT linlearn_train_distributed('clients', 'point(1, 2) AS p, tenure', 'churn');
SELECT linlearn_train_distributed('clients', 'array_fill(1.5::float8, ARRAY[1 + id % 2]) AS a', 'churn');
SELECT linlearn_cells('{"names": ["a"]}', 1, 2);
SELECT linlearn_cells('[]', 1);
SELECT linlearn_cells('{"names": ["a", ""]}', 1, 2);
SELECT linlearn_cells('{"names": ["a", "a"]}', 1, 2);
SELECT linlearn_cells('{"names": ["a"]}', VARIADIC ARRAY[1]);
SELECT linlearn_cells(NULL, 1);
SELECT linlearn_cells('{"names": ["a"]}', 'NaN'::float8);
SELECT linlearn_cells('{"names": ["a"], "types": ["int8"]}', 7::int2) = linlearn_cells('{"names": ["a"]}', 7::int8) AS converted;
SELECT linlearn_cells('{"names": ["a"], "types": ["int8"]}', 'x'::text);
SELECT linlearn_cells('{"names": ["a"], "types": ["cstring"]}', 'x'::text);
SELECT linlearn_cells('{"names": ["a"], "types": ["plan_kind"]}', 'x'::text);
SELECT linlearn_cells('{"names": ["a"]}', repeat('x', 70000));

-- bytes of somebody else
SELECT linlearn_survey_columns(linlearn_row('\x00'::bytea, 1));
SELECT linlearn_survey_columns(linlearn_row(ARRAY[1.5], 1));
SELECT linlearn_survey_columns(linlearn_row(linlearn_cells('{"names": ["a"]}', i) || linlearn_cells('{"names": ["a"]}', i), i)) FROM generate_series(1, 2) i;
SELECT linlearn_survey_columns(linlearn_row(CASE WHEN i = 1 THEN linlearn_cells('{"names": ["a"]}', i) ELSE linlearn_cells('{"names": ["a"]}', 'x'::text) END, i)) FROM generate_series(1, 2) i;
SELECT linlearn_survey_columns_merge('\xdeadbeef00112233');
SELECT linlearn_terms('\x00', linlearn_cells('{"names": ["a"]}', 1));
DROP TABLE clients;
DROP TYPE plan_kind;
