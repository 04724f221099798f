/*
 * channel.c
 *		Rows of a channel as they come: kept, or only summed.
 */
#include "core/rows/channel.h"

#include "core/rows/rows_summed.h"

Status
channel_append(Rows *rows, const RowView *row, double label,
			   uint64_t label_hash, float weight, Failure *failure)
{
	return rows->sums != NULL
			   ? rows_sum_row(rows, row, label, label_hash, weight, failure)
			   : rows_append(rows, row, label, label_hash, weight, failure);
}
