-- Robust standard errors and intervals beside those of R 4.2 (stats, sandwich 3.0-2), whose commands stand with its numbers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET extra_float_digits = 0;
CREATE TABLE interval_cars (mpg float8, wt float8, hp float8, am boolean, carb float8, cyl text);
INSERT INTO interval_cars VALUES
(21,2.62,110,true,4,'6'),
(21,2.875,110,true,4,'6'),
(22.8,2.32,93,true,1,'4'),
(21.4,3.215,110,false,1,'6'),
(18.7,3.44,175,false,2,'8'),
(18.1,3.46,105,false,1,'6'),
(14.3,3.57,245,false,4,'8'),
(24.4,3.19,62,false,2,'4'),
(22.8,3.15,95,false,2,'4'),
(19.2,3.44,123,false,4,'6'),
(17.8,3.44,123,false,4,'6'),
(16.4,4.07,180,false,3,'8'),
(17.3,3.73,180,false,3,'8'),
(15.2,3.78,180,false,3,'8'),
(10.4,5.25,205,false,4,'8'),
(10.4,5.424,215,false,4,'8'),
(14.7,5.345,230,false,4,'8'),
(32.4,2.2,66,true,1,'4'),
(30.4,1.615,52,true,2,'4'),
(33.9,1.835,65,true,1,'4'),
(21.5,2.465,97,false,1,'4'),
(15.5,3.52,150,false,2,'8'),
(15.2,3.435,150,false,2,'8'),
(13.3,3.84,245,false,4,'8'),
(19.2,3.845,175,false,2,'8'),
(27.3,1.935,66,true,1,'4'),
(26,2.14,91,true,2,'4'),
(30.4,1.513,113,true,2,'4'),
(15.8,3.17,264,true,4,'8'),
(19.7,2.77,175,true,6,'6'),
(15,3.57,335,true,8,'8'),
(21.4,2.78,109,true,2,'4');

-- ---- Robust standard errors ----

-- Kinds whose errors differ from R's by more than 1e-7: sqrt(diag(vcovHC(m, kind)))
CREATE FUNCTION other_errors(models bytea[], expected float8[]) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(kind || ' ' || errors::text, ', ' ORDER BY kind), 'none') FROM (
		SELECT linlearn_model_info(models[k]) #>> '{hyperparameters,standard_errors}' AS kind, array_agg(w.standard_error ORDER BY feature NULLS FIRST) AS errors,
			bool_and(abs(w.standard_error / expected[k][coalesce(feature, 0) + 1] - 1) <= 1e-7) AS good
		FROM generate_subscripts(models, 1) AS k, linlearn_weights(models[k]) AS w GROUP BY 1) AS m WHERE good IS NOT TRUE $$;
CREATE FUNCTION robust(options text) RETURNS jsonb[] LANGUAGE sql AS $$
	SELECT array_agg(('{"wd": 0}' || options::jsonb || jsonb_build_object('standard_errors', 'HC' || k)) ORDER BY k) FROM generate_series(0, 3) AS k $$;
-- R: m <- lm(mpg ~ wt + hp, mtcars)
SELECT other_errors(array_agg(model), '{{1.93891395641755, 0.619927505289895, 0.00664605790818311}, {2.03673500191296, 0.651203754809945, 0.00698136125202142},
	{2.07760994351463, 0.687765481735844, 0.00782502939751506}, {2.22980540343623, 0.768519050357816, 0.00938513790864753}}') AS least_squares
FROM (SELECT linlearn_train(ARRAY[wt, hp], mpg, o) AS model FROM interval_cars, unnest(robust('{"predictor_type": "regressor"}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
-- the same of a table's rows, by other optimizers, and with weights: m <- lm(mpg ~ wt + hp, mtcars, weights = carb)
SELECT optimizer, other_errors(array_agg(model), '{{1.93891395641755, 0.00664605790818311, 0.619927505289895}, {2.03673500191296, 0.00698136125202142, 0.651203754809945},
	{2.07760994351463, 0.00782502939751506, 0.687765481735844}, {2.22980540343623, 0.00938513790864753, 0.768519050357816}}') AS others
FROM (SELECT optimizer, linlearn_train(t, mpg, o || jsonb_build_object('optimizer', optimizer)) AS model FROM interval_cars, LATERAL (SELECT wt, hp) AS t,
	unnest(robust('{"predictor_type": "regressor"}')) WITH ORDINALITY AS u (o, k), unnest('{exact,newton,lbfgs}'::text[]) AS optimizer GROUP BY optimizer, k ORDER BY optimizer, k) AS m GROUP BY optimizer ORDER BY optimizer;
-- sparse rows as dense ones
SELECT kind, max(abs(a.standard_error / b.standard_error - 1)) < 1e-12 AS same FROM unnest('{model,HC0,HC1,HC2,HC3}'::text[]) AS kind, LATERAL (
	SELECT linlearn_train(x, y, o) AS dense, linlearn_train(linlearn_sparse(x), y, o) AS sparse FROM (SELECT ARRAY[(n % 3 = 0)::int, n % 7, 0, (n * n % 5) / 4.0]::real[] AS x, n % 7 + sin(n) AS y FROM generate_series(1, 300) AS n) AS r,
		jsonb_build_object('predictor_type', 'regressor', 'wd', 0, 'standard_errors', kind) AS o) AS m,
	linlearn_weights(dense) AS a JOIN linlearn_weights(sparse) AS b ON a.feature IS NOT DISTINCT FROM b.feature GROUP BY kind ORDER BY kind;
SELECT other_errors(array_agg(model), '{{1.78456047751315, 0.585866634925206, 0.00576176601141869}, {1.87459416419755, 0.615424463708464, 0.00605245553545424},
	{1.95264482150603, 0.682544972692381, 0.00816090190478417}, {2.14803915555444, 0.822553886180134, 0.0121626405274583}}') AS weighted
FROM (SELECT linlearn_train(ARRAY[wt, hp], mpg, o, 'train', carb) AS model FROM interval_cars, unnest(robust('{"predictor_type": "regressor"}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
-- R: m <- glm(am ~ wt + hp, binomial, mtcars, control = list(epsilon = 1e-15)), again with start = coef(m), and with weights = carb and without hp
SELECT other_errors(array_agg(model), '{{8.24291825662772, 2.76748758129109, 0.00832124825168573}, {8.65878554105667, 2.90711137826338, 0.00874106739895267},
	{8.9658827713006, 3.01487159889504, 0.0097952981012474}, {9.76508737219556, 3.2942470195888, 0.0118220580320184}}') AS logistic
FROM (SELECT linlearn_train(ARRAY[wt, hp], am, o) AS model FROM interval_cars, unnest(robust('{}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
SELECT other_errors(array_agg(model), '{{5.19859761688385, 1.67961744811942}, {5.36908853168688, 1.73470144121764}, {5.64492659550131, 1.83298417442021}, {6.15013125084177, 2.00604761492158}}') AS logistic_weighted
FROM (SELECT linlearn_train(ARRAY[wt], am, o, 'train', carb) AS model FROM interval_cars, unnest(robust('{}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
-- R: m <- glm(carb ~ wt + hp, poisson, mtcars, offset = log(mpg), ...), and glm(mpg ~ wt + hp, Gamma("log"), mtcars, weights = carb, ...)
SELECT other_errors(array_agg(model), '{{0.247081778635763, 0.000654803186034739, 0.0665425491294816}, {0.25954741581838, 0.000687838964667218, 0.0698997180766797},
	{0.261481635503398, 0.00068219606450117, 0.0727397524113112}, {0.278419860762242, 0.000714168252460856, 0.080200897334341}}') AS poisson_exposure
FROM (SELECT linlearn_train(t, carb, o) AS model FROM interval_cars, LATERAL (SELECT wt, hp, mpg) AS t,
	unnest(robust('{"predictor_type": "regressor", "loss": "poisson", "exposure": "mpg"}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
SELECT other_errors(array_agg(model), '{{0.0972197607005767, 0.0372523392861185, 0.0002921143047472}, {0.102124639848549, 0.0391317742987226, 0.000306851898749222},
	{0.109497014174199, 0.0432869507260722, 0.000409782541110145}, {0.123694850126456, 0.051307121006062, 0.000605636345987451}}') AS gamma_weighted
FROM (SELECT linlearn_train(ARRAY[wt, hp], mpg, o, 'train', carb) AS model FROM interval_cars, unnest(robust('{"predictor_type": "regressor", "loss": "gamma"}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
-- R, by matrices: X <- model.matrix(~ wt + hp, mtcars); mu <- exp(X %*% b); A <- solve(crossprod(X, mu^.5 * X)); s <- (mpg - mu) * mu^-.5; A %*% crossprod(X, s^2 * omega * X) %*% A
SELECT other_errors(array_agg(model), '{{0.078597450177189, 0.0298782591523854, 0.000324546207391608}, {0.0825628065170914, 0.0313856610348645, 0.000340920038325949},
	{0.0844382210810732, 0.032900913560677, 0.00037844762408062}, {0.0908004717338971, 0.0364227534603931, 0.000447157491897259}}') AS tweedie
FROM (SELECT linlearn_train(ARRAY[wt, hp], mpg, o) AS model FROM interval_cars, unnest(robust('{"predictor_type": "regressor", "loss": "tweedie"}')) WITH ORDINALITY AS u (o, k) GROUP BY k ORDER BY k) AS m;
-- without a bias, R: lm(mpg ~ wt + hp - 1, mtcars); a category with a reference: lm(mpg ~ wt + factor(cyl, levels = c(8, 4, 6)), mtcars)
SELECT kind, round(w.standard_error::numeric, 12) AS error FROM unnest('{HC1,HC3}'::text[]) AS kind, LATERAL (
	SELECT linlearn_train(ARRAY[wt, hp], mpg, jsonb_build_object('predictor_type', 'regressor', 'wd', 0, 'use_bias', false, 'standard_errors', kind)) AS model FROM interval_cars) AS m,
	linlearn_weights(model) AS w WHERE feature IS NOT NULL ORDER BY kind, feature;
SELECT kind, w.term, round(w.standard_error::numeric, 12) AS error FROM unnest('{HC1,HC3}'::text[]) AS kind, LATERAL (
	SELECT linlearn_train(t, mpg, jsonb_build_object('predictor_type', 'regressor', 'wd', 0, 'standard_errors', kind)) AS model FROM interval_cars, LATERAL (SELECT wt, cyl) AS t) AS m,
	linlearn_weights(model) AS w ORDER BY kind, feature NULLS FIRST;
-- z, p, limits and odds ratios go by them, with the degrees of freedom of least squares; figures of fit stay as they are
SELECT w.term, round(w.z - w.weight / w.standard_error) AS z, round((upper - w.weight) / w.standard_error * 1e6) / 1e6 AS errors, round((w.weight - lower) / w.standard_error * 1e6) / 1e6 AS errors_below
FROM (SELECT linlearn_train(ARRAY[wt], mpg, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC3"}') AS model FROM interval_cars) AS m, linlearn_weights(model) AS w;
SELECT (a -> 'fit') - 'standard_errors' = b -> 'fit' AS same_fit, a #> '{fit,standard_errors}' AS robust FROM (
	SELECT linlearn_model_info(linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC3"}')) AS a,
		linlearn_model_info(linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0}')) AS b FROM interval_cars) AS m;
-- the same bytes in any order, by any number of threads, and where rows are spilled; rows that would be summed are kept
CREATE TABLE interval_many AS SELECT i, ARRAY[i % 97, sin(i), i * 7919 % 1009, cos(i * i), 1]::float8[] AS x, i % 97 + sin(i * i) * (i % 13) AS y, sin(i) + cos(i * i) > 0.5 AS yes FROM generate_series(1, 20000) AS i;
CREATE FUNCTION interval_models(reverse boolean) RETURNS TABLE (kind text, digest text) LANGUAGE sql AS $$
	SELECT 'squared', md5(linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC3"}' ORDER BY CASE WHEN reverse THEN -i ELSE i END)) FROM interval_many
	UNION ALL SELECT 'logistic', md5(linlearn_train(x[1:4], y > 40, '{"wd": 0, "standard_errors": "HC1"}' ORDER BY CASE WHEN reverse THEN -i ELSE i END)) FROM interval_many $$;
CREATE TABLE interval_digests AS SELECT * FROM interval_models(false);
INSERT INTO interval_digests SELECT * FROM interval_models(true);
SET linlearn.threads = 1;
INSERT INTO interval_digests SELECT * FROM interval_models(false);
RESET linlearn.threads;
SET linlearn.train_mem = '1MB';
INSERT INTO interval_digests SELECT * FROM interval_models(true);
RESET linlearn.train_mem;
SELECT kind, count(*) AS trained, count(DISTINCT digest) AS models FROM interval_digests GROUP BY kind ORDER BY kind;
-- a row that decides a weight alone; a wd, and a loss without standard errors, that leave none
SELECT kind, linlearn_model_info(model) ->> 'no_standard_errors_because' AS because, (SELECT count(standard_error) FROM linlearn_weights(model)) AS errors
FROM unnest('{HC1,HC2,HC3}'::text[]) AS kind, LATERAL (SELECT linlearn_train(ARRAY[wt, (mpg = 21.5)::int], mpg, jsonb_build_object('predictor_type', 'regressor', 'wd', 0, 'standard_errors', kind)) AS model FROM interval_cars) AS m;
SELECT linlearn_train(ARRAY[wt], mpg, '{"predictor_type": "regressor", "wd": 0.1, "standard_errors": "HC3"}') IS NULL AS trained FROM interval_cars;
SELECT linlearn_train(ARRAY[wt], mpg, '{"predictor_type": "regressor", "wd": 0, "loss": "huber_loss", "standard_errors": "HC3"}') IS NULL AS trained FROM interval_cars;
SELECT linlearn_train(ARRAY[wt], mpg, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "white"}') FROM interval_cars;

-- ---- Intervals ----

CREATE TABLE interval_models AS
SELECT 'least squares' AS name, linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0}') AS model FROM interval_cars
UNION ALL SELECT 'weighted', linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0}', 'train', carb) FROM interval_cars
UNION ALL SELECT 'no bias', linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0, "use_bias": false}') FROM interval_cars
UNION ALL SELECT 'HC1', linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC1"}') FROM interval_cars
UNION ALL SELECT 'HC3', linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC3"}') FROM interval_cars
UNION ALL SELECT 'logistic', linlearn_train(ARRAY[wt, hp], am, '{"wd": 0}') FROM interval_cars
UNION ALL SELECT 'gamma', linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0, "loss": "gamma"}', 'train', carb) FROM interval_cars
UNION ALL SELECT 'tweedie', linlearn_train(ARRAY[wt, hp], mpg, '{"predictor_type": "regressor", "wd": 0, "loss": "tweedie"}') FROM interval_cars;
-- R: predict(m, data.frame(wt = c(3, 6), hp = c(110, 400)), interval = kind, level = .9); of HC1 and HC3 by v <- vcovHC(m, kind), x v x' and qt(.95, 29)
SELECT e.name, e.kind, e.x, abs(i.fit / expected[1] - 1) <= 1e-7 AND abs(i.lower / expected[2] - 1) <= 1e-7 AND abs(i.upper / expected[3] - 1) <= 1e-7 AS agrees
FROM (VALUES ('least squares', 'prediction', '{3, 110}'::float8[], '{22.0987537211954, 17.6018061519292, 26.5957012904617}'::float8[]),
	('least squares', 'prediction', '{6, 400}', '{1.25110686915471, -4.11178427674483, 6.61399801505424}'), ('least squares', 'confidence', '{3, 110}', '{22.0987537211954, 21.2015483073299, 22.995959135061}'),
	('least squares', 'confidence', '{6, 400}', '{1.25110686915471, -1.8055320622056, 4.30774580051501}'),
	('weighted', 'prediction', '{3, 110}', '{21.561390183713, 15.1614779078632, 27.9613024595628}'), ('weighted', 'confidence', '{6, 400}', '{3.29439644934878, 1.00796715125598, 5.58082574744159}'),
	('no bias', 'prediction', '{3, 110}', '{16.7884713227736, -2.73903638520214, 36.3159790307493}'),
	('HC1', 'confidence', '{3, 110}', '{22.0987537211954, 21.1292833125843, 23.0682241298066}'), ('HC1', 'prediction', '{6, 400}', '{1.25110686915471, -4.22458022565468, 6.72679396396409}'),
	('HC3', 'confidence', '{6, 400}', '{1.25110686915471, -2.63810136012016, 5.14031509842957}'), ('HC3', 'prediction', '{3, 110}', '{22.0987537211954, 17.5767400216221, 26.6207674207687}')) AS e (name, kind, x, expected)
JOIN interval_models AS m USING (name), linlearn_predict_interval(model, x, 0.9, e.kind) AS i ORDER BY name COLLATE "C", kind, x;
-- R: p <- predict(m, data.frame(wt = 3, hp = 110), se.fit = TRUE); f(p$fit + c(0, -1, 1) * q * p$se.fit) of f plogis and q qnorm(.975), and of exp and qt(.975, 29)
SELECT e.name, abs(i.fit / expected[1] - 1) <= 1e-7 AND abs(i.lower / expected[2] - 1) <= 1e-7 AND abs(i.upper / expected[3] - 1) <= 1e-7 AS agrees, i.fit = linlearn_score(model, '{3, 110}'::float8[]) AS as_score
FROM (VALUES ('logistic', '{0.198449827065048, 0.02690148411997, 0.689178463909316}'::float8[]), ('gamma', '{20.9951147224216, 19.9057889311291, 22.1440528548114}'),
	('tweedie', '{21.4361071893696, 20.4789112224344, 22.438043040626}')) AS e (name, expected)
JOIN interval_models AS m USING (name), linlearn_predict_interval(model, '{3, 110}'::float8[]) AS i ORDER BY name;
-- features of all forms, with the default level and kind: arrays, bytes, sparse, rows and jsonb by name with an exposure
SELECT i = j AS sparse, i = k AS float4 FROM interval_models AS m, LATERAL (SELECT linlearn_predict_interval(model, '{0, 110}'::float8[]) AS i, linlearn_predict_interval(model, linlearn_sparse('{0, 110}'::real[])) AS j,
	linlearn_predict_interval(model, '{0, 110}'::real[]) AS k) AS i WHERE name = 'least squares';
SELECT round(i.fit::numeric, 9) AS fit, round(i.lower::numeric, 9) AS lower, round(i.upper::numeric, 9) AS upper, abs(i.lower / j.lower - 1) + abs(i.upper / j.upper - 1) < 1e-6 AS by_arrays FROM (
	SELECT linlearn_train(decode(lpad(to_hex(n), 2, '0') || lpad(to_hex(n * n % 251), 2, '0'), 'hex'), n + n * n % 251 + sin(n), '{"predictor_type": "regressor", "wd": 0}') AS model,
		linlearn_train(ARRAY[n / 256.0, n * n % 251 / 256.0], n + n * n % 251 + sin(n), '{"predictor_type": "regressor", "wd": 0}') AS same FROM generate_series(1, 200) AS n WHERE n % 3 > 0) AS m,
	linlearn_predict_interval(model, '\x0a14'::bytea) AS i, linlearn_predict_interval(model, ARRAY[10 / 256.0, 20 / 256.0]) AS j;
-- R: exp(p$fit + c(0, -1, 1) * qnorm(.975) * p$se.fit) of predict(m, data.frame(wt = 3, hp = 110, mpg = 20), se.fit = TRUE), m with offset = log(mpg)
CREATE TABLE interval_rates AS SELECT linlearn_train(t, carb, '{"predictor_type": "regressor", "wd": 0, "loss": "poisson", "exposure": "mpg"}') AS model FROM interval_cars, LATERAL (SELECT wt, hp, mpg) AS t;
SELECT round(i.fit::numeric, 8) AS fit, round(i.lower::numeric, 8) AS lower, round(i.upper::numeric, 8) AS upper, i = j AS by_jsonb, round((k.upper / i.upper)::numeric, 8) AS a_unit
FROM interval_rates, LATERAL (SELECT 3::float8 AS wt, 110::float8 AS hp, 20::float8 AS mpg) AS t, linlearn_predict_interval(model, t) AS i,
	linlearn_predict_interval(model, '{"mpg": 20, "hp": 110, "wt": 3, "other": 7}'::jsonb) AS j, linlearn_predict_interval(model, '{"hp": 110, "wt": 3}'::jsonb) AS k;
-- R: predict(lm(mpg ~ wt + cyl, ...), data.frame(wt = 3, cyl = factor(c(4, 6, 8), ...)), interval = "prediction"); a column that says nothing new has no part in it
SELECT l.cyl, round(i.fit::numeric, 9) AS fit, round(i.lower::numeric, 9) AS lower, round(i.upper::numeric, 9) AS upper FROM (
	SELECT linlearn_train(t, mpg, '{"predictor_type": "regressor", "wd": 0}') AS model FROM interval_cars, LATERAL (SELECT wt, cyl, wt * 2 AS zz) AS t) AS m,
	unnest('{4,6,8}'::text[]) AS l (cyl), LATERAL (SELECT 3::float8 AS wt, l.cyl, 6::float8 AS zz) AS t, linlearn_predict_interval(model, t) AS i ORDER BY 1;
-- a calibrated classifier's limits are calibrated, too, and hold its score
SELECT i.lower < s AND s < i.upper AS within, abs(i.fit - s) < 1e-15 AS same FROM (
	SELECT linlearn_train(x, y > 40 + 30 * sin(i), '{"wd": 0, "validation_fraction": 0.3, "num_models": 1, "calibrate": "platt"}') AS model FROM (SELECT x[1:4] AS x, y, i FROM interval_many WHERE i < 2000) AS r) AS m,
	LATERAL (SELECT linlearn_score(model, '{40, 0.1, 300, 0.2}'::float8[])) AS s (s), linlearn_predict_interval(model, '{40, 0.1, 300, 0.2}'::float8[]) AS i;
-- of a classifier by least squares only the mean has one
SELECT round(i.fit::numeric, 9) AS fit, round(i.lower::numeric, 9) AS lower, round(i.upper::numeric, 9) AS upper FROM (
	SELECT linlearn_train(ARRAY[wt], am, '{"wd": 0, "loss": "squared_loss"}') AS model FROM interval_cars) AS m, linlearn_predict_interval(model, '{3}'::float8[]) AS i;
-- NULL, an endpoint, and what intervals do not take
SELECT linlearn_predict_interval(model, NULL::float8[]) IS NULL AS no_row, linlearn_predict_interval(NULL, '{1}'::float8[]) IS NULL AS no_model, linlearn_predict_interval(model, '{1, 2}'::float8[], NULL) IS NULL AS no_level
FROM interval_models WHERE name = 'HC1';
SELECT linlearn_save_model('interval_cars', model) AS version FROM interval_models WHERE name = 'HC3';
SELECT linlearn_create_endpoint('interval_cars', 'interval_cars') AS version;
SELECT linlearn_predict_interval('interval_cars', '{3, 110}'::float8[], 0.9, 'confidence') = linlearn_predict_interval(model, '{3, 110}'::float8[], 0.9, 'confidence') AS same FROM interval_models WHERE name = 'HC3';
SELECT linlearn_delete_endpoint('interval_cars') IS NULL AS deleted, linlearn_delete_model('interval_cars') IS NULL AS model;
SELECT linlearn_predict_interval(model, '{3, 110}'::float8[], 1) FROM interval_models WHERE name = 'HC1';
SELECT linlearn_predict_interval(model, '{3, 110}'::float8[], 'nan') FROM interval_models WHERE name = 'HC1';
SELECT linlearn_predict_interval(model, '{3, 110}'::float8[], 0.9, 'tolerance') FROM interval_models WHERE name = 'HC1';
SELECT linlearn_predict_interval(model, '{3, 110}'::float8[], 0.9, 'prediction') FROM interval_models WHERE name = 'logistic';
SELECT linlearn_predict_interval(model, '{3}'::float8[]) FROM interval_models WHERE name = 'logistic';
SELECT linlearn_predict_interval((SELECT linlearn_train(ARRAY[wt], mpg, '{"predictor_type": "regressor", "wd": 0.1}') FROM interval_cars), '{3}'::float8[]);
SELECT linlearn_predict_interval((SELECT linlearn_train(ARRAY[wt], cyl) FROM interval_cars), '{3}'::float8[]);
SELECT linlearn_predict_interval((SELECT linlearn_train((SELECT array_agg(sin(n * j * j)) FROM generate_series(1, 257) AS j), cos(n * n * 0.3), '{"predictor_type": "regressor", "wd": 0}') FROM generate_series(1, 300) AS n), array_fill(0.5, '{257}'));

SET client_min_messages = warning;
DROP TABLE interval_cars, interval_many, interval_digests, interval_models, interval_rates;
DROP FUNCTION other_errors, robust, interval_models;
