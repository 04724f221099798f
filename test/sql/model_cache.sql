SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
-- A call site keeps several models: rows come in any order, one model a group.
CREATE TABLE cache_rows AS
SELECT i AS id, i % 300 AS g, ARRAY[i % 7, i % 11, i % 5]::float8[] AS x, (i * 37 % 100) + (i % 300) * (i % 7) AS y
FROM generate_series(1, 9000) i;
CREATE TABLE cache_models AS
SELECT g, linlearn_train(x, y, '{"predictor_type": "regressor"}') AS model FROM cache_rows GROUP BY g;
-- More models than are kept, and hardly room for any
CREATE FUNCTION sums(ordered text, mem text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE total numeric;
BEGIN
  PERFORM set_config('work_mem', mem, true);
  EXECUTE format('SELECT sum(round(linlearn_predict(model, x)::numeric, 6))
    FROM (SELECT * FROM cache_rows JOIN cache_models USING (g) ORDER BY %s) t', ordered) INTO total;
  RETURN total;
END $$;
SELECT count(DISTINCT total) AS all_the_same
FROM (SELECT sums(o, m) AS total FROM unnest(ARRAY['g', 'id', 'id % 20, g', 'id % 270, id']) o, unnest(ARRAY['64kB', '1MB', '64MB']) m) t;
-- A bad model between good ones
SELECT linlearn_predict(CASE WHEN id = 3 THEN '\x00'::bytea ELSE model END, x) IS NOT NULL
FROM cache_rows JOIN cache_models USING (g) WHERE id <= 4 ORDER BY id;
DROP FUNCTION sums;
DROP TABLE cache_rows, cache_models;
