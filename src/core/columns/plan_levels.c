/*
 * plan_levels.c
 *		Which levels a piece keeps, and their terms.
 */
#include "core/columns/plan_levels.h"

#include <stdlib.h>
#include <string.h>

#include "core/math/sort.h"

static int
compare_levels(const void *a, const void *b)
{
	return level_compare(a, b);
}

/* The most frequent first. */
static int
compare_rows(const void *a, const void *b)
{
	const Level *x = a, *y = b;

	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	return level_compare(x, y);
}

/* Whether a level is among those of a piece that a model knows. */
static bool
is_known(const LevelRule *rule, const Level *level)
{
	return rule->known != NULL &&
		   piece_find_level(rule->known, level->bytes, level->size) >= 0;
}

/*
 * Moves the levels that stay to the front, counts the rows of the others; returns
 * how many stay.
 */
static size_t
keep_frequent(Level *levels, size_t count, const LevelRule *rule,
			  uint64_t *other_rows)
{
	size_t kept = 0;

	*other_rows = 0;
	for (size_t i = 0; i < count; i++)
	{
		Level level = levels[i];

		if (is_known(rule, &level))
			continue; /* it comes with the known ones */
		if (level.rows >= rule->min_rows && kept < rule->max_levels)
			levels[kept++] = level;
		else
			*other_rows += level.rows;
	}
	return kept;
}

/*
 * Makes the piece's levels: the candidates that stay and those known, which keep
 * the rows that they were known by.
 */
static Status
take_levels(Piece *piece, Level *candidates, size_t count,
			const LevelRule *rule, const Runtime *runtime, Failure *failure)
{
	size_t known = rule->known != NULL ? rule->known->level_count : 0, kept;
	Level *scratch =
		runtime_allocate(runtime, (count + known + 1) * sizeof(Level));

	piece->levels =
		runtime_allocate(runtime, (count + known + 1) * sizeof(Level));
	if (piece->levels == NULL || scratch == NULL)
		return fail_no_memory(failure);
	if (!sort_array(candidates, scratch, count, sizeof(Level), compare_rows,
					runtime))
		return fail_cancelled(failure);
	kept = keep_frequent(candidates, count, rule, &piece->other_rows);
	if (kept > 0)
		memcpy(piece->levels, candidates, kept * sizeof(Level));
	if (known > 0)
		memcpy(piece->levels + kept, rule->known->levels,
			   known * sizeof(Level));
	piece->level_count = (uint32_t) (kept + known);
	if (!sort_array(piece->levels, scratch, piece->level_count, sizeof(Level),
					compare_levels, runtime))
		return fail_cancelled(failure);
	runtime_release(runtime, scratch);
	for (uint32_t i = 0; i < piece->level_count; i++)
		piece->levels[i].term = -1;
	return LL_OK;
}

/* The outcome that gives no term: a level's place, or LEVEL_OTHER's, or NULL's. */
static Status
find_reference(const Piece *piece, const LevelRule *rule, uint32_t *reference,
			   Failure *failure)
{
	uint64_t most = 0;

	*reference = 0;
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];

		if (rule->name != NULL && level->size == rule->name_size &&
			memcmp(level->bytes, rule->name, level->size) == 0)
		{
			*reference = i;
			return LL_OK;
		}
		if (level->rows > most)
		{
			most = level->rows;
			*reference = i;
		}
	}
	if (rule->name != NULL)
		return fail(failure, LL_INVALID,
					"reference level \"%.*s\" has not enough rows",
					(int) (rule->name_size < 100 ? rule->name_size : 100),
					rule->name);
	if (piece->other_rows > most)
	{
		most = piece->other_rows;
		*reference = piece->level_count;
	}
	if (piece->null_rows > most)
		*reference = piece->level_count + 1;
	return LL_OK;
}

/* The place of a level that the piece has. */
static size_t
piece_level_of(const Piece *piece, const Level *level)
{
	const Level *found = bsearch(level, piece->levels, piece->level_count,
								 sizeof(Level), compare_levels);

	return (size_t) (found - piece->levels);
}

/* The outcome that gave no term in a model; UINT32_MAX: all gave one. */
static uint32_t
known_reference(const Piece *piece, const Piece *known)
{
	for (uint32_t i = 0; i < known->level_count; i++)
		if (known->levels[i].term < 0)
			return (uint32_t) piece_level_of(piece, &known->levels[i]);
	if (known->other_rows > 0 && known->other_term < 0)
		return piece->level_count;
	if (known->null_rows > 0 && known->null_term < 0)
		return piece->level_count + 1;
	return UINT32_MAX;
}

Status
plan_levels(Piece *piece, Level *candidates, size_t count,
			const LevelRule *rule, const Runtime *runtime, Failure *failure)
{
	Status status =
		take_levels(piece, candidates, count, rule, runtime, failure);
	bool other = piece->other_rows > 0, null = piece->null_rows > 0;
	uint32_t reference = UINT32_MAX;
	int32_t terms = 0;

	piece->other_term = piece->null_term = -1;
	if (status != LL_OK)
		return status;
	if (rule->known != NULL)
	{
		other = rule->known->other_rows > 0;
		null = null || rule->known->null_rows > 0;
		reference = known_reference(piece, rule->known);
		piece->other_rows = rule->known->other_rows;
		if (rule->known->null_rows > 0)
			piece->null_rows = rule->known->null_rows;
	}
	else if (piece->level_count + other + null < 2)
		return LL_OK;
	else if (rule->reference)
		status = find_reference(piece, rule, &reference, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t i = 0; i < piece->level_count; i++)
		if (i != reference)
			piece->levels[i].term = terms++;
	if (other && reference != piece->level_count)
		piece->other_term = terms++;
	if (null && reference != piece->level_count + 1)
		piece->null_term = terms++;
	piece->terms = (uint32_t) terms;
	return LL_OK;
}

Status
plan_words(Piece *piece, Level *candidates, size_t count,
		   const LevelRule *rule, const Runtime *runtime, Failure *failure)
{
	Status status =
		take_levels(piece, candidates, count, rule, runtime, failure);

	piece->other_term = piece->null_term = -1;
	for (uint32_t i = 0; status == LL_OK && i < piece->level_count; i++)
		piece->levels[i].term = (int32_t) i;
	piece->terms = piece->level_count;
	return status;
}
