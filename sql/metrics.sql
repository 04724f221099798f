-- metrics.sql: aggregates that judge predictions
--
-- A row with a NULL among its labels, scores or weights is left out.  An
-- aggregate over no rows is NULL.

-- labels -------------------------------------------------------------------

CREATE FUNCTION linlearn_confusion_accum(internal, "any", "any")
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_confusion_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_confusion_accum(internal, "any", "any", float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_confusion_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_confusion_remove(internal, "any", "any")
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_confusion_remove'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_confusion_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_confusion_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_confusion_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_confusion_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_final(internal)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_confusion_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_crosstab_final(internal)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_crosstab_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_confusion(actual "any", predicted "any") (
	SFUNC = linlearn_confusion_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_confusion_final,
	COMBINEFUNC = linlearn_confusion_combine,
	SERIALFUNC = linlearn_confusion_serial,
	DESERIALFUNC = linlearn_confusion_deserial,
	MSFUNC = linlearn_confusion_accum,
	MINVFUNC = linlearn_confusion_remove,
	MSTYPE = internal,
	MSSPACE = 512,
	MFINALFUNC = linlearn_confusion_final,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_confusion(actual "any", predicted "any") IS
'confusion matrix as jsonb: labels in the order of their type (of their texts where it has none), matrix[actual][predicted], rows, null_rows; labels of any type: numbers and booleans are told apart by value, others by the text that they have in every session, and text beside another type is read as that; at most 1000 labels';

CREATE AGGREGATE linlearn_confusion(actual "any", predicted "any", weight float8) (
	SFUNC = linlearn_confusion_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_confusion_final,
	COMBINEFUNC = linlearn_confusion_combine,
	SERIALFUNC = linlearn_confusion_serial,
	DESERIALFUNC = linlearn_confusion_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_confusion(actual "any", predicted "any", weight float8) IS
'confusion matrix as jsonb with the sums of the weights beside the counts; weights must be finite and not negative';

CREATE AGGREGATE linlearn_crosstab(actual "any", predicted "any") (
	SFUNC = linlearn_confusion_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_crosstab_final,
	COMBINEFUNC = linlearn_confusion_combine,
	SERIALFUNC = linlearn_confusion_serial,
	DESERIALFUNC = linlearn_confusion_deserial,
	MSFUNC = linlearn_confusion_accum,
	MINVFUNC = linlearn_confusion_remove,
	MSTYPE = internal,
	MSSPACE = 512,
	MFINALFUNC = linlearn_crosstab_final,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_crosstab(actual "any", predicted "any") IS
'confusion matrix as text in the shape of pandas.crosstab: rows are actual, columns predicted labels';

CREATE FUNCTION linlearn_crosstab_accum(internal, "any", "any", text, text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_crosstab_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_crosstab_remove(internal, "any", "any", text, text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_crosstab_remove'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE AGGREGATE linlearn_crosstab(actual "any", predicted "any",
	row_name text, column_name text) (
	SFUNC = linlearn_crosstab_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_crosstab_final,
	COMBINEFUNC = linlearn_confusion_combine,
	SERIALFUNC = linlearn_confusion_serial,
	DESERIALFUNC = linlearn_confusion_deserial,
	MSFUNC = linlearn_crosstab_accum,
	MINVFUNC = linlearn_crosstab_remove,
	MSTYPE = internal,
	MSSPACE = 512,
	MFINALFUNC = linlearn_crosstab_final,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_crosstab(actual "any", predicted "any", row_name text, column_name text) IS
'the same with names for the rows and the columns, as rownames and colnames of pandas.crosstab; one name each for all rows, NULL is actual and predicted';

CREATE FUNCTION linlearn_crosstab(confusion jsonb, totals boolean DEFAULT false,
	row_name text DEFAULT 'actual', column_name text DEFAULT 'predicted')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_crosstab'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_crosstab(jsonb, boolean, text, text) IS
'what linlearn_confusion returned, as text in the shape of pandas.crosstab; totals adds a row and a column All';

CREATE FUNCTION linlearn_confusion_rows(confusion jsonb)
RETURNS TABLE (actual text, predicted text, count bigint, weight float8)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp AS $$
	SELECT confusion->'labels'->>(r.place - 1)::int,
		confusion->'labels'->>(c.place - 1)::int,
		c.cell::bigint,
		(confusion->'weights'->(r.place - 1)::int->>(c.place - 1)::int)::float8
	FROM jsonb_array_elements(confusion->'matrix')
			WITH ORDINALITY AS r(line, place),
		jsonb_array_elements_text(r.line)
			WITH ORDINALITY AS c(cell, place)
$$;
COMMENT ON FUNCTION linlearn_confusion_rows(jsonb) IS
'what linlearn_confusion returned, a row for each pair of labels, those that never met included; weight is NULL without weights';


-- all figures at once ------------------------------------------------------
--
-- What the rows are: option predictor_type, else a regressor if actual is a
-- float or numeric and predicted a number, else a classifier: binary up to two
-- labels.

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any")
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8, jsonb)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8, jsonb, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_metrics_combine_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_metrics_combine_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE
SUPPORT linlearn_metrics_combine_support;

CREATE FUNCTION linlearn_metrics_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_final(internal)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_metrics_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any") (
	SFUNC = linlearn_metrics_accum,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_metrics(actual "any", predicted "any") IS
'accuracy, precision, recall, f_beta and more of a classifier, mse, r2 and more of a regressor, as jsonb; a regressor if actual is a float or numeric and predicted a number, else a classifier';

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8) (
	SFUNC = linlearn_metrics_accum,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8) IS
'accuracy, precision, recall, f_beta and more of a classifier, mse, r2 and more of a regressor, as jsonb; score, the probability of the positive label (of the predicted one for many labels), adds roc_auc, pr_auc, log_loss, brier, calibration_error';

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options jsonb) (
	SFUNC = linlearn_metrics_accum,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options jsonb) IS
'accuracy, precision, recall, f_beta and more of a classifier, mse, r2 and more of a regressor, as jsonb; options: predictor_type, positive, f_beta, quantile, confusion';

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options jsonb, weight float8) (
	SFUNC = linlearn_metrics_accum,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options jsonb, weight float8) IS
'accuracy, precision, recall, f_beta and more of a classifier, mse, r2 and more of a regressor, as jsonb; each row counts by its weight';

-- scores in order -----------------------------------------------------------

CREATE TYPE linlearn_roc_point AS (
	threshold float8, false_positive_rate float8, true_positive_rate float8);
COMMENT ON TYPE linlearn_roc_point IS
'rates when rows with score >= threshold are predicted positive';

CREATE TYPE linlearn_pr_point AS (
	threshold float8, "precision" float8, recall float8);
COMMENT ON TYPE linlearn_pr_point IS
'precision and recall when rows with score >= threshold are predicted positive';

CREATE TYPE linlearn_lift_bin AS (
	bin float8, rows float8, positives float8, min_score float8,
	max_score float8, rate float8, lift float8, population float8,
	gain float8, cumulative_lift float8);
COMMENT ON TYPE linlearn_lift_bin IS
'a share of the rows, best scores first: rate of positives, lift over the base rate, and both for all rows down to here';

CREATE FUNCTION linlearn_curve_accum(internal, "any", float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_curve_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_curve_accum(internal, "any", float8, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_curve_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_curve_accum(internal, "any", float8, integer)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_curve_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_curve_combine_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_curve_combine_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_curve_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_curve_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE
SUPPORT linlearn_curve_combine_support;

CREATE FUNCTION linlearn_curve_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_curve_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_curve_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_curve_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_roc_auc_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_roc_auc_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_pr_auc_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_pr_auc_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_roc_curve_final(internal)
RETURNS linlearn_roc_point[] AS 'MODULE_PATHNAME', 'linlearn_roc_curve_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_pr_curve_final(internal)
RETURNS linlearn_pr_point[] AS 'MODULE_PATHNAME', 'linlearn_pr_curve_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_lift_final(internal)
RETURNS linlearn_lift_bin[] AS 'MODULE_PATHNAME', 'linlearn_lift_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_roc_auc(actual "any", score float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_roc_auc_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_roc_auc(actual "any", score float8) IS
'exact area under the ROC curve, ties counting half; actual is boolean or 1 and 0 (or -1); NULL unless both occur; sorts within work_mem';

CREATE AGGREGATE linlearn_roc_auc(actual "any", score float8, weight float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_roc_auc_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_roc_auc(actual "any", score float8, weight float8) IS
'exact area under the ROC curve of weighted rows';

CREATE AGGREGATE linlearn_pr_auc(actual "any", score float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_pr_auc_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_pr_auc(actual "any", score float8) IS
'average precision: sum over thresholds of the gain in recall times the precision; NULL without positives';

CREATE AGGREGATE linlearn_pr_auc(actual "any", score float8, weight float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_pr_auc_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_pr_auc(actual "any", score float8, weight float8) IS
'average precision of weighted rows';

CREATE AGGREGATE linlearn_roc_curve(actual "any", score float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_roc_curve_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_roc_curve(actual "any", score float8) IS
'ROC curve, one point a distinct score from (0, 0), without those on a straight line; NULL unless both labels occur';

CREATE AGGREGATE linlearn_roc_curve(actual "any", score float8, points integer) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_roc_curve_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_roc_curve(actual "any", score float8, points integer) IS
'ROC curve of at most so many points (3 or more)';

CREATE AGGREGATE linlearn_pr_curve(actual "any", score float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_pr_curve_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_pr_curve(actual "any", score float8) IS
'precision-recall curve, one point a distinct score from recall 0; NULL without positives';

CREATE AGGREGATE linlearn_pr_curve(actual "any", score float8, points integer) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_pr_curve_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_pr_curve(actual "any", score float8, points integer) IS
'precision-recall curve of at most so many points (3 or more)';

CREATE AGGREGATE linlearn_lift(actual "any", score float8) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_lift_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_lift(actual "any", score float8) IS
'lift table of ten equal shares of the rows, best scores first; tied rows are shared out in proportion';

CREATE AGGREGATE linlearn_lift(actual "any", score float8, bins integer) (
	SFUNC = linlearn_curve_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_lift_final,
	COMBINEFUNC = linlearn_curve_combine,
	SERIALFUNC = linlearn_curve_serial,
	DESERIALFUNC = linlearn_curve_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_lift(actual "any", score float8, bins integer) IS
'lift table of so many (1 to 10000) equal shares of the rows, best scores first';

-- scores as probabilities ---------------------------------------------------

CREATE TYPE linlearn_calibration_bin AS (
	low float8, high float8, rows float8, mean_score float8, rate float8);
COMMENT ON TYPE linlearn_calibration_bin IS
'rows with a score in (low, high], their mean score and their rate of positives';

CREATE FUNCTION linlearn_probability_accum(internal, "any", float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_probability_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_probability_accum(internal, "any", float8, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_probability_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_probability_accum(internal, "any", float8, integer)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_probability_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_probability_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_probability_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_probability_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_probability_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_probability_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_probability_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_log_loss_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_log_loss_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_brier_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_brier_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_calibration_final(internal)
RETURNS linlearn_calibration_bin[] AS 'MODULE_PATHNAME', 'linlearn_calibration_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_calibration_error_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_calibration_error_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_log_loss(actual "any", score float8) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_log_loss_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_log_loss(actual "any", score float8) IS
'mean of -log(probability given to what happened), natural logarithm, probabilities kept 2^-52 off 0 and 1; score must be in [0, 1]';

CREATE AGGREGATE linlearn_log_loss(actual "any", score float8, weight float8) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_log_loss_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_log_loss(actual "any", score float8, weight float8) IS
'log loss of weighted rows';

CREATE AGGREGATE linlearn_brier(actual "any", score float8) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_brier_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_brier(actual "any", score float8) IS
'mean of (label - score)^2 for scores in [0, 1]';

CREATE AGGREGATE linlearn_brier(actual "any", score float8, weight float8) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_brier_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_brier(actual "any", score float8, weight float8) IS
'Brier score of weighted rows';

CREATE AGGREGATE linlearn_calibration(actual "any", score float8) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_calibration_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_calibration(actual "any", score float8) IS
'reliability table of ten equal bins over [0, 1]; empty bins are left out';

CREATE AGGREGATE linlearn_calibration(actual "any", score float8, bins integer) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_calibration_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_calibration(actual "any", score float8, bins integer) IS
'reliability table of so many (1 to 10000) equal bins over [0, 1]';

CREATE AGGREGATE linlearn_calibration_error(actual "any", score float8) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_calibration_error_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_calibration_error(actual "any", score float8) IS
'expected calibration error of ten equal bins: mean of |rate of positives - mean score|, weighted by rows';

CREATE AGGREGATE linlearn_calibration_error(actual "any", score float8, bins integer) (
	SFUNC = linlearn_probability_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_calibration_error_final,
	COMBINEFUNC = linlearn_probability_combine,
	SERIALFUNC = linlearn_probability_serial,
	DESERIALFUNC = linlearn_probability_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_calibration_error(actual "any", score float8, bins integer) IS
'expected calibration error of so many (1 to 10000) equal bins';

-- values ---------------------------------------------------------------------

CREATE FUNCTION linlearn_regression_accum(internal, float8, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_regression_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_regression_accum(internal, float8, float8, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_regression_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_regression_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_regression_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_regression_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_regression_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_regression_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_regression_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_mse_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_mse_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_rmse_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_rmse_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_mae_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_mae_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_r2_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_r2_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_pinball_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_pinball_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_mse(actual float8, predicted float8) (
	SFUNC = linlearn_regression_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_mse_final,
	COMBINEFUNC = linlearn_regression_combine,
	SERIALFUNC = linlearn_regression_serial,
	DESERIALFUNC = linlearn_regression_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_mse(actual float8, predicted float8) IS
'mean squared error';

CREATE AGGREGATE linlearn_rmse(actual float8, predicted float8) (
	SFUNC = linlearn_regression_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_rmse_final,
	COMBINEFUNC = linlearn_regression_combine,
	SERIALFUNC = linlearn_regression_serial,
	DESERIALFUNC = linlearn_regression_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_rmse(actual float8, predicted float8) IS
'root of the mean squared error';

CREATE AGGREGATE linlearn_mae(actual float8, predicted float8) (
	SFUNC = linlearn_regression_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_mae_final,
	COMBINEFUNC = linlearn_regression_combine,
	SERIALFUNC = linlearn_regression_serial,
	DESERIALFUNC = linlearn_regression_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_mae(actual float8, predicted float8) IS
'mean absolute error';

CREATE AGGREGATE linlearn_r2(actual float8, predicted float8) (
	SFUNC = linlearn_regression_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_r2_final,
	COMBINEFUNC = linlearn_regression_combine,
	SERIALFUNC = linlearn_regression_serial,
	DESERIALFUNC = linlearn_regression_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_r2(actual float8, predicted float8) IS
'coefficient of determination; of a constant actual 1 if fitted exactly, else 0; NULL below two rows';

CREATE AGGREGATE linlearn_pinball(actual float8, predicted float8, quantile float8) (
	SFUNC = linlearn_regression_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_pinball_final,
	COMBINEFUNC = linlearn_regression_combine,
	SERIALFUNC = linlearn_regression_serial,
	DESERIALFUNC = linlearn_regression_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_pinball(actual float8, predicted float8, quantile float8) IS
'mean pinball loss of a quantile in (0, 1): quantile * error below the actual, (1 - quantile) * error above';

CREATE FUNCTION linlearn_deviance_accum(internal, float8, float8, text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_deviance_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_deviance_accum(internal, float8, float8, text, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_deviance_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_deviance_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_deviance_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_deviance_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_deviance_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_deviance_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_deviance_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_mean_deviance_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_mean_deviance_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_d2_final(internal)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_d2_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_mean_deviance(actual float8, predicted float8, loss text) (
	SFUNC = linlearn_deviance_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_mean_deviance_final,
	COMBINEFUNC = linlearn_deviance_combine,
	SERIALFUNC = linlearn_deviance_serial,
	DESERIALFUNC = linlearn_deviance_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_mean_deviance(actual float8, predicted float8, loss text) IS
'mean unit deviance of predicted means: of poisson 2 (y ln(y / mu) - (y - mu)), of gamma 2 (y / mu - 1 - ln(y / mu)), of tweedie that of variance mu^1.5; errors for a predicted value that is not above 0 and an actual one that is negative, or 0 with gamma';

CREATE AGGREGATE linlearn_mean_deviance(actual float8, predicted float8, loss text, tweedie_power float8) (
	SFUNC = linlearn_deviance_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_mean_deviance_final,
	COMBINEFUNC = linlearn_deviance_combine,
	SERIALFUNC = linlearn_deviance_serial,
	DESERIALFUNC = linlearn_deviance_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_mean_deviance(actual float8, predicted float8, loss text, tweedie_power float8) IS
'mean unit deviance of predicted means: of poisson 2 (y ln(y / mu) - (y - mu)), of gamma 2 (y / mu - 1 - ln(y / mu)), of tweedie that of variance mu^tweedie_power; errors for a predicted value that is not above 0 and an actual one that is negative, or 0 with gamma';

CREATE AGGREGATE linlearn_d2(actual float8, predicted float8, loss text) (
	SFUNC = linlearn_deviance_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_d2_final,
	COMBINEFUNC = linlearn_deviance_combine,
	SERIALFUNC = linlearn_deviance_serial,
	DESERIALFUNC = linlearn_deviance_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_d2(actual float8, predicted float8, loss text) IS
'part of the deviance explained: 1 less its ratio to the deviance of the mean of actual, of loss poisson, gamma or tweedie (variance mu^1.5); of a constant actual 1 if fitted exactly, else 0; NULL below two rows';

CREATE AGGREGATE linlearn_d2(actual float8, predicted float8, loss text, tweedie_power float8) (
	SFUNC = linlearn_deviance_accum,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = linlearn_d2_final,
	COMBINEFUNC = linlearn_deviance_combine,
	SERIALFUNC = linlearn_deviance_serial,
	DESERIALFUNC = linlearn_deviance_deserial,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_d2(actual float8, predicted float8, loss text, tweedie_power float8) IS
'part of the deviance explained: 1 less its ratio to the deviance of the mean of actual, of loss poisson, gamma or tweedie (variance mu^tweedie_power); of a constant actual 1 if fitted exactly, else 0; NULL below two rows';

-- scores of all classes --------------------------------------------------------

CREATE FUNCTION linlearn_top_k_accum(float8[], integer, real[], integer)
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_top_k_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_dcg_accum(float8[], integer, real[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_dcg_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_class_log_loss_accum(float8[], integer, real[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_class_log_loss_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_top_k_accum(float8[], integer, float8[], integer)
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_top_k_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_dcg_accum(float8[], integer, float8[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_dcg_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_class_log_loss_accum(float8[], integer, float8[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_class_log_loss_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_rank_combine(float8[], float8[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_rank_combine'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_rank_final(float8[])
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_rank_final'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_class_log_loss_final(float8[])
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_class_log_loss_final'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE AGGREGATE linlearn_top_k_accuracy(actual integer, scores real[], k integer) (
	SFUNC = linlearn_top_k_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_rank_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_top_k_accuracy(actual integer, scores real[], k integer) IS
'share of rows whose true class is among the k best; classes counted from 0 in the order of scores, of equal scores the lower class first';

CREATE AGGREGATE linlearn_dcg(actual integer, scores real[]) (
	SFUNC = linlearn_dcg_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_rank_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_dcg(actual integer, scores real[]) IS
'mean of 1 / log2(1 + rank of the true class); classes counted from 0 in the order of scores, of equal scores the lower class first';

CREATE AGGREGATE linlearn_log_loss(actual integer, scores real[]) (
	SFUNC = linlearn_class_log_loss_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_class_log_loss_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_log_loss(actual integer, scores real[]) IS
'mean of -log(probability of the true class), classes counted from 0; the scores are divided by their sum';

CREATE AGGREGATE linlearn_top_k_accuracy(actual integer, scores float8[], k integer) (
	SFUNC = linlearn_top_k_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_rank_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_top_k_accuracy(actual integer, scores float8[], k integer) IS
'share of rows whose true class is among the k best; classes counted from 0 in the order of scores, of equal scores the lower class first';

CREATE AGGREGATE linlearn_dcg(actual integer, scores float8[]) (
	SFUNC = linlearn_dcg_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_rank_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_dcg(actual integer, scores float8[]) IS
'mean of 1 / log2(1 + rank of the true class); classes counted from 0 in the order of scores, of equal scores the lower class first';

CREATE AGGREGATE linlearn_log_loss(actual integer, scores float8[]) (
	SFUNC = linlearn_class_log_loss_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_class_log_loss_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_log_loss(actual integer, scores float8[]) IS
'mean of -log(probability of the true class), classes counted from 0; the scores are divided by their sum';

-- scores written as numbers with a point are numeric

CREATE FUNCTION linlearn_top_k_accum(float8[], integer, numeric[], integer)
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_top_k_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_dcg_accum(float8[], integer, numeric[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_dcg_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE FUNCTION linlearn_class_log_loss_accum(float8[], integer, numeric[])
RETURNS float8[] AS 'MODULE_PATHNAME', 'linlearn_class_log_loss_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;

CREATE AGGREGATE linlearn_top_k_accuracy(actual integer, scores numeric[], k integer) (
	SFUNC = linlearn_top_k_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_rank_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_top_k_accuracy(actual integer, scores numeric[], k integer) IS
'share of rows whose true class is among the k best; classes counted from 0 in the order of scores, of equal scores the lower class first';

CREATE AGGREGATE linlearn_dcg(actual integer, scores numeric[]) (
	SFUNC = linlearn_dcg_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_rank_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_dcg(actual integer, scores numeric[]) IS
'mean of 1 / log2(1 + rank of the true class); classes counted from 0 in the order of scores, of equal scores the lower class first';

CREATE AGGREGATE linlearn_log_loss(actual integer, scores numeric[]) (
	SFUNC = linlearn_class_log_loss_accum,
	STYPE = float8[],
	INITCOND = '{0,0,0}',
	FINALFUNC = linlearn_class_log_loss_final,
	COMBINEFUNC = linlearn_rank_combine,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE linlearn_log_loss(actual integer, scores numeric[]) IS
'mean of -log(probability of the true class), classes counted from 0; the scores are divided by their sum';
