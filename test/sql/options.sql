-- Options: each row of linlearn_hyperparameters() changes what it says it
-- changes, and refuses what it does not take.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE options_rows AS
SELECT i, ARRAY[x1, 10 * x2 + 100, 4, x3]::float8[] AS x, 1.5 * x1 - x2 + e > 0.8 AS y,
	3 * x1 - 2 * x2 + 7 + e AS z,
	CASE WHEN x1 + e < -1.5 THEN 'low' WHEN x1 - x2 + e > 1.5 THEN 'high' ELSE 'middle' END AS class,
	CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END AS split
FROM (SELECT i, round((sin(i * 12.9898) * 3)::numeric, 3) AS x1,
		round((cos(i * 78.233) * 2)::numeric, 3) AS x2,
		round((sin(i * 37.719))::numeric, 3) AS x3,
		round((sin(i * i * 0.7))::numeric, 3) AS e
	FROM generate_series(1, 600) AS i) AS s;

-- Trains with options over a quick base; the label by predictor type.
CREATE FUNCTION options_model(options jsonb) RETURNS bytea LANGUAGE sql AS $$
	SELECT CASE base ->> 'predictor_type'
		WHEN 'regressor' THEN (SELECT linlearn_train(x, z, base, split) FROM options_rows)
		WHEN 'multiclass_classifier' THEN (SELECT linlearn_train(x, class, base, split) FROM options_rows)
		ELSE (SELECT linlearn_train(x, y, base, split) FROM options_rows) END
	FROM (SELECT CASE WHEN options ->> 'optimizer' IN ('newton', 'lbfgs', 'exact') THEN '{"num_models": 1}'::jsonb
		ELSE '{"optimizer": "adam", "num_models": 1, "epochs": 6, "mini_batch_size": 50}' END || options AS base) AS b $$;
CREATE FUNCTION options_weights(options jsonb) RETURNS float8[] LANGUAGE sql AS $$
	SELECT array_agg(weight) FROM linlearn_weights(options_model(options)) $$;
CREATE FUNCTION options_metric(options jsonb, metric text) RETURNS float8 LANGUAGE sql AS $$
	SELECT (linlearn_model_info(options_model(options)) -> 'metrics' ->> metric)::float8 $$;
CREATE FUNCTION options_setting(options jsonb, name text) RETURNS text LANGUAGE sql AS $$
	SELECT linlearn_model_info(options_model(options)) -> 'hyperparameters' ->> name $$;

-- ---- Every value outside its range is refused by name ----
CREATE FUNCTION options_error(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
	PERFORM linlearn_train(x, y, options) FROM options_rows;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate, message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT name, options_error(jsonb_build_object(name, CASE type WHEN 'boolean' THEN '2'::jsonb
	WHEN 'choice' THEN '"nonsense"' ELSE CASE WHEN name = 'init_bias' THEN '"x"' ELSE '-1' END END)) AS error
FROM linlearn_hyperparameters();
SELECT name, value, options_error(jsonb_build_object(name, value)) AS error
FROM linlearn_hyperparameters(), (VALUES ('null'::jsonb), ('[1]'), ('{}'), ('"auto"'), ('1.5'), ('true')) AS v (value)
WHERE name IN ('epochs', 'use_bias', 'loss', 'f_beta') ORDER BY 1, 2;
SELECT options_error('{"epoch": 3}');
SELECT options_error('{"momentun": 0.5}');
SELECT options_error('{"xyzzy_plugh_frotz": 1}');
SELECT options_error('[]');
SELECT options_error('3');
SELECT options_error('{"loss": "softmax_loss"}');
SELECT options_error('{"num_classes": 3}');
SELECT options_error('{"optimizer": "exact"}');
SELECT options_error('{"optimizer": "exact", "loss": "hinge_loss"}');
SELECT options_error('{"optimizer": "newton", "loss": "huber_loss", "l1": 0.1}');
SELECT options_error('{"optimizer": "adam", "momentum": 0.5}');
SELECT options_error('{"optimizer": "lbfgs", "mini_batch_size": 10}');
SELECT options_error('{"momentum": 0.5, "beta_1": 0.5}');
SELECT linlearn_train(linlearn_sparse(x::real[]), y, '{"unbias_data": true}') FROM options_rows;
SELECT linlearn_model_info(linlearn_train(x, y, options)) -> 'hyperparameters' ->> 'optimizer' AS optimizer, options
FROM options_rows, (VALUES ('{"momentum": 0.5}'::jsonb), ('{"beta_1": 0.5}'), ('{"learning_rate": 0.1}'), ('{}')) AS o (options)
GROUP BY options ORDER BY options;
-- and a regressor's updates, which the closed form has not
SELECT options, linlearn_model_info(model) -> 'hyperparameters' ->> 'optimizer' AS optimizer,
	jsonb_build_object(key, linlearn_model_info(model) -> 'hyperparameters' -> key) = options AS used
FROM (SELECT options, linlearn_train(x, z, options || '{"predictor_type": "regressor"}') AS model
	FROM options_rows, (VALUES ('{"epochs": 3}'::jsonb), ('{"mini_batch_size": 50}'), ('{"learning_rate": 0.1}'), ('{"wd": 0.5}')) AS o (options)
	GROUP BY options) AS s, jsonb_object_keys(options) AS key ORDER BY options;

-- ---- What linlearn says may be said to it: defaults, a model's settings, a trial's ----
SELECT predictor, linlearn_model_info(options_model(jsonb_object_agg(name, default_value::jsonb) ||
	jsonb_build_object('predictor_type', predictor))) -> 'hyperparameters' ->> 'optimizer' AS optimizer
FROM linlearn_hyperparameters(), unnest(ARRAY['binary_classifier', 'multiclass_classifier', 'regressor']) AS predictor
GROUP BY predictor ORDER BY predictor;
-- but for the criterion, which early stopping watches once it is said
CREATE FUNCTION options_again(options jsonb) RETURNS boolean LANGUAGE sql AS $$
	SELECT options_weights(settings - 'binary_classifier_model_selection_criteria') = options_weights(options)
	FROM (SELECT linlearn_model_info(options_model(options)) -> 'hyperparameters' AS settings) AS s $$;
SELECT optimizer, options_again(jsonb_build_object('optimizer', optimizer)) AS binary,
	options_again(jsonb_build_object('optimizer', optimizer, 'predictor_type', 'regressor')) AS regressor
FROM unnest(ARRAY['sgd', 'adam', 'rmsprop', 'adagrad', 'newton', 'lbfgs']) AS optimizer ORDER BY optimizer;
SELECT options_again('{"optimizer": "exact", "predictor_type": "regressor"}') AS exact,
	options_again('{"optimizer": "lbfgs", "predictor_type": "multiclass_classifier"}') AS multiclass;
CREATE TEMP TABLE options_tuned AS SELECT linlearn_tune(x, y, '{"objective": "validation:objective_loss", "strategy": "Random",
	"max_jobs": 12, "epochs": 2, "num_models": 1, "ranges": {
	"optimizer": {"type": "categorical", "values": ["sgd", "adam", "newton", "lbfgs"]},
	"learning_rate": {"type": "continuous", "min": 0.001, "max": 0.1},
	"momentum": {"type": "continuous", "min": 0.1, "max": 0.9}}}', split) AS model FROM options_rows;
SELECT hyperparameters ->> 'optimizer' AS optimizer, array_agg(DISTINCT keys) AS keys, array_agg(DISTINCT options_error(hyperparameters)) AS error
FROM options_tuned, linlearn_trials(model), LATERAL (SELECT string_agg(key, ' ' ORDER BY key) AS keys FROM jsonb_object_keys(hyperparameters) AS key) AS k
GROUP BY 1 ORDER BY 1;
-- which optimizers use an option
SELECT name, optimizers FROM linlearn_hyperparameters() WHERE name IN ('momentum', 'epochs', 'learning_rate', 'beta_1', 'wd') ORDER BY 1;

SELECT options_error('{"epochs": 1e400}');
-- numbers and flags as texts, as SageMaker's maps have them
SELECT options_setting('{"epochs": "3", "use_bias": "false", "learning_rate": "0.05", "wd": "auto"}', n) AS setting
FROM unnest(ARRAY['epochs', 'use_bias', 'learning_rate']) AS n;

-- ---- Every row has an effect ----
-- A row of this table: other weights than the base's where true is expected.
CREATE TABLE options_effects (name text, base jsonb, value jsonb);
INSERT INTO options_effects VALUES
	('learning_rate', '{}', '0.05'), ('epochs', '{}', '3'), ('mini_batch_size', '{}', '25'),
	('optimizer', '{}', '"sgd"'), ('optimizer', '{}', '"rmsprop"'), ('optimizer', '{}', '"adagrad"'),
	('optimizer', '{}', '"newton"'), ('optimizer', '{}', '"lbfgs"'),
	('optimizer', '{"predictor_type": "regressor"}', '"exact"'),
	('momentum', '{"optimizer": "sgd"}', '0.1'), ('beta_1', '{}', '0.5'), ('beta_2', '{}', '0.9'),
	('use_lr_scheduler', '{}', 'false'), ('lr_scheduler_step', '{}', '7'),
	('lr_scheduler_factor', '{}', '0.5'), ('lr_scheduler_minimum_lr', '{"lr_scheduler_factor": 0.1}', '0.01'),
	('wd', '{}', '0.5'), ('l1', '{}', '0.1'), ('use_bias', '{}', 'false'),
	('bias_lr_mult', '{}', '5'), ('bias_wd_mult', '{"wd": 0.5}', '1'),
	('init_method', '{}', '"normal"'), ('init_scale', '{}', '0.5'),
	('init_sigma', '{"init_method": "normal"}', '0.5'), ('init_bias', '{}', '2'),
	('normalize_data', '{}', 'false'), ('unbias_data', '{}', 'false'), ('num_point_for_scaler', '{}', '20'),
	('normalize_label', '{"predictor_type": "regressor"}', 'false'),
	('unbias_label', '{"predictor_type": "regressor"}', 'false'), ('seed', '{}', '1'),
	('loss', '{}', '"hinge_loss"'), ('loss', '{}', '"squared_loss"'), ('loss', '{}', '"huber_loss"'),
	('loss', '{"predictor_type": "multiclass_classifier"}', '"multiclass_hinge_loss"'),
	('loss', '{"predictor_type": "regressor"}', '"absolute_loss"'),
	('loss', '{"predictor_type": "regressor"}', '"eps_insensitive_squared_loss"'),
	('loss', '{"predictor_type": "regressor"}', '"eps_insensitive_absolute_loss"'),
	('margin', '{"loss": "hinge_loss"}', '3'),
	('quantile', '{"predictor_type": "regressor", "loss": "quantile_loss"}', '0.9'),
	('huber_delta', '{"predictor_type": "regressor", "loss": "huber_loss"}', '0.1'),
	('loss_insensitivity', '{"predictor_type": "regressor", "loss": "eps_insensitive_absolute_loss"}', '2'),
	('positive_example_weight_mult', '{}', '5'), ('positive_example_weight_mult', '{}', '"balanced"'),
	('balance_multiclass_weights', '{"predictor_type": "multiclass_classifier"}', 'true'),
	('num_models', '{}', '12');
SELECT name, base, value,
	options_weights(base || jsonb_build_object(name, value)) <> options_weights(base) AS changes
FROM options_effects ORDER BY name, base::text, value::text;
-- what is written is what was given
SELECT count(*) AS checked, count(*) FILTER (WHERE
	to_jsonb(options_setting(base || jsonb_build_object(name, value), name)) #>> '{}' <> value #>> '{}') AS other
FROM options_effects;
-- the rows that are tested below, and no row is forgotten
SELECT array_agg(name ORDER BY name) AS below FROM linlearn_hyperparameters()
WHERE name NOT IN (SELECT name FROM options_effects);

-- ---- As documented ----
SELECT options_weights('{"predictor_type": "multiclass_classifier"}') <> options_weights('{}') AS predictor_type;
SELECT jsonb_array_length(linlearn_model_info(linlearn_train(x, i % 3,
	'{"predictor_type": "multiclass_classifier", "num_classes": 5, "epochs": 1}')) -> 'labels') AS num_classes FROM options_rows;
SELECT options_error('{"feature_dim": 5}') AS feature_dim;
SELECT bool_and(weight = 0) AS constant_feature FROM linlearn_weights(options_model('{}')) WHERE feature = 3;
SELECT count(*) FILTER (WHERE weight = 0) AS l1_zeros
FROM linlearn_weights(options_model('{"l1": 10, "epochs": 30, "early_stopping_patience": 100}')) WHERE feature IS NOT NULL;
SELECT weight AS no_bias FROM linlearn_weights(options_model('{"use_bias": false, "unbias_data": false}')) WHERE feature IS NULL;
SELECT (SELECT sum(weight ^ 2) FROM linlearn_weights(options_model('{"wd": 1}')) WHERE feature IS NOT NULL) <
	(SELECT sum(weight ^ 2) FROM linlearn_weights(options_model('{"wd": 0.01}')) WHERE feature IS NOT NULL) AS wd_shrinks;
-- a quantile q: the share of labels below the prediction
SELECT q, abs(avg((z < linlearn_predict(model, x))::int) - q) < 0.05 AS quantile
FROM (SELECT q, options_model(jsonb_build_object('predictor_type', 'regressor', 'loss', 'quantile_loss', 'quantile', q,
		'epochs', 60, 'early_stopping_patience', 100)) AS model FROM unnest(ARRAY[0.1, 0.5, 0.9]) AS q) AS m, options_rows
WHERE split = 'train' GROUP BY q ORDER BY q;
-- schedules and epochs, in the history
SELECT epoch, learning_rate FROM linlearn_training_history(options_model('{"learning_rate": 0.1,
	"lr_scheduler_step": 9, "lr_scheduler_factor": 0.5, "lr_scheduler_minimum_lr": 0.02, "epochs": 5,
	"early_stopping_patience": 10}'));
SELECT count(*) AS epochs, min(learning_rate) = max(learning_rate) AS unscheduled
FROM linlearn_training_history(options_model('{"epochs": 4, "use_lr_scheduler": false, "early_stopping_patience": 9}'));
SELECT count(*) AS early_stopping_patience
FROM linlearn_training_history(options_model('{"epochs": 50, "early_stopping_patience": 2, "early_stopping_tolerance": 1000}'));
SELECT count(*) AS early_stopping_tolerance
FROM linlearn_training_history(options_model('{"epochs": 20, "early_stopping_patience": 20, "early_stopping_tolerance": 1000}'));
SELECT max(epoch) < 1000000 AS max_seconds
FROM linlearn_training_history(options_model('{"epochs": 1000000, "early_stopping_patience": 1000000, "max_seconds": 0.2}'));
SELECT count(DISTINCT model_index) AS num_models FROM linlearn_training_history(options_model('{"num_models": 5}'));
SELECT (linlearn_model_info(linlearn_train(x, y, '{"num_models": "auto", "optimizer": "adam", "epochs": 1}', split)) ->> 'models')::int > 1 AS with_validation,
	linlearn_model_info(linlearn_train(x, y, '{"num_models": "auto", "optimizer": "adam", "epochs": 1}')) ->> 'models' AS without FROM options_rows;
-- criteria: the threshold is where they are reached on validation rows
SELECT options_metric('{"binary_classifier_model_selection_criteria": "recall_at_target_precision", "target_precision": 0.95}',
		'validation:precision') >= 0.95 AS target_precision,
	options_metric('{"binary_classifier_model_selection_criteria": "precision_at_target_recall", "target_recall": 0.97}',
		'validation:recall') >= 0.97 AS target_recall,
	options_metric('{"binary_classifier_model_selection_criteria": "f_beta", "f_beta": 4}', 'validation:recall') >=
		options_metric('{"binary_classifier_model_selection_criteria": "f_beta", "f_beta": 0.25}', 'validation:recall') AS f_beta;
SELECT linlearn_model_info(options_model('{"binary_classifier_model_selection_criteria": "loss_function"}')) ->> 'threshold' AS loss_function;
SELECT options_metric('{"binary_classifier_model_selection_criteria": "roc_auc"}', 'validation:roc_auc_score') > 0.9 AS roc_auc;
-- one class among the validation rows leaves roc_auc without a value, not without a model
SELECT length(linlearn_train(x, y, '{"binary_classifier_model_selection_criteria": "roc_auc", "optimizer": "adam", "epochs": 2}',
	CASE WHEN y AND i % 2 = 0 THEN 'validation' END)) > 0 AS one_class FROM options_rows;
SELECT options_metric('{"predictor_type": "multiclass_classifier", "accuracy_top_k": 1}', 'train:multiclass_top_k_accuracy') =
		options_metric('{"predictor_type": "multiclass_classifier"}', 'train:multiclass_accuracy') AS top_1,
	options_metric('{"predictor_type": "multiclass_classifier", "accuracy_top_k": 3}', 'train:multiclass_top_k_accuracy') AS top_3;
SELECT options_metric('{"predictor_type": "multiclass_classifier", "f_beta": 3}', 'train:macro_f_beta') <>
	options_metric('{"predictor_type": "multiclass_classifier"}', 'train:macro_f_beta') AS macro_f_beta;
SELECT linlearn_model_info(options_model('{"num_calibration_samples": 3}')) ->> 'threshold' <>
	linlearn_model_info(options_model('{}')) ->> 'threshold' AS num_calibration_samples;
SELECT c AS calibrate, linlearn_model_info(model) ->> 'calibration' AS calibration,
	count(DISTINCT linlearn_score(model, x)) > 5 AS scores, min(linlearn_score(model, x)) >= 0 AND max(linlearn_score(model, x)) <= 1 AS probabilities,
	linlearn_score(model, ARRAY[3, 100, 4, 0]) <> linlearn_score(options_model('{}'), ARRAY[3, 100, 4, 0]) AS changes
FROM (SELECT c, options_model(jsonb_build_object('calibrate', c)) AS model FROM unnest(ARRAY['platt', 'isotonic']) AS c) AS m, options_rows
GROUP BY c, model ORDER BY c;
-- a calibrated model decides as its threshold says
SELECT c, abs(avg((linlearn_predict(model, x) = y::int)::int) -
	(linlearn_model_info(model) #>> '{metrics,validation:binary_classification_accuracy}')::float8) < 1e-9 AS same_accuracy
FROM (SELECT c, options_model(jsonb_build_object('calibrate', c)) AS model FROM unnest(ARRAY['platt', 'isotonic']) AS c) AS m, options_rows
WHERE split = 'validation' GROUP BY c, model ORDER BY c;
-- the metrics of a calibrated model are those of the scores that it gives, whatever the loss; the objective is still the loss
CREATE FUNCTION options_scored(settings jsonb) RETURNS TABLE (channel text, metric text, same boolean) AS $$
	SELECT channel, metric, abs((linlearn_model_info(m) -> 'metrics' ->> (channel || ':' || metric))::float8 - value) < 1e-6
	FROM (SELECT channel, m, linlearn_log_loss(y, s, w) AS log_loss, linlearn_roc_auc(y, s, w) AS roc_auc_score,
			sum(w * (s > (linlearn_model_info(m) ->> 'threshold')::float8 IS NOT DISTINCT FROM y)::int) / sum(w) AS binary_classification_accuracy
		FROM (SELECT coalesce(part, 'train') AS channel, y, w, m, linlearn_score(m, x) AS s
			FROM (SELECT x, y, 1.0::float8 + i % 3 AS w, CASE i % 4 WHEN 0 THEN 'validation' WHEN 1 THEN 'test' END AS part FROM options_rows) AS r,
				(SELECT linlearn_train(x, y, settings || '{"refit": false}', CASE i % 4 WHEN 0 THEN 'validation' WHEN 1 THEN 'test' END, 1 + i % 3) AS m
				FROM options_rows) AS t) AS scored
		GROUP BY channel, m) AS found, LATERAL (VALUES ('log_loss', log_loss), ('roc_auc_score', roc_auc_score),
			('binary_classification_accuracy', binary_classification_accuracy)) AS v (metric, value)
$$ LANGUAGE SQL;
-- (rounding may put the rows that the steps were fitted on beside the edges of these)
SELECT c AS calibrate, l AS loss, metric, bool_and(same OR (c, channel, metric) = ('isotonic', 'validation', 'roc_auc_score')) AND count(*) = 3 AS of_the_scores
FROM unnest(ARRAY['platt', 'isotonic']) AS c, unnest(ARRAY['logistic', 'hinge_loss', 'squared_loss']) AS l,
	options_scored(jsonb_build_object('predictor_type', 'binary_classifier', 'calibrate', c, 'loss', l))
GROUP BY c, l, metric ORDER BY c, l, metric;
-- 2 of 4, 1 of 4 and 4 of 4 are positive: isotonic scores are 3/8 twice, and 1
SELECT l AS loss, abs((info ->> 'train:log_loss')::float8 + (3 * ln(3 / 8.) + 5 * ln(5 / 8.)) / 12) < 1e-9 AS log_loss,
	abs((info ->> 'train:roc_auc_score')::float8 - (0.5 * 3 * 5 + 4 * 5) / 35) < 1e-9 AS roc_auc,
	(info ->> 'train:log_loss')::float8 <> (info ->> 'train:objective_loss')::float8 AS objective_of_the_loss
FROM (SELECT l, linlearn_model_info(linlearn_train(ARRAY[i / 40], i % 4 < (ARRAY[2, 1, 4])[1 + i / 40],
		jsonb_build_object('predictor_type', 'binary_classifier', 'calibrate', 'isotonic', 'loss', l))) -> 'metrics' AS info
	FROM generate_series(0, 119) i, unnest(ARRAY['logistic', 'hinge_loss', 'squared_loss']) AS l GROUP BY l) AS s ORDER BY l;
-- of a multiclass model the objective is the log loss of its scores
SELECT abs((linlearn_model_info(m) #>> '{metrics,train:objective_loss}')::float8 - linlearn_log_loss(i % 3, linlearn_scores(m, ARRAY[i % 3, sin(i)]))) < 1e-6 AS log_loss
FROM generate_series(1, 99) i, (SELECT linlearn_train(ARRAY[i % 3, sin(i)], i % 3, '{"predictor_type": "multiclass_classifier"}') AS m
	FROM generate_series(1, 99) i) AS t GROUP BY m;
SELECT info #> '{rows,train}' AS train, info #> '{rows,validation}' AS validation
FROM (SELECT linlearn_model_info(linlearn_train(x, y, '{"validation_fraction": 0.25}')) AS info FROM options_rows) AS s;
SELECT linlearn_train(x, y, '{"validation_fraction": 0.25}', split) FROM options_rows;
SELECT linlearn_model_info(linlearn_train(CASE WHEN i % 6 > 0 THEN x END, y, '{"on_invalid": "skip"}')) #> '{rows,skipped}' AS on_invalid FROM options_rows;
-- auto takes the better of two weights of the positive rows
SELECT (linlearn_model_info(model) ->> 'models')::int AS models,
	(linlearn_model_info(model) #>> '{hyperparameters,positive_example_weight_mult}') IN ('1', 'balanced') AS chosen
FROM (SELECT linlearn_train(x, y, '{"positive_example_weight_mult": "auto", "optimizer": "adam", "learning_rate": 0.01, "wd": 0.001}', split) AS model
	FROM options_rows) AS s;
SELECT linlearn_train(x, z, '{"predictor_type": "regressor", "optimizer": "sgd", "learning_rate": 1e30}') FROM options_rows;
SELECT options_model('{"optimizer": "adam", "learning_rate": 1e39}') IS NULL AS overflows;
SELECT options_model('{"optimizer": "adam", "learning_rate": 1e20}') IS NULL AS absurd;
SELECT options_model('{"optimizer": "adam", "learning_rate": 1}') IS NULL AS large;

SET client_min_messages = warning;
DROP TABLE options_rows, options_effects;
DROP FUNCTION options_scored, options_model, options_weights, options_metric, options_setting, options_error, options_again;
-- Samples of repeated rows are as the rows are: each pattern has its share.
CREATE TEMPORARY TABLE options_copies AS
SELECT ARRAY[i % 2, i % 3]::float8[] AS x, i % 10 < 3 + 4 * (i % 2) AS y, CASE WHEN i % 7 = 0 THEN 'validation' END AS split
FROM generate_series(1, 4200) i;
SELECT n, abs((info ->> 'threshold')::float8 - 0.5) < 0.2 AS threshold_is_sound, info ->> 'calibration' AS calibration
FROM (SELECT n, linlearn_model_info(linlearn_train(x, y, '{"calibrate": "platt", "optimizer": "lbfgs", "num_models": 1}'::jsonb ||
		jsonb_build_object('num_calibration_samples', n), split)) AS info
	FROM options_copies, unnest(ARRAY[60, 200]) n GROUP BY n) AS s ORDER BY n;
SELECT n, count(*) FILTER (WHERE weight <> 0) AS weights
FROM (SELECT n, linlearn_train(x, y, jsonb_build_object('num_point_for_scaler', n, 'optimizer', 'lbfgs')) AS model
	FROM options_copies, unnest(ARRAY[20, 500]) n GROUP BY n) AS s, linlearn_weights(model) GROUP BY n ORDER BY n;
SELECT fraction, abs((info #>> '{rows,validation}')::float8 / 4200 - fraction) < 0.03 AS fraction_is_met
FROM (SELECT fraction, linlearn_model_info(linlearn_train(x, y, jsonb_build_object('validation_fraction', fraction))) AS info
	FROM options_copies, unnest(ARRAY[0.1, 0.5]) fraction GROUP BY fraction) AS s ORDER BY fraction;

-- ---- Errors show a value as it was written, and a hint that applies ----
CREATE FUNCTION options_error(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	PERFORM linlearn_train(ARRAY[i, 1e308 * sin(i)]::float8[], chr(97 + i % 3), options) FROM generate_series(1, 100) AS i;
	RETURN 'trained';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLERRM, nullif(hint, ''));
END $$;
SELECT options_error(options) FROM unnest(ARRAY['{"epochs": null}', '{"epochs": [1, 2]}', '{"loss": {"a": "b"}}',
	'{"wd": "NaN"}', '{"wd": "inf"}', '{"wd": 1e400}', '{"epochs": 1.50}', '{"seed": 9007199254740993}', '{"seed": 9007199254740992}',
	'{"predictor_type": "binary_classifier"}', '{"optimizer": "lbfgs"}', '{"optimizer": "sgd", "normalize_data": false}']::jsonb[]) AS options;
SELECT octet_length(options_error(jsonb_build_object('loss', ARRAY[repeat('ö', 300)]))) < 200 AS clipped;
DROP FUNCTION options_error;
-- What other libraries call an option
DO $$
DECLARE
	said text;
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['class_weight', 'C', 'alpha', 'penalty', 'max_iter', 'lr', 'solver', 'random_state', 'fit_intercept', 'reg_lambda', 'groups', 'cv', 'epoch']
	LOOP
		BEGIN
			PERFORM linlearn_train(ARRAY[i], i > 1, jsonb_build_object(name, 1)) FROM generate_series(1, 2) AS i;
		EXCEPTION WHEN invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS said = PG_EXCEPTION_HINT;
			RAISE WARNING '% %', name, said;
		END;
	END LOOP;
END $$;
-- every such name leads to an option that there is
DO $$
DECLARE
	said text;
	name text;
BEGIN
	FOREACH name IN ARRAY '{class_weight,C,alpha,lambda,lambda_l1,lambda_l2,reg_alpha,reg_lambda,weight_decay,penalty,max_iter,max_epochs,num_epochs,iterations,n_iter,lr,eta,eta0,solver,algorithm,batch_size,random_state,random_seed,fit_intercept,intercept,normalize,standardize,objective,family,tol,patience,epsilon,tau,groups,sample_weight,cv,n_splits,
		model_type,l1_reg,L2_REG,max_iterations,learn_rate,learn_rate_strategy,ls_init_learn_rate,early_stop,min_rel_progress,optimize_strategy,auto_class_weights,data_split_eval_fraction,data_split_method,data_split_col,calculate_p_values,num_trials,max_parallel_trials}'::text[]
	LOOP
		said := NULL;
		BEGIN
			PERFORM linlearn_train(ARRAY[i], i > 1, jsonb_build_object(name, 1)) FROM generate_series(1, 2) AS i;
		EXCEPTION WHEN invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS said = PG_EXCEPTION_HINT;
		END;
		said := substring(said FROM 'Here it is "([^"]+)"');
		-- these are no hyperparameters: an object, a tuning's option and names of columns
		IF said IS NULL OR NOT said = ANY (ARRAY(SELECT h.name FROM linlearn_hyperparameters() AS h) || '{class_weights,folds,fold_group,weight,max_jobs,max_parallel_jobs}'::text[]) THEN
			RAISE WARNING '% leads to %', name, said;
		END IF;
	END LOOP;
END $$;
SELECT linlearn_tune(ARRAY[i], i > 1, '{"objective": "validation:log_loss", "folds": 2, "ranges": "auto", "max_iter": 3}') FROM generate_series(1, 4) AS i;
