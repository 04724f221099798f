-- A byte b is the feature b/256; every other type is taken as it is.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;

CREATE TABLE unit_rows AS
SELECT i, set_byte(set_byte(set_byte('\x00000000', 0, i * 7 % 256), 1, i * 13 % 101), 2, i * i % 11) AS bytes,
	ARRAY[i * 7 % 256, i * 13 % 101, i * i % 11, 0]::int[] AS whole,
	ARRAY[(i * 7 % 256) / 256.0, (i * 13 % 101) / 256.0, (i * i % 11) / 256.0, 0]::real[] AS parts,
	(i * 7 % 256) + (i * 13 % 101) + 40 * sin(i) > 170 AS y, (i * 7 % 256) * 0.3 - (i * 13 % 101) + 5 * sin(i) AS z, i * 7 % 256 / 86 AS class
FROM generate_series(1, 400) AS i;

-- ---- Trained on bytes is trained on b/256, by every optimizer ----
CREATE TABLE unit_options AS
SELECT optimizer, normalize, o.label, jsonb_build_object('optimizer', optimizer, 'normalize_data', normalize, 'predictor_type', o.label)
	|| CASE WHEN optimizer IN ('exact', 'newton', 'lbfgs') THEN '{"wd": 0.001}'::jsonb
	-- all rows in one batch: bytes and floats come in another order
	ELSE '{"mini_batch_size": 400, "epochs": 40, "learning_rate": 0.05, "wd": 0.001, "l1": 0.0001}' END AS options
FROM unnest(ARRAY['exact', 'newton', 'lbfgs', 'adam', 'sgd', 'rmsprop', 'adagrad']) AS optimizer,
	unnest(ARRAY[true, false]) AS normalize,
	unnest(ARRAY['binary_classifier', 'regressor', 'multiclass_classifier']) AS o (label)
WHERE o.label = 'regressor' OR optimizer <> 'exact' AND (o.label = 'binary_classifier' OR optimizer <> 'newton');
CREATE TABLE unit_models AS
SELECT label, optimizer, normalize, linlearn_train(bytes, target, options) AS of_bytes, linlearn_train(parts, target, options) AS of_parts
FROM unit_options, unit_rows, LATERAL (SELECT CASE label WHEN 'binary_classifier' THEN y::int WHEN 'regressor' THEN z ELSE class END::float8) AS t (target)
GROUP BY label, optimizer, normalize, options;
-- scores apart by so much of their spread, weights and what is known of features
SELECT m.label, optimizer, normalize, apart
FROM unit_models AS m, LATERAL (SELECT max(abs(b - p)) / stddev(p) AS apart
	FROM unit_rows, LATERAL (VALUES (linlearn_score(of_bytes, bytes), linlearn_score(of_parts, parts))) AS s (b, p)) AS s
WHERE apart > CASE WHEN optimizer IN ('exact', 'newton') THEN 1e-5 ELSE 1e-2 END ORDER BY 1, 2, 3;
SELECT m.label, optimizer, b.mean, b.deviation, b.weight, p.weight
FROM unit_models AS m, linlearn_weights(of_bytes) AS b JOIN linlearn_weights(of_parts) AS p USING (label, feature)
WHERE b.mean <> p.mean OR abs(b.deviation - p.deviation) > 1e-15 OR abs(b.weight - p.weight) > 1e-3 * greatest(1, abs(p.weight));
-- standard errors
SELECT s.optimizer, count(*) AS weights, bool_and(abs(b.standard_error / p.standard_error - 1) < 1e-9) AS errors,
	bool_and(abs(b.weight - p.weight) <= 1e-9 * abs(p.weight)) AS same
FROM (SELECT optimizer, linlearn_train(substr(bytes, 1, 3), z, o) AS b, linlearn_train(parts[1:3], z, o) AS p
		FROM unit_rows, unnest(ARRAY['exact', 'newton']) AS optimizer, jsonb_build_object('predictor_type', 'regressor', 'optimizer', optimizer, 'wd', 0) AS o
		GROUP BY optimizer) AS s, linlearn_weights(s.b) AS b, linlearn_weights(s.p) AS p
WHERE b.feature IS NOT DISTINCT FROM p.feature GROUP BY s.optimizer ORDER BY s.optimizer;

-- ---- One digit, whatever form it comes in ----
SELECT linlearn_save_model('unit', of_bytes) FROM unit_models WHERE label = 'binary_classifier' AND optimizer = 'adam' AND normalize;
SELECT linlearn_create_endpoint('unit', 'unit') IS NOT NULL AS made;
SELECT count(*) AS rows, max(abs(score - linlearn_score(model, parts))) < 1e-6 AS real, max(abs(score - linlearn_score(model, parts::float8[]))) < 1e-6 AS double,
	max(abs(score - linlearn_score(model, linlearn_to_sparse(bytes)))) < 1e-6 AS sparse, bool_and(linlearn_to_sparse(bytes) = linlearn_to_sparse(parts)) AS same_sparse,
	bool_and(score::text = linlearn_invoke_endpoint('unit', array_to_string(parts, ','))::jsonb #>> '{predictions,0,score}') AS csv,
	bool_and(score::text = linlearn_invoke_endpoint('unit', json_build_object('instances', json_build_array(json_build_object('features', parts)))::text, 'application/json')::jsonb #>> '{predictions,0,score}') AS json,
	bool_and(score::text = convert_from(linlearn_invoke_endpoint('unit', recordio, 'application/x-recordio-protobuf'), 'UTF8')::jsonb #>> '{predictions,0,score}') AS recordio
FROM linlearn_models, unit_rows, LATERAL (SELECT linlearn_score(model, bytes) AS score) AS s,
	LATERAL (SELECT linlearn_to_recordio(bytes) AS recordio FROM (SELECT unit_rows.*) AS r) AS r WHERE name = 'unit';
SELECT bool_and(a = b) AS recordio FROM (SELECT linlearn_to_recordio(bytes, y ORDER BY i) AS a, linlearn_to_recordio(parts, y ORDER BY i) AS b FROM unit_rows) AS s;
-- what a model says of features is said in b/256
SELECT linlearn_model_info(model) -> 'byte_unit' AS byte_unit, linlearn_model_info(model) -> 'row_magnitudes' AS row_magnitudes FROM linlearn_models WHERE name = 'unit';
SELECT bool_and(e.value IS NOT DISTINCT FROM CASE WHEN e.feature IS NOT NULL THEN parts[e.feature] END) AS values,
	abs(sum(e.contribution) - sum(f.contribution)) < 1e-5 AS sums
FROM linlearn_models AS m, unit_rows, linlearn_explain(model, bytes) AS e JOIN linlearn_explain(model, parts) AS f ON e.feature IS NOT DISTINCT FROM f.feature
WHERE m.name = 'unit' AND i = 30;
SELECT linlearn_weights_text(b) = linlearn_weights_text(p) AS same_picture
FROM (SELECT of_bytes AS b, of_parts AS p FROM unit_models WHERE optimizer = 'exact' AND normalize) AS s;

-- ---- Going on from bytes to floats and back ----
CREATE FUNCTION unit_step(optimizer text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('optimizer', optimizer, 'epochs', 1, 'mini_batch_size', 400, 'learning_rate', 1e-30, 'num_models', 1, 'wd', 0) $$;
SELECT optimizer, bool_and(linlearn_score(of_bytes, bytes) = linlearn_score(there, bytes)) AS there,
	bool_and(linlearn_score(of_bytes, bytes) = linlearn_score(back, bytes)) AS back,
	min(abs(linlearn_score(further, bytes) - linlearn_score(of_bytes, bytes))) > 0 AS further,
	bool_and(linlearn_model_info(back) -> 'byte_unit' = '0.00390625') AS unit
FROM (SELECT optimizer, of_bytes, there, linlearn_train(bytes, y::int::float8, unit_step(optimizer), NULL, 1, there) AS back,
		linlearn_train(bytes, y::int::float8, unit_step(optimizer) || '{"learning_rate": 0.01}', NULL, 1, there) AS further
	FROM (SELECT optimizer, of_bytes, linlearn_train(parts, y::int::float8, unit_step(optimizer), NULL, 1, of_bytes) AS there
		FROM unit_models, unit_rows WHERE label = 'binary_classifier' AND normalize AND optimizer IN ('adam', 'sgd', 'rmsprop', 'adagrad') GROUP BY optimizer, of_bytes) AS s, unit_rows
	GROUP BY optimizer, of_bytes, there) AS s, unit_rows
GROUP BY optimizer ORDER BY optimizer;
-- without normalising, too; a feature that does not vary keeps its weight
SELECT optimizer, normalize, max(abs(b.weight - p.weight)) < 2e-3 AS same, max(abs(b.weight - p.weight)) FILTER (WHERE b.feature = 2) = 0 AS held
FROM (SELECT optimizer, normalize, linlearn_train(set_byte(bytes, 1, 50), z, o, NULL, 1, of_bytes) AS b,
		linlearn_train(ARRAY[parts[1], 50 / 256.0, parts[3], 0]::real[], z, o, NULL, 1, of_bytes) AS p
	FROM unit_models, unit_rows, jsonb_build_object('optimizer', optimizer, 'normalize_data', normalize, 'wd', 0.001) AS o
	WHERE label = 'regressor' AND optimizer IN ('exact', 'newton', 'lbfgs') GROUP BY optimizer, normalize, of_bytes) AS s,
	linlearn_weights(s.b) AS b, linlearn_weights(s.p) AS p WHERE b.feature IS NOT DISTINCT FROM p.feature
GROUP BY optimizer, normalize ORDER BY optimizer, normalize;

-- ---- A row of another magnitude is a warning, once a call site ----
CREATE TABLE unit_digits AS SELECT 'bytes' AS kind, linlearn_train(bytes, y) AS model FROM unit_rows
UNION ALL SELECT 'parts', linlearn_train(parts, y) FROM unit_rows
UNION ALL SELECT 'whole', linlearn_train(whole, y) FROM unit_rows;
SELECT linlearn_save_model(kind, model) FROM unit_digits;
SELECT linlearn_create_endpoint(kind, kind) IS NOT NULL AS made FROM unit_digits;
SELECT count(linlearn_score(model, whole)) FROM unit_digits, unit_rows WHERE kind = 'bytes';
SELECT count(linlearn_predict('parts', whole)) FROM unit_rows;
SELECT count(linlearn_predict('whole', parts)) FROM unit_rows;
SELECT count(linlearn_predict_label('whole', bytes)) FROM unit_rows;
SELECT count(linlearn_invoke_endpoint('bytes', array_to_string(whole, ','))) FROM unit_rows;
SELECT count(*) FROM unit_digits, linlearn_explain(model, '{200,1,1,1}'::real[]) WHERE kind = 'parts';
SELECT count(linlearn_scores(model, linlearn_sparse(ARRAY[3], ARRAY[200]::real[], 4))) FROM unit_digits WHERE kind = 'parts';
-- once a statement, however often it asks: a loop, a report of several queries; but of each model, and both ways
DO $$ BEGIN FOR i IN 1..3 LOOP PERFORM linlearn_predict('parts', whole) FROM unit_rows; END LOOP; END $$;
SELECT length(linlearn_report('parts', test_query => 'SELECT whole, y FROM unit_rows')) > 0 AS report;
SELECT linlearn_evaluate('parts', 'SELECT whole, y FROM unit_rows') IS NOT NULL AS evaluated;
SELECT count(linlearn_score('parts', f)), count(linlearn_predict('parts', f)), count(linlearn_score('whole', f))
FROM (VALUES (ARRAY[20000, 0, 0, 0]::real[]), ('{1e-9,0,0,0}'), ('{30000,0,0,0}')) AS v (f);
-- 50 times, or a fiftieth, is not yet another; zeros are none
SELECT count(linlearn_score(model, f)) FROM unit_digits, (VALUES (ARRAY[49, 0, 0, 0]::real[]), ('{0,0,0,0}'), ('{0.001,0,0,0}')) AS v (f) WHERE kind = 'parts';
SELECT count(linlearn_score(model, f)) FROM unit_digits, (VALUES (ARRAY[-60, 0, 0, 0]::real[])) AS v (f) WHERE kind = 'parts';
-- nor is a byte where the model was trained on bytes, nor any row of the training
SELECT count(linlearn_score(model, '\x00000001'::bytea)) FROM unit_digits WHERE kind = 'bytes';
SELECT count(linlearn_predict(model, bytes)), count(linlearn_predict(model, parts)) FROM unit_digits, unit_rows WHERE kind IN ('bytes', 'parts');
-- going on from a model of another unit is one, too, once for all groups
SELECT linlearn_train(bytes, y, '{"optimizer": "adam", "epochs": 1}', NULL, 1, model) IS NOT NULL AS trained FROM unit_digits, unit_rows WHERE kind = 'whole' GROUP BY model;
SELECT count(m) FROM (SELECT linlearn_train(whole, y, '{"optimizer": "adam", "epochs": 1}', NULL, 1, model) AS m FROM unit_digits, unit_rows WHERE kind = 'bytes' GROUP BY i % 3) AS s;
SELECT linlearn_train(parts, y, '{"optimizer": "adam", "epochs": 1}', NULL, 1, model) IS NOT NULL AS trained FROM unit_digits, unit_rows WHERE kind = 'bytes' GROUP BY model;
-- rows that weigh nothing do not count, nor do those of other channels; a model that goes on knows all
SELECT linlearn_model_info(linlearn_train(parts, y, '{"refit": false}', channel, w)) -> 'row_magnitudes' AS known
FROM (SELECT parts, y, 'train' AS channel, 1 AS w FROM unit_rows UNION ALL VALUES ('{1e6,0,0,0}'::real[], true, 'train', 0),
	('{0,0,0,0}', true, 'train', 1), ('{0,1e4,0,0}', false, 'test', 1), ('{0,1e4,0,0}', false, 'validation', 1), ('{0,1e4,0,0}', true, 'validation', 1)) AS r;
SELECT linlearn_model_info(linlearn_train(ARRAY[parts[1] * 100, parts[2], 0, 0]::real[], y, '{}', NULL, 1, model)) -> 'row_magnitudes' AS known
FROM unit_digits, unit_rows WHERE kind = 'bytes' GROUP BY model;
-- in memory, in files, in sums, in any order
SELECT kind, count(DISTINCT known) AS ranges FROM (
	SELECT kind, linlearn_model_info(model) ->> 'row_magnitudes' AS known FROM (
		SELECT 'kept' AS kind, linlearn_train(parts, z, '{"predictor_type": "regressor"}' ORDER BY i) AS model FROM unit_rows
		UNION ALL SELECT 'kept', linlearn_train(parts, z, '{"predictor_type": "regressor"}' ORDER BY -i) FROM unit_rows
		UNION ALL SELECT 'split', linlearn_train(parts, z, '{"predictor_type": "regressor", "validation_fraction": 0.3}' ORDER BY -i) FROM unit_rows) AS m
	) AS s GROUP BY kind ORDER BY kind;
CREATE TABLE unit_many AS SELECT ARRAY[1 + i % 977, sin(i)]::float8[] AS x, i % 977 * 3.0 AS z, i % 5 > 2 AS y FROM generate_series(1, 100000) AS i;
SET linlearn.train_mem = '1MB';
SELECT linlearn_model_info(linlearn_train(x, z, '{"predictor_type": "regressor"}')) -> 'row_magnitudes' AS summed,
	linlearn_model_info(linlearn_train(x, y, '{"optimizer": "adam", "epochs": 1}')) -> 'row_magnitudes' AS spilled FROM unit_many;
RESET linlearn.train_mem;
SELECT linlearn_model_info(linlearn_train(x, y, '{"optimizer": "adam", "epochs": 1}')) -> 'row_magnitudes' AS kept FROM unit_many;

SELECT linlearn_delete_endpoint(name) IS NOT NULL AS deleted FROM (VALUES ('unit'), ('bytes'), ('parts'), ('whole')) AS v (name);
DELETE FROM linlearn_models WHERE name IN ('unit', 'bytes', 'parts', 'whole');
DROP TABLE unit_rows, unit_options, unit_models, unit_digits, unit_many;
DROP FUNCTION unit_step;
