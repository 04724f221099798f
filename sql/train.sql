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

CREATE FUNCTION linlearn_train_combine_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_train_combine_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION linlearn_train_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'linlearn_train_combine'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000
SUPPORT linlearn_train_combine_support;

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
	'Trains a linear model over rows. features: real[], double precision[], smallint[], integer[], bigint[], numeric[], boolean[], bytea (byte b counts as b/256), linlearn_sparse, or pgvector''s vector, halfvec or sparsevec, all of one width; label: any type; options: linlearn_hyperparameters(); channel: train (also NULL), validation or test; weight: of the row, 0 or 1e-30 to 1e30, whose proportions count; init_model: a model to go on from, of the same predictor type, width and kind of labels; its classes stay, and rows may lack some but bring no other; another loss is allowed. NULL without rows. The same rows give the same bytes in any order';

CREATE FUNCTION linlearn_split(key anyelement, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_split'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION linlearn_split(anyelement, float8, float8, bigint) IS
	'train, validation or test: the part of the rows that a key belongs to, in these shares (test has the rest), by a hash of the key: the same on every machine and in every version, and unchanged when rows are added. Numbers and texts that read alike are one key (42, 42.00, ''42''); a row is one by the values of its fields, whatever their names; NULL is an error. Another seed splits anew';
