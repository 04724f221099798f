/*
 * metrics_state.h
 *		The state of linlearn_metrics: its options, counts and scores.
 */
#ifndef LINLEARN_PG_JUDGE_METRICS_STATE_H
#define LINLEARN_PG_JUDGE_METRICS_STATE_H

#include "pg/base/version.h"

#include "core/judge/deviance.h"
#include "core/judge/metrics.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/state_bytes.h"
#include "pg/judge/confusion.h"
#include "pg/judge/score_runs.h"
#include "utils/jsonb.h"

/* What a state of linlearn_metrics begins with. */
#define METRICS_MAGIC 0x31544D4C /* "LMT1" */

/* Bins of the calibration error. */
#define METRICS_BINS 10

typedef enum RowKind
{
	KIND_AUTO,
	KIND_BINARY,
	KIND_MULTICLASS,
	KIND_REGRESSOR
} RowKind;

/* The names of the kinds, as option predictor_type has them. */
extern const char *const row_kind_names[];

/* Option f_beta is below this. */
#define MOST_BETA 1e6

typedef struct MetricsOptions
{
	RowKind kind;
	double f_beta;
	double quantile;
	bool confusion; /* show the matrix too */
	bool deviance;	/* show that of a loss, too */
	LossKind loss;
	double tweedie_power;
	char *positive; /* label that counts as positive, or NULL */
} MetricsOptions;

/* What the scores of one label's rows sum to. */
typedef struct ScoreStream
{
	int64 label;
	LogSum hit;	 /* log(score) */
	LogSum miss; /* log(1 - score) */
	double weight;
	double sum;
	double squares;
	CalibrationBin bins[METRICS_BINS];
} ScoreStream;

typedef struct MetricsState
{
	uint32 magic;
	MetricsOptions options;
	struct varlena *given; /* they, as the first row has them; or NULL */
	bool regressor;
	bool weighted;
	Oid types[2];
	int64 null_rows; /* left out: a NULL label, value or weight */
	RegressionSums sums;
	DevianceSums deviance; /* with option deviance */
	ConfusionCounts confusion;
	int64 score_rows;
	bool scores_outside; /* some are not in [0, 1] */
	int stream_count;	 /* 3: more than two labels, nothing kept */
	ScoreStream streams[2];
	CalibrationBin confidence[METRICS_BINS]; /* positives: rightly predicted */
	ScoreRuns runs;
	StateReader runs_left; /* deserialised: the scores, not yet read */
} MetricsState;

/* An empty state for labels, or values, of these types. */
extern MetricsState *metrics_state_create(FunctionCallInfo fcinfo,
										  MemoryContext context, Oid actual,
										  Oid predicted, Oid collation,
										  const MetricsOptions *options,
										  bool weighted);

/* Adds a row; score NULL: it has none. */
extern void metrics_state_add(MetricsState *state, Datum actual,
							  Datum predicted, const double *score,
							  double weight);

/*
 * A state as bytes, one out of such bytes, which stay in place, and its rows added
 * to another, NULL: to one that is made for them.  public: anybody's bytes, of
 * what linlearn_pair packs.
 */
extern bytea *metrics_state_write(MetricsState *state);
extern MetricsState *metrics_state_read(bytea *bytes, bool public);
extern MetricsState *metrics_state_merge(FunctionCallInfo fcinfo,
										 MetricsState *into,
										 MetricsState *from);

/* What a final function returns of a state, NULL of none. */
extern Datum metrics_state_final(FunctionCallInfo fcinfo, MetricsState *state);

/*
 * Reads options, NULL for none, in the current (the aggregate's) memory
 * context; errors name the option and what is allowed.
 */
extern void metrics_options_parse(MetricsOptions *options, Jsonb *source);

extern bool metrics_options_same(const MetricsOptions *a,
								 const MetricsOptions *b);

/* The loss with a deviance that a text names; LOSS_COUNT: none. */
extern LossKind metrics_deviance_loss(const char *name, Size size);

/* Options as a worker's state carries them. */
extern void metrics_options_write(const MetricsOptions *options,
								  StringInfo out);
extern void metrics_options_read(MetricsOptions *options, StateReader *reader);

/* Adds the METRICS_BINS bins of one array to another's. */
extern void metrics_merge_bins(CalibrationBin *into,
							   const CalibrationBin *from);

#endif
