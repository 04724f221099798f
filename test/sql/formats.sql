SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set VERBOSITY default

-- CSV: labels of any text, quotes, both line ends
SELECT * FROM linlearn_read_csv(E'cat,1,2.5\n"a ""b",3,1e3\r\n\n,0.1,-0');
SELECT features, pg_typeof(features) FROM linlearn_read_csv('1,0.1');
SELECT features, pg_typeof(features) FROM linlearn_read_csv('1,0.1', NULL::float8);
SELECT * FROM linlearn_read_csv(E'ja,1\nnein,2'::bytea);
SELECT * FROM linlearn_read_csv('');
SELECT * FROM linlearn_read_csv(NULL);
SELECT * FROM linlearn_read_csv('1;2;3');
SELECT * FROM linlearn_read_csv(E'1,2\n3\t4');
SELECT * FROM linlearn_read_csv('1,2;3,4');
SELECT * FROM linlearn_read_csv(E'1,2\r3,4\r');
SELECT * FROM linlearn_read_csv('lonely');
SELECT * FROM linlearn_read_csv('label,pixel0,pixel1');
SELECT * FROM linlearn_read_csv(E'a,1,2\nb,3,four');
SELECT * FROM linlearn_read_csv(E'a,1,2\nb,3');
SELECT * FROM linlearn_read_csv('a,1e39');
SELECT * FROM linlearn_read_csv('a,1e39', NULL::float8);
SELECT * FROM linlearn_read_csv('a,1', 1);
SELECT * FROM linlearn_read_csv('\xff2c31'::bytea);

-- numbers are those of PostgreSQL's own input
SELECT count(*) AS differing FROM (
	SELECT (random() * 10 ^ (random() * 70 - 35))::real AS x
	FROM generate_series(1, 5000)) s, linlearn_read_csv('a,' || x) r
WHERE r.features[1] <> x;
SELECT count(*) AS differing FROM (
	SELECT random() * 10 ^ (random() * 600 - 300) AS x
	FROM generate_series(1, 5000)) s, linlearn_read_csv('a,' || x, 0::float8) r
WHERE r.features[1] <> x;

-- libsvm: as wide as the file's largest index, or as told
SELECT * FROM linlearn_read_libsvm(E'# two rows\n+1 1:0.5 3:2\n-1 qid:7 2:1 # b\n');
SELECT * FROM linlearn_read_libsvm(E'+1 1:0.5 3:2\n-1', dimension => 4);
SELECT features, features::real[] FROM linlearn_read_libsvm('1 0:1 5:2'::bytea, zero_based => true);
SELECT * FROM linlearn_read_libsvm('1 4:1', 3);
SELECT * FROM linlearn_read_libsvm(E'1 1:1\n1 3:1 2:1');
SELECT * FROM linlearn_read_libsvm('1 1:1', 0);
SELECT * FROM linlearn_read_libsvm(E'1 1:1\n1 0:1');

-- integers that a type does not hold are no other integers
SELECT * FROM linlearn_read_libsvm(E'1 1:0.1\n1 1:1700000001 2:16777217');
SELECT * FROM linlearn_read_libsvm(E'1700000001 1:1700000001.0 2:-16777218');
-- linlearn_sparse holds neither NaN nor infinity: its text would not be read again
SELECT * FROM linlearn_read_libsvm(E'1 1:1\n1 1:2 3:nan');
SELECT * FROM linlearn_read_libsvm('1 1:-inf'::bytea);
CREATE FUNCTION pg_temp.read_value(bits text) RETURNS linlearn_sparse LANGUAGE sql AS $$
	SELECT r.sparse FROM (SELECT linlearn_to_recordio('{2:1.5}/9'::linlearn_sparse, 3) AS b) AS s,
		linlearn_read_recordio(decode(replace(encode(b, 'hex'), '0000c03f', bits), 'hex')) AS r $$;
SELECT pg_temp.read_value('0000c03f') AS read, pg_temp.read_value('00000080') AS minus_zero, pg_temp.read_value('00000080') = '{}/9' AS equal;
SELECT pg_temp.read_value('0000c07f');
SELECT pg_temp.read_value('000080ff');
SELECT * FROM linlearn_read_csv(E'a,0.1,2\nb,3,16777217');
SELECT * FROM linlearn_read_csv(E'b,"3", "-16777217"');
SELECT * FROM linlearn_read_csv('a,16777217,16777217.0', NULL::float8);
SELECT * FROM linlearn_read_csv('a,16777217.0,16777218,1e20');
SELECT * FROM linlearn_read_recordio('\x0a23d7ce180000000a160a0676616c756573120c3a0a0a088180800882808008');
SELECT * FROM linlearn_read_recordio('\x0a23d7ce180000000a160a0676616c756573120c3a0a0a088180800882808008', NULL::float8);
SELECT * FROM linlearn_read_idx('\x00000c0200000001000000020200000001000000'::bytea);
SELECT * FROM linlearn_read_idx('\x00000c0200000001000000020100000001000001'::bytea);

-- recordIO: the bytes of SageMaker's SDK
SELECT encode(linlearn_to_recordio('{1.5,16,14,23}'::real[], true), 'hex');
SELECT encode(linlearn_to_recordio('{1.5}'::double precision[], -2::float8), 'hex');
SELECT linlearn_to_recordio(f) = linlearn_to_recordio(f::smallint[]) AS same_smallint,
	linlearn_to_recordio(f) = linlearn_to_recordio(f::integer[]) AS same_integer,
	linlearn_to_recordio(ARRAY[f[1] / 256, f[2] / 256, f[3] / 256]::real[]) = linlearn_to_recordio('\x0107ff'::bytea) AS same_bytea
FROM (SELECT '{1,7,255}'::real[] AS f) s GROUP BY f;
SELECT label, count(*), sum(length(b)) FROM (
	SELECT label, linlearn_to_recordio(ARRAY[7, 1]::real[], label) AS b
	FROM (VALUES (1), (2), (2), (NULL)) v (label) GROUP BY label) s
GROUP BY label ORDER BY label;
SELECT r.* FROM (
	SELECT linlearn_to_recordio(ARRAY[i, -i / 3.0]::float8[], i ORDER BY i) AS b
	FROM generate_series(1, 3) i) s, linlearn_read_recordio(b, NULL::float8) r;
SELECT r.* FROM (
	SELECT linlearn_to_recordio(ARRAY[i, -i / 3.0]::float8[] ORDER BY i) AS b
	FROM generate_series(1, 2) i) s, linlearn_read_recordio(b) r;
SELECT linlearn_to_recordio(f) FROM (SELECT '{1}'::real[]) s (f) WHERE false;
-- sparse, as SageMaker's SDK writes a row of a CSR matrix
SELECT * FROM linlearn_read_recordio('\x0a23d7ce380000000a220a0676616c7565731218
	12160a0c0000803f000080400000803f12030001031a010412120a0676616c7565731208
	12060a0400000000');
SELECT encode(linlearn_to_recordio('{0:1,1:4,3:1}/4'::linlearn_sparse, 0), 'hex');
-- a key twice is said as such; text must ascend, the constructor sorts
SELECT linlearn_sparse(ARRAY[1, 1], '{1,2}', 5);
SELECT linlearn_sparse(ARRAY[3, 1], '{1,2}', 5);
SELECT '{3:1,1:2}/5'::linlearn_sparse;
SELECT r.* FROM (
	SELECT linlearn_to_recordio(features, label ORDER BY id) AS b
	FROM linlearn_read_libsvm(E'1 1:0.5 70000:2\n0')) s, linlearn_read_recordio(b) r;
-- a record in several frames is joined; its magic number stands where it was cut
CREATE FUNCTION pg_temp.frame(part integer, payload bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT '\x0a23d7ce'::bytea || set_byte(set_byte(set_byte('\x00000000'::bytea, 0, length(payload) % 256),
		1, length(payload) / 256), 3, part * 32) || payload
		|| substring('\x000000'::bytea FROM 1 FOR (4 - length(payload) % 4) % 4) $$;
CREATE TEMP TABLE parts AS
SELECT substring(b FROM 9 FOR get_byte(b, 4)) AS p FROM (
	SELECT linlearn_to_recordio(ARRAY[1, -1804698880, 2, -1804698880]::real[], 5) AS b) s;
CREATE TEMP TABLE cut AS
SELECT substring(p FROM 1 FOR at - 1) AS a, substring(p FROM at + 4 FOR 4) AS b, substring(p FROM at + 12) AS c
FROM parts, position('\x0a23d7ce'::bytea IN p) at;
SELECT r.* FROM cut, (SELECT linlearn_to_recordio('{3,4}'::real[], 6) AS whole) w,
	linlearn_read_recordio(pg_temp.frame(1, a) || pg_temp.frame(2, b) || pg_temp.frame(3, c) || whole
		|| pg_temp.frame(1, a) || pg_temp.frame(3, b || '\x0a23d7ce'::bytea || c)) r;
SELECT r.* FROM cut, linlearn_read_recordio(pg_temp.frame(1, a)) r;
SELECT r.* FROM cut, linlearn_read_recordio(pg_temp.frame(1, a) || pg_temp.frame(0, b)) r;
SELECT r.* FROM cut, linlearn_read_recordio(pg_temp.frame(2, b)) r;
SELECT r.* FROM cut, linlearn_read_recordio(pg_temp.frame(5, b)) r;
SELECT * FROM linlearn_read_recordio(pg_temp.frame(0, '\x120f0a056f7468657212061204'::bytea || '\x0a02803f'::bytea));
SELECT linlearn_to_recordio(NULL::real[]);
SELECT linlearn_to_recordio('{1,NULL}'::real[]);
SELECT linlearn_to_recordio('{{1,2}}'::real[]);
SELECT linlearn_to_recordio('{}'::real[]);
SELECT linlearn_to_recordio(f) FROM (VALUES ('{1,2}'::real[]), ('{1}')) v (f);
SELECT linlearn_to_recordio('{1}'::real[], 'zero'::text);
SELECT linlearn_to_recordio('1'::jsonb);
SELECT linlearn_to_recordio('{16777217}'::integer[]);
SELECT linlearn_to_recordio('{1}'::real[], 16777217);
SELECT * FROM linlearn_read_recordio('\x0a23d7ce');
SELECT * FROM linlearn_read_recordio('\x0a23d7ce0400000012345678');
SELECT r.* FROM (SELECT linlearn_to_recordio('{1e300}'::float8[]) AS b) s,
	linlearn_read_recordio(b) r;
SELECT * FROM linlearn_read_recordio('', NULL::integer);

-- streams
SELECT * FROM linlearn_write_recordio('x.pbr', 'SELECT 1');
SELECT * FROM linlearn_write_recordio('/nonexistent/x.pbr', 'SELECT 1');
SELECT current_setting('data_directory') || '/linlearn_regress.pbr' AS path \gset
SELECT * FROM linlearn_write_recordio(:'path',
	'SELECT ARRAY[i, 2]::real[], i % 2 = 0 FROM generate_series(1, 1000) i');
SELECT count(*), sum(label), sum(features[1])
FROM linlearn_read_recordio(pg_read_binary_file(:'path'));
SELECT linlearn_write_recordio(:'path', 'SELECT 1, 2, 3');
SELECT linlearn_write_recordio(:'path', 'CREATE TABLE t ()');
SELECT linlearn_write_recordio(:'path',
	'SELECT ARRAY[1 / (100 - i)]::real[] FROM generate_series(1, 200) i');
SELECT count(*) FROM linlearn_read_recordio(pg_read_binary_file(:'path'));
SELECT count(*) AS left_over FROM pg_ls_dir(current_setting('data_directory')) f
WHERE f LIKE 'linlearn_regress.pbr.%';
CREATE ROLE linlearn_regress_reader;
GRANT EXECUTE ON FUNCTION linlearn_write_recordio(text, text) TO linlearn_regress_reader;
SET ROLE linlearn_regress_reader;
SELECT linlearn_write_recordio('/tmp/x.pbr', 'SELECT 1');
RESET ROLE;
DROP OWNED BY linlearn_regress_reader;
DROP ROLE linlearn_regress_reader;
