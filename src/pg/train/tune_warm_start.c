/*
 * tune_warm_start.c
 *		What earlier tunings found, out of jsonb, and whether it fits this one.
 */
#include "pg/train/tune_options.h"

#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/train/tune_values.h"

#define ALLOWED "what linlearn_warm_start(model) returns"

/* Reads one trial of an earlier tuning. */
static void
read_prior(JsonbValue *value, PriorTrial *prior)
{
	JsonbValue *objective, *settings, part;
	JsonbIterator *iterator;
	JsonbIteratorToken token;

	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		tune_refuse("warm_start", ALLOWED);
	objective = tune_member(value->val.binary.data, "objective");
	settings = tune_member(value->val.binary.data, "hyperparameters");
	if (objective == NULL || objective->type != jbvNumeric ||
		settings == NULL || settings->type != jbvBinary ||
		!JsonContainerIsObject(settings->val.binary.data))
		tune_refuse("warm_start", ALLOWED);
	prior->objective = tune_number("objective", objective);
	hyperparameters_init(&prior->settings);
	iterator = JsonbIteratorInit(settings->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		Hyperparameter row;

		if (token != WJB_KEY)
			continue;
		row = options_row(pnstrdup(part.val.string.val, part.val.string.len));
		(void) JsonbIteratorNext(&iterator, &part, true);
		options_set(&prior->settings, row, &part);
	}
}

/* Reads the trials of one earlier model. */
static void
read_warm_start_model(TuneOptions *options, JsonbContainer *object)
{
	JsonbValue *type = tune_member(object, "type");
	JsonbValue *objective = tune_member(object, "objective");
	JsonbValue *fingerprint = tune_member(object, "fingerprint");
	JsonbValue *trials = tune_member(object, "trials");
	TuneRequest *request = &options->request;
	WarmStart *warm;
	JsonbIterator *iterator;
	JsonbValue part;
	JsonbIteratorToken token;
	uint32 count;

	if (options->warm_start_count == WARM_START_MODELS)
		ereport(ERROR, (INVALID, errmsg("warm_start takes at most %d models",
										WARM_START_MODELS)));
	if (type == NULL || objective == NULL || fingerprint == NULL ||
		trials == NULL || trials->type != jbvBinary ||
		!JsonContainerIsArray(trials->val.binary.data))
		tune_refuse("warm_start", ALLOWED);
	warm = &options->warm_starts[options->warm_start_count++];
	warm->type =
		(WarmStartType) tune_choice("warm_start", type, warm_start_names);
	warm->objective = tune_text("warm_start", objective);
	warm->fingerprint = tune_text("warm_start", fingerprint);
	count = JsonContainerSize(trials->val.binary.data);
	request->priors =
		request->priors == NULL
			? palloc0(Max(count, 1) * sizeof(PriorTrial))
			: repalloc(request->priors, (request->prior_count + count + 1) *
											sizeof(PriorTrial));
	iterator = JsonbIteratorInit(trials->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		PriorTrial *prior = &request->priors[request->prior_count];

		if (token != WJB_ELEM)
			continue;
		prior->type = warm->type;
		read_prior(&part, prior);
		request->prior_count++;
	}
}

void
tune_read_warm_start(TuneOptions *options, const char *key, JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue part;
	JsonbIteratorToken token;

	if (value->type != jbvBinary)
		tune_refuse(key, ALLOWED ", or an array of these");
	if (JsonContainerIsObject(value->val.binary.data))
	{
		read_warm_start_model(options, value->val.binary.data);
		return;
	}
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (part.type != jbvBinary ||
			!JsonContainerIsObject(part.val.binary.data))
			tune_refuse(key, ALLOWED ", or an array of these");
		read_warm_start_model(options, part.val.binary.data);
	}
}

char *
rows_fingerprint(uint64 train, uint64 validation)
{
	return psprintf("%016llx", (unsigned long long) (train + 3 * validation));
}

void
tune_options_check_warm_starts(const TuneOptions *options,
							   const Problem *problem)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	char *fingerprint =
		rows_fingerprint(problem->rows[CHANNEL_TRAIN]->fingerprint,
						 validation != NULL ? validation->fingerprint : 0);

	for (int i = 0; i < options->warm_start_count; i++)
	{
		const WarmStart *warm = &options->warm_starts[i];

		if (strcmp(warm->objective, options->request.objective) != 0)
			ereport(ERROR, (INVALID,
							errmsg("warm_start has another objective, \"%s\"",
								   warm->objective),
							errdetail("The tuning's objective is \"%s\".",
									  options->request.objective)));
		if (warm->type == WARM_START_IDENTICAL &&
			strcmp(warm->fingerprint, fingerprint) != 0)
			ereport(ERROR,
					(INVALID,
					 errmsg("warm_start comes from a tuning over other rows"),
					 errhint("Use linlearn_warm_start(model, "
							 "'TransferLearning').")));
	}
}
