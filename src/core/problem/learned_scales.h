/*
 * learned_scales.h
 *		What features are multiplied by while rows are learned from, where that is
 *		less than when they are predicted: see defaults_word_length().
 */
#ifndef LINLEARN_CORE_PROBLEM_LEARNED_SCALES_H
#define LINLEARN_CORE_PROBLEM_LEARNED_SCALES_H

#include "core/problem/problem.h"

/* Replaces scales of a normaliser's features by those to learn by. */
extern Status learned_scales(const Problem *problem,
							 const Hyperparameters *settings,
							 const double **scale, Failure *failure);

/* The same as floats. */
extern Status learned_scales_f32(const Problem *problem,
								 const Hyperparameters *settings,
								 const float **scale, Failure *failure);

#endif
