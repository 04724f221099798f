/*
 * loss_rows.h
 *		The logistic loss of many rows at once, in double.
 */
#ifndef LINLEARN_CORE_LOSS_LOSS_ROWS_H
#define LINLEARN_CORE_LOSS_LOSS_ROWS_H

#include <stddef.h>

/*
 * Of count margins and their targets (1: positive, else negative) the losses and
 * their first and second derivatives by the margin; within 4 roundings of
 * loss_value() and the others, the same bits on every processor and at every
 * place.  A margin that is no number gives none.
 */
extern void loss_logistic_rows(const double *margin, const double *target,
							   size_t count, double *loss, double *derivative,
							   double *curvature);

#endif
