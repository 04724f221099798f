-- From a query to a saved model, judged on rows that it has not seen.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE fit_rows AS
SELECT i AS id, (i * 37 % 101)::float8 AS age, CASE WHEN i % 10 > 0 THEN i % 7 END AS visits,
	(ARRAY['basic', 'gold', 'silver'])[1 + i * 7 % 3] AS plan, 'x'::text AS "Odd ""name",
	CASE WHEN i % 50 > 0 THEN CASE WHEN sin(i) + (i * 37 % 101) / 30.0 > 2 THEN 'Yes' ELSE 'No' END END AS churn,
	(i % 4)::float8 AS w, i / 3 AS household
FROM generate_series(1, 900) AS i;
ANALYZE fit_rows;

SELECT version, train_rows, validation_rows, test_rows, skipped_rows, metrics ->> 'rows' AS rows, seconds >= 0 AS seconds
FROM linlearn_fit('fit', 'SELECT * FROM fit_rows', label => 'churn', key => 'id');
-- the parts are those of linlearn_split, and the model that of linlearn_train
SELECT linlearn_split(id) AS part, count(churn), count(*) - count(churn) AS unlabelled FROM fit_rows GROUP BY 1 ORDER BY 1;
SELECT linlearn_model('fit') = (SELECT linlearn_train(t, churn, '{"exclude": ["churn", "id"]}', linlearn_split(id))
	FROM fit_rows t WHERE linlearn_split(id) <> 'test') AS of_train;
-- the evaluation that is kept can be made again
SELECT version, dataset, linlearn_evaluate(model, query, 'again', version) = metrics AS again,
	linlearn_evaluate(model, 'SELECT t, churn FROM fit_rows t WHERE linlearn_split(id) = ''test''', 'by hand', version) = metrics AS by_hand
FROM linlearn_evaluations WHERE model = 'fit' ORDER BY version;

-- an expression as label: what it reads is no feature; a semicolon and a comment do no harm
SELECT version, train_rows, metrics ->> 'positive' AS positive
FROM linlearn_fit('fit', E'SELECT * FROM fit_rows -- all; \n;', label => 'churn = ''Yes'' -- left', key => 'id', description => 'an expression');
SELECT string_agg("column", ' ' ORDER BY "column") AS features FROM linlearn_columns(linlearn_model('fit'));
SELECT version, description FROM linlearn_models WHERE name = 'fit' ORDER BY version;
-- without a key the rows' values are it: the same rows, the same split, in any order
SELECT a.train_rows = b.train_rows AND a.metrics -> 'roc_auc' = b.metrics -> 'roc_auc' AS same, a.train_rows <> (SELECT count(churn) FROM fit_rows WHERE linlearn_split(id) = 'train') AS another_split
FROM linlearn_fit('keyless', 'SELECT * FROM fit_rows', label => 'churn', options => '{"exclude": ["id", "household"]}') a,
	linlearn_fit('keyless', 'SELECT * FROM fit_rows ORDER BY random()', label => 'churn', options => '{"exclude": ["id", "household"]}') b;
SELECT linlearn_model('keyless', 1) = linlearn_model('keyless', 2) AS same_model;
-- keys that several rows share stay together; a key may be an expression
SELECT test_rows = (SELECT count(churn) FROM fit_rows WHERE linlearn_split(household) = 'test') AS together
FROM linlearn_fit('grouped', 'SELECT * FROM fit_rows', label => 'churn', key => 'id / 3', options => '{"exclude": ["household"]}');
-- options: excluded already, included, weights; other shares and seeds
SELECT version, train_rows, validation_rows, test_rows, metrics IS NULL AS no_metrics
FROM linlearn_fit('options', 'SELECT * FROM fit_rows', 'churn', 'id', '{"exclude": ["id", "household", "churn"], "weight": "w", "wd": 0.01}'),
	(SELECT 1) one
UNION ALL SELECT version, train_rows, validation_rows, test_rows, metrics IS NULL
FROM linlearn_fit('options', 'SELECT * FROM fit_rows', 'churn', 'id', '{"include": ["age", "plan"]}', train => 0.8, validation => 0.2, seed => -7);
SELECT string_agg("column", ' ' ORDER BY "column") AS weighted FROM linlearn_columns(linlearn_model('options', 1));
SELECT linlearn_evaluate(model, query, 'again', version) = metrics AS again, query ~ 'weight' AS weighted FROM linlearn_evaluations WHERE model = 'options' ORDER BY version;
-- names that need quotes, or are ours: t is what the statements call a row
SELECT version FROM linlearn_fit('names', 'SELECT age AS "Age", plan AS t, visits AS r, churn AS "Churn?", id AS features, w AS label FROM fit_rows', label => 'Churn?', key => 'features');
SELECT string_agg("column", ' ' ORDER BY "column") AS features FROM linlearn_columns(linlearn_model('names'));
SELECT version, metrics ->> 'predictor_type' AS predictor FROM linlearn_fit('regressor', 'TABLE fit_rows', 'ln(1 + age)', 'id', '{"predictor_type": "regressor", "exclude": ["churn"]}');
-- in a function, with the names of a search_path that hides PostgreSQL's
CREATE FUNCTION fit_again() RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_catalog AS
	$$ BEGIN RETURN (SELECT version FROM linlearn_fit('fit', 'SELECT * FROM fit_rows', label => 'churn', key => 'id')); END $$;
SELECT fit_again();
SELECT linlearn_model('fit', 1) = linlearn_model('fit', 3) AS same;

-- ---- who may ----
\set SHOW_CONTEXT never
CREATE ROLE regress_fit_nobody;
GRANT SELECT ON linlearn_models, linlearn_versions TO regress_fit_nobody;
SET ROLE regress_fit_nobody;
SELECT linlearn_fit('mine', 'SELECT * FROM fit_rows', 'churn', 'id');
RESET ROLE;
GRANT INSERT ON linlearn_models TO regress_fit_nobody;
SET ROLE regress_fit_nobody;
SELECT linlearn_fit('mine', 'SELECT * FROM fit_rows', 'churn', 'id', train => 1, validation => 0);
RESET ROLE;
REVOKE ALL ON linlearn_models, linlearn_versions, fit_rows FROM regress_fit_nobody;
DROP ROLE regress_fit_nobody;

-- ---- what cannot be ----
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churned');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'nix');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn) , (1');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn) FROM fit_rows WHERE (true');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn; DROP TABLE fit_rows');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn AND');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', '');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', ' ');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', '{"wd": 0}');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'max(churn)');
SELECT linlearn_fit('no', 'SELECT FROM fit_rows', 'churn');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', '$1');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows; DROP TABLE fit_rows', 'churn');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows) AS x; DROP TABLE fit_rows; SELECT * FROM (SELECT 1', 'churn');
SELECT linlearn_fit('no', 'DELETE FROM fit_rows RETURNING *', 'churn');
SELECT linlearn_fit('no', 'DROP TABLE fit_rows', 'churn');
SELECT linlearn_fit('no', '', 'churn');
SELECT linlearn_fit('no', 'public.fit_rows', 'churn');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows WHERE false', 'churn', 'id');
SELECT linlearn_fit('no', 'SELECT id, churn FROM fit_rows', 'churn', 'id');
SELECT linlearn_fit('no', 'SELECT *, churn AS churn2 FROM fit_rows WHERE churn <> ''''', 'churn', 'id');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'visits');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'id', train => 2);
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'id', '[]');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'id', '{"exclude": "age"}');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'id', '{"exclude": ["aeg"]}');
SELECT linlearn_fit('no', NULL, 'churn');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', NULL);
SELECT linlearn_fit(NULL, 'SELECT * FROM fit_rows', 'churn');
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', seed => NULL);
-- nobody else's function stands for one of ours
CREATE FUNCTION linlearn_split(bigint, float8, float8, bigint) RETURNS text LANGUAGE sql AS $$ SELECT 'train' $$;
SELECT linlearn_fit('no', 'SELECT * FROM fit_rows', 'churn', 'id::bigint');
DROP FUNCTION linlearn_split(bigint, float8, float8, bigint);
SELECT count(*) AS left, (SELECT count(*) FROM linlearn_models WHERE name IN ('no', 'mine')) AS saved FROM fit_rows;

-- a card, which is an object: said before the training
SELECT version FROM linlearn_fit('carded', 'SELECT * FROM fit_rows', 'churn', 'id', card => '{"owner": "sales"}');
SELECT version FROM linlearn_fit('carded', 'fit_rows'::regclass, 'churn', 'id', description => 'again', card => '{"owner": "all"}');
SELECT version, description, card FROM linlearn_models WHERE name = 'carded' ORDER BY version;
SELECT linlearn_fit('no', 'SELECT 1 / 0 AS churn', 'churn', card => '[1]');
SELECT linlearn_delete_model('carded');

SELECT count(linlearn_delete_model(name)) FROM (SELECT DISTINCT name FROM linlearn_models WHERE name IN ('fit', 'keyless', 'grouped', 'options', 'names', 'regressor')) m;
DROP FUNCTION fit_again();
DROP TABLE fit_rows;

-- ---- Who may not save or evaluate hears of it before a row is read ----

SELECT version FROM linlearn_fit('told', 'SELECT i AS a, i % 3 AS b, i > 20 AS y FROM generate_series(1, 60) AS i', 'y');
CREATE ROLE regress_linlearn_reader;
GRANT SELECT ON linlearn_models TO regress_linlearn_reader;
SET ROLE regress_linlearn_reader;
SELECT linlearn_fit('told', 'SELECT 1 / (i - i) AS a, true AS y FROM generate_series(1, 60) AS i', 'y');
SELECT linlearn_fit('told', 'pg_class'::regclass, 'relisshared');
SELECT linlearn_evaluate('told', 'SELECT 1 / (i - i) AS a, 1 AS b, true AS y FROM generate_series(1, 60) AS i', label => 'y');
SELECT linlearn_evaluate('told', 'pg_class'::regclass, label => 'relisshared');
RESET ROLE;
GRANT INSERT ON linlearn_models TO regress_linlearn_reader;
SET ROLE regress_linlearn_reader;
SELECT linlearn_fit('told', 'SELECT 1 / (i - i) AS a, true AS y FROM generate_series(1, 60) AS i', 'y');
SELECT version, test_rows FROM linlearn_fit('told', 'SELECT i AS a, i % 3 AS b, i > 20 AS y FROM generate_series(1, 60) AS i', 'y', train => 1, validation => 0);
RESET ROLE;
BEGIN READ ONLY;
SELECT linlearn_fit('told', 'SELECT 1 / (i - i) AS a, true AS y FROM generate_series(1, 60) AS i', 'y');
ROLLBACK;
REVOKE ALL ON linlearn_models FROM regress_linlearn_reader;
DROP ROLE regress_linlearn_reader;
SELECT linlearn_delete_model('told');
-- what a newcomer is told: every column that cannot stay in one go, levels too rare, a name that table and column share
CREATE TABLE fit_told AS
SELECT i AS age, 'row ' || i AS "quo""te", 'name ' || i AS name, i % 4 = 1 AS again, (ARRAY['a', 'b', 'c'])[1 + i % 3] AS kind,
       i % 4 = 1 AS label
FROM generate_series(1, 60) AS i;
SELECT linlearn_train(t, label, '{"exclude": ["label"]}') FROM fit_told AS t;
SELECT linlearn_train(t, label, '{"exclude": ["label", "again"]}') FROM fit_told AS t;
SELECT linlearn_train(t, age, '{"predictor_type": "regressor", "include": ["kind"]}') FROM fit_told AS t WHERE age <= 9;
SELECT linlearn_train(age, label) FROM fit_told AS age;
SELECT linlearn_score(linlearn_train(t, label, '{"include": ["age", "kind"]}'), max(t.age)) FROM fit_told AS t;
SELECT linlearn_train(t, label, '{"exclud": ["label"]}') FROM fit_told AS t;
SELECT linlearn_train(t, label, '{"fold_groups": "kind"}') FROM fit_told AS t;
SELECT linlearn_fit('no', '"Fit told"', 'label');
SELECT linlearn_fit('no', '"Fit told" "again', 'label');
-- rows that hold the same are in one part, and the test may be empty
SELECT version, train_rows + validation_rows AS rows, test_rows, metrics
FROM linlearn_fit('alike', 'SELECT i % 2 AS a, i % 3 = 0 AS y FROM generate_series(1, 60) AS i', 'y', seed => 1);
-- a label that only the test has
SELECT * FROM linlearn_fit('no', $$SELECT i, sin(i) AS x, CASE WHEN i = n THEN 'rare' WHEN sin(i) > 0 THEN 'yes' ELSE 'no' END AS label
  FROM generate_series(1, 200) AS i, (SELECT min(k) AS n FROM generate_series(1, 200) AS k WHERE linlearn_split(k, 0.6, 0.2, 0) = 'test') AS m$$,
  label => 'label', key => 'i', options => '{"exclude": ["i"]}');
DROP TABLE fit_told;
