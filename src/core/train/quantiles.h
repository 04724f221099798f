/*
 * quantiles.h
 *		Several quantiles as one model.
 *
 * Their losses have no weight in common, so each is trained by itself, to what it
 * would be alone (Koenker and Bassett 1978).  What crosses is put in ascending
 * order by predictions: so rearranged, quantiles are no farther from the true ones
 * (Chernozhukov, Fernandez-Val and Galichon 2010), and their losses on a row no
 * larger in sum, for of two that cross the upper one pays more for being above.
 */
#ifndef LINLEARN_CORE_TRAIN_QUANTILES_H
#define LINLEARN_CORE_TRAIN_QUANTILES_H

#include "core/problem/candidate.h"

/*
 * Trains settings of one quantile; the winner is what a refit begins with, which
 * is not the trainer's.
 */
typedef Status (*QuantileTrainer)(Problem *problem,
								  const Hyperparameters *settings,
								  void *context, Candidate *winner,
								  Model *model, Failure *failure);

/*
 * Trains, refits where that is asked for and joins the quantiles of settings.
 * What time is left is shared among those that are yet to be trained.
 */
extern Status quantiles_train(Problem *problem,
							  const Hyperparameters *settings,
							  QuantileTrainer train, void *context,
							  Model *model, Failure *failure);

/*
 * Of a model of several quantiles the one nearest to a quantile, as a model of
 * one; any other model itself.
 */
extern Status quantile_view(const Model *model, double quantile,
							const Runtime *runtime, const Model **view,
							Failure *failure);

#endif
