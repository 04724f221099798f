/*
 * wd_path.h
 *		How wd was chosen where neither it nor validation rows were given.
 */
#ifndef LINLEARN_CORE_MODEL_WD_PATH_H
#define LINLEARN_CORE_MODEL_WD_PATH_H

#include "core/base/kinds.h"
#include "core/base/runtime.h"

typedef enum WdChoice
{
	WD_NOT_CHOSEN,		/* it was given, or made by a rule of thumb */
	WD_BY_GCV,			/* generalised cross-validation */
	WD_BY_FOLDS,		/* cross-validation */
	WD_BY_GCV_AND_FOLDS /* the geometric mean of their losses */
} WdChoice;

#define WD_CHOICES 4
#define WD_PATH_MAX 64 /* points */
/*
 * Least squares of so few features are plain unless they follow every row: nothing
 * that shrinks so few weights is better whatever they are (James and Stein 1961).
 */
#define WD_PLAIN_FEATURES 2

typedef struct WdPoint
{
	double wd;
	double loss;  /* expected, or mean over the rows held out; label's units */
	double error; /* its standard error over the folds; NaN: none */
} WdPoint;

typedef struct WdPath
{
	WdChoice choice;
	uint32_t folds; /* 0: none */
	FoldKey key;	/* what they go by */
	uint64_t rows;	/* that the folds are of */
	/*
	 * What was best moved the fit by less than noise, or, by folds and of a loss
	 * with kinks of numbers, gained less than that, so that wd is 0.
	 */
	bool plain;
	WdPoint chosen;
	uint32_t count;
	WdPoint points[WD_PATH_MAX]; /* tried, by falling wd */
} WdPath;

#endif
