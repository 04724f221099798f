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
