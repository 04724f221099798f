# Looks at the report with Debian's chromium: width, contrast, console.
use strict;
use warnings;
use File::Spec;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($chromium) = grep { -x } map { ("$_/chromium", "$_/chromium-browser") } split /:/, $ENV{PATH};
plan skip_all => 'no chromium on this machine' if !$chromium;

my $node = PostgreSQL::Test::Cluster->new('report');
$node->init;
$node->start;
my $folder = File::Spec->rel2abs(PostgreSQL::Test::Utils::tempdir());
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION linlearn;
	SELECT linlearn_load_mnist('synthetic');
	SELECT linlearn_save_model('zero', linlearn_train(pixels, label = 0,
		'{"predictor_type": "binary_classifier", "epochs": 3, "num_models": 4}', split), 'Is it a 0?')
	FROM linlearn_mnist WHERE split IN ('train', 'validation') AND id < 3000;
	SELECT linlearn_save_model('ten', linlearn_train(pixels, label,
		'{"predictor_type": "multiclass_classifier", "epochs": 2, "num_models": 1}', split))
	FROM linlearn_mnist WHERE split IN ('train', 'validation') AND id < 3000;
	CREATE TABLE customers AS
	SELECT id, 18 + id * 37 % 60 AS age, id * 53 % 13 AS visits, id * 7919 % 49999 / 100.0 AS spent, (ARRAY['basic', 'pro', 'trial'])[1 + id * 31 % 3] AS plan,
		date '2024-01-01' + id % 400 AS since FROM generate_series(1, 1500) AS id;
	ALTER TABLE customers ADD cancelled boolean, ADD worth float8, ADD kind text;
	UPDATE customers SET cancelled = 2.4 - 0.05 * age - 0.4 * visits + 0.004 * spent + 1.2 * sin(id * id) > 0, worth = 1234567 * (age + visits + sin(id)),
		kind = CASE WHEN age + 9 * sin(id) < 30 THEN 'young & restless' WHEN visits + sin(id) > 6 THEN 'regular' ELSE 'a kind of customers with a rather long name, of whom little is known' END;
	SELECT linlearn_save_model('table', linlearn_train(c, cancelled, '{"exclude": ["id", "cancelled", "worth", "kind"]}'), 'Who leaves?',
		'{"owner": "sales", "intended_use": "letters to those who may leave", "data": "customers of the shop", "period": "2024", "limits": ["no companies", "one country"]}') FROM customers AS c WHERE id < 1100;
	SELECT linlearn_save_model('regressor', linlearn_train(c, worth, '{"exclude": ["id", "cancelled", "worth", "kind"], "predictor_type": "regressor"}')) FROM customers AS c WHERE id < 1100;
	SELECT linlearn_save_model('kinds', linlearn_train(c, kind, '{"exclude": ["id", "cancelled", "worth", "kind"]}')) FROM customers AS c WHERE id < 1100;
	SELECT linlearn_save_model('tuned', linlearn_tune(c, cancelled, '{"predictor_type": "binary_classifier", "objective": "validation:roc_auc_score", "objective_type": "Maximize",
		"max_jobs": 8, "epochs": 4, "exclude": ["id", "cancelled", "worth", "kind"], "ranges": {"learning_rate": {"min": 0.0001, "max": 1}, "wd": {"min": 0.0000001, "max": 1}}}',
		CASE WHEN id % 5 = 0 THEN 'validation' ELSE 'train' END)) FROM customers AS c WHERE id < 1100;
});
my $rows = 'SELECT * FROM customers WHERE id >= 1100';
my %page = (
	zero => $node->safe_psql('postgres', q{SELECT linlearn_report('zero', NULL, $$SELECT pixels, label = 0 FROM linlearn_mnist WHERE split = 'test'$$)}),
	ten => $node->safe_psql('postgres', q{SELECT linlearn_report('ten', NULL, $$SELECT pixels, label FROM linlearn_mnist WHERE split = 'test'$$)}),
	map { $_->[0] => $node->safe_psql('postgres', qq{SELECT linlearn_report('$_->[0]', NULL, '$rows', '$_->[1]')}) }
	  ([ 'table', 'cancelled' ], [ 'regressor', 'worth' ], [ 'kinds', 'kind' ], [ 'tuned', 'cancelled' ]));
$node->stop;

# What the page looks like from inside: its width against the window's, the
# least contrast of a text against what lies behind it, and the theme.
my $probe = <<'SCRIPT';
<script>
function part(v) { v /= 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); }
function light(c) { const n = c.match(/[\d.]+/g).map(Number); return 0.2126 * part(n[0]) + 0.7152 * part(n[1]) + 0.0722 * part(n[2]); }
function clear(c) { const n = c.match(/[\d.]+/g); return !n || n.length === 4 && Number(n[3]) === 0; }
function behind(el) {
	const box = el.getBoundingClientRect();
	for (const other of document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)) {
		if (other.tagName === 'text' || other.tagName === 'line') continue;
		const style = getComputedStyle(other);
		const colour = other instanceof SVGGeometryElement ? style.fill : style.backgroundColor;
		if (!clear(colour)) return colour;
	}
	return getComputedStyle(document.body).backgroundColor;
}
let least = 99, worst = '', texts = 0;
for (const el of document.querySelectorAll('body *')) {
	if (['SCRIPT', 'title', 'style'].includes(el.tagName)) continue;
	if (![...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
	el.scrollIntoView({block: 'center'});
	const ink = getComputedStyle(el)[el instanceof SVGElement ? 'fill' : 'color'];
	const a = light(ink), b = light(behind(el));
	const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	texts++;
	if (ratio < least) { least = ratio; worst = el.tagName + ' ' + el.textContent.slice(0, 40); }
}
const root = document.documentElement;
parent.postMessage(['width', root.clientWidth, 'overflow', root.scrollWidth - root.clientWidth, 'texts', texts,
	'dark', matchMedia('(prefers-color-scheme: dark)').matches, 'contrast', least.toFixed(2), worst].join(' '), '*');
</script>
SCRIPT

sub write_file
{
	my ($name, $text) = @_;
	open my $file, '>', "$folder/$name" or die $!;
	print $file $text;
	close $file;
}

# Opens a page in a frame of a width; returns what the probe and the log say.
sub look
{
	my ($name, $width, $scheme) = @_;
	write_file('frame.html', qq{<!DOCTYPE html><body style="margin:0"><iframe src="$name.html" style="border:0;width:${width}px;height:900px"></iframe>
<pre id="answer"></pre><script>onmessage = e => document.getElementById('answer').textContent = e.data;</script>});
	local $ENV{HOME} = $folder;
	my ($out, $err) = ('', '');
	IPC::Run::run(
		[   $chromium, qw(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
			  --disable-component-update --disable-sync --disable-dev-shm-usage --enable-logging=stderr --virtual-time-budget=3000),
			"--blink-settings=preferredColorScheme=$scheme", "--user-data-dir=$folder/profile-$name-$width-$scheme", '--window-size=1500,1000', '--dump-dom',
			"file://$folder/frame.html" ],
		'<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(120));
	my ($answer) = $out =~ /<pre id="answer">(.*?)<\/pre>/s;
	return ($answer // '', $err);
}

for my $name (sort keys %page)
{
	cmp_ok(length $page{$name}, '<', 500_000, "$name: the page is small");
	unlike($page{$name}, qr/<script|src=|url\(|\@import/, "$name: nothing to fetch or run");
	(my $probed = $page{$name}) =~ s/<\/body>/$probe<\/body>/;
	write_file("$name.html", $probed);
	for my $look ([ 400, 1 ], [ 1000, 1 ], [ 1400, 0 ])
	{
		my ($width, $scheme) = @$look;
		my $title = "$name, $width pixels, " . ($scheme ? 'light' : 'dark');
		my ($answer, $log) = look($name, $width, $scheme);
		my ($wide, $overflow, $texts, $dark, $contrast) =
		  $answer =~ /^width (\d+) overflow (-?\d+) texts (\d+) dark (\w+) contrast ([\d.]+)/;
		is($dark, $scheme ? 'false' : 'true', "$title: the theme asked for") or diag "$answer\n$log";
		cmp_ok($texts // 0, '>', 100, "$title: there are texts");
		cmp_ok($overflow // 99, '<=', 0, "$title: nothing is wider than the page");
		cmp_ok($contrast // 0, '>=', 4.5, "$title: contrast") or diag $answer;
		unlike($log, qr/CONSOLE/, "$title: a silent console");
	}
}
done_testing();
