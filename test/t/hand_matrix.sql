-- What a table's columns become, written once more in SQL: the terms of each
-- column as expressions, in the order that models of rows have
-- them.  Numbers are less their mean, NULL counts as it.

-- The levels of a column of texts or parts that have a term, by their bytes;
-- (other) and NULL are last.  With a reference the most frequent one has none.
CREATE FUNCTION hand_levels(source regclass, value text, reference boolean)
RETURNS TABLE (term text, expression text) LANGUAGE plpgsql AS $$
DECLARE
	levels CONSTANT text := format(
		'SELECT %1$s AS level, count(*) AS rows FROM %2$s WHERE (%1$s) IS NOT NULL GROUP BY 1', value, source);
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH levels AS (%1$s), outcomes AS (
			SELECT 1 AS kind, level::text, rows, format('(%%s) = %%L', %2$L, level) AS test FROM levels WHERE rows >= 5
			UNION ALL
			SELECT 2, '(other)', sum(rows), format('(%%s) NOT IN (%%s)', %2$L,
				coalesce((SELECT string_agg(quote_literal(level), ',') FROM levels WHERE rows >= 5), 'NULL'))
			FROM levels WHERE rows < 5 HAVING sum(rows) > 0
			UNION ALL
			SELECT 3, '(null)', count(*), format('(%%s) IS NULL', %2$L) FROM %3$s WHERE (%2$s) IS NULL HAVING count(*) > 0),
		placed AS (SELECT *, row_number() OVER (ORDER BY kind, %5$s) AS place, count(*) OVER () AS count FROM outcomes),
		ranked AS (SELECT *, row_number() OVER (ORDER BY rows DESC, place) AS rank FROM placed)
		SELECT level, format('coalesce((%%s)::int, 0)', test) FROM ranked
		WHERE count > 1 AND NOT (%4$L AND rank = 1) ORDER BY place$q$,
		levels, value, source, reference,
		CASE WHEN value LIKE 'extract(%' THEN 'CASE WHEN kind = 1 THEN level::numeric END' ELSE 'level COLLATE "C"' END);
END $$;

-- All terms of a table's columns but those left out.
CREATE FUNCTION hand_terms(source regclass, leave_out text[], reference boolean)
RETURNS TABLE ("column" text, term text, expression text) LANGUAGE plpgsql AS $$
DECLARE
	number text;
	nulls boolean;
	varies boolean;
	part text;
BEGIN
	FOR "column", number IN
		SELECT attname::text, CASE
			WHEN atttypid = 'date'::regtype THEN format('(%I - date ''2000-01-01'')::float8', attname)
			WHEN atttypid <> 'text'::regtype THEN format('%I::float8', attname) END
		FROM pg_attribute
		WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attname <> ALL (leave_out)
		ORDER BY attname::text COLLATE "C"
	LOOP
		IF number IS NULL THEN
			RETURN QUERY SELECT hand_terms."column", l.term, l.expression
				FROM hand_levels(source, quote_ident("column"), reference) l;
			CONTINUE;
		END IF;
		EXECUTE format('SELECT bool_or(%1$s IS NULL), min(%1$s) < max(%1$s) FROM %2$s', number, source)
			INTO nulls, varies;
		IF varies THEN
			term := '';
			EXECUTE format('SELECT format(''coalesce(%%s - %%L::float8, 0)'', %1$L, avg(%1$s)) FROM %2$s', number, source)
				INTO expression;
			RETURN NEXT;
		END IF;
		IF nulls THEN
			term := '(null)';
			expression := format('(%I IS NULL)::int', "column");
			RETURN NEXT;
		END IF;
		IF number LIKE '%2000-01-01%' THEN
			FOREACH part IN ARRAY ARRAY['month', 'isodow'] LOOP
				RETURN QUERY SELECT hand_terms."column", part || ' ' || l.term, l.expression
					FROM hand_levels(source, format('extract(%s FROM %I)', part, "column"), reference) l
					WHERE l.term <> '(null)';
			END LOOP;
		END IF;
	END LOOP;
END $$;

-- A table of id and x, the terms of each row.
CREATE FUNCTION hand_matrix(source regclass, leave_out text[], reference boolean, target text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	rows bigint;
BEGIN
	EXECUTE format('DROP TABLE IF EXISTS %I', target);
	EXECUTE format('CREATE TABLE %I AS SELECT id, ARRAY[%s]::float8[] AS x FROM %s', target,
		(SELECT string_agg(expression, ', ' ORDER BY place)
			FROM hand_terms(source, leave_out, reference) WITH ORDINALITY t (c, term, expression, place)), source);
	GET DIAGNOSTICS rows = ROW_COUNT;
	RETURN rows;
END $$;
