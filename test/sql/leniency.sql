-- What Linear Learner documents as ignored is carried over with one WARNING.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set SHOW_CONTEXT never

CREATE TABLE lenient AS
SELECT i, ARRAY[i % 7, i % 11, i * i % 13]::float8[] AS x, i % 7 + i % 11 > 8 AS y, i % 3 AS k,
	(i % 7) * 2.0::float8 + i % 11 AS v, CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END AS split
FROM generate_series(1, 400) i;

-- the whole map of defaults, as strings, as the SDK sends it
CREATE TABLE defaults AS SELECT '{
	"accuracy_top_k": "3", "balance_multiclass_weights": "false", "beta_1": "auto", "beta_2": "auto", "bias_lr_mult": "auto",
	"bias_wd_mult": "auto", "binary_classifier_model_selection_criteria": "accuracy", "early_stopping_patience": "3",
	"early_stopping_tolerance": "0.001", "epochs": "15", "f_beta": "1.0", "feature_dim": "auto", "huber_delta": "1.0", "init_bias": "0.0",
	"init_method": "uniform", "init_scale": "0.07", "init_sigma": "0.01", "l1": "auto", "learning_rate": "auto", "loss": "auto",
	"loss_insensitivity": "0.01", "lr_scheduler_factor": "auto", "lr_scheduler_minimum_lr": "auto", "lr_scheduler_step": "auto",
	"margin": "1.0", "mini_batch_size": "1000", "momentum": "auto", "normalize_data": "true", "normalize_label": "auto",
	"num_calibration_samples": "auto", "num_models": "auto", "num_point_for_scaler": "10000", "optimizer": "auto",
	"positive_example_weight_mult": "1.0", "quantile": "0.5", "target_precision": "0.8", "target_recall": "0.8",
	"unbias_data": "auto", "unbias_label": "auto", "use_bias": "true", "use_lr_scheduler": "true", "wd": "auto"}'::jsonb AS map;
SELECT linlearn_train(x, y, map || '{"predictor_type": "binary_classifier", "num_classes": "1"}', split) IS NOT NULL AS binary FROM lenient, defaults;
SELECT linlearn_train(x, k, map || '{"predictor_type": "multiclass_classifier", "num_classes": "3"}', split) IS NOT NULL AS multi FROM lenient, defaults;
SELECT linlearn_train(x, v, map || '{"predictor_type": "regressor", "num_classes": "1"}', split) IS NOT NULL AS regressor FROM lenient, defaults;
-- as Python's str() writes flags, and as the values that a tuning does not vary
SELECT linlearn_train(x, y, replace(replace(map::text, '"true"', '"True"'), '"false"', '"False"')::jsonb || '{"predictor_type": "binary_classifier"}', split)
	= linlearn_train(x, y, map || '{"predictor_type": "binary_classifier"}', split) AS same FROM lenient, defaults;
SELECT kind, (SELECT count(*) FROM linlearn_trials(m)) AS trials FROM (
	SELECT 'binary_classifier', linlearn_tune(x, y, map || '{"predictor_type": "binary_classifier", "objective": "validation:binary_f_beta", "max_jobs": 2, "ranges": {"l1": {"min": "1e-7", "max": "1"}}}', split) FROM lenient, defaults
	UNION ALL SELECT 'multiclass_classifier', linlearn_tune(x, k, map || '{"predictor_type": "multiclass_classifier", "num_classes": "3", "objective": "validation:multiclass_accuracy", "max_jobs": 2, "ranges": {"l1": {"min": "1e-7", "max": "1"}}}', split) FROM lenient, defaults
	UNION ALL SELECT 'regressor', linlearn_tune(x, v, map || '{"predictor_type": "regressor", "objective": "validation:mse", "max_jobs": 2, "ranges": {"l1": {"min": "1e-7", "max": "1"}}}', split) FROM lenient, defaults) AS t (kind, m) ORDER BY kind;
SELECT linlearn_train(x, v, '{"predictor_type": "regressor", "loss": "squared_loss", "quantile": "0.9"}') IS NOT NULL AS squared FROM lenient;

-- each of what does not apply is named once, whatever the number of groups
SELECT count(m) AS models
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam", "momentum": 0.5, "quantile": 0.1,
	"normalize_label": true, "init_sigma": 0.5, "margin": 2, "target_recall": 0.5, "accuracy_top_k": 2, "epochs": 2}') FROM lenient GROUP BY i % 5) g (m);
SELECT linlearn_train(x, v, '{"predictor_type": "regressor", "optimizer": "exact", "epochs": 3, "beta_1": 0.5, "use_bias": false, "bias_wd_mult": 2}') IS NOT NULL AS exact FROM lenient;
SELECT linlearn_train(x, v, '{"predictor_type": "regressor", "optimizer": "sgd", "use_lr_scheduler": false, "lr_scheduler_step": 5, "init_method": "normal", "init_scale": 2, "epochs": 1}') IS NOT NULL AS sgd FROM lenient;
-- with both optimizers' own the default one is taken
SELECT linlearn_model_info(linlearn_train(x, y, '{"momentum": 0.5, "beta_1": 0.5, "epochs": 1}'))->'hyperparameters'->'optimizer' AS optimizer FROM lenient;
-- the weights are those without
SELECT (SELECT array_agg(w.weight ORDER BY feature) FROM linlearn_weights(a) w)
	= (SELECT array_agg(w.weight ORDER BY feature) FROM linlearn_weights(b) w) AS same_weights
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam"}'),
	linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam", "quantile": 0.1, "num_classes": 1, "normalize_label": true}')
	FROM lenient) m (a, b);

-- real contradictions stay errors
SELECT linlearn_train(x, k, '{"predictor_type": "multiclass_classifier", "num_classes": 1}') FROM lenient;
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "loss": "softmax_loss"}') FROM lenient;
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "loss": "hinge_loss", "optimizer": "exact"}') FROM lenient;
SELECT linlearn_train(linlearn_sparse(x::real[]), y, '{"unbias_data": true}') FROM lenient;

-- a tuning: a range wins over a value, num_models is not for it
SELECT (SELECT count(*) FROM linlearn_trials(m)) AS trials
FROM (SELECT linlearn_tune(x, y, '{"predictor_type": "binary_classifier", "objective": "validation:binary_f_beta", "max_jobs": 3, "num_models": 4,
	"mini_batch_size": 50, "learning_rate": "0.1", "momentum": 0.5, "min_resource": 2, "epochs": 2,
	"ranges": {"mini_batch_size": {"type": "integer", "min": 10, "max": 90}, "learning_rate": {"type": "continuous", "min": 0.01, "max": 1}, "beta_2": {"type": "continuous", "min": 0.5, "max": 0.9}}}', split) FROM lenient) t (m);
SELECT (SELECT count(*) FROM linlearn_trials(m)) AS trials
FROM (SELECT linlearn_tune(x, y, '{"predictor_type": "binary_classifier", "objective": "validation:binary_f_beta", "strategy": "Hyperband", "max_parallel_jobs": 4, "max_resource": 3,
	"ranges": {"momentum": {"type": "continuous", "min": 0.1, "max": 0.9}, "optimizer": ["adam"]}}', split) FROM lenient) t (m);
DROP TABLE lenient, defaults;

-- Options of columns do nothing for arrays, nor feature_dim for rows of a table: one
-- warning each, of however many workers.
CREATE TABLE lenient_rows AS SELECT i AS a, i % 7 AS b, i % 3 = 0 AS y FROM generate_series(1, 60) i;
ALTER TABLE lenient_rows SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET linlearn.parallel_rows = on;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT linlearn_train(ARRAY[a, b], y, '{"exclude": ["a"], "wd": 1}') IS NOT NULL AS trained FROM lenient_rows;
SELECT linlearn_train(r, y, '{"include": ["b"], "feature_dim": 7, "wd": 1}') IS NOT NULL AS trained FROM lenient_rows r;
SELECT linlearn_tune(r, y, '{"include": ["b"], "feature_dim": 7, "objective": "train:objective_loss",
                             "objective_type": "Minimize", "max_jobs": 2, "ranges": "auto"}') IS NOT NULL AS tuned
FROM lenient_rows r;
-- So do options for keys of jsonb that no row has, and for those of no such kind.
CREATE TABLE lenient_keys AS SELECT i AS a, i % 2 AS g, jsonb_build_object('k', 'l' || i % 3, 'n', i % 5) || CASE WHEN i % 2 = 0 THEN '{"even": 1}' ELSE '{}' END::jsonb AS js, i % 3 = 0 AS y
FROM generate_series(1, 200) i;
ALTER TABLE lenient_keys SET (parallel_workers = 2);
SELECT linlearn_train(r, y, '{"exclude": ["a", "g", "y"], "columns": {"js.kez": {"min_rows": 3}, "js.k": {"min_rows": 3}, "js.\"<b>": {"hash": 4}}}') IS NOT NULL AS trained FROM lenient_keys r;
SELECT linlearn_train(r, y, '{"exclude": ["a", "g", "y"], "columns": {"js": {"parts": ["month"]}}}') IS NOT NULL AS trained FROM lenient_keys r;
SELECT linlearn_train(r, y, '{"exclude": ["a", "g", "y"], "columns": {"js": {"min_rows": 2}, "js.k": {"min_rows": 3}}}') IS NOT NULL AS trained FROM lenient_keys r;
SELECT linlearn_train(r, y, '{"exclude": ["a", "g", "y"], "columns": {"js": {"min_rows": 2, "parts": ["month"]}, "js.n": {"buckets": 2}, "js.even": {}, "js.odd": {}}}') IS NOT NULL AS trained FROM lenient_keys r;
SELECT linlearn_train(r, y, '{"include": ["a", "js.k", "js.z"], "columns": {"js.z": {"log": true}}}') IS NOT NULL AS trained FROM lenient_keys r;
SELECT linlearn_tune(r, y, '{"include": ["a", "js.k", "js.z"], "objective": "train:objective_loss", "objective_type": "Minimize", "max_jobs": 2, "ranges": "auto"}') IS NOT NULL AS tuned FROM lenient_keys r;
SELECT g, linlearn_train(r, y, '{"exclude": ["a", "g", "y"], "columns": {"js.even": {"log": true}}}') IS NOT NULL AS trained FROM lenient_keys r GROUP BY g ORDER BY g;
DROP TABLE lenient_rows, lenient_keys;
