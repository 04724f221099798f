SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;

-- ---- The intercept is that of numbers as they are ----
-- 3 + 2 x - 5 (c = b) without noise would have no errors
CREATE TABLE name_lines AS
SELECT i AS id, 1000 + i % 20 AS x, CASE i % 3 WHEN 0 THEN 'b' ELSE 'a' END AS c,
	round((3 + 2 * (1000 + i % 20) - CASE i % 3 WHEN 0 THEN 5 ELSE 0 END + ((i * 7) % 11 - 5) * 0.1)::numeric, 2)::float8 AS y
FROM generate_series(1, 120) AS i;
CREATE TABLE name_models (kind text, m bytea);
INSERT INTO name_models SELECT 'rows', linlearn_train(r, y, '{"predictor_type": "regressor", "wd": 0, "exclude": ["id", "y"]}') FROM name_lines AS r;
INSERT INTO name_models SELECT 'array', linlearn_train(ARRAY[CASE c WHEN 'b' THEN 1 ELSE 0 END, x]::float8[], y, '{"predictor_type": "regressor", "wd": 0}') FROM name_lines;
SELECT w.term, round(weight::numeric, 6) AS weight, round(standard_error::numeric, 6) AS error FROM name_models, linlearn_weights(m) AS w WHERE kind = 'rows' ORDER BY feature NULLS FIRST;
-- of a hand-made matrix they are the same
SELECT max(abs(a.weight / b.weight - 1)) < 1e-8 AS weights, max(abs(a.standard_error / b.standard_error - 1)) < 1e-8 AS errors, max(abs(a.z / b.z - 1)) < 1e-8 AS z, max(abs(a.p - b.p)) < 1e-8 AS p
FROM name_models AS r, name_models AS s, linlearn_weights(r.m) AS a, linlearn_weights(s.m) AS b
WHERE r.kind = 'rows' AND s.kind = 'array' AND a.feature IS NOT DISTINCT FROM b.feature;
-- a prediction by hand
SELECT max(abs(linlearn_score(m, r) - (SELECT sum(weight * CASE w.term WHEN '(bias)' THEN 1 WHEN 'x' THEN x WHEN 'c=b' THEN (c = 'b')::int END) FROM linlearn_weights(m) AS w))) < 1e-8 AS by_hand
FROM name_models, name_lines AS r WHERE kind = 'rows';

-- ---- Terms that those before them give are left out ----
INSERT INTO name_models SELECT 'aliased', linlearn_train(v, y, '{"predictor_type": "regressor", "wd": 0}')
FROM name_lines, LATERAL (SELECT x, c, c AS d, 2 * x + 1 AS e) AS v;
SELECT linlearn_model_info(m) -> 'columns' AS columns, linlearn_model_info(m) -> 'aliased' AS aliased, linlearn_model_info(m) -> 'standard_errors' AS errors, linlearn_model_info(m) -> 'degrees_of_freedom' AS freedom FROM name_models WHERE kind = 'aliased';
SELECT w.term, round(weight::numeric, 6) AS weight, round(standard_error::numeric, 6) AS error FROM name_models, linlearn_weights(m) AS w WHERE kind = 'aliased' ORDER BY feature NULLS FIRST;
SELECT max(abs(linlearn_score(a.m, v) - linlearn_score(b.m, r))) < 1e-8 AS same
FROM name_models AS a, name_models AS b, name_lines AS r, LATERAL (SELECT x, c, c AS d, 2 * x + 1 AS e) AS v WHERE a.kind = 'aliased' AND b.kind = 'rows';
-- of a logistic model likewise; arrays keep them all, and say why there are no errors
INSERT INTO name_models SELECT 'logistic', linlearn_train(v, (id * 7) % 5 > 2, '{"predictor_type": "binary_classifier", "wd": 0}')
FROM name_lines, LATERAL (SELECT x, c, c AS d) AS v;
SELECT w.term, weight = 0 AS left_out, standard_error IS NULL AS no_error FROM name_models, linlearn_weights(m) AS w WHERE kind = 'logistic' ORDER BY feature NULLS FIRST;
SELECT linlearn_model_info(linlearn_train(ARRAY[x, 2 * x]::float8[], y, '{"predictor_type": "regressor", "wd": 0}')) -> 'no_standard_errors_because' AS why FROM name_lines;

-- ---- Explanations ----
CREATE TABLE name_visits AS
SELECT i AS id, CASE WHEN i % 6 > 0 THEN i % 13 END AS n, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'level ' || i % 5 END AS c, date '2024-01-01' + i % 70 AS d,
	to_tsvector('simple', 'w' || i % 3 || ' v' || i % 4) AS w, ARRAY[i % 2, i % 9]::float8[] AS b, round((i % 13 + sin(i))::numeric, 1)::float8 AS y, i % 3 = 0 AS z
FROM generate_series(1, 300) AS i;
INSERT INTO name_models SELECT 'visits', linlearn_train(r, y, '{"predictor_type": "regressor", "wd": 0.01, "exclude": ["id", "y", "z"]}') FROM name_visits AS r;
INSERT INTO name_models SELECT 'classes', linlearn_train(r, i, '{"predictor_type": "multiclass_classifier", "exclude": ["id", "y", "z"]}') FROM name_visits AS r, LATERAL (SELECT 'class ' || id % 3 AS i) AS l;
SELECT feature IS NULL AS no_feature, value, e."column", e.level, e.term FROM name_models, name_visits AS r, linlearn_explain(m, r) AS e WHERE kind = 'visits' AND id = 6;
SELECT feature IS NULL AS no_feature, value, e."column", e.level, e.term FROM name_models, name_visits AS r, linlearn_explain(m, r, true) AS e WHERE kind = 'visits' AND id = 6;
-- they sum to the margin, terms to their columns, and the first is the same of all rows
SELECT bool_and(abs(s.sum - linlearn_score(m, r)) < 1e-9) AS terms, bool_and(abs(t.sum - linlearn_score(m, r)) < 1e-9) AS columns, bool_and(s.lines > t.lines) AS fewer, max(s.first) - min(s.first) < 1e-9 AS first
FROM name_models, name_visits AS r, LATERAL (SELECT sum(contribution), count(*) AS lines, min(contribution) FILTER (WHERE e.term = '(mean row)') AS first FROM linlearn_explain(m, r) AS e) AS s,
	LATERAL (SELECT sum(contribution), count(*) AS lines FROM linlearn_explain(m, r, true) AS e) AS t WHERE kind = 'visits';
SELECT bool_and(abs(a.sum - b.contribution) < 1e-9) AS same, count(*)
FROM name_models, name_visits AS r, LATERAL (SELECT label, e."column", sum(contribution) FROM linlearn_explain(m, r) AS e GROUP BY 1, 2) AS a,
	linlearn_explain(m, r, true) AS b WHERE kind = 'classes' AND id < 10 AND a.label = b.label AND a."column" IS NOT DISTINCT FROM b."column";
SELECT bool_and(abs(e.contribution - weight * (value - mean)) < 1e-6) AS formula FROM name_models, name_visits AS r, linlearn_explain(m, r) AS e WHERE kind = 'visits' AND feature IS NOT NULL;
-- JSON by name; an unseen level, a NULL, an empty text; arrays as before
SELECT e."column", e.level, value FROM name_models, linlearn_explain(m, '{"n": null, "c": "never", "d": "2024-02-03", "w": null, "b": [1, 2]}'::jsonb, true) AS e WHERE kind = 'visits';
SELECT e."column", e.level, value FROM name_models, linlearn_explain(m, '{"n": 3, "c": "", "d": null, "w": {}, "b": null}'::jsonb, true) AS e WHERE kind = 'visits' AND e."column" IN ('c', 'n');
SELECT e.*::text = f.*::text AS same, e.term FROM name_models, linlearn_explain(m, '{1,2}'::float8[]) WITH ORDINALITY AS e JOIN linlearn_explain(m, '{1,2}'::float8[], true) WITH ORDINALITY AS f USING (ordinality) WHERE kind = 'array';
SELECT linlearn_explain(m, '{1,2}'::float8[]) FROM name_models WHERE kind = 'rows';
SELECT linlearn_explain(m, r) FROM name_models, (SELECT 1 AS x) AS r WHERE kind = 'rows';
-- a category of many levels is a few lines
INSERT INTO name_models SELECT 'wide', linlearn_train(v, y, '{"predictor_type": "regressor", "columns": {"k": {"min_rows": 1}}}')
FROM name_visits, generate_series(1, 10) AS g, LATERAL (SELECT 'k' || (id * 10 + g) % 1000 AS k, n) AS v;
SELECT linlearn_model_info(m) -> 'feature_dim' AS terms, count(*) AS lines FROM name_models, linlearn_explain(m, '{"k": "k17", "n": 1}'::jsonb) WHERE kind = 'wide' GROUP BY 1;

-- ---- Hostile names and levels ----
CREATE TABLE name_texts AS
SELECT i AS id, n, t FROM (VALUES (0, NULL), (1, '(other)'), (2, 'it''s "so" \ %s'), (3, '<script>alert(1)</script>&amp;'), (4, E'a\nb\tc\r\x01\x1f'), (5, repeat(U&'\20AC', 20)), (6, '')) AS l (n, t), generate_series(1, 20) AS i;
CREATE TABLE name_hostile AS SELECT t AS "<script>""x""</script>", t || '!' AS "line
break", (n * 7 + id) % 11 AS "it's %d \ & ;", (id + n) % 3 AS "€€€€€€€€€€€€€€€€€€€€", (id * 3 + n) % 5 > 1 AS y FROM name_texts;
INSERT INTO name_models SELECT 'hostile', linlearn_train(r, y, '{"predictor_type": "binary_classifier", "exclude": ["y"]}') FROM name_hostile AS r;
SELECT to_json(w."column"), to_json(w.level), to_json(w.term), rows FROM name_models, linlearn_weights(m) AS w WHERE kind = 'hostile' ORDER BY feature NULLS FIRST;
SELECT to_json(e."column"), to_json(e.level), to_json(e.term) FROM name_models, (SELECT * FROM name_hostile WHERE "<script>""x""</script>" LIKE '<%' LIMIT 1) AS r, linlearn_explain(m, r, true) AS e WHERE kind = 'hostile';
SELECT bool_and(abs(s.sum - t.sum) < 1e-9) AS sums FROM name_models, name_hostile AS r, LATERAL (SELECT sum(contribution) FROM linlearn_explain(m, r)) AS s, LATERAL (SELECT sum(contribution) FROM linlearn_explain(m, r, true)) AS t WHERE kind = 'hostile';
-- what is drawn is well-formed, and runs nothing
SELECT xml_is_well_formed_document(linlearn_weights_svg(m, 'bars')) AS svg, linlearn_weights_svg(m, 'bars') !~* '<script' AS inert, linlearn_weights_svg(m, 'bars') ~ '&lt;script' AS shown FROM name_models WHERE kind = 'hostile';
SELECT linlearn_model_report(m, 'a <b> title') !~ '<script>' AS inert, linlearn_model_report(m) ~ '</html>' AS whole FROM name_models WHERE kind = 'hostile';
SELECT linlearn_weights_text(m) !~ E'[\\x01-\\x09\\x0b-\\x1f]' AS no_control, linlearn_weights_text(m) ~ 'script' AS named FROM name_models WHERE kind = 'hostile';

-- ---- Numbers next to the largest: an error, not a model that cannot be read ----
SELECT linlearn_train(v, y, '{"predictor_type": "regressor"}') IS NOT NULL AS trained FROM name_lines, LATERAL (SELECT ARRAY[1.7e308 - x * 1e300, x]::float8[] AS b, x) AS v;

-- ---- What is separated perfectly is named ----
CREATE TABLE name_parted AS SELECT i AS id, i * 7 % 11 AS x, (ARRAY['a', 'b', 'c'])[1 + i % 3] AS c, CASE WHEN i % 20 <> 3 THEN i % 4 END AS n, sin(i * i) > 0 AS y
FROM generate_series(1, 600) AS i;
CREATE FUNCTION name_reason(label text, options jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE reason text;
BEGIN
	EXECUTE format('SELECT linlearn_model_info(linlearn_train(r, %s, %L)) ->> ''no_standard_errors_because'' FROM name_parted r', label, '{"exclude": ["id", "y"], "wd": 0}'::jsonb || options) INTO reason;
	RETURN substring(reason FROM '(?:: )?([^:]*)$');
END $$;
SELECT label, optimizer, name_reason(label, options::jsonb || jsonb_build_object('optimizer', optimizer)) AS named
FROM (VALUES ('y OR n IS NULL', '{}'), ('y OR c = ''b''', '{}'), ('y AND c <> ''a''', '{"columns": {"c": {"reference": "a"}}}'), ('y AND n IS NOT NULL OR c = ''b''', '{}'),
	('y OR x > 8', '{"columns": {"x": {"buckets": 4}}}'), ('y OR c = ''c'' AND x > 7', '{"columns": {"x": {"buckets": 4}}, "cross": [["c", "x"]]}'), ('y', '{}')) AS v (label, options),
	unnest(ARRAY['newton', 'lbfgs']) AS optimizer;
SELECT linlearn_model_info(linlearn_train(ARRAY[x, (x > 7)::int, (c = 'b')::int], y OR x > 7, '{"wd": 0}')) ->> 'no_standard_errors_because' AS arrays FROM name_parted;
-- hostile and long names, and those of other letters
SELECT linlearn_model_info(linlearn_train(r, y OR "<script>€" LIKE '%b', '{"exclude": ["y"], "wd": 0}')) ->> 'no_standard_errors_because' AS hostile
FROM (SELECT repeat('ä"''<>', 40) || c AS "<script>€", x, y FROM name_parted) AS r;

-- ---- Where wd is chosen to be 0 the most frequent level is left out, too ----
CREATE TABLE name_chosen AS SELECT linlearn_train(r, z, o::jsonb || '{"predictor_type": "regressor", "exclude": ["id", "y", "z"]}') AS m, o
FROM (SELECT *, 3 * x + coalesce(n, 1) + CASE c WHEN 'a' THEN 5 WHEN 'b' THEN -2 ELSE 0 END + sin(id * id) / 100 AS z FROM name_parted WHERE id % 17 <> 5 OR c <> 'c') AS r, (VALUES ('{}'), ('{"wd": 0}')) AS v (o) GROUP BY o;
SELECT o, linlearn_model_info(m) #>> '{hyperparameters,wd}' AS wd, linlearn_model_info(m) ->> 'wd_choice' IS NOT NULL AS chosen, linlearn_model_info(m) ->> 'aliased' AS aliased, linlearn_model_info(m) ->> 'degrees_of_freedom' AS degrees FROM name_chosen ORDER BY o;
SELECT term, abs(a.weight - b.weight) < 1e-9 AS weight, abs(a.standard_error - b.standard_error) < 1e-9 * b.standard_error AS error, a.weight = 0 AND a.standard_error IS NULL AS left_out, a.rows
FROM name_chosen AS n, linlearn_weights(n.m) AS a LEFT JOIN (SELECT w.* FROM name_chosen, linlearn_weights(m) AS w WHERE o <> '{}') AS b USING (term) WHERE n.o = '{}' ORDER BY a.feature NULLS FIRST;
DROP FUNCTION name_reason;
DROP TABLE name_parted, name_chosen;
DROP TABLE name_lines, name_models, name_visits, name_texts, name_hostile;
