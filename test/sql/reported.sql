-- reported: what a model says of itself is what the aggregates say of its
-- predictions on the same rows, to rounding; unless the model has learnt from
-- validation rows afterwards (refit).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

-- Whether two figures are one, but for the order of their sums.
CREATE FUNCTION same_figure(reported float8, recomputed float8) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
$$ SELECT reported IS NOT DISTINCT FROM recomputed
       OR abs(reported - recomputed) <= 1e-10 * abs(recomputed) + 1e-13 $$;
-- The same of figures that come of many classes' scores, which are floats.
CREATE FUNCTION same_scored_figure(reported float8, recomputed float8) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
$$ SELECT reported IS NOT DISTINCT FROM recomputed
       OR abs(reported - recomputed) <= 1e-6 * abs(recomputed) + 1e-6 $$;

-- Figures of a model that differ from those of its predictions on the rows that
-- a query gives as (x, y, channel).  The name of a figure is the model's; each is
-- one column of the query of its predictor.
CREATE FUNCTION wrong_figures(model bytea, query text)
RETURNS TABLE (figure text, reported float8, recomputed float8)
LANGUAGE plpgsql AS $$
DECLARE
    of_classes text := $q$
        count(*) FILTER (WHERE p = y)::float8 / count(*) AS binary_classification_accuracy,
        (linlearn_metrics(y, p) ->> 'precision')::float8 AS precision,
        (linlearn_metrics(y, p) ->> 'recall')::float8 AS recall,
        (linlearn_metrics(y, p) ->> 'f_beta')::float8 AS binary_f_beta,
        linlearn_roc_auc(y, s) AS roc_auc_score,
        linlearn_pr_auc(y, s) AS pr_auc,
        CASE WHEN bool_and(s BETWEEN 0 AND 1)
             THEN linlearn_log_loss(y, greatest(least(s, 1), 0)) END AS log_loss $q$;
    of_values text := $q$
        linlearn_mse(y, s) AS mse, linlearn_rmse(y, s) AS rmse,
        linlearn_mae(y, s) AS absolute_loss, linlearn_r2(y, s) AS r2,
        linlearn_mse(y, s) AS objective_loss $q$;
    of_many text := $q$
        count(*) FILTER (WHERE p::int = y)::float8 / count(*) AS multiclass_accuracy,
        (linlearn_metrics(y, p::int) ->> 'macro_f_beta')::float8 AS macro_f_beta,
        (linlearn_metrics(y, p::int) ->> 'macro_precision')::float8 AS macro_precision,
        (linlearn_metrics(y, p::int) ->> 'macro_recall')::float8 AS macro_recall,
        (linlearn_metrics(y, p::int) ->> 'balanced_accuracy')::float8 AS multiclass_balanced_accuracy,
        linlearn_log_loss(y::int, c) AS multiclass_log_loss $q$;
    kind text := linlearn_model_info(model) ->> 'predictor_type';
BEGIN
    RETURN QUERY EXECUTE format($q$
        WITH predicted AS MATERIALIZED (
            SELECT channel, y, linlearn_score($1, x) AS s, %s AS p, %s AS c FROM (%s) AS given),
        figures AS (
            SELECT channel, to_jsonb(f) AS figures FROM (SELECT channel, %s FROM predicted GROUP BY channel) AS f)
        SELECT m.key, m.value::float8, (f.figures ->> split_part(m.key, ':', 2))::float8
        FROM jsonb_each_text(linlearn_model_info($1) -> 'metrics') AS m
        LEFT JOIN figures AS f ON f.channel = split_part(m.key, ':', 1)
        WHERE (f.channel IS NULL OR f.figures ? split_part(m.key, ':', 2))
          AND NOT CASE WHEN m.key LIKE '%%multiclass_log_loss'
              THEN same_scored_figure(m.value::float8, (f.figures ->> split_part(m.key, ':', 2))::float8)
              ELSE same_figure(m.value::float8, (f.figures ->> split_part(m.key, ':', 2))::float8) END
        ORDER BY 1$q$,
        CASE kind WHEN 'binary_classifier' THEN 'linlearn_predict_label($1, x)::boolean'
                  WHEN 'regressor' THEN 'NULL' ELSE 'linlearn_predict($1, x)' END,
        CASE kind WHEN 'multiclass_classifier' THEN CASE linlearn_model_info(model) ->> 'loss' WHEN 'softmax_loss' THEN 'linlearn_scores($1, x)' ELSE 'NULL::real[]' END ELSE 'NULL' END,
        query,
        CASE kind WHEN 'binary_classifier' THEN of_classes
                  WHEN 'regressor' THEN of_values ELSE of_many END)
    USING model;
END $$;

-- ---- A threshold beyond what scores can tell ----

CREATE TABLE saturated AS
SELECT i, ARRAY[CASE i % 3 WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 100 END + (i % 7) * 0.01]::float8[] AS x,
       i % 3 <> 0 AS y, CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS channel
FROM generate_series(1, 200) AS i;
SELECT o.optimizer, linlearn_model_info(model) #> '{metrics,validation:binary_classification_accuracy}' AS stored,
       (SELECT avg((linlearn_predict_label(model, x)::boolean = y)::int)::numeric(4, 3) FROM saturated) AS predicted,
       (SELECT count(*) FROM wrong_figures(model, 'SELECT x, y, channel FROM saturated')) AS wrong
FROM (VALUES ('lbfgs'), ('newton'), ('adam'), ('sgd')) AS o (optimizer),
    LATERAL (SELECT linlearn_train(x, y, jsonb_build_object('refit', false, 'predictor_type', 'binary_classifier',
                                   'optimizer', o.optimizer, 'wd', 0), channel) AS model FROM saturated) AS m
ORDER BY 1;

-- ---- Binary classifiers: losses, criteria, calibrations, types of features ----

-- Classes apart, next to each other, tied, of tiny and of huge features, next to
-- each other in doubles but one in floats, and of noise.
CREATE TABLE shapes AS
SELECT shape, i, y, channel,
       CASE shape
           WHEN 'apart' THEN ARRAY[y::int * 100 + i % 7 * 0.01, i % 3]
           WHEN 'touching' THEN ARRAY[i + (y::int - 0.5) * 60, 1]
           WHEN 'tied' THEN ARRAY[i % 2, y::int * (i % 3)]
           WHEN 'tiny' THEN ARRAY[(i % 10 + 3 * y::int) * 1e-30, 0]
           WHEN 'huge' THEN ARRAY[(i % 10 + 8 * y::int) * 1e30, i]
           WHEN 'beyond floats' THEN ARRAY[1e9 + i % 5 + y::int * 0.25, 1]
           WHEN 'outlier' THEN ARRAY[y::int + i % 4 * 0.1 + CASE WHEN i = 7 THEN 1e6 ELSE 0 END, i % 5]
           ELSE ARRAY[sin(i * i), cos(i * 3) + y::int] END::float8[] AS x
FROM (SELECT shape, i, (i * 7919) % 11 < 5 AS y,
             (ARRAY['train', 'train', 'validation', 'test'])[1 + i % 4] AS channel
      FROM unnest(ARRAY['apart', 'touching', 'tied', 'tiny', 'huge', 'beyond floats', 'outlier', 'noise']) AS shape,
           generate_series(1, 60) AS i) AS s;

CREATE TABLE binary_options AS
SELECT row_number() OVER (ORDER BY shape, loss, criterion, calibrate) AS n, shape, jsonb_build_object('refit', false,
           'predictor_type', 'binary_classifier', 'loss', loss, 'binary_classifier_model_selection_criteria', criterion,
           'calibrate', calibrate, 'epochs', 3, 'target_recall', 0.9, 'target_precision', 0.7) AS options
FROM (SELECT DISTINCT shape FROM shapes) AS s,
     unnest(ARRAY['logistic', 'hinge_loss', 'squared_loss', 'absolute_loss', 'quantile_loss', 'huber_loss',
                  'eps_insensitive_squared_loss', 'eps_insensitive_absolute_loss']) AS loss,
     unnest(ARRAY['accuracy', 'f_beta', 'precision_at_target_recall', 'recall_at_target_precision',
                  'loss_function', 'roc_auc']) AS criterion,
     unnest(ARRAY['none', 'platt', 'isotonic']) AS calibrate
WHERE calibrate = 'none' OR criterion IN ('accuracy', 'f_beta');
SELECT count(*) FROM binary_options;

CREATE TABLE binary_models AS
SELECT n, o.shape, options, n % 5 = 0 AS whole,
       linlearn_train(x, y, options, CASE WHEN n % 5 = 0 THEN 'train' ELSE channel END) AS model
FROM binary_options AS o JOIN shapes AS s USING (shape) GROUP BY n, o.shape, options;
-- among the rows held out are some that are far larger than any trained on
SET client_min_messages = error;
SELECT m.shape, options ->> 'loss' AS loss, options ->> 'calibrate' AS calibrate, w.*
FROM binary_models AS m, wrong_figures(model, format(
    'SELECT x, y, %s AS channel FROM shapes WHERE shape = %L', CASE WHEN whole THEN '''train''' ELSE 'channel' END, shape)) AS w
ORDER BY n, figure LIMIT 20;

-- The margin that is compared is shown, and calls as the label does.
SELECT count(*) FROM binary_models AS m JOIN shapes AS s USING (shape)
WHERE linlearn_predict_label(model, x)::boolean
    <> ((SELECT sum(contribution) FROM linlearn_explain(model, x)) > (linlearn_model_info(model) ->> 'threshold_margin')::float8)
  AND abs((SELECT sum(contribution) FROM linlearn_explain(model, x)) - (linlearn_model_info(model) ->> 'threshold_margin')::float8) > 1e-6;
RESET client_min_messages;

-- ---- Types of features: floats, bytes, sparse, also many models at once ----

CREATE TABLE kinds AS
SELECT i, (i % 4 > 1) <> (i % 9 = 0) AS y, 3 * sin(i) + i % 13 AS z, i % 3 AS class,
       (ARRAY['train', 'train', 'validation', 'test'])[1 + i % 4] AS channel,
       ARRAY[i % 4 + i % 7, i % 13, i % 5]::int[] AS x
FROM generate_series(1, 400) AS i;
CREATE VIEW kind_real AS SELECT y, z, class, channel, ARRAY[x[1] / 3.0, x[2] / 7.0, x[3]]::real[] AS x FROM kinds;
CREATE VIEW kind_bytes AS SELECT y, z, class, channel, set_byte(set_byte(set_byte('\x000000', 0, x[1]), 1, x[2]), 2, x[3]) AS x FROM kinds;
CREATE VIEW kind_sparse AS SELECT y, z, class, channel, linlearn_sparse(ARRAY[1, 3], ARRAY[x[1] / 3.0, x[2] / 7.0]::real[], 4) AS x FROM kinds;
CREATE FUNCTION check_kind(kind text, label text, options jsonb) RETURNS TABLE (rows text, target text, figure text, reported float8, recomputed float8)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    model bytea;
BEGIN
    EXECUTE format('SELECT linlearn_train(x, %I, $1 || ''{"refit": false}'', channel) FROM %I', label, kind) INTO model USING options;
    RETURN QUERY SELECT kind, label, w.* FROM wrong_figures(model,
        format('SELECT x, %I AS y, channel FROM %I', label, kind)) AS w;
END $$;
SELECT c.* FROM unnest(ARRAY['kind_real', 'kind_bytes', 'kind_sparse']) AS kind,
    (VALUES ('y', '{"predictor_type": "binary_classifier"}'), ('y', '{"predictor_type": "binary_classifier", "optimizer": "adam", "epochs": 3, "num_models": 5}'),
            ('z', '{"predictor_type": "regressor"}'), ('z', '{"predictor_type": "regressor", "optimizer": "adam", "epochs": 3}'),
            ('class', '{"predictor_type": "multiclass_classifier"}'),
            ('class', '{"predictor_type": "multiclass_classifier", "loss": "multiclass_hinge_loss", "epochs": 3}')) AS o (label, options),
    LATERAL check_kind(kind, label, options::jsonb) AS c;

-- ---- Regressors where a float's error is larger than the model's ----

CREATE TABLE hard AS
SELECT shape, i, CASE WHEN i % 3 = 0 THEN 'validation' WHEN i % 7 = 0 THEN 'test' ELSE 'train' END AS channel,
       CASE shape WHEN 'feature offset' THEN ARRAY[1.7e9 + i, sin(i * i)]
                  WHEN 'near collinear' THEN ARRAY[i, i + 1e-3 * sin(i * i)]
                  WHEN 'nearer collinear' THEN ARRAY[i, i + 1e-5 * sin(i * i)]
                  WHEN 'large slope' THEN ARRAY[i, 1]
                  ELSE ARRAY[i % 17, sin(i * i)] END::float8[] AS x,
       CASE shape WHEN 'label offset' THEN 1e9 + 3 * sin(i) WHEN 'large slope' THEN 1e6 * i
                  ELSE 3.0 * i + 0.5 * sin(i * i) END + 0.1 * cos(i * 7) AS y
FROM unnest(ARRAY['feature offset', 'near collinear', 'nearer collinear', 'large slope', 'label offset', 'plain']) AS shape,
     generate_series(1, 500) AS i;
CREATE TABLE hard_models AS
SELECT shape, optimizer, whole, linlearn_train(x, y, jsonb_build_object('refit', false, 'predictor_type', 'regressor',
           'optimizer', optimizer), CASE WHEN whole THEN 'train' ELSE channel END) AS model
FROM hard, unnest(ARRAY['exact', 'newton', 'lbfgs', 'adam', 'auto']) AS optimizer, (VALUES (true), (false)) AS w (whole)
GROUP BY shape, optimizer, whole;
SELECT shape, optimizer, whole, w.* FROM hard_models, wrong_figures(model,
    format('SELECT x, y, %s AS channel FROM hard WHERE shape = %L', CASE WHEN whole THEN '''train''' ELSE 'channel' END, shape)) AS w
ORDER BY 1, 2, 3, 4 LIMIT 20;

-- The other losses of a regressor.
SELECT loss, w.figure, w.reported, w.recomputed
FROM unnest(ARRAY['absolute_loss', 'quantile_loss', 'huber_loss', 'eps_insensitive_squared_loss',
                  'eps_insensitive_absolute_loss']) AS loss,
    LATERAL (SELECT linlearn_train(x, y, jsonb_build_object('refit', false, 'predictor_type', 'regressor', 'loss', loss, 'epochs', 4), channel) AS model
             FROM hard WHERE shape = 'plain') AS m,
    wrong_figures(model, 'SELECT x, y, channel FROM hard WHERE shape = ''plain''') AS w
WHERE w.figure NOT LIKE '%objective_loss';

-- A tuning's best trial.
SELECT criterion, w.* FROM unnest(ARRAY['validation:binary_f_beta', 'validation:binary_classification_accuracy']) AS criterion,
    LATERAL (SELECT linlearn_tune(x, y, jsonb_build_object('refit', false, 'predictor_type', 'binary_classifier', 'objective', criterion,
                 'max_jobs', 4, 'ranges', jsonb_build_object('wd', linlearn_continuous(1e-6, 1))), channel) AS model FROM saturated) AS m,
    wrong_figures(model, 'SELECT x, y, channel FROM saturated') AS w;

-- Many classes: every figure that can be an objective is there; the last needs probabilities.
SELECT loss, key, 'validation:' || key IN (SELECT jsonb_object_keys(linlearn_model_info(model) -> 'metrics')) AS there
FROM unnest(ARRAY['softmax_loss', 'multiclass_hinge_loss']) AS loss,
    LATERAL (SELECT linlearn_train(x, class, jsonb_build_object('refit', false, 'predictor_type', 'multiclass_classifier', 'loss', loss, 'epochs', 3), channel) AS model FROM kind_real) AS m,
    unnest(ARRAY['multiclass_balanced_accuracy', 'multiclass_log_loss']) AS key ORDER BY 1, 2;

-- Models of rows of a table, of each predictor; validation rows have levels and
-- NULLs that training rows do not.
CREATE TABLE mixed AS
SELECT (i * 37) % 101 / 10.0 AS size, CASE WHEN i % 5 = 0 THEN 'rare ' || i % 2 ELSE 'kind ' || i % 4 END AS kind,
       CASE WHEN i % 10 <> 0 THEN i % 3 = 0 END AS flag, date '2026-01-01' + i % 90 AS day,
       i % 4 + (i * 7919) % 13 / 6.0 > 2.4 AS y_binary, (i % 4 + (i * 7919) % 13 / 6.0)::float8 AS y_real, (i % 4 + (i * 7919) % 3) % 3 AS y_many,
       CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS channel
FROM generate_series(1, 300) AS i;
SELECT optimizer, w.* FROM unnest(ARRAY['newton', 'adam']) AS optimizer,
    LATERAL (SELECT linlearn_train(x, y_binary, jsonb_build_object('refit', false, 'predictor_type', 'binary_classifier', 'optimizer', optimizer), channel) AS model
             FROM mixed m, LATERAL (SELECT m.size, m.kind, m.flag, m.day) x) AS m,
    wrong_figures(model, 'SELECT x, y_binary AS y, channel FROM mixed m, LATERAL (SELECT m.kind, m.flag, m.size, m.day) x') AS w;
SELECT optimizer, w.* FROM unnest(ARRAY['exact', 'adam']) AS optimizer,
    LATERAL (SELECT linlearn_train(x, y_real, jsonb_build_object('refit', false, 'predictor_type', 'regressor', 'optimizer', optimizer), channel) AS model
             FROM mixed m, LATERAL (SELECT m.size, m.kind, m.flag, m.day) x) AS m,
    wrong_figures(model, 'SELECT x, y_real AS y, channel FROM mixed m, LATERAL (SELECT m.kind, m.flag, m.size, m.day) x') AS w
WHERE w.figure NOT LIKE '%objective_loss';
SELECT optimizer, w.* FROM unnest(ARRAY['lbfgs', 'adam']) AS optimizer,
    LATERAL (SELECT linlearn_train(x, y_many, jsonb_build_object('refit', false, 'predictor_type', 'multiclass_classifier', 'optimizer', optimizer), channel) AS model
             FROM mixed m, LATERAL (SELECT m.size, m.kind, m.flag, m.day) x) AS m,
    wrong_figures(model, 'SELECT to_jsonb(m) AS x, y_many AS y, channel FROM mixed m') AS w;
SELECT w.* FROM (SELECT linlearn_tune(x, y_binary, '{"refit": false, "objective": "validation:binary_f_beta", "max_jobs": 3, "ranges": "auto", "epochs": 4}', channel) AS model
             FROM mixed m, LATERAL (SELECT m.size, m.kind, m.flag, m.day) x) AS m,
    wrong_figures(model, 'SELECT x, y_binary AS y, channel FROM mixed m, LATERAL (SELECT m.kind, m.flag, m.size, m.day) x') AS w;

DROP TABLE mixed;
DROP TABLE saturated, shapes, binary_options, binary_models, kinds, hard, hard_models CASCADE;
DROP FUNCTION check_kind, wrong_figures, same_figure, same_scored_figure;
