-- complain if the script is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION linlearn" to load this file. \quit
-- sparse: wide rows of which most values are zero

CREATE TYPE linlearn_sparse;

CREATE FUNCTION linlearn_sparse_in(cstring) RETURNS linlearn_sparse
AS 'MODULE_PATHNAME', 'linlearn_sparse_in' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_out(linlearn_sparse) RETURNS cstring
AS 'MODULE_PATHNAME', 'linlearn_sparse_out' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_recv(internal) RETURNS linlearn_sparse
AS 'MODULE_PATHNAME', 'linlearn_sparse_recv' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_send(linlearn_sparse) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_sparse_send' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE linlearn_sparse (
	INPUT = linlearn_sparse_in, OUTPUT = linlearn_sparse_out,
	RECEIVE = linlearn_sparse_recv, SEND = linlearn_sparse_send,
	STORAGE = extended);
COMMENT ON TYPE linlearn_sparse IS
	'A row of features most of which are zero: {key:value,...}/width, keys from 0';

CREATE FUNCTION linlearn_sparse(keys integer[], "values" real[], width integer)
RETURNS linlearn_sparse AS 'MODULE_PATHNAME', 'linlearn_sparse_make'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_sparse(integer[], real[], integer) IS
	'A sparse row of width features, 1 to 16777216; keys count from 0, in any order, each once';

CREATE FUNCTION linlearn_sparse(features real[]) RETURNS linlearn_sparse
AS 'MODULE_PATHNAME', 'linlearn_sparse_from_array'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_sparse(real[]) IS
	'The sparse form of a dense row';

CREATE FUNCTION linlearn_dense(features linlearn_sparse) RETURNS real[]
AS 'MODULE_PATHNAME', 'linlearn_sparse_to_array'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_dense(linlearn_sparse) IS
	'The dense form of a sparse row';

CREATE CAST (real[] AS linlearn_sparse) WITH FUNCTION linlearn_sparse(real[]);
CREATE CAST (linlearn_sparse AS real[])
WITH FUNCTION linlearn_dense(linlearn_sparse);


-- load: digits out of files, URLs, or the extension itself

CREATE TABLE linlearn_mnist (
	split text COLLATE "C" NOT NULL,
	id integer NOT NULL,
	label smallint NOT NULL,
	pixels bytea NOT NULL,
	PRIMARY KEY (split, id)
);
-- 784 bytes stay in the row, as they are: scans need no detoasting
ALTER TABLE linlearn_mnist ALTER COLUMN pixels SET STORAGE EXTERNAL;
GRANT SELECT ON linlearn_mnist TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('linlearn_mnist', '');
COMMENT ON TABLE linlearn_mnist IS
	'Pictures and their labels, filled by linlearn_load_mnist: one byte a pixel, row by row';

CREATE FUNCTION linlearn_load_mnist(source text,
	target text DEFAULT 'linlearn_mnist', train_rows integer DEFAULT NULL,
	validation_rows integer DEFAULT NULL, test_rows integer DEFAULT NULL,
	seed bigint DEFAULT 0)
RETURNS TABLE (split text, rows bigint, seconds double precision)
AS 'MODULE_PATHNAME', 'linlearn_load_mnist' LANGUAGE C
VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 3;
COMMENT ON FUNCTION linlearn_load_mnist(text, text, integer, integer, integer, bigint) IS
	'Replaces the rows of a table by the digits of a source, in this transaction; each split''s ids count from 0';

CREATE FUNCTION linlearn_show_digit(pixels bytea) RETURNS text
AS 'MODULE_PATHNAME', 'linlearn_show_digit' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION linlearn_show_digit(bytea) IS
	'Draws a square picture of one byte a pixel with Unicode half blocks: n columns by n/2 lines, ink from 128 on';

CREATE FUNCTION linlearn_read_idx(data bytea)
RETURNS TABLE (id bigint, value double precision, pixels bytea, features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_idx' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_idx(bytea) IS
	'Rows of an idx file, also gzip: value of a one-dimensional one, pixels of uint8, features of other types; id counts from 0';

CREATE FUNCTION linlearn_read_pickle(data bytea)
RETURNS TABLE (path integer[], id bigint, value double precision, pixels bytea,
	features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_pickle' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_pickle(bytea) IS
	'Rows of the numpy arrays of a pickle, also gzip; path {2,1} is the first item of the second tuple; nothing of the pickle is executed';
-- train: linlearn_train and its parts

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any")
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options jsonb)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options jsonb, channel text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options jsonb, channel text, weight float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options jsonb, channel text, weight float8, init_model bytea)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_train_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;

CREATE FUNCTION linlearn_train_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_train_serialize'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;

CREATE FUNCTION linlearn_train_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_train_deserialize'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;

CREATE FUNCTION linlearn_train_final(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_train_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;

-- SSPACE is what a group of some hundred rows takes: with many groups the
-- planner then sorts, and trains one model at a time.
CREATE AGGREGATE linlearn_train(features anyelement, label "any") (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options jsonb) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options jsonb, channel text) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options jsonb, channel text, weight float8) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options jsonb, channel text, weight float8, init_model bytea) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", jsonb, text, float8, bytea) IS
	'Trains a linear model over rows. features: real[], double precision[], smallint[], integer[], bigint[], numeric[], bytea, vector, sparsevec or linlearn_sparse, all of one width; label: any type; options: linlearn_hyperparameters(); channel: train (also NULL), validation or test; weight: of the row, 0 or 1e-30 to 1e30, whose proportions count; init_model: a model to go on from, of the same predictor type, width and kind of labels; its classes stay, and rows may lack some but bring no other; another loss is allowed. NULL without rows. The same rows give the same bytes in any order';
-- predict: from a model's bytes, inside any SELECT

CREATE FUNCTION linlearn_predict(model bytea, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_predict'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict(bytea, anyelement) IS
	'The predicted label as a number (a label that is no number: its class''s place, from 0), or a regressor''s value; features of the model''s width';

CREATE FUNCTION linlearn_predict_label(model bytea, features anyelement)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_predict_label'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label(bytea, anyelement) IS
	'The predicted label as text, as it was given in training';

CREATE FUNCTION linlearn_score(model bytea, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_score'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score(bytea, anyelement) IS
	'P(positive) of a binary logistic model (the margin with hinge_loss), the largest class''s score of a multiclass one, a regressor''s value';

CREATE FUNCTION linlearn_scores(model bytea, features anyelement)
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_scores'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores(bytea, anyelement) IS
	'One score per class in the order of the model''s labels; of a regressor its value';
-- inspect: what a model holds

CREATE FUNCTION linlearn_model_info(model bytea) RETURNS jsonb
AS 'MODULE_PATHNAME', 'linlearn_model_info'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_model_info(bytea) IS
	'What a model is: predictor, loss, labels, threshold, row counts, fingerprint of its rows, hyperparameters as the winner was trained, metrics on every channel';

CREATE FUNCTION linlearn_weights(model bytea,
	OUT label text, OUT feature integer, OUT weight double precision,
	OUT mean double precision, OUT deviation double precision,
	OUT importance double precision, OUT standard_error double precision,
	OUT z double precision, OUT p double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_weights'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION linlearn_weights(bytea) IS
	'Coefficients in the features'' own units, class by class the bias and then features by falling importance; feature counts from 1 and is NULL for the bias; label is the class, or the positive one; importance is |weight| * deviation; standard_error, z and p where the model was solved exactly without regularisation';

CREATE FUNCTION linlearn_training_history(model bytea,
	OUT model_index integer, OUT best boolean, OUT epoch integer,
	OUT learning_rate double precision, OUT train_loss double precision,
	OUT validation_loss double precision, OUT criterion double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_training_history'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION linlearn_training_history(bytea) IS
	'Every epoch of every candidate: mean losses in the label''s units, and the selection criterion on validation rows';

CREATE FUNCTION linlearn_hyperparameters(
	OUT name text, OUT type text, OUT allowed text, OUT default_value text,
	OUT applies_to text, OUT optimizers text[], OUT meaning text)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_hyperparameters'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 50;
COMMENT ON FUNCTION linlearn_hyperparameters() IS
	'The table that the parser of options reads; optimizers: those that use the option, NULL for every one';
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
'confusion matrix as jsonb: labels in the order of their type, matrix[actual][predicted], rows, null_rows; any types of labels that compare; at most 1000 labels';

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

CREATE FUNCTION linlearn_metrics_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

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

CREATE FUNCTION linlearn_curve_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_curve_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

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

-- registry: models by name and version, and what they reached
--
-- The functions run with the caller's rights: GRANT and row level security on
-- the tables say who may save, read, evaluate and delete.

CREATE TABLE linlearn_models (
	name text COLLATE "C" NOT NULL,
	version integer NOT NULL CHECK (version > 0),
	model bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	created_by name NOT NULL DEFAULT CURRENT_USER,
	description text,
	PRIMARY KEY (name, version)
);
-- a model's bytes do not compress
ALTER TABLE linlearn_models ALTER COLUMN model SET STORAGE EXTERNAL;
SELECT pg_catalog.pg_extension_config_dump('linlearn_models', '');
COMMENT ON TABLE linlearn_models IS
	'Saved models, as linlearn_train and linlearn_tune return them';

CREATE TABLE linlearn_evaluations (
	model text COLLATE "C" NOT NULL,
	version integer NOT NULL,
	dataset text COLLATE "C" NOT NULL,
	query text NOT NULL,
	metrics jsonb NOT NULL,
	confusion jsonb,
	evaluated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	evaluated_by name NOT NULL DEFAULT CURRENT_USER,
	PRIMARY KEY (model, version, dataset),
	FOREIGN KEY (model, version) REFERENCES linlearn_models (name, version)
		ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_evaluations', '');
COMMENT ON TABLE linlearn_evaluations IS
	'The latest evaluation of each saved model on each dataset';

CREATE FUNCTION linlearn_save_model(name text, model bytea,
	description text DEFAULT NULL)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_save_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_save_model(text, bytea, text) IS
	'Saves a model as the next version of a name, from 1, and returns it; an error for bytes that are no model';

CREATE FUNCTION linlearn_model(name text, version integer DEFAULT NULL)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_model'
LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_model(text, integer) IS
	'The bytes of a saved model: a version, or the latest; over many rows write (SELECT linlearn_model(...)) to fetch it once';

CREATE FUNCTION linlearn_delete_model(name text, version integer DEFAULT NULL)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_delete_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_delete_model(text, integer) IS
	'Deletes a version of a saved model, or all, with their evaluations; returns how many versions went';

CREATE FUNCTION linlearn_evaluate(model_name text, query text,
	dataset text DEFAULT 'test', version integer DEFAULT NULL)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_evaluate'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_evaluate(text, text, text, integer) IS
	'Predicts the rows of a query (features, label [, weight]), returns the metrics and keeps them in linlearn_evaluations under the dataset''s name; version: the latest';

CREATE VIEW linlearn_confusion_matrix AS
SELECT e.model, e.version, e.dataset, r.actual, r.predicted, r.count
FROM linlearn_evaluations e, linlearn_confusion_rows(e.confusion) r;
COMMENT ON VIEW linlearn_confusion_matrix IS
	'Counts of actual and predicted labels of every evaluated classifier';

CREATE VIEW linlearn_model_catalog AS
SELECT m.name, m.version, m.created_at, m.created_by, m.description,
	i.info->>'predictor_type' AS predictor_type,
	i.info->>'loss' AS loss,
	(i.info->>'feature_dim')::integer AS feature_dim,
	i.info->>'feature_format' AS feature_format,
	i.info->>'label_type' AS label_type,
	(i.info->>'num_classes')::integer AS num_classes,
	i.info->'labels' AS labels,
	CASE pg_catalog.jsonb_typeof(i.info->'threshold') WHEN 'null' THEN NULL
		ELSE (i.info->>'threshold')::float8 END AS threshold,
	i.info->>'calibration' AS calibration,
	(i.info->'rows'->>'train')::bigint AS train_rows,
	(i.info->'rows'->>'validation')::bigint AS validation_rows,
	i.info->>'fingerprint' AS fingerprint,
	i.info->'hyperparameters' AS hyperparameters,
	i.info->'metrics' AS metrics,
	(i.info->>'models')::integer AS models,
	(i.info->>'model_bytes')::bigint AS model_bytes
FROM linlearn_models m, LATERAL (SELECT linlearn_model_info(m.model)) AS i (info);
COMMENT ON VIEW linlearn_model_catalog IS
	'What linlearn_model_info says of every saved model, as columns';

-- the views read with the rights of who asks, where PostgreSQL can (15)
DO $$
BEGIN
	IF pg_catalog.current_setting('server_version_num')::integer >= 150000 THEN
		ALTER VIEW @extschema@.linlearn_confusion_matrix SET (security_invoker = true);
		ALTER VIEW @extschema@.linlearn_model_catalog SET (security_invoker = true);
	END IF;
END
$$;

CREATE FUNCTION linlearn_compare(name text, first_version integer,
	second_version integer)
RETURNS TABLE (source text, metric text, first_value float8,
	second_value float8, difference float8)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
SET search_path = pg_catalog, pg_temp AS $$
	WITH figures AS (
		SELECT m.version, 'training'::text AS source, f.key AS metric,
			f.value::text::float8 AS value
		FROM @extschema@.linlearn_models m,
			jsonb_each(@extschema@.linlearn_model_info(m.model)->'metrics') f
		WHERE m.name = linlearn_compare.name
			AND m.version IN (first_version, second_version)
			AND jsonb_typeof(f.value) = 'number'
		UNION ALL
		SELECT e.version, e.dataset, f.key, f.value::text::float8
		FROM @extschema@.linlearn_evaluations e, jsonb_each(e.metrics) f
		WHERE e.model = linlearn_compare.name
			AND e.version IN (first_version, second_version)
			AND jsonb_typeof(f.value) = 'number'
	)
	SELECT source, metric, a.value, b.value, b.value - a.value
	FROM (SELECT * FROM figures WHERE version = first_version) a
	FULL JOIN (SELECT * FROM figures WHERE version = second_version) b
		USING (source, metric)
	ORDER BY source <> 'training', source, metric
$$;
COMMENT ON FUNCTION linlearn_compare(text, integer, integer) IS
	'Figures of two versions of a saved model side by side: those of training, and those of each dataset they were evaluated on; difference is second minus first';
-- tune: linlearn_tune, its ranges and its trials

-- ranges -------------------------------------------------------------------

CREATE FUNCTION linlearn_continuous(min double precision, max double precision,
	scaling text DEFAULT 'Auto')
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_continuous'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_continuous(double precision, double precision, text) IS
	'A continuous range of a hyperparameter. scaling: Linear; Logarithmic (0 < min): dense near min; ReverseLogarithmic (0 <= min, max < 1): dense near 1; Auto: Logarithmic when min > 0 and max / min >= 100, else Linear';

CREATE FUNCTION linlearn_integer(min bigint, max bigint,
	scaling text DEFAULT 'Auto')
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_integer'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_integer(bigint, bigint, text) IS
	'A range of integers, both bounds included. scaling: Linear, Logarithmic or Auto, as linlearn_continuous has it';

CREATE FUNCTION linlearn_categorical(VARIADIC "values" text[])
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.jsonb_build_object('type', 'categorical', 'values', $1) $$;
COMMENT ON FUNCTION linlearn_categorical(text[]) IS
	'A range of up to 30 values: choices, or numbers and flags spelt as text';

CREATE FUNCTION linlearn_categorical(VARIADIC "values" double precision[])
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.jsonb_build_object('type', 'categorical', 'values', $1) $$;
COMMENT ON FUNCTION linlearn_categorical(double precision[]) IS
	'A range of up to 30 numbers';

CREATE FUNCTION linlearn_categorical(VARIADIC "values" boolean[])
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.jsonb_build_object('type', 'categorical', 'values', $1) $$;
COMMENT ON FUNCTION linlearn_categorical(boolean[]) IS
	'A range of flags: linlearn_categorical(true, false)';

-- the aggregate ------------------------------------------------------------

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning jsonb)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning jsonb, channel text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning jsonb, channel text, weight float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_final(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_tune_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000000;

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning jsonb) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning jsonb, channel text) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning jsonb, channel text, weight float8) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", jsonb, text, float8) IS
	'Tries settings and returns the best model, its trials inside. tuning: objective, ranges, strategy, max_jobs, max_parallel_jobs, objective_type, early_stopping_type, target_objective_metric_value, folds, warm_start, min_resource, max_resource, and any hyperparameter with a fixed value; the other arguments as for linlearn_train. Errors in the tuning come before any training. The same rows and tuning give the same bytes in any order, unless max_seconds cuts it short';

-- trials -------------------------------------------------------------------

CREATE FUNCTION linlearn_trials(model bytea,
	OUT trial integer, OUT status text, OUT best boolean,
	OUT hyperparameters jsonb, OUT objective double precision,
	OUT metrics jsonb, OUT epochs integer, OUT seconds double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_trials'
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 1000 ROWS 30;
COMMENT ON FUNCTION linlearn_trials(bytea) IS
	'The trials of a tuning (or the candidates of a training), from 0 as in linlearn_training_history: status Completed, Stopped (early) or Failed; hyperparameters: those tuned that have an effect with the trial''s optimizer; objective NULL: it failed; seconds: from the start of its batch to its last epoch, known in the session that tuned the model, NULL elsewhere';

CREATE FUNCTION linlearn_warm_start(model bytea,
	type text DEFAULT 'IdenticalDataAndAlgorithm')
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_warm_start'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_warm_start(bytea, text) IS
	'A tuned model''s trials for the key warm_start of a further tuning. IdenticalDataAndAlgorithm: over the same rows, its objectives are believed; TransferLearning: over other rows, its three best settings are tried first';

-- transfer: bytes from and to URLs and files of the server

CREATE FUNCTION linlearn_fetch(url text) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_fetch' LANGUAGE C
VOLATILE STRICT PARALLEL RESTRICTED COST 1000000;
REVOKE EXECUTE ON FUNCTION linlearn_fetch(text) FROM PUBLIC;
COMMENT ON FUNCTION linlearn_fetch(text) IS
	'The bytes at an http, https, s3 or file URL, at most linlearn.max_download_size; EXECUTE on it also allows linlearn_load_mnist to read URLs';

CREATE FUNCTION linlearn_upload(url text, data bytea) RETURNS void
AS 'MODULE_PATHNAME', 'linlearn_upload' LANGUAGE C
VOLATILE STRICT PARALLEL RESTRICTED COST 1000000;
REVOKE EXECUTE ON FUNCTION linlearn_upload(text, bytea) FROM PUBLIC;
COMMENT ON FUNCTION linlearn_upload(text, bytea) IS
	'Stores bytes at an http or https (PUT), s3 (in parts above 64 MB) or file URL';

-- S3 keys of single roles: CREATE SERVER linlearn_s3, then user mappings
CREATE FUNCTION linlearn_s3_validator(options text[], catalog oid) RETURNS void
AS 'MODULE_PATHNAME', 'linlearn_s3_validator' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_s3_validator(text[], oid) IS
	'Checks the options of the server linlearn_s3 (endpoint, region) and its user mappings (access_key, secret_key, session_token)';

CREATE FOREIGN DATA WRAPPER linlearn_s3 VALIDATOR linlearn_s3_validator;
COMMENT ON FOREIGN DATA WRAPPER linlearn_s3 IS
	'Holds S3 keys in user mappings of a server named linlearn_s3; has no foreign tables';

-- formats: rows out of, and into, the files of SageMaker, LIBSVM and others

CREATE FUNCTION linlearn_read_recordio(data bytea)
RETURNS TABLE (id bigint, label double precision, features real[],
	sparse linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_read_recordio' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_recordio(bytea) IS
	'Rows of a recordIO-protobuf file: dense ones in features, sparse ones in sparse; id counts from 0; a number beyond real is an error';

CREATE FUNCTION linlearn_read_recordio(data bytea, element anyelement)
RETURNS TABLE (id bigint, label double precision, features anyarray,
	sparse linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_read_recordio' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_recordio(bytea, anyelement) IS
	'Rows of a recordIO-protobuf file, in arrays of the element''s type: NULL::real or NULL::double precision';

CREATE FUNCTION linlearn_read_libsvm(data text, dimension integer DEFAULT NULL,
	zero_based boolean DEFAULT false)
RETURNS TABLE (id bigint, label double precision,
	features linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_read_libsvm' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_libsvm(text, integer, boolean) IS
	'Rows of a libsvm file (label index:value ...), as wide as the dimension, or as the file''s largest index; indexes in the file count from 1 unless zero_based; id counts from 0';

CREATE FUNCTION linlearn_read_libsvm(data bytea, dimension integer DEFAULT NULL,
	zero_based boolean DEFAULT false)
RETURNS TABLE (id bigint, label double precision,
	features linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_read_libsvm' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_libsvm(bytea, integer, boolean) IS
	'Rows of a libsvm file''s bytes, as of its text';

CREATE FUNCTION linlearn_read_csv(data text)
RETURNS TABLE (id bigint, label text, features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_csv' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_csv(text) IS
	'Rows of a training CSV as SageMaker''s: no header, the label first (any text; an empty one is NULL), then numbers; id counts from 0; errors name line and column';

CREATE FUNCTION linlearn_read_csv(data text, element anyelement)
RETURNS TABLE (id bigint, label text, features anyarray)
AS 'MODULE_PATHNAME', 'linlearn_read_csv' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_csv(text, anyelement) IS
	'Rows of a training CSV, in arrays of the element''s type: NULL::real or NULL::double precision';

CREATE FUNCTION linlearn_read_csv(data bytea)
RETURNS TABLE (id bigint, label text, features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_csv' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_csv(bytea) IS
	'Rows of a training CSV''s bytes, in the database''s encoding';

CREATE FUNCTION linlearn_read_csv(data bytea, element anyelement)
RETURNS TABLE (id bigint, label text, features anyarray)
AS 'MODULE_PATHNAME', 'linlearn_read_csv' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_csv(bytea, anyelement) IS
	'Rows of a training CSV''s bytes, in arrays of the element''s type';

CREATE FUNCTION linlearn_to_recordio_transition(internal, anyelement)
RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_to_recordio_transition' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_to_recordio_transition(internal, anyelement) IS
	'Part of linlearn_to_recordio';

CREATE FUNCTION linlearn_to_recordio_transition(internal, anyelement, "any")
RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_to_recordio_transition' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_to_recordio_transition(internal, anyelement, "any") IS
	'Part of linlearn_to_recordio';

CREATE FUNCTION linlearn_to_recordio_final(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_to_recordio_final' LANGUAGE C
IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_to_recordio_final(internal) IS
	'Part of linlearn_to_recordio';

CREATE AGGREGATE linlearn_to_recordio(anyelement) (
	SFUNC = linlearn_to_recordio_transition,
	STYPE = internal,
	SSPACE = 1048576,
	FINALFUNC = linlearn_to_recordio_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_to_recordio(anyelement) IS
	'Rows without labels as recordIO-protobuf, byte for byte as SageMaker''s SDK writes them; below 1 GB';

CREATE AGGREGATE linlearn_to_recordio(anyelement, "any") (
	SFUNC = linlearn_to_recordio_transition,
	STYPE = internal,
	SSPACE = 1048576,
	FINALFUNC = linlearn_to_recordio_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_to_recordio(anyelement, "any") IS
	'Rows as recordIO-protobuf, byte for byte as SageMaker''s SDK writes them: Float64 tensors of double precision, else Float32; a NULL label is left out; below 1 GB';

CREATE FUNCTION linlearn_write_recordio(path text, query text,
	OUT rows bigint, OUT bytes bigint)
AS 'MODULE_PATHNAME', 'linlearn_write_recordio' LANGUAGE C
VOLATILE STRICT PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_write_recordio(text, text) IS
	'Writes the rows of a query (features, label) to a recordIO-protobuf file on the server, of any size; needs the rights of pg_write_server_files';
REVOKE ALL ON FUNCTION linlearn_write_recordio(text, text) FROM PUBLIC;

-- endpoints: models by a name that clients keep, as SageMaker's

CREATE TABLE linlearn_endpoints (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	model_name text COLLATE "C" NOT NULL,
	model_version integer NOT NULL,
	created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now()
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_endpoints', '');
COMMENT ON TABLE linlearn_endpoints IS
	'Names that clients predict by: who may read an endpoint''s row may predict with its model, without reading it';

CREATE FUNCTION linlearn_check_endpoint() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_check_endpoint' LANGUAGE C;
COMMENT ON FUNCTION linlearn_check_endpoint() IS
	'Trigger: who points an endpoint to a model must be able to read that model';

CREATE TRIGGER linlearn_check_endpoint
BEFORE INSERT OR UPDATE ON linlearn_endpoints
FOR EACH ROW EXECUTE FUNCTION linlearn_check_endpoint();

CREATE FUNCTION linlearn_create_endpoint(name text, model_name text,
	version integer DEFAULT NULL)
RETURNS integer
AS 'MODULE_PATHNAME', 'linlearn_create_endpoint' LANGUAGE C
VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION linlearn_create_endpoint(text, text, integer) IS
	'Points a new endpoint to a version of a model, the latest if none is given; returns the version';

CREATE FUNCTION linlearn_update_endpoint(name text, model_name text,
	version integer DEFAULT NULL)
RETURNS integer
AS 'MODULE_PATHNAME', 'linlearn_update_endpoint' LANGUAGE C
VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION linlearn_update_endpoint(text, text, integer) IS
	'Points an endpoint to a version of a model, the latest if none is given; returns the version; other sessions use it from their next statement on';

CREATE FUNCTION linlearn_delete_endpoint(name text) RETURNS void
AS 'MODULE_PATHNAME', 'linlearn_delete_endpoint' LANGUAGE C
VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION linlearn_delete_endpoint(text) IS
	'Deletes an endpoint; its model stays';

CREATE FUNCTION linlearn_invoke_endpoint(name text, body text,
	content_type text DEFAULT 'text/csv',
	accept text DEFAULT 'application/json')
RETURNS text
AS 'MODULE_PATHNAME', 'linlearn_invoke_endpoint' LANGUAGE C
STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_invoke_endpoint(text, text, text, text) IS
	'Answers a request as SageMaker''s Linear Learner does: text/csv, application/json or application/jsonlines in; application/json or application/jsonlines out';

CREATE FUNCTION linlearn_invoke_endpoint(name text, body bytea,
	content_type text DEFAULT 'text/csv',
	accept text DEFAULT 'application/json')
RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_invoke_endpoint' LANGUAGE C
STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_invoke_endpoint(text, bytea, text, text) IS
	'Answers a request''s bytes, also application/x-recordio-protobuf in and out';

CREATE FUNCTION linlearn_predict(endpoint text, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict(text, anyelement) IS
	'The predicted label as a number, or a regressor''s value, by an endpoint''s name';

CREATE FUNCTION linlearn_predict_label(endpoint text, features anyelement)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict_label'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label(text, anyelement) IS
	'The predicted label as text, by an endpoint''s name';

CREATE FUNCTION linlearn_score(endpoint text, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_endpoint_score'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score(text, anyelement) IS
	'P(positive) of a binary logistic model, the largest class''s score of a multiclass one, a regressor''s value, by an endpoint''s name';

CREATE FUNCTION linlearn_scores(endpoint text, features anyelement)
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_endpoint_scores'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores(text, anyelement) IS
	'One score per class in the order of the model''s labels, by an endpoint''s name';
-- Pictures: SVG texts, their twins for psql, and the explanation of a score.
-- Every SVG takes a theme: auto (as the reader's system prefers), light, dark.

CREATE FUNCTION linlearn_explain(model bytea, features anyelement,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_explain'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(bytea, anyelement) IS
'What each feature adds to a row''s margin against the training rows'' means: contribution = weight * (value - mean). A first row without a feature is the margin of the mean row; in the order returned the contributions of a label sum to the margin (the logit of a logistic score without calibration). One set of rows a class of a multiclass model.';

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
SELECT @extschema@.linlearn_curve_svg('roc',
	array_agg(p.false_positive_rate ORDER BY p.place),
	array_agg(p.true_positive_rate ORDER BY p.place), title, theme)
FROM unnest(points) WITH ORDINALITY
	AS p(threshold, false_positive_rate, true_positive_rate, place)
$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_curve_svg(linlearn_roc_point[], text, text) IS
'The result of linlearn_roc_curve as SVG';

CREATE FUNCTION linlearn_curve_svg(points linlearn_pr_point[],
	title text DEFAULT '', theme text DEFAULT 'auto')
RETURNS text
AS $$
SELECT @extschema@.linlearn_curve_svg('pr',
	array_agg(p.recall ORDER BY p.place),
	array_agg(p."precision" ORDER BY p.place), title, theme)
FROM unnest(points) WITH ORDINALITY
	AS p(threshold, "precision", recall, place)
$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_curve_svg(linlearn_pr_point[], text, text) IS
'The result of linlearn_pr_curve as SVG';

CREATE FUNCTION linlearn_curve_svg(bins linlearn_calibration_bin[],
	title text DEFAULT '', theme text DEFAULT 'auto')
RETURNS text
AS $$
SELECT @extschema@.linlearn_curve_svg('calibration',
	array_agg(b.mean_score ORDER BY b.place) FILTER (WHERE b."rows" > 0),
	array_agg(b.rate ORDER BY b.place) FILTER (WHERE b."rows" > 0), title, theme)
FROM unnest(bins) WITH ORDINALITY
	AS b(low, high, "rows", mean_score, rate, place)
$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
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
	test_query text DEFAULT NULL)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_report'
LANGUAGE C STABLE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_report(text, integer, text) IS
'One self-contained HTML page about a saved model (NULL version: the latest). test_query gives features and label as its first two columns, labels of the type of training; it is run read-only with the caller''s rights, and may be NULL.';

CREATE FUNCTION linlearn_model_report(model bytea, title text DEFAULT 'model',
	test_query text DEFAULT NULL)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_model_report'
LANGUAGE C STABLE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_model_report(bytea, text, text) IS
'The page of linlearn_report for a model that is not saved';
-- Progress: what runs now, as pg_stat_progress_vacuum is for VACUUM.

CREATE FUNCTION linlearn_progress_rows(
	OUT pid integer, OUT datid oid, OUT usesysid oid, OUT phase text,
	OUT predictor text, OUT epoch bigint, OUT epochs bigint,
	OUT trial bigint, OUT trials bigint, OUT row_count bigint,
	OUT train_loss float8, OUT validation_loss float8,
	OUT started timestamptz, OUT estimated_end timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_progress_rows'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 10 ROWS 10;

COMMENT ON FUNCTION linlearn_progress_rows() IS
'The trainings that run now in any session; the source of view linlearn_progress. All but the process, database and role is NULL to those who are neither of the training''s role nor members of pg_read_all_stats.';

CREATE VIEW linlearn_progress AS
SELECT p.pid, d.datname AS database, r.rolname AS role, p.phase,
	p.predictor, p.epoch, p.epochs, p.trial, p.trials, p.row_count AS "rows",
	p.train_loss, p.validation_loss, p.started, p.estimated_end
FROM linlearn_progress_rows() p
	LEFT JOIN pg_catalog.pg_database d ON d.oid = p.datid
	LEFT JOIN pg_catalog.pg_roles r ON r.oid = p.usesysid;

COMMENT ON VIEW linlearn_progress IS
'The trainings that run now: epoch of epochs, trial of trials, rows gathered, mean losses of the leading candidate''s last epoch, and when the epochs will end at the pace so far (early stopping makes it sooner). Needs linlearn in shared_preload_libraries. Others'' trainings show their detail to members of pg_read_all_stats.';

GRANT SELECT ON linlearn_progress TO PUBLIC;
