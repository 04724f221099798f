/*
 * tune_options.h
 *		Tuning requests out of jsonb, and back.
 */
#ifndef LINLEARN_PG_TRAIN_TUNE_OPTIONS_H
#define LINLEARN_PG_TRAIN_TUNE_OPTIONS_H

#include "pg/base/version.h"

#include "core/tune/tune.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* Earlier tuned models that one tuning may start from, as SageMaker has it. */
#define WARM_START_MODELS 5

/* What a warm start must agree with; checked once the rows are there. */
typedef struct WarmStart
{
	WarmStartType type;
	char *objective;
	char *fingerprint;
} WarmStart;

typedef struct TuneOptions
{
	TuneRequest request;
	WarmStart warm_starts[WARM_START_MODELS];
	int warm_start_count;
	bool min_resource_given;
} TuneOptions;

/* Reads a tuning request; every error names the key. */
extern void tune_options_read(Jsonb *tuning, TuneOptions *options);

/* Its fixed part only, as train_state_add() wants it. */
extern void tune_options_read_fixed(Jsonb *tuning, Hyperparameters *settings);

/* Readers of two keys of it. */
extern void tune_read_ranges(TuneOptions *options, const char *key,
							 JsonbValue *value);
extern void tune_read_warm_start(TuneOptions *options, const char *key,
								 JsonbValue *value);

/* Checks earlier models' objective and rows against this tuning. */
extern void tune_options_check_warm_starts(const TuneOptions *options,
										   const Problem *problem);

/* Writes what a model keeps of a request, as JSON of fewer than size bytes. */
extern void tune_options_format(const TuneRequest *request, char *buffer,
								size_t size);

/* The fingerprint of the rows that trials were trained and judged on. */
extern char *rows_fingerprint(uint64 train, uint64 validation);

#endif
