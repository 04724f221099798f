# Three clusters: a hub whose tables are on two others and in a second database of
# one of them, by postgres_fdw.
package ForeignServers;
use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(hub said table_of place place_all same_bytes slow_tables interrupt busy wait_until);

my (%node, $rows, $columns, $modern);

# Starts the clusters; rows: a query of the rows %d to %d, columns: of its result.
sub start
{
	($rows, $columns) = @_;
	%node = map { $_ => PostgreSQL::Test::Cluster->new($_) } 'hub', 'east', 'west';
	foreach my $node (values %node)
	{
		$node->init;
		$node->append_conf('postgresql.conf', "jit = off\nautovacuum = off\n");
		$node->start;
		$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');
	}
	$modern = hub("SELECT current_setting('server_version_num')::int >= 140000") eq 't';
	plan(skip_all => 'postgres_fdw is not installed')
		if hub("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'") eq '0';
	hub('CREATE EXTENSION postgres_fdw');
	# A third server: another database of the west.
	$node{west}->safe_psql('postgres', 'CREATE DATABASE south');
	$node{west}->safe_psql('south', 'CREATE EXTENSION linlearn; CREATE TABLE part_3 AS ' . sprintf($rows, 6001, 8000));
	foreach my $server ('east', 'west', 'south')
	{
		my $at = $node{ $server eq 'south' ? 'west' : $server };
		my $database = $server eq 'south' ? 'south' : 'postgres';

		hub("CREATE SERVER $server FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '" . $at->host . "', port '"
			. $at->port . "', dbname '$database', extensions 'linlearn'" . ($modern ? ", async_capable 'true'" : '') . ");
			CREATE USER MAPPING FOR CURRENT_USER SERVER $server");
	}
	return %node;
}

sub stop { $_->stop foreach values %node; return; }

# Whether foreign scans may be async.
sub modern { return $modern }

sub hub { return $node{hub}->safe_psql('postgres', shift) }

# What psql says on standard error; a statement that may fail.
sub said
{
	my ($statement) = @_;
	my (undef, undef, $err) = $node{hub}->psql('postgres', $statement);
	return $err;
}

# The same rows everywhere; tables of a range of them where they are wanted.
sub table_of
{
	my ($node, $name, $from, $to) = @_;
	$node->safe_psql('postgres', "CREATE TABLE $name AS " . sprintf($rows, $from, $to));
	return;
}

# A partitioned table over these pieces: [server, first row, last]; '': here.
sub place
{
	my ($name, @pieces) = @_;
	my $i = 0;

	hub("CREATE TABLE $name ($columns) PARTITION BY RANGE (id)");
	foreach my $piece (@pieces)
	{
		my ($server, $from, $to) = @$piece;
		my $leaf = "${name}_" . ++$i;
		my $bounds = "FOR VALUES FROM ($from) TO (" . ($to + 1) . ')';

		if ($server eq '')
		{
			hub("CREATE TABLE $leaf PARTITION OF $name $bounds; INSERT INTO $leaf " . sprintf($rows, $from, $to));
			next;
		}
		table_of($node{$server}, $leaf, $from, $to) if exists $node{$server};
		hub("CREATE FOREIGN TABLE $leaf PARTITION OF $name $bounds SERVER $server OPTIONS (table_name '"
			. (exists $node{$server} ? $leaf : 'part_3') . "')");
	}
	return;
}

# The same 8,000 rows in one table, in partitions, on one to three servers, and on both
# sides; the names of the tables.
sub place_all
{
	table_of($node{hub}, 'whole', 1, 8000);
	place('eight', map { [ '', $_ * 1000 + 1, $_ * 1000 + 1000 ] } 0 .. 7);
	place('one', [ 'east', 1, 8000 ]);
	place('two', [ 'east', 1, 3000 ], [ 'west', 3001, 8000 ]);
	place('three', [ 'east', 1, 3000 ], [ 'west', 3001, 6000 ], [ 'south', 6001, 8000 ]);
	place('mixed', [ '', 1, 2000 ], [ 'west', 2001, 8000 ]);
	return ('whole', 'eight', 'one', 'two', 'three', 'mixed');
}

# Whether models, as SQL, are the same.
sub same_bytes
{
	my ($name, @models) = @_;
	my $made = join ', ', map { "($_)" } @models;

	is(hub("SELECT count(*) || ' of ' || count(DISTINCT model) FROM (VALUES $made) AS made (model)"), @models . ' of 1', $name);
	return;
}

# A table `slow` of two servers, whose rows take their time: so many of them some seconds.
sub slow_tables
{
	my ($rows_a_wait, $seconds) = @_;

	foreach my $server ('east', 'west')
	{
		$node{$server}->safe_psql('postgres', "CREATE FUNCTION wait_for(i int) RETURNS int LANGUAGE plpgsql AS \$\$ BEGIN IF i % $rows_a_wait = 0 THEN PERFORM pg_sleep($seconds); END IF; RETURN i; END \$\$;
			CREATE TABLE slow_rows AS " . sprintf($rows, 1, 4000) . '; ALTER TABLE slow_rows RENAME id TO row_id;
			CREATE VIEW slow AS SELECT wait_for(row_id) AS id, * FROM slow_rows');
	}
	hub("CREATE TABLE slow ($columns) PARTITION BY RANGE (id);
		CREATE FOREIGN TABLE slow_1 PARTITION OF slow FOR VALUES FROM (1) TO (4001) SERVER east OPTIONS (table_name 'slow');
		CREATE FOREIGN TABLE slow_2 PARTITION OF slow FOR VALUES FROM (4001) TO (8001) SERVER west OPTIONS (table_name 'slow')");
	return;
}

# Runs a statement until a server has what a query counts, then something; what it said.
sub interrupted
{
	my ($statement, $server, $running, $then) = @_;
	my ($out, $err) = ('', '');
	my $slow = IPC::Run::start([ 'psql', '-X', '-d', $node{hub}->connstr('postgres'), '-c', $statement ], '>', \$out, '2>', \$err);

	ok(wait_until(20, sub { $node{$server}->safe_psql('postgres', $running) > 0 }), "a pass runs on the $server");
	$then->();
	$slow->finish;
	is($out, '', 'there is no model');
	ok(wait_until(1, sub { busy('east') + busy('west') == 0 }), 'and no server goes on');
	return $err;
}

# A lost connection, a cancel and a timeout of a statement over `slow`.
sub interrupt
{
	my ($statement, $server, $running, $timeout) = @_;

	like(interrupted($statement, $server, $running, sub {
		$node{$server}->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'postgres_fdw'");
	}), qr/ERROR:.*(terminating connection|server closed the connection|could not receive)/s, 'a lost connection is an error');
	like(interrupted($statement, $server, $running, sub {
		hub("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT linlearn_train_distributed'");
	}), qr/canceling statement due to user request/, 'so is a cancel');
	like(said("SET statement_timeout = '$timeout'; $statement"), qr/canceling statement due to statement timeout/, 'and a timeout');
	ok(wait_until(1, sub { busy('east') + busy('west') == 0 }), 'which ends the work of all servers');
	return;
}

# The queries of ours that a server works on.
sub busy
{
	return $node{ $_[0] }->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'postgres_fdw'");
}

sub wait_until
{
	my ($seconds, $condition) = @_;
	my $end = time + $seconds * ($ENV{LINLEARN_PACE} // 1);

	while (time < $end)
	{
		return 1 if $condition->();
		sleep 0.05;
	}
	return 0;
}

1;
