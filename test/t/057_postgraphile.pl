# PostGraphile starts with the extension's objects shown, and what docs/drivers.md
# says of it is so.  LINLEARN_TEST_NODE names a folder of npm's that has it.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $script = "$FindBin::RealBin/../peers/postgraphile.js";
my $modules = $ENV{LINLEARN_TEST_NODE} // '';
local $ENV{NODE_PATH} = $modules;
plan skip_all => 'LINLEARN_TEST_NODE has no postgraphile'
  unless -d "$modules/postgraphile"
  and eval { IPC::Run::run([ 'node', '-e', 'require("postgraphile")' ], '>', \my $said, '2>', \my $wrong) };

my $node = PostgreSQL::Test::Cluster->new('postgraphile');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION linlearn;
	CREATE TABLE people (id integer PRIMARY KEY, age integer);
	INSERT INTO people SELECT i, i FROM generate_series(1, 50) AS i;
	SELECT linlearn_save_model('churn', linlearn_train(p, age > 30, '{"exclude": ["id"]}')) FROM people AS p});

@ENV{qw(PGHOST PGPORT PGDATABASE PGUSER)} =
  ($node->host, $node->port, 'postgres', $node->safe_psql('postgres', 'SELECT current_user'));

# What a schema holds, or why there is none.
sub schema
{
	my @arguments = @_;
	IPC::Run::run([ 'node', $script, @arguments ], '<', \'', '>', \my $out, '2>', \my $err);
	return ($out, $err);
}

my ($out, $err) = schema('public', 'with');
like($out, qr/^allLinlearnSavedModels$/m, 'saved models are under a name of their own') or diag($err);
like($out, qr/^linlearnModel$/m, 'beside the function that fetches one');
unlike($out, qr/^allLinlearnModels$/m, 'which the table does not take');
($out, $err) = schema('public', 'with', '{ allLinlearnSavedModels { nodes { name version } } }');
like($out, qr/^\{"data":.*"name":"churn","version":1/m, 'a model is found') or diag($err);
($out, $err) = schema('public', 'without');
like($out, qr/^allPeople$/m, 'it starts without the extension, too') or diag($err);
unlike($out, qr/linlearn/i, 'of which nothing is shown then');

# The names would collide: so that what is above cannot be so by chance.
$node->safe_psql('postgres', q{COMMENT ON TABLE linlearn_models IS 'saved models'});
($out, $err) = schema('public', 'with');
like($err, qr/[Nn]aming conflict|already (exists|used)|duplicate|conflict/, 'without the comment they collide') or diag($out);

# The extension in a schema that is not exposed, and a function over it.
$node->safe_psql('postgres', q{
	DROP EXTENSION linlearn;
	CREATE SCHEMA linlearn;
	CREATE EXTENSION linlearn SCHEMA linlearn;
	SET search_path = linlearn, public;
	SELECT linlearn_save_model('churn', linlearn_train(p, age > 30, '{"exclude": ["id"]}')) FROM people AS p});
my $page = slurp_file("$FindBin::RealBin/../../docs/drivers.md");
my ($function) = $page =~ /^(CREATE FUNCTION customer_score.*?\$\$;)/ms;
ok($function, 'the page has its function');
$function =~ s/customers/people/;
$function =~ s/customer_score\(c/people_score(c/;
$node->safe_psql('postgres', $function);
($out, $err) = schema('public', 'without', '{ allPeople(first: 1, orderBy: ID_DESC) { nodes { age score } } }');
like($out, qr/"age":50,"score":(1|0\.9\d*)\}/, 'a score is a field of a row') or diag($err);

$node->stop;
done_testing();
