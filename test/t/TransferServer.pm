# A web server for tests that behaves badly on request, and as an S3 store that
# checks each signature by its own computation.  Listens on 127.0.0.1.
package TransferServer;

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use Digest::MD5 qw(md5_hex);
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use Time::HiRes qw(sleep);

# Keys whose characters a path, a query or a signature could mistake.
our @odd_keys = (
	'a file+%?&=é.bin', 'a b', 'a+b', 'a%b', 'a%20b', 'a%2Fb', '%', 'a//b', '/a', 'dir/',
	'.hidden', 'a..b', 'x/...', 'x/.y/z..', '~!*()[]{}@:;,$=&#?^|<>"`\\',
	'été/日本語/😀', "quote''d");

our ($access_key, $secret_key, $token) = ('AKTEST', 'sEcr+t/key', 'tok+en/==');

# Starts the server in a process of its own; $folder keeps uploads and a log.
sub start
{
	my ($class, $folder) = @_;
	my $listen = IO::Socket::INET->new(
		LocalAddr => '127.0.0.1', Proto => 'tcp', Listen => 20, ReuseAddr => 1)
	  or die "could not listen: $!";
	my $self = bless { port => $listen->sockport, folder => $folder }, $class;
	mkdir $folder;
	$self->{pid} = fork() // die "could not fork: $!";
	return $self if $self->{pid};
	$SIG{CHLD} = 'IGNORE';
	$SIG{TERM} = sub { require POSIX; POSIX::_exit(0) };
	while (1)
	{
		my $client = $listen->accept or next;
		if (!fork())
		{
			$SIG{PIPE} = sub { require POSIX; POSIX::_exit(0) };
			$SIG{ALRM} = $SIG{PIPE};
			alarm 60;
			eval { $self->serve($client); 1 } or $self->note("died: $@");
			require POSIX;
			POSIX::_exit(0);
		}
		close $client;
	}
}

sub stop { my $self = shift; kill 'TERM', $self->{pid}; waitpid $self->{pid}, 0; }

sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}$path"; }

sub note
{
	my ($self, $line) = @_;
	open my $log, '>>', "$self->{folder}/log" or return;
	print $log "$line\n";
	close $log;
}

sub read_log
{
	my $self = shift;
	open my $log, '<', "$self->{folder}/log" or return '';
	local $/;
	my $text = <$log>;
	return $text // '';
}

# Reads a request and answers it.
sub serve
{
	my ($self, $client) = @_;
	my ($line, %header, $body);
	binmode $client;
	$line = <$client> // return;
	my ($method, $target) = $line =~ /^(\S+) (\S+)/ or return;
	while (defined($line = <$client>) and $line =~ /^([^:]+):\s*(.*?)\r?\n/)
	{
		$header{ lc $1 } = $2;
	}
	$self->note("$method $target");
	my $left = $header{'content-length'} // 0;
	$body = '';
	while ($left > 0)
	{
		my $got = read $client, $body, ($left < 65536 ? $left : 65536), length $body;
		last unless $got;
		$left -= $got;
	}
	my ($path, $query) = split /\?/, $target, 2;
	return $self->store($client, $method, $path, $query // '', \%header, $body)
	  if $path =~ m{^/bucket/};
	return $self->misbehave($client, $method, $path, $query // '', \%header, $body);
}

sub answer
{
	my ($client, $status, $body, @headers) = @_;
	print $client join("\r\n", "HTTP/1.1 $status X", 'Content-Length: ' . length($body),
		'Connection: close', @headers, '', '') . $body;
	close $client;
}

# What a web server does, and what it should not.
sub misbehave
{
	my ($self, $client, $method, $path, $query, $header, $body) = @_;

	if ($method eq 'PUT' and $path =~ m{^/put/(\w+)$})
	{
		open my $file, '>:raw', "$self->{folder}/$1" or die $!;
		print $file $body;
		close $file;
		return answer($client, 201, '');
	}
	if ($path =~ m{^/put/(\w+)$} and -f "$self->{folder}/$1")
	{
		open my $file, '<:raw', "$self->{folder}/$1" or die $!;
		local $/;
		return answer($client, 200, scalar <$file>);
	}
	return answer($client, 200, 'hello') if $path eq '/hello' or $path =~ m{^/in/};
	return answer($client, 200, '') if $path eq '/empty';
	return answer($client, $1, 'no <secret>') if $path =~ m{^/status/(\d+)$};
	return answer($client, 302, '', "Location: $query") if $path eq '/redirect';
	return answer($client, 302, '', 'Location: /loop') if $path eq '/loop';
	if ($path eq '/auth')
	{
		return answer($client, ($header->{authorization} // '') eq 'Basic dXNlcjpzM2NyZXQ=' ? 200 : 401, 'in');
	}
	if ($path eq '/bomb.gz')
	{
		my ($zeros, $packed) = ("\0" x (64 << 20));
		gzip(\$zeros => \$packed);
		return answer($client, 200, $packed);
	}
	if ($path eq '/stall') { sleep 30; return; }
	if ($path eq '/stall-later')
	{
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
		$client->flush;
		sleep 30;
		return;
	}
	if ($path eq '/truncate')
	{
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
		return close $client;
	}
	if ($path eq '/boast')
	{
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\nabc";
		return close $client;
	}
	if ($path eq '/endless')
	{
		print $client "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
		while (print $client "10000\r\n" . ('x' x 65536) . "\r\n") { }
		return;
	}
	if ($path eq '/modest')
	{
		# claims five bytes, sends far more
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" . ('hello' x 100000);
		return close $client;
	}
	if ($path eq '/drip')
	{
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
		for (1 .. 10) { print $client 'x'; $client->flush; sleep 0.15; }
		return close $client;
	}
	if ($path eq '/noise') { print $client "\xff\xfe nonsense\r\n\r\n"; return close $client; }
	return answer($client, 404, 'not here');
}

# A path as the stores write it for a signature: decoded and encoded anew.
sub canonical_path
{
	return join '/', map {
		s/%([0-9A-Fa-f]{2})/chr hex $1/ger =~ s/([^A-Za-z0-9\-_.~])/sprintf '%%%02X', ord $1/ger
	} split m{/}, shift, -1;
}

# Checks a signature as Amazon's documentation of version 4 has it.
sub signature_error
{
	my ($method, $path, $query, $header, $body) = @_;
	my $given = $header->{authorization} // return 'no signature';
	my ($key, $scope, $signed, $signature) = $given =~
	  m{^AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$}
	  or return "cannot read $given";
	return "key $key" if $key ne $access_key;
	my $hash = $header->{'x-amz-content-sha256'} // return 'no content hash';
	return 'wrong content hash' if $hash ne 'UNSIGNED-PAYLOAD' and $hash ne sha256_hex($body);
	return 'wrong token' if ($header->{'x-amz-security-token'} // '') ne $token;
	for my $name (grep { /^x-amz-/ or $_ eq 'host' } keys %$header)
	{
		return "$name is not signed" unless grep { $_ eq $name } split /;/, $signed;
	}
	my $request = join "\n", $method, canonical_path($path), join('&', sort split /&/, $query),
	  (map { "$_:$header->{$_}" } split /;/, $signed), '', $signed, $hash;
	my $text = join "\n", 'AWS4-HMAC-SHA256', $header->{'x-amz-date'}, $scope, sha256_hex($request);
	my $secret = "AWS4$secret_key";
	$secret = hmac_sha256($_, $secret) for split m{/}, $scope;
	return hmac_sha256_hex($text, $secret) eq $signature ? undef : 'signature does not match';
}

# A little S3 store.
sub store
{
	my ($self, $client, $method, $path, $query, $header, $body) = @_;
	my $error = signature_error($method, $path, $query, $header, $body);
	my $key = $path =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger;
	my $file = "$self->{folder}/" . md5_hex($key);

	if ($error)
	{
		$self->note("refused: $error");
		return answer($client, 403, "<Error><Code>SignatureDoesNotMatch</Code><Message>$secret_key</Message></Error>");
	}
	if ($method eq 'POST' and $query eq 'uploads=')
	{
		return answer($client, 200, '<R><UploadId>up+load/1=</UploadId></R>');
	}
	if ($query =~ /uploadId=(.*)/ and $1 ne 'up%2Bload%2F1%3D')
	{
		return answer($client, 404, '<Error><Code>NoSuchUpload</Code></Error>');
	}
	if ($method eq 'PUT' and my ($number) = $query =~ /^partNumber=(\d+)/)
	{
		return answer($client, 500, '<Error><Code>InternalError</Code></Error>')
		  if $path =~ /broken/ and $number == 3;
		sleep 30 if $path =~ /stalled/ and $number == 2;
		open my $part, '>:raw', "$file.$number" or die $!;
		print $part $body;
		close $part;
		return answer($client, 200, '', 'ETag: "' . md5_hex($body) . '"');
	}
	return answer($client, 204, '') if $method eq 'DELETE';
	if ($method eq 'POST')
	{
		open my $whole, '>:raw', $file or die $!;
		while ($body =~ m{<PartNumber>(\d+)</PartNumber><ETag>"([0-9a-f]+)"</ETag>}g)
		{
			local $/;
			open my $part, '<:raw', "$file.$1" or die $!;
			my $bytes = <$part>;
			return answer($client, 400, '<Error><Code>InvalidPart</Code></Error>') if md5_hex($bytes) ne $2;
			print $whole $bytes;
		}
		close $whole;
		# the end of an upload may fail with status 200
		return answer($client, 200, '<Error><Code>SlowDown</Code></Error>') if $path =~ /late/;
		return answer($client, 200, '<CompleteMultipartUploadResult/>');
	}
	if ($method eq 'PUT')
	{
		open my $out, '>:raw', $file or die $!;
		print $out $body;
		close $out;
		return answer($client, 200, '', 'ETag: "' . md5_hex($body) . '"');
	}
	open my $in, '<:raw', $file or return answer($client, 404, '<Error><Code>NoSuchKey</Code></Error>');
	local $/;
	return answer($client, 200, scalar(<$in>) // '');
}

1;
