SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;

-- sparse rows of 12,000 features, few of which many rows have
CREATE TABLE rare_rows AS
SELECT i, ('{' || string_agg(j || ':' || 1 + (i + j) % 3, ',' ORDER BY j) || '}/12000')::linlearn_sparse AS x,
	sum(sin(j)) + cos(i * 7) AS y
FROM (SELECT DISTINCT i, floor(power(12000, abs(sin(i * (k + 1.3) + k))))::int - 1 AS j
	FROM generate_series(1, 800) AS i, generate_series(1, 15) AS k) AS e GROUP BY i;
CREATE VIEW rare_kinds AS
SELECT loss, options || jsonb_build_object('loss', loss) AS options,
	CASE loss WHEN 'logistic' THEN (y > 0)::int WHEN 'softmax_loss' THEN width_bucket(y, -1, 1, 2)
		WHEN 'squared_loss' THEN y WHEN 'huber_loss' THEN y ELSE exp(y / 4) END AS label, x, i
FROM rare_rows, (VALUES ('logistic', '{"predictor_type": "binary_classifier"}'::jsonb),
	('softmax_loss', '{"predictor_type": "multiclass_classifier"}'), ('squared_loss', '{"predictor_type": "regressor"}'),
	('huber_loss', '{"predictor_type": "regressor"}'), ('poisson', '{"predictor_type": "regressor"}'),
	('gamma', '{"predictor_type": "regressor"}'), ('tweedie', '{"predictor_type": "regressor"}')) AS k (loss, options);

-- it solves them by default, told again it gives the same weights, and lbfgs comes as near
CREATE TABLE rare_models AS
SELECT loss, linlearn_train(x, label, options || '{"wd": 1e-3}') AS open,
	linlearn_train(x, label, options || '{"wd": 1e-3, "optimizer": "newton_cg"}') AS told,
	linlearn_train(x, label, options || '{"wd": 1e-3, "optimizer": "lbfgs"}') AS lbfgs
FROM rare_kinds GROUP BY loss, options;
SELECT loss, linlearn_model_info(open) #>> '{hyperparameters,optimizer}' AS open,
	linlearn_model_info(open) ->> 'converged' AS converged,
	(linlearn_model_info(open) ->> 'iterations')::int < 20 AS few,
	(SELECT count(*) > 1000 AND bool_and(a.weight = b.weight)
		FROM linlearn_weights(open) a, linlearn_weights(told) b
		WHERE a.feature = b.feature AND coalesce(a.label, '') = coalesce(b.label, '')) AS same,
	(SELECT sqrt(sum((a.weight - b.weight) ^ 2) / sum(b.weight ^ 2)) < 1e-3
		FROM linlearn_weights(open) a, linlearn_weights(lbfgs) b
		WHERE a.feature = b.feature AND coalesce(a.label, '') = coalesce(b.label, '')) AS near
FROM rare_models ORDER BY 1;

-- the same bytes whatever the order of rows and the threads
SET linlearn.threads = 3;
SELECT loss, linlearn_train(x, label, options || '{"wd": 1e-3}') = (SELECT open FROM rare_models m WHERE m.loss = t.loss) AS same
FROM (SELECT * FROM rare_kinds ORDER BY (i * 7919) % 809) t GROUP BY loss, options ORDER BY 1;
RESET linlearn.threads;

-- wd is chosen before
SELECT linlearn_model_info(model) #>> '{hyperparameters,optimizer}' AS optimizer,
	linlearn_model_info(model) #>> '{wd_choice,by}' AS wd_by
FROM (SELECT linlearn_train(x, label, options) AS model FROM rare_kinds WHERE loss = 'softmax_loss' GROUP BY options) m;

-- weights, and a start from another model
SELECT linlearn_model_info(model) ->> 'converged' AS converged,
	(SELECT sqrt(sum((a.weight - b.weight) ^ 2) / sum(b.weight ^ 2)) < 1e-4
		FROM linlearn_weights(model) a JOIN linlearn_weights(twice) b USING (label, feature)) AS near
FROM (SELECT linlearn_train(x, label, options || '{"wd": 1e-3}', 'train', 1 + i % 2,
		(SELECT lbfgs FROM rare_models m WHERE m.loss = 'softmax_loss')) AS model
	FROM rare_kinds WHERE loss = 'softmax_loss' GROUP BY options) m,
	(SELECT linlearn_train(x, label, options || '{"wd": 1e-3}') AS twice
	FROM rare_kinds, generate_series(0, i % 2) WHERE loss = 'softmax_loss' GROUP BY options) t;

-- what it leaves to lbfgs: few weights, l1 and dense rows
SELECT what, linlearn_model_info(linlearn_train(CASE WHEN what = 'few' THEN linlearn_sparse(ARRAY[i % 50], '{1}', 50) ELSE x END,
		y > 0, options::jsonb)) #>> '{hyperparameters,optimizer}' AS optimizer
FROM rare_rows, (VALUES ('few', '{}'), ('l1', '{"l1": 0.01}')) AS o (what, options)
GROUP BY what, options ORDER BY 1;
SELECT linlearn_train(x, y > 0, '{"optimizer": "newton_cg", "l1": 0.01}') FROM rare_rows;
SELECT linlearn_model_info(linlearn_train(ARRAY[i % 7, i % 5]::real[], y > 0, '{"optimizer": "newton_cg", "wd": 0.01}')) ->> 'converged' AS converged
FROM rare_rows;
DROP VIEW rare_kinds;
DROP TABLE rare_rows, rare_models;
