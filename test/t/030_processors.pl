# A stored model's scores and all that judges them are equal to the bit, whatever
# instructions the C library and OpenBLAS may use.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What a server's environment takes away.  Names of 2.26 to 2.32 end in _Usable;
# the library passes over those that it does not know.
my @missing = map { ("-$_", "-${_}_Usable") } qw(FMA FMA4 AVX2 AVX512F AVX512VL
  AVX512BW AVX512DQ AVX);
my %machines = (
	'a C library without FMA and AVX' =>
	  { GLIBC_TUNABLES => 'glibc.cpu.hwcaps=' . join(',', @missing) },
	'a C library without FMA' =>
	  { GLIBC_TUNABLES => 'glibc.cpu.hwcaps=-FMA,-FMA_Usable,-FMA4,-FMA4_Usable' },
	map { ("OpenBLAS for $_" => { OPENBLAS_CORETYPE => $_ }) }
	  qw(Haswell Zen Sandybridge Prescott));

my $node = PostgreSQL::Test::Cluster->new('processors');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\n");
$node->start;

# Rows of integers and binary fractions only: alike on every machine.
$node->safe_psql('postgres', q(
	CREATE EXTENSION linlearn;
	CREATE TABLE rows AS
	SELECT i, ARRAY[i * 7919 % 1009, i * 104729 % 997, i % 61, i % 7 * 0.125, i * 31 % 127 / 64.0]::float8[] AS f64,
		ARRAY[i * 7919 % 1009, i * 104729 % 997, i % 61, i % 7 * 0.125, i * 31 % 127 / 64.0]::real[] AS f32,
		decode(string_agg(to_hex(16 + (i * 7919 + j * 104729 + i * j) % 240), ''), 'hex') AS u8,
		(i * 7919 % 1009 + i * 104729 % 997 + i * 15485863::bigint % 701) > 1300 AS yes,
		(i * 7919 % 1009 / 260 + i * 15485863::bigint % 3)::int / 2 AS class,
		(i * 7919 % 1009 + i * 15485863::bigint % 701)::float8 AS y
	FROM generate_series(1, 4000) i, generate_series(1, 77) j GROUP BY i ORDER BY i;
	ALTER TABLE rows ADD sparse linlearn_sparse;
	UPDATE rows SET sparse = linlearn_sparse(f32);
	VACUUM FULL rows;
	CREATE TABLE models (name text, features text, model bytea);
	CREATE FUNCTION train(name text, label text, options jsonb) RETURNS void AS $$
	DECLARE f text;
	BEGIN
		FOREACH f IN ARRAY '{f64,f32,u8,sparse}'::text[] LOOP
			EXECUTE format('INSERT INTO models SELECT %L, %L, linlearn_train(%I, %I, %L) FROM rows',
				name, f, f, label, options);
		END LOOP;
	END $$ LANGUAGE plpgsql;
	SELECT train('logistic', 'yes', '{"predictor_type": "binary_classifier", "epochs": 3}'),
		train('platt', 'yes', '{"predictor_type": "binary_classifier", "epochs": 3, "calibrate": "platt"}'),
		train('isotonic', 'yes', '{"predictor_type": "binary_classifier", "epochs": 3, "calibrate": "isotonic"}'),
		train('softmax', 'class', '{"predictor_type": "multiclass_classifier", "epochs": 3}'),
		train('value', 'y', '{"predictor_type": "regressor", "optimizer": "adam", "epochs": 3}'),
		train('huber', 'y', '{"predictor_type": "regressor", "loss": "huber_loss", "epochs": 3}'),
		train('errors', 'y', '{"predictor_type": "regressor", "optimizer": "exact", "wd": 0, "l1": 0}');
	CREATE FUNCTION model(text) RETURNS bytea AS
		$$ SELECT model FROM models WHERE name = $1 AND features = 'f64' $$ LANGUAGE sql IMMUTABLE;
	CREATE FUNCTION answers(model bytea, features text, OUT answers text) AS $$
	BEGIN
		EXECUTE format('SELECT md5(string_agg(concat_ws($2, linlearn_predict($1, %1$I), linlearn_score($1, %1$I), '
			'linlearn_scores($1, %1$I)), $2 ORDER BY i)) FROM rows', features) INTO answers USING model, ' ';
	END $$ LANGUAGE plpgsql;
	SELECT linlearn_save_model(name, model) FROM models WHERE features = 'f64';));

# One line a model or figure, of texts that hold a double's every bit.
my $answers = q(
	SELECT name, features, answers(model, features) FROM models ORDER BY 1, 2;
	CREATE TEMP TABLE judged AS
	SELECT i, yes, class, y, linlearn_predict(model('logistic'), f64) = 1 AS p, linlearn_score(model('logistic'), f64) AS s,
		linlearn_scores(model('softmax'), f64) AS scores, linlearn_predict(model('value'), f64) AS value, i % 5 + 0.5 AS w
	FROM rows;
	SELECT 'metrics', linlearn_metrics(yes, p, s), linlearn_metrics(yes, p, s, '{}', w),
		linlearn_metrics(y, value) FROM judged;
	SELECT 'figures', linlearn_log_loss(yes, s), linlearn_log_loss(yes, s, w), linlearn_log_loss(class, scores),
		linlearn_dcg(class, scores), linlearn_brier(yes, s), linlearn_calibration_error(yes, s), linlearn_roc_auc(yes, s),
		linlearn_pr_auc(yes, s), md5(linlearn_calibration(yes, s)::text), md5(linlearn_lift(yes, s)::text),
		md5(linlearn_roc_curve(yes, s)::text), md5(linlearn_pr_curve(yes, s)::text) FROM judged;
	SELECT 'evaluate', n, m FROM unnest('{logistic,platt,isotonic}'::text[]) n, linlearn_evaluate(n, 'SELECT f64, yes FROM rows') m;
	SELECT 'evaluate', m FROM linlearn_evaluate('softmax', 'SELECT f64, class FROM rows') m;
	SELECT 'evaluate', m FROM linlearn_evaluate('value', 'SELECT f64, y FROM rows') m;
	SELECT 'weights', md5(string_agg(w::text, ';')) FROM models, linlearn_weights(model) w WHERE models.name = 'errors';
	SELECT 'pictures', md5(linlearn_weights_svg(model)), md5(linlearn_model_report(model)) FROM models WHERE features IN ('f64', 'u8');
	SELECT 'curves', md5(linlearn_curve_svg(linlearn_roc_curve(yes, s))) FROM judged;
	SELECT 'report', md5(linlearn_report('logistic', 1, 'SELECT f64, yes FROM rows')););

# Numbers of full length, also where text is made of them in the server.
sub answers { return $node->safe_psql('postgres', "SET extra_float_digits = 1; $answers"); }

my $here = answers();
my @lines = split /\n/, $here;
cmp_ok(scalar(@lines), '>', 28, 'every model answers and is judged');

foreach my $machine (sort keys %machines)
{
	$node->stop;
	{
		local %ENV = (%ENV, %{ $machines{$machine} });
		$node->start;
	}
	is(answers(), $here, "the same on $machine");
}

# Processors that this machine is not, in a server of one session that qemu
# runs: versions for other processors are chosen by what the processor says,
# which no setting hides.
my ($qemu) = grep { -x } map { ("$_/qemu-x86_64-static", "$_/qemu-x86_64") } split /:/, $ENV{PATH};
my @processors = qw(Conroe Nehalem SandyBridge Haswell EPYC);

sub answers_alone
{
	my $postgres = $node->config_data('--bindir') . '/postgres';
	my $said;

	IPC::Run::run([ @_, $postgres, '--single', '-j', '-F', '-c', 'extra_float_digits=1', '-D', $node->data_dir, 'postgres' ],
		'<', \join('', map { "$_;\n\n" } split /;\n/, $answers), '>', \$said)
	  or die "the server of one session failed";
	return $said;
}
SKIP:
{
	skip 'no qemu-x86_64 here', 1 + @processors unless $qemu;
	$node->stop;
	my $alone = answers_alone();
	is(scalar(() = $alone =~ / = "/g), scalar(map { split /\|/, $_, -1 } @lines), 'a server of one session answers all');
	is(answers_alone($qemu, '-cpu', $_), $alone, "the same on $_") foreach @processors;
	$node->start;
}

# A training follows the kernels, and the model says which they were.
SKIP:
{
	skip 'kernels are chosen on x86-64 only', 2 unless `uname -m` =~ /x86_64/;
	my $trained = q(SELECT linlearn_model_info(m) ->> 'kernels', length(m) FROM (
		SELECT linlearn_train(f64, y, '{"predictor_type": "regressor"}') FROM rows) AS t(m));
	my $size = $node->safe_psql('postgres', $trained);

	$node->stop;
	{
		local $ENV{OPENBLAS_CORETYPE} = 'Prescott';
		$node->start;
	}
	my $other = $node->safe_psql('postgres', $trained);
	like($other, qr/^OpenBLAS [0-9.]+\S* Prescott\|/, 'a model names its kernels');
	is($other =~ s/.*\|//r, $size =~ s/.*\|//r, 'and is as long with any');
}

# With the just-in-time compiler, which inlines what the extension exports.
$node->stop;
$node->start;
SKIP:
{
	skip 'the server has no just-in-time compiler', 1
	  unless $node->safe_psql('postgres', 'SELECT pg_jit_available()') eq 't';
	my $compiled = $node->safe_psql('postgres', "SET extra_float_digits = 1;
		SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0;
		SET jit_optimize_above_cost = 0; $answers");

	is($compiled, $here, 'the same when compiled by the server');
}
done_testing();
