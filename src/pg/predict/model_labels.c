/*
 * model_labels.c
 *		The labels of a model, as it reads any label given to it.
 *
 * Whoever compares a label with a model's classes asks linlearn_label_text():
 * labels are read as in training, under fixed settings, and numbers are the
 * same number whatever type or text they come in.
 */
#include "pg/base/version.h"

#include <ctype.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "pg/predict/class_numbers.h"
#include "pg/predict/model_cache.h"
#include "pg/values/label_reader.h"
#include "pg/values/label_text.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- Labels of any type as a model's ---- */

/* What a call knows of a model's labels and of the labels it is given. */
struct LabelMatcher
{
	LabelReader reader;
	LabelDictionary texts;	/* of the classes; their codes */
	NumberedClass *numbers; /* NULL: they are no numbers */
	bool boolean;			/* they are false and true */
	const char **known;		/* by code of the reader: what it is called */
	uint32 known_count;
};

/* Whether labels of a type are any text. */
static bool
is_plain_text(const char *type_name)
{
	static const char *const names[] = {"text", "character varying",
										"character", "name"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(type_name, names[i]) == 0)
			return true;
	return false;
}

/* Raises an error for labels of a type that is not the model's. */
static void
check_type(const Model *model, const LabelReader *reader)
{
	if (reader->kind != LABEL_TEXT || is_plain_text(reader->type_name) ||
		is_plain_text(model->label_type) ||
		strcmp(reader->type_name, model->label_type) == 0)
		return;
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("labels of type %s do not fit the model",
						   reader->type_name),
					errdetail("Its labels are of type %s.", model->label_type),
					errhint("Cast the labels to %s.", model->label_type)));
}

static LabelMatcher *
create_matcher(const CachedModel *cached, Oid type)
{
	MemoryContext old = MemoryContextSwitchTo(cached->context);
	LabelMatcher *matcher = palloc0(sizeof(LabelMatcher));
	const Model *model = &cached->model;

	label_reader_init(&matcher->reader, type, cached->context);
	check_type(model, &matcher->reader);
	label_dictionary_init(&matcher->texts, cached->context);
	for (uint32 i = 0; i < model->label_count; i++)
	{
		const char *text = model->labels[i].text;

		label_dictionary_add(&matcher->texts,
							 label_bytes_hash(text, strlen(text)), text,
							 strlen(text));
	}
	matcher->numbers = numbered_classes(model);
	matcher->boolean = label_kind(model->label_type) == LABEL_BOOLEAN;
	MemoryContextSwitchTo(old);
	return matcher;
}

/* The class's text of a label that is a number; NULL if no class has it. */
static const char *
text_of_number(const LabelMatcher *matcher, double value)
{
	const NumberedClass *found =
		matcher->numbers == NULL
			? NULL
			: class_of_number(matcher->numbers, matcher->texts.count, value);

	return found == NULL ? NULL : matcher->texts.entries[found->class].bytes;
}

/* The class's text of a label by its text; else by the number that it is. */
static const char *
text_of_text(const LabelMatcher *matcher, const char *text)
{
	Size size = strlen(text);
	const LabelEntry *entry = label_dictionary_find(
		&matcher->texts, label_bytes_hash(text, size), text, size, NULL, NULL);
	double value;
	bool truth;

	if (entry != NULL)
		return entry->bytes;
	if (matcher->boolean && parse_bool(text, &truth))
		return text_of_number(matcher, truth);
	return text_number(text, &value) ? text_of_number(matcher, value) : NULL;
}

/* What the model calls a label that the reader knows by a code. */
static const char *
text_of_code(LabelMatcher *matcher, uint32 code)
{
	LabelReader *reader = &matcher->reader;

	if (code >= matcher->known_count)
	{
		uint32 count = Max(16, matcher->known_count * 2);

		while (count <= code)
			count *= 2;
		matcher->known =
			matcher->known == NULL
				? MemoryContextAllocHuge(reader->context,
										 count * sizeof(char *))
				: repalloc_huge(matcher->known, count * sizeof(char *));
		memset(matcher->known + matcher->known_count, 0,
			   (count - matcher->known_count) * sizeof(char *));
		matcher->known_count = count;
	}
	if (matcher->known[code] == NULL)
		matcher->known[code] =
			text_of_text(matcher, label_reader_known(reader, code));
	/* No class: its own text, which moves when others are added. */
	return matcher->known[code] != NULL ? matcher->known[code]
										: label_reader_known(reader, code);
}

/* The model's text of a label of any type, or the label's own. */
static const char *
text_of_label(LabelMatcher *matcher, Datum datum)
{
	const char *known;
	char *own;
	double label;
	uint64 hash;

	if (!label_reader_read(&matcher->reader, datum, &label, &hash))
		return label_number_text(label, false);
	if (matcher->reader.kind == LABEL_TEXT)
		known = text_of_code(matcher, (uint32) label);
	else
		known = text_of_number(matcher, label);
	if (known != NULL)
		return known;
	own = label_reader_text(&matcher->reader, label);
	known = text_of_text(matcher, own);
	return known == NULL ? own : known;
}

static LabelMatcher *
matcher_of(CachedModel *cached, Oid type)
{
	if (cached->matcher == NULL)
		cached->matcher = create_matcher(cached, type);
	return cached->matcher;
}

int
cached_model_class(CachedModel *cached, Oid type, Datum label)
{
	LabelMatcher *matcher = matcher_of(cached, type);
	const char *text = text_of_label(matcher, label);
	Size size = strlen(text);
	const LabelEntry *entry = label_dictionary_find(
		&matcher->texts, label_bytes_hash(text, size), text, size, NULL, NULL);

	return entry == NULL ? -1 : (int) (entry - matcher->texts.entries);
}

PG_FUNCTION_INFO_V1(linlearn_label_text);

/* linlearn_label_text(model, label): a label as the model's predictions say it */
Datum
linlearn_label_text(PG_FUNCTION_ARGS)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	LabelMatcher *matcher =
		matcher_of(cached, get_fn_expr_argtype(fcinfo->flinfo, 1));

	PG_RETURN_TEXT_P(
		cstring_to_text(text_of_label(matcher, PG_GETARG_DATUM(1))));
}
