-- Solvers, losses and calibration from SQL
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE solver_rows AS
SELECT i, ARRAY[x1, x2, x3, 0.001 * x3 * x1]::float8[] AS x,
	0.8 * x1 - 0.5 * x2 + 0.3 + e > 0 AS y,
	2 * x1 - x2 + 5 + e AS z,
	CASE WHEN x1 + e < -1 THEN 'low' WHEN x1 - x2 + e > 2 THEN 'high'
		ELSE 'middle' END AS class,
	CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS split
FROM (SELECT i, sin(i * 12.9898) * 3 AS x1, cos(i * 78.233) * 2 AS x2,
		sin(i * 37.719) * 10 + 50 AS x3, sin(i * i * 0.7) * 1.5 AS e
	FROM generate_series(1, 1000) AS i) AS s;

-- The optimizers agree on the optimum, and tell how near they are.
CREATE TABLE solver_models AS
SELECT loss, optimizer, linlearn_train(x, CASE loss
		WHEN 'logistic' THEN y::int ELSE z END,
	jsonb_build_object('predictor_type', CASE loss
			WHEN 'logistic' THEN 'binary_classifier' ELSE 'regressor' END,
		'loss', loss, 'optimizer', optimizer, 'wd', 0.01, 'num_models', 1,
		'huber_delta', 0.7)) AS model
FROM solver_rows, (VALUES ('logistic', 'newton'), ('logistic', 'lbfgs'),
	('squared_loss', 'exact'), ('squared_loss', 'newton'),
	('squared_loss', 'lbfgs'), ('huber_loss', 'lbfgs'),
	('huber_loss', 'newton')) AS o (loss, optimizer)
GROUP BY loss, optimizer;
SELECT loss, optimizer,
	(linlearn_model_info(model) ->> 'gradient_norm')::float8 < 1e-7 AS solved,
	ARRAY(SELECT round(weight::numeric, 5) FROM linlearn_weights(model)) AS w
FROM solver_models ORDER BY 1, 2;

-- Least squares as PostgreSQL's own aggregates have it.
SELECT abs(weight - CASE WHEN feature = 1 THEN slope ELSE intercept END)
		< 1e-9 AS same_weight,
	abs(standard_error - CASE WHEN feature = 1 THEN sqrt(s2 / sxx)
		ELSE sqrt(s2 * (1 / n + mean_x ^ 2 / sxx)) END) < 1e-9 AS same_error,
	abs(z - weight / standard_error) < 1e-9 AS z, p < 1e-9 AS significant
FROM (SELECT regr_slope(z, x[1]) AS slope, regr_intercept(z, x[1]) AS intercept,
		regr_sxx(z, x[1]) AS sxx, avg(x[1]) AS mean_x, count(*)::float8 AS n,
		(regr_syy(z, x[1]) - regr_sxy(z, x[1]) ^ 2 / regr_sxx(z, x[1])) /
			(count(*) - 2) AS s2,
		linlearn_train(x[1:1], z, '{"predictor_type": "regressor",
			"optimizer": "exact", "wd": 0, "num_models": 1}') AS model
	FROM solver_rows) AS f, linlearn_weights(model);

-- Logistic standard errors: the log odds of a two by two table.
SELECT feature, round(weight::numeric, 8) AS weight,
	abs(standard_error - CASE WHEN feature = 1
		THEN sqrt(1 / 30.0 + 1 / 12.0 + 1 / 17.0 + 1 / 41.0)
		ELSE sqrt(1 / 30.0 + 1 / 12.0) END) < 1e-8 AS same_error,
	round(p::numeric, 6) AS p
FROM (SELECT linlearn_train(ARRAY[x]::float8[], y, '{"optimizer": "newton",
		"predictor_type": "binary_classifier", "wd": 0, "num_models": 1}')
	FROM (VALUES (0, false, 30), (0, true, 12), (1, false, 17), (1, true, 41))
		AS t (x, y, n), generate_series(1, n)) AS m (model),
	linlearn_weights(model);

-- Where they would be wrong, there are none, and the reason.
SELECT name, linlearn_model_info(model) ->> 'no_standard_errors_because'
FROM (SELECT name, linlearn_train(x, y, '{"num_models": 1,
		"predictor_type": "binary_classifier"}' || options) AS model
	FROM solver_rows, (VALUES ('wd', '{"optimizer": "newton"}'::jsonb),
		('l1', '{"optimizer": "lbfgs", "l1": 0.01, "wd": 0}'),
		('adam', '{"optimizer": "adam", "wd": 0}'),
		('weights', '{"optimizer": "newton", "wd": 0,
			"positive_example_weight_mult": "balanced"}'),
		('epochs', '{"optimizer": "newton", "wd": 0, "epochs": 2}'))
		AS o (name, options)
	GROUP BY name, options) AS m ORDER BY name;
SELECT linlearn_model_info(linlearn_train(ARRAY[i, 2 * i, sin(i)], i + sin(i * i),
	'{"predictor_type": "regressor", "optimizer": "exact", "wd": 0,
		"num_models": 1}')) ->> 'no_standard_errors_because' AS dependent
FROM generate_series(1, 50) AS i;
SELECT linlearn_model_info(linlearn_train(ARRAY[i]::float8[], i > 10,
	'{"predictor_type": "binary_classifier", "optimizer": "newton", "wd": 0,
		"num_models": 1}')) ->> 'no_standard_errors_because' AS separated
FROM generate_series(1, 20) AS i;
SELECT info -> 'standard_errors' AS errors,
	info ->> 'no_standard_errors_because' AS perfect
FROM (SELECT linlearn_model_info(linlearn_train(ARRAY[sin(i)]::float8[], 5.0,
		'{"predictor_type": "regressor", "optimizer": "exact"}')) AS info
	FROM generate_series(1, 50) AS i) AS m;

-- l1: exact zeros, more of them the more of it; wd shrinks.
SELECT l1, (SELECT count(*) FROM linlearn_weights(model)
	WHERE weight = 0 AND feature IS NOT NULL) AS zeros
FROM (SELECT l1, linlearn_train(x, y, jsonb_build_object('predictor_type',
		'binary_classifier', 'optimizer', 'lbfgs', 'wd', 0, 'l1', l1,
		'num_models', 1)) AS model
	FROM solver_rows, unnest(ARRAY[0, 0.05, 0.2, 1]) AS l1 GROUP BY l1) AS m
ORDER BY l1;
SELECT wd, (SELECT round(sum(importance ^ 2)::numeric, 3) FROM linlearn_weights(model)
	WHERE feature IS NOT NULL) AS squares
FROM (SELECT wd, linlearn_train(x, z, jsonb_build_object('predictor_type',
		'regressor', 'optimizer', 'exact', 'wd', wd, 'num_models', 1)) AS model
	FROM solver_rows, unnest(ARRAY[0.01, 1, 100]) AS wd GROUP BY wd) AS m
ORDER BY wd;

-- Softmax by L-BFGS; the history falls, an iteration a line.
SELECT round((linlearn_model_info(model) #>> '{metrics,train:multiclass_accuracy}')
		::numeric, 2) AS accuracy,
	(linlearn_model_info(model) ->> 'gradient_norm')::float8 < 1e-7 AS solved,
	(SELECT bool_and(fell) FROM (SELECT train_loss < lag(train_loss)
		OVER (ORDER BY epoch) + 1e-5 AS fell FROM linlearn_training_history(model)) AS h)
		AS falls
FROM (SELECT linlearn_train(x, class, '{"predictor_type":
		"multiclass_classifier", "optimizer": "lbfgs", "num_models": 1, "wd": 1e-4}') AS model
	FROM solver_rows) AS m;

-- The same rows in another order and on more threads: the same bytes.
CREATE FUNCTION solver_digest(optimizer text, sort int, threads int)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET linlearn.threads = %s', threads);
	RETURN (SELECT md5(linlearn_train(x, y, jsonb_build_object('predictor_type',
		'binary_classifier', 'optimizer', optimizer)))
		FROM (SELECT * FROM solver_rows ORDER BY i * sort % 1009) AS s);
END $$;
SELECT optimizer, count(DISTINCT solver_digest(optimizer, sort, threads))
FROM unnest(ARRAY['newton', 'lbfgs']) AS optimizer,
	(VALUES (1, 1), (617, 1), (1, 3)) AS v (sort, threads) GROUP BY 1 ORDER BY 1;

-- What the solvers do not take.
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier",
	"optimizer": "exact"}') FROM solver_rows;
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier",
	"optimizer": "newton", "loss": "huber_loss", "l1": 0.1}') FROM solver_rows;
SELECT linlearn_train(x, class, '{"predictor_type": "multiclass_classifier",
	"loss": "multiclass_hinge_loss", "optimizer": "newton"}') FROM solver_rows;

-- Every loss of every predictor type learns.
SELECT loss, round((metrics ->> 'train:binary_classification_accuracy')
	::numeric, 1) AS accuracy
FROM (SELECT loss, linlearn_model_info(linlearn_train(x, y, jsonb_build_object(
		'predictor_type', 'binary_classifier', 'loss', loss, 'num_models', 1,
		'mini_batch_size', 50, 'margin', 0.7, 'quantile', 0.5,
		'huber_delta', 0.5, 'loss_insensitivity', 0.05))) -> 'metrics' AS metrics
	FROM solver_rows, unnest(ARRAY['logistic', 'hinge_loss', 'squared_loss',
		'absolute_loss', 'eps_insensitive_squared_loss',
		'eps_insensitive_absolute_loss', 'quantile_loss', 'huber_loss']) AS loss
	GROUP BY loss) AS m ORDER BY loss;
SELECT loss, (metrics ->> 'train:r2')::float8 > 0.9 AS learned
FROM (SELECT loss, linlearn_model_info(linlearn_train(x, z, jsonb_build_object(
		'predictor_type', 'regressor', 'loss', loss, 'num_models', 1,
		'mini_batch_size', 20))) -> 'metrics' AS metrics
	FROM solver_rows, unnest(ARRAY['squared_loss', 'absolute_loss',
		'eps_insensitive_squared_loss', 'eps_insensitive_absolute_loss',
		'quantile_loss', 'huber_loss']) AS loss GROUP BY loss) AS m ORDER BY loss;
SELECT loss, (metrics ->> 'train:multiclass_accuracy')::float8 > 0.7 AS learned
FROM (SELECT loss, linlearn_model_info(linlearn_train(x, class,
		jsonb_build_object('predictor_type', 'multiclass_classifier',
		'loss', loss, 'num_models', 1, 'mini_batch_size', 20))) -> 'metrics'
		AS metrics
	FROM solver_rows, unnest(ARRAY['softmax_loss', 'multiclass_hinge_loss'])
		AS loss GROUP BY loss) AS m ORDER BY loss;

-- quantile q: that share of the labels lies below the prediction.
SELECT q, round(avg((z < linlearn_predict(model, x))::int), 1) AS below
FROM (SELECT q, linlearn_train(x, z, jsonb_build_object('predictor_type',
		'regressor', 'loss', 'quantile_loss', 'quantile', q, 'num_models', 1,
		'mini_batch_size', 20, 'epochs', 40, 'early_stopping_patience', 99))
		AS model
	FROM solver_rows, unnest(ARRAY[0.1, 0.5, 0.9]) AS q GROUP BY q) AS m,
	solver_rows
GROUP BY q ORDER BY q;

-- Calibration: hinge margins become probabilities; the threshold moves along,
-- so that the metrics in the model are those of its predictions.
SELECT kind, calibration, probabilities, same,
	round(error::numeric, 1) AS calibration_error
FROM (SELECT calibrate AS kind, linlearn_model_info(model) ->> 'calibration'
			AS calibration,
		bool_and(linlearn_score(model, x) BETWEEN 0 AND 1) AS probabilities,
		abs(avg((linlearn_predict(model, x) = y::int)::int) FILTER
			(WHERE split = 'validation') - (linlearn_model_info(model) #>>
			'{metrics,validation:binary_classification_accuracy}')::float8)
			< 1e-9 AS same,
		abs(avg(linlearn_score(model, x)) FILTER (WHERE split = 'validation') -
			avg(y::int) FILTER (WHERE split = 'validation')) AS error
	FROM (SELECT calibrate, linlearn_train(x, y, jsonb_build_object(
			'predictor_type', 'binary_classifier', 'loss', 'hinge_loss',
			'calibrate', calibrate, 'refit', false), split) AS model
		FROM solver_rows, unnest(ARRAY['none', 'platt', 'isotonic']) AS calibrate
		GROUP BY calibrate) AS m, solver_rows
	GROUP BY calibrate, model) AS c
ORDER BY kind;

DROP FUNCTION solver_digest;
DROP TABLE solver_rows, solver_models;
-- Little data is brought to its optimum however many rows it has: values count.
SET client_min_messages = warning; -- of how far it came in that time
SELECT width, linlearn_model_info(linlearn_train(decode(repeat(md5(i::text), width / 16), 'hex'),
		i % 3 = 0, '{"num_models": 1, "max_seconds": 0.1}'))
	-> 'hyperparameters' ->> 'optimizer' AS optimizer
FROM generate_series(1, 12000) i, unnest(ARRAY[16, 1600]) width GROUP BY width ORDER BY width;
RESET client_min_messages;

-- ---- p of least squares: Student's t ----

-- Longley's table: R and NIST give p of 0.863141, 0.312681, 0.002535, 0.000944,
-- 0.826212, 0.003037 and, of the bias, 0.003560 with 9 degrees of freedom.
CREATE TABLE longley AS
SELECT ARRAY[deflator, gnp, unemployed, armed, population, year]::float8[] AS x, employed AS y
FROM unnest(ARRAY[83.0,88.5,88.2,89.5,96.2,98.1,99.0,100.0,101.2,104.6,108.4,110.8,112.6,114.2,115.7,116.9],
    ARRAY[234.289,259.426,258.054,284.599,328.975,346.999,365.385,363.112,397.469,419.180,442.769,444.546,482.704,502.601,518.173,554.894],
    ARRAY[235.6,232.5,368.2,335.1,209.9,193.2,187.0,357.8,290.4,282.2,293.6,468.1,381.3,393.1,480.6,400.7],
    ARRAY[159.0,145.6,161.6,165.0,309.9,359.4,354.7,335.0,304.8,285.7,279.8,263.7,255.2,251.4,257.2,282.7],
    ARRAY[107.608,108.632,109.773,110.929,112.075,113.270,115.094,116.219,117.388,118.734,120.445,121.950,123.366,125.368,127.852,130.081],
    ARRAY[1947,1948,1949,1950,1951,1952,1953,1954,1955,1956,1957,1958,1959,1960,1961,1962],
    ARRAY[60.323,61.122,60.171,61.187,63.221,63.639,64.989,63.761,66.019,67.857,68.169,66.513,68.655,69.564,69.331,70.551]::float8[])
    AS t (deflator, gnp, unemployed, armed, population, year, employed);
SELECT feature, round(weight::numeric, 6) AS weight, round(standard_error::numeric, 6) AS standard_error,
       round(z::numeric, 3) AS t, round(p::numeric, 6) AS p
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0}') FROM longley) AS m (model), linlearn_weights(model)
ORDER BY feature NULLS FIRST;
-- A constant feature and a missing bias take no degree of freedom; weights of 0 are no rows.
SELECT options, linlearn_model_info(model) -> 'degrees_of_freedom' AS degrees,
       (SELECT round(p::numeric, 6) FROM linlearn_weights(model) WHERE feature = 2) AS p
FROM unnest(ARRAY['{}', '{"use_bias": false}']) AS options,
    LATERAL (SELECT linlearn_train(7::float8 || x[2:2], y, options::jsonb || '{"predictor_type": "regressor", "wd": 0}', 'train', w)
             FROM longley, unnest(ARRAY[1, 0]) AS w) AS m (model)
ORDER BY 1;
-- Logistic regression stays with the normal distribution.
SELECT linlearn_model_info(model) -> 'degrees_of_freedom' AS degrees,
       bool_and(abs(p - 2 * (0.5 - abs(0.5 - below))) < 1e-6) AS normal
FROM (SELECT linlearn_train(x[2:3], x[6]::int % 3 = 0, '{"predictor_type": "binary_classifier", "optimizer": "newton", "wd": 0}') FROM longley) AS m (model),
    LATERAL (SELECT p, 1 - (1 + 0.049867347 * abs(z) + 0.0211410061 * z ^ 2 + 0.0032776263 * abs(z) ^ 3 + 0.0000380036 * z ^ 4
                  + 0.0000488906 * abs(z) ^ 5 + 0.000005383 * z ^ 6) ^ (-16) / 2 AS below FROM linlearn_weights(model)) AS w
GROUP BY 1;
DROP TABLE longley;
