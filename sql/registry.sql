
-- registry: models by name and version, and what they reached
--
-- The functions run with the caller's rights: GRANT and row level security on
-- the tables say who may save, read, evaluate and delete.

CREATE TABLE linlearn_models (
	name text COLLATE "C" NOT NULL,
	version integer NOT NULL CHECK (version > 0),
	model bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	created_by name NOT NULL DEFAULT CURRENT_USER,
	description text,
	-- whatever a row is called, this stays: endpoints hold it
	model_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid() UNIQUE,
	-- what people say of it: {"intended use": "...", "data": "...", ...}
	card jsonb CONSTRAINT linlearn_models_card_is_object
		CHECK (pg_catalog.jsonb_typeof(card) OPERATOR(pg_catalog.=) 'object'),
	PRIMARY KEY (name, version)
);
-- a model's bytes do not compress
ALTER TABLE linlearn_models ALTER COLUMN model SET STORAGE EXTERNAL;
-- Rows from before this rule may break it: they stay.
ALTER TABLE linlearn_models ADD CONSTRAINT linlearn_models_is_model
	CHECK (linlearn_is_model(model)) NOT VALID;
SELECT pg_catalog.pg_extension_config_dump('linlearn_models', '');
-- The first line is for PostGraphile, whose name for a row is else the function's.
COMMENT ON TABLE linlearn_models IS
	E'@name linlearn_saved_models\nSaved models, as linlearn_train and linlearn_tune return them';

CREATE TABLE linlearn_versions (
	name text COLLATE "C" PRIMARY KEY,
	last_version integer NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_versions', '');
COMMENT ON TABLE linlearn_versions IS
	'The largest version that each name of a saved model ever had: none is given out twice. Kept by triggers';

CREATE FUNCTION linlearn_keep_version() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_keep_version' LANGUAGE C;
COMMENT ON FUNCTION linlearn_keep_version() IS
	'Trigger: a row for a name that has one raises that one''s number';

CREATE TRIGGER linlearn_keep_version
BEFORE INSERT ON linlearn_versions
FOR EACH ROW EXECUTE FUNCTION linlearn_keep_version();

CREATE FUNCTION linlearn_number_model() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_number_model' LANGUAGE C;
COMMENT ON FUNCTION linlearn_number_model() IS
	'Trigger: a model without a version gets the next one of its name; only the owner puts in another one, or an identity';

CREATE TRIGGER linlearn_number_model
BEFORE INSERT OR UPDATE OF name, version, model_id ON linlearn_models
FOR EACH ROW EXECUTE FUNCTION linlearn_number_model();

-- also for rows that replication brings
ALTER TABLE linlearn_versions ENABLE ALWAYS TRIGGER linlearn_keep_version;
ALTER TABLE linlearn_models ENABLE ALWAYS TRIGGER linlearn_number_model;

CREATE TABLE linlearn_evaluations (
	model text COLLATE "C" NOT NULL,
	version integer NOT NULL,
	dataset text COLLATE "C" NOT NULL,
	query text NOT NULL,
	metrics jsonb NOT NULL,
	confusion jsonb,
	evaluated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	evaluated_by name NOT NULL DEFAULT CURRENT_USER,
	-- no foreign key to linlearn_models but triggers: a dump may have the
	-- evaluations first
	PRIMARY KEY (model, version, dataset)
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_evaluations', '');
COMMENT ON TABLE linlearn_evaluations IS
	'The latest evaluation of each saved model on each dataset';

CREATE FUNCTION linlearn_check_evaluation() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_check_evaluation' LANGUAGE C;
COMMENT ON FUNCTION linlearn_check_evaluation() IS
	'Trigger: an evaluation is of a model that is there; only the owner puts in others, as dumps are restored in any order';

CREATE FUNCTION linlearn_follow_model() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_follow_model' LANGUAGE C;
COMMENT ON FUNCTION linlearn_follow_model() IS
	'Trigger: the evaluations of a model go with it, and follow it to another name or version';

CREATE FUNCTION linlearn_forget_models() RETURNS trigger
AS 'MODULE_PATHNAME', 'linlearn_forget_models' LANGUAGE C;
COMMENT ON FUNCTION linlearn_forget_models() IS
	'Trigger: all evaluations go with all models';

CREATE TRIGGER linlearn_check_evaluation
AFTER INSERT OR UPDATE ON linlearn_evaluations
FOR EACH ROW EXECUTE FUNCTION linlearn_check_evaluation();

CREATE TRIGGER linlearn_follow_model
AFTER UPDATE OR DELETE ON linlearn_models
FOR EACH ROW EXECUTE FUNCTION linlearn_follow_model();

CREATE TRIGGER linlearn_forget_models
AFTER TRUNCATE ON linlearn_models
FOR EACH STATEMENT EXECUTE FUNCTION linlearn_forget_models();

-- also for rows that replication brings
ALTER TABLE linlearn_evaluations ENABLE ALWAYS TRIGGER linlearn_check_evaluation;
ALTER TABLE linlearn_models ENABLE ALWAYS TRIGGER linlearn_follow_model;
ALTER TABLE linlearn_models ENABLE ALWAYS TRIGGER linlearn_forget_models;

CREATE FUNCTION linlearn_save_model(name text, model bytea,
	description text DEFAULT NULL)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_save_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_save_model(text, bytea, text) IS
	'Saves a model as the next version of a name, from 1, and returns it; no version is given out twice; an error for bytes that are no model';

CREATE FUNCTION linlearn_save_model(name text, model bytea, description text,
	card jsonb)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_save_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_save_model(text, bytea, text, jsonb) IS
	'The same with a model card: an object of what people should know of the model, as {"intended use": "...", "data": "...", "period": "...", "owner": "...", "limits": "..."}, which linlearn_report shows; in the column card of linlearn_models it may be changed later';

CREATE FUNCTION linlearn_model(name text, version integer DEFAULT NULL)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_model'
LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_model(text, integer) IS
	'The bytes of a saved model: a version, or the latest; fetched once an execution of a statement, unless policies say who sees which models';

CREATE FUNCTION linlearn_delete_model(name text, version integer DEFAULT NULL)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_delete_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_delete_model(text, integer) IS
	'Deletes a version of a saved model, or all, with their evaluations; returns how many versions went';

CREATE FUNCTION linlearn_evaluate(model_name text, query text,
	dataset text DEFAULT 'test', version integer DEFAULT NULL,
	label text DEFAULT NULL)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_evaluate'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_evaluate(text, text, text, integer, text) IS
	'Predicts the rows of a query (features, label [, weight]), returns the metrics and keeps them in linlearn_evaluations under the dataset''s name; version: the latest. label names the query''s column that is the label, or is an expression of SQL over its columns, as in linlearn_fit: then features are the row itself for a model of a table''s rows (''SELECT * FROM customers'', label => ''churn''), else the one other column';

CREATE VIEW linlearn_confusion_matrix AS
SELECT e.model, e.version, e.dataset, r.actual, r.predicted, r.count
FROM linlearn_evaluations e, linlearn_confusion_rows(e.confusion) r;
COMMENT ON VIEW linlearn_confusion_matrix IS
	'Counts of actual and predicted labels of every evaluated classifier';

CREATE VIEW linlearn_model_catalog AS
SELECT m.name, m.version, m.created_at, m.created_by, m.description,
	i.predictor_type, i.loss, i.feature_dim, i.feature_format, i.label_type,
	i.num_classes, i.labels, i.threshold, i.calibration,
	(i."rows" OPERATOR(pg_catalog.->>) 'train'::pg_catalog.text)::pg_catalog.int8
		AS train_rows,
	(i."rows" OPERATOR(pg_catalog.->>) 'validation'::pg_catalog.text)::pg_catalog.int8
		AS validation_rows,
	i.fingerprint, i.hyperparameters, i.metrics, i.models, i.model_bytes,
	i.problem
FROM linlearn_models m,
	-- OFFSET 0: each model is read once, not once a column
	LATERAL (SELECT linlearn_checked_model_info(m.model) OFFSET 0) AS c (info),
	LATERAL pg_catalog.jsonb_to_record(c.info) AS i (
		predictor_type pg_catalog.text, loss pg_catalog.text,
		feature_dim pg_catalog.int4, feature_format pg_catalog.text,
		label_type pg_catalog.text, num_classes pg_catalog.int4,
		labels pg_catalog.jsonb, threshold pg_catalog.float8,
		calibration pg_catalog.text, "rows" pg_catalog.jsonb,
		fingerprint pg_catalog.text, hyperparameters pg_catalog.jsonb,
		metrics pg_catalog.jsonb, models pg_catalog.int4,
		model_bytes pg_catalog.int8, problem pg_catalog.text);
COMMENT ON VIEW linlearn_model_catalog IS
	'What linlearn_model_info says of every saved model, as columns; of a row that is no model they are NULL, and problem says why';

-- the views read with the rights of who asks, where PostgreSQL can (15)
DO $$
BEGIN
	IF pg_catalog.current_setting('server_version_num')::integer >= 150000 THEN
		ALTER VIEW @extschema@.linlearn_confusion_matrix SET (security_invoker = true);
		ALTER VIEW @extschema@.linlearn_model_catalog SET (security_invoker = true);
	END IF;
END
$$;

CREATE FUNCTION linlearn_compare(name text, first_version integer,
	second_version integer)
RETURNS TABLE (source text, metric text, first_value float8,
	second_value float8, difference float8)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
SET search_path = pg_catalog, pg_temp AS $$
	WITH figures AS (
		SELECT m.version, 'training'::text AS source, f.key AS metric,
			f.value::text::float8 AS value
		FROM @extschema@.linlearn_models m,
			jsonb_each(@extschema@.linlearn_model_info(m.model)->'metrics') f
		WHERE m.name = linlearn_compare.name
			AND m.version IN (first_version, second_version)
			AND jsonb_typeof(f.value) = 'number'
		UNION ALL
		SELECT e.version, e.dataset, f.key, f.value::text::float8
		FROM @extschema@.linlearn_evaluations e, jsonb_each(e.metrics) f
		WHERE e.model = linlearn_compare.name
			AND e.version IN (first_version, second_version)
			AND jsonb_typeof(f.value) = 'number'
	)
	SELECT source, metric, a.value, b.value, b.value - a.value
	FROM (SELECT * FROM figures WHERE version = first_version) a
	FULL JOIN (SELECT * FROM figures WHERE version = second_version) b
		USING (source, metric)
	ORDER BY source <> 'training', source, metric
$$;
COMMENT ON FUNCTION linlearn_compare(text, integer, integer) IS
	'Figures of two versions of a saved model side by side: those of training, and those of each dataset they were evaluated on; difference is second minus first';

CREATE FUNCTION linlearn_fit(name text, query text, label text,
	key text DEFAULT NULL, options jsonb DEFAULT '{}',
	description text DEFAULT NULL, train float8 DEFAULT 0.6,
	validation float8 DEFAULT 0.2, seed bigint DEFAULT 0, card jsonb DEFAULT NULL,
	OUT version integer, OUT train_rows bigint, OUT validation_rows bigint,
	OUT test_rows bigint, OUT skipped_rows bigint, OUT metrics jsonb,
	OUT seconds float8)
RETURNS record AS 'MODULE_PATHNAME', 'linlearn_fit'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION linlearn_fit(text, text, text, text, jsonb, text, float8, float8, bigint, jsonb) IS
	'From a query to a saved model: splits the query''s rows by linlearn_split(key, train, validation, seed), without a key by a hash of the whole row; trains on the parts train and validation with these options of linlearn_train, each column a feature but those that label and key read and those of "exclude"; saves the model as the next version of the name, evaluates it on the part test and keeps the metrics in linlearn_evaluations under the dataset ''test''. label and key are names of columns, or expressions of SQL over them: churn = ''Yes''. card is kept with the model, as linlearn_save_model has it. metrics is NULL where no row is for the test';
