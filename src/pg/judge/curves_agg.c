/*
 * curves_agg.c
 *		What needs the scores in order: linlearn_roc_auc, linlearn_pr_auc,
 *		linlearn_roc_curve, linlearn_pr_curve, linlearn_lift.
 *
 * All have one transition function, so that a query that asks for several of
 * them over the same columns sorts once.
 */
#include "pg/base/version.h"

#include <math.h>

#include "pg/base/point_array.h"
#include "pg/base/state_bytes.h"
#include "pg/judge/binary_row.h"
#include "pg/judge/curve_state.h"

#define DEFAULT_LIFT_BINS 10
#define MAX_LIFT_BINS 10000
#define MIN_CURVE_POINTS 3

CurveState *
curve_state_create(FunctionCallInfo fcinfo, MemoryContext context, Oid type,
				   bool weighted)
{
	CurveState *state = MemoryContextAllocZero(context, sizeof(CurveState));

	state->magic = CURVE_MAGIC;
	state->type = type;
	state->weighted = weighted;
	score_runs_init(&state->runs, fcinfo, context, weighted);
	return state;
}

/* The state, made by the first row of a group. */
static CurveState *
curve_state(FunctionCallInfo fcinfo)
{
	CurveState *state = aggregate_state(fcinfo, 0, CURVE_MAGIC);
	BinaryKind kind;

	if (state != NULL)
	{
		check_number(fcinfo, state->weighted, state->has_number,
					 state->number);
		return state;
	}
	kind = binary_kind(fcinfo);
	state = curve_state_create(fcinfo, aggregate_context(fcinfo), kind.type,
							   kind.weighted);
	state->has_number = kind.has_number;
	state->number = kind.number;
	return state;
}

void
curve_state_add(CurveState *state, int class, double score, double weight)
{
	score_runs_add(&state->runs, class, score, weight);
	state->totals[class] += weight;
}

PG_FUNCTION_INFO_V1(linlearn_curve_accum);
Datum
linlearn_curve_accum(PG_FUNCTION_ARGS)
{
	CurveState *state = curve_state(fcinfo);
	BinaryRow row;

	if (!binary_row(fcinfo, state->type, state->weighted, &row))
		PG_RETURN_POINTER(state);
	curve_state_add(state, row.class, row.score, row.weight);
	PG_RETURN_POINTER(state);
}

CurveState *
curve_state_merge(FunctionCallInfo fcinfo, CurveState *into, CurveState *from)
{
	static const int same[2] = {0, 1};

	if (into == NULL)
	{
		into = curve_state_create(fcinfo, aggregate_context(fcinfo),
								  from->type, from->weighted);
		into->has_number = from->has_number;
		into->number = from->number;
	}
	if (into->has_number != from->has_number || into->number != from->number)
		argument_differs("the number of points or bins");
	into->totals[0] += from->totals[0];
	into->totals[1] += from->totals[1];
	score_runs_read(&into->runs, &from->runs_left, same);
	return into;
}

PG_FUNCTION_INFO_V1(linlearn_curve_combine);
Datum
linlearn_curve_combine(PG_FUNCTION_ARGS)
{
	CurveState *into = aggregate_state(fcinfo, 0, CURVE_MAGIC);
	CurveState *from = aggregate_state(fcinfo, 1, CURVE_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	PG_RETURN_POINTER(curve_state_merge(fcinfo, into, from));
}

bytea *
curve_state_write(CurveState *state)
{
	StringInfoData out;

	state_write_start(&out, CURVE_MAGIC);
	state_write_uint64(&out, state->type);
	state_write_uint64(&out, state->weighted);
	state_write_uint64(&out, state->has_number);
	state_write_uint64(&out, (uint32) state->number);
	state_write_double(&out, state->totals[0]);
	state_write_double(&out, state->totals[1]);
	score_runs_write(&state->runs, &out);
	return state_write_finish(&out);
}

PG_FUNCTION_INFO_V1(linlearn_curve_serial);
Datum
linlearn_curve_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(
		curve_state_write(aggregate_state_given(fcinfo, CURVE_MAGIC)));
}

/* The scores stay in the bytes until combine reads them. */
CurveState *
curve_state_read(bytea *bytes, bool public)
{
	CurveState *state;
	StateReader reader;

	state_read_start(&reader, bytes, CURVE_MAGIC);
	state = palloc0(sizeof(CurveState));
	state->magic = CURVE_MAGIC;
	state->type = (Oid) state_read_uint64(&reader);
	state->weighted = state_read_uint64(&reader) != 0;
	state->has_number = state_read_uint64(&reader) != 0;
	state->number = (int) state_read_uint64(&reader);
	state->totals[0] = state_read_double(&reader);
	state->totals[1] = state_read_double(&reader);
	state->runs_left = reader;
	if (public && (!type_is_number(state->type) || state->has_number ||
				   !WEIGHT_IS_VALID(state->totals[0]) ||
				   !WEIGHT_IS_VALID(state->totals[1])))
		state_damaged();
	return state;
}

PG_FUNCTION_INFO_V1(linlearn_curve_deserial);
Datum
linlearn_curve_deserial(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	PG_RETURN_POINTER(curve_state_read(PG_GETARG_BYTEA_P(0), false));
}

/* The state of a final call; NULL for no rows. */
static CurveState *
final_state(CurveState *state)
{
	return state != NULL && state->totals[0] + state->totals[1] > 0 ? state
																	: NULL;
}

/* Sum up all groups. */
static RankingSums
rank_all(CurveState *state)
{
	RankingSums sums = {0};
	ScoreCursor *cursor = score_cursor_open(&state->runs);
	ScoreGroup group;

	while (score_cursor_next(cursor, &group))
		ranking_add(&sums, group.weights[1], group.weights[0]);
	score_cursor_close(cursor);
	return sums;
}

/* Return a number, NULL for NaN. */
#define RETURN_NUMBER(value)                                                  \
	do                                                                        \
	{                                                                         \
		double number_ = (value);                                             \
		if (isnan(number_))                                                   \
			PG_RETURN_NULL();                                                 \
		PG_RETURN_FLOAT8(number_);                                            \
	} while (0)

Datum
curve_roc_auc(FunctionCallInfo fcinfo, CurveState *given)
{
	CurveState *state = final_state(given);
	RankingSums sums;

	if (state == NULL)
		PG_RETURN_NULL();
	sums = rank_all(state);
	RETURN_NUMBER(ranking_roc_auc(&sums));
}

Datum
curve_pr_auc(FunctionCallInfo fcinfo, CurveState *given)
{
	CurveState *state = final_state(given);
	RankingSums sums;

	if (state == NULL)
		PG_RETURN_NULL();
	sums = rank_all(state);
	RETURN_NUMBER(ranking_average_precision(&sums));
}

/* The smallest step along a curve that is worth a point; 0: all are. */
static double
curve_step(const CurveState *state)
{
	if (!state->has_number)
		return 0;
	if (state->number < MIN_CURVE_POINTS || state->number > MAX_ARRAY_POINTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of points must be between %d and %d, not %d",
						MIN_CURVE_POINTS, MAX_ARRAY_POINTS, state->number)));
	/* Both rates go from 0 to 1; the two ends are points of their own. */
	return 2.0 / (state->number - 2);
}

/* The walk down the scores that both curves share. */
typedef struct CurveWalk
{
	const CurveState *state;
	PointArray points;
	bool precision; /* a precision-recall curve */
	double step;
	double emitted; /* rates' sum at the last point */
} CurveWalk;

/* Add the point after all rows down to this score. */
static void
walk_emit(CurveWalk *walk, double threshold, const double seen[2])
{
	double true_rate = seen[1] / walk->state->totals[1];
	double false_rate = seen[0] / walk->state->totals[0];
	double fields[3] = {threshold, false_rate, true_rate};

	if (walk->precision)
	{
		fields[1] = seen[0] + seen[1] > 0 ? seen[1] / (seen[0] + seen[1]) : 1;
		fields[2] = true_rate;
	}
	point_array_add(&walk->points, fields);
}

/* Whether the rates moved far enough since the last point. */
static bool
walk_far_enough(CurveWalk *walk, const double seen[2])
{
	double at = 0;

	for (int class = 0; class < 2; class ++)
	{
		if (walk->state->totals[class] > 0)
			at += seen[class] / walk->state->totals[class];
	}
	/* A hair less than a step is a step: sums of rates round. */
	if (at - walk->emitted < walk->step * (1 - 1e-9))
		return false;
	walk->emitted = at;
	return true;
}

/*
 * Walk all groups and add the curve's points.  A ROC curve leaves out points
 * between two equal steps, which lie on the line between their neighbours
 * (scikit-learn's drop_intermediate); the first and last point always stay.
 */
static Datum
walk_curve(FunctionCallInfo fcinfo, CurveState *state, bool precision)
{
	CurveWalk walk = {.state = state, .precision = precision};
	ScoreCursor *cursor;
	ScoreGroup group;
	ScoreGroup next;
	double seen[2] = {0, 0};
	bool more;

	walk.step = curve_step(state);
	point_array_open(&walk.points, fcinfo);
	cursor = score_cursor_open(&state->runs);
	walk_emit(&walk, INFINITY, seen);
	more = score_cursor_next(cursor, &group);
	for (bool first = true; more; first = false, group = next)
	{
		bool straight;

		seen[0] += group.weights[0];
		seen[1] += group.weights[1];
		more = score_cursor_next(cursor, &next);
		straight = more && !first && !precision &&
				   next.weights[0] == group.weights[0] &&
				   next.weights[1] == group.weights[1];
		if (!more || (!straight && walk_far_enough(&walk, seen)))
			walk_emit(&walk, group.score, seen);
	}
	score_cursor_close(cursor);
	return point_array_close(&walk.points);
}

Datum
curve_roc_curve(FunctionCallInfo fcinfo, CurveState *given)
{
	CurveState *state = final_state(given);

	if (state == NULL || !(state->totals[0] > 0 && state->totals[1] > 0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(walk_curve(fcinfo, state, false));
}

Datum
curve_pr_curve(FunctionCallInfo fcinfo, CurveState *given)
{
	CurveState *state = final_state(given);

	if (state == NULL || !(state->totals[1] > 0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(walk_curve(fcinfo, state, true));
}

/* One bin of a lift table. */
typedef struct LiftBin
{
	double weights[2];
	double max_score;
	double min_score;
} LiftBin;

/*
 * Share the groups out over bins of equal weight, best scores first.  A group
 * over a border gives each side its part, positives in proportion, so that
 * the table does not depend on the order of tied rows.
 */
static void
fill_lift_bins(CurveState *state, LiftBin *bins, int count)
{
	ScoreCursor *cursor = score_cursor_open(&state->runs);
	double width = (state->totals[0] + state->totals[1]) / count;
	double room = width;
	ScoreGroup group;
	int bin = 0;

	while (score_cursor_next(cursor, &group))
	{
		double whole = group.weights[0] + group.weights[1];
		double left = whole;

		while (left > 0)
		{
			double part = bin == count - 1 ? left : Min(left, room);
			LiftBin *into = &bins[bin];

			if (!(into->weights[0] + into->weights[1] > 0))
				into->max_score = group.score;
			into->min_score = group.score;
			into->weights[0] += group.weights[0] * (part / whole);
			into->weights[1] += group.weights[1] * (part / whole);
			left -= part;
			room -= part;
			/* Borders lie on whole rows mostly: forgive rounding. */
			if (bin < count - 1 && room <= width * 1e-12)
			{
				bin++;
				room = width;
			}
		}
	}
	score_cursor_close(cursor);
}

Datum
curve_lift(FunctionCallInfo fcinfo, CurveState *given)
{
	CurveState *state = final_state(given);
	double total;
	double base;
	double seen[2] = {0, 0};
	PointArray points;
	LiftBin *bins;
	int count;

	if (state == NULL)
		PG_RETURN_NULL();
	count = state->has_number ? state->number : DEFAULT_LIFT_BINS;
	if (count < 1 || count > MAX_LIFT_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of bins must be between 1 and %d, not %d",
						MAX_LIFT_BINS, count)));
	bins = palloc0(count * sizeof(LiftBin));
	fill_lift_bins(state, bins, count);
	total = state->totals[0] + state->totals[1];
	base = state->totals[1] / total;
	point_array_open(&points, fcinfo);
	for (int i = 0; i < count; i++)
	{
		double rows = bins[i].weights[0] + bins[i].weights[1];
		double rate = bins[i].weights[1] / rows;
		double so_far;
		double fields[10];

		seen[0] += bins[i].weights[0];
		seen[1] += bins[i].weights[1];
		so_far = seen[0] + seen[1];
		fields[0] = i + 1;
		fields[1] = rows;
		fields[2] = bins[i].weights[1];
		fields[3] = rows > 0 ? bins[i].min_score : NAN;
		fields[4] = rows > 0 ? bins[i].max_score : NAN;
		fields[5] = rate;
		fields[6] = base > 0 ? rate / base : NAN;
		fields[7] = so_far / total;
		fields[8] = seen[1] / state->totals[1];
		fields[9] = base > 0 ? seen[1] / so_far / base : NAN;
		point_array_add(&points, fields);
	}
	PG_RETURN_DATUM(point_array_close(&points));
}

/* A final function of the aggregates whose states are of type internal. */
#define CURVE_FINAL(name, function)                                           \
	PG_FUNCTION_INFO_V1(name);                                                \
	Datum name(PG_FUNCTION_ARGS)                                              \
	{                                                                         \
		return function(fcinfo, aggregate_state(fcinfo, 0, CURVE_MAGIC));     \
	}

CURVE_FINAL(linlearn_roc_auc_final, curve_roc_auc)
CURVE_FINAL(linlearn_pr_auc_final, curve_pr_auc)
CURVE_FINAL(linlearn_roc_curve_final, curve_roc_curve)
CURVE_FINAL(linlearn_pr_curve_final, curve_pr_curve)
CURVE_FINAL(linlearn_lift_final, curve_lift)
