/*
 * shards.h
 *		Rows that are elsewhere, as a solver sees them: they can be asked for the
 *		sums of a point, and no more.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARDS_H
#define LINLEARN_CORE_SHARDS_SHARDS_H

#include "core/shards/shard_sums.h"

struct Shards
{
	const ShardSurvey *survey; /* settled, its labels sorted */
	const double *center;	   /* [dimension] as a point has them; NULL: 0 */
	const double *unit;
	uint32_t
		classes; /* that are told apart; 0: labels are numbers to predict */

	/* Sums the answers of all rows to a point. */
	Status (*ask)(void *context, const ShardPoint *point, ShardSums *sums,
				  Failure *failure);
	void *context;
	size_t passes; /* asked so far */

	double residual_unit; /* of the last pass; 0: none yet */
	double root_unit;
	double validation_loss; /* of the last pass of all rows; NaN without */
	/* Matrices that a pass has brought along, until they are asked for. */
	double *kept; /* [kept_count] of them, then the weights they are at */
	size_t kept_count;
	double kept_floor;
	/* The judgement of a model, and its weights, [outputs][dimension + 1]. */
	ShardSums *judged;
	double *judged_weights;
};

/*
 * Fills what follows from the survey: centers and units of features.  Memory is
 * the runtime's.
 */
extern Status shards_init(Shards *shards, const ShardSurvey *survey,
						  const Runtime *runtime, Failure *failure);

/* What is known of each feature, [dimension]; NULL: no memory. */
extern FeatureSpread *shards_spreads(const ShardSurvey *survey,
									 const Runtime *runtime);

/*
 * Asks, and checks that the rows are those of the survey: LL_INVALID if they have
 * changed.
 */
extern Status shards_ask(Shards *shards, const ShardPoint *point,
						 ShardSums *sums, Failure *failure);

/* Gives a point the classes of the survey. */
extern Status shards_name_classes(const Shards *shards, const Runtime *runtime,
								  uint32_t classes, ShardPoint *point,
								  Failure *failure);

#endif
