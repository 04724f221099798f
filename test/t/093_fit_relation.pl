# linlearn_fit and linlearn_evaluate of a relation whose rows are on other servers:
# what they say is what is said of the same rows here, and servers sum their own.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use ForeignServers;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = q(SELECT i AS id, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x,
	sin(i) + cos(i * 2) + sin(i * i) > 0.2 AS sold, 1 + i % 3 AS stars,
	(ARRAY['red', 'green', 'blue'])[1 + floor(abs(3 * (sin(i) + 1.1 + 0.3 * sin(i * i))))::int %% 3] AS colour,
	1 + 2 * sin(i) + 0.1 * sin(i * i) AS y, floor(exp(1 + sin(i)) + sin(i * i) + 1)::int AS visits FROM generate_series(%d, %d) i);
$rows =~ s/i % 7/i %% 7/;
$rows =~ s/i % 3/i %% 3/;
my %node = ForeignServers::start($rows, 'id int, x float8[], sold boolean, stars int, colour text, y float8, visits int');
my $hub = $node{hub};

table_of($hub, 'whole', 1, 8000);
place('two', [ 'east', 1, 3000 ], [ 'west', 3001, 8000 ]);
place('three', [ 'east', 1, 3000 ], [ 'west', 3001, 6000 ], [ 'south', 6001, 8000 ]);
place('mixed', [ '', 1, 2000 ], [ 'west', 2001, 8000 ]);

my $figures = q(ARRAY['rows', 'accuracy', 'f_beta', 'roc_auc', 'log_loss', 'mcc', 'kappa', 'rmse', 'r2', 'mae',
	'top_k_accuracy', 'dcg', 'calibration_error', 'mean_deviance', 'd2']);
foreach my $case ([ 'sold', '{}' ], [ 'colour', '{}' ], [ 'stars', '{"predictor_type": "multiclass_classifier"}' ],
	[ 'visits', '{"predictor_type": "regressor", "loss": "poisson"}' ], [ 'y', '{}' ], [ 'y', '{"predictor_type": "regressor", "loss": "huber_loss"}' ])
{
	my ($label, $options) = @$case;
	my $fit = "SELECT count(*) FROM (VALUES %s) v (source), LATERAL linlearn_fit('$label ' || source, source::regclass, '$label', 'id', '$options', features => 'x') f";

	is(hub(sprintf($fit, "('whole'), ('two'), ('three'), ('mixed')")), 4, "fits of $label $options");
	is( hub("SELECT count(*) || ' ' || count(DISTINCT model) FROM linlearn_models WHERE name LIKE '$label %'"),
		'4 1', 'are the same model wherever the rows are');
	# Sums of numbers that are no integers are as exact as doubles are.
	is( hub(qq(SELECT bool_and(high - low <= 1e-9 * greatest(1, abs(high)) AND n = 4) AND count(*) >= 4 FROM
			(SELECT max((metrics->>k)::float8) AS high, min((metrics->>k)::float8) AS low, count(*) AS n FROM linlearn_evaluations, unnest($figures) k
			WHERE model LIKE '$label %' AND metrics ? k GROUP BY k) s)),
		't', 'and are judged the same');
	is( hub("SELECT count(DISTINCT confusion) || ' ' || count(*) FROM linlearn_evaluations WHERE model LIKE '$label %'"),
		($label =~ /^(y|visits)$/ ? '0 4' : '1 4'), 'with one matrix');
	# The query that an evaluation keeps says so too, here.
	is( hub(qq(WITH e AS MATERIALIZED (SELECT query, metrics, confusion FROM linlearn_evaluations WHERE model = '$label whole'),
			local AS (SELECT linlearn_evaluate('$label two', query, 'local') AS metrics FROM e)
		SELECT bool_and(CASE WHEN k = ANY ($figures) THEN abs((local.metrics->>k)::float8 - (e.metrics->>k)::float8) < 1e-9
			ELSE e.metrics ? k AND local.metrics ? k END) AND count(*) >= 4
		FROM e, local, LATERAL (SELECT jsonb_object_keys(e.metrics) UNION SELECT jsonb_object_keys(local.metrics)) keys (k))),
		't', 'as linlearn_evaluate judges those rows here');
	hub("SELECT linlearn_delete_model(name) FROM linlearn_models WHERE name LIKE '$label %'");
}

# The plans.
my $noted = q(LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
	SET auto_explain.log_verbose = on; SET auto_explain.log_level = notice;);
my $scan = ForeignServers::modern() ? 'Async Foreign Scan' : 'Foreign Scan';
foreach my $label ('sold', 'colour')
{
	my $said = said("$noted SELECT version FROM linlearn_fit('$label', 'two'::regclass, '$label', 'id', features => 'x')");
	my @plans = grep { /Remote SQL.*linlearn_(survey|gradient|metrics_part)/ } split /Query Text/, $said;

	ok(@plans >= 3, "$label: passes and an evaluation ask servers");
	is((scalar grep { !/$scan.*Relations: Aggregate on.*$scan.*Relations: Aggregate on/s } @plans), 0, 'each sums on both at once');
	like($said, qr/Remote SQL: SELECT public.linlearn_metrics_part.*linlearn_split_channel/, 'the evaluation too');
	like($said, qr/Remote SQL: SELECT public.linlearn_metrics_part[^\n]* public.linlearn_judge_sum\(/, 'with what the scores of all classes say') if $label eq 'colour';
	unlike($said, qr/WARNING/, 'and nothing is fetched');
}
is( hub(q(SELECT abs((linlearn_evaluate('sold', 'three'::regclass, 'late', label => 'sold', features => 'x', filter => 'id > 5000')->>'accuracy')::float8
	- (SELECT avg((linlearn_predict(linlearn_model('sold'), x) = sold::int)::int) FROM whole WHERE id > 5000)) < 1e-9)), 't', 'an evaluation of some rows');

# Of rows that stay where they are a card is kept, too.
is(hub(q(SELECT version FROM linlearn_fit('carded', 'three'::regclass, 'sold', 'id', features => 'x', card => '{"owner": "me"}'))), 1, 'a model with a card');
is(hub(q(SELECT card->>'owner' FROM linlearn_models WHERE name = 'carded')), 'me', 'which is kept');

# Predictions where the rows are.
hub("CREATE TABLE best AS SELECT linlearn_model('sold') AS model");
like(hub('EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM two_1 WHERE linlearn_predict((SELECT model FROM best), x) = 1'),
	qr/Remote SQL: SELECT id FROM public.two_1 WHERE \(\(public.linlearn_predict\(/, 'a prediction in a condition runs on the server');
is( hub('SELECT count(*) FROM two WHERE linlearn_predict((SELECT model FROM best), x) = 1'),
	hub('SELECT count(*) FROM whole WHERE linlearn_predict((SELECT model FROM best), x) = 1'), 'and says the same');
$node{east}->safe_psql('postgres', "SELECT linlearn_save_model('sold', '\\x" . hub("SELECT encode(model, 'hex') FROM best") . "')");
$node{east}->safe_psql('postgres', "CREATE VIEW scored AS SELECT id, linlearn_predict(linlearn_model('sold'), x) AS sold FROM two_1");
hub("CREATE FOREIGN TABLE scored (id int, sold float8) SERVER east");
is( hub('SELECT md5(string_agg(sold::text, $$,$$ ORDER BY id)) FROM scored'),
	hub('SELECT md5(string_agg(linlearn_predict((SELECT model FROM best), x)::text, $$,$$ ORDER BY id)) FROM whole WHERE id <= 3000'), 'a view there gives them as a column');

# What cannot be.
like(said(q(SELECT linlearn_evaluate('sold', 'two'::regclass, label => 'sold'))), qr/the model takes arrays, not rows of a table.*HINT:  Say what the features are, as an array/s, 'columns for a model of arrays');
like(said(q(SELECT linlearn_fit('no', 'two'::regclass, 'sold', features => 'x'))), qr/key must not be NULL.*HINT:  Name the column/s, 'no key');
like(said(q(SELECT linlearn_evaluate('sold', 'two'::regclass, label => 'sold', features => 'x', filter => 'false'))), qr/source has no row/, 'no row');
is(hub(q(SELECT count(*) FROM linlearn_models WHERE name = 'no')), 0, 'nothing is saved of what failed');

# Where rows are here columns are features.
is( hub(q(SELECT a.metrics = b.metrics FROM linlearn_fit('c', 'whole'::regclass, 'sold', 'id', '{"exclude": ["x"]}') a, linlearn_fit('d', 'SELECT * FROM whole', 'sold', 'id', '{"exclude": ["x"]}') b)),
	't', 'columns of a relation here');

ForeignServers::stop();
done_testing();
