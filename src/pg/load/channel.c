/*
 * channel.c
 *		What a URL stands for, one stream after the other.
 */
#include "pg/load/channel.h"

#include "catalog/pg_authid.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "formats/gzip_stream.h"
#include "io/download.h"
#include "io/file.h"
#include "io/s3_list.h"
#include "io/url.h"
#include "pg/load/access.h"
#include "pg/load/loaders.h"
#include "pg/load/manifest.h"
#include "pg/load/transfer.h"

struct Channel
{
	MemoryContext memory;
	Runtime runtime;
	TransferSettings settings;
	char *url;
	bool is_list; /* of a store: its objects come with the list's pages */
	S3List list;
	Manifest names; /* else all that there are */
	size_t next;
	char *name; /* of the stream */
	ByteStream stream;
	MemoryContextCallback end;
};

/* Give back what is not memory, when the context goes. */
static void
end_channel(void *argument)
{
	Channel *channel = argument;

	byte_stream_close(&channel->stream);
}

/* Open a stream of a URL or of a file's path. */
static void
open_stream(Channel *channel, const char *name, ByteStream *stream)
{
	Failure failure;
	Status status = url_is_remote(name)
						? download_open(&channel->runtime, &channel->settings,
										name, stream, NULL, &failure)
						: file_open(&channel->runtime, name, stream, &failure);

	if (status == LL_ABSENT && url_has_scheme(name, "s3"))
		fail_hint(&failure, "A URL that ends in a slash stands for all "
							"objects whose keys begin so.");
	CHECK_STATUS(status, failure);
}

/* Raise an error unless the user may read what a name stands for. */
static const char *
check_name(const char *name, Oid schema)
{
	const char *path = file_path(name);
	char shown[URL_SHOWN_SIZE];

	if (url_is_remote(name))
	{
		check_url_privilege(schema);
		return name;
	}
	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a URL that is supported",
						url_mask(name, shown)),
				 errdetail("A URL begins with http://, https://, s3:// or "
						   "file:///, or is an absolute path.")));
	check_file_role(ROLE_PG_READ_SERVER_FILES, "pg_read_server_files", "read");
	return path;
}

/*
 * Whether an object of a list is none to be read: a folder's marker, or one
 * that other programs hide (such as .amazon.manifest and _SUCCESS).
 */
static bool
is_hidden(const char *name)
{
	const char *base = strrchr(name, '/');

	base = base != NULL ? base + 1 : name;
	return base[0] == '\0' || base[0] == '.' || base[0] == '_';
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Gather the files of a folder, by name. */
static void
read_folder(Channel *channel, const char *folder)
{
	Manifest *names = &channel->names;
	size_t capacity = 64;
	struct dirent *entry;
	DIR *directory = AllocateDir(folder);

	names->urls = palloc(capacity * sizeof(char *));
	while ((entry = ReadDir(directory, folder)) != NULL)
	{
		char *path = psprintf("%s%s", folder, entry->d_name);

		if (is_hidden(path) || file_is_directory(path))
		{
			pfree(path);
			continue;
		}
		if (names->count == capacity)
		{
			capacity *= 2;
			names->urls = repalloc(names->urls, capacity * sizeof(char *));
		}
		names->urls[names->count++] = path;
	}
	FreeDir(directory);
	qsort(names->urls, names->count, sizeof(char *), compare_names);
}

/* Read a manifest; what it names is a store's, or where it is itself. */
static void
read_manifest(Channel *channel, const char *name, Oid schema)
{
	ErrorContextCallback context = {error_context_stack, channel_tell_name,
									channel};
	ByteStream stream;
	uint8_t *bytes;
	size_t length;
	char shown[URL_SHOWN_SIZE];
	Failure failure;

	error_context_stack = &context;
	open_stream(channel, name, &channel->stream);
	stream = channel->stream;
	CHECK_STATUS(byte_stream_collect(&channel->runtime, &stream, 0,
									 Min(download_limit(), MaxAllocSize - 1),
									 url_mask(name, shown), &bytes, &length,
									 &failure),
				 failure);
	byte_stream_close(&channel->stream);
	channel->names = manifest_read((const char *) bytes, length);
	for (size_t i = 0; i < channel->names.count; i++)
	{
		const char *url = channel->names.urls[i];

		if (!url_has_scheme(url, "s3") &&
			url_is_remote(url) != url_is_remote(name))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("manifest names \"%s\", which is elsewhere",
							url_mask(url, shown)),
					 errdetail("A manifest names objects of a store, or files "
							   "where it is itself one.")));
		channel->names.urls[i] = unconstify(char *, check_name(url, schema));
	}
	error_context_stack = context.previous;
}

/* Refuse a folder of http, which has no lists. */
static void
refuse_folder(const char *url)
{
	char shown[URL_SHOWN_SIZE];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" cannot be listed", url_mask(url, shown)),
			 errdetail("Only s3://bucket/prefix/ and folders of the server "
					   "can."),
			 errhint("Name a file, or a manifest of several.")));
}

/* Find out what the URL stands for. */
static void
begin_channel(Channel *channel, Oid schema)
{
	const char *name = check_name(channel->url, schema);
	size_t length = strlen(name);
	Failure failure;

	if (manifest_name(name))
		read_manifest(channel, name, schema);
	else if (url_has_scheme(name, "s3") &&
			 (name[length - 1] == '/' || strchr(name + 5, '/') == NULL))
	{
		CHECK_STATUS(s3_list_open(&channel->runtime, &channel->settings, name,
								  &channel->list, &failure),
					 failure);
		channel->is_list = true;
	}
	else if (url_is_remote(name) && name[length - 1] == '/')
		refuse_folder(name);
	else if (!url_is_remote(name) && file_is_directory(name))
		read_folder(channel,
					name[length - 1] == '/' ? name : psprintf("%s/", name));
	else
	{
		channel->names.urls = palloc(sizeof(char *));
		channel->names.urls[channel->names.count++] = pstrdup(name);
	}
}

Channel *
channel_open(const char *url, Oid schema)
{
	Channel *channel = palloc0(sizeof(Channel));

	channel->memory = CurrentMemoryContext;
	channel->runtime = pg_runtime(CurrentMemoryContext);
	channel->url = pstrdup(url);
	channel->end.func = end_channel;
	channel->end.arg = channel;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &channel->end);
	channel->settings = transfer_settings(download_limit());
	begin_channel(channel, schema);
	return channel;
}

/* Find the next name, in new memory; NULL after the last. */
static char *
next_name(Channel *channel)
{
	const S3Entry *entry;
	Failure failure;
	bool found;

	if (!channel->is_list)
		return channel->next < channel->names.count
				   ? pstrdup(channel->names.urls[channel->next++])
				   : NULL;
	do
	{
		CHECK_STATUS(s3_list_next(&channel->list, &found, &entry, &failure),
					 failure);
		if (!found)
			return NULL;
	} while (entry->size == 0 || is_hidden(entry->key));
	/* the list has found the region: not to be sought for each object */
	channel->settings.s3_region = channel->list.prefix.region;
	return psprintf("s3://%s/%s", channel->list.prefix.bucket, entry->key);
}

char *
channel_only_name(const char *url, Oid schema)
{
	Channel *channel = channel_open(url, schema);
	char *name = next_name(channel);

	return name != NULL && next_name(channel) == NULL ? name : NULL;
}

const ByteStream *
channel_next(Channel *channel)
{
	MemoryContext old = MemoryContextSwitchTo(channel->memory);
	ByteStream packed;
	Failure failure;
	Status status;

	byte_stream_close(&channel->stream);
	if (channel->name != NULL)
		pfree(channel->name);
	channel->name = NULL; /* of no stream, should the list fail */
	channel->name = next_name(channel);
	if (channel->name != NULL)
	{
		open_stream(channel, channel->name, &channel->stream);
		packed = channel->stream;
		status = gzip_stream_open(&channel->runtime, &packed, &channel->stream,
								  &failure);
		CHECK_STATUS(status, failure);
	}
	MemoryContextSwitchTo(old);
	return channel->name != NULL ? &channel->stream : NULL;
}

void
channel_tell_name(void *channel)
{
	const Channel *at = channel;
	char shown[URL_SHOWN_SIZE];

	errcontext("reading \"%s\"",
			   url_mask(at->name != NULL ? at->name : at->url, shown));
}
