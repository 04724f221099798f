# A web server for tests that behaves badly on request, and as an S3 store that
# checks each signature by its own computation.  Listens on 127.0.0.1.
package TransferServer;

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use Digest::MD5 qw(md5_hex);
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use POSIX qw(strftime);
use Time::HiRes qw(sleep);

# Keys whose characters a path, a query or a signature could mistake.
our @odd_keys = (
	'a file+%?&=é.bin', 'a b', 'a+b', 'a%b', 'a%20b', 'a%2Fb', '%', 'a//b', '/a', 'dir/',
	'.hidden', 'a..b', 'x/...', 'x/.y/z..', '~!*()[]{}@:;,$=&#?^|<>"`\\',
	'été/日本語/😀', "quote''d");

# Prefixes that are listed, but of which no object was stored: name and count.
our %many = (many => 2500, one => 1);

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
	if (($header{expect} // '') eq '100-continue')
	{
		print $client "HTTP/1.1 100 Continue\r\n\r\n";
		$client->flush;
	}
	while ($left > 0)
	{
		my $got = read $client, $body, ($left < 65536 ? $left : 65536), length $body;
		last unless $got;
		$left -= $got;
	}
	my ($path, $query) = split /\?/, $target, 2;
	return $self->store($client, $method, $path, $query // '', \%header, $body)
	  if $path =~ m{^/(bucket|west)(/|$)};
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
	return answer($client, 302, 'moved ' x 100000, "Location: $query") if $path eq '/moved';
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
	if ($path =~ m{^/stream/(\d+)/rows\.(csv|pbr)$})
	{
		# so many MB of rows, sent as they are asked for
		my ($blocks, $kind) = ($1, $2);
		my $row = $kind eq 'csv' ? "1,2.5,3.5\n" : "\x0a\x23\xd7\xce" . pack('V', length record()) . record();
		my $block = $row x int((1 << 20) / length $row);
		print $client "HTTP/1.1 200 OK\r\nETag: \"$kind\"\r\nTransfer-Encoding: chunked\r\n\r\n";
		for (1 .. $blocks) { print $client sprintf("%x\r\n", length $block), $block, "\r\n" or return; }
		print $client "0\r\n\r\n";
		$self->note("sent all of $path");
		return close $client;
	}
	if ($path =~ m{^/broken/(\d+)/(\w*)rows\.csv$})
	{
		my ($sent, $how) = ($1, $2);
		# breaks after so many bytes, time and again; $how: goes on wrongly
		my $rows = join '', map { $_ % 2 . ",$_,1\n" } 1 .. 50000;
		my ($from) = ($header->{range} // '') =~ /^bytes=(\d+)-$/;
		my $tagged = ($header->{'if-match'} // '"v1"') eq '"v1"';
		return answer($client, 412, '') unless $tagged;
		my ($tag, $begin, $size) = ('"v1"', $from // 0, length $rows);
		my $status = defined $from && $how ne 'whole' ? '206 X' : '200 X';
		$begin += { early => -8, late => 8 }->{$how} // 0 if defined $from;
		$begin = 0 if $how eq 'whole';
		$tag = '"v2"' if defined $from && $how eq 'tag';
		$tag = 'W/"v1"' if defined $from && $how eq 'weak';
		my $range = $how eq 'silent' ? '' : 'Content-Range: ' . ($how eq 'unit' ? 'rows' : 'bytes')
		  . " $begin-" . ($size - 1) . "/$size\r\n";
		$range = '' unless defined $from;
		$tag = defined $from && $how eq 'bare' ? '' : "ETag: $tag\r\n";
		print $client "HTTP/1.1 $status\r\n$tag${range}Content-Length: " . ($size - $begin) . "\r\n\r\n" . substr $rows, $begin, $sent;
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

# A record of recordIO: features 2.5 and 3.5, label 1.
sub record
{
	my $tensor = sub { my $values = pack 'f<*', @_; return "\x12" . pack('C', 2 + length $values) . "\x0a" . pack('C', length $values) . $values };
	my $entry = sub { my ($field, @values) = @_; my $value = $tensor->(@values);
		my $entry = "\x0a\x06values\x12" . pack('C', length $value) . $value; return $field . pack('C', length $entry) . $entry };
	return $entry->("\x0a", 2.5, 3.5) . $entry->("\x12", 1);
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
	return 'wrong content hash'
	  if $hash !~ /^(STREAMING-)?UNSIGNED-PAYLOAD(-TRAILER)?$/ and $hash ne sha256_hex($body);
	return 'wrong token' if ($header->{'x-amz-security-token'} // '') ne $token;
	for my $name (grep { /^x-amz-/ or $_ eq 'host' } keys %$header)
	{
		return "$name is not signed" unless grep { $_ eq $name } split /;/, $signed;
	}
	my $request = join "\n", $method, canonical_path($path),
	  join('&', sort map { /=/ ? $_ : "$_=" } split /&/, $query),
	  (map { "$_:$header->{$_}" } split /;/, $signed), '', $signed, $hash;
	my $text = join "\n", 'AWS4-HMAC-SHA256', $header->{'x-amz-date'}, $scope, sha256_hex($request);
	my $secret = "AWS4$secret_key";
	$secret = hmac_sha256($_, $secret) for split m{/}, $scope;
	return hmac_sha256_hex($text, $secret) eq $signature ? undef : 'signature does not match';
}

# What an SDK sends in pieces, each with its length before it.
sub unchunk
{
	my $body = shift;
	my $whole = '';
	while ($body =~ s/^([0-9a-f]+)[^\r]*\r\n//i and hex $1)
	{
		$whole .= substr $body, 0, hex $1, '';
		$body =~ s/^\r\n//;
	}
	return $whole;
}

sub decode { return shift =~ s/\+/ /gr =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger; }
sub encode { return shift =~ s{([^A-Za-z0-9\-_.~/])}{sprintf '%%%02X', ord $1}ger; }
sub escape { return shift =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr; }

sub slurp
{
	my $file = shift;
	open my $in, '<:raw', $file or return undef;
	local $/;
	return scalar(<$in>) // '';
}

sub spurt
{
	my ($file, @bytes) = @_;
	open my $out, '>:raw', $file or die $!;
	print $out @bytes;
	close $out;
}

# Stores an object, and its key for the lists.
sub keep
{
	my ($self, $key, $bytes) = @_;
	my $file = "$self->{folder}/" . md5_hex($key);
	spurt($file, $bytes);
	spurt("$file.key", $key);
}

# All objects: key, size, time of the last change.
sub objects
{
	my $self = shift;
	my @objects;
	for my $file (glob "$self->{folder}/*.key")
	{
		my $object = $file =~ s/\.key$//r;
		push @objects, [ slurp($file) =~ s{^/(bucket|west)/}{}r, -s $object, (stat $object)[9] ] if -f $object;
	}
	for my $name (keys %many)
	{
		push @objects, map { [ sprintf('%s/%05d', $name, $_), $_, 1e9 ] } 0 .. $many{$name} - 1;
	}
	return sort { $a->[0] cmp $b->[0] } @objects;
}

# A page of a list (ListObjectsV2, and the older ListObjects of some SDKs), of
# at most 1000 keys.
sub list
{
	my ($self, $client, $query) = @_;
	my %query = map { my ($name, $value) = split /=/, $_, 2; (decode($name) => decode($value // '')) } split /&/, $query;
	my ($prefix, $url) = ($query{prefix} // '', ($query{'encoding-type'} // '') eq 'url');
	my $write = $url ? \&encode : \&escape;
	my $after = $query{'continuation-token'} // '';
	my $marker = $query{marker} // '';
	my $limit = $query{'max-keys'} // 1000;
	$limit = 1000 if $limit > 1000;
	if ($after ne '')
	{
		return answer($client, 400, '<Error><Code>InvalidArgument</Code></Error>') unless $after =~ s/^after:(.*)=$/pack 'H*', $1/e;
	}
	my @keys = grep { index($_->[0], $prefix) == 0 and $_->[0] gt $after and $_->[0] gt $marker } $self->objects;
	my $more = @keys > $limit;
	$#keys = $limit - 1 if $more;
	my $xml = qq{<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">}
	  . '<Name>bucket</Name><Prefix>' . $write->($prefix) . '</Prefix><KeyCount>' . @keys . "</KeyCount><MaxKeys>$limit</MaxKeys>"
	  . ($url ? '<EncodingType>url</EncodingType>' : '') . '<IsTruncated>' . ($more ? 'true' : 'false') . '</IsTruncated>'
	  . ($more ? '<NextContinuationToken>after:' . unpack('H*', $keys[-1][0]) . '=</NextContinuationToken>' : '');
	for my $object (@keys)
	{
		my ($key, $size, $time) = @$object;
		$xml .= '<Contents><Key>' . $write->($key) . '</Key><LastModified>' . strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime $time)
		  . "</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>$size</Size><StorageClass>STANDARD</StorageClass></Contents>";
	}
	return answer($client, 200, "$xml</ListBucketResult>", 'Content-Type: application/xml');
}

# Puts the parts of an upload together.
sub complete
{
	my ($self, $client, $path, $key, $body) = @_;
	my $file = "$self->{folder}/" . md5_hex($key);
	my @parts;
	while ($body =~ m{<Part>(.*?)</Part>}gs)
	{
		my $part = $1;
		my ($number) = $part =~ m{<PartNumber>(\d+)</PartNumber>};
		my ($tag) = $part =~ m{<ETag>(?:"|&quot;)?([0-9a-f]+)(?:"|&quot;)?</ETag>};
		my $bytes = slurp("$file.$number");
		return answer($client, 400, '<Error><Code>InvalidPart</Code></Error>')
		  if !defined $bytes or md5_hex($bytes) ne $tag;
		push @parts, $bytes;
	}
	# the end of an upload may fail with status 200
	return answer($client, 200, '<Error><Code>SlowDown</Code></Error>') if $path =~ /late/;
	$self->keep($key, join '', @parts);
	return answer($client, 200, '<CompleteMultipartUploadResult><ETag>"whole-1"</ETag></CompleteMultipartUploadResult>');
}

# Lists that a store should not answer with, below the prefix hostile/.
our %hostile = (
	empty => '', junk => "\0\1\2 no XML", text => 'ListBucketResult',
	html => '<html><body>502</body></html>',
	unclosed => '<ListBucketResult><Contents><Key>hostile/unclosed',
	crossed => '<ListBucketResult><Contents></ListBucketResult></Contents>',
	second => '<ListBucketResult/><ListBucketResult/>',
	doctype => '<!DOCTYPE x [<!ENTITY k SYSTEM "file:///etc/passwd">]><ListBucketResult><Contents><Key>&k;</Key></Contents></ListBucketResult>',
	laughs => '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><ListBucketResult>&b;</ListBucketResult>',
	cdata => '<ListBucketResult><Contents><Key><![CDATA[hostile/cdata]]></Key></Contents></ListBucketResult>',
	deep => '<ListBucketResult>' . '<a>' x 100000,
	entity => object_xml('hostile/entity&nbsp;'), nul => object_xml('hostile/nul&#0;'),
	surrogate => object_xml('hostile/surrogate&#xD800;'), beyond => object_xml('hostile/beyond&#x110000;'),
	percent => '<ListBucketResult><EncodingType>url</EncodingType>' . entry_xml('hostile/percent%2') . '</ListBucketResult>',
	percentnul => '<ListBucketResult><EncodingType>url</EncodingType>' . entry_xml('hostile/percentnul%00x') . '</ListBucketResult>',
	latin1 => object_xml("hostile/latin1\xe9"), elsewhere => object_xml('private/key'), above => object_xml('hostile'),
	keyless => '<ListBucketResult><Contents><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>',
	negative => object_xml('hostile/negative', -1), huge => object_xml('hostile/huge', '9' x 19), sizeless => object_xml('hostile/sizeless', ''),
	timeless => object_xml('hostile/timeless', 1, 'yesterday'), month => object_xml('hostile/month', 1, '2026-13-01T00:00:00Z'),
	tokenless => '<ListBucketResult><IsTruncated>true</IsTruncated>' . entry_xml('hostile/tokenless') . '</ListBucketResult>',
	later => '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken><Contents><Key>hostile/later/a</Key><LastModified>2001-09-09T01:46:40.000Z</LastModified><Size>4</Size></Contents></ListBucketResult>',
	circle => '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>',
	token => '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>' . 'x' x 100000 . '</NextContinuationToken></ListBucketResult>',
	large => '<ListBucketResult>' . 'x' x (9 << 20) . '</ListBucketResult>');

sub entry_xml
{
	my ($key, $size, $time) = @_;
	return "<Contents><Key>$key</Key><LastModified>" . ($time // '2026-01-01T00:00:00Z') . '</LastModified><Size>'
	  . ($size // 1) . '</Size></Contents>';
}

sub object_xml { return '<ListBucketResult>' . entry_xml(@_) . '</ListBucketResult>'; }

# What a store says of a bucket that is in another region, the one way or the
# other; it has "west" in eu-west-3.
sub redirect
{
	my ($self, $client, $path, $region) = @_;
	my $error = sub { return "<Error><Code>$_[0]</Code>$_[1]</Error>" };

	return answer($client, 301, $error->('PermanentRedirect', '<Endpoint>west.s3.eu-west-3.amazonaws.com</Endpoint>'))
	  if $path =~ m{/endpoint};
	return answer($client, 301, $error->('PermanentRedirect', '<Endpoint>west.s3-eu-west-3.amazonaws.com</Endpoint>'))
	  if $path =~ m{/dashed};
	return answer($client, 400, $error->('AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>')) if $path =~ m{/malformed};
	return answer($client, 307, $error->('TemporaryRedirect', ''), "Location: https://west.s3.eu-west-3.amazonaws.com$path")
	  if $path =~ m{/location};
	return answer($client, 307, '', 'x-amz-bucket-region: eu-west-3', 'Location: http://127.0.0.1:1/stolen') if $path =~ m{/both};
	return answer($client, 307, '', "Location: http://127.0.0.1:$self->{port}/hello") if $path =~ m{/evil};
	return answer($client, 301, $error->('PermanentRedirect', '<Endpoint>evil.example</Endpoint>')) if $path =~ m{/endevil};
	return answer($client, 301, '', 'x-amz-bucket-region: evil.example/') if $path =~ m{/label};
	return answer($client, 301, '', 'x-amz-bucket-region: ' . 'a' x 300) if $path =~ m{/long};
	return answer($client, 301, $error->('PermanentRedirect', '')) if $path =~ m{/silent};
	return answer($client, 301, '', 'x-amz-bucket-region: ' . ($region eq 'us-east-1' ? 'us-east-2' : 'us-east-1')) if $path =~ m{/circle};
	return answer($client, 301, '', "x-amz-bucket-region: $region") if $path =~ m{/same};
	return answer($client, 301, $error->('PermanentRedirect', ''), 'x-amz-bucket-region: eu-west-3');
}

# A little S3 store; SDKs can use it as well.
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
	my ($region) = ($header->{authorization} // '') =~ m{Credential=[^/]+/\d+/([^/]+)/};
	return $self->redirect($client, $path, $region) if $path =~ m{^/west} and $region ne 'eu-west-3';
	$body = unchunk($body) if ($header->{'content-encoding'} // '') =~ /aws-chunked/;
	if ($path =~ m{^/(?:bucket|west)/?$})
	{
		return answer($client, 200, $hostile{$1} // '') if $query =~ /prefix=hostile%2F(\w+)/;
		return $self->list($client, $query) if $method eq 'GET' and $query =~ /\bprefix=|list-type=2/;
		return answer($client, 200, '');
	}
	if ($method eq 'POST' and $query =~ /^uploads=?$/)
	{
		return answer($client, 200, '<InitiateMultipartUploadResult><UploadId>up+load/1=</UploadId></InitiateMultipartUploadResult>');
	}
	if ($query =~ /uploadId=([^&]*)/ and $1 ne 'up%2Bload%2F1%3D')
	{
		return answer($client, 404, '<Error><Code>NoSuchUpload</Code></Error>');
	}
	if ($method eq 'PUT' and my ($number) = $query =~ /\bpartNumber=(\d+)/)
	{
		return answer($client, 500, '<Error><Code>InternalError</Code></Error>')
		  if $path =~ /broken/ and $number == 3;
		sleep 30 if $path =~ /stalled/ and $number == 2;
		spurt("$file.$number", $body);
		return answer($client, 200, '', 'ETag: "' . md5_hex($body) . '"');
	}
	if ($method eq 'DELETE')
	{
		unlink $file, "$file.key" unless $query;
		return answer($client, 204, '');
	}
	return $self->complete($client, $path, $key, $body) if $method eq 'POST';
	if ($method eq 'PUT')
	{
		$self->keep($key, $body);
		return answer($client, 200, '', 'ETag: "' . md5_hex($body) . '"');
	}
	my $bytes = slurp($file);
	if ($method eq 'HEAD')
	{
		my $found = defined $bytes;
		print $client join "\r\n", 'HTTP/1.1 ' . ($found ? '200 OK' : '404 Not Found'), 'Content-Length: ' . ($found ? length $bytes : 0),
		  'Last-Modified: ' . strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime((stat $file)[9] // 0)),
		  ($found ? 'ETag: "' . md5_hex($bytes) . '"' : ()), 'Connection: close', '', '';
		return close $client;
	}
	return answer($client, 404, '<Error><Code>NoSuchKey</Code></Error>') unless defined $bytes;
	my $tag = '"' . md5_hex($bytes) . '"';
	return answer($client, 412, '<Error><Code>PreconditionFailed</Code></Error>') if ($header->{'if-match'} // $tag) ne $tag;
	if (my ($from, $to) = ($header->{range} // '') =~ /^bytes=(\d+)-(\d*)$/)
	{
		my $size = length $bytes;
		return answer($client, 416, '<Error><Code>InvalidRange</Code></Error>') if $from >= $size;
		$to = $size - 1 if $to eq '' or $to >= $size;
		return answer($client, 206, substr($bytes, $from, $to - $from + 1), "Content-Range: bytes $from-$to/$size", "ETag: $tag");
	}
	return answer($client, 200, $bytes, "ETag: $tag");
}

1;
