-- columns_read: rows of tables and JSON objects as columns that are found by name.

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
CREATE SCHEMA columns_read;
SET search_path = columns_read, public;
CREATE TYPE mood AS ENUM ('cold', 'cool', 'warm');
CREATE DOMAIN email AS text CHECK (value <> '');
CREATE DOMAIN moods AS mood[];
CREATE TYPE pair AS (a integer, b text);

CREATE TABLE kinds (gone integer, i integer, y float8, i2 smallint, i4 integer,
    i8 bigint, f4 real, f8 float8, n numeric, iv interval, tm time, tz timetz, b boolean,
    d date, ts timestamp, tstz timestamptz, tx text, gone_too text, vc varchar(9),
    ch char(6), nm name, cc "char", u uuid, e mood, em email, tv tsvector, ta text[],
    va varchar[], ua uuid[], ea moods, fa float8[], ia integer[], na numeric[],
    ba boolean[], bt bytea, sp linlearn_sparse, js jsonb,
    g integer GENERATED ALWAYS AS (i2 + 1) STORED);
ALTER TABLE kinds DROP COLUMN gone, DROP COLUMN gone_too;
INSERT INTO kinds
SELECT i, sin(i) + i % 5 + (i % 3) * (i % 2), i % 7, i % 13, i * 3 % 17, i % 5 / 2.0, sin(i),
       round((cos(i) * 1e6)::numeric, i % 9), make_interval(months => i % 17, days => i % 3,
       secs => i % 9 / 4.0), time '00:00' + make_interval(mins => i % 99),
       (time '00:00' + make_interval(mins => i % 99))::timetz, i % 3 = 0, date '1999-12-01' + i % 60,
       timestamp '2024-01-01' + make_interval(hours => i % 77),
       timestamp '2024-01-01' + make_interval(mins => i % 501), 'level ' || i % 4,
       'v' || i % 5, 'c' || i % 3, 'n' || i % 3, chr(97 + i % 4),
       ('00000000-0000-0000-0000-ABCDEF00000' || i % 4)::uuid,
       (enum_range(NULL::mood))[1 + i % 3], 'e' || i % 3,
       to_tsvector('simple', 'w' || i % 5 || ' w' || i % 3 || ' w' || i % 3),
       ARRAY['a' || i % 3, NULL, 'b' || i % 4, 'b' || i % 4], ARRAY['v' || i % 3],
       ARRAY[('00000000-0000-0000-0000-00000000000' || i % 4)::uuid],
       ARRAY[(enum_range(NULL::mood))[1 + i % 3]], ARRAY[sin(i), cos(i * 3)],
       ARRAY[i % 4, i % 6], ARRAY[round(sin(i)::numeric, 3)], ARRAY[i % 3 = 1, i % 2 = 1],
       set_byte('\x0000', i % 2, i % 256), ('{' || i % 5 || ':1.5}/6')::linlearn_sparse,
       jsonb_build_object('num', i % 11 / 10.0, 'flag', i % 2 = 0, 'str', 's' || i % 3,
       'none', NULL)
FROM generate_series(1, 240) i;
UPDATE kinds SET i4 = NULL, n = NULL, tx = NULL, e = NULL WHERE i % 20 = 3;
UPDATE kinds SET d = NULL, b = NULL, ta = NULL, tv = NULL WHERE i % 20 = 7;
UPDATE kinds SET ta = '{}', tv = '', js = NULL, fa = NULL WHERE i % 20 = 9;

-- ---- What a type becomes ----

-- Whether two expressions, each as the only column, train to the same scores.
CREATE FUNCTION same(one text, other text, options text DEFAULT '{}',
    other_options text DEFAULT '{}') RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    EXECUTE format('WITH one AS (SELECT i, y, (SELECT r FROM (SELECT %s AS x) r) AS r FROM kinds),
        other AS (SELECT i, y, (SELECT r FROM (SELECT %s AS x) r) AS r FROM kinds),
        a AS MATERIALIZED (SELECT linlearn_train(r, y, %L) AS model FROM one),
        b AS MATERIALIZED (SELECT linlearn_train(r, y, %L) AS model FROM other)
        SELECT bool_and(linlearn_score(a.model, one.r) = linlearn_score(b.model, other.r))
               AND count(DISTINCT linlearn_score(a.model, one.r)) > 1
        FROM a, b, one JOIN other USING (i)', one, other,
        options::jsonb || '{"predictor_type": "regressor"}',
        other_options::jsonb || '{"predictor_type": "regressor"}')
    INTO result;
    RETURN result;
END $$;

SELECT same('i2', 'i2::float8') AS int2, same('i4', 'i4::float8') AS int4,
       same('i8', 'i8::float8') AS int8, same('f4', 'f4::float8') AS float4,
       same('n', 'n::float8') AS numeric, same('g', 'i2 + 1.0') AS generated;
SELECT same('iv', 'extract(epoch FROM iv)::float8') AS interval,
       same('tm', 'extract(epoch FROM tm)::float8') AS time,
       same('tz', 'extract(epoch FROM tz)::float8') AS timetz;
SET TimeZone = 'Asia/Tokyo';
SELECT same('d', 'd - date ''2000-01-01''', '{"columns": {"x": {"parts": ["days"]}}}') AS days,
       same('d', 'd::timestamp') AS date, same('d', 'd::timestamp AT TIME ZONE ''UTC''') AS midnight,
       same('ts', 'ts AT TIME ZONE ''UTC''') AS timestamp,
       same('tstz', 'tstz AT TIME ZONE ''UTC''') AS timestamptz,
       same('ts', 'ts::date') AS without_hours;
RESET TimeZone;
SELECT same('vc', 'vc::text') AS varchar, same('ch', 'rtrim(ch)') AS char, same('nm', 'nm::text') AS name,
       same('cc', 'cc::text') AS "char", same('u', 'lower(u::text)') AS uuid, same('e', 'e::text') AS enum,
       same('em', 'em::text') AS domain;
SELECT same('ta', 'array_remove(ta, NULL)') AS nulls, same('va', 'va::text[]') AS varchars,
       same('ua', 'ua::text[]') AS uuids, same('ea', 'ea::text[]') AS enums,
       same('va', 'ARRAY[va, va]') AS dimensions;
SELECT same('tx', 'to_tsvector(''english'', tx)', '{"columns": {"x": {"words": "english"}}}') AS english,
       same('tx::varchar', 'to_tsvector(''simple'', tx)', '{"columns": {"x": {"words": true}}}') AS simple,
       same('strip(tv)', 'tv') AS with_counts,
       same('strip(tv)', 'to_tsvector(''simple'', array_to_string(tsvector_to_array(tv), '' ''))') AS once;
SELECT same('ia', 'ia::float8[]') AS ints, same('na', 'na::float8[]') AS numerics,
       same('ba', 'ARRAY[ba[1]::int, ba[2]::int]') AS flags,
       same('bt', 'ARRAY[get_byte(bt, 0) / 256.0, get_byte(bt, 1) / 256.0]::float8[]') AS bytes,
       same('fa', 'fa::text::float8[]') AS floats,
       same('sp', 'linlearn_sparse(linlearn_dense(sp))') AS sparse;
SELECT same('jsonb_build_object(''k'', f8::numeric)', 'f8::numeric::float8') AS number,
       same('jsonb_build_object(''k'', b)', 'b') AS flag,
       same('jsonb_build_object(''k'', tx)', 'tx') AS string,
       same('jsonb_build_object(''k'', tx)', 'tx', '{"columns": {"x.k": {"words": true}}}',
            '{"columns": {"x": {"words": true}}}') AS words,
       same('jsonb_build_object(''k'', tx, ''l'', i)', 'tx', '{"columns": {"x": {"min_rows": 50}}, "exclude": ["x.l"]}',
            '{"columns": {"x": {"min_rows": 50}}}') AS options;

-- ---- Rows by name ----

CREATE TABLE model AS
SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["i", "y"],
    "columns": {"tx": {"words": "english"}, "js.str": {"min_rows": 30}}}') AS model
FROM kinds k;
-- Another order, other types of the same kinds, columns beside them.
SELECT count(*), bool_and(linlearn_score(model, k) = linlearn_score(model, r))
FROM model, kinds k, LATERAL (SELECT now() AS other, 1::money AS another, js, sp, bt, ba, na, ia, fa,
    ea::mood[], ua, va::text[], ta::varchar[], tv, em::varchar, e, u, nm, cc, ch, vc::text, tx::char(9),
    tstz AT TIME ZONE 'UTC' AS tstz, ts AT TIME ZONE 'UTC' AS ts, d::timestamp, b, tz, tm, iv, n, f8,
    f4::float8, i8::numeric, i4::bigint, i2::float8, g::real) r;
-- JSON says the same, whatever the session's settings.
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'iso_8601';
SET TimeZone = 'America/New_York';
SELECT count(*), bool_and(linlearn_score(model, k) = linlearn_score(model, to_jsonb(k)
    || jsonb_build_object('iv', extract(epoch FROM iv),
       'bt', jsonb_build_array(get_byte(bt, 0) / 256.0, get_byte(bt, 1) / 256.0),
       'sp', jsonb_build_object((1 + i % 5)::text, 1.5))))
FROM model, kinds k;
SELECT count(*), bool_and(linlearn_score(model, k) = linlearn_score(model, to_jsonb(k))) FROM model, kinds k;
SET IntervalStyle = 'postgres_verbose';
SELECT bool_and(linlearn_score(model, k) = linlearn_score(model, to_jsonb(k))) AS verbose FROM model, kinds k;
SET IntervalStyle = 'sql_standard';
SELECT bool_and(linlearn_score(model, k) = linlearn_score(model, to_jsonb(k))) AS standard FROM model, kinds k;
RESET DateStyle;
RESET IntervalStyle;
RESET TimeZone;
SELECT bool_and(linlearn_score(model, k) = linlearn_score(model, to_jsonb(k))) AS plain FROM model, kinds k;
-- Of real and its kin JSON has the shortest digits, which are rounded to what the row holds.
WITH singles AS MATERIALIZED (SELECT i, y, r FROM kinds, LATERAL (SELECT (i / 7.0)::real AS f, ARRAY[i / 3.0, 0.1]::real[] AS fs,
        linlearn_sparse(ARRAY[i % 4], ARRAY[i / 9.0]::real[], 5) AS sp, (i / 11.0)::float8 AS d, set_byte('\xff7f', 0, i % 256) AS b,
        make_interval(days => i % 5 - 2, secs => i % 9 / 8.0) AS iv, (i % 5 - 2) * interval '25:01:02.5' AS more) r),
    trained AS MATERIALIZED (SELECT linlearn_train(r, y, '{"predictor_type": "regressor", "columns": {"f": {"buckets": 5}}}') AS m FROM singles)
SELECT count(*), bool_and(linlearn_score(m, r) = linlearn_score(m, to_jsonb(r))) AS same FROM singles, trained;
-- The same model from columns in another order, of a sub-select, a record.
SELECT DISTINCT linlearn_train(r, y, '{"predictor_type": "regressor"}') =
    (SELECT linlearn_train(r, y, '{"predictor_type": "regressor", "exclude": ["y"]}')
     FROM (SELECT y, i2, d, tx FROM kinds ORDER BY f8) r) AS same
FROM kinds, LATERAL (SELECT tx, d, i2) r;
CREATE FUNCTION as_record(kinds) RETURNS record LANGUAGE plpgsql AS
$$ DECLARE r record; BEGIN SELECT $1.i2, $1.tx, $1.d INTO r; RETURN r; END $$;
SELECT linlearn_train(as_record(k), y, '{"predictor_type": "regressor"}') =
    (SELECT linlearn_train(r, y, '{"predictor_type": "regressor", "exclude": ["y"]}')
     FROM (SELECT y, i2, d, tx FROM kinds) r) AS same
FROM kinds k;
-- Parallel workers find the columns and their options each for itself.
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET linlearn.parallel_rows = on;
SET parallel_tuple_cost = 10;
SET cpu_tuple_cost = 100;
ALTER TABLE kinds SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT linlearn_train(k, y, '{"predictor_type": "regressor"}') FROM kinds k;
SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["i", "y"],
    "columns": {"tx": {"words": "english"}, "js.str": {"min_rows": 30}}}') = (SELECT model FROM model) AS same
FROM kinds k;
SET max_parallel_workers_per_gather = 0;
RESET cpu_tuple_cost;

-- The weight column is no feature; a row of weight 0, or without a label, is none.
CREATE TABLE weighted AS SELECT i2, tx, js, y, 1 + i % 3 AS w FROM kinds;
SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["y"], "weight": "w"}') AS weighted
FROM weighted k \gset
SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["y", "w"]}', NULL, w) = :'weighted'::bytea AS same
FROM weighted k;
SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["y"], "weight": "w"}') = :'weighted'::bytea AS same
FROM (SELECT * FROM weighted UNION ALL SELECT 1::smallint, 'rare', '{"new": 1, "list": [1]}', 1, 0) k;
SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["y"], "weight": "w"}') =
    (SELECT linlearn_train(k, y, '{"predictor_type": "regressor", "exclude": ["y"], "weight": "w"}')
     FROM (SELECT * FROM weighted UNION ALL SELECT 1::smallint, 'level 1', '{}', NULL, 1) k) AS same
FROM (SELECT * FROM weighted UNION ALL SELECT 1::smallint, 'rare', '{"new": 1}', NULL, 1) k;

-- ---- Where rows come from ----

CREATE TABLE shop (id integer, age integer, plan text);
INSERT INTO shop SELECT i, i % 50, 'p' || i % 3 FROM generate_series(1, 100) i;
CREATE TABLE shop_model AS
SELECT linlearn_train(s, age > 20 AND plan <> 'p1', '{"exclude": ["id"]}') AS model FROM shop s;
PREPARE scores AS SELECT round(sum(linlearn_score(model, s))::numeric, 2) FROM shop_model, shop s;
EXECUTE scores;
ALTER TABLE shop ADD COLUMN extra money DEFAULT 1;
EXECUTE scores;
ALTER TABLE shop ALTER COLUMN age TYPE numeric;
EXECUTE scores;
ALTER TABLE shop DROP COLUMN extra, ALTER COLUMN plan TYPE varchar(7);
EXECUTE scores;
ALTER TABLE shop RENAME COLUMN age TO years;
EXECUTE scores;
ALTER TABLE shop RENAME COLUMN years TO age;
EXECUTE scores;
ALTER TABLE shop ALTER COLUMN age TYPE text;
EXECUTE scores;
ALTER TABLE shop ALTER COLUMN age TYPE integer USING age::integer;
-- A trigger's NEW, a loop's record, a generated column, a view, a partition.
CREATE TABLE scored (id integer, age integer, plan text, score float8);
CREATE FUNCTION put_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.score := linlearn_score((SELECT model FROM shop_model), NEW); RETURN NEW; END $$;
CREATE TRIGGER put_score BEFORE INSERT ON scored FOR EACH ROW EXECUTE FUNCTION put_score();
INSERT INTO scored SELECT id, age, plan FROM shop;
CREATE TYPE shop_row AS (age integer, plan text);
CREATE TABLE generated (model bytea, age integer, plan text,
    score float8 GENERATED ALWAYS AS (linlearn_score(model, ROW(age, plan)::shop_row)) STORED);
INSERT INTO generated SELECT model, age, plan FROM shop_model, shop;
CREATE VIEW shop_view AS SELECT plan, id, age FROM shop;
CREATE TABLE parts (age integer, plan text) PARTITION BY LIST (plan);
CREATE TABLE part (plan text, age integer);
ALTER TABLE parts ATTACH PARTITION part DEFAULT;
INSERT INTO parts SELECT age, plan FROM shop;
CREATE DOMAIN shop_domain AS shop_row CHECK ((value).age >= 0);
SELECT (SELECT round(sum(score)::numeric, 2) FROM scored) AS trigger,
       (SELECT round(sum(score)::numeric, 2) FROM generated) AS generated,
       (SELECT round(sum(linlearn_score(model, v))::numeric, 2) FROM shop_model, shop_view v) AS view,
       (SELECT round(sum(linlearn_score(model, p))::numeric, 2) FROM shop_model, parts p) AS parts,
       (SELECT round(sum(linlearn_score(model, p))::numeric, 2) FROM shop_model, part p) AS part,
       (SELECT round(sum(linlearn_score(model, ROW(age, plan)::shop_domain))::numeric, 2) FROM shop_model, shop) AS domain,
       (SELECT sum(linlearn_score(model, v)) < 0.01 FROM shop_model, (SELECT * FROM (VALUES (1, 'p1')) v (age, plan)) v) AS values;
-- A level that is renamed in an enum is a new one; NULL and new levels do not fail.
CREATE TYPE size AS ENUM ('s', 'm', 'l');
CREATE TABLE sizes AS SELECT (enum_range(NULL::size))[1 + i % 3] AS s, i % 3 = 1 AS y FROM generate_series(1, 40) i;
CREATE TABLE size_model AS SELECT linlearn_train(r, NOT y, '{"l1": 0}') AS model FROM sizes, LATERAL (SELECT s, 1 AS one) r;
PREPARE by_size AS SELECT r.s, linlearn_score(model, r) = linlearn_score(model, '{"s": "never", "one": 1}'::jsonb) AS new
FROM size_model, (SELECT DISTINCT s, 1 AS one FROM sizes) r ORDER BY r.s;
EXECUTE by_size;
ALTER TYPE size RENAME VALUE 'm' TO 'medium';
EXECUTE by_size;
SELECT linlearn_score(model, r) IS NOT NULL AS scored FROM size_model, (SELECT NULL::size AS s, NULL::integer AS one) r;
SELECT linlearn_score(model, r) IS NOT NULL AS scored FROM shop_model, (SELECT NULL::integer AS age, repeat('x', 100000) AS plan) r;

-- ---- What is refused: names ----

SELECT linlearn_train(ROW(1, 'a'), true);
SELECT linlearn_train(r, true) FROM (SELECT 1 AS a, 2 AS a) r;
SELECT linlearn_train(r, true, '{"exclude": ["a"]}') FROM (SELECT 1 AS a) r;
SELECT linlearn_train(r, true, '{"exclude": ["tenurr"]}') FROM (SELECT 1 AS tenure, 2 AS age) r;
SELECT linlearn_train(r, true, '{"include": ["zip"]}') FROM (SELECT 1 AS tenure, 2 AS age) r;
SELECT linlearn_train(r, true, '{"columns": {"tenure.x": {}}}') FROM (SELECT 1 AS tenure, 2 AS age) r;
SELECT linlearn_train(r, true, '{"cross": [["age", "tenur"]]}') FROM (SELECT 1 AS tenure, 2 AS age) r;
SELECT linlearn_train(r, true, '{"weight": "zip"}') FROM (SELECT 1 AS tenure, 2 AS age) r;
SELECT linlearn_train(r, true, '{"weight": "age"}') FROM (SELECT 1 AS tenure, 'x' AS age) r;
SELECT linlearn_train(r, true, '{"weight": "w"}') FROM (SELECT 1 AS tenure, 'NaN'::float8 AS w) r;
SELECT linlearn_train(r, true, '{"weight": "w"}') FROM (SELECT 1 AS tenure, NULL::float8 AS w) r;
SELECT linlearn_train(r, true) FROM (SELECT '{"k": 1}'::jsonb AS a, 2 AS "a.k") r;

-- ---- Options ----

SELECT linlearn_train(r, true, '{"exclude": "a"}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"exclude": [1]}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"include": []}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": ["a"]}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"a": 1}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"weight": 1}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"cross": [["a"]]}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"cross": [["a", "a"]]}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"exclude": ["a"], "include": ["a"]}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"weight": "a", "columns": {"a": {}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"include": ["a"], "cross": [["a", "b"]]}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"min_row": 3}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"min_rows": 0}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"min_rows": "3"}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"buckets": 3}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"a": {"buckets": 3, "spline": 4}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"hash": 3, "reference": "x"}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"max_levels": 3, "max_terms": 4}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"a": {"parts": ["days"]}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"a": {"parts": ["year"]}}}') FROM (SELECT date '2024-01-01' AS a) r;
SELECT linlearn_train(r, true, '{"columns": {"a": {"log": 1}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"a": {"words": true}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"words": "klingon"}}}') FROM (SELECT 1 AS a, 'x' AS b) r;
SELECT linlearn_train(r, true, '{"columns": {"b": {"reference": true}}}') FROM (SELECT 1 AS a, 'x' AS b) r;

-- ---- Types and values ----

SELECT linlearn_train(r, true) FROM (SELECT 1::money AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '1'::json AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT B'101' AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '1.1.1.1'::inet AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT int4range(1, 2) AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT (1, 'x')::pair AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT ROW(1, 'x') AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT ARRAY[date '2024-01-01'] AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT 'infinity'::date AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '-infinity'::timestamptz AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT 'NaN'::numeric AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '1e400'::numeric AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT ARRAY[1, NULL] AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT ARRAY[[1, 2], [3, 4]] AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '{}'::integer[] AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT ARRAY[1, 'Infinity'::float8] AS a) r;
SELECT linlearn_train(r, true) FROM (VALUES (ARRAY[1, 2]), (ARRAY[1, 2, 3])) r (a);
SELECT linlearn_train(r, true, '{"on_invalid": "skip"}') FROM (VALUES (ARRAY[1, 2]), (ARRAY[1, 2, 3])) r (a);
SELECT linlearn_train(r, true) FROM (SELECT repeat('x', 65536) AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT ARRAY['x', repeat('x', 65536)] AS a) r;
SELECT linlearn_train('{"a": 1}'::jsonb, true);
SELECT linlearn_train(r, true) FROM (SELECT '[1]'::jsonb AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '1'::jsonb AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT '{"k": {"deep": 1}}'::jsonb AS a) r;
SELECT linlearn_train(r, true) FROM (VALUES ('{"k": 1}'::jsonb), ('{"k": "1"}')) r (a);
SELECT linlearn_train(r, true) FROM (SELECT jsonb_build_object(repeat('k', 300), 1) AS a) r;
SELECT linlearn_train(r, true) FROM (SELECT jsonb_object_agg(k, 1) AS a FROM generate_series(1, 16001) k) r;
-- Rows of different types.
CREATE FUNCTION odd_record(i integer) RETURNS record LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    CASE i WHEN 1 THEN SELECT 1 AS a, 'x'::text AS b INTO r;
           WHEN 2 THEN SELECT 1 AS a INTO r;
           WHEN 3 THEN SELECT 1 AS a, 'x'::text AS b, 1 AS c INTO r;
           ELSE SELECT 1.5 AS a, 'x'::text AS b INTO r; END CASE;
    RETURN r;
END $$;
SELECT linlearn_train(odd_record(i), true) FROM (VALUES (1), (2)) v (i);
SELECT linlearn_train(odd_record(i), true) FROM (VALUES (1), (3)) v (i);
SELECT linlearn_train(odd_record(i), true) FROM (VALUES (1), (4)) v (i);

-- ---- At prediction ----

SELECT linlearn_train(r, y, '{"predictor_type": "regressor", "l1": 0}') AS model
FROM kinds, LATERAL (SELECT i4 AS num, b, d, tm, vc AS text, tv AS words, va AS list, fa AS block, sp,
    js - 'none' AS js) r \gset
CREATE FUNCTION row_json(patch jsonb) RETURNS jsonb LANGUAGE sql AS $$
SELECT '{"num": 1, "b": true, "d": "2000-01-01", "tm": 3600, "text": "v1", "words": ["w1", "w2"],
    "list": ["v1"], "block": [0.5, 0.25], "sp": {"2": 1.5}, "js": {"num": 0.5, "flag": true, "str": "s1"}}' || patch $$;
-- One value said in several ways.
SELECT patch, linlearn_score(:'model'::bytea, row_json(patch::jsonb)) = linlearn_score(:'model'::bytea, row_json('{}')) AS same
FROM (VALUES ('{"num": "1"}'), ('{"num": 1.0}'), ('{"num": "1e0"}'), ('{"d": "2000-01-01T00:00:00Z"}'),
    ('{"d": "2000-01-01 09:00:00+09"}'), ('{"tm": "01:00"}'), ('{"tm": "01:00:00"}'), ('{"words": "w2 w1"}'),
    ('{"words": {"w1": 1, "w2": 1, "w3": 0}}'), ('{"words": ["w2", null, "w1"]}'), ('{"list": ["v1", "v1", null]}'),
    ('{"sp": {"1": 0, "2": 1.5}}'), ('{"sp": "{1:1.5}/6"}'), ('{"sp": " { 0 : 0 , 1 : 15e-1 } / 6 "}'), ('{"block": "[0.5,0.25]"}'),
    ('{"block": " [ 0.5 , 25e-2 ] "}'), ('{"block": "\\x8040"}'), ('{"unknown": [[{"a": 1}]]}'), ('{"js": {"num": "0.5", "flag": true, "str": "s1", "x": []}}'),
    ('{"js.str": "s1"}')) v (patch);
-- Other values.
SELECT patch, linlearn_score(:'model'::bytea, row_json(patch::jsonb)) = linlearn_score(:'model'::bytea, row_json('{}')) AS same
FROM (VALUES ('{"num": 2}'), ('{"num": null}'), ('{"b": false}'), ('{"d": "2000-01-02"}'), ('{"d": null}'), ('{"text": "V1"}'),
    ('{"text": null}'), ('{"words": {"w1": 2, "w2": 1}}'), ('{"words": []}'), ('{"list": []}'), ('{"list": ["v2"]}'),
    ('{"block": [0.5, 0.5]}'), ('{"block": null}'), ('{"sp": {}}'), ('{"sp": {"3": 1.5}}'), ('{"js": null}'),
    ('{"js": {"flag": true, "str": "s1"}}'), ('{"js": {"num": 0.5, "flag": true, "str": null}}')) v (patch);
-- What is refused.
CREATE FUNCTION refused(model bytea, patch jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    what text; hint text;
BEGIN
    RETURN linlearn_score(model, row_json(patch));
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS what = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN what || ' (' || hint || ')';
END $$;
SELECT patch, refused(:'model'::bytea, patch::jsonb)
FROM (VALUES ('{"num": "one"}'), ('{"num": true}'), ('{"num": [1]}'), ('{"num": 1e400}'), ('{"num": "NaN"}'), ('{"num": " 1"}'), ('{"num": ""}'),
    ('{"b": 1}'), ('{"b": "true"}'), ('{"d": "yesterday"}'), ('{"d": "01/02/2000"}'), ('{"d": "2001-02-29"}'), ('{"d": 20000101}'), ('{"d": "infinity"}'),
    ('{"tm": "25:00"}'), ('{"text": true}'), ('{"text": {}}'), ('{"words": 1}'), ('{"words": "''a"}'), ('{"words": {"a": -1}}'), ('{"words": {"a": "1"}}'),
    ('{"words": [["a"]]}'), ('{"list": "v1"}'), ('{"list": [true]}'), ('{"block": [1]}'), ('{"block": []}'), ('{"block": [1, null]}'), ('{"block": [1, "x"]}'),
    ('{"block": {"1": 1}}'), ('{"sp": [1]}'), ('{"sp": {"0": 1}}'), ('{"sp": {"7": 1}}'), ('{"sp": {"01": 1}}'), ('{"sp": {"1": null}}'), ('{"sp": {"99999999999": 1}}'),
    ('{"js": 1}'), ('{"js": {"num": [1]}}')) v (patch);
-- Hostile texts of types that JSON does not have.
SELECT patch, refused(:'model'::bytea, patch::jsonb)
FROM (VALUES ('{"block": ""}'), ('{"block": "\\"}'), ('{"block": "\\x"}'), ('{"block": "\\x804"}'), ('{"block": "\\x80"}'), ('{"block": "\\x8040ff"}'),
    ('{"block": "\\x80g0"}'), ('{"block": "\\X8040"}'), ('{"block": "8040"}'), ('{"block": "gEA="}'), ('{"block": "\\200@"}'), ('{"block": "\\x80 4"}'), ('{"block": "€"}'),
    ('{"block": "["}'), ('{"block": "[]"}'), ('{"block": "[1"}'), ('{"block": "[1,2"}'), ('{"block": "[1,2]]"}'), ('{"block": "[1,,2]"}'), ('{"block": "[1,]"}'), ('{"block": "[,1]"}'),
    ('{"block": "[1,2]x"}'), ('{"block": "[1,x]"}'), ('{"block": "[[1],[2]]"}'), ('{"block": "[NaN,1]"}'), ('{"block": "[1,Infinity]"}'), ('{"block": "[1,1e999]"}'), ('{"block": "[1,null]"}'),
    ('{"block": "{1,2}"}'), ('{"block": "[1,2,3]"}'), ('{"block": "[0x1,2]"}'),
    ('{"sp": ""}'), ('{"sp": "{}"}'), ('{"sp": "/6"}'), ('{"sp": "{}/"}'), ('{"sp": "{}/5"}'), ('{"sp": "{}/06x"}'), ('{"sp": "{}/-6"}'), ('{"sp": "{}/9999999999999"}'), ('{"sp": "{1}/6"}'), ('{"sp": "{1:}/6"}'),
    ('{"sp": "{:1}/6"}'), ('{"sp": "{1:1,1:2}/6"}'), ('{"sp": "{2:1,1:2}/6"}'), ('{"sp": "{6:1}/6"}'), ('{"sp": "{-1:1}/6"}'), ('{"sp": "{1:NaN}/6"}'), ('{"sp": "{1:1e99}/6"}'), ('{"sp": "{1:1,}/6"}'),
    ('{"sp": "{1:1}}/6"}'), ('{"sp": "{1:1}/6/6"}'), ('{"sp": "{{1:1}/6"}'), ('{"sp": "[1,0,0,0,0,0]"}'), ('{"sp": "{1:1:2}/6"}')) v (patch);
SELECT refused(:'model'::bytea, jsonb_build_object('block', repeat('[', 100000))) AS deep, refused(:'model'::bytea, jsonb_build_object('block', '[' || repeat(',', 1000000) || ']')) AS wide,
       refused(:'model'::bytea, jsonb_build_object('sp', '{' || repeat(':', 1000000) || '}/6')) AS colons, refused(:'model'::bytea, jsonb_build_object('block', '\x' || repeat('00', 1000000))) AS bytes;
-- A tsvector's own reader names the column, as an interval's does.
SELECT linlearn_score(:'model'::bytea, row_json('{"words": "''a"}'));
SELECT linlearn_train(r, y, '{"predictor_type": "regressor"}') AS spans FROM kinds, LATERAL (SELECT iv, i2) r \gset
SELECT text, linlearn_score(:'spans'::bytea, jsonb_build_object('iv', text, 'i2', 1)) = linlearn_score(:'spans'::bytea, jsonb_build_object('iv', seconds, 'i2', 1)) AS same
FROM (VALUES ('1 day 02:00:00', 93600), ('P1DT2H', 93600), ('90', 90), ('-90.5', -90.5), ('@ 1 min ago', -60), ('1 day -01:00', 82800), ('00:00:00', 0), ('1 mon', 2592000), ('-1 days -02:00', -93600)) v (text, seconds);
SELECT linlearn_score(:'spans'::bytea, '{"iv": "-1 2:00", "i2": 1}'::jsonb);
SELECT linlearn_score(:'spans'::bytea, '{"iv": "soon", "i2": 1}'::jsonb);
SELECT linlearn_score(:'spans'::bytea, '{"iv": "", "i2": 1}'::jsonb);
SELECT linlearn_score(:'spans'::bytea, '{"iv": true, "i2": 1}'::jsonb);
SHOW IntervalStyle;
SELECT linlearn_score(:'model'::bytea, row_json('{}') - 'num');
SELECT linlearn_score(:'model'::bytea, row_json('{}') - 'js');
SELECT linlearn_score(:'model'::bytea, '[1]'::jsonb);
SELECT linlearn_score(:'model'::bytea, ('[' || repeat('[', 3000) || repeat(']', 3000) || ']')::jsonb);
SELECT linlearn_score(model, ROW(1, 2)) FROM shop_model;
SELECT linlearn_score(model, r) FROM shop_model, (SELECT 1 AS agr, 'p1' AS plan) r;
SELECT linlearn_score(model, r) FROM shop_model, (SELECT '1' AS age, 'p1' AS plan) r;
SELECT linlearn_score(model, r) FROM shop_model, (SELECT 1 AS age, 1 AS plan) r;
SELECT linlearn_score(model, r) FROM shop_model, (SELECT 1 AS age, 1 AS age, 'p1' AS plan) r;
SELECT linlearn_score(model, r) FROM shop_model, (SELECT 'NaN'::float8 AS age, 'p1' AS plan) r;
SELECT linlearn_score(model, ARRAY[1, 2]) FROM shop_model;

SET client_min_messages = warning;
DROP SCHEMA columns_read CASCADE;
