-- A row of weight 0 is no row: whatever it holds, the result is to the byte that
-- of the other rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 2;
SET extra_float_digits = 1;

-- Rows to learn from, of weights 1 or 0.5 and 2 ...
CREATE TABLE zero_kept AS
SELECT i, CASE i % 7 WHEN 3 THEN 'validation' WHEN 5 THEN 'test' ELSE 'train' END AS channel,
	ARRAY[round((sin(i * 1.7) * 5)::numeric, 2), i % 10, (i * i) % 7, (i % 3 = 0)::int]::float8[] AS x,
	sin(i * 0.9) * 3 + i % 10 > 4 AS y, 'class ' || (i * i) % 7 % 3 AS k,
	(i % 10 * 0.3 + cos(i) * 2)::float8 AS t, 1::float8 AS one, CASE WHEN i % 2 = 0 THEN 2 ELSE 0.5 END AS two
FROM generate_series(1, 400) AS i;
-- ... and rows of weight 0 among them: of other labels, ranges and widths, of NULL
-- and NaN, in every channel.
CREATE TABLE zero_junk AS
SELECT i + 1000 AS i, (ARRAY[NULL, 'train', 'validation', 'test'])[i % 4 + 1] AS channel,
	CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN ARRAY['NaN', 1e300, -500, 1e3] WHEN 2 THEN ARRAY[1, 2]
		WHEN 3 THEN '{}' ELSE ARRAY[1e6 * i, -500, 200, 1e3] END::float8[] AS x,
	CASE WHEN i % 3 > 0 THEN i % 2 = 0 END AS y, CASE WHEN i % 3 > 0 THEN 'other ' || i END AS k,
	(ARRAY['NaN', NULL, 'Infinity', -1e7, 3]::float8[])[i % 5 + 1] AS t
FROM generate_series(1, 200) AS i;
CREATE TABLE zero_rows AS
SELECT * FROM (SELECT * FROM zero_kept UNION ALL SELECT *, 0, -0.0::float8 FROM zero_junk) AS r ORDER BY i % 97, i;

-- Every kind of settings, of label, and of weights: which bytes differ?
CREATE TABLE zero_options (n serial, label text, options jsonb);
INSERT INTO zero_options (label, options)
SELECT kind, jsonb_build_object('predictor_type', type) || options::jsonb
FROM (VALUES ('y', 'binary_classifier'), ('k', 'multiclass_classifier'), ('t', 'regressor')) AS k (kind, type),
	(VALUES ('y k t', '{}'), ('y k t', '{"wd": 0.01}'), ('y k t', '{"validation_fraction": 0.3}'),
		('y k t', '{"optimizer": "adam", "epochs": 2}'), ('y k t', '{"optimizer": "sgd", "epochs": 2}'),
		('y k t', '{"optimizer": "rmsprop", "epochs": 2}'), ('y k t', '{"optimizer": "adagrad", "epochs": 2, "num_models": 3}'),
		('y k t', '{"optimizer": "lbfgs", "l1": 0.01}'), ('y k t', '{"num_point_for_scaler": 50, "wd": 0.001}'),
		('y k t', '{"normalize_data": false, "optimizer": "adam", "epochs": 2}'),
		('y', '{"optimizer": "newton", "wd": 0.001}'), ('t', '{"optimizer": "exact", "wd": 0.01}'),
		('t', '{"loss": "huber_loss"}'), ('t', '{"loss": "absolute_loss", "epochs": 2}'),
		('t', '{"loss": "quantile_loss", "quantile": 0.7}'), ('t', '{"loss": "eps_insensitive_squared_loss", "epochs": 2}'),
		('y', '{"loss": "hinge_loss", "wd": 0.01}'), ('k', '{"loss": "multiclass_hinge_loss", "epochs": 2}'),
		('y', '{"calibrate": "platt", "wd": 0.01}'), ('y', '{"calibrate": "isotonic", "wd": 0.01}'),
		('y', '{"calibrate": "platt", "num_calibration_samples": 20, "wd": 0.01}'),
		('y', '{"positive_example_weight_mult": "balanced"}'), ('y', '{"positive_example_weight_mult": "auto"}'),
		('k', '{"balance_multiclass_weights": true}'),
		('y', '{"binary_classifier_model_selection_criteria": "f_beta"}'),
		('y', '{"binary_classifier_model_selection_criteria": "roc_auc"}'),
		('y', '{"binary_classifier_model_selection_criteria": "recall_at_target_precision"}')) AS o (kinds, options)
WHERE strpos(kinds, kind) > 0;
CREATE FUNCTION zero_differs(label text, with_channel boolean, weight text, train text, options jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	call text := format('SELECT %s(x, %s, $1, %s, %s) FROM ', train, label,
		CASE WHEN with_channel THEN 'channel' ELSE 'NULL' END, weight);
	kept bytea;
	rows bytea;
BEGIN
	EXECUTE call || 'zero_kept' INTO STRICT kept USING options;
	EXECUTE call || 'zero_rows' INTO STRICT rows USING options;
	RETURN kept <> rows;
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '%: %: %', options, call, sqlerrm;
	RETURN true;
END $$;
SELECT count(*) AS trainings FROM zero_options;
SELECT label, options, channels, weight
FROM zero_options, (VALUES (true), (false)) AS c (channels), (VALUES ('one'), ('two')) AS w (weight)
WHERE NOT (channels AND options ? 'validation_fraction') AND zero_differs(label, channels, weight, 'linlearn_train', options)
ORDER BY n;
-- without weights, too: what a weight of 0 leaves are rows of weight 1
SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', channel, one) = (SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', channel) FROM zero_kept)
	AS as_without_weights FROM zero_rows;
-- the predictor and the classes that labels choose
SELECT linlearn_train(x, y, '{}', channel, one) = (SELECT linlearn_train(x, y, '{}', channel, one) FROM zero_kept) AS binary,
	linlearn_train(x, k, '{}', channel, one) = (SELECT linlearn_train(x, k, '{}', channel, one) FROM zero_kept) AS classes
FROM zero_rows;
SELECT linlearn_train(x, k, '{"on_invalid": "skip"}', channel, one) = (SELECT linlearn_train(x, k, '{"on_invalid": "skip"}', channel, one) FROM zero_kept)
	AS nothing_skipped FROM zero_rows;

-- ---- Kinds of features ----
CREATE FUNCTION zero_bytes(x float8[]) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT string_agg(set_byte('\x00', 0, greatest(0, least(255, CASE WHEN v <> 'NaN' THEN v + 10 END))::int), '' ORDER BY n)
	FROM unnest(x) WITH ORDINALITY AS u (v, n) $$;
CREATE TABLE zero_formats AS
SELECT *, zero_bytes(x) AS b, x::real[] AS r, linlearn_sparse(CASE WHEN x[1] <> 'NaN' THEN x::real[] END) AS s
FROM zero_rows WHERE coalesce(x[2], 0) < 1e300;
SELECT linlearn_train(b, y, '{}', channel, two) = (SELECT linlearn_train(b, y, '{}', channel, two) FROM zero_formats WHERE one > 0) AS bytes,
	linlearn_train(r, y, '{}', channel, two) = (SELECT linlearn_train(r, y, '{}', channel, two) FROM zero_formats WHERE one > 0) AS reals,
	linlearn_train(s, y, '{}', channel, two) = (SELECT linlearn_train(s, y, '{}', channel, two) FROM zero_formats WHERE one > 0) AS sparse,
	linlearn_train(s, k, '{"optimizer": "adam", "epochs": 2}', channel, two)
		= (SELECT linlearn_train(s, k, '{"optimizer": "adam", "epochs": 2}', channel, two) FROM zero_formats WHERE one > 0) AS sparse_adam
FROM zero_formats;

-- ---- Tunings, with a validation channel and with folds ----
SELECT label, objective, folds
FROM (VALUES ('y', 'binary_f_beta'), ('k', 'multiclass_accuracy'), ('t', 'rmse')) AS o (label, objective),
	(VALUES (0), (4)) AS f (folds)
WHERE zero_differs(label, folds = 0, 'two', 'linlearn_tune', jsonb_build_object('objective', 'validation:' || objective, 'max_jobs', 2, 'predictor_type',
	CASE label WHEN 'y' THEN 'binary_classifier' WHEN 'k' THEN 'multiclass_classifier' ELSE 'regressor' END,
	'ranges', jsonb_build_object('wd', linlearn_continuous(1e-4, 0.1)))
	|| CASE WHEN folds > 0 THEN jsonb_build_object('folds', folds) ELSE '{}' END);

-- ---- Going on from a model, and groups ----
CREATE TABLE zero_model AS SELECT linlearn_train(x, k, '{"optimizer": "adam", "epochs": 2}') AS m FROM zero_kept;
SELECT linlearn_train(x, k, '{"optimizer": "adam", "epochs": 2}', channel, two, m)
	= (SELECT linlearn_train(x, k, '{"optimizer": "adam", "epochs": 2}', channel, two, m) FROM zero_kept, zero_model GROUP BY m) AS goes_on
FROM zero_rows, zero_model GROUP BY m;
SELECT count(*) AS groups, count(*) FILTER (WHERE a.m = b.m) AS same
FROM (SELECT i % 3 AS g, linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, two) AS m FROM zero_kept GROUP BY 1) AS a
JOIN (SELECT i % 3 AS g, linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, two) AS m FROM zero_rows GROUP BY 1) AS b USING (g);

-- ---- Parallel plans, temporary files, and rows of which only sums are kept ----
CREATE TABLE zero_many AS
SELECT i, ARRAY[sin(i), cos(i * 1.7), i % 11, sin(i * i::float8)]::float8[] AS x, sin(i) + sin(i * i::float8) > 0.3 AS y,
	sin(i) - cos(i * 1.7) + 0.1 * sin(i * 7.7) AS t, 1::float8 AS w
FROM generate_series(1, 30000) AS i;
INSERT INTO zero_many SELECT i, CASE WHEN i % 2 = 0 THEN ARRAY[1e9, 'NaN'] END, NULL, 'NaN', 0 FROM generate_series(1, 3000) AS i;
ALTER TABLE zero_many SET (parallel_workers = 2);
ANALYZE zero_many;
CREATE FUNCTION zero_many_differ() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', 'sums:', linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, w) <> (SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}') FROM zero_many WHERE w > 0),
		'rows:', linlearn_train(x, y, '{"optimizer": "adam", "epochs": 1}', NULL, w)
			<> (SELECT linlearn_train(x, y, '{"optimizer": "adam", "epochs": 1}') FROM zero_many WHERE w > 0))
	FROM zero_many $$;
SELECT zero_many_differ() AS plain;
SET parallel_setup_cost = 0;
SET linlearn.parallel_rows = on;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, w) FROM zero_many;
SELECT zero_many_differ() AS parallel;
SET linlearn.train_mem = '1MB';
SELECT zero_many_differ() AS parallel_little_memory;
SET max_parallel_workers_per_gather = 0;
SELECT zero_many_differ() AS little_memory;
RESET linlearn.train_mem;
-- a worker that met no other row
SET max_parallel_workers_per_gather = 2;
SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, w) IS NULL AS error FROM zero_many WHERE w = 0;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- ---- Only such rows: as if there were none ----
SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, 0) FROM zero_kept;
SELECT linlearn_train(x, y, '{"predictor_type": "binary_classifier"}', NULL, 0) FROM zero_kept;
SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', 'train', one) FROM zero_junk, (VALUES (0)) AS o (one);
SELECT linlearn_train(x, t, '{"predictor_type": "regressor", "on_invalid": "skip"}', NULL, 0) IS NULL AS nothing FROM zero_kept;
SELECT linlearn_train(x, y, '{}', channel, CASE WHEN channel = 'train' THEN 1 ELSE 0 END)
	= (SELECT linlearn_train(x, y, '{}') FROM zero_kept WHERE channel = 'train') AS no_validation FROM zero_kept;
SELECT linlearn_tune(x, y, '{"predictor_type": "binary_classifier", "objective": "validation:binary_f_beta", "ranges": "auto"}',
	channel, CASE WHEN channel = 'validation' THEN 0 ELSE 1 END) FROM zero_kept;
-- one class is left
SELECT linlearn_train(x, y, '{}', NULL, y::int) FROM zero_kept;
-- types are those of the query, not of rows: they are checked
SELECT linlearn_train(x, point(0, 0), '{"predictor_type": "regressor"}', NULL, 0) FROM zero_kept;
SELECT linlearn_train(y, t, '{"predictor_type": "regressor"}', NULL, 0) FROM zero_kept;
SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, -1) FROM zero_kept;
SELECT linlearn_train(x, t, '{"predictor_type": "regressor"}', NULL, NULL) FROM zero_kept;

-- ---- What judges predictions ----
CREATE TABLE zero_scored AS
SELECT i, y, k, t, one AS w, CASE WHEN i % 4 = 0 THEN NOT y ELSE y END AS py, 'class ' || i % 3 AS pk, t + sin(i) AS pt,
	0.5 + 0.5 * sin(i) AS score
FROM zero_kept;
CREATE TABLE zero_judged AS
SELECT * FROM zero_scored
UNION ALL
SELECT i, y, k, t, 0, CASE WHEN i % 5 > 0 THEN i % 2 = 0 END, CASE WHEN i % 2 = 0 THEN 'no class' END, 1e300,
	(ARRAY['NaN', NULL, 7, -1]::float8[])[i % 4 + 1]
FROM zero_junk;
ALTER TABLE zero_judged SET (parallel_workers = 2);
CREATE FUNCTION zero_figures(rows regclass) RETURNS TABLE (name text, figure text) LANGUAGE plpgsql AS $$
DECLARE
	call text;
BEGIN
	FOREACH call IN ARRAY ARRAY['linlearn_confusion(y, py, w)', 'linlearn_confusion(k, pk, w)',
		'linlearn_metrics(y, py, score, NULL, w)', 'linlearn_metrics(k, pk, score, NULL, w)', 'linlearn_metrics(t, pt, NULL, NULL, w)',
		'linlearn_metrics(y, py, score, ''{"confusion": true}'', w * 2)',
		'linlearn_roc_auc(y, score, w)', 'linlearn_pr_auc(y, score, w)', 'linlearn_log_loss(y, score, w)', 'linlearn_brier(y, score, w)']
	LOOP
		name := call;
		EXECUTE format('SELECT (%s)::text FROM %s', call, rows) INTO figure;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT name, a.figure IS NOT NULL AS is_there, a.figure = b.figure AS same
FROM zero_figures('zero_scored') AS a JOIN zero_figures('zero_judged') AS b USING (name) ORDER BY name;
SET parallel_setup_cost = 0;
SET linlearn.parallel_rows = on;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT name FROM zero_figures('zero_scored') AS a JOIN zero_figures('zero_judged') AS b USING (name)
WHERE a.figure IS DISTINCT FROM b.figure AND name !~ 'metrics|loss|brier';	-- sums in another order
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- nothing but such rows
DELETE FROM zero_judged WHERE w > 0;
SELECT count(*) AS figures, count(figure) AS of_nothing FROM zero_figures('zero_judged');
-- every aggregate with a weight is among those above
SELECT p.oid::regprocedure AS unknown
FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'linlearn'
WHERE p.prokind = 'a' AND 'weight' = ANY (p.proargnames)
	AND p.proname NOT IN ('linlearn_train', 'linlearn_tune', 'linlearn_confusion', 'linlearn_metrics', 'linlearn_roc_auc', 'linlearn_pr_auc',
		'linlearn_log_loss', 'linlearn_brier');

-- ---- linlearn_evaluate ----
SELECT linlearn_save_model('zero_y', linlearn_train(x, y, '{}')), linlearn_save_model('zero_k', linlearn_train(x, k, '{}')),
	linlearn_save_model('zero_t', linlearn_train(x, t, '{"predictor_type": "regressor"}')) FROM zero_kept;
SELECT name, linlearn_evaluate(name, format('SELECT x, %s, one FROM zero_rows', label))
	= linlearn_evaluate(name, format('SELECT x, %s, one FROM zero_rows WHERE one > 0', label)) AS same
FROM (VALUES ('zero_y', 'y'), ('zero_k', 'k'), ('zero_t', 't')) AS m (name, label);
SELECT linlearn_evaluate('zero_k', 'SELECT x, k, one FROM zero_kept') ->> 'top_k_accuracy'
	= linlearn_evaluate('zero_k', 'SELECT x, k FROM zero_kept') ->> 'top_k_accuracy' AS weights_of_1;
SELECT linlearn_evaluate('zero_k', 'SELECT x, k, 0 FROM zero_kept');

SET client_min_messages = warning;
SELECT linlearn_delete_model(name) FROM (VALUES ('zero_y'), ('zero_k'), ('zero_t')) AS m (name);
DROP TABLE zero_kept, zero_junk, zero_rows, zero_options, zero_formats, zero_model, zero_many, zero_scored, zero_judged;
DROP FUNCTION zero_differs, zero_bytes, zero_many_differ, zero_figures;
