/*
 * fit_figures.h
 *		Deviance, likelihood and their like of a model that has standard errors.
 */
#ifndef LINLEARN_CORE_TRAIN_FIT_FIGURES_H
#define LINLEARN_CORE_TRAIN_FIT_FIGURES_H

#include "core/model/model.h"
#include "core/problem/candidate.h"

/* Fills model->fit, which stays NULL without standard errors. */
extern Status fit_figures(Problem *problem, const Candidate *candidate,
						  Model *model, Failure *failure);

#endif
