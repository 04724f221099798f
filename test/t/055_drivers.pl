# The programs of docs/drivers.md, as the page has them: each runs, and prints what
# stands below it.  Those whose driver is missing are skipped.  And the statements
# that the demo ends with.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $page = slurp_file("$FindBin::RealBin/../../docs/drivers.md");
my @blocks;
my $title = '';
while ($page =~ /^## ([^\n]*)\n|^```(\w*)\n(.*?)^```\n/msg)
{
	if (defined $1) { $title = $1 }
	else { push @blocks, { title => $title, language => $2, text => $3 } }
}
my ($set_up, @programs);
foreach my $i (0 .. $#blocks)
{
	my ($block, $next) = @blocks[ $i, $i + 1 ];
	if ($block->{language} eq 'sql') { $set_up .= $block->{text} }
	elsif ($block->{language} ne 'text')
	{
		push @programs, { %$block, expected => $next->{text} };
		is($next->{language}, 'text', "$block->{title} has what it prints");
	}
}
is(scalar @programs, 9, 'the page has its programs');

# Without a password, by TCP, which is all that Java knows.
my $node = PostgreSQL::Test::Cluster->new('drivers');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\n");
unlink $node->data_dir . '/pg_hba.conf';
$node->append_conf('pg_hba.conf', "local all all trust\nhost all all 127.0.0.1/32 trust\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE mydb');
$node->safe_psql('postgres', 'CREATE ROLE client SUPERUSER LOGIN');
$node->safe_psql('mydb', $set_up);

my $next_step = slurp_file("$FindBin::RealBin/../../scripts/own_table.sql");
$node->safe_psql('mydb', 'CREATE VIEW my_table AS SELECT *, cancelled AS my_label FROM customers');
like($node->safe_psql('mydb', $next_step =~ s/'SELECT \* FROM my_table'/'SELECT id, age, visits, plan, my_label FROM my_table'/r),
	qr/^1\|1012\|0\.8\d\d\|\n(?s:.*)\(bias\)(?s:.*)(\n\d+\|(true|false)\|0\.\d+){10}$/, 'the next step that the demo prints works');
$node->safe_psql('mydb', 'DROP VIEW my_table');

# Each function with parameters alone, as drivers hand them over: all go but those
# that the page names.
$node->safe_psql('mydb', q{
	CREATE TABLE untyped (name text, refused text);
	DO $$
	DECLARE
		call record;
	BEGIN
		FOR call IN SELECT DISTINCT p.proname, n.n, (SELECT string_agg('$' || i, ', ') FROM generate_series(1, n.n) AS i) AS parameters
			FROM pg_proc AS p, pg_depend AS d, generate_series((p.pronargs - p.pronargdefaults)::int, p.pronargs::int) AS n
			WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND p.proname LIKE 'linlearn\_%' AND n.n > 0
		LOOP
			BEGIN
				EXECUTE format('PREPARE alone AS SELECT %I(%s)', call.proname, call.parameters);
				DEALLOCATE alone;
				INSERT INTO untyped VALUES (call.proname);
			EXCEPTION WHEN indeterminate_datatype OR ambiguous_function OR datatype_mismatch THEN
				INSERT INTO untyped VALUES (call.proname, SQLERRM);
			WHEN OTHERS THEN -- a function of rows, of an aggregate's state, or none of so many
				INSERT INTO untyped VALUES (call.proname);
			END;
		END LOOP;
	END $$});
my $reference = slurp_file("$FindBin::RealBin/../../docs/reference.md");
my %named = map { $_ => 1 } $page =~ /These want a cast:(.*?)\n\n/s ? $1 =~ /`(linlearn_\w+)`/g : ();
my @refused = split /\n/, $node->safe_psql('mydb', 'SELECT DISTINCT name FROM untyped WHERE refused IS NOT NULL ORDER BY 1');
is_deeply([ sort keys %named ], [ grep { $reference =~ /`$_\(/ } @refused ], 'the page names the functions whose parameters want a cast');
cmp_ok($node->safe_psql('mydb', 'SELECT count(*) FROM untyped WHERE refused IS NULL'), '>', 150, 'and the others were tried');

# Why bigint has no forms of its own.
my ($status, $out, $err) = $node->psql('mydb', q{BEGIN;
	PREPARE fine AS SELECT linlearn_model($1, $2);
	CREATE FUNCTION linlearn_model(name text, version bigint) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea';
	PREPARE ambiguous AS SELECT linlearn_model($1, $2);});
like($err, qr/^psql:<stdin>:4: ERROR: .*linlearn_model\(unknown, unknown\) is not unique/, 'a form of bigint makes a parameter ambiguous');

my $folder = PostgreSQL::Test::Utils::tempdir();
$ENV{PGHOST} = '127.0.0.1';
$ENV{PGPORT} = $node->port;
$ENV{PGUSER} = 'client';
$ENV{NODE_PATH} = join ':', grep { defined } $ENV{LINLEARN_TEST_NODE}, '/usr/share/nodejs', '/usr/lib/nodejs';
my $jdbc = '/usr/share/java/postgresql.jar';

# What runs a program, if its driver is there.
my %probe = (
	'Python: psycopg 3' => 'import psycopg',
	'Python: psycopg 2' => 'import psycopg2',
	'Python: SQLAlchemy' => 'import sqlalchemy, psycopg2',
	'Python: Django' => 'import django, psycopg2',
	'Python: pandas' => 'import pandas, sqlalchemy, psycopg2',
	'Python: asyncpg' => 'import asyncpg');

# Widths of columns follow their numbers.
sub squeezed { my ($text) = @_; $text =~ s/ +/ /g; return $text }

sub quietly { return IPC::Run::run([@_], '<', \'', '>', \my $out, '2>', \my $err) }

# A folder for each, as Java wants a class in a file of its name.
my $folders = 0;
sub mkdir_next { mkdir "$folder/" . ++$folders; return $folders }

sub command
{
	my ($program) = @_;
	my ($title, $language, $text) = @$program{qw(title language text)};
	my %ending = (python => 'py', javascript => 'js', java => 'java', r => 'R');
	my $number = mkdir_next();
	my $file = "$folder/$number/Score.$ending{$language}";

	$text =~ s,//localhost/,//127.0.0.1:$ENV{PGPORT}/,;
	$text =~ s/getConnection\(url\)/getConnection(url, "client", "")/;
	append_to_file($file, $text);
	if ($language eq 'python')
	{
		foreach my $python ('/usr/bin/python3', 'python3')
		{
			return ($python, '-W', 'ignore', $file) if quietly($python, '-W', 'ignore', '-c', $probe{$title});
		}
	}
	elsif ($language eq 'javascript')
	{
		return ('node', $file) if eval { quietly('node', '-e', 'require("pg")') };
	}
	elsif ($language eq 'java')
	{
		return ('java', '-XX:TieredStopAtLevel=1', '-cp', $jdbc, $file)
		  if -f $jdbc && eval { quietly('javac', '-version') };
	}
	elsif ($language eq 'r')
	{
		return ('Rscript', $file)
		  if eval { quietly('Rscript', '-e', 'library(DBI); suppressWarnings(library(RPostgreSQL))') };
	}
	return;
}

# All at once: most of the time they load their libraries.
my $ran = 0;
foreach my $program (@programs)
{
	my @command = command($program) or next;
	@$program{qw(out err)} = ('', '');
	$program->{run} = IPC::Run::start(\@command, '<', \'', '>', \$program->{out}, '2>', \$program->{err});
	$ran++;
}
foreach my $program (@programs)
{
  SKIP:
	{
		skip "no driver for $program->{title}", 1 unless $program->{run};
		$program->{run}->finish;
		$program->{out} =~ s/ +$//mg;
		# Models follow the kernels of the BLAS: numbers by a fiftieth.
		my $number = qr/-?\d+(?:\.\d+)?/;
		my ($got, $wanted) = @$program{qw(out expected)};
		my @wanted = $wanted =~ /$number/g;
		$got =~ s{$number}{abs($& - ($wanted[0] // 0)) <= 0.02 ? shift @wanted : $&}ge;
		is(squeezed($got), squeezed($wanted), $program->{title}) or diag($program->{err});
	}
}
diag("programs that ran: $ran of " . @programs);

$node->stop;
done_testing();
