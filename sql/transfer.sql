
-- transfer: bytes from and to URLs and files of the server

CREATE FUNCTION linlearn_fetch(url text) RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_fetch' LANGUAGE C
VOLATILE STRICT PARALLEL RESTRICTED COST 1000000;
REVOKE EXECUTE ON FUNCTION linlearn_fetch(text) FROM PUBLIC;
COMMENT ON FUNCTION linlearn_fetch(text) IS
	'The bytes at an http, https, s3 or file URL, at most linlearn.max_download_size; EXECUTE on it also allows linlearn_load_mnist and linlearn_channel_... to read URLs';

CREATE FUNCTION linlearn_upload(url text, data bytea) RETURNS void
AS 'MODULE_PATHNAME', 'linlearn_upload' LANGUAGE C
VOLATILE STRICT PARALLEL RESTRICTED COST 1000000;
REVOKE EXECUTE ON FUNCTION linlearn_upload(text, bytea) FROM PUBLIC;
COMMENT ON FUNCTION linlearn_upload(text, bytea) IS
	'Stores bytes at an http or https (PUT), s3 (in parts above 64 MB) or file URL';

CREATE FUNCTION linlearn_list(url text)
RETURNS TABLE (key text, size bigint, modified timestamptz)
AS 'MODULE_PATHNAME', 'linlearn_list' LANGUAGE C
VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 1000;
REVOKE EXECUTE ON FUNCTION linlearn_list(text) FROM PUBLIC;
COMMENT ON FUNCTION linlearn_list(text) IS
	'The objects of an S3 bucket whose keys begin alike, however many: s3://bucket/prefix';

-- S3 keys of single roles: CREATE SERVER linlearn_s3, then user mappings
CREATE FUNCTION linlearn_s3_validator(options text[], catalog oid) RETURNS void
AS 'MODULE_PATHNAME', 'linlearn_s3_validator' LANGUAGE C
IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linlearn_s3_validator(text[], oid) IS
	'Checks the options of the server linlearn_s3 (endpoint, region) and its user mappings (access_key, secret_key, session_token)';

CREATE FOREIGN DATA WRAPPER linlearn_s3 VALIDATOR linlearn_s3_validator;
COMMENT ON FOREIGN DATA WRAPPER linlearn_s3 IS
	'Holds S3 keys in user mappings of a server named linlearn_s3; has no foreign tables';
