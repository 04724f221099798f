/*
 * metrics_options.c
 *		The options of linlearn_metrics.
 */
#include "pg/judge/metrics_state.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

const char *const row_kind_names[] = {"auto", "binary_classifier",
									  "multiclass_classifier", "regressor"};

static void
bad_option(const char *key, const char *allowed)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("option \"%s\" must be %s", key, allowed)));
}

/* A number option in an open interval. */
static double
option_number(const char *key, const JsonbValue *value, double low,
			  double high, const char *allowed)
{
	double number;

	if (value->type != jbvNumeric)
		bad_option(key, allowed);
	number = DatumGetFloat8(DirectFunctionCall1(
		numeric_float8, NumericGetDatum(value->val.numeric)));
	if (!(number > low && number < high))
		bad_option(key, allowed);
	return number;
}

/* The kind that a string names. */
static RowKind
option_kind(const char *key, const JsonbValue *value)
{
	if (value->type == jbvString)
	{
		for (int kind = KIND_AUTO; kind <= KIND_REGRESSOR; kind++)
		{
			if (strlen(row_kind_names[kind]) == value->val.string.len &&
				memcmp(row_kind_names[kind], value->val.string.val,
					   value->val.string.len) == 0)
				return kind;
		}
	}
	bad_option(key, "auto, binary_classifier, multiclass_classifier or "
					"regressor");
	return KIND_AUTO;
}

LossKind
metrics_deviance_loss(const char *name, Size size)
{
	int kind = 0;

	while (kind < LOSS_COUNT && !(loss_is_log_link((LossKind) kind) &&
								  strlen(loss_names[kind]) == size &&
								  memcmp(loss_names[kind], name, size) == 0))
		kind++;
	return (LossKind) kind;
}

/* Read option deviance. */
static void
read_deviance(MetricsOptions *options, const char *key,
			  const JsonbValue *value)
{
	options->loss = LOSS_COUNT;
	if (value->type == jbvString)
		options->loss = metrics_deviance_loss(value->val.string.val,
											  value->val.string.len);
	if (options->loss == LOSS_COUNT)
		bad_option(key, "poisson, gamma or tweedie");
	options->deviance = true;
}

/* Read one option. */
static void
read_option(MetricsOptions *options, const char *key, const JsonbValue *value)
{
	if (strcmp(key, "predictor_type") == 0)
		options->kind = option_kind(key, value);
	else if (strcmp(key, "f_beta") == 0)
		options->f_beta = option_number(key, value, 0, MOST_BETA,
										"a number above 0 and below 1e6");
	else if (strcmp(key, "quantile") == 0)
		options->quantile =
			option_number(key, value, 0, 1, "a number above 0 and below 1");
	else if (strcmp(key, "confusion") == 0)
	{
		if (value->type != jbvBool)
			bad_option(key, "true or false");
		options->confusion = value->val.boolean;
	}
	else if (strcmp(key, "deviance") == 0)
		read_deviance(options, key, value);
	else if (strcmp(key, "tweedie_power") == 0)
		options->tweedie_power =
			option_number(key, value, 1, 2, "a number above 1 and below 2");
	else if (strcmp(key, "positive") == 0)
	{
		if (value->type != jbvString)
			bad_option(key, "a label as a string");
		options->positive =
			pnstrdup(value->val.string.val, value->val.string.len);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown option \"%s\"", key),
				 errhint("The options are predictor_type, positive, f_beta, "
						 "quantile, deviance, tweedie_power and confusion.")));
}

void
metrics_options_parse(MetricsOptions *options, Jsonb *source)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	options->f_beta = 1;
	options->quantile = 0.5;
	options->tweedie_power = 1.5;
	if (source == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(source))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options must be a JSON object")));
	iterator = JsonbIteratorInit(&source->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		JsonbIteratorNext(&iterator, &value, true);
		read_option(options, key, &value);
	}
}

bool
metrics_options_same(const MetricsOptions *a, const MetricsOptions *b)
{
	return a->kind == b->kind && a->f_beta == b->f_beta &&
		   a->quantile == b->quantile && a->confusion == b->confusion &&
		   a->deviance == b->deviance && a->loss == b->loss &&
		   a->tweedie_power == b->tweedie_power &&
		   (a->positive == NULL || b->positive == NULL
				? a->positive == b->positive
				: strcmp(a->positive, b->positive) == 0);
}

void
metrics_options_write(const MetricsOptions *options, StringInfo out)
{
	Size size = options->positive != NULL ? strlen(options->positive) + 1 : 0;

	state_write_uint64(out, options->kind);
	state_write_double(out, options->f_beta);
	state_write_double(out, options->quantile);
	state_write_uint64(out, options->confusion);
	state_write_uint64(out, options->deviance);
	state_write_uint64(out, options->loss);
	state_write_double(out, options->tweedie_power);
	state_write_uint64(out, size);
	state_write_bytes(out, options->positive, size);
}

void
metrics_options_read(MetricsOptions *options, StateReader *reader)
{
	Size size;

	options->kind = (RowKind) state_read_uint64(reader);
	options->f_beta = state_read_double(reader);
	options->quantile = state_read_double(reader);
	options->confusion = state_read_uint64(reader) != 0;
	options->deviance = state_read_uint64(reader) != 0;
	options->loss = (LossKind) state_read_choice(reader, LOSS_COUNT - 1);
	options->tweedie_power = state_read_double(reader);
	size = state_read_count(reader, 1);
	if (size > 0)
	{
		options->positive = palloc(size);
		state_read_bytes(reader, options->positive, size);
		if (options->positive[size - 1] != '\0')
			state_damaged();
	}
}
