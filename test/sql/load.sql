-- loading digits, reading idx files and pickles, looking at digits
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS linlearn;
RESET client_min_messages;
\set SHOW_CONTEXT never

-- synthetic digits: the same for everyone, whatever the number of rows
CREATE TEMP TABLE first_load AS
SELECT * FROM linlearn_load_mnist('synthetic', train_rows => 300,
	validation_rows => 50, test_rows => 20);
SELECT split, rows, seconds BETWEEN 0 AND 60 AS timed FROM first_load;
SELECT split, count(*), min(id), max(id), min(length(pixels)),
	max(length(pixels)), count(DISTINCT label)
FROM linlearn_mnist GROUP BY split ORDER BY split;
SELECT md5(string_agg(split || id || label || encode(pixels, 'hex'), ','
	ORDER BY split, id)) FROM linlearn_mnist;
SELECT label, linlearn_show_digit(pixels)
FROM linlearn_mnist WHERE split = 'train' AND id IN (0, 1);

-- a reload replaces; fewer rows are the first of more
CREATE TEMP TABLE before AS TABLE linlearn_mnist;
SELECT split, rows FROM linlearn_load_mnist('synthetic', train_rows => 10,
	validation_rows => 0, test_rows => 5);
SELECT split, count(*) FROM linlearn_mnist NATURAL JOIN before
GROUP BY split ORDER BY split;
SELECT count(*) FROM linlearn_mnist;
-- another seed, other digits
SELECT split, rows FROM linlearn_load_mnist('synthetic', train_rows => 10,
	validation_rows => 0, test_rows => 5, seed => 1);
SELECT count(*) FROM linlearn_mnist m JOIN before b USING (split, id, pixels);
-- the pixels stay in the row as they are
SELECT attname, attstorage FROM pg_attribute
WHERE attrelid = 'linlearn_mnist'::regclass AND attname = 'pixels';

-- other targets: made when absent
SELECT split, rows FROM linlearn_load_mnist('synthetic', 'my_digits', 20, 5, 5);
\d my_digits
SELECT rows FROM linlearn_load_mnist('synthetic', '"Odd schema"."Odd ""name"', 1, 0, 0);
CREATE SCHEMA "Odd schema";
SELECT rows FROM linlearn_load_mnist('synthetic', '"Odd schema"."Odd ""name"', 1, 0, 0);
SELECT count(*) FROM "Odd schema"."Odd ""name";

-- a user's own table, with other types, triggers, constraints, indexes
CREATE TABLE other (id bigint, note text DEFAULT 'new', pixels bytea,
	label integer CHECK (label < 100), split varchar(20),
	ink integer GENERATED ALWAYS AS (get_byte(pixels, 406)) STORED,
	loaded boolean);
CREATE INDEX ON other (label);
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS
	$$BEGIN NEW.loaded := true; RETURN NEW; END$$;
CREATE TRIGGER mark BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION mark();
SELECT split, rows FROM linlearn_load_mnist('synthetic', 'other', 20, 5, 5);
SELECT count(*), bool_and(loaded), min(note), bool_and(ink = get_byte(pixels, 406))
FROM other;
CREATE TABLE parted (LIKE linlearn_mnist) PARTITION BY LIST (split);
CREATE TABLE parted_train PARTITION OF parted FOR VALUES IN ('train');
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
SELECT split, rows FROM linlearn_load_mnist('synthetic', 'parted', 20, 5, 5);
SELECT tableoid::regclass, count(*) FROM parted GROUP BY 1 ORDER BY 1;

-- a load that fails leaves what there was
ALTER TABLE other ADD CHECK (label < 5) NOT VALID;
SELECT rows FROM linlearn_load_mnist('synthetic', 'other', 500, 5, 5, 3);
SELECT count(*) FROM other;
BEGIN;
SELECT split, rows FROM linlearn_load_mnist('synthetic', 'my_digits', 1, 0, 0);
ROLLBACK;
SELECT count(*) FROM my_digits;
BEGIN READ ONLY;
SELECT rows FROM linlearn_load_mnist('synthetic', 'my_digits', 1, 0, 0);
ROLLBACK;

-- refused: sources, targets, numbers
SELECT * FROM linlearn_load_mnist(NULL);
SELECT * FROM linlearn_load_mnist('synthetic', NULL);
SELECT * FROM linlearn_load_mnist('synthetic', train_rows => -1);
SELECT * FROM linlearn_load_mnist('');
SELECT * FROM linlearn_load_mnist('some/where');
SELECT * FROM linlearn_load_mnist('ftp://user:secret@example.org/x');
SELECT * FROM linlearn_load_mnist('/no/such/file');
SELECT * FROM linlearn_load_mnist('/dev/null');
SELECT * FROM linlearn_load_mnist('/');
CREATE TABLE poor (split text, id int, label smallint);
SELECT * FROM linlearn_load_mnist('synthetic', 'poor');
CREATE TABLE wrong (split text, id int, label text, pixels bytea);
SELECT * FROM linlearn_load_mnist('synthetic', 'wrong');
-- before a source is read
SELECT * FROM linlearn_load_mnist('/no/such/file', 'wrong');
CREATE TABLE small (split text, id smallint, label smallint, pixels bytea);
SELECT * FROM linlearn_load_mnist('synthetic', 'small', 40000, 0, 0);
CREATE VIEW seen AS SELECT * FROM linlearn_mnist;
SELECT * FROM linlearn_load_mnist('synthetic', 'seen');
SELECT * FROM linlearn_load_mnist('synthetic', 'a.b.c.d');

-- pictures
SELECT linlearn_show_digit('\xff0000ff');
SELECT linlearn_show_digit('\x80ff7f00ff00808080');
SELECT linlearn_show_digit('\xff');
SELECT linlearn_show_digit('');
SELECT linlearn_show_digit('\x0102');
SELECT linlearn_show_digit(NULL) IS NULL;
-- below a caption
SELECT linlearn_show_digit('\xff0000ff', 'This is a ' || 3);
SELECT linlearn_show_digit('\xff0000ff'::bytea, NULL);
SELECT linlearn_show_digit(NULL::bytea, 'x') IS NULL AND linlearn_show_digit(NULL::real[], 'x') IS NULL
	AND linlearn_show_digit(NULL::text, 'x') IS NULL AS nothing;
-- a digit looks the same as bytes, k/256, k/255 and 0 to 255, of every type of features
SELECT count(*), every(linlearn_show_digit(pixels, caption) = drawn AND linlearn_show_digit(pixels) = linlearn_show_digit(bytes)) AS same
FROM (SELECT pixels AS bytes, array_agg(get_byte(pixels, i) ORDER BY i) AS k, 'This is a ' || label AS caption,
		linlearn_show_digit(pixels, 'This is a ' || label) AS drawn
	FROM before, generate_series(0, 783) i WHERE split = 'train' AND id < 20 GROUP BY id, label, pixels) d,
	LATERAL (VALUES (k::real[]), (ARRAY(SELECT v / 256.0 FROM unnest(k) v)::real[]),
		(ARRAY(SELECT v / 255.0 FROM unnest(k) v)::real[])) AS f (pixels);
SELECT linlearn_show_digit('{255,0,128,74}'::smallint[], 'smallint'), linlearn_show_digit('{255,0,128,74}'::int[], 'int'),
	linlearn_show_digit('{255,0,128,74}'::bigint[], 'bigint'),
	linlearn_show_digit(ARRAY[0.9, 0, 0.5, 0.4], 'numeric'), linlearn_show_digit('{0.9,0,0.5,0.4}'::float8[], 'double'),
	linlearn_show_digit('{t,f,t,f}'::boolean[], 'boolean'), linlearn_show_digit('{0:9,2:6,3:1}/4'::linlearn_sparse, 'sparse');
-- any other range: ink from halfway between its ends on; one shade is no ink
SELECT linlearn_show_digit('{-1,1,0.2,-0.2}'::real[], 'signed'), linlearn_show_digit('{1e300,-1e300,0,1}'::float8[], 'wide'),
	linlearn_show_digit('{0.1,0.01,0.06,0}'::real[], 'dim'), linlearn_show_digit('{0,0,0,0}'::real[], 'blank') || '|',
	linlearn_show_digit('{-7,-7,-7,-7}'::real[], 'one shade') || '|', linlearn_show_digit('{1,1,1,1}'::real[], 'bright') || '|';
SELECT linlearn_show_digit('{0,1}'::real[], 'x');
SELECT linlearn_show_digit('{}'::real[], 'x');
SELECT linlearn_show_digit('{0,1,NULL,1}'::real[], 'x');
SELECT linlearn_show_digit('{0,1,NaN,1}'::real[], 'x');
SELECT linlearn_show_digit('{{0,1},{1,0}}'::real[], 'x');
SELECT linlearn_show_digit('\x1', 'x');
SELECT linlearn_show_digit('{a}'::text[], 'x');
SELECT linlearn_show_digit(array_fill(0::real, ARRAY[1025 * 1025]), 'x');

-- idx: pixels of uint8 pictures, values of one dimension, features otherwise
SELECT * FROM linlearn_read_idx('\x00000803000000020000000100000002010203ff');
SELECT * FROM linlearn_read_idx('\x000008010000000301ff07');
SELECT * FROM linlearn_read_idx('\x00000d0200000001000000023f800000c0490fdb');
SELECT * FROM linlearn_read_idx('\x00000e020000000100000001547d42aea2879f2e');
SELECT count(*) FROM linlearn_read_idx('\x0000080100000000');
SELECT * FROM linlearn_read_idx('');
SELECT * FROM linlearn_read_idx('\x000008');
SELECT * FROM linlearn_read_idx('\x01020304');
SELECT * FROM linlearn_read_idx('\x00000a0100000000');
SELECT * FROM linlearn_read_idx('\x0000080100000002ff');
SELECT * FROM linlearn_read_idx('\x0000080100000000ff');
SELECT * FROM linlearn_read_idx('\x00000803ffffffffffffffffffffffff');
-- gzip, whole and cut
SELECT * FROM linlearn_read_idx('\x1f8b08000000000002036360e0606660606002624610cdc8c4fc1f002893eefb14000000');
SELECT * FROM linlearn_read_idx('\x1f8b08000000000002036360e060666060600262');
SELECT * FROM linlearn_read_idx('\x1f8b0800');

-- pickles: as Python writes (numpy.array([[1, 2]], 'u1'), numpy.array([7], 'i8'))
SELECT * FROM linlearn_read_pickle(
	convert_to(E'(cnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\n'
	'(I0\ntS''b''\ntR(I1\n(I1\nI2\ntcnumpy\ndtype\np2\n(S''u1''\nI00\nI01\ntR'
	'(I3\nS''|''\nNNNI-1\nI-1\nI0\ntbI00\nS''\\x01\\x02''\ntb'
	'g1\n(cnumpy\nndarray\n(I0\ntS''b''\ntR(I1\n(I1\ntg2\n(S''i8''\nI00\nI01\ntR'
	'(I3\nS''<''\nNNNI-1\nI-1\nI0\ntbI00\nS''\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00''\ntbt.', 'UTF8'));
SELECT * FROM linlearn_read_pickle(convert_to(E'cos\nsystem\n(S''touch /tmp/x''\ntR.', 'UTF8'));
SELECT * FROM linlearn_read_pickle('\x80057d2e');
SELECT * FROM linlearn_read_pickle('\x80044e2e');
-- other formats are named
SELECT * FROM linlearn_read_pickle('\x286470310a2e');
SELECT * FROM linlearn_read_pickle('\x934e554d50590100');
SELECT * FROM linlearn_read_pickle('\x504b030414000000');
SELECT * FROM linlearn_read_pickle('\x894844460d0a1a0a');
SELECT * FROM linlearn_read_pickle('\x5041523115041500');
SELECT * FROM linlearn_read_idx('\x934e554d50590100');
SELECT * FROM linlearn_read_idx('\x504b030414000000');
SELECT * FROM linlearn_read_idx('\x80047d2e');
SELECT * FROM linlearn_read_pickle('');
SELECT * FROM linlearn_read_pickle('\x8004');
SELECT * FROM linlearn_read_pickle('\x96ffffffffffffffff2e');

-- transfers without a network: refused before anything is sent
SELECT linlearn_fetch('ftp://user:secret@example.org/x');
SELECT linlearn_fetch('http://user:secret@127.0.0.1:1/x?key=secret');
SELECT linlearn_upload('http://169.254.169.254/latest', 'x');
SELECT linlearn_fetch('s3://bucket');
SELECT linlearn_fetch('file://elsewhere/etc/passwd');
SELECT linlearn_fetch('file:///no/such/file');
SET linlearn.allowed_url_prefixes = 'https://example.org/data/';
SELECT linlearn_fetch('https://example.org/database');
SELECT linlearn_fetch('https://example.org/data/../x');
SELECT linlearn_fetch('s3://bucket/key');
RESET linlearn.allowed_url_prefixes;

-- who may
CREATE ROLE regress_linlearn_loader;
SET ROLE regress_linlearn_loader;
SELECT linlearn_fetch('file:///etc/passwd');
SELECT linlearn_upload('file:///tmp/x', 'x');
SELECT * FROM linlearn_load_mnist('/etc', 'pg_temp.mine');
SELECT * FROM linlearn_load_mnist('https://example.org/mnist.pkl.gz', 'pg_temp.mine');
SELECT * FROM linlearn_load_mnist('synthetic', train_rows => 1);
SELECT rows FROM linlearn_load_mnist('synthetic', 'pg_temp.mine', 2, 0, 0);
SELECT count(*) FROM mine;
SELECT count(*) > 0 AS readable FROM linlearn_mnist;
RESET ROLE;
GRANT INSERT, TRUNCATE ON my_digits TO regress_linlearn_loader;
SET ROLE regress_linlearn_loader;
SELECT rows FROM linlearn_load_mnist('synthetic', 'my_digits', 3, 0, 0);
RESET ROLE;
ALTER TABLE my_digits ENABLE ROW LEVEL SECURITY;
SET ROLE regress_linlearn_loader;
SELECT rows FROM linlearn_load_mnist('synthetic', 'my_digits', 3, 0, 0);
RESET ROLE;

DROP TABLE my_digits, other, parted, poor, wrong, small, mine, before, first_load;
DROP VIEW seen;
DROP SCHEMA "Odd schema" CASCADE;
DROP FUNCTION mark();
DROP ROLE regress_linlearn_loader;
TRUNCATE linlearn_mnist;
-- numpy's own files
SELECT * FROM linlearn_read_npz('\x504b03041400000008000000210094de11c84c000000900000000a00140073636f7265732e6e70790100100090000000000000004c000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e0630f8610fa1591c00504b0304140000000800000021006160fdb54f000000880000000c00140070696374757265732e6e70790100100088000000000000004f000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a0a20a4a9a350ab401ee062606462666165630700504b030414000000080000002100d7b5ecab4d00000088000000090014007461626c652e6e70790100100088000000000000004d000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9769a4aea3a09e965f54529498179f5f94920a120f292a4d050a17672416a402b91a463a0a469a3a0ab50ae4032e064606660626061600504b010214031400000008000000210094de11c84c000000900000000a000000000000000000000080010000000073636f7265732e6e7079504b01021403140000000800000021006160fdb54f000000880000000c000000000000000000000080018800000070696374757265732e6e7079504b0102140314000000080000002100d7b5ecab4d000000880000000900000000000000000000008001150100007461626c652e6e7079504b05060000000003000300a90000009d0100000000');
SELECT * FROM linlearn_read_npz('\x934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000003f0000803f0000004000004040');
SELECT * FROM linlearn_read_npz('\x934e554d5059010076007b276465736372273a20277c4f272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a8003636e756d70792e636f72652e6d756c746961727261790a5f7265636f6e7374727563740a7100636e756d70790a6e6461727261790a71014b008571024301627103877104527105284b014b02857106636e756d70790a64747970650a710758020000004f387108898887710952710a284b0358010000007c710b4e4e4e4affffffff4affffffff4b3f74710c62895d710d284b014e6574710e622e');
SELECT * FROM linlearn_read_npz('\x504b03041400000008000000210094de11c84c000000900000000a00140073636f7265732e6e70790100100090000000000000004c000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f9492');
-- bytes of another format are named, and their reader
SELECT * FROM linlearn_read_pickle('\x934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000003f0000803f0000004000004040');
SELECT * FROM linlearn_read_idx('\x504b03041400000008000000210094de11c84c000000900000000a00140073636f7265732e6e70790100100090000000000000004c000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e0630f8610fa1591c00504b0304140000000800000021006160fdb54f000000880000000c00140070696374757265732e6e70790100100088000000000000004f000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a0a20a4a9a350ab401ee062606462666165630700504b030414000000080000002100d7b5ecab4d00000088000000090014007461626c652e6e70790100100088000000000000004d000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9769a4aea3a09e965f54529498179f5f94920a120f292a4d050a17672416a402b91a463a0a469a3a0ab50ae4032e064606660626061600504b010214031400000008000000210094de11c84c000000900000000a000000000000000000000080010000000073636f7265732e6e7079504b01021403140000000800000021006160fdb54f000000880000000c000000000000000000000080018800000070696374757265732e6e7079504b0102140314000000080000002100d7b5ecab4d000000880000000900000000000000000000008001150100007461626c652e6e7079504b05060000000003000300a90000009d0100000000');
SELECT * FROM linlearn_read_npz('\x80044b012e');
SELECT * FROM linlearn_read_npz('\x894844460d0a1a0a00');
SELECT * FROM linlearn_read_npz('\x00');
