-- The part of the rows that a key belongs to.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;

-- 100,000 keys in their shares, within four standard deviations
SELECT part, abs(share - expected) < 4 * sqrt(expected * (1 - expected) / 100000) AS met
FROM (SELECT linlearn_split(i) AS part, count(*) / 100000.0 AS share
	FROM generate_series(1, 100000) AS i GROUP BY 1) s
JOIN (VALUES ('train', 0.6), ('validation', 0.2), ('test', 0.2)) e (name, expected) ON name = part
ORDER BY part;

-- a seed splits anew: two seeds agree as often as chance has it
SELECT seed, abs(avg((linlearn_split(i) = linlearn_split(i, seed => seed))::int) - 0.44) < 0.014 AS by_chance
FROM generate_series(1, 20000) AS i, (VALUES (1::bigint), (2), (-1), (9223372036854775807)) s (seed) GROUP BY seed ORDER BY seed;

-- one key, whatever its type
SELECT i, count(DISTINCT p) AS parts FROM generate_series(-2, 30) AS i, LATERAL (VALUES
	(linlearn_split(i::smallint)), (linlearn_split(i)), (linlearn_split(i::bigint)), (linlearn_split(i::numeric)),
	(linlearn_split(i::numeric(12, 4))), (linlearn_split(i::real)), (linlearn_split(i::float8)),
	(linlearn_split(i::text)), (linlearn_split(i::varchar)), (linlearn_split(i::text::char(9))), (linlearn_split(i::text::name))) t (p)
GROUP BY i HAVING count(DISTINCT p) > 1;
CREATE DOMAIN split_id AS integer;
SELECT bool_and(linlearn_split(i) = linlearn_split(i::split_id)) AS domain,
	bool_and(linlearn_split(ROW(i, 'a'::text)) = linlearn_split(ROW(i::numeric(9, 2), 'a'::varchar))) AS row,
	bool_and(linlearn_split(md5(i::text)::uuid) = linlearn_split(md5(i::text)::uuid::text)) AS uuid,
	bool_and(linlearn_split(i * interval '1 month') = linlearn_split(i * interval '720 hours')) AS interval,
	bool_and(linlearn_split(-i * interval '1 day') = linlearn_split(-i * interval '24 hours')) AS negative,
	bool_and(linlearn_split(0.0::float8 * i) = linlearn_split(-0.0::float8 * i)) AS zero
FROM generate_series(1, 200) AS i;
-- fields do not run into each other, nor is NULL a text
SELECT count(DISTINCT string) FROM (SELECT string_agg(linlearn_split(v, seed => s), ',' ORDER BY s) AS string
	FROM generate_series(1, 40) s, (VALUES (1, ROW('a'::text, 'bc'::text)), (2, ROW('ab'::text, 'c'::text)),
		(3, ROW(NULL::text, 'abc'::text)), (4, ROW(''::text, 'abc'::text)), (5, ROW('abc'::text, NULL::text))) t (n, v) GROUP BY n) x;

-- no setting of the session changes it
CREATE TABLE split_values AS SELECT i, i / 7.0::float8 AS a, timestamptz '2024-01-01 00:00+00' + i * interval '7 hours' AS b,
	date '2024-01-01' + i AS c, i * interval '100 minutes' AS d, ('\x' || lpad(to_hex(i), 6, '0'))::bytea AS e, int4range(i, i + 5) AS f, point(i / 3.0, i) AS g,
	ARRAY[i / 3.0::float8] AS h, i::text::money AS m, ('{"a": ' || i || '}')::jsonb AS j, tstzrange('2024-01-01 00:00+00', NULL) AS k FROM generate_series(1, 300) AS i;
CREATE FUNCTION split_all() RETURNS text LANGUAGE sql AS
	$$ SELECT md5(string_agg(linlearn_split(v), ',' ORDER BY i)) FROM split_values v $$;
SELECT split_all() AS usual \gset
SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape';
SET extra_float_digits = -10; SET client_encoding = 'LATIN1';
SELECT split_all() = :'usual' AS same;
RESET DateStyle; RESET TimeZone; RESET IntervalStyle; RESET bytea_output; RESET extra_float_digits; RESET client_encoding;

-- for ever these
SELECT string_agg(left(linlearn_split(i), 2), ' ' ORDER BY i) FROM generate_series(1, 25) AS i;
SELECT string_agg(left(linlearn_split(ROW(i, 'x'::text, NULL::date, true, 1.50)), 2), ' ' ORDER BY i) FROM generate_series(1, 25) AS i;
SELECT string_agg(linlearn_split(i, 0.5, 0.5), ' ' ORDER BY i) FROM generate_series(1, 4) AS i;
SELECT DISTINCT linlearn_split(i, 0, 0) FROM generate_series(1, 500) AS i;

-- as the channel of a training, and for an index
CREATE TABLE split_rows AS SELECT i AS id, sin(i) AS a, cos(i * 3) AS b, sin(i) + cos(i * 3) > 0 AS y FROM generate_series(1, 500) AS i;
CREATE INDEX ON split_rows (linlearn_split(id));
SELECT linlearn_model_info(linlearn_train(r, y, '{"exclude": ["id", "y"]}', linlearn_split(r.id))) -> 'rows' AS rows,
	jsonb_build_object('train', count(*) FILTER (WHERE linlearn_split(id) = 'train'),
		'validation', count(*) FILTER (WHERE linlearn_split(id) = 'validation')) AS counted
FROM split_rows r;

-- ---- what cannot be ----
SELECT linlearn_split(NULL::integer);
SELECT linlearn_split(1, NULL);
SELECT linlearn_split(1, seed => NULL);
SELECT linlearn_split(1, 0.9, 0.2);
SELECT linlearn_split(1, -0.1);
SELECT linlearn_split(1, 'NaN');
SELECT linlearn_split(1, 0.1, 'Infinity');
SELECT linlearn_split(repeat('x', 10000000)) IN ('train', 'validation', 'test') AS long;
DROP TABLE split_rows, split_values;
DROP FUNCTION split_all();
DROP DOMAIN split_id;
