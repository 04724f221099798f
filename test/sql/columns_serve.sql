-- columns_serve: endpoints, requests, evaluations and tunings take rows of a table,
-- by the names of their columns.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
SET linlearn.threads = 1;
SET datestyle = ISO;

CREATE TABLE customers AS
SELECT i AS id, nullif(i % 60, 17) AS tenure, (ARRAY['Month', 'One, year', 'Two "x" year'])[1 + i % 3] AS contract,
       (20 + (i * 7) % 80)::numeric(8, 2) AS monthly, date '2024-01-01' + i % 500 AS signup, i % 4 = 0 AS paper,
       ARRAY['a', 'b' || i % 3] AS tags,
       CASE WHEN (i * 7919) % 100 < 40 - i % 60 + 20 * (i % 3) THEN 'Yes' ELSE 'No' END AS churn,
       CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS channel
FROM generate_series(1, 400) AS i;
SELECT linlearn_save_model('churn', linlearn_train(c, churn, '{"exclude": ["id", "churn", "channel"], "optimizer": "newton"}'))
FROM customers c;
SELECT linlearn_create_endpoint('churn', 'churn');
CREATE VIEW model AS SELECT model FROM linlearn_models WHERE name = 'churn';
CREATE VIEW asked AS SELECT * FROM customers WHERE id IN (1, 2, 17, 34);

-- ---- By an endpoint's name: a row, a sub-select's, a view's, jsonb ----

SELECT bool_and(linlearn_score('churn', c) = linlearn_score(model, c)) AS score,
       bool_and(linlearn_predict('churn', c) = linlearn_predict(model, c)) AS predict,
       bool_and(linlearn_predict_label('churn', c) = linlearn_predict_label(model, c)) AS label,
       bool_and(linlearn_scores('churn', c) = linlearn_scores(model, c)) AS scores,
       bool_and(linlearn_score('churn', to_jsonb(c)) = linlearn_score(model, c)) AS json_score,
       bool_and(linlearn_score(model, to_jsonb(c)) = linlearn_score(model, c)) AS model_json,
       bool_and(linlearn_predict_label('churn', to_jsonb(c)) = linlearn_predict_label(model, c)) AS json_label
FROM customers c, model;
SELECT count(*) FROM asked a, model WHERE linlearn_score('churn', a) IS DISTINCT FROM linlearn_score(model, a);
SELECT count(*) FROM model, customers c,
       LATERAL (SELECT c.tags, c.paper, c.signup, c.monthly::float4 AS monthly, c.tenure::bigint AS tenure, c.contract::varchar AS contract) x
WHERE linlearn_score('churn', x) IS DISTINCT FROM linlearn_score(model, c);
-- A row that is NULL, as an outer join has it, gives NULL; one of NULLs does not.
SELECT i, linlearn_score('churn', c) IS NULL AS by_name, linlearn_score(model, c) IS NULL AS by_bytes
FROM model, generate_series(399, 402) AS i LEFT JOIN customers c ON c.id = i ORDER BY i;
SELECT linlearn_score('churn', NULL::customers), linlearn_score('churn', NULL::jsonb);
SELECT linlearn_score('churn', jsonb_populate_record(NULL::customers, '{"id": 1}')) IS NULL AS no;

SELECT linlearn_score('churn', '{"tenure": 3, "contract": "Two year"}'::jsonb);
SELECT linlearn_score('churn', '{"tenure": "x", "contract": "Month", "monthly": 1, "signup": null, "paper": null, "tags": null}'::jsonb);
SELECT linlearn_score('churn', ROW(3, 'Two year'));
SELECT linlearn_score('churn', x) FROM (SELECT 3 AS tenor, 'Two year' AS contract) x;
SELECT linlearn_score('churn', ARRAY[1, 2]);
SELECT linlearn_score('churn', 1);
SELECT linlearn_save_model('array', linlearn_train(ARRAY[id, tenure], churn)) FROM customers WHERE tenure IS NOT NULL;
SELECT linlearn_create_endpoint('array', 'array');
SELECT linlearn_score('array', c) FROM customers c;
SELECT linlearn_score('array', to_jsonb(c)) FROM customers c;

-- ---- Explanations by an endpoint's name ----

SELECT count(*) AS lines, count(*) FILTER (WHERE e IS DISTINCT FROM f) AS other
FROM model, asked a, linlearn_explain('churn', a) WITH ORDINALITY AS e FULL JOIN linlearn_explain(model, a) WITH ORDINALITY AS f USING (ordinality);
SELECT e.term, e.level, round(e.contribution::numeric, 3) AS contribution FROM asked a, linlearn_explain('churn', to_jsonb(a), true) AS e WHERE id = 1;
SELECT e.term, e.value FROM linlearn_explain('array', ARRAY[1, 2]) AS e;
SELECT e.term, e.value FROM linlearn_explain('array', ARRAY[1, 2], NULL) AS e;
SELECT linlearn_explain('array', ARRAY[1, 2, 3]);
SELECT linlearn_explain('nix', ARRAY[1, 2]);
SELECT count(*) FROM customers c, linlearn_explain('array', c);
-- the name of a model beside that of a term
SELECT name, term FROM linlearn_models, linlearn_weights(model) WHERE name = 'array' ORDER BY feature NULLS FIRST;
-- it shows weights and means: who may only predict gets none
\set SHOW_CONTEXT never
CREATE ROLE regress_explain;
GRANT SELECT ON linlearn_endpoints TO regress_explain;
PREPARE explained AS SELECT count(*) FROM linlearn_explain('array', ARRAY[1, 2]);
EXECUTE explained;
SET ROLE regress_explain;
SELECT linlearn_predict_label('array', ARRAY[1, 2]);
EXECUTE explained;
RESET ROLE;
GRANT SELECT (name, version, model_id) ON linlearn_models TO regress_explain;
SET ROLE regress_explain;
EXECUTE explained;
RESET ROLE;
GRANT SELECT ON linlearn_models TO regress_explain;
SET ROLE regress_explain;
EXECUTE explained;
RESET ROLE;
ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
SET ROLE regress_explain;
EXECUTE explained;
SELECT linlearn_predict_label('array', ARRAY[1, 2]);
RESET ROLE;
ALTER TABLE linlearn_models DISABLE ROW LEVEL SECURITY;
SET ROLE regress_explain;
EXECUTE explained;
RESET ROLE;
DEALLOCATE explained;
REVOKE ALL ON linlearn_endpoints, linlearn_models FROM regress_explain;
DROP ROLE regress_explain;
\set SHOW_CONTEXT errors

-- ---- Triggers, generated columns, plpgsql, partitions ----

CREATE TABLE scored (LIKE customers);
ALTER TABLE scored ADD score float8;
CREATE FUNCTION score() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.score := linlearn_score('churn', NEW); RETURN NEW; END $$;
CREATE TRIGGER score BEFORE INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION score();
INSERT INTO scored SELECT * FROM customers;
SELECT count(*) FROM scored s JOIN customers c USING (id), model WHERE s.score IS DISTINCT FROM linlearn_score(model, c);
-- A column that goes, comes or moves does not matter, one that is missing does.
ALTER TABLE scored DROP id, ADD colour text;
UPDATE scored SET colour = 'red';
ALTER TABLE scored RENAME tenure TO months;
UPDATE scored SET colour = 'blue';
ALTER TABLE scored RENAME months TO tenure;
UPDATE scored SET tenure = tenure;
SELECT count(*) FROM scored s, model WHERE s.score IS DISTINCT FROM linlearn_score(model, s);

CREATE TYPE churn_row AS (tenure integer, contract text, monthly numeric, signup date, paper boolean, tags text[]);
DO $$
BEGIN
    EXECUTE format('CREATE TABLE generated (LIKE customers, score float8 GENERATED ALWAYS AS (linlearn_score(%L::bytea,
        ROW(tenure, contract, monthly, signup, paper, tags)::churn_row)) STORED)', (SELECT model FROM model));
END $$;
INSERT INTO generated SELECT * FROM customers;
UPDATE generated SET tenure = 59 WHERE id = 1;
SELECT count(*) FROM generated g, model WHERE g.score IS DISTINCT FROM linlearn_score(model, g);

CREATE FUNCTION mean_score(threshold integer) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE r record; c customers; total float8 := 0; n integer := 0;
BEGIN
    FOR r IN SELECT contract, tenure, monthly, signup, tags, paper FROM customers WHERE id < threshold LOOP
        total := total + linlearn_score('churn', r); n := n + 1;
    END LOOP;
    FOR r IN SELECT tags, paper, contract, signup, id AS tenure, monthly FROM customers WHERE id < threshold LOOP
        total := total + linlearn_score('churn', r); n := n + 1;
    END LOOP;
    FOR c IN SELECT * FROM customers WHERE id < threshold LOOP
        total := total + linlearn_score('churn', c); n := n + 1;
    END LOOP;
    RETURN total / n;
END $$;
SELECT abs(mean_score(50) - (SELECT avg(s) FROM customers c, model, LATERAL (SELECT tags, paper, contract, signup, id AS tenure, c.monthly) x,
           LATERAL (VALUES (linlearn_score(model, c)), (linlearn_score(model, c)), (linlearn_score(model, x))) v (s) WHERE id < 50)) < 1e-12 AS same;

CREATE TABLE parts (LIKE customers) PARTITION BY RANGE (id);
CREATE TABLE low (churn text, tags text[], paper boolean, signup date, channel text, monthly numeric(8, 2), contract text, tenure integer, id integer);
ALTER TABLE parts ATTACH PARTITION low FOR VALUES FROM (0) TO (200);
CREATE TABLE high PARTITION OF parts FOR VALUES FROM (200) TO (1000);
INSERT INTO parts SELECT * FROM customers;
SELECT count(*) FROM parts p JOIN customers c USING (id), model WHERE linlearn_score('churn', p) IS DISTINCT FROM linlearn_score(model, c);
SELECT count(*) FROM low p JOIN customers c USING (id), model WHERE linlearn_score('churn', p) IS DISTINCT FROM linlearn_score(model, c);

-- ---- Prepared statements, and tables that are altered between ----

CREATE TABLE altered AS SELECT * FROM customers WHERE id <= 3;
PREPARE by_name AS SELECT sum(linlearn_score('churn', a)) = (SELECT sum(linlearn_score(model, c)) FROM customers c, model WHERE id <= 3) AS same FROM altered a;
PREPARE by_bytes AS SELECT sum(linlearn_score(model, a)) = (SELECT sum(linlearn_score(model, c)) FROM customers c, model WHERE id <= 3) AS same FROM altered a, model;
EXECUTE by_name;
EXECUTE by_bytes;
ALTER TABLE altered ADD extra integer DEFAULT 7;
EXECUTE by_name;
EXECUTE by_bytes;
ALTER TABLE altered RENAME contract TO plan;
EXECUTE by_name;
EXECUTE by_bytes;
ALTER TABLE altered RENAME plan TO contract;
ALTER TABLE altered DROP id;
EXECUTE by_name;
EXECUTE by_bytes;
ALTER TABLE altered ALTER monthly TYPE float8;
EXECUTE by_name;
EXECUTE by_bytes;
ALTER TABLE altered ALTER monthly TYPE text;
EXECUTE by_name;
ALTER TABLE altered DROP monthly;
EXECUTE by_bytes;

-- ---- Requests ----

CREATE FUNCTION scores_of(answer text) RETURNS float8[] LANGUAGE sql AS
$$ SELECT array_agg((p ->> 'score')::float8 ORDER BY n) FROM jsonb_array_elements(answer::jsonb -> 'predictions') WITH ORDINALITY AS a (p, n) $$;
SELECT form, scores_of(linlearn_invoke_endpoint('churn', body, type)) = (SELECT array_agg(linlearn_score(model, a) ORDER BY id) FROM asked a, model) AS same,
       convert_from(linlearn_invoke_endpoint('churn', convert_to(body, 'UTF8'), type), 'UTF8') = linlearn_invoke_endpoint('churn', body, type) AS bytes
FROM (SELECT 'features' AS form, 'application/json' AS type,
             jsonb_build_object('instances', jsonb_agg(jsonb_build_object('features', to_jsonb(a)) ORDER BY id))::text AS body FROM asked a
      UNION ALL
      SELECT 'rows', 'application/json', jsonb_build_object('instances', jsonb_agg(to_jsonb(a) ORDER BY id))::text FROM asked a
      UNION ALL
      SELECT 'data', 'application/json', jsonb_build_object('more', 1, 'instances', jsonb_agg(jsonb_build_object('data',
             jsonb_build_object('features', to_jsonb(a))) ORDER BY id))::text FROM asked a
      UNION ALL
      SELECT 'arrays', 'application/json', jsonb_build_object('instances', jsonb_agg(jsonb_build_object('features',
             jsonb_build_array(contract, monthly, paper, signup, tags, tenure)) ORDER BY id))::text FROM asked a
      UNION ALL
      SELECT 'values', 'application/json', jsonb_build_object('instances', jsonb_agg(jsonb_build_object('features', jsonb_build_object('values',
             jsonb_build_array(contract, monthly, paper, signup, tags, tenure))) ORDER BY id))::text FROM asked a
      UNION ALL
      SELECT 'lines', 'application/jsonlines', string_agg(to_jsonb(a)::text, E'\n' ORDER BY id) FROM asked a
      UNION ALL
      SELECT 'csv', 'text/csv', 'contract,tags,id,tenure,paper,monthly,signup' || E'\n' || string_agg(concat_ws(',',
             '"' || replace(contract, '"', '""') || '"', '"' || tags::text || '"', id, coalesce(tenure::text, ''), paper, monthly, signup), E'\r\n' ORDER BY id) FROM asked a
      UNION ALL
      SELECT 'csv, no header', 'text/csv', string_agg(concat_ws(',', '"' || replace(contract, '"', '""') || '"', monthly, paper, signup,
             '"' || replace(to_jsonb(tags)::text, '"', '""') || '"', coalesce(tenure::text, '')), E'\n' ORDER BY id) FROM asked a) AS request;
SELECT count(*), bool_and((line::jsonb ->> 'score')::float8 = score AND line::jsonb ->> 'predicted_label' = label) AS same
FROM (SELECT linlearn_invoke_endpoint('churn', string_agg(to_jsonb(a)::text, E'\n\n' ORDER BY id), 'application/jsonlines', 'application/jsonlines') AS lines,
             array_agg(linlearn_score('churn', a) ORDER BY id) AS scores, array_agg(linlearn_predict_label('churn', a) ORDER BY id) AS labels FROM asked a) t,
     unnest(regexp_split_to_array(rtrim(lines, E'\n'), E'\n'), scores, labels) AS u (line, score, label);
-- a document that is one row
SELECT scores_of(linlearn_invoke_endpoint('churn', to_jsonb(a)::text, 'application/json')) = ARRAY[linlearn_score('churn', a)] AS same FROM asked a WHERE id = 17;
-- an empty field is NULL; a quoted one an empty text where there are texts
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n,,,,,\n"","","","","",""\n 1 ,x,{a}, 2024-02-03 ,t, 12.3 \n')
     = linlearn_invoke_endpoint('churn', '{"instances": [{"tenure": null, "contract": null, "tags": null, "signup": null, "paper": null, "monthly": null},
         {"tenure": null, "contract": "", "tags": null, "signup": null, "paper": null, "monthly": null},
         {"tenure": 1, "contract": "x", "tags": ["a"], "signup": "2024-02-03", "paper": true, "monthly": 12.3}]}', 'application/json') AS same;
-- what no row says is nothing
SELECT linlearn_invoke_endpoint('churn', ''), linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n'),
       linlearn_invoke_endpoint('churn', '{"instances": []}', 'application/json'), linlearn_invoke_endpoint('churn', '', 'application/jsonlines');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract\n1,2');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,contract,tags,signup,paper,monthly\n');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,2');
SELECT linlearn_invoke_endpoint('churn', E'1,2', 'text/csv');
SELECT linlearn_invoke_endpoint('churn', E'1,2', 'text/csv; header=present');
SELECT linlearn_invoke_endpoint('churn', E'1,2', 'text/csv; header=maybe');
SELECT linlearn_invoke_endpoint('churn', E'tenure,1,t,2024-02-03,{a},3', 'text/csv');
SELECT linlearn_invoke_endpoint('churn', E'tenure,1,t,2024-02-03,{a},3', 'text/csv; header=absent') IS NOT NULL AS answered;
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,{a},2024-02-03,t,1\nx,x,{a},2024-02-03,t,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,{a},2024-02-33,t,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,{a},2024-02-03,maybe,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,a,2024-02-03,t,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,"{{a},{b}}",2024-02-03,t,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\nNaN,x,{a},2024-02-03,t,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,"{a}"b,2024-02-03,t,1');
SELECT linlearn_invoke_endpoint('churn', E'tenure,contract,tags,signup,paper,monthly\n1,x,"{a},2024-02-03,t,1');
SELECT linlearn_invoke_endpoint('churn', '{"instances": [{"features": [1, 2]}]}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"instances": [{"features": {"keys": [1], "shape": [6], "values": [1]}}]}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"instances": [{"features": {"tenure": 2}}]}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"instances": [{"features": 3}]}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"instances": [3]}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"instances": [{}]', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '[]', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"tenure": "\u0000"}', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '{"a": 1} x', 'application/json');
SELECT linlearn_invoke_endpoint('churn', '\x7b00'::bytea, 'application/json');
SELECT linlearn_invoke_endpoint('churn', linlearn_to_recordio(ARRAY[1, 2, 3]), 'application/x-recordio-protobuf');
SELECT linlearn_invoke_endpoint('array', E'tenure,contract\n1,2', 'text/csv; header=present');

-- a model of numbers alone takes recordIO, in the order of its columns
SELECT linlearn_save_model('numbers', linlearn_train(x, churn)) FROM customers c, LATERAL (SELECT c.tenure, c.monthly WHERE c.tenure IS NOT NULL) x;
SELECT linlearn_create_endpoint('numbers', 'numbers');
SELECT scores_of(convert_from(linlearn_invoke_endpoint('numbers', (SELECT linlearn_to_recordio(ARRAY[monthly, tenure]::float8[] ORDER BY id) FROM customers WHERE id < 5),
           'application/x-recordio-protobuf', 'application/json'), 'UTF8'))
     = (SELECT array_agg(linlearn_score('numbers', c) ORDER BY id) FROM customers c WHERE id < 5) AS same;
SELECT linlearn_invoke_endpoint('numbers', linlearn_to_recordio(ARRAY[1, 2, 3]), 'application/x-recordio-protobuf');

-- columns that are called like a request's members
SELECT linlearn_save_model('members', linlearn_train(x, churn, '{"optimizer": "newton"}')) FROM customers c,
       LATERAL (SELECT c.tenure AS features, c.monthly AS "values", c.id % 5 AS instances, c.id % 9 AS data) x;
SELECT linlearn_create_endpoint('members', 'members');
SELECT scores_of(linlearn_invoke_endpoint('members', to_jsonb(x)::text, 'application/json')) = ARRAY[linlearn_score('members', x)] AS document,
       linlearn_invoke_endpoint('members', to_jsonb(x)::text, 'application/jsonlines', 'application/jsonlines')::jsonb -> 'score' = to_jsonb(linlearn_score('members', x)) AS lines
FROM (SELECT 3 AS features, 30 AS "values", 2 AS instances, 4 AS data) x;

-- keys of a jsonb column
SELECT linlearn_save_model('keys', linlearn_train(x, churn, '{"optimizer": "newton"}')) FROM customers c,
       LATERAL (SELECT c.tenure, jsonb_build_object('contract', c.contract, 'monthly', c.monthly) AS more) x;
SELECT linlearn_create_endpoint('keys', 'keys');
SELECT linlearn_invoke_endpoint('keys', '{"tenure": 3, "more": {"contract": "Month", "monthly": 30}}', 'application/json')
     = linlearn_invoke_endpoint('keys', E'more.monthly,tenure,more.contract\n30,3,Month') AS same,
       scores_of(linlearn_invoke_endpoint('keys', E'more.monthly,tenure,more.contract\n30,3,Month'))
     = ARRAY[linlearn_score('keys', '{"tenure": 3, "more": {"contract": "Month", "monthly": 30}}'::jsonb)] AS scored;

-- texts of types that JSON and CSV do not have
CREATE TABLE odd_types AS SELECT i, i % 3 = 0 AS y, set_byte('\x0000', 0, i % 200) AS b, linlearn_sparse(ARRAY[i % 4], ARRAY[i / 9.0]::real[], 5) AS sp,
       to_tsvector('simple', 'w' || i % 5 || ' v' || i % 3) AS w, (i % 7) * interval '1 day 01:00' AS iv FROM generate_series(1, 200) AS i;
SELECT linlearn_save_model('odd', linlearn_train(t, y, '{"exclude": ["i", "y"]}')) FROM odd_types AS t;
SELECT linlearn_create_endpoint('odd', 'odd');
SELECT content_type, count(*), count(*) FILTER (WHERE abs((linlearn_invoke_endpoint('odd', body, content_type)::jsonb #>> '{predictions,0,score}')::float8 - linlearn_score('odd', t)) < 1e-6) AS same
FROM odd_types AS t, LATERAL (VALUES ('application/json', to_json(t)::text), ('application/jsonlines', to_json(t)::text),
    ('text/csv', E'b,sp,w,iv\n' || b::text || ',"' || sp || '","' || w || '",' || iv || E'\n'), ('text/csv; header=absent', b::text || ',' || iv || ',"' || sp || '","' || w || '"')) AS r (content_type, body)
GROUP BY content_type ORDER BY content_type COLLATE "C";
SELECT linlearn_invoke_endpoint('odd', E'b,sp,w,iv\nAAE=,"{1:1}/5",w,1', 'text/csv');
SELECT linlearn_invoke_endpoint('odd', E'b,sp,w,iv\n\\x0000,"{1:1}/4",w,1', 'text/csv');
SELECT linlearn_invoke_endpoint('odd', E'b,sp,w,iv\n\\x0000,"{1:1}/5",w,soon', 'text/csv');
DROP TABLE odd_types;

-- ---- Evaluations ----

SELECT e ->> 'accuracy' = linlearn_model_info(model) #>> '{metrics,train:binary_classification_accuracy}' AS accuracy,
       abs((e ->> 'roc_auc')::float8 - (linlearn_model_info(model) #>> '{metrics,train:roc_auc_score}')::float8) < 1e-12 AS roc_auc
FROM model, linlearn_evaluate('churn', 'SELECT c, churn FROM customers c', 'train') AS e;
SELECT linlearn_evaluate('churn', 'SELECT to_jsonb(c), churn FROM customers c', 'json') = linlearn_evaluate('churn', 'SELECT c, churn FROM customers c', 'rows') AS json,
       linlearn_evaluate('churn', 'SELECT x, churn FROM (SELECT tags, tenure, contract, monthly, signup, paper, churn FROM customers) x;', 'x')
     = linlearn_evaluate('churn', 'SELECT c, churn FROM customers c', 'rows') AS other_order,
       (linlearn_evaluate('churn', 'SELECT c, churn, id % 2 FROM customers c', 'weighted') ->> 'rows')::float8 AS weighted;
SELECT linlearn_evaluate('churn', 'SELECT * FROM customers');
SELECT linlearn_evaluate('churn', 'SELECT id, churn FROM customers');
SELECT linlearn_report('churn', NULL, 'SELECT * FROM customers');
SELECT linlearn_report('churn', NULL, 'SELECT churn FROM customers');
SELECT linlearn_report('churn', NULL, '');
-- NULL is said of a column that moved a mistake, too
CREATE TABLE holes AS SELECT i AS id, CASE WHEN i % 3 > 0 THEN sin(i) END AS wave, CASE WHEN i % 4 > 0 THEN 'level ' || i % 2 END AS level, (i % 3 = 0 OR i % 4 = 0) <> (i % 11 = 0) AS hit FROM generate_series(1, 330) i;
SELECT linlearn_save_model('holes', linlearn_train(h, hit, '{"exclude": ["id", "hit"]}')) AS version FROM holes h;
SELECT regexp_replace(m[1], '[-+]?[0-9.]+', 'n', 'g') AS moved, count(*) > 0 AS there FROM regexp_matches(linlearn_report('holes', NULL, 'SELECT h, hit FROM holes h WHERE id % 11 = 0'), 'moved most by ([^<]*)', 'g') AS m GROUP BY 1 ORDER BY 1;
DROP TABLE holes;
-- what is rounding alone is 0
CREATE TABLE nothing AS SELECT ARRAY[sin(i), cos(i)] AS x, (i * 7919 % 13)::float8 / 3 AS y FROM generate_series(1, 130) i;
SELECT linlearn_save_model('nothing', linlearn_train(x, y, '{"predictor_type": "regressor"}')) AS version FROM nothing;
SELECT abs((linlearn_evaluate('nothing', 'SELECT x, y FROM nothing') ->> 'bias')::float8) < 1e-9 AS rounding, linlearn_report('nothing', NULL, 'SELECT x, y FROM nothing') ~ '<dt>bias</dt><dd>0.0000</dd>' AS shown;
DROP TABLE nothing;
-- rows as JSON in a text, whose mistakes show their columns as rows do
SELECT (SELECT array_agg(m[1]) FROM regexp_matches(linlearn_report('churn', NULL, 'SELECT to_jsonb(c)::text, churn FROM customers c'), '<li>(.*?)</li>', 'g') AS m)
    = (SELECT array_agg(m[1]) FROM regexp_matches(linlearn_report('churn', NULL, 'SELECT to_jsonb(c), churn FROM customers c'), '<li>(.*?)</li>', 'g') AS m) AS same_mistakes;
SELECT linlearn_evaluate('churn', 'SELECT ROW(tenure, contract), churn FROM customers');
-- label => a column of the query, or an expression over its columns, as in linlearn_fit
SELECT linlearn_evaluate('churn', 'SELECT * FROM customers;', 'all', label => 'churn') = linlearn_evaluate('churn', 'SELECT c, churn FROM customers c', 'rows') AS same;
SELECT query, linlearn_evaluate('churn', query, 'again') = metrics AS again FROM linlearn_evaluations WHERE dataset = 'all';
SELECT linlearn_evaluate('churn', 'SELECT *, churn AS "La""bel", 1 AS t FROM customers', label => 'La"bel') = linlearn_evaluate('churn', 'SELECT c, churn FROM customers c', 'rows') AS quoted,
       linlearn_evaluate('churn', 'SELECT *, churn = ''Yes'' AS left_us FROM customers', label => 'CASE WHEN left_us THEN ''Yes'' ELSE ''No'' END') = linlearn_evaluate('churn', 'SELECT c, churn FROM customers c', 'rows') AS expression,
       linlearn_evaluate('array', 'SELECT churn, ARRAY[id, tenure] FROM customers WHERE tenure > 0', label => 'churn') = linlearn_evaluate('array', 'SELECT ARRAY[id, tenure], churn FROM customers WHERE tenure > 0') AS arrays;
SELECT linlearn_evaluate('array', 'SELECT * FROM customers', label => 'churn');
SELECT linlearn_evaluate('array', 'SELECT churn FROM customers', label => 'churn');
SELECT linlearn_evaluate('churn', 'SELECT * FROM customers', label => 'churned');
SELECT linlearn_evaluate('churn', 'SELECT * FROM customers', label => 'churn) AS label, (1');
SELECT linlearn_evaluate('churn', 'SELECT * FROM customers', label => 'max(churn)');
SELECT linlearn_evaluate('churn', 'SELECT * FROM customers; DROP TABLE customers', label => 'churn');
SELECT linlearn_evaluate('churn', 'DELETE FROM customers', label => 'churn');
SELECT linlearn_evaluate('churn', 'SELECT tenure, churn FROM customers', label => 'churn');
SELECT linlearn_evaluate('churn', NULL, label => 'churn');
SELECT linlearn_report('churn', 1, 'SELECT * FROM customers;', 'churn') ~ '400 rows, their label <b>churn</b>, of</p><pre>SELECT [*] FROM customers</pre>' AS report,
       linlearn_model_report(model, 'x', 'SELECT * FROM customers', label => 'churn') ~ 'Test rows|400' AS model_report FROM model;
SELECT replace(linlearn_report('churn', 1, 'SELECT * FROM customers', 'churn'), ', their label <b>churn</b>, of</p><pre>SELECT * FROM customers', ' of</p><pre>q')
     = replace(linlearn_report('churn', 1, 'SELECT c, churn FROM customers c'), 'SELECT c, churn FROM customers c', 'q') AS same_report;
SELECT linlearn_report('churn', 1, 'SELECT * FROM customers', 'churned');

-- ---- What takes arrays alone says so ----

SELECT linlearn_to_recordio(c) FROM customers c;
SELECT linlearn_to_recordio(c, churn) FROM customers c;
SELECT linlearn_to_sparse(c) FROM customers c;
SELECT linlearn_show_digit(c) FROM customers c;
SELECT linlearn_digit_svg(c) FROM customers c;

-- ---- Tunings, and trainings that go on from a model ----

CREATE TABLE tuned (name text, model bytea);
INSERT INTO tuned SELECT 'channels', linlearn_tune(c, churn, '{"objective": "validation:objective_loss", "ranges": "auto", "max_jobs": 3, "epochs": 3,
    "exclude": ["id", "churn", "channel"]}', channel) FROM customers c;
INSERT INTO tuned SELECT 'folds', linlearn_tune(c, churn, '{"objective": "validation:objective_loss", "ranges": "auto", "max_jobs": 3, "epochs": 3, "folds": 3,
    "exclude": ["id", "churn", "channel"]}') FROM customers c;
INSERT INTO tuned SELECT 'hyperband', linlearn_tune(c, churn, '{"objective": "validation:objective_loss", "ranges": "auto", "strategy": "Hyperband",
    "max_resource": 4, "max_jobs": 4, "exclude": ["id", "churn", "channel"]}', channel) FROM customers c;
INSERT INTO tuned SELECT 'from ' || m.name, linlearn_tune(c, churn, jsonb_build_object('objective', 'validation:objective_loss', 'ranges', 'auto', 'max_jobs', 2, 'epochs', 3,
    'exclude', ARRAY['id', 'churn', 'channel'], 'warm_start', linlearn_warm_start(m.model)), channel) FROM customers c, tuned m WHERE m.name = 'channels' GROUP BY m.name, m.model;
SELECT name, (SELECT count(*) FROM linlearn_trials(model)) AS trials, count(linlearn_score(model, c)) AS scored FROM tuned, customers c GROUP BY name, model ORDER BY name COLLATE "C";
SELECT linlearn_tune(c, churn, jsonb_build_object('objective', 'validation:objective_loss', 'ranges', 'auto', 'max_jobs', 2, 'epochs', 3,
    'exclude', ARRAY['id', 'churn', 'channel', 'tags'], 'warm_start', linlearn_warm_start(m.model)), channel) FROM customers c, tuned m WHERE m.name = 'channels' GROUP BY m.name, m.model;
SELECT paper, linlearn_tune(c, churn, '{"objective": "validation:objective_loss", "ranges": "auto", "max_jobs": 2, "epochs": 3, "folds": 2,
    "exclude": ["id", "churn", "channel", "paper"]}') IS NOT NULL AS tuned FROM customers c GROUP BY paper ORDER BY paper;

-- one model for each group, each going on from its own
CREATE TABLE grouped AS SELECT contract AS "group", linlearn_train(c, churn, '{"exclude": ["id", "churn", "channel", "contract"], "epochs": 3}') AS model FROM customers c GROUP BY contract;
SELECT g."group", count(linlearn_score(n, c)) AS scored
FROM (SELECT c.contract, linlearn_train(c, churn, '{"exclude": ["id", "churn", "channel", "contract"], "epochs": 3}', NULL, 1, g.model) AS n
      FROM customers c JOIN grouped g ON g."group" = c.contract GROUP BY c.contract) t JOIN grouped g ON g."group" = t.contract, customers c
WHERE c.contract = g."group" GROUP BY g."group" ORDER BY g."group" COLLATE "C";
-- options must be those of the model, or not there
CREATE TABLE start AS SELECT linlearn_train(x, churn, '{"epochs": 3, "cross": [["contract", "paper"]], "columns": {"tenure": {"buckets": 4}}}') AS model
FROM customers c, LATERAL (SELECT c.contract, c.tenure, c.paper::text AS paper) x;
CREATE FUNCTION go_on(options jsonb) RETURNS boolean LANGUAGE sql AS
$$ SELECT linlearn_train(x, churn, options || '{"epochs": 3}', NULL, 1, model) IS NOT NULL FROM customers c, start, LATERAL (SELECT c.contract, c.tenure, c.paper::text AS paper, c.monthly) x $$;
SELECT go_on('{}'), go_on('{"cross": [["paper", "contract"]], "columns": {"tenure": {"buckets": 4}}, "exclude": ["monthly"]}'), go_on('{"include": ["paper", "contract", "tenure"]}');
SELECT go_on('{"exclude": ["tenure"]}');
SELECT go_on('{"include": ["paper", "contract"]}');
SELECT go_on('{"include": ["monthly"]}');
SELECT go_on('{"columns": {"tenure": {"buckets": 5}}}');
SELECT go_on('{"columns": {"monthly": {"buckets": 5}}}');
SELECT go_on('{"cross": [["tenure", "paper"]]}');
SELECT linlearn_train(ARRAY[tenure, 1], churn, '{"epochs": 3}', NULL, 1, model) FROM customers, start WHERE tenure IS NOT NULL;
SELECT linlearn_train(c, churn, '{"epochs": 3}', NULL, 1, (SELECT model FROM linlearn_models WHERE name = 'array')) FROM customers c;

DROP TABLE generated;
DROP FUNCTION go_on, scores_of, mean_score;
DROP TABLE start, grouped, tuned, altered, parts, scored;
DROP FUNCTION score();
DROP TYPE churn_row;
DROP VIEW model, asked;
DROP TABLE customers;
SELECT count(linlearn_delete_endpoint(name)) FROM linlearn_endpoints;
SELECT name, linlearn_delete_model(name) FROM linlearn_models ORDER BY name;
