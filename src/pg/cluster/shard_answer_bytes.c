/*
 * shard_answer_bytes.c
 *		Answers of rows as bytes.
 */
#include "pg/cluster/shard_bytes.h"

#include <math.h>

#define ANSWER_MAGIC 0x3241534C /* "LSA2" */

enum
{
	JUDGES = 1,
	BROKEN = 2,
	OVER = 4,
	LEARNS = 8,
	OUTSIDE = 16,
	ALL_FLAGS = 31
};

typedef struct AnswerHeader
{
	uint32 magic;
	uint8 flags;
	uint8 format;
	uint8 channel;
	uint8 unused;
	uint32 dimension;
	uint32 outputs;
	uint32 classes;
	uint32 grams;
	uint64 digest;
	uint64 hash;
	double weight;
	double loss;
	uint32 count; /* of sparse features that follow */
	uint32 padding;
} AnswerHeader;

/* What follows of a row that is learned from; then residuals, roots and features. */
typedef struct LearnedHeader
{
	double most_residual;
	double own_root;
} LearnedHeader;

/* What follows of one that is judged. */
typedef struct JudgedHeader
{
	double figures[SHARD_FIGURES];
	double largest_error;
	int64 table_weight;
	uint32 truth;
	uint32 best;
} JudgedHeader;

/* Bytes of features; sparse ones have their places before them. */
static Size
features_size(RowFormat format, uint32 dimension, uint32 count)
{
	return format == ROWS_U8	   ? dimension * sizeof(uint8)
		   : format == ROWS_SPARSE ? count * 2 * sizeof(int32)
								   : dimension * sizeof(int32);
}

/* Bytes behind the header. */
static Size
body_size(const AnswerHeader *header)
{
	if (header->flags & JUDGES)
		return sizeof(JudgedHeader);
	if ((header->flags & LEARNS) == 0)
		return 0;
	return sizeof(LearnedHeader) + (Size) header->outputs * sizeof(int64) +
		   (Size) header->grams * sizeof(double) +
		   features_size((RowFormat) header->format, header->dimension,
						 header->count);
}

static char *
write_learned(const ShardAnswer *answer, char *to)
{
	LearnedHeader learned = {answer->most_residual, answer->own_root};

	memcpy(to, &learned, sizeof(learned));
	to += sizeof(learned);
	memcpy(to, answer->residuals, answer->outputs * sizeof(int64));
	to += answer->outputs * sizeof(int64);
	memcpy(to, answer->roots, answer->grams * sizeof(double));
	to += answer->grams * sizeof(double);
	if (answer->format == ROWS_SPARSE)
	{
		memcpy(to, answer->index, answer->count * sizeof(uint32));
		to += answer->count * sizeof(uint32);
		memcpy(to, answer->features, answer->count * sizeof(int32));
	}
	else
		memcpy(to, answer->features,
			   features_size(answer->format, answer->dimension, 0));
	return to;
}

bytea *
shard_answer_write(const ShardAnswer *answer)
{
	AnswerHeader header = {.magic = ANSWER_MAGIC,
						   .format = (uint8) answer->format,
						   .channel = (uint8) answer->channel,
						   .dimension = answer->dimension,
						   .outputs = answer->outputs,
						   .classes = answer->classes,
						   .grams = answer->grams,
						   .digest = answer->digest,
						   .hash = answer->hash,
						   .weight = answer->weight,
						   .loss = answer->loss,
						   .count = answer->count};
	bytea *bytes;
	Size size;
	char *to;

	header.flags = (answer->judges ? JUDGES : 0) |
				   (answer->broken ? BROKEN : 0) | (answer->over ? OVER : 0) |
				   (answer->features != NULL ? LEARNS : 0) |
				   (answer->outside ? OUTSIDE : 0);
	size = VARHDRSZ + sizeof(header) + body_size(&header);
	bytes = palloc(size);
	SET_VARSIZE(bytes, size);
	to = VARDATA(bytes);
	memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	if (answer->judges)
	{
		JudgedHeader judged = {.largest_error = answer->largest_error,
							   .table_weight = answer->table_weight,
							   .truth = answer->truth,
							   .best = answer->best};

		memcpy(judged.figures, answer->figures, sizeof(judged.figures));
		memcpy(to, &judged, sizeof(judged));
	}
	else if (answer->features != NULL)
		(void) write_learned(answer, to);
	return bytes;
}

pg_noreturn static void
refuse(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("not the answer of a row"),
					errhint("Give what linlearn_residual(point, row) "
							"returns.")));
	pg_unreachable();
}

/* An array where it lies, or a copy that is aligned. */
static const void *
aligned(const char *at, Size count, Size size)
{
	void *copy;

	if ((uintptr_t) at % size == 0)
		return at;
	copy = palloc(count * size);
	memcpy(copy, at, count * size);
	return copy;
}

/* The features of a row, and how many numbers they are. */
static uint32
read_features(const char *at, ShardAnswer *answer)
{
	if (answer->format != ROWS_SPARSE)
	{
		answer->features =
			aligned(at, answer->dimension,
					answer->format == ROWS_U8 ? sizeof(uint8) : sizeof(int32));
		return answer->dimension;
	}
	answer->index = aligned(at, answer->count, sizeof(uint32));
	answer->features = aligned(at + answer->count * sizeof(uint32),
							   answer->count, sizeof(int32));
	for (uint32 i = 0; i < answer->count; i++)
		if (answer->index[i] >= answer->dimension ||
			(i > 0 && answer->index[i] <= answer->index[i - 1]))
			refuse();
	return answer->count;
}

static void
read_learned(const char *at, ShardAnswer *answer)
{
	uint32 count;
	int bits = answer->format == ROWS_U8 ? 8 : SHARD_FEATURE_BITS;
	LearnedHeader learned;
	int64 most = 0;
	int32 widest = 0;

	memcpy(&learned, at, sizeof(learned));
	at += sizeof(learned);
	answer->most_residual = learned.most_residual;
	answer->own_root = learned.own_root;
	answer->residuals = aligned(at, answer->outputs, sizeof(int64));
	at += answer->outputs * sizeof(int64);
	answer->roots = aligned(at, answer->grams, sizeof(double));
	at += answer->grams * sizeof(double);
	count = read_features(at, answer);
	for (uint32 k = 0; k < answer->outputs; k++)
	{
		int64 residual = answer->residuals[k];

		/* Both signs at once: of a negative one all but its bits. */
		most |= residual < 0 ? ~residual : residual;
	}
	for (uint32 j = 0; j < count && answer->format != ROWS_U8; j++)
	{
		int32 feature = ((const int32 *) answer->features)[j];

		widest |= feature < 0 ? ~feature : feature;
	}
	if (most >= INT64CONST(1) << (SHARD_RESIDUAL_BITS + 1) ||
		widest >= 1 << (SHARD_FEATURE_BITS + 1) ||
		!isfinite(learned.own_root) || !isfinite(learned.most_residual))
		refuse();
	for (uint32 k = 0; k < answer->grams; k++)
		if (!(answer->roots[k] >= 0.0 &&
			  answer->roots[k] <= ldexp(1.0, SHARD_ROOT_BITS - bits)))
			refuse();
}

static void
read_judged(const char *at, ShardAnswer *answer)
{
	JudgedHeader judged;
	uint32 places = answer->outputs == 1 ? SHARD_BINS : answer->classes;

	memcpy(&judged, at, sizeof(judged));
	memcpy(answer->figures, judged.figures, sizeof(judged.figures));
	answer->largest_error = judged.largest_error;
	answer->table_weight = judged.table_weight;
	answer->truth = judged.truth;
	answer->best = judged.best;
	for (int i = 0; i < SHARD_FIGURES; i++)
		if (!isfinite(answer->figures[i]))
			refuse();
	if (!isfinite(judged.largest_error) || judged.table_weight < 0 ||
		judged.table_weight > SHARD_MAX_TABLE_WEIGHT ||
		(answer->classes > 0 &&
		 (judged.truth >= answer->classes || judged.best >= places)))
		refuse();
}

/* Shapes that a point may have. */
static bool
shape_fits(const AnswerHeader *header)
{
	return header->magic == ANSWER_MAGIC && header->flags <= ALL_FLAGS &&
		   header->format <= ROWS_SPARSE &&
		   header->count <=
			   (header->format == ROWS_SPARSE ? header->dimension : 0) &&
		   header->channel < CHANNEL_COUNT && header->dimension > 0 &&
		   header->dimension <= SHARD_MAX_DIMENSION && header->outputs > 0 &&
		   header->outputs <= SHARD_MAX_CLASSES &&
		   ((Size) header->dimension + 1) * header->outputs <=
			   SHARD_MAX_WEIGHTS &&
		   header->classes <= SHARD_MAX_CLASSES &&
		   (header->outputs == 1 ? header->classes == 0 || header->classes == 2
								 : header->classes == header->outputs) &&
		   shard_grams_fit(header->grams, header->dimension, header->outputs);
}

void
shard_answer_read(bytea *bytes, ShardAnswer *answer)
{
	Size size = VARSIZE_ANY_EXHDR(bytes);
	const char *at = VARDATA_ANY(bytes);
	AnswerHeader header;

	if (size < sizeof(header))
		refuse();
	memcpy(&header, at, sizeof(header));
	if (!shape_fits(&header) || size != sizeof(header) + body_size(&header) ||
		!(header.weight >= 0.0) || isinf(header.weight) ||
		!isfinite(header.loss))
		refuse();
	*answer = (ShardAnswer){.digest = header.digest,
							.judges = (header.flags & JUDGES) != 0,
							.grams = header.grams,
							.broken = (header.flags & BROKEN) != 0,
							.over = (header.flags & OVER) != 0,
							.outside = (header.flags & OUTSIDE) != 0,
							.format = (RowFormat) header.format,
							.dimension = header.dimension,
							.outputs = header.outputs,
							.classes = header.classes,
							.channel = (Channel) header.channel,
							.hash = header.hash,
							.weight = header.weight,
							.loss = header.loss,
							.count = header.count};
	if (answer->judges)
		read_judged(at + sizeof(header), answer);
	else if (header.flags & LEARNS)
		read_learned(at + sizeof(header), answer);
}
