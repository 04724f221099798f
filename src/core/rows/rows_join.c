/*
 * rows_join.c
 *		The rows of two stores as one.
 */
#include "core/rows/rows_join.h"

#include "core/rows/gram_sums.h"
#include "core/rows/magnitude.h"
#include "core/rows/rows_order.h"
#include "core/rows/spill.h"

/* Adds rows that are there, or their sums, to sums. */
static Status
add_to_sums(Rows *joined, const Rows *from, Failure *failure)
{
	joined->count += from->count;
	if (from->sums != NULL)
	{
		gram_sums_merge(joined->sums, from->sums);
		return LL_OK;
	}
	for (size_t i = 0; i < from->count; i++)
	{
		RowView view = rows_view(from, i);
		Status status;

		if (runtime_stops_wide(&joined->runtime, i, from->dimension))
			return fail_cancelled(failure);
		status = gram_sums_add(joined->sums, &view, from->labels[i],
							   rows_weight(from, i), failure);
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* The sums of two stores, of which one at least has been summed. */
static Status
join_sums(const Rows *a, const Rows *b, Rows *joined, Failure *failure)
{
	Status status =
		gram_sums_create(&joined->runtime, joined->format, joined->dimension,
						 &joined->sums, failure);

	if (status == LL_OK)
		status = add_to_sums(joined, a, failure);
	if (status == LL_OK)
		status = add_to_sums(joined, b, failure);
	return status;
}

/* Shares the records of a store. */
static Status
share_rows(Rows *joined, const Rows *from, Failure *failure)
{
	for (size_t i = 0; i < from->count; i++)
	{
		if (runtime_stops(&joined->runtime, i))
			return fail_cancelled(failure);
		if (!rows_share(joined, from, i))
			return fail_no_memory(failure);
	}
	return LL_OK;
}

Status
rows_join(const Rows *a, const Rows *b, const Runtime *runtime, Rows *joined,
		  Failure *failure)
{
	Status status;

	rows_init(joined, runtime, a->format, a->dimension);
	joined->magnitudes = a->magnitudes;
	magnitude_range_add(&joined->magnitudes, b->magnitudes);
	if (b->count > UINT32_MAX - a->count)
		return fail(failure, LL_LIMIT, "more than %u rows in all", UINT32_MAX);
	if (a->sums != NULL || b->sums != NULL)
		status = join_sums(a, b, joined, failure);
	else
	{
		status = share_rows(joined, a, failure);
		if (status == LL_OK)
			status = share_rows(joined, b, failure);
		if (status == LL_OK)
			status = rows_spill_join(joined, a, b, failure);
	}
	return status == LL_OK ? rows_seal(joined, failure) : status;
}
