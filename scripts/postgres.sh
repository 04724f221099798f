# postgres.sh
#		Sourced by the other scripts: which PostgreSQL to use, and as whom its
#		server runs.
#
# find_postgres      sets PG_CONFIG, PG_BINDIR and PG_MAJOR; fails when there is
#                    no complete server with its development files.  A PG_CONFIG
#                    that is set is the one, whatever others there are
# need_postgres      the same, and says what is missing
# as_server COMMAND  runs COMMAND as the user that may run a server: ourselves,
#                    or, when we are root, postgres or nobody.  The environment
#                    stays as it is.
# offer_readable ... prints where the server can read a file or folder

# True when the pg_config $1 belongs to a server with PGXS and its headers, which
# a package of their own may bring.
complete_postgres()
{
	local pgxs headers bindir

	command -v "$1" >/dev/null 2>&1 || return 1
	pgxs=$("$1" --pgxs 2>/dev/null) && [ -f "$pgxs" ] || return 1
	headers=$("$1" --includedir-server) && [ -f "$headers/postgres.h" ] || return 1
	bindir=$("$1" --bindir) && [ -x "$bindir/postgres" ] && [ -x "$bindir/initdb" ]
}

find_postgres()
{
	local candidate found=${PG_CONFIG:-}

	if [ -z "$found" ]; then
		for candidate in pg_config $(ls -d /usr/lib/postgresql/*/bin/pg_config \
			/usr/pgsql-*/bin/pg_config 2>/dev/null | sort -rV); do
			complete_postgres "$candidate" && { found=$candidate; break; }
		done
	fi
	[ -n "$found" ] && complete_postgres "$found" || return 1
	PG_CONFIG=$(command -v "$found")
	PG_BINDIR=$("$PG_CONFIG" --bindir)
	PG_MAJOR=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	export PG_CONFIG PG_BINDIR PG_MAJOR
}

need_postgres()
{
	find_postgres && return
	if [ -n "${PG_CONFIG:-}" ]; then
		echo "$(basename "$0"): PG_CONFIG is \"$PG_CONFIG\", which is no pg_config of a PostgreSQL server with its development files"
	else
		echo "$(basename "$0"): no PostgreSQL server with its development files was found; run scripts/demo, or set PG_CONFIG"
	fi >&2
	return 1
}

# Says as whom a server runs.
server_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		id -un
	elif id postgres >/dev/null 2>&1; then
		echo postgres
	else
		echo nobody
	fi
}

as_server()
{
	local user

	user=$(server_user)
	if [ "$user" = "$(id -un)" ]; then
		"$@"
	else
		setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
			-- "$@"
	fi
}

# True when the server's user can read the file or folder $1.
readable()
{
	if [ -d "$1" ]; then
		(cd / && as_server sh -c 'cd "$1" && for f in *; do [ -r "$f" ] || exit 1; done' - "$1" 2>/dev/null)
	else
		(cd / && as_server test -r "$1")
	fi
}

# Prints where the server can read $2, a file or folder: there, or in folder $3,
# to which it is copied if need be.  $1 speaks in messages.
offer_readable()
{
	local source

	source=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
	if ! readable "$source"; then
		[ -n "$3" ] || { echo "$1: the server cannot read $source" >&2; return 1; }
		mkdir -p "$3" && cp -R "$source" "$3/" && chmod -R a+rX "$3" || return 1
		source=$3/$(basename "$source")
	fi
	echo "$source"
}
