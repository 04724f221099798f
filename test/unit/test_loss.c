/*
 * test_loss.c
 *		Gradients against central differences, extreme margins, known values, and
 *		the table of losses.
 */
#include "loss_fixture.h"

static void
test_central_differences(void **state)
{
	const double h = 1e-5;

	(void) state;
	for (size_t i = 0; i < single_count; i++)
		for (int which = 0; which < 2; which++)
			for (double m = -30.013; m < 30; m += 0.0871)
			{
				LossKind kind = single_kinds[i];
				double target = target_of(kind, which);
				double slope = (loss_value(kind, &defaults, m + h, target) -
								loss_value(kind, &defaults, m - h, target)) /
							   (2 * h);
				double bend =
					(loss_derivative(kind, &defaults, m + h, target) -
					 loss_derivative(kind, &defaults, m - h, target)) /
					(2 * h);

				assert_true(close_to(
					slope, loss_derivative(kind, &defaults, m, target), 1e-8,
					2e-9));
				assert_true(close_to(
					bend, loss_second_derivative(kind, &defaults, m, target),
					1e-7, 1e-8));
			}
}

static void
test_extreme_margins(void **state)
{
	const double margins[] = {1e30, -1e30, 1e10, -1e10, 700, -700, 88, -88};

	(void) state;
	for (size_t i = 0; i < single_count; i++)
		for (size_t j = 0; j < sizeof(margins) / sizeof(margins[0]); j++)
			for (int which = 0; which < 2; which++)
			{
				double m = margins[j];
				double h = fabs(m) * 1e-3;
				LossKind kind = single_kinds[i];
				double target = target_of(kind, which);
				double value = loss_value(kind, &defaults, m, target);
				double slope = loss_derivative(kind, &defaults, m, target);
				double rise = loss_value(kind, &defaults, m + h, target) -
							  loss_value(kind, &defaults, m - h, target);

				assert_true(isfinite(value) && value >= 0);
				assert_true(isfinite(slope));
				assert_true(close_to(rise / (2 * h), slope, 1e-6, 1e-12));
				assert_true(isfinite(
					loss_second_derivative(kind, &defaults, m, target)));
			}
}

/* Known values, by hand; of each loss one at least. */
static void
test_known_values(void **state)
{
	const double classes[] = {1, 2, 0.5};
	const struct
	{
		LossKind kind;
		double margin; /* of many classes: the three above */
		double target;
		double value;
	} known[] = {
		{LOSS_LOGISTIC, 0, 1, log(2)},
		{LOSS_HINGE, 0.25, 1, 0.75},
		{LOSS_HINGE, 0.25, 0, 1.25},
		{LOSS_SOFTMAX, NAN, 0, log(exp(1) + exp(2) + exp(0.5)) - 1},
		{LOSS_MULTICLASS_HINGE, NAN, 0, 2},
		{LOSS_MULTICLASS_HINGE, NAN, 1, 0},
		{LOSS_SQUARED, 5, 2, 4.5},
		{LOSS_ABSOLUTE, 5, 2, 3},
		{LOSS_EPS_SQUARED, 5, 2, 8.9375},
		{LOSS_EPS_ABSOLUTE, 5, 2, 2.75},
		{LOSS_QUANTILE, 5, 2, 2.1},
		{LOSS_QUANTILE, 2, 5, 0.9},
		{LOSS_HUBER, 5, 2, 0.8 * (3 - 0.4)},
		{LOSS_HUBER, 2.5, 2, 0.125},
		{LOSS_POISSON, 1, 0, exp(1)},
		{LOSS_POISSON, log(2), 3, 3 * log(1.5) - 1},
		{LOSS_GAMMA, log(2), 3, 0.5 - log(1.5)},
		{LOSS_TWEEDIE, log(4), 0, pow(4, 0.4) / 0.4},
		/* p = 1.6: y^0.4 / 0.24 split into the parts of mu and of y */
		{LOSS_TWEEDIE, log(4), 2,
		 pow(4, 0.4) / 0.4 + 2 * pow(4, -0.6) / 0.6 - pow(2, 0.4) / 0.24},
	};
	unsigned seen = 0;

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		LossKind kind = known[i].kind;
		double value = loss_is_multiclass(kind)
						   ? loss_value_multi(kind, &defaults, classes, 3,
											  (size_t) known[i].target)
						   : loss_value(kind, &defaults, known[i].margin,
										known[i].target);

		if (!close_to(value, known[i].value, 1e-14, 0))
			fail_msg("%s is %.17g, not %.17g", loss_names[kind], value,
					 known[i].value);
		seen |= OF_LOSS(kind);
	}
	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (!(seen & OF_LOSS(kind)))
			fail_msg("no value of %s is known by hand", loss_names[kind]);
}

static void
test_multi(void **state)
{
	const double h = 1e-6;
	uint64_t seed = 1;
	double m[5];
	double gradient[5];

	(void) state;
	for (size_t i = 0; i < multi_count; i++)
		for (int round = 0; round < 200; round++)
		{
			size_t class = round % 5;

			for (int k = 0; k < 5; k++)
				m[k] = 6 * draw(&seed);
			loss_gradient_multi(multi_kinds[i], &defaults, m, 5, class,
								gradient);
			for (int k = 0; k < 5; k++)
			{
				double at = m[k];
				double up;
				double down;

				m[k] = at + h;
				up = loss_value_multi(multi_kinds[i], &defaults, m, 5, class);
				m[k] = at - h;
				down =
					loss_value_multi(multi_kinds[i], &defaults, m, 5, class);
				m[k] = at;
				assert_true(
					close_to((up - down) / (2 * h), gradient[k], 1e-6, 1e-8));
			}
		}
}

/* The largest jump of the derivative where losses may have a kink. */
static double
largest_jump(LossKind kind, double target)
{
	static const double kinks[] = {0, 0.25, 0.8, 1};
	double most = 0;

	for (size_t i = 0; i < 8; i++)
	{
		double m = target + (i % 2 ? kinks[i / 2] : -kinks[i / 2]);
		double jump = loss_derivative(kind, &defaults, m + 1e-9, target) -
					  loss_derivative(kind, &defaults, m - 1e-9, target);

		most = fmax(most, fabs(jump));
	}
	return most;
}

/* Whether a loss is straight where it still falls, and only beyond b. */
static bool
is_flat_beyond(LossKind kind, double b)
{
	for (double r = 0.01; r < 30; r += 0.0173)
		for (int up = -1; up <= 1; up += 2)
			if ((loss_second_derivative(kind, &defaults, up * r,
										target_of(kind, 0)) == 0) != (r > b))
				return false;
	return true;
}

/* What is 0 at mu = y, is never below, and what a log link's rows say. */
static void
check_log_link(LossKind kind)
{
	const LossDescriptor *row = &loss_table[kind];
	double p = loss_variance_power(kind, &defaults);

	assert_true(row->predictors == APPLIES_REGRESSOR);
	assert_int_equal(row->vanishes, p < 2);
	assert_true(row->labels ==
				(p < 2 ? LABELS_NOT_NEGATIVE : LABELS_POSITIVE));
	for (double y = 1e-9; y < 1e9; y *= 7.3)
	{
		double mean = 1.37 * y;
		double error = y - mean;

		assert_true(loss_value(kind, &defaults, log(y), y) <
					1e-24 * pow(y, 2 - p));
		/* near the label it is half of Pearson's */
		assert_true(close_to(
			loss_value(kind, &defaults, log(y * (1 + 1e-7)), y),
			loss_pearson(kind, &defaults, log(y * (1 + 1e-7)), y), 1e-4, 0));
		assert_true(close_to(loss_pearson(kind, &defaults, log(mean), y),
							 0.5 * error * error / pow(mean, p), 1e-12, 0));
		/* what is expected of the second derivative is mu^(2 - p) */
		assert_true(
			close_to(loss_second_derivative(kind, &defaults, log(mean), mean),
					 pow(mean, 2 - p), 1e-12, 0));
	}
}

static void
test_log_links(void **state)
{
	(void) state;
	for (size_t i = 0; i < single_count; i++)
		if (loss_is_log_link(single_kinds[i]))
			check_log_link(single_kinds[i]);
	assert_int_equal(losses_of_link(LINK_LOG), OF_LOSS(LOSS_POISSON) |
												   OF_LOSS(LOSS_GAMMA) |
												   OF_LOSS(LOSS_TWEEDIE));
}

/* Whether a second derivative is the same at every margin. */
static bool
is_quadratic(LossKind kind)
{
	double bend = loss_second_derivative(kind, &defaults, 0, 0);

	for (double m = -30; m < 30; m += 0.173)
		if (loss_second_derivative(kind, &defaults, m, 0) != bend)
			return false;
	return bend > 0;
}

/* Whether exp(-loss) is the probability of each class, whatever the margin. */
static bool
is_probability(LossKind kind)
{
	for (double m = -3; m < 3; m += 0.17)
	{
		const double margins[] = {m, 0.3, 1.1};
		double sum = 0;

		for (size_t class = 0; loss_is_multiclass(kind) && class < 3; class ++)
			sum += exp(-loss_value_multi(kind, &defaults, margins, 3, class));
		for (int class = 0; !loss_is_multiclass(kind) && class < 2; class ++)
			sum += exp(-loss_value(kind, &defaults, m, class));
		if (!close_to(sum, 1, 1e-12, 0))
			return false;
	}
	return true;
}

/* Whether a loss comes as near to 0 as a margin is large, but not to it. */
static bool
has_no_optimum(LossKind kind)
{
	const double margins[] = {60, 0, 0};
	double far = loss_is_multiclass(kind)
					 ? loss_value_multi(kind, &defaults, margins, 3, 0)
					 : loss_value(kind, &defaults, 60, 1);

	return far >= 0 && far < 1e-15 && is_probability(kind);
}

/* What the table says of a loss is what its formulas do. */
static void
check_row(LossKind kind)
{
	const LossParameters units = {1.0, 0.5, 0.8, 0.25, 1.6};
	const LossParameters tens = {1.0, 0.5, 8.0, 2.5, 1.6};
	const LossDescriptor *row = &loss_table[kind];
	double natural = row->natural_margin;
	double bend = loss_second_derivative(kind, &units, natural,
										 row->link == LINK_LOG ? 1 : 0);
	bool smooth = largest_jump(kind, target_of(kind, 0)) < 1e-6 &&
				  largest_jump(kind, 1) < 1e-6;

	/* undecided: as wrong for one class as for the other */
	if (row->predictors & APPLIES_BINARY)
		assert_true(close_to(loss_value(kind, &units, natural, 0),
							 loss_value(kind, &units, natural, 1), 1e-12,
							 1e-12));
	assert_int_equal(smooth, !row->kinked);
	assert_true(row->solvers & USED_BY(OPTIMIZER_LBFGS));
	assert_true(row->solvers & USED_BY(OPTIMIZER_NEWTON));
	assert_int_equal(is_quadratic(kind),
					 (row->solvers & USED_BY(OPTIMIZER_EXACT)) != 0);
	if (smooth)
		assert_true(close_to(bend, row->curvature, 1e-12, 0));
	assert_int_equal(
		row->goes_flat,
		smooth && is_flat_beyond(kind, loss_parameter(kind, &defaults)));
	assert_int_equal(row->link == LINK_LOGIT, is_probability(kind));
	if (row->predictors & APPLIES_REGRESSOR)
	{
		bool log_link = row->link == LINK_LOG;
		double scaled =
			loss_value(kind, &tens, log_link ? 3.1 + log(10) : 31, 10);
		double own = loss_value(kind, &units, 3.1, 1);
		double scale = loss_scale(kind, &units, 10);

		assert_true(close_to(scaled, own * scale, 1e-12, 0));
		assert_true(loss_penalty_unit(kind, &units, 10) ==
					(log_link ? scale : 1));
		assert_true(loss_mean(kind, 3.1) == (log_link ? exp(3.1) : 3.1) ||
					close_to(loss_mean(kind, 3.1), exp(3.1), 1e-15, 0));
	}
	assert_int_equal(row->halved, (is_quadratic(kind) && bend == 1) ||
									  row->link == LINK_LOG);
	assert_true(loss_reported(kind, 3) == (row->halved ? 6 : 3));
	assert_int_equal(row->offset, smooth && row->solvers != 0);
	assert_int_equal(losses_with_offset() >> kind & 1, row->offset);
	if (row->likelihood != LIKELIHOOD_NONE)
		assert_true(row->solvers & USED_BY(OPTIMIZER_NEWTON));
}

static void
test_table(void **state)
{
	(void) state;
	for (size_t i = 0; i < single_count; i++)
		check_row(single_kinds[i]);
	for (size_t i = 0; i < multi_count; i++)
	{
		const LossDescriptor *row = &loss_table[multi_kinds[i]];

		assert_int_equal(row->link == LINK_SOFTMAX,
						 is_probability(multi_kinds[i]));
		/* A second derivative is what conjugate gradients take. */
		assert_int_equal(row->solvers,
						 USED_BY(OPTIMIZER_LBFGS) |
							 (row->kinked ? 0 : USED_BY(OPTIMIZER_NEWTON_CG)));
		assert_int_equal(row->kinked, row->link != LINK_SOFTMAX);
	}
	for (int kind = 0; kind < LOSS_COUNT; kind++)
	{
		assert_non_null(loss_names[kind]);
		assert_true(loss_table[kind].predictors != 0);
		assert_int_equal(loss_is_probable((LossKind) kind),
						 is_probability((LossKind) kind));
		assert_int_equal(loss_table[kind].separates,
						 has_no_optimum((LossKind) kind));
	}
	assert_null(loss_names[LOSS_COUNT]);
	for (int type = PREDICTOR_BINARY; type <= PREDICTOR_REGRESSOR; type++)
		assert_true(
			loss_table[loss_automatic((PredictorType) type)].predictors &
			(1u << type));
}

/* Sets of losses, and how they are told. */
static void
test_lists(void **state)
{
	char list[512];

	(void) state;
	losses_list(0, "", " and ", list, sizeof(list));
	assert_string_equal(list, "");
	losses_list(OF_LOSS(LOSS_HUBER), "\"", " and ", list, sizeof(list));
	assert_string_equal(list, "\"huber_loss\"");
	losses_list(OF_LOSS(LOSS_LOGISTIC) | OF_LOSS(LOSS_SQUARED) |
					OF_LOSS(LOSS_HUBER),
				"", " or ", list, sizeof(list));
	assert_string_equal(list, "logistic, squared_loss or huber_loss");
	for (int kind = 0; kind < LOSS_COUNT; kind++)
	{
		const LossDescriptor *row = &loss_table[kind];

		for (int type = PREDICTOR_BINARY; type <= PREDICTOR_REGRESSOR; type++)
			assert_int_equal(
				losses_of_predictor((PredictorType) type) >> kind & 1,
				row->predictors >> type & 1);
		for (int o = 0; o < OPTIMIZER_COUNT; o++)
			assert_int_equal(losses_solved_by((OptimizerKind) o) >> kind & 1,
							 row->solvers >> o & 1);
		assert_int_equal(losses_of_likelihood() >> kind & 1,
						 row->likelihood != LIKELIHOOD_NONE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_central_differences),
		cmocka_unit_test(test_extreme_margins),
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_multi),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_log_links),
		cmocka_unit_test(test_lists),
	};

	sort_kinds();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
