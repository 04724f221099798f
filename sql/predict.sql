-- predict: from a model's bytes, inside any SELECT

-- A record that the query makes itself need not be made.
CREATE FUNCTION linlearn_predict_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_predict_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_predict(model bytea, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_predict'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
SUPPORT linlearn_predict_support;
COMMENT ON FUNCTION linlearn_predict(bytea, anyelement) IS
	'The predicted label as a number (a text that is a number, too, if all of the model''s are; else its class''s place, from 0), or a regressor''s value; features of the model''s width and in its unit (byte b of bytea counts as b/256)';

CREATE FUNCTION linlearn_predict_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_predict_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_fields(bytea, text[], "any") IS
	'part of linlearn_predict: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';

CREATE FUNCTION linlearn_predict_label(model bytea, features anyelement)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_predict_label'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
SUPPORT linlearn_predict_support;
COMMENT ON FUNCTION linlearn_predict_label(bytea, anyelement) IS
	'The predicted label as text, as it was given in training';

CREATE FUNCTION linlearn_predict_label_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_predict_label_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label_fields(bytea, text[], "any") IS
	'part of linlearn_predict_label: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';

CREATE FUNCTION linlearn_label_text(model bytea, label anyelement)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_label_text'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION linlearn_label_text(bytea, anyelement) IS
	'A label of any type as linlearn_predict_label says it: the text of the model''s class that it is, else its own; the same under all settings of a session';

CREATE FUNCTION linlearn_score(model bytea, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_score'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
SUPPORT linlearn_predict_support;
COMMENT ON FUNCTION linlearn_score(bytea, anyelement) IS
	'P(positive) of a binary logistic model (the margin with hinge_loss), the largest class''s score of a multiclass one, a regressor''s value';

CREATE FUNCTION linlearn_score_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_score_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score_fields(bytea, text[], "any") IS
	'part of linlearn_score: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';

CREATE FUNCTION linlearn_scores(model bytea, features anyelement)
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_scores'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
SUPPORT linlearn_predict_support;
COMMENT ON FUNCTION linlearn_scores(bytea, anyelement) IS
	'One score per class in the order of the model''s labels; of a regressor its value, or those of its quantiles';

CREATE FUNCTION linlearn_scores_fields(model bytea, names text[], VARIADIC fields "any")
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_scores_fields'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores_fields(bytea, text[], "any") IS
	'part of linlearn_scores: what the planner makes of a call for a record that the query itself makes of fields, which come one by one, with a constant list of their names';

CREATE FUNCTION linlearn_predict_interval(model bytea, features anyelement,
	level double precision DEFAULT 0.95, kind text DEFAULT 'auto',
	OUT fit double precision, OUT lower double precision,
	OUT upper double precision)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_predict_interval'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION linlearn_predict_interval(bytea, anyelement, double precision, text) IS
	'What a model with standard errors predicts, as linlearn_score, and its limits at the level, in (0, 1). kind prediction: of a label, by least squares of a regressor; confidence: of the label''s mean, of generalized linear models by the margin''s standard error, through the inverse link; auto: the first that the model has. By Student''s t where the model''s p are; errors for models without standard errors and of more than 256 features';

CREATE FUNCTION linlearn_quantiles(model bytea, features anyelement)
RETURNS double precision[] AS 'MODULE_PATHNAME', 'linlearn_quantiles'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_quantiles(bytea, anyelement) IS
	'The predicted quantiles of a regressor of quantile_loss, in the order of its option quantile; none is below the one before it';
