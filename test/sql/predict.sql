-- Predictions: every function on every predictor type, in expressions of all
-- kinds, on damaged models.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE predict_rows AS
SELECT i, ARRAY[x1, x2]::float8[] AS x, x1 > 0.5 AS y,
	CASE WHEN x1 > 1 THEN 'a' WHEN x2 > 0 THEN 'b' ELSE 'c' END AS class,
	2 * x1 - x2 + 3 AS z
FROM (SELECT i, round((sin(i * 12.9898) * 3)::numeric, 2) AS x1,
		round((cos(i * 78.233) * 2)::numeric, 2) AS x2
	FROM generate_series(1, 300) AS i) AS s;
CREATE TABLE predict_models AS
SELECT 'binary' AS kind, linlearn_train(x, y) AS model FROM predict_rows
UNION ALL SELECT 'hinge', linlearn_train(x, y, '{"loss": "hinge_loss"}') FROM predict_rows
UNION ALL SELECT 'multiclass', linlearn_train(x, class, '{"l1": 0}') FROM predict_rows
UNION ALL SELECT 'numbers', linlearn_train(x, 10 + 5 * ascii(class), '{"predictor_type": "multiclass_classifier"}') FROM predict_rows
UNION ALL SELECT 'regressor', linlearn_train(x, z, '{"predictor_type": "regressor"}') FROM predict_rows;

SELECT kind, linlearn_predict(model, ARRAY[2.5, 1]) AS predict,
	linlearn_predict_label(model, ARRAY[2.5, 1]) AS label,
	linlearn_score(model, ARRAY[2.5, 1]) > 0.5 AS score,
	array_length(linlearn_scores(model, ARRAY[2.5, 1]), 1) AS scores
FROM predict_models WHERE kind <> 'regressor' ORDER BY kind;
SELECT round(linlearn_predict(model, ARRAY[2.5, 1])::numeric, 6) AS predict,
	round(linlearn_predict_label(model, ARRAY[2.5, 1])::numeric, 6) AS label,
	round(linlearn_score(model, ARRAY[2.5, 1])::numeric, 6) AS score,
	linlearn_scores(model, ARRAY[2.5, 1]) AS scores
FROM predict_models WHERE kind = 'regressor';

-- scores are probabilities; the winner's is score(); the label is the largest's
SELECT kind, bool_and(abs(sum - 1) < 1e-5) AS sum_is_1,
	bool_and(CASE kind WHEN 'binary' THEN abs(score - scores[2]) < 1e-6
		ELSE abs(score - greatest(scores[1], scores[2], scores[3])) < 1e-6 END) AS score,
	bool_and(CASE kind WHEN 'binary' THEN label = (score > threshold)::text
		ELSE label = labels ->> (array_position(scores, greatest(scores[1], scores[2], scores[3])) - 1) END) AS label
FROM (SELECT kind, linlearn_score(model, x) AS score, linlearn_scores(model, x) AS scores,
		linlearn_predict_label(model, x) AS label, (linlearn_model_info(model) ->> 'threshold')::float8 AS threshold,
		linlearn_model_info(model) -> 'labels' AS labels,
		(SELECT sum(s) FROM unnest(linlearn_scores(model, x)) AS s) AS sum
	FROM predict_models, predict_rows WHERE kind IN ('binary', 'multiclass', 'numbers')) AS s
GROUP BY kind ORDER BY kind;

-- any numeric type of features gives the same
SELECT kind, count(DISTINCT round(v::numeric, 4)) AS scores
FROM predict_models, LATERAL (VALUES (linlearn_score(model, ARRAY[2, 1]::float8[])),
	(linlearn_score(model, ARRAY[2, 1]::real[])), (linlearn_score(model, ARRAY[2, 1]::smallint[])),
	(linlearn_score(model, ARRAY[2, 1]::integer[])), (linlearn_score(model, ARRAY[2, 1]::numeric[]))) AS t (v) GROUP BY kind ORDER BY kind;
SELECT kind, count(DISTINCT round(v::numeric, 4)) AS scores
FROM predict_models, LATERAL (VALUES (linlearn_score(model, ARRAY[0.75, 0.5]::real[])),
	(linlearn_score(model, '\xc080'::bytea))) AS t (v) GROUP BY kind ORDER BY kind;

-- ---- NULL, width, damage ----
SELECT linlearn_predict(NULL, ARRAY[1.0]) IS NULL AS no_model,
	linlearn_predict(model, NULL::float8[]) IS NULL AS no_features,
	linlearn_score(model, NULL::bytea) IS NULL AS no_score,
	linlearn_scores(NULL, ARRAY[1.0]) IS NULL AS no_scores,
	linlearn_predict_label(NULL, NULL::real[]) IS NULL AS no_label
FROM predict_models WHERE kind = 'binary';
SELECT linlearn_predict(model, ARRAY[1.0]) FROM predict_models WHERE kind = 'binary';
SELECT linlearn_scores(model, ARRAY[1, 2, 3]) FROM predict_models WHERE kind = 'multiclass';
SELECT linlearn_score(model, '\x01'::bytea) FROM predict_models WHERE kind = 'regressor';
SELECT linlearn_score(model, ''::bytea) FROM predict_models WHERE kind = 'regressor';
SELECT linlearn_score(model, '{}'::real[]) FROM predict_models WHERE kind = 'regressor';
SELECT linlearn_predict(model, ARRAY[1, NULL]) FROM predict_models WHERE kind = 'binary';
SELECT linlearn_predict(model, ARRAY[1, 'NaN'::float8]) FROM predict_models WHERE kind = 'binary';
SELECT linlearn_predict(model, ARRAY[[1, 2]]) FROM predict_models WHERE kind = 'binary';
SELECT linlearn_predict(model, 'no features'::text) FROM predict_models WHERE kind = 'binary';
SELECT linlearn_predict('\x'::bytea, ARRAY[1, 2]);
SELECT linlearn_predict('\x4c4c524e'::bytea, ARRAY[1, 2]);
SELECT linlearn_predict('\x89504e470d0a1a0a0000000d49484452'::bytea, ARRAY[1, 2]);

-- every function refuses a model cut short, lengthened or with a byte changed
CREATE FUNCTION predict_error(call text, model bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT ' || call USING model;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT call, damage, predict_error(call, CASE damage
	WHEN 'cut' THEN substr(model, 1, length(model) - 1)
	WHEN 'longer' THEN model || '\x00'
	WHEN 'changed' THEN set_byte(model, 100, get_byte(model, 100) # 1)
	WHEN 'format' THEN set_byte(model, 4, 9) END) AS error
FROM predict_models, (VALUES ('linlearn_predict($1, ARRAY[1, 2])'),
	('linlearn_predict_label($1, ARRAY[1, 2])'), ('linlearn_score($1, ARRAY[1, 2])'),
	('linlearn_scores($1, ARRAY[1, 2])'), ('linlearn_predict_interval($1, ARRAY[1, 2])'), ('linlearn_model_info($1)'),
	('* FROM linlearn_weights($1)'), ('* FROM linlearn_training_history($1)')) AS c (call),
	(VALUES ('cut'), ('longer'), ('changed'), ('format')) AS d (damage)
WHERE kind = 'multiclass' ORDER BY 1, 2;
SELECT count(*) AS places, count(*) FILTER (WHERE error NOT LIKE '22P03 %') AS other_errors
FROM (SELECT predict_error('linlearn_predict($1, ARRAY[1, 2])', substr(model, 1, n)) AS error
	FROM predict_models, generate_series(0, length(model) - 1, 7) AS n WHERE kind = 'binary') AS s;

-- ---- The cache: models that change from row to row, toasted and plain ----
CREATE TABLE predict_cache (i int, kind text, model bytea);
INSERT INTO predict_cache SELECT i, kind, model FROM generate_series(1, 20) AS i, predict_models;
SELECT count(*) AS rows, count(DISTINCT (kind, v)) AS values
FROM (SELECT kind, linlearn_score(model, ARRAY[2.5, 1]) AS v FROM predict_cache ORDER BY i, kind) AS s;
SELECT bool_and(a = b) AS same
FROM (SELECT kind, linlearn_score(model, ARRAY[2.5, 1]) AS a FROM predict_models) AS one,
	(SELECT kind, linlearn_score(model, ARRAY[2.5, 1]) AS b FROM (SELECT * FROM predict_cache ORDER BY i, kind) AS s) AS many
WHERE one.kind = many.kind;
ALTER TABLE predict_cache ALTER COLUMN model SET STORAGE PLAIN;
UPDATE predict_cache SET model = model || ''::bytea;
SELECT count(*) AS rows, count(DISTINCT (kind, v)) AS values
FROM (SELECT kind, linlearn_score(model, ARRAY[2.5, 1]) AS v FROM predict_cache ORDER BY i, kind) AS s;
-- a variable that is assigned anew, features of changing types in one function
DO $$
DECLARE m bytea; seen float8[] := '{}'; k text;
BEGIN
	FOR turn IN 1..3 LOOP
		FOREACH k IN ARRAY ARRAY['binary', 'regressor', 'hinge'] LOOP
			SELECT model INTO m FROM predict_models WHERE kind = k;
			seen := seen || round(linlearn_score(m, ARRAY[2.5, 1])::numeric, 4)::float8;
		END LOOP;
	END LOOP;
	IF seen[1:3] IS DISTINCT FROM seen[4:6] OR seen[1:3] IS DISTINCT FROM seen[7:9] THEN
		RAISE EXCEPTION 'predictions differ: %', seen;
	END IF;
END $$;

-- ---- Generated column, expression index, check, view, prepared statement ----
DO $$
DECLARE m bytea := (SELECT model FROM predict_models WHERE kind = 'regressor');
BEGIN
	EXECUTE format('CREATE TABLE predict_generated (x float8[], z float8
		GENERATED ALWAYS AS (linlearn_predict(%L::bytea, x)) STORED)', m);
	EXECUTE format('CREATE INDEX predict_index ON predict_rows (linlearn_score(%L::bytea, x))', m);
	EXECUTE format('CREATE VIEW predict_indexed AS SELECT i FROM predict_rows
		WHERE linlearn_score(%L::bytea, x) > 5', m);
END $$;
INSERT INTO predict_generated (x) SELECT x FROM predict_rows;
SELECT bool_and(abs(g.z - r.z) < 1e-6) AS generated FROM predict_generated AS g JOIN predict_rows AS r USING (x);
SET enable_seqscan = off;
CREATE FUNCTION predict_plan() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text; found boolean := false;
BEGIN
	FOR line IN EXPLAIN SELECT * FROM predict_indexed LOOP
		found := found OR line LIKE '%predict_index%';
	END LOOP;
	RETURN found;
END $$;
SELECT count(*) AS high, (SELECT count(*) FROM predict_rows WHERE z > 5) AS wanted,
	predict_plan() AS by_index FROM predict_indexed;
RESET enable_seqscan;
PREPARE predict_one (float8[]) AS SELECT linlearn_predict_label(model, $1) FROM predict_models WHERE kind = 'multiclass';
EXECUTE predict_one('{2.5, 1}');
EXECUTE predict_one('{-2, 1.5}');
EXECUTE predict_one('{-2, -1.5}');
DEALLOCATE predict_one;
SELECT proname, provolatile, proisstrict, proparallel FROM pg_proc
WHERE proname IN ('linlearn_predict', 'linlearn_predict_label', 'linlearn_score', 'linlearn_scores', 'linlearn_predict_interval')
	AND proargtypes[0] = 'bytea'::regtype ORDER BY 1;

SET client_min_messages = warning;
DROP TABLE predict_rows, predict_models, predict_cache, predict_generated CASCADE;
DROP FUNCTION predict_error, predict_plan;
