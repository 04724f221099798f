/*
 * given_columns.h
 *		Columns of a table that somebody describes, rather than a training.
 */
#ifndef LINLEARN_CORE_MODEL_GIVEN_COLUMNS_H
#define LINLEARN_CORE_MODEL_GIVEN_COLUMNS_H

#include "core/model/coefficients.h"

/* The names of their kinds, which NULL ends. */
extern const char *const given_kinds[GIVEN_KINDS + 1];

/*
 * Makes the columns, and the place that each weight has among their terms
 * (*places, [dimension]).  LL_INVALID, as of coefficients_model().
 */
extern Status given_columns_make(const Coefficients *given,
								 const Runtime *runtime, Columns **columns,
								 uint32_t **places, Failure *failure);

#endif
