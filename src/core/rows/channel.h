/*
 * channel.h
 *		Rows of a channel as they come: kept, or only summed.
 */
#ifndef LINLEARN_CORE_ROWS_CHANNEL_H
#define LINLEARN_CORE_ROWS_CHANNEL_H

#include "core/rows/rows.h"

/* As rows_append; rows that have been summed take in its sums instead. */
extern Status channel_append(Rows *rows, const RowView *row, double label,
							 uint64_t label_hash, float weight,
							 Failure *failure);

#endif
