-- extremes: features and labels whose squares no double holds.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;
SET max_parallel_workers_per_gather = 0;

-- Powers of ten from the least doubles that have an inverse to the largest.
CREATE TABLE scales AS
SELECT ('1e' || e)::float8 AS s FROM unnest(ARRAY[-305, -300, -200, -170, -162, -155, -150, -100, -45, 45, 100,
    150, 154, 155, 160, 200, 300, 305]) AS e;
CREATE TABLE extreme_rows AS
SELECT i, 10 + i % 37 AS a, (i * i) % 23 AS b FROM generate_series(1, 200) AS i;

-- A weight times its feature's scale is 2, whatever the scale, the optimizer, the
-- loss of validation rows or the weights of rows.
CREATE TABLE extreme_models AS
SELECT s, optimizer, how, linlearn_train(ARRAY[a * s, b, 7 * s], 2.0 * a + b + 3,
        jsonb_build_object('predictor_type', 'regressor', 'wd', 0, 'optimizer', optimizer, 'num_models', 1),
        CASE WHEN how = 'validated' AND i % 4 = 0 THEN 'validation' ELSE 'train' END,
        CASE WHEN how = 'weighted' THEN 1 + i % 3 ELSE 1 END) AS model
FROM extreme_rows, scales, unnest(ARRAY['exact', 'lbfgs', 'newton']) AS optimizer,
    unnest(ARRAY['plain', 'validated', 'weighted']) AS how
GROUP BY s, optimizer, how;
SELECT count(*) FROM extreme_models;
SELECT s, optimizer, how, weight * s AS weight, p.predicted
FROM extreme_models, LATERAL (SELECT weight FROM linlearn_weights(model) WHERE feature = 1) AS w,
    LATERAL (SELECT linlearn_predict(model, ARRAY[20 * s, 5, 7 * s]) AS predicted) AS p
WHERE abs(weight * s - 2) > 1e-6 OR abs(predicted - 48) > 1e-6
    OR abs((linlearn_model_info(model) #>> '{metrics,train:r2}')::float8 - 1) > 1e-9;
-- Explanations add up; the deviation shown is the feature's.
SELECT count(*) FILTER (WHERE abs(e.sum - 48) > 1e-6) AS explained,
       count(*) FILTER (WHERE abs(w.deviation / s / d.deviation - 1) > 1e-12) AS deviations
FROM extreme_models, LATERAL (SELECT sum(contribution) FROM linlearn_explain(model, ARRAY[20 * s, 5, 7 * s])) AS e,
    LATERAL (SELECT deviation FROM linlearn_weights(model) WHERE feature = 1) AS w,
    (SELECT stddev_pop(a) AS deviation FROM extreme_rows) AS d
WHERE how = 'plain';

-- Standard errors scale as the weights do.
SELECT count(*) AS models, count(DISTINCT round((standard_error * s)::numeric, 9)) AS errors,
       count(DISTINCT round(z::numeric, 5)) AS z
FROM (SELECT s, linlearn_train(ARRAY[a * s, b], 2.0 * a + b + 3 * sin(i * i), '{"predictor_type": "regressor", "wd": 0}') AS model
      FROM extreme_rows, scales GROUP BY s) AS m, linlearn_weights(model)
WHERE feature = 1;

-- Classifiers, and mini-batches.
SELECT s, optimizer, options, accuracy
FROM scales, unnest(ARRAY['lbfgs', 'newton', 'adam', 'sgd']) AS optimizer,
    unnest(ARRAY['{}', '{"unbias_data": false}', '{"use_bias": false, "unbias_data": false}']::jsonb[]) AS options,
    LATERAL (SELECT linlearn_train(ARRAY[(a - 28) * s, b], a > 28, options || jsonb_build_object('predictor_type', 'binary_classifier',
                     'optimizer', optimizer, 'wd', 1e-6)) AS model FROM extreme_rows) AS m,
    LATERAL (SELECT avg((linlearn_predict_label(model, ARRAY[(a - 28) * s, b])::boolean = (a > 28))::int) AS accuracy FROM extreme_rows) AS p
WHERE accuracy < 0.95;
SELECT s, r2 FROM scales,
    LATERAL (SELECT (linlearn_model_info(linlearn_train(ARRAY[a * s, b], 2.0 * a + b,
        '{"predictor_type": "regressor", "optimizer": "adam", "learning_rate": 0.1}')) #>> '{metrics,train:r2}')::float8 AS r2 FROM extreme_rows) AS m
WHERE r2 < 0.9;

-- Folded rows: the same model from the sums alone.
SET linlearn.train_mem = '1MB';
CREATE TABLE extreme_many AS SELECT i, 10 + i % 37 AS a, (i::bigint * i) % 23 AS b FROM generate_series(1, 25000) AS i;
SELECT s, metrics ? 'train:absolute_loss' AS kept, weight * s AS weight
FROM (SELECT s, linlearn_train(ARRAY[a * s, b, 7 * s], 2.0 * a + b + 3, '{"predictor_type": "regressor"}') AS model
      FROM extreme_many, scales GROUP BY s) AS m,
    LATERAL (SELECT linlearn_model_info(model) -> 'metrics' AS metrics) AS i,
    LATERAL (SELECT weight FROM linlearn_weights(model) WHERE feature = 1) AS w
WHERE abs(weight * s - 2) > 1e-9 OR abs((metrics ->> 'train:r2')::float8 - 1) > 1e-9 OR metrics ? 'train:absolute_loss';
RESET linlearn.train_mem;

-- A model to go on from: its weights serve, whatever the scale.
SELECT s, optimizer, weight * s AS weight, loss
FROM scales, unnest(ARRAY['exact', 'lbfgs', 'newton', 'adam', 'sgd', 'rmsprop', 'adagrad']) AS optimizer,
    LATERAL (SELECT jsonb_build_object('predictor_type', 'regressor', 'loss', 'squared_loss', 'wd', 0, 'optimizer', optimizer) AS o,
                 linlearn_train(ARRAY[a * s, b, 7 * s], 2.0 * a + b + 3, '{"predictor_type": "regressor"}') AS known FROM extreme_rows) AS k,
    LATERAL (SELECT linlearn_train(ARRAY[a * s, b, 7 * s], 2.0 * a + b + 3, o, NULL, 1, known) AS model FROM extreme_rows) AS m,
    LATERAL (SELECT weight FROM linlearn_weights(model) WHERE feature = 1) AS w,
    LATERAL (SELECT (linlearn_model_info(model) #>> '{metrics,train:mse}')::float8 AS loss) AS i
WHERE abs(weight * s - 2) > 1e-2 OR loss > 1e-2;
SELECT s, optimizer, accuracy
FROM scales, unnest(ARRAY['lbfgs', 'newton', 'adam', 'sgd']) AS optimizer,
    LATERAL (SELECT linlearn_train(ARRAY[(a - 28) * s, b], a > 28, '{"wd": 1e-6}') AS known FROM extreme_rows) AS k,
    LATERAL (SELECT linlearn_train(ARRAY[(a - 28) * s, b], a > 28, jsonb_build_object('optimizer', optimizer), NULL, 1, known) AS model
             FROM extreme_rows GROUP BY known) AS m,
    LATERAL (SELECT (linlearn_model_info(model) #>> '{metrics,train:binary_classification_accuracy}')::float8 AS accuracy) AS i
WHERE accuracy < 0.95;
-- Features of other units than the model's: the optimum, or an error that says so.
SELECT units, optimizer, abs(weight * units - 2) < 1e-3 AS two
FROM unnest(ARRAY[1e-2, 1e9]) AS units, unnest(ARRAY['exact', 'lbfgs', 'newton']) AS optimizer,
    LATERAL (SELECT linlearn_train(ARRAY[a, b]::float8[], 2.0 * a + b + 3, '{"predictor_type": "regressor"}') AS known FROM extreme_rows) AS k,
    LATERAL (SELECT linlearn_train(ARRAY[a * units, b], 2.0 * a + b + 3, jsonb_build_object('predictor_type', 'regressor',
                 'loss', 'squared_loss', 'wd', 0, 'optimizer', optimizer), NULL, 1, known) AS model FROM extreme_rows) AS m,
    LATERAL (SELECT weight FROM linlearn_weights(model) WHERE feature = 1) AS w;
SELECT linlearn_train(ARRAY[a * 1e30, b], 2.0 * a + b + 3, '{"predictor_type": "regressor", "optimizer": "lbfgs"}', NULL, 1, known)
FROM extreme_rows, (SELECT linlearn_train(ARRAY[a, b]::float8[], 2.0 * a + b + 3, '{"predictor_type": "regressor"}') AS known FROM extreme_rows) AS k;

-- Labels: held as far as squares of errors are doubles, else an error.
SELECT s, optimizer, features, weight / s AS weight, r2
FROM (SELECT s FROM scales WHERE s BETWEEN 1e-149 AND 1e148) AS l, unnest(ARRAY['exact', 'lbfgs', 'newton']) AS optimizer,
    unnest(ARRAY['doubles', 'bytes']) AS features,
    LATERAL (SELECT CASE features WHEN 'doubles' THEN linlearn_train(ARRAY[a, b]::float8[], (2.0 * a + b + 3) * s, o)
                    ELSE linlearn_train(set_byte(set_byte('\x0000', 0, a), 1, b), (2.0 * a + b + 3) * s, o) END AS model
             FROM extreme_rows, LATERAL (SELECT jsonb_build_object('predictor_type', 'regressor', 'optimizer', optimizer, 'wd', 0) AS o) AS o
             GROUP BY o) AS m,
    LATERAL (SELECT weight FROM linlearn_weights(model) WHERE feature = 1) AS w,
    LATERAL (SELECT CASE features WHEN 'doubles' THEN linlearn_predict(model, ARRAY[20, 5]) ELSE linlearn_predict(model, '\x1405'::bytea) END AS p) AS p,
    LATERAL (SELECT (linlearn_model_info(model) #>> '{metrics,train:r2}')::float8 AS r2) AS r
WHERE abs(weight / s - CASE features WHEN 'bytes' THEN 512 ELSE 2 END) > 1e-6 OR abs(p / s - 48) > 1e-4 OR abs(r2 - 1) > 1e-9;
SELECT linlearn_train(ARRAY[a, b], a * 1e-200::float8, '{"predictor_type": "regressor"}') FROM extreme_rows;
SELECT linlearn_train(ARRAY[a, b], a * 1e200::float8, '{"predictor_type": "regressor"}') FROM extreme_rows;
SET linlearn.train_mem = '1MB';
SELECT linlearn_train(ARRAY[a, b], a * 1e200::float8, '{"predictor_type": "regressor"}') FROM extreme_many;
RESET linlearn.train_mem;

-- What no double holds is an error that names the feature.
SELECT linlearn_train(ARRAY[b, a * 1e-310], a, '{"predictor_type": "regressor"}') FROM extreme_rows;
SELECT linlearn_train(ARRAY[b, (a - 28) * 8e306], a > 28) FROM extreme_rows;
SELECT linlearn_train(ARRAY[b, a * 1e-250], a * 1e100::float8, '{"predictor_type": "regressor"}') FROM extreme_rows;
SELECT linlearn_train(ARRAY[b, a * 1e250], a * 1e-100::float8, '{"predictor_type": "regressor", "optimizer": "lbfgs"}') FROM extreme_rows;
SELECT linlearn_train(ARRAY[b, a * 1e-100], a, '{"predictor_type": "regressor", "normalize_data": false}') FROM extreme_rows;
SELECT linlearn_train(ARRAY[b, a * 1e100], a > 28, '{"normalize_data": false}') FROM extreme_rows;
-- Sparse rows.
SELECT s, avg((linlearn_predict_label(model, linlearn_sparse(ARRAY[2, 3], ARRAY[(a - 28) * s, b]::real[], 4))::boolean = (a > 28))::int)::numeric(3, 2) AS accuracy
FROM (SELECT s, linlearn_train(linlearn_sparse(ARRAY[2, 3], ARRAY[(a - 28) * s, b]::real[], 4), a > 28, '{"wd": 1e-6}') AS model
      FROM extreme_rows, unnest(ARRAY[1e-37, 1e-30, 1e30, 1e36]) AS s GROUP BY s) AS m, extreme_rows
GROUP BY s ORDER BY s;

DROP TABLE scales, extreme_rows, extreme_models, extreme_many;

-- ---- Explained, where sums on the way are no doubles ----

SELECT term, contribution FROM linlearn_explain(linlearn_model_from_coefficients('{1e308, 1e308}'::float8[], '{3}', mean => '{0, 0}', deviation => '{1, 1}'), '{1, 1}'::float8[]) WHERE feature IS NULL;
SELECT term, contribution FROM linlearn_explain(linlearn_model_from_coefficients('{1e308, -1e308}'::float8[], '{3}', mean => '{4, 3}', deviation => '{1, 1}'), '{9, 9}'::float8[]) WHERE feature IS NULL;
