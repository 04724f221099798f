# Training on tables of other servers, by postgres_fdw: three clusters.  Models are
# the same bytes wherever the rows are, servers sum at the same time, and what can go
# wrong on one of them is said.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use ForeignServers;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = q(SELECT i AS id, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x,
	1 + 2 * sin(i) - cos(i * 2) + 0.5 * (i % 7) + 0.1 * sin(i * i) AS y, 1 + i % 3 AS w,
	CASE WHEN i % 5 = 0 THEN 'validation' ELSE 'train' END AS part FROM generate_series(%d, %d) i);
my $columns = 'id int, x float8[], y float8, w int, part text';
my %node = ForeignServers::start($rows, $columns);
my ($hub, $east, $west) = @node{ 'hub', 'east', 'west' };
my $modern = ForeignServers::modern();

my @placements = place_all();

# 1. Bytes.
my $training = "linlearn_train_distributed('%s', 'x', 'y'%s)";
foreach my $options ('', q(, '{"wd": 0}'), q(, '{}', 'id % 2 = 0'), q(, '{}', NULL, 'part'), q(, '{}', NULL, NULL, 'w'),
	q(, '{"wd": 0.01, "normalize_data": false}', 'id > 10', 'part', 'w * 2'))
{
	same_bytes("the same bytes wherever rows are$options", map { sprintf($training, $_, $options) } @placements);
}
is( hub("SELECT md5(linlearn_solve(linlearn_gram(linlearn_row(x, y)))) FROM whole"),
	hub('SELECT md5(' . sprintf($training, 'two', '') . ')'), 'and of linlearn_solve');
is( hub(q(SELECT bool_and(abs(a.weight - b.weight) < 1e-12) AND count(*) = 4
	FROM linlearn_weights(linlearn_train_distributed('two', 'ARRAY[x[1], x[2], x[3]]', 'y', '{"wd": 0}')) a
	JOIN linlearn_weights((SELECT linlearn_train(x, y, '{"predictor_type": "regressor", "wd": 0}') FROM whole)) b USING (term))),
	't', 'the weights are those of linlearn_train');

# 2. Plans: each server sums, at the same time.
my $plan = said(q(LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
	SET auto_explain.log_verbose = on; SET auto_explain.log_level = notice;
	SELECT linlearn_train_distributed('two', 'x', 'y', '{}', 'id > 5') IS NOT NULL));
my $scan = $modern ? 'Async Foreign Scan' : 'Foreign Scan';
is(scalar(() = $plan =~ /->  $scan  \(.*\)\n\s+Output: \((?:public\.)?linlearn_gram/g), 2, "two of $scan")
	or diag($plan);
is(scalar(() = $plan =~ /Relations: Aggregate on \(public\.two_[12] t(?:_1)?\)/g), 2, 'with the aggregate on the server');
like($plan, qr/Remote SQL: SELECT public\.linlearn_gram\(public\.linlearn_row\(x, y\)\) FROM public\.two_1 WHERE \(\(id > 5\)\)/, 'and the filter');

# The judges, in two steps: parts on the servers, then all.
hub("CREATE TABLE best AS SELECT linlearn_train_distributed('two', 'x', 'y') AS model");
foreach my $judge ([ 'confusion', 'confusion', 'linlearn_pair(w, id % 3)' ], [ 'metrics', 'metrics', 'linlearn_pair(part, part)' ],
	[ 'curve', 'roc_auc', 'linlearn_pair(w = 2, NULL::boolean, y)' ], [ 'curve', 'roc_curve', 'linlearn_pair(w = 2, NULL::boolean, y, w)' ],
	[ 'curve', 'pr_auc', 'linlearn_pair(w = 2, NULL::boolean, y)' ], [ 'curve', 'lift', 'linlearn_pair(w = 2, NULL::boolean, y)' ],
	[ 'curve', 'pr_curve', 'linlearn_pair(w = 2, NULL::boolean, y)' ])
{
	my ($part, $whole, $pair) = @$judge;
	my $branches = join ' UNION ALL ', map { "SELECT linlearn_${part}_part($pair) AS part FROM two_$_" } 1, 2;

	is(hub("SELECT md5(linlearn_${whole}_merge(part)::text) FROM ($branches) p"), hub("SELECT md5(linlearn_${whole}($pair)::text) FROM whole"),
		"$whole of $pair over two servers");
}
my $judged = join ' UNION ALL ', map { "SELECT linlearn_metrics_part(linlearn_pair(y, linlearn_predict((SELECT model FROM best), x))) AS part FROM two_$_" } 1, 2;
is( hub("SELECT abs((linlearn_metrics_merge(part)->>'rmse')::float8 / (SELECT (linlearn_metrics(y, linlearn_predict(model, x))->>'rmse')::float8 FROM whole, best) - 1) < 1e-12 FROM ($judged) p"),
	't', 'a model is judged where the rows are');
my $judges = hub("EXPLAIN (VERBOSE, COSTS OFF) SELECT linlearn_metrics_merge(part) FROM ($judged) p");
is(scalar(() = $judges =~ /Remote SQL: SELECT public\.linlearn_metrics_part\(public\.linlearn_pair\(y, public\.linlearn_predict\(\(?\$1::bytea\)?, x\)\)\) FROM/g), 2,
	'and is sent there once') or diag($judges);
# Of rows by name likewise: a server is sent the fields, not a record.
hub("CREATE TABLE named AS SELECT linlearn_train(r, y, '{\"predictor_type\": \"regressor\", \"wd\": 0.1}') AS model FROM whole, LATERAL (SELECT w, id AS k) r");
my $scores = 'SELECT count(*), sum(id) FROM %s t, LATERAL (SELECT t.w, t.id AS k) r WHERE linlearn_predict((SELECT model FROM named), r) > (SELECT avg(y) FROM whole)';
is(hub(sprintf($scores, 'two')), hub(sprintf($scores, 'whole')), 'rows are chosen by the fields of a record');
like(hub('EXPLAIN (VERBOSE, COSTS OFF) ' . sprintf($scores, 'two_1')),
	qr/Remote SQL: .*public\.linlearn_predict_fields\(\(?\$1::bytea\)?, '\{w,k\}'(?:::text\[\])?, w, id\) > /, 'where they are');

# 3. Options of servers, and the statements that set them.
hub('ALTER SERVER east OPTIONS (DROP extensions' . ($modern ? ', DROP async_capable' : '') . "); ALTER SERVER west OPTIONS (SET extensions 'postgres_fdw')");
hub('CREATE EXTENSION IF NOT EXISTS postgres_fdw');
my $warned = said('SELECT ' . sprintf($training, 'two', '') . ' IS NOT NULL');
like($warned, qr/WARNING:  rows of server "east" are fetched, not summed there/, 'a server without the option is named');
is(scalar(() = $warned =~ /rows of server/g), 2, 'each once');
like($warned, qr/WARNING:  other servers wait while server "east" works/, 'so is one that others wait for') if $modern;
hub($_) foreach $warned =~ /HINT:  Run (ALTER SERVER .*;)/g;
is(said('SELECT ' . sprintf($training, 'two', '') . ' IS NOT NULL'), '', 'the statements that it says cure it');
is(hub("SELECT array_to_string(srvoptions, ' ') ~ 'extensions=postgres_fdw, linlearn' FROM pg_foreign_server WHERE srvname = 'west'"), 't',
	'and keep what was there');

# 4. Versions.
$west->safe_psql('postgres', "UPDATE pg_extension SET extversion = '0.1.0' WHERE extname = 'linlearn'");
like(said('SELECT ' . sprintf($training, 'two', '') . ' IS NULL'), qr/linlearn is 0\.1\.0 here, not 0\.2\.0.*server "west"/s, 'another version, and where');
$west->safe_psql('postgres', "UPDATE pg_extension SET extversion = '0.2.0' WHERE extname = 'linlearn'");
$west->safe_psql('postgres', 'DROP EXTENSION linlearn');
like(said('SELECT ' . sprintf($training, 'two', '') . ' IS NULL'), qr/server "west" has no linlearn of this version/, 'no linlearn, and where');
$west->safe_psql('postgres', 'CREATE EXTENSION linlearn');

# 5. Rows that differ.
is(hub('SELECT ' . sprintf($training, 'two', q(, '{}', 'id < 100')) . ' = ' . sprintf($training, 'whole', q(, '{}', 'id < 100'))), 't',
	'a server without rows');
like(said('SELECT ' . sprintf($training, 'two', q(, '{}', 'id < 0'))), qr/source has no row to train on|no training rows/, 'no rows at all');
$west->safe_psql('postgres', 'UPDATE two_2 SET y = NULL WHERE id > 4000');
is(hub("SELECT (linlearn_model_info(linlearn_train_distributed('two', 'x', 'y')) #>> '{rows,train}')::int"), '4000', 'NULL labels on one server are no rows');
$west->safe_psql('postgres', "UPDATE two_2 SET x = '{1,2}' WHERE id = 3500");
like(said('SELECT ' . sprintf($training, 'two', '') . ' IS NULL'), qr/features, not/, 'rows of another width on one server');
$west->safe_psql('postgres', 'ALTER TABLE two_2 DROP COLUMN x');
like(said('SELECT ' . sprintf($training, 'two', '') . ' IS NULL'), qr/column "x" does not exist.*two_2/s, 'a column that one server lacks');

# 6. Texts are expressions, and nothing else; they have the caller's rights.
hub("CREATE ROLE plain; GRANT SELECT ON eight TO plain; CREATE TABLE secret AS SELECT 1 AS one; CREATE TABLE kept AS SELECT 1 AS one");
foreach my $text ('x) FROM whole; DROP TABLE kept; --', 'x), (SELECT 1', '1; DROP TABLE kept', 'x FROM whole', '(x', 'x -- ', 'x /*', '')
{
	my $quoted = $text =~ s/'/''/gr;
	my $error = said("SELECT linlearn_train_distributed('eight', '$quoted', 'y') IS NULL");

	$text eq 'x -- ' ? is($error, '', 'a comment ends at the line') : like($error, qr/ERROR/, "not an expression: $text");
}
like(said("SELECT linlearn_train_distributed('eight', 'x', 'sum(y)')"), qr/label must be an expression over the columns of one row/, 'an aggregate is none');
like(said("SELECT linlearn_train_distributed('eight', 'x', 'price')"), qr/label: the query has no column "price"/, 'a column that is not there');
is(hub('SELECT count(*) FROM kept'), '1', 'nothing was dropped');
is(said("SET ROLE plain; SELECT linlearn_train_distributed('eight', 'x', 'y') IS NULL"), '', 'who may read a table may train on it');
like(said("SET ROLE plain; SELECT linlearn_train_distributed('whole', 'x', 'y')"), qr/permission denied for table whole/, 'others may not');
like(said("SET ROLE plain; SELECT linlearn_train_distributed('eight', 'x', '(SELECT one FROM secret)')"), qr/permission denied for table secret/, 'nor read by a text');
like(said("SET ROLE plain; SELECT linlearn_train_distributed('one', 'x', 'y')"), qr/permission denied|user mapping not found/, 'nor go to other servers');
hub('GRANT SELECT ON one TO plain; ALTER TABLE one ENABLE ROW LEVEL SECURITY');
like(said("SET ROLE plain; SELECT linlearn_train_distributed('one', 'x', 'y')"), qr/row-level security of "one" is not heeded on other servers/, 'policies are not passed by');
hub('ALTER TABLE one DISABLE ROW LEVEL SECURITY');
like(said("SELECT linlearn_train_distributed('eight', 'x', 'y', '{\"loss\": \"absolute_loss\"}')"), qr/does not take this "loss"/, 'what takes more than passes');

# 7. A lost connection, and a wish to stop, in the middle of a pass.
slow_tables(100, 0.5);
interrupt(q(SELECT linlearn_train_distributed('slow', 'x', 'y', '{}', 'id > 0') IS NULL), 'east', "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'postgres_fdw'", '1s');
is(hub('SELECT ' . sprintf($training, 'three', '') . ' = ' . sprintf($training, 'whole', '')), 't', 'and the next training is as it was');

ForeignServers::stop();
done_testing();
