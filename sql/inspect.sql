-- inspect: what a model holds

CREATE FUNCTION linlearn_model_info(model bytea) RETURNS jsonb
AS 'MODULE_PATHNAME', 'linlearn_model_info'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_model_info(bytea) IS
	'What a model is: predictor, loss, labels, threshold, what a byte counts, how large the training rows were, row counts, fingerprint of its rows, hyperparameters as the winner was trained, metrics on every channel';

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

CREATE FUNCTION linlearn_training_history(model bytea,
	OUT model_index integer, OUT best boolean, OUT epoch integer,
	OUT learning_rate double precision, OUT train_loss double precision,
	OUT validation_loss double precision, OUT criterion double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_training_history'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION linlearn_training_history(bytea) IS
	'Every epoch of every candidate: mean losses in the label''s units, and the criterion on validation rows';

CREATE FUNCTION linlearn_hyperparameters(
	OUT name text, OUT type text, OUT allowed text, OUT default_value text,
	OUT applies_to text, OUT optimizers text[], OUT meaning text)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_hyperparameters'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 50;
COMMENT ON FUNCTION linlearn_hyperparameters() IS
	'The table that the parser of options reads; optimizers: those that use the option, NULL for every one';

CREATE FUNCTION linlearn_path(model bytea,
	OUT lambda double precision, OUT l1 double precision,
	OUT wd double precision, OUT loss double precision,
	OUT standard_error double precision, OUT nonzero integer,
	OUT chosen boolean)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_path'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION linlearn_path(bytea) IS
	'The penalties that "l1": "path" chose among, the largest first: l1 is lambda * l1_ratio and wd lambda * (1 - l1_ratio), loss the mean over five folds of the loss of the rows held out, in the unit of objective_loss, with its standard error over the folds, nonzero the weights other than 0 of a model of all rows. No rows for a model without a path';

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
