/*
 * s3_keys.c
 *		Where a session's S3 keys come from: a user mapping, or settings.
 *
 * A user mapping keeps each role's keys from the others, and is there before
 * the library is loaded.  Its server may hold an endpoint and a region.
 */
#include "pg/load/s3_keys.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "io/s3_settings.h"
#include "miscadmin.h"
#include "pg/base/settings.h"
#include "utils/syscache.h"

/*
 * The name of the foreign-data wrapper, and of the server that is looked for
 */
#define S3_SERVER "linlearn_s3"

/* The options, and which setting each is. */
static const struct
{
	const char *name;
	Oid catalog;
	S3Setting setting;
} options[] = {
	{"endpoint", ForeignServerRelationId, S3_ENDPOINT},
	{"region", ForeignServerRelationId, S3_REGION},
	{"access_key", UserMappingRelationId, S3_ACCESS_KEY},
	{"secret_key", UserMappingRelationId, S3_SECRET_KEY},
	{"session_token", UserMappingRelationId, S3_SESSION_TOKEN},
};

/* Find an option of a catalog; -1 if there is none of that name. */
static int
find_option(const char *name, Oid catalog)
{
	for (int i = 0; i < lengthof(options); i++)
		if (options[i].catalog == catalog &&
			strcmp(options[i].name, name) == 0)
			return i;
	return -1;
}

/* Put options into the settings. */
static void
take_options(TransferSettings *settings, List *given, Oid catalog)
{
	ListCell *cell;

	foreach (cell, given)
	{
		DefElem *option = lfirst(cell);
		int found = find_option(option->defname, catalog);

		if (found >= 0)
			*s3_setting(settings, options[found].setting) =
				defGetString(option);
	}
}

/* Tell whether a user, or with InvalidOid everyone, has a mapping. */
static bool
has_mapping(Oid user, Oid server)
{
	return SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(user),
								 ObjectIdGetDatum(server));
}

void
set_s3_keys(TransferSettings *settings)
{
	ForeignServer *server = GetForeignServerByName(S3_SERVER, true);

	if (server == NULL ||
		strcmp(GetForeignDataWrapper(server->fdwid)->fdwname, S3_SERVER) !=
			0 ||
		(!has_mapping(GetUserId(), server->serverid) &&
		 !has_mapping(InvalidOid, server->serverid)))
	{
		settings->s3_endpoint = linlearn_s3_endpoint;
		settings->s3_region = linlearn_s3_region;
		settings->s3_access_key = linlearn_s3_access_key;
		settings->s3_secret_key = linlearn_s3_secret_key;
		settings->s3_session_token = linlearn_s3_session_token;
		return;
	}
	settings->s3_region = "us-east-1";
	take_options(settings, server->options, ForeignServerRelationId);
	take_options(settings,
				 GetUserMapping(GetUserId(), server->serverid)->options,
				 UserMappingRelationId);
}

PG_FUNCTION_INFO_V1(linlearn_s3_validator);

/* Check one option; its value, which may be secret, is not shown. */
static void
check_option(DefElem *option, Oid catalog)
{
	int found = find_option(option->defname, catalog);
	const char *problem;

	if (found < 0)
		ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
						errmsg("invalid option \"%s\"", option->defname),
						errhint("A server has endpoint and region, a user "
								"mapping access_key, secret_key and "
								"session_token.")));
	problem = s3_setting_problem(options[found].setting, defGetString(option));
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\"", option->defname),
				 errdetail("%s", problem)));
}

/* Check the options of a server or user mapping. */
Datum
linlearn_s3_validator(PG_FUNCTION_ARGS)
{
	List *given = untransformRelOptions(PG_GETARG_DATUM(0));
	ListCell *cell;

	foreach (cell, given)
		check_option(lfirst(cell), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
