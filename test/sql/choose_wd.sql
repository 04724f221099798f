-- choose_wd: wd where neither it nor validation rows are given
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;

-- ---- Least squares: by generalised cross-validation ----
-- few rows, features that nearly repeat each other, noise
CREATE TABLE wd_few AS
SELECT i, ARRAY[a, a + sin(i * 3.3) / 50, a - cos(i * 5.7) / 50, b, c, 5]::float8[] AS x, a + 2 * sin(i * 78.233) AS y,
	1 + i % 3 AS weight
FROM (SELECT i, sin(i * 12.9898) AS a, cos(i * 4.1414) AS b, sin(i * i) AS c
	FROM generate_series(1, 30) AS i) AS t;
CREATE TABLE wd_models AS
SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') AS chosen,
	linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0}') AS plain
FROM wd_few;
SELECT info #> '{wd_choice,by}' AS by, info #> '{wd_choice,rows}' AS rows,
	info #> '{wd_choice,wd}' = info #> '{hyperparameters,wd}' AS used,
	(info #> '{wd_choice,wd}')::float8 > 0.01 AS much,
	info -> 'standard_errors' AS standard_errors, info -> 'no_standard_errors_because' AS because
FROM wd_models, linlearn_model_info(chosen) AS info;
SELECT info ? 'wd_choice' AS chosen, info -> 'standard_errors' AS standard_errors
FROM wd_models, linlearn_model_info(plain) AS info;
-- weights that shrink, and fit better what was not trained on
SELECT sum(c.weight ^ 2) < sum(p.weight ^ 2) / 4 AS shrunk
FROM wd_models, linlearn_weights(chosen) AS c, linlearn_weights(plain) AS p
WHERE c.feature = p.feature;
-- the path: the model, then the points, of which none is better
SELECT trial, best, round((hyperparameters ->> 'wd')::numeric, 4) AS wd, round(objective::numeric, 4) AS objective,
	ARRAY(SELECT jsonb_object_keys(metrics) ORDER BY 1) AS metrics
FROM wd_models, linlearn_trials(chosen) WHERE trial IN (0, 1, 7) ORDER BY 1;
SELECT count(*) > 20 AS many, bool_and(objective >= (linlearn_model_info(chosen) #> '{wd_choice,loss}')::float8) AS chosen
FROM wd_models, linlearn_trials(chosen) WHERE trial > 0;

-- many rows: plain least squares lose nothing, and have standard errors
CREATE TABLE wd_many AS
SELECT i, ARRAY[sin(i * 12.9898), cos(i * 4.1414), sin(i * 3.7 + 1), cos(i * 7.9)]::float8[] AS x,
	9 * (sin(i * 12.9898) + cos(i * 4.1414) + sin(i * 3.7 + 1) - cos(i * 7.9)) + cos(i * 78.233) AS y
FROM generate_series(1, 2000) AS i;
SELECT info #> '{hyperparameters,wd}' AS wd, info -> 'standard_errors' AS standard_errors,
	info #>> '{wd_choice,by}' AS by, info #>> '{wd_choice,because}' AS because
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') AS model FROM wd_many) AS t,
	linlearn_model_info(model) AS info;
-- ... and so are those of one or two features on few rows, where wd gains by chance alone
SELECT info #> '{hyperparameters,wd}' AS wd, info -> 'standard_errors' AS standard_errors,
	info #>> '{wd_choice,because}' AS because, info ? 'l1_choice' AS l1
FROM (SELECT linlearn_train(x[1:2], cos(i * 78.233), '{"predictor_type": "regressor"}') AS model FROM wd_many WHERE i <= 20) AS t,
	linlearn_model_info(model) AS info;
-- ... and rows without noise
SELECT (linlearn_model_info(linlearn_train(x, x[1] - 3 * x[2], '{"predictor_type": "regressor"}')) #> '{hyperparameters,wd}') AS wd
FROM wd_many WHERE i < 20;

-- more features than rows, among them copies and a constant
CREATE TABLE wd_wide AS
SELECT i, (SELECT array_agg(sin(i * 12.9898) + cos(i * j * 0.37) ORDER BY j) || 1::float8 || sin(i * 12.9898)
	FROM generate_series(1, 60) AS j) AS x, sin(i * 12.9898) AS y
FROM generate_series(1, 60) AS i;
SELECT (info #> '{wd_choice,wd}')::float8 > 0 OR info ? 'l1_choice' AS chosen, r2 > 0.5 AS learnt
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') AS model FROM wd_wide WHERE i <= 20) AS m,
	linlearn_model_info(model) AS info,
	LATERAL (SELECT 1 - sum((y - linlearn_predict(model, x)) ^ 2) / (count(*) * var_pop(y)) AS r2 FROM wd_wide WHERE i > 20) AS t;

-- row weights count, and a row of weight 0 is none
SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}', NULL, weight) <>
		linlearn_train(x, y, '{"predictor_type": "regressor"}') AS others,
	linlearn_train(x, y, '{"predictor_type": "regressor"}', NULL, (i > 5)::int) =
		linlearn_train(x, y, '{"predictor_type": "regressor"}') FILTER (WHERE i > 5) AS none
FROM wd_few;
-- every solver of squared_loss finds the same
SELECT count(DISTINCT round((linlearn_model_info(model) #> '{wd_choice,wd}')::numeric, 6)) AS wds,
	max(abs(linlearn_predict(model, x) - linlearn_predict(chosen, x))) < 1e-5 AS same
FROM wd_few, wd_models, LATERAL (SELECT linlearn_train(x, y, jsonb_build_object('predictor_type', 'regressor', 'optimizer', o)) AS model
	FROM wd_few, unnest(ARRAY['exact', 'newton', 'lbfgs']) AS o GROUP BY o) AS m;

-- ---- Other smooth losses: by folds ----
CREATE TABLE wd_classes AS
SELECT i, x, s > 0 AS two, (ARRAY['a', 'b', 'c'])[1 + (s > -0.5)::int + (s > 0.5)::int] AS three, s
FROM (SELECT i, ARRAY[sin(i * 12.9898), cos(i * 4.1414), sin(i * i), cos(i * 3.7 * i), 2]::float8[] AS x,
		sin(i * 12.9898) + 1.5 * sin(i * 78.233) AS s
	FROM generate_series(1, 150) AS i) AS t;
CREATE TABLE wd_folds AS
SELECT 'two' AS what, linlearn_train(x, two, '{"l1": 0}') AS model, linlearn_train(x, two, '{"l1": 0, "seed": 1}') AS seeded FROM wd_classes
UNION ALL SELECT 'three', linlearn_train(x, three, '{"l1": 0}'), linlearn_train(x, three, '{"l1": 0, "seed": 1}') FROM wd_classes
UNION ALL SELECT 'huber', linlearn_train(x, s, '{"predictor_type": "regressor", "loss": "huber_loss"}'),
	linlearn_train(x, s, '{"predictor_type": "regressor", "loss": "huber_loss", "seed": 1}') FROM wd_classes;
SELECT what, info #> '{wd_choice,by}' AS by, info #> '{wd_choice,folds}' AS folds, info #> '{wd_choice,rows}' AS rows,
	(info #> '{wd_choice,standard_error}')::float8 > 0 AS error,
	(info #> '{wd_choice,wd}')::float8 > 0.001 AS much,
	-- 0.8 of the best point's: a prior is worth as many rows, of all as of four folds
	(SELECT abs((info #> '{wd_choice,wd}')::float8 / ((hyperparameters -> 'wd')::float8 * 0.8) - 1) < 1e-12
		FROM linlearn_trials(model) WHERE trial > 0 ORDER BY objective, trial LIMIT 1) AS best,
	(info #> '{wd_choice,loss}') <> (linlearn_model_info(seeded) #> '{wd_choice,loss}') AS by_seed
FROM wd_folds, linlearn_model_info(model) AS info ORDER BY 1;
SELECT what, trial, best, round((hyperparameters ->> 'wd')::numeric, 4) AS wd, ARRAY(SELECT jsonb_object_keys(metrics) ORDER BY 1) AS metrics
FROM wd_folds, linlearn_trials(model) WHERE what = 'two' AND trial < 3 ORDER BY trial;
-- held-out losses are near those of rows that were never seen
SELECT what, abs((info #> '{wd_choice,loss}')::float8 - ln(3)) < 0.3 AS plausible
FROM wd_folds, linlearn_model_info(model) AS info WHERE what = 'three';

-- the same bytes in any order, and by any number of threads
SELECT count(DISTINCT linlearn_train) FROM (
	SELECT linlearn_train(x, three) FROM wd_classes
	UNION ALL SELECT linlearn_train(x, three ORDER BY i DESC) FROM wd_classes
	UNION ALL SELECT linlearn_train(x, three ORDER BY md5(i::text)) FROM wd_classes) AS t;
SELECT count(DISTINCT linlearn_train) FROM (
	SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') FROM wd_few
	UNION ALL SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}' ORDER BY i DESC) FROM wd_few
	UNION ALL SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}' ORDER BY md5(i::text)) FROM wd_few) AS t;

-- a class of one row is learned from by all folds; of one row each there is nothing to hold out
SELECT linlearn_model_info(linlearn_train(x, CASE i WHEN 1 THEN 'rare' ELSE three END)) -> 'wd_choice' -> 'by' AS by FROM wd_classes;
SELECT linlearn_model_info(linlearn_train(x, i::text)) -> 'wd_choice' AS none FROM wd_classes WHERE i <= 12;
SELECT linlearn_model_info(linlearn_train(x, two)) -> 'wd_choice' AS none FROM wd_classes WHERE i <= 8;

-- ---- Where it was given, or there are rows to choose it by ----
SELECT linlearn_model_info(linlearn_train(x, two, '{"wd": 0.01}')) ? 'wd_choice' AS given,
	linlearn_model_info(linlearn_train(x, two, '{}', CASE WHEN i % 3 = 0 THEN 'validation' ELSE 'train' END)) ? 'wd_choice' AS validated,
	linlearn_model_info(linlearn_train(x, two, '{"validation_fraction": 0.3}')) ? 'wd_choice' AS fraction,
	linlearn_model_info(linlearn_train(x, two, '{"optimizer": "adam"}')) ? 'wd_choice' AS updates,
	linlearn_model_info(linlearn_train(x, two, '{"l1": 0.01}')) ? 'wd_choice' AS l1,
	linlearn_model_info(linlearn_train(x, two, '{"num_models": 3}')) ? 'wd_choice' AS several
FROM wd_classes;
SELECT linlearn_model_info(linlearn_train(x, two, '{}', NULL, 1, model)) ? 'wd_choice' AS going_on
FROM wd_classes, (SELECT linlearn_train(x, two) AS model FROM wd_classes) AS m;
-- no time to choose in
SELECT linlearn_model_info(linlearn_train(x, two, '{"max_seconds": 1e-9}')) ? 'wd_choice' AS late FROM wd_classes;

-- ---- Or an l1, where few of the features matter ----
CREATE TABLE wd_sparse AS
SELECT i, x, s > 0 AS two, (ARRAY['a', 'b', 'c'])[1 + (s > -0.6)::int + (s > 0.6)::int] AS three
FROM (SELECT i, ARRAY(SELECT sin(i * 0.37 * (j + 2) + j * j) FROM generate_series(1, 50) AS j) AS x FROM generate_series(1, 400) AS i) AS t,
	LATERAL (SELECT 2 * x[1] - 1.5 * x[7] + 0.5 * sin(i * i * 78.233) AS s) AS u;
CREATE TABLE wd_l1 AS
SELECT what, linlearn_train(x, label) AS model, linlearn_train(x, label, '{"l1": 0}') AS ridge
FROM wd_sparse, LATERAL (VALUES ('two', two::text), ('three', three)) AS v (what, label) WHERE i % 2 = 0 GROUP BY what;
SELECT what, i #>> '{wd_choice,because}' AS because, (i #> '{wd_choice,wd}') AS wd, i #> '{wd_choice,loss}' = i #> '{l1_choice,loss}' AS same,
	i #>> '{l1_choice,rule}' AS rule, i #> '{l1_choice,folds}' AS folds, i #> '{l1_choice,rows}' AS rows,
	(i #> '{hyperparameters,l1}')::float8 = (i #> '{l1_choice,l1}')::float8 AND (i #> '{l1_choice,l1}')::float8 > 0 AS used, i #> '{hyperparameters,wd}' AS hp_wd,
	i -> 'converged' AS converged, linlearn_model_info(ridge) ? 'l1_choice' AS ridge
FROM wd_l1, linlearn_model_info(model) AS i ORDER BY 1;
-- what was tried, and the weights that the chosen one leaves
SELECT what, count(*) = (linlearn_model_info(model) #> '{l1_choice,tried}')::int AS tried, count(*) FILTER (WHERE p.chosen) AS chosen,
	min(p.loss) = max(p.loss) FILTER (WHERE p.chosen) AS least,
	max(p.nonzero) FILTER (WHERE p.chosen) = (SELECT count(*) FROM linlearn_weights(model) WHERE weight <> 0 AND feature IS NOT NULL) AS nonzero,
	max(p.nonzero) FILTER (WHERE p.chosen) < 40 AS few,
	min(p.loss) < (SELECT min(objective) FROM linlearn_trials(model) WHERE trial > 0) AS better
FROM wd_l1, linlearn_path(model) AS p GROUP BY what, model ORDER BY 1;
-- rows that were never seen
SELECT sum(ln(CASE WHEN two THEN a ELSE 1 - a END)) > sum(ln(CASE WHEN two THEN b ELSE 1 - b END)) AS two_better
FROM wd_l1, wd_sparse, LATERAL (SELECT linlearn_score(model, x) AS a, linlearn_score(ridge, x) AS b) AS s WHERE what = 'two' AND i % 2 = 1;
SELECT sum(ln((linlearn_scores(model, x))[ascii(three) - 96])) > sum(ln((linlearn_scores(ridge, x))[ascii(three) - 96])) AS three_better
FROM wd_l1, wd_sparse WHERE what = 'three' AND i % 2 = 1;
-- the same bytes in any order, by any number of threads; not where something was said
SELECT count(DISTINCT linlearn_train) FROM (
	SELECT linlearn_train(x, three) FROM wd_sparse
	UNION ALL SELECT linlearn_train(x, three ORDER BY i DESC) FROM wd_sparse
	UNION ALL SELECT linlearn_train(x, three ORDER BY md5(i::text)) FROM wd_sparse) AS t;
SET linlearn.threads = 1;
CREATE TABLE wd_alone AS SELECT linlearn_train(x, three) AS model FROM wd_sparse;
SET linlearn.threads = 2;
SELECT linlearn_train(x, three) = (SELECT model FROM wd_alone) AS by_threads FROM wd_sparse;
SELECT o, linlearn_model_info(linlearn_train(x, two, o)) ? 'l1_choice' AS chosen
FROM wd_sparse, unnest(ARRAY['{"optimizer": "lbfgs"}', '{"optimizer": "newton"}', '{"wd": 0.01}', '{"l1": 0}', '{"l1": "auto"}', '{"loss": "hinge_loss"}', '{"optimizer": "adam"}']::jsonb[]) AS o GROUP BY o ORDER BY o::text;
-- of least squares, from the sums of ten folds: by newton then, unless another solver was asked for
CREATE TABLE wd_lasso AS
SELECT i, ARRAY(SELECT sin(i * (j + 3.7) * 12.9898) FROM generate_series(1, 30) AS j) AS x,
	3 * sin(i * 4.7 * 12.9898) - 2 * sin(i * 5.7 * 12.9898) + sin(i * i) AS y
FROM generate_series(1, 160) AS i;
CREATE TABLE wd_squares AS
SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') AS model,
	linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0}') AS ridge FROM wd_lasso WHERE i <= 80;
SELECT i #>> '{wd_choice,because}' AS because, i #> '{wd_choice,wd}' AS wd, i #> '{wd_choice,loss}' = i #> '{l1_choice,loss}' AS same,
	i #> '{l1_choice,folds}' AS folds, i #> '{l1_choice,rows}' AS rows, i #> '{l1_choice,tried}' AS tried,
	(i #> '{hyperparameters,l1}')::float8 = (i #> '{l1_choice,l1}')::float8 AS used,
	i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged,
	linlearn_model_info(ridge) #>> '{hyperparameters,optimizer}' AS ridge, linlearn_model_info(ridge) ? 'l1_choice' AS ridge_l1
FROM wd_squares, linlearn_model_info(model) AS i;
SELECT count(*) FILTER (WHERE weight = 0) > 5 AS sparse, bool_and(weight <> 0) FILTER (WHERE feature IN (1, 2)) AS kept
FROM wd_squares, linlearn_weights(model);
-- the path's count of weights is of the penalties it shows
SELECT nonzero = (SELECT count(*) FROM linlearn_weights(model) WHERE weight <> 0 AND term <> '(bias)') AS counted
FROM wd_squares, linlearn_path(model) WHERE chosen;
SELECT sum((y - linlearn_predict(model, x)) ^ 2) < sum((y - linlearn_predict(ridge, x)) ^ 2) AS better
FROM wd_lasso, wd_squares WHERE i > 80;
SELECT (SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}' ORDER BY i DESC) FROM wd_lasso WHERE i <= 80) = model AS same FROM wd_squares;
SELECT o, linlearn_model_info(linlearn_train(x, y, '{"predictor_type": "regressor"}' || o)) ? 'l1_choice' AS chosen
FROM wd_lasso, unnest(ARRAY['{"optimizer": "exact"}', '{"optimizer": "newton"}', '{"optimizer": "lbfgs"}', '{"wd": 0.01}', '{"l1": 0}']::jsonb[]) AS o
WHERE i <= 80 GROUP BY o ORDER BY o::text;
DROP TABLE wd_sparse, wd_l1, wd_alone, wd_lasso, wd_squares;

-- ---- Damaged bytes are refused ----
CREATE FUNCTION wd_readable(model bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM count(*) FROM linlearn_trials(model);
	RETURN linlearn_is_model(model);
EXCEPTION WHEN OTHERS THEN RETURN false;
END $$;
SELECT count(*) FROM wd_models, generate_series(length(chosen) - 900, length(chosen) - 1, 7) AS n
WHERE wd_readable(set_byte(chosen, n, (get_byte(chosen, n) + 128) % 256));
DROP TABLE wd_few, wd_models, wd_many, wd_wide, wd_classes, wd_folds;
DROP FUNCTION wd_readable;

-- Folds of few rows: of 1 to 20, of features that do not vary or hardly, of weights far apart.
CREATE TABLE wd_few AS SELECT g, i, ARRAY[sin(i * g), (i % 4 = 0)::int, 3] AS x, cos(i * 3 + g) AS y, CASE WHEN i % 2 = 0 THEN 1e-30 ELSE 1e6 END AS w FROM generate_series(1, 20) AS g, generate_series(1, g) AS i;
SELECT count(*) AS groups, count(rows) AS of_rows, count(weighted) AS weighted, count(sparse) AS of_sparse, count(constant) AS constant, count(linlearn_model_info(rows) -> 'wd_choice') AS chosen
FROM (SELECT linlearn_train(x, y, o) AS rows, linlearn_train(x, y, o, NULL, w) AS weighted, linlearn_train(linlearn_to_sparse(x), y, o) AS sparse, linlearn_train(ARRAY[1.5, 2], y, o) AS constant
	FROM wd_few, (SELECT jsonb '{"predictor_type": "regressor"}' AS o) AS options GROUP BY g) AS models;

-- Many classes and a town of 260 levels: too much for all rows, so that a part of them chooses.
CREATE TABLE wd_towns AS
SELECT 'town ' || i % 260 AS town, cos(i * 7) + (i % 9) / 8.0 AS tax, 'year ' || i % 9 AS year, i % 10 < 3 AS test FROM generate_series(1, 2600) i;
CREATE TABLE wd_town_model AS SELECT linlearn_train(r, year) AS model FROM wd_towns, LATERAL (SELECT town, tax) r WHERE NOT test;
SELECT linlearn_model_info(model) #>> '{wd_choice,by}' AS by, (linlearn_model_info(model) #>> '{wd_choice,rows}')::int < 1820 AS of_a_part FROM wd_town_model;
SELECT linlearn_log_loss(substr(year, 6)::int, linlearn_scores(model, r)::float8[]) < ln(9) AS better_than_shares
FROM wd_town_model, wd_towns, LATERAL (SELECT town, tax) r WHERE test;
DROP TABLE wd_towns, wd_town_model;
-- A loss that is flat down to a small wd, and falls then: features that tell the classes by their small difference
CREATE TABLE wd_flat AS SELECT ARRAY[u, u + 0.02 * (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END)] AS x, i % 2 = 0 AS y
FROM generate_series(1, 80) i, LATERAL (SELECT sin(i * i * 1.7) AS u) t;
SELECT (linlearn_model_info(linlearn_train(x, y, '{"l1": 0}')) #>> '{wd_choice,loss}')::float8 < 0.3 AS found FROM wd_flat;
DROP TABLE wd_flat;

-- ---- least squares of more features than rows, and of many for their rows ----
CREATE TABLE wd_wide_rows AS
SELECT i, x, s * (x[1] + x[2] - x[3]) + e AS sparse,
    (SELECT sum(v * ((j * j % 7) - 3)) FROM unnest(x) WITH ORDINALITY u (v, j)) + 20 * e AS dense, hashfloat8(i + 0.25) / 1e9 AS noise
FROM (SELECT i, 3.0 AS s, hashfloat8(i + 0.5) / 2e9 AS e,
        (SELECT array_agg(hashfloat8(i * 1000 + j) / 1e9 ORDER BY j) FROM generate_series(1, 400) j) AS x
    FROM generate_series(1, 2600) i) r;
CREATE TABLE wd_wide_models AS
SELECT 'sparse, 60' AS what, linlearn_train(x, sparse, '{"predictor_type": "regressor"}') AS model FROM wd_wide_rows WHERE i <= 60
UNION ALL SELECT 'dense, 300', linlearn_train(x, dense, '{"predictor_type": "regressor"}') FROM wd_wide_rows WHERE i <= 300
UNION ALL SELECT 'weak, 1700', linlearn_train(x, dense + 70 * noise, '{"predictor_type": "regressor"}') FROM wd_wide_rows WHERE i <= 1700;
SELECT what, linlearn_model_info(model) #>> '{wd_choice,by}' AS chosen_by,
    (linlearn_model_info(model) #>> '{hyperparameters,l1}')::float8 > 0 AS has_l1,
    (linlearn_model_info(model) #>> '{hyperparameters,wd}')::float8 > 0 AS has_wd,
    (SELECT (1 - sum((y - linlearn_score(model, x)) ^ 2) / ((count(*) - 1) * var_samp(y))) > CASE WHEN what LIKE 'sparse%' THEN 0.95 WHEN what LIKE 'weak%' THEN 0.08 ELSE 0.6 END
        FROM (SELECT x, CASE WHEN what LIKE 'sparse%' THEN sparse WHEN what LIKE 'weak%' THEN dense + 70 * noise ELSE dense END AS y FROM wd_wide_rows WHERE i > 1700) t) AS good
FROM wd_wide_models ORDER BY what;
SELECT (SELECT linlearn_train(x, sparse, '{"predictor_type": "regressor"}' ORDER BY i DESC) FROM wd_wide_rows WHERE i <= 60) = model AS same
FROM wd_wide_models WHERE what = 'sparse, 60';
DROP TABLE wd_wide_rows, wd_wide_models;
-- classes of fewer rows than features, too many for all to be looked at: a part of them chooses
CREATE TABLE wd_few_rows AS
SELECT i, x, x[1] + x[2] - x[3] + hashint4(-i) / 2e9 > 0 AS y
FROM (SELECT i, (SELECT array_agg((hashint4(i * 3000 + j) / 1e9)::real ORDER BY j) FROM generate_series(1, 2500) j) AS x
    FROM generate_series(1, 1100) i) r;
CREATE TABLE wd_few_model AS SELECT linlearn_train(x, y) AS model FROM wd_few_rows WHERE i <= 700;
SELECT linlearn_model_info(model) #>> '{wd_choice,by}' AS by, (linlearn_model_info(model) #>> '{hyperparameters,l1}')::float8 > 0 AS has_l1,
    (SELECT linlearn_log_loss(y, linlearn_score(model, x)) FROM wd_few_rows WHERE i > 700) < 0.4 AS good
FROM wd_few_model;
DROP TABLE wd_few_rows, wd_few_model;
-- words make rows sparse, however few they are; of many classes all rows choose, or none of them
CREATE TABLE wd_texts AS
SELECT i, c, (SELECT string_agg('w' || CASE WHEN hashint4(i * 100 + j) & 3 = 0 THEN 10 * c + hashint4(i * 77 + j) % 10 ELSE hashint4(i * 55 - j) % 150 END, ' ') FROM generate_series(1, 8) j) AS body
FROM (SELECT i, abs(hashint4(-i)) % 20 AS c FROM generate_series(1, 4000) i) r;
CREATE TABLE wd_text_models AS
SELECT n, classes, linlearn_train(w, 'c' || c) AS model FROM (VALUES (60, 3), (400, 20), (3000, 20)) v (n, classes),
    wd_texts, LATERAL (SELECT to_tsvector('simple', body) AS words) w WHERE i <= n AND c < classes GROUP BY n, classes;
SELECT n, i ->> 'feature_format' AS format, i #>> '{wd_choice,by}' AS by, i #>> '{wd_choice,rows}' = i #>> '{rows,train}' AS of_all_rows,
    CASE WHEN i #> '{wd_choice,by}' IS NULL THEN round((i #>> '{hyperparameters,wd}')::numeric * (i #>> '{rows,train}')::int, 4) END AS worth_rows
FROM wd_text_models, linlearn_model_info(model) i ORDER BY n;
SELECT n, avg(('c' || c = linlearn_predict_label(model, w))::int) > CASE n WHEN 3000 THEN 0.5 WHEN 60 THEN 0.34 ELSE 0.25 END AS good
FROM wd_text_models, wd_texts, LATERAL (SELECT to_tsvector('simple', body) AS words) w WHERE i > 3000 AND c < classes GROUP BY n ORDER BY n;
DROP TABLE wd_texts, wd_text_models;
-- ---- losses with kinks on fewer rows than features: by folds, over rows in coordinates of their span ----
CREATE TABLE wd_kinks AS
SELECT i, x, signal + hashint4(-i) / 1e9 AS y, signal + hashint4(-i) / 4e9 > 0 AS two,
    CASE WHEN signal < -0.5 THEN 'low' WHEN signal < 0.5 THEN 'mid' ELSE 'high' END AS three, 1 + i % 3 AS w, i / 5 AS g
FROM (SELECT i, (SELECT array_agg((shared * (1 + j % 3) + hashint4(i * 3000 + j) / 2e9)::real ORDER BY j) FROM generate_series(1, 330) j) AS x, shared AS signal
    FROM generate_series(1, 500) i, LATERAL (SELECT hashint4(i * 7 + 1) / 2e9 AS shared) s) r;
CREATE TABLE wd_kink_options AS SELECT * FROM (VALUES ('absolute', '{"loss": "absolute_loss"}'::jsonb), ('quantile', '{"loss": "quantile_loss", "quantile": 0.5}'),
    ('quantiles', '{"loss": "quantile_loss", "quantile": [0.2, 0.5, 0.8]}'), ('eps', '{"loss": "eps_insensitive_absolute_loss", "loss_insensitivity": 0.05}'),
    ('eps squared', '{"loss": "eps_insensitive_squared_loss", "loss_insensitivity": 0.05}')) AS v (what, o);
CREATE TABLE wd_kink_models AS
SELECT what, linlearn_train(x, y, o || '{"predictor_type": "regressor"}') AS model, linlearn_train(x, y, o || '{"predictor_type": "regressor"}' ORDER BY i DESC) AS turned,
    linlearn_train(x, y, o || '{"predictor_type": "regressor", "wd": 0.01}') AS thumb
FROM wd_kinks, wd_kink_options WHERE i <= 80 GROUP BY what;
INSERT INTO wd_kink_models
SELECT 'weighted', linlearn_train(x, y, o, NULL, w), linlearn_train(x, y, o, NULL, w ORDER BY i DESC), linlearn_train(x, y, o || '{"wd": 0.01}', NULL, w)
FROM wd_kinks, (SELECT jsonb '{"predictor_type": "regressor", "loss": "absolute_loss"}' AS o) t WHERE i <= 80
UNION ALL SELECT 'sparse', linlearn_train(linlearn_to_sparse(x), y, o), linlearn_train(linlearn_to_sparse(x), y, o ORDER BY i DESC), linlearn_train(linlearn_to_sparse(x), y, o || '{"wd": 0.01}')
FROM wd_kinks, (SELECT jsonb '{"predictor_type": "regressor", "loss": "absolute_loss"}' AS o) t WHERE i <= 80;
SELECT what, linlearn_model_info(model) #>> '{wd_choice,by}' AS by, linlearn_model_info(model) #> '{wd_choice,rows}' AS rows, model = turned AS same, linlearn_model_info(model) -> 'converged' AS converged,
    (SELECT avg(abs(y - CASE WHEN what = 'sparse' THEN linlearn_score(model, linlearn_to_sparse(x)) ELSE linlearn_score(model, x) END))
        < 0.9 * avg(abs(y - CASE WHEN what = 'sparse' THEN linlearn_score(thumb, linlearn_to_sparse(x)) ELSE linlearn_score(thumb, x) END)) FROM wd_kinks WHERE i > 80) AS better
FROM wd_kink_models ORDER BY what;
-- of classes, and with groups kept together; no more rows than a bound of work allows for
SELECT what, linlearn_model_info(model) #>> '{wd_choice,by}' AS by, linlearn_model_info(model) #> '{wd_choice,rows}' AS rows,
    (linlearn_model_info(model) #>> '{hyperparameters,wd}')::float8 > 0.001 AS much
FROM (SELECT 'hinge' AS what, linlearn_train(x, two, '{"loss": "hinge_loss"}') AS model FROM wd_kinks WHERE i <= 80
    UNION ALL SELECT 'multiclass hinge', linlearn_train(x, three, '{"loss": "multiclass_hinge_loss"}') FROM wd_kinks WHERE i <= 80
    UNION ALL SELECT 'grouped', linlearn_train(r, y, '{"loss": "absolute_loss", "predictor_type": "regressor", "fold_group": "g"}') FROM wd_kinks, LATERAL (SELECT x, g) r WHERE i <= 80
    UNION ALL SELECT 'not negative', linlearn_train(x, y, '{"loss": "absolute_loss", "predictor_type": "regressor", "nonnegative": true}') FROM wd_kinks WHERE i <= 80
    UNION ALL SELECT 'more rows', linlearn_train(x, y, '{"loss": "absolute_loss", "predictor_type": "regressor"}') FROM wd_kinks) m ORDER BY what;
SET linlearn.threads = 1;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "loss": "absolute_loss"}') = (SELECT model FROM wd_kink_models WHERE what = 'absolute') AS by_one_thread FROM wd_kinks WHERE i <= 80;
SET linlearn.threads = 2;
DROP TABLE wd_kinks, wd_kink_options, wd_kink_models;
-- ---- rows in a file: the folds' are copied, and choose the same ----
CREATE TABLE wd_file AS
SELECT i, x, x[1] + x[2] - x[3] + hashint4(-i) / 1e9 AS y FROM (SELECT i, (SELECT array_agg((hashint4(i * 3000 + j) / 1e9)::real ORDER BY j) FROM generate_series(1, 120) j) AS x FROM generate_series(1, 3000) i) r;
CREATE TABLE wd_file_models (mem text, what text, o jsonb, model bytea);
CREATE TABLE wd_file_options AS SELECT * FROM (VALUES ('absolute', '{"predictor_type": "regressor", "loss": "absolute_loss"}'::jsonb), ('huber', '{"predictor_type": "regressor", "loss": "huber_loss"}'),
    ('logistic', '{"predictor_type": "binary_classifier"}'), ('path', '{"predictor_type": "binary_classifier", "l1": "path"}')) AS v (what, o);
INSERT INTO wd_file_models SELECT 'all', what, o, linlearn_train(x, CASE WHEN o ->> 'predictor_type' = 'regressor' THEN y ELSE (y > 0)::int END, o) FROM wd_file, wd_file_options GROUP BY what, o;
SET linlearn.train_mem = '4MB';
INSERT INTO wd_file_models SELECT 'little', what, o, linlearn_train(x, CASE WHEN o ->> 'predictor_type' = 'regressor' THEN y ELSE (y > 0)::int END, o) FROM wd_file, wd_file_options GROUP BY what, o;
RESET linlearn.train_mem;
SELECT a.what, a.i #> '{wd_choice,rows}' AS rows, a.i #> '{wd_choice,wd}' = b.i #> '{wd_choice,wd}' AS same_wd, a.i #>> '{hyperparameters,optimizer}' AS optimizer, a.i #> '{hyperparameters,optimizer}' = b.i #> '{hyperparameters,optimizer}' AS same,
    abs((a.i #>> '{hyperparameters,l1}')::float8 / nullif((b.i #>> '{hyperparameters,l1}')::float8, 0) - 1) < 1e-9 AS same_l1
FROM (SELECT *, linlearn_model_info(model) AS i FROM wd_file_models WHERE mem = 'all') a JOIN (SELECT *, linlearn_model_info(model) AS i FROM wd_file_models WHERE mem = 'little') b USING (what) ORDER BY 1;
DROP TABLE wd_file, wd_file_models, wd_file_options;
-- ---- sparse rows: folds solved together, of a part of the rows where they are many ----
CREATE TABLE wd_sparse AS
SELECT i, sum(hashint4(j) / 1e9) + hashint4(-i) / 1e9 > 0 AS y, abs(hashint4(i + 5) / 1e9) AS w,
    ('{' || string_agg(j || ':' || v, ',' ORDER BY j) || '}/100000')::linlearn_sparse AS x
FROM (SELECT DISTINCT ON (i, j) i, j, v FROM (SELECT i, floor(power(100000, abs(hashint4(i * 100 + k) / 2147483648.0)))::int - 1 AS j, 1 + k % 3 AS v FROM generate_series(1, 21000) i, generate_series(1, 14) k) d ORDER BY i, j, v) e GROUP BY i;
CREATE TABLE wd_sparse_models AS
SELECT what, most, linlearn_train(x, y, o) AS model, linlearn_train(x, y, o ORDER BY i DESC) AS turned
FROM wd_sparse, (VALUES ('all', 2000, jsonb '{}'), ('part', 21000, '{}'), ('plain', 2000, '{"normalize_data": false}'), ('three', 2000, '{"predictor_type": "multiclass_classifier"}'), ('mini-batches', 2000, '{"optimizer": "adam"}')) AS v (what, most, o)
WHERE i <= most GROUP BY what, most;
SELECT what, linlearn_model_info(model) #>> '{wd_choice,by}' AS by, linlearn_model_info(model) #> '{wd_choice,rows}' AS rows, model = turned AS same, linlearn_model_info(model) -> 'converged' AS converged,
    (linlearn_model_info(model) #>> '{wd_choice,wd}')::float8 * most BETWEEN 0.1 AND 100 AS about_a_row
FROM wd_sparse_models ORDER BY what;
-- less is lost on other rows than by the rule of thumb of a quarter of a row
WITH m AS (SELECT linlearn_train(x, y) AS model, linlearn_train(x, y, '{"wd": 0.000125}') AS thumb FROM wd_sparse WHERE i <= 2000)
SELECT avg(-ln(CASE WHEN y THEN linlearn_score(model, x) ELSE 1 - linlearn_score(model, x) END)) < 0.97 * avg(-ln(CASE WHEN y THEN linlearn_score(thumb, x) ELSE 1 - linlearn_score(thumb, x) END)) AS better
FROM wd_sparse, m WHERE i > 18000;
SET linlearn.threads = 1;
SELECT linlearn_train(x, y) = (SELECT model FROM wd_sparse_models WHERE what = 'part') AS by_one_thread FROM wd_sparse;
SET linlearn.threads = 2;
-- weighted, without l1, of numbers, of rows in a file
SELECT what, linlearn_model_info(model) #>> '{wd_choice,by}' AS by, linlearn_model_info(model) #> '{wd_choice,rows}' AS rows, linlearn_model_info(model) #> '{wd_choice,folds}' AS folds
FROM (SELECT 'weighted' AS what, linlearn_train(x, y, '{}'::jsonb, NULL, w) AS model FROM wd_sparse WHERE i <= 1500
    UNION ALL SELECT 'no l1', linlearn_train(x, y, '{"l1": 0}') FROM wd_sparse WHERE i <= 1500
    UNION ALL SELECT 'numbers', linlearn_train(x, w, '{"predictor_type": "regressor"}') FROM wd_sparse WHERE i <= 1500
    UNION ALL SELECT 'rates', linlearn_train(x, w, '{"predictor_type": "regressor", "loss": "poisson"}') FROM wd_sparse WHERE i <= 1500
    UNION ALL SELECT 'huber', linlearn_train(x, w, '{"predictor_type": "regressor", "loss": "huber_loss"}') FROM wd_sparse WHERE i <= 300) m ORDER BY what;
SET linlearn.train_mem = '4MB';
SELECT linlearn_model_info(linlearn_train(x, y)) #> '{wd_choice,wd}' = (SELECT linlearn_model_info(model) #> '{wd_choice,wd}' FROM wd_sparse_models WHERE what = 'part') AS same_wd FROM wd_sparse;
RESET linlearn.train_mem;
-- ... and few rows of so many values that folds would take long are left to the rule of thumb
SELECT n AS values, info ? 'wd_choice' AS chosen
FROM (SELECT n, linlearn_train(linlearn_sparse(keys, numbers, 400000), i % 2,
		'{"predictor_type": "binary_classifier", "optimizer": "lbfgs", "epochs": 3}') AS model
	FROM (SELECT n, array_agg(j ORDER BY j) AS keys, array_agg(1 + j % 7 ORDER BY j)::real[] AS numbers
		FROM unnest('{1000, 400000}'::int[]) AS n, generate_series(0, n - 1) AS j GROUP BY n) AS t, generate_series(1, 12) AS i
	GROUP BY n) AS m, linlearn_model_info(model) AS info ORDER BY n;
DROP TABLE wd_sparse, wd_sparse_models;
-- ---- an l1 in the place of wd, where few of more features than rows matter: of any loss ----
CREATE TABLE wd_l1_rows AS
SELECT i, x, signal + hashint4(-i) / 8e9 AS y, signal + hashint4(-i) / 8e9 > 0 AS two, exp(0.4 * signal) * (0.5 + (hashint4(-i) & 1023) / 1024.0) AS positive, floor(exp(0.5 * signal) + (hashint4(-i) & 1023) / 1024.0) AS counts
FROM (SELECT i, x, x[1] + x[2] - 1.5 * x[3] AS signal FROM (SELECT i, (SELECT array_agg((hashint4(i * 3000 + j) / 1e9)::real ORDER BY j) FROM generate_series(1, 200) j) AS x FROM generate_series(1, 400) i) r) s;
CREATE TABLE wd_l1_options AS SELECT * FROM (VALUES ('absolute', '{"loss": "absolute_loss"}'::jsonb), ('quantile', '{"loss": "quantile_loss", "quantile": 0.5}'), ('eps', '{"loss": "eps_insensitive_absolute_loss", "loss_insensitivity": 0.05}'),
    ('huber', '{"loss": "huber_loss", "huber_delta": 0.5}'), ('gamma', '{"loss": "gamma"}'), ('poisson', '{"loss": "poisson"}'), ('hinge', '{"loss": "hinge_loss", "predictor_type": "binary_classifier"}')) AS v (what, o);
CREATE TABLE wd_l1_fits AS
SELECT what, linlearn_train(x, CASE what WHEN 'gamma' THEN positive WHEN 'poisson' THEN counts WHEN 'hinge' THEN two::int ELSE y END, '{"predictor_type": "regressor"}' || o) AS model,
    linlearn_train(x, CASE what WHEN 'gamma' THEN positive WHEN 'poisson' THEN counts WHEN 'hinge' THEN two::int ELSE y END, '{"predictor_type": "regressor"}' || o ORDER BY i DESC) AS turned,
    linlearn_train(x, CASE what WHEN 'gamma' THEN positive WHEN 'poisson' THEN counts WHEN 'hinge' THEN two::int ELSE y END, '{"predictor_type": "regressor", "l1": 0}' || o) AS ridge
FROM wd_l1_rows, wd_l1_options WHERE i <= 100 GROUP BY what;
SELECT what, i #>> '{wd_choice,because}' AS because, (i #>> '{hyperparameters,l1}')::float8 > 0 AS has_l1, i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged, model = turned AS same,
    (SELECT count(*) FILTER (WHERE weight <> 0) < 100 FROM linlearn_weights(model)) AS sparse,
    (SELECT CASE WHEN what = 'hinge' THEN avg((linlearn_predict(model, x) = two::int)::int) > 0.05 + avg((linlearn_predict(ridge, x) = two::int)::int)
        ELSE avg(abs(t - linlearn_score(model, x))) < 0.9 * avg(abs(t - linlearn_score(ridge, x))) END
        FROM wd_l1_rows, LATERAL (SELECT CASE what WHEN 'gamma' THEN positive WHEN 'poisson' THEN counts ELSE y END AS t) u WHERE wd_l1_rows.i > 100) AS better
FROM wd_l1_fits, linlearn_model_info(model) AS i ORDER BY what;
DROP TABLE wd_l1_rows, wd_l1_options, wd_l1_fits;
-- ---- fewer rows than features with heavy tails: not clearly worse than the mean or the shares, in any order ----
CREATE TABLE wd_tails AS
SELECT i, x, ln(x[1]) - ln(x[2]) + hashint4(-i) / 2e9 AS y, ln(x[1]) - ln(x[2]) + hashint4(-i) / 2e9 > 0 AS two,
    CASE WHEN ln(x[1]) < -1 THEN 'low' WHEN ln(x[1]) < 1 THEN 'mid' ELSE 'high' END AS three, greatest(0, round(ln(x[1]) + hashint4(-i) / 2e9)) AS k
FROM (SELECT i, (SELECT array_agg(exp((hashint4(i * 3000 + j) / 1.1e9 + hashint4(i * 3000 + j + 1000) / 1.1e9 + hashint4(i * 3000 + j + 2000) / 1.1e9))::real ORDER BY j) FROM generate_series(1, 400) j) AS x
    FROM generate_series(1, 600) i) r;
CREATE TABLE wd_tail_models AS
SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}') AS squared, linlearn_train(x, y, '{"predictor_type": "regressor"}' ORDER BY i DESC) AS turned,
    linlearn_train(x, two) AS logistic, linlearn_train(x, three) AS softmax, linlearn_train(x, k, '{"predictor_type": "regressor", "loss": "poisson"}') AS poisson
FROM wd_tails WHERE i <= 150;
SELECT squared = turned AS same, -avg(ln(CASE WHEN two THEN linlearn_score(logistic, x) ELSE 1 - linlearn_score(logistic, x) END)) < 0.72 AS log_loss,
    linlearn_mean_deviance(k, linlearn_score(poisson, x), 'poisson') < 1.02 * linlearn_mean_deviance(k, m.mean, 'poisson') AS deviance
FROM wd_tail_models, wd_tails, (SELECT avg(k) AS mean FROM wd_tails WHERE i <= 150) m WHERE i > 150 GROUP BY 1;
DROP TABLE wd_tails, wd_tail_models;
