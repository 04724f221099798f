# linlearn_sparse where the server itself must compare rows: a logical subscriber
# to a table without a key, and joins of parallel workers.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->start;

my $table = 'CREATE EXTENSION linlearn;
	CREATE TABLE rows (id integer, f linlearn_sparse, r real[]);
	ALTER TABLE rows REPLICA IDENTITY FULL;';
$_->safe_psql('postgres', $table) foreach $publisher, $subscriber;
$publisher->safe_psql('postgres', q(
	INSERT INTO rows SELECT i, linlearn_sparse(ARRAY[i, i + 5], '{1.5,2.5}', 100000), '{0,-0.0}'
		FROM generate_series(1, 50) i;
	-- out of line, and compressed
	INSERT INTO rows SELECT 100 + i, linlearn_sparse(ARRAY(SELECT generate_series(0, 9999)),
		ARRAY(SELECT (j * i % 97)::real FROM generate_series(0, 9999) j), 100000), '{1}'
		FROM generate_series(1, 3) i;
	CREATE PUBLICATION p FOR TABLE rows;));
my $connection = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p");
$subscriber->poll_query_until('postgres',
	q(SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')))
  or die 'the first copy did not end';

# Waits until the subscriber has what the publisher has; a subscriber that an
# error stops never does.
sub follows
{
	my ($what) = @_;
	my $sum = q(SELECT md5(string_agg(rows::text, E'\n' ORDER BY id)) FROM rows);
	my $wanted = $publisher->safe_psql('postgres', $sum);

	ok($subscriber->poll_query_until('postgres', $sum, $wanted), $what)
	  or die 'the subscriber has stopped';
}

follows('rows are copied');
$publisher->safe_psql('postgres', q(UPDATE rows SET f = '{7:1}/100000' WHERE id = 7));
follows('an UPDATE finds its row by the old values');
$publisher->safe_psql('postgres', q(UPDATE rows SET id = -id WHERE id > 100));
follows('also where these are stored out of line');
$publisher->safe_psql('postgres', q(DELETE FROM rows WHERE id % 2 = 0 OR id = -101));
follows('a DELETE too');
$publisher->safe_psql('postgres', q(UPDATE rows SET f = NULL WHERE id = 1));
$publisher->safe_psql('postgres', q(UPDATE rows SET f = '{}/1' WHERE id = 1));
follows('and rows with NULL');
unlike(slurp_file($subscriber->logfile), qr/could not identify an equality operator/,
	'nothing lacked an operator');

is( $publisher->safe_psql('postgres', q(
	SET parallel_setup_cost = 0; SET linlearn.parallel_rows = on;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
	CREATE TABLE many AS SELECT i, linlearn_sparse(ARRAY[i % 100], '{1}', 1000) AS f
		FROM generate_series(1, 20000) i;
	ANALYZE many;
	SELECT count(*), sum(n) FROM (SELECT f, count(*) AS n FROM many GROUP BY f) s;
	SELECT count(*) FROM many a JOIN many b USING (f) WHERE a.i <= 200 AND b.i <= 1000;)),
	"100|20000\n2000", 'groups and joins of parallel workers');

$subscriber->stop;
$publisher->stop;
done_testing();
