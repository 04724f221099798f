-- The columns that a model was trained on, and how far new rows have moved.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE drift_rows AS
SELECT i AS id, (i * 37 % 101)::float8 AS age, CASE WHEN i % 10 > 0 THEN i % 7 END AS visits,
	i % 3 = 0 AS member, (ARRAY['basic', 'gold', 'silver'])[1 + i * 7 % 3] AS plan,
	CASE WHEN i % 8 > 0 THEN (ARRAY['north', 'south'])[1 + i % 2] WHEN i % 16 > 0 THEN 'isle ' || i % 400 END AS region,
	date '2024-01-01' + i % 300 AS since, to_tsvector('simple', (ARRAY['late bill', 'call late', 'thanks', 'bill bill'])[1 + i % 4]) AS notes,
	(ARRAY['{a,b}', '{a}', '{}', '{c,a,c}'])[1 + i % 4]::text[] AS tags, ARRAY[i % 5, i % 11]::real[] AS pair,
	'one'::text AS same, sin(i) + (i % 3) > 1 AS y
FROM generate_series(1, 2000) AS i;
CREATE TABLE drift_model AS
SELECT linlearn_train(r, y, '{"exclude": ["id", "y"], "columns": {"age": {"buckets": 4}, "plan": {"reference": "gold"}}, "cross": [["plan", "region"]]}') AS model
FROM drift_rows r;
SELECT "column", type, kind, encoding, terms, levels, "rows", nulls, round(mean::numeric, 4) AS mean,
	round(deviation::numeric, 4) AS deviation, minimum, maximum, deciles
FROM drift_model, linlearn_columns(model);
-- what a column adds to the margin, from the weights and the rows alone
SELECT bool_and(importance >= 0) AS importance, sum(terms) = max((linlearn_model_info(model) ->> 'feature_dim')::int) AS all_terms
FROM drift_model, linlearn_columns(model);
CREATE TABLE drift_plan AS SELECT linlearn_train(x, (y::int + i % 2)::float8, '{"predictor_type": "regressor", "wd": 0.01}') AS model
FROM (SELECT id AS i, y, (SELECT p FROM (SELECT plan) p) AS x FROM drift_rows) r;
SELECT abs(importance - (SELECT stddev_pop(linlearn_predict(model, p)) FROM (SELECT plan FROM drift_rows) p)) < 1e-6 * importance AS of_predictions
FROM drift_plan, linlearn_columns(model);
SELECT count(*) AS of_arrays FROM linlearn_columns((SELECT linlearn_train(ARRAY[age], y) FROM drift_rows));

-- ---- drift ----
-- the rows of training have not moved
SELECT "column", round(psi::numeric, 3) AS psi, verdict, nulls_then = nulls_now AS nulls, other_then = other_now AS other,
	abs(mean_then - mean_now) < 1e-9 AS mean, rows_then, rows_now
FROM drift_model, LATERAL unnest((SELECT linlearn_drift(model, r) FROM drift_rows r)) ORDER BY 1;
-- these have: other ages, NULL, a new plan, new words
CREATE TABLE drift_new AS
SELECT age / 2 AS age, CASE WHEN id % 2 = 0 THEN visits END AS visits, true AS member,
	CASE WHEN id % 4 = 0 THEN 'platinum' ELSE plan END AS plan, region, since + 100 AS since, to_tsvector('simple', 'late arrival') AS notes,
	tags, pair, 'one'::text AS same
FROM drift_rows;
CREATE VIEW drift_found AS SELECT d.* FROM drift_model, LATERAL unnest((SELECT linlearn_drift(model, r) FROM drift_new r)) d;
SELECT "column", round(psi::numeric, 3) AS psi, verdict, round(nulls_then::numeric, 3) AS nulls_then, nulls_now,
	round(other_then::numeric, 3) AS other_then, other_now, round(mean_then::numeric, 2) AS mean_then, round(mean_now::numeric, 2) AS mean_now
FROM drift_found;
-- the index of a category by its definition, half a row added to each outcome
SELECT abs(psi - (SELECT sum((p - q) * ln(p / q)) FROM (SELECT (n + 0.5) / 2002.0 AS p, (t + 0.5) / 2002.0 AS q
		FROM (SELECT k, count(*) FILTER (WHERE now = k)::float8 AS n, count(*) FILTER (WHERE was = k)::float8 AS t
			FROM unnest(ARRAY['basic', 'gold', 'silver', 'platinum']) k,
				(SELECT n.plan AS now, NULL AS was FROM drift_new n UNION ALL SELECT NULL, plan FROM drift_rows) a GROUP BY k) c) s)) < 1e-9 AS by_definition
FROM drift_found WHERE "column" = 'plan';
-- few rows say little
SELECT verdict, count(*) FROM drift_model, LATERAL unnest((SELECT linlearn_drift(model, r) FROM (SELECT * FROM drift_rows WHERE id < 12) r)) GROUP BY verdict ORDER BY verdict;

-- the same in any plan, as jsonb, by another order and more of the columns
SELECT array_agg(d) AS serial FROM drift_found d \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
ALTER TABLE drift_new SET (parallel_workers = 3);
EXPLAIN (COSTS OFF) SELECT linlearn_drift('\x00', r) FROM drift_new r;
SELECT linlearn_drift((SELECT model FROM drift_model), r)::text = :'serial' AS parallel FROM drift_new r;
RESET max_parallel_workers_per_gather;
SELECT linlearn_drift(model, to_jsonb(x))::text = :'serial' AS jsonb
FROM drift_model, (SELECT age, visits, member, plan, region, since, array_to_string(tsvector_to_array(notes), ' ') AS text, notes, tags, pair, same FROM drift_new) x;
SELECT linlearn_drift(model, x)::text = :'serial' AS other_order
FROM drift_model, (SELECT 1 AS more, same, pair, tags, notes, since, region, plan, member, visits, age FROM drift_new ORDER BY random()) x;
-- a group a value
SELECT half, (d)[1]."column", round((d)[1].psi::numeric, 2) AS psi
FROM (SELECT age > 25 AS half, linlearn_drift(model, r) AS d FROM drift_model, drift_new r GROUP BY 1) g ORDER BY 1;
-- nothing of nothing
SELECT linlearn_drift(model, r) AS no_row FROM drift_model, drift_new r WHERE age < 0;
SELECT linlearn_drift(NULL, r) AS no_model FROM drift_new r;
SELECT linlearn_drift(model, NULL::drift_new) AS no_value FROM drift_model;

-- ---- arrays and sparse rows go by their elements ----
CREATE TABLE drift_arrays AS
SELECT i AS id, CASE WHEN i % 5 > 0 THEN ARRAY[sin(i) * 3, i % 7, 4]::float8[] END AS pair, set_byte('\x0010', 0, i * 7 % 256) AS bytes,
	linlearn_sparse(ARRAY[i % 3], ARRAY[1 + i % 4]::real[], 5) AS sp, i % 2 = 0 AS y FROM generate_series(1, 1000) AS i;
CREATE TABLE drift_moved AS
SELECT CASE WHEN id % 4 > 0 AND id % 5 > 0 THEN ARRAY[pair[1] * 2, pair[2] + 1.5, pair[3]] END AS pair, set_byte(bytes, 1, 16 + (id % 4 = 0)::int) AS bytes,
	CASE id % 2 WHEN 0 THEN sp ELSE linlearn_sparse(ARRAY[4], ARRAY[2]::real[], 5) END AS sp FROM drift_arrays;
CREATE TABLE drift_array_model AS SELECT linlearn_train(r, y, '{"exclude": ["id", "y"], "wd": 0.01}') AS model FROM drift_arrays r;
SELECT d."column", round(d.psi::numeric, 3) AS psi, d.verdict, d.nulls_then, d.nulls_now, d.rows_then, d.rows_now
FROM drift_array_model, unnest((SELECT linlearn_drift(model, r) FROM drift_arrays r)) AS d;
CREATE VIEW drift_elements AS SELECT d.* FROM drift_array_model, unnest((SELECT linlearn_drift(model, r) FROM drift_moved r)) AS d;
SELECT d."column", round(d.psi::numeric, 3) AS psi, d.verdict, d.nulls_then, d.nulls_now, d.rows_then, d.rows_now FROM drift_elements AS d;
-- by the definition: the square of the mean's move over the larger variance, and NULL as an outcome
CREATE FUNCTION drift_index(old text, new text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE result float8;
BEGIN
	EXECUTE format('SELECT max((a.m - b.m) ^ 2 / greatest(a.v, b.v)) FROM
		(SELECT at, avg(e) AS m, var_pop(e) AS v FROM drift_arrays, unnest(%s) WITH ORDINALITY AS u (e, at) GROUP BY at) AS a
		JOIN (SELECT at, avg(e) AS m, var_pop(e) AS v FROM drift_moved, unnest(%s) WITH ORDINALITY AS u (e, at) GROUP BY at) AS b USING (at)
		WHERE a.v > 0', old, new) INTO result;
	RETURN result;
END $$;
SELECT abs(psi - drift_index('pair', 'pair') - (SELECT sum((p - q) * ln(p / q)) FROM (VALUES (400.5 / 1001, 200.5 / 1001), (600.5 / 1001, 800.5 / 1001)) AS v (p, q))) < 1e-5 AS pair
FROM drift_elements WHERE "column" = 'pair';
SELECT "column", abs(psi - 500.5 / 500.5) < 1e-9 AS new_value, abs(psi - 250.5 / 750.5) < 1e-9 AS quarter FROM drift_elements WHERE "column" IN ('bytes', 'sp') ORDER BY 1;
SELECT "column", psi < 0.1 AS stable FROM drift_array_model, unnest((SELECT linlearn_drift(model, r) FROM (SELECT pair, bytes, linlearn_sparse(ARRAY[id % 3], ARRAY[1 + id % 4 + 0.1]::real[], 5) AS sp FROM drift_arrays) AS r)) ORDER BY 1;
-- all NULL; no row
SELECT "column", round(psi::numeric, 2) AS psi, verdict FROM drift_array_model, unnest((SELECT linlearn_drift(model, r) FROM (SELECT NULL::float8[] AS pair, bytes, NULL::linlearn_sparse AS sp FROM drift_arrays) AS r));
-- the same in any plan and as jsonb
INSERT INTO drift_moved SELECT r.* FROM drift_moved AS r, generate_series(1, 4);
ANALYZE drift_moved;
SELECT array_agg(d)::text AS serial, (SELECT model FROM drift_array_model) AS model FROM drift_elements AS d \gset
ALTER TABLE drift_moved SET (parallel_workers = 3);
SET max_parallel_workers_per_gather = 3;
EXPLAIN (COSTS OFF) SELECT linlearn_drift('\x00', r) FROM drift_moved AS r;
SELECT linlearn_drift(:'model', r)::text = :'serial' AS parallel FROM drift_moved AS r;
RESET max_parallel_workers_per_gather;
SELECT linlearn_drift(model, to_jsonb(r))::text = :'serial' AS jsonb FROM drift_array_model, drift_moved AS r;
SELECT linlearn_drift(model, r)::text = :'serial' AS other_order FROM drift_array_model, (SELECT * FROM drift_moved ORDER BY random()) AS r;
DROP VIEW drift_elements;
DROP FUNCTION drift_index;
DROP TABLE drift_arrays, drift_moved, drift_array_model;

-- ---- what cannot be ----
SELECT linlearn_drift(linlearn_train, r) FROM (SELECT linlearn_train(ARRAY[age], y) FROM drift_rows) m, drift_rows r;
SELECT linlearn_drift(model, ARRAY[1, 2]) FROM drift_model;
SELECT linlearn_drift(model, r) FROM drift_model, (SELECT age, plan FROM drift_rows) r;
SELECT linlearn_drift(m, r) FROM (SELECT model AS m FROM drift_model UNION ALL SELECT model FROM drift_plan) m, drift_new r;
SELECT linlearn_drift('\x00', r) FROM drift_new r;
SELECT linlearn_drift(model, r) FROM drift_model, (SELECT 'NaN'::float8 AS age, visits, member, plan, region, since, notes, tags, pair, same FROM drift_new) r;
SELECT linlearn_columns('\x00');

DROP VIEW drift_found;
DROP TABLE drift_rows, drift_model, drift_plan, drift_new;
CREATE TABLE drift_ties AS
SELECT i * i % 7 AS squares, floor(8 * abs(sin(i))) AS sines, round((10 * cos(i) ^ 3)::numeric) AS cubes, i % 1000 / 260 AS quarters,
       CASE WHEN i % 5 < 3 THEN 0 ELSE i % 11 END AS zeros, 60 + i % 13 - i % 4 AS ages, i % 10 / 5 * 3 + i % 2 AS half, sin(i * i) AS y
FROM generate_series(1, 3000) AS i;
-- numbers of few values, wherever the tenths fall among them: the rows of the training have not moved
SELECT count(*) AS columns, count(*) FILTER (WHERE psi < 0.005 AND verdict = 'stable') AS stable
FROM (SELECT linlearn_drift(m, r) AS moved
      FROM (SELECT linlearn_train(r, y, '{"predictor_type": "regressor", "exclude": ["y"]}') AS m FROM drift_ties AS r) AS t, drift_ties AS r
      GROUP BY m) AS d, unnest(moved);
-- and those of others have
SELECT "column", round(psi::numeric, 2) AS psi, verdict
FROM (SELECT linlearn_drift(m, s) AS moved
      FROM (SELECT linlearn_train(r, y, '{"predictor_type": "regressor", "include": ["squares", "half"]}') AS m FROM drift_ties AS r) AS t,
           (SELECT least(squares, 2) AS squares, half + 1 AS half FROM drift_ties) AS s
      GROUP BY m) AS d, unnest(moved);
DROP TABLE drift_ties;
