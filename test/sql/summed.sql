-- summed: least squares in closed form on more rows than are kept.  A channel of
-- wide or narrow rows is summed up from a third of train_mem on.

SET linlearn.train_mem = '1MB';
SET max_parallel_workers_per_gather = 0;

-- Numbers that no rounding spares, of very different sizes, with a constant.
CREATE TABLE rows AS
SELECT i, ARRAY[sin(i), 1e6 * cos(i * 3), 1e9 + sin(i * 7), ln(i + 1), 5,
                i % 13 / 7.0]::float8[] AS x,
       2 + 3 * sin(i) - 4e-6 * cos(i * 3) + 5 * sin(i * 7) + sin(i::bigint * i % 1009)
         AS y,
       CASE WHEN i % 10 = 0 THEN 'validation' ELSE 'train' END AS split,
       1 + i % 3 AS weight
FROM generate_series(1, 90000) i;

-- The same bytes in any order.
SELECT count(DISTINCT md5(model)) FROM (
    SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}', split) AS model
    FROM rows
    UNION ALL
    SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}', split)
    FROM (SELECT * FROM rows ORDER BY y) sorted
    UNION ALL
    SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}', split)
    FROM (SELECT * FROM rows ORDER BY split DESC, md5(i::text)) shuffled) models;

CREATE TABLE models AS
SELECT 'summed' AS how,
       linlearn_train(x, y, '{"predictor_type": "regressor"}', split) AS model
FROM rows
UNION ALL
-- A given number of points for the normaliser needs the rows.
SELECT 'kept',
       linlearn_train(x, y, '{"predictor_type": "regressor",
                              "num_point_for_scaler": 1000000}', split)
FROM rows;

-- The metrics but the absolute loss are there, and those of the rows.
SELECT how, metric, round(value::numeric, 6) AS value
FROM models, jsonb_each_text(linlearn_model_info(model) -> 'metrics')
     AS m(metric, value)
ORDER BY metric, how;

-- The rows are counted, and known by the same fingerprint.
SELECT how, linlearn_model_info(model) -> 'rows' AS rows
FROM models ORDER BY how;
SELECT count(DISTINCT linlearn_model_info(model) -> 'fingerprint') FROM models;

-- The same coefficients and standard errors.
SELECT feature, a.weight = 0 AS none,
       abs(a.weight - b.weight) <= 1e-7 * abs(b.weight) AS same_weight,
       abs(a.standard_error / b.standard_error - 1) < 1e-6 AS same_error
FROM (SELECT w.* FROM models, linlearn_weights(model) w WHERE how = 'summed') a
JOIN (SELECT w.* FROM models, linlearn_weights(model) w WHERE how = 'kept') b
    USING (feature)
UNION ALL
SELECT 0, a.weight = 0, abs(a.weight - b.weight) <= 1e-7 * abs(b.weight), NULL
FROM (SELECT w.* FROM models, linlearn_weights(model) w
      WHERE how = 'summed' AND feature IS NULL) a,
     (SELECT w.* FROM models, linlearn_weights(model) w
      WHERE how = 'kept' AND feature IS NULL) b
ORDER BY feature;

-- Weights of rows: proportions count, whole weights are as good as copies.
SELECT max(abs(a.weight - b.weight) / (10 + abs(b.weight))) < 1e-9 AS same
FROM (SELECT (linlearn_weights(linlearn_train(x, y,
          '{"predictor_type": "regressor"}', NULL, weight))).* FROM rows) a
JOIN (SELECT (linlearn_weights(linlearn_train(x, y,
          '{"predictor_type": "regressor"}'))).*
      FROM rows, generate_series(1, weight)) b
    ON a.feature IS NOT DISTINCT FROM b.feature;
SELECT linlearn_train(x, y, '{"predictor_type": "regressor"}', NULL, 0)
FROM rows;

-- wd chosen by validation rows, alone or few, as on rows that are kept.
SELECT how, trial, hyperparameters ->> 'wd' AS wd, round(objective::numeric, 6)
         AS objective
FROM models, linlearn_trials(model) ORDER BY trial, how;
SELECT count(DISTINCT linlearn_model_info(model) #>> '{hyperparameters,wd}')
FROM models;

-- Rows of bytes and of floats; one group summed, one not.
SELECT g, round((info #>> '{metrics,train:rmse}')::numeric, 4) AS rmse,
       info -> 'metrics' ? 'train:absolute_loss' AS kept
FROM (SELECT g, linlearn_model_info(linlearn_train(
              decode(lpad(to_hex(i % 65536), 4, '0') ||
                     lpad(to_hex(i * 7 % 256), 2, '0'), 'hex'),
              i % 65536 / 256 + i * 7 % 256, '{"predictor_type": "regressor"}')) AS info
      FROM (SELECT i, i <= 89000 AS g FROM generate_series(1, 90000) i) t
      GROUP BY g) models ORDER BY g;
SELECT abs((linlearn_model_info(linlearn_train(x::real[], y,
           '{"predictor_type": "regressor", "optimizer": "exact", "wd": 0.5}'))
           #>> '{metrics,train:mse}')::float8 /
       (linlearn_model_info(linlearn_train(x::real[], y,
           '{"predictor_type": "regressor", "optimizer": "exact", "wd": 0.5,
             "num_point_for_scaler": 1000000}'))
           #>> '{metrics,train:mse}')::float8 - 1) < 1e-6 AS same
FROM rows;

-- What needs the rows keeps them.
SELECT options,
       linlearn_model_info(linlearn_train(x, y, options || '{"predictor_type": "regressor"}'))
         -> 'metrics' ? 'train:absolute_loss' AS kept
FROM rows, (VALUES ('{"loss": "squared_loss"}'::jsonb),
                   ('{"loss": "squared_loss", "optimizer": "lbfgs"}'),
                   ('{"loss": "squared_loss", "validation_fraction": 0.1}'),
                   ('{"loss": "squared_loss", "l1": 0.01}'),
                   ('{"loss": "huber_loss"}')) v(options)
GROUP BY options ORDER BY options::text;

-- A value that cannot be squared.
SELECT round((weight * 1e200)::numeric) AS scaled
FROM (SELECT linlearn_train(CASE WHEN i = 89999 THEN ARRAY[1e200] ELSE ARRAY[0] END,
                 CASE WHEN i = 89999 THEN 5e9 ELSE 0 END, '{"predictor_type": "regressor"}')
      FROM rows) AS m (model), linlearn_weights(model) WHERE feature = 1;

DROP TABLE rows, models;
