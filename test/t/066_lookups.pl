# How long a look-up of an endpoint is kept: for one execution of one statement,
# and not at all where policies say who sees which rows.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('lookups');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', q(
	CREATE ROLE keeper; CREATE ROLE tenant;
	GRANT ALL ON SCHEMA public TO keeper;
	CREATE EXTENSION linlearn;
	ALTER TABLE linlearn_models OWNER TO keeper;
	CREATE TABLE grid AS SELECT ARRAY[i % 7, i % 11]::real[] AS x, i FROM generate_series(1, 10000) i;
	SELECT linlearn_save_model(m, linlearn_train(x, i, '{"predictor_type": "regressor"}')) FROM grid, unnest('{a,b}'::text[]) m WHERE i < 100 GROUP BY m;
	SELECT linlearn_create_endpoint('of_a', 'a'), linlearn_create_endpoint('of_b', 'b');
	GRANT SELECT ON linlearn_endpoints, grid TO tenant;
	-- one expression, evaluated as PL/pgSQL does without the executor
	CREATE FUNCTION ask(tenant text, endpoint text, "times" integer DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		answer float8;
		old text;
	BEGIN
		old := set_config('app.tenant', tenant, true);
		FOR i IN 1 .. "times" LOOP
			answer := linlearn_predict(endpoint, '{1,2}'::real[]);
		END LOOP;
		RETURN 'answered';
	EXCEPTION WHEN undefined_object THEN
		RETURN 'refused';
	END $$;
	-- the same without a subtransaction, which would end a look-up's life too
	CREATE FUNCTION plainly(tenant text, endpoint text) RETURNS float8 LANGUAGE plpgsql AS $$
	DECLARE
		old text;
	BEGIN
		old := set_config('app.tenant', tenant, true);
		RETURN linlearn_predict(endpoint, '{1,2}'::real[]);
	END $$;
	CREATE FUNCTION scans() RETURNS bigint LANGUAGE sql AS $$
		SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relname = 'linlearn_endpoints' $$;));

# Runs SQL as a role; returns its output, or its error.
sub as_role
{
	my ($role, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', ($role ? "SET ROLE $role; " : '') . $sql);

	$stderr =~ s/^psql:<stdin>:\d+: //mg;
	return $status == 0 ? $stdout : $stderr;
}

# The look-ups that a query makes of 10,000 rows.
sub look_ups
{
	my ($role, $query) = @_;
	my @lines = split /\n/, as_role($role, "BEGIN; SELECT linlearn_predict('of_a', '{1,2}'::real[]) IS NULL; CREATE TEMP TABLE before AS SELECT scans(); $query; SELECT scans() - scans FROM before; COMMIT");

	return $lines[-1];
}

my $rows = "SELECT count(linlearn_predict('of_a', x)) FROM grid";
is(look_ups('', $rows), '1', 'rows of one statement: one look-up');
is(look_ups('', 'SELECT count(*) FROM grid a WHERE (SELECT linlearn_predict(\'of_a\', a.x)) IS NOT NULL'), '1', 'in a subquery of every row too');
is(look_ups('', "PREPARE p AS $rows; EXECUTE p; EXECUTE p; EXECUTE p"), '3', 'each execution of a prepared statement looks again');
is(look_ups('', "DECLARE c CURSOR FOR SELECT linlearn_predict('of_a', x) FROM grid; MOVE 10 IN c; MOVE 10 IN c; MOVE ALL IN c"), '1', 'a cursor is one execution');
is(look_ups('', "SELECT ask('a', 'of_a', 50)"), '50', 'each evaluation of an expression of PL/pgSQL looks again');
is(look_ups('', "SELECT count(plainly('a', 'of_a')) FROM generate_series(1, 50)"), '50', 'in each call of a function too');

# The bytes of a model, likewise.
sub fetches
{
	my ($query) = @_;
	my $scans = q{(SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relname = 'linlearn_models')};
	my @lines = split /\n/, as_role('', "BEGIN; SELECT linlearn_model('a') IS NULL; CREATE TEMP TABLE before AS SELECT $scans AS scans; $query; SELECT $scans - scans FROM before; COMMIT");

	return $lines[-1];
}

is(fetches("SELECT count(linlearn_predict(linlearn_model('a'), x)) FROM grid"), '1', 'a model is fetched once for the rows of a statement');
is(fetches("PREPARE m AS SELECT count(linlearn_predict(linlearn_model('a'), x)) FROM grid; EXECUTE m; EXECUTE m"), '2', 'and again for each execution');
is(fetches("SELECT count(linlearn_model(m)) FROM (SELECT unnest('{a,a,b,b,a}'::text[]) AS m) t"), '3', 'another name is looked up');
$node->safe_psql('postgres', q(ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON linlearn_models USING (true);));
cmp_ok(as_role('keeper', "ALTER TABLE linlearn_models FORCE ROW LEVEL SECURITY"), 'eq', '', 'policies for the owner, too');
cmp_ok(fetches("SELECT count(linlearn_model('a')) FROM generate_series(1, 50)"), '>=', 50, 'where there are policies a model is fetched for each row');
$node->safe_psql('postgres', q(ALTER TABLE linlearn_models NO FORCE ROW LEVEL SECURITY; DROP POLICY all_rows ON linlearn_models; ALTER TABLE linlearn_models DISABLE ROW LEVEL SECURITY;));

# Policies that depend on a setting.
$node->safe_psql('postgres', q(
	ALTER TABLE linlearn_endpoints ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON linlearn_endpoints USING (name = 'of_' || current_setting('app.tenant', true));));
is(as_role('tenant', "SELECT ask('a', 'of_a'), ask('b', 'of_a'), ask('b', 'of_b'), ask('a', 'of_b'), ask('a', 'of_a')"),
	'answered|refused|answered|refused|answered', 'a policy holds between two calls in one statement');
like(as_role('tenant', "BEGIN; SELECT plainly('a', 'of_a') IS NOT NULL; SELECT plainly('b', 'of_a')"),
	qr/endpoint "of_a" does not exist/, 'and between two statements of a transaction');
like(as_role('tenant', "SELECT plainly('a', 'of_a'), plainly('b', 'of_a')"), qr/endpoint "of_a" does not exist/, 'and between two expressions');
like(as_role('tenant', "SELECT plainly(t, 'of_a') FROM unnest('{a,b}'::text[]) t"), qr/endpoint "of_a" does not exist/, 'and between two rows');
like(as_role('tenant', "SELECT linlearn_predict('of_a', x) FROM grid, LATERAL set_config('app.tenant', CASE WHEN i < 5 THEN 'a' ELSE 'b' END, true) OFFSET 0"),
	qr/endpoint "of_a" does not exist/, 'where the setting changes from row to row');
like(as_role('tenant', "SET app.tenant = 'a'; DO \$\$ BEGIN PERFORM linlearn_predict('of_a', '{1,2}'::real[]); SET LOCAL app.tenant = 'b'; PERFORM linlearn_predict('of_a', '{1,2}'::real[]); END \$\$"),
	qr/endpoint "of_a" does not exist/, 'and in DO');
like(as_role('tenant', "SET app.tenant = 'a'; SELECT linlearn_invoke_endpoint('of_a', '1,2') IS NULL; SET app.tenant = 'b'; SELECT linlearn_invoke_endpoint('of_a', '1,2')"),
	qr/endpoint "of_a" does not exist/, 'and for requests');
is(look_ups('', $rows), '1', 'who is above policies keeps look-ups');

# Policies that the tables' owner forces on itself.
$node->safe_psql('postgres', q(
	ALTER TABLE linlearn_endpoints DISABLE ROW LEVEL SECURITY;
	ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
	ALTER TABLE linlearn_models FORCE ROW LEVEL SECURITY;
	CREATE POLICY own ON linlearn_models USING (name = current_setting('app.tenant', true));));
is(as_role('tenant', "SELECT ask('a', 'of_a'), ask('b', 'of_a'), ask('a', 'of_a')"), 'answered|refused|answered', 'a policy on the models is asked each time');
like(as_role('tenant', "SELECT linlearn_predict('of_a', x) FROM grid, LATERAL set_config('app.tenant', CASE WHEN i < 5 THEN 'a' ELSE 'b' END, true) OFFSET 0"),
	qr/which endpoint "of_a" uses, does not exist/, 'from row to row too');
$node->safe_psql('postgres', 'ALTER TABLE linlearn_models NO FORCE ROW LEVEL SECURITY');

# Other roles, other snapshots, other sessions.
is(as_role('', "CREATE FUNCTION as_tenant() RETURNS float8 LANGUAGE plpgsql AS \$\$ BEGIN RETURN linlearn_predict('of_a', '{1,2}'::real[]); END \$\$;
	BEGIN; SELECT as_tenant() IS NOT NULL; REVOKE SELECT ON linlearn_endpoints FROM tenant; SET LOCAL ROLE tenant; SAVEPOINT a; SELECT as_tenant()") =~ /permission denied for table linlearn_endpoints/ ? 'denied' : 'answered',
	'denied', 'a right that is gone is gone');
is(as_role('', "BEGIN; SELECT ask('', 'of_a'); DELETE FROM linlearn_endpoints WHERE name = 'of_a'; SELECT ask('', 'of_a'); ROLLBACK; SELECT ask('', 'of_a')"),
	"answered\nrefused\nanswered", 'a row that is deleted, and its return');

# A call site keeps a few models in turns whatever work_mem, more of them within it.
SKIP:
{
	skip 'no pg_backend_memory_contexts before 14', 1 if $node->pg_version < 14;
	is($node->safe_psql('postgres', q(
		CREATE TABLE wide AS SELECT g, linlearn_model_from_coefficients((SELECT array_agg(i * g) FROM generate_series(1, 100000) i)::float8[], ARRAY[0.0]) AS m
			FROM generate_series(1, 6) g;
		CREATE FUNCTION decoded(float8) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
			RETURN (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'linlearn model'); END $$;
		CREATE FUNCTION kept(most int) RETURNS bigint LANGUAGE sql AS $$
			SELECT max(decoded(linlearn_predict(m, '{1:1}/100000'::linlearn_sparse)))
			FROM (SELECT * FROM generate_series(0, 23) i JOIN wide ON g = 1 + i % most ORDER BY i) s $$;
		SET work_mem = '64kB'; SELECT kept(3), kept(6); SET work_mem = '64MB'; SELECT kept(6))),
		"3|4\n6", 'models that a call site keeps');
}

$node->stop;
done_testing();
