SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;

-- ---- Records that a query makes are not made: their fields are arguments ----
CREATE TYPE field_size AS ENUM ('small', 'large', 'middle');
CREATE TABLE field_rows AS
SELECT i AS id, CASE WHEN i % 7 > 0 THEN i % 13 END AS i4, (i % 11)::smallint AS i2, (i * 3 % 17)::bigint AS i8, (i / 7.0)::numeric(8, 3) AS nu, sin(i)::real AS f4,
	CASE WHEN i % 5 > 0 THEN cos(i) END AS f8, i % 3 = 0 AS b, CASE i % 4 WHEN 0 THEN NULL ELSE 'level ' || i % 4 END AS tx, ('c' || i % 3)::char(5) AS bp, ('v' || i % 3)::varchar(9) AS vc,
	('n' || i % 2)::name AS na, ('{small,large,middle}'::field_size[])[1 + i % 3] AS en, (md5((i % 3)::text))::uuid AS uu, DATE '2024-01-01' + i AS d, TIMESTAMPTZ '2024-01-01 00:00+00' + i * interval '5 hours' AS tm,
	i * interval '3 minutes' AS iv, TIME '00:00' + i * interval '1 minute' AS ti, to_tsvector('simple', 'w' || i % 3 || ' v' || i % 4) AS ts, ARRAY['x' || i % 2, 'y' || i % 3] AS se, ARRAY[i % 3, i % 5]::float8[] AS bl,
	linlearn_sparse(ARRAY[0, i % 3, i % 2]::real[]) AS sp, decode('0' || i % 5 || '07', 'hex') AS by, jsonb_build_object('a', i % 9, 'b', 'z' || i % 2) AS js, repeat('long ' || i % 2, 800) AS lo, ln(1 + i % 5) AS off, i % 4 / 4.0 + 1 AS exposure
FROM generate_series(1, 200) AS i;
-- some lie outside of their rows
ALTER TABLE field_rows ALTER lo SET STORAGE EXTERNAL;
UPDATE field_rows SET lo = lo || '';
CREATE VIEW field_named AS SELECT id, i4, i2, i8, nu, f4, f8, b, tx, bp, vc, na, en, uu, d, tm, iv, ti, ts, se, bl, sp, by, js, lo, off, exposure FROM field_rows;
CREATE TABLE field_models (kind text PRIMARY KEY, m bytea);
INSERT INTO field_models SELECT 'classes', linlearn_train(r, 'class ' || id * 7 % 10 % 3, '{"exclude": ["id", "off", "exposure"], "wd": 0.01}') FROM field_rows r;
INSERT INTO field_models SELECT 'binary', linlearn_train(r, id % 8 < 3, '{"exclude": ["id", "exposure"], "offset": "off", "wd": 0.01}') FROM field_rows r;
INSERT INTO field_models SELECT 'counts', linlearn_train(r, id % 6, '{"exclude": ["id", "off"], "exposure": "exposure", "loss": "poisson", "wd": 0.01}') FROM field_rows r;
INSERT INTO field_models SELECT 'numbers', linlearn_train(r, f4, '{"predictor_type": "regressor", "wd": 0.01}') FROM field_rows, LATERAL (SELECT i4, f8) r;
INSERT INTO field_models SELECT 'array', linlearn_train(ARRAY[i2, f4], f4, '{"predictor_type": "regressor"}') FROM field_rows;
CREATE FUNCTION pg_temp.answers(source text, OUT answers text[]) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT array_agg(concat_ws('' '', kind, linlearn_predict(m, r), linlearn_predict_label(m, r), linlearn_score(m, r), linlearn_scores(m, r)) ORDER BY kind, r.tm) FROM field_models, ' || source || ' WHERE kind IN (''classes'', ''binary'', ''counts'', ''numbers'')' INTO answers;
END $$;
CREATE FUNCTION pg_temp.plan(query text, OUT plan text) LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	plan := '';
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP plan := plan || line; END LOOP;
END $$;
CREATE FUNCTION pg_temp.run(query text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE query; END';
-- whether a plan's calls are of fields, and whether of records
CREATE FUNCTION pg_temp.calls(query text, OUT fields boolean, OUT records boolean) LANGUAGE sql AS
$$ SELECT p LIKE '%\_fields(%', p ~ 'linlearn_(predict|predict_label|score|scores)\(' FROM pg_temp.plan(query) p $$;
CREATE TABLE field_sources (kind text, source text);
INSERT INTO field_sources VALUES
	('whole row', 'field_rows r'),
	('sub-select', '(SELECT * FROM field_rows) r'),
	('lateral', 'field_rows t, LATERAL (SELECT t.*) r'),
	('another order', 'field_rows t, LATERAL (SELECT exposure, off, lo, js, by, sp, bl, se, ts, ti, iv, tm, d, uu, en, na, vc, bp, tx, b, f8, f4, nu, i8, i2, i4, 1 AS other) r'),
	('other types', 'field_rows t, LATERAL (SELECT exposure, off, lo::varchar, js, by, sp, bl, se, ts, ti, iv, tm, d, uu::text, en::text, na, vc::text, bp::text, tx::varchar, b, f8::numeric, f4::float8, nu, i8, i2::int, i4::bigint) r'),
	('no pull-up', '(SELECT * FROM field_rows OFFSET 0) r'),
	('values that were joined', 'field_rows t JOIN field_rows u USING (id), LATERAL (SELECT t.i4, t.i2, t.i8, t.nu, t.f4, u.f8, u.b, u.tx, u.bp, u.vc, u.na, u.en, t.uu, t.d, t.tm, t.iv, t.ti, t.ts, t.se, t.bl, t.sp, t.by, t.js, t.lo, t.off, t.exposure) r'),
	('computed', 'field_rows t, LATERAL (SELECT i4 + 0 AS i4, i2, i8, nu + 0 AS nu, f4, f8, NOT NOT b AS b, tx || '''' AS tx, bp, vc, na, en, uu, d, tm, iv, ti, ts, array_cat(se, ''{}'') AS se, array_cat(bl, ''{}'') AS bl, sp, by || '''' AS by, js || ''{}'' AS js, lo || '''' AS lo, off, exposure) r'),
	('view', 'field_named r'), ('materialized', '(WITH c AS MATERIALIZED (SELECT * FROM field_rows) SELECT * FROM c OFFSET 0) r');
SELECT kind, pg_temp.answers(source) = pg_temp.answers('(SELECT r.* FROM ' || source || ' OFFSET 0) r') AS same, pg_temp.answers(source) = pg_temp.answers('field_rows r') AS as_rows, (pg_temp.calls('SELECT linlearn_score(m, r) FROM field_models, ' || source)).* FROM field_sources;
SELECT count(*), count(DISTINCT a) > 700 AS differ FROM unnest(pg_temp.answers('field_rows t, LATERAL (SELECT t.*) r')) a;
-- all four, and in parallel plans
SELECT (pg_temp.calls(format('SELECT %s(m, r) FROM field_models, (SELECT i4, f8 FROM field_rows) r', f))).*, f FROM unnest('{linlearn_predict,linlearn_predict_label,linlearn_score,linlearn_scores}'::text[]) f;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT pg_temp.plan($$ SELECT sum(linlearn_score((SELECT m FROM field_models WHERE kind = 'numbers'), r)) FROM field_rows, LATERAL (SELECT i4, f8) r $$) ~ 'PARTIAL sum\(linlearn_score_fields\(' AS in_workers;
SELECT sum(linlearn_score((SELECT m FROM field_models WHERE kind = 'numbers'), r)) = (SELECT sum(linlearn_score(m, r)) FROM field_models, (SELECT * FROM field_rows OFFSET 0) r WHERE kind = 'numbers') AS same FROM field_rows, LATERAL (SELECT i4, f8) r;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- ---- NULL: of a model, of a field, of a row that an outer join did not find ----
SELECT linlearn_score(NULL, r) IS NULL AS null_model, linlearn_score(m, r) IS NULL AS null_fields FROM field_models, (SELECT f8, NULL::int AS i4 FROM field_rows WHERE id = 5) r WHERE kind = 'numbers';
SELECT (linlearn_score(CASE WHEN id > 1 THEN m END, r)) IS NULL AS null_model FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'numbers' AND id < 3 ORDER BY id;
SELECT t.id, linlearn_score(m, r) IS NULL AS null_row FROM field_models, (VALUES (1), (999)) t (id) LEFT JOIN (SELECT id, i4, f8 FROM field_rows) r USING (id) WHERE kind = 'numbers' ORDER BY 1;
SELECT t.id, linlearn_score(m, r) IS NULL AS null_row FROM field_models, (VALUES (1), (999)) t (id) LEFT JOIN LATERAL (SELECT i4, f8 FROM field_rows f WHERE f.id = t.id) r ON true WHERE kind = 'numbers' ORDER BY 1;

-- ---- The same messages ----
CREATE FUNCTION pg_temp.message(query text, OUT said text) LANGUAGE plpgsql AS $$
DECLARE s text; d text; h text; c text;
BEGIN
	EXECUTE query INTO said;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS s = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = RETURNED_SQLSTATE;
	said := concat_ws(' / ', c, s, nullif(d, ''), nullif(h, ''));
END $$;
CREATE TABLE field_faults (kind text, fields text);
INSERT INTO field_faults VALUES ('numbers', 'i4'), ('numbers', 'i4 AS i5, f8'), ('numbers', 'i4, tx AS f8'), ('numbers', 'i4, f8, f8'), ('numbers', 'i4, f8, id, id'), ('numbers', '''NaN''::float8 AS f8, i4'), ('numbers', '1e400::numeric AS f8, i4'), ('numbers', '''x'' AS f8, i4'),
	('numbers', 'i4, f8, 1 / (i4 - i4) AS other'), ('numbers', 'js, i4, js AS f8'), ('numbers', 'i4, ROW(1, 2) AS f8'), ('numbers', 'i4, i4 AS "?column?"'), ('array', 'i4, f8'), ('broken', 'i4, f8'),
	('binary', '*'), ('binary', 'r.*, NULL::int AS off'), ('counts', 'r.*, 0 AS exposure'), ('counts', 'r.*, ''a'' AS exposure'), ('classes', 'r.*, ''{1}''::float8[] AS bl'), ('classes', 'r.*, ''{1,NULL}''::float8[] AS bl'), ('classes', 'r.*, ''{1,2}''::float8[] AS bl');
INSERT INTO field_models VALUES ('broken', '\x1234');
CREATE VIEW field_others AS SELECT i4, i2, i8, nu, f4, f8, b, tx, bp, vc, na, en, uu, d, tm, iv, ti, ts, se, sp, by, js, lo FROM field_rows WHERE id = 1;
SELECT kind, fields, regexp_replace(said, '^0\.\d+$', 'a number') AS said, said = pg_temp.message(format('SELECT linlearn_score(m, x) FROM field_models f, (SELECT %s FROM %s r OFFSET 0) x WHERE f.kind = %L', fields, source, kind)) AS same, fine
FROM field_faults, LATERAL (SELECT CASE WHEN fields LIKE '%*%' THEN 'field_others' ELSE '(SELECT * FROM field_rows WHERE id = 2)' END) s (source),
	LATERAL (SELECT format('SELECT linlearn_score(m, x) FROM field_models f, LATERAL (SELECT %s FROM %s r) x WHERE f.kind = %L', fields, source, kind)) q (query),
	LATERAL pg_temp.message(query) said, LATERAL (SELECT (pg_temp.calls(query)).fields) c (fine);
-- ROW() names its fields f1, f2
SELECT linlearn_score(m, ROW(i4, f8)) FROM field_models, field_rows WHERE kind = 'numbers';
INSERT INTO field_models SELECT 'unnamed', linlearn_train(r, f4, '{"predictor_type": "regressor", "wd": 0.01}') FROM field_rows, LATERAL (SELECT i4 AS f1, tx AS f2, f8 AS g) r;
INSERT INTO field_models SELECT 'f1 f2', linlearn_train(r, f4, '{"predictor_type": "regressor", "wd": 0.01, "exclude": ["g"]}') FROM field_rows, LATERAL (SELECT i4 AS f1, tx AS f2, 1 AS g) r;
SELECT linlearn_score(m, ROW(i4, tx)) FROM field_models, field_rows WHERE kind = 'unnamed';
SELECT count(*), bool_and(linlearn_score(m, ROW(i4, tx)) = linlearn_score(m, r)) AS same FROM field_models, (SELECT i4 AS f1, tx AS f2, i4, tx FROM field_rows OFFSET 0) r WHERE kind = 'f1 f2';

-- ---- Each field is computed once a row ----
CREATE SEQUENCE field_numbers;
SELECT count(linlearn_score(m, ROW(nextval('field_numbers'), tx))) FROM field_models, field_rows WHERE kind = 'f1 f2';
SELECT last_value FROM field_numbers;
SELECT (pg_temp.calls($$ SELECT linlearn_score(m, ROW(nextval('field_numbers'), tx)) FROM field_models, field_rows $$)).*;

-- ---- What is stored stays as it was written; indexes are found ----
CREATE VIEW field_scores AS SELECT id, linlearn_score(m, r) AS score FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'numbers';
SELECT pg_get_viewdef('field_scores') ~ 'linlearn_score\(field_models.m, r.\*\)' AS as_written, pg_get_viewdef('field_scores') ~ '_fields' AS of_fields;
SELECT sum(score) = (SELECT sum(linlearn_score(m, r)) FROM field_models, (SELECT * FROM field_rows OFFSET 0) r WHERE kind = 'numbers') AS same FROM field_scores;
SELECT pg_temp.run(format('CREATE INDEX field_index ON field_rows (linlearn_score(%L::bytea, ROW(i4, tx)))', m)) IS NULL AS run FROM field_models WHERE kind = 'f1 f2' \g /dev/null
SELECT pg_get_indexdef('field_index'::regclass) ~ 'linlearn_score\(.*ROW\(i4, tx\)\)' AS as_written;
SET enable_seqscan = off;
SELECT pg_temp.plan(format('SELECT id FROM field_rows WHERE linlearn_score(%L::bytea, ROW(i4, tx)) > 0', m)) ~ 'Index Cond: \(linlearn_score_fields\(' AS by_index FROM field_models WHERE kind = 'f1 f2';
SELECT pg_temp.message(format('SELECT count(*) = (SELECT count(*) FROM (SELECT linlearn_score(m, ROW(i4, tx)) AS s FROM field_models, field_rows WHERE kind = ''f1 f2'' OFFSET 0) x WHERE s > 0)  FROM field_rows WHERE linlearn_score(%L::bytea, ROW(i4, tx)) > 0', m)) AS same FROM field_models WHERE kind = 'f1 f2';
RESET enable_seqscan;
DROP INDEX field_index;
SELECT pg_temp.run(format('CREATE TABLE field_checked (i int, t text, s float8 GENERATED ALWAYS AS (linlearn_score(%L::bytea, ROW(i, t))) STORED, CHECK (linlearn_score(%1$L::bytea, ROW(i, t)) IS NOT NULL))', m)) IS NULL AS run FROM field_models WHERE kind = 'f1 f2' \g /dev/null
INSERT INTO field_checked SELECT i4, tx FROM field_rows;
SELECT bool_and(s = linlearn_score(m, ROW(i, t))) AS same FROM field_checked, field_models WHERE kind = 'f1 f2';
-- parameters of functions and of statements
CREATE FUNCTION pg_temp.field_sql(bytea, int, text) RETURNS float8 LANGUAGE sql AS 'SELECT linlearn_score($1, ROW($2, $3))';
CREATE FUNCTION pg_temp.field_plpgsql(m bytea, i int, t text) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RETURN linlearn_score(m, ROW(i, t)); END';
SELECT bool_and(s = pg_temp.field_sql(m, i, t) AND s = pg_temp.field_plpgsql(m, i, t)) AS same FROM field_checked, field_models WHERE kind = 'f1 f2';
-- models of several kinds at one call, sorted, grouped and filtered by it
SELECT count(*) > 500 AS many FROM (SELECT linlearn_score(m, r) AS s FROM field_models, LATERAL (SELECT * FROM field_rows WHERE kind IN ('numbers', 'classes', 'counts')) r GROUP BY linlearn_score(m, r) HAVING linlearn_score(m, r) IS NOT NULL ORDER BY linlearn_score(m, r)) x;

-- ---- Tables that change below a prepared statement ----
CREATE TABLE field_changes AS SELECT i4, f8 FROM field_rows;
SET plan_cache_mode = force_generic_plan;
PREPARE changed(text) AS SELECT count(linlearn_score(m, r)) FROM field_models, field_changes c, LATERAL (SELECT c.*) r WHERE kind = $1;
SELECT (pg_temp.calls('EXECUTE changed(''numbers'')')).*;
EXECUTE changed('numbers');
ALTER TABLE field_changes RENAME f8 TO f9;
EXECUTE changed('numbers');
ALTER TABLE field_changes RENAME f9 TO f8;
ALTER TABLE field_changes ADD more text DEFAULT 'more';
EXECUTE changed('numbers');
ALTER TABLE field_changes ALTER f8 TYPE numeric;
EXECUTE changed('numbers');
ALTER TABLE field_changes ALTER f8 TYPE text;
EXECUTE changed('numbers');
ALTER TABLE field_changes DROP f8, DROP more, ADD f8 real;
EXECUTE changed('numbers');
EXECUTE changed('array');
ALTER TYPE field_size RENAME VALUE 'large' TO 'big';
SELECT pg_temp.answers('field_rows t, LATERAL (SELECT t.*) r') = pg_temp.answers('field_rows r') AS same;
RESET plan_cache_mode;

-- ---- Rows of tables and views come apart where they cannot be NULL as a whole ----
CREATE TABLE field_base (gone int, f8 float8, id int PRIMARY KEY, i4 int);
INSERT INTO field_base SELECT 1, f8, id, i4 FROM field_rows;
ALTER TABLE field_base DROP gone, ADD extra text DEFAULT 'extra';
CREATE VIEW field_view AS SELECT id, f8, i4 FROM field_base;
CREATE VIEW field_outer AS SELECT g AS id, b.f8, b.i4, b FROM generate_series(199, 202) g LEFT JOIN field_base b ON b.id = g;
CREATE MATERIALIZED VIEW field_kept AS SELECT * FROM field_base;
CREATE TABLE field_parts (i4 int, id int, f8 float8) PARTITION BY RANGE (id);
CREATE TABLE field_part (f8 float8, gone text, id int, i4 int);
ALTER TABLE field_part DROP gone;
ALTER TABLE field_parts ATTACH PARTITION field_part FOR VALUES FROM (0) TO (100);
CREATE TABLE field_rest PARTITION OF field_parts DEFAULT;
INSERT INTO field_parts SELECT i4, id, f8 FROM field_rows;
CREATE TABLE field_heir (more int) INHERITS (field_base);
INSERT INTO field_heir SELECT f8, id + 200, i4, 'x', 1 FROM field_rows;
-- the scores of a query, those where each row is made first, and what it calls
CREATE FUNCTION pg_temp.scores(score text, source text, rest text, OUT same boolean, OUT scores bigint, OUT nulls bigint, OUT fields boolean, OUT records boolean) LANGUAGE plpgsql AS $$
DECLARE query text := 'SELECT ' || score || ' AS s FROM field_models, ' || source || ' WHERE kind = ''numbers''' || rest; made text; others text;
BEGIN
	SELECT c.fields, c.records INTO fields, records FROM pg_temp.calls(query) c;
	EXECUTE 'SELECT array_agg(s ORDER BY s)::text, count(s), count(*) - count(s) FROM (' || query || ') x' INTO made, scores, nulls;
	UPDATE pg_proc SET prosupport = 0 WHERE oid IN ('linlearn_score(bytea, anyelement)'::regprocedure, 'linlearn_scores(bytea, anyelement)'::regprocedure);
	EXECUTE 'SELECT array_agg(s ORDER BY s)::text FROM (' || query || ') x' INTO others;
	UPDATE pg_proc SET prosupport = 'linlearn_predict_support'::regproc WHERE oid IN ('linlearn_score(bytea, anyelement)'::regprocedure, 'linlearn_scores(bytea, anyelement)'::regprocedure);
	same := made = others;
END $$;
CREATE TABLE field_queries (n serial, score text DEFAULT 'linlearn_score(m, r)', source text, rest text DEFAULT '');
INSERT INTO field_queries (source) VALUES ('field_base r'), ('ONLY field_base r'), ('field_view r'), ('field_kept r'), ('field_parts r'), ('field_heir r'), ('(SELECT * FROM field_view) r'), ('(SELECT id, f8, i4 FROM field_parts UNION ALL SELECT id, f8, i4 FROM field_view) r'),
	('(field_base JOIN (SELECT id, 1 AS one FROM field_heir) o USING (id)) AS r'), ('field_rows f LEFT JOIN field_base r ON r.id = f.id AND r.id > 9'), ('field_base r LEFT JOIN field_rows f USING (id)'), ('field_rows f FULL JOIN field_parts r ON f.id = r.id + 7'), ('field_rows f LEFT JOIN field_view r ON r.id = f.id + 5'),
	('field_outer r'), ('field_rows f LEFT JOIN (SELECT id, f8, i4 FROM field_base) r ON r.id = f.id + 5'), ('(field_rows f LEFT JOIN (SELECT id AS other, i4 AS j4 FROM field_base) b ON b.other = f.id + 5) AS r'), ('(VALUES (1.5::float8, 2), (2, NULL)) r (f8, i4)'), ('(SELECT max(f8) AS f8, max(i4) AS i4 FROM field_base) r'), ('(SELECT DISTINCT f8, i4 FROM field_base) r'),
	('(TABLE field_base LIMIT 5) r'), ('field_base r TABLESAMPLE system (100)');
INSERT INTO field_queries (score, source, rest) VALUES ('linlearn_score(m, r.b)', 'field_outer r', ''), ('linlearn_score(m, r)', 'field_base r', ' GROUP BY m, r'), ('linlearn_score(m, r)', 'ONLY field_base r', ' GROUP BY m, r.id'), ('linlearn_score(m, r)', 'field_view r', ' GROUP BY m, r'), ('linlearn_score(m, r)', 'field_base r', ' GROUP BY m, GROUPING SETS ((r), ())'), ('linlearn_score(m, r)', 'field_view r', ' GROUP BY m, GROUPING SETS ((r), ())'), ('linlearn_score(m, r)', 'ONLY field_base r', ' GROUP BY m, r.id, GROUPING SETS ((f8), ())'),
	('linlearn_score(m, r)', '(SELECT f8, i4, id FROM field_base) r', ' GROUP BY m, GROUPING SETS ((r), (r, id), ())'), ('linlearn_score(m, r)', '(SELECT f8, i4 FROM field_base) r', ' GROUP BY m, r HAVING linlearn_score(m, r) > 0'), ('linlearn_score(m, r)', 'field_base r', ' GROUP BY linlearn_score(m, r) HAVING linlearn_score(m, r) > 0'), ('avg(linlearn_score(m, r))', 'field_base r', ' GROUP BY extra HAVING max(linlearn_score(m, r)) > 0'),
	('min(linlearn_score(m, r))', 'field_base r', ''), ('DISTINCT linlearn_score(m, r)', 'field_base r', ''),
	('min(linlearn_score(m, r)) OVER (PARTITION BY r)', 'field_base r', ''), ('sum(linlearn_score(m, r)) OVER (ORDER BY r)', 'field_view r', ''), ('linlearn_score(m, r)', 'field_base r', ' ORDER BY r LIMIT 5'), ('linlearn_score(m, r)', 'field_base r', ' AND linlearn_score(m, r) > 0'), ('linlearn_score(m, r)', 'field_base r', ' AND EXISTS (SELECT FROM field_heir h WHERE linlearn_score(m, h) = linlearn_score(m, r))'),
	('linlearn_score(m, r)', 'field_base r', ' AND r.id IN (SELECT b.id FROM field_parts b WHERE linlearn_score(m, b) > 0)'), ('(SELECT linlearn_score(m, r))', 'field_base r', ''), ('(SELECT max(linlearn_score(m, f)) FROM field_parts f WHERE f.id = r.id)', 'field_base r', ''), ('linlearn_score(m, r)', 'field_base r, field_parts f', ' AND linlearn_score(m, f) = linlearn_score(m, r)'),
	('s', 'field_base r, LATERAL unnest(linlearn_scores(m, r)) s', ''), ('s', 'field_rows f LEFT JOIN LATERAL (SELECT s FROM field_base r, unnest(linlearn_scores(m, r)) s WHERE r.id = f.id + 5) x ON true', ''), ('s', 'field_rows f LEFT JOIN LATERAL (SELECT linlearn_score(m, r) AS s FROM field_base r WHERE r.id = f.id + 5) x ON true', ''),
	('linlearn_score(m, NULL::field_base)', 'field_base r', ''), ('linlearn_score(m, ROW(f8, id, i4, extra)::field_base)', 'field_base r', ''), ('linlearn_score(m, ROW(id, f8, i4)::field_view)', 'field_base r', ''), ('linlearn_score(m, r::record)', 'field_base r', '');
BEGIN;
SELECT s.same, s.scores, s.nulls, c.*, q.score, q.source || q.rest AS source FROM field_queries q, LATERAL pg_temp.scores(q.score, q.source, q.rest) s,
	-- from 18 on a group's expression is planned apart
	LATERAL (SELECT s.fields, s.records WHERE q.rest !~ 'GROUP BY linlearn' UNION ALL SELECT NULL, NULL WHERE q.rest ~ 'GROUP BY linlearn') c ORDER BY n;
ROLLBACK;
-- rows that are changed, old and new
CREATE FUNCTION pg_temp.kind(text) RETURNS bytea STABLE LANGUAGE sql AS 'SELECT m FROM field_models WHERE kind = $1';
CREATE TABLE field_written (f8 float8, id int PRIMARY KEY, i4 int, s float8, past float8);
INSERT INTO field_written SELECT f8, id, i4 FROM field_rows RETURNING linlearn_score(pg_temp.kind('numbers'), field_written) IS NULL AS null_score \g /dev/null
UPDATE field_written w SET s = linlearn_score(pg_temp.kind('numbers'), w);
SELECT bool_and(s = linlearn_score(pg_temp.kind('numbers'), r)) AS same FROM field_written, LATERAL (SELECT f8, i4 OFFSET 0) r;
WITH changed AS (UPDATE field_written w SET i4 = i4 + 1, past = linlearn_score(pg_temp.kind('numbers'), w) RETURNING s = past AS past, linlearn_score(pg_temp.kind('numbers'), w) AS new, linlearn_score(pg_temp.kind('numbers'), (SELECT r FROM (SELECT w.f8, w.i4 OFFSET 0) r)) AS alike) SELECT bool_and(past) AS past, bool_and(new = alike) AS new FROM changed;
UPDATE field_parts p SET f8 = linlearn_score(pg_temp.kind('numbers'), p) WHERE linlearn_score(pg_temp.kind('numbers'), p) > 0 AND id % 50 = 0;
INSERT INTO field_written AS w (id, f8, i4) VALUES (1, 3, 4), (201, 5, 6) ON CONFLICT (id) DO UPDATE SET past = linlearn_score(pg_temp.kind('numbers'), w), s = linlearn_score(pg_temp.kind('numbers'), EXCLUDED);
SELECT id, past = linlearn_score(pg_temp.kind('numbers'), r) AS past, s = linlearn_score(pg_temp.kind('numbers'), '{"f8": 3, "i4": 4}'::jsonb) AS new FROM field_written, LATERAL (SELECT f8, i4 OFFSET 0) r WHERE id IN (1, 201) ORDER BY id;
SELECT current_setting('server_version_num')::int >= 150000 AS merges \gset
\if :merges
MERGE INTO field_written w USING (SELECT f8, id + 1 AS id, i4 FROM field_rows) r ON w.id = r.id
	WHEN MATCHED AND linlearn_score(pg_temp.kind('numbers'), w) IS NOT NULL THEN UPDATE SET past = linlearn_score(pg_temp.kind('numbers'), r)
	WHEN NOT MATCHED THEN INSERT (id, past) VALUES (r.id + 1000, linlearn_score(pg_temp.kind('numbers'), r));
\endif
SELECT NOT :'merges' OR count(*) = 200 AS merged FROM field_written w JOIN field_rows r ON (w.id - 1) % 1000 = r.id WHERE past = linlearn_score(pg_temp.kind('numbers'), r);
-- with triggers, checks and indexes
CREATE FUNCTION field_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT pg_temp.run(format('CREATE TRIGGER seen BEFORE UPDATE ON field_written FOR EACH ROW WHEN (linlearn_score(%L::bytea, NEW) > linlearn_score(%1$L::bytea, OLD)) EXECUTE FUNCTION field_trigger();
	ALTER TABLE field_written ADD CHECK (linlearn_score(%1$L::bytea, field_written) < 100); CREATE UNIQUE INDEX field_by_row ON field_heir (linlearn_score(%1$L::bytea, field_heir), id)', pg_temp.kind('numbers'))) IS NULL AS run \g /dev/null
CREATE TABLE field_signs AS SELECT sign(linlearn_score(pg_temp.kind('numbers'), '{"f8": 1, "i4": 0}'::jsonb) - linlearn_score(pg_temp.kind('numbers'), '{"f8": 0, "i4": 0}'::jsonb)) AS sign;
WITH w AS (UPDATE field_written SET f8 = f8 + sign FROM field_signs WHERE f8 IS NOT NULL RETURNING 1) SELECT count(*) AS risen FROM w;
WITH w AS (UPDATE field_written SET f8 = f8 - sign FROM field_signs WHERE f8 IS NOT NULL RETURNING 1) SELECT count(*) > 100 AS fallen FROM w;
SELECT pg_temp.message(format('INSERT INTO field_written (id, f8, i4) SELECT 999, sign * 1e9, 1 FROM field_signs RETURNING 1')) ~ '^23514' AS checked;
SET enable_seqscan = off;
SELECT pg_temp.plan(format('SELECT id FROM field_heir h WHERE linlearn_score(%L::bytea, h) > 0', pg_temp.kind('numbers'))) ~ 'Index Cond: \(linlearn_score\(' AS by_index;
RESET enable_seqscan;
-- a session that knows such an index, and columns that it does not name
ALTER TABLE field_heir ADD spare int, ADD wider int;
INSERT INTO field_heir SELECT f8, id + 1000, i4 FROM field_heir WHERE id = 201;
ALTER TABLE field_heir DROP spare, ALTER wider TYPE bigint;
INSERT INTO field_heir SELECT f8, id + 2000, i4 FROM field_heir WHERE id = 201;
DELETE FROM field_heir WHERE id > 1000;
-- (before 15 such an index cannot be named)
SELECT CASE WHEN NOT :'merges' THEN '0' ELSE pg_temp.message(format('WITH w AS (INSERT INTO field_heir SELECT * FROM field_heir WHERE f8 IS NOT NULL ON CONFLICT (linlearn_score(%L::bytea, field_heir), id) DO NOTHING RETURNING 1) SELECT count(*) FROM w', pg_temp.kind('numbers'))) END AS inferred;

-- the row that was there before an INSERT is NULL
SELECT current_setting('server_version_num')::int >= 180000 AS returns \gset
\set told t
\if :returns
WITH w AS (INSERT INTO field_written (id, f8, i4) VALUES (2001, NULL, 1) RETURNING linlearn_score(pg_temp.kind('numbers'), old) IS NULL AND linlearn_score(pg_temp.kind('numbers'), new) IS NOT NULL AS told) SELECT told FROM w \gset
\endif
SELECT :'told' AS told;
-- a role that may not sees the same message, and views and tables that change
BEGIN;
REVOKE EXECUTE ON FUNCTION linlearn_score(bytea, anyelement) FROM PUBLIC;
CREATE ROLE regress_linlearn_rows;
GRANT SELECT ON field_view, field_models TO regress_linlearn_rows;
SET LOCAL ROLE regress_linlearn_rows;
SELECT count(linlearn_score(m, v)) FROM field_view v, field_models;
ROLLBACK;
CREATE VIEW field_other AS SELECT f8, i4 FROM field_base;
SET plan_cache_mode = force_generic_plan;
PREPARE of_view AS SELECT count(linlearn_score(m, v)) FROM field_other v, field_models WHERE kind = 'numbers';
EXECUTE of_view;
ALTER TABLE field_other RENAME i4 TO i5;
EXECUTE of_view;
CREATE OR REPLACE VIEW field_other AS SELECT f8, i4 AS i5, i4 FROM field_base;
EXECUTE of_view;
-- a row of a view's type that is of no view of the query
CREATE VIEW field_shape AS SELECT f8, i4 FROM field_base;
CREATE FUNCTION field_shaped(bytea, field_shape) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT linlearn_score($1, $2)';
PREPARE of_shape AS SELECT count(field_shaped(m, ROW(f8, i4))) > 100 AS scored FROM field_models, field_rows WHERE kind = 'numbers';
EXECUTE of_shape;
ALTER TABLE field_shape RENAME i4 TO i5;
EXECUTE of_shape;
DROP FUNCTION field_shaped;
DROP VIEW field_shape;
PREPARE of_table AS SELECT count(linlearn_score(m, b)) FROM ONLY field_base b, field_models WHERE kind = 'numbers';
EXECUTE of_table;
ALTER TABLE field_base RENAME i4 TO f1;
EXECUTE of_table;
ALTER TABLE field_base RENAME f1 TO i4;
EXECUTE of_table;
RESET plan_cache_mode;
-- columns that are called as those of ROW() are the table's own
CREATE TABLE field_default AS SELECT i4 AS f1, tx AS f2 FROM field_rows;
SELECT linlearn_score(m, r) FROM field_models, field_default r WHERE kind = 'unnamed';
DROP VIEW field_view, field_outer, field_other;
DROP MATERIALIZED VIEW field_kept;
DROP TABLE field_base, field_heir, field_parts, field_queries, field_written, field_default, field_signs;
DROP FUNCTION field_trigger();

-- ---- More fields than arguments stay a record ----
SELECT n, pg_temp.message(query) AS scored, c.* FROM (VALUES (98), (99)) v (n),
	LATERAL (SELECT 'SELECT count(linlearn_score(m, r)) FROM field_models, (SELECT i4, f8, ' || string_agg('id AS x' || i, ', ') || ' FROM field_rows) r WHERE kind = ''numbers''' FROM generate_series(3, n) i) q (query), LATERAL pg_temp.calls(query) c;

-- ---- Who calls the functions of fields by hand ----
SELECT bool_and(linlearn_score_fields(m, '{f8,i4}', f8, i4) = linlearn_score(m, r) AND linlearn_predict_fields(m, '{f8,i4}', f8, i4) = linlearn_predict(m, r)) AS same FROM field_models, field_rows r WHERE kind = 'numbers';
SELECT linlearn_predict_label_fields(m, '{f8,i4}', f8, i4) = linlearn_predict_label(m, r) AS label, linlearn_scores_fields(m, '{f8,i4}', f8, i4) = linlearn_scores(m, r) AS scores FROM field_models, field_rows r WHERE kind = 'numbers' AND id = 1;
SELECT linlearn_score_fields(NULL, '{f8,i4}', f8, i4) IS NULL AS null_model FROM field_rows WHERE id = 1;
SELECT call, pg_temp.message('SELECT ' || call || ' FROM field_models, field_rows WHERE kind = ''numbers'' AND id = 1') FROM unnest(ARRAY['linlearn_score_fields(m, NULL, f8, i4)', 'linlearn_score_fields(m, ''{f8}'', f8, i4)', 'linlearn_score_fields(m, ''{f8,i4,id}'', f8, i4)',
	'linlearn_score_fields(m, ''{}'', f8, i4)', 'linlearn_score_fields(m, ''{f8,NULL}'', f8, i4)', 'linlearn_score_fields(m, ''{f8,""}'', f8, i4)', format('linlearn_score_fields(m, %L, f8, i4)', ARRAY['f8', repeat('x', 64)]), 'linlearn_score_fields(m, ''{{f8,i4}}'', f8, i4) IS NOT NULL',
	'linlearn_score_fields(m, ARRAY[''f8'', tx], f8, i4)', 'linlearn_score_fields(m, ''{f8,i4}'', VARIADIC ARRAY[f8, i4])', 'linlearn_score_fields(m, ''{f8,f8}'', f8, i4)', 'linlearn_score_fields(m, ''{f8,i4}'', ''x'', i4)', 'linlearn_score_fields(''\x00'', ''{f8,i4}'', f8, i4)',
	'linlearn_score_fields(m, ''{f8,i4}'', NULL, NULL) IS NOT NULL', 'linlearn_scores_fields(m, ''{f8}'', f8)', 'linlearn_predict_fields(m, ''{f8}'', f8)', 'linlearn_predict_label_fields(m, ''{f8}'', f8)']) call;
-- names that change where PL/pgSQL keeps the expression
CREATE FUNCTION pg_temp.named(m bytea, names text[]) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RETURN linlearn_score_fields(m, names, 1.5::float8, 2); END';
SELECT pg_temp.message('SELECT count(pg_temp.named(m, names::text[])) FROM field_models, (VALUES (''{f8,i4}''), (''{i4,f8}'')) v (names) WHERE kind = ''numbers''');
-- no way around a privilege that was taken
CREATE ROLE regress_linlearn_fields;
GRANT SELECT ON field_models, field_rows TO regress_linlearn_fields;
SET plan_cache_mode = force_generic_plan;
PREPARE scored AS SELECT count(linlearn_score(m, r)) FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'numbers';
\set ON_ERROR_ROLLBACK on
BEGIN;
REVOKE EXECUTE ON FUNCTION linlearn_score(bytea, anyelement) FROM PUBLIC;
EXECUTE scored;
SET LOCAL ROLE regress_linlearn_fields;
EXECUTE scored;
SELECT count(linlearn_score(m, r)) FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'numbers';
SELECT count(linlearn_score(m, r)) FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'none';
SELECT linlearn_score_fields(m, '{i4,f8}', i4, f8) FROM field_models, field_rows WHERE kind = 'numbers';
SELECT count(linlearn_predict(m, r)) FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'numbers';
ROLLBACK;
\set ON_ERROR_ROLLBACK off
SET ROLE regress_linlearn_fields;
EXECUTE scored;
-- nor is more than the function of records needed
RESET ROLE;
BEGIN;
REVOKE EXECUTE ON FUNCTION linlearn_score_fields(bytea, text[], "any") FROM PUBLIC;
SET LOCAL ROLE regress_linlearn_fields;
EXECUTE scored;
SELECT count(linlearn_score(m, r)) FROM field_models, field_rows, LATERAL (SELECT i4, f8) r WHERE kind = 'numbers';
ROLLBACK;
RESET plan_cache_mode;
DEALLOCATE ALL;
DROP OWNED BY regress_linlearn_fields;
DROP ROLE regress_linlearn_fields;
DROP VIEW field_scores, field_others, field_named;
DROP TABLE field_rows, field_models, field_sources, field_faults, field_checked, field_changes;
DROP SEQUENCE field_numbers;
DROP TYPE field_size;
