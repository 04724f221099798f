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
