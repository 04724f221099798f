# Every function of the extension is called with NULLs and with values that
# nobody would pass, alone and inside aggregates that a user makes: each call
# returns or fails, and the server lives.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nrestart_after_crash = off\n"
	. "log_statement = none\nlog_min_messages = panic\n");
$node->start;
my $started = 'SELECT pg_postmaster_start_time()';
my $start_time = $node->safe_psql('postgres', $started);
my $calls = $ENV{LINLEARN_HOSTILE_CALLS} // 60;
my $seed = $ENV{LINLEARN_HOSTILE_SEED} // 0.25;

$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'),
		'-f', "$FindBin::Bin/every_function.sql" ],
	'what is to be tried is there');

# Runs a statement for each function; dies where the server does.
sub attack
{
	my ($role, $what, $statement) = @_;
	my @fallen;

	foreach my $row (split /\n/, $node->safe_psql('postgres', "SELECT oid || '|' || signature FROM lab.functions ORDER BY signature"))
	{
		my ($oid, $signature) = split /\|/, $row, 2;
		my ($status, $out, $err) = $node->psql('postgres',
			"SET client_min_messages = error; SET statement_timeout = '180s'; SELECT setseed($seed);" . sprintf($statement, $oid),
			extra_params => [ '-U', $role ]);
		next if $status == 0;
		push @fallen, "$signature: $err";
		last if $node->psql('postgres', 'SELECT 1') != 0;
	}
	is_deeply(\@fallen, [], "$role: $what");
	BAIL_OUT('the server fell') if $node->psql('postgres', 'SELECT 1') != 0;
}

my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
foreach my $role ('ordinary', $superuser)
{
	attack($role, 'functions alone', "SELECT lab.call(%s, $calls)");
	attack($role, 'aggregates made of functions', 'SELECT lab.aggregate(%s, 4)');
}

# The trigger, fired in each way but its own.
$node->safe_psql('postgres', 'CREATE TABLE lab.any_table (name text, model_name text, model_version integer); INSERT INTO lab.any_table VALUES (1, 1, 1)');
foreach my $table ('lab.any_table', 'linlearn_endpoints')
{
	foreach my $fired ('BEFORE INSERT %s FOR EACH STATEMENT', 'AFTER INSERT OR UPDATE %s FOR EACH STATEMENT',
		'BEFORE TRUNCATE %s FOR EACH STATEMENT', 'AFTER INSERT OR UPDATE %s FOR EACH ROW',
		'BEFORE DELETE %s FOR EACH ROW', $table eq 'lab.any_table' ? 'BEFORE INSERT OR UPDATE OR DELETE %s FOR EACH ROW' : ())
	{
		my ($status, $out, $err) = $node->psql('postgres', sprintf("BEGIN; CREATE TRIGGER other $fired EXECUTE FUNCTION linlearn_check_endpoint();", "ON $table")
			. "INSERT INTO linlearn_models (name, version, model) SELECT 'a', 1, model FROM lab.models LIMIT 1;"
			. "INSERT INTO $table VALUES ('a', 'a', 1); UPDATE $table SET model_version = 1; DELETE FROM $table; TRUNCATE $table;");
		like($err, qr/linlearn_check_endpoint can only be called as the row trigger/, "$table: $fired");
	}
}
is($node->safe_psql('postgres', $started), $start_time, 'the server never fell');

# Parts are for nobody to call, but those of aggregates that a cluster runs, whose state is
# a value; and what they are parts of is for everybody.
my $parts = q(SELECT count(*), count(*) FILTER (WHERE has_function_privilege('ordinary', f.oid, 'EXECUTE'))
	FROM lab.functions f WHERE 'internal'::regtype = ANY (arguments) OR result = 'trigger'::regtype OR proname ~ '_(in|out|send|validator)$');
like($node->safe_psql('postgres', $parts), qr/^\d\d+\|0$/, 'nobody may call a part');
my $closed = q(SELECT signature FROM lab.functions f WHERE NOT has_function_privilege('ordinary', f.oid, 'EXECUTE') AND prokind = 'a');
is($node->safe_psql('postgres', $closed), '', 'anybody may call an aggregate');
my $use = q(
	SET parallel_setup_cost = 0; SET linlearn.parallel_rows = on; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
	CREATE TABLE lab.judged AS SELECT i % 3 AS a, i % 2 AS p, (i % 10 / 10.0)::float8 AS s, ARRAY[0.2, 0.3, 0.5]::float8[] AS scores,
		ARRAY[i % 7, i % 5]::real[] AS x, linlearn_sparse(ARRAY[i % 7, i % 5]::real[]) AS w FROM generate_series(1, 20000) i;
	SELECT count(*) FROM lab.plan($$SELECT linlearn_confusion(a, p), linlearn_metrics(a, p), linlearn_roc_auc(p, s), linlearn_brier(p, s), linlearn_mse(s, s), linlearn_dcg(a, scores), linlearn_train(x, s, '{"epochs": 1, "predictor_type": "regressor"}') FROM lab.judged$$) line WHERE line ~ 'Partial Aggregate';
	SELECT linlearn_confusion(a, p) IS NULL, linlearn_metrics(a, p) IS NULL, linlearn_roc_auc(p, s) IS NULL, linlearn_brier(p, s) IS NULL, linlearn_mse(s, s), linlearn_dcg(a, scores) IS NULL,
		linlearn_train(x, s, '{"epochs": 1, "predictor_type": "regressor"}') IS NULL, linlearn_to_recordio(x) IS NULL FROM lab.judged;
	SELECT linlearn_confusion(a, p) OVER (ORDER BY s ROWS 1 PRECEDING) IS NULL FROM lab.judged LIMIT 1;
	CREATE TABLE lab.sparse (w linlearn_sparse, ws linlearn_sparse[]); INSERT INTO lab.sparse VALUES ('{0:1}/2', '{"{0:1}/2"}');
	COPY lab.sparse TO STDOUT; SELECT w, ws, ROW(w), to_jsonb(w), w::text::linlearn_sparse, (w::real[])::linlearn_sparse FROM lab.sparse;
	DROP TABLE lab.judged, lab.sparse;);
$node->safe_psql('postgres', q(CREATE FUNCTION lab.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN ' || query; END $$));
is($node->safe_psql('postgres', $use, extra_params => [ '-U', 'ordinary' ]),
	qq(1\nf|f|f|f|0|f|f|f\nf\n{0:1}/2\t{"{0:1}/2"}\n{0:1}/2|{"{0:1}/2"}|({0:1}/2)|"{0:1}/2"|{0:1}/2|{0:1}/2),
	'an ordinary role uses the aggregates and the type, in parallel plans too');

# A dump keeps who may call what.
$node->safe_psql('postgres', 'CREATE DATABASE copied');
$node->command_ok([ 'sh', '-c', sprintf(q(pg_dump -d '%s' | psql -X -q -v ON_ERROR_STOP=1 -d '%s'), $node->connstr('postgres'), $node->connstr('copied')) ],
	'the database is dumped and restored');
is($node->safe_psql('copied', $parts), $node->safe_psql('postgres', $parts), 'a part stays closed after a restore');

# A tuned model whose request is damaged, its checksum made right.
sub crc32c
{
	my $crc = 0xffffffff;

	foreach my $byte (unpack 'C*', $_[0])
	{
		$crc ^= $byte;
		$crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
	}
	return $crc ^ 0xffffffff;
}
my $tuned = pack 'H*', $node->safe_psql('postgres', q(SELECT encode(model, 'hex') FROM lab.models
	WHERE position('objective_type' IN encode(model, 'escape')) > 0 ORDER BY length(model) DESC LIMIT 1));
foreach my $damage ([ '{"objective"', 'x"objective"', qw(info predict trials warm_start report) ],
	[ '"objective"', '"objectivx"', 'warm_start' ],
	[ '"ranges": {', '"ranges": [', qw(info predict trials warm_start report) ])
{
	my ($from, $to, @readers) = @$damage;
	my $model = $tuned;

	ok($model =~ s/\Q$from\E/$to/, "$from is in the model");
	substr($model, 8, 4) = pack 'V', crc32c(substr($model, 16));
	$model = "'\\x" . unpack('H*', $model) . "'::bytea";
	my %reads = (info => "linlearn_model_info($model)", predict => "linlearn_predict($model, '{1,2}'::real[])",
		trials => "(SELECT count(*) FROM linlearn_trials($model))", warm_start => "linlearn_warm_start($model)",
		report => "linlearn_model_report($model)");
	foreach my $reader (@readers)
	{
		my ($status, $out, $err) = $node->psql('postgres', "SELECT $reads{$reader}");
		like($err, qr/ERROR:  model is damaged/, "$to: $reader");
	}
}
is($node->safe_psql('postgres', $started), $start_time, 'the server never fell');
note $node->safe_psql('postgres',
	'SELECT state, count(*) FROM lab.outcomes GROUP BY 1 ORDER BY 2 DESC');
note $node->safe_psql('postgres',
	"SELECT message, min(statement) FROM lab.outcomes WHERE state ~ '^(XX|58|57|53|54001)' GROUP BY 1");
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM lab.outcomes'), '>', 5000, 'enough calls were tried');
$node->stop;
done_testing();
