/*
 * record_columns.c
 *		The columns of a reader of rows.
 */
#include "pg/values/record_columns.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "utils/memutils.h"

#define FIRST_COLUMNS 32
/* Slots a column: short walks. */
#define SLOTS_A_COLUMN 2

void
record_columns_init(RecordColumns *columns, bool of_model,
					TableOptions *options, MemoryContext context)
{
	memset(columns, 0, sizeof(*columns));
	columns->context = context;
	columns->of_model = of_model;
	columns->options = options;
	if (options != NULL)
		memcpy(columns->roles, options->roles, sizeof(columns->roles));
}

/* The slot of a name: its column's, or a free one. */
static uint32
find_slot(const RecordColumns *columns, const char *name, Size size)
{
	uint32 mask = columns->slot_count - 1;
	uint32 slot = hash_bytes((const unsigned char *) name, (int) size) & mask;

	for (; columns->slots[slot] != 0; slot = (slot + 1) & mask)
	{
		const char *other = columns->columns[columns->slots[slot] - 1].name;

		if (strncmp(other, name, size) == 0 && other[size] == '\0')
			break;
	}
	return slot;
}

int64
record_columns_find(const RecordColumns *columns, const char *name, Size size)
{
	if (columns->slot_count == 0)
		return -1;
	return (int64) columns->slots[find_slot(columns, name, size)] - 1;
}

/* Makes room for twice as many columns. */
static void
grow(RecordColumns *columns)
{
	MemoryContext old = MemoryContextSwitchTo(columns->context);
	uint32 capacity =
		columns->capacity == 0 ? FIRST_COLUMNS : columns->capacity * 2;
	Column *more = palloc0(capacity * sizeof(Column));
	Cell *cells = palloc0(capacity * sizeof(Cell));
	JsonCellReader *json = palloc0(capacity * sizeof(JsonCellReader));

	if (columns->count > 0)
	{
		memcpy(more, columns->columns, columns->count * sizeof(Column));
		memcpy(cells, columns->cells, columns->count * sizeof(Cell));
		memcpy(json, columns->json, columns->count * sizeof(JsonCellReader));
		pfree(columns->columns);
		pfree(columns->cells);
		pfree(columns->json);
		pfree(columns->slots);
	}
	columns->columns = more;
	columns->cells = cells;
	columns->json = json;
	columns->capacity = capacity;
	columns->slot_count = capacity * SLOTS_A_COLUMN;
	columns->slots = palloc0(columns->slot_count * sizeof(uint32));
	for (uint32 i = 0; i < columns->count; i++)
		columns
			->slots[find_slot(columns, more[i].name, strlen(more[i].name))] =
			i + 1;
	MemoryContextSwitchTo(old);
}

/* A text that stays; NULL stays NULL. */
static const char *
keep(const char *string)
{
	return string == NULL ? NULL : pstrdup(string);
}

uint32
record_columns_add(RecordColumns *columns, const Column *column)
{
	MemoryContext old;
	Column *added;
	uint32 place = columns->count;

	if (place >= COLUMNS_MOST)
		ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
						errmsg("rows have more than %d columns", COLUMNS_MOST),
						errdetail("Each key of a jsonb column is a column."),
						errhint("Where keys are many, make words or a set of "
								"them.")));
	CHECK_FOR_INTERRUPTS();
	if (place == columns->capacity)
		grow(columns);
	old = MemoryContextSwitchTo(columns->context);
	added = &columns->columns[place];
	*added = *column;
	added->name = keep(column->name);
	added->type = keep(column->type);
	added->options.words = keep(column->options.words);
	added->options.reference = keep(column->options.reference);
	json_cell_init(&columns->json[place], added,
				   !record_columns_train(columns), columns->context);
	columns->cells[place].null = true;
	columns->slots[find_slot(columns, added->name, strlen(added->name))] =
		place + 1;
	columns->keys += column_is_key(added);
	columns->count++;
	MemoryContextSwitchTo(old);
	return place;
}

/* The options of a name. */
static NamedColumnOptions *
find_options(const RecordColumns *columns, const char *name)
{
	TableOptions *options = columns->options;

	if (options == NULL || name == NULL)
		return NULL;
	for (uint32 i = 0; i < options->column_count; i++)
		if (strcmp(options->columns[i].name, name) == 0)
			return &options->columns[i];
	return NULL;
}

const ColumnOptions *
record_columns_options(RecordColumns *columns, const char *name,
					   const char *object, bool *exact)
{
	NamedColumnOptions *own = find_options(columns, name);

	*exact = own != NULL;
	if (own == NULL)
		own = find_options(columns, object);
	if (own == NULL)
		return NULL;
	return &own->options;
}

ColumnOptions
record_columns_options_of(RecordColumns *columns, const Column *column)
{
	const char *name = record_column_name(column);
	bool exact;
	const ColumnOptions *options =
		record_columns_options(columns, name, NULL, &exact);

	for (const char *dot = strchr(name, '.');
		 options == NULL && column_is_key(column) && dot != NULL;
		 dot = strchr(dot + 1, '.'))
		options = record_columns_options(columns, pnstrdup(name, dot - name),
										 NULL, &exact);
	return options == NULL ? (ColumnOptions){0}
						   : column_options_of(column->kind, options);
}

const char *
record_column_name(const Column *column)
{
	return server_of_utf8(column->name, strlen(column->name));
}
