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
	OUT label text, OUT feature integer, OUT weight double precision,
	OUT mean double precision, OUT deviation double precision,
	OUT importance double precision, OUT standard_error double precision,
	OUT z double precision, OUT p double precision, OUT "column" text,
	OUT level text, OUT name text, OUT rows bigint,
	OUT odds_ratio double precision)
RETURNS SETOF record AS 'MODULE_PATHNAME', 'linlearn_weights'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION linlearn_weights(bytea) IS
	'Coefficients in the features'' own units (of bytea b/256), class by class the bias and then features by falling importance; feature counts from 1 and is NULL for the bias; label is the class, or the positive one; importance is |weight| * deviation; standard_error, z and p where the model was solved exactly without regularisation: of least squares z is the t statistic and p from Student''s distribution, else the normal one. Of a model of a table''s rows, "column", level and rows (training rows that have the level, or any number); name is (bias), the term, or of arrays feature 1, ...; odds_ratio is exp(weight) of a logistic model';

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
