/*
 * invoke.c
 *		linlearn_invoke_endpoint: a request's bytes in, an answer's bytes out,
 * as SageMaker's endpoints have them.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
 */
#include "pg/serve/endpoint.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "formats/format_table.h"
#include "pg/base/own_schema.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/magnitude_warning.h"
#include "pg/serve/request_rows.h"
#include "pg/values/label_reader.h"

/* Whoever accepts this is answered in JSON. */
#define ANY_CONTENT "*/*"

/* A request being answered. */
typedef struct Invocation
{
	CachedModel *cached;
	const FormatDescriptor *content;
	const FormatDescriptor *accept;
	CsvHeader header; /* as the content type says */
	uint64 rows;	  /* answered so far */
	float *floats;	  /* a row, converted */
	uint8_t *bytes;	  /* a row of a model of bytes */
	uint32 capacity;  /* of both, and of entries of sparse rows */
	bool text_labels; /* labels that are no numbers */
	bool bytes_out;	  /* the answer is bytes: in UTF-8 */
	bool *warned;	  /* of a row's magnitude, by this call site */
	StringInfoData out;
	RowReader reader;
	RequestRows *table; /* rows of a model of a table; NULL: of arrays */
} Invocation;

/* Check the parameters of a content type: no column of a request is a label. */
static void
check_label_size(const char *parameters)
{
	const char *label = strstr(parameters, "label_size=");

	if (label != NULL && strtol(label + strlen("label_size="), NULL, 10) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("content type has \"%s\", but a request has no labels",
						label),
				 errhint("Leave label_size out, or give label_size=0.")));
}

/*
 * Whether a content type's parameters say that the first line is a header, as RFC
 * 4180 has it.
 */
static CsvHeader
parse_header(const char *parameters)
{
	const char *header = strstr(parameters, "header=");

	if (header == NULL)
		return CSV_HEADER_AUTO;
	header += strlen("header=");
	if (strcmp(header, "present") == 0 || strncmp(header, "present;", 8) == 0)
		return CSV_HEADER_PRESENT;
	if (strcmp(header, "absent") == 0 || strncmp(header, "absent;", 7) == 0)
		return CSV_HEADER_ABSENT;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("content type has \"header=%s\"", header),
					errhint("A header is present or absent.")));
	pg_unreachable();
}

/* Refuse a content type. */
static void
refuse_content_type(const char *name, bool request)
{
	char list[256];

	format_list_content_types(!request, list, sizeof(list));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg(request ? "unknown content type \"%s\""
								   : "cannot answer with content type \"%s\"",
						   name),
					errhint("There are %s.", list)));
}

/* Find a format by the name of its content type, the parameters aside. */
static const FormatDescriptor *
parse_content_type(text *value, bool request, CsvHeader *header)
{
	char *name = text_to_cstring(value);
	char *end = strchr(name, ';');
	const char *parameters = "";

	if (end != NULL)
	{
		parameters = end + 1;
		*end = '\0';
	}
	end = name + strlen(name);
	while (end > name && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (!request && strcmp(name, ANY_CONTENT) == 0)
		return &format_table[FORMAT_JSON];
	for (int i = 0; i < FORMAT_COUNT; i++)
	{
		const FormatDescriptor *format = &format_table[i];

		if (format->content_type == NULL ||
			pg_strcasecmp(name, format->content_type) != 0 ||
			!(request || format->answer != ANSWER_NONE))
			continue;
		if (format->label_size)
			check_label_size(parameters);
		if (format == &format_table[FORMAT_CSV])
			*header = parse_header(parameters);
		return format;
	}
	refuse_content_type(name, request);
	pg_unreachable();
}

/* Read the next row of the request; NULL at its end. */
static const Sample *
next_sample(Invocation *invocation)
{
	Failure failure;
	FileRow row;
	bool found;

	CHECK_STATUS(row_reader_next(&invocation->reader, &row, &found, &failure),
				 failure);
	return found ? row.sample : NULL;
}

/* Check a row against the model. */
static void
check_sample(const Invocation *invocation, const Sample *sample)
{
	double sum = 0;

	if (sample->dimension != invocation->cached->model.dimension)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("row " UINT64_FORMAT
							   " of the request has %u features, the model %u",
							   invocation->rows + 1, sample->dimension,
							   invocation->cached->model.dimension)));
	/* one NaN or infinity, and only that, makes the sum of zeros a NaN */
	for (size_t i = 0; i < sample->count; i++)
		sum += sample->values[i] * 0.0;
	if (isnan(sum))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("row " UINT64_FORMAT
							   " of the request has a NaN or infinite feature",
							   invocation->rows + 1)));
}

/* Make room for a row of count values. */
static void
reserve_row(Invocation *invocation, Size count)
{
	if (count <= invocation->capacity)
		return;
	invocation->capacity = (uint32) count;
	invocation->floats =
		palloc_extended(count * sizeof(float), MCXT_ALLOC_HUGE);
	invocation->bytes = palloc_extended(count, MCXT_ALLOC_HUGE);
}

/* Convert values to bytes of a unit; false unless each is one exactly. */
static bool
convert_to_bytes(const Sample *sample, double unit, uint8_t *bytes)
{
	bool exact = true;

	for (size_t i = 0; i < sample->count; i++)
	{
		double value = sample->values[i] / unit;

		bytes[i] = (uint8_t) (value >= 0 && value <= 255 ? value : 0);
		exact &= bytes[i] == value;
	}
	return exact;
}

/* Make floats of values. */
static void
convert_to_floats(const Sample *sample, float *floats)
{
	for (size_t i = 0; i < sample->count; i++)
		floats[i] = (float) sample->values[i];
}

/*
 * Score a row in the format of the training rows, so that the scores are those
 * of linlearn_scores() for the same numbers.
 */
static const double *
score_sample(Invocation *invocation, const Sample *sample)
{
	CachedModel *cached = invocation->cached;
	RowFormat format = cached->model.format;
	RowView view = {0};

	check_sample(invocation, sample);
	reserve_row(invocation, sample->count);
	if (sample->sparse)
	{
		format = ROWS_SPARSE;
		convert_to_floats(sample, invocation->floats);
		view.index = sample->keys;
		view.value = invocation->floats;
		view.count = (uint32_t) sample->count;
	}
	else if (format == ROWS_F64)
		view.dense = sample->values;
	else if (format == ROWS_U8 &&
			 convert_to_bytes(sample, cached->model.byte_unit,
							  invocation->bytes))
		view.dense = invocation->bytes;
	else
	{
		format = ROWS_F32;
		convert_to_floats(sample, invocation->floats);
		view.dense = invocation->floats;
	}
	warn_of_magnitude(cached, format, &view, invocation->warned);
	return cached_model_answer(cached, format, &view);
}

/* Refuse a score that an answer cannot say. */
static void
check_score(const Invocation *invocation, double value)
{
	if (!isfinite(value))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the score of row " UINT64_FORMAT
							   " of the request is out of range",
							   invocation->rows + 1)));
}

/* Append a number as the shortest text that reads back the same. */
static void
append_number(const Invocation *invocation, StringInfo out, double value)
{
	char digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	check_score(invocation, value);
	appendBinaryStringInfo(out, digits,
						   double_to_shortest_decimal_bufn(value, digits));
}

/* Append the scores of all outputs as a list. */
static void
append_scores(const Invocation *invocation, StringInfo out,
			  const double *scores)
{
	for (uint32 k = 0; k < invocation->cached->model.outputs; k++)
	{
		appendStringInfoString(out, k == 0 ? "[" : ", ");
		append_number(invocation, out, scores[k]);
	}
	appendStringInfoChar(out, ']');
}

/* Append {"score": ..., "predicted_label": ...}. */
static void
append_json_answer(Invocation *invocation, const double *scores)
{
	const CachedModel *cached = invocation->cached;
	const Model *model = &cached->model;
	StringInfo out = &invocation->out;

	appendStringInfoString(out, "{\"score\": ");
	if (model->predictor == PREDICTOR_MULTICLASS)
		append_scores(invocation, out, scores);
	else
		append_number(invocation, out, scores[model_point(model)]);
	if (model->quantiles != NULL)
	{
		appendStringInfoString(out, ", \"quantiles\": ");
		append_scores(invocation, out, scores);
	}
	if (model->predictor != PREDICTOR_REGRESSOR)
	{
		const ModelLabel *label = &model->labels[cached->class];

		appendStringInfoString(out, ", \"predicted_label\": ");
		if (invocation->text_labels)
			escape_json(out,
						invocation->bytes_out
							? utf8_of_server(label->text, strlen(label->text))
							: label->text);
		else
			append_number(invocation, out, label->value);
	}
	appendStringInfoChar(out, '}');
}

/* Append a record with the score and the predicted label. */
static void
append_record_answer(Invocation *invocation, const double *scores)
{
	const CachedModel *cached = invocation->cached;
	const Model *model = &cached->model;
	StringInfo out = &invocation->out;
	RecordAnswer answer = {
		.scores = scores,
		.score_count = model->outputs,
		.has_label = model->predictor != PREDICTOR_REGRESSOR,
	};
	Size size;

	if (answer.has_label)
		answer.predicted_label = model->labels[cached->class].value;
	/* records hold floats */
	for (uint32 k = 0; k < model->outputs; k++)
		check_score(invocation, (float) scores[k]);
	size = recordio_answer_size(&answer);
	enlargeStringInfo(out, (int) size);
	recordio_write_answer(&answer, (uint8_t *) out->data + out->len);
	out->len += (int) size;
}

/* Append the answer to one row. */
static void
append_answer(Invocation *invocation, const double *scores)
{
	switch (invocation->accept->answer)
	{
		case ANSWER_RECORDS:
			append_record_answer(invocation, scores);
			break;
		case ANSWER_LINES:
			append_json_answer(invocation, scores);
			appendStringInfoChar(&invocation->out, '\n');
			break;
		default:
			if (invocation->rows > 0)
				appendStringInfoString(&invocation->out, ", ");
			append_json_answer(invocation, scores);
			break;
	}
}

/* Start to read the rows of a request. */
static void
begin_rows(Invocation *invocation, const char *bytes, Size size)
{
	CachedModel *cached = invocation->cached;
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	/* numbers are read as in training */
	RowOptions options = {.single = cached->model.format != ROWS_F64};
	RequestBody body = {.format =
							(FileFormat) (invocation->content - format_table),
						.header = invocation->header,
						.bytes = bytes,
						.size = size,
						.is_utf8 = invocation->bytes_out};

	if (cached->table != NULL)
	{
		invocation->table = request_rows_begin(cached, &body);
		return;
	}
	if (body.header == CSV_HEADER_PRESENT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model takes arrays, whose features have "
							   "no names for a header"),
						errhint("Leave the header line out.")));
	row_reader_init(&invocation->reader, body.format, &runtime, &options);
	row_reader_begin(&invocation->reader, bytes, size);
}

/* Score the next row of the request; NULL at its end. */
static const double *
next_scores(Invocation *invocation)
{
	CachedModel *cached = invocation->cached;
	const Sample *sample;
	RowView view;

	if (invocation->table != NULL)
		return request_rows_next(invocation->table, &view)
				   ? cached_model_answer(cached, cached->model.format, &view)
				   : NULL;
	sample = next_sample(invocation);
	return sample != NULL ? score_sample(invocation, sample) : NULL;
}

/* Answer a request. */
static void
answer(Invocation *invocation, const char *bytes, Size size)
{
	const Model *model = &invocation->cached->model;
	const double *scores;

	invocation->text_labels = label_kind(model->label_type) == LABEL_TEXT;
	begin_rows(invocation, bytes, size);
	initStringInfo(&invocation->out);
	/* room for the header of a text or bytea */
	appendBinaryStringInfo(&invocation->out, "\0\0\0\0", VARHDRSZ);
	if (invocation->accept->answer == ANSWER_DOCUMENT)
		appendStringInfoString(&invocation->out, "{\"predictions\": [");
	while ((scores = next_scores(invocation)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		append_answer(invocation, scores);
		invocation->rows++;
	}
	if (invocation->accept->answer == ANSWER_DOCUMENT)
		appendStringInfoString(&invocation->out, "]}");
	SET_VARSIZE(invocation->out.data, invocation->out.len);
}

PG_FUNCTION_INFO_V1(linlearn_invoke_endpoint);

/* linlearn_invoke_endpoint(name, body text | bytea, content_type, accept) */
Datum
linlearn_invoke_endpoint(PG_FUNCTION_ARGS)
{
	Invocation invocation = {0};
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	struct varlena *body = PG_GETARG_VARLENA_PP(1);
	CsvHeader accept_header; /* means nothing in an answer */
	bool is_text = get_fn_expr_argtype(fcinfo->flinfo, 1) != BYTEAOID;

	invocation.content =
		parse_content_type(PG_GETARG_TEXT_PP(2), true, &invocation.header);
	invocation.accept =
		parse_content_type(PG_GETARG_TEXT_PP(3), false, &accept_header);
	if (is_text && (invocation.content->binary || invocation.accept->binary))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is binary", invocation.content->binary
											? invocation.content->content_type
											: invocation.accept->content_type),
				 errhint("Give the body as bytea; the answer then is bytea "
						 "too.")));
	invocation.bytes_out = !is_text;
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(bool));
	invocation.warned = fcinfo->flinfo->fn_extra;
	invocation.cached = endpoint_model(own_schema(fcinfo), name);
	answer(&invocation, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body));
	PG_RETURN_POINTER(invocation.out.data);
}
