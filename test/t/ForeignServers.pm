# Three clusters: a hub whose tables are on two others and in a second database of
# one of them, by postgres_fdw.
package ForeignServers;
use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(hub said table_of place busy wait_until);

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
