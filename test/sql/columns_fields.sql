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
	EXECUTE 'SELECT array_agg(concat_ws('' '', kind, linlearn_predict(m, r), linlearn_predict_label(m, r), linlearn_score(m, r), linlearn_scores(m, r)) ORDER BY kind, r.tm) FROM field_models, ' || source || ' WHERE kind <> ''array''' INTO answers;
END $$;
CREATE FUNCTION pg_temp.plan(query text, OUT plan text) LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	plan := '';
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP plan := plan || line; END LOOP;
END $$;
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
SELECT format('CREATE INDEX field_index ON field_rows (linlearn_score(%L::bytea, ROW(i4, tx)))', m) FROM field_models WHERE kind = 'f1 f2' \gexec
SELECT pg_get_indexdef('field_index'::regclass) ~ 'linlearn_score\(.*ROW\(i4, tx\)\)' AS as_written;
SET enable_seqscan = off;
SELECT pg_temp.plan(format('SELECT id FROM field_rows WHERE linlearn_score(%L::bytea, ROW(i4, tx)) > 0', m)) ~ 'Index Cond: \(linlearn_score_fields\(' AS by_index FROM field_models WHERE kind = 'f1 f2';
SELECT format('SELECT count(*) = (SELECT count(*) FROM (SELECT linlearn_score(m, ROW(i4, tx)) AS s FROM field_models, field_rows WHERE kind = ''f1 f2'' OFFSET 0) x WHERE s > 0) AS same FROM field_rows WHERE linlearn_score(%L::bytea, ROW(i4, tx)) > 0', m) FROM field_models WHERE kind = 'f1 f2' \gexec
RESET enable_seqscan;
DROP INDEX field_index;
SELECT format('CREATE TABLE field_checked (i int, t text, s float8 GENERATED ALWAYS AS (linlearn_score(%L::bytea, ROW(i, t))) STORED, CHECK (linlearn_score(%1$L::bytea, ROW(i, t)) IS NOT NULL))', m) FROM field_models WHERE kind = 'f1 f2' \gexec
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
RESET ROLE;
RESET plan_cache_mode;
DEALLOCATE ALL;
DROP OWNED BY regress_linlearn_fields;
DROP ROLE regress_linlearn_fields;
DROP VIEW field_scores, field_others, field_named;
DROP TABLE field_rows, field_models, field_sources, field_faults, field_checked, field_changes;
DROP SEQUENCE field_numbers;
DROP TYPE field_size;
