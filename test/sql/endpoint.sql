-- Endpoints: names for models, and requests as SageMaker's clients send them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set SHOW_CONTEXT never

-- small models of each kind; answers are compared with linlearn_score's
CREATE TEMP TABLE plane AS
SELECT i AS id, ARRAY[i % 10, i / 10]::real[] AS x, i % 10 >= 5 AS big,
	CASE WHEN i % 10 < 3 THEN 'low' WHEN i % 10 < 7 THEN 'mid' ELSE 'high' END AS part,
	2.0 * (i % 10) - (i / 10) AS height
FROM generate_series(0, 99) i;
CREATE TEMP TABLE models AS
SELECT 'binary' AS kind, linlearn_train(x, big, '{"predictor_type": "binary_classifier", "mini_batch_size": 10}') AS model FROM plane
UNION ALL SELECT 'digits', linlearn_train(x, id % 10 / 3, '{"predictor_type": "multiclass_classifier", "mini_batch_size": 10}') FROM plane
UNION ALL SELECT 'parts', linlearn_train(x, part, '{"predictor_type": "multiclass_classifier", "mini_batch_size": 10}') FROM plane
UNION ALL SELECT 'height', linlearn_train(x::float8[], height, '{"predictor_type": "regressor", "mini_batch_size": 10}') FROM plane
UNION ALL SELECT 'bytes', linlearn_train(decode(lpad(to_hex(id), 2, '0') || '07', 'hex'), big, '{"predictor_type": "binary_classifier", "mini_batch_size": 10}') FROM plane;
SELECT kind, linlearn_save_model('endpoint-' || kind, model) FROM models ORDER BY kind;

-- create, point elsewhere, delete
SELECT linlearn_create_endpoint('binary', 'endpoint-binary');
SELECT linlearn_create_endpoint('binary', 'endpoint-binary');
SELECT linlearn_create_endpoint('x', 'no such model');
SELECT linlearn_create_endpoint('x', 'endpoint-binary', 7);
SELECT linlearn_create_endpoint(NULL, 'endpoint-binary');
SELECT linlearn_create_endpoint('', 'endpoint-binary');
SELECT linlearn_update_endpoint('x', 'endpoint-binary');
SELECT linlearn_delete_endpoint('x');
SELECT linlearn_create_endpoint(kind, 'endpoint-' || kind)
FROM models WHERE kind <> 'binary' ORDER BY kind;
SELECT name, model_name, model_version, created_at <= now() AS dated
FROM linlearn_endpoints ORDER BY name;

-- the predict family gives what it gives for the model itself
SELECT kind, count(*) AS rows, bool_and(
	linlearn_predict(kind, x) = linlearn_predict(model, x)
	AND linlearn_predict_label(kind, x) = linlearn_predict_label(model, x)
	AND linlearn_score(kind, x) = linlearn_score(model, x)
	AND linlearn_scores(kind, x) = linlearn_scores(model, x)) AS same
FROM models, plane WHERE kind IN ('binary', 'digits', 'parts') GROUP BY kind ORDER BY kind;
SELECT bool_and(linlearn_score('height', x::float8[]) = linlearn_score(model, x::float8[]))
FROM models, plane WHERE kind = 'height';
SELECT linlearn_predict('no such endpoint', '{1,2}'::real[]);
SELECT linlearn_predict('binary', '{1}'::real[]);
SELECT linlearn_predict('binary', '{1,NULL}'::real[]);
SELECT linlearn_predict(NULL::text, '{1,2}'::real[]);

-- shapes of answers; numbers vary with the machine, so they are masked
CREATE FUNCTION pg_temp.masked(answer text) RETURNS text
LANGUAGE sql AS $$ SELECT regexp_replace(answer, '-?[0-9]+\.[0-9]+(e-?[0-9]+)?|[0-9]e-[0-9]+', 'S', 'g') $$;
SELECT pg_temp.masked(linlearn_invoke_endpoint('binary', E'1,2\n8.5,3\n'));
SELECT pg_temp.masked(linlearn_invoke_endpoint('binary', '1,2', 'text/csv; charset=utf-8; label_size=0', 'application/jsonlines'));
SELECT pg_temp.masked(linlearn_invoke_endpoint('digits', '1,2', 'text/csv', 'application/json'));
SELECT pg_temp.masked(linlearn_invoke_endpoint('parts', '1,2', 'TEXT/CSV', '*/*'));
SELECT pg_temp.masked(linlearn_invoke_endpoint('height', E'1.25,2\n3.25,4', 'text/csv', 'application/jsonlines'));
SELECT linlearn_invoke_endpoint('binary', '');
SELECT linlearn_invoke_endpoint('binary', '{"instances": []}', 'application/json');

-- the same row in every form gives the same answer, that of linlearn_score
CREATE TEMP TABLE forms (content_type text, body text);
INSERT INTO forms VALUES
	('text/csv', '7,2'), ('text/csv', E'"7", 2.0\r\n'),
	('application/json', '{"instances":[{"features":[7,2]}]}'),
	('application/json', '{"instances":[{"data":{"features":{"values":[7,2.0]}}}]}'),
	('application/json', '{"instances":[{"data":{"features":{"keys":[1,0],"shape":[2],"values":[2,7]}}}]}'),
	('application/jsonlines', '{"features":[7,2]}'),
	('application/jsonlines', '{"data":{"features":{"values":[7,2]}}}'),
	('application/jsonlines', '{"data":{"features":{"keys":[0,1],"shape":[2],"values":[7,2]}}}');
SELECT content_type, body,
	linlearn_invoke_endpoint('binary', body, content_type)::jsonb
	= jsonb_build_object('predictions', jsonb_build_array(jsonb_build_object(
		'score', linlearn_score(model, '{7,2}'::real[]),
		'predicted_label', linlearn_predict(model, '{7,2}'::real[])))) AS right
FROM forms, models WHERE kind = 'binary';
SELECT linlearn_invoke_endpoint('binary', body, content_type, 'application/x-recordio-protobuf')
	= linlearn_invoke_endpoint('binary', linlearn_to_recordio('{7,2}'::real[]),
		'application/x-recordio-protobuf', 'application/x-recordio-protobuf') AS same
FROM (SELECT body::bytea, content_type FROM forms LIMIT 1) f GROUP BY body, content_type;
SELECT convert_from(linlearn_invoke_endpoint('binary', b, 'application/x-recordio-protobuf'), 'UTF8')
	= linlearn_invoke_endpoint('binary', E'7,2\n1,1') AS same
FROM (SELECT linlearn_to_recordio(x ORDER BY x DESC) AS b
	FROM (VALUES ('{7,2}'::real[]), ('{1,1}')) v (x)) s;
-- a model of bytes, and one of doubles, to the last digit
SELECT linlearn_invoke_endpoint('bytes', '0.78125,0.02734375')::jsonb #>> '{predictions,0,score}'
	= linlearn_score(model, '\xc807'::bytea)::text AS same FROM models WHERE kind = 'bytes';
SELECT linlearn_invoke_endpoint('height', '0.1,0.7')::jsonb #>> '{predictions,0,score}'
	= linlearn_score(model, '{0.1,0.7}'::float8[])::text AS same FROM models WHERE kind = 'height';

-- an answer as records: label map of predicted_label and score
SELECT length(a), encode(substr(a, 1, 45), 'hex')
FROM linlearn_invoke_endpoint('binary', '7,2'::bytea, 'text/csv', 'application/x-recordio-protobuf') a;
SELECT length(linlearn_invoke_endpoint('height', '7,2'::bytea, 'text/csv', 'application/x-recordio-protobuf'));

-- what is wrong with a request
SELECT linlearn_invoke_endpoint('binary', '1,2,3');
SELECT linlearn_invoke_endpoint('binary', E'1,2\n1,x');
SELECT linlearn_invoke_endpoint('binary', '1,nan');
SELECT linlearn_invoke_endpoint('binary', '1,2', 'text/xml');
SELECT linlearn_invoke_endpoint('binary', '1,2', 'text/csv', 'text/csv');
SELECT linlearn_invoke_endpoint('binary', '1,2', 'text/csv;label_size=1');
SELECT linlearn_invoke_endpoint('binary', '1,2', 'application/x-recordio-protobuf');
SELECT linlearn_invoke_endpoint('binary', '1,2', 'application/json');
SELECT linlearn_invoke_endpoint('binary', '{"instances":[{"features":[1,"2"]}]}', 'application/json');
SELECT linlearn_invoke_endpoint('binary', E'{"features":[1,2]}\n{}', 'application/jsonlines');
SELECT linlearn_invoke_endpoint('binary', '{"instances":[{"features":{"keys":[0],"shape":[3],"values":[1]}}]}', 'application/json');
SELECT linlearn_invoke_endpoint('binary', '\x00'::bytea, 'application/x-recordio-protobuf');

-- re-pointed, undone, and without its model
SELECT linlearn_save_model('endpoint-binary', model) FROM models WHERE kind = 'height';
SELECT model_version FROM linlearn_endpoints WHERE name = 'binary';
SELECT linlearn_score('binary', '{1,2}'::real[]) BETWEEN 0 AND 1 AS still_first;
BEGIN;
SELECT linlearn_update_endpoint('binary', 'endpoint-binary');
SELECT linlearn_invoke_endpoint('binary', '1,2') LIKE '%predicted_label%' AS still_first;
SAVEPOINT a;
SELECT linlearn_update_endpoint('binary', 'endpoint-parts');
SELECT linlearn_predict_label('binary', '{1,2}'::real[]);
ROLLBACK TO a;
SELECT linlearn_invoke_endpoint('binary', '1,2') LIKE '%predicted_label%' AS still_first;
ROLLBACK;
SELECT linlearn_invoke_endpoint('binary', '1,2') LIKE '%predicted_label%' AS still_first;
-- in one function, between two calls of which nothing else happens
DO $$
DECLARE
	labels text[];
BEGIN
	labels := labels || linlearn_predict_label('parts', '{1,2}'::real[]);
	PERFORM linlearn_update_endpoint('parts', 'endpoint-digits');
	labels := labels || linlearn_predict_label('parts', '{1,2}'::real[]);
	BEGIN
		PERFORM linlearn_update_endpoint('parts', 'endpoint-binary', 1);
		labels := labels || linlearn_predict_label('parts', '{1,2}'::real[]);
		RAISE EXCEPTION 'undo' USING ERRCODE = 'LL001';
	EXCEPTION WHEN SQLSTATE 'LL001' THEN
		labels := labels || linlearn_predict_label('parts', '{1,2}'::real[]);
	END;
	RAISE NOTICE '%', labels;
END
$$;
SELECT linlearn_delete_model('endpoint-digits');
SELECT linlearn_predict('digits', '{1,2}'::real[]);
-- more endpoints than a session keeps models of
SELECT count(linlearn_create_endpoint('many' || i, 'endpoint-binary', 1)) FROM generate_series(1, 40) i;
SELECT count(DISTINCT linlearn_score('many' || i, '{3,4}'::real[])), count(*)
FROM generate_series(1, 40) i, generate_series(1, 3);
SELECT count(linlearn_delete_endpoint('many' || i)) FROM generate_series(1, 40) i;

-- a model and its endpoint go in either order; each once
SELECT count(linlearn_save_model('endpoint-' || o, (SELECT model FROM models WHERE kind = 'binary'))),
	count(linlearn_create_endpoint(o, 'endpoint-' || o)) FROM (VALUES ('model-first'), ('endpoint-first')) AS v (o);
SELECT linlearn_delete_model('endpoint-model-first') AS versions_deleted;
SELECT linlearn_invoke_endpoint('model-first', '1,2');
SELECT linlearn_create_endpoint('another', 'endpoint-model-first');
SELECT linlearn_delete_endpoint('model-first');
SELECT linlearn_invoke_endpoint('model-first', '1,2');
SELECT linlearn_delete_endpoint('model-first');
SELECT linlearn_delete_model('endpoint-model-first');
SELECT linlearn_delete_endpoint('endpoint-first');
SELECT linlearn_invoke_endpoint('endpoint-first', '1,2');
SELECT linlearn_delete_model('endpoint-endpoint-first') AS versions_deleted;
SELECT count(*) FROM linlearn_endpoints WHERE name LIKE '%-first';

DELETE FROM linlearn_endpoints;
SELECT count(linlearn_delete_model(name)) FROM (
	SELECT DISTINCT name FROM linlearn_models WHERE name LIKE 'endpoint-%') s;
-- a score that an answer cannot say
SELECT linlearn_save_model('beyond', linlearn_model_from_coefficients('{1e300, 1e308}'::float8[])), linlearn_create_endpoint('beyond', 'beyond');
SELECT linlearn_invoke_endpoint('beyond', '1,0', 'text/csv', 'application/json');
SELECT linlearn_invoke_endpoint('beyond', '\x312c30'::bytea, 'text/csv', 'application/x-recordio-protobuf');
SELECT linlearn_invoke_endpoint('beyond', '10,10', 'text/csv', 'application/json');
SELECT linlearn_invoke_endpoint('beyond', '\x31302c3130'::bytea, 'text/csv', 'application/x-recordio-protobuf');
SELECT length(linlearn_invoke_endpoint('beyond', '\x302c30'::bytea, 'text/csv', 'application/x-recordio-protobuf'));
SELECT linlearn_delete_endpoint('beyond'), linlearn_delete_model('beyond');
