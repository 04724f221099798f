-- Pictures, explanations and the report.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

CREATE TABLE rows AS
SELECT ARRAY[i % 7, i % 11, i % 13, 5]::float8[] AS x,
	(i % 7) * 2 - (i % 11) + (i % 5) > 1 AS positive,
	CASE i % 3 WHEN 0 THEN 'a<b' WHEN 1 THEN 'ü & "q"' ELSE 'c' END AS class,
	(i % 7) * 2.5 - (i % 11) AS target
FROM generate_series(1, 700) i;
CREATE TABLE models AS
SELECT linlearn_train(x, positive, '{"predictor_type": "binary_classifier", "num_models": 2, "epochs": 4}') AS binary_model,
	linlearn_train(x, class, '{"predictor_type": "multiclass_classifier", "num_models": 1, "epochs": 2}') AS class_model,
	linlearn_train(x, target, '{"predictor_type": "regressor", "num_models": 1}') AS value_model
FROM rows;

-- contributions sum to the margin
SELECT count(*) > 500, max(abs(margin - ln(score / (1 - score))) / abs(margin)) < 1e-9
FROM (SELECT linlearn_score(binary_model, x) AS score,
	(SELECT sum(contribution) FROM linlearn_explain(binary_model, x)) AS margin
	FROM models, rows) AS s
WHERE score BETWEEN 1e-6 AND 1 - 1e-6;
SELECT max(abs(linlearn_predict(value_model, x)
	- (SELECT sum(contribution) FROM linlearn_explain(value_model, x)))) < 1e-9
FROM models, rows;
SELECT max(abs(ln(s[1] / s[2]) - (m[1] - m[2]))) < 1e-5
FROM (SELECT linlearn_scores(class_model, x) AS s,
	(SELECT array_agg(margin ORDER BY place) FROM (
		SELECT min(o) AS place, sum(contribution) AS margin
		FROM ROWS FROM (linlearn_explain(class_model, x)) WITH ORDINALITY AS e(label, feature, value, mean, weight, contribution, o)
		GROUP BY label) AS k) AS m
	FROM models, rows WHERE x[1] = 3) AS r;
-- any type of features gives the same
SELECT count(DISTINCT c::numeric(20, 6)) FROM models,
	LATERAL (SELECT contribution AS c FROM linlearn_explain(binary_model, ARRAY[1, 2, 3, 5]) WHERE feature = 2
	UNION ALL SELECT contribution FROM linlearn_explain(binary_model, ARRAY[1, 2, 3, 5]::real[]) WHERE feature = 2) AS u;
SELECT label, feature, value, mean::numeric(8, 4),
	(contribution - weight * (value - mean)) = 0 AS product
FROM models, linlearn_explain(binary_model, ARRAY[1, 2, 3, 5]);
SELECT count(*), count(DISTINCT label), count(*) FILTER (WHERE feature IS NULL)
FROM models, linlearn_explain(class_model, ARRAY[1, 2, 3, 5]);
SELECT linlearn_explain(binary_model, ARRAY[1, 2, 3]) FROM models;
SELECT linlearn_explain(binary_model, ARRAY[1, 2, NULL, 3]) FROM models;
SELECT linlearn_explain('\x00'::bytea, ARRAY[1]);

-- text twins
SELECT linlearn_sparkline(ARRAY[1, 2, NULL, 4, 'NaN', 8]::float8[]);
SELECT linlearn_sparkline('{}') = '', linlearn_sparkline('{3,3}');
SELECT linlearn_bar(x, 4, 8) FROM unnest(ARRAY[0, 1, 2.25, 4, 9, -1, 'NaN']::float8[]) x;
SELECT linlearn_bar(1, 1, 0);
-- features of arrays have numbers for names, and no column
SELECT count(*), count(*) FILTER (WHERE term = coalesce('feature ' || feature, '(bias)')) AS named,
	count("column") AS columns, count(level) AS levels, count(rows) AS rows,
	count(odds_ratio) AS ratios, bool_and(abs(ln(odds_ratio) - weight) < 1e-9) AS of_weights
FROM models, linlearn_weights(binary_model);
SELECT count(*), count(odds_ratio) AS ratios FROM models, linlearn_weights(class_model);
SELECT linlearn_weights_text(binary_model) ~ '^feature [1-4] +[+-][0-9.]+ █{20}\n' FROM models;

-- pictures
SELECT linlearn_digit_svg('\x00ff80ff'::bytea, 'a <b> & "c"', 'light');
SELECT linlearn_digit_svg(ARRAY[0, 0.5, 1, 0]::real[]) = linlearn_digit_svg(ARRAY[0, 1, 2, 0]);
SELECT linlearn_digit_svg('{1:0.5,2:1}/4'::linlearn_sparse) = linlearn_digit_svg(ARRAY[0, 1, 2, 0]);
SELECT linlearn_digit_svg('\x000000'::bytea);
SELECT linlearn_digit_svg('\x00'::bytea, 'x', 'blue');
SELECT linlearn_digits_svg(ARRAY['\x00', '\xff']::bytea[], ARRAY['<', NULL], 'two', 'dark') ~ '&lt;';
SELECT linlearn_digits_svg(ARRAY['\x00', '\xffffffff']::bytea[]);
SELECT linlearn_digits_svg(ARRAY['\x00', NULL]::bytea[]);
SELECT linlearn_digits_svg('{}') ~ '^<svg';
SELECT linlearn_weights_svg(class_model) ~ '&lt;b', linlearn_weights_svg(class_model) !~ 'a<b' FROM models;
SELECT linlearn_weights_svg(binary_model, 'image') FROM models;
SELECT linlearn_weights_svg(binary_model, 'pie') FROM models;
SELECT linlearn_curve_svg(binary_model) !~ '>validation<', linlearn_curve_svg(binary_model) ~ '>training<' FROM models;
SELECT linlearn_curve_svg(binary_model, 'tuning') ~ '>best so far<' FROM models;
SELECT linlearn_curve_svg(binary_model, 'roc') FROM models;
SELECT linlearn_curve_svg('roc', '{0,0,1}', '{0,1,1}', '', 'light');
SELECT linlearn_curve_svg('line', '{0,NULL,1}'::float8[], '{NaN,1,Infinity}') ~ '</svg>';
SELECT linlearn_curve_svg('line', '{0}'::float8[], '{}');
SELECT linlearn_curve_svg('pie', '{0}'::float8[], '{0}');
SELECT linlearn_curve_svg(linlearn_roc_curve(positive, x[1])) ~ 'ROC curve',
	linlearn_curve_svg(linlearn_pr_curve(positive, x[1])) ~ '>recall<',
	linlearn_curve_svg(linlearn_calibration(positive, x[1] / 7)) ~ '>calibration<'
FROM rows;
SELECT linlearn_confusion_svg(linlearn_confusion(class, upper(class))) ~ '&amp;' FROM rows;
SELECT linlearn_confusion_svg('{"labels": ["a"], "matrix": [[7]]}', 'one', 'light') ~ '>7<';
SELECT linlearn_confusion_svg('{"labels": ["a"], "matrix": [[1, 2]]}');
SELECT linlearn_confusion_svg('{"labels": ["a"], "matrix": [["1"]]}');
SELECT linlearn_confusion_svg('{"labels": [["a"]], "matrix": [[1]]}');
SELECT linlearn_confusion_svg('[]');
SELECT linlearn_confusion_svg('{}');

-- the report
SELECT linlearn_save_model('<m>', binary_model, 'it''s & <b>') FROM models;
SELECT linlearn_save_model('classes', class_model) FROM models;
SELECT page ~ '^<!DOCTYPE html>' AND page ~ '</html>\n$', page !~ '<script|https?://(?!www.w3.org)',
	page ~ '&lt;m&gt;', page !~ '<m>', page ~ '>threshold ', page ~ '700 rows', page ~ 'ROC curve'
FROM linlearn_report('<m>', NULL, 'SELECT x, positive FROM rows ; ') page;
SELECT page ~ 'Most confident mistakes', page ~ 'a&lt;b as ', page !~ 'ROC curve'
FROM linlearn_report('classes', 1, 'SELECT x, class FROM rows') page;
SELECT page ~ 'predicted and actual', page ~ '>house &lt;'
FROM models, linlearn_model_report(value_model, 'house <1>', 'SELECT x, target FROM rows') page;
SELECT page !~ 'Test rows' FROM linlearn_report('classes') page;
-- scores by class, and how many rows each point of the calibration stands for
SELECT page ~ 'scores by class', page ~ '<th>mean score</th>', page ~ '<td>rows</td><td>\d+'
FROM linlearn_report('<m>', NULL, 'SELECT x, positive FROM rows') page;
-- the rows that a model of a table is most wrong about, with what moved them most
CREATE TABLE people AS SELECT i AS id, i % 60 AS age, CASE i % 3 WHEN 0 THEN '<b>' ELSE 'Ulm' END AS city, i % 60 > 30 AND i % 41 > 0 AS bought, i % 60 + (i % 7) / 7.0 AS spent
FROM generate_series(1, 400) AS i;
SELECT substring(page FROM '<li>true as false.*?</small>'), page ~ '<small>id \d+, age \d+, city (Ulm|&lt;b&gt;)', (SELECT count(*) FROM regexp_matches(page, '<li>', 'g'))
FROM linlearn_model_report((SELECT linlearn_train(p, bought, '{"exclude": ["id", "bought", "spent"]}') FROM people p), 'bought',
	'SELECT id, age, city, true AS bought FROM people WHERE age < 20', 'bought') page;
SELECT page ~ 'Largest errors', page ~ '<li>[0-9.]+ predicted as [0-9.]+<small>moved most by age \d+: [+-][0-9.]+'
FROM linlearn_model_report((SELECT linlearn_train(p, spent, '{"exclude": ["id", "bought", "spent"], "predictor_type": "regressor"}') FROM people p), 'spent',
	'SELECT * FROM people', 'spent') page;
-- numbers of rows without digits that mean nothing, but all of a whole number and of an amount
SELECT substring(page FROM '<li>.*?</li>')
FROM linlearn_model_report((SELECT linlearn_train(p, spent * 1000, '{"exclude": ["id", "bought", "spent"], "predictor_type": "regressor", "wd": 0}') FROM people p), 'spent',
	$$SELECT 12345678901234567890 AS number, '1.23456' AS text, 12345.67 AS amount, 123456.78901234::float8 AS long, 0.000123456789::float8 AS small, 5e-300::float8 * 0.77777777 AS least,
		0.0000::numeric AS nought, NULL::int AS none, 30 AS age, 'Ulm' AS city, 1234567.8 AS spent$$, 'spent') page;
-- contributions beyond any format, and values that only float8 holds
CREATE TABLE wild AS SELECT i AS id, (CASE WHEN i % 50 = 0 THEN 'Infinity'::float8 WHEN i % 50 = 1 THEN NULL ELSE i % 60 END) AS age, i * 1e12 AS pay, i * 3e12 AS spent FROM generate_series(1, 400) AS i;
SELECT page !~ '#,|#<', page ~ 'pay \d+: [+-][0-9.]+e\+1\d', (SELECT count(*) FROM regexp_matches(page, '<li>', 'g'))
FROM linlearn_model_report((SELECT linlearn_train(w, spent, '{"exclude": ["id", "spent"], "predictor_type": "regressor"}') FROM wild w WHERE age < 60), 'wild',
	$$SELECT age, pay, 0.5 AS spent FROM wild WHERE age < 60$$, 'spent') page;
SELECT substring(page FROM '<li>.*?</small>')
FROM linlearn_model_report(linlearn_model_from_coefficients('{1e300, 2}'::float8[], '{0}', loss => 'squared_loss', columns => '["pay", "age"]'), 'wild',
	$$SELECT pay * 1e20 AS pay, 7 AS age, 1::float8 AS spent FROM wild WHERE id = 7$$, 'spent') page;
DROP TABLE wild;
-- classes one by one, and the scores of what is predicted right and wrong; of two classes those of a margin, too
SELECT page ~ '<a href="#classes">', substring(page FROM '>a&lt;b</div></td>.*?</tr>') ~ '<td>\d+</td><td>\d+</td><td>[01]\.\d{3}</td>', page ~ 'scores, right and wrong', page ~ '>right, \d+ rows<'
FROM linlearn_report('classes', 1, 'SELECT x, class FROM rows') page;
SELECT page ~ 'scores by class', page !~ 'calibration</text>', page !~ '#classes'
FROM linlearn_model_report((SELECT linlearn_train(x, positive, '{"loss": "hinge_loss", "predictor_type": "binary_classifier"}') FROM rows), 'margins', 'SELECT x, positive FROM rows') page;
-- the card of a saved model
SELECT linlearn_save_model('card', class_model, NULL, '{"limits": ["none known", 7], "intended_use": "tests <b>", "n": 3}') FROM models;
SELECT substring(page FROM '<dl class="notes">.*?</dl>') FROM linlearn_report('card') page;
SELECT linlearn_save_model('card', class_model, NULL, '[1]') FROM models;
\set VERBOSITY terse
UPDATE linlearn_models SET card = '"text"' WHERE name = 'card';
\set VERBOSITY default
UPDATE linlearn_models SET card = NULL WHERE name = 'card';
SELECT page !~ 'Model card' FROM linlearn_report('card') page;
-- a regressor's figures are those of its loss; of several quantiles the one that is predicted is explained
SELECT substring(page FROM '<dt>pinball</dt><dd>([0-9.]*)')::numeric = round((linlearn_metrics(z, linlearn_score(m, x), NULL, '{"predictor_type": "regressor", "quantile": 0.9}') ->> 'pinball')::numeric, 4), page ~ '<dt>quantile</dt><dd>0.9<'
FROM (SELECT ARRAY[i % 7] AS x, i % 13 AS z FROM generate_series(1, 200) AS i) AS r, linlearn_model_from_coefficients('{2}'::float8[], '{1}', loss => 'quantile_loss', options => '{"quantile": 0.9}') AS m,
	linlearn_model_report(m, 'nine tenths', 'SELECT ARRAY[i % 7], i % 13 FROM generate_series(1, 200) AS i') AS page GROUP BY page;
SELECT loss, (SELECT string_agg(f[1], ', ') FROM regexp_matches(page, '<span>([^<]*), test</span>', 'g') AS f)
FROM unnest(ARRAY['squared_loss', 'poisson', 'gamma', 'tweedie']) AS loss, linlearn_model_report(linlearn_model_from_coefficients('{0.2}'::float8[], '{1}', loss => loss), loss, 'SELECT ARRAY[i % 7], 1 + i % 13 FROM generate_series(1, 200) AS i') AS page;
SELECT (SELECT count(*) FROM regexp_matches(page, 'moved most by', 'g')), page ~ 'a \d: [^,<]*, a \d'
FROM (SELECT linlearn_train(q, z, '{"exclude": ["z"], "predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.5, 0.9]}') AS m
	FROM (SELECT i % 7 AS a, (i % 7) * (1 + i % 13) AS z FROM generate_series(1, 200) AS i) AS q) AS t,
	linlearn_model_report(m, 'three', 'SELECT i % 7 AS a, (i % 7) * (1 + i % 13) AS z FROM generate_series(1, 200) AS i', 'z') AS page;
-- more classes than a picture of them has
SELECT page !~ 'confusion matrix</text>', page ~ '>c1</div></td>', page ~ 'The first 200 of 250', page ~ 'always "c'
FROM linlearn_model_report((SELECT linlearn_train(ARRAY[i % 5, i % 50]::real[], 'c' || i % 250, '{"epochs": 1, "num_models": 1}') FROM generate_series(1, 500) AS i), 'many',
	$$SELECT ARRAY[i % 5, i % 50]::real[], 'c' || i % 250 FROM generate_series(1, 500) AS i$$) page;
SELECT page !~ 'confusion matrix</text>', page ~ 'macro F1', page !~ 'Classes</h2>'
FROM models, linlearn_model_report(class_model, 'other', $$SELECT r.x, 'other' || i FROM (SELECT x FROM rows LIMIT 1) AS r, generate_series(1, 2100) AS i$$) page;
-- scores and labels that are no numbers: the page says how many, its figures are of the others
CREATE VIEW lost AS SELECT CASE WHEN i % 4 = 0 THEN '{10, -10}' ELSE ARRAY[i, 0] END::float8[] AS x, i % 3 - 1.0 AS z, i % 3 AS class, i % 2 = 0 AS y, i FROM generate_series(-20, 19) AS i;
SELECT kind, substring(page FROM '</pre><p>([^<]*)</p>'), substring(page FROM '<p>(\d+) rows')
FROM (VALUES ('binary', linlearn_model_report(linlearn_model_from_coefficients('{1e308, 1e308}'::float8[], NULL, ARRAY[false, true]), 'm', 'SELECT x, y FROM lost WHERE y OR i % 4 <> 0')),
	('margins', linlearn_model_report(linlearn_model_from_coefficients('{1e308, 1e308}'::float8[], NULL, ARRAY[false, true], 'hinge_loss'), 'm', 'SELECT x, y FROM lost')),
	('regressor', linlearn_model_report(linlearn_model_from_coefficients('{1e308, 1e308}'::float8[]), 'm', 'SELECT x, z FROM lost')),
	('labels', linlearn_model_report(linlearn_model_from_coefficients('{1, 1}'::float8[]), 'm', $$SELECT x, CASE WHEN i = 3 THEN 'NaN' ELSE z END FROM lost$$)),
	('none', linlearn_model_report(linlearn_model_from_coefficients('{1e308, 1e308}'::float8[], NULL, ARRAY[false, true]), 'm', 'SELECT x, y FROM lost WHERE i % 4 = 0')))
	AS p (kind, page);
DROP VIEW lost;
-- weights that were given have no training to tell of
SELECT page ~ 'given, not learned', page !~ 'training rows|fingerprint|Hyperparameters|Learning|compared by' FROM linlearn_model_report(linlearn_model_from_coefficients('{1, 2}'::float8[], NULL, ARRAY['a', 'b'])) page;
-- how it is asked, to be copied
SELECT linlearn_save_model('it''s <é>', value_model) FROM models;
SELECT substring(page FROM '<h2 id="use">.*?</pre>') FROM linlearn_report('it''s <é>') page;
SELECT substring(page FROM '<h2 id="use">.*?</pre>') FROM linlearn_report('classes') page;
SELECT linlearn_delete_model('it''s <é>');
SELECT linlearn_delete_model('card');
DROP TABLE people;
SELECT page ~ '0 rows' FROM linlearn_report('classes', 1, 'SELECT x, class FROM rows WHERE false') page;
SELECT linlearn_report('nothing');
SELECT linlearn_report('<m>', 2);
SELECT linlearn_report(NULL) IS NULL, linlearn_model_report(NULL) IS NULL;

SELECT linlearn_delete_model('<m>'), linlearn_delete_model('classes');
DROP TABLE rows, models;
