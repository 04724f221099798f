/*
 * plan_levels.h
 *		Which levels a piece keeps, and their terms.
 */
#ifndef LINLEARN_CORE_COLUMNS_PLAN_LEVELS_H
#define LINLEARN_CORE_COLUMNS_PLAN_LEVELS_H

#include "core/columns/columns.h"

/* How levels are chosen. */
typedef struct LevelRule
{
	uint32_t min_rows;
	uint32_t max_levels;
	bool reference;	  /* one outcome gives no term */
	const char *name; /* that outcome's level; NULL: the most frequent */
	uint32_t name_size;
	const Piece *known; /* levels that stay; NULL: none */
} LevelRule;

/*
 * Makes a piece's levels of candidates, which it sorts: those of enough rows, but
 * the most frequent ones only, and those known.  Of LEVELS, parts, buckets and
 * crosses, null_rows and what is left over are outcomes, too.  Leaves a piece
 * without terms when a row can have one outcome only.  LL_INVALID if the reference
 * is no level that is kept.
 */
extern Status plan_levels(Piece *piece, Level *candidates, size_t count,
						  const LevelRule *rule, const Runtime *runtime,
						  Failure *failure);

/* The same of words and elements, which a row may have several of, or none. */
extern Status plan_words(Piece *piece, Level *candidates, size_t count,
						 const LevelRule *rule, const Runtime *runtime,
						 Failure *failure);

#endif
