/*
 * plan_cross.c
 *		Terms of levels of several columns at once, and those of a model known.
 */
#include "core/columns/plan_cross.h"

#include <string.h>

#include "core/rows/spill.h"

/* ---- Crosses ---- */

/* The piece that has the levels of a column; -1: none. */
static int64_t
levels_piece(const Columns *columns, uint32_t column)
{
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];

		if (piece->column == column &&
			(piece->kind == PIECE_LEVELS || piece->kind == PIECE_BUCKETS))
			return p;
	}
	return -1;
}

/* Finds the pieces of a cross's columns; *found is false if one gave no term. */
static Status
find_members(Piece *piece, const Plan *plan, const PlanCross *cross,
			 bool *found, const Runtime *runtime, Failure *failure)
{
	*found = true;
	piece->member_count = cross->count;
	piece->members =
		runtime_allocate(runtime, cross->count * sizeof(uint32_t));
	if (piece->members == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < cross->count; i++)
	{
		uint32_t place = 0;
		const Column *column;
		int64_t member;

		while (plan->source[place] != cross->columns[i])
			place++;
		column = &plan->columns.columns[place];
		member = levels_piece(&plan->columns, place);
		if (column->kind != COLUMN_CATEGORY && column->options.buckets < 2)
		{
			fail(failure, LL_INVALID, "column \"%s\" has no levels to cross",
				 column->name);
			fail_hint(failure,
					  "Cast it to text, or give it \"buckets\": n if it is a "
					  "number.");
			return LL_INVALID;
		}
		if (member < 0)
			*found = false;
		else
			piece->members[i] = (uint32_t) member;
		piece->column = place;
	}
	return LL_OK;
}

/* Counts the rows that have each crossing of levels. */
static Status
count_crossings(const Piece *piece, Encoder *encoder, CellStore *store,
				const Rows *rows, Dictionary *keys, uint64_t **counts,
				Failure *failure)
{
	uint32_t key[CROSS_MOST], code, room = 0;
	size_t loaded = 0, more;
	Status status = LL_OK;

	for (size_t i = 0; i < rows->count; i++)
	{
		bool all = true;
		RowView view;

		if (i == loaded)
		{
			status = rows_load_run(rows, i, &more, failure);
			if (status != LL_OK)
				return status;
			loaded += more;
		}
		if (runtime_stops_wide(&rows->runtime, i, store->count))
			return fail_cancelled(failure);
		view = rows_view(rows, i);
		if (!cell_store_unpack(store, &view))
			return fail_no_memory(failure);
		for (uint32_t m = 0; m < piece->member_count; m++)
		{
			const Piece *member = &encoder->columns->pieces[piece->members[m]];

			key[m] = encoder_level(encoder, member, store->cells);
			all = all && piece_term(member, key[m]) >= 0;
		}
		if (!all)
			continue;
		status = dictionary_code(keys, (const char *) key,
								 piece->member_count * sizeof(uint32_t), 0.0,
								 &code, failure);
		if (status != LL_OK)
			return status;
		if (code >= room)
		{
			uint64_t *old = *counts;

			room = 2 * code + 64;
			*counts = runtime_allocate_zero(&encoder->runtime, room,
											sizeof(uint64_t));
			if (*counts == NULL)
				return fail_no_memory(failure);
			if (code > 0)
				memcpy(*counts, old, code * sizeof(uint64_t));
			runtime_release(&encoder->runtime, old);
		}
		(*counts)[code]++;
	}
	return LL_OK;
}

Status
plan_cross(Piece *piece, const Plan *plan, const PlanCross *cross,
		   const LevelRule *rule, CellStore *store, const Rows *rows,
		   const Runtime *runtime, Failure *failure)
{
	Dictionary keys;
	Encoder encoder;
	uint64_t *counts = NULL;
	Level *levels;
	bool found;
	Status status = find_members(piece, plan, cross, &found, runtime, failure);

	if (status != LL_OK || !found)
		return status;
	dictionary_init(&keys, runtime);
	status =
		encoder_init(&encoder, &plan->columns, ROWS_SPARSE, runtime, failure);
	if (status == LL_OK)
		status = encoder_map_codes(&encoder, store, plan->source, failure);
	if (status == LL_OK)
		status = count_crossings(piece, &encoder, store, rows, &keys, &counts,
								 failure);
	if (status != LL_OK)
		return status;
	levels = runtime_allocate(runtime, (keys.count + 1) * sizeof(Level));
	if (levels == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < keys.count; i++)
		levels[i] = (Level){keys.entries[i].bytes, keys.entries[i].size, 0.0,
							counts[i], -1};
	return plan_levels(piece, levels, keys.count, rule, runtime, failure);
}

/* ---- A model known ---- */

/* The levels of a piece that the new rows add, with those known. */
static Status
extend_piece(Piece *piece, const Columns *known, const Survey *survey,
			 const CellStore *store, Failure *failure)
{
	const Piece old = *piece;
	const Column *column = &known->columns[piece->column];
	const Dictionary *dictionary = &store->dictionaries[piece->column];
	const uint64_t *rows = survey->columns[piece->column].level_rows;
	bool words = piece->kind == PIECE_WORDS;
	uint32_t least = words ? 2 : LEVEL_LEAST_ROWS;
	LevelRule rule = {.min_rows = column->options.min_rows > 0
									  ? column->options.min_rows
									  : least,
					  .max_levels = words ? MOST_WORDS : MOST_LEVELS,
					  .known = &old};
	Level *levels = runtime_allocate(&survey->runtime,
									 (dictionary->count + 1) * sizeof(Level));
	size_t count = 0;

	if (levels == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < dictionary->count && rows != NULL; i++)
		if (rows[i] > 0)
			levels[count++] = (Level){
				dictionary->entries[i].bytes, dictionary->entries[i].size,
				dictionary->entries[i].rank, rows[i], -1};
	piece->null_rows = survey->columns[piece->column].nulls;
	if (piece->kind == PIECE_LEVELS)
		return plan_levels(piece, levels, count, &rule, &survey->runtime,
						   failure);
	return plan_words(piece, levels, count, &rule, &survey->runtime, failure);
}

Status
plan_known(Plan *plan, const Columns *known, const Survey *survey,
		   const CellStore *store, Failure *failure)
{
	const Runtime *runtime = &survey->runtime;
	Columns *columns = &plan->columns;
	Status status = LL_OK;

	*columns = *known;
	columns->width = 0;
	columns->pieces =
		runtime_allocate(runtime, known->piece_count * sizeof(Piece));
	plan->source = runtime_allocate(runtime, known->count * sizeof(uint32_t));
	if (columns->pieces == NULL || plan->source == NULL)
		return fail_no_memory(failure);
	memcpy(columns->pieces, known->pieces, known->piece_count * sizeof(Piece));
	for (uint32_t i = 0; i < known->count; i++)
		plan->source[i] = i;
	for (uint32_t p = 0; p < known->piece_count && status == LL_OK; p++)
	{
		Piece *piece = &columns->pieces[p];

		if ((piece->kind == PIECE_LEVELS || piece->kind == PIECE_WORDS ||
			 piece->kind == PIECE_SET) &&
			!piece->hashed)
			status = extend_piece(piece, known, survey, store, failure);
		piece->first = columns->width;
		columns->width += piece->terms;
	}
	if (status != LL_OK)
		return status;
	columns->center =
		runtime_allocate_zero(runtime, columns->width, sizeof(double));
	if (columns->center == NULL)
		return fail_no_memory(failure);
	for (uint32_t p = 0; p < known->piece_count; p++)
		if (known->pieces[p].terms == columns->pieces[p].terms)
			memcpy(columns->center + columns->pieces[p].first,
				   known->center + known->pieces[p].first,
				   known->pieces[p].terms * sizeof(double));
	return columns_index(columns, runtime, failure);
}
