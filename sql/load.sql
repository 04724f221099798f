
-- load: digits out of files, URLs, or the extension itself

CREATE TABLE linlearn_mnist (
	split text COLLATE "C" NOT NULL,
	id integer NOT NULL,
	label smallint NOT NULL,
	pixels bytea NOT NULL,
	PRIMARY KEY (split, id)
);
-- 784 bytes stay in the row, as they are: scans need no detoasting
ALTER TABLE linlearn_mnist ALTER COLUMN pixels SET STORAGE EXTERNAL;
GRANT SELECT ON linlearn_mnist TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('linlearn_mnist', '');
COMMENT ON TABLE linlearn_mnist IS
	'Pictures and their labels, filled by linlearn_load_mnist: one byte a pixel, row by row';

CREATE FUNCTION linlearn_load_mnist(source text,
	target text DEFAULT 'linlearn_mnist', train_rows integer DEFAULT NULL,
	validation_rows integer DEFAULT NULL, test_rows integer DEFAULT NULL,
	seed bigint DEFAULT 0)
RETURNS TABLE (split text, rows bigint, seconds double precision)
AS 'MODULE_PATHNAME', 'linlearn_load_mnist' LANGUAGE C
VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 3;
COMMENT ON FUNCTION linlearn_load_mnist(text, text, integer, integer, integer, bigint) IS
	'Replaces the rows of a table by the digits of a source, in this transaction; each split''s ids count from 0';

CREATE FUNCTION linlearn_show_digit(pixels bytea) RETURNS text
AS 'MODULE_PATHNAME', 'linlearn_show_digit' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION linlearn_show_digit(bytea) IS
	'Draws a square picture of one byte a pixel with Unicode half blocks: n columns by n/2 lines, ink from 128 on';

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

CREATE FUNCTION linlearn_read_idx(data bytea)
RETURNS TABLE (id bigint, value double precision, pixels bytea, features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_idx' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_idx(bytea) IS
	'Rows of an idx file, also gzip: value of a one-dimensional one, pixels of uint8, features of other types; id counts from 0';

CREATE FUNCTION linlearn_read_pickle(data bytea)
RETURNS TABLE (path integer[], id bigint, value double precision, pixels bytea,
	features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_pickle' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_pickle(bytea) IS
	'Rows of the numpy arrays of a pickle, also gzip; path {2,1} is the first item of the second tuple; nothing of the pickle is executed';

CREATE FUNCTION linlearn_read_npz(data bytea)
RETURNS TABLE (name text, id bigint, value double precision, pixels bytea,
	features real[])
AS 'MODULE_PATHNAME', 'linlearn_read_npz' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION linlearn_read_npz(bytea) IS
	'Rows of the arrays of numpy''s .npz, or of a .npy, whose name is NULL: numbers of a one-dimensional array in value, pixels of uint8, features of other types; id counts from 0; arrays of objects are refused';
