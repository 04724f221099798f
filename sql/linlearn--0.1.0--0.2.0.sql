-- complain if the script is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION linlearn UPDATE TO '0.2.0'" to load this file. \quit
-- What 0.2.0 changes, a section for each file that linlearn--0.2.0.sql is made
-- of, in their order.

-- sparse

-- order and equality: those of the dense rows as real[]

CREATE FUNCTION linlearn_sparse_eq(linlearn_sparse, linlearn_sparse)
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_sparse_eq'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_ne(linlearn_sparse, linlearn_sparse)
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_sparse_ne'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_lt(linlearn_sparse, linlearn_sparse)
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_sparse_lt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_le(linlearn_sparse, linlearn_sparse)
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_sparse_le'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_gt(linlearn_sparse, linlearn_sparse)
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_sparse_gt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_ge(linlearn_sparse, linlearn_sparse)
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_sparse_ge'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_cmp(linlearn_sparse, linlearn_sparse)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_sparse_cmp'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_hash(linlearn_sparse)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_sparse_hash'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION linlearn_sparse_hash_extended(linlearn_sparse, bigint)
RETURNS bigint AS 'MODULE_PATHNAME', 'linlearn_sparse_hash_extended'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR = (
	LEFTARG = linlearn_sparse, RIGHTARG = linlearn_sparse,
	FUNCTION = linlearn_sparse_eq, COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES);
CREATE OPERATOR <> (
	LEFTARG = linlearn_sparse, RIGHTARG = linlearn_sparse,
	FUNCTION = linlearn_sparse_ne, COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR < (
	LEFTARG = linlearn_sparse, RIGHTARG = linlearn_sparse,
	FUNCTION = linlearn_sparse_lt, COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <= (
	LEFTARG = linlearn_sparse, RIGHTARG = linlearn_sparse,
	FUNCTION = linlearn_sparse_le, COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR > (
	LEFTARG = linlearn_sparse, RIGHTARG = linlearn_sparse,
	FUNCTION = linlearn_sparse_gt, COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
CREATE OPERATOR >= (
	LEFTARG = linlearn_sparse, RIGHTARG = linlearn_sparse,
	FUNCTION = linlearn_sparse_ge, COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel);

CREATE OPERATOR CLASS linlearn_sparse_ops
DEFAULT FOR TYPE linlearn_sparse USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 linlearn_sparse_cmp(linlearn_sparse, linlearn_sparse),
	FUNCTION 4 (linlearn_sparse, linlearn_sparse) btequalimage(oid);
CREATE OPERATOR CLASS linlearn_sparse_ops
DEFAULT FOR TYPE linlearn_sparse USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 linlearn_sparse_hash(linlearn_sparse),
	FUNCTION 2 linlearn_sparse_hash_extended(linlearn_sparse, bigint);

CREATE FUNCTION linlearn_to_sparse(features anyelement) RETURNS linlearn_sparse
AS 'MODULE_PATHNAME', 'linlearn_to_sparse'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_to_sparse(anyelement) IS
	'The sparse form of features of any type (of bytea b/256), also of pgvector''s: serves CREATE CAST (sparsevec AS linlearn_sparse)';

CREATE FUNCTION linlearn_to_sparsevec(features linlearn_sparse, type anyelement)
RETURNS anyelement AS 'MODULE_PATHNAME', 'linlearn_to_sparsevec'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_to_sparsevec(linlearn_sparse, anyelement) IS
	'A sparse row as pgvector''s sparsevec; the second argument is NULL::sparsevec';

-- load

CREATE FUNCTION linlearn_show_digit(pixels anyelement, caption text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'linlearn_show_picture' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION linlearn_show_digit(anyelement, text) IS
	'Draws a square picture (bytea, or an array of numbers of any range) with Unicode half blocks, below its caption: k/256, k/255 and 0 to 255 look as their bytes do, of others ink begins halfway between the least and the greatest';

-- else a literal without a type could be any of them
CREATE FUNCTION linlearn_show_digit(pixels text, caption text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'linlearn_show_literal' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION linlearn_show_digit(text, text) IS
	'Draws a picture whose bytes are written as a literal of bytea, below its caption';

CREATE FUNCTION linlearn_read_npz(data bytea)
RETURNS TABLE (name text, id bigint, value double precision, pixels bytea,
	features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_npz' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_npz(bytea) IS
	'Rows of the arrays of numpy''s .npz, or of a .npy, whose name is NULL: numbers of a one-dimensional array in value, pixels of uint8, features of other types; id counts from 0; arrays of objects are refused';

-- train

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", jsonb, text, float8, bytea) IS
	'Trains a linear model over rows. features: real[], double precision[], smallint[], integer[], bigint[], numeric[], boolean[], bytea (byte b counts as b/256), linlearn_sparse, or pgvector''s vector, halfvec or sparsevec, all of one width; label: any type; options: linlearn_hyperparameters(); channel: train (also NULL), validation or test; weight: of the row, 0 or 1e-30 to 1e30, whose proportions count; init_model: a model to go on from, of the same predictor type, width and kind of labels; its classes stay, and rows may lack some but bring no other; another loss is allowed. NULL without rows. The same rows give the same bytes in any order';

CREATE FUNCTION linlearn_split(key anyelement, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_split'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_split(anyelement, float8, float8, bigint) IS
	'train, validation or test: the part of the rows that a key belongs to, in these shares (test has the rest), by a hash of the key: the same on every machine and in every version, and unchanged when rows are added. Numbers and texts that read alike are one key (42, 42.00, ''42''); a row is one by the values of its fields, whatever their names; NULL is an error. Another seed splits anew';

-- predict

CREATE FUNCTION linlearn_label_text(model bytea, label anyelement)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_label_text'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_label_text(bytea, anyelement) IS
	'A label of any type as linlearn_predict_label says it: the text of the model''s class that it is, else its own; the same under all settings of a session';

COMMENT ON FUNCTION linlearn_predict(bytea, anyelement) IS
	'The predicted label as a number (a text that is a number, too, if all of the model''s are; else its class''s place, from 0), or a regressor''s value; features of the model''s width and in its unit (byte b of bytea counts as b/256)';

-- A record that the query makes itself need not be made.
CREATE FUNCTION linlearn_predict_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_predict_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_predict_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_predict_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_fields(bytea, text[], "any") IS
	'part of linlearn_predict: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';
ALTER FUNCTION linlearn_predict(bytea, anyelement)
SUPPORT linlearn_predict_support;

CREATE FUNCTION linlearn_predict_label_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_predict_label_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label_fields(bytea, text[], "any") IS
	'part of linlearn_predict_label: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';
ALTER FUNCTION linlearn_predict_label(bytea, anyelement)
SUPPORT linlearn_predict_support;

CREATE FUNCTION linlearn_score_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_score_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score_fields(bytea, text[], "any") IS
	'part of linlearn_score: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';
ALTER FUNCTION linlearn_score(bytea, anyelement)
SUPPORT linlearn_predict_support;

CREATE FUNCTION linlearn_scores_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_scores_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores_fields(bytea, text[], "any") IS
	'part of linlearn_scores: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';
ALTER FUNCTION linlearn_scores(bytea, anyelement)
SUPPORT linlearn_predict_support;

-- inspect

CREATE FUNCTION linlearn_is_model(model bytea) RETURNS boolean
AS 'MODULE_PATHNAME', 'linlearn_is_model'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_is_model(bytea) IS
	'Whether bytes are a whole model of a format that this version reads';

CREATE FUNCTION linlearn_checked_model_info(model bytea) RETURNS jsonb
AS 'MODULE_PATHNAME', 'linlearn_checked_model_info'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_checked_model_info(bytea) IS
	'As linlearn_model_info; of bytes that are no model {"problem": what is wrong}, not an error';

COMMENT ON FUNCTION linlearn_model_info(bytea) IS
	'What a model is: predictor, loss, labels, threshold, what a byte counts, how large the training rows were, row counts, fingerprint of its rows, hyperparameters as the winner was trained, metrics on every channel';

COMMENT ON FUNCTION linlearn_training_history(bytea) IS
	'Every epoch of every candidate: mean losses in the label''s units, and the criterion on validation rows';

-- names of terms, and ratios of odds
COMMENT ON FUNCTION linlearn_model(text, integer) IS
	'The bytes of a saved model: a version, or the latest; fetched once an execution of a statement, unless policies say who sees which models';

-- Plans whose workers hand rows over are no longer chosen by themselves.
CREATE FUNCTION linlearn_train_combine_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_train_combine_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

ALTER FUNCTION linlearn_train_combine(internal, internal)
SUPPORT linlearn_train_combine_support;

-- Nor those whose workers hand more over than they gain.
CREATE FUNCTION linlearn_metrics_combine_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_metrics_combine_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

ALTER FUNCTION linlearn_metrics_combine(internal, internal)
SUPPORT linlearn_metrics_combine_support;

CREATE FUNCTION linlearn_curve_combine_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_curve_combine_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

ALTER FUNCTION linlearn_curve_combine(internal, internal)
SUPPORT linlearn_curve_combine_support;

DROP FUNCTION linlearn_weights(bytea);
CREATE FUNCTION linlearn_weights(model bytea,
	confidence double precision DEFAULT 0.95, OUT label text, OUT feature integer, OUT weight double precision,
	OUT mean double precision, OUT deviation double precision,
	OUT importance double precision, OUT standard_error double precision,
	OUT z double precision, OUT p double precision, OUT "column" text,
	OUT level text, OUT term text, OUT rows bigint,
	OUT odds_ratio double precision, OUT rate_ratio double precision,
	OUT lower double precision, OUT upper double precision,
	OUT vif double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_weights'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION linlearn_weights(bytea, double precision) IS
	'Coefficients in the features'' own units (of bytea b/256), class by class the bias and then features by falling importance; feature counts from 1 and is NULL for the bias; label is the class, or the positive one; importance is |weight| * deviation; standard_error, z and p where the model was solved exactly without regularisation: of least squares, gamma and tweedie z is the t statistic and p from Student''s distribution, else the normal one. Of a model of a table''s rows the bias is that of numbers as they are, and "column", level and rows (training rows that have the level, or any number) are there; with wd and l1 0, a term that those before it give has weight 0 and no error; term is (bias), the terms name, or of arrays feature 1, ...; odds_ratio is exp(weight) of a logistic model, rate_ratio of one with a log link (poisson, gamma, tweedie), whose predictions a feature one larger multiplies by it; lower and upper are the confidence limits of the weight at the level "confidence", in (0, 1), by the distribution of p, whose exponentials are those of the odds ratio; vif is the variance inflation factor, as of car::vif for single terms';

CREATE FUNCTION linlearn_path(model bytea,
	OUT lambda double precision, OUT l1 double precision,
	OUT wd double precision, OUT loss double precision,
	OUT standard_error double precision, OUT nonzero integer,
	OUT chosen boolean)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_path'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION linlearn_path(bytea) IS
	'The penalties that "l1": "path" chose among, the largest first: l1 is lambda * l1_ratio and wd lambda * (1 - l1_ratio), loss the mean over five folds of the loss of the rows held out, in the unit of objective_loss, with its standard error over the folds, nonzero the weights other than 0 of a model of all rows. No rows for a model without a path';

CREATE FUNCTION linlearn_path_svg(model bytea, theme text DEFAULT 'auto')
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_path_svg'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_path_svg(bytea, text) IS
'The path that "l1": "path" chose on as SVG: mean loss of the rows held out by the logarithm of the penalty, a standard error on both sides, and what was chosen; an error for a model without a path';

CREATE FUNCTION linlearn_columns(model bytea,
	OUT "column" text, OUT type text, OUT kind text, OUT encoding text,
	OUT terms bigint, OUT levels bigint, OUT "rows" bigint,
	OUT nulls double precision, OUT mean double precision,
	OUT deviation double precision, OUT minimum double precision,
	OUT maximum double precision, OUT deciles double precision[],
	OUT importance double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_columns'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20;
COMMENT ON FUNCTION linlearn_columns(bytea) IS
	'The columns that a model of a table''s rows was trained on, by name, and then its crosses: what the terms are made of, how many there are and of how many levels or words, training rows that are not NULL, the share of those that are, and of numbers the mean, deviation, range and deciles (a date counts days from 2000-01-01); importance is the deviation of what the column adds to a margin over the training rows, pieces taken as uncorrelated, of several classes the root of the mean square. No rows for a model of arrays';

CREATE TYPE linlearn_drift_row AS ("column" text, psi float8, verdict text,
	nulls_then float8, nulls_now float8, other_then float8, other_now float8,
	mean_then float8, mean_now float8, rows_then bigint, rows_now bigint);
COMMENT ON TYPE linlearn_drift_row IS
	'a column of new rows beside that of the training rows: population stability index, what it says, shares of NULL and of (other), means, rows';

CREATE FUNCTION linlearn_drift_accum(internal, bytea, anyelement)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_drift_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_drift_combine(internal, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_drift_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;

CREATE FUNCTION linlearn_drift_serial(internal)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_drift_serial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

CREATE FUNCTION linlearn_drift_deserial(bytea, internal)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_drift_deserial'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

CREATE FUNCTION linlearn_drift_final(internal)
RETURNS linlearn_drift_row[] AS 'MODULE_PATHNAME', 'linlearn_drift_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;

CREATE AGGREGATE linlearn_drift(model bytea, "row" anyelement) (
	SFUNC = linlearn_drift_accum, STYPE = internal, SSPACE = 65536,
	FINALFUNC = linlearn_drift_final,
	COMBINEFUNC = linlearn_drift_combine,
	SERIALFUNC = linlearn_drift_serial,
	DESERIALFUNC = linlearn_drift_deserial, PARALLEL = SAFE);
COMMENT ON AGGREGATE linlearn_drift(bytea, anyelement) IS
	'How far the columns of new rows have moved from those that a model was trained on, the furthest first: SELECT * FROM unnest((SELECT linlearn_drift(m.model, t) FROM m, new_rows t)). psi, the population stability index, is over the tenths of a number, the levels of a category, the words of a text or set, (other) and NULL; of an array of numbers, bytes or a sparse row it is that of the element that has moved furthest, the square of its mean''s move over the larger of its variances then and now, and of NULL as an outcome (rows of more than 262,144 elements have none); verdict: stable (below 0.1), moderate, large (above 0.25), or few rows, where so much comes by chance once in 100 times; other is what is no level or word of the model: rare in training, or never seen. Rows as for linlearn_predict; NULL models and rows are left out';

-- metrics

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

COMMENT ON AGGREGATE linlearn_confusion(actual "any", predicted "any") IS
'confusion matrix as jsonb: labels in the order of their type (of their texts where it has none), matrix[actual][predicted], rows, null_rows; labels of any type: numbers and booleans are told apart by value, others by the text that they have in every session, and text beside another type is read as that; at most 1000 labels';

-- registry

-- Rows from before this rule may break it: they stay.
ALTER TABLE linlearn_models ADD CONSTRAINT linlearn_models_is_model
	CHECK (linlearn_is_model(model)) NOT VALID;
DO $$
DECLARE
	bad record;
BEGIN
	FOR bad IN SELECT m.name, m.version FROM @extschema@.linlearn_models m
		WHERE NOT @extschema@.linlearn_is_model(m.model)
	LOOP
		RAISE WARNING 'version % of model "%" is no model', bad.version, bad.name
			USING HINT = 'Delete it: a dump that holds it cannot be restored.';
	END LOOP;
END
$$;

ALTER TABLE linlearn_models ADD COLUMN model_id uuid
	NOT NULL DEFAULT pg_catalog.gen_random_uuid() UNIQUE;
ALTER TABLE linlearn_models ADD COLUMN card jsonb
	CONSTRAINT linlearn_models_card_is_object
	CHECK (pg_catalog.jsonb_typeof(card) OPERATOR(pg_catalog.=) 'object');
COMMENT ON TABLE linlearn_models IS
	E'@name linlearn_saved_models\nSaved models, as linlearn_train and linlearn_tune return them';


CREATE TABLE linlearn_versions (
	name text COLLATE "C" PRIMARY KEY,
	last_version integer NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_versions', '');
COMMENT ON TABLE linlearn_versions IS
	'The largest version that each name of a saved model ever had: none is given out twice. Kept by triggers';

CREATE FUNCTION linlearn_keep_version() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_keep_version' LANGUAGE C;
COMMENT ON FUNCTION linlearn_keep_version() IS
	'Trigger: a row for a name that has one raises that one''s number';

CREATE TRIGGER linlearn_keep_version
BEFORE INSERT ON linlearn_versions
FOR EACH ROW EXECUTE FUNCTION linlearn_keep_version();

CREATE FUNCTION linlearn_number_model() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_number_model' LANGUAGE C;
COMMENT ON FUNCTION linlearn_number_model() IS
	'Trigger: a model without a version gets the next one of its name; only the owner puts in another one, or an identity';

CREATE TRIGGER linlearn_number_model
BEFORE INSERT OR UPDATE OF name, version, model_id ON linlearn_models
FOR EACH ROW EXECUTE FUNCTION linlearn_number_model();

-- also for rows that replication brings
ALTER TABLE linlearn_versions ENABLE ALWAYS TRIGGER linlearn_keep_version;
ALTER TABLE linlearn_models ENABLE ALWAYS TRIGGER linlearn_number_model;

-- what endpoints and evaluations speak of was given out, if it is gone or not
INSERT INTO linlearn_versions (name, last_version)
SELECT v.name, pg_catalog.max(v.version)
FROM (SELECT m.name, m.version FROM linlearn_models m
	UNION ALL SELECT e.model_name, e.model_version FROM linlearn_endpoints e) v (name, version)
GROUP BY v.name;

-- triggers in the place of the foreign key: a dump may have the evaluations first
ALTER TABLE linlearn_evaluations
	DROP CONSTRAINT linlearn_evaluations_model_version_fkey;

CREATE FUNCTION linlearn_check_evaluation() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_check_evaluation' LANGUAGE C;
COMMENT ON FUNCTION linlearn_check_evaluation() IS
	'Trigger: an evaluation is of a model that is there; only the owner puts in others, as dumps are restored in any order';

CREATE FUNCTION linlearn_follow_model() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_follow_model' LANGUAGE C;
COMMENT ON FUNCTION linlearn_follow_model() IS
	'Trigger: the evaluations of a model go with it, and follow it to another name or version';

CREATE FUNCTION linlearn_forget_models() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_forget_models' LANGUAGE C;
COMMENT ON FUNCTION linlearn_forget_models() IS
	'Trigger: all evaluations go with all models';

CREATE TRIGGER linlearn_check_evaluation
AFTER INSERT OR UPDATE ON linlearn_evaluations
FOR EACH ROW EXECUTE FUNCTION linlearn_check_evaluation();

CREATE TRIGGER linlearn_follow_model
AFTER UPDATE OR DELETE ON linlearn_models
FOR EACH ROW EXECUTE FUNCTION linlearn_follow_model();

CREATE TRIGGER linlearn_forget_models
AFTER TRUNCATE ON linlearn_models
FOR EACH STATEMENT EXECUTE FUNCTION linlearn_forget_models();

-- also for rows that replication brings
ALTER TABLE linlearn_evaluations ENABLE ALWAYS TRIGGER linlearn_check_evaluation;
ALTER TABLE linlearn_models ENABLE ALWAYS TRIGGER linlearn_follow_model;
ALTER TABLE linlearn_models ENABLE ALWAYS TRIGGER linlearn_forget_models;

COMMENT ON FUNCTION linlearn_save_model(text, bytea, text) IS
	'Saves a model as the next version of a name, from 1, and returns it; no version is given out twice; an error for bytes that are no model';

CREATE OR REPLACE VIEW linlearn_model_catalog AS
SELECT m.name, m.version, m.created_at, m.created_by, m.description,
	i.predictor_type, i.loss, i.feature_dim, i.feature_format, i.label_type,
	i.num_classes, i.labels, i.threshold, i.calibration,
	(i."rows" OPERATOR(pg_catalog.->>) 'train'::pg_catalog.text)::pg_catalog.int8
		AS train_rows,
	(i."rows" OPERATOR(pg_catalog.->>) 'validation'::pg_catalog.text)::pg_catalog.int8
		AS validation_rows,
	i.fingerprint, i.hyperparameters, i.metrics, i.models, i.model_bytes,
	i.problem
FROM linlearn_models m,
	-- OFFSET 0: each model is read once, not once a column
	LATERAL (SELECT linlearn_checked_model_info(m.model) OFFSET 0) AS c (info),
	LATERAL pg_catalog.jsonb_to_record(c.info) AS i (
		predictor_type pg_catalog.text, loss pg_catalog.text,
		feature_dim pg_catalog.int4, feature_format pg_catalog.text,
		label_type pg_catalog.text, num_classes pg_catalog.int4,
		labels pg_catalog.jsonb, threshold pg_catalog.float8,
		calibration pg_catalog.text, "rows" pg_catalog.jsonb,
		fingerprint pg_catalog.text, hyperparameters pg_catalog.jsonb,
		metrics pg_catalog.jsonb, models pg_catalog.int4,
		model_bytes pg_catalog.int8, problem pg_catalog.text);
COMMENT ON VIEW linlearn_model_catalog IS
	'What linlearn_model_info says of every saved model, as columns; of a row that is no model they are NULL, and problem says why';

-- replacing a view takes its options away: it reads with the rights of who asks,
-- where PostgreSQL can (15)
DO $$
BEGIN
	IF pg_catalog.current_setting('server_version_num')::integer >= 150000 THEN
		ALTER VIEW @extschema@.linlearn_model_catalog SET (security_invoker = true);
	END IF;
END
$$;

-- the label of a query's rows by name
CREATE FUNCTION linlearn_save_model(name text, model bytea, description text,
	card jsonb)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_save_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_save_model(text, bytea, text, jsonb) IS
	'The same with a model card: an object of what people should know of the model, as {"intended use": "...", "data": "...", "period": "...", "owner": "...", "limits": "..."}, which linlearn_report shows; in the column card of linlearn_models it may be changed later';

DROP FUNCTION linlearn_evaluate(text, text, text, integer);
CREATE FUNCTION linlearn_evaluate(model_name text, query text,
	dataset text DEFAULT 'test', version integer DEFAULT NULL,
	label text DEFAULT NULL)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_evaluate'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_evaluate(text, text, text, integer, text) IS
	'Predicts the rows of a query (features, label [, weight]), returns the metrics and keeps them in linlearn_evaluations under the dataset''s name; version: the latest. label names the query''s column that is the label, or is an expression of SQL over its columns, as in linlearn_fit: then features are the row itself for a model of a table''s rows (''SELECT * FROM customers'', label => ''churn''), else the one other column';

CREATE FUNCTION linlearn_fit(name text, query text, label text,
	key text DEFAULT NULL, options jsonb DEFAULT '{}',
	description text DEFAULT NULL, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0, card jsonb DEFAULT NULL,
	OUT version integer, OUT train_rows bigint, OUT validation_rows bigint,
	OUT test_rows bigint, OUT skipped_rows bigint, OUT metrics jsonb,
	OUT seconds float8)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_fit'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_fit(text, text, text, text, jsonb, text, float8, float8, bigint, jsonb) IS
	'From a query to a saved model: splits the query''s rows by linlearn_split(key, train, validation, seed), without a key by a hash of the whole row; trains on the parts train and validation with these options of linlearn_train, each column a feature but those that label and key read and those of "exclude"; saves the model as the next version of the name, evaluates it on the part test and keeps the metrics in linlearn_evaluations under the dataset ''test''. label and key are names of columns, or expressions of SQL over them: churn = ''Yes''. card is kept with the model, as linlearn_save_model has it. metrics is NULL where no row is for the test';

-- tune

ALTER FUNCTION linlearn_categorical(double precision[]) SET extra_float_digits = 1;

-- transfer

COMMENT ON FUNCTION linlearn_fetch(text) IS
	'The bytes at an http, https, s3 or file URL, at most linlearn.max_download_size; EXECUTE on it also allows linlearn_load_mnist and linlearn_channel_... to read URLs';

CREATE FUNCTION linlearn_list(url text)
RETURNS TABLE (key text, size bigint, modified timestamptz)
AS 'MODULE_PATHNAME', 'linlearn_list' LANGUAGE C
VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 1000;
REVOKE EXECUTE ON FUNCTION linlearn_list(text) FROM PUBLIC;
COMMENT ON FUNCTION linlearn_list(text) IS
	'The objects of an S3 bucket whose keys begin alike, however many: s3://bucket/prefix';

-- formats

COMMENT ON FUNCTION linlearn_read_csv(bytea) IS
	'Rows of a training CSV''s bytes, which are UTF-8';

COMMENT ON FUNCTION linlearn_read_recordio(bytea) IS
	'Rows of a recordIO-protobuf file: dense ones in features, sparse ones in sparse; id counts from 0; a number beyond real is an error, and so is an Int32 that real would round';

COMMENT ON FUNCTION linlearn_read_libsvm(text, integer, boolean) IS
	'Rows of a libsvm file (label index:value ...), as wide as the dimension, or as the file''s largest index; indexes in the file count from 1 unless zero_based; id counts from 0; a value is real, and one written as an integer that real would round is an error';

COMMENT ON FUNCTION linlearn_read_csv(text) IS
	'Rows of a training CSV as SageMaker''s: no header, the label first (any text; an empty one is NULL), then numbers; id counts from 0; errors name line and column; one is an integer that real would round';

COMMENT ON AGGREGATE linlearn_to_recordio(anyelement) IS
	'Rows without labels as recordIO-protobuf, byte for byte as SageMaker''s SDK writes them; byte b of bytea as b/256; below 1 GB';

COMMENT ON AGGREGATE linlearn_to_recordio(anyelement, "any") IS
	'Rows as recordIO-protobuf, byte for byte as SageMaker''s SDK writes them: Float64 tensors of double precision, else Float32; byte b of bytea as b/256; a NULL label is left out; below 1 GB';

CREATE FUNCTION linlearn_channel_recordio(url text)
RETURNS TABLE (id bigint, label double precision, features real[],
	sparse linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_channel_recordio' LANGUAGE C
VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_channel_recordio(text) IS
	'Rows of recordIO-protobuf at an s3, http, https or file URL, also gzip, of a whole S3 prefix or folder (ending in a slash), or of a SageMaker manifest; read as they are needed in a SELECT''s list, whatever their size; needs EXECUTE on linlearn_fetch, or pg_read_server_files';

CREATE FUNCTION linlearn_channel_recordio(url text, element anyelement)
RETURNS TABLE (id bigint, label double precision, features anyarray,
	sparse linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_channel_recordio' LANGUAGE C
VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_channel_recordio(text, anyelement) IS
	'Rows of recordIO-protobuf at a URL, in arrays of the element''s type: NULL::real or NULL::double precision';

CREATE FUNCTION linlearn_channel_csv(url text)
RETURNS TABLE (id bigint, label text, features real[])
AS 'MODULE_PATHNAME', 'linlearn_channel_csv' LANGUAGE C
VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_channel_csv(text) IS
	'Rows of training CSV at an s3, http, https or file URL, also gzip, of a whole S3 prefix or folder (ending in a slash), or of a SageMaker manifest; read as they are needed in a SELECT''s list, whatever their size; needs EXECUTE on linlearn_fetch, or pg_read_server_files';

CREATE FUNCTION linlearn_channel_csv(url text, element anyelement)
RETURNS TABLE (id bigint, label text, features anyarray)
AS 'MODULE_PATHNAME', 'linlearn_channel_csv' LANGUAGE C
VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_channel_csv(text, anyelement) IS
	'Rows of training CSV at a URL, in arrays of the element''s type: NULL::real or NULL::double precision';

-- endpoint

ALTER TABLE linlearn_endpoints ADD COLUMN model_id uuid;
-- endpoints whose model is gone stay without one
UPDATE linlearn_endpoints e SET model_id = m.model_id FROM linlearn_models m
WHERE m.name OPERATOR(pg_catalog.=) e.model_name
	AND m.version OPERATOR(pg_catalog.=) e.model_version;
ALTER TABLE linlearn_endpoints ENABLE ALWAYS TRIGGER linlearn_check_endpoint;
COMMENT ON FUNCTION linlearn_check_endpoint() IS
	'Trigger: who points an endpoint to a model must be able to read that model; the endpoint holds its row''s identity';

-- pictures

-- columns of tables
DROP FUNCTION linlearn_explain(bytea, anyelement);
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

CREATE FUNCTION linlearn_predict_interval(model bytea, features anyelement,
	level double precision DEFAULT 0.95, kind text DEFAULT 'auto',
	OUT fit double precision, OUT lower double precision,
	OUT upper double precision)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_predict_interval'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION linlearn_predict_interval(bytea, anyelement, double precision, text) IS
	'What a model with standard errors predicts, as linlearn_score, and its limits at the level, in (0, 1). kind prediction: of a label, by least squares of a regressor; confidence: of the label''s mean, of generalized linear models by the margin''s standard error, through the inverse link; auto: the first that the model has. By Student''s t where the model''s p are; errors for models without standard errors and of more than 256 features';

CREATE FUNCTION linlearn_predict_interval(endpoint text, features anyelement,
	level double precision DEFAULT 0.95, kind text DEFAULT 'auto',
	OUT fit double precision, OUT lower double precision,
	OUT upper double precision)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict_interval'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION linlearn_predict_interval(text, anyelement, double precision, text) IS
	'What a model with standard errors predicts, and its limits at a level: of a label (kind prediction), or of its mean (confidence), by an endpoint''s name';

CREATE FUNCTION linlearn_explain(endpoint text, features anyelement,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_endpoint_explain'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(text, anyelement) IS
	'What each feature adds to a row''s margin, by an endpoint''s name. As it shows weights and the training rows'' means, the caller must be able to read the model in linlearn_models, too';

CREATE FUNCTION linlearn_explain(endpoint text, features anyelement,
	by_column boolean,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_endpoint_explain'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(text, anyelement, boolean) IS
	'The same, with true a line a column of a table';

DROP FUNCTION linlearn_report(text, integer, text);
DROP FUNCTION linlearn_model_report(bytea, text, text);
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

CREATE OR REPLACE FUNCTION linlearn_curve_svg(points linlearn_roc_point[],
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

CREATE OR REPLACE FUNCTION linlearn_curve_svg(points linlearn_pr_point[],
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

CREATE OR REPLACE FUNCTION linlearn_curve_svg(bins linlearn_calibration_bin[],
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

-- values: deviances

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

-- What a cluster may run: aggregates of one argument of a concrete type, whose
-- state is bytea and has a combine function.  What is polymorphic is a scalar
-- function within the argument.

CREATE FUNCTION linlearn_row(features anyelement, label "any")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any") IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row';

CREATE FUNCTION linlearn_row(features anyelement, label "any", weight float8)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any", float8) IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row; weight: of the row, 0 or 1e-30 to 1e30';

CREATE FUNCTION linlearn_row(features anyelement, label "any", weight float8, channel text)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any", float8, text) IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row; channel: train (also NULL), validation or test';

CREATE FUNCTION linlearn_row(features anyelement, label "any", weight float8, channel "char")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_row_of_channel'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_row(anyelement, "any", float8, "char") IS
'a row to learn from, packed into one value for linlearn_gram, linlearn_survey and linlearn_residual: features are an array, bytea, a vector or a sparse row; channel: 0 (train, also NULL), 1 (validation) or 2 (test), as linlearn_split_channel gives it: without a collation, so that postgres_fdw may send it whatever it is made of';

CREATE FUNCTION linlearn_pair(actual "any", predicted "any")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_pair'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_pair("any", "any") IS
'a row to judge by, packed into one value for linlearn_confusion, linlearn_metrics and the curves: what was and what was predicted, numeric as double precision, types other than numbers and booleans as text';

CREATE FUNCTION linlearn_pair(actual "any", predicted "any", score float8)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_pair'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_pair("any", "any", float8) IS
'a row to judge by, packed into one value for linlearn_confusion, linlearn_metrics and the curves: what was and what was predicted, numeric as double precision, types other than numbers and booleans as text, and a score';

CREATE FUNCTION linlearn_pair(actual "any", predicted "any", score float8, weight float8)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_pair'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION linlearn_pair("any", "any", float8, float8) IS
'a row to judge by, packed into one value for linlearn_confusion, linlearn_metrics and the curves: what was and what was predicted, numeric as double precision, types other than numbers and booleans as text, a score, and a weight';

CREATE FUNCTION linlearn_gram_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gram_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gram_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gram_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gram_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gram_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_gram(packed bytea) (
	SFUNC = linlearn_gram_accum,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gram_final,
	COMBINEFUNC = linlearn_gram_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gram(bytea) IS
'the exact sums of rows, as linlearn_row packs them, that least squares needs: the same in any order and from any number of servers; for linlearn_solve';

CREATE AGGREGATE linlearn_gram_merge(gram bytea) (
	SFUNC = linlearn_gram_combine,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gram_final,
	COMBINEFUNC = linlearn_gram_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gram_merge(bytea) IS
'the sums of several linlearn_gram together, as of partitions on several servers';

CREATE FUNCTION linlearn_solve(gram bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_solve'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_solve(bytea) IS
'a regression by least squares, from the sums of linlearn_gram: a model like any other';

CREATE FUNCTION linlearn_solve(gram bytea, options jsonb)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_solve'
LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_solve(bytea, jsonb) IS
'a regression by least squares, from the sums of linlearn_gram, with the options of linlearn_train: a model like any other';

CREATE FUNCTION linlearn_confusion_pair_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_confusion_pair_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_pair_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_confusion_pair_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_confusion_pair_final(bytea)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_confusion_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_confusion(pair bytea) (
	SFUNC = linlearn_confusion_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_confusion_pair_final,
	COMBINEFUNC = linlearn_confusion_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_confusion(bytea) IS
'confusion matrix as jsonb of pairs that linlearn_pair packs, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_metrics_pair_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_pair_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_metrics_pair_final(bytea)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_metrics(pair bytea) (
	SFUNC = linlearn_metrics_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_pair_final,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics(bytea) IS
'accuracy and more of a classifier, mse and more of a regressor, as jsonb, of pairs that linlearn_pair packs, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_curve_pair_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_curve_pair_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_curve_pair_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_curve_pair_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_roc_auc_pair_final(bytea)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_roc_auc_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_roc_auc(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_auc(bytea) IS
'exact area under the ROC curve of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_pr_auc_pair_final(bytea)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_pr_auc_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_pr_auc(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_auc(bytea) IS
'average precision of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_roc_curve_pair_final(bytea)
RETURNS linlearn_roc_point[] AS 'MODULE_PATHNAME', 'linlearn_roc_curve_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_roc_curve(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_curve(bytea) IS
'ROC curve, one point a distinct score of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_pr_curve_pair_final(bytea)
RETURNS linlearn_pr_point[] AS 'MODULE_PATHNAME', 'linlearn_pr_curve_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_pr_curve(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_curve(bytea) IS
'precision-recall curve, one point a distinct score of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_lift_pair_final(bytea)
RETURNS linlearn_lift_bin[] AS 'MODULE_PATHNAME', 'linlearn_lift_pair_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_lift(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_lift_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_lift(bytea) IS
'lift table of ten equal shares of the rows of pairs that linlearn_pair packs with a score, which a cluster runs where the rows are';

CREATE FUNCTION linlearn_survey_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_survey(packed bytea) (
	SFUNC = linlearn_survey_accum,
	STYPE = bytea,
	SSPACE = 65536,
	FINALFUNC = linlearn_survey_final,
	COMBINEFUNC = linlearn_survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey(bytea) IS
'what a training by passes must know of rows, as linlearn_row packs them, before the first one: how many, their classes, how features and labels spread; for linlearn_train_distributed';

CREATE AGGREGATE linlearn_survey_merge(survey bytea) (
	SFUNC = linlearn_survey_combine,
	STYPE = bytea,
	SSPACE = 65536,
	FINALFUNC = linlearn_survey_final,
	COMBINEFUNC = linlearn_survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey_merge(bytea) IS
'several linlearn_survey together, as of partitions on several servers';

CREATE FUNCTION linlearn_cells(layout jsonb, VARIADIC columns "any")
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_cells'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_cells(jsonb, "any") IS
'columns of a row of any type that a feature may be, packed into one value for linlearn_survey_columns (as the features of linlearn_row) and linlearn_terms; several such values may be put behind each other. layout: {"names": [...]} of the columns, {"types": [...]} of PostgreSQL that they are read as, by their text, and the options exclude, include and columns of linlearn_train as far as they say how columns are read';

CREATE FUNCTION linlearn_terms(plan bytea, cells bytea)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_terms'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_terms(bytea, bytea) IS
'the features that a row''s columns, as linlearn_cells packs them, make by a plan of linlearn_train_distributed: numbers, one a level of a category, parts of dates, words';

CREATE FUNCTION linlearn_sparse_terms(plan bytea, cells bytea)
RETURNS linlearn_sparse AS 'MODULE_PATHNAME', 'linlearn_sparse_terms'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_sparse_terms(bytea, bytea) IS
'the same features as linlearn_terms gives, where most of them are 0: a sparse row';

CREATE FUNCTION linlearn_survey_columns_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_columns_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_columns_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_columns_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_survey_columns_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_survey_columns_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_survey_columns(packed bytea) (
	SFUNC = linlearn_survey_columns_accum,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_survey_columns_final,
	COMBINEFUNC = linlearn_survey_columns_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey_columns(bytea) IS
'what a training must know of columns before it decides their terms, of rows linlearn_row(linlearn_cells(...), label): levels and words with their rows, NULLs, means, ranges and quantiles of numbers; for linlearn_train_distributed';

CREATE AGGREGATE linlearn_survey_columns_merge(survey bytea) (
	SFUNC = linlearn_survey_columns_combine,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_survey_columns_final,
	COMBINEFUNC = linlearn_survey_columns_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_survey_columns_merge(bytea) IS
'several linlearn_survey_columns together, as of partitions on several servers';

CREATE FUNCTION linlearn_residual(point bytea, packed bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_residual'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_residual(bytea, bytea) IS
'what a row, as linlearn_row packs it, answers to a point of linlearn_train_distributed: its loss and residuals; NULL for a row that weighs 0 or has no label';

CREATE FUNCTION linlearn_gradient_accum(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gradient_accum'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gradient_combine(bytea, bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gradient_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION linlearn_gradient_final(bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_gradient_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_gradient(answer bytea) (
	SFUNC = linlearn_gradient_accum,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gradient_final,
	COMBINEFUNC = linlearn_gradient_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gradient(bytea) IS
'the exact sums of what rows answer to a point, as linlearn_residual gives it: loss and gradient, the same in any order and from any number of servers';

CREATE AGGREGATE linlearn_gradient_merge(gradient bytea) (
	SFUNC = linlearn_gradient_combine,
	STYPE = bytea,
	SSPACE = 1048576,
	FINALFUNC = linlearn_gradient_final,
	COMBINEFUNC = linlearn_gradient_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_gradient_merge(bytea) IS
'the sums of several linlearn_gradient together, as of partitions on several servers';

CREATE FUNCTION linlearn_is_version(version bytea, "row" "any")
RETURNS boolean AS 'MODULE_PATHNAME', 'linlearn_is_version'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_is_version(bytea, "any") IS
'true, or an error unless this server has that version of linlearn, whose name is given as bytes; beside a column of a foreign table the question is put to its server';

CREATE FUNCTION linlearn_train_distributed(source regclass, features text, label text,
	options jsonb DEFAULT '{}', filter text DEFAULT NULL, channel text DEFAULT NULL, weight text DEFAULT NULL)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_train_distributed'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_train_distributed(regclass, text, text, jsonb, text, text, text) IS
'Trains on rows that stay where they are: in foreign tables of postgres_fdw below a partitioned table, each server summing its own and all at the same time, in shards of Citus, or here. features (an array, or columns of any type as SELECT lists them; NULL: all), label, filter, channel and weight are columns of the source or expressions of SQL over them; options are those of linlearn_train, as far as solvers take them: a regressor by least squares in one pass, else logistic, softmax, huber and the losses with a log link by passes of newton or lbfgs. The bytes of the model do not depend on where the rows are';

CREATE FUNCTION linlearn_split_channel(key anyelement, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0)
RETURNS "char" AS 'MODULE_PATHNAME', 'linlearn_split_channel'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_split_channel(anyelement, float8, float8, bigint) IS
'linlearn_split as a "char": 0 (train), 1 (validation) or 2 (test); a channel that postgres_fdw sends to where the rows are';

CREATE FUNCTION linlearn_fit(name text, source regclass, label text,
	key text DEFAULT NULL, options jsonb DEFAULT '{}',
	description text DEFAULT NULL, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0, card jsonb DEFAULT NULL,
	features text DEFAULT NULL,
	OUT version integer, OUT train_rows bigint, OUT validation_rows bigint,
	OUT test_rows bigint, OUT skipped_rows bigint, OUT metrics jsonb,
	OUT seconds float8)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_fit_relation'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_fit(text, regclass, text, text, jsonb, text, float8, float8, bigint, jsonb, text) IS
'From a relation to a saved model. With features, an array over its columns or columns of any type (''*'': all), and where its rows are on other servers, the rows stay where they are, here, in foreign tables or shards: they are split by linlearn_split(key, train, validation, seed), trained on by linlearn_train_distributed, and those of the test judged, each server summing its own; key is needed then. Without features, of rows that are here, all is as linlearn_fit of SELECT * FROM the relation has it';

CREATE FUNCTION linlearn_evaluate(model_name text, source regclass,
	dataset text DEFAULT 'test', version integer DEFAULT NULL,
	label text DEFAULT NULL, features text DEFAULT NULL, filter text DEFAULT NULL)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_evaluate_relation'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_evaluate(text, regclass, text, integer, text, text, text) IS
'Predicts the rows of a relation, returns the metrics and keeps them in linlearn_evaluations under the dataset''s name; version: the latest. With features, an array over its columns or columns of any type (''*'': all), and where its rows are on other servers, each server judges its own rows, which stay where they are; else as linlearn_evaluate of SELECT * FROM the relation. label, features and filter are columns or expressions of SQL over them';

-- The same in two steps, for foreign tables: a part of each, then all parts.

CREATE AGGREGATE linlearn_confusion_part(pair bytea) (
	SFUNC = linlearn_confusion_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	COMBINEFUNC = linlearn_confusion_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_confusion_part(bytea) IS
'a part of linlearn_confusion, as of one foreign table, of pairs that linlearn_pair packs';

CREATE AGGREGATE linlearn_confusion_merge(part bytea) (
	SFUNC = linlearn_confusion_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_confusion_pair_final,
	COMBINEFUNC = linlearn_confusion_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_confusion_merge(bytea) IS
'confusion matrix as jsonb of all parts that linlearn_confusion_part has made';

CREATE AGGREGATE linlearn_metrics_part(pair bytea) (
	SFUNC = linlearn_metrics_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics_part(bytea) IS
'a part of linlearn_metrics, as of one foreign table, of pairs that linlearn_pair packs';

CREATE AGGREGATE linlearn_metrics_merge(part bytea) (
	SFUNC = linlearn_metrics_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_pair_final,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics_merge(bytea) IS
'metrics as jsonb of all parts that linlearn_metrics_part has made';

CREATE FUNCTION linlearn_metrics_pair_combine_beta(bytea, bytea, double precision)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_metrics_pair_combine_beta'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_metrics_merge(part bytea, f_beta double precision) (
	SFUNC = linlearn_metrics_pair_combine_beta,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_metrics_pair_final,
	COMBINEFUNC = linlearn_metrics_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_metrics_merge(bytea, double precision) IS
'the same with F of this beta, which is 1 otherwise';

CREATE FUNCTION linlearn_judge_row(model bytea, features anyelement, label "any", k integer)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_judge_row'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_judge_row(bytea, anyelement, "any", integer) IS
'what a row adds to the figures of a model that no pair of labels tells, for linlearn_judge_sum: of many classes {1, whether the label is among the best k, discounted gain, log loss}, NULL where the label is no class; of a log link {1, label, what the label alone says of the deviance, deviance}; else NULL';

CREATE FUNCTION linlearn_judge_add(double precision[], double precision[])
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_judge_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE linlearn_judge_sum(figures double precision[]) (
	SFUNC = linlearn_judge_add,
	STYPE = double precision[],
	COMBINEFUNC = linlearn_judge_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_judge_sum(double precision[]) IS
'sums of what linlearn_judge_row gives, of rows or of such sums, which a cluster runs where the rows are';

CREATE AGGREGATE linlearn_curve_part(pair bytea) (
	SFUNC = linlearn_curve_pair_accum,
	STYPE = bytea,
	SSPACE = 2048,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_curve_part(bytea) IS
'a part of linlearn_roc_auc, linlearn_pr_auc, linlearn_roc_curve, linlearn_pr_curve and linlearn_lift, as of one foreign table, of pairs that linlearn_pair packs';

CREATE AGGREGATE linlearn_roc_auc_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_auc_merge(bytea) IS
'exact area under the ROC curve of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_pr_auc_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_auc_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_auc_merge(bytea) IS
'average precision of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_roc_curve_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_roc_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_roc_curve_merge(bytea) IS
'ROC curve of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_pr_curve_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_pr_curve_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_pr_curve_merge(bytea) IS
'precision-recall curve of all parts that linlearn_curve_part has made';

CREATE AGGREGATE linlearn_lift_merge(part bytea) (
	SFUNC = linlearn_curve_pair_combine,
	STYPE = bytea,
	SSPACE = 2048,
	FINALFUNC = linlearn_lift_pair_final,
	COMBINEFUNC = linlearn_curve_pair_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_lift_merge(bytea) IS
'lift table of ten equal shares of the rows of all parts that linlearn_curve_part has made';

-- end of what a cluster may run

-- exchange: models in and out

CREATE FUNCTION linlearn_model_json(model bytea) RETURNS json
AS 'MODULE_PATHNAME', 'linlearn_model_json'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_model_json(bytea) IS
	'All that a model''s bytes hold as JSON, a member for each section (docs/models.md has the schema): linlearn_model_from_json makes the same bytes of it';

CREATE FUNCTION linlearn_model_from_json(model json) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_model_from_json'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_model_from_json(json) IS
	'The model of what linlearn_model_json wrote, or of JSON that follows its schema; checked as a model''s bytes are';

CREATE FUNCTION linlearn_model_from_json(model jsonb) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_model_from_jsonb'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_model_from_json(jsonb) IS
	'The same of jsonb';

CREATE FUNCTION linlearn_model_from_json(model text) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_model_from_json'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_model_from_json(text) IS
	'The same of a text, which literals and untyped parameters are';

CREATE FUNCTION linlearn_model_from_coefficients(weights float8[],
	bias float8[] DEFAULT NULL, labels anyarray DEFAULT NULL::text[],
	loss text DEFAULT NULL, threshold float8 DEFAULT NULL,
	columns jsonb DEFAULT NULL, mean float8[] DEFAULT NULL,
	deviation float8[] DEFAULT NULL, options jsonb DEFAULT NULL)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_model_from_coefficients'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_model_from_coefficients(float8[], float8[], anyarray, text, float8, jsonb, float8[], float8[], jsonb) IS
	'A model of weights that were learned elsewhere, such as by scikit-learn, liblinear or R: a number for each feature, or a row of them for each class; bias: one for each row, else 0; labels: two for a binary classifier, the negative one first, one a row for a multiclass one, none for a regressor; loss: as of linlearn_hyperparameters(), which says what scores are; threshold: of a binary classifier''s scores; columns: of a table whose rows it takes, names or objects (name, kind, levels, reference, mean, deviation, log) in the order of the weights; mean and deviation: of the features, for explanations and importance; options: parameters of the loss, as tweedie_power';

CREATE FUNCTION linlearn_model_onnx(model bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_model_onnx'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linlearn_model_onnx(bytea) IS
	'A model as ONNX, for other programs to predict with: input features, or an input for each column of a table; outputs label and scores, of a regressor prediction. Its numbers are floats, so that scores agree to some six digits. An error names what ONNX-ML has no operator for, such as words and crosses';

-- texts: features and options from drivers that send no types
--
-- Of functions that take text among others, literals and untyped parameters are
-- text.

CREATE FUNCTION linlearn_predict(model bytea, features text)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_predict'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict(bytea, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_predict_label(model bytea, features text)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_predict_label'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label(bytea, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_score(model bytea, features text)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_score'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score(bytea, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_scores(model bytea, features text)
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_scores'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores(bytea, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_quantiles(model bytea, features text)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_quantiles'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_quantiles(bytea, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_explain(model bytea, features text,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_explain'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(bytea, text) IS
	'The same of features as text';

CREATE FUNCTION linlearn_explain(model bytea, features text,
	by_column boolean,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_explain'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(bytea, text, boolean) IS
	'The same of features as text';

CREATE FUNCTION linlearn_predict(endpoint text, features text)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict(text, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_predict_label(endpoint text, features text)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict_label'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label(text, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_score(endpoint text, features text)
RETURNS float8 AS 'MODULE_PATHNAME', 'linlearn_endpoint_score'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score(text, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_scores(endpoint text, features text)
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_endpoint_scores'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores(text, text) IS
	'The same of features as text: an array as {1,2.5} or [1,2.5], bytes as \x00ff, or, for a model of a table''s rows, a JSON object';

CREATE FUNCTION linlearn_explain(endpoint text, features text,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_endpoint_explain'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(text, text) IS
	'The same of features as text';

CREATE FUNCTION linlearn_explain(endpoint text, features text,
	by_column boolean,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_endpoint_explain'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(text, text, boolean) IS
	'The same of features as text';

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options text, channel text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options text, channel text, weight float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options text, channel text, weight float8, init_model bytea)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options text) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", text) IS
	'The same with options as text';

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options text, channel text) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", text, text) IS
	'The same with options as text';

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options text, channel text, weight float8) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", text, text, float8) IS
	'The same with options as text';

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options text, channel text, weight float8, init_model bytea) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", text, text, float8, bytea) IS
	'The same with options as text';

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning text, channel text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning text, channel text, weight float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning text) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", text) IS
	'The same with tuning as text';

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning text, channel text) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", text, text) IS
	'The same with tuning as text';

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning text, channel text, weight float8) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", text, text, float8) IS
	'The same with tuning as text';

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8, text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8, text, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options text) (
	SFUNC = linlearn_metrics_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_metrics("any", "any", float8, text) IS
	'The same with options as text';

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options text, weight float8) (
	SFUNC = linlearn_metrics_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_metrics("any", "any", float8, text, float8) IS
	'The same with options as text';

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options json)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options json, channel text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options json, channel text, weight float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_train_transition(state internal, features anyelement,
	label "any", options json, channel text, weight float8, init_model bytea)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_train_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options json) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", json) IS
	'The same with options as json';

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options json, channel text) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", json, text) IS
	'The same with options as json';

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options json, channel text, weight float8) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", json, text, float8) IS
	'The same with options as json';

CREATE AGGREGATE linlearn_train(features anyelement, label "any",
	options json, channel text, weight float8, init_model bytea) (
	SFUNC = linlearn_train_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_train_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_train(anyelement, "any", json, text, float8, bytea) IS
	'The same with options as json';

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning json)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning json, channel text)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION linlearn_tune_transition(state internal, features anyelement,
	label "any", tuning json, channel text, weight float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_tune_transition_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning json) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", json) IS
	'The same with tuning as json';

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning json, channel text) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", json, text) IS
	'The same with tuning as json';

CREATE AGGREGATE linlearn_tune(features anyelement, label "any",
	tuning json, channel text, weight float8) (
	SFUNC = linlearn_tune_transition, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = linlearn_tune_final, FINALFUNC_MODIFY = READ_WRITE,
	COMBINEFUNC = linlearn_train_combine,
	SERIALFUNC = linlearn_train_serialize,
	DESERIALFUNC = linlearn_train_deserialize, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_tune(anyelement, "any", json, text, float8) IS
	'The same with tuning as json';

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8, json)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE FUNCTION linlearn_metrics_accum(internal, "any", "any", float8, json, float8)
RETURNS internal AS 'MODULE_PATHNAME', 'linlearn_metrics_accum_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options json) (
	SFUNC = linlearn_metrics_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_metrics("any", "any", float8, json) IS
	'The same with options as json';

CREATE AGGREGATE linlearn_metrics(actual "any", predicted "any", score float8, options json, weight float8) (
	SFUNC = linlearn_metrics_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = linlearn_metrics_final,
	COMBINEFUNC = linlearn_metrics_combine,
	SERIALFUNC = linlearn_metrics_serial,
	DESERIALFUNC = linlearn_metrics_deserial, PARALLEL = SAFE);

COMMENT ON AGGREGATE linlearn_metrics("any", "any", float8, json, float8) IS
	'The same with options as json';

CREATE FUNCTION linlearn_predict_interval(model bytea, features text,
	level double precision DEFAULT 0.95, kind text DEFAULT 'auto',
	OUT fit double precision, OUT lower double precision,
	OUT upper double precision)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_predict_interval'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION linlearn_predict_interval(bytea, text, double precision, text) IS
	'The same of features as text';

CREATE FUNCTION linlearn_predict_interval(endpoint text, features text,
	level double precision DEFAULT 0.95, kind text DEFAULT 'auto',
	OUT fit double precision, OUT lower double precision,
	OUT upper double precision)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict_interval'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION linlearn_predict_interval(text, text, double precision, text) IS
	'The same of features as text';

-- privileges: parts of aggregates, types and triggers are for nobody to call
--
-- PostgreSQL asks whether an aggregate's owner may execute its parts, and for
-- nobody's right to call a type's functions, a trigger or a validator itself.
-- Citus asks whether the caller may execute an aggregate's parts.  Those with a
-- state that is a value are for all: they take its bytes as hostile, and run in
-- an aggregate only.

DO $$
DECLARE
	part pg_catalog.regprocedure;
BEGIN
	FOR part IN
		WITH member AS (
			SELECT d.objid AS function
			FROM pg_catalog.pg_depend d
			WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
				AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
				AND d.deptype OPERATOR(pg_catalog.=) 'e'
				AND d.refobjid OPERATOR(pg_catalog.=) (SELECT e.oid FROM pg_catalog.pg_extension e
					WHERE e.extname OPERATOR(pg_catalog.=) 'linlearn')
		), part AS (
			SELECT pg_catalog.unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
				a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS function
			FROM pg_catalog.pg_aggregate a
			JOIN member m ON m.function OPERATOR(pg_catalog.=) a.aggfnoid
			WHERE a.aggtranstype OPERATOR(pg_catalog.=) 'pg_catalog.internal'::pg_catalog.regtype
			UNION ALL
			SELECT pg_catalog.unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend])
			FROM pg_catalog.pg_type t
			UNION ALL
			SELECT w.fdwvalidator FROM pg_catalog.pg_foreign_data_wrapper w
			UNION ALL
			SELECT p.oid FROM pg_catalog.pg_proc p
			WHERE p.prorettype OPERATOR(pg_catalog.=) 'pg_catalog.trigger'::pg_catalog.regtype
				OR 'pg_catalog.internal'::pg_catalog.regtype OPERATOR(pg_catalog.=) ANY (p.proargtypes)
		)
		SELECT m.function FROM member m
		WHERE m.function OPERATOR(pg_catalog.=) ANY (SELECT part.function FROM part)
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', part);
	END LOOP;
END
$$;

-- who installed a trusted extension, and does not own its objects, uses and
-- shares its tables, and dumps and restores them
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
	ON linlearn_mnist, linlearn_models, linlearn_evaluations, linlearn_endpoints
	TO @extowner@ WITH GRANT OPTION;
GRANT SELECT, INSERT ON linlearn_versions TO @extowner@ WITH GRANT OPTION;
GRANT SELECT ON linlearn_confusion_matrix, linlearn_model_catalog
	TO @extowner@ WITH GRANT OPTION;

-- several quantiles in one model
CREATE FUNCTION linlearn_quantiles(model bytea, features anyelement)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_quantiles'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_quantiles(bytea, anyelement) IS
	'The predicted quantiles of a regressor of quantile_loss, in the order of its option quantile; none is below the one before it';

COMMENT ON FUNCTION linlearn_scores(bytea, anyelement) IS
	'One score per class in the order of the model''s labels; of a regressor its value, or those of its quantiles';
