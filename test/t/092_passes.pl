# Trainings by passes over tables of other servers: three clusters.  Models are the
# same bytes wherever the rows are, and as good as those of linlearn_train; rows that
# change are told.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use ForeignServers;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = q(SELECT i AS id, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x,
	decode(lpad(to_hex(i * 7919 % 16777216), 6, '0') || lpad(to_hex(i * 31 % 256), 2, '0'), 'hex') AS bytes,
	sin(i) + cos(i * 2) + sin(i * i) > 0.2 AS sold,
	(ARRAY['red', 'green', 'blue'])[1 + floor(abs(3 * (sin(i) + 1.1 + 0.3 * sin(i * i))))::int % 3] AS colour,
	floor(exp(1 + sin(i)) + sin(i * i) + 1)::int AS visits, 1 + 2 * sin(i) + 0.1 * sin(i * i) AS y, 1 + i % 3 AS w,
	CASE WHEN i % 5 = 0 THEN 'validation' WHEN i % 11 = 0 THEN 'test' ELSE 'train' END AS part FROM generate_series(%d, %d) i);
my $columns = 'id int, x float8[], bytes bytea, sold boolean, colour text, visits int, y float8, w int, part text';
my %node = ForeignServers::start($rows, $columns);
my ($hub, $east, $west) = @node{ 'hub', 'east', 'west' };
my $modern = ForeignServers::modern();

my @placements = place_all();

# A training of a placement.
sub training { my ($source, $arguments) = @_; return "linlearn_train_distributed('$source', $arguments)" }

# 1. Bytes.
foreach my $arguments (
	q('x', 'sold'), q('x', 'sold', '{"wd": 0}'), q('x', 'sold', '{"optimizer": "lbfgs"}', 'id % 2 = 0', 'part', 'w'),
	q('x', 'sold', '{"calibrate": "platt", "binary_classifier_model_selection_criteria": "f1"}', NULL, 'part'),
	q('bytes', 'sold'), q('x', 'colour'), q('bytes', 'colour', '{"balance_multiclass_weights": true}', NULL, 'part'),
	q('x', 'visits', '{"loss": "poisson", "wd": 0}'), q('x', 'y', '{"loss": "huber_loss"}'), q('x', 'y', '{"optimizer": "lbfgs"}', NULL, 'part', 'w'))
{
	same_bytes("the same bytes wherever the rows are: $arguments", map { training($_, $arguments) } @placements);
}
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
is( hub("$parallel SELECT md5(" . training('whole', q('x', 'sold')) . ')'),
	hub('SELECT md5(' . training('two', q('x', 'sold')) . ')'), 'and of parallel workers');
like(said("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice;
	$parallel SELECT " . training('whole', q('x', 'sold')) . ' IS NULL'), qr/linlearn_gradient.*Partial Aggregate.*linlearn_gradient.*Partial Aggregate/s, 'which pass over a table here');

# 2. As good as linlearn_train: the mean losses on the rows, with the penalty.
foreach my $case ([ 'sold', '{"wd": 0.001}', 'log_loss' ], [ 'colour', '{"wd": 0.001}', 'multiclass_log_loss' ],
	[ 'visits', '{"predictor_type": "regressor", "loss": "poisson", "wd": 0}', 'objective_loss' ],
	[ 'y', '{"predictor_type": "regressor", "loss": "huber_loss", "wd": 0}', 'objective_loss' ])
{
	my ($label, $options, $loss) = @$case;
	my $objective = q{(linlearn_model_info(model)->'metrics'->>'train:%s')::float8 + (linlearn_model_info(model)->'hyperparameters'->>'wd')::float8 / 2 * (SELECT sum(importance ^ 2) FROM linlearn_weights(model))};

	$objective = sprintf($objective, $loss);
	is( hub("WITH far AS (SELECT " . training('two', "'x', '$label', '$options'") . " AS model),
			near AS (SELECT linlearn_train(x, $label, '{\"optimizer\": \"lbfgs\"}'::jsonb || '$options') AS model FROM whole)
			SELECT abs((SELECT $objective FROM far) / (SELECT $objective FROM near) - 1) < 1e-8"),
		't', "the objective of $label is that of linlearn_train");
}
# Of much work linlearn_train computes in floats, until little is left.
my $mnist = $ENV{LINLEARN_TEST_MNIST} // '';
my $digits = $mnist ne '' && -e $mnist ? $mnist : 'synthetic';

hub("SELECT linlearn_load_mnist('$digits', 'linlearn_mnist', 22000, 10, 10)");
is( hub(q(WITH far AS (SELECT linlearn_train_distributed('linlearn_mnist', 'pixels', 'label < 5', '{"wd": 0.02, "normalize_data": false}', 'split = ''train''') AS model),
		near AS (SELECT linlearn_train(pixels, label < 5, '{"wd": 0.02, "normalize_data": false, "optimizer": "lbfgs"}') AS model FROM linlearn_mnist WHERE split = 'train'),
		objective AS (SELECT (linlearn_model_info(model)->'metrics'->>'train:objective_loss')::float8 + 0.01 * (SELECT sum(weight ^ 2) FROM linlearn_weights(model) WHERE feature IS NOT NULL) AS value
			FROM (SELECT * FROM far UNION ALL SELECT * FROM near) AS m)
	SELECT max(value) / min(value) - 1 < 1e-8 AND count(*) = 2 FROM objective)),
	't', "so is that of $digits digits");
is( hub(q(SELECT bool_and(abs(a.standard_error / b.standard_error - 1) < 1e-6 AND abs(a.weight - b.weight) < 1e-6) AND count(*) = 4
	FROM linlearn_weights(linlearn_train_distributed('three', 'x', 'sold', '{"wd": 0}')) a
	JOIN linlearn_weights((SELECT linlearn_train(x, sold, '{"wd": 0, "optimizer": "newton"}') FROM whole)) b USING (term))),
	't', 'so are weights and standard errors');
is( hub(q(WITH far AS (SELECT linlearn_train_distributed('two', 'x', 'sold', '{}', NULL, 'part') AS model)
	SELECT abs((linlearn_model_info(model)->'metrics'->>'validation:binary_classification_accuracy')::float8
		- (SELECT avg((linlearn_predict_label(model, x) = sold::text)::int) FROM whole WHERE part = 'validation')) < 1e-9
		AND linlearn_model_info(model)->'rows' = '{"test": 582, "train": 5818, "skipped": 0, "unlabelled": 0, "validation": 1600}' FROM far)),
	't', 'what a model says of validation rows is what it predicts');
is( hub(q(SELECT bool_and(validation_loss > 0 AND train_loss > 0) AND count(*) > 2
	FROM linlearn_training_history(linlearn_train_distributed('two', 'x', 'sold', '{}', NULL, 'part')))), 't', 'its history has both losses of each iteration');
is( hub(q(WITH all_of_it AS (SELECT linlearn_train_distributed('two', 'x', 'colour', '{"wd": 1e-9}', NULL, 'part') AS model),
		early AS (SELECT linlearn_train_distributed('two', 'x', 'colour', '{"wd": 1e-9, "early_stopping_patience": 2, "early_stopping_tolerance": 0.01}', NULL, 'part') AS model)
	SELECT (linlearn_model_info(e.model)->>'iterations')::int < (linlearn_model_info(a.model)->>'iterations')::int
		AND linlearn_model_info(e.model)->>'converged' = 'false'
		AND (SELECT abs(validation_loss / (linlearn_model_info(e.model)->'metrics'->>'validation:multiclass_log_loss')::float8 - 1) < 1e-9
			AND validation_loss = min(validation_loss) OVER () FROM linlearn_training_history(e.model) ORDER BY epoch DESC LIMIT 1)
		AND e.model = linlearn_train_distributed('mixed', 'x', 'colour', '{"wd": 1e-9, "early_stopping_patience": 2, "early_stopping_tolerance": 0.01}', NULL, 'part')
	FROM all_of_it a, early e)), 't', 'validation rows end it early, at the best iteration, by the losses of its passes');
is(said('SELECT ' . training('two', q('x', 'colour', '{"wd": 1e-9, "early_stopping_patience": 2, "early_stopping_tolerance": 0.01}', NULL, 'part')) . ' IS NULL'), '', 'and nothing is said of that');
is( hub(q(SELECT md5(string_agg(linlearn_predict_label(model, x), ',' ORDER BY id)) = (SELECT md5(string_agg(linlearn_predict_label(m.model, x), ',' ORDER BY id)) FROM whole, (SELECT linlearn_train_distributed('eight', 'x', 'colour') AS model) m)
	FROM whole, (SELECT linlearn_train_distributed('three', 'x', 'colour') AS model) n)), 't', 'it predicts as any other');

# 3. Plans: each server sums, at the same time, and gets the point once a pass.
my $plan = said(q(LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
	SET auto_explain.log_verbose = on; SET auto_explain.log_level = notice;
	SELECT linlearn_train_distributed('two', 'x', 'sold', '{}', 'id > 5') IS NOT NULL));
my $scan = $modern ? 'Async Foreign Scan' : 'Foreign Scan';
my $passes = () = $plan =~ /->  $scan  \(.*\)\n\s+Output: \((?:public\.)?linlearn_gradient/g;
ok($passes >= 6 && $passes % 2 == 0, "two of $scan a pass: $passes") or diag($plan);
is(scalar(() = $plan =~ /Remote SQL: SELECT public\.linlearn_gradient\(public\.linlearn_residual\(\(?\$1::bytea\)?, public\.linlearn_row\(x, sold\)\)\) FROM/g), $passes, 'the point is a parameter');
is(scalar(() = $plan =~ /->  $scan  \(.*\)\n\s+Output: \((?:public\.)?linlearn_survey/g), 2, 'one survey') or diag($plan);
like(said(q(SET linlearn.progress = notice; SELECT linlearn_train_distributed('two', 'x', 'sold') IS NULL)), qr/training.*\n.*training/, 'a notice an iteration');

hub('ALTER SERVER east OPTIONS (DROP extensions)');
my $fetched = said('SET client_min_messages = warning; SELECT ' . training('two', q('x', 'sold')) . ' IS NULL');
is(scalar(() = $fetched =~ /WARNING:  rows of server "east" are fetched, not summed there/g), 1, 'a server without the option is named once, not once a pass');
is(hub('SELECT ' . training('two', q('x', 'sold')) . ' = ' . training('whole', q('x', 'sold'))), 't', 'where rows are fetched the bytes are the same');
hub("ALTER SERVER east OPTIONS (ADD extensions 'linlearn')");

# 4. Labels.
my $classes = q(SELECT linlearn_model_info(linlearn_train_distributed('two', 'x', '%s'))->>'labels');
is(hub(sprintf($classes, q(CASE WHEN id > 7000 THEN ''new'' ELSE colour END))), '["blue", "green", "new", "red"]', 'a class that one server alone has');
is( hub("SELECT linlearn_model_info(" . training('two', q('x', 'NULLIF(sold, id > 7000)')) . ")->'rows'->>'train' < '8000'"), 't', 'NULL labels on one server');
like(said('SELECT ' . training('two', q('x', 'id > 0'))), qr/all training rows have the same class/, 'one class alone');
like(said('SELECT ' . training('two', q('x', 'id', '{"predictor_type": "multiclass_classifier"}'))), qr/labels have more than 4096 values/, 'too many classes');
like(said('SELECT ' . training('two', q('x', 'y', '{"loss": "poisson"}'))), qr/label -.* is not allowed with loss "poisson"/, 'labels that a loss does not take');
like(said('SELECT ' . training('two', q('x', 'sold', '{}', 'id < 0'))), qr/source has no row to train on/, 'no rows');
is(hub('SELECT ' . training('two', q('x', 'sold', '{}', 'id < 100')) . ' = ' . training('whole', q('x', 'sold', '{}', 'id < 100'))), 't', 'a server without rows');

# 5. Options that take the rows themselves.
foreach my $option ('"loss": "hinge_loss"', '"optimizer": "adam"', '"validation_fraction": 0.2', '"l1": "path"', '"num_models": 4', '"refit": true', '"standard_errors": "HC1"')
{
	my ($name) = $option =~ /"(\w+)"/;

	like(said('SELECT ' . training('two', "'x', 'sold', '{$option}'")), qr/does not take this "$name"/, "$option is refused");
}
like(said('SELECT ' . training('two', q('x', 'sold', '{"mini_batch_size": 7}'))), qr/WARNING:  "mini_batch_size" has no effect/, 'one without an effect is told');
like(said('SELECT ' . training('two', q('x', 'sold', '{"max_seconds": 1e-9, "wd": 1e-6, "optimizer": "lbfgs"}'))), qr/NOTICE:  optimizer "lbfgs" stopped short of the optimum/, 'so is an end before the optimum');

# 6. Rows that change between passes: a view whose rows are others each time.
$east->safe_psql('postgres', 'CREATE SEQUENCE times;
	CREATE FUNCTION time_of(i int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN i = 1 THEN nextval(\'public.times\')::int ELSE i END $$;
	CREATE TABLE base AS ' . sprintf($rows, 1, 500) . ";
	CREATE VIEW fewer AS SELECT * FROM base WHERE id < 100 OR id > 100 + (SELECT nextval('times'));
	CREATE VIEW others AS SELECT id, ARRAY[x[1], x[2], time_of(id)] AS x, sold FROM base");
foreach my $view ('fewer', 'others')
{
	hub("CREATE FOREIGN TABLE $view (id int, x float8[], sold boolean) SERVER east OPTIONS (table_name '$view')");
	like(said('SELECT ' . training($view, q('x', 'sold'))), qr/ERROR:  rows have changed during the training/, "rows that change: $view");
}
$west->safe_psql('postgres', 'ALTER TABLE two_2 DROP COLUMN sold');
like(said('SELECT ' . training('two', q('x', 'sold'))), qr/column "sold" does not exist.*two_2/s, 'a column that one server lacks');
hub('CREATE ROLE plain; GRANT SELECT ON eight TO plain');
is(said('SET ROLE plain; SELECT ' . training('eight', q('x', 'sold')) . ' IS NULL'), '', 'who may read a table may train on it');
like(said('SET ROLE plain; SELECT ' . training('one', q('x', 'sold'))), qr/permission denied|user mapping not found/, 'others may not');

$east->safe_psql('postgres', 'CREATE ROLE plain LOGIN');
hub("CREATE USER MAPPING FOR plain SERVER east OPTIONS (user 'plain', password_required 'false'); GRANT SELECT ON one, one_1 TO plain");
like(said('SET ROLE plain; SELECT ' . training('one', q('x', 'sold'))), qr/ERROR:  permission denied for table one_1.*server "east"/s, 'nor whom the other server does not let read');

# 7. A lost connection, and a wish to stop, in the middle of a pass.
slow_tables(400, 0.1);
# The first two cursors are of the version and of the survey.
interrupt('SELECT ' . training('slow', q('x', 'sold', '{}', 'id > 0')) . ' IS NULL', 'west',
	"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ 'FETCH .* FROM c([3-9]|[1-9][0-9])'", '2s');
is(hub('SELECT ' . training('three', q('x', 'sold')) . ' = ' . training('whole', q('x', 'sold'))), 't', 'and the next training is as it was');

ForeignServers::stop();
done_testing();
