/*
 * l1_path.h
 *		The path of penalties that an l1 was chosen on.
 */
#ifndef LINLEARN_CORE_MODEL_L1_PATH_H
#define LINLEARN_CORE_MODEL_L1_PATH_H

#include "core/base/kinds.h"
#include "core/base/runtime.h"

#define L1_PATH_POINTS 100

typedef enum L1PathRule
{
	PATH_LEAST,				/* the least mean loss */
	PATH_ONE_STANDARD_ERROR /* the largest penalty within its standard error */
} L1PathRule;

#define L1_PATH_RULES 2

typedef struct L1Point
{
	double lambda;	  /* l1 = lambda ratio, wd = lambda (1 - ratio) */
	double loss;	  /* mean over the rows held out; label's units */
	double error;	  /* its standard error over the folds */
	uint32_t nonzero; /* weights of all rows */
} L1Point;

typedef struct L1Path
{
	L1PathRule rule;
	double ratio;
	uint32_t folds;
	FoldKey key;   /* what they go by */
	uint64_t rows; /* that the folds are of */
	uint32_t chosen;
	uint32_t count;
	L1Point points[L1_PATH_POINTS]; /* by falling lambda */
} L1Path;

#endif
