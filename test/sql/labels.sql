-- labels: one reader, whose answers depend on nothing but the labels
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
SET search_path = public;
SET extra_float_digits = 1;

-- two texts of one 64-bit hash are two classes
CREATE TEMP TABLE twin AS
SELECT ARRAY[i, i * 37 % 11]::float8[] AS x, i,
	CASE WHEN i > 50 THEN 'alpha___-fixed-middle-part-24byttail0000' ELSE 'azfYjZas-fixed-middle-part-24byt2MICvryQ' END AS label
FROM generate_series(1, 100) AS i;
CREATE TEMP TABLE twin_model AS SELECT linlearn_train(x, label, '{"predictor_type": "binary_classifier"}') AS m FROM twin;
SELECT linlearn_model_info(m) -> 'labels' AS labels, count(*), avg((linlearn_predict_label(m, x) = label)::int) AS right_share
FROM twin, twin_model GROUP BY m;
SELECT linlearn_model_info(linlearn_train(x, CASE WHEN i % 3 = 0 THEN 'third' ELSE label END, '{"predictor_type": "multiclass_classifier"}')) -> 'labels' AS labels
FROM twin;
-- as labels of rows that are the same otherwise, in any order
SELECT count(DISTINCT m) AS models
FROM (SELECT linlearn_train('{1,2}'::float8[], label, '{"validation_fraction": 0.4, "epochs": 2, "optimizer": "sgd"}' ORDER BY i) AS m FROM twin
	UNION ALL SELECT linlearn_train('{1,2}'::float8[], label, '{"validation_fraction": 0.4, "epochs": 2, "optimizer": "sgd"}' ORDER BY -i) FROM twin
	UNION ALL SELECT linlearn_train('{1,2}'::float8[], label, '{"validation_fraction": 0.4, "epochs": 2, "optimizer": "sgd"}' ORDER BY i * 37 % 101) FROM twin) AS made;
SELECT linlearn_confusion(label, label) -> 'matrix' AS matrix FROM twin;
SELECT linlearn_confusion(ARRAY[label], ARRAY[label]) -> 'matrix' AS matrix FROM twin;

-- texts that are numbers predict as these
CREATE TEMP TABLE numeral AS
SELECT * FROM linlearn_read_csv((SELECT string_agg((1 + i % 12) || ',' || cos(2 * pi() * (i % 12) / 12.0) || ',' || sin(2 * pi() * (i % 12) / 12.0), E'\n')
	FROM generate_series(1, 240) AS i));
CREATE TEMP TABLE numeral_model AS
SELECT linlearn_train(features, label, '{"predictor_type": "multiclass_classifier", "wd": 0}') AS m FROM numeral;
SELECT avg((linlearn_predict(m, features) = label::float8)::int) AS by_number, avg((linlearn_predict_label(m, features) = label)::int) AS by_text,
	linlearn_metrics(label::int, linlearn_predict(m, features)::int) -> 'accuracy' AS metrics
FROM numeral, numeral_model;
SELECT label, linlearn_predict(m, features)
FROM numeral, (SELECT linlearn_train(features, CASE WHEN label::int > 6 THEN '2' ELSE '1' END, '{"predictor_type": "binary_classifier"}') AS m FROM numeral) AS b
WHERE label IN ('1', '12') GROUP BY 1, 2 ORDER BY 1;
SELECT linlearn_save_model('labels', m) FROM numeral_model;
SELECT linlearn_create_endpoint('labels', 'labels');
SELECT linlearn_predict('labels', ARRAY[-1, 0]::float8[]), linlearn_predict_label('labels', ARRAY[-1, 0]::float8[]),
	linlearn_invoke_endpoint('labels', '-1,0')::jsonb -> 'predictions' -> 0 -> 'predicted_label' AS json,
	encode(linlearn_invoke_endpoint('labels', '-1,0'::bytea, 'text/csv', 'application/x-recordio-protobuf'), 'hex') LIKE '%0000e040%' AS recordio;
SELECT linlearn_delete_endpoint('labels'), linlearn_delete_model('labels');
-- all of them, no two of them one number, finite: else a label predicts as its class's place
SELECT texts, array_agg(DISTINCT p ORDER BY p) AS predicted
FROM (SELECT texts, linlearn_predict(m, x) AS p
	FROM (SELECT texts, linlearn_train(ARRAY[i % 3, CASE i % 3 WHEN 1 THEN 1 ELSE 0 END]::float8[], texts[1 + i % 3], '{"predictor_type": "multiclass_classifier", "wd": 0}') AS m
		FROM generate_series(1, 99) AS i, (VALUES (ARRAY['7', '-2.50', '1e3']), ('{ 8,+9 ,.5}'), ('{01,1,2}'), ('{0,-0,3}'), ('{1,2,x}'), ('{1,2,""}'), ('{1,2,NaN}'),
			('{1,2,1e400}'), ('{1,2,0x1F}'), ('{1,2,1_0}'), ('{1,2,inf}')) AS v (texts) GROUP BY texts) AS models,
		(VALUES (ARRAY[0, 0]::float8[]), ('{1,1}'), ('{2,0}')) AS q (x)) AS asked
GROUP BY texts ORDER BY texts;

-- a label is the same class, whatever type or text it comes in
CREATE TABLE kind AS
SELECT i, ARRAY[i % 3, CASE i % 3 WHEN 1 THEN 1 ELSE 0 END]::float8[] AS x, i % 3 AS n FROM generate_series(1, 99) AS i;
CREATE TYPE label_size AS ENUM ('tiny', 'mid', 'big');
CREATE FUNCTION pg_temp.judge(label text) RETURNS TABLE (accuracy jsonb, dcg numeric, log_loss numeric, reported boolean) LANGUAGE plpgsql AS $$
DECLARE query text := format('SELECT x, %s FROM kind', label); got jsonb;
BEGIN
	got := linlearn_evaluate('kind', query);
	RETURN QUERY SELECT got -> 'accuracy', round((got ->> 'dcg')::numeric, 3), round((got ->> 'log_loss')::numeric, 2),
		linlearn_report('kind', NULL, query) ~ ('accuracy.{0,80}' || CASE got ->> 'accuracy' WHEN '1' THEN '1' ELSE 'none' END);
END $$;
CREATE FUNCTION pg_temp.judge_all(trained text, VARIADIC asked text[]) RETURNS TABLE (trained_on text, asked_with text, accuracy jsonb, dcg numeric, log_loss numeric, reported boolean)
LANGUAGE plpgsql AS $$
DECLARE label text;
BEGIN
	EXECUTE format('SELECT linlearn_save_model(''kind'', (SELECT linlearn_train(x, %s, ''{"predictor_type": "multiclass_classifier", "wd": 0}'') FROM kind))', trained);
	FOREACH label IN ARRAY trained || asked LOOP
		RETURN QUERY SELECT trained, label, j.* FROM pg_temp.judge(label) AS j;
	END LOOP;
	PERFORM linlearn_delete_model('kind');
END $$;
SELECT asked_with, accuracy, dcg, log_loss, reported FROM pg_temp.judge_all('n', 'n::numeric(5,1)', 'n::float8', 'n::text', '(n || ''.0'')::text', 'n::bigint');
SELECT asked_with, accuracy, dcg, log_loss, reported FROM pg_temp.judge_all('n::text', 'n', 'n::numeric(5,1)', 'n::text::char(4)');
SELECT asked_with, accuracy, dcg, log_loss, reported FROM pg_temp.judge_all('n / 10.0', '(n / 10.0)::real', '(n / 10.0)::float8', '(n / 10.0)::text');
SELECT asked_with, accuracy, dcg, log_loss, reported FROM pg_temp.judge_all('(n / 10.0)::real', 'n / 10.0', '(n / 10.0)::real::text');
SELECT asked_with, accuracy, dcg, log_loss, reported FROM pg_temp.judge_all('(enum_range(NULL::public.label_size))[1 + n]', '(enum_range(NULL::public.label_size))[1 + n]::text');
\set VERBOSITY terse
SELECT accuracy, dcg FROM pg_temp.judge_all('DATE ''2024-02-01'' + n', 'TIMESTAMP ''2024-02-01'' + n * interval ''1 day''');
\set VERBOSITY default
SELECT linlearn_label_text(linlearn_train(x, n = 1), label) FROM kind, unnest('{t,no,1,TRUE,maybe}'::text[]) WITH ORDINALITY AS v (label, at) GROUP BY label, at ORDER BY at;

-- session settings: model bytes, predictions, metrics and reports stay
CREATE TYPE pair AS (size label_size, at timestamptz, span interval, part float8);
CREATE TABLE label_kind (name text, label text);
INSERT INTO label_kind VALUES
	('boolean', 'n = 1'), ('integer', 'n'), ('float8', 'n * 0.1::float8'), ('real', '(n * 0.1)::real'), ('numeric', 'n * 0.10'),
	('text', '''a'' || n'), ('char', '(''a'' || n)::char(5)'), ('name', '(''a'' || n)::name'), ('"char"', 'n::text::"char"'),
	('enum', '(enum_range(NULL::public.label_size))[1 + n]'), ('uuid', 'md5(n::text)::uuid'), ('inet', '(''10.0.0.'' || n)::inet'),
	('date', 'DATE ''2024-02-03'' + n'), ('timestamp', 'TIMESTAMP ''2024-02-03 04:05:06.5'' + n * interval ''1 day'''),
	('timestamptz', 'TIMESTAMPTZ ''2024-02-03 04:05:06.5+00'' + n * interval ''1 day'''), ('time', '''04:05''::time + n * interval ''1 hour'''),
	('timetz', '''04:05+02''::timetz + n * interval ''1 hour'''),
	('interval', '(n - 1) * interval ''1 mon -2 days 03:04:05.5'''), ('money', '(n + 1000.5)::numeric::money'), ('bytea', 'decode(''00ff0'' || n, ''hex'')'),
	('oid', 'n::oid'), ('regclass', '(ARRAY[''pg_class'', ''pg_catalog.pg_seclabel'', ''public.label_kind''])[1 + n]::regclass'), ('regtype', '(ARRAY[''integer'', ''date'', ''public.label_size''])[1 + n]::regtype'),
	('float8[]', 'ARRAY[n * 0.1::float8, 1e-7]'), ('timestamptz[]', 'ARRAY[TIMESTAMPTZ ''2024-02-03 04:05:06+00'' + n * interval ''1 day'']'),
	('text[]', 'ARRAY[NULL, n::text]'), ('bytea[]', 'ARRAY[decode(''00ff0'' || n, ''hex'')]'), ('interval[]', 'ARRAY[(n - 1) * interval ''1 mon -2 days 03:04:05.5'']'),
	('row', 'ROW(n, TIMESTAMPTZ ''2024-02-03 04:05:06+00'', n * 0.1::float8)'),
	('composite', 'ROW(''mid'', TIMESTAMPTZ ''2024-02-03 04:05:06+00'', (n - 1) * interval ''1 mon -2 days'', n * 0.1)::public.pair'),
	('tstzrange', 'tstzrange(''2024-02-03 04:05:06+00'', TIMESTAMPTZ ''2024-02-04 04:05:06+00'' + n * interval ''1 day'')'),
	('daterange', 'daterange(''2024-02-03'', DATE ''2024-02-05'' + n)'), ('numrange', 'numrange(0, n + 1)'), ('point', 'point(n * 0.1, 1e-7)'), ('json', 'json_build_object(''n'', n)'), ('jsonb', 'jsonb_build_object(''n'', n * 0.1)');
-- hides pg_catalog's where the search_path says so
CREATE TABLE pg_seclabel (label text);
-- sets of settings: each setting that may be set has another value in some of them
CREATE TABLE session_setting (at int, name text, value text);
INSERT INTO session_setting VALUES (0, 'jit', 'off'),
	(1, 'bytea_output', 'escape'), (1, 'IntervalStyle', 'iso_8601'), (1, 'extra_float_digits', '-15'), (1, 'DateStyle', 'German'), (1, 'TimeZone', 'Asia/Tokyo'), (1, 'quote_all_identifiers', 'on'),
	(1, 'search_path', 'pg_temp'), (1, 'xmlbinary', 'hex'), (1, 'array_nulls', 'off'), (1, 'standard_conforming_strings', 'off'), (1, 'escape_string_warning', 'off'),
	(2, 'bytea_output', 'hex'), (2, 'IntervalStyle', 'sql_standard'), (2, 'extra_float_digits', '0'), (2, 'DateStyle', 'SQL, DMY'), (2, 'TimeZone', '<x>+3:30'),
	(2, 'search_path', 'information_schema, public, pg_catalog'), (2, 'xmloption', 'document'), (2, 'timezone_abbreviations', 'Australia'), (2, 'client_encoding', 'LATIN1'), (2, 'transform_null_equals', 'on'),
	(3, 'IntervalStyle', 'postgres_verbose'), (3, 'extra_float_digits', '3'), (3, 'DateStyle', 'Postgres, MDY'), (3, 'TimeZone', 'America/St_Johns'), (3, 'quote_all_identifiers', 'on'),
	(3, 'search_path', 'pg_catalog'), (3, 'lc_messages', 'C'), (3, 'lc_numeric', 'C'), (3, 'lc_time', 'C'), (3, 'lc_monetary', 'C'), (3, 'default_text_search_config', 'pg_catalog.german');
CREATE TABLE settled (kind text, at int, bytes bytea, info jsonb, predicted text[], metrics jsonb, evaluated jsonb, report text);
CREATE FUNCTION pg_temp.settle(k label_kind, at int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE m bytea; info jsonb; p text[]; met jsonb; e jsonb; r text;
	query text := format('SELECT x, %s FROM public.kind', k.label);
	-- these have no equality that hashes, rows not before PostgreSQL 14
	own text := CASE WHEN k.name IN ('money', 'json', 'point', 'row', 'composite') THEN format('public.linlearn_label_text(m, %s)', k.label) ELSE k.label END;
BEGIN
	EXECUTE format('SELECT public.linlearn_train(x, %s, ''{"predictor_type": "%s_classifier", "wd": 0}'') FROM public.kind', k.label,
		CASE k.name WHEN 'boolean' THEN 'binary' ELSE 'multiclass' END) INTO m;
	EXECUTE format('SELECT public.linlearn_model_info(m), array_agg(public.linlearn_predict_label(m, x) ORDER BY i), public.linlearn_metrics(%s, public.linlearn_predict_label(m, x))
		FROM public.kind, (SELECT $1) AS z (m) GROUP BY m', own) INTO info, p, met USING m;
	PERFORM public.linlearn_save_model('kind', m);
	e := public.linlearn_evaluate('kind', query);
	r := public.linlearn_model_report(m, 'kind', query);
	PERFORM public.linlearn_delete_model('kind');
	INSERT INTO public.settled VALUES (k.name, at, m, info, p, met, e, r);
END $$;
SELECT set_config(name, value, false) IS NULL AS unset FROM session_setting WHERE at = 0 \g /dev/null
SELECT pg_temp.settle(k, 0) IS NULL AS failed FROM label_kind AS k \g /dev/null
SELECT set_config(name, value, false) IS NULL AS unset FROM session_setting WHERE at = 1 \g /dev/null
SELECT pg_temp.settle(k, 1) IS NULL AS failed FROM public.label_kind AS k \g /dev/null
RESET ALL;
SELECT set_config(name, value, false) IS NULL AS unset FROM public.session_setting WHERE at = 2 \g /dev/null
SELECT pg_temp.settle(k, 2) IS NULL AS failed FROM public.label_kind AS k \g /dev/null
RESET ALL;
SELECT set_config(name, value, false) IS NULL AS unset FROM public.session_setting WHERE at = 3 \g /dev/null
SELECT pg_temp.settle(k, 3) IS NULL AS failed FROM public.label_kind AS k \g /dev/null
RESET ALL;
SET client_min_messages = warning;
SET search_path = public;
SET extra_float_digits = 1;
SELECT kind, count(*) AS n, count(DISTINCT bytes) AS models, count(DISTINCT info) AS infos, count(DISTINCT predicted) AS predictions, count(DISTINCT metrics) AS metrics,
	count(DISTINCT evaluated) AS evaluations, count(DISTINCT report) AS reports, min(metrics ->> 'accuracy') AS accuracy, min(round((evaluated ->> 'dcg')::numeric, 3)) AS dcg
FROM settled GROUP BY kind ORDER BY kind COLLATE "C";
SELECT kind, (SELECT info FROM settled AS s WHERE s.kind = k.kind LIMIT 1) -> 'labels' AS labels FROM (SELECT DISTINCT kind FROM settled) AS k ORDER BY kind COLLATE "C";
-- not even what a setting says of times makes an interval another
SELECT linlearn_metrics(interval '-1 day -02:00:00', '-1 days -02:00:00'::text) -> 'accuracy' AS accuracy;
SET IntervalStyle = sql_standard;
SELECT linlearn_metrics(interval '-1 day +02:00:00', '-1 days +02:00:00'::text) -> 'accuracy' AS accuracy;
RESET IntervalStyle;

-- no IMMUTABLE function follows a setting
CREATE TABLE immutable_sample (at int, call text, value text);
INSERT INTO immutable_sample (call) VALUES
	('linlearn_sparse(''{1,5}''::int[], ''{0.1,1e-7}''::real[], 9)'), ('linlearn_sparse(''{0,0.1,1e-7}''::real[])'), ('linlearn_dense(linlearn_sparse(''{0,0.1}''::real[]))'),
	('linlearn_sparse_send(linlearn_sparse(''{0,0.1}''::real[]))'), ('linlearn_show_digit(decode(''00ff8000'', ''hex''))'),
	('linlearn_read_idx(decode(''0000080100000002'' || ''0102'', ''hex''))'), ('linlearn_read_npz(decode(''934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a9a9999999999b93f0000000000000440'', ''hex''))'), ('linlearn_read_pickle(decode(''80025d710028474008000000000000653e2e'', ''hex''))'),
	('linlearn_predict(m, x)'), ('linlearn_predict_fields(p, ''{a,b}'', 0.1::float8 + 0.2, ''1''::text)'), ('linlearn_predict_label_fields(p, ''{a,b}'', 0.1::float8 + 0.2, ''1''::text)'), ('linlearn_score_fields(p, ''{a,b}'', 0.1::float8 + 0.2, ''1''::text)'), ('linlearn_scores_fields(p, ''{a,b}'', 0.1::float8 + 0.2, ''1''::text)'), ('linlearn_predict_label(m, x)'), ('linlearn_predict_label(r, x)'), ('linlearn_score(m, x)'), ('linlearn_scores(m, x)'), ('linlearn_predict_interval(e, ''{7,0.5}''::float8[], 0.9)'),
	('linlearn_model_info(m)'), ('linlearn_checked_model_info(m)'), ('linlearn_is_model(m)'), ('linlearn_model_info(r)'), ('linlearn_model_info(t)'), ('linlearn_weights(m)'), ('linlearn_columns(p)'), ('linlearn_split(x)'), ('linlearn_split(ROW(0.1::float8 + 0.2, TIMESTAMPTZ ''2024-02-03 04:05+00'', interval ''1 day 04:05''))'), ('linlearn_training_history(m)'), ('linlearn_hyperparameters()'),
	('linlearn_crosstab(c, true, ''actual'', ''predicted'')'), ('linlearn_confusion_rows(c)'), ('linlearn_continuous(0.1, 0.3::float8 + 0.1, ''Auto'')'), ('linlearn_integer(1, 9, ''Auto'')'),
	('linlearn_categorical(VARIADIC ''{a,b}''::text[])'), ('linlearn_categorical(VARIADIC ARRAY[0.1::float8 + 0.2, 1e-7])'), ('linlearn_categorical(VARIADIC ''{t,f}''::boolean[])'),
	('linlearn_warm_start(t, ''IdenticalDataAndAlgorithm'')'), ('(SELECT linlearn_s3_validator(''{}''::text[], 0::oid) IS NULL)'),
	('linlearn_read_recordio(f)'), ('linlearn_read_recordio(f, NULL::float8)'), ('linlearn_read_libsvm(''1 2:0.1''::text, 3, false)'), ('linlearn_read_libsvm(''1 2:0.1''::bytea, 3, false)'),
	('linlearn_read_csv(''1,0.1''::text)'), ('linlearn_read_csv(''1,0.1''::text, NULL::float8)'), ('linlearn_read_csv(''1,0.1''::bytea)'), ('linlearn_read_csv(''1,0.1''::bytea, NULL::float8)'),
	('linlearn_explain(m, x)'), ('linlearn_digit_svg(decode(''00ff8000'', ''hex''), ''a'', ''light'')'), ('linlearn_digits_svg(ARRAY[decode(''00ff8000'', ''hex'')], ''{a}''::text[], ''b'', ''light'')'),
	('linlearn_path(l)'), ('linlearn_path_svg(l, ''light'')'), ('linlearn_weights_svg(m, ''auto'', ''light'')'), ('linlearn_weights_text(m)'), ('linlearn_confusion_svg(c, ''a'', ''light'')'), ('linlearn_curve_svg(''roc'', ''{0,0.1,1}''::float8[], ''{0,0.7,1}''::float8[], ''a'', ''light'')'),
	('linlearn_curve_svg(m, ''learning'', ''light'')'), ('linlearn_curve_svg(roc, ''a'', ''light'')'), ('linlearn_curve_svg(pr, ''a'', ''light'')'), ('linlearn_curve_svg(bins, ''a'', ''light'')'),
	('linlearn_quantiles(q, ''{7,0.5}''::float8[])'), ('linlearn_model_json(m)'), ('linlearn_model_from_json(linlearn_model_json(p))'), ('linlearn_model_from_json(linlearn_model_json(t)::jsonb)'), ('linlearn_model_onnx(m)'), ('linlearn_predict(p, ''{"a": 0.1, "b": "1"}''::text)'), ('linlearn_score(m, ''{0.1,0.3}''::text)'),
	('linlearn_model_from_coefficients(ARRAY[[0.1::float8 + 0.2, 1e-7]], labels => ARRAY[TIMESTAMPTZ ''2024-02-03 04:05+00'', TIMESTAMPTZ ''2024-02-04 04:05+00''])'),
	('linlearn_quantiles((SELECT linlearn_train(ARRAY[i, sin(i)], i / 3.0, ''{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.9]}'') FROM generate_series(1, 20) AS i), x)'),
	('linlearn_sparkline(''{1,0.1,3}''::float8[])'), ('linlearn_bar(0.1::float8 + 0.2, 1, 10)'),
	('linlearn_top_k_accum(''{0,0,0}''::float8[], 1, ''{0.1,0.2}''::real[], 1)'), ('linlearn_dcg_accum(''{0,0,0}''::float8[], 1, ''{0.1,0.2}''::real[])'), ('linlearn_class_log_loss_accum(''{0,0,0}''::float8[], 1, ''{0.5,0.5}''::real[])'),
	('linlearn_top_k_accum(''{0,0,0}''::float8[], 1, ''{0.1,0.2}''::float8[], 1)'), ('linlearn_dcg_accum(''{0,0,0}''::float8[], 1, ''{0.1,0.2}''::float8[])'), ('linlearn_class_log_loss_accum(''{0,0,0}''::float8[], 1, ''{0.5,0.5}''::float8[])'),
	('linlearn_rank_combine(''{1,1,1}''::float8[], ''{1,1,1}''::float8[])'), ('linlearn_rank_final(''{3,1,1}''::float8[])'), ('linlearn_class_log_loss_final(''{3,1,1}''::float8[])'),
	('linlearn_judge_row((SELECT linlearn_train(ARRAY[i, sin(i)], (i % 3)::text, ''{"optimizer": "lbfgs"}'') FROM generate_series(1, 30) AS i), x, ''1''::text, 2)'), ('linlearn_judge_add(''{1,1,0.1,0.2}''::float8[], ''{1,0,0.3,1e-7}''::float8[])'),
	('linlearn_cells(''{"names": ["a", "b", "c", "d", "e", "f", "g"]}''::jsonb, 0.1::float8 + 0.2, 0.1::real, 1234.5::numeric, TIMESTAMPTZ ''2024-02-03 04:05+00'', DATE ''2024-02-03'', interval ''1 day 04:05'', ''a''::text)'),
	('linlearn_terms(decode(''00'', ''hex''), linlearn_cells(''{"names": ["a"]}''::jsonb, 1))'),
	('linlearn_split_channel(x)'), ('linlearn_residual(decode(''00'', ''hex''), linlearn_row(x, NULL::int))'), ('linlearn_row(x, TIMESTAMPTZ ''2024-02-03 04:05+00'')'), ('linlearn_row(x, 0.1::float8 + 0.2, 0.7, ''test'')'), ('linlearn_pair(0.1::float8 + 0.2, interval ''1 day 04:05'', 0.3, 0.7)');
-- functions over an aggregate's state are called by the aggregates below
SELECT p.oid::regprocedure AS "not called" FROM pg_proc AS p
WHERE p.provolatile = 'i' AND p.prokind = 'f' AND p.proname LIKE 'linlearn\_%' AND NOT p.prorettype IN ('internal'::regtype, 'cstring'::regtype, 'linlearn_sparse'::regtype, 'boolean'::regtype, 'integer'::regtype, 'bigint'::regtype, 'anyelement'::regtype)
	AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[]) AND NOT (p.proargtypes[0] = 'bytea'::regtype AND EXISTS (SELECT FROM pg_aggregate WHERE p.oid IN (aggtransfn, aggcombinefn, aggfinalfn)))
	AND NOT EXISTS (SELECT FROM immutable_sample WHERE call LIKE '%' || p.proname || '(%')
ORDER BY 1::text;
CREATE TABLE immutable_made AS
SELECT linlearn_train(x, n = 1, '{"learning_rate": 0.1, "calibrate": "platt", "wd": 0.3, "optimizer": "sgd", "epochs": 3}') AS m,
	linlearn_train(x, n / 3.0, '{"predictor_type": "regressor", "optimizer": "exact"}') AS r,
	linlearn_tune(x, n = 1, '{"max_jobs": 2, "strategy": "Random", "objective": "train:objective_loss", "epochs": 2, "ranges": {"wd": {"type": "continuous", "min": 0.1, "max": 0.3}}}') AS t,
	linlearn_confusion(n = 1, n > 0, n / 3.0::float8) AS c, linlearn_roc_curve(n = 1, n / 3.0::float8) AS roc, linlearn_pr_curve(n = 1, n / 3.0::float8) AS pr,
	linlearn_calibration(n = 1, n / 3.0::float8) AS bins, linlearn_to_recordio(x) AS f, '{0.1,0.3}'::float8[] AS x,
	linlearn_train(y, n = 1) AS p,
	(SELECT linlearn_train(ARRAY[i, sin(i)], i / 3.0, '{"predictor_type": "regressor", "l1": "path"}') FROM generate_series(1, 20) AS i) AS l,
	(SELECT linlearn_train(ARRAY[i, sin(i)], i % 7 / 3.0, '{"predictor_type": "regressor", "wd": 0, "standard_errors": "HC3"}') FROM generate_series(1, 20) AS i) AS e,
	(SELECT linlearn_train(ARRAY[i, sin(i)], i % 7 / 3.0, '{"predictor_type": "regressor", "loss": "quantile_loss", "quantile": [0.1, 0.7]}') FROM generate_series(1, 20) AS i) AS q
FROM kind, LATERAL (SELECT n / 3.0 AS a, n::text AS b) y;
INSERT INTO immutable_sample (call) VALUES ('(SELECT linlearn_metrics(n = 1, n > 0, n / 3.0::float8, ''{}'', n / 7.0::float8) FROM public.kind)'), ('(SELECT linlearn_confusion(n / 7.0::float8, (n / 7.0::float8)) FROM public.kind)'),
	('(SELECT linlearn_confusion((n / 7.0)::real, (n / 7.0)::real) FROM public.kind)'), ('(SELECT linlearn_confusion(TIMESTAMPTZ ''2024-02-03 04:05+00'' + n * interval ''1 day'', TIMESTAMPTZ ''2024-02-03 04:05+00'') FROM public.kind)'),
	('(SELECT linlearn_confusion(n * interval ''1 day 04:05'', interval ''1 day 04:05'') FROM public.kind)'), ('(SELECT linlearn_crosstab(n / 7.0::float8, n / 7.0::float8) FROM public.kind)'),
	('(SELECT linlearn_calibration(n = 1, n / 3.0::float8) FROM public.kind)'), ('(SELECT linlearn_lift(n = 1, n / 3.0::float8) FROM public.kind)'), ('(SELECT linlearn_to_recordio(x, n / 3.0) FROM public.kind)'),
	('(SELECT linlearn_gram(linlearn_row(x, n / 3.0)) FROM public.kind)'), ('(SELECT linlearn_metrics(linlearn_pair(n = 1, n > 0, n / 3.0::float8)) FROM public.kind)'), ('(SELECT linlearn_lift(linlearn_pair(n = 1, n > 0, n / 3.0::float8)) FROM public.kind)'),
	('(SELECT linlearn_drift(p, y) FROM public.kind, LATERAL (SELECT n / 7.0 AS a, n::text AS b) y)');
-- results are kept as they are, and as text only once the settings are back
CREATE FUNCTION pg_temp.sample(settings int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE s record; made text[] := '{}'; i int := 0;
BEGIN
	FOR s IN SELECT call FROM public.immutable_sample WHERE at IS NULL LOOP
		i := i + 1;
		BEGIN
			EXECUTE format('CREATE TEMP TABLE sample_%s_%s AS SELECT s.* FROM public.immutable_made, LATERAL %s AS s', settings, i, replace(s.call, 'linlearn_', 'public.linlearn_'));
		EXCEPTION WHEN OTHERS THEN
			EXECUTE format('CREATE TEMP TABLE sample_%s_%s AS SELECT %L::text AS failed', settings, i, sqlerrm);
			IF settings = 0 THEN INSERT INTO public.immutable_sample VALUES (0, s.call, 'an error'); END IF;
		END;
	END LOOP;
END $$;
SELECT pg_temp.sample(0) IS NULL AS failed \g /dev/null
SELECT set_config(name, value, false) IS NULL AS unset FROM public.session_setting WHERE at = 1 \g /dev/null
SELECT pg_temp.sample(1) IS NULL AS failed \g /dev/null
RESET ALL;
SELECT set_config(name, value, false) IS NULL AS unset FROM public.session_setting WHERE at = 2 \g /dev/null
SELECT pg_temp.sample(2) IS NULL AS failed \g /dev/null
RESET ALL;
SELECT set_config(name, value, false) IS NULL AS unset FROM public.session_setting WHERE at = 3 \g /dev/null
SELECT pg_temp.sample(3) IS NULL AS failed \g /dev/null
RESET ALL;
SET client_min_messages = warning;
SET search_path = public;
SET extra_float_digits = 1;
DO $$
DECLARE s record; i int := 0; n int; compared int := 0;
BEGIN
	FOR s IN SELECT call FROM immutable_sample WHERE at IS NULL LOOP
		i := i + 1;
		EXECUTE format('SELECT count(DISTINCT made) FROM (SELECT array_agg(v::text) AS made FROM sample_0_%s AS v UNION ALL SELECT array_agg(v::text) FROM sample_1_%1$s AS v
			UNION ALL SELECT array_agg(v::text) FROM sample_2_%1$s AS v UNION ALL SELECT array_agg(v::text) FROM sample_3_%1$s AS v) AS u', i) INTO n;
		compared := compared + 1;
		IF n <> 1 THEN INSERT INTO immutable_sample VALUES (1, s.call, n); END IF;
	END LOOP;
	INSERT INTO immutable_sample VALUES (2, 'compared', (compared > 60)::text);
END $$;
SELECT call, value FROM immutable_sample WHERE at IS NOT NULL ORDER BY at, call;

-- num_classes beyond the values of texts is of no use
SELECT linlearn_model_info(linlearn_train(ARRAY[i % 3, i], 'class ' || i % 3, '{"predictor_type": "multiclass_classifier", "num_classes": 5}'))->'num_classes' AS classes FROM generate_series(1, 30) i;
SELECT linlearn_model_info(linlearn_train(ARRAY[i % 3, i], 'class ' || i % 3, '{"predictor_type": "multiclass_classifier", "num_classes": 3}'))->'num_classes' AS classes FROM generate_series(1, 30) i;
SELECT linlearn_model_info(linlearn_train(ARRAY[i % 3, i], i % 3, '{"predictor_type": "multiclass_classifier", "num_classes": 5}'))->'num_classes' AS classes FROM generate_series(1, 30) i;
DROP TABLE immutable_sample, immutable_made;
DROP FUNCTION pg_temp.settle(label_kind, int);
DROP TABLE kind, label_kind, session_setting, settled, public.pg_seclabel;
DROP TYPE pair;
DROP TYPE label_size;
