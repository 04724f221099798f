-- selection: what validation rows choose, with and without a criterion.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;

CREATE TABLE selection_rows AS
SELECT i, ARRAY[a, b, sin(i * 11)]::float8[] AS x, a + sin(i * 7) > 2.2 AS rare, a + 2 * sin(i * 7) > 0 AS y, a > 0 AS apart,
	CASE WHEN i % 10 = 0 THEN 'validation' WHEN i % 3 = 0 THEN 'test' END AS split
FROM (SELECT i, sin(i * i) * 2 AS a, cos(i * 3) * 2 AS b FROM generate_series(1, 2000) AS i) AS s;
CREATE FUNCTION selection_info(label text, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE info jsonb;
BEGIN
	EXECUTE format('SELECT linlearn_model_info(linlearn_train(x, %I, $1, split)) FROM selection_rows', label) INTO info USING options;
	RETURN info;
END $$;

-- ---- The loss chooses; its own threshold stays but for more than chance ----
SELECT optimizer, info #>> '{hyperparameters,binary_classifier_model_selection_criteria}' AS criterion, (info ->> 'threshold')::float8 = 0.5 AS natural
FROM unnest(ARRAY['lbfgs', 'newton', 'adam']) AS optimizer,
	LATERAL selection_info('y', jsonb_build_object('optimizer', optimizer)) AS info;
-- a criterion that is given is obeyed to the letter, SageMaker's default too
SELECT criterion, (info #>> '{metrics,validation:binary_classification_accuracy}')::float8 >=
	(selection_info('y', '{"optimizer": "lbfgs"}') #>> '{metrics,validation:binary_classification_accuracy}')::float8 AS not_less,
	(info ->> 'threshold')::float8 = 0.5 AS natural
FROM unnest(ARRAY['accuracy', 'loss_function']) AS criterion,
	LATERAL selection_info('y', jsonb_build_object('optimizer', 'lbfgs', 'binary_classifier_model_selection_criteria', criterion)) AS info;

-- ---- Classes that are apart: scores exceed the threshold ----
SELECT criterion, (info ->> 'threshold')::float8 < 1 AS below_one,
	(info #>> '{metrics,validation:binary_classification_accuracy}')::float8 AS accuracy,
	(SELECT avg(((linlearn_score(m, x) > (info ->> 'threshold')::float8) = apart)::int) > 0.99 FROM selection_rows) AS by_score
FROM unnest(ARRAY['auto', 'accuracy', 'f_beta']) AS criterion,
	LATERAL (SELECT linlearn_train(x, apart, jsonb_build_object('optimizer', 'newton', 'wd', 0, 'binary_classifier_model_selection_criteria', criterion), split) AS m
		FROM selection_rows) AS t, linlearn_model_info(m) AS info;

-- ---- Rare positives: balanced keeps its effect ----
SELECT round(avg(rare::int), 3) AS share FROM selection_rows;
SELECT optimizer, mult, (info #>> '{metrics,test:recall}')::float8 > 0.9 AS most_found, (info ->> 'threshold')::float8 = 0.5 AS natural
FROM unnest(ARRAY['lbfgs', 'newton', 'adam']) AS optimizer, unnest(ARRAY['1', 'balanced']) AS mult,
	LATERAL selection_info('rare', jsonb_build_object('optimizer', optimizer, 'positive_example_weight_mult', mult, 'refit', false)) AS info
WHERE mult = 'balanced' ORDER BY 1, 2;

DROP TABLE selection_rows;
DROP FUNCTION selection_info;
