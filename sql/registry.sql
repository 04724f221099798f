
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
	PRIMARY KEY (name, version)
);
-- a model's bytes do not compress
ALTER TABLE linlearn_models ALTER COLUMN model SET STORAGE EXTERNAL;
SELECT pg_catalog.pg_extension_config_dump('linlearn_models', '');
COMMENT ON TABLE linlearn_models IS
	'Saved models, as linlearn_train and linlearn_tune return them';

CREATE TABLE linlearn_evaluations (
	model text COLLATE "C" NOT NULL,
	version integer NOT NULL,
	dataset text COLLATE "C" NOT NULL,
	query text NOT NULL,
	metrics jsonb NOT NULL,
	confusion jsonb,
	evaluated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	evaluated_by name NOT NULL DEFAULT CURRENT_USER,
	PRIMARY KEY (model, version, dataset),
	FOREIGN KEY (model, version) REFERENCES linlearn_models (name, version)
		ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('linlearn_evaluations', '');
COMMENT ON TABLE linlearn_evaluations IS
	'The latest evaluation of each saved model on each dataset';

CREATE FUNCTION linlearn_save_model(name text, model bytea,
	description text DEFAULT NULL)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_save_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_save_model(text, bytea, text) IS
	'Saves a model as the next version of a name, from 1, and returns it; an error for bytes that are no model';

CREATE FUNCTION linlearn_model(name text, version integer DEFAULT NULL)
RETURNS bytea AS 'MODULE_PATHNAME', 'linlearn_model'
LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linlearn_model(text, integer) IS
	'The bytes of a saved model: a version, or the latest; over many rows write (SELECT linlearn_model(...)) to fetch it once';

CREATE FUNCTION linlearn_delete_model(name text, version integer DEFAULT NULL)
RETURNS integer AS 'MODULE_PATHNAME', 'linlearn_delete_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION linlearn_delete_model(text, integer) IS
	'Deletes a version of a saved model, or all, with their evaluations; returns how many versions went';

CREATE FUNCTION linlearn_evaluate(model_name text, query text,
	dataset text DEFAULT 'test', version integer DEFAULT NULL)
RETURNS jsonb AS 'MODULE_PATHNAME', 'linlearn_evaluate'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION linlearn_evaluate(text, text, text, integer) IS
	'Predicts the rows of a query (features, label [, weight]), returns the metrics and keeps them in linlearn_evaluations under the dataset''s name; version: the latest';

CREATE VIEW linlearn_confusion_matrix AS
SELECT e.model, e.version, e.dataset, r.actual, r.predicted, r.count
FROM linlearn_evaluations e, linlearn_confusion_rows(e.confusion) r;
COMMENT ON VIEW linlearn_confusion_matrix IS
	'Counts of actual and predicted labels of every evaluated classifier';

CREATE VIEW linlearn_model_catalog AS
SELECT m.name, m.version, m.created_at, m.created_by, m.description,
	i.info->>'predictor_type' AS predictor_type,
	i.info->>'loss' AS loss,
	(i.info->>'feature_dim')::integer AS feature_dim,
	i.info->>'feature_format' AS feature_format,
	i.info->>'label_type' AS label_type,
	(i.info->>'num_classes')::integer AS num_classes,
	i.info->'labels' AS labels,
	CASE pg_catalog.jsonb_typeof(i.info->'threshold') WHEN 'null' THEN NULL
		ELSE (i.info->>'threshold')::float8 END AS threshold,
	i.info->>'calibration' AS calibration,
	(i.info->'rows'->>'train')::bigint AS train_rows,
	(i.info->'rows'->>'validation')::bigint AS validation_rows,
	i.info->>'fingerprint' AS fingerprint,
	i.info->'hyperparameters' AS hyperparameters,
	i.info->'metrics' AS metrics,
	(i.info->>'models')::integer AS models,
	(i.info->>'model_bytes')::bigint AS model_bytes
FROM linlearn_models m, LATERAL (SELECT linlearn_model_info(m.model)) AS i (info);
COMMENT ON VIEW linlearn_model_catalog IS
	'What linlearn_model_info says of every saved model, as columns';

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
