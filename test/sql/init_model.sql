-- A model to go on from: its classes keep their places, whatever rows come.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;

CREATE TYPE init_letter AS ENUM ('c', 'b', 'a');
CREATE DOMAIN init_code AS integer CHECK (VALUE >= 0);
CREATE TABLE init_rows AS
SELECT i, ARRAY[x1, x2]::float8[] AS x, n, (ARRAY['a', 'b', 'c'])[n + 1] AS y
FROM (SELECT i, x1, x2, CASE WHEN x1 < -1 THEN 0 WHEN x1 - x2 > 1 THEN 2
			ELSE 1 END AS n
	FROM (SELECT i, round((sin(i * 12.9898) * 3)::numeric, 3) AS x1,
			round((cos(i * 78.233) * 2)::numeric, 3) AS x2
		FROM generate_series(1, 600) AS i) AS u) AS v;
SELECT n, y, count(*) > 100 AS many FROM init_rows GROUP BY 1, 2 ORDER BY 1;

-- A model of all of init_rows' classes, a step further.
CREATE FUNCTION init_step(epochs int) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT jsonb_build_object('predictor_type', 'multiclass_classifier', 'optimizer', 'adam',
		'num_models', 1, 'mini_batch_size', 50, 'epochs', epochs) $$;
CREATE FUNCTION init_loss(model bytea) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (linlearn_model_info(model) #>> '{metrics,train:objective_loss}')::float8 $$;
CREATE TABLE init_models AS
SELECT linlearn_train(x, y, init_step(5)) AS texts, linlearn_train(x, n, init_step(5)) AS numbers,
	linlearn_train(x, y, init_step(15)) AS fifteen,
	linlearn_train(x, n = 2, '{"wd": 0.0018}') AS booleans, linlearn_train(x, i % 2, '{"predictor_type": "regressor"}') AS regressor
FROM init_rows;

-- ---- 5 and 10 epochs are as good as 15 ----
SELECT init_loss(texts) > init_loss(fifteen) AS longer_is_better,
	init_loss(five_and_ten) < init_loss(fifteen) + 0.01 AS warm_is_as_good
FROM (SELECT texts, fifteen, linlearn_train(x, y, init_step(10), NULL, 1, texts) AS five_and_ten
	FROM init_rows, init_models GROUP BY texts, fifteen) AS s;
-- predictor_type is the model's when it is not given
SELECT linlearn_model_info(linlearn_train(x, n, '{}', NULL, 1, numbers)) ->> 'predictor_type' AS predictor_type
FROM init_rows, init_models;
-- another loss may go on
SELECT linlearn_model_info(linlearn_train(x, y, '{"loss": "multiclass_hinge_loss"}', NULL, 1, texts)) ->> 'loss' AS loss
FROM init_rows, init_models;

-- ---- Labels of equal value, of whatever type of their kind ----
SELECT count(DISTINCT weights) AS models FROM init_models,
	LATERAL (SELECT linlearn_train(x, n, init_step(2), NULL, 1, numbers) AS int4,
			linlearn_train(x, n::bigint, init_step(2), NULL, 1, numbers) AS int8,
			linlearn_train(x, n::numeric(4, 1), init_step(2), NULL, 1, numbers) AS num,
			linlearn_train(x, n::real, init_step(2), NULL, 1, numbers) AS f4,
			linlearn_train(x, n::init_code, init_step(2), NULL, 1, numbers) AS code,
			linlearn_train(x, n::init_code, init_step(2), NULL, 1,
				(SELECT linlearn_train(x, n::init_code, init_step(5)) FROM init_rows)) AS codes
		FROM init_rows) AS m,
	unnest(ARRAY[int4, int8, num, f4, code, codes]) AS model,
	LATERAL (SELECT array_agg(weight ORDER BY label, feature) AS weights FROM linlearn_weights(model)) AS w;
SELECT count(DISTINCT weights) AS models FROM init_models,
	LATERAL (SELECT linlearn_train(x, y, init_step(2), NULL, 1, texts) AS text,
			linlearn_train(x, y::varchar(3), init_step(2), NULL, 1, texts) AS varchar,
			linlearn_train(x, y::init_letter, init_step(2), NULL, 1, texts) AS letter
		FROM init_rows) AS m,
	unnest(ARRAY[text, varchar, letter]) AS model,
	LATERAL (SELECT array_agg(weight ORDER BY label, feature) AS weights FROM linlearn_weights(model)) AS w;

-- ---- Rows of some classes: the others keep their places, and their weights ----
SELECT lacking, linlearn_model_info(model) -> 'labels' AS labels,
	avg((linlearn_predict_label(model, x) = y)::int) > 0.8 AS good
FROM unnest(ARRAY['a', 'b', 'c']) AS lacking, init_models,
	LATERAL (SELECT linlearn_train(x, y, init_step(1), NULL, 1, texts) AS model
		FROM init_rows WHERE y <> lacking) AS m,
	init_rows
WHERE y <> lacking GROUP BY 1, 2 ORDER BY 1;
SELECT lacking, linlearn_model_info(model) -> 'labels' AS labels,
	avg((linlearn_predict(model, x) = n)::int) > 0.8 AS good
FROM generate_series(0, 2) AS lacking, init_models,
	LATERAL (SELECT linlearn_train(x, n, init_step(1) || '{"num_classes": 3}', NULL, 1, numbers) AS model
		FROM init_rows WHERE n <> lacking) AS m,
	init_rows
WHERE n <> lacking GROUP BY 1, 2 ORDER BY 1;
-- two of three classes do not make it binary, and one class is enough
SELECT info ->> 'predictor_type' AS predictor_type, info -> 'labels' AS labels
FROM init_models, LATERAL (SELECT linlearn_model_info(linlearn_train(x, y, '{"optimizer": "adam"}', NULL, 1, texts)) AS info
	FROM init_rows WHERE y <> 'b') AS m;
SELECT info -> 'labels' AS labels
FROM init_models, LATERAL (SELECT linlearn_model_info(linlearn_train(x, y, '{"optimizer": "adam"}', NULL, 1, texts)) AS info
	FROM init_rows WHERE y = 'b') AS m;
-- a binary model of rows of one class goes on, its threshold where the loss has it
SELECT labels, info -> 'labels' AS kept, info ->> 'threshold' AS threshold,
	avg((linlearn_predict(model, x) = (n = 2)::int)::int) > 0.9 AS good
FROM init_models, unnest(ARRAY[true, false]) AS labels,
	LATERAL (SELECT linlearn_train(x, n = 2,
			'{"optimizer": "adam", "num_models": 1, "epochs": 1, "mini_batch_size": 200, "learning_rate": 0.001}', NULL, 1, booleans) AS model
		FROM init_rows WHERE (n = 2) = labels) AS m,
	linlearn_model_info(model) AS info, init_rows GROUP BY 1, 2, 3 ORDER BY 1;

-- ---- One model a group; any order ----
SELECT half, linlearn_model_info(model) -> 'labels' AS labels FROM init_models,
	LATERAL (SELECT i % 2 AS half, linlearn_train(x, y, init_step(1), NULL, 1, texts) AS model
		FROM init_rows WHERE i % 2 = 1 OR y <> 'b' GROUP BY 1) AS m ORDER BY 1;
SELECT count(DISTINCT md5(model)) AS models FROM init_models, LATERAL (
	SELECT linlearn_train(x, y, init_step(1), NULL, 1, texts ORDER BY i) AS model FROM init_rows WHERE y <> 'a'
	UNION ALL SELECT linlearn_train(x, y, init_step(1), NULL, 1, texts ORDER BY i DESC) FROM init_rows WHERE y <> 'a'
	UNION ALL SELECT linlearn_train(x, y, init_step(1), NULL, 1, texts ORDER BY y DESC) FROM init_rows WHERE y <> 'a') AS s;

-- ---- What does not fit ----
SELECT linlearn_train(x, translate(y, 'abc', 'bcd'), init_step(1), NULL, 1, texts) FROM init_rows, init_models;
\echo :LAST_ERROR_SQLSTATE
SELECT linlearn_train(x, translate(y, 'c', 'd'), init_step(1), NULL, 1, texts) FROM init_rows, init_models;
SELECT linlearn_train(x, upper(y), '{}', NULL, 1, texts) FROM init_rows, init_models;
SELECT linlearn_train(x, n + 3, init_step(1), NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, n + 0.5, init_step(1), NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, y, init_step(1), CASE WHEN i = 7 THEN 'test' END, 1, texts)
FROM (SELECT i, x, CASE WHEN i = 7 THEN 'new' ELSE y END AS y FROM init_rows) AS s, init_models;
SELECT linlearn_train(x, n, init_step(1) || '{"num_classes": 4}', NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, n::text, init_step(1), NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, y, init_step(1), NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, n = 1, init_step(1), NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, n, '{"predictor_type": "binary_classifier"}', NULL, 1, booleans) FROM init_rows, init_models;
-- binary: 1 of 0 and 1 is not 1 of 1 and 2
SELECT linlearn_train(x, (n = 2)::int + 1, '{"predictor_type": "binary_classifier"}', NULL, 1,
	(SELECT linlearn_train(x, (n = 2)::int, '{"predictor_type": "binary_classifier"}') FROM init_rows)) FROM init_rows;
-- another predictor type or width, no model at all
SELECT linlearn_train(x, n, '{"predictor_type": "regressor"}', NULL, 1, numbers) FROM init_rows, init_models;
SELECT linlearn_train(x, n, '{"predictor_type": "multiclass_classifier"}', NULL, 1, regressor) FROM init_rows, init_models;
SELECT linlearn_train(x, n = 2, '{"predictor_type": "multiclass_classifier"}', NULL, 1, booleans) FROM init_rows, init_models;
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier"}', NULL, 1, texts) FROM init_rows, init_models WHERE y <> 'a';
SELECT linlearn_train(x || 1.0::float8, y, init_step(1), NULL, 1, texts) FROM init_rows, init_models;
SELECT linlearn_train(x, y, '{}', NULL, 1, '\x00'::bytea) FROM init_rows;
-- one for all rows of a model, whichever comes first; as it is stored, or computed
CREATE TABLE init_others AS SELECT texts AS model FROM init_models UNION ALL SELECT fifteen FROM init_models;
SELECT linlearn_train(x, y, init_step(1), NULL, 1, model ORDER BY model) FROM init_rows, init_others;
SELECT linlearn_train(x, y, init_step(1), NULL, 1, CASE WHEN i < 300 THEN texts END) FROM init_rows, init_models;
SELECT linlearn_train(x, y, init_step(1), NULL, 1, CASE WHEN i > 300 THEN texts END) FROM init_rows, init_models;
SELECT linlearn_train(x, y, init_step(1), NULL, 1, CASE WHEN i % 2 = 0 THEN texts ELSE texts || ''::bytea END) = linlearn_train(x, y, init_step(1), NULL, 1, (SELECT texts FROM init_models)) AS same
FROM init_rows, init_models;
DROP TABLE init_others;
-- a regressor has no classes: any numbers
SELECT linlearn_train(x, i / 7.0, '{"predictor_type": "regressor"}', NULL, 1, regressor) IS NOT NULL AS regressor FROM init_rows, init_models;

DROP TABLE init_rows, init_models;
DROP FUNCTION init_step, init_loss;
DROP TYPE init_letter;
DROP DOMAIN init_code;
