
-- formats: rows out of, and into, the files of SageMaker, LIBSVM and others

CREATE FUNCTION linlearn_read_recordio(data bytea)
RETURNS TABLE (id bigint, label double precision, features real[],
	sparse linlearn_sparse)
AS 'MODULE_PATHNAME', 'linlearn_read_recordio' LANGUAGE C
IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_recordio(bytea) IS
	'Rows of a recordIO-protobuf file: dense ones in features, sparse ones in sparse; id counts from 0; a number beyond real is an error, and so is an Int32 that real would round';

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
	'Rows of a libsvm file (label index:value ...), as wide as the dimension, or as the file''s largest index; indexes in the file count from 1 unless zero_based; id counts from 0; a value is real, and one written as an integer that real would round is an error';

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
	'Rows of a training CSV as SageMaker''s: no header, the label first (any text; an empty one is NULL), then numbers; id counts from 0; errors name line and column; one is an integer that real would round';

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
	'Rows of a training CSV''s bytes, which are UTF-8';

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
	'Rows without labels as recordIO-protobuf, byte for byte as SageMaker''s SDK writes them; byte b of bytea as b/256; below 1 GB';

CREATE AGGREGATE linlearn_to_recordio(anyelement, "any") (
	SFUNC = linlearn_to_recordio_transition,
	STYPE = internal,
	SSPACE = 1048576,
	FINALFUNC = linlearn_to_recordio_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE linlearn_to_recordio(anyelement, "any") IS
	'Rows as recordIO-protobuf, byte for byte as SageMaker''s SDK writes them: Float64 tensors of double precision, else Float32; byte b of bytea as b/256; a NULL label is left out; below 1 GB';

CREATE FUNCTION linlearn_write_recordio(path text, query text,
	OUT rows bigint, OUT bytes bigint)
AS 'MODULE_PATHNAME', 'linlearn_write_recordio' LANGUAGE C
VOLATILE STRICT PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_write_recordio(text, text) IS
	'Writes the rows of a query (features, label) to a recordIO-protobuf file on the server, of any size; needs the rights of pg_write_server_files';
REVOKE ALL ON FUNCTION linlearn_write_recordio(text, text) FROM PUBLIC;

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
