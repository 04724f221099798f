/*
 * column_options.c
 *		The options of one column.
 */
#include "pg/values/column_options.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_ts_config.h"
#include "core/options/hyperparameters.h"
#include "lib/stringinfo.h"
#include "pg/base/text_encoding.h"
#include "pg/values/sparse.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#define KIND(kind) (1u << COLUMN_##kind)
#define LEVELS (KIND(CATEGORY) | KIND(WORDS) | KIND(SET))

/* More quantiles or knots than these resolve nothing that rows could show. */
#define MOST_BUCKETS 1000
#define LEAST_KNOTS 3
#define MOST_KNOTS 100

typedef enum OptionForm
{
	FORM_COUNT, /* a whole number, a uint32_t */
	FORM_FLAG,
	FORM_PARTS,
	FORM_LEVEL,
	FORM_WORDS
} OptionForm;

/* An option: its name, value, and the kinds of columns that have a use for it. */
static const struct OptionRow
{
	const char *name;
	OptionForm form;
	size_t offset; /* in ColumnOptions */
	uint32 minimum;
	uint32 maximum;
	unsigned kinds;
	const char *kinds_text;
} option_rows[] = {
	{"min_rows", FORM_COUNT, offsetof(ColumnOptions, min_rows), 1,
	 PG_INT32_MAX, LEVELS, "categories, words and sets"},
	{"max_levels", FORM_COUNT, offsetof(ColumnOptions, max_levels), 1,
	 SPARSE_MAX_WIDTH, LEVELS, "categories, words and sets"},
	{"max_terms", FORM_COUNT, offsetof(ColumnOptions, max_levels), 1,
	 SPARSE_MAX_WIDTH, LEVELS, "categories, words and sets"},
	{"hash", FORM_COUNT, offsetof(ColumnOptions, hash), 2, SPARSE_MAX_WIDTH,
	 LEVELS, "categories, words and sets"},
	{"buckets", FORM_COUNT, offsetof(ColumnOptions, buckets), 2, MOST_BUCKETS,
	 KIND(NUMBER), "numbers"},
	{"spline", FORM_COUNT, offsetof(ColumnOptions, spline), LEAST_KNOTS,
	 MOST_KNOTS, KIND(NUMBER), "numbers"},
	{"log", FORM_FLAG, offsetof(ColumnOptions, log), 0, 0, KIND(NUMBER),
	 "numbers"},
	{"parts", FORM_PARTS, offsetof(ColumnOptions, parts), 0, 0, KIND(MOMENT),
	 "dates and timestamps"},
	{"reference", FORM_LEVEL, offsetof(ColumnOptions, reference), 0, 0,
	 KIND(CATEGORY), "categories"},
	{"words", FORM_WORDS, offsetof(ColumnOptions, words), 0, 0, KIND(WORDS),
	 "texts"},
};

typedef struct OptionRow OptionRow;

static const struct
{
	const char *name;
	MomentPart part;
} moment_parts[] = {{"days", MOMENT_DAYS},
					{"month", MOMENT_MONTH},
					{"weekday", MOMENT_WEEKDAY},
					{"hour", MOMENT_HOUR}};

/* Reports a value that an option does not take. */
static void
refuse(const char *column, const OptionRow *row, const char *allowed)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value for option \"%s\" of column \"%s\"",
						   row->name, column),
					errdetail("It must be %s.", allowed)));
}

/* Reads a whole number. */
static uint32
read_count(const char *column, const OptionRow *row, const JsonbValue *value)
{
	double number = NAN;

	if (value->type == jbvNumeric)
		number = DatumGetFloat8(DirectFunctionCall1(
			numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(number >= row->minimum && number <= row->maximum) ||
		number != floor(number))
		refuse(
			column, row,
			psprintf("an integer from %u to %u", row->minimum, row->maximum));
	return (uint32) number;
}

/* Reads the parts of a moment: a list of their names. */
static unsigned
read_parts(const char *column, const OptionRow *row, const JsonbValue *value)
{
	static const char *const allowed =
		"a list of some of \"days\", \"month\", \"weekday\", \"hour\"";
	JsonbContainer *list =
		value->type == jbvBinary ? value->val.binary.data : NULL;
	unsigned parts = 0;

	if (list == NULL || !JsonContainerIsArray(list) ||
		JsonContainerSize(list) == 0)
		refuse(column, row, allowed);
	for (uint32 i = 0; i < JsonContainerSize(list); i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(list, i);
		unsigned part = 0;

		for (size_t k = 0; k < lengthof(moment_parts); k++)
			if (name->type == jbvString &&
				name->val.string.len == strlen(moment_parts[k].name) &&
				memcmp(name->val.string.val, moment_parts[k].name,
					   name->val.string.len) == 0)
				part = moment_parts[k].part;
		if (part == 0)
			refuse(column, row, allowed);
		parts |= part;
	}
	return parts;
}

/* Reads a level: a text, or a number as its text. */
static void
read_level(const char *column, const OptionRow *row, const JsonbValue *value,
		   ColumnOptions *options)
{
	char *level = NULL;

	if (value->type == jbvString)
		level = pnstrdup(value->val.string.val, value->val.string.len);
	else if (value->type == jbvNumeric)
		level = DatumGetCString(DirectFunctionCall1(
			numeric_out, NumericGetDatum(value->val.numeric)));
	else
		refuse(column, row, "a level of the column, as a text");
	if (strlen(level) > LEVEL_MOST_BYTES)
		refuse(column, row, psprintf("at most %d bytes", LEVEL_MOST_BYTES));
	options->reference = level;
	options->reference_size = (uint32) strlen(level);
}

/* The name of a configuration that there is, qualified. */
static char *
qualified_configuration(const char *name)
{
	List *names = qualified_name_list(name);
	HeapTuple tuple = SearchSysCache1(
		TSCONFIGOID, ObjectIdGetDatum(get_ts_config_oid(names, false)));
	Form_pg_ts_config form;
	char *qualified;

	if (!HeapTupleIsValid(tuple))
		ereport(
			ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("text search configuration \"%s\" does not exist", name)));
	form = (Form_pg_ts_config) GETSTRUCT(tuple);
	qualified = quote_qualified_identifier(
		get_namespace_name(form->cfgnamespace), NameStr(form->cfgname));
	ReleaseSysCache(tuple);
	return qualified;
}

/* Reads how a text becomes words: true, or a configuration's name. */
static const char *
read_words(const char *column, const OptionRow *row, const JsonbValue *value)
{
	if (value->type == jbvBool)
		return value->val.boolean
				   ? qualified_configuration("pg_catalog.simple")
				   : NULL;
	if (value->type != jbvString || value->val.string.len == 0)
		refuse(column, row,
			   "true, or the name of a text search configuration");
	return qualified_configuration(
		pnstrdup(value->val.string.val, value->val.string.len));
}

/* Sets an option from its value. */
static void
set_option(const char *column, const OptionRow *row, const JsonbValue *value,
		   ColumnOptions *options)
{
	void *place = (char *) options + row->offset;

	switch (row->form)
	{
		case FORM_COUNT:
		{
			uint32 before = *(uint32_t *) place;
			uint32 count = read_count(column, row, value);

			/* max_levels and max_terms are one. */
			if (before != 0 && before != count)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("options \"max_levels\" and \"max_terms\" of "
								"column \"%s\" contradict each other",
								column),
						 errhint("Both say how many levels or words are "
								 "kept.")));
			*(uint32_t *) place = count;
			break;
		}
		case FORM_FLAG:
			if (value->type != jbvBool)
				refuse(column, row, "true or false");
			*(bool *) place = value->val.boolean;
			break;
		case FORM_PARTS:
			*(unsigned *) place = read_parts(column, row, value);
			break;
		case FORM_LEVEL:
			read_level(column, row, value, options);
			break;
		case FORM_WORDS:
			*(const char **) place = read_words(column, row, value);
			break;
	}
}

/* The row of an option; an error names the nearest, and all of them. */
static const OptionRow *
find_option(const char *column, const char *name)
{
	const char *nearest = NULL;
	int best = (int) strlen(name) / 2 + 1;
	StringInfoData all;

	initStringInfo(&all);
	for (size_t i = 0; i < lengthof(option_rows); i++)
	{
		int distance = strlen(name) > NAMEDATALEN
						   ? best
						   : name_distance(name, option_rows[i].name);

		if (strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
		if (distance < best)
		{
			best = distance;
			nearest = option_rows[i].name;
		}
		appendStringInfo(&all, "%s%s", i > 0 ? ", " : "", option_rows[i].name);
	}
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("unrecognized option \"%s\" of column \"%s\"", name, column),
		 errdetail("Options of a column are %s.", all.data),
		 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) : 0));
	pg_unreachable();
}

/* Reports two options that one column cannot have. */
static void
check_pair(const char *column, bool first, const char *first_name, bool second,
		   const char *second_name, const char *why)
{
	if (first && second)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"%s\" and \"%s\" of column \"%s\" exclude "
						"each other",
						first_name, second_name, column),
				 errdetail("%s", why)));
}

void
column_options_read(const char *column, const JsonbValue *value,
					ColumnOptions *options)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue item;

	memset(options, 0, sizeof(*options));
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options of column \"%s\" must be a JSON object", column),
			 errhint("For example {\"state\": {\"min_rows\": 20}}.")));
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		const OptionRow *row;

		if (token != WJB_KEY)
			continue;
		row = find_option(column,
						  pnstrdup(item.val.string.val, item.val.string.len));
		(void) JsonbIteratorNext(&iterator, &item, true);
		set_option(column, row, &item, options);
	}
	check_pair(column, options->buckets > 0, "buckets", options->spline > 0,
			   "spline", "Either makes the terms of a number.");
	check_pair(column, options->hash > 0, "hash", options->reference != NULL,
			   "reference", "Hashed levels have no names.");
}

/* Whether an option was given. */
static bool
is_given(const OptionRow *row, const ColumnOptions *options)
{
	const void *place = (const char *) options + row->offset;

	switch (row->form)
	{
		case FORM_COUNT:
			return *(const uint32_t *) place != 0;
		case FORM_FLAG:
			return *(const bool *) place;
		case FORM_PARTS:
			return *(const unsigned *) place != 0;
		default:
			return *(const char *const *) place != NULL;
	}
}

void
column_options_check(const char *column, ColumnKind kind,
					 const ColumnOptions *options)
{
	for (size_t i = 0; i < lengthof(option_rows); i++)
	{
		const OptionRow *row = &option_rows[i];

		if (is_given(row, options) && !(row->kinds & (1u << kind)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" is not for column \"%s\", which is "
							"%s",
							row->name, column, column_kind_name(kind)),
					 errdetail("The option is for %s.", row->kinds_text)));
	}
}

bool
column_options_idle(const ColumnOptions *options, unsigned kinds)
{
	bool any = false;

	for (size_t i = 0; i < lengthof(option_rows); i++)
	{
		if (!is_given(&option_rows[i], options))
			continue;
		if (option_rows[i].kinds & kinds)
			return false;
		any = true;
	}
	return any;
}

/* A text of the database as one of UTF-8 that stays. */
static const char *
keep_utf8(const char *string)
{
	return pstrdup(utf8_of_server(string, strlen(string)));
}

ColumnOptions
column_options_of(ColumnKind kind, const ColumnOptions *options)
{
	ColumnOptions own = *options;

	for (size_t i = 0; i < lengthof(option_rows); i++)
	{
		const OptionRow *row = &option_rows[i];
		void *place = (char *) &own + row->offset;

		if (row->kinds & (1u << kind))
			continue;
		if (row->form == FORM_COUNT)
			*(uint32_t *) place = 0;
		else if (row->form == FORM_FLAG)
			*(bool *) place = false;
		else if (row->form == FORM_PARTS)
			*(unsigned *) place = 0;
		else
			*(const char **) place = NULL;
	}
	if (own.words != NULL)
		own.words = keep_utf8(own.words);
	if (own.reference != NULL)
		own.reference = keep_utf8(own.reference);
	own.reference_size =
		own.reference == NULL ? 0 : (uint32) strlen(own.reference);
	return own;
}

Oid
column_options_configuration(const char *words)
{
	const char *name = server_of_utf8(words, strlen(words));

	return get_ts_config_oid(qualified_name_list(name), false);
}
