/*
 * group_update.h
 *		The updates of a group's weights, and their average over an epoch.
 */
#ifndef LINLEARN_CORE_DESCENT_GROUP_UPDATE_H
#define LINLEARN_CORE_DESCENT_GROUP_UPDATE_H

#include "core/descent/group.h"

/* Applies the gradient summed over `rows` rows. */
extern void group_update(Group *group, size_t rows);

/* The same in parts: the rates of the next update, ... */
extern void group_set_rates(Group *group);

/*
 * ... features of sparse rows, each once, with room[6 * period], which features of
 * other threads may be updated beside; and the bias.  scale is one over the rows.
 */
extern void group_update_features(Group *group, const uint32_t *features,
								  size_t count, float scale, float *room);
extern void group_update_bias(Group *group, float scale);

/* Starts the average of an epoch of sparse rows. */
extern void group_start_sparse_average(Group *group);

/* Brings the average of all rows up to the epoch's last update. */
extern void group_finish_sparse_average(Group *group);

#endif
