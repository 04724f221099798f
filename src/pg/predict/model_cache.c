/*
 * model_cache.c
 *		Models decoded once and kept for as long as a function is called.
 */
#include "pg/predict/model_cache.h"

#include "core/base/hash.h"
#include "miscadmin.h"
#include "pg/base/json_text.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/cached_table.h"
#include "pg/predict/class_numbers.h"
#include "pg/predict/feature_argument.h"
#include "pg/predict/fields_argument.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Models that a call site keeps at most, within work_mem, and slots to find them. */
#define MOST_MODELS 256
/* So few, as a champion and its challengers, it keeps beyond that, up to this. */
#define FEW_MODELS 4
#define FEW_MODELS_MEMORY ((Size) 64 << 20)
#define SLOTS (4 * MOST_MODELS)
/* Bytes at the end of a value by which it is looked for. */
#define KEY_BYTES 16

/* A model, and the value that it was made of. */
typedef struct KnownModel
{
	CachedModel *cached;
	char *copy; /* the value as it came: toasted, maybe */
	Size size;
	uint32 slot;  /* where the search for it begins */
	uint64 asked; /* when it was asked for last */
	Size memory;
} KnownModel;

/* What fn_extra points to. */
typedef struct CallCache
{
	KnownModel *models; /* [MOST_MODELS] */
	uint32 count;
	uint32 last;   /* the model that was asked for last */
	uint16 *slots; /* [SLOTS] place in models + 1; 0: free */
	uint64 asked;  /* calls so far that were not for the last one */
	Size memory;   /* of all models */
	FeatureArgument features;
	FieldsArgument fields;
} CallCache;

/* Raises an error for a text that is not of the database's encoding. */
static void
verify_text(const char *text)
{
	if (!pg_verifymbstr(text, (int) strlen(text), true))
		ereport(
			ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("the model's texts are not of encoding \"%s\"",
					GetDatabaseEncodingName()),
			 errdetail("Models of linlearn 0.1.0 keep texts in the encoding "
					   "of the database where they were made."),
			 errhint("Train the model again.")));
}

/*
 * Brings texts into the database's encoding, or raises an error: a model may
 * come from another database, or from anywhere.
 */
static void
read_texts(Model *model)
{
	for (uint32 i = 0; i < model->label_count; i++)
	{
		const char *text = model->labels[i].text;

		if (model->texts_are_utf8)
			model->labels[i].text = server_of_utf8(text, strlen(text));
		else
			verify_text(text);
	}
	if (model->texts_are_utf8)
	{
		const char *name =
			server_of_utf8(model->label_type, strlen(model->label_type));

		strlcpy(model->label_type, name,
				pg_mbcliplen(name, (int) strlen(name),
							 sizeof(model->label_type) - 1) +
					1);
	}
	else
		verify_text(model->label_type);
	for (uint32 i = 0; i < model->metric_count; i++)
		verify_text(model->metrics[i].name);
	/* That of a model of a table names levels, which who shows it converts. */
	if (!model->texts_are_utf8)
		verify_text(model->inference_reason);
	verify_text(model->tuning);
}

const char *
inference_reason_text(const Model *model)
{
	const char *reason = model->inference_reason;

	return model->texts_are_utf8 ? server_of_utf8(reason, strlen(reason))
								 : reason;
}

CachedModel *
cached_model_create(struct varlena *bytes, MemoryContext parent)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "linlearn model", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	CachedModel *cached = palloc0(sizeof(CachedModel));
	bytea *plain = (bytea *) PG_DETOAST_DATUM(PointerGetDatum(bytes));
	Runtime runtime = pg_runtime(context);
	Failure failure = {0};
	Status status;

	cached->context = context;
	status =
		model_decode((const uint8 *) VARDATA(plain), VARSIZE(plain) - VARHDRSZ,
					 &runtime, &cached->model, &failure);
	if (status == LL_OK)
		status = predictor_init(&cached->predictor, &cached->model, &runtime,
								&failure);
	MemoryContextSwitchTo(old);
	if (status != LL_OK)
	{
		MemoryContextDelete(context);
		report_failure(&failure);
	}
	MemoryContextSwitchTo(context);
	read_texts(&cached->model);
	if (cached->model.columns != NULL)
		cached->table = cached_table_create(&cached->model);
	class_numbers_assign(&cached->model);
	MemoryContextSwitchTo(old);
	cached->margins =
		MemoryContextAlloc(context, cached->model.outputs * sizeof(double));
	return cached;
}

/*
 * Whether a value is the one that a model was made of.  Another model may lie at
 * the same address, with the same checksum: all bytes are compared.  A stored
 * model is mostly the few that point to it.
 */
static bool
is_known(const KnownModel *known, const struct varlena *value, Size size)
{
	return size == known->size && memcmp(value, known->copy, size) == 0;
}

/* Where the search for a value begins. */
static uint32
slot_of(const struct varlena *value, Size size)
{
	Size part = Min(size, KEY_BYTES);

	return (uint32) hash64_short((const char *) value + size - part,
								 (uint32) part) %
		   SLOTS;
}

/* Fills the slots anew. */
static void
index_models(CallCache *cache)
{
	memset(cache->slots, 0, SLOTS * sizeof(uint16));
	for (uint32 i = 0; i < cache->count; i++)
	{
		uint32 at = cache->models[i].slot;

		while (cache->slots[at] != 0)
			at = (at + 1) % SLOTS;
		cache->slots[at] = (uint16) (i + 1);
	}
}

/* Forgets the model that was not asked for the longest. */
static void
forget_model(CallCache *cache)
{
	uint32 oldest = 0;

	for (uint32 i = 1; i < cache->count; i++)
		if (cache->models[i].asked < cache->models[oldest].asked)
			oldest = i;
	cache->memory -= cache->models[oldest].memory;
	MemoryContextDelete(cache->models[oldest].cached->context);
	cache->models[oldest] = cache->models[--cache->count];
}

/* Whether there is room for one more model. */
static bool
has_room(const CallCache *cache, Size more)
{
	Size memory = cache->memory + more;

	return memory <= (Size) work_mem * 1024
			   ? cache->count < MOST_MODELS
			   : cache->count < FEW_MODELS && memory <= FEW_MODELS_MEMORY;
}

/* Decodes a model, and keeps it beside those that there is room for. */
static void
learn_model(CallCache *cache, struct varlena *value, Size size, uint32 slot,
			MemoryContext context)
{
	KnownModel known = {.size = size, .slot = slot};

	/* First, so that an error leaves what is known as it is. */
	known.cached = cached_model_create(value, context);
	known.copy = MemoryContextAlloc(known.cached->context, size);
	memcpy(known.copy, value, size);
	known.memory = MemoryContextMemAllocated(known.cached->context, true);
	known.asked = cache->asked;
	while (cache->count > 0 && !has_room(cache, known.memory))
		forget_model(cache);
	cache->last = cache->count;
	cache->models[cache->count++] = known;
	cache->memory += known.memory;
	index_models(cache);
}

/* Makes what a call site keeps. */
static CallCache *
make_cache(MemoryContext context)
{
	CallCache *cache = MemoryContextAllocZero(context, sizeof(CallCache));

	cache->models =
		MemoryContextAlloc(context, MOST_MODELS * sizeof(KnownModel));
	cache->slots = MemoryContextAllocZero(context, SLOTS * sizeof(uint16));
	return cache;
}

CachedModel *
cached_model_of_call(FunctionCallInfo fcinfo)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(0);
	Size size = VARSIZE_ANY(value);
	CallCache *cache = fcinfo->flinfo->fn_extra;
	uint32 slot;

	if (cache == NULL)
		fcinfo->flinfo->fn_extra = cache = make_cache(fcinfo->flinfo->fn_mcxt);
	if (cache->count > 0 && is_known(&cache->models[cache->last], value, size))
		return cache->models[cache->last].cached;
	cache->asked++;
	slot = slot_of(value, size);
	for (uint32 at = slot; cache->slots[at] != 0; at = (at + 1) % SLOTS)
	{
		uint32 place = cache->slots[at] - 1;

		if (!is_known(&cache->models[place], value, size))
			continue;
		cache->models[place].asked = cache->asked;
		cache->last = place;
		return cache->models[place].cached;
	}
	learn_model(cache, value, size, slot, fcinfo->flinfo->fn_mcxt);
	return cache->models[cache->last].cached;
}

void
cached_model_row(FunctionCallInfo fcinfo, CachedModel *cached, int argument,
				 RowFormat *format, RowView *row)
{
	CallCache *cache = fcinfo->flinfo->fn_extra;

	feature_argument_read(&cache->features, fcinfo, argument, cached, NULL,
						  format, row);
}

void
cached_model_row_of_fields(FunctionCallInfo fcinfo, CachedModel *cached,
						   RowFormat *format, RowView *row)
{
	CallCache *cache = fcinfo->flinfo->fn_extra;

	fields_argument_read(&cache->fields, fcinfo, cached, format, row);
}

/* Margins of a row, and of a classifier its class. */
static void
find_margins(CachedModel *cached, RowFormat format, const RowView *row)
{
	predictor_margins(&cached->predictor, format, row, cached->margins);
	cached->margins[0] += cached->offset;
	if (cached->model.predictor != PREDICTOR_REGRESSOR)
		cached->class = predictor_class(&cached->predictor, cached->margins);
}

const double *
cached_model_answer(CachedModel *cached, RowFormat format, const RowView *row)
{
	find_margins(cached, format, row);
	predictor_scores(&cached->predictor, cached->margins);
	return cached->margins;
}

const double *
cached_model_score(FunctionCallInfo fcinfo, CachedModel *cached, int argument)
{
	RowView row;
	RowFormat format;

	cached_model_row(fcinfo, cached, argument, &format, &row);
	return cached_model_answer(cached, format, &row);
}

double
cached_model_prediction(CachedModel *cached, RowFormat format,
						const RowView *row)
{
	if (cached->model.predictor == PREDICTOR_REGRESSOR)
		return cached_model_answer(cached, format,
								   row)[model_point(&cached->model)];
	find_margins(cached, format, row);
	return cached->model.labels[cached->class].value;
}

text *
cached_model_prediction_text(CachedModel *cached, RowFormat format,
							 const RowView *row)
{
	double number = cached_model_prediction(cached, format, row);

	return cstring_to_text(cached->model.predictor == PREDICTOR_REGRESSOR
							   ? shortest_number(number)
							   : cached->model.labels[cached->class].text);
}
