/*
 * shard_draw.c
 *		Rows drawn for the quantiles of their numbers.
 */
#include "core/shards/shard_draw.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM ((size_t) 64)

void
shard_draw_init(ShardDraw *draw, const Runtime *runtime, bool cuts)
{
	*draw = (ShardDraw){.runtime = *runtime, .cuts = cuts, .most = UINT64_MAX};
}

size_t
shard_draw_kept(bool cuts, uint32_t width)
{
	size_t rows = cuts ? SHARD_DRAWN_CUT_ROWS : SHARD_DRAWN_ROWS;
	size_t fit = SHARD_DRAWN_NUMBERS / (width == 0 ? 1 : width);

	if (fit < SHARD_DRAWN_LEAST)
		fit = SHARD_DRAWN_LEAST;
	return rows < fit ? rows : fit;
}

/* Memory for other numbers of rows, and of each row. */
static Status
resize(ShardDraw *draw, size_t room, uint32_t width, uint64_t absent,
	   Failure *failure)
{
	const Runtime *runtime = &draw->runtime;
	ShardDrawn *rows = runtime_allocate(runtime, room * sizeof(ShardDrawn));
	uint64_t *numbers =
		runtime_allocate(runtime, (room * width + 1) * sizeof(uint64_t));

	if (rows == NULL || numbers == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < draw->count; i++)
	{
		uint64_t *to = numbers + i * width;

		rows[i] = draw->rows[i];
		rows[i].at = i;
		if (draw->width > 0)
			memcpy(to, draw->numbers + draw->rows[i].at * draw->width,
				   draw->width * sizeof(uint64_t));
		for (uint32_t k = draw->width; k < width; k++)
			to[k] = absent;
	}
	runtime_release(runtime, draw->rows);
	runtime_release(runtime, draw->numbers);
	draw->rows = rows;
	draw->numbers = numbers;
	draw->room = room;
	draw->width = width;
	return LL_OK;
}

static int
compare_rows(const void *a, const void *b)
{
	const ShardDrawn *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

Status
shard_draw_settle(ShardDraw *draw, Failure *failure)
{
	size_t kept = shard_draw_kept(draw->cuts, draw->width), count = 0;

	if (draw->count == 0)
		return LL_OK;
	qsort(draw->rows, draw->count, sizeof(ShardDrawn), compare_rows);
	for (size_t i = 0; i < draw->count; i++)
	{
		if (count > 0 && draw->rows[count - 1].hash == draw->rows[i].hash)
			draw->rows[count - 1].copies += draw->rows[i].copies;
		else
			draw->rows[count++] = draw->rows[i];
	}
	if (count >= kept)
	{
		count = kept;
		draw->most = draw->rows[count - 1].hash;
	}
	draw->count = count;
	/* Numbers move to where their rows are. */
	return resize(draw, draw->room, draw->width, 0, failure);
}

/* Rows that there is to be room for. */
static Status
make_room(ShardDraw *draw, Failure *failure)
{
	size_t most = 2 * shard_draw_kept(draw->cuts, draw->width);
	size_t room = draw->room == 0 ? FIRST_ROOM : 2 * draw->room;

	if (draw->room >= most)
		return shard_draw_settle(draw, failure);
	return resize(draw, room < most ? room : most, draw->width, 0, failure);
}

Status
shard_draw_widen(ShardDraw *draw, uint32_t width, uint64_t absent,
				 Failure *failure)
{
	return resize(draw, draw->room == 0 ? FIRST_ROOM : draw->room, width,
				  absent, failure);
}

Status
shard_draw_add(ShardDraw *draw, uint64_t hash, uint64_t copies,
			   const uint64_t *numbers, uint32_t count, const uint32_t *places,
			   uint64_t absent, Failure *failure)
{
	uint64_t *to;

	if (hash > draw->most)
		return LL_OK;
	if (draw->count == draw->room)
	{
		Status status = make_room(draw, failure);

		if (status != LL_OK || hash > draw->most)
			return status;
	}
	to = draw->numbers + draw->count * draw->width;
	for (uint32_t i = places == NULL ? count : 0; i < draw->width; i++)
		to[i] = absent;
	for (uint32_t i = 0; i < count; i++)
		to[places == NULL ? i : places[i]] = numbers[i];
	draw->rows[draw->count] = (ShardDrawn){hash, copies, draw->count};
	draw->count++;
	return LL_OK;
}
