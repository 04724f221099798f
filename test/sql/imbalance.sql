-- imbalance: weights of classes, costs of wrong decisions, criteria for few positives.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE imbalance_rows AS
SELECT i, ARRAY[a, b]::float8[] AS x, s > 1 AS y, CASE WHEN s < -.5 THEN 'a' WHEN s < .8 THEN 'b' ELSE 'c' END AS k
FROM (SELECT i, sin(i) AS a, cos(1.7 * i) AS b, sin(i) + .5 * cos(1.7 * i) + 1.5 * sin(i * i) AS s FROM generate_series(1, 300) AS i) AS s;
CREATE FUNCTION imbalance_train(options jsonb, label text DEFAULT 'y', channel text DEFAULT 'NULL') RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE model bytea;
BEGIN
	EXECUTE format('SELECT linlearn_train(x, %I, $1, %s) FROM imbalance_rows', label, channel) INTO model USING options;
	RETURN model;
END $$;

-- ---- class_weights: scikit-learn's class_weight ----
/*
 * /usr/bin/python3 of scikit-learn 1.2.1, of which wd is 1 / (C * sum of weights):
 * i = np.arange(1, 301.0); x = np.c_[np.sin(i), np.cos(1.7 * i)]
 * s = x[:, 0] + .5 * x[:, 1] + 1.5 * np.sin(i * i)
 * LogisticRegression(C=1, class_weight={True: 3, False: .5}, solver='newton-cg', tol=1e-9, max_iter=1000).fit(x, s > 1)
 * k = np.where(s < -.5, 'a', np.where(s < .8, 'b', 'c'))
 * LogisticRegression(C=1, class_weight={'a': 2, 'b': 1, 'c': 4}, solver='newton-cg', tol=1e-9, max_iter=1000).fit(x, k)
 */
SELECT feature, round(weight::numeric, 6) AS weight, abs(weight - peer) < 1e-6 AS equal
FROM linlearn_weights(imbalance_train('{"class_weights": {"true": 3, "false": 0.5}, "optimizer": "newton", "epochs": 100, "wd": 0.0032, "normalize_data": false, "unbias_data": false}')),
	LATERAL (SELECT (ARRAY[-0.1203379749, 2.0944622236, 1.0188512045])[coalesce(feature, 0) + 1] AS peer) AS p;
SELECT label, feature, round(w::numeric, 6) AS weight, abs(w - peer) < 1e-6 AS equal
FROM (SELECT label, feature, weight - CASE WHEN feature IS NULL THEN first_value(weight) OVER (PARTITION BY feature ORDER BY label) ELSE 0 END AS w
	FROM linlearn_weights(imbalance_train(jsonb_build_object('class_weights', '{"a": 2, "b": 1, "c": 4}'::jsonb, 'optimizer', 'lbfgs', 'epochs', 1000, 'wd', 1 / 653.0, 'normalize_data', false, 'unbias_data', false), 'k'))) AS w,
	LATERAL (SELECT (ARRAY[0, -1.045990835447, -0.651575728672, -0.540961930211, -0.001667235383, -0.054976121025, 0.198557995671, 1.04765807083, 0.706551849697])[3 * (ascii(label) - ascii('a')) + coalesce(feature, 0) + 1] AS peer) AS p
ORDER BY label, feature NULLS FIRST;
-- weights of rows are the same
SELECT max(abs(a.weight - b.weight)) < 1e-6 AS as_row_weights
FROM linlearn_weights(imbalance_train('{"class_weights": {"true": 3, "false": 0.5}, "wd": 0.01, "normalize_data": false}')) AS a
JOIN linlearn_weights((SELECT linlearn_train(x, y, '{"wd": 0.01, "normalize_data": false}', NULL, CASE WHEN y THEN 3 ELSE 0.5 END) FROM imbalance_rows)) AS b
	ON a.feature IS NOT DISTINCT FROM b.feature;
-- a label that is not named weighs 1; the info tells
SELECT info -> 'class_weights' AS class_weights, info #> '{hyperparameters,positive_example_weight_mult}' AS mult
FROM linlearn_model_info(imbalance_train('{"class_weights": {"true": 3}}')) AS info;
SELECT linlearn_model_info(imbalance_train('{"class_weights": {"c": 4}}', 'k')) -> 'class_weights' AS class_weights;
SELECT linlearn_model_info(imbalance_train('{}')) ? 'class_weights' AS has_class_weights;
-- numbers as labels, in the words of their text
SELECT linlearn_model_info(linlearn_train(x, CASE k WHEN 'a' THEN 1.5 WHEN 'b' THEN 2 ELSE 10 END, '{"predictor_type": "multiclass_classifier", "class_weights": {"1.5": 4, "10": 2}}'))
	-> 'class_weights' AS class_weights FROM imbalance_rows;
-- kept by all optimizers, through selection, folds, refit and calibration: more rows are called positive
SELECT options, weighted > plain AS more
FROM unnest(ARRAY['{"optimizer": "lbfgs"}', '{"optimizer": "newton"}', '{"optimizer": "adam"}', '{"optimizer": "sgd", "epochs": 20}', '{"loss": "squared_loss"}', '{"loss": "hinge_loss"}',
		'{"validation_fraction": 0.3}', '{"validation_fraction": 0.3, "optimizer": "adam"}', '{"validation_fraction": 0.3, "refit": false}', '{"validation_fraction": 0.3, "num_models": 3}']::jsonb[]) AS options,
	LATERAL (SELECT imbalance_train(options || '{"class_weights": {"true": 6}}') AS a, imbalance_train(options) AS b OFFSET 0) AS m,
	LATERAL (SELECT sum(linlearn_predict(a, x)) AS weighted, sum(linlearn_predict(b, x)) AS plain FROM imbalance_rows) AS p;
SELECT options, sum(linlearn_predict(b, x)) AS plain, sum(linlearn_predict(a, x)) AS weighted
FROM unnest(ARRAY['{"objective": "validation:objective_loss", "ranges": "auto", "max_jobs": 4, "folds": 3}', '{"objective": "validation:objective_loss", "ranges": "auto", "max_jobs": 4, "validation_fraction": 0.3}']::jsonb[]) AS options,
	LATERAL (SELECT linlearn_tune(x, y, options || '{"class_weights": {"true": 6}}') AS a, linlearn_tune(x, y, options || '{"positive_example_weight_mult": 1}') AS b FROM imbalance_rows) AS m,
	imbalance_rows
GROUP BY options ORDER BY options;
-- the same rows in another order: the same bytes
SELECT md5((SELECT linlearn_train(x, k, '{"class_weights": {"a": 2, "b": 1, "c": 4}}' ORDER BY i DESC) FROM imbalance_rows))
	= md5((SELECT linlearn_train(x, k, '{"class_weights": {"a": 2, "b": 1, "c": 4}}' ORDER BY sin(i)) FROM imbalance_rows)) AS same;

-- ---- What is refused, and what has no effect ----
SELECT imbalance_train('{"class_weights": 3}');
SELECT imbalance_train('{"class_weights": {}}');
SELECT imbalance_train('{"class_weights": ["true"]}');
SELECT imbalance_train('{"class_weights": {"true": 0}}');
SELECT imbalance_train('{"class_weights": {"true": -1}}');
SELECT imbalance_train('{"class_weights": {"true": "2"}}');
SELECT imbalance_train('{"class_weights": {"true": 1e400}}');
SELECT imbalance_train('{"class_weights": {"true": {"false": 1}}}');
SELECT imbalance_train('{"class_weights": {"true": 2}, "positive_example_weight_mult": "balanced"}');
SELECT imbalance_train('{"class_weights": {"true": 2}, "positive_example_weight_mult": "auto"}');
SELECT imbalance_train('{"class_weights": {"a": 2}, "balance_multiclass_weights": true}', 'k');
SELECT linlearn_tune(x, y, '{"objective": "train:objective_loss", "ranges": {"positive_example_weight_mult": [1, 5]}, "class_weights": {"true": 2}}') FROM imbalance_rows;
SELECT imbalance_train('{"class_weights": {"true": 2, "1": 3}}') IS NULL AS is_null;
SELECT imbalance_train('{"class_weights": {"a": 2, "d": 3, "e": 1, "f": 1, "g": 1}}', 'k') IS NULL AS is_null;
SELECT linlearn_train(x, i, '{"predictor_type": "regressor", "class_weights": {"1": 3}}') IS NULL AS is_null FROM imbalance_rows;
SELECT imbalance_train('{"threshold_costs": 3}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1}}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negative": 0}}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negative": "Infinity"}}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1e400, "false_negative": 1}}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negativ": 1}}');
SELECT imbalance_train('{"threshold_cost": {"false_positive": 1, "false_negative": 1}}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negative": 2}, "binary_classifier_model_selection_criteria": "recall_at_target_precision"}');
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negative": 2}}', 'k') IS NULL AS is_null;
SELECT imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negative": 2}, "loss": "hinge_loss"}') IS NULL AS is_null;

-- ---- threshold_costs ----
-- without validation rows the costs' own: fp / (fp + fn), of weighted classes weighed back
SELECT options, round((info ->> 'threshold')::numeric, 6) AS threshold, info #> '{hyperparameters,threshold_costs.false_positive}' AS fp, info #> '{hyperparameters,threshold_costs.false_negative}' AS fn
FROM unnest(ARRAY['{}', '{"optimizer": "adam"}', '{"class_weights": {"true": 4}}', '{"calibrate": "platt"}', '{"calibrate": "isotonic"}', '{"loss": "hinge_loss", "calibrate": "platt"}']::jsonb[]) AS options,
	LATERAL linlearn_model_info(imbalance_train(options || '{"threshold_costs": {"false_positive": 1, "false_negative": 9}}')) AS info;
-- with them that of least cost, if it is less than at the costs' own by more than chance
SELECT fn, round((info ->> 'threshold')::numeric, 4) AS threshold, cost, least, cost <= own AS not_above_own
FROM unnest(ARRAY[1, 3, 10, 30]) AS fn,
	LATERAL (SELECT imbalance_train(jsonb_build_object('refit', false, 'threshold_costs', jsonb_build_object('false_positive', 1, 'false_negative', fn)), 'y', 'CASE WHEN i % 2 = 0 THEN ''validation'' END') AS model OFFSET 0) AS m,
	linlearn_model_info(model) AS info,
	LATERAL (SELECT sum(CASE WHEN linlearn_predict(model, x) = 1 THEN (NOT y)::int ELSE y::int * fn END) AS cost,
		sum(CASE WHEN linlearn_score(model, x) > 1 / (1.0 + fn) THEN (NOT y)::int ELSE y::int * fn END) AS own FROM imbalance_rows WHERE i % 2 = 0) AS c,
	LATERAL (SELECT min(total) AS least FROM (SELECT sum(CASE WHEN y THEN -fn ELSE 1 END) OVER (ORDER BY linlearn_score(model, x) DESC) + sum(y::int * fn) OVER () AS total FROM imbalance_rows WHERE i % 2 = 0) AS t) AS l;
-- a loss without probabilities has costs by validation rows; the info's settings can be given again
SELECT loss, fn, called
FROM unnest(ARRAY['hinge_loss', 'squared_loss']) AS loss, unnest(ARRAY[1, 10]) AS fn,
	LATERAL (SELECT imbalance_train(jsonb_build_object('loss', loss, 'class_weights', '{"true": 4}'::jsonb, 'threshold_costs', jsonb_build_object('false_positive', 1, 'false_negative', fn)), 'y', 'CASE WHEN i % 2 = 0 THEN ''validation'' END') AS model OFFSET 0) AS m,
	LATERAL (SELECT sum(linlearn_predict(model, x)) AS called FROM imbalance_rows) AS c;
SELECT again -> 'threshold' = info -> 'threshold' AS same, again #> '{hyperparameters,threshold_costs.false_negative}' AS fn
FROM linlearn_model_info(imbalance_train('{"threshold_costs": {"false_positive": 1, "false_negative": 9}}')) AS info,
	linlearn_model_info(imbalance_train((info -> 'hyperparameters') - 'num_classes' - 'epochs')) AS again;
SELECT linlearn_model_info(linlearn_tune(x, y, '{"objective": "validation:objective_loss", "ranges": "auto", "max_jobs": 3, "folds": 3, "threshold_costs": {"false_positive": 1, "false_negative": 9}, "positive_example_weight_mult": 1}'))
	-> 'threshold' AS threshold FROM imbalance_rows;

-- ---- Matthews' correlation and balanced accuracy ----
-- a criterion reaches at least what the others do in it
SELECT criterion, round((info #>> '{metrics,validation:mcc}')::numeric, 6) AS mcc, round((info #>> '{metrics,validation:balanced_accuracy}')::numeric, 6) AS balanced_accuracy,
	round((info #>> '{metrics,validation:binary_f_beta}')::numeric, 6) AS f_beta
FROM unnest(ARRAY['matthews_correlation', 'mcc', 'balanced_accuracy', 'f_beta', 'accuracy']) AS criterion,
	LATERAL linlearn_model_info(imbalance_train(jsonb_build_object('binary_classifier_model_selection_criteria', criterion), 'y', 'CASE WHEN i % 2 = 0 THEN ''validation'' END')) AS info;
-- they are those of the aggregates
SELECT abs((info #>> '{metrics,validation:mcc}')::float8 - (m ->> 'mcc')::float8) < 1e-12 AS mcc, abs((info #>> '{metrics,validation:balanced_accuracy}')::float8 - (m ->> 'balanced_accuracy')::float8) < 1e-12 AS balanced_accuracy
FROM (SELECT imbalance_train('{"refit": false, "binary_classifier_model_selection_criteria": "mcc"}', 'y', 'CASE WHEN i % 2 = 0 THEN ''validation'' END') AS model) AS t, linlearn_model_info(model) AS info,
	LATERAL (SELECT linlearn_metrics(y, linlearn_predict(model, x) = 1) AS m FROM imbalance_rows WHERE i % 2 = 0) AS e;
SELECT objective, (info #>> ARRAY['metrics', objective])::float8 >= 0.3 AS reached, info #> '{hyperparameters,binary_classifier_model_selection_criteria}' AS criterion
FROM unnest(ARRAY['validation:mcc', 'validation:balanced_accuracy']) AS objective,
	LATERAL (SELECT linlearn_model_info(linlearn_tune(x, y, jsonb_build_object('objective', objective, 'ranges', 'auto', 'max_jobs', 4), CASE WHEN i % 2 = 0 THEN 'validation' END)) AS info FROM imbalance_rows) AS t;
SELECT linlearn_tune(x, i IN (7, 8), jsonb_build_object('objective', 'validation:' || objective, 'ranges', '{"wd": [0.1, 1]}'::jsonb, 'folds', 5)) FROM imbalance_rows, (VALUES ('mcc')) AS o (objective) GROUP BY objective;

-- ---- 5 % positives: what is asked for is not undone ----
CREATE TABLE imbalance_rare AS
SELECT i, ARRAY[a, b, sin(i * 11)]::float8[] AS x, a + b + 2.5 * sin(i * 7) > 4.1 AS y, CASE WHEN i % 4 = 0 THEN 'validation' WHEN i % 4 = 1 THEN 'test' END AS split
FROM (SELECT i, sin(i * i) * 2 AS a, cos(i * 3) AS b FROM generate_series(1, 2000) AS i) AS s;
SELECT round(avg(y::int), 3) AS positives FROM imbalance_rare;
SELECT optimizer, validated, count(*) AS trainings, min(called) > 1 AS call, min(hits) > 1 AS hit
FROM unnest(ARRAY['{"binary_classifier_model_selection_criteria": "f_beta"}', '{"positive_example_weight_mult": "balanced"}', '{"positive_example_weight_mult": "balanced", "binary_classifier_model_selection_criteria": "f_beta"}',
		'{"binary_classifier_model_selection_criteria": "precision_at_target_recall"}', '{"positive_example_weight_mult": "balanced", "binary_classifier_model_selection_criteria": "precision_at_target_recall"}',
		'{"binary_classifier_model_selection_criteria": "mcc"}', '{"binary_classifier_model_selection_criteria": "balanced_accuracy"}', '{"threshold_costs": {"false_positive": 1, "false_negative": 19}}',
		'{"positive_example_weight_mult": "balanced", "threshold_costs": {"false_positive": 1, "false_negative": 19}}', '{"class_weights": {"true": 19}}']::jsonb[]) AS options,
	unnest(ARRAY['{"optimizer": "lbfgs"}', '{"optimizer": "adam"}']::jsonb[]) AS optimizer, unnest(ARRAY[false, true]) AS validated,
	LATERAL (SELECT linlearn_train(x, y, options || optimizer, CASE WHEN validated OR split = 'test' THEN split END) AS model FROM imbalance_rare) AS m,
	LATERAL (SELECT sum(linlearn_predict(model, x)) AS called, sum(linlearn_predict(model, x) * y::int) AS hits FROM imbalance_rare WHERE split = 'test') AS c
GROUP BY optimizer, validated ORDER BY optimizer, validated;

DROP FUNCTION imbalance_train;
DROP TABLE imbalance_rows, imbalance_rare;
