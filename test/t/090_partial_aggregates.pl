# Aggregates that a cluster may run, run as Citus does: in parts, each row with an
# FmgrInfo of its own, the states as text, then combined (test/module).  And states
# that somebody forged: an error or a result, and the server lives.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use PartialAggregates;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('partial');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nrestart_after_crash = off\n");
$node->start;
my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn;' . PartialAggregates::sql(PartialAggregates::compile()));
$node->safe_psql('postgres', q(
	CREATE TABLE shards AS
	SELECT i, i % 7 AS shard, ARRAY[sin(i), cos(i * 2), i % 7]::float8[] AS x,
		1 + 2 * sin(i) - cos(i * 2) + 0.5 * (i % 7) + 0.1 * sin(i * i) AS y,
		i % 4 = 0 AS actual, cos(i * 3) > 0.5 AS predicted, (sin(i * 5) + 1) / 2 AS score,
		(ARRAY['red', 'green', 'blue', NULL])[1 + i % 4] AS colour
	FROM generate_series(1, 2000) i;
	CREATE ROLE clerk; GRANT SELECT ON shards TO clerk;));

# The result of an aggregate over shards, in parts, beside that of the whole, for
# a role without rights of its own.
sub compare
{
	my ($aggregate, $argument, $type) = @_;
	my $parts = "SELECT shard, partial_aggregate('$aggregate'::regprocedure, $argument) AS state FROM shards GROUP BY shard";
	my ($name) = $aggregate =~ /^(\w+)/;

	is( $node->safe_psql('postgres',
			"SET ROLE clerk; SELECT md5(combined_aggregate('$aggregate'::regprocedure, state, NULL::$type)::text) FROM ($parts) p"),
		$node->safe_psql('postgres', "SELECT md5($name($argument)::text) FROM shards"),
		"$aggregate of $argument in parts");
}

compare('linlearn_confusion(bytea)', 'linlearn_pair(actual, predicted)', 'jsonb');
compare('linlearn_confusion(bytea)', "linlearn_pair(colour, 'red'::text)", 'jsonb');
compare('linlearn_metrics(bytea)', 'linlearn_pair(colour, (i % 3)::text)', 'jsonb');
compare('linlearn_metrics(bytea)', 'linlearn_pair(i % 3, (i % 2)::text)', 'jsonb');
compare('linlearn_roc_auc(bytea)', 'linlearn_pair(actual, predicted, score)', 'float8');
compare('linlearn_pr_auc(bytea)', 'linlearn_pair(actual, predicted, score)', 'float8');
compare('linlearn_roc_curve(bytea)', 'linlearn_pair(actual, predicted, score)', 'linlearn_roc_point[]');
compare('linlearn_pr_curve(bytea)', 'linlearn_pair(actual, predicted, score)', 'linlearn_pr_point[]');
compare('linlearn_lift(bytea)', 'linlearn_pair(actual, predicted, score)', 'linlearn_lift_bin[]');
compare('linlearn_judge_sum(double precision[])', 'ARRAY[1, i % 3, (i % 5) * 0.25, i % 2]::float8[]', 'float8[]');
foreach my $figures ('{1,2,3}', '{{1,2,3,4}}', '{1,2,3,NULL}', '{}')
{
	my (undef, undef, $error) = $node->psql('postgres', "SELECT linlearn_judge_sum('$figures'::float8[]) FROM generate_series(1, 2)");

	like($error, qr/figures must be an array of 4 numbers/, "no figures: $figures");
}

my $gram_parts = "SELECT shard, partial_aggregate('linlearn_gram(bytea)'::regprocedure, linlearn_row(x, y)) AS state FROM shards GROUP BY shard";
is( $node->safe_psql('postgres',
		"SELECT md5(linlearn_solve(combined_aggregate('linlearn_gram(bytea)'::regprocedure, state, NULL::bytea))) FROM ($gram_parts) p"),
	$node->safe_psql('postgres', 'SELECT md5(linlearn_solve(linlearn_gram(linlearn_row(x, y)))) FROM shards'),
	'least squares in parts gives the same bytes');

# Points of trainings, caught on their way: of a gradient with its matrix, of many
# classes, of other losses, and those that judge.
$node->safe_psql('postgres', q(
	CREATE TABLE points (training text, point bytea UNIQUE, at serial);
	ALTER FUNCTION linlearn_residual(bytea, bytea) RENAME TO own_residual;
	CREATE FUNCTION linlearn_residual(point bytea, packed bytea) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO points VALUES (current_setting('a.training'), point) ON CONFLICT DO NOTHING; RETURN own_residual(point, packed); END $$;
	ALTER EXTENSION linlearn ADD FUNCTION linlearn_residual(bytea, bytea);
	SET a.training = 'actual'; SELECT linlearn_train_distributed('shards', 'x', 'actual');
	SET a.training = 'colour'; SELECT linlearn_train_distributed('shards', 'x::float4[]', 'colour');
	SET a.training = 'y'; SELECT linlearn_train_distributed('shards', 'x', 'y', '{"loss": "huber_loss", "optimizer": "lbfgs"}');
	SET a.training = 'sparse'; SELECT linlearn_train_distributed('shards', 'linlearn_sparse(ARRAY[i % 3, 0, x[1], i % 2]::real[])', 'actual');
	SET a.training = 'byte'; SELECT linlearn_train_distributed('shards', $$decode(lpad(to_hex(i), 4, '0'), 'hex')$$, 'actual', '{"positive_example_weight_mult": 2}');
	ALTER EXTENSION linlearn DROP FUNCTION linlearn_residual(bytea, bytea);
	DROP FUNCTION linlearn_residual(bytea, bytea);
	ALTER FUNCTION own_residual(bytea, bytea) RENAME TO linlearn_residual;
	GRANT SELECT ON points TO clerk;));
my %row = (sparse => 'linlearn_row(linlearn_sparse(ARRAY[i % 3, 0, x[1], i % 2]::real[]), actual)', actual => 'linlearn_row(x, actual)', colour => 'linlearn_row(x::float4[], colour)', y => 'linlearn_row(x, y)',
	byte => q{linlearn_row(decode(lpad(to_hex(i), 4, '0'), 'hex'), actual)});
my %point;
foreach my $training (sort keys %row)
{
	foreach my $order ('', ' DESC')
	{
		my $id = "$training$order";

		$point{$id} = "(SELECT point FROM points WHERE training = '$training' ORDER BY at$order LIMIT 1)";
		compare('linlearn_gradient(bytea)', "linlearn_residual($point{$id}, $row{$training})", 'bytea');
	}
}
compare('linlearn_survey(bytea)', $row{$_}, 'bytea') foreach sort keys %row;

# Columns of every kind, and the plan of a training on them, caught likewise.
my $layout = q({"names": ["x", "i", "colour", "actual", "day", "notes", "tags", "j", "s"], "columns": {"i": {"log": true}}});
my $cells = qq(linlearn_cells('$layout', x, i % 9, colour, actual, date '2020-01-01' + i, to_tsvector('simple', colour || ' w' || i % 5), ARRAY[colour],
	CASE WHEN i % 2 = 0 THEN jsonb_build_object('k', i, 'l', 'v' || i % 3) END, linlearn_sparse(ARRAY[i % 3, 0, i % 2]::real[])));
my $columns = "linlearn_row($cells, i % 4 = 0)";
compare('linlearn_survey_columns(bytea)', $columns, 'bytea');
$node->safe_psql('postgres', q(
	CREATE TABLE plans (plan bytea UNIQUE);
	ALTER FUNCTION linlearn_sparse_terms(bytea, bytea) RENAME TO own_terms;
	CREATE FUNCTION linlearn_sparse_terms(plan bytea, cells bytea) RETURNS linlearn_sparse LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO plans VALUES (plan) ON CONFLICT DO NOTHING; RETURN own_terms(plan, cells); END $$;
	ALTER EXTENSION linlearn ADD FUNCTION linlearn_sparse_terms(bytea, bytea);
	SELECT linlearn_train_distributed('shards', $f$x, i %% 9 AS i, colour, date '2020-01-01' + i AS day, to_tsvector('simple', colour || ' w' || i %% 5) AS notes, ARRAY[colour] AS tags,
		CASE WHEN i %% 2 = 0 THEN jsonb_build_object('k', i, 'l', 'v' || i %% 3) END AS j, linlearn_sparse(ARRAY[i %% 3, 0, i %% 2]::real[]) AS s$f$, 'score > 0.5', '{"wd": 0.1, "columns": {"i": {"log": true}, "j.k": {"buckets": 3}}}');
	ALTER EXTENSION linlearn DROP FUNCTION linlearn_sparse_terms(bytea, bytea);
	DROP FUNCTION linlearn_sparse_terms(bytea, bytea);
	ALTER FUNCTION own_terms(bytea, bytea) RENAME TO linlearn_sparse_terms;) =~ s/%%/%/gr);
is($node->safe_psql('postgres', 'SELECT count(*) FROM plans'), 1, 'a training has one plan');

# What a cluster may not run is refused, so that the tests above mean something.
foreach my $aggregate ('linlearn_train(anyelement, "any")', 'linlearn_confusion("any", "any")', 'linlearn_roc_auc("any", double precision)')
{
	my ($status, $out, $err) = $node->psql('postgres',
		"SELECT partial_aggregate('$aggregate'::regprocedure, x) FROM shards");
	like($err, qr/is no plain value|could not confirm type correctness/, "$aggregate is not for clusters");
}
$node->safe_psql('postgres', q(
	CREATE FUNCTION keep(anyarray, anyelement) RETURNS anyarray AS 'SELECT $1' LANGUAGE sql;
	CREATE FUNCTION keep_one(anyarray, anyarray) RETURNS anyarray AS 'SELECT $1' LANGUAGE sql;
	CREATE AGGREGATE polymorphic(anyelement) (SFUNC = keep, COMBINEFUNC = keep_one, STYPE = anyarray, INITCOND = '{}');));
my (undef, undef, $refused) = $node->psql('postgres',
	"SELECT partial_aggregate('polymorphic(anyelement)'::regprocedure, i) FROM shards");
like($refused, qr/could not confirm type correctness/, 'a polymorphic aggregate fails');

# States with any byte changed, under a right checksum, alone and beside a true one.
foreach my $kind (
	[ 'linlearn_gram(bytea)', 'linlearn_row(x, y)', 'linlearn_gram_merge(%s) IS NULL OR linlearn_solve(linlearn_gram_merge(%s)) IS NULL', 1 ],
	[ 'linlearn_confusion(bytea)', "linlearn_pair(colour, 'red'::text)", 'combine_confusion(%s) IS NULL', 1 ],
	[ 'linlearn_confusion(bytea)', 'linlearn_pair(actual, predicted)', 'combine_confusion(%s) IS NULL', 1 ],
	[ 'linlearn_survey(bytea)', $row{colour}, 'linlearn_survey_merge(%s) IS NULL', 1 ],
	[ 'linlearn_survey(bytea)', $row{byte}, 'linlearn_survey_merge(%s) IS NULL', 3 ],
	[ 'linlearn_survey(bytea)', $row{sparse}, 'linlearn_survey_merge(%s) IS NULL', 1 ],
	[ 'linlearn_survey_columns(bytea)', $columns, 'linlearn_survey_columns_merge(%s) IS NULL', 1 ],
	(map { [ 'linlearn_gradient(bytea)', "linlearn_residual($point{$_}, $row{(split)[0]})", 'linlearn_gradient_merge(%s) IS NULL', 3 ] }
		'actual', 'actual DESC', 'colour', 'colour DESC', 'y DESC', 'byte', 'sparse', 'sparse DESC'),
	[ 'linlearn_metrics(bytea)', 'linlearn_pair(colour, colour, score)', 'combine_metrics(%s) IS NULL', 3 ],
	[ 'linlearn_metrics(bytea)', 'linlearn_pair(actual, predicted, score)', 'combine_metrics(%s) IS NULL', 3 ],
	[ 'linlearn_metrics(bytea)', 'linlearn_pair(y, score)', 'combine_metrics(%s) IS NULL', 1 ],
	[ 'linlearn_roc_auc(bytea)', 'linlearn_pair(actual, predicted, score, i % 3)', 'combine_curve(%s) IS NULL', 1 ])
{
	my ($aggregate, $argument, $use, $step) = @$kind;

	$use =~ s/%s/given/g;
	$node->safe_psql('postgres', q(
		SET client_min_messages = warning;
		DROP AGGREGATE IF EXISTS combine_confusion(bytea), combine_metrics(bytea), combine_curve(bytea);
		CREATE AGGREGATE combine_confusion(bytea) (SFUNC = linlearn_confusion_pair_combine, STYPE = bytea, FINALFUNC = linlearn_confusion_pair_final);
		CREATE AGGREGATE combine_metrics(bytea) (SFUNC = linlearn_metrics_pair_combine, STYPE = bytea, FINALFUNC = linlearn_metrics_pair_final);
		CREATE AGGREGATE combine_curve(bytea) (SFUNC = linlearn_curve_pair_combine, STYPE = bytea, FINALFUNC = linlearn_lift_pair_final);));
	my $tried = $node->safe_psql('postgres', qq(
		SET statement_timeout = '60s';
		DO \$\$
		DECLARE
			state bytea := (SELECT partial_aggregate('$aggregate'::regprocedure, $argument)::bytea FROM shards WHERE i < 30);
			result boolean;
			tried integer := 0;
		BEGIN
			FOR place IN 8 .. length(state) - 1 BY $step LOOP
				CONTINUE WHEN place > 700 AND place % 41 > 0;
				FOR mask IN 1 .. 3 LOOP
					BEGIN
						SELECT $use INTO result
						FROM unnest(CASE WHEN mask = 1 THEN ARRAY[state] ELSE '{}' END ||
							reseal(set_byte(state, place, get_byte(state, place) # (ARRAY[1, 128, 255])[mask]))) given;
					EXCEPTION WHEN OTHERS THEN
						IF SQLSTATE IN ('57014', 'XX000') THEN RAISE; END IF;
					END;
					tried := tried + 1;
				END LOOP;
			END LOOP;
			PERFORM set_config('a.tried', tried::text, false);
		END
		\$\$;
		SELECT current_setting('a.tried')::int > 100;));
	is($tried, 't', "forged states of $aggregate of $argument");
}

# Points, under a right checksum, and answers, which have none, likewise.
foreach my $id (sort keys %point)
{
	my ($training) = split ' ', $id;
	my $tried = $node->safe_psql('postgres', qq(
		SET statement_timeout = '60s';
		DO \$\$
		DECLARE
			point bytea := $point{$id};
			answers bytea[] := (SELECT array_agg(a) FROM (SELECT linlearn_residual(point, $row{$training}) AS a FROM shards WHERE i < 12) s WHERE a IS NOT NULL);
			result boolean;
			tried integer := 0;
		BEGIN
			FOR place IN 8 .. length(point) - 1 LOOP
				FOR mask IN 1 .. 3 LOOP
					BEGIN
						SELECT linlearn_gradient(linlearn_residual(reseal(set_byte(point, place, get_byte(point, place) # (ARRAY[1, 128, 255])[mask])),
							$row{$training})) IS NULL INTO result FROM shards WHERE i < 9;
					EXCEPTION WHEN OTHERS THEN
						IF SQLSTATE IN ('57014', 'XX000') THEN RAISE; END IF;
					END;
					tried := tried + 1;
				END LOOP;
			END LOOP;
			FOR place IN 0 .. length(answers[3]) - 1 LOOP
				FOR mask IN 1 .. 3 LOOP
					BEGIN
						SELECT linlearn_gradient(CASE WHEN n = 3 THEN set_byte(a, place, get_byte(a, place) # (ARRAY[1, 128, 255])[mask]) ELSE a END) IS NULL
							INTO result FROM unnest(answers) WITH ORDINALITY AS u (a, n) WHERE n > mask;
					EXCEPTION WHEN OTHERS THEN
						IF SQLSTATE IN ('57014', 'XX000') THEN RAISE; END IF;
					END;
					tried := tried + 1;
				END LOOP;
			END LOOP;
			PERFORM set_config('a.tried', tried::text, false);
		END
		\$\$;
		SELECT current_setting('a.tried')::int > 500;));
	is($tried, 't', "forged points and answers of $id");
}
# Plans and cells likewise, and surveys of columns that a training is given.
is( $node->safe_psql('postgres', qq(
	SET statement_timeout = '60s';
	DO \$\$
	DECLARE
		plan bytea := (SELECT plans.plan FROM plans);
		cells bytea := (SELECT $cells FROM shards WHERE i = 8);
		given bytea[] := (SELECT array_agg($cells) FROM shards WHERE i IN (4, 9));
		result boolean;
		tried integer := 0;
	BEGIN
		FOR place IN 8 .. length(plan) - 1 LOOP
			FOR mask IN 1 .. 3 LOOP
				BEGIN
					SELECT CASE mask WHEN 2 THEN linlearn_terms(p, c) IS NULL ELSE linlearn_sparse_terms(p, c) IS NULL END INTO result
					FROM reseal(set_byte(plan, place, get_byte(plan, place) # (ARRAY[1, 128, 255])[mask])) p, unnest(given) c;
				EXCEPTION WHEN OTHERS THEN
					IF SQLSTATE IN ('57014', 'XX000') THEN RAISE; END IF;
				END;
				tried := tried + 1;
			END LOOP;
		END LOOP;
		FOR place IN 0 .. length(cells) - 1 LOOP
			FOR mask IN 1 .. 3 LOOP
				FOR way IN 1 .. 2 LOOP
					BEGIN
						IF way = 1 THEN
							SELECT CASE mask WHEN 2 THEN linlearn_terms(plan, c) IS NULL ELSE linlearn_sparse_terms(plan, c) IS NULL END INTO result
							FROM set_byte(cells, place, get_byte(cells, place) # (ARRAY[1, 128, 255])[mask]) c;
						ELSE
							SELECT linlearn_survey_columns(linlearn_row(c, n = 1)) IS NULL INTO result
							FROM unnest(given || set_byte(cells, place, get_byte(cells, place) # (ARRAY[1, 128, 255])[mask])) WITH ORDINALITY AS u (c, n);
						END IF;
					EXCEPTION WHEN OTHERS THEN
						IF SQLSTATE IN ('57014', 'XX000') THEN RAISE; END IF;
					END;
					tried := tried + 1;
				END LOOP;
			END LOOP;
		END LOOP;
		PERFORM set_config('a.tried', tried::text, false);
	END
	\$\$;
	SELECT current_setting('a.tried')::int > 2000;)), 't', 'forged plans and cells');
is( $node->safe_psql('postgres', q(
	SET statement_timeout = '60s';
	SET client_min_messages = warning;
	CREATE FUNCTION forge(bytea) RETURNS bytea LANGUAGE plpgsql AS $$
	DECLARE state bytea := linlearn_survey_columns_final($1); place int := current_setting('a.place')::int % (length(state) - 8) + 8;
	BEGIN RETURN reseal(set_byte(state, place, get_byte(state, place) # current_setting('a.mask')::int)); END $$;
	ALTER EXTENSION linlearn DROP AGGREGATE linlearn_survey_columns(bytea);
	ALTER AGGREGATE linlearn_survey_columns(bytea) RENAME TO own_survey;
	CREATE AGGREGATE linlearn_survey_columns(bytea) (SFUNC = linlearn_survey_columns_accum, STYPE = bytea, FINALFUNC = forge);
	ALTER EXTENSION linlearn ADD AGGREGATE linlearn_survey_columns(bytea);
	DO $$
	DECLARE
		result boolean;
		tried integer := 0;
	BEGIN
		FOR place IN 0 .. 9000 LOOP
			CONTINUE WHEN place > 600 AND place % 23 > 0;
			FOR mask IN 1 .. 2 LOOP
				PERFORM set_config('a.place', place::text, false), set_config('a.mask', (ARRAY[1, 255])[mask]::text, false);
				BEGIN
					result := linlearn_train_distributed('shards', $f$x, i % 9 AS i, colour, date '2020-01-01' + i AS day, to_tsvector('simple', colour || ' w' || i % 5) AS notes, ARRAY[colour] AS tags,
						CASE WHEN i % 2 = 0 THEN jsonb_build_object('k', i % 8, 'l', 'v' || i % 3) END AS j$f$, 'score > 0.5', '{"wd": 0.1, "columns": {"j.k": {"buckets": 3}}}', 'i < 60') IS NULL;
				EXCEPTION WHEN OTHERS THEN
					IF SQLSTATE IN ('57014', 'XX000') THEN RAISE; END IF;
				END;
				tried := tried + 1;
			END LOOP;
		END LOOP;
		PERFORM set_config('a.tried', tried::text, false);
	END
	$$;
	SELECT current_setting('a.tried')::int > 1000;)), 't', 'trainings on forged surveys of columns');
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started, 'the server has lived through it');

$node->stop;
done_testing();
