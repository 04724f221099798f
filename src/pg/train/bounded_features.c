/*
 * bounded_features.c
 *		Option nonnegative as a list: features whose weights are not below 0.
 */
#include "pg/train/bounded_features.h"

#include <math.h>

#include "miscadmin.h"
#include "pg/base/text_encoding.h"
#include "pg/train/table_state.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#define KEY "nonnegative"

/* The option's list at the top of the options. */
static JsonbContainer *
find_list(Jsonb *options)
{
	JsonbValue buffer, *value = NULL;

	if (options != NULL && JB_ROOT_IS_OBJECT(options))
		value = getKeyJsonValueFromContainer(&options->root, KEY, strlen(KEY),
											 &buffer);
	if (value == NULL || value->type != jbvBinary)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a list of option \"" KEY "\" stands at the "
							   "top of the options")));
	return value->val.binary.data;
}

/* Refuses an item that is no column's name, or no feature's number. */
static void
refuse_kind(bool table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for hyperparameter \"" KEY "\""),
			 table ? errdetail("As a list it has the names of columns.")
				   : errdetail("As a list it has whole numbers, the features "
							   "from 1 on.")));
}

/* Marks the feature of a number. */
static void
mark_number(const JsonbValue *item, uint32 dimension, bool *bounded)
{
	double number;

	if (item->type != jbvNumeric)
		refuse_kind(false);
	number = DatumGetFloat8(DirectFunctionCall1(
		numeric_float8_no_overflow, NumericGetDatum(item->val.numeric)));
	if (!(number >= 1 && number == floor(number)))
		refuse_kind(false);
	if (number > dimension)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"" KEY "\" names feature %.0f, but "
							   "there are %u",
							   number, dimension)));
	bounded[(uint32) number - 1] = true;
}

/* Whether a column was a feature, though it may have no terms. */
static bool
is_feature(const TrainState *state, const char *name)
{
	uint32 count;
	const Column *columns =
		record_reader_columns(state->table->reader, &count);

	for (uint32 i = 0; i < count; i++)
		if (strcmp(columns[i].name, name) == 0)
			return true;
	return false;
}

/* Marks the terms of a column, but not those that it has with others. */
static void
mark_column(const TrainState *state, const JsonbValue *item, bool *bounded)
{
	const Columns *columns = &state->table->plan->columns;
	const char *name, *wanted;

	if (item->type != jbvString)
		refuse_kind(true);
	name = pnstrdup(item->val.string.val, item->val.string.len);
	wanted = utf8_of_server(name, strlen(name));
	if (!is_feature(state, wanted))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("option \"" KEY "\": no column \"%s\" is a "
							   "feature",
							   name)));
	for (uint32 i = 0; i < columns->piece_count; i++)
	{
		const Piece *piece = &columns->pieces[i];

		if (piece->kind != PIECE_CROSS &&
			strcmp(columns->columns[piece->column].name, wanted) == 0)
			memset(bounded + piece->first, true, piece->terms);
	}
}

void
bounded_features_apply(TrainState *state, const Hyperparameters *settings,
					   Problem *problem)
{
	uint32 dimension = state->rows[CHANNEL_TRAIN].dimension;
	JsonbContainer *list;
	bool *bounded;

	if (!settings->nonnegative_named)
		return;
	list = find_list(state->options);
	bounded = palloc0((Size) dimension + 1);
	for (uint32 i = 0; i < JsonContainerSize(list); i++)
	{
		const JsonbValue *item = getIthJsonbValueFromContainer(list, i);

		CHECK_FOR_INTERRUPTS();
		if (state->table != NULL)
			mark_column(state, item, bounded);
		else
			mark_number(item, dimension, bounded);
	}
	state->bounded = palloc_extended(((Size) dimension + 1) * sizeof(uint32),
									 MCXT_ALLOC_HUGE);
	state->bounded_count = 0;
	for (uint32 j = 0; j < dimension; j++)
		if (bounded[j])
			state->bounded[state->bounded_count++] = j;
	problem->bounded = bounded;
}

void
bounded_features_refuse_range(const TrainState *state, Hyperparameter row)
{
	if (state->bounded == NULL || row != HP_NONNEGATIVE)
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("a list of option \"" KEY "\" contradicts its "
						   "range")));
}
