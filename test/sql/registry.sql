-- Saved models, evaluations, catalogue, comparison, privileges.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set SHOW_CONTEXT never

CREATE TABLE grid AS
SELECT i, ARRAY[i % 7, i % 11, i * i % 13]::real[] AS x, i % 7 + i % 11 > 8 AS y,
	(ARRAY['cat', 'dog', 'eel'])[1 + (i % 7) / 3] AS animal,
	(i % 7) * 2.0::float8 + i % 11 AS v
FROM generate_series(1, 2000) i;

CREATE TABLE trained AS
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "mini_batch_size": 100}') AS zero,
	linlearn_train(x, animal, '{"predictor_type": "multiclass_classifier", "mini_batch_size": 100}') AS many,
	linlearn_train(x, v, '{"predictor_type": "regressor", "mini_batch_size": 100}') AS value
FROM grid;

-- versions count from 1 for each name
SELECT linlearn_save_model('zero', zero, 'the first') AS zero_1, linlearn_save_model('many', many) AS many_1,
	linlearn_save_model('value', value) AS value_1
FROM trained;
SELECT linlearn_save_model('zero', linlearn_train(x, NOT y, '{"predictor_type": "binary_classifier", "epochs": 1}')) AS zero_2 FROM grid;
SELECT name, version, created_by = current_user AS mine, description, model = CASE name
	WHEN 'zero' THEN zero WHEN 'many' THEN many ELSE value END AS same
FROM linlearn_models, trained ORDER BY name, version;
SELECT linlearn_model('zero', 1) = zero AS first, linlearn_model('zero') = zero AS latest, linlearn_model('value') = value AS only
FROM trained;
SELECT linlearn_predict_label((SELECT linlearn_model('many')), '{0, 1, 2}'::real[]);

-- what is refused
SELECT linlearn_save_model('zero', '\x00010203');
SELECT linlearn_save_model('zero', substring(zero FOR 100)) FROM trained;
SELECT linlearn_save_model('zero', set_byte(zero, 200, get_byte(zero, 200) # 1)) FROM trained;
SELECT linlearn_save_model('zero', NULL);
SELECT linlearn_save_model(NULL, zero) FROM trained;
SELECT linlearn_save_model('', zero) FROM trained;
SELECT linlearn_save_model(repeat('x', 201), zero) FROM trained;
SELECT linlearn_model('none');
SELECT linlearn_model('zero', 9);
SELECT linlearn_model('zero', 0);
SELECT linlearn_delete_model('none');
SELECT linlearn_delete_model('zero', 9);

-- evaluate
SELECT round((m->>'accuracy')::numeric, 2) > 0.9 AS accurate, m->'positive' AS positive, m->'rows' AS rows,
	m ? 'roc_auc' AS auc, m ? 'confusion' AS matrix
FROM linlearn_evaluate('zero', 'SELECT x, y FROM grid;  ', version => 1) m;
SELECT m->'classes' AS classes, m->'top_k' AS k, m->'top_k_accuracy' AS top_k, (m->>'dcg')::float8 > 0.8 AS dcg, (m->>'log_loss')::float8 < 1 AS log_loss
FROM linlearn_evaluate('many', 'SELECT x, animal FROM grid -- all of them', 'all') m;
SELECT (m->>'r2')::float8 > 0.2 AS r2, m->'weight' AS weight
FROM linlearn_evaluate('value', 'SELECT x, v, i % 2 FROM grid', 'odd') m;
-- what the stored figures are is what the aggregates say
SELECT (SELECT metrics->'accuracy' FROM linlearn_evaluations WHERE model = 'zero')
	= (SELECT linlearn_metrics(y, linlearn_predict_label(zero, x))->'accuracy' FROM grid, trained) AS same_accuracy,
	(SELECT (metrics->>'roc_auc')::float8 FROM linlearn_evaluations WHERE model = 'zero')
	= (SELECT linlearn_roc_auc(y, linlearn_score(zero, x)) FROM grid, trained) AS same_auc,
	(SELECT metrics->>'mse' FROM linlearn_evaluations WHERE model = 'value')
	<> (SELECT linlearn_mse(v, linlearn_predict(value, x))::text FROM grid, trained) AS weighted_mse_differs;
SELECT c.model, c.version, c.dataset, actual, predicted, c.count = count(g.i) AS right_count
FROM linlearn_confusion_matrix c CROSS JOIN trained LEFT JOIN grid g ON
	CASE c.model WHEN 'zero' THEN g.y::text ELSE g.animal END = actual AND
	linlearn_predict_label(CASE c.model WHEN 'zero' THEN zero ELSE many END, g.x) IN (predicted, left(predicted, 1))
GROUP BY c.model, c.version, c.dataset, actual, predicted, c.count ORDER BY 1, 2, 3, 4, 5;
-- again: the earlier evaluation of the dataset gives way
SELECT linlearn_evaluate('zero', 'SELECT x, y FROM grid WHERE i <= 10', version => 1)->'rows' AS rows;
SELECT linlearn_evaluate('zero', 'SELECT x, y FROM grid')->'rows' AS rows;
SELECT model, version, dataset, metrics->'rows' AS rows, query, confusion IS NOT NULL AS matrix FROM linlearn_evaluations ORDER BY 1, 2, 3;
SELECT linlearn_evaluate('zero', 'SELECT x, y FROM grid WHERE false');
SELECT linlearn_evaluate('zero', 'SELECT x FROM grid');
SELECT linlearn_evaluate('zero', 'SELECT x, y, 1, 2 FROM grid');
SELECT linlearn_evaluate('zero', 'SELECT x, y FROM grid; SELECT 1');
SELECT linlearn_evaluate('zero', 'DELETE FROM grid');
SELECT linlearn_evaluate('zero', '');
SELECT linlearn_evaluate('zero', 'SELECT');
SELECT linlearn_evaluate('zero', NULL);
SELECT linlearn_evaluate('zero', 'SELECT x, y FROM grid', NULL);
SELECT linlearn_evaluate('none', 'SELECT x, y FROM grid');
SELECT linlearn_evaluate('zero', 'SELECT x, i FROM grid WHERE i < 9', 'numbers', 1)->'rows';
SELECT linlearn_evaluate('zero', 'SELECT x[1:2], y FROM grid');

-- catalogue and comparison
SELECT name, version, predictor_type, loss, feature_dim, label_type, num_classes, labels, threshold BETWEEN 0 AND 1 AS threshold,
	train_rows, validation_rows, length(fingerprint) AS fingerprint, hyperparameters->'epochs' AS epochs, model_bytes = length(model) AS bytes
FROM linlearn_model_catalog JOIN linlearn_models USING (name, version) ORDER BY name, version;
SELECT source, metric, first_value = second_value AS same, difference = second_value - first_value AS difference
FROM linlearn_compare('zero', 1, 2)
WHERE metric IN ('accuracy', 'rows', 'train:binary_classification_accuracy');
SELECT count(*) FROM linlearn_compare('none', 1, 2);
SELECT count(*) > 0 AS one_sided, bool_and(second_value IS NULL) AS no_second FROM linlearn_compare('zero', 1, 7);

-- a rollback takes a version back
BEGIN;
SELECT linlearn_save_model('zero', zero) AS zero_3 FROM trained;
ROLLBACK;
SELECT max(version) FROM linlearn_models WHERE name = 'zero';

-- delete: with the evaluations
SELECT linlearn_delete_model('zero', 1) AS deleted;
SELECT count(*) FROM linlearn_evaluations WHERE model = 'zero' AND version = 1;
SELECT linlearn_delete_model('zero') AS deleted;
SELECT linlearn_delete_model('zero');

-- privileges: nothing without GRANT; columns are enough to save
CREATE ROLE regress_linlearn_reader;
CREATE ROLE regress_linlearn_writer;
GRANT SELECT ON grid, trained TO regress_linlearn_reader, regress_linlearn_writer;
SET ROLE regress_linlearn_reader;
SELECT linlearn_model('many');
SELECT linlearn_save_model('mine', zero) FROM trained;
SELECT linlearn_delete_model('many');
SELECT linlearn_evaluate('many', 'SELECT x, animal FROM grid');
SELECT count(*) FROM linlearn_model_catalog;
SELECT count(*) FROM linlearn_confusion_matrix;
SELECT * FROM linlearn_compare('many', 1, 2);
RESET ROLE;
GRANT SELECT ON linlearn_models TO regress_linlearn_reader;
GRANT SELECT, INSERT (name, version, model, description) ON linlearn_models TO regress_linlearn_writer;
SET ROLE regress_linlearn_reader;
SELECT linlearn_model('many') = many AS readable FROM trained;
SELECT linlearn_save_model('mine', zero) FROM trained;
SET ROLE regress_linlearn_writer;
SELECT linlearn_save_model('mine', zero) FROM trained;
SELECT linlearn_delete_model('mine');
INSERT INTO linlearn_models (name, version, model, created_by) SELECT 'mine', 2, zero, 'postgres' FROM trained;
RESET ROLE;
SELECT created_by FROM linlearn_models WHERE name = 'mine';
-- row level security says who sees which
ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON linlearn_models TO regress_linlearn_reader USING (name = 'many');
SET ROLE regress_linlearn_reader;
SELECT linlearn_model('many') IS NOT NULL AS allowed;
SELECT linlearn_model('mine');
RESET ROLE;
GRANT INSERT (name, version, model, description) ON linlearn_models TO regress_linlearn_reader;
CREATE POLICY add ON linlearn_models FOR INSERT TO regress_linlearn_reader WITH CHECK (true);
SET ROLE regress_linlearn_reader;
SELECT linlearn_save_model('mine', zero) FROM trained;
RESET ROLE;
DROP POLICY add ON linlearn_models;
DROP POLICY own ON linlearn_models;
ALTER TABLE linlearn_models DISABLE ROW LEVEL SECURITY;

-- objects of the same names in front of the search_path are not taken
CREATE SCHEMA regress_linlearn_shadow;
CREATE TABLE regress_linlearn_shadow.linlearn_models (name text, version int, model bytea);
SET search_path = regress_linlearn_shadow, public;
SELECT linlearn_model('many') IS NOT NULL AS fetched;
SELECT linlearn_delete_model('mine') AS deleted;
RESET search_path;

-- bytes that are no model do not get in; those that were in before the rule
-- hide nothing else in the catalogue
\set VERBOSITY terse
INSERT INTO linlearn_models (name, version, model) VALUES ('bad', 1, 'no model');
INSERT INTO linlearn_models (name, version, model) SELECT 'bad', 1, substr(zero, 1, length(zero) - 1) FROM trained;
UPDATE linlearn_models SET model = set_byte(model, 40, 255 - get_byte(model, 40)) WHERE name = 'many';
\set VERBOSITY default
SELECT linlearn_is_model(zero), linlearn_is_model('no model'), linlearn_is_model(''), linlearn_is_model(NULL) FROM trained;
SELECT linlearn_checked_model_info(zero) = linlearn_model_info(zero) AS same, linlearn_checked_model_info('no model') FROM trained;
BEGIN;
ALTER TABLE linlearn_models DROP CONSTRAINT linlearn_models_is_model;
INSERT INTO linlearn_models (name, version, model) VALUES ('bad', 1, 'no model'), ('bad', 2, '');
SELECT name, version, predictor_type, problem FROM linlearn_model_catalog WHERE name IN ('bad', 'value') ORDER BY name, version;
SELECT count(*) = count(DISTINCT (name, version)) AND count(*) = count(predictor_type) + count(problem) AS all_there FROM linlearn_model_catalog;
SELECT linlearn_create_endpoint('bad', 'bad', 1);
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA regress_linlearn_shadow CASCADE;
RESET client_min_messages;
SELECT linlearn_delete_model('many') AS many, linlearn_delete_model('value') AS value;
REVOKE ALL ON linlearn_models FROM regress_linlearn_reader, regress_linlearn_writer;
REVOKE ALL (name, version, model, description) ON linlearn_models FROM regress_linlearn_reader, regress_linlearn_writer;
DROP TABLE grid, trained;
DROP ROLE regress_linlearn_reader, regress_linlearn_writer;
