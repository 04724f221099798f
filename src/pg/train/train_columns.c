/*
 * train_columns.c
 *		Rows of tables in the training aggregates' state: as they come.
 */
#include "pg/train/train_columns.h"

#include "core/problem/log_labels.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/base/settings.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/model_cache.h"
#include "pg/train/table_start.h"
#include "pg/train/table_state.h"
#include "pg/train/train_check.h"
#include "pg/values/idle_options.h"
#include "utils/memutils.h"

void
train_columns_begin(TrainState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	TableState *table = palloc0(sizeof(TableState));
	Runtime runtime = pg_runtime(state->context);

	table_options_read(state->options, &table->options);
	if (state->init_model.bytes != NULL)
	{
		table->init = cached_model_create(
			(struct varlena *) state->init_model.bytes, state->context);
		if (table->init->model.columns == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("init_model was trained on arrays, not on rows of "
							"a table"),
					 errhint("Give features as an array, or train without "
							 "init_model.")));
		table_start_check(&table->options, table->init->model.columns);
	}
	table->reader = table->init != NULL
						? record_reader_for(table->init->model.columns,
											&table->options, state->context)
						: record_reader_begin(&table->options, state->context);
	cell_store_init(&table->store, &runtime);
	state->table = table;
	state->format = ROWS_CELLS;
	/* The stores take records of any size. */
	state->feature_dim = 0;
	MemoryContextSwitchTo(old);
}

/* Gives the store the columns that the reader has found since. */
static void
take_columns(TableState *table)
{
	uint32 count;
	const Column *columns = record_reader_columns(table->reader, &count);
	Failure failure; /* not cleared: it is large, and this runs a row */

	while (table->store.count < count)
		CHECK_STATUS(cell_store_add(&table->store,
									columns[table->store.count].kind,
									&failure),
					 failure);
}

/* Dictionaries do not go to temporary files. */
static void
check_memory(const TableState *table)
{
	uint32 count, largest = 0;
	const Column *columns = record_reader_columns(table->reader, &count);

	if (cell_store_bytes(&table->store) / 1024 < (Size) linlearn_train_mem)
		return;
	for (uint32 i = 0; i < table->store.count; i++)
		if (table->store.dictionaries[i].bytes >
			table->store.dictionaries[largest].bytes)
			largest = i;
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("the different values of the columns exceed "
						   "linlearn.train_mem"),
					errdetail("Column \"%s\" has %u of them.",
							  server_of_utf8(columns[largest].name,
											 strlen(columns[largest].name)),
							  table->store.dictionaries[largest].count),
					errhint("Leave the column out by option exclude, or raise "
							"linlearn.train_mem.")));
}

/* Rows between two looks at the dictionaries' memory. */
#define MEMORY_ROWS 1024

bool
train_columns_pack(TrainState *state, Datum features, Oid type, RowView *view,
				   RowRoles *roles)
{
	TableState *table = state->table;
	Failure failure; /* not cleared, as above */
	RecordProblem problem;
	uint32 column;
	const Cell *cells = record_reader_read(table->reader, features, type,
										   roles, &problem, &column);

	if (problem != RECORD_FINE)
	{
		/* Which length is wrong depends on the row that came first. */
		if (problem == RECORD_LENGTH)
			report_record_problem(table->reader, problem, column,
								  state->row_number, NULL);
		if (state->on_invalid == ON_INVALID_ERROR)
			report_record_problem(
				table->reader, problem, column, state->row_number,
				"Option on_invalid = skip leaves such rows out.");
		state->skipped++;
		return false;
	}
	take_columns(table);
	if (state->row_number % MEMORY_ROWS == 0)
		check_memory(table);
	CHECK_STATUS(cell_store_pack(&table->store, cells, view, &failure),
				 failure);
	return true;
}

void
train_columns_check_roles(TrainState *state, const Hyperparameters *settings)
{
	Problem asked = {.offset = train_columns_have(state, ROLE_OFFSET),
					 .exposure = train_columns_have(state, ROLE_EXPOSURE)};
	Failure failure = {0};
	LossKind loss;

	if (!asked.offset && !asked.exposure)
		return;
	state->gram_sums_do = false;
	if (hp_is_auto(settings, HP_LOSS) &&
		hp_is_auto(settings, HP_PREDICTOR_TYPE))
		return;
	loss = hp_is_auto(settings, HP_LOSS)
			   ? loss_automatic(
					 (PredictorType) hp_integer(settings, HP_PREDICTOR_TYPE))
			   : (LossKind) hp_integer(settings, HP_LOSS);
	CHECK_STATUS(log_offsets_check(&asked, loss, &failure), failure);
}

bool
train_columns_have(const TrainState *state, RowRole role)
{
	return state->table != NULL && state->table->options.roles[role] != NULL;
}

/* Warns of options for columns, or keys of jsonb, that have not come. */
static void
warn_of_names(FunctionCallInfo fcinfo, const TableState *table)
{
	uint32 count;
	const Column *columns = record_reader_columns(table->reader, &count);
	char *idle = idle_column_options(&table->options, columns, count);
	char *absent = idle_includes(&table->options, columns, count);

	if (idle != NULL)
		train_warn_once(fcinfo, WARNED_COLUMN_OPTIONS, "columns",
						psprintf("on %s: no row has such a key that takes "
								 "these options",
								 idle));
	if (absent != NULL)
		train_warn_once(fcinfo, WARNED_INCLUDE, "include",
						psprintf("for %s: no row has such a key", absent));
}

void
train_columns_warn(FunctionCallInfo fcinfo, const TrainState *state,
				   const Hyperparameters *given)
{
	TableOptions options;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (state->table != NULL)
	{
		if (given->given[HP_FEATURE_DIM])
			train_warn_once(fcinfo, HP_FEATURE_DIM, "feature_dim",
							"on rows of a table, whose columns say it");
		warn_of_names(fcinfo, state->table);
		return;
	}
	table_options_read(state->options, &options);
	if (!options.given)
		return;
	iterator = JsonbIteratorInit(&state->options->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		if (table_options_key(key, strlen(key)))
			train_warn_once(fcinfo, WARNED_COLUMNS, key,
							"on features that are arrays, which have no "
							"columns");
	}
}

/* ---- Between parallel workers ---- */

static void
write_text(StringInfo out, const char *text)
{
	Size size = strlen(text);

	state_write_uint64(out, size);
	state_write_bytes(out, text, size);
}

static char *
read_text(StateReader *reader, MemoryContext context)
{
	Size size = state_read_count(reader, 1);
	char *text = MemoryContextAlloc(context, size + 1);

	state_read_bytes(reader, text, size);
	text[size] = '\0';
	return text;
}

void
train_columns_write(StringInfo out, const TrainState *state)
{
	const TableState *table = state->table;
	uint32 count;
	const Column *columns;

	state_write_uint64(out, table != NULL);
	if (table == NULL)
		return;
	columns = record_reader_columns(table->reader, &count);
	state_write_uint64(out, table->store.count);
	for (uint32 i = 0; i < table->store.count; i++)
	{
		const Dictionary *dictionary = &table->store.dictionaries[i];

		write_text(out, columns[i].name);
		write_text(out, columns[i].type);
		state_write_uint64(out, columns[i].kind);
		state_write_uint64(out, columns[i].length);
		state_write_uint64(out, columns[i].whole);
		state_write_uint64(out, columns[i].hours);
		state_write_uint64(out, dictionary->count);
		for (uint32 k = 0; k < dictionary->count; k++)
		{
			CHECK_FOR_INTERRUPTS();
			state_write_uint64(out, dictionary->entries[k].size);
			state_write_double(out, dictionary->entries[k].rank);
			state_write_bytes(out, dictionary->entries[k].bytes,
							  dictionary->entries[k].size);
		}
	}
}

/* Reads the levels of a column, whose codes are their places. */
static void
read_dictionary(StateReader *reader, Dictionary *dictionary)
{
	uint64 count = state_read_count(reader, sizeof(uint64) + sizeof(double));
	Failure failure = {0};

	for (uint64 i = 0; i < count; i++)
	{
		Size size = state_read_count(reader, 1);
		double rank = state_read_double(reader);
		uint32 code;

		CHECK_FOR_INTERRUPTS();
		if (size > LEVEL_MOST_BYTES)
			state_damaged();
		CHECK_STATUS(dictionary_code(dictionary,
									 state_read_place(reader, size),
									 (uint32) size, rank, &code, &failure),
					 failure);
		if (code != i)
			state_damaged();
	}
}

void
train_columns_read(StateReader *reader, TrainState *state)
{
	MemoryContext context = state->context;
	Runtime runtime = pg_runtime(context);
	TableState *table;
	Failure failure = {0};
	uint64 count;

	if (state_read_choice(reader, 1) == 0)
		return;
	table = MemoryContextAllocZero(context, sizeof(TableState));
	state->table = table;
	cell_store_init(&table->store, &runtime);
	count = state_read_count(reader, 7 * sizeof(uint64));
	table->handed =
		MemoryContextAllocZero(context, (count + 1) * sizeof(Column));
	for (uint64 i = 0; i < count; i++)
	{
		Column *column = &table->handed[i];

		column->name = read_text(reader, context);
		column->type = read_text(reader, context);
		column->kind =
			(ColumnKind) state_read_choice(reader, COLUMN_KINDS - 1);
		column->length = (uint32) state_read_choice(reader, PG_UINT32_MAX);
		column->whole = state_read_choice(reader, 1) == 1;
		column->hours = state_read_choice(reader, 1) == 1;
		CHECK_STATUS(cell_store_add(&table->store, column->kind, &failure),
					 failure);
		read_dictionary(reader, &table->store.dictionaries[i]);
	}
}

void
train_columns_merge(TrainState *into, TrainState *from)
{
	MemoryContext context = from->context;
	TableState *table, *other = from->table;
	Failure failure = {0};

	if (other == NULL)
		return;
	if (into->table == NULL)
		train_columns_begin(into);
	table = into->table;
	other->place = MemoryContextAllocZero(context, (other->store.count + 1) *
													   sizeof(uint32));
	other->codes = MemoryContextAllocZero(context, (other->store.count + 1) *
													   sizeof(uint32 *));
	for (uint32 i = 0; i < other->store.count; i++)
	{
		const Dictionary *dictionary = &other->store.dictionaries[i];
		uint32 place = record_reader_add(table->reader, &other->handed[i]);

		take_columns(table);
		other->place[i] = place;
		other->codes[i] = MemoryContextAllocHuge(
			context, (dictionary->count + 1) * sizeof(uint32));
		for (uint32 k = 0; k < dictionary->count; k++)
		{
			const DictionaryEntry *entry = &dictionary->entries[k];

			CHECK_FOR_INTERRUPTS();
			CHECK_STATUS(dictionary_code(&table->store.dictionaries[place],
										 entry->bytes, entry->size,
										 entry->rank, &other->codes[i][k],
										 &failure),
						 failure);
		}
	}
	check_memory(table);
}

void
train_columns_translate(TrainState *into, TrainState *from, const void *record,
						Size size, RowView *view)
{
	TableState *table = into->table, *other = from->table;
	RowView source = {.dense = record, .count = (uint32) size};
	Failure failure; /* not cleared: it is large, and this runs a row */

	/* Records are aligned; a state's bytes are not. */
	if (size > other->record_room)
	{
		if (other->record != NULL)
			pfree(other->record);
		other->record_room = 2 * size;
		other->record =
			MemoryContextAllocHuge(from->context, other->record_room);
	}
	memcpy(other->record, record, size);
	source.dense = other->record;
	if (!cell_store_check(&other->store, other->record, size))
		state_damaged();
	if (!cell_store_unpack(&other->store, &source))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (uint32 i = 0; i < table->store.count; i++)
		table->store.cells[i].null = true;
	for (uint32 i = 0; i < other->store.count; i++)
	{
		Cell *cell = &table->store.cells[other->place[i]];

		*cell = other->store.cells[i];
		if (cell->null)
			continue;
		if (other->store.kinds[i] == COLUMN_CATEGORY)
			cell->code = other->codes[i][cell->code];
		if (other->store.kinds[i] == COLUMN_WORDS ||
			other->store.kinds[i] == COLUMN_SET)
			for (uint32 k = 0; k < cell->count; k++)
			{
				CellWord *word = unconstify(CellWord *, &cell->words[k]);

				word->code = other->codes[i][word->code];
			}
	}
	CHECK_STATUS(
		cell_store_pack(&table->store, table->store.cells, view, &failure),
		failure);
}
