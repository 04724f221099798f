-- nonnegative: weights that may not be below 0
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;
CREATE TABLE nn AS SELECT i, sin(i) AS a, cos(i * 1.7) AS b, sin(i * i * 0.3) + 0.5 * sin(i) AS c, (i * 7919 % 101) / 50.0 AS d,
	0.7 * cos(i * 1.7) + sin(i * 5.1) AS e,
	2 + 1.5 * sin(i) - 0.8 * cos(i * 1.7) + 0.4 * ((i * 7919 % 101) / 50.0) + 0.6 * sin(i * 5.1) + 0.5 * sin(i * i) AS y
FROM generate_series(1, 300) AS i;
CREATE FUNCTION nn_weights(options text, label text DEFAULT 'y') RETURNS float8[]
LANGUAGE plpgsql AS $$
DECLARE weights float8[];
BEGIN
	EXECUTE format('SELECT array_agg(weight ORDER BY feature NULLS FIRST) FROM
		linlearn_weights((SELECT linlearn_train(ARRAY[a, b, c, d, e]::float8[], %s, %L) FROM nn))', label, options) INTO weights;
	RETURN weights;
END $$;
-- the bias, then a to e; the greatest distance from what scikit-learn 1.2 or scipy 1.10 find
CREATE FUNCTION nn_far(weights float8[], expected float8[]) RETURNS float8 LANGUAGE sql
AS $$ SELECT max(abs(w - x)) FROM unnest(weights, expected) AS t (w, x) $$;

-- LinearRegression(positive=True), also by lbfgs
SELECT nn_far(nn_weights(o), '{2.2475110503391886,1.5343502732314753,0,0,0.1433242522206507,0}') < tolerance AS near, o
FROM (VALUES ('{"predictor_type": "regressor", "wd": 0, "nonnegative": true}', 1e-12),
	('{"predictor_type": "regressor", "wd": 0, "nonnegative": true, "optimizer": "lbfgs"}', 1e-7),
	('{"predictor_type": "regressor", "wd": 0, "nonnegative": true, "normalize_data": false, "unbias_label": false}', 1e-12)) AS t (o, tolerance);
-- Lasso(alpha=0.05, positive=True) and Ridge(alpha=30, positive=True)
SELECT nn_far(nn_weights('{"predictor_type": "regressor", "wd": 0, "l1": 0.05, "nonnegative": true, "normalize_label": false, "normalize_data": false}'),
		'{2.3892742673831555,1.4415389549428863,0,0,0.002363010579237,0}') < 1e-10 AS lasso,
	nn_far(nn_weights('{"predictor_type": "regressor", "wd": 0.1, "nonnegative": true, "normalize_label": false, "normalize_data": false}'),
		'{2.26423501,1.26317684,0,0.03996636,0.12694997,0}') < 1e-7 AS ridge;
-- logistic with wd 0.01, and poisson, by scipy's L-BFGS-B
SELECT o, nn_far(nn_weights('{"predictor_type": "binary_classifier", "wd": 0.01, "nonnegative": true, "normalize_data": false, "optimizer": "' || o || '"}', 'y > 2.3'),
		'{-0.0222385,2.5295735,0,0.3008894,0.1721602,0.0279995}') < 1e-6 AS logistic,
	nn_far(nn_weights('{"predictor_type": "regressor", "loss": "poisson", "wd": 0, "nonnegative": true, "optimizer": "' || o || '"}', 'floor(abs(y))'),
		'{0.39327825,0.81188285,0,0,0.08351473,0}') < 1e-7 AS poisson
FROM unnest('{newton,lbfgs}'::text[]) AS o;
-- a quantile: its pinball loss, which linear programming finds as well
SELECT round(avg(greatest(0.5 * (y - p), -0.5 * (y - p)))::numeric, 4) AS pinball
FROM (SELECT y, linlearn_predict(m, ARRAY[a, b, c, d, e]::float8[]) AS p
	FROM nn, (SELECT linlearn_train(ARRAY[a, b, c, d, e]::float8[], y, '{"predictor_type": "regressor", "loss": "quantile_loss", "wd": 0, "nonnegative": true}') AS m FROM nn) AS t) AS p;

-- every optimizer keeps them, a penalty's own choice too, and has weights besides
SELECT o, every(w >= 0) AS kept, bool_or(w > 0.05) AS some
FROM (VALUES ('"optimizer": "sgd"'), ('"optimizer": "adam", "epochs": 3'), ('"optimizer": "rmsprop", "init_method": "normal"'), ('"optimizer": "adagrad"'),
	('"l1": "path"'), ('"l1": "path", "l1_ratio": 0.5'), ('"loss": "huber_loss"'), ('"loss": "absolute_loss"'), ('"seed": 1'),
	('"num_models": 3, "validation_fraction": 0.3'), ('"optimizer": "adam", "num_models": 3, "validation_fraction": 0.3')) AS t (o),
	unnest((nn_weights('{"predictor_type": "regressor", "nonnegative": true, ' || o || '}'))[2:]) AS w
GROUP BY o ORDER BY o COLLATE "C";
SELECT o, every(weight >= 0) AS kept, bool_or(weight > 0.05) AS some
FROM unnest('{adam,lbfgs}'::text[]) AS o,
	LATERAL (SELECT linlearn_train(linlearn_to_sparse(ARRAY[a, b, 0, d, e]::float8[]), y > 2.3,
		('{"predictor_type": "binary_classifier", "nonnegative": true, "optimizer": "' || o || '"}')::jsonb) AS m FROM nn) AS t,
	linlearn_weights(m) WHERE feature IS NOT NULL GROUP BY o ORDER BY o COLLATE "C";
SELECT every(weight >= 0) AS kept, bool_or(weight > 0.05) AS some
FROM (SELECT linlearn_train(ARRAY[a, b, c, d, e]::float8[], i % 3, '{"predictor_type": "multiclass_classifier", "nonnegative": true, "wd": 0.001}') AS m FROM nn) AS t,
	linlearn_weights(m) WHERE feature IS NOT NULL;
-- also where near-collinear features and a small wd leave much to do
SELECT linlearn_model_info(m) -> 'converged' AS converged, round((linlearn_model_info(m) #>> '{metrics,train:objective_loss}')::numeric, 6) AS loss, every(weight >= 0) AS kept
FROM (SELECT linlearn_train(ARRAY[a, b, c, d, e, a + 0.1 * b, d + 0.05 * c, b + 0.1 * e, a + d + 0.02 * c]::float8[], width_bucket(y, 0, 4, 4),
		'{"predictor_type": "multiclass_classifier", "nonnegative": true, "wd": 1e-5}') AS m FROM nn) AS t,
	linlearn_weights(m) WHERE feature IS NOT NULL GROUP BY 1, 2;
-- a start below 0 is brought to 0; no standard errors; wd chosen by folds
SELECT info -> 'standard_errors' AS errors, info -> 'no_standard_errors_because' AS because, every(weight >= 0) AS kept
FROM (SELECT linlearn_train(ARRAY[a, b, c, d, e]::float8[], y, '{"predictor_type": "regressor", "wd": 0, "nonnegative": true}', NULL, 1.0, p.m) AS m
	FROM nn, (SELECT linlearn_train(ARRAY[a, b, c, d, e]::float8[], y, '{"predictor_type": "regressor"}') AS m FROM nn) AS p) AS t,
	linlearn_model_info(m) AS info, linlearn_weights(m) WHERE feature IS NOT NULL GROUP BY 1, 2;
SELECT linlearn_model_info(linlearn_train(ARRAY[a, b, c, d, e]::float8[], y, '{"predictor_type": "regressor", "nonnegative": true}')) #> '{wd_choice,by}' AS by FROM nn;
-- levels are all there: none of them need be the least
SELECT term, round(weight::numeric, 6) AS weight
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0, "nonnegative": true}') AS m
	FROM (SELECT (ARRAY['low', 'high', 'middle'])[i % 3 + 1] AS level, (ARRAY[1, 5, 3])[i % 3 + 1] AS y FROM generate_series(1, 30) AS i) AS r,
		LATERAL (SELECT level) AS x) AS t, linlearn_weights(m) ORDER BY term COLLATE "C";
-- false is as not given, and a tuning may choose
SELECT linlearn_score(a.m, '{1,2}'::float8[]) = linlearn_score(b.m, '{1,2}'::float8[]) AS same
FROM (SELECT linlearn_train(ARRAY[a, b]::float8[], y, '{"predictor_type": "regressor"}') AS m FROM nn) AS a,
	(SELECT linlearn_train(ARRAY[a, b]::float8[], y, '{"predictor_type": "regressor", "nonnegative": false}') AS m FROM nn) AS b;
SELECT hyperparameters -> 'nonnegative' AS nonnegative, best
FROM (SELECT linlearn_tune(ARRAY[a, b]::float8[], y, '{"predictor_type": "regressor", "objective": "validation:mse", "strategy": "grid",
		"wd": 0.001, "optimizer": "newton", "ranges": {"nonnegative": [false, true]}}', CASE WHEN i % 4 = 0 THEN 'validation' END) AS m FROM nn) AS t,
	linlearn_trials(m) ORDER BY trial;
-- of some features: those that end at 0 are as if they were not there, the others as they are
SELECT o, nn_far(w, ARRAY[x[1], x[2], 0, 0, x[3], x[4]]) < tolerance AS near, x[4] < 0 AS others
FROM (VALUES ('{"wd": 0}', 1e-12), ('{"wd": 0, "optimizer": "lbfgs"}', 1e-7), ('{"wd": 0.001}', 1e-10), ('{"wd": 0, "l1": 0.01}', 1e-10)) AS t (o, tolerance),
	LATERAL (SELECT o::jsonb || '{"predictor_type": "regressor", "optimizer": "newton", "normalize_data": false}' || o::jsonb AS options) AS j,
	LATERAL (SELECT nn_weights((options || '{"nonnegative": [2, 3]}')::text) AS w) AS a,
	LATERAL (SELECT array_agg(weight ORDER BY feature NULLS FIRST) AS x FROM linlearn_weights((SELECT linlearn_train(ARRAY[a, d, e]::float8[], y, options) FROM nn))) AS b;
-- by columns, with all terms of theirs; said in the info, kept by JSON
SELECT o, array_agg(term ORDER BY term COLLATE "C") FILTER (WHERE weight < 0) AS below, linlearn_model_info(m) -> 'nonnegative_features' AS features,
	linlearn_model_from_json(linlearn_model_json(m)) = m AS kept
FROM (VALUES ('{"nonnegative": ["b", "c"], "wd": 0}'), ('{"nonnegative": ["k", "b"], "optimizer": "lbfgs"}'), ('{"nonnegative": ["c"], "l1": "path"}'), ('{"nonnegative": ["k"], "optimizer": "adam"}'), ('{"nonnegative": ["a"], "loss": "absolute_loss"}'),
		('{"nonnegative": false, "wd": 0}')) AS t (o),
	LATERAL (SELECT linlearn_train(r, y, '{"predictor_type": "regressor"}' || o::jsonb) AS m FROM nn, LATERAL (SELECT a, b, c, d, CASE i % 3 WHEN 0 THEN 'u' WHEN 1 THEN 'v' ELSE 'w' END AS k) AS r) AS n,
	linlearn_weights(m) GROUP BY o, m ORDER BY o COLLATE "C";
-- its rows in any order, by batches too
SELECT o, count(DISTINCT m) FROM unnest(ARRAY['newton', 'lbfgs', 'adam']) AS o, LATERAL (
	SELECT linlearn_train(ARRAY[a, b, c]::float8[], y, ('{"predictor_type": "regressor", "nonnegative": [3, 2], "optimizer": "' || o || '"}')::jsonb) AS m FROM (SELECT * FROM nn ORDER BY i) AS r UNION ALL
	SELECT linlearn_train(ARRAY[a, b, c]::float8[], y, ('{"predictor_type": "regressor", "nonnegative": [2, 3], "optimizer": "' || o || '"}')::jsonb) FROM (SELECT * FROM nn ORDER BY i DESC) AS r) AS t GROUP BY o ORDER BY o;
-- what does not take it says so
SELECT linlearn_train(ARRAY[a, b]::float8[], y > 2, v.o::jsonb) FROM nn, (VALUES ('{"nonnegative": [3]}')) AS v (o);
SELECT linlearn_train(ARRAY[a, b]::float8[], y > 2, v.o::jsonb) FROM nn, (VALUES ('{"nonnegative": [0]}')) AS v (o);
SELECT linlearn_train(ARRAY[a, b]::float8[], y > 2, v.o::jsonb) FROM nn, (VALUES ('{"nonnegative": [1.5]}')) AS v (o);
SELECT linlearn_train(ARRAY[a, b]::float8[], y > 2, v.o::jsonb) FROM nn, (VALUES ('{"nonnegative": ["a"]}')) AS v (o);
SELECT linlearn_train(ARRAY[a, b]::float8[], y > 2, v.o::jsonb) FROM nn, (VALUES ('{"nonnegative": []}')) AS v (o);
SELECT linlearn_train(ARRAY[a, b]::float8[], y > 2, v.o::jsonb) FROM nn, (VALUES ('{"nonnegative": {"a": true}}')) AS v (o);
SELECT linlearn_train(r, y > 2, v.o::jsonb) FROM nn, LATERAL (SELECT a, b) AS r, (VALUES ('{"nonnegative": ["c"]}')) AS v (o);
SELECT linlearn_train(r, y > 2, v.o::jsonb) FROM nn, LATERAL (SELECT a, b) AS r, (VALUES ('{"nonnegative": [1]}')) AS v (o);
SELECT linlearn_tune(ARRAY[a, b]::float8[], y, '{"predictor_type": "regressor", "objective": "validation:mse", "folds": 3, "nonnegative": [1], "optimizer": "newton", "ranges": {"nonnegative": [false, true]}}') FROM nn;
SELECT nn_weights('{"predictor_type": "regressor", "nonnegative": true, "optimizer": "exact"}');
SELECT nn_weights('{"predictor_type": "regressor", "loss": "quantile_loss", "nonnegative": true, "optimizer": "newton"}');
SELECT nn_weights('{"predictor_type": "regressor", "nonnegative": "a"}');
