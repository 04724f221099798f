/*
 * search_space.h
 *		What a tuning may vary: ranges over rows of the hyperparameter table,
 * and their image in the unit cube.
 *
 * Scaling says where a range is dense.  With u uniform in [0, 1]:
 *	Linear				x = min + u (max - min)
 *	Logarithmic			log x = log min + u (log max - log min); min > 0
 *	ReverseLogarithmic	log(1 - x) = log(1 - min) + u (log(1 - max) -
 *						log(1 - min)); 0 <= min, max < 1; continuous only
 *	Auto				Logarithmic when min > 0 and max / min >= 100, else
 * Linear An integer range is scaled from min - 1/2 to max + 1/2 and rounded, so
 * that each integer gets its share; a categorical range splits [0, 1] evenly.
 */
#ifndef LINLEARN_CORE_TUNE_SEARCH_SPACE_H
#define LINLEARN_CORE_TUNE_SEARCH_SPACE_H

#include "core/options/hyperparameters.h"

/* As SageMaker has it. */
#define RANGE_MAX_CATEGORIES 30
/* The ratio of bounds from which on Auto is Logarithmic. */
#define AUTO_LOGARITHMIC_RATIO 100.0

typedef enum RangeKind
{
	RANGE_CONTINUOUS,
	RANGE_INTEGER,
	RANGE_CATEGORICAL
} RangeKind;

typedef enum Scaling
{
	SCALING_AUTO,
	SCALING_LINEAR,
	SCALING_LOGARITHMIC,
	SCALING_REVERSE_LOGARITHMIC
} Scaling;

/* Their names, in order, NULL-terminated. */
extern const char *const range_kind_names[];
extern const char *const scaling_names[];

typedef struct Range
{
	Hyperparameter row;
	RangeKind kind;
	Scaling scaling; /* no longer Auto once in a space */
	double minimum;	 /* continuous, integer */
	double maximum;
	uint32_t category_count; /* categorical: values of the row */
	double categories[RANGE_MAX_CATEGORIES];
} Range;

typedef struct SearchSpace
{
	uint32_t count;
	Range ranges[HP_COUNT]; /* in the table's order */
} SearchSpace;

/* The place of a scaling's name, in any case; -1 if it is none. */
extern int scaling_find(const char *name);

/*
 * Adds a range after checking it: the bounds or categories against what the
 * row takes, the scaling against the bounds.  LL_INVALID names all of them.
 */
extern Status space_add(SearchSpace *space, const Range *range,
						Failure *failure);

/* Adds the recommended ranges of rows that are not given, where a row has one. */
extern void space_add_recommended(SearchSpace *space,
								  const Hyperparameters *fixed,
								  PredictorType predictor);

/* The value of a range at u in [0, 1]. */
extern double range_at(const Range *range, double u);

/*
 * The u of a value, clamped into the range; of a category its middle, of a
 * value that is none of the categories 0.
 */
extern double range_unit(const Range *range, double value);

/* Whether a value lies in the range. */
extern bool range_holds(const Range *range, double value);

/* How many values a range has: integers and categories; 0: a continuum. */
extern uint64_t range_count(const Range *range);

/* Numbers of a point as a kernel sees it: a category is one-hot. */
extern uint32_t space_encoded_size(const SearchSpace *space);
extern void space_encode(const SearchSpace *space, const double *values,
						 double *encoded);

/* The values that settings have of the ranges' rows. */
extern void space_values(const SearchSpace *space,
						 const Hyperparameters *settings, double *values);

/* Writes values into settings, each as if the user had given it. */
extern void space_apply(const SearchSpace *space, const double *values,
						Hyperparameters *settings);

#endif
