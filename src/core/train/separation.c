/*
 * separation.c
 *		What parts some rows perfectly by their classes, in words.
 */
#include "core/train/separation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/columns/references.h"
#include "core/columns/term_names.h"

/* A feature takes part if it moves margins by so much of what the most does. */
#define PART 0.2
/* Names that are listed, and their longest, in bytes. */
#define LISTED 4
#define NAME_BYTES 60

/* A list of names in the making. */
typedef struct Naming
{
	const Columns *columns; /* NULL: features have numbers */
	const double *direction;
	const double *inverse;
	uint32_t dimension;
	double least; /* move that takes part */
	TermNames names;
	TermText text;
	char list[SEPARATION_REASON / 2 + LISTED * NAME_BYTES];
	uint32_t count;
	bool no_memory;
} Naming;

/* How far a feature moves the margin: a level by itself, a number by a deviation. */
static double
move_of(const Naming *naming, uint32_t feature)
{
	double move = fabs(naming->direction[feature]);
	const Piece *piece;

	if (naming->columns != NULL)
	{
		piece = columns_piece_of(naming->columns, feature);
		if (piece_has_levels(piece->kind) || piece->kind == PIECE_IS_NULL ||
			piece->kind == PIECE_SET)
			return move;
	}
	if (naming->inverse == NULL || isinf(move))
		return move;
	return naming->inverse[feature] > 0.0 ? move / naming->inverse[feature]
										  : 0.0;
}

/* The most of a text's bytes that hold whole characters. */
static size_t
cut(const char *bytes, size_t size, size_t most)
{
	if (size <= most)
		return size;
	while (most > 0 && ((unsigned char) bytes[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void
add_name(Naming *naming, const char *name, size_t size)
{
	size_t used = strlen(naming->list), kept = cut(name, size, NAME_BYTES);

	if (naming->count++ >= LISTED)
		return;
	snprintf(naming->list + used, sizeof(naming->list) - used, "%s%.*s%s",
			 naming->count > 1 ? ", " : "", (int) kept, name,
			 kept < size ? "..." : "");
}

/* Adds a feature's name. */
static void
add_feature(Naming *naming, uint32_t feature)
{
	char number[32];

	if (naming->columns == NULL)
	{
		snprintf(number, sizeof(number), "feature %u", feature + 1);
		add_name(naming, number, strlen(number));
		return;
	}
	naming->no_memory |= !term_name(&naming->names, feature, &naming->text);
	if (!naming->no_memory)
		add_name(naming, naming->text.bytes, naming->text.size);
}

/* The outcome of a piece without a term: a level's place, (other)'s or NULL's. */
static uint32_t
reference_place(const Piece *piece)
{
	for (uint32_t i = 0; i < piece->level_count; i++)
		if (piece->levels[i].term < 0)
			return i;
	return piece->other_rows > 0 && piece->other_term < 0
			   ? piece->level_count
			   : piece->level_count + 1;
}

/* Adds the name of a piece's reference: "contract=Two year", "payment is null". */
static void
add_reference(Naming *naming, const Piece *piece)
{
	uint32_t place = reference_place(piece);
	char name[2 * (NAME_BYTES + 2)];
	size_t size;
	bool none;

	naming->no_memory |=
		!term_column(&naming->names, piece->first, &naming->text);
	if (naming->no_memory)
		return;
	size = cut(naming->text.bytes, naming->text.size, NAME_BYTES);
	snprintf(name, sizeof(name), "%.*s%s", (int) size, naming->text.bytes,
			 place > piece->level_count ? " is null" : "=");
	term_text_clear(&naming->text);
	naming->no_memory |=
		!term_add_place(&naming->names, piece, place, &naming->text, &none);
	if (naming->no_memory)
		return;
	size = cut(naming->text.bytes, naming->text.size, NAME_BYTES);
	if (!none)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "%.*s",
				 (int) size, naming->text.bytes);
	add_name(naming, name, strlen(name));
}

/*
 * Whether a piece's reference is what moves: the bias goes one way, and all levels
 * that have terms as far back.
 */
static bool
moves_reference(const Naming *naming, const Piece *piece)
{
	double bias = naming->direction[naming->dimension];

	if (!piece_has_levels(piece->kind) || piece_lacks_reference(piece) ||
		piece->terms == 0 || !(fabs(bias) > naming->least) || isinf(bias))
		return false;
	for (uint32_t i = 0; i < piece->terms; i++)
		if (!(fabs(naming->direction[piece->first + i] + bias) <
			  PART * fabs(bias)))
			return false;
	return true;
}

/* Adds what of a piece takes part. */
static void
add_piece(Naming *naming, const Piece *piece)
{
	if (moves_reference(naming, piece))
	{
		add_reference(naming, piece);
		return;
	}
	for (uint32_t i = 0; i < piece->terms; i++)
		if (move_of(naming, piece->first + i) >= naming->least)
			add_feature(naming, piece->first + i);
}

/* Finds how far a feature must move to take part. */
static void
find_least(Naming *naming)
{
	double most = 0.0;

	for (uint32_t j = 0; j < naming->dimension; j++)
		if (isfinite(naming->direction[j]))
			most = fmax(most, move_of(naming, j));
	naming->least = most > 0.0 ? PART * most : INFINITY;
}

Status
separation_reason(const Columns *columns, uint32_t dimension,
				  const double *direction, const double *inverse,
				  const Runtime *runtime, char *reason, size_t size,
				  Failure *failure)
{
	Naming naming = {.columns = columns,
					 .direction = direction,
					 .inverse = inverse,
					 .dimension = dimension};
	char more[32] = "";
	Status status = LL_OK;

	find_least(&naming);
	term_text_init(&naming.text, runtime);
	if (columns != NULL)
		status = term_names_init(&naming.names, columns, runtime, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t p = 0; columns != NULL && p < columns->piece_count; p++)
		add_piece(&naming, &columns->pieces[p]);
	for (uint32_t j = 0; columns == NULL && j < dimension; j++)
		if (move_of(&naming, j) >= naming.least)
			add_feature(&naming, j);
	if (naming.no_memory)
		return fail_no_memory(failure);
	if (naming.count > LISTED)
		snprintf(more, sizeof(more), " and %u more", naming.count - LISTED);
	if (naming.count > 0)
	{
		size_t used = strlen(reason);

		snprintf(reason + used, size - used, ": %s%s", naming.list, more);
	}
	return LL_OK;
}
