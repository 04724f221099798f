SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;

-- every type of the extension, and of its tables' columns, has an order
DO $$
DECLARE
	type text;
BEGIN
	FOR type IN
		SELECT t.oid::regtype FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass
			AND d.objid = t.oid AND d.deptype = 'e'
		JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'linlearn'
		UNION
		SELECT a.atttypid::regtype FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		JOIN pg_depend d ON d.deptype = 'e' AND ((d.classid = 'pg_class'::regclass AND d.objid = c.oid)
			OR (d.classid = 'pg_type'::regclass AND d.objid = c.reltype))
		JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'linlearn'
		WHERE a.attnum > 0 AND c.relkind IN ('c', 'r')
		ORDER BY 1
	LOOP
		EXECUTE format('SELECT DISTINCT a FROM (SELECT NULL::%1$s AS a) s
			JOIN (SELECT NULL::%1$s AS b) t ON a = b AND a >= b ORDER BY a', type);
	END LOOP;
END $$;

-- the order is that of the dense rows as real[], and so is equality
CREATE TEMP TABLE dense AS
SELECT ARRAY(SELECT ('{0,0,0,-1,1,2.5,1e-40,-0,-3e38}'::real[])[1 + ((row * 7919 + i * 104729) % 523) % 9]
	FROM generate_series(1, 1 + row % 4) i) AS d FROM generate_series(1, 150) row;
CREATE TEMP TABLE sparse AS SELECT d, d::linlearn_sparse AS s FROM dense;
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.s = b.s) > 150 AS some_equal
FROM sparse a, sparse b
HAVING bool_and((a.s < b.s) = (a.d < b.d) AND (a.s <= b.s) = (a.d <= b.d)
	AND (a.s = b.s) = (a.d = b.d) AND (a.s <> b.s) = (a.d <> b.d)
	AND (a.s >= b.s) = (a.d >= b.d) AND (a.s > b.s) = (a.d > b.d)
	AND linlearn_sparse_cmp(a.s, b.s) = btarraycmp(a.d, b.d));
-- equal rows have one form, so one hash, whatever they were made of
SELECT count(DISTINCT f) AS one, count(DISTINCT f::text) AS form, count(DISTINCT linlearn_sparse_hash(f)) AS hash,
	count(DISTINCT linlearn_sparse_hash_extended(f, 7)) AS extended,
	bool_or(linlearn_sparse_hash_extended(f, 7) = linlearn_sparse_hash_extended(f, 8)) AS seedless
FROM (VALUES ('{1:2.5,3:-1}/4'::linlearn_sparse), (' { 0:-0.0 , 1:2.5 ,2:0, 3: -1e0 } / 4 '),
	(linlearn_sparse(ARRAY[3, 0, 1], '{-1,0,2.5}', 4)), (linlearn_sparse('{0,2.5,-0.0,-1}'::real[])),
	((SELECT features FROM linlearn_read_libsvm('1 1:-0 2:2.5 3:0 4:-1'))),
	((SELECT sparse FROM linlearn_read_recordio((SELECT linlearn_to_recordio(x, 1)
		FROM (VALUES ('{0:0,1:2.5,3:-1}/4'::linlearn_sparse)) v (x)))))) v (f);
SELECT '{}/3'::linlearn_sparse = '{}/4'::linlearn_sparse AS width_counts,
	linlearn_sparse_hash('{}/3') = linlearn_sparse_hash('{}/4') AS hashes_equal;
SELECT '{1:nan}/2'::linlearn_sparse;

-- what equality is for
CREATE TABLE sparse_rows (id integer, f linlearn_sparse);
INSERT INTO sparse_rows
SELECT i, linlearn_sparse(ARRAY[i % 10, i % 10 + 5], '{1.5,2.5}', 1000) FROM generate_series(1, 30) i;
ANALYZE sparse_rows;
SELECT count(*), count(DISTINCT f), min(n), max(n) FROM (SELECT f, count(*) AS n FROM sparse_rows GROUP BY f) s;
SELECT count(*) FROM (SELECT f FROM sparse_rows UNION SELECT f FROM sparse_rows) s;
SELECT count(*) FROM (SELECT * FROM sparse_rows EXCEPT SELECT * FROM sparse_rows) s;
SELECT count(*) FROM (SELECT f FROM sparse_rows INTERSECT SELECT f FROM sparse_rows WHERE id > 25) s;
SELECT count(*) FROM sparse_rows WHERE f IN (SELECT f FROM sparse_rows WHERE id < 3);
SELECT f, rank() OVER (ORDER BY f) FROM sparse_rows ORDER BY f DESC LIMIT 2;
SET enable_mergejoin = off;
SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM sparse_rows a JOIN sparse_rows b ON a.f = b.f;
SELECT count(*) FROM sparse_rows a JOIN sparse_rows b ON a.f = b.f;
SET enable_mergejoin = on;
SET enable_hashjoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM sparse_rows a JOIN sparse_rows b ON a.f = b.f;
SELECT count(*) FROM sparse_rows a JOIN sparse_rows b ON a.f = b.f;
SET enable_mergejoin = off;
SET enable_nestloop = on;
SELECT count(*) FROM sparse_rows a JOIN sparse_rows b ON a.f = b.f;
RESET enable_mergejoin;
RESET enable_hashjoin;
SELECT count(*) FROM sparse_rows a FULL JOIN sparse_rows b ON a.f = b.f AND b.id < 4;

-- indexes, keys, partitions, a view refreshed concurrently
CREATE INDEX ON sparse_rows USING hash (f);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM sparse_rows WHERE f = '{1:1.5,6:2.5}/1000';
CREATE INDEX sparse_rows_f ON sparse_rows (f, id);
SELECT count(*), min(id), max(id) FROM sparse_rows WHERE f >= '{8:1.5,13:2.5}/1000' AND f < '{7:1.5,12:2.5}/1000';
EXPLAIN (COSTS OFF) SELECT id FROM sparse_rows WHERE f < '{8:1.5}/1000' ORDER BY f, id;
RESET enable_seqscan;
RESET enable_bitmapscan;
\set VERBOSITY terse
CREATE UNIQUE INDEX ON sparse_rows (f);
\set VERBOSITY default
CREATE TABLE sparse_keys (f linlearn_sparse PRIMARY KEY, n integer);
INSERT INTO sparse_keys VALUES ('{1:2}/3', 1), ('{2:2}/3', 1);
INSERT INTO sparse_keys VALUES ('{0:0,1:2.0}/3', 1) ON CONFLICT (f) DO UPDATE SET n = sparse_keys.n + 1;
SELECT * FROM sparse_keys ORDER BY f;
CREATE TABLE sparse_parts (f linlearn_sparse) PARTITION BY HASH (f);
CREATE TABLE sparse_part0 PARTITION OF sparse_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sparse_part1 PARTITION OF sparse_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sparse_parts SELECT f FROM sparse_rows;
SELECT count(*) AS found FROM sparse_keys k, sparse_parts p WHERE p.f = '{3:1.5,8:2.5}/1000' AND k.n = 1;
SELECT count(DISTINCT tableoid) AS parts, count(*) FROM sparse_parts;
CREATE MATERIALIZED VIEW sparse_view AS SELECT DISTINCT f FROM sparse_rows;
CREATE UNIQUE INDEX ON sparse_view (f);
UPDATE sparse_rows SET f = '{0:1}/5' WHERE id <= 2;
REFRESH MATERIALIZED VIEW CONCURRENTLY sparse_view;
SELECT count(*) FROM sparse_view;
SELECT ARRAY[f] = ARRAY[f] AS arrays, ROW(f, 1) IS NOT DISTINCT FROM ROW(f, 1) AS rows FROM sparse_keys LIMIT 1;
DROP MATERIALIZED VIEW sparse_view;
DROP TABLE sparse_rows, sparse_keys, sparse_parts;

-- boolean[] is read wherever features are, as zeros and ones
CREATE TEMP TABLE flags AS
SELECT i, ARRAY[i % 2 = 0, i % 3 = 0, i % 5 < 2] AS f, i % 6 = 0 AS y FROM generate_series(1, 300) i;
CREATE TEMP TABLE flag_model AS SELECT linlearn_train(f, y, '{"predictor_type": "binary_classifier"}') AS m,
	linlearn_train(f::int[]::real[], y, '{"predictor_type": "binary_classifier"}') AS r FROM flags;
SELECT count(DISTINCT linlearn_score(m, f)) AS scores,
	bool_and(linlearn_score(m, f) = linlearn_score(m, f::int[]::real[])) AS same_score,
	bool_and(m = r) AS same_model,
	bool_and(linlearn_predict_label(m, f) = y::text) AS right_label,
	bool_and(linlearn_predict(m, f) = y::int) AS right, bool_and(linlearn_scores(m, f) = linlearn_scores(m, f::int[]::real[])) AS same_scores
FROM flags, flag_model;
SELECT feature, value FROM flag_model, linlearn_explain(m, '{t,f,t}'::boolean[]) ORDER BY feature;
SELECT linlearn_to_recordio(f, y ORDER BY i) = linlearn_to_recordio(f::int[]::real[], y ORDER BY i) AS same FROM flags;
SELECT linlearn_digit_svg('{t,f,f,t}'::boolean[]) = linlearn_digit_svg('{1,0,0,1}'::real[]) AS same;
SELECT linlearn_tune(f, y, '{"predictor_type": "binary_classifier", "objective": "validation:objective_loss", "strategy": "random", "ranges": "auto", "max_jobs": 2}', CASE i % 7 WHEN 0 THEN 'validation' END) IS NOT NULL AS tuned FROM flags;
SELECT linlearn_train('{t,NULL}'::boolean[], true);
SELECT linlearn_train('{{t},{f}}'::boolean[], true);
SELECT linlearn_train('{}'::boolean[], true);

-- every type of features has a sparse form
SELECT linlearn_to_sparse('{t,f}'::boolean[]), linlearn_to_sparse('\x0005'::bytea), linlearn_to_sparse('{0,-1.5}'::real[]),
	linlearn_to_sparse('{0.1,0}'::float8[]), linlearn_to_sparse('{1,2}'::smallint[]), linlearn_to_sparse('{16777216,0}'::int[]),
	linlearn_to_sparse('{16777218}'::bigint[]), linlearn_to_sparse('{1.25}'::numeric[]), linlearn_to_sparse('{1:2}/3'::linlearn_sparse);
SELECT linlearn_to_sparse('{1e39}'::float8[]);
SELECT linlearn_to_sparse('{1,NULL}'::real[]);
SELECT linlearn_to_sparse('a'::text);
SELECT linlearn_to_sparsevec('{1:2}/3', NULL::real[]);
SELECT linlearn_to_sparsevec('{1:2}/3', NULL::text);

-- real holds measured numbers as near as it can, and integers exactly or not at all
SELECT linlearn_to_sparse('{0,16777217}'::int[]);
SELECT linlearn_to_sparse('{-9007199254740993}'::bigint[]);
SELECT linlearn_to_sparse('{1152921504606846976,-9223372036854775808}'::bigint[]);
SELECT linlearn_to_sparse(ARRAY[16777217]::float8[]);
SELECT '{0:1700000001}/1'::linlearn_sparse;
SELECT '{0:1700000001.0,1:0.1,2:-16777218,3:1.7000001e9}/4'::linlearn_sparse;
SELECT '{0:99999999999999999999}/1'::linlearn_sparse;
SELECT linlearn_to_sparse('{1e38,33554435,123456789}'::float8[])::text::linlearn_sparse
	= linlearn_to_sparse('{1e38,33554435,123456789}'::float8[]) AS dumps_are_read;

-- many weights without standard errors are listed at once: a tail of no number is no work
SET statement_timeout = '30s';
SELECT count(*), count(p) AS tails
FROM (SELECT linlearn_train(('{' || i || ':1}/200001')::linlearn_sparse, i % 2 = 0, '{"optimizer": "adam", "epochs": 1}') AS m
	FROM generate_series(1, 40) AS i) AS t, linlearn_weights(m);
RESET statement_timeout;
