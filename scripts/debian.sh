# debian.sh
#		Sourced by test-debian and test-package: another release of Debian, in a
#		folder.
#
# Wants here and top, the folders of the scripts and of the sources, suite, and
# root, the release's folder.  Settings are what its commands find in their
# environment besides.
#
# say ...         prints a line of the suite
# skip ...        ends as a suite that was not tested
# try ...         runs a command some times until it succeeds
# inside ...      runs a command in the suite, from its folder /
# need_suite      makes the suite, or skips it; brings it up to date
# copy_sources    puts our sources into its /srv/linlearn
# need_packages   installs sets of install-deps there, or skips it
tries=3
ready=$root/etc/linlearn-ready
settings=()

say()
{
	echo "$(basename "$0"): $suite: $*"
}

# Ends as a suite that was not tested.
skip()
{
	say "skipped: $*"
	[ -z "${LINLEARN_TOTAL:-}" ] || echo "0 0 1" >"$LINLEARN_TOTAL"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

# Runs a command some times until it succeeds.
try()
{
	local i

	for ((i = 1; i <= tries; i++)); do
		"$@" && return
		[ $i -eq $tries ] || sleep $((5 * i))
	done
	return 1
}

# Where this machine's packages come from.
mirror()
{
	local found

	found=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's,^Debian \(http[^ ]*\)$,\1,p' | grep -v security | head -n 1)
	found=${found%/}
	echo "${found:-http://deb.debian.org/debian}"
}

# Runs a command in the suite, from its folder /.  The namespaces end with it.
inside()
{
	unshare --mount --propagation private --pid --fork --kill-child -- bash -c '
		root=$1 shared=$2
		shift 2
		mount -t proc proc "$root/proc" &&
			mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" || exit 1
		if [ -d "$shared" ]; then
			mkdir -p "$root/srv/shared" && mount --bind -o ro "$shared" "$root/srv/shared" || exit 1
		fi
		exec chroot "$root" "$@"' inside "$root" "$shared" \
		env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		LC_ALL=C.UTF-8 ${settings[@]+"${settings[@]}"} "$@"
}

# The suite itself: from debootstrap, or what an earlier run has left.
make_suite()
{
	[ ! -f "$ready" ] || return 0
	say "debootstrap from $(mirror)"
	rm -rf "$root"
	mkdir -p "$root"
	debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$root.log" 2>&1 && : >"$ready"
}

# How this machine reaches its packages, and names.
copy_settings()
{
	cp -L /etc/resolv.conf "$root/etc/" 2>/dev/null
	cp /etc/hosts "$root/etc/" 2>/dev/null
	apt-config dump | grep -iE '^Acquire::([a-z]+::Proxy|Check-Valid-Until|Check-Date|Retries)' \
		>"$root/etc/apt/apt.conf.d/99host"
	[ ! -f "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$root/root/"
	[ ! -d /usr/local/share/ca-certificates ] ||
		cp -R /usr/local/share/ca-certificates "$root/usr/local/share/"
}

# Our sources, as they are here, without what was built.
copy_sources()
{
	rm -rf "$root/srv/linlearn"
	mkdir -p "$root/srv/linlearn"
	tar -C "$top" --exclude=./build --exclude=./.git --exclude='*.o' --exclude='*.bc' --exclude='*.so' -cf - . |
		tar -C "$root/srv/linlearn" --no-same-owner -xf -
}

# True when what apt-get said in the log $1 is of a mirror that does not answer.
is_network()
{
	grep -qE 'Failed to fetch|Unable to fetch|Could not resolve|Could not connect|Temporary failure|Connection (failed|timed out)' "$1"
}

# The suite, up to date, where this machine can have one.
need_suite()
{
	local name

	[ "$(id -u)" -eq 0 ] || skip "it takes root"
	"$here/install-deps" debian || skip "no debootstrap"
	mkdir -p "$(dirname "$root")"
	exec 9>"$root.lock"
	flock -n 9 || skip "another run is in ${root#"$top"/}"

	shared=$(cd "$top/.." && pwd)/shared
	# What OpenBLAS is told to do on this processor holds for the suite's as well.
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY CI \
		OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; do
		[ -z "${!name:-}" ] || settings+=("$name=${!name}")
	done

	unshare --mount --pid --fork --kill-child true 2>/dev/null || skip "no namespaces here"
	try make_suite || { tail -n 5 "$root.log"; skip "debootstrap failed"; }
	copy_settings
	if ! try inside apt-get -q -o APT::Update::Error-Mode=any update >"$root.log" 2>&1; then
		tail -n 5 "$root.log"
		skip "its mirror does not answer"
	fi
	inside env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 upgrade >"$root.log" 2>&1 ||
		say "some packages could not be brought up to date"
}

install_sets()
{
	inside /srv/linlearn/scripts/install-deps "$@" >"$root.log" 2>&1
}

# The packages of these sets; a suite that cannot have them has failed.
need_packages()
{
	say "packages"
	try install_sets "$@" && return
	tail -n 20 "$root.log"
	! is_network "$root.log" || skip "its mirror does not answer"
	say "the packages could not be installed"
	[ -z "${LINLEARN_TOTAL:-}" ] || echo "0 1 0" >"$LINLEARN_TOTAL"
	echo "0 passed, 1 failed"
	exit 1
}
