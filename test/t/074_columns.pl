# Models of rows of a table: statements prepared before a table is altered by
# another session, score columns through dump and restore, columns and levels that
# are not ASCII in databases of other encodings, and who may predict.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('columns');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;

sub ask
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, "SET client_encoding = 'UTF8';\n$sql");
}

sub complaint
{
	my ($database, $sql) = @_;
	my ($code, $out, $err) = $node->psql($database, "SET client_encoding = 'UTF8';\n$sql");
	return $err;
}

sub make_customers
{
	my ($database) = @_;
	$node->safe_psql($database, <<'SQL');
CREATE EXTENSION linlearn;
CREATE TABLE customers AS
SELECT i AS id, nullif(i % 60, 17) AS tenure, 'plan ' || i % 3 AS plan, (20 + (i * 7) % 80)::numeric AS monthly,
       CASE WHEN (i * 7919) % 100 < 40 - i % 60 + 20 * (i % 3) THEN 'Yes' ELSE 'No' END AS churn
FROM generate_series(1, 400) AS i;
SELECT linlearn_save_model('churn', linlearn_train(c, churn, '{"exclude": ["id", "churn"]}')) FROM customers c;
SELECT linlearn_create_endpoint('churn', 'churn');
SQL
	return;
}

# A session that stays: sends statements and reads what they answer.
my ($in, $out, $err) = ('', '', '');
my $mark = 0;
my $session = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
	'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));

sub in_session
{
	my ($sql) = @_;
	$mark++;
	$out = $err = '';
	$in .= "$sql\n\\echo done $mark\n\\warn done $mark\n";
	$session->pump until $out =~ /done $mark\n/ && $err =~ /done $mark\n/;
	(my $answer = $out . $err) =~ s/done $mark\n//g;
	return $answer;
}

# ---- Statements prepared here, tables altered there ----

make_customers('postgres');
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE altered AS SELECT * FROM customers;
CREATE VIEW scores AS SELECT id, linlearn_score(model, c) AS score FROM customers c, linlearn_models WHERE name = 'churn';
CREATE FUNCTION worst() RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE r record; best float8 := -1; found integer;
BEGIN
    FOR r IN SELECT * FROM altered ORDER BY id LOOP -- scores may tie
        IF linlearn_score('churn', r) > best THEN best := linlearn_score('churn', r); found := r.id; END IF;
    END LOOP;
    RETURN found;
END $$;
SQL
my $wrong = "count(*) FILTER (WHERE s.score IS DISTINCT FROM linlearn_score(%s, a)) FROM altered a JOIN scores s USING (id)";
foreach my $mode ('force_custom_plan', 'force_generic_plan')
{
	in_session("SET plan_cache_mode = $mode; DEALLOCATE ALL;");
	in_session('PREPARE by_name AS SELECT ' . sprintf($wrong, "'churn'") . ';');
	in_session('PREPARE by_bytes AS SELECT ' . sprintf($wrong, 'model') . ", linlearn_models WHERE name = 'churn';");
	my $worst = $node->safe_psql('postgres', 'SELECT worst()');
	my $check = sub {
		my ($name, $sql, $expected) = @_;
		$node->safe_psql('postgres', $sql) if $sql;
		like(in_session("EXECUTE $_;"), $expected, "$mode, $_: $name") foreach ('by_name', 'by_bytes');
		my $found = in_session('SELECT worst();');
		$expected =~ /missing|text/ ? like($found, $expected, "$mode, plpgsql: $name") : is($found, "$worst\n", "$mode, plpgsql: $name");
	};
	my $same = qr/^0$/m;
	$check->('before', undef, $same);
	$check->('a column more', 'ALTER TABLE altered ADD extra text DEFAULT 1', $same);
	$check->('a column less', 'ALTER TABLE altered DROP churn', $same);
	$check->('a name gone', 'ALTER TABLE altered RENAME plan TO planned', qr/column "plan" is missing from the row/);
	$check->('and back', 'ALTER TABLE altered RENAME planned TO plan', $same);
	$check->('another type of its kind', 'ALTER TABLE altered ALTER tenure TYPE float4', $same);
	$check->('a type of another kind', 'ALTER TABLE altered ALTER tenure TYPE text', qr/column "tenure" is of type text/);
	$check->('another column of the name', 'ALTER TABLE altered DROP tenure; ALTER TABLE altered ADD tenure bigint; '
		  . 'UPDATE altered a SET tenure = c.tenure FROM customers c WHERE c.id = a.id', $same);
	$node->safe_psql('postgres', 'DROP TABLE altered; CREATE TABLE altered AS SELECT * FROM customers');
	$check->('another table of the name', undef, $same);
}

# A model that an endpoint is pointed to, of other columns.
$node->safe_psql('postgres', "SELECT linlearn_save_model('two', linlearn_train(x, churn)) FROM customers c, LATERAL (SELECT c.plan, c.monthly) x");
$node->safe_psql('postgres', "SELECT linlearn_update_endpoint('churn', 'two')");
like(in_session("SELECT count(*) FROM altered a, linlearn_models m WHERE m.name = 'two' AND linlearn_score('churn', a) = linlearn_score(m.model, a);"),
	qr/^400$/m, 'an endpoint that moved to a model of other columns');
$node->safe_psql('postgres', "SELECT linlearn_update_endpoint('churn', 'churn')");
$in .= "\\q\n";
$session->finish;

# ---- Score columns, by trigger and generated, through a dump ----

$node->safe_psql('postgres', <<'SQL');
CREATE TYPE churn_row AS (plan text, monthly numeric, tenure integer);
DO $$
BEGIN
    EXECUTE format('CREATE TABLE generated (id integer, tenure integer, plan text, monthly numeric, score float8 GENERATED ALWAYS AS
        (linlearn_score(%L::bytea, ROW(plan, monthly, tenure)::churn_row)) STORED)', (SELECT model FROM linlearn_models WHERE name = 'churn'));
END $$;
INSERT INTO generated SELECT id, tenure, plan, monthly FROM customers;
CREATE TABLE scored (LIKE customers, score float8);
CREATE FUNCTION score() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.score := linlearn_score('churn', NEW); RETURN NEW; END $$;
CREATE TRIGGER score BEFORE INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION score();
INSERT INTO scored SELECT * FROM customers;
CREATE INDEX ON generated (score);
SQL
my $sums = "SELECT md5(string_agg(g.score::text, ' ' ORDER BY g.id)), md5(string_agg(s.score::text, ' ' ORDER BY g.id)), "
  . "md5(string_agg(v.score::text, ' ' ORDER BY g.id)) FROM generated g JOIN scored s USING (id) JOIN scores v USING (id)";
my $before = $node->safe_psql('postgres', $sums);
my ($generated, $scored, $viewed) = split /\|/, $before;
is($generated, $viewed, 'the generated column has the scores');
is($scored, $viewed, 'so has what the trigger filled');
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('restored'), $dump ], 'restored');
is($node->safe_psql('restored', $sums), $before, 'the same scores');
$node->safe_psql('restored', 'INSERT INTO scored SELECT id + 1000, tenure, plan, monthly, churn FROM customers; '
	  . 'INSERT INTO generated SELECT id + 1000, tenure, plan, monthly FROM customers');
is($node->safe_psql('restored', 'SELECT count(*) FROM generated g JOIN scored s USING (id) JOIN customers c ON c.id + 1000 = g.id '
		  . 'JOIN scores v ON v.id = c.id WHERE g.score = v.score AND s.score = v.score'), '400', 'also of rows that come afterwards');

# ---- Encodings: names and levels that are not ASCII ----

my ($name, $level, $other) = ("pr\xc3\xa9nom", "Zo\xc3\xa9", "Ren\xc3\xa9e");
my $rows = "SELECT i AS \"$name\", CASE i % 3 WHEN 0 THEN '$level' WHEN 1 THEN '$other' ELSE 'Anna' END AS \"\xc3\xa9l\xc3\xa8ve\" FROM generate_series(1, 90) AS i";
my $label = "CASE WHEN x.\"$name\" % 4 + (x.\"\xc3\xa9l\xc3\xa8ve\" = '$level')::int > 2 THEN 'oui' ELSE 'non' END";
my %models;
foreach my $encoding ('UTF8', 'LATIN1')
{
	my $database = 'db_' . lc $encoding;
	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql($database, 'CREATE EXTENSION linlearn');
	$models{$encoding} = ask($database, "SELECT linlearn_train(x, $label, '{\"epochs\": 4}') FROM ($rows) x");
}
is($models{LATIN1}, $models{UTF8}, 'the same bytes in both encodings');
my @scores;
foreach my $encoding ('UTF8', 'LATIN1')
{
	my $database = 'db_' . lc $encoding;
	ask($database, "SELECT linlearn_save_model('m', '$models{LATIN1}'); SELECT linlearn_create_endpoint('m', 'm')");
	push @scores, ask($database, "SELECT array_agg(linlearn_score('m', x) ORDER BY \"$name\") FROM ($rows) x");
	my $object = "{\"$name\": 3, \"\xc3\xa9l\xc3\xa8ve\": \"$level\"}";
	my $expected = ask($database, "SELECT linlearn_score('m', x) FROM (SELECT 3 AS \"$name\", '$level' AS \"\xc3\xa9l\xc3\xa8ve\") x");
	is(ask($database, "SELECT linlearn_score('m', '$object'::jsonb)"), $expected, "$encoding: by jsonb");
	is(ask($database, "SELECT linlearn_score(linlearn_model('m'), x) FROM (SELECT i AS \"$name\", '$level' AS \"\xc3\xa9l\xc3\xa8ve\" FROM generate_series(3, 3) i) x"),
		$expected, "$encoding: by the fields of a record");
	like(complaint($database, "SELECT linlearn_score(linlearn_model('m'), x) FROM (SELECT i AS \"\xc3\xa9\", '$level' AS \"\xc3\xa9l\xc3\xa8ve\" FROM generate_series(3, 3) i) x"),
		qr/column "$name" is missing from the row.*The columns are "\xc3\xa9", "\xc3\xa9l\xc3\xa8ve"/s, "$encoding: and their names in a message");
	my %bodies = (
		'application/json' => $object, 'application/jsonlines' => "$object\n",
		'text/csv' => "\xc3\xa9l\xc3\xa8ve,$name\n$level,3\n",
		'text/csv; header=present' => "\xef\xbb\xbf\"$name\",\"\xc3\xa9l\xc3\xa8ve\"\r\n3,\"$level\"\r\n");
	foreach my $type (sort keys %bodies)
	{
		my $hex = unpack('H*', $bodies{$type});
		like(ask($database, "SELECT convert_from(linlearn_invoke_endpoint('m', '\\x$hex'::bytea, '$type'), 'UTF8')"),
			qr/"score": \Q$expected\E, "predicted_label"/, "$encoding: $type as bytes");
		next if $bodies{$type} =~ /^\xef/;
		like(ask($database, "SELECT linlearn_invoke_endpoint('m', '$bodies{$type}', '$type')"),
			qr/"score": \Q$expected\E, "predicted_label"/, "$encoding: $type as text");
	}
	like(complaint($database, "SELECT linlearn_score('m', '{\"\xc3\xa9l\xc3\xa8ve\": \"x\"}'::jsonb)"),
		qr/column "$name" is missing from the JSON object/, "$encoding: the name in a message");
	like(complaint($database, "SELECT linlearn_invoke_endpoint('m', E'\xc3\xa9l\xc3\xa8ve\\nx')"),
		qr/column "$name" is missing from the CSV header/, "$encoding: and of CSV");
	like(complaint($database, "SELECT linlearn_invoke_endpoint('m', '\\xff41'::bytea)"), qr/invalid byte sequence for encoding "UTF8"/, "$encoding: bytes that are no UTF-8");
}
is($scores[1], $scores[0], 'the same scores in both encodings');
# A level of a request that the database cannot hold is an error that says so.
like(complaint('db_latin1', 'SELECT linlearn_invoke_endpoint(\'m\', \'\\x' . unpack('H*', "\xc3\xa9l\xc3\xa8ve,$name\n\xe7\x8c\xab,3") . '\'::bytea)'),
	qr/has no equivalent in encoding "LATIN1"/, 'LATIN1: a character that it has not');
like(ask('db_utf8', 'SELECT linlearn_invoke_endpoint(\'m\', \'\\x' . unpack('H*', "\xc3\xa9l\xc3\xa8ve,$name\n\xe7\x8c\xab,3") . '\'::bytea) IS NOT NULL'),
	qr/^t$/, 'UTF8: it is a level never seen');

# ---- Who may predict ----

$node->safe_psql('postgres', 'CREATE ROLE web; GRANT SELECT ON linlearn_endpoints TO web; GRANT SELECT (tenure, plan, monthly) ON customers TO web');
my $web = 'SET ROLE web;';
my $answer = "SELECT linlearn_score('churn', x) = (SELECT 1) FROM (SELECT tenure, plan, monthly FROM customers LIMIT 1) x";
is(ask('postgres', "$web $answer"), 'f', 'who sees an endpoint predicts by columns that they see');
is(ask('postgres', "$web SELECT linlearn_invoke_endpoint('churn', E'tenure,plan,monthly\n1,x,2') LIKE '{\"predictions\"%'"), 't', 'and asks it');
like(complaint('postgres', "$web SELECT linlearn_score('churn', c) FROM customers c"), qr/permission denied for table customers/, 'a whole row needs all of its columns');
like(complaint('postgres', "$web SELECT linlearn_score(model, '{}'::jsonb) FROM linlearn_models"), qr/permission denied for table linlearn_models/, 'no model is read');

# Of fields that a query makes a record of: a right that is taken is taken from plans
# that were made before, and from the function that they call; a view is as it was.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE for_web AS SELECT model FROM linlearn_models WHERE name = 'churn';
CREATE VIEW web_scores AS SELECT linlearn_score(model, x) AS score FROM for_web, customers c, LATERAL (SELECT c.tenure, c.plan, c.monthly) x;
GRANT SELECT ON for_web, web_scores TO web;
SQL
my $records = 'SELECT count(linlearn_score(model, x)) FROM for_web, (SELECT tenure, plan, monthly FROM customers) x';
like(ask('postgres', "EXPLAIN VERBOSE $records"), qr/count\(linlearn_score_fields\(for_web.model, '\{tenure,plan,monthly\}'::text\[\], customers.tenure/, 'fields are arguments');
my $right = 'ON FUNCTION linlearn_score(bytea, anyelement)';
my $refused = qr/permission denied for function linlearn_score$/m;
my $planned = "SET plan_cache_mode = force_generic_plan; PREPARE records AS $records; EXECUTE records; REVOKE EXECUTE $right FROM PUBLIC; SET ROLE web; EXECUTE records";
like(complaint('postgres', $planned), $refused, 'a plan that another role made');
foreach my $sql ($records, 'SELECT count(score) FROM web_scores', 'SELECT count(score) FROM web_scores WHERE false',
	"SELECT linlearn_score_fields(model, '{tenure,plan,monthly}', 1, 'plan 1'::text, 2) FROM for_web")
{
	like(complaint('postgres', "$web $sql"), $refused, "refused: $sql");
}
is(ask('postgres', "$web SELECT count(linlearn_predict(model, x)) FROM for_web, (SELECT tenure, plan, monthly FROM customers) x"), '400', 'another function is not');
$node->safe_psql('postgres', "GRANT EXECUTE $right TO web");
is(ask('postgres', "$web $records"), '400', 'a right that is given');
is(ask('postgres', "$web SELECT count(score) FROM web_scores"), '400', 'by a view, too');
my ($view) = run_command([ 'pg_dump', '-t', 'web_scores', $node->connstr('postgres') ]);
like($view, qr/linlearn_score\(for_web\.model, x\.\*\)/, 'a dumped view calls what it was written with');
unlike($view, qr/_fields/, 'and nothing else');
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'the server is up');

$node->stop;
done_testing();
