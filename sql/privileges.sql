-- privileges: parts of aggregates, types and triggers are for nobody to call
--
-- PostgreSQL asks whether an aggregate's owner may execute its parts, and for
-- nobody's right to call a type's functions, a trigger or a validator itself.
-- Citus asks whether the caller may execute an aggregate's parts.  Those with a
-- state that is a value are for all: they take its bytes as hostile, and run in
-- an aggregate only.

DO $$
DECLARE
	part pg_catalog.regprocedure;
BEGIN
	FOR part IN
		WITH member AS (
			SELECT d.objid AS function
			FROM pg_catalog.pg_depend d
			WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
				AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
				AND d.deptype OPERATOR(pg_catalog.=) 'e'
				AND d.refobjid OPERATOR(pg_catalog.=) (SELECT e.oid FROM pg_catalog.pg_extension e
					WHERE e.extname OPERATOR(pg_catalog.=) 'linlearn')
		), part AS (
			SELECT pg_catalog.unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
				a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS function
			FROM pg_catalog.pg_aggregate a
			JOIN member m ON m.function OPERATOR(pg_catalog.=) a.aggfnoid
			WHERE a.aggtranstype OPERATOR(pg_catalog.=) 'pg_catalog.internal'::pg_catalog.regtype
			UNION ALL
			SELECT pg_catalog.unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend])
			FROM pg_catalog.pg_type t
			UNION ALL
			SELECT w.fdwvalidator FROM pg_catalog.pg_foreign_data_wrapper w
			UNION ALL
			SELECT p.oid FROM pg_catalog.pg_proc p
			WHERE p.prorettype OPERATOR(pg_catalog.=) 'pg_catalog.trigger'::pg_catalog.regtype
				OR 'pg_catalog.internal'::pg_catalog.regtype OPERATOR(pg_catalog.=) ANY (p.proargtypes)
		)
		SELECT m.function FROM member m
		WHERE m.function OPERATOR(pg_catalog.=) ANY (SELECT part.function FROM part)
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', part);
	END LOOP;
END
$$;

-- who installed a trusted extension, and does not own its objects, uses and
-- shares its tables, and dumps and restores them
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
	ON linlearn_mnist, linlearn_models, linlearn_evaluations, linlearn_endpoints
	TO @extowner@ WITH GRANT OPTION;
GRANT SELECT, INSERT ON linlearn_versions TO @extowner@ WITH GRANT OPTION;
GRANT SELECT ON linlearn_confusion_matrix, linlearn_model_catalog
	TO @extowner@ WITH GRANT OPTION;
