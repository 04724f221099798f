# The C module of test/module, compiled for the server under test.
package PartialAggregates;
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

# Compiles it into a folder of the test's; returns the library's name.
sub compile
{
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	my $folder = PostgreSQL::Test::Utils::tempdir;
	my ($cc, $include) = map { my $said = `$pg_config --$_`; chomp $said; $said } 'cc', 'includedir-server';

	$cc = 'cc' if system("command -v $cc >/dev/null 2>&1") != 0;
	system("$cc -O1 -fPIC -shared -I$include $FindBin::Bin/../module/partial_aggregates.c -o $folder/partial_aggregates.so") == 0
		or BAIL_OUT('the module of partial aggregates does not compile');
	return "$folder/partial_aggregates";
}

# SQL that makes its functions and aggregates.
sub sql
{
	my $library = shift;

	return qq(
		CREATE FUNCTION partial_transition(internal, oid, anyelement) RETURNS internal AS '$library' LANGUAGE C;
		CREATE FUNCTION partial_final(internal) RETURNS text AS '$library' LANGUAGE C;
		CREATE AGGREGATE partial_aggregate(oid, anyelement) (SFUNC = partial_transition, STYPE = internal, FINALFUNC = partial_final);
		CREATE FUNCTION combined_transition(internal, oid, text, anyelement) RETURNS internal AS '$library' LANGUAGE C;
		CREATE FUNCTION combined_final(internal, oid, text, anyelement) RETURNS anyelement AS '$library' LANGUAGE C;
		CREATE AGGREGATE combined_aggregate(oid, text, anyelement) (SFUNC = combined_transition, STYPE = internal, FINALFUNC = combined_final, FINALFUNC_EXTRA);
		CREATE FUNCTION reseal(bytea) RETURNS bytea AS '$library' LANGUAGE C STRICT;);
}

1;
