-- Training from SQL: types, channels, weights, groups, row order.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;

CREATE TYPE train_mood AS ENUM ('sad', 'calm', 'glad');
CREATE TABLE train_rows AS
SELECT i, ARRAY[x1, x2, x3]::float8[] AS x, 1.5 * x1 - x2 + e > 0 AS y,
	3 * x1 - 2 * x2 + 0.5 * x3 + 7 + e AS z,
	(CASE WHEN x1 + e < -1 THEN 'sad' WHEN x1 - x2 + e > 1.5 THEN 'glad'
		ELSE 'calm' END)::train_mood AS mood,
	CASE WHEN i % 5 = 0 THEN 'validation' WHEN i % 5 = 1 THEN 'test'
		ELSE 'train' END AS split
FROM (SELECT i, round((sin(i * 12.9898) * 3)::numeric, 3) AS x1,
		round((cos(i * 78.233) * 2)::numeric, 3) AS x2,
		round((sin(i * 37.719) * 10 + 50)::numeric, 3) AS x3,
		round((sin(i * i * 0.7) * 0.5)::numeric, 3) AS e
	FROM generate_series(1, 1000) AS i) AS s;

-- ---- The three predictor types ----
CREATE TABLE train_models AS
SELECT 'binary' AS kind, linlearn_train(x, y, '{"refit": false}', split) AS model FROM train_rows
UNION ALL SELECT 'multiclass', linlearn_train(x, mood, '{"refit": false}', split) FROM train_rows
UNION ALL SELECT 'regressor', linlearn_train(x, z, '{"predictor_type": "regressor", "refit": false}', split)
FROM train_rows;
SELECT kind, info ->> 'predictor_type' AS predictor_type, info ->> 'loss' AS loss,
	info -> 'labels' AS labels, info ->> 'label_type' AS label_type, info -> 'rows' AS rows
FROM train_models, linlearn_model_info(model) AS info ORDER BY kind;
SELECT kind, bool_and(right_share > 0.85) AS good
FROM (SELECT kind, avg((CASE kind
			WHEN 'binary' THEN linlearn_predict_label(model, x) = y::text
			WHEN 'multiclass' THEN linlearn_predict_label(model, x) = mood::text
			ELSE abs(linlearn_predict(model, x) - z) < 1 END)::int) AS right_share
	FROM train_models, train_rows WHERE split = 'test' GROUP BY kind) AS s
GROUP BY kind ORDER BY kind;

-- The metrics of a model are those of its predictions.
SELECT abs(avg((linlearn_predict(model, x) = y::int)::int) -
		(linlearn_model_info(model) #>> '{metrics,test:binary_classification_accuracy}')::float8) < 1e-9
	AS accuracy
FROM train_models, train_rows WHERE kind = 'binary' AND split = 'test' GROUP BY model;
SELECT abs(avg((linlearn_predict_label(model, x) = mood::text)::int) -
		(linlearn_model_info(model) #>> '{metrics,validation:multiclass_accuracy}')::float8) < 1e-9
	AS accuracy
FROM train_models, train_rows WHERE kind = 'multiclass' AND split = 'validation' GROUP BY model;
SELECT abs(avg((linlearn_predict(model, x) - z) ^ 2) /
		(linlearn_model_info(model) #>> '{metrics,train:mse}')::float8 - 1) < 1e-4 AS mse
FROM train_models, train_rows WHERE kind = 'regressor' AND split = 'train' GROUP BY model;

-- ---- Types of labels ----
CREATE FUNCTION train_labels(model bytea) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', info ->> 'predictor_type', info ->> 'label_type', info ->> 'labels')
	FROM linlearn_model_info(model) AS info $$;
SELECT train_labels(linlearn_train(x, y)) FROM train_rows;
SELECT train_labels(linlearn_train(x, y::text)) FROM train_rows;
SELECT train_labels(linlearn_train(x, CASE WHEN y THEN 'yes' ELSE 'no' END)) FROM train_rows;
SELECT train_labels(linlearn_train(x, mood)) FROM train_rows;
SELECT train_labels(linlearn_train(x, mood::varchar(5))) FROM train_rows;
SELECT train_labels(linlearn_train(x, y::int, '{"predictor_type": "binary_classifier"}')) FROM train_rows;
SELECT train_labels(linlearn_train(x, (y::int * 2 - 1)::smallint, '{"predictor_type": "binary_classifier"}')) FROM train_rows;
SELECT train_labels(linlearn_train(x, y::int::bigint, '{"predictor_type": "multiclass_classifier"}')) FROM train_rows;
SELECT train_labels(linlearn_train(x, y::int + 0.25, '{"predictor_type": "binary_classifier"}')) FROM train_rows;
SELECT train_labels(linlearn_train(x, (y::int + 0.1)::real, '{"predictor_type": "multiclass_classifier"}')) FROM train_rows;
SELECT train_labels(linlearn_train(x, y::int, '{"predictor_type": "multiclass_classifier", "num_classes": 4}')) FROM train_rows;
SELECT train_labels(linlearn_train(x, z::numeric, '{"predictor_type": "regressor"}')) FROM train_rows;
-- the blanks of a char(n) are no part of a label; those inside and before are
SELECT linlearn_model_info(model) -> 'labels' AS labels,
	avg((linlearn_predict_label(model, x) = label)::int) > 0.9 AS equal,
	(linlearn_metrics(label, linlearn_predict_label(model, x)) ->> 'accuracy')::float8 > 0.9 AS metrics,
	linlearn_confusion(label, linlearn_predict_label(model, x)) -> 'labels' AS confusion
FROM (SELECT i, x, (CASE WHEN y THEN ' hi' ELSE 'l o' END)::char(6) AS label FROM train_rows) AS r,
	(SELECT linlearn_train(x, (CASE WHEN y THEN ' hi' ELSE 'l o' END)::char(6)) AS model FROM train_rows) AS m
GROUP BY model;
-- the same labels of another type: the same weights
SELECT count(DISTINCT w) FROM (
	SELECT ARRAY(SELECT weight FROM linlearn_weights(model)) AS w
	FROM (SELECT linlearn_train(x, z::float8, '{"predictor_type": "regressor"}') AS a,
			linlearn_train(x, z::numeric, '{"predictor_type": "regressor"}') AS b,
			linlearn_train(x, z, '{"predictor_type": "regressor"}') AS c
		FROM train_rows) AS m, unnest(ARRAY[a, b, c]) AS model) AS s;
-- an enum has its own order, as in linlearn_metrics: glad is the positive class, also of workers' rows
SELECT train_labels(linlearn_train(x, (CASE WHEN y THEN 'glad' ELSE 'sad' END)::train_mood)) FROM train_rows;
SELECT info -> 'labels' ->> 1 = metrics ->> 'positive' AS agree, metrics ->> 'positive' AS positive
FROM (SELECT linlearn_model_info(linlearn_train(x, calm)) AS info, linlearn_metrics(calm, calm) AS metrics
	FROM (SELECT x, (CASE WHEN y THEN 'calm' ELSE 'sad' END)::train_mood AS calm FROM train_rows) AS r) AS s;
BEGIN;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL linlearn.parallel_rows = on;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL parallel_leader_participation = off;
SELECT train_labels(linlearn_train(x, mood)) FROM train_rows;
COMMIT;
-- dates and times are ISO texts, whatever the session shows
BEGIN;
SET LOCAL datestyle = 'German';
SET LOCAL timezone = 'Asia/Tokyo';
SELECT train_labels(linlearn_train(x, d)), train_labels(linlearn_train(x, d::timestamp + '0.5 s'::interval)),
	train_labels(linlearn_train(x, z)), min(d) AS shown
FROM (SELECT x, CASE WHEN y THEN date '2024-03-31' ELSE '2024-12-01' END AS d,
	CASE WHEN y THEN timestamptz '2024-03-31 12:00+00' ELSE 'infinity' END AS z FROM train_rows) AS s;
COMMIT;
-- what cannot be is refused at the first row: the second here cannot be read
CREATE FUNCTION train_first(label text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT linlearn_train(ARRAY[1 / (2 - i)]::real[], %s, $1) FROM generate_series(1, 2) i', label) USING options;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
SELECT label, options, train_first(label, options) FROM (VALUES
	('''a''', '{"predictor_type": "regressor"}'::jsonb),
	('i', '{}'),
	('i', '{"predictor_type": "regressor", "loss": "logistic"}'),
	('i', '{"predictor_type": "multiclass_classifier", "optimizer": "newton"}'),
	('i = 1', '{"loss": "softmax_loss"}'),
	('i = 1', '{}'),
	('''a''', '{"loss": "softmax_loss"}')) AS wrong (label, options);
SELECT linlearn_tune(ARRAY[1 / (2 - i)]::real[], 'a'::text, '{"predictor_type": "regressor", "objective": "validation:mse",
	"ranges": {"wd": {"type": "continuous", "min": 0.1, "max": 1}}}') FROM generate_series(1, 2) i;
DROP FUNCTION train_first;
-- what cannot be a label
SELECT linlearn_train(x, y::int) FROM train_rows;
SELECT linlearn_train(x, y::int, '{"loss": "huber_loss"}') FROM train_rows;
-- ... unless the loss says what numbers are
SELECT loss, linlearn_model_info(linlearn_train(x, y::int + 1, jsonb_build_object('loss', loss, 'num_classes', 3)))->>'predictor_type' AS predictor
FROM train_rows, (VALUES ('logistic'), ('hinge_loss'), ('softmax_loss'), ('poisson'), ('gamma'), ('tweedie')) AS l (loss)
GROUP BY loss ORDER BY loss;
SELECT linlearn_train(x, mood, '{"predictor_type": "regressor"}') FROM train_rows;
SELECT linlearn_train(x, mood, '{"predictor_type": "binary_classifier"}') FROM train_rows;
SELECT linlearn_train(x, i, '{"predictor_type": "multiclass_classifier", "num_classes": 3}') FROM train_rows;
SELECT linlearn_train(x, 9007199254740993 + i, '{"predictor_type": "regressor"}') FROM train_rows WHERE i = 1;
SELECT linlearn_train(x, 9007199254740992 + y::int::numeric, '{"predictor_type": "binary_classifier"}') FROM train_rows;
SELECT linlearn_train(x, 9007199254740993 + i::numeric, '{"predictor_type": "regressor"}') IS NOT NULL AS rounded FROM train_rows;
SELECT linlearn_train(x, 'NaN'::float8, '{"predictor_type": "regressor"}') FROM train_rows;
SELECT linlearn_train(x, true) FROM train_rows;
SELECT linlearn_train(x, 'one') FROM train_rows;
SELECT linlearn_train(x, 'one', '{"predictor_type": "multiclass_classifier"}') FROM train_rows;

-- ---- Types of features ----
CREATE TABLE train_bytes AS
SELECT i, y, ARRAY[i * 7 % 256, i * 13 % 101, i % 11]::int[] AS x FROM train_rows;
CREATE FUNCTION train_bytea(x int[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT decode(string_agg(lpad(to_hex(v), 2, '0'), '' ORDER BY o), 'hex')
	FROM unnest(x) WITH ORDINALITY AS u (v, o) $$;
CREATE TABLE train_types AS
SELECT linlearn_train(x::real[], y, '{"wd": 0.001}') AS f4, linlearn_train(x::float8[], y, '{"wd": 0.001}') AS f8,
	linlearn_train(x::int2[], y, '{"wd": 0.001}') AS i2, linlearn_train(x, y, '{"wd": 0.001}') AS i4,
	linlearn_train(x::numeric[], y, '{"wd": 0.001}') AS num, linlearn_train(train_bytea(x), y, '{"wd": 0.001}') AS bytes
FROM train_bytes;
SELECT linlearn_model_info(f4) ->> 'feature_format' AS f4, linlearn_model_info(f8) ->> 'feature_format' AS f8,
	linlearn_model_info(i2) ->> 'feature_format' AS i2, linlearn_model_info(i4) ->> 'feature_format' AS i4,
	linlearn_model_info(num) ->> 'feature_format' AS num, linlearn_model_info(bytes) ->> 'feature_format' AS bytes
FROM train_types;
-- one set of numbers, one optimum
SELECT max(abs(linlearn_score(f4, x) - linlearn_score(f8, x))) < 1e-3 AS f8,
	max(abs(linlearn_score(f4, x) - linlearn_score(i2, x))) < 1e-9 AS i2,
	max(abs(linlearn_score(f8, x) - linlearn_score(i4, x))) < 1e-9 AS i4,
	max(abs(linlearn_score(f8, x) - linlearn_score(num, x))) < 1e-9 AS num,
	max(abs(linlearn_score(f8, x) - linlearn_score(bytes, train_bytea(x)))) < 1e-3 AS bytes
FROM train_types, train_bytes;
-- arrays of a domain, and a domain of them, are read as their base
CREATE DOMAIN train_number AS float8 CHECK (VALUE < 1e9);
CREATE DOMAIN train_whole AS int;
CREATE DOMAIN train_wholes AS train_whole[];
SELECT linlearn_train(x::train_number[], y, '{"wd": 0.001}') = f8 AS f8, linlearn_train(x::train_wholes, y, '{"wd": 0.001}') = i4 AS i4,
	bool_and(linlearn_score(f8, x::train_number[]) = linlearn_score(f8, x::float8[])) AS scores, bool_and(linlearn_to_sparse(x::train_wholes) = linlearn_to_sparse(x)) AS sparse
FROM train_bytes, train_types GROUP BY f8, i4;
SELECT linlearn_predict_label(linlearn_model_from_coefficients('{1,2}', labels => '{7,9}'::train_wholes), '{1,1}'::train_number[]) AS label;
DROP DOMAIN train_number, train_wholes, train_whole;
-- bigint[], as float8 has it: beyond 2^53 the nearest
SELECT linlearn_train(x::bigint[], y) = linlearn_train(x, y) AS same_model,
	linlearn_train((x::bigint[])[1:1] || (x[2]::bigint * 9007199254740993)::bigint, y) =
		linlearn_train(ARRAY[x[1], (x[2]::bigint * 9007199254740993)::float8], y) AS large,
	bool_and(linlearn_score(i4, x::bigint[]) = linlearn_score(i4, x)) AS score
FROM train_types, train_bytes;
SELECT linlearn_train(ARRAY[i, NULL]::bigint[], y) FROM train_rows;
-- what cannot be features
SELECT linlearn_train(i, y) FROM train_rows;
SELECT linlearn_train(x::text, y) FROM train_rows;
SELECT linlearn_train(x::text[], y) FROM train_rows;
SELECT linlearn_train('{}'::real[], y) FROM train_rows;
SELECT linlearn_train(''::bytea, y) FROM train_rows;
SELECT linlearn_train(ARRAY[x, x], y) FROM train_rows;
SELECT linlearn_train(ARRAY[1, NULL, 3]::float8[], y) FROM train_rows;
SELECT linlearn_train(ARRAY[1, 'NaN']::real[], y) FROM train_rows;
SELECT linlearn_train(ARRAY['Infinity', 1]::float8[], y) FROM train_rows;
SELECT linlearn_train(ARRAY[1, 'NaN']::numeric[], y) FROM train_rows;
SELECT linlearn_train(NULL::real[], y) FROM train_rows;
SELECT linlearn_train(x[1:1 + i / 1000], y) FROM train_rows;
SELECT linlearn_train(x, y, '{"feature_dim": 4}') FROM train_rows;

-- ---- Rows ----
SELECT linlearn_train(x, y) IS NULL AS no_row_no_model FROM train_rows WHERE false;
SELECT linlearn_train(x, NULL::boolean) FROM train_rows;
SELECT linlearn_train(x, y, '{}', 'test') FROM train_rows;
SELECT linlearn_train(x, y, '{}', 'training') FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, -1) FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, NULL) FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, 'NaN') FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, 1e-300) FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, CASE WHEN i = 9 THEN 9.9e-31 ELSE 1 END) FROM (SELECT * FROM train_rows ORDER BY i) AS s;
-- some weight is needed, of both classes; how much does not matter
SELECT linlearn_train(x, z, '{"predictor_type": "regressor"}', NULL, 0) FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, (split <> 'train')::int) FROM train_rows;
SELECT linlearn_train(x, y, '{}', split, (split <> 'validation')::int) IS NOT NULL AS without_validation FROM train_rows;
SELECT linlearn_train(x, y, '{}', NULL, y::int) FROM train_rows;
SELECT linlearn_model_info(linlearn_train(x, y, '{}', split, (split <> 'test')::int)) -> 'metrics' ? 'train:objective_loss' AS test_without_weight
FROM train_rows;
SELECT factor, bool_and(abs(a.weight - b.weight) < 1e-6 * (1 + abs(a.weight))) AS same_model
FROM unnest(ARRAY[1e-30, 1e-10, 3e29]) AS factor,
	LATERAL (SELECT linlearn_train(x, y, '{"wd": 0.0001}', NULL, 1 + i % 3) AS plain,
		linlearn_train(x, y, '{"wd": 0.0001}', NULL, factor * (1 + i % 3)) AS scaled FROM train_rows) AS m,
	linlearn_weights(plain) AS a, linlearn_weights(scaled) AS b
WHERE a.feature IS NOT DISTINCT FROM b.feature GROUP BY factor ORDER BY factor;
SELECT linlearn_train(x, y, CASE WHEN i = 1 THEN '{}' ELSE '{"epochs": 3}' END::jsonb) FROM train_rows;
-- on_invalid = skip counts what it leaves out, and a NULL label is no fault
SELECT linlearn_model_info(linlearn_train(
	CASE i % 10 WHEN 1 THEN NULL WHEN 2 THEN ARRAY[1, 2] WHEN 3 THEN ARRAY[1, 2, 'NaN'::float8]
		WHEN 4 THEN ARRAY[1, NULL, 3] WHEN 5 THEN '{}' ELSE x END,
	CASE WHEN i % 10 <> 6 THEN y END, '{"on_invalid": "skip", "feature_dim": 3}')) -> 'rows' AS rows
FROM train_rows;
SELECT linlearn_train(x, CASE WHEN i = 500 THEN 'NaN' ELSE z END,
	'{"predictor_type": "regressor"}') FROM (SELECT * FROM train_rows ORDER BY i) AS s;
SELECT linlearn_model_info(linlearn_train(x, CASE WHEN i = 500 THEN 'NaN' ELSE z END,
	'{"predictor_type": "regressor", "on_invalid": "skip"}')) #> '{rows,skipped}' AS skipped FROM train_rows;
-- the hint names only what was not given
SELECT linlearn_train(x[1:1 + i / 1000], y, '{"on_invalid": "skip"}') FROM (SELECT * FROM train_rows ORDER BY i) AS s;
SELECT linlearn_train(x[1:1 + i / 1000], y, '{"feature_dim": 2}') FROM (SELECT * FROM train_rows ORDER BY i) AS s;
-- which width is wrong must not depend on the first row
SELECT linlearn_train(CASE WHEN i = 1 THEN x[1:2] ELSE x END, y, '{"on_invalid": "skip"}')
FROM (SELECT * FROM train_rows ORDER BY i) AS s;

-- ---- Row order, plans of FILTER and GROUP BY ----
SELECT count(DISTINCT md5(model)) AS models FROM (
	SELECT linlearn_train(x, mood, '{}', split) AS model FROM (SELECT * FROM train_rows ORDER BY i) AS a
	UNION ALL SELECT linlearn_train(x, mood, '{}', split) FROM (SELECT * FROM train_rows ORDER BY i DESC) AS a
	UNION ALL SELECT linlearn_train(x, mood, '{}', split) FROM (SELECT * FROM train_rows ORDER BY mood, md5(i::text)) AS a
	UNION ALL SELECT linlearn_train(x, mood, '{}', split ORDER BY x[2]) FROM train_rows) AS s;
SELECT count(DISTINCT md5(model)) AS models FROM (
	SELECT linlearn_train(x, z, '{"predictor_type": "regressor", "validation_fraction": 0.3, "optimizer": "adam"}') AS model
	FROM (SELECT * FROM train_rows ORDER BY i) AS a
	UNION ALL SELECT linlearn_train(x, z, '{"predictor_type": "regressor", "validation_fraction": 0.3, "optimizer": "adam"}')
	FROM (SELECT * FROM train_rows ORDER BY z) AS a) AS s;
-- a group's model is the model of its rows alone
SELECT g, model = (SELECT linlearn_train(x, y) FROM train_rows WHERE i % 3 = g) AS same,
	model = filtered AS filter
FROM (SELECT i % 3 AS g, linlearn_train(x, y) AS model FROM train_rows GROUP BY 1) AS a,
	LATERAL (SELECT linlearn_train(x, y) FILTER (WHERE i % 3 = g) AS filtered FROM train_rows) AS b
ORDER BY g;
-- two aggregates of one query, of other options
SELECT linlearn_model_info(a) #>> '{hyperparameters,wd}' AS a, linlearn_model_info(b) #>> '{hyperparameters,wd}' AS b
FROM (SELECT linlearn_train(x, y, '{"wd": 0.5, "num_models": 1}') AS a,
	linlearn_train(x, y, '{"wd": 0.25, "num_models": 1}') AS b FROM train_rows) AS s;

-- ---- Weights ----
-- a row of weight 2 is two rows, one of weight 0 none
SELECT max(abs(a.weight - b.weight)) < 1e-6 AS as_copies FROM
	(SELECT linlearn_train(x, z, '{"predictor_type": "regressor", "optimizer": "exact", "wd": 0.1}', NULL, i % 3)
		AS weighted FROM train_rows) AS m,
	(SELECT linlearn_train(x, z, '{"predictor_type": "regressor", "optimizer": "exact", "wd": 0.1}') AS copied
		FROM train_rows, generate_series(1, i % 3)) AS n,
	linlearn_weights(weighted) AS a, linlearn_weights(copied) AS b
WHERE a.feature IS NOT DISTINCT FROM b.feature;
SELECT linlearn_train(x, y, '{}', NULL, 1) = linlearn_train(x, y, '{}') AS weight_1 FROM train_rows;

-- ---- No window: the final function sorts the state's rows; a transaction rolls back ----
SELECT count(DISTINCT md5(model)) AS windows
FROM (SELECT linlearn_train(x, y) OVER (PARTITION BY i % 2) AS model FROM train_rows) AS s;
BEGIN;
CREATE TABLE train_gone AS SELECT linlearn_train(x, y) AS model FROM train_rows;
ROLLBACK;
SELECT to_regclass('train_gone') IS NULL AS rolled_back;

-- ---- Somebody's own type of a known name; options that ask for too much; a rescan ----
CREATE SCHEMA train_own;
CREATE TYPE train_own.vector AS ENUM ('a');
CREATE TYPE train_own.sparsevec AS (a integer);
SELECT linlearn_train('a'::train_own.vector, true);
SELECT linlearn_train(ROW(1)::train_own.sparsevec, true);
SELECT linlearn_train(x, repeat(mood::text, 70000)) FROM train_rows;
DROP TYPE train_own.vector, train_own.sparsevec;
DROP SCHEMA train_own;
SELECT linlearn_train(linlearn_sparse(ARRAY[i], ARRAY[1]::real[], 16777216), y, '{"num_models": 1024, "optimizer": "adam"}')
FROM train_rows;
-- many epochs are allowed for, but cost nothing before they run
SELECT length(linlearn_train(x, y, '{"epochs": 1000000, "num_models": 64, "optimizer": "adam"}')) > 0 AS stopped_early
FROM train_rows;
BEGIN;
SET LOCAL enable_material = off;
SET LOCAL enable_sort = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT count(*) AS rows, count(DISTINCT md5(model)) AS models
FROM generate_series(1, 3) AS turn LEFT JOIN LATERAL (
	SELECT i % 2 AS half, linlearn_train(x, mood, '{"epochs": 2, "validation_fraction": 0.2}') AS model
	FROM train_rows GROUP BY 1 OFFSET 0) AS s ON s.half < turn;
COMMIT;

-- ---- Digits drawn by the extension ----
CREATE TABLE train_digits (LIKE linlearn_mnist);
SELECT split, rows FROM linlearn_load_mnist('synthetic', 'train_digits', 1500, 500, 500) ORDER BY 1;
CREATE TABLE train_zero AS
SELECT linlearn_train(pixels, label = 0, '{"predictor_type": "binary_classifier", "mini_batch_size": 200}', split) AS zero,
	linlearn_train(pixels, label, '{"predictor_type": "multiclass_classifier", "optimizer": "adam"}', split) AS digit FROM train_digits;
SELECT avg((linlearn_predict(zero, pixels) = (label = 0)::int)::int) > 0.97 AS zero,
	avg((linlearn_predict(digit, pixels) = label)::int) > 0.8 AS digit
FROM train_digits, train_zero WHERE split = 'test';

-- A group of one class, or of no rows that can be used, is an error, or gives NULL.
SELECT g, linlearn_train(x, y) IS NULL AS nothing
FROM (SELECT x, CASE i % 3 WHEN 0 THEN y WHEN 1 THEN true END AS y, i % 3 AS g
      FROM train_rows) t GROUP BY g ORDER BY g;
SELECT g, linlearn_train(x, y, '{"on_invalid": "skip"}') IS NULL AS nothing
FROM (SELECT x, CASE i % 3 WHEN 0 THEN y WHEN 1 THEN true END AS y, i % 3 AS g
      FROM train_rows) t GROUP BY g ORDER BY g;
SELECT linlearn_train(x, 'one', '{"on_invalid": "skip"}') IS NULL AS nothing
FROM train_rows;
SELECT linlearn_train(x, y, '{"on_invalid": "skip"}', NULL, 0) IS NULL AS nothing
FROM train_rows;
SELECT linlearn_tune(x, true, jsonb_build_object('on_invalid', 'skip', 'max_jobs', 2,
           'objective', 'train:objective_loss', 'objective_type', 'Minimize',
           'ranges', jsonb_build_object('wd', linlearn_continuous(0.001, 1)))) IS NULL
         AS nothing
FROM train_rows;
DROP TABLE train_rows, train_models, train_bytes, train_types, train_digits, train_zero;
DROP FUNCTION train_labels, train_bytea;
DROP TYPE train_mood;

-- what cannot be returned, or would take hours, is refused before the training
SELECT linlearn_train(ARRAY[i % 317, i / 317]::real[], i, '{"predictor_type": "multiclass_classifier"}') FROM generate_series(0, 99999) i;
SELECT linlearn_train(linlearn_sparse(ARRAY[i], ARRAY[1.0]::real[], 1000000), i % 1000, '{"predictor_type": "multiclass_classifier", "epochs": 1}') FROM generate_series(1, 3000) i;
SELECT linlearn_tune(linlearn_sparse(ARRAY[i], ARRAY[1.0]::real[], 1000000), i % 1000, '{"predictor_type": "multiclass_classifier", "objective": "train:objective_loss", "max_jobs": 2, "ranges": {"wd": {"type": "continuous", "min": 1e-6, "max": 0.1}}}') FROM generate_series(1, 3000) i;

-- Early stopping watches the loss, which here still falls, unless a criterion is
-- given: that is as good as can be after one epoch.
CREATE TABLE parted AS
SELECT ARRAY[i % 10 + CASE WHEN i % 3 = 0 THEN 20 ELSE 0 END]::real[] AS x, i % 3 = 0 AS y,
       CASE WHEN i % 4 = 0 THEN 'validation' ELSE 'train' END AS split
FROM generate_series(1, 600) AS i;
SELECT options, max(epoch) AS epochs
FROM unnest(ARRAY['{}', '{"binary_classifier_model_selection_criteria": "accuracy"}', '{"binary_classifier_model_selection_criteria": "f_beta"}',
                  '{"binary_classifier_model_selection_criteria": "loss_function"}', '{"binary_classifier_model_selection_criteria": "accuracy", "early_stopping_patience": 5}']) AS options,
    LATERAL (SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier", "optimizer": "adam", "num_models": 1, "epochs": 12}'::jsonb || options::jsonb, split) AS model FROM parted) AS m,
    linlearn_training_history(model)
GROUP BY options ORDER BY 1;
-- A loss that falls by too little is no improvement, though the criterion's values change.
SELECT max(epoch) AS epochs FROM linlearn_training_history((SELECT linlearn_train(x, y,
    '{"predictor_type": "binary_classifier", "optimizer": "adam", "num_models": 1, "epochs": 12, "early_stopping_tolerance": 0.9}', split) FROM parted));
DROP TABLE parted;
