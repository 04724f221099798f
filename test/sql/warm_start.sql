-- Going on from a model: of what the new rows say nothing, stays as it was.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;
SET extra_float_digits = 0;

-- A one-hot column for each of three kinds of rows, one that hardly varies among
-- the new ones (i % 3 = 1), one that is a constant 5 there, and two that vary.
CREATE TABLE warm_rows AS
SELECT i, i % 3 = 1 AS new,
	ARRAY[(i % 3 = 0)::int, (i % 3 = 1)::int, (i % 3 = 2)::int, round(100 + 50 * sin(i)::numeric),
		CASE i % 3 WHEN 1 THEN 5 ELSE i % 11 END, CASE i % 3 WHEN 1 THEN 20 + (i % 7) * 1e-8 ELSE i % 40 END,
		i * 37 % 19]::float8[] AS x,
	(i % 3 + 1) * 10 + sin(i) * 2 + i % 11 * 0.3 - i % 40 * 0.1 AS t,
	sin(i) + (i % 3) * 0.5 - i % 40 * 0.02 + sin(i * 7.7) * 0.3 > 0.2 AS y,
	CASE WHEN i % 3 = 2 THEN 'a' WHEN sin(i) + sin(i * 7.7) * 0.3 > 0 THEN 'b' ELSE 'c' END AS k
FROM generate_series(1, 600) AS i;
CREATE FUNCTION warm_bytes(x float8[]) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT string_agg(set_byte('\x00', 0, round(v)::int), '' ORDER BY n) FROM unnest(x) WITH ORDINALITY AS u (v, n) $$;

-- Every optimizer and loss, rows of every kind, data as they are and not.
CREATE TABLE warm_options AS
SELECT row_number() OVER () AS n, *
FROM (SELECT type, label, x, step, jsonb_build_object('predictor_type', type, 'normalize_data', normalize)
			|| CASE WHEN NOT normalize THEN '{"optimizer": "adam", "epochs": 3}'
				WHEN step THEN jsonb_build_object('epochs', 5) ELSE '{}' END || options::jsonb AS options
	FROM (VALUES ('regressor', 't', true, '{"optimizer": "adam", "loss": "squared_loss"}'),
			('regressor', 't', true, '{"optimizer": "sgd", "loss": "absolute_loss"}'),
			('regressor', 't', true, '{"optimizer": "rmsprop", "loss": "eps_insensitive_absolute_loss"}'),
			('regressor', 't', true, '{"optimizer": "adagrad", "loss": "eps_insensitive_squared_loss"}'),
			('regressor', 't', true, '{"optimizer": "adam", "loss": "quantile_loss", "quantile": 0.3}'),
			('regressor', 't', true, '{"optimizer": "sgd", "loss": "huber_loss", "normalize_label": false}'),
			('regressor', 't', true, '{"optimizer": "adam", "use_bias": false}'),
			('binary_classifier', 'y', true, '{"optimizer": "adam"}'),
			('binary_classifier', 'y', true, '{"optimizer": "sgd", "loss": "hinge_loss", "positive_example_weight_mult": "balanced"}'),
			('binary_classifier', 'y', true, '{"optimizer": "rmsprop", "l1": 0.001}'),
			('binary_classifier', 'y', true, '{"optimizer": "adagrad", "wd": 0.1}'),
			('multiclass_classifier', 'k', true, '{"optimizer": "adam", "balance_multiclass_weights": true}'),
			('multiclass_classifier', 'k', true, '{"optimizer": "sgd", "loss": "multiclass_hinge_loss", "l1": 0.01}'),
			('multiclass_classifier', 'k', true, '{"optimizer": "rmsprop", "wd": 0.1}'),
			('multiclass_classifier', 'k', true, '{"optimizer": "adagrad"}'),
			('regressor', 't', false, '{"optimizer": "exact"}'), ('regressor', 't', false, '{"optimizer": "exact", "wd": 0.01}'),
			('regressor', 't', false, '{"optimizer": "exact", "use_bias": false}'),
			('regressor', 't', false, '{"optimizer": "lbfgs", "wd": 0}'), ('regressor', 't', false, '{"optimizer": "lbfgs", "l1": 0.01}'),
			('regressor', 't', false, '{"optimizer": "newton", "loss": "huber_loss"}'),
			('regressor', 't', false, '{"optimizer": "newton", "loss": "squared_loss", "use_bias": false}'),
			('binary_classifier', 'y', false, '{"optimizer": "newton"}'), ('binary_classifier', 'y', false, '{"optimizer": "lbfgs", "wd": 0.1}'),
			('multiclass_classifier', 'k', false, '{"optimizer": "lbfgs"}'),
			('multiclass_classifier', 'k', false, '{"optimizer": "lbfgs", "l1": 0.001, "wd": 0.1}')) AS o (type, label, step, options),
		(VALUES ('x'), ('x::real[]'), ('warm_bytes(x)'), ('linlearn_sparse(x::real[])')) AS f (x),
		(VALUES (true), (false)) AS u (normalize)
	WHERE normalize OR options NOT LIKE '%lbfgs%' AND options NOT LIKE '%newton%' AND options NOT LIKE '%exact%') AS o;

-- A model of all rows, gone on from on the new ones: in so many small steps, as
-- they come, and to the optimum twice.  Which of the weights that nothing is said
-- of are other ones; how far scores move that should not move at all?
CREATE TYPE warm_result AS (held_moved boolean, learned_moved boolean, shift float8, nothing boolean);
CREATE FUNCTION warm_up(type text, label text, x text, step boolean, options jsonb) RETURNS warm_result
LANGUAGE plpgsql AS $$
DECLARE
	train text := format('SELECT linlearn_train(%s, %s, $1', x, label);
	known bytea;
	next bytea;
	again bytea;
	result warm_result;
BEGIN
	EXECUTE train || ') FROM warm_rows' INTO known USING options;
	EXECUTE train || ', NULL, 1, $2) FROM warm_rows WHERE new' INTO next USING options, known;
	SELECT bool_or(a.weight <> b.weight) FILTER (WHERE a.feature IN (1, 2, 3, 5, 6) OR a.label = 'a' AND type LIKE 'multi%'),
		bool_or(a.weight <> b.weight) FILTER (WHERE a.feature = 4 AND a.label IS DISTINCT FROM 'a')
	INTO result.held_moved, result.learned_moved
	FROM linlearn_weights(known) AS a JOIN linlearn_weights(next) AS b
		ON a.label IS NOT DISTINCT FROM b.label AND a.feature IS NOT DISTINCT FROM b.feature;
	IF step THEN
		EXECUTE train || ', NULL, 1, $2) FROM warm_rows WHERE new' INTO again
		USING options || '{"learning_rate": 1e-12, "epochs": 2, "l1": 0}', known;
		next := known;
	ELSE
		EXECUTE train || ', NULL, 1, $2) FROM warm_rows WHERE new' INTO again USING options, next;
	END IF;
	EXECUTE format('SELECT max(abs(a - b)), bool_or(a <> b) FROM (SELECT unnest(linlearn_scores($1, %1$s)) AS a,
		unnest(linlearn_scores($2, %1$s)) AS b FROM warm_rows) AS s', x) INTO result.shift, result.nothing USING next, again;
	result.nothing := NOT result.nothing;
	RETURN result;
END $$;
CREATE TABLE warm_results AS SELECT o.*, r.* FROM warm_options AS o, warm_up(type, label, x, step, options) AS r;
SELECT count(*) AS trainings, count(*) FILTER (WHERE held_moved) AS held_moved, count(*) FILTER (WHERE learned_moved) AS learned_moved,
	count(*) FILTER (WHERE shift > 1e-5) AS shifted FROM warm_results;
SELECT * FROM warm_results WHERE held_moved OR NOT learned_moved OR shift > 1e-5 ORDER BY n;
SELECT count(*) AS solved, bool_and(nothing) AS to_the_bit FROM warm_results WHERE NOT step;
-- the rows' own mean is learned, without them
SELECT round(avg(linlearn_predict(m, x) - t)::numeric, 6) AS bias
FROM warm_rows, (SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, 1, known) AS m
	FROM warm_rows, (SELECT linlearn_train(x, t, '{"predictor_type": "regressor", "wd": 0.1}') AS known FROM warm_rows) AS k
	WHERE new GROUP BY known) AS m WHERE new;

-- ---- Weights of the first kind stay where rows of the second come ----
SELECT kind, optimizer, (SELECT string_agg(round(weight::numeric, 3)::text, ' ' ORDER BY feature NULLS FIRST) FROM linlearn_weights(next)) AS weights
FROM (VALUES ('dense'), ('sparse')) AS k (kind), (VALUES ('lbfgs'), ('newton'), ('exact')) AS o (optimizer),
	LATERAL (SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}') AS known
		FROM (SELECT ARRAY[(i % 3 = 0)::int, (i % 3 = 1)::int, (i % 3 = 2)::int, i % 5]::float8[] AS x, i % 3 * 10 + i % 5 AS t
			FROM generate_series(1, 90) AS i) AS r) AS k2,
	LATERAL (SELECT CASE kind WHEN 'dense' THEN linlearn_train(x, t, o, NULL, 1, known)
			ELSE linlearn_train(linlearn_sparse(x::real[]), t, o, NULL, 1, known) END AS next
		FROM (SELECT ARRAY[0, 1, 0, i % 5]::float8[] AS x, 10 + 3 * (i % 5) AS t, jsonb_build_object('predictor_type', 'regressor',
				'optimizer', optimizer, 'wd', 0, 'loss', 'squared_loss') AS o
			FROM generate_series(1, 90) AS i) AS r) AS n
ORDER BY 1, 2;

-- ---- Rows to validate on may be of all kinds ----
SELECT o ->> 'optimizer' AS optimizer, abs((linlearn_model_info(m) #>> '{metrics,validation:rmse}')::float8 / rmse - 1) < 1e-4 AS same
FROM (VALUES ('{"predictor_type": "regressor", "optimizer": "adam", "epochs": 3}'::jsonb),
		('{"predictor_type": "regressor", "optimizer": "exact"}'), ('{"predictor_type": "regressor", "optimizer": "lbfgs"}'),
		('{"predictor_type": "regressor", "optimizer": "sgd", "epochs": 3, "num_point_for_scaler": 10}')) AS v (o),
	LATERAL (SELECT linlearn_train(x, t, o) AS known FROM warm_rows) AS k,
	LATERAL (SELECT linlearn_train(x, t, o || '{"refit": false}', CASE WHEN new THEN 'train' ELSE 'validation' END, 1, known) AS m FROM warm_rows) AS n,
	LATERAL (SELECT linlearn_rmse(t, linlearn_score(m, x)) AS rmse FROM warm_rows WHERE NOT new) AS f;
SELECT o ->> 'optimizer' AS optimizer, abs((linlearn_model_info(m) #>> '{metrics,validation:log_loss}')::float8 / log_loss - 1) < 1e-4 AS same
FROM (VALUES ('{"optimizer": "lbfgs"}'::jsonb), ('{"optimizer": "newton"}'),
		('{"optimizer": "sgd", "epochs": 3, "normalize_data": false}')) AS v (o),
	LATERAL (SELECT linlearn_train(x, y, o) AS known FROM warm_rows) AS k,
	LATERAL (SELECT linlearn_train(x, y, o || '{"refit": false}', CASE WHEN new THEN 'train' ELSE 'validation' END, 1, known) AS m FROM warm_rows) AS n,
	LATERAL (SELECT linlearn_log_loss(y, linlearn_score(m, x)) AS log_loss FROM warm_rows WHERE NOT new) AS f;

-- ---- Nothing blows up where a feature hardly varies, and chains keep what they know ----
SELECT spread, optimizer, max(abs(linlearn_score(m, ARRAY[a, b])- 2 * a - b)) < 40 AS near_the_truth
FROM (VALUES (1e-9), (1e-6), (1e-4), (1e-2)) AS s (spread),
	(VALUES ('adam', '{}'::jsonb), ('sgd', '{}'), ('rmsprop', '{}'), ('adagrad', '{}'), ('exact', '{}'), ('lbfgs', '{"wd": 0}'), ('newton', '{"wd": 0, "loss": "squared_loss"}'))
		AS o (optimizer, more),
	LATERAL (SELECT linlearn_train(ARRAY[i % 10, i % 7]::float8[], i % 10 * 2 + i % 7, '{"predictor_type": "regressor"}') AS known
		FROM generate_series(1, 210) AS i) AS k,
	LATERAL (SELECT linlearn_train(ARRAY[5 + spread * (i % 3), i % 7]::float8[], 10 + i % 7 + sin(i),
			jsonb_build_object('predictor_type', 'regressor', 'optimizer', optimizer) || more, NULL, 1, known) AS m
		FROM generate_series(1, 210) AS i) AS n,
	generate_series(0, 9) AS a, generate_series(0, 6) AS b
GROUP BY 1, 2 HAVING NOT max(abs(linlearn_score(m, ARRAY[a, b])- 2 * a - b)) < 40;
WITH RECURSIVE chain AS (
	SELECT 0 AS links, linlearn_train(x, t, '{"predictor_type": "regressor", "optimizer": "adam"}') AS m FROM warm_rows
	UNION ALL
	SELECT links + 1, (SELECT linlearn_train(x, t, '{"predictor_type": "regressor", "optimizer": "adam", "epochs": 2}', NULL, 1, m)
		FROM warm_rows WHERE i % 3 = links % 3 GROUP BY m) FROM chain WHERE links < 6)
SELECT links, round(linlearn_rmse(t, linlearn_score(m, x))::numeric, 1) < 3 AS good, bool_and(importance > 0) AS all_count
FROM chain, warm_rows, LATERAL (SELECT min(importance) AS importance FROM linlearn_weights(m) WHERE feature IS NOT NULL) AS w
GROUP BY 1 ORDER BY 1;

-- ---- A solver's penalties are those of the new rows, wherever it starts ----
SELECT o, max(abs(linlearn_score(a.m, warm_rows.x) - linlearn_score(b.m, warm_rows.x))) AS apart
FROM unnest(ARRAY['{"optimizer": "exact", "wd": 0.1}', '{"optimizer": "newton", "wd": 0.1, "loss": "squared_loss"}',
		'{"optimizer": "lbfgs", "wd": 0.1, "l1": 0.05, "loss": "squared_loss"}', '{"optimizer": "exact", "wd": 0.1, "unbias_data": false}']::jsonb[]) AS o,
	(VALUES ('{10, 1, 1, 10, 100, 0.1, 3}'::float8[]), ('{0.1, 1, 5, 1, 0.01, 10, 1}')) AS f (factors),
	LATERAL (SELECT linlearn_train(array(SELECT v * factors[n] FROM unnest(x) WITH ORDINALITY AS u (v, n)), t, o || '{"predictor_type": "regressor"}') AS known FROM warm_rows) AS k,
	LATERAL (SELECT linlearn_train(x, t, o || '{"predictor_type": "regressor"}', NULL, 1, known) AS m FROM warm_rows) AS a,
	LATERAL (SELECT linlearn_train(x, t, o || '{"predictor_type": "regressor"}') AS m FROM warm_rows) AS b, warm_rows
GROUP BY 1 HAVING NOT max(abs(linlearn_score(a.m, warm_rows.x) - linlearn_score(b.m, warm_rows.x))) < 1e-5;

-- ---- What l1 takes is 0, and stays so ----
SELECT optimizer, count(*) FILTER (WHERE weight = 0) > 0 AS zeros, count(*) FILTER (WHERE weight <> 0 AND abs(weight) < 1e-9) AS nearly
FROM (VALUES ('lbfgs', 0.1), ('adam', 0.05), ('sgd', 0.05)) AS o (optimizer, l1),
	LATERAL (SELECT jsonb_build_object('predictor_type', 'multiclass_classifier', 'optimizer', optimizer) AS p) AS p,
	LATERAL (SELECT linlearn_train(linlearn_sparse(x::real[]), k, p) AS known FROM warm_rows GROUP BY p) AS k,
	LATERAL (SELECT linlearn_train(linlearn_sparse(x::real[]), k, p || jsonb_build_object('l1', l1), NULL, 1, known) AS m
		FROM warm_rows WHERE i % 5 < 3 GROUP BY known, p) AS n,
	linlearn_weights(m) WHERE feature IS NOT NULL
GROUP BY 1 ORDER BY 1;

-- ---- Rows without a class do not lift the others above it ----
CREATE TABLE warm_classes AS
SELECT i, ARRAY[a, b]::float8[] AS x, CASE WHEN a + b + c > 0.8 THEN 'a' WHEN a + c > b THEN 'b' ELSE 'c' END AS k
FROM (SELECT i, sin(i * 12.9898) AS a, cos(i * 78.233) AS b, 0.4 * sin(i * i) AS c FROM generate_series(1, 600) AS i) AS r;
SELECT o, avg((linlearn_predict_label(known, x) = k)::int) FILTER (WHERE k = 'a') > 0.6 AS before,
	avg((linlearn_predict_label(m, x) = k)::int) FILTER (WHERE k = 'a') > 0.6 AS after,
	avg((linlearn_predict_label(m, x) = k)::int) FILTER (WHERE k <> 'a') > 0.7 AS others
FROM unnest(ARRAY['{"optimizer": "lbfgs", "wd": 0}', '{"optimizer": "adam", "epochs": 100}', '{"optimizer": "sgd", "epochs": 100}',
		'{"optimizer": "adam", "epochs": 100, "loss": "multiclass_hinge_loss"}']::jsonb[]) AS o,
	(VALUES (false), (true)) AS f (sparse),
	LATERAL (SELECT o || '{"predictor_type": "multiclass_classifier"}' AS p) AS p,
	LATERAL (SELECT CASE WHEN sparse THEN linlearn_train(linlearn_sparse(x::real[]), k, p) ELSE linlearn_train(x, k, p) END AS known
		FROM warm_classes GROUP BY p) AS n,
	LATERAL (SELECT CASE WHEN sparse THEN linlearn_train(linlearn_sparse(x::real[]), k, p, NULL, 1, known) ELSE linlearn_train(x, k, p, NULL, 1, known) END AS m
		FROM warm_classes WHERE k <> 'a' GROUP BY p, known) AS m, warm_classes
GROUP BY o, sparse ORDER BY o, sparse;

-- Rows of one class say nothing of it, and penalties alone do not shrink it.
SELECT o, max(abs(a - b)) AS moved
FROM unnest(ARRAY['{"optimizer": "lbfgs"}', '{"optimizer": "lbfgs", "l1": 0.01}', '{"optimizer": "adam", "wd": 0.1}',
		'{"optimizer": "sgd", "loss": "multiclass_hinge_loss"}']::jsonb[]) AS o,
	LATERAL (SELECT o || '{"predictor_type": "multiclass_classifier"}' AS p) AS p,
	LATERAL (SELECT linlearn_train(x, k, p) AS known FROM warm_classes GROUP BY p) AS n,
	LATERAL (SELECT linlearn_train(x, k, p, NULL, 1, known) AS m FROM warm_classes WHERE k = 'b' GROUP BY p, known) AS m,
	warm_classes, unnest(linlearn_scores(known, x), linlearn_scores(m, x)) AS s (a, b)
GROUP BY o ORDER BY o;

-- Nor of a binary model, whichever class it is: scores and answers stay, again
-- and again, whatever the optimizer, the loss, the features' type.
SELECT o || c AS options, max(abs(s.a - s.b)) AS moved, sum((linlearn_predict(known, v) <> linlearn_predict(again, v))::int) AS other
FROM unnest(ARRAY['{"optimizer": "lbfgs"}', '{"optimizer": "lbfgs", "l1": 0.01}', '{"optimizer": "newton", "wd": 0.01}',
		'{"optimizer": "exact", "loss": "squared_loss"}', '{"optimizer": "adam", "wd": 0.1}', '{"optimizer": "adagrad", "num_models": 3}',
		'{"optimizer": "sgd", "loss": "hinge_loss", "positive_example_weight_mult": "balanced"}',
		'{"optimizer": "rmsprop", "binary_classifier_model_selection_criteria": "recall_at_target_precision"}']::jsonb[]) AS o,
	unnest(ARRAY['{}', '{"calibrate": "platt"}', '{"calibrate": "isotonic"}']::jsonb[]) AS c,
	LATERAL (SELECT o || c || '{"predictor_type": "binary_classifier"}' AS p) AS p,
	LATERAL (SELECT linlearn_train(x, y, p, CASE WHEN i % 5 = 0 THEN 'validation' END) AS known FROM warm_rows GROUP BY p) AS n,
	LATERAL (SELECT linlearn_train(x::real[], y, p, NULL, 1, known) AS m FROM warm_rows WHERE y GROUP BY p, known) AS m,
	LATERAL (SELECT linlearn_train(linlearn_sparse(x::real[]), y, p, CASE WHEN i % 5 = 0 THEN 'validation' END, 1, m) AS again
		FROM warm_rows WHERE NOT y GROUP BY p, m) AS again,
	LATERAL (SELECT x AS v FROM warm_rows) AS v,
	LATERAL (SELECT linlearn_score(known, v) AS a, linlearn_score(again, v) AS b) AS s
GROUP BY 1 ORDER BY 1;

-- Validation rows of both classes choose the threshold as ever.
SELECT moved = 0 AS kept, threshold <> before AS chosen
FROM (SELECT max(abs(linlearn_score(known, x) - linlearn_score(m, x))) AS moved, min((linlearn_model_info(m) ->> 'threshold')::float8) AS threshold,
		min((linlearn_model_info(known) ->> 'threshold')::float8) AS before
	FROM (SELECT linlearn_train(x, y, '{"optimizer": "newton"}') AS known FROM warm_rows) AS n,
		LATERAL (SELECT linlearn_train(x, y, '{"optimizer": "newton", "binary_classifier_model_selection_criteria": "recall_at_target_precision",
			"target_precision": 0.99}', CASE WHEN i % 5 = 0 THEN 'validation' END, 1, known) AS m
			FROM warm_rows WHERE y OR i % 5 = 0 GROUP BY known) AS m, warm_rows) AS s;

DROP TABLE warm_rows, warm_options, warm_results, warm_classes;
DROP FUNCTION warm_bytes, warm_up;
DROP TYPE warm_result;
