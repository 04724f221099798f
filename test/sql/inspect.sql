-- What a model tells of itself.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE inspect_rows AS
SELECT i, ARRAY[x1, x2, 4]::float8[] AS x, x1 > 0.5 AS y,
	CASE WHEN x1 > 1 THEN 'a' WHEN x2 > 100 THEN 'b' ELSE 'c' END AS class,
	2 * x1 - x2 + 3 AS z, CASE WHEN i % 4 = 0 THEN 'validation' END AS split
FROM (SELECT i, round((sin(i * 12.9898) * 3)::numeric, 2) AS x1,
		round((cos(i * 78.233) * 20 + 100)::numeric, 2) AS x2
	FROM generate_series(1, 400) AS i) AS s;
CREATE TABLE inspect_models AS
SELECT 'binary' AS kind, linlearn_train(x, y, '{"optimizer": "adam", "epochs": 4}', split) AS model FROM inspect_rows
UNION ALL SELECT 'multiclass', linlearn_train(x, class, '{"optimizer": "adam", "epochs": 4}', split) FROM inspect_rows
UNION ALL SELECT 'regressor', linlearn_train(x, z, '{"predictor_type": "regressor", "num_models": 1, "refit": false}', split) FROM inspect_rows;

-- ---- linlearn_model_info ----
SELECT kind, array_agg(key ORDER BY key) AS keys
FROM inspect_models, jsonb_object_keys(linlearn_model_info(model)) AS key GROUP BY kind ORDER BY kind;
SELECT kind, array_agg(key ORDER BY key) AS metrics
FROM inspect_models, jsonb_object_keys(linlearn_model_info(model) -> 'metrics') AS key GROUP BY kind ORDER BY kind;
SELECT kind, info ->> 'predictor_type' AS predictor, info ->> 'loss' AS loss, info ->> 'feature_dim' AS dim,
	info ->> 'feature_format' AS format, info ->> 'label_type' AS label_type, info -> 'labels' AS labels,
	(info ->> 'model_bytes')::int = length(model) AS bytes, info -> 'rows' AS rows
FROM inspect_models, linlearn_model_info(model) AS info ORDER BY kind;
-- the hyperparameters are those of the table, none of them auto where it was trained by it
SELECT kind, (SELECT array_agg(key ORDER BY key) FROM jsonb_object_keys(info -> 'hyperparameters') AS key) =
		(SELECT array_agg(name ORDER BY name) FROM linlearn_hyperparameters()) AS same_names,
	info #>> '{hyperparameters,learning_rate}' <> 'auto' AS rate, info #>> '{hyperparameters,wd}' <> 'auto' AS wd,
	info #>> '{hyperparameters,loss}' = info ->> 'loss' AS loss
FROM inspect_models, linlearn_model_info(model) AS info ORDER BY kind;
-- the fingerprint tells row sets apart, not their order
SELECT count(DISTINCT linlearn_model_info(m) ->> 'fingerprint') AS fingerprints FROM (
	SELECT linlearn_train(x, y) AS m FROM (SELECT * FROM inspect_rows ORDER BY i DESC) AS a
	UNION ALL SELECT linlearn_train(x, y, '{"wd": 3}') FROM inspect_rows
	UNION ALL SELECT linlearn_train(x, y) FROM inspect_rows WHERE i > 1
	UNION ALL SELECT linlearn_train(x, y, '{}', split) FROM inspect_rows) AS s;
SELECT linlearn_model_info(NULL) IS NULL AS none;

-- ---- linlearn_weights: the margin in the user's units ----
SELECT kind, count(*) AS rows, count(DISTINCT label) AS labels, count(*) FILTER (WHERE feature IS NULL) AS biases,
	bool_and(CASE WHEN feature = 3 THEN weight = 0 AND mean = 4 AND deviation = 0 END) AS constant,
	bool_and(abs(importance - abs(weight) * deviation) < 1e-12) AS importance,
	bool_and((mean IS NULL) = (feature IS NULL)) AS bias_has_no_mean
FROM inspect_models, linlearn_weights(model) GROUP BY kind ORDER BY kind;
SELECT feature, abs(w.mean - avg(x[feature])) < 1e-9 AS mean, abs(w.deviation - stddev_pop(x[feature])) < 1e-9 AS deviation
FROM inspect_models, linlearn_weights(model) AS w, inspect_rows
WHERE kind = 'regressor' AND split IS NULL AND feature IS NOT NULL GROUP BY feature, w.mean, w.deviation ORDER BY 1;
CREATE VIEW inspect_margins AS
SELECT kind, model, i, x, label,
	sum(weight * CASE WHEN feature IS NULL THEN 1 ELSE x[feature] END) AS margin
FROM inspect_models, linlearn_weights(model), inspect_rows GROUP BY kind, model, i, x, label;
SELECT max(abs(linlearn_score(model, x) - 1 / (1 + exp(-margin)))) < 1e-9 AS binary_score
FROM inspect_margins WHERE kind = 'binary';
SELECT max(abs(linlearn_score(model, x) - margin)) < 1e-9 AS regressor_score
FROM inspect_margins WHERE kind = 'regressor';
SELECT max(abs(p - exp(margin) / total)) < 1e-6 AS multiclass_scores
FROM (SELECT (linlearn_scores(model, x))[ascii(label) - 96] AS p, margin, sum(exp(margin)) OVER (PARTITION BY i) AS total
	FROM inspect_margins WHERE kind = 'multiclass') AS s;

-- ---- linlearn_training_history ----
SELECT kind, count(DISTINCT model_index) = (linlearn_model_info(model) ->> 'models')::int AS all_models,
	max(epoch) <= 4 AS epochs, count(DISTINCT model_index) FILTER (WHERE best) AS best,
	min(model_index) FILTER (WHERE best) = (linlearn_model_info(model) ->> 'best_model')::int AS which,
	bool_and(train_loss >= 0 AND validation_loss >= 0) AS losses, bool_and(learning_rate > 0) AS rates,
	bool_and(criterion BETWEEN 0 AND 1) AS criterion
FROM inspect_models, linlearn_training_history(model) WHERE kind <> 'regressor' GROUP BY kind, model ORDER BY kind;
-- the learning rate falls by schedule
SELECT bool_and(learning_rate <= before) AS falls FROM (
	SELECT learning_rate, lag(learning_rate) OVER (PARTITION BY model_index ORDER BY epoch) AS before
	FROM inspect_models, linlearn_training_history(model) WHERE kind = 'multiclass') AS s;

-- ---- linlearn_hyperparameters: the table as it is ----
SELECT name, type, allowed, default_value, applies_to FROM linlearn_hyperparameters();
SELECT count(*) AS rows, count(DISTINCT name) AS names, count(*) FILTER (WHERE meaning = '') AS without_meaning
FROM linlearn_hyperparameters();

SET client_min_messages = warning;
DROP TABLE inspect_rows, inspect_models CASCADE;
