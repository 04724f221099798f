-- l1 by coordinate descent
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;
CREATE TABLE lasso_rows AS
SELECT i, x, 2 * x[1] - x[2] + 0.5 * x[3] + cos(i * i) AS y, 1 + i % 3 AS w
FROM (SELECT i, array_agg(sin(i * j * 0.37) + 0.5 * cos(i * 0.11) ORDER BY j) AS x
	FROM generate_series(1, 200) AS i, generate_series(1, 8) AS j GROUP BY i) AS r;

/*
 * The optimum that scikit-learn 1.2 finds on these rows (X as above,
 * w = 1 + i % 3), to 1e-8:
 *	ElasticNet(alpha=l1+wd, l1_ratio=l1/(l1+wd), tol=1e-14, max_iter=10**6,
 *		fit_intercept=use_bias).fit(X, y, sample_weight=w or None)
 *	LogisticRegression(penalty='elasticnet', solver='saga', tol=1e-12,
 *		max_iter=10**6, C=1/(200*(l1+wd)), l1_ratio=l1/(l1+wd)).fit(X, y > 0.3)
 */
CREATE TABLE lasso_models AS
SELECT name, l1, wd, peer, linlearn_train(x,
	CASE WHEN name LIKE 'logistic%' THEN (y > 0.3)::int ELSE y END, options, 'train',
	CASE name WHEN 'weighted' THEN w ELSE 1 END) AS model
FROM (SELECT *, jsonb_build_object('predictor_type', CASE WHEN name LIKE 'logistic%'
		THEN 'binary_classifier' ELSE 'regressor' END, 'l1', l1, 'wd', wd,
		'use_bias', name <> 'no bias', 'normalize_data', false, 'unbias_data', false,
		'num_models', 1) || CASE WHEN name LIKE 'logistic%' THEN
		'{"optimizer": "newton"}' ELSE
		'{"normalize_label": false, "unbias_label": false}' END::jsonb AS options
	FROM (VALUES ('lasso', 0.05, 0, 0.422747201568),
		('elastic net', 0.1, 0.2, 0.91119028158),
		('weighted', 0.05, 0.01, 0.456873679115),
		('no bias', 0.05, 0, 0.424019882652),
		('logistic', 0.02, 0, 0.362345916913),
		('logistic elastic net', 0.02, 0.05, 0.478397333673))
		AS v (name, l1, wd, peer)) AS o, lasso_rows
GROUP BY name, l1, wd, peer, options;
SELECT name, i #>> '{hyperparameters,optimizer}' AS optimizer, i -> 'converged' AS converged,
	round((loss + l1 * p.absolute + wd / 2 * p.squares)::numeric / peer - 1, 8) = 0 AS optimum, zeros, signs
FROM lasso_models, linlearn_model_info(model) AS i,
LATERAL (SELECT sum(abs(weight)) AS absolute, sum(weight ^ 2) AS squares,
	count(*) FILTER (WHERE weight = 0) AS zeros, string_agg(sign(weight)::text, ' ' ORDER BY feature) AS signs
	FROM linlearn_weights(model) WHERE feature IS NOT NULL) AS p,
LATERAL (SELECT (SELECT weight FROM linlearn_weights(model) WHERE feature IS NULL) AS bias) AS b,
LATERAL (SELECT sum(u * CASE WHEN name LIKE 'logistic%'
		THEN ln(1 + exp(CASE WHEN y > 0.3 THEN -m ELSE m END)) ELSE (y - m) ^ 2 / 2 END) / sum(u) AS loss
	FROM (SELECT y, CASE name WHEN 'weighted' THEN w ELSE 1 END AS u, coalesce(bias, 0) + (SELECT sum(weight * x[feature])
		FROM linlearn_weights(model) WHERE feature IS NOT NULL) AS m FROM lasso_rows) AS r) AS l
ORDER BY name;

-- Any order of the rows gives the same bytes.
SELECT count(DISTINCT model) AS models
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0.05}', 'train', w ORDER BY i) AS model FROM lasso_rows
	UNION ALL SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0.05}', 'train', w ORDER BY i % 7, i DESC) FROM lasso_rows) AS m;
-- So much l1 that no weight is left; and none but the bias.
SELECT count(*) FILTER (WHERE weight <> 0) AS weights, count(*) AS of
FROM (SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 1000}') AS model FROM lasso_rows) AS m, linlearn_weights(model)
WHERE feature IS NOT NULL;
-- What newton cannot with l1.
SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "l1": 0.1, "optimizer": "newton", "loss": "huber_loss"}') FROM lasso_rows;
-- Flags keep their means, which pull at the bias: lbfgs gets as far as newton does.
SELECT bool_and((linlearn_model_info(a) -> 'converged')::boolean AND (linlearn_model_info(b) -> 'converged')::boolean) AS converged,
	max((linlearn_model_info(b) -> 'iterations')::int) < 200 AS soon,
	max(abs((linlearn_model_info(a) #> '{metrics,train:objective_loss}')::float8 / (linlearn_model_info(b) #> '{metrics,train:objective_loss}')::float8 - 1)) < 1e-6 AS same
FROM (SELECT linlearn_train(x, y, o || '{"optimizer": "newton"}') AS a, linlearn_train(x, y, o || '{"optimizer": "lbfgs"}') AS b
	FROM (SELECT i, ARRAY(SELECT (i * j % (j + 3) < 1 + j % 2)::int FROM generate_series(1, 40) AS j) AS x, sin(i) + (i % 8 < 1)::int AS y
		FROM generate_series(1, 300) AS i) AS t, unnest(ARRAY['{"predictor_type": "regressor", "l1": 0.003}', '{"predictor_type": "regressor", "l1": 0.003, "wd": 0.01}']::jsonb[]) AS o GROUP BY o) AS m;
