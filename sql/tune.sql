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
SET extra_float_digits = 1
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
