/*
 * compact_epoch.h
 *		An epoch of one model over compact rows, its mini-batches in parts.
 */
#ifndef LINLEARN_CORE_DESCENT_COMPACT_EPOCH_H
#define LINLEARN_CORE_DESCENT_COMPACT_EPOCH_H

#include "core/descent/group.h"

/*
 * Lays the rows of a group out where that suits them and its loss: group->compact
 * is NULL otherwise.  counts[dimension]: rows that have each feature.
 */
extern Status compact_epoch_init(Group *group, const uint32_t *counts,
								 Failure *failure);

/* Trains on all rows in the order of the epoch, as group_train_rows does. */
extern void compact_epoch_run(Group *group);

#endif
