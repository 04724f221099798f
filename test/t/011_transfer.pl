# linlearn_fetch and linlearn_upload against servers that behave badly.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use TransferServer;

# How much longer limits of time are, on a slow machine.
my $pace = $ENV{LINLEARN_PACE} // 1;
my $server = TransferServer->start(PostgreSQL::Test::Utils::tempdir() . '/web');
my $node = PostgreSQL::Test::Cluster->new('transfer');
$node->init;
$node->append_conf('postgresql.conf', "log_min_error_statement = panic\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION linlearn');

END { $server->stop if $server; }

my $allow = "SET linlearn.allowed_url_prefixes = '" . $server->url('/') . ", s3://bucket/';\n";

# Runs SQL with the test server allowed; returns output, errors and seconds.
sub run_sql
{
	my ($sql) = @_;
	my $started = time;
	my ($code, $out, $err) = $node->psql('postgres', $allow . $sql);
	return ($out, $err, time - $started);
}

sub succeeds
{
	my ($sql, $expected, $name) = @_;
	my ($out, $err) = run_sql($sql);
	is($out, $expected, $name) or diag $err;
}

sub fails
{
	my ($sql, $pattern, $name, $limit) = @_;
	my ($out, $err, $seconds) = run_sql($sql);
	like($err, $pattern, $name) or diag $out;
	unlike($err, qr/s3cret/, "$name: no secret is shown");
	cmp_ok($seconds, '<', $limit * $pace, "$name: within $limit s") if $limit;
}

sub fetch { my $url = $server->url(shift); return "SELECT encode(linlearn_fetch('$url'), 'escape')"; }

# what works
succeeds(fetch('/hello'), 'hello', 'a file');
succeeds(fetch('/empty'), '', 'an empty file');
succeeds(fetch('/modest'), 'hello', 'no more than was announced');
succeeds("SET linlearn.url_timeout = 600; " . fetch('/drip'), 'x' x 10,
	'a slow answer is not one that stalls');
succeeds(fetch('/redirect?/hello'), 'hello', 'a redirect');
succeeds(fetch('/moved?hello'), 'hello', 'a redirect with an answer of its own');
succeeds("SELECT linlearn_upload('" . $server->url('/put/one') . "', 'some bytes');"
	  . fetch('/put/one'), "\nsome bytes", 'an upload');
my $auth = $server->url('/auth');
$auth =~ s{//}{//user:s3cret\@};
succeeds("SELECT encode(linlearn_fetch('$auth'), 'escape')", 'in', 'user and password of a URL');

# what must fail
$auth =~ s{/auth}{/status/403?key=s3cret};
fails("SELECT linlearn_fetch('$auth')", qr{GET of "http://127.0.0.1:\d+/status/403..." was answered with status 403},
	'a status');
fails(fetch('/status/500'), qr/answered with status 500/, 'an error of the server');
fails(fetch('/truncate'), qr/transfer of .* failed/, 'an answer that is cut off');
fails(fetch('/boast'), qr/transfer of .* failed/, 'an answer that claims more than memory');
fails(fetch('/noise'), qr/transfer of .* failed/, 'an answer that is no HTTP');
fails("SET linlearn.max_download_size = '1MB'; " . fetch('/endless'),
	qr/larger than 1048576 bytes/, 'an answer without end', 5);
fails("SET linlearn.max_download_size = '4kB'; SET linlearn.url_timeout = '2s'; " . fetch('/put/one') . "; " . fetch('/endless'),
	qr/larger than 4096 bytes/, 'a small limit', 5);
fails("SET linlearn.max_download_size = '1MB'; SELECT * FROM linlearn_load_mnist('" . $server->url('/bomb.gz') . "')",
	qr/unpacks to more than 1048576 bytes/, 'a gzip bomb', 5);
fails("SELECT * FROM linlearn_load_mnist('" . $server->url('/hello') . "')",
	qr/pickle/, 'a file that holds no digits');
fails("SELECT * FROM linlearn_load_mnist('" . $server->url('/none/') . "')",
	qr/answered with status 404/, 'a folder that is not there');
fails("SELECT linlearn_fetch('http://127.0.0.1:1/')", qr/is not allowed/, 'another port');

# redirects
fails(fetch('/loop'), qr/redirects, too many/, 'redirects in a circle', 5);
fails(fetch('/redirect?http://127.0.0.1:1/'), qr{"http://127.0.0.1:1/" is not allowed}, 'a redirect out of the prefixes');
fails(fetch('/redirect?file:///etc/passwd'), qr/redirect to .* is not allowed/, 'a redirect to a file');
fails(fetch('/redirect?ftp://127.0.0.1/x'), qr/redirect to .* is not allowed/, 'a redirect to another protocol');
fails("SET linlearn.allowed_url_prefixes = '" . $server->url('/redirect') . ',' . $server->url('/in/') . "'; "
	  . fetch('/redirect?/hello'), qr{/hello" is not allowed}, 'a redirect beside the prefix');
succeeds("SET linlearn.allowed_url_prefixes = '" . $server->url('/redirect') . ',' . $server->url('/in/') . "'; "
	  . fetch('/redirect?/in/x'), 'hello', 'a redirect into a prefix');

# addresses that are not public, by number, name and other spellings
for my $host ('127.0.0.1', 'localhost', '127.1', '0x7f000001', '2130706433', '0.0.0.0', '[::ffff:127.0.0.1]')
{
	fails("RESET linlearn.allowed_url_prefixes; SELECT linlearn_fetch('http://$host:$server->{port}/hello')",
		qr/is at an address that is not public/, "address $host");
}
fails("RESET linlearn.allowed_url_prefixes; SELECT linlearn_upload('http://localhost:$server->{port}/put/two', 'x')",
	qr/is at an address that is not public/, 'an upload to loopback');
ok(!-e "$server->{folder}/two", 'nothing was uploaded');

# a proxy of the environment would see what it should not; TLS is verified
fails("SET linlearn.allowed_url_prefixes = 'https://127.0.0.1:$server->{port}/'; SELECT linlearn_fetch('https://127.0.0.1:$server->{port}/hello')",
	qr/transfer of .* failed/, 'https where there is none', 5);

# time-outs and cancels
fails("SET linlearn.url_timeout = 300; " . fetch('/stall'), qr/timed out/, 'a server that never answers', 2);
fails("SET linlearn.url_timeout = 300; " . fetch('/stall-later'), qr/timed out/, 'a server that stops', 2);
for my $path ('/stall', '/stall-later', '/endless')
{
	my $url = $server->url($path);
	my ($out, $err) = ('', '');
	my $psql = IPC::Run::start(
		[ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', $allow,
			'-c', "SET application_name = 'stalled'", '-c', "SELECT length(linlearn_fetch('$url'))" ],
		'>', \$out, '2>', \$err);
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'stalled' AND state = 'active' AND query LIKE '%linlearn_fetch%'")
	  or die "no transfer";
	sleep 0.2;
	my $cancel = $node->safe_psql('postgres', q{
		CREATE TEMP TABLE moment AS SELECT clock_timestamp() AS began, pg_cancel_backend(pid), pid
			FROM pg_stat_activity WHERE application_name = 'stalled';
		DO $$BEGIN
			WHILE EXISTS (SELECT FROM pg_stat_activity a, moment m WHERE a.pid = m.pid AND a.state = 'active') LOOP
				PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
			END LOOP;
		END$$;
		SELECT extract(epoch FROM clock_timestamp() - began) * 1000 FROM moment;});
	$psql->finish;
	like($err, qr/canceling statement due to user request/, "$path is cancelled");
	# at once but for a busy machine; uncancelled it would go on for 30 s
	cmp_ok($cancel, '<', 1000 * $pace, "$path is cancelled at once");
	note("cancel of $path took $cancel ms");
}

# connections and memory do not pile up over failures
my $leak = $node->safe_psql('postgres', $allow . q{
	SET linlearn.url_timeout = 200;
	CREATE FUNCTION try(url text) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN PERFORM linlearn_fetch(url); EXCEPTION WHEN OTHERS THEN NULL; END$$;
	CREATE FUNCTION descriptors() RETURNS bigint LANGUAGE sql AS
		$$SELECT count(*) FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/fd')$$;
	} . join('', map { "SELECT try('" . $server->url($_) . "') \\gset\n" } ('/hello', '/truncate'))
	  . "SELECT descriptors() AS before \\gset\n"
	  . join('', map { "SELECT try('" . $server->url($_) . "') \\gset\n" } (('/truncate', '/status/500', '/redirect?ftp://x/', '/noise', '/stall') x 4))
	  . "SELECT descriptors() - :before;") if -d '/proc/self/fd';
is($leak, '0', 'no descriptor is left open') if defined $leak;

# the reason that libcurl gives goes with the error
my $free = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my $closed = $free->sockport;
close $free;
fails("SET linlearn.allowed_url_prefixes = 'http://127.0.0.1:$closed'; SELECT linlearn_fetch('http://user:s3cret\@127.0.0.1:$closed/?key=s3cret')",
	qr/transfer of "http.*failed: .*\n.*DETAIL: +\w.*127\.0\.0\.1.*$closed/, 'no server there');

# the S3 store that checks signatures
my $keys = $allow . "SET linlearn.s3_endpoint = '" . $server->url('') . "';
	SET linlearn.s3_access_key = '$TransferServer::access_key';
	SET linlearn.s3_secret_key = '$TransferServer::secret_key';
	SET linlearn.s3_session_token = '$TransferServer::token';\n";
$allow = $keys;
for my $key (@TransferServer::odd_keys)
{
	succeeds("SELECT linlearn_upload('s3://bucket/$key', convert_to('of $key', 'UTF8'));
		SELECT linlearn_fetch('s3://bucket/$key') = convert_to('of $key', 'UTF8')", "\nt", "an object named $key");
}
succeeds("SELECT linlearn_upload('s3://bucket/nothing', ''); SELECT linlearn_fetch('s3://bucket/nothing')", "\n\\x", 'an empty object');
succeeds("SELECT linlearn_upload('s3://bucket/large', convert_to(repeat('0123456789abcdef', 4500000), 'UTF8'));
	SELECT md5(linlearn_fetch('s3://bucket/large')) = md5(repeat('0123456789abcdef', 4500000))", "\nt", 'an upload in parts');
like($server->read_log, qr/PUT \S+large\?partNumber=5&uploadId/, 'it went in parts');
fails("SELECT linlearn_upload('s3://bucket/broken', convert_to(repeat('0123456789abcdef', 4500000), 'UTF8'))",
	qr/status 500.*InternalError/s, 'a part that fails');
like($server->read_log, qr/DELETE \S+broken\?uploadId/, 'a failed upload is taken back');
fails("SELECT linlearn_upload('s3://bucket/late', convert_to(repeat('0123456789abcdef', 4500000), 'UTF8'))",
	qr/SlowDown/, 'an upload that fails at its end');
fails("SET statement_timeout = '2s'; SELECT linlearn_upload('s3://bucket/stalled', decode(repeat('00', 70000000), 'hex'))",
	qr/canceling statement/, 'an upload that stalls', 3);
fails("SELECT linlearn_fetch('s3://bucket/none')", qr/NoSuchKey/, 'an object that is not there');
fails("SET linlearn.s3_secret_key = 's3cret'; SELECT linlearn_fetch('s3://bucket/nothing')", qr/SignatureDoesNotMatch/, 'a wrong key');
fails("SET linlearn.s3_session_token = ''; SELECT linlearn_fetch('s3://bucket/nothing')", qr/SignatureDoesNotMatch/, 'no session token');
fails("SELECT linlearn_fetch('s3://other/nothing')", qr{"s3://other/nothing" is not allowed|status 404}, 'another bucket');
fails("SET linlearn.allowed_url_prefixes = ''; SELECT linlearn_fetch('s3://bucket/nothing')", qr/not public/, 'a store on loopback must be allowed');

# keys of a role of its own, instead of all settings
$node->safe_psql('postgres', "CREATE ROLE mapped; CREATE ROLE unmapped;
	GRANT EXECUTE ON FUNCTION linlearn_fetch(text) TO mapped, unmapped;
	CREATE SERVER linlearn_s3 FOREIGN DATA WRAPPER linlearn_s3 OPTIONS (endpoint '" . $server->url('') . "');
	CREATE USER MAPPING FOR mapped SERVER linlearn_s3 OPTIONS (access_key '$TransferServer::access_key',
		secret_key '$TransferServer::secret_key', session_token '$TransferServer::token')");
$allow = "SET linlearn.allowed_url_prefixes = 's3://bucket/'; SET linlearn.s3_endpoint = '" . $server->url('') . "';\n";
succeeds("SET ROLE mapped; SELECT linlearn_fetch('s3://bucket/nothing')", '\\x', 'keys of a user mapping');
fails("SET ROLE unmapped; SELECT linlearn_fetch('s3://bucket/nothing')", qr/SignatureDoesNotMatch/, 'no keys for another role');
fails("SELECT linlearn_fetch('s3://bucket/nothing')", qr/SignatureDoesNotMatch/, 'nor for a superuser');
succeeds("SET ROLE unmapped; SELECT umoptions IS NULL FROM pg_user_mappings", 't', 'the keys of others are hidden');
fails("CREATE USER MAPPING FOR unmapped SERVER linlearn_s3 OPTIONS (secret 's')", qr/invalid option "secret"/, 'unknown options');

# what would put lines into a request is refused by SET and by options, and the
# store never hears of it
$server->read_log;
$allow = $keys;
for my $setting ('endpoint', 'region', 'access_key', 'secret_key', 'session_token')
{
	my $value = ($setting eq 'endpoint' ? $server->url('/') : 's3cret') . '\r\nx-injected: 1';
	fails("LOAD 'linlearn'; SET linlearn.s3_$setting = E'$value'; SELECT linlearn_fetch('s3://bucket/nothing')",
		qr/invalid value for parameter "linlearn.s3_$setting"\n.*control character/, "SET s3_$setting with CR and LF");
	my $object = $setting =~ /endpoint|region/ ? 'SERVER linlearn_s3' : 'USER MAPPING FOR mapped SERVER linlearn_s3';
	my $change = $setting =~ /region/ ? 'ADD' : 'SET';
	fails("ALTER $object OPTIONS ($change $setting E'$value')",
		qr/invalid value for option "$setting"\n.*control character/, "option $setting with CR and LF");
}
# values from before there was this rule, or from before the library came
for my $setting ('region', 'session_token')
{
	# a file of settings holds no line break, so that a role's settings do
	$node->safe_psql('postgres', "ALTER ROLE CURRENT_USER SET linlearn.s3_$setting = E'x\r\nx-injected: 1'");
	my ($code, $out, $err) = $node->psql('postgres', "SELECT linlearn_show_digit('\\xff');
		SET linlearn.allowed_url_prefixes = 's3://bucket/'; SET linlearn.s3_endpoint = '" . $server->url('') . "';
		DROP USER MAPPING IF EXISTS FOR mapped SERVER linlearn_s3; SELECT linlearn_fetch('s3://bucket/nothing')");
	like($err, qr/the \w+ ?\w* for S3 is not valid/, "a $setting set before the library came is refused at its use");
	$node->safe_psql('postgres', "ALTER ROLE CURRENT_USER RESET linlearn.s3_$setting");
}
unlike($server->read_log, qr/injected/, 'nothing of it reached the store');

# one rule for keys and for prefixes, at SET and at use
for my $key ('..', '.', '../x', 'a/..', 'a/../b', 'a/./b')
{
	fails("SELECT linlearn_fetch('s3://bucket/$key')", qr/has a dot segment/, "key $key");
	fails("SELECT linlearn_upload('s3://bucket/$key', 'x')", qr/has a dot segment/, "upload to key $key");
}
for my $list ('s3://', 'http://', 'http://a/, s3://', 'ftp://a/', 'a.org', 'http://u:s3cret@a/', 'http://a/?b', 's3://b/a/../c', 'http://' . 'a' x 1100)
{
	fails("LOAD 'linlearn'; SET linlearn.allowed_url_prefixes = '$list'; SELECT linlearn_fetch('http://127.0.0.1:1/')",
		qr/invalid value for parameter "linlearn.allowed_url_prefixes"/, 'SET allowed_url_prefixes = ' . substr($list, 0, 20));
	$node->safe_psql('postgres', "ALTER ROLE CURRENT_USER SET linlearn.allowed_url_prefixes = '$list'");
	my ($code, $out, $err) = $node->psql('postgres', "SELECT linlearn_fetch('http://127.0.0.1:1/')");
	like($err, qr/is not a valid URL prefix/, 'set before the library came, it allows nothing: ' . substr($list, 0, 20));
	$node->safe_psql('postgres', 'ALTER ROLE CURRENT_USER RESET linlearn.allowed_url_prefixes');
}

# no secret in the log, none for others to see
my $log = slurp_file($node->logfile);
unlike($log, qr/\Q$TransferServer::secret_key\E|s3cret/, 'no secret in the log');
$node->safe_psql('postgres', 'CREATE ROLE somebody; ');
$node->append_conf('postgresql.conf', "linlearn.s3_secret_key = 's3cret'\n");
$node->reload;
my ($code, $out, $err) = $node->psql('postgres', q{SELECT linlearn_show_digit('\xff'); SET ROLE somebody; SHOW linlearn.s3_secret_key});
like($err, qr/must be (superuser|able)|permission denied|privileges/, 'others cannot see a key');
unlike($node->safe_psql('postgres', q{SELECT linlearn_show_digit('\xff'); SELECT * FROM pg_settings}), qr/s3cret/, 'pg_settings shows no key');

# digits from the store
is($node->safe_psql('postgres', $keys . "SELECT linlearn_upload('s3://bucket/t10k-labels-idx1-ubyte', '\\x000008010000000207ff');
	SELECT linlearn_upload('s3://bucket/t10k-images-idx3-ubyte', '\\x00000803000000020000000100000002010203ff');
	SELECT split, rows FROM linlearn_load_mnist('s3://bucket/t10k-images-idx3-ubyte');
	SELECT * FROM linlearn_mnist ORDER BY id"),
	"\n\ntest|2\ntest|0|7|\\x0102\ntest|1|255|\\x03ff", 'digits from s3');

$node->stop;
done_testing();
