-- demo.sql: the tutorial, from digits to a judged model.  Run by scripts/demo.
\set QUIET 1
\if :{?clothing} \else \set clothing off \endif
\if :clothing
\set things 'pieces of clothing'
\set thing 'piece of clothing'
\set question 'is it a T-shirt (label 0)?'
\else
\set things digits
\set thing digit
\set question 'is it a 0?'
\endif
\pset footer off
\pset null '-'
SET client_min_messages = warning;
SELECT clock_timestamp() AS started \gset
CREATE EXTENSION linlearn;

\echo
\echo '1. Load the' :things
SELECT split, rows, round(seconds::numeric, 2) AS seconds
FROM linlearn_load_mnist(:'source');
VACUUM ANALYZE linlearn_mnist;

\echo '2. Look at' :thing '30 of the training rows'
\pset format unaligned
\pset tuples_only on
SELECT linlearn_show_digit(pixels) FROM linlearn_mnist
WHERE split = 'train' AND id = 30;
SELECT 'its label: ' || label FROM linlearn_mnist
WHERE split = 'train' AND id = 30;
\pset tuples_only off
\pset format aligned

\echo
\echo '3. Train:' :question
SELECT clock_timestamp() AS t0 \gset
CREATE TABLE zero AS
SELECT linlearn_train(pixels, label = 0,
	'{"predictor_type": "binary_classifier", "mini_batch_size": 200}',
	split) AS model
FROM linlearn_mnist WHERE split IN ('train', 'validation');
SELECT round(extract(epoch FROM clock_timestamp() - :'t0')::numeric, 2) AS seconds,
	octet_length(model) AS model_bytes
FROM zero;

\echo '4. Predict one row, and all 10,000 test rows'
SELECT id, label, linlearn_predict(model, pixels) AS predicted_label,
	round(linlearn_score(model, pixels)::numeric, 4) AS score
FROM zero, linlearn_mnist WHERE split = 'test' ORDER BY id LIMIT 5;
SELECT clock_timestamp() AS t0 \gset
CREATE TEMPORARY TABLE predicted AS
SELECT id, (label = 0)::int AS actual,
	linlearn_predict(model, pixels)::int AS predicted
FROM zero, linlearn_mnist WHERE split = 'test';
SELECT count(*) AS rows,
	round(extract(epoch FROM clock_timestamp() - :'t0')::numeric, 3) AS seconds
FROM predicted;

\echo '5. Judge: the confusion matrix'
\pset format unaligned
\pset tuples_only on
SELECT linlearn_crosstab(linlearn_confusion(actual, predicted), true)
FROM predicted;
\pset tuples_only off
\pset format aligned
\echo
WITH judged AS (SELECT linlearn_metrics(actual, predicted) AS m FROM predicted)
SELECT round((m->>'accuracy')::numeric, 4) AS accuracy,
	round((m->>'precision')::numeric, 4) AS precision,
	round((m->>'recall')::numeric, 4) AS recall,
	round((m->>'f_beta')::numeric, 4) AS f1
FROM judged;

\echo '6. Keep it under a name, and evaluate it there'
SELECT linlearn_save_model('mnist-zero', model, :'question') AS version FROM zero;
SELECT round((linlearn_evaluate('mnist-zero',
	$$SELECT pixels, label = 0 FROM linlearn_mnist WHERE split = 'test'$$)
	->>'f_beta')::numeric, 4) AS f1;
SELECT * FROM linlearn_confusion_matrix;

\echo '7. Look at it: a report'
\pset format unaligned
\pset tuples_only on
\o :report
SELECT linlearn_report('mnist-zero', NULL,
	$$SELECT pixels, label = 0 FROM linlearn_mnist WHERE split = 'test'$$);
\o
\pset tuples_only off
\pset format aligned
\echo 'written to' :report '(open it in a browser)'
\echo

\if :keep
\echo 'Kept: table linlearn_mnist, and the model in table zero and in linlearn_models.'
\else
\echo '8. Delete'
SELECT linlearn_delete_model('mnist-zero') AS versions_deleted;
DROP TABLE zero;
\endif
SELECT round(extract(epoch FROM clock_timestamp() - :'started')::numeric, 1)
	AS "seconds in all";
