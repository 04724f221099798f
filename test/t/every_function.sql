-- Hostile values, and functions that pass them to each function of the extension.
CREATE EXTENSION linlearn;
CREATE ROLE ordinary LOGIN;
CREATE SCHEMA lab;
GRANT ALL ON SCHEMA lab TO ordinary;

CREATE VIEW lab.functions AS
SELECT p.oid, p.oid::regprocedure::text AS signature, p.proname, p.proargtypes::oid[] AS arguments,
	p.prorettype AS result, p.prokind, p.provariadic <> 0 AS variadic
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'linlearn';
GRANT SELECT ON lab.functions TO ordinary;

-- Models of each kind, and what is left of them when bytes are lost or changed.
CREATE TABLE lab.models AS
SELECT linlearn_train(ARRAY[i % 7, i % 5, i % 3]::real[], i % 2, '{"epochs": 2, "predictor_type": "binary_classifier"}') AS model FROM generate_series(1, 60) i
UNION ALL
SELECT linlearn_train(ARRAY[i % 7, i % 5]::float8[], (i % 7)::float8, '{"epochs": 2, "predictor_type": "regressor"}')
FROM generate_series(1, 60) i
UNION ALL
SELECT linlearn_train(ARRAY[i % 7, i % 5, sin(i)]::float8[], (i % 11)::float8, '{"wd": 0, "standard_errors": "HC3", "predictor_type": "regressor"}')
FROM generate_series(1, 60) i
UNION ALL
SELECT linlearn_train(ARRAY[i % 7, i % 5, sin(i)]::float8[], (i % 11)::float8, '{"loss": "quantile_loss", "quantile": [0.1, 0.9], "predictor_type": "regressor"}')
FROM generate_series(1, 60) i
UNION ALL
SELECT linlearn_train(decode(lpad(to_hex(i % 250), 8, '0'), 'hex'), 'class ' || i % 3, '{"epochs": 2, "predictor_type": "multiclass_classifier"}') FROM generate_series(1, 60) i
UNION ALL
SELECT linlearn_tune(ARRAY[i % 7, i % 5]::real[], i % 7 > 3,
	'{"objective": "train:objective_loss", "max_jobs": 2, "epochs": 2, "predictor_type": "binary_classifier", "ranges": {"wd": {"type": "continuous", "min": 0.0001, "max": 0.1}}}')
FROM generate_series(1, 60) i;
INSERT INTO lab.models SELECT substr(model, 1, length(model) * n / 7) FROM lab.models, generate_series(1, 6, 2) n;
INSERT INTO lab.models SELECT set_byte(model, (hashint4(n) & 1023) % length(model), n * 37 % 256) FROM lab.models, generate_series(1, 3) n
WHERE length(model) > 0;
GRANT SELECT ON lab.models TO ordinary;

CREATE TABLE lab.hostile (type regtype, value text);
GRANT SELECT ON lab.hostile TO ordinary;
INSERT INTO lab.hostile SELECT 'bytea', quote_literal(model) || '::bytea' FROM lab.models;
INSERT INTO lab.hostile SELECT 'bytea', quote_literal(decode(string_agg(md5((n * m)::text), ''), 'hex')) || '::bytea'
FROM generate_series(1, 5) n, generate_series(1, 40) m GROUP BY n;
INSERT INTO lab.hostile VALUES
('bytea', $$'\x'::bytea$$), ('bytea', $$'\x00'::bytea$$), ('bytea', $$decode(repeat('00', 100000), 'hex')$$),
('bytea', $$decode(repeat('ff', 3000), 'hex')$$), ('bytea', $$'\x1f8b0800000000000003'::bytea$$),
('bytea', $$'\x80025d71002e'::bytea$$), ('bytea', $$'\x0000080100000003010203'::bytea$$), ('bytea', $$'\x00000803ffffffffffffffffffffffff'::bytea$$),
('bytea', $$'\x0a23d7ceffffffff'::bytea$$), ('bytea', $$'1,2,3'::bytea$$), ('bytea', $$'1 1:2 3:4'::bytea$$),
('text', $$''$$), ('text', $$'x'$$), ('text', $$'nan'$$), ('text', $$repeat('a', 200000)$$), ('text', $$repeat('[', 100000)$$),
('text', $$E'\x01'$$), ('text', $$'{"a": 1}'$$), ('text', $$'train'$$), ('text', $$'SELECT 1'$$), ('text', $$'SELECT array[1,2]::real[], 1'$$),
('text', $$'1,2,3'$$), ('text', $$'1 1:2 99999999999:3'$$), ('text', $$'file:///etc/passwd'$$), ('text', $$'s3://'$$), ('text', $$'ünïcode ☃'$$),
('text', $$'pg_class'$$), ('text', $$'Logarithmic'$$), ('text', $$'TransferLearning'$$), ('text', $$'%s%n%d'$$), ('text', $$E'a\nb\r\tc'$$),
('real', '''nan''::real'), ('real', '''-inf''::real'), ('real', '0::real'), ('real', '1e38::real'),
('float8', '''nan''::float8'), ('float8', '''inf''::float8'), ('float8', '''-inf''::float8'), ('float8', '0::float8'), ('float8', '-1::float8'),
('float8', '0.5::float8'), ('float8', '1e308::float8'), ('float8', '5e-324::float8'), ('float8', '1e15::float8'),
('integer', '0'), ('integer', '1'), ('integer', '-1'), ('integer', '2147483647'), ('integer', '(-2147483648)'), ('integer', '7'), ('integer', '16777217'),
('bigint', '0::bigint'), ('bigint', '9223372036854775807::bigint'), ('bigint', '(-9223372036854775808)::bigint'), ('bigint', '3::bigint'),
('smallint', '32767::smallint'), ('smallint', '0::smallint'), ('numeric', '''nan''::numeric'), ('numeric', '1e4000::numeric'), ('numeric', '0.1'),
('boolean', 'true'), ('boolean', 'false'), ('oid', '0::oid'), ('oid', '1259::oid'), ('oid', '4294967295::oid'), ('oid', '1418::oid'),
('cstring', $$''::cstring$$), ('cstring', $$'{1:2}/3'::cstring$$), ('cstring', $$'{1:nan,1:1}/99999999999'::cstring$$), ('cstring', $$'{}/16777216'::cstring$$),
('text[]', $$'{}'::text[]$$), ('text[]', $$'{NULL}'::text[]$$), ('text[]', $$'{a,a,a}'::text[]$$), ('text[]', $$'{{a,b},{c,d}}'::text[]$$),
('text[]', $$array['endpoint=x', 'secret_key=y', '=']$$), ('text[]', $$(SELECT array_agg(n::text) FROM generate_series(1, 3000) n)$$),
('boolean[]', $$'{t,f}'::boolean[]$$), ('boolean[]', $$'{NULL}'::boolean[]$$), ('boolean[]', $$'{{t},{f}}'::boolean[]$$),
('real[]', $$'{}'::real[]$$), ('real[]', $$'{1}'::real[]$$), ('real[]', $$'{1,2,3}'::real[]$$), ('real[]', $$'{nan,inf,-inf}'::real[]$$), ('real[]', $$'{NULL,1}'::real[]$$),
('real[]', $$'{{1,2},{3,4}}'::real[]$$), ('real[]', $$'[-3:-1]={1,2,3}'::real[]$$), ('real[]', $$array_fill(1::real, array[100000])$$),
('float8[]', $$'{}'::float8[]$$), ('float8[]', $$'{1}'::float8[]$$), ('float8[]', $$'{0,0,0}'::float8[]$$), ('float8[]', $$'{1,2}'::float8[]$$), ('float8[]', $$'{nan,inf,1e308}'::float8[]$$),
('float8[]', $$'{NULL,NULL,NULL}'::float8[]$$), ('float8[]', $$'{{1,2,3}}'::float8[]$$), ('float8[]', $$'[5:7]={1,2,3}'::float8[]$$), ('float8[]', $$array_fill(0.1::float8, array[50, 3])$$),
('integer[]', $$'{}'::integer[]$$), ('integer[]', $$'{0,1,2}'::integer[]$$), ('integer[]', $$'{NULL}'::integer[]$$), ('integer[]', $$'{-1,2147483647}'::integer[]$$), ('integer[]', $$'{{1,1}}'::integer[]$$),
('bigint[]', $$'{9223372036854775807}'::bigint[]$$), ('numeric[]', $$'{nan,1e4000}'::numeric[]$$), ('smallint[]', $$'{1,2,3}'::smallint[]$$),
('jsonb', $$'null'::jsonb$$), ('jsonb', $$'{}'::jsonb$$), ('jsonb', $$'[]'::jsonb$$), ('jsonb', $$'"x"'::jsonb$$), ('jsonb', $$'1e400'::jsonb$$),
('jsonb', $$'{"epochs": 1e400}'::jsonb$$), ('jsonb', $$'{"epochs": [1]}'::jsonb$$), ('jsonb', $$'{"labels": [], "matrix": []}'::jsonb$$), ('jsonb', $$'{"labels": ["a"], "matrix": [[1, 2], 3], "weights": {}}'::jsonb$$),
('jsonb', $$'{"labels": [[[1]], {}], "matrix": [[-1, 1e300], [null, true]]}'::jsonb$$), ('jsonb', $$(repeat('[', 3000) || repeat(']', 3000))::jsonb$$),
('jsonb', $$'{"ranges": {"wd": {"type": "continuous", "min": 1, "max": 0}}}'::jsonb$$), ('jsonb', $$'{"ranges": 1, "warm_start": {"a": []}, "max_jobs": 1e9}'::jsonb$$),
('jsonb', $$'{"feature_dim": 16777216}'::jsonb$$), ('jsonb', $$'{"positive": "\u263a", "f_beta": -1, "predictor_type": "regressor"}'::jsonb$$),
('interval', $$'1 month'::interval$$), ('timestamptz', $$'infinity'::timestamptz$$), ('record', $$ROW(1, NULL, 'x')$$), ('int4range', $$'empty'::int4range$$), ('point', $$'(nan,inf)'::point$$),
('name', $$'x'::name$$), ('bpchar', $$'x  '::bpchar$$), ('inet', $$'::1'::inet$$), ('bit', $$B'101'$$), ('regclass', $$'pg_class'::regclass$$), ('tsvector', $$'a b'::tsvector$$),
('linlearn_sparse', $$'{0:1,2:3}/3'::linlearn_sparse$$), ('linlearn_sparse', $$'{}/1'::linlearn_sparse$$), ('linlearn_sparse', $$'{16777215:nan}/16777216'::linlearn_sparse$$);
UPDATE lab.hostile SET value = value || '::text' WHERE type = 'text'::regtype;
-- Arrays of the extension's own row types.
INSERT INTO lab.hostile
SELECT t.typarray, format('ARRAY[%s]::%s[]', v, t.oid::regtype)
FROM pg_type t, LATERAL (SELECT string_agg(n, ',') AS names, count(*) AS columns FROM (SELECT 'NULL' AS n FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0) x) c,
	LATERAL (VALUES (''), ('NULL'), ('ROW(' || c.names || ')'), (replace('ROW(' || c.names || ')', 'NULL', '''nan''')),
		(replace('ROW(' || c.names || ')', 'NULL', '''-inf''') || ',' || replace('ROW(' || c.names || ')', 'NULL', '''1e308''') || ', NULL'),
		(replace('ROW(' || c.names || ')', 'NULL', '1') || ',' || replace('ROW(' || c.names || ')', 'NULL', '0'))) w (v)
WHERE t.typtype = 'c' AND t.oid::regtype::text ~ '^linlearn_.*(point|bin)$';

-- A value of a type as SQL writes it; of any type where the type is open.
CREATE FUNCTION lab.value(wanted oid) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN wanted = 'internal'::regtype THEN 'NULL' ELSE coalesce((
		SELECT value FROM lab.hostile
		WHERE type = wanted OR (wanted IN ('anyelement'::regtype, '"any"'::regtype) AND type <> 'cstring'::regtype)
			OR (wanted IN ('anyarray'::regtype) AND type::text LIKE '%[]')
		ORDER BY random() LIMIT 1), 'NULL::' || wanted::regtype) END
$$;

-- NULL as a type; of a type that features or labels have where it is open.
CREATE FUNCTION lab.missing(wanted oid) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN wanted = 'internal'::regtype THEN 'NULL'
		WHEN wanted IN ('anyelement'::regtype, '"any"'::regtype)
		THEN 'NULL::' || (ARRAY['real[]', 'float8[]', 'bytea', 'integer', 'text', 'linlearn_sparse', 'float8'])[1 + trunc(random() * 7)::integer]
		ELSE 'NULL::' || wanted::regtype END
$$;

CREATE TABLE lab.outcomes (statement text, state text, message text);
GRANT ALL ON lab.outcomes TO ordinary;
CREATE FUNCTION lab.try(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	found_state text; found_message text;
BEGIN
	EXECUTE statement;
	INSERT INTO lab.outcomes VALUES (left(statement, 300), '00000', NULL);
	RETURN true;
EXCEPTION WHEN OTHERS OR query_canceled THEN
	GET STACKED DIAGNOSTICS found_state = RETURNED_SQLSTATE, found_message = MESSAGE_TEXT;
	INSERT INTO lab.outcomes VALUES (left(statement, 300), found_state, left(found_message, 300));
	RETURN false;
END
$$;

-- The function's calls: with NULLs alone, with one NULL, with values alone.
CREATE FUNCTION lab.call(function oid, calls integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	f lab.functions; place integer; list text[];
BEGIN
	SELECT * INTO f FROM lab.functions WHERE oid = function;
	FOR n IN 1 .. calls LOOP
		list := '{}';
		place := n % (coalesce(cardinality(f.arguments), 0) + 2) - 1;
		FOR i IN 1 .. coalesce(cardinality(f.arguments), 0) LOOP
			list := list || CASE WHEN n <= 8 OR i = place THEN lab.missing(f.arguments[i - 1]) ELSE lab.value(f.arguments[i - 1]) END;
		END LOOP;
		IF f.variadic THEN
			list[cardinality(list)] := 'VARIADIC ' || list[cardinality(list)];
		END IF;
		PERFORM lab.try(format('SELECT public.%I(%s)', f.proname, array_to_string(list, ', '))
			|| CASE WHEN f.prokind <> 'a' THEN '' WHEN n % 3 > 0 THEN ' FROM generate_series(1, 3) i'
				ELSE ' OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 3) i' END);
	END LOOP;
END
$$;

-- Aggregates that use the function in each of its possible parts.
CREATE FUNCTION lab.aggregate(function oid, rounds integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	f lab.functions; g record; state text; types text; columns text; options text[]; option text;
BEGIN
	-- A type's receive function has a buffer as internal, as PostgreSQL's own have, and believes it.
	SELECT * INTO f FROM lab.functions WHERE oid = function AND prokind = 'f' AND cardinality(arguments) > 0
		AND oid NOT IN (SELECT typreceive FROM pg_type);
	IF f.oid IS NULL THEN RETURN; END IF;
	state := CASE WHEN f.arguments[0] IN ('anyelement'::regtype, '"any"'::regtype) THEN 'real[]' ELSE f.arguments[0]::regtype::text END;
	options := '{}';
	IF f.result = f.arguments[0] THEN
		options := options || format('SFUNC = public.%I', f.proname);
		IF f.result = 'bytea'::regtype OR f.result::regtype::text LIKE '%[]' THEN
			options := options || format('SFUNC = public.%I, INITCOND = ''{}''', f.proname);
		END IF;
		IF f.arguments[1] = f.arguments[0] AND cardinality(f.arguments) = 2 THEN
			options := options || format('SFUNC = public.%I, COMBINEFUNC = public.%I, PARALLEL = SAFE', f.proname, f.proname);
		END IF;
	END IF;
	IF array_length(options, 1) > 0 THEN
		types := coalesce((SELECT string_agg(t::regtype::text, ', ' ORDER BY o) FROM unnest(f.arguments) WITH ORDINALITY u (t, o) WHERE o > 1), '*');
		FOREACH option IN ARRAY options LOOP
			
			PERFORM lab.drop_made();
			CONTINUE WHEN NOT lab.try(format('CREATE AGGREGATE lab.made(%s) (STYPE = %s, %s)', types, state, option));
			FOR n IN 1 .. rounds LOOP
				columns := coalesce((SELECT string_agg(CASE WHEN n = 1 OR random() < 0.2 THEN lab.missing(t) ELSE lab.value(t) END, ', ' ORDER BY o)
					FROM unnest(f.arguments) WITH ORDINALITY u (t, o) WHERE o > 1), '*');
				PERFORM lab.try(format('SELECT lab.made(%s) FROM generate_series(1, 3) i', columns));
				PERFORM lab.try(format('SELECT lab.made(%s) OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 3) i', columns));
			END LOOP;
		END LOOP;
	END IF;
	-- As final function over the states of builtin functions and of our own.
	FOR g IN
		SELECT 'pg_catalog.array_cat' AS sfunc, 'float8[]' AS argument, ARRAY['float8[]', 'real[]', 'integer[]', 'text[]'] AS states
		UNION ALL SELECT 'pg_catalog.byteacat', 'bytea', ARRAY['bytea']
		UNION ALL SELECT 'pg_catalog.textcat', 'text', ARRAY['text']
		UNION ALL SELECT 'pg_catalog.jsonb_concat', 'jsonb', ARRAY['jsonb']
		UNION ALL SELECT 'public.' || quote_ident(proname), string_agg(t::regtype::text, ', ' ORDER BY o), ARRAY['internal']
			FROM lab.functions h, unnest(h.arguments) WITH ORDINALITY u (t, o)
			WHERE result = 'internal'::regtype AND h.arguments[0] = 'internal'::regtype AND o > 1
				AND 'internal'::regtype::oid <> ALL (h.arguments[1:])
			GROUP BY h.oid, proname
		UNION ALL SELECT 'pg_catalog.int8_avg_accum', 'bigint', ARRAY['internal']
	LOOP
		CONTINUE WHEN NOT (state = ANY (g.states));
		PERFORM lab.drop_made();
		CONTINUE WHEN NOT lab.try(format('CREATE AGGREGATE lab.made(%s) (STYPE = %s, SFUNC = %s, FINALFUNC = public.%I%s)',
			CASE WHEN g.argument = 'float8[]' THEN state ELSE g.argument END, state, g.sfunc, f.proname,
			CASE WHEN cardinality(f.arguments) > 1 THEN ', FINALFUNC_EXTRA' ELSE '' END));
		FOR n IN 1 .. rounds LOOP
			columns := (SELECT string_agg(CASE WHEN n = 1 THEN lab.missing(t::regtype) ELSE lab.value(t::regtype) END, ', ')
				FROM unnest(string_to_array(CASE WHEN g.argument = 'float8[]' THEN state ELSE g.argument END, ', ')) t);
			PERFORM lab.try(format('SELECT lab.made(%s) FROM generate_series(1, 3) i', columns));
		END LOOP;
	END LOOP;
	PERFORM lab.drop_made();
END
$$;

CREATE FUNCTION lab.drop_made() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	made record;
BEGIN
	FOR made IN SELECT oid::regprocedure AS signature FROM pg_proc WHERE proname = 'made' AND pronamespace = 'lab'::regnamespace LOOP
		EXECUTE 'DROP AGGREGATE ' || replace(made.signature::text, '()', '(*)');
	END LOOP;
END
$$;
