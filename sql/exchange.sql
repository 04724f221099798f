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
