-- Curves, areas and calibration.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET extra_float_digits = -3;

CREATE TABLE scored (a boolean, s float8);
INSERT INTO scored VALUES (true, 0.9), (true, 0.8), (false, 0.7), (true, 0.4),
	(false, 0.4), (false, 0.2), (false, 0.1), (NULL, 0.5), (true, NULL);

SELECT linlearn_roc_auc(a, s) AS roc_auc, linlearn_pr_auc(a, s) AS pr_auc,
	linlearn_log_loss(a, s) AS log_loss, linlearn_brier(a, s) AS brier,
	linlearn_calibration_error(a, s) AS ece, linlearn_calibration_error(a, s, 1) AS ece_1
FROM scored;
SELECT * FROM unnest((SELECT linlearn_roc_curve(a, s) FROM scored));
SELECT * FROM unnest((SELECT linlearn_pr_curve(a, s) FROM scored));
SELECT * FROM unnest((SELECT linlearn_lift(a, s, 2) FROM scored));
SELECT * FROM unnest((SELECT linlearn_calibration(a, s) FROM scored));
SELECT * FROM unnest((SELECT linlearn_calibration(a, s, 2) FROM scored));

-- labels as numbers
SELECT linlearn_roc_auc(a::int, s) AS "0/1", linlearn_roc_auc(a::int * 2 - 1, s) AS "-1/1",
	linlearn_roc_auc(a::int::numeric, s::real) AS numeric
FROM scored;
SELECT linlearn_roc_auc(2, s) FROM scored;
SELECT linlearn_roc_auc('yes'::text, s) FROM scored;
SELECT linlearn_roc_auc('yes', s) FROM scored;

-- weights count as copies do
SELECT linlearn_roc_auc(a, s, w) = linlearn_roc_auc(a, s) FILTER (WHERE w > 0) AS zero_is_absent FROM (
	SELECT a, s, (s > 0.15)::int::float8 AS w FROM scored) x;
SELECT (SELECT linlearn_roc_auc(a, s, 1 + a::int) FROM scored) = (SELECT linlearn_roc_auc(a, s) FROM scored, generate_series(0, a::int)) AS roc,
	(SELECT linlearn_pr_auc(a, s, 1 + a::int) FROM scored) = (SELECT linlearn_pr_auc(a, s) FROM scored, generate_series(0, a::int)) AS pr,
	(SELECT round(linlearn_log_loss(a, s, 1 + a::int)::numeric, 12) FROM scored) = (SELECT round(linlearn_log_loss(a, s)::numeric, 12) FROM scored, generate_series(0, a::int)) AS log_loss,
	(SELECT round(linlearn_brier(a, s, 1 + a::int)::numeric, 12) FROM scored) = (SELECT round(linlearn_brier(a, s)::numeric, 12) FROM scored, generate_series(0, a::int)) AS brier;
SELECT linlearn_roc_auc(a, s, -1) FROM scored;
SELECT linlearn_log_loss(a, s, 'NaN') FROM scored;

-- all tied; one class; no rows; infinities; -0 is 0
SELECT linlearn_roc_auc(a, 0.5) AS tied, linlearn_pr_auc(a, 0.5) AS tied_pr FROM scored WHERE s IS NOT NULL;
SELECT linlearn_roc_auc(true, s) AS auc, linlearn_pr_auc(true, s) AS pr, linlearn_pr_auc(false, s) AS no_pr,
	linlearn_roc_curve(true, s) AS roc, linlearn_pr_curve(false, s) AS prc, linlearn_log_loss(true, s) AS log_loss
FROM scored;
SELECT linlearn_roc_auc(a, s) AS auc, linlearn_roc_curve(a, s) AS roc, linlearn_lift(a, s) AS lift,
	linlearn_brier(a, s) AS brier, linlearn_calibration(a, s) AS calibration
FROM scored WHERE false;
SELECT linlearn_roc_auc(a, x) AS auc, linlearn_roc_curve(a, x) AS curve
FROM (VALUES (true, 'Infinity'::float8), (false, '-Infinity'), (true, 0), (false, '-0')) v(a, x);
SELECT linlearn_roc_auc(a, 'NaN') FROM scored;
SELECT linlearn_log_loss(a, 1.5) FROM scored;
SELECT linlearn_brier(a, -0.1) FROM scored;
SELECT linlearn_calibration(a, 'NaN') FROM scored;
SELECT linlearn_log_loss(true, 0) AS clipped, linlearn_log_loss(true, 1) AS perfect;
-- edges of bins belong below
SELECT * FROM unnest((SELECT linlearn_calibration(true, x) FROM unnest('{0, 0.1, 0.2, 0.3, 0.6, 0.7, 1}'::float8[]) x));

-- so many points
CREATE TABLE many AS
SELECT i, (i * 7919 % 10007) % 3 = 0 OR i > 8000 AS a, (i * 31 % 9973) / 9973.0 + (i > 8000)::int * 0.2 AS s
FROM generate_series(1, 10000) i;
SELECT cardinality(linlearn_roc_curve(a, s, 50)) <= 50 AS few,
	cardinality(linlearn_roc_curve(a, s, 50)) > 40 AS not_too_few,
	cardinality(linlearn_pr_curve(a, s, 50)) <= 50 AS few_pr,
	cardinality(linlearn_roc_curve(a, s)) > 1000 AS "all",
	cardinality(linlearn_lift(a, s)) AS bins
FROM many;
SELECT linlearn_roc_curve(a, s, 3) FROM many;
SELECT linlearn_roc_curve(a, s, 2) FROM many;
SELECT linlearn_lift(a, s, 0) FROM many;
SELECT linlearn_calibration(a, s / 2, 0) FROM many;
-- the area under the curve is the area
SELECT round((SELECT sum((x - px) * (y + py) / 2) FROM (
	SELECT false_positive_rate x, true_positive_rate y,
		lag(false_positive_rate) OVER w px, lag(true_positive_rate) OVER w py
	FROM unnest((SELECT linlearn_roc_curve(a, s) FROM many)) WITH ORDINALITY AS c(threshold, false_positive_rate, true_positive_rate, n)
	WINDOW w AS (ORDER BY n)) t)::numeric, 10)
	= round((SELECT linlearn_roc_auc(a, s) FROM many)::numeric, 10) AS area;

-- spilled or not, the same
SELECT linlearn_roc_auc(a, s) AS auc, linlearn_pr_auc(a, s) AS pr,
	linlearn_roc_auc(a, s, i) AS weighted, md5(linlearn_roc_curve(a, s)::text) AS curve
FROM many, generate_series(1, 20) \gset memory_
SET work_mem = '64kB';
SELECT abs(linlearn_roc_auc(a, s) - :memory_auc) < 1e-12 AS auc, abs(linlearn_pr_auc(a, s) - :memory_pr) < 1e-12 AS pr,
	abs(linlearn_roc_auc(a, s, i) - :memory_weighted) < 1e-12 AS weighted,
	md5(linlearn_roc_curve(a, s)::text) = :'memory_curve' AS curve
FROM many, generate_series(1, 20);
SELECT count(*) AS groups, bool_and(auc BETWEEN 0 AND 1) AS fine FROM (
	SELECT i % 3, linlearn_roc_auc(a, s) AS auc FROM many, generate_series(1, 20) GROUP BY 1) x;
-- an error after spilling leaves no file open
SELECT linlearn_roc_auc(a, CASE WHEN i = 9999 THEN 'NaN' ELSE s END) FROM many, generate_series(1, 20);
RESET work_mem;

-- a window keeps its scores in memory
SELECT i, round(linlearn_roc_auc(a, s) OVER (ORDER BY i ROWS 99 PRECEDING)::numeric, 6) AS auc
FROM many WHERE i < 1000 ORDER BY i DESC LIMIT 3;

DROP TABLE scored, many;
