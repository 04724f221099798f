-- Trainings by passes: over a table here, as over tables anywhere.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
SET client_min_messages = notice;
CREATE TABLE visits AS
SELECT i, i % 7 AS shard, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x, sin(i) + cos(i * 2) + sin(i * i) > 0.2 AS sold,
	(ARRAY['red', 'green', 'blue'])[1 + floor(abs(3 * (sin(i) + 1.1 + 0.3 * sin(i * i))))::int % 3] AS colour,
	floor(exp(1 + sin(i)) + sin(i * i) + 1)::int AS n, 1 + 2 * sin(i) + 0.1 * sin(i * i) AS y,
	CASE WHEN i % 5 = 0 THEN 'validation' WHEN i % 11 = 0 THEN 'test' END AS part, 1 + i % 3 AS w
FROM generate_series(1, 2000) i;
CREATE TABLE parts (LIKE visits) PARTITION BY LIST (shard);
DO $$ BEGIN FOR s IN 0 .. 6 LOOP EXECUTE format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES IN (%s)', s, s); END LOOP; END $$;
INSERT INTO parts SELECT * FROM visits ORDER BY i DESC;

-- what is learned, beside what linlearn_train learns
CREATE FUNCTION shown(model bytea) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('loss', i->'loss', 'optimizer', i #> '{hyperparameters,optimizer}', 'wd', round((i #>> '{hyperparameters,wd}')::numeric, 6),
		'converged', i->'converged', 'labels', i->'labels', 'errors', i->'fit' IS NOT NULL) FROM linlearn_model_info(model) i $$;
CREATE FUNCTION same(label text, options jsonb, wd text DEFAULT '0.001') RETURNS TABLE (shown jsonb, rows_alike boolean, figures_alike boolean, weights_alike boolean)
LANGUAGE plpgsql AS $$
DECLARE
	far bytea := linlearn_train_distributed('visits', 'x', label, options || jsonb_build_object('wd', wd::float8), NULL, 'part', 'w');
	near bytea;
BEGIN
	EXECUTE format('SELECT linlearn_train(x, %I, %L, part, w) FROM visits', label,
		'{"optimizer": "lbfgs", "refit": false, "num_models": 1}'::jsonb || options || jsonb_build_object('wd', wd::float8)) INTO near;
	RETURN QUERY SELECT shown(far), linlearn_model_info(far)->'rows' = linlearn_model_info(near)->'rows'
			AND linlearn_model_info(far)->'fingerprint' = linlearn_model_info(near)->'fingerprint',
		(SELECT bool_and(abs(a.value::float8 - b.value::float8) < 6e-3) AND count(*) = (SELECT count(*) FROM jsonb_object_keys(linlearn_model_info(near)->'metrics'))
			FROM jsonb_each_text(linlearn_model_info(far)->'metrics') a JOIN jsonb_each_text(linlearn_model_info(near)->'metrics') b USING (key)),
		(SELECT bool_and(abs(a.weight - b.weight) < 1e-5) AND count(*) >= 3 FROM linlearn_weights(far) a JOIN linlearn_weights(near) b
			ON a.term = b.term AND a.term <> '(bias)' AND a.label IS NOT DISTINCT FROM b.label);
END $$;
SELECT * FROM same('sold', '{}');
SELECT * FROM same('sold', '{}', '0');
SELECT * FROM same('sold', '{"class_weights": {"true": 3, "false": 1}, "binary_classifier_model_selection_criteria": "f1"}');
SELECT * FROM same('sold', '{"calibrate": "platt", "loss": "squared_loss"}');
SELECT * FROM same('sold', '{"l1": 0.01}');
SELECT * FROM same('sold', '{"nonnegative": [3, 1]}');
SELECT * FROM same('colour', '{}');
SELECT * FROM same('colour', '{"balance_multiclass_weights": true, "normalize_data": false}');
SELECT * FROM same('n', '{"predictor_type": "multiclass_classifier", "num_classes": 12}', '0.1');
SELECT * FROM same('n', '{"predictor_type": "regressor", "loss": "poisson"}', '0');
SELECT * FROM same('n', '{"predictor_type": "regressor", "loss": "gamma"}');
SELECT * FROM same('y', '{"predictor_type": "regressor", "loss": "huber_loss"}');
SELECT * FROM same('y', '{"predictor_type": "regressor", "optimizer": "lbfgs", "nonnegative": true}');

-- the same bytes of partitions, of parallel workers and in any order
SELECT linlearn_train_distributed('visits', 'x', 'sold') = linlearn_train_distributed('parts', 'x', 'sold') AS same;
SELECT linlearn_train_distributed('visits', 'x::real[]', 'colour', filter => 'i > 9') = linlearn_train_distributed('parts', 'x::real[]', 'colour', filter => 'i > 9') AS same;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT linlearn_train_distributed('visits', 'x', 'sold') = linlearn_train_distributed('parts', 'x', 'sold') AS same;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT linlearn_survey_merge(survey) = (SELECT linlearn_survey(linlearn_row(x, colour) ORDER BY i DESC) FROM visits) AS same
FROM (SELECT linlearn_survey(linlearn_row(x, colour)) AS survey FROM visits GROUP BY shard) s;

-- options without an effect, and ends before the optimum
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"learning_rate": 0.1}') IS NULL;
SELECT shown(linlearn_train_distributed('visits', 'x', 'sold', '{"epochs": 1}'));

-- mistakes
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"loss": "hinge_loss"}');
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"optimizer": "adam"}');
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"loss": "poisson"}');
SELECT linlearn_train_distributed('visits', 'x', 'i', '{"predictor_type": "binary_classifier"}');
SELECT linlearn_train_distributed('visits', 'x', 'colour', '{"predictor_type": "regressor"}');
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"optimizer": "exact"}');
SELECT linlearn_train_distributed('visits', 'x', 'y', '{"optimizer": "newton", "l1": 1}');
SELECT linlearn_train_distributed('visits', 'x[1:1 + i % 2]', 'sold');
SELECT linlearn_train_distributed('visits', 'ARRAY[x[1], 1e200 * x[2]]', 'sold');
SELECT linlearn_train_distributed('visits', 'ARRAY[x[1], 1e-200 * x[2]]', 'sold');
SELECT linlearn_train_distributed('visits', 'x', 'i > 0');
SELECT linlearn_train_distributed('visits', 'x', 'sold', filter => 'i < 0');
SELECT linlearn_train_distributed('visits', 'x', 'sold', channel => $$'test'$$);
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"feature_dim": 4}');
SELECT linlearn_train_distributed('visits', 'x', 'sold', '{"on_invalid": "skip"}');
SELECT linlearn_survey(linlearn_row(array_fill(1::real, ARRAY[65537]), 1));
SELECT linlearn_train_distributed('visits', 'array_fill(i::real, ARRAY[3000])', 'i::text');
SELECT linlearn_survey(NULL);
SELECT linlearn_survey('\x00');
SELECT linlearn_residual('\x00', linlearn_row(ARRAY[1], 2));
SELECT linlearn_residual('\x00', linlearn_row(ARRAY[1], NULL::int)) IS NULL AS unlabelled;
SELECT linlearn_residual(NULL, NULL) IS NULL AS nothing;
SELECT linlearn_gradient('\x00');
SELECT linlearn_gradient(NULL) IS NULL AS nothing;
SELECT linlearn_gradient_merge((SELECT linlearn_survey(linlearn_row(x, y)) FROM visits));
SELECT linlearn_survey_merge((SELECT linlearn_gram(linlearn_row(x, y)) FROM visits));
DROP FUNCTION same, shown;
DROP TABLE visits, parts;
