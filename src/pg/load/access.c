/*
 * access.c
 *		Who may read files and URLs, and how much.
 */
#include "pg/load/access.h"

#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "pg/base/settings.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

size_t
download_limit(void)
{
	return (size_t) linlearn_max_download_size * 1024;
}

void
check_file_role(Oid role, const char *role_name, const char *verb)
{
	if (!has_privs_of_role(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to %s a file of the server", verb),
				 errhint("Only roles with privileges of %s may.", role_name)));
}

const char *
file_path(const char *source)
{
	if (pg_strncasecmp(source, "file:", 5) == 0)
	{
		source += 5;
		if (strncmp(source, "///", 3) == 0)
			source += 2;
		else if (pg_strncasecmp(source, "//localhost/", 12) == 0)
			source += 11;
	}
	/* what begins with two slashes would name another host */
	return source[0] == '/' && source[1] != '/' ? source : NULL;
}

void
check_url_privilege(Oid schema)
{
	Oid arguments[] = {TEXTOID};
	List *name = list_make2(makeString(get_namespace_name(schema)),
							makeString("linlearn_fetch"));
	Oid function = LookupFuncName(name, 1, arguments, false);

	if (function_aclcheck(function, GetUserId()) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read from URLs"),
				 errhint("Only roles that may execute linlearn_fetch(text) "
						 "may.")));
}
