-- Pictures: SVG texts, their twins for psql, and the explanation of a score.
-- Every SVG takes a theme: auto (as the reader's system prefers), light, dark.

CREATE FUNCTION linlearn_explain(model bytea, features anyelement,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_explain'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(bytea, anyelement) IS
'What each feature adds to a row''s margin against the training rows'' means: contribution = weight * (value - mean). A first row without a feature is the margin of the mean row; in the order returned the contributions of a label sum to the margin (the logit of a logistic score without calibration). One set of rows a class of a multiclass model. Of a model of a table''s rows: the terms that the row has, and, without a feature, what the other terms of each column add together; "column", level and term as in linlearn_weights';

CREATE FUNCTION linlearn_explain(model bytea, features anyelement,
	by_column boolean,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_explain'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(bytea, anyelement, boolean) IS
'The same, with true a line a column of a table: what its terms add together, and the level that the row has; value and mean of a number, feature and weight where the column is one term. A feature of an array is a column of its own';

CREATE FUNCTION linlearn_digit_svg(pixels anyelement, title text DEFAULT 'digit',
	theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_digit_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_digit_svg(anyelement, text, text) IS
'A square picture (bytea, or an array of numbers; n * n pixels, n up to 256) as SVG';

CREATE FUNCTION linlearn_digits_svg(pixels bytea[],
	captions text[] DEFAULT '{}', title text DEFAULT 'digits',
	theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_digits_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_digits_svg(bytea[], text[], text, text) IS
'Square pictures of one size as an SVG grid, each with a caption, at most 400; e.g. the most confident mistakes by array_agg(pixels ORDER BY score DESC)';

CREATE FUNCTION linlearn_weights_svg(model bytea, style text DEFAULT 'auto',
	theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_weights_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_weights_svg(bytea, text, text) IS
'Weights times their features'' deviations as SVG: style image (one a class, n * n features with n from 8), bars (the 20 most important), or auto';

CREATE FUNCTION linlearn_path_svg(model bytea, theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_path_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_path_svg(bytea, text) IS
'The path that "l1": "path" chose on as SVG: mean loss of the rows held out by the logarithm of the penalty, a standard error on both sides, and what was chosen; an error for a model without a path';

CREATE FUNCTION linlearn_weights_text(model bytea)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_weights_text'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_weights_text(bytea) IS
'Weights times their features'' deviations as text: half-block images of what speaks for and against a class, or the 20 most important with bars';

CREATE FUNCTION linlearn_confusion_svg(confusion jsonb,
	title text DEFAULT 'confusion matrix', theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_confusion_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_confusion_svg(jsonb, text, text) IS
'The result of linlearn_confusion as an SVG heat map: rows actual, columns predicted, shaded by share of the row; at most 200 labels';

CREATE FUNCTION linlearn_curve_svg(kind text, x float8[], y float8[],
	title text DEFAULT '', theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_curve_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_curve_svg(text, float8[], float8[], text, text) IS
'Points as an SVG chart; kind roc, pr, calibration, lift, learning, tuning or line sets axes and labels. NULL and NaN break the line.';

CREATE FUNCTION linlearn_curve_svg(model bytea, kind text DEFAULT 'learning',
	theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_model_curve_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_curve_svg(bytea, text, text) IS
'A model''s own curve as SVG: learning (losses by epoch) or tuning (objective by trial or candidate)';

CREATE FUNCTION linlearn_curve_svg(points linlearn_roc_point[],
	title text DEFAULT '', theme text DEFAULT 'auto')
RETURNS text
AS $$
SELECT @extschema@.linlearn_curve_svg('roc'::text,
	array_agg(p.false_positive_rate ORDER BY p.place),
	array_agg(p.true_positive_rate ORDER BY p.place), title, theme)
FROM unnest(points) WITH ORDINALITY
	AS p(threshold, false_positive_rate, true_positive_rate, place)
$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION linlearn_curve_svg(linlearn_roc_point[], text, text) IS
'The result of linlearn_roc_curve as SVG';

CREATE FUNCTION linlearn_curve_svg(points linlearn_pr_point[],
	title text DEFAULT '', theme text DEFAULT 'auto')
RETURNS text
AS $$
SELECT @extschema@.linlearn_curve_svg('pr'::text,
	array_agg(p.recall ORDER BY p.place),
	array_agg(p."precision" ORDER BY p.place), title, theme)
FROM unnest(points) WITH ORDINALITY
	AS p(threshold, "precision", recall, place)
$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION linlearn_curve_svg(linlearn_pr_point[], text, text) IS
'The result of linlearn_pr_curve as SVG';

CREATE FUNCTION linlearn_curve_svg(bins linlearn_calibration_bin[],
	title text DEFAULT '', theme text DEFAULT 'auto')
RETURNS text
AS $$
SELECT @extschema@.linlearn_curve_svg('calibration'::text,
	array_agg(b.mean_score ORDER BY b.place) FILTER (WHERE b."rows" > 0),
	array_agg(b.rate ORDER BY b.place) FILTER (WHERE b."rows" > 0), title, theme)
FROM unnest(bins) WITH ORDINALITY
	AS b(low, high, "rows", mean_score, rate, place)
$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION linlearn_curve_svg(linlearn_calibration_bin[], text, text) IS
'The result of linlearn_calibration as SVG';

CREATE FUNCTION linlearn_sparkline("values" float8[])
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_sparkline'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_sparkline(float8[]) IS
'Values as a line of block characters from the least to the greatest; a space for NULL and NaN';

CREATE FUNCTION linlearn_bar(value float8, maximum float8 DEFAULT 1,
	width integer DEFAULT 20)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_bar'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_bar(float8, float8, integer) IS
'A bar of width characters at value = maximum, in eighths of a character; empty for 0, less and NaN';

CREATE FUNCTION linlearn_report(model_name text, version integer DEFAULT NULL,
	test_query text DEFAULT NULL, label text DEFAULT NULL)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_report'
LANGUAGE C STABLE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_report(text, integer, text, text) IS
'One self-contained HTML page about a saved model (NULL version: the latest). test_query gives features and label as its first two columns, labels of the type of training; it is run read-only with the caller''s rights, and may be NULL. label: as in linlearn_evaluate';

CREATE FUNCTION linlearn_model_report(model bytea, title text DEFAULT 'model',
	test_query text DEFAULT NULL, label text DEFAULT NULL)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_model_report'
LANGUAGE C STABLE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_model_report(bytea, text, text, text) IS
'The page of linlearn_report for a model that is not saved';
