/*
 * compact_epoch.h
 *		An epoch of one model over compact rows, its mini-batches in parts.
 */
#ifndef LINLEARN_CORE_DESCENT_COMPACT_EPOCH_H
#define LINLEARN_CORE_DESCENT_COMPACT_EPOCH_H

#include "core/descent/group.h"

/*
 * Lays the rows of a group out where that suits them, its mini-batches and its loss:
 * group->compact is NULL otherwise.
 */
extern Status compact_epoch_init(Group *group, Failure *failure);

/* Gives the rows that were laid out back, if any were. */
extern void compact_epoch_release(Group *group);

/* How many threads an epoch is worth; 1 where rows are not laid out. */
extern size_t compact_epoch_threads(const Group *group);

/* Trains on all rows in the order of the epoch, as group_train_rows does. */
extern void compact_epoch_run(Group *group);

#endif
