-- Progress: what runs now, as pg_stat_progress_vacuum is for VACUUM.

CREATE FUNCTION linlearn_progress_rows(
	OUT pid integer, OUT datid oid, OUT usesysid oid, OUT phase text,
	OUT predictor text, OUT epoch bigint, OUT epochs bigint,
	OUT trial bigint, OUT trials bigint, OUT row_count bigint,
	OUT train_loss float8, OUT validation_loss float8,
	OUT started timestamptz, OUT estimated_end timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'linlearn_progress_rows'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 10 ROWS 10;

COMMENT ON FUNCTION linlearn_progress_rows() IS
'The trainings that run now in any session; the source of view linlearn_progress. All but the process, database and role is NULL to those who are neither of the training''s role nor members of pg_read_all_stats.';

CREATE VIEW linlearn_progress AS
SELECT p.pid, d.datname AS database, r.rolname AS role, p.phase,
	p.predictor, p.epoch, p.epochs, p.trial, p.trials, p.row_count AS "rows",
	p.train_loss, p.validation_loss, p.started, p.estimated_end
FROM linlearn_progress_rows() p
	LEFT JOIN pg_catalog.pg_database d ON d.oid = p.datid
	LEFT JOIN pg_catalog.pg_roles r ON r.oid = p.usesysid;

COMMENT ON VIEW linlearn_progress IS
'The trainings that run now: epoch of epochs, trial of trials, rows gathered, mean losses of the leading candidate''s last epoch, and when the epochs will end at the pace so far (early stopping makes it sooner). Needs linlearn in shared_preload_libraries. Others'' trainings show their detail to members of pg_read_all_stats.';

GRANT SELECT ON linlearn_progress TO PUBLIC;
