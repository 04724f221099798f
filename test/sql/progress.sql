-- The view linlearn_progress; test/t watches a running training through it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;

SELECT attname, format_type(atttypid, atttypmod)
FROM pg_attribute
WHERE attrelid = 'linlearn_progress'::regclass AND attnum > 0
ORDER BY attnum;

-- nothing runs but this query, preloaded or not
SELECT count(*) FROM linlearn_progress WHERE pid = pg_backend_pid();

-- everybody may look
CREATE ROLE regress_linlearn_watcher;
SET ROLE regress_linlearn_watcher;
SELECT count(*) FROM linlearn_progress WHERE pid = pg_backend_pid();
RESET ROLE;
DROP ROLE regress_linlearn_watcher;

DROP EXTENSION linlearn;
