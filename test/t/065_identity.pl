# No version of a saved model is given out twice, and an endpoint holds the row
# that it was pointed to: through deletes, other roles, direct writes, dumps,
# replication and the update from 0.1.0.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('identity');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;

my $train = q(
	CREATE TABLE grid AS SELECT ARRAY[i % 7, i % 11]::real[] AS x, i FROM generate_series(1, 200) i;
	CREATE TABLE trained AS SELECT linlearn_train(x, i * 0.001, '{"predictor_type": "regressor"}') AS small,
		linlearn_train(x, 1000000.0 + i, '{"predictor_type": "regressor"}') AS large FROM grid;
	GRANT SELECT ON trained TO PUBLIC;);

# Makes a database; roles may save, each sees its own models only.
sub make_database
{
	my ($name, $version) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'CREATE EXTENSION linlearn' . ($version ? " VERSION '$version'" : ''));
	$node->safe_psql($name, $train . q(
		GRANT SELECT, INSERT, UPDATE, DELETE ON linlearn_models, linlearn_endpoints TO alice, mallory;
		ALTER TABLE linlearn_models ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON linlearn_models USING (created_by = current_user);));
}

# Runs SQL as a role; returns its output, or its error.
sub as_role
{
	my ($database, $role, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql($database, ($role ? "SET ROLE $role; " : '') . $sql);

	$stderr =~ s/^psql:<stdin>:\d+: //mg;
	return $status == 0 ? $stdout : $stderr;
}

$node->safe_psql('postgres', 'CREATE ROLE alice; CREATE ROLE mallory; CREATE ROLE looker');
make_database('here');
sub here { return as_role('here', @_); }
my $save = sub { "SELECT linlearn_save_model('$_[0]', $_[1]) FROM trained" };
my $ask = sub { "SELECT linlearn_predict('$_[0]', '{1,2}'::real[]) > 1000" };
my $lost = qr/version 1 of model "x", which endpoint "\w+" uses, does not exist/;

# Another role's model is never served in the place of a deleted one.
is(here('mallory', $save->('x', 'small') . "; SELECT linlearn_create_endpoint('latest', 'x'), linlearn_create_endpoint('pinned', 'x', 1)"),
	"1\n1|1", 'an endpoint of a first version');
is(here('mallory', $ask->('latest')), 'f', 'answers');
is(here('mallory', "SELECT linlearn_delete_model('x')"), '1', 'its model is deleted');
like(here('mallory', $ask->($_)), $lost, "endpoint $_ is lost") for qw(latest pinned);
is(here('alice', $save->('x', 'large')), '2', 'another role saves the name: the number is another');
like(here('mallory', $ask->($_)), $lost, "endpoint $_ stays lost") for qw(latest pinned);
like(here('alice', "INSERT INTO linlearn_models (name, version, model) SELECT 'x', 1, large FROM trained"),
	qr/version 1 of model "x" has been given out/, 'not by hand either');
like(here('alice', "UPDATE linlearn_models SET version = 1 WHERE name = 'x'"), qr/has been given out/, 'nor by an update of the version');
is(here('alice', $save->('y', 'large')), '1', 'another name');
like(here('alice', "UPDATE linlearn_models SET name = 'x' WHERE name = 'y'"), qr/version 1 of model "x" has been given out/,
	'nor by an update of the name');
is(here('', "INSERT INTO linlearn_models (name, version, model) SELECT 'x', 1, large FROM trained; SELECT count(*) FROM linlearn_models WHERE name = 'x'"),
	'2', 'the owner may put a version in');
like(here('mallory', $ask->($_)), $lost, "endpoint $_ is not its") for qw(latest pinned);
is(here('', "DELETE FROM linlearn_models WHERE name = 'x' AND version = 1"), '', 'which goes again');

# Identities are not for others to choose.
my $id = here('', "SELECT model_id FROM linlearn_endpoints WHERE name = 'latest'");
is(here('alice', "INSERT INTO linlearn_models (name, version, model, model_id) SELECT 'x', 3, large, '$id' FROM trained;
	SELECT count(*) FROM linlearn_models WHERE model_id = '$id'"), '0', 'an INSERT does not choose an identity');
is(here('alice', "UPDATE linlearn_models SET model_id = '$id'; SELECT count(*) FROM linlearn_models WHERE model_id = '$id'"), '0',
	'nor an UPDATE');
like(here('mallory', $ask->('latest')), $lost, 'the endpoint stays lost');
my $secret = here('', "SELECT model_id FROM linlearn_models WHERE name = 'x' AND version = 2");
is(here('mallory', $save->('mine', 'small') . "; INSERT INTO linlearn_endpoints (name, model_name, model_version, model_id) VALUES ('spy', 'mine', 1, '$secret');" . $ask->('spy')),
	"1\nf", 'an endpoint does not take an identity that it is told');
is(here('mallory', "UPDATE linlearn_endpoints SET model_id = '$secret' WHERE name = 'spy';" . $ask->('spy')), 'f', 'nor by an UPDATE');
like(here('mallory', "UPDATE linlearn_endpoints SET model_name = 'x', model_version = 2 WHERE name = 'spy'"),
	qr/version 2 of model "x" does not exist/, 'nor the model of a name that may not be read');
is(here('mallory', "SELECT linlearn_update_endpoint('latest', 'mine');" . $ask->('latest')), "1\nf", 'a lost endpoint is pointed elsewhere');
here('', 'GRANT SELECT (name, version, created_by) ON linlearn_models TO looker; GRANT SELECT, INSERT ON linlearn_endpoints TO looker; CREATE POLICY look ON linlearn_models TO looker USING (true)');
like(here('looker', "SELECT linlearn_create_endpoint('look', 'x')"), qr/permission denied for table linlearn_models/,
	'who may not read the bytes makes no endpoint of them');
like(here('looker', "INSERT INTO linlearn_endpoints (name, model_name, model_version) VALUES ('look', 'x', 2)"), qr/permission denied for table linlearn_models/,
	'nor by hand');

# What the registry knows of versions is not for others to write.
like(here('alice', "$_"), qr/permission denied/, "alice: $_")
  for 'SELECT * FROM linlearn_versions', "UPDATE linlearn_versions SET last_version = 0", "INSERT INTO linlearn_versions VALUES ('z', 9)", 'DELETE FROM linlearn_versions', 'TRUNCATE linlearn_models';
my $last = "INSERT INTO linlearn_models (name, version, model) SELECT 'full', 2147483647, large FROM trained";
like(here('alice', $last), qr/version 2147483647 of model "full" is not the next one/, 'nobody takes the last number there is');
like(here('alice', "UPDATE linlearn_models SET version = 100 WHERE name = 'x' AND version = 2"), qr/version 100 of model "x" is not the next one.*The next is 4;/s, 'nor leaves numbers out by an update');
is(here('alice', "INSERT INTO linlearn_models (name, version, model) SELECT 'full', 1, large FROM trained;" . $save->('full', 'small')), '2', 'the next one may be named');
is(here('', $last), '', 'the owner may take it');
like(here('alice', $save->('full', 'small')), qr/model "full" has no version after 2147483647/, 'which has no successor');
is(here('', "DELETE FROM linlearn_models WHERE version = 2147483647; UPDATE linlearn_versions SET last_version = 2 WHERE name = 'full'") . here('alice', $save->('full', 'small')), '3',
	'and may give it back');
is(here('', "TRUNCATE linlearn_models CASCADE") . here('alice', $save->('x', 'large')), '4', 'a TRUNCATE frees no number');
is(here('alice', "BEGIN; " . $save->('x', 'large') . '; ROLLBACK; ' . $save->('x', 'large')), "5\n5", 'a save that is undone frees its own');

# A model goes on under another name and number.
is(here('alice', "SELECT linlearn_create_endpoint('moved', 'x'); UPDATE linlearn_models SET name = 'z', version = 1 WHERE version = 5; " . $ask->('moved') . ";" . $save->('z', 'small')),
	"5\nt\n2", 'an endpoint follows a row that is renamed');
is(here('', "UPDATE linlearn_endpoints SET created_at = now() WHERE name = 'moved';" . $ask->('moved')), 't', 'and keeps it when its own row is changed');
is(here('', "UPDATE linlearn_models SET model_id = DEFAULT WHERE name = 'z' AND version = 1") . (here('alice', $ask->('moved')) =~ /does not exist/ ? 'lost' : ''), 'lost',
	'the owner may break it off');

# Through a dump, in whatever order it restores.
here('mallory', $save->('gone', 'small') . "; SELECT linlearn_create_endpoint('dead', 'gone'), linlearn_delete_model('gone')");
here('mallory', $save->('live', 'small') . '; ' . $save->('live', 'large') . "; SELECT linlearn_create_endpoint('alive', 'live', 1); SELECT linlearn_delete_model('live', 2)");
my $dump = $node->basedir . '/here.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'here' ], 'pg_dump');
foreach my $order ('as dumped', 'versions first', 'models first')
{
	(my $name = "copy_$order") =~ s/ /_/g;
	my $text = slurp_file($dump);
	my %copies = map { $_ => $text =~ /^(COPY public\.$_ .*?^\\\.\n)/ms ? $1 : die "no $_" } qw(linlearn_endpoints linlearn_models linlearn_versions);

	if ($order ne 'as dumped')
	{
		my @order = $order eq 'versions first' ? qw(linlearn_versions linlearn_models linlearn_endpoints) : qw(linlearn_models linlearn_endpoints linlearn_versions);

		$text =~ s/^COPY public\.$_ .*?^\\\.\n//ms for @order;
		$text =~ s/^(COPY public\.linlearn_evaluations)/join('', @copies{@order}) . $1/me;
	}
	append_to_file("$dump.$name", $text);
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->command_ok([ 'psql', '-Xqv', 'ON_ERROR_STOP=1', '-f', "$dump.$name", $name ], "$order: restored");
	foreach my $table (qw(linlearn_models linlearn_versions linlearn_endpoints))
	{
		is($node->safe_psql($name, "SELECT md5(string_agg(t::text, ';' ORDER BY t)) FROM $table t"),
			$node->safe_psql('here', "SELECT md5(string_agg(t::text, ';' ORDER BY t)) FROM $table t"), "$order: $table");
	}
	is(as_role($name, 'mallory', $ask->('alive')), 'f', "$order: an endpoint answers");
	is(as_role($name, 'alice', $save->('gone', 'large')), '2', "$order: the number of a deleted model is not free");
	is(as_role($name, 'alice', $save->('live', 'large')), '3', "$order: nor that of a deleted last version");
	like(as_role($name, 'mallory', $ask->('dead')), qr/which endpoint "dead" uses, does not exist/, "$order: a lost endpoint stays lost");
}

# Replication brings versions with the models, whatever is published.
foreach my $published ('FOR TABLE linlearn_models', 'FOR ALL TABLES')
{
	my $name = $published =~ /ALL/ ? 'all_tables' : 'one_table';

	make_database("from_$name");
	(my $connection = $node->connstr("from_$name")) =~ s/'/''/g;
	$node->safe_psql('postgres', "CREATE DATABASE to_$name");
	$node->safe_psql("to_$name", "CREATE EXTENSION linlearn; $train TRUNCATE trained, grid");
	$node->safe_psql("from_$name", $save->('x', 'small') . "; CREATE PUBLICATION p_$name $published; SELECT pg_create_logical_replication_slot('s_$name', 'pgoutput')");
	$node->safe_psql("to_$name", "CREATE SUBSCRIPTION s_$name CONNECTION '$connection' PUBLICATION p_$name WITH (create_slot = false, slot_name = 's_$name')");
	$node->poll_query_until("to_$name", "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel") or die 'not in step';
	$node->safe_psql("from_$name", $save->('x', 'small') . '; ' . $save->('x', 'small') . "; SELECT linlearn_create_endpoint('e', 'x', 2); SELECT linlearn_delete_model('x', 3)");
	$node->wait_for_catchup("s_$name");
	$node->poll_query_until("to_$name", "SELECT count(*) = 2 FROM linlearn_models") or die 'nothing came';
	is($node->safe_psql("to_$name", 'SELECT string_agg(model_id::text, $$,$$ ORDER BY version) FROM linlearn_models'),
		$node->safe_psql("from_$name", 'SELECT string_agg(model_id::text, $$,$$ ORDER BY version) FROM linlearn_models'), "$published: the rows keep their identities");
	is($node->safe_psql("to_$name", $ask->('e')), 'f', "$published: an endpoint answers at the subscriber") if $name eq 'all_tables';
	if ($name eq 'all_tables')
	{
		# one that is pointed to a model before the model comes
		$node->safe_psql("to_$name", "ALTER SUBSCRIPTION s_$name DISABLE");
		$node->safe_psql("from_$name", "SELECT linlearn_update_endpoint('e', 'x', 1)");
		$node->safe_psql("to_$name", "DELETE FROM linlearn_models WHERE version = 1; ALTER SUBSCRIPTION s_$name ENABLE");
		$node->wait_for_catchup("s_$name");
		is($node->safe_psql("to_$name", 'SELECT model_id FROM linlearn_endpoints'), $node->safe_psql("from_$name", 'SELECT model_id FROM linlearn_endpoints'),
			"$published: an endpoint keeps what it points to");
	}
	$node->safe_psql("to_$name", "ALTER SUBSCRIPTION s_$name DISABLE; ALTER SUBSCRIPTION s_$name SET (slot_name = NONE); DROP SUBSCRIPTION s_$name");
	$node->safe_psql("from_$name", "SELECT pg_drop_replication_slot('s_$name')");
	is($node->safe_psql("to_$name", "SELECT linlearn_save_model('x', model) FROM linlearn_models LIMIT 1"), '4', "$published: no number that replication brought is given out again");
}

# From 0.1.0: what was pointed to stays, what was lost stays lost.  0.1.0's
# tables are filled by hand, since its library is not here.
make_database('old', '0.1.0');
$node->safe_psql('old', q(
	INSERT INTO linlearn_models (name, version, model) SELECT 'kept', v, small FROM trained, generate_series(1, 2) v;
	INSERT INTO linlearn_endpoints (name, model_name, model_version) VALUES ('kept', 'kept', 2), ('lost', 'x', 1);));
like(as_role('old', '', $save->('kept', 'small')), qr/ALTER EXTENSION linlearn UPDATE/, 'the library asks for the update');
like(as_role('old', '', $ask->('kept')), qr/ALTER EXTENSION linlearn UPDATE/, 'in a prediction too');
like(as_role('old', 'alice', "INSERT INTO linlearn_endpoints (name, model_name, model_version) VALUES ('spy', 'kept', 1)"), qr/ALTER EXTENSION linlearn UPDATE/, 'and where rights would be checked');
$node->safe_psql('old', 'ALTER EXTENSION linlearn UPDATE');
is(as_role('old', '', $ask->('kept')), 'f', 'an endpoint of 0.1.0 answers');
like(as_role('old', '', $ask->('lost')), $lost, 'one whose model was gone is lost');
is(as_role('old', 'alice', $save->('x', 'large')), '2', 'and the number that it had is not free');
like(as_role('old', '', $ask->('lost')), $lost, 'nor does it get what is saved');
is(as_role('old', '', $save->('kept', 'small')), '3', 'versions go on');

$node->stop;
done_testing();
