-- defaults: what is automatic serves data of any scale and tail

-- One outlier among 4,000 values does not hide the others from wd.
CREATE TABLE outlier AS
SELECT ARRAY[CASE WHEN i = 1 THEN 1e5 ELSE sin(i) + cos(i * 1.7) END] AS x,
       sin(i) + cos(i * 1.7) + sin(i * i::float8) > 0 AS y
FROM generate_series(1, 4000) i;
SELECT optimizer, round((linlearn_model_info(linlearn_train(x, y, o))
           #>> '{metrics,train:log_loss}')::numeric, 2) AS log_loss
FROM outlier, (VALUES ('auto', '{}'::jsonb), ('no wd', '{"wd": 0}'),
                      ('newton', '{"optimizer": "newton"}')) v(optimizer, o)
GROUP BY optimizer ORDER BY optimizer;

-- huber_loss of labels far beyond huber_delta is not flattened by wd.
CREATE TABLE plane AS
SELECT ARRAY[sin(i), cos(i * 1.7)] AS x, sin(i) + cos(i * 1.7) + sin(i * i::float8) / 5 AS y
FROM generate_series(1, 2000) i;
SELECT scale, optimizer, round((linlearn_model_info(linlearn_train(x, scale * y,
           jsonb_build_object('predictor_type', 'regressor', 'loss', 'huber_loss',
                              'optimizer', optimizer)))
           #>> '{metrics,train:r2}')::numeric, 2) AS r2
FROM plane, (VALUES (1), (1000), (1000000)) s(scale), (VALUES ('lbfgs'), ('adam')) o(optimizer)
GROUP BY scale, optimizer ORDER BY scale, optimizer;

-- Quantiles are met at the tails too: so many labels are below.
CREATE TABLE tails AS
SELECT ARRAY[sin(i), cos(i * 1.7)] AS x, sin(i) + ln(u / (1 - u)) AS y
FROM (SELECT i, (i * 0.6180339887498949) % 1 AS u FROM generate_series(1, 10000) i) t;
WITH model AS (
    SELECT q, linlearn_train(x, y, jsonb_build_object('predictor_type', 'regressor',
               'loss', 'quantile_loss', 'quantile', q)) AS m
    FROM tails, unnest(ARRAY[0.01, 0.25, 0.5, 0.99]) q GROUP BY q)
SELECT q, abs(avg((y < linlearn_predict(m, x))::int) - q) < 0.005 AS met
FROM model, tails GROUP BY q ORDER BY q;
-- The bias starts there, unless it is given.
SELECT o, round((linlearn_model_info(linlearn_train(x, y, o ||
           '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": 0.9, "optimizer": "adam"}'))
           #>> '{hyperparameters,init_bias}')::numeric, 2) AS init_bias
FROM plane, (VALUES ('{}'::jsonb), ('{"init_bias": 0}')) v(o) GROUP BY o ORDER BY o;

DROP TABLE outlier, plane, tails;
