-- Standard errors and figures of fit beside those of R 4.2 (base and stats), whose commands stand with its numbers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
SET extra_float_digits = 0;
CREATE TABLE longley_r (deflator float8, gnp float8, unemployed float8, armed float8, population float8, year float8,
	employed float8);
INSERT INTO longley_r VALUES
(83,234.289,235.6,159,107.608,1947,60.323),
(88.5,259.426,232.5,145.6,108.632,1948,61.122),
(88.2,258.054,368.2,161.6,109.773,1949,60.171),
(89.5,284.599,335.1,165,110.929,1950,61.187),
(96.2,328.975,209.9,309.9,112.075,1951,63.221),
(98.1,346.999,193.2,359.4,113.27,1952,63.639),
(99,365.385,187,354.7,115.094,1953,64.989),
(100,363.112,357.8,335,116.219,1954,63.761),
(101.2,397.469,290.4,304.8,117.388,1955,66.019),
(104.6,419.18,282.2,285.7,118.734,1956,67.857),
(108.4,442.769,293.6,279.8,120.445,1957,68.169),
(110.8,444.546,468.1,263.7,121.95,1958,66.513),
(112.6,482.704,381.3,255.2,123.366,1959,68.655),
(114.2,502.601,393.1,251.4,125.368,1960,69.564),
(115.7,518.173,480.6,257.2,127.852,1961,69.331),
(116.9,554.894,400.7,282.7,130.081,1962,70.551);
CREATE TABLE mtcars_r (mpg float8, wt float8, hp float8, am boolean, carb float8);
INSERT INTO mtcars_r VALUES
(21,2.62,110,true,4),
(21,2.875,110,true,4),
(22.8,2.32,93,true,1),
(21.4,3.215,110,false,1),
(18.7,3.44,175,false,2),
(18.1,3.46,105,false,1),
(14.3,3.57,245,false,4),
(24.4,3.19,62,false,2),
(22.8,3.15,95,false,2),
(19.2,3.44,123,false,4),
(17.8,3.44,123,false,4),
(16.4,4.07,180,false,3),
(17.3,3.73,180,false,3),
(15.2,3.78,180,false,3),
(10.4,5.25,205,false,4),
(10.4,5.424,215,false,4),
(14.7,5.345,230,false,4),
(32.4,2.2,66,true,1),
(30.4,1.615,52,true,2),
(33.9,1.835,65,true,1),
(21.5,2.465,97,false,1),
(15.5,3.52,150,false,2),
(15.2,3.435,150,false,2),
(13.3,3.84,245,false,4),
(19.2,3.845,175,false,2),
(27.3,1.935,66,true,1),
(26,2.14,91,true,2),
(30.4,1.513,113,true,2),
(15.8,3.17,264,true,4),
(19.7,2.77,175,true,6),
(15,3.57,335,true,8),
(21.4,2.78,109,true,2);

-- How many digits of expected numbers an answer has, -log10 of the relative error, at most 15
CREATE FUNCTION digits(got float8, expected float8) RETURNS numeric LANGUAGE sql STRICT AS $$
	SELECT CASE WHEN got = expected THEN 15
		ELSE least(15, round(-log(abs(got - expected)::numeric / abs(expected)::numeric), 1)) END $$;
CREATE FUNCTION least_digits(model bytea, enough int, weights float8[], errors float8[]) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN a >= enough THEN 'weights to ' || enough || ' digits' ELSE 'weights to ' || a END || ', ' ||
		CASE WHEN b >= enough THEN 'errors to ' || enough WHEN b IS NULL THEN 'no errors' ELSE 'errors to ' || b END
	FROM (SELECT min(digits(weight, weights[coalesce(feature, 0) + 1])) AS a,
		min(digits(standard_error, errors[coalesce(feature, 0) + 1])) AS b FROM linlearn_weights(model)) AS m $$;

-- ---- Near-collinear features keep their digits ----

-- NIST's Longley; R: summary(lm(Employed ~ ., longley))$coefficients has 12 of them (NIST's figures, in thousands)
SELECT least_digits(linlearn_train(ARRAY[deflator, gnp, unemployed, armed, population, year], employed, '{"wd": 0, "predictor_type": "regressor"}'), 11,
	'{-3482.25863459582, 0.0150618722713733, -0.0358191792925910, -0.0202022980381683, -0.0103322686717359, -0.0511041056535807, 1.82915146461355}',
	'{890.420383607373, 0.0849149257747669, 0.0334910077722432, 0.00488399681651699, 0.00214274163161675, 0.226073200069370, 0.455478499142212}')
FROM longley_r;

-- NIST's Wampler 1, 3, 4 and 5: powers of 0 to 20, all weights 1; the errors of 4 and 5 are 100 and 10,000 times those of 3
CREATE TABLE wampler AS SELECT ARRAY[x, x ^ 2, x ^ 3, x ^ 4, x ^ 5] AS f, 1 + x + x ^ 2 + x ^ 3 + x ^ 4 + x ^ 5 AS y,
	(ARRAY[759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048, -2048, 1838, -2048, 2048, -2048, 2523,
		-2048, 2048, -2048, 759])[x + 1] AS e
FROM generate_series(0, 20) AS x;
SELECT factor, least_digits(linlearn_train(f, y + factor * e, '{"wd": 0, "predictor_type": "regressor"}'), 9, '{1, 1, 1, 1, 1, 1}',
	(SELECT array_agg(factor * s ORDER BY i) FROM unnest('{2152.32624678170, 2363.55173469681, 779.343524331583, 101.475507550350,
		5.64566512170752, 0.112324854679312}'::float8[]) WITH ORDINALITY AS u (s, i)))
FROM wampler, unnest(ARRAY[0, 1, 100, 10000]) AS factor GROUP BY factor ORDER BY factor;
-- and Wampler 2, whose weights are 1, 0.1, 0.01 ...
SELECT least_digits(linlearn_train(f, (1 + 0.1 * x + 0.01 * x ^ 2 + 0.001 * x ^ 3 + 0.0001 * x ^ 4 + 0.00001 * x ^ 5)::float8, '{"wd": 0, "predictor_type": "regressor"}'), 9,
	'{1, 0.1, 0.01, 0.001, 0.0001, 0.00001}', NULL) FROM wampler, LATERAL (SELECT f[1]::numeric AS x) AS x;
-- the same of a table's columns, and where rows are only summed
SELECT round(w.weight::numeric, 8) AS weight FROM (
	SELECT linlearn_train(t, y + e, '{"wd": 0, "predictor_type": "regressor", "exclude": ["y", "e"]}') AS model FROM (
		SELECT f[1] AS a, f[2] AS b, f[3] AS c, f[4] AS d, f[5] AS f, y, e FROM wampler) AS t) AS m, linlearn_weights(model) AS w;

-- Powers 1 to 10 of numbers from -8.78 to -3.11, as NIST's Filip has them, 1 - R^2 of the last being 5e-15. What is expected
-- was computed with Python's fractions; R: lm(y ~ f, tol = 1e-14) has 7 digits of the weights, 8 of the errors
CREATE TABLE filip AS SELECT i, ARRAY[x, x ^ 2, x ^ 3, x ^ 4, x ^ 5, x ^ 6, x ^ 7, x ^ 8, x ^ 9, x ^ 10] AS f,
	(0.85 + 0.06 * ((i * 7919) % 101) / 101.0 - 0.02 * (x + 6) + 0.01 * (x + 6) ^ 3)::float8 AS y
FROM (SELECT i, (-8.78 + 0.07 * i)::float8 AS x FROM generate_series(0, 81) AS i) AS x;
SELECT least_digits(linlearn_train(f, y, '{"wd": 0, "predictor_type": "regressor"}'), 11,
	'{278.8542624932324, 493.548728342362, 390.1529632346319, 180.25873679401525, 53.790052746040615, 10.813724348902765,
		1.48073403957814, 0.13611503265500355, 0.008021178986396933, 0.0002728787361781058, 4.054605080612033e-06}',
	'{1410.8503246124956, 2669.9401582163255, 2241.6479181657555, 1099.73033306202, 349.1910656522574, 75.0047858406829,
		11.040684747290923, 1.1001320268025363, 0.0710443173857551, 0.0026860469879375582, 4.516862115800409e-05}')
FROM filip;
-- NIST's Filip itself and its certified figures, of which rounding the powers to doubles leaves some 7 digits
SELECT least_digits(linlearn_train(ARRAY[x, x ^ 2, x ^ 3, x ^ 4, x ^ 5, x ^ 6, x ^ 7, x ^ 8, x ^ 9, x ^ 10], y, '{"wd": 0, "predictor_type": "regressor"}'), 7,
	'{-1467.48961422980, -2772.17959193342, -2316.37108160893, -1127.97394098372, -354.478233703349, -75.1242017393757,
		-10.8753180355343, -1.06221498588947, -0.0670191154593408, -0.00246781078275479, -0.0000402962525080404}',
	'{298.084530995537, 559.779865474950, 466.477572127796, 227.204274477751, 71.6478660875927, 15.2897178747400,
		2.23691159816033, 0.221624321934227, 0.0142363763154724, 0.000535617408889821, 0.00000896632837373868}')
FROM unnest('{-6.860120914, -4.324130045, -4.358625055, -4.358426747, -6.955852379, -6.661145254, -6.355462942, -6.118102026, -7.115148017,
	-6.815308569, -6.519993057, -6.204119983, -5.853871964, -6.109523091, -5.79832982, -5.482672118, -5.171791386, -4.851705903, -4.517126416,
	-4.143573228, -3.709075441, -3.499489089, -6.300769497, -5.953504836, -5.642065153, -5.031376979, -4.680685696, -4.329846955, -3.928486195,
	-8.56735134, -8.363211311, -8.107682739, -7.823908741, -7.522878745, -7.218819279, -6.920818754, -6.628932138, -6.323946875, -5.991399828,
	-8.781464495, -8.663140179, -8.473531488, -8.247337057, -7.971428747, -7.676129393, -7.352812702, -7.072065318, -6.774174009, -6.478861916,
	-6.159517513, -6.835647144, -6.53165267, -6.224098421, -5.910094889, -5.598599459, -5.290645224, -4.974284616, -4.64454848, -4.290560426,
	-3.885055584, -3.408378962, -3.13200249, -8.726767166, -8.66695597, -8.511026475, -8.165388579, -7.886056648, -7.588043762, -7.283412422,
	-6.995678626, -6.691862621, -6.392544977, -6.067374056, -6.684029655, -6.378719832, -6.065855188, -5.752272167, -5.132414673, -4.811352704,
	-4.098269308, -3.66174277, -3.2644011}'::float8[],
	'{0.8116, 0.9072, 0.9052, 0.9039, 0.8053, 0.8377, 0.8667, 0.8809, 0.7975, 0.8162, 0.8515, 0.8766, 0.8885, 0.8859, 0.8959, 0.8913, 0.8959,
	0.8971, 0.9021, 0.909, 0.9139, 0.9199, 0.8692, 0.8872, 0.89, 0.891, 0.8977, 0.9035, 0.9078, 0.7675, 0.7705, 0.7713, 0.7736, 0.7775, 0.7841,
	0.7971, 0.8329, 0.8641, 0.8804, 0.7668, 0.7633, 0.7678, 0.7697, 0.77, 0.7749, 0.7796, 0.7897, 0.8131, 0.8498, 0.8741, 0.8061, 0.846, 0.8751,
	0.8856, 0.8919, 0.8934, 0.894, 0.8957, 0.9047, 0.9129, 0.9209, 0.9219, 0.7739, 0.7681, 0.7665, 0.7703, 0.7702, 0.7761, 0.7809, 0.7961, 0.8253,
	0.8602, 0.8809, 0.8301, 0.8664, 0.8834, 0.8898, 0.8964, 0.8963, 0.9074, 0.9119, 0.9228}'::float8[]) AS n (x, y);
-- so do robust errors and the limits of a row, by Python's fractions; R: sqrt(diag(vcovHC(lm(Employed ~ ., longley), kind))) has 7 digits
SELECT kind, least_digits(linlearn_train(ARRAY[deflator, gnp, unemployed, armed, population, year], employed, jsonb_build_object('wd', 0, 'predictor_type', 'regressor', 'standard_errors', kind)), 10,
	'{-3482.25863459582, 0.0150618722713733, -0.0358191792925910, -0.0202022980381683, -0.0103322686717359, -0.0511041056535807, 1.82915146461355}',
	CASE kind WHEN 'HC1' THEN '{1109.61544077376, 0.0682937965942191, 0.0327679967768596, 0.00510985481234658, 0.00194993334854644, 0.210944661626567, 0.571179167380128}'
	ELSE '{1799.47723066181, 0.0911193866011399, 0.0556239883883935, 0.00822133502016578, 0.00298789257590539, 0.324905821136018, 0.9228078417154}' END::float8[])
FROM longley_r, unnest('{HC1,HC3}'::text[]) AS kind GROUP BY kind ORDER BY kind;
SELECT kind, least_digits(linlearn_train(f, y, jsonb_build_object('wd', 0, 'predictor_type', 'regressor', 'standard_errors', kind)), 7,
	'{278.8542624932324, 493.548728342362, 390.1529632346319, 180.25873679401525, 53.790052746040615, 10.813724348902765,
		1.48073403957814, 0.13611503265500355, 0.008021178986396933, 0.0002728787361781058, 4.054605080612033e-06}',
	CASE kind WHEN 'HC1' THEN '{1364.8193235559777, 2586.0782552763817, 2173.513487576634, 1067.2189168308598, 339.10004049833583, 72.8756776681194,
		10.731383235683047, 1.0695785169461294, 0.06907992150577182, 0.002611806560614613, 4.391600185716538e-05}'
	ELSE '{1984.1296306911377, 3728.90109079076, 3111.6169261023488, 1518.428254511854, 479.9617029321323, 102.70836386227849,
		15.073452169126691, 1.4985587995519756, 0.09661997655548207, 0.0036495460643503675, 6.13494767296226e-05}' END::float8[])
FROM filip, unnest('{HC1,HC3}'::text[]) AS kind GROUP BY kind ORDER BY kind;
-- of which terms 1e11 times as large leave some 6 digits
SELECT kind, round(((upper - i.lower) / 2)::numeric, 7) AS half FROM unnest('{model,HC3}'::text[]) AS kind, LATERAL (
	SELECT linlearn_train(f, y, jsonb_build_object('wd', 0, 'predictor_type', 'regressor', 'standard_errors', kind)) AS model FROM filip) AS m,
	LATERAL (SELECT array_agg((-5.01::float8) ^ j ORDER BY j) FROM generate_series(1, 10) AS j) AS x (x), linlearn_predict_interval(model, x, 0.9, 'confidence') AS i;
-- in any order, the same bytes
SELECT count(DISTINCT model) FROM (
	SELECT linlearn_train(f, y, '{"wd": 0, "predictor_type": "regressor"}' ORDER BY i) FROM filip UNION ALL
	SELECT linlearn_train(f, y, '{"wd": 0, "predictor_type": "regressor"}' ORDER BY y) FROM filip) AS m (model);
-- an offset is taken off near-collinear rows, too
SELECT max(abs(a.weight - b.weight)) < 1e-8 AS weights, max(abs(a.standard_error / b.standard_error - 1)) < 1e-8 AS errors FROM (
	SELECT linlearn_train(r, y, '{"wd": 0, "predictor_type": "regressor", "offset": "o", "exclude": ["y"], "standard_errors": "HC3"}') AS offset_model,
		linlearn_train(r, y - o, '{"wd": 0, "predictor_type": "regressor", "exclude": ["y", "o"], "standard_errors": "HC3"}') AS plain
	FROM (SELECT i AS a, i + 1e-3 * (i * i % 7) AS b, (i * i % 11)::float8 AS o, 3.0 * i + sin(i) AS y FROM generate_series(1, 60) AS i) AS r) AS m,
	linlearn_weights(offset_model) AS a JOIN linlearn_weights(plain) AS b ON a.feature IS NOT DISTINCT FROM b.feature;
-- Features 1e-6 apart; what is exactly the same has no weight of its own in a table, and shares it in an array
SELECT gap, round(w.weight::numeric, 6) AS weight FROM unnest(ARRAY[1e-3, 1e-6]) AS gap, LATERAL (
	SELECT linlearn_train(ARRAY[i, i + gap * (i * i % 7)], 3.0 * i - gap * (i * i % 7) + 5, '{"wd": 0, "predictor_type": "regressor"}') AS model
	FROM generate_series(1, 50) AS i) AS m, linlearn_weights(model) AS w WHERE feature IS NOT NULL ORDER BY gap DESC, feature;
-- by every solver: the optimum is the same
SELECT optimizer, gap, abs(w.weight * gap + 1) < 1e-6 AS digits FROM unnest('{newton,lbfgs}'::text[]) AS optimizer, unnest(ARRAY[1e-4, 1e-6]) AS gap, LATERAL (
	SELECT linlearn_train(ARRAY[i, i + gap * (i * i % 7)], 3.0 * i - (i * i % 7) + 5, jsonb_build_object('predictor_type', 'regressor', 'wd', 0, 'optimizer', optimizer)) AS model
	FROM generate_series(1, 50) AS i) AS m, linlearn_weights(model) AS w WHERE feature = 2 ORDER BY optimizer, gap;
SELECT term, round(w.weight::numeric, 6) AS weight, standard_error IS NULL AS aliased FROM (
	SELECT linlearn_train(t, y, '{"wd": 0, "predictor_type": "regressor", "exclude": ["y"]}') AS model
	FROM (SELECT i, i * 2.54::float8 AS twin, 3.0 * i + i * i % 7 AS y FROM generate_series(1, 50) AS i) AS t) AS m,
	linlearn_weights(model) AS w ORDER BY term;

-- ---- Weights of rows, as lm and glm have them ----

-- R: summary(lm(mpg ~ wt + hp, mtcars, weights = carb))$coefficients
SELECT least_digits(linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0, "predictor_type": "regressor"}', 'train', carb), 11,
	'{35.0540559225938, -3.52500695091738, -0.0265240444193519}', '{1.50116650702135, 0.484416111448270, 0.00607096636851209}')
FROM mtcars_r;
-- R: summary(glm(am ~ wt, binomial, mtcars, weights = carb, control = list(epsilon = 1e-14)))$coefficients
SELECT least_digits(linlearn_train(ARRAY[wt], am, '{"wd": 0}', 'train', carb), 10, '{13.2912862219355, -4.10414702382795}',
	'{3.10816656747567, 0.929892531702850}')
FROM mtcars_r;

-- ---- Figures of fit ----

-- What differs from R's figures by more than 1e-9
CREATE FUNCTION other_figures(model bytea, expected jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT coalesce(jsonb_object_agg(key, fit -> key), '{}') FROM jsonb_each_text(expected) AS e,
		LATERAL (SELECT linlearn_model_info(model) -> 'fit') AS i (fit)
	WHERE NOT coalesce(abs((fit ->> key)::float8 - value::float8) <= 1e-9 * abs(value::float8), false) $$;
-- R: m <- lm(mpg ~ wt + hp, mtcars); s <- summary(m); deviance(m); logLik(m); AIC(m); BIC(m); s$r.squared;
-- s$adj.r.squared; s$sigma; s$df; s$fstatistic; pf(s$fstatistic[1], 2, 29, lower = FALSE)
SELECT other_figures(linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0, "predictor_type": "regressor"}'),
	'{"deviance": 195.0477547415, "null_deviance": 1126.0471875, "log_likelihood": -74.32616941282, "aic": 156.6523388256,
	"bic": 162.5152824368, "r2": 0.8267854518828, "adjusted_r2": 0.8148396209782, "residual_standard_error": 2.593411777227,
	"residual_degrees_of_freedom": 29, "null_degrees_of_freedom": 31, "f": 69.21121339178, "f_p": 9.109054385222e-12,
	"rows": 32, "weights": 3}') FROM mtcars_r;
-- R: the same of lm(mpg ~ wt + hp, mtcars, weights = carb), and of lm(mpg ~ wt + hp - 1, mtcars)
SELECT other_figures(linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0, "predictor_type": "regressor"}', 'train', carb),
	'{"deviance": 403.5836161554, "log_likelihood": -71.97967106518, "aic": 151.9593421304, "bic": 157.8222857416,
	"r2": 0.8306007929869, "adjusted_r2": 0.818918089055, "residual_standard_error": 3.73050618806, "f": 71.09662265056}') FROM mtcars_r;
SELECT other_figures(linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0, "predictor_type": "regressor", "use_bias": false}'),
	'{"deviance": 3841.611665865, "log_likelihood": -122.0126148127, "aic": 250.0252296254, "bic": 254.4224373338,
	"r2": 0.7264259465953, "adjusted_r2": 0.7081876763684, "residual_standard_error": 11.31608245797, "f": 39.82976113167}') FROM mtcars_r;
-- R: m <- glm(am ~ wt + hp, binomial, mtcars, control = list(epsilon = 1e-14)); deviance(m); m$null.deviance; AIC(m); BIC(m)
SELECT other_figures(linlearn_train(ARRAY[wt, hp], am, '{"wd": 0}'), '{"deviance": 10.05911047227, "null_deviance": 43.22973327686,
	"log_likelihood": -5.029555236133, "aic": 16.05911047227, "bic": 20.45631818067, "null_degrees_of_freedom": 31}') FROM mtcars_r;
-- R: the same of glm(carb ~ wt + hp, poisson, ...) and of glm(mpg ~ wt + hp, Gamma("log"), ...), and summary(m)$dispersion
SELECT other_figures(linlearn_train(ARRAY[wt, hp], carb, '{"wd": 0, "loss": "poisson", "predictor_type": "regressor"}'),
	'{"deviance": 12.27803883672, "null_deviance": 27.04335745013, "log_likelihood": -50.82184424706, "aic": 107.6436884941,
	"bic": 112.0408962025, "dispersion": 1}') FROM mtcars_r;
SELECT other_figures(linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0, "loss": "gamma", "predictor_type": "regressor"}'),
	'{"deviance": 0.3681608281976, "null_deviance": 2.735289650285, "log_likelihood": -68.63763250318, "aic": 145.2752650064,
	"bic": 151.1382086176, "dispersion": 0.01331587316044}') FROM mtcars_r;
-- none of a regularised model
SELECT linlearn_model_info(linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0.1, "predictor_type": "regressor"}')) ? 'fit' AS fit FROM mtcars_r;

-- ---- Confidence limits and variance inflation ----

-- R: confint(lm(mpg ~ wt + hp, mtcars), level = .9); v <- vcov(m)[-1, -1]; diag(solve(cov2cor(v))), as car::vif
SELECT term, min(digits(got, expected)) >= 10 AS agrees FROM (
	SELECT term, unnest(ARRAY[lower, upper, vif]) AS got, unnest(CASE term
		WHEN '(bias)' THEN '{34.5107270009474760, 39.9438132319469119, NULL}'
		WHEN 'feature 1' THEN '{-4.9529253232942949, -2.8027361615150688, 1.76662457926828}'
		ELSE '{-0.0471155707341585, -0.0164303232301635, 1.76662457926828}' END::float8[]) AS expected
	FROM (SELECT linlearn_train(ARRAY[wt, hp], mpg, '{"wd": 0, "predictor_type": "regressor"}') AS model FROM mtcars_r) AS m,
		linlearn_weights(model, .9)) AS w GROUP BY term ORDER BY term;
-- R: confint.default(glm(am ~ wt + hp, binomial, mtcars, ..., start = coef(m))), as vcov is that of the step before, and the same of vcov
SELECT term, min(digits(got, expected)) >= 7 AS agrees FROM (
	SELECT term, unnest(ARRAY[lower, upper, vif]) AS got, unnest(CASE term
		WHEN '(bias)' THEN '{4.27719228154039932, 33.4554051528678968, NULL}'
		WHEN 'feature 1' THEN '{-14.09796820245873405, -2.0689821624305607, 2.44429727750894}'
		ELSE '{0.00149729229532548, 0.0710138998691078, 2.44429727750894}' END::float8[]) AS expected
	FROM (SELECT linlearn_train(ARRAY[wt, hp], am, '{"wd": 0}') AS model FROM mtcars_r) AS m, linlearn_weights(model)) AS w
GROUP BY term ORDER BY term;
-- R: m <- lm(Employed ~ ., longley); v <- vcov(m)[-1, -1]; diag(solve(cov2cor(v)))
SELECT term, round(vif::numeric, 6) AS vif FROM (
	SELECT linlearn_train(l, employed, '{"wd": 0, "predictor_type": "regressor", "exclude": ["employed"]}') AS model FROM longley_r AS l) AS m,
	linlearn_weights(model) ORDER BY vif;
SELECT count(lower) AS limits, count(vif) AS vifs FROM (SELECT linlearn_train(ARRAY[wt], mpg, '{"wd": 1, "predictor_type": "regressor"}') FROM mtcars_r) AS m (model),
	linlearn_weights(model);
SELECT * FROM linlearn_weights((SELECT linlearn_train(ARRAY[wt], mpg, '{"wd": 0, "predictor_type": "regressor"}') FROM mtcars_r), 1);
-- where rounding hides what a last step brings, the gradient leads on from there
SELECT count(*) AS models, count(*) FILTER (WHERE (linlearn_model_info(m) ->> 'standard_errors')::boolean) AS with_errors
FROM (SELECT shift, linlearn_train(x, accidents, '{"predictor_type": "regressor", "loss": "poisson", "wd": 0, "exposure": "years", "optimizer": "lbfgs"}') AS m
	FROM (SELECT shift, floor(years * (0.3 + 0.5 * (area = 'town')::int) * (1 + sin(id * id + shift)) + 0.4)::int AS accidents, area, age, years
		FROM (SELECT shift, i AS id, CASE i % 3 WHEN 0 THEN 'town' ELSE 'country' END AS area, 18 + i * 13 % 60 AS age, 0.5 + i % 4 AS years
			FROM generate_series(1, 400) AS i, generate_series(0, 19) AS shift) AS drawn) AS c, LATERAL (SELECT area, age, years) AS x GROUP BY shift) AS t;
