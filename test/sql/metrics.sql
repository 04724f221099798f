-- Confusion matrices and figures that judge predictions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
-- the last digits of doubles differ between machines
SET extra_float_digits = -3;

CREATE TABLE judged (a int, p int, s float8);
INSERT INTO judged VALUES
	(1, 1, 0.9), (1, 1, 0.8), (1, 0, 0.4), (0, 0, 0.4), (0, 1, 0.7),
	(0, 0, 0.1), (0, 0, 0.2), (NULL, 1, 0.3), (1, NULL, 0.3);

SELECT linlearn_confusion(a, p) FROM judged;
SELECT * FROM linlearn_confusion_rows((SELECT linlearn_confusion(a, p) FROM judged));

-- any type of label, and pairs of types that compare
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
SELECT linlearn_confusion(a = 1, p = 1) AS booleans FROM judged;
SELECT linlearn_confusion(a = 1, p::float8) AS boolean_float FROM judged;
SELECT linlearn_confusion(a = 1, (p = 1)::text) AS boolean_text FROM judged;
SELECT linlearn_confusion(a::smallint, p::bigint) AS int2_int8 FROM judged;
SELECT linlearn_confusion(a, p::text) AS integer_text FROM judged;
SELECT linlearn_confusion(a, p::numeric) AS integer_numeric FROM judged;
SELECT linlearn_confusion(a + 1.50, p + 1.5) AS numerics FROM judged;
SELECT linlearn_confusion(a::real, p::float8) AS floats FROM judged;
SELECT linlearn_confusion(chr(65 + a), chr(66 - p)::varchar(3)) AS texts FROM judged;
SELECT linlearn_confusion(rpad('x', a + 1)::char(4), 'x'::name) AS padded FROM judged;
SELECT linlearn_confusion((enum_range(NULL::mood))[a + 2], (enum_range(NULL::mood))[p + 1]) AS enums FROM judged;
SELECT linlearn_confusion((enum_range(NULL::mood))[a + 2], (enum_range(NULL::mood))[p + 1]::text) AS enum_text FROM judged;
SELECT linlearn_confusion('2024-01-01'::date + a, '2024-01-01'::date + p) AS dates FROM judged;
SELECT linlearn_confusion('2024-01-01'::date + a, ('2024-01-01'::date + p)::text) AS date_text FROM judged;
SELECT linlearn_confusion(x, x) AS special FROM unnest('{NaN, -0, 0, Infinity, -Infinity}'::float8[]) x;
SELECT linlearn_confusion(x, x) AS order_of_numbers FROM unnest('{10, 9, -1}'::int[]) x;
SELECT linlearn_confusion(x COLLATE "C", '') AS empty_text FROM unnest('{"", "a\"b", "ü", " "}'::text[]) x;
SELECT linlearn_confusion('a', 'b') AS literals, linlearn_confusion(NULL, 1) AS "null", linlearn_confusion('1', a) AS literal_integer FROM judged;
CREATE DOMAIN small AS integer CHECK (VALUE < 10);
SELECT linlearn_confusion(a::small, p) AS domains FROM judged;
SELECT linlearn_confusion(ARRAY[a], ARRAY[p]) AS arrays FROM judged;
SELECT linlearn_confusion(to_jsonb(a), to_jsonb(p)) AS jsonbs FROM judged;
SELECT linlearn_confusion(x, x) AS spellings FROM unnest('{1.50, 1.5, 2.0, NaN}'::numeric[]) x;
SELECT linlearn_confusion(i % 3 = 0, CASE WHEN i % 2 = 0 THEN 'yes' ELSE 'f' END::text) AS spellings FROM generate_series(1, 6) i;
-- many labels
SELECT linlearn_metrics(i, i % 1000)->'accuracy' AS accuracy,
	jsonb_array_length(linlearn_confusion(i % 1000, i % 7)->'labels') AS labels
FROM generate_series(0, 9999) i;
SELECT linlearn_confusion(i, i) FROM generate_series(0, 1000) i;
SELECT (linlearn_metrics('k' || i, 'k' || i % 5000)->'accuracy')::text AS text_labels
FROM generate_series(0, 9999) i;
-- types that do not
SELECT linlearn_confusion(a, DATE '2024-01-01') FROM judged;
SELECT linlearn_confusion(a, 'x'::text) FROM judged;
SELECT linlearn_confusion(point(a, a), point(p, p)) FROM judged;

-- weights
SELECT linlearn_confusion(a, p, s) FROM judged;
SELECT linlearn_confusion(a, p, -1.0) FROM judged;
SELECT linlearn_confusion(a, p, 'NaN') FROM judged;
SELECT linlearn_confusion(a, p, 'Infinity') FROM judged;

-- no rows, and none without NULL
SELECT linlearn_confusion(a, p) FROM judged WHERE false;
SELECT linlearn_confusion(a, NULL::int), linlearn_metrics(a, NULL::int) FROM judged;
SELECT linlearn_metrics(a, p, s) FROM judged WHERE false;

-- groups, filters, windows
SELECT a, linlearn_confusion(a, p)->'matrix' AS matrix FROM judged GROUP BY a ORDER BY a;
SELECT linlearn_confusion(a, p) FILTER (WHERE s > 0.3)->'matrix' AS matrix FROM judged;
SELECT s, linlearn_confusion(a, p) OVER (ORDER BY s, a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS moving
FROM judged ORDER BY s, a;
SELECT DISTINCT linlearn_metrics(a, p, s) OVER (PARTITION BY a IS NULL)->'roc_auc' AS auc FROM judged;

-- binary
SELECT key, value FROM jsonb_each((SELECT linlearn_metrics(a = 1, p = 1) FROM judged))
WHERE jsonb_typeof(value) <> 'number';
SELECT key, round(value::text::numeric, 12) AS value
FROM jsonb_each((SELECT linlearn_metrics(a, p, s) FROM judged))
WHERE jsonb_typeof(value) = 'number';
SELECT linlearn_metrics(a, p, s, '{"positive": "0", "f_beta": 2}')->'f_beta' AS f2_of_0,
	linlearn_metrics(a, p, 1 - s, '{"positive": "0"}')->'roc_auc' AS auc_of_0,
	linlearn_metrics(a, p, s)->'roc_auc' AS auc
FROM judged;
SELECT linlearn_metrics(a, p, s, '{"confusion": true}')->'confusion' AS confusion FROM judged;
-- scores that are no probabilities still rank
SELECT m->'roc_auc' AS auc, m->'log_loss' AS log_loss, m->'brier' AS brier, m->'calibration_error' AS ece
FROM (SELECT linlearn_metrics(a, p, s * 10 - 5) AS m FROM judged) x;
SELECT linlearn_metrics(a, p, 'NaN') FROM judged;
-- one class only
SELECT linlearn_metrics(1, p, s) - '{log_loss,brier,calibration_error}'::text[] AS all_positive FROM judged;
SELECT linlearn_metrics(false, p = 1, s) - '{log_loss,brier,calibration_error}'::text[] AS all_negative FROM judged;
SELECT linlearn_metrics(0, 0) AS one_negative_label, linlearn_metrics('x'::text, 'x'::text) AS one_label FROM judged;

-- multiclass
CREATE TABLE judged3 (a text, p text, s float8);
INSERT INTO judged3 VALUES ('cat', 'cat', 0.9), ('cat', 'dog', 0.6),
	('dog', 'dog', 0.8), ('dog', 'dog', 0.7), ('eel', 'cat', 0.5),
	('eel', 'eel', 0.9), ('cat', 'cat', 0.7), ('dog', 'fox', 0.4);
SELECT key, value FROM jsonb_each((SELECT linlearn_metrics(a, p, s) FROM judged3))
WHERE jsonb_typeof(value) <> 'number';
SELECT key, round(value::text::numeric, 12) AS value
FROM jsonb_each((SELECT linlearn_metrics(a, p, s) FROM judged3))
WHERE jsonb_typeof(value) = 'number';
SELECT linlearn_metrics(a, p, NULL, '{"predictor_type": "multiclass_classifier"}')->'classes' AS classes FROM judged;
SELECT linlearn_metrics(a, p, NULL, '{"predictor_type": "binary_classifier"}') FROM judged3;
SELECT linlearn_metrics(a, p, NULL, '{"positive": "cat"}') FROM judged3;

-- regressor
CREATE TABLE judged_values AS
SELECT i::float8 AS y, i + 0.5 * (i % 3 - 1) AS m FROM generate_series(1, 10) i;
SELECT key, round(value::text::numeric, 12) AS value
FROM jsonb_each((SELECT linlearn_metrics(y, m, NULL, '{"quantile": 0.9}') FROM judged_values))
WHERE jsonb_typeof(value) = 'number';
SELECT linlearn_metrics(y::numeric, m)->'predictor_type' AS numeric_is,
	linlearn_metrics(y::int, m)->'predictor_type' AS integer_is,
	linlearn_metrics(y::int, m, NULL, '{"predictor_type": "regressor"}')->'mse' AS asked_for
FROM judged_values;
SELECT linlearn_mse(y, m), linlearn_rmse(y, m), linlearn_mae(y, m), linlearn_r2(y, m),
	linlearn_pinball(y, m, 0.5) AS half_mae, linlearn_pinball(y, m, 0.9) AS q90
FROM judged_values;
SELECT linlearn_r2(1, m) AS constant, linlearn_r2(m, m) AS perfect FROM judged_values;
SELECT linlearn_r2(y, m) AS one_row, linlearn_mse(y, NULL) AS none FROM judged_values WHERE y = 1;
-- a large mean does not eat the variance
SELECT round(linlearn_r2(1e9 + y, 1e9 + m)::numeric, 9) = round(linlearn_r2(y, m)::numeric, 9) AS stable FROM judged_values;
SELECT linlearn_pinball(y, m, 1) FROM judged_values;
SELECT linlearn_metrics(a, p, NULL, '{"predictor_type": "regressor"}') FROM judged3;

-- weights count as copies do
SELECT key, round(w.value::numeric, 12) = round(c.value::numeric, 12) AS same
FROM jsonb_each_text((SELECT linlearn_metrics(a, p, s, NULL, 1 + a) FROM judged)) w
JOIN jsonb_each_text((SELECT linlearn_metrics(a, p, s) FROM judged, generate_series(0, a))) c USING (key)
WHERE key NOT IN ('predictor_type', 'positive', 'rows', 'null_rows', 'score_rows');
SELECT round((linlearn_metrics(y, m, NULL, NULL, y * y)->'mse')::numeric, 12) AS weighted,
	linlearn_metrics(y, m, NULL, NULL, 1)->'mse' = to_jsonb(linlearn_mse(y, m)) AS same
FROM judged_values;

-- options
SELECT linlearn_metrics(a, p, s, '{"beta": 1}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"f_beta": 0}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"f_beta": "x"}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"quantile": 1}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"confusion": 1}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"positive": "2"}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"positive": 1}') FROM judged;
SELECT linlearn_metrics(a, p, s, '{"predictor_type": "linear"}') FROM judged;
SELECT linlearn_metrics(a, p, s, '[]') FROM judged;

-- scores of all classes
SELECT linlearn_top_k_accuracy(a, s, 1) AS top_1, linlearn_top_k_accuracy(a, s, 2) AS top_2,
	linlearn_dcg(a, s) AS dcg, linlearn_log_loss(a, s) AS log_loss
FROM (VALUES (0, '{0.5, 0.3, 0.2}'::real[]), (1, '{0.5, 0.25, 0.25}'), (2, '{0.5, 0.25, 0.25}'),
	(NULL, '{1, 0, 0}'), (1, NULL)) v(a, s);
SELECT linlearn_top_k_accuracy(1, '{0.5, 0.3, 0.2}'::float8[], 2) AS doubles, linlearn_dcg(NULL, '{1}'::real[]) AS none;
SELECT linlearn_dcg(3, '{0.5, 0.3, 0.2}'::real[]);
SELECT linlearn_dcg(-1, '{0.5, 0.3, 0.2}'::real[]);
SELECT linlearn_dcg(0, '{}'::real[]);
SELECT linlearn_dcg(0, '{1, NULL}'::real[]);
SELECT linlearn_dcg(0, '{{1, 2}}'::real[]);
SELECT linlearn_top_k_accuracy(0, '{1}'::real[], 0);
SELECT linlearn_log_loss(0, '{1.5, 0}'::real[]);

-- scores written with a point are numeric[]
SELECT linlearn_top_k_accuracy(id, array[1.0], 1), linlearn_dcg(id, array[1.0]), linlearn_log_loss(id, array[1.0]) FROM (VALUES (0), (0)) v (id);
SELECT linlearn_top_k_accuracy(c, array[0.2, 0.7, 0.1], 1) = linlearn_top_k_accuracy(c, array[0.2, 0.7, 0.1]::float8[], 1),
	linlearn_dcg(c, array[0.2, 0.7, 0.1]) = linlearn_dcg(c, array[0.2, 0.7, 0.1]::float8[]),
	linlearn_log_loss(c, array[0.2, 0.7, 0.1]) = linlearn_log_loss(c, array[0.2, 0.7, 0.1]::float8[]) FROM generate_series(0, 2) c;
SELECT linlearn_dcg(0, array[0.5, NULL]);
-- a transition function is not to be called by hand
SELECT linlearn_rank_final('{1}');
SELECT linlearn_dcg_accum('{0,0,0}', 0, '{1}'::real[]);

DROP TABLE judged, judged3, judged_values;
DROP TYPE mood;
DROP DOMAIN small;

-- ---- Many labels, as texts on both sides and as numbers beside texts ----
CREATE TABLE metrics_many AS
SELECT i % 900 AS a, (i + (i % 7 = 0)::int * (i % 4)) % 900 AS p FROM generate_series(1, 40000) AS i;
CREATE FUNCTION metrics_cells(confusion jsonb) RETURNS TABLE (a int, p int, n bigint) LANGUAGE sql AS $$
	SELECT substring(confusion #>> ARRAY['labels', (i - 1)::text] FROM '\d+')::int,
		substring(confusion #>> ARRAY['labels', (j - 1)::text] FROM '\d+')::int, cell::bigint
	FROM jsonb_array_elements(confusion -> 'matrix') WITH ORDINALITY AS r (line, i),
		jsonb_array_elements(line) WITH ORDINALITY AS c (cell, j) WHERE cell <> '0' $$;
SELECT kind, jsonb_array_length(confusion -> 'labels') AS labels,
	(SELECT count(*) FROM ((SELECT * FROM metrics_cells(confusion)) EXCEPT SELECT a, p, count(*) FROM metrics_many GROUP BY a, p) AS d) AS wrong,
	(SELECT count(*) FROM (SELECT a, p, count(*) FROM metrics_many GROUP BY a, p EXCEPT SELECT * FROM metrics_cells(confusion)) AS d) AS missing
FROM (SELECT 'text, text' AS kind, linlearn_confusion('label ' || a, 'label ' || p) AS confusion FROM metrics_many
	UNION ALL SELECT 'char(9), text', linlearn_confusion(('label ' || a)::char(9), 'label ' || p) FROM metrics_many
	UNION ALL SELECT 'text, integer', linlearn_confusion(a::text, p) FROM metrics_many
	UNION ALL SELECT 'bigint, text', linlearn_confusion(a::bigint, '0' || p) FROM metrics_many) AS s;
SELECT abs((linlearn_metrics('label ' || a, 'label ' || p) ->> 'accuracy')::float8 - avg((a = p)::int)) < 1e-12 AS texts,
	abs((linlearn_metrics(a, p::text) ->> 'accuracy')::float8 - avg((a = p)::int)) < 1e-12 AS parsed
FROM (SELECT a * 100 + i % 100 AS a, p * 100 + i % 100 AS p FROM (SELECT *, row_number() OVER (ORDER BY a, p) AS i FROM metrics_many) AS r) AS s;
DROP TABLE metrics_many;
DROP FUNCTION metrics_cells;

-- ---- Scores that are not quite probabilities ----
-- rounding, by a little more than 1 or less than 0
SELECT linlearn_log_loss(y, p) = linlearn_log_loss(y, least(greatest(p, 0), 1)) AS log_loss, linlearn_brier(y, p) AS brier,
	linlearn_calibration_error(y, p) AS calibration_error,
	linlearn_metrics(y, p > 0.5, p) = linlearn_metrics(y, p > 0.5, least(greatest(p, 0), 1)) AS metrics
FROM (VALUES (true, 1.0000000000000002::float8), (false, -1e-17), (true, 1)) AS v (y, p);
SELECT linlearn_brier(true, 1.000002);
-- scores of all classes are divided by their sum, whatever it is
SELECT f, round(linlearn_log_loss(c, ARRAY[0.5, 0.25, 0.25 + 2e-16]::float8[])::numeric, 9) AS shares,
	round(linlearn_log_loss(c, ARRAY[0.5 * f, 0.25 * f, 0.25 * f])::numeric, 9) AS scores,
	round(linlearn_log_loss(c, ARRAY[2, 1, 1]::real[])::numeric, 9) AS counts
FROM generate_series(0, 2) AS c, unnest(ARRAY[1, 7, 1e300, 1e-3]::float8[]) AS f GROUP BY f ORDER BY f;
SELECT linlearn_log_loss(0, ARRAY[1.0000000000000002, 0]::float8[]) < 1e-15 AS certain;
SELECT linlearn_log_loss(0, ARRAY[-0.1, 1.1]::float8[]);
SELECT linlearn_log_loss(0, ARRAY['Infinity', 1]::float8[]);
SELECT linlearn_log_loss(0, ARRAY[0, 0]::float8[]);

-- what is said of a group is said by all its rows, or of none of them in particular
SELECT linlearn_metrics(i % 2 = 0, i % 3 = 0, 0.5, CASE WHEN i > 3 THEN '{"f_beta": 2}' ELSE '{}' END) FROM generate_series(1, 6) AS i;
SELECT linlearn_metrics(i % 2 = 0, i % 3 = 0, 0.5, CASE WHEN i > 3 THEN '{"f_beta": 2}'::jsonb END) FROM generate_series(1, 6) AS i;
SELECT linlearn_metrics(i % 2 = 0, i % 3 = 0, 0.5, CASE WHEN i > 3 THEN '{"f_beta": 1}' WHEN i > 2 THEN '{ }' END) ->> 'rows' AS same FROM generate_series(1, 6) AS i;
SELECT linlearn_calibration(i % 2 = 0, i / 10.0, i) FROM generate_series(1, 6) AS i;
SELECT linlearn_calibration_error(i % 2 = 0, i / 10.0, CASE WHEN i > 3 THEN 5 END) FROM generate_series(6, 1, -1) AS i;
SELECT linlearn_calibration_error(i % 2 = 0, i / 10.0, CASE WHEN i > 3 THEN 5 END) FROM generate_series(1, 6) AS i;
SELECT array_length(linlearn_calibration(i % 2 = 0, i / 10.0, NULL::integer), 1) AS bins FROM generate_series(1, 6) AS i;
SELECT linlearn_roc_curve(i % 2 = 0, i / 10.0, 3 + i) FROM generate_series(1, 6) AS i;
SELECT linlearn_lift(i % 2 = 0, i / 10.0, i) FROM generate_series(1, 6) AS i;
SELECT linlearn_pinball(i, i / 3.0, i / 10.0) FROM generate_series(1, 6) AS i;
SELECT linlearn_mean_deviance(i, i / 3.0, CASE WHEN i > 3 THEN 'poisson' ELSE 'gamma' END) FROM generate_series(1, 6) AS i;
SELECT linlearn_d2(i, i / 3.0, 'tweedie', 1 + i / 10.0) FROM generate_series(1, 6) AS i;
