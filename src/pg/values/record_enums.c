/*
 * record_enums.c
 *		Labels and ranks of enums' values.
 */
#include "pg/values/record_enums.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "pg/values/cell_room.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* A byte of another encoding becomes at most so many of UTF-8. */
#define LARGEST_GROWTH 4

typedef struct EnumValue
{
	Oid value; /* the key */
	double rank;
	uint32 size;
	char label[NAMEDATALEN * LARGEST_GROWTH];
} EnumValue;

/* How often values of enums have changed in the catalogue; from 1. */
static uint64 enum_changes = 0;

static void
count_change(Datum argument, int cache, uint32 hash)
{
	enum_changes++;
}

void
enum_values_begin(EnumValues *values, MemoryContext context)
{
	HASHCTL control = {0};
	HTAB *old = values->known;

	if (enum_changes == 0)
	{
		CacheRegisterSyscacheCallback(ENUMOID, count_change, (Datum) 0);
		enum_changes = 1;
	}
	if (old != NULL && values->generation == enum_changes)
		return;
	values->known = NULL;
	if (old != NULL)
		hash_destroy(old);
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(EnumValue);
	control.hcxt = context;
	values->known = hash_create("linlearn enum values", 64, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	values->generation = enum_changes;
}

/* Looks a value up in the catalogue. */
static void
look_up(EnumValue *entry, Oid value)
{
	HeapTuple tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	Form_pg_enum form;
	const char *label;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid internal value for enum: %u", value)));
	form = (Form_pg_enum) GETSTRUCT(tuple);
	cell_utf8(NameStr(form->enumlabel), strlen(NameStr(form->enumlabel)),
			  &label, &entry->size);
	entry->size = Min(entry->size, sizeof(entry->label));
	memcpy(entry->label, label, entry->size);
	entry->rank = form->enumsortorder;
	ReleaseSysCache(tuple);
}

void
enum_values_read(EnumValues *values, Oid value, const char **bytes,
				 uint32 *size, double *rank)
{
	EnumValue *entry = hash_search(values->known, &value, HASH_FIND, NULL);

	if (entry == NULL)
	{
		EnumValue fresh = {0};

		/* The look-up may fail, so that it comes before the entry. */
		look_up(&fresh, value);
		entry = hash_search(values->known, &value, HASH_ENTER, NULL);
		fresh.value = value;
		*entry = fresh;
	}
	*bytes = entry->label;
	*size = entry->size;
	*rank = entry->rank;
}
