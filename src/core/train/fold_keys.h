/*
 * fold_keys.h
 *		Folds that keep the rows of a group together, or go forward in time.
 *
 * Only the rows' content decides: neither their order nor a seed does.
 */
#ifndef LINLEARN_CORE_TRAIN_FOLD_KEYS_H
#define LINLEARN_CORE_TRAIN_FOLD_KEYS_H

#include "core/problem/problem.h"

/*
 * Deals train rows (arrival numbers) into folds by the problem's fold_key, which is
 * not FOLD_KEY_NONE.  fold[count] gets what holds each row out, negative: nothing
 * does.
 *
 * Groups, those with the most uneven classes first (without classes the largest),
 * go where each class is then spread most evenly over the folds (as by
 * scikit-learn's StratifiedGroupKFold and GroupKFold).  In time, rows are cut into
 * one block more than folds, as even as equal times allow (as by TimeSeriesSplit):
 * fold k is judged on block k + 1 and learned from all before.
 *
 * wanted is how many folds there are to be; fewer allows for as many as the keys
 * give, two at least.  LL_INVALID where there are too few of them, or where a fold
 * learned nothing of a class.
 */
extern Status fold_keys_deal(Problem *problem, const uint32_t *row,
							 size_t count, uint32_t wanted, bool fewer,
							 int16_t *fold, uint32_t *folds, Failure *failure);

/* What keys are, for messages and infos; NULL: none. */
extern const char *const fold_key_names[FOLD_KEYS];

/* The option that names the problem's keys. */
extern const char *fold_keys_option(const Problem *problem);

#endif
