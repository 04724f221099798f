
-- endpoints: models by a name that clients keep, as SageMaker's

CREATE TABLE linlearn_endpoints (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	model_name text COLLATE "C" NOT NULL,
	model_version integer NOT NULL,
	created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
	-- the row itself, by its identity; NULL: the model was gone. No foreign
	-- key: a dump has the endpoints first, and a model may be deleted
	model_id uuid
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_endpoints', '');
COMMENT ON TABLE linlearn_endpoints IS
	'Names that clients predict by: who may read an endpoint''s row may predict with its model, without reading it';

CREATE FUNCTION linlearn_check_endpoint() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_check_endpoint' LANGUAGE C;
COMMENT ON FUNCTION linlearn_check_endpoint() IS
	'Trigger: who points an endpoint to a model must be able to read that model; the endpoint holds its row''s identity';

CREATE TRIGGER linlearn_check_endpoint
BEFORE INSERT OR UPDATE ON linlearn_endpoints
FOR EACH ROW EXECUTE FUNCTION linlearn_check_endpoint();
-- also for rows that replication brings
ALTER TABLE linlearn_endpoints ENABLE ALWAYS TRIGGER linlearn_check_endpoint;

CREATE FUNCTION linlearn_create_endpoint(name text, model_name text,
	version integer DEFAULT NULL)
RETURNS integer
AS 'MODULE_PATHNAME', 'linlearn_create_endpoint' LANGUAGE C
VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION linlearn_create_endpoint(text, text, integer) IS
	'Points a new endpoint to a version of a model, the latest if none is given; returns the version';

CREATE FUNCTION linlearn_update_endpoint(name text, model_name text,
	version integer DEFAULT NULL)
RETURNS integer
AS 'MODULE_PATHNAME', 'linlearn_update_endpoint' LANGUAGE C
VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION linlearn_update_endpoint(text, text, integer) IS
	'Points an endpoint to a version of a model, the latest if none is given; returns the version; other sessions use it from their next statement on';

CREATE FUNCTION linlearn_delete_endpoint(name text) RETURNS void
AS 'MODULE_PATHNAME', 'linlearn_delete_endpoint' LANGUAGE C
VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION linlearn_delete_endpoint(text) IS
	'Deletes an endpoint; its model stays';

CREATE FUNCTION linlearn_invoke_endpoint(name text, body text,
	content_type text DEFAULT 'text/csv',
	accept text DEFAULT 'application/json')
RETURNS text
AS 'MODULE_PATHNAME', 'linlearn_invoke_endpoint' LANGUAGE C
STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_invoke_endpoint(text, text, text, text) IS
	'Answers a request as SageMaker''s Linear Learner does: text/csv, application/json or application/jsonlines in; application/json or application/jsonlines out';

CREATE FUNCTION linlearn_invoke_endpoint(name text, body bytea,
	content_type text DEFAULT 'text/csv',
	accept text DEFAULT 'application/json')
RETURNS bytea
AS 'MODULE_PATHNAME', 'linlearn_invoke_endpoint' LANGUAGE C
STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_invoke_endpoint(text, bytea, text, text) IS
	'Answers a request''s bytes, also application/x-recordio-protobuf in and out';

CREATE FUNCTION linlearn_predict(endpoint text, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict(text, anyelement) IS
	'The predicted label as a number, or a regressor''s value, by an endpoint''s name';

CREATE FUNCTION linlearn_predict_label(endpoint text, features anyelement)
RETURNS text AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict_label'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_predict_label(text, anyelement) IS
	'The predicted label as text, by an endpoint''s name';

CREATE FUNCTION linlearn_score(endpoint text, features anyelement)
RETURNS double precision AS 'MODULE_PATHNAME', 'linlearn_endpoint_score'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_score(text, anyelement) IS
	'P(positive) of a binary logistic model, the largest class''s score of a multiclass one, a regressor''s value, by an endpoint''s name';

CREATE FUNCTION linlearn_scores(endpoint text, features anyelement)
RETURNS real[] AS 'MODULE_PATHNAME', 'linlearn_endpoint_scores'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION linlearn_scores(text, anyelement) IS
	'One score per class in the order of the model''s labels, by an endpoint''s name';

CREATE FUNCTION linlearn_predict_interval(endpoint text, features anyelement,
	level double precision DEFAULT 0.95, kind text DEFAULT 'auto',
	OUT fit double precision, OUT lower double precision,
	OUT upper double precision)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_endpoint_predict_interval'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION linlearn_predict_interval(text, anyelement, double precision, text) IS
	'What a model with standard errors predicts, and its limits at a level: of a label (kind prediction), or of its mean (confidence), by an endpoint''s name';

CREATE FUNCTION linlearn_explain(endpoint text, features anyelement,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_endpoint_explain'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(text, anyelement) IS
	'What each feature adds to a row''s margin, by an endpoint''s name. As it shows weights and the training rows'' means, the caller must be able to read the model in linlearn_models, too';

CREATE FUNCTION linlearn_explain(endpoint text, features anyelement,
	by_column boolean,
	OUT label text, OUT feature integer, OUT value float8, OUT mean float8,
	OUT weight float8, OUT contribution float8, OUT "column" text,
	OUT level text, OUT term text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_endpoint_explain'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION linlearn_explain(text, anyelement, boolean) IS
	'The same, with true a line a column of a table';
