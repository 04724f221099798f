/*
 * references.c
 *		The levels that a plain estimate compares others with.
 */
#include "core/columns/references.h"

bool
piece_lacks_reference(const Piece *piece)
{
	if (!piece_has_levels(piece->kind) || piece->terms == 0)
		return false;
	for (uint32_t i = 0; i < piece->level_count; i++)
		if (piece->levels[i].term < 0)
			return false;
	return (piece->other_rows == 0 || piece->other_term >= 0) &&
		   (piece->null_rows == 0 || piece->null_term >= 0);
}

/* The place among its terms of a piece's most frequent outcome, as a plan has it. */
static int32_t
most_frequent(const Piece *piece)
{
	uint64_t most = 0;
	int32_t term = 0;

	for (uint32_t i = 0; i < piece->level_count; i++)
		if (piece->levels[i].rows > most)
		{
			most = piece->levels[i].rows;
			term = piece->levels[i].term;
		}
	if (piece->other_rows > most)
	{
		most = piece->other_rows;
		term = piece->other_term;
	}
	return piece->null_rows > most ? piece->null_term : term;
}

void
columns_mark_references(const Columns *columns, bool *marked)
{
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];

		if (piece_lacks_reference(piece))
			marked[piece->first + (uint32_t) most_frequent(piece)] = true;
	}
}
