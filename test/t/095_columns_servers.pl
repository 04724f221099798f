# Features that are columns of any type, over tables of other servers: three clusters.
# Models are the same bytes wherever the rows are, and those of linlearn_train but for
# the last digits; each server makes terms of its own rows.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use ForeignServers;
use PostgreSQL::Test::Utils;
use Test::More;

# Levels and words that the last rows alone have, and NULLs that the first ones lack.
my $rows = q(SELECT i AS id, (i * 37 %% 101)::int2 AS tenure, CASE WHEN i %% 13 > 0 OR i < 3001 THEN (20 + i * 31 %% 97 / 1.7)::numeric(8, 2) END AS "Charges, ""total""",
	(ARRAY['Month', 'One year', E'Two ''years\\\\"', NULL, '+NULL+', 'new'])[1 + (i * 7 %% 5 + (i > 7500)::int)] AS contract,
	i %% 5 = 0 AS senior, date '2020-01-01' + i %% 900 AS signup, timestamptz '2021-03-04 05:06+00' + i %% 1000 * interval '1 hour' AS seen,
	to_tsvector('english', CASE WHEN i %% 3 = 0 THEN 'slow lines ' ELSE 'billing mistakes ' END || i %% 11 || CASE WHEN i > 7000 THEN ' late' ELSE '' END) AS notes,
	'called ' || i %% 9 || ' times and ' || (i * i) %% 7 AS prose,
	ARRAY['a' || i %% 3, 'b' || i %% 4]::text[] AS tags,
	CASE WHEN i %% 7 = 0 THEN '{"a": 1}'::jsonb WHEN i > 6500 THEN '{"b": "x", "a": 2, "c": true}' END AS j,
	ARRAY[sin(i), cos(i)]::float8[] AS x, CASE WHEN i > 3000 THEN sin(i * 3) END AS late,
	interval '1 minute' * (i %% 50) AS wait, md5((i %% 6)::text)::uuid AS plan,
	sin(i) + (i * 37 %% 101) / 50.0 + (i %% 5 = 0)::int + sin(i * i) > 1 AS churn,
	(ARRAY['red', 'green', 'blue'])[1 + floor(abs(3 * (sin(i) + 1.1 + 0.3 * sin(i * i))))::int %% 3] AS colour,
	floor(exp(1 + sin(i)) + sin(i * i) + 1)::int AS visits, 3 * (i %% 5 = 0)::int + (i * 37 %% 101) / 10.0 + sin(i * i) AS y, 1 + i %% 3 AS w,
	CASE WHEN i %% 5 = 0 THEN 'validation' WHEN i %% 11 = 0 THEN 'test' ELSE 'train' END AS part FROM generate_series(%d, %d) i);
$rows =~ s/, 1 \+ i %% 3 AS w,/, linlearn_sparse(ARRAY[CASE WHEN i %% 3 = 0 THEN sin(i) ELSE 0 END, 0, i %% 2, CASE WHEN i > 6500 THEN i %% 5 ELSE 0 END]::real[]) AS s, 'l' || i %% 1500 AS level, to_tsvector('simple', 'v' || i %% 700 || ' v' || i %% 90) AS words, 1 + i %% 3 AS w,/;
my $columns = 'id int, tenure int2, "Charges, ""total""" numeric(8, 2), contract text, senior boolean, signup date, seen timestamptz, notes tsvector, prose text,
	tags text[], j jsonb, x float8[], late float8, wait interval, plan uuid, churn boolean, colour text, visits int, y float8, s linlearn_sparse, level text, words tsvector, w int, part text';
my %node = ForeignServers::start($rows, $columns);
my ($hub, $east, $west) = @node{ 'hub', 'east', 'west' };
my @placements = place_all();
my $exclude = '"exclude": ["id", "prose", "s", "level", "words", "churn", "colour", "visits", "y", "w", "part"]';
my $words = '"columns": {"contract": {"min_rows": 20}}';

sub training { my ($source, $arguments) = @_; return "linlearn_train_distributed('$source', $arguments)" }

# 1. Bytes.
foreach my $arguments (
	"'*', 'churn', '{$exclude, $words}'", "NULL, 'churn', '{$exclude, $words, \"wd\": 0.001}', 'id % 3 > 0', 'part', 'w'",
	"'tenure, contract, senior, late, notes, w', 'churn', '{\"weight\": \"w\", \"wd\": 0.1, \"optimizer\": \"lbfgs\"}'",
	"'tenure, contract, late, x, tags', 'colour', '{\"wd\": 0.1}', NULL, 'part'", "'*', 'visits', '{$exclude, $words, \"loss\": \"poisson\", \"wd\": 0.01}'",
	"'*', 'y', '{$exclude, $words, \"wd\": 0}'", "'*', 'y', '{$exclude, $words, \"loss\": \"huber_loss\"}'",
	"'tenure, contract, tenure * 2 AS twice, ln(1 + tenure)', 'churn', '{\"columns\": {\"twice\": {\"buckets\": 7}, \"tenure\": {\"spline\": 4}, \"contract\": {\"min_rows\": 100}, \"ln\": {\"log\": true}}}'",
	q('prose, tenure', 'churn', '{"columns": {"prose": {"words": "english"}}}'), q('contract', 'churn'), q('t.*, tenure > 30 AS long', 'churn', '{"include": ["long", "j.a", "tags", "late"], "columns": {"j": {"log": true}}}'))
{
	same_bytes("the same bytes wherever the rows are: $arguments", map { training($_, $arguments) } @placements);
}
# Sparse rows, and columns whose terms are: of many levels.
my $wide_columns = q('tenure, contract, senior, level, words');
foreach my $arguments (q('s', 'churn'), q('s', 'churn', '{"wd": 0}', 'id % 3 > 0', 'part', 'w'), q('s', 'colour', '{"wd": 0.03}'), q('s', 'y'), q('s', 'visits', '{"loss": "poisson"}'),
	"$wide_columns, 'churn', '{\"columns\": {\"level\": {\"min_rows\": 2}}, \"wd\": 0.01}'", "$wide_columns, 'y', '{\"wd\": 0.01}', NULL, 'part'")
{
	same_bytes("the same bytes of sparse rows: $arguments", map { training($_, $arguments) } @placements);
}
like(said("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_verbose = on; SET auto_explain.log_level = notice;
	SELECT " . training('two', "$wide_columns, 'churn', '{\"columns\": {\"level\": {\"min_rows\": 2}}, \"wd\": 0.01}'") . ' IS NULL'), qr/Remote SQL: [^\n]*linlearn_gradient[^\n]*linlearn_row\(public\.linlearn_sparse_terms\(/, 'many terms are sparse rows');
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
my $all = "'*', 'churn', '{$exclude, $words}'";
is(hub("$parallel SELECT md5(" . training('whole', $all) . ')'), hub('SELECT md5(' . training('two', $all) . ')'), 'and of parallel workers');
like(said("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice;
	$parallel SELECT " . training('whole', $all) . ' IS NULL'), qr/linlearn_survey_columns.*Partial Aggregate.*linlearn_gradient.*Partial Aggregate/s, 'which survey and pass over a table here');

# 2. As good as linlearn_train, with the same columns.
foreach my $case ([ 'churn', '"wd": 0.001', 'log_loss' ], [ 'colour', '"wd": 0.001', 'multiclass_log_loss' ],
	[ 'visits', '"predictor_type": "regressor", "loss": "poisson", "wd": 0.01', 'objective_loss' ], [ 'y', '"predictor_type": "regressor", "loss": "huber_loss", "wd": 0.01', 'objective_loss' ])
{
	my ($label, $options, $loss) = @$case;
	my $objective = q{(linlearn_model_info(model)->'metrics'->>'train:%s')::float8 + (linlearn_model_info(model)->'hyperparameters'->>'wd')::float8 / 2 * (SELECT sum(importance ^ 2) FROM linlearn_weights(model))};

	$objective = sprintf($objective, $loss);
	is( hub("WITH far AS (SELECT " . training('three', "'*', '$label', '{$exclude, $words, $options}'") . " AS model),
			near AS (SELECT linlearn_train(t, $label, '{$exclude, $words, $options, \"optimizer\": \"lbfgs\"}') AS model FROM whole t)
			SELECT concat_ws(' ', abs((SELECT $objective FROM far) / (SELECT $objective FROM near) - 1) < 1e-8,
				(SELECT json_agg(term ORDER BY term)::text FROM far, linlearn_weights(model)) = (SELECT json_agg(term ORDER BY term)::text FROM near, linlearn_weights(model)),
				(SELECT json_agg(c ORDER BY c)::text FROM far, LATERAL (SELECT to_jsonb(c) - 'importance' FROM linlearn_columns(model) c) c (c)) =
				(SELECT json_agg(c ORDER BY c)::text FROM near, LATERAL (SELECT to_jsonb(c) - 'importance' FROM linlearn_columns(model) c) c (c)))"),
		't t t', "objective, terms and columns of $label are those of linlearn_train");
}
foreach my $case ([ 'churn', '"wd": 0.001' ], [ 'visits', '"predictor_type": "regressor", "loss": "poisson", "wd": 0.001' ], [ 'y', '"predictor_type": "regressor", "wd": 0.001' ])
{
	my ($label, $options) = @$case;

	foreach my $features ([ 's', 't.s' ], [ 'tenure, contract, senior, level, words', 'r' ])
	{
		my ($of, $row) = @$features;
		# The penalty of terms that are not scaled by their deviation.
		my $half = $label eq 'y' ? '1' : '0.5'; # squared errors are not halved, nor are squared weights then
		my $penalty = $of eq 's' ? 'importance' : "CASE WHEN term = 'tenure' THEN importance WHEN term <> '(bias)' THEN weight END";

		is( hub("WITH far AS (SELECT " . training('three', "'$of', '$label', '{$options}'") . " AS model),
				near AS (SELECT linlearn_train($row, $label, '{$options, \"optimizer\": \"lbfgs\"}') AS model FROM whole t, LATERAL (SELECT " . ($of eq 's' ? 's' : 't.tenure, t.contract, t.senior, t.level, t.words') . ") r)
				SELECT concat_ws(' ', max(o) / min(o) - 1 < 1e-8, count(*)) FROM (SELECT (linlearn_model_info(model)->'metrics'->>'train:objective_loss')::float8
					+ (linlearn_model_info(model)->'hyperparameters'->>'wd')::float8 * $half * (SELECT sum(($penalty) ^ 2) FROM linlearn_weights(model)) FROM (TABLE far UNION ALL TABLE near) m) o (o)"),
			't 2', "the objective of $label on sparse rows of $row is that of linlearn_train");
	}
}
is( hub("SELECT bool_and(abs(a.standard_error / b.standard_error - 1) < 1e-5 AND abs(a.weight - b.weight) < 1e-5) AND count(*) = 5
	FROM linlearn_weights(" . training('two', "'s', 'churn', '{\"wd\": 0}'") . ") a FULL JOIN linlearn_weights((SELECT linlearn_train(s, churn, '{\"wd\": 0, \"optimizer\": \"newton\"}') FROM whole)) b USING (term)
	WHERE a.weight <> 0 OR b.weight <> 0 OR a.weight IS NULL OR b.weight IS NULL OR term = 'feature 2'"), 't', 'so are standard errors of sparse rows');
like(said('SELECT ' . training('two', "'s', 'y', '{\"optimizer\": \"exact\"}'")), qr/optimizer "exact" does not take sparse features.*HINT/s, 'sums of products are of dense rows');
is( hub("SELECT bool_and(abs(a.standard_error / b.standard_error - 1) < 1e-6 AND abs(a.weight - b.weight) < 1e-6) AND count(*) > 20
	FROM linlearn_weights(" . training('three', "'tenure, contract, senior, signup', 'y', '{\"wd\": 0}'") . ") a
	FULL JOIN linlearn_weights((SELECT linlearn_train(t, y, '{\"wd\": 0, \"predictor_type\": \"regressor\", \"include\": [\"tenure\", \"contract\", \"senior\", \"signup\"]}') FROM whole t)) b USING (term)"),
	't', 'so are weights and standard errors of least squares');
is( hub("SELECT bool_and(abs(a.standard_error / b.standard_error - 1) < 1e-5 AND abs(a.weight - b.weight) < 1e-5) AND count(*) > 5
	FROM linlearn_weights(" . training('three', "'tenure, contract, senior', 'churn', '{\"wd\": 0}'") . ") a
	FULL JOIN linlearn_weights((SELECT linlearn_train(t, churn, '{\"wd\": 0, \"include\": [\"tenure\", \"contract\", \"senior\"]}') FROM whole t)) b USING (term)"),
	't', 'and of a classifier');
is( hub("SELECT bool_and(p = q) AND count(*) = 8000 FROM (SELECT linlearn_predict(a.model, t) AS p, linlearn_predict(b.model, to_jsonb(t) - 'id') AS q FROM whole t,
	(SELECT " . training('two', "'tenure, contract, senior', 'churn'") . " AS model) a, (SELECT " . training('mixed', "'tenure, contract, senior', 'churn'") . " AS model) b) s"), 't', 'it predicts by name');

# 3. Plans: each server makes terms of its rows, and sums them.
my $plan = said("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
	SET auto_explain.log_verbose = on; SET auto_explain.log_level = notice; SELECT " . training('two', "'*', 'churn', '{$exclude, $words}', 'id > 5'") . ' IS NOT NULL');
my $scan = ForeignServers::modern() ? 'Async Foreign Scan' : 'Foreign Scan';
is(scalar(() = $plan =~ /->  $scan  \(.*\)\n\s+Output: \((?:public\.)?linlearn_survey_columns/g), 2, 'one survey of columns') or diag($plan);
is(scalar(() = $plan =~ /->  $scan  \(.*\)\n\s+Output: \((?:public\.)?linlearn_survey\(/g), 2, 'and one of their terms');
my $passes = () = $plan =~ /->  $scan  \(.*\)\n\s+Output: \((?:public\.)?linlearn_gradient/g;
ok($passes >= 6 && $passes % 2 == 0, "two of $scan a pass: $passes");
is(scalar(() = $plan =~ /Remote SQL: SELECT public\.linlearn_gradient\(public\.linlearn_residual\(\(?\$1::bytea\)?, public\.linlearn_row\(public\.linlearn_sparse_terms\(\(?\$2::bytea\)?, public\.linlearn_cells\(/g), $passes, 'point and plan are parameters');
unlike($plan, qr/WARNING/, 'and nothing is fetched');

# 4. linlearn_fit and linlearn_evaluate of the relation.
my $fit = "SELECT count(*) FROM (VALUES ('whole'), ('two'), ('mixed')) v (source), LATERAL linlearn_fit('%s ' || source, source::regclass, '%s', 'id', '{$exclude, $words, \"wd\": 0.03}', features => '*') f";
my $figures = q(ARRAY['rows', 'accuracy', 'f_beta', 'roc_auc', 'log_loss', 'rmse', 'r2', 'mae', 'top_k_accuracy', 'dcg']);
foreach my $label ('churn', 'colour', 'y')
{
	is(hub(sprintf($fit, $label, $label)), 3, "fits of $label");
	is(hub("SELECT count(*) || ' ' || count(DISTINCT model) FROM linlearn_models WHERE name LIKE '$label %'"), '3 1', 'are the same model wherever the rows are');
	is( hub(qq(SELECT bool_and(high - low <= 1e-9 * greatest(1, abs(high)) AND n = 3) AND count(*) >= 3 FROM
			(SELECT max((metrics->>k)::float8) AS high, min((metrics->>k)::float8) AS low, count(*) AS n FROM linlearn_evaluations, unnest($figures) k
			WHERE model LIKE '$label %' AND metrics ? k GROUP BY k) s)), 't', 'and are judged the same');
	is( hub(qq(WITH e AS MATERIALIZED (SELECT query, metrics FROM linlearn_evaluations WHERE model = '$label whole'),
			local AS (SELECT linlearn_evaluate('$label two', query, 'local') AS metrics FROM e)
		SELECT bool_and(abs((local.metrics->>k)::float8 - (e.metrics->>k)::float8) < 1e-9) AND count(*) >= 3 FROM e, local, unnest($figures) k WHERE e.metrics ? k)),
		't', 'as linlearn_evaluate judges those rows here');
}
is(hub("SELECT test_rows > 1000 AND metrics->>'accuracy' > '0.6' FROM linlearn_fit('short', 'two'::regclass, 'churn', 'id', '{$exclude, $words}')"), 't', 'columns of other servers need no features');
is( hub("SELECT abs((linlearn_evaluate('short', 'three'::regclass, 'late', label => 'churn', filter => 'id > 5000')->>'accuracy')::float8
	- (SELECT avg((linlearn_predict(linlearn_model('short'), t) = churn::int)::int) FROM whole t WHERE id > 5000)) < 1e-9"), 't', 'nor does an evaluation');
like(said("SELECT linlearn_evaluate('short', 'two'::regclass, label => 'churn', features => 'x')"), qr/the model takes rows of a table, not arrays.*HINT:  Say so: features => '\*'/s, 'a model of columns takes no array');
hub("SELECT * FROM linlearn_fit('flat', 'two'::regclass, 'churn', 'id', features => 'x')");
like(said("SELECT linlearn_evaluate('flat', 'two'::regclass, label => 'churn')"), qr/the model takes arrays, not rows of a table.*HINT:  Say what/s, 'nor the reverse');

# 5. What a server alone has.
is(hub("SELECT term FROM linlearn_weights(" . training('two', "'*', 'churn', '{$exclude, $words}'") . ") WHERE term ~ '^(contract=new|notes:late|j.b)' ORDER BY term COLLATE \"C\""),
	"contract=new\nj.b is null\nj.b=x\nnotes:late", 'levels, words and keys that one server alone has');
is(hub("SELECT \"column\" || ' ' || round(nulls::numeric, 4) FROM linlearn_columns(" . training('two', "'late, tenure', 'churn'") . ") WHERE \"column\" = 'late'"), 'late 0.3750', 'a column that is NULL on one server');

# 6. Mistakes.
foreach my $case (
	[ "'*', 'churn', '{$exclude, $words, \"cross\": [[\"contract\", \"senior\"]]}'", qr/does not take option "cross".*HINT:  Cross columns by an expression/s ],
	[ "'*', 'visits', '{$exclude, $words, \"exposure\": \"w\", \"loss\": \"poisson\"}'", qr/does not take option "exposure".*HINT:  linlearn_train takes it/s ],
	[ "'*', 'churn', '{\"exclude\": [\"nobody\"]}'", qr/"nobody"/ ],
	[ "'tenure, contract FROM whole --', 'churn'", qr/syntax error at or near "FROM".*argument features/s ],
	[ "'tenure; DROP TABLE whole', 'churn'", qr/syntax error at or near ";".*argument features/s ],
	[ "'count(*) AS n', 'churn'", qr/features must be an expression over the columns of one row/ ],
	[ "'ROW(tenure, contract)', 'churn'", qr/f1.*HINT/s ],
	[ "'tenure, tenure', 'churn'", qr/"tenure"/ ],
	[ "'nobody, tenure', 'churn'", qr/column "nobody" does not exist/ ],
	[ "'tenure', 'churn', '{}', 'id < 0'", qr/source has no row to train on/ ],
	[ "'tenure', 'churn', '{}', NULL, '''test'''", qr/no training rows/ ],
	[ "'1 AS one', 'churn'", qr/no column tells rows apart/ ],
	[ "'id::text AS key, tenure', 'churn'", qr/values of column "key" are mostly distinct/ ],
	[ "'churn::int AS again, tenure', 'churn'", qr/column "again" is the label by another name/ ],
	[ "'y / (id - 5) AS infinite, tenure', 'churn'", qr/division by zero/ ],
	[ "'''NaN''::float8 AS none, tenure', 'churn'", qr/column "none" is NaN or infinite/ ],
	[ "'array_fill(1.5::float8, ARRAY[1 + id % 2]) AS a, tenure', 'churn'", qr/column "a" has 1 elements, not 2|column "a" has 2 elements, not 1/ ],
	[ "'money(1) AS m, tenure', 'churn'", qr/column "m".*money/ ])
{
	my ($arguments, $error) = @$case;

	like(said('SELECT ' . training('two', $arguments)), $error, "refused: $arguments");
}
is(hub('SELECT count(*) FROM whole'), 8000, 'and nothing was run');

# Servers that differ: a column is what the foreign table declares, not what they have.
my $declared = 'id int, tenure numeric, senior boolean, contract text, visits bigint, signup date, plan text, churn boolean';
$east->safe_psql('postgres', "CREATE TYPE term AS ENUM ('Two ''years\\\"', 'One year', 'Month', '+NULL+', 'new');
	CREATE TABLE kinds AS SELECT id, tenure, senior::text AS senior, contract::term AS contract, visits::int2 AS visits, signup::timestamp AS signup, plan, churn FROM two_1");
$west->safe_psql('postgres', "CREATE DOMAIN term AS varchar(20); CREATE TABLE kinds AS SELECT id, tenure::float8 AS tenure, senior, contract::term AS contract, visits, signup::text AS signup, plan::text AS plan, churn FROM two_2");
hub("CREATE TABLE kinds ($declared) PARTITION BY RANGE (id);
	CREATE FOREIGN TABLE kinds_1 PARTITION OF kinds FOR VALUES FROM (1) TO (3001) SERVER east OPTIONS (table_name 'kinds');
	CREATE FOREIGN TABLE kinds_2 PARTITION OF kinds FOR VALUES FROM (3001) TO (8001) SERVER west OPTIONS (table_name 'kinds');
	CREATE TABLE fetched ($declared); INSERT INTO fetched SELECT * FROM kinds");
same_bytes('columns of other types on the servers', map { training($_, "'*', 'churn', '{\"exclude\": [\"id\"], \"wd\": 0.01}'") } 'kinds', 'fetched');
is(hub("SELECT string_agg(\"column\" || ' ' || type, ', ' ORDER BY \"column\") FROM linlearn_columns(" . training('kinds_1', "'*', 'churn', '{\"exclude\": [\"id\"], \"wd\": 0.01}'") . ')'),
	'contract text, plan text, senior boolean, signup date, tenure numeric, visits bigint', 'are what the foreign table declares');
is(hub("SELECT metrics->>'accuracy' > '0.6' FROM linlearn_fit('kinds', 'kinds'::regclass, 'churn', 'id')"), 't', 'and are judged so');
hub("CREATE FOREIGN TABLE words (id int, contract int, churn boolean) SERVER west OPTIONS (table_name 'kinds')");
like(said('SELECT ' . training('words', "'contract', 'churn'")), qr/invalid input syntax for type integer/, 'what is not of the declared type is an error');
hub("CREATE FOREIGN TABLE lone (id int, tenure int2, absent text, churn boolean) SERVER east OPTIONS (table_name 'two_1')");
like(said('SELECT ' . training('lone', "'tenure, absent', 'churn'")), qr/column "absent" does not exist/, 'a column that a server lacks');
$west->safe_psql('postgres', 'ALTER TABLE two_2 RENAME TO hidden; CREATE VIEW two_2 AS SELECT id + 0 AS id, part, w, words, level, s, y, visits, colour, churn, plan, wait, late, x, j, tags, prose, notes, seen, signup, senior, contract, "Charges, ""total""", tenure FROM hidden');
is(hub('SELECT ' . training('two', $all) . ' = ' . training('whole', $all)), 't', 'columns in another order on one server');

# A table wider than the arguments of a function.
my $wide = join(', ', map { "sin(i * $_) AS c$_" } 1 .. 130);
$east->safe_psql('postgres', "CREATE TABLE wide AS SELECT i AS id, sin(i) > 0 AS label, $wide FROM generate_series(1, 500) i");
hub("CREATE FOREIGN TABLE wide (id int, label boolean, " . join(', ', map { "c$_ float8" } 1 .. 130) . ") SERVER east; CREATE TABLE narrow AS SELECT * FROM wide");
same_bytes('a table of 130 columns', map { training($_, q('*', 'label', '{"exclude": ["id"], "wd": 0.01}')) } 'wide', 'narrow');

# 7. Rows that change.
$east->safe_psql('postgres', 'CREATE SEQUENCE times; CREATE TABLE base AS ' . sprintf($rows, 1, 500) . ";
	CREATE FUNCTION time_of(i int) RETURNS int LANGUAGE sql VOLATILE AS \$\$ SELECT CASE WHEN i = 1 THEN nextval('public.times')::int ELSE i END \$\$;
	CREATE VIEW fewer AS SELECT id, tenure, contract, churn FROM base WHERE id < 100 OR id > 100 + (SELECT nextval('times'));
	CREATE VIEW others AS SELECT id, (tenure + time_of(id))::int2 AS tenure, contract, churn FROM base");
foreach my $view ('fewer', 'others')
{
	hub("CREATE FOREIGN TABLE $view (id int, tenure int2, contract text, churn boolean) SERVER east OPTIONS (table_name '$view')");
	like(said('SELECT ' . training($view, "'tenure, contract', 'churn'")), qr/ERROR:  rows have changed during the training/, "rows that change: $view");
}

ForeignServers::stop();
done_testing();
