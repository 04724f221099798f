/*
 * train_state.h
 *		The state of the training aggregates: packed rows of each channel.
 *
 * linlearn_train and linlearn_tune gather rows alike and differ in what their
 * final functions do with them.
 */
#ifndef LINLEARN_PG_TRAIN_TRAIN_STATE_H
#define LINLEARN_PG_TRAIN_TRAIN_STATE_H

#include "pg/base/version.h"

#include "core/train/trainer.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/state_bytes.h"
#include "pg/train/init_model.h"
#include "pg/train/spill.h"
#include "pg/values/features.h"
#include "pg/values/label_reader.h"
#include "utils/jsonb.h"

/* What a training's state begins with. */
#define TRAIN_MAGIC 0x324E5254 /* "TRN2" */

/* What is known of a table's columns (table_state.h). */
typedef struct TableState TableState;

typedef struct TrainState
{
	uint32 magic;		   /* TRAIN_MAGIC */
	MemoryContext context; /* of all that follows */
	Jsonb *options;		   /* as given; NULL: none */
	text *options_text;	   /* that they were, of aggregates of text and json */
	bool options_fixed;	   /* the same for all rows by themselves */
	OnInvalid on_invalid;
	uint32 feature_dim; /* as given, or of the first row; 0: none yet */
	bool width_given;	/* by option feature_dim */
	bool reader_ready;	/* features and labels below are set */
	FeatureReader features;
	TableState *table; /* of rows of a table; NULL: features are arrays */
	LabelReader labels;
	LabelReader groups; /* that folds keep together, by code ... */
	Size group_bytes;	/* ... and about what they take; 0: none yet */
	RowFormat format;
	bool rows_ready;
	Rows rows[CHANNEL_COUNT];
	bool spilled; /* rows exceeded linlearn.train_mem: */
	SpillFile files[CHANNEL_COUNT];
	bool gram_sums_do;	/* rows may be summed (rows_sum_up) ... */
	Size sum_bytes;		/* ... a channel's from so many bytes of records
								 * on; 0: never */
	StateReader unread; /* of a worker: its rows, not taken over yet */
	uint64 row_number;	/* rows seen, for error messages */
	uint64 skipped;
	uint64 unlabelled;
	uint64 weightless; /* rows of weight 0: they are none */
	InitModel init_model;
	double *class_labels; /* once prepared: dictionary, ascending */
	uint32 class_count;
	uint32 *bounded; /* features that option nonnegative names, ascending */
	uint32 bounded_count;
	double *class_weights; /* by option, [class_count]; NULL: none */
	bool finished;		   /* trained, for a final function rescanned: */
	bytea *model;		   /* NULL: the rows taught nothing */
} TrainState;

/*
 * Reads the hyperparameters that options hold: for linlearn_train the object
 * itself, for linlearn_tune its fixed part.
 */
typedef void (*OptionsReader)(Jsonb *options, Hyperparameters *settings);

/* What options are declared as. */
typedef enum OptionsType
{
	OPTIONS_JSONB,
	OPTIONS_TEXT /* or json */
} OptionsType;

/*
 * One transition: arguments are (state, features, label, options, channel,
 * weight, init_model), the last three optional.  gram_sums_do: the final function
 * takes sums for rows where the settings need no more.
 */
extern TrainState *train_state_add(FunctionCallInfo fcinfo,
								   OptionsReader read_options,
								   bool gram_sums_do, OptionsType type);

/* The channel that an argument names; NULL, and none, is train. */
extern Channel train_channel(FunctionCallInfo fcinfo, int argument);

/* A weight above 0, as rows keep it; else an error, of a row's number or, 0, none. */
extern float train_weight(bool null, double weight, uint64 row);
extern bool train_weight_fits(float weight);

/*
 * Trains on a state's rows and returns the model: a final function, or, of a state
 * that is no aggregate's, what works like one.
 */
extern Datum train_state_finish(FunctionCallInfo fcinfo, TrainState *state,
								OptionsReader read_options);

/*
 * A state as bytes, one out of such bytes, which stay in place, and its rows added
 * to another, which NULL is made in a context.  sums: anybody's bytes, of sums of
 * dense rows with numbers as labels.
 */
extern bytea *train_state_write(TrainState *state);
extern TrainState *train_state_read(bytea *bytes, bool sums);
extern TrainState *train_state_merge(FunctionCallInfo fcinfo,
									 MemoryContext context, TrainState *into,
									 TrainState *from);

/* An empty state in a context of its own below another. */
extern TrainState *train_state_create(MemoryContext parent);

/*
 * Whether a row is as wide as the others; makes the stores at the first.  A row
 * that is not is an error or, by option, skipped.
 */
extern bool train_state_check_width(TrainState *state, uint32 dimension);

/*
 * The bytes of a channel's records from which on its rows are summed, where sums are
 * all that is wanted of them; 0: never.
 */
extern Size train_sum_bytes(RowFormat format, uint32 dimension);

/*
 * Keeps the rows in memory within linlearn.train_mem: sums them up, or moves them
 * to temporary files.  Whether it comes to that does not depend on their order.
 */
extern void train_state_bound(TrainState *state, FunctionCallInfo fcinfo);

/*
 * Seals the rows, makes the dictionary, or takes init_model's unless that is
 * NULL, and prepares a problem; settings become those of state->options.
 * Everything is allocated in the current context; the pool ends with it.  False
 * when the rows teach nothing (there are none, or of one class) and option
 * on_invalid is skip; else that is an error.
 */
extern bool train_state_prepare(TrainState *state, FunctionCallInfo fcinfo,
								OptionsReader read_options,
								const Model *init_model,
								Hyperparameters *settings, Problem *problem);

/*
 * Gathers the rows of a prepared problem where memory allows it: before whatever
 * remembers rows by their numbers.
 */
extern void train_state_gather(TrainState *state, Problem *problem);

/* Fills a model's dictionary and row counts. */
extern void train_state_label_model(const TrainState *state,
									const Problem *problem, Model *model);

/*
 * Shows how far the training is.  The compute threads wait meanwhile, so what
 * else the server asks of this backend (barriers, memory logs) is served here.
 * A wish to stop is left pending for after the core has unwound.
 */
extern Status train_show_progress(void *host, const TrainingProgress *progress,
								  Failure *failure);

/* Encodes a model as a bytea of the current context. */
extern bytea *train_state_encode(const Model *model);

/*
 * A final function may be called again, when a hashed aggregate is rescanned,
 * but training sorts and relabels the state's rows: what it returned (NULL is
 * allowed) is kept instead, and returned by train_state_return.
 */
extern void train_state_keep(TrainState *state, const bytea *model);
extern Datum train_state_return(FunctionCallInfo fcinfo,
								const TrainState *state);

#endif
