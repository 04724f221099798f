/*
 * rare_fixture.h
 *		Sparse rows, many of whose features few rows have.
 */
#ifndef LINLEARN_TEST_RARE_FIXTURE_H
#define LINLEARN_TEST_RARE_FIXTURE_H

#include "solver_fixture.h"

#define ROWS 300
#define DIMENSION 500
#define ENTRIES 12

/* Rows of some frequent features and of many that one or two rows have. */
static inline void
fill_rare(Fixture *f, int classes)
{
	uint64_t seed = 3;

	for (size_t i = 0; i < ROWS; i++)
	{
		uint32_t index[ENTRIES];
		float value[ENTRIES];
		RowView view = {.index = index, .value = value};
		double score = 0.3, label;

		for (uint32_t e = 0, j = 0; e < ENTRIES && j < DIMENSION; e++)
		{
			double step = draw(&seed);

			index[e] = j;
			value[e] = (float) (1.0 + 0.5 * draw(&seed));
			score += value[e] * ((int) (j % 5) - 2) * 0.5;
			view.count++;
			j += 1 + (uint32_t) (3.0 * (1.0 + step) * (e + 1) * (e > 5));
			j += (uint32_t) (step > 0.0);
		}
		score += draw(&seed);
		label = classes == 0
					? (loss_is_log_link(f->problem.loss) ? exp(0.3 * score)
														 : score)
				: classes == 2 ? (score > 0)
							   : fmod(floor(fabs(score) * 2), classes);
		assert_int_equal(rows_append(&f->rows, &view, label,
									 hash64_bytes(&i, sizeof(i), 0),
									 1.0f + (float) (i % 2), &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* A problem with classes (0: numbers), scales, class weights and a bias's wd. */
static inline void
open_rare(Fixture *f, LossKind loss, int classes)
{
	static double inverse[DIMENSION];
	static const float class_weight[] = {1.5f, 0.5f, 1.0f, 2.0f};

	open_fixture(f, ROWS_SPARSE, DIMENSION, loss);
	fill_rare(f, classes);
	for (size_t j = 0; j < DIMENSION; j++)
		inverse[j] = j == 3 ? 0.0 : 0.5 + 0.1 * (double) (j % 7);
	f->problem.inverse_deviation = inverse;
	f->problem.outputs = classes > 2 ? (uint32_t) classes : 1;
	f->problem.class_weight = classes > 0 ? class_weight : NULL;
	f->problem.bias_wd_mult = 0.5;
	if (loss_is_log_link(loss))
		f->problem.label_unit = 1.7;
}

/* Looks at the wish to stop that are left, see after_looks(). */
static long looks_left;

/* A wish to stop that comes after so many looks. */
static inline bool
after_looks(void *context)
{
	(void) context;
	return looks_left-- <= 0;
}

#endif
