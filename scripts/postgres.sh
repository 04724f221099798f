# postgres.sh
#		Sourced by the other scripts: which PostgreSQL to use, and as whom its
#		server runs.
#
# find_postgres      sets PG_CONFIG, PG_BINDIR and PG_MAJOR; fails when there is
#                    no complete server with its development files
# as_server COMMAND  runs COMMAND as the user that may run a server: ourselves,
#                    or, when we are root, postgres or nobody.  The environment
#                    stays as it is.

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
	local candidate

	if ! complete_postgres "${PG_CONFIG:-pg_config}"; then
		for candidate in $(ls -d /usr/lib/postgresql/*/bin/pg_config \
			/usr/pgsql-*/bin/pg_config 2>/dev/null | sort -rV); do
			if complete_postgres "$candidate"; then
				PG_CONFIG=$candidate
				break
			fi
		done
	fi
	PG_CONFIG=$(command -v "${PG_CONFIG:-pg_config}") || return 1
	complete_postgres "$PG_CONFIG" || return 1
	PG_BINDIR=$("$PG_CONFIG" --bindir)
	PG_MAJOR=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	export PG_CONFIG PG_BINDIR PG_MAJOR
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
