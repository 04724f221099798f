# The registry's tables may have another owner than the extension: what that
# owner hangs on them runs with its own rights only.  And the registry among
# other triggers, parallel restores and a drop.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('owners');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nrestart_after_crash = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE keeper; CREATE ROLE alice');

# Makes a database with a model to save.
sub make_database
{
	my ($name, $version) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'CREATE EXTENSION linlearn' . ($version ? " VERSION '$version'" : '') . q(;
		CREATE TABLE trained AS SELECT linlearn_train(ARRAY[i % 7, i % 11]::real[], i * 0.001, '{"predictor_type": "regressor"}') AS model
		FROM generate_series(1, 200) i;
		GRANT SELECT ON trained TO PUBLIC;
		CREATE SCHEMA keeper AUTHORIZATION keeper;));
}

# Triggers, constraints, casts and policies of a table's owner.
make_database('owned');
$node->safe_psql('owned', q(
	ALTER TABLE linlearn_models OWNER TO keeper; ALTER TABLE linlearn_endpoints OWNER TO keeper;
	SET ROLE keeper;
	INSERT INTO linlearn_endpoints (name, model_name, model_version) VALUES ('e', 'q', 5);
	CREATE FUNCTION keeper.who() RETURNS boolean LANGUAGE plpgsql AS
		$$ BEGIN RAISE WARNING 'RUNS AS %', current_user; RETURN true; END $$;
	CREATE FUNCTION keeper.tell() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN PERFORM keeper.who(); RETURN NEW; END $$;
	CREATE TRIGGER tell BEFORE UPDATE ON linlearn_endpoints FOR EACH ROW EXECUTE FUNCTION keeper.tell();
	ALTER TABLE linlearn_endpoints ADD CHECK (keeper.who());
	ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
	ALTER TABLE linlearn_models FORCE ROW LEVEL SECURITY;
	CREATE POLICY tell ON linlearn_models USING (keeper.who());));
my (undef, undef, $told) = $node->psql('owned', q(SET ROLE keeper;
	INSERT INTO linlearn_models (name, version, model) SELECT 'q', 5, model FROM trained;
	SELECT linlearn_save_model('q', model) FROM trained;));
like($told, qr/RUNS AS keeper/, "what a table's owner hangs on it runs");
unlike($told, qr/RUNS AS (?!keeper)|ERROR/, 'as that owner');
is($node->safe_psql('owned', 'SELECT model_id IS NOT NULL FROM linlearn_endpoints'), 't', 'an endpoint finds its model all the same');

# A row that the owner's policies hide is no model for an endpoint.
make_database('hidden');
$node->safe_psql('hidden', q(
	ALTER TABLE linlearn_models OWNER TO keeper;
	ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
	ALTER TABLE linlearn_models FORCE ROW LEVEL SECURITY;
	CREATE POLICY own ON linlearn_models USING (created_by = current_user);
	GRANT SELECT, INSERT ON linlearn_models, linlearn_endpoints TO alice;));
my (undef, undef, $error) = $node->psql('hidden', q(SET ROLE alice; SELECT linlearn_save_model('a', model) FROM trained; SELECT linlearn_create_endpoint('e', 'a')));
like($error, qr/version 1 of model "a" is hidden from the owner of linlearn_models/, 'an endpoint that could not answer is not made');

# A trigger that saves other models.
make_database('nested');
is($node->safe_psql('nested', q(
	CREATE FUNCTION keep_copy() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF NEW.name !~ '_' THEN
			PERFORM linlearn_save_model(NEW.name || '_' || TG_WHEN, NEW.model) FROM generate_series(1, 3);
			BEGIN
				PERFORM linlearn_save_model(NEW.name || '_', NEW.model), 1 / 0;
			EXCEPTION WHEN division_by_zero THEN
				NULL;
			END;
		END IF;
		RETURN NEW;
	END $$;
	CREATE TRIGGER a BEFORE INSERT ON linlearn_models FOR EACH ROW EXECUTE FUNCTION keep_copy();
	CREATE TRIGGER z BEFORE INSERT ON linlearn_models FOR EACH ROW EXECUTE FUNCTION keep_copy();
	CREATE TRIGGER z_after AFTER INSERT ON linlearn_models FOR EACH ROW EXECUTE FUNCTION keep_copy();
	SELECT linlearn_save_model('a', model) FROM trained;
	SELECT linlearn_save_model('a', model) FROM trained;)), "1\n2", 'a model saved by a trigger does not change the number returned');

# pg_restore -j fills several tables at once.
sub restored_in_parallel
{
	my ($from, $to) = @_;
	my $dump = $node->basedir . "/$from.dump";

	$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $from ], "$from: dumped");
	foreach my $round (1 .. 3)
	{
		$node->safe_psql('postgres', "CREATE DATABASE $to");
		$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '4', '-d', $to, $dump ], "$from: restored by several sessions");
		is($node->safe_psql($to, 'SELECT count(*) FROM linlearn_endpoints JOIN linlearn_models USING (model_id)'), '400', "$from: endpoints have their models");
		$node->safe_psql('postgres', "DROP DATABASE $to");
	}
}
make_database('source');
$node->safe_psql('source', q(
	SELECT count(linlearn_save_model('m' || i, model)) FROM trained, generate_series(1, 400) i;
	SELECT count(linlearn_save_model('m' || 401 - i, model)) FROM trained, generate_series(1, 400) i;
	SELECT count(linlearn_create_endpoint('e' || i, 'm' || i)) FROM generate_series(1, 400) i;));
restored_in_parallel('source', 'target');
make_database('old_source', '0.1.0');
$node->safe_psql('old_source', q(
	INSERT INTO linlearn_models (name, version, model) SELECT 'm' || i, 1, model FROM trained, generate_series(1, 400) i;
	INSERT INTO linlearn_endpoints (name, model_name, model_version) SELECT 'e' || i, 'm' || i, 1 FROM generate_series(1, 400) i;));
restored_in_parallel('old_source', 'target');
# endpoints in a transaction that has not ended when their models come
make_database('waiting');
my $endpoints = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('waiting'), '-c', q(
	BEGIN;
	INSERT INTO linlearn_endpoints (name, model_name, model_version) VALUES ('e', 'm', 1);
	SELECT pg_sleep(2);
	COMMIT;) ], '>', \my $slept);
$node->poll_query_until('waiting', "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
$node->safe_psql('waiting', "INSERT INTO linlearn_models (name, version, model) SELECT 'm', 1, model FROM trained");
ok($endpoints->finish, 'endpoints are put in');
is($node->safe_psql('waiting', 'SELECT count(*) FROM linlearn_endpoints JOIN linlearn_models USING (model_id)'), '1', 'a model waits for endpoints that come at the same time');

# The extension goes while a statement runs.
make_database('dropped');
$node->safe_psql('dropped', q(
	CREATE TABLE other (i integer);
	SELECT linlearn_save_model('a', model) FROM trained; SELECT linlearn_create_endpoint('e', 'a');
	CREATE FUNCTION drop_it(step integer) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		IF step = 2 THEN
			EXECUTE 'DROP EXTENSION linlearn CASCADE';
		END IF;
	END $$;));
foreach my $call ("linlearn_model('a')", "linlearn_save_model('a', model)", "linlearn_delete_model('none')", "linlearn_evaluate('a', 'SELECT 1')",
	"linlearn_report('a')", "linlearn_create_endpoint('f', 'a')", "linlearn_update_endpoint('e', 'a')", "linlearn_delete_endpoint('e')",
	"linlearn_invoke_endpoint('e', '1,2'::text)", "linlearn_predict('e', '{1,2}'::real[])", "linlearn_load_mnist('synthetic', 'digits', 50, 10, 10)")
{
	my (undef, undef, $why) = $node->psql('dropped', "BEGIN; SELECT drop_it(i), (SELECT $call IS NULL WHERE i > 0 OFFSET 0) FROM generate_series(2, 3) i, trained; ROLLBACK");

	like($why, qr/ERROR:  (extension linlearn was dropped|.* does not exist)/, "$call after a drop");
}
is($node->safe_psql('dropped', 'SELECT 1'), '1', 'the server lives');

$node->stop;
done_testing();
