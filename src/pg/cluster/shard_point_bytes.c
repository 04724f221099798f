/*
 * shard_point_bytes.c
 *		Points as bytes.
 */
#include "pg/cluster/shard_bytes.h"

#include <math.h>

#include "core/base/hash.h"
#include "mb/pg_wchar.h"

#define POINT_MAGIC 0x3150534C /* "LSP1" */

/* What a point says of what follows. */
enum
{
	HAS_TEXTS = 1,
	HAS_CLASS_WEIGHTS = 2,
	HAS_UNITS = 4,
	JUDGES = 8,
	FISHER = 16,
	ALL_FLAGS = 31
};

/* Where the digest is: behind magic and checksum. */
#define DIGEST_PLACE 8

double
shard_read_finite(StateReader *reader)
{
	double number = state_read_double(reader);

	if (!isfinite(number))
		state_damaged();
	return number;
}

/* A finite number above 0. */
static double
read_unit(StateReader *reader)
{
	double number = shard_read_finite(reader);

	if (!(number > 0.0))
		state_damaged();
	return number;
}

static void
write_classes(StringInfo out, const ShardPoint *point)
{
	for (uint32 i = 0; i < point->classes && point->texts != NULL; i++)
	{
		Size size = strlen(point->texts[i]);

		state_write_uint64(out, size);
		state_write_bytes(out, point->texts[i], size);
	}
	if (point->texts == NULL && point->classes > 0)
		state_write_bytes(out, point->values, point->classes * sizeof(double));
	if (point->class_weight != NULL)
		state_write_bytes(out, point->class_weight,
						  point->classes * sizeof(float));
}

static void
write_features(StringInfo out, const ShardPoint *point)
{
	Size n = point->dimension;

	state_write_bytes(out, point->weights,
					  n * point->outputs * sizeof(double));
	state_write_bytes(out, point->bias, point->outputs * sizeof(double));
	if (point->unit == NULL)
		return;
	if (point->format != ROWS_SPARSE)
		state_write_bytes(out, point->center, n * sizeof(double));
	for (Size j = 0; j < n; j++)
	{
		int16 exponent = (int16) logb(point->unit[j]);

		state_write_bytes(out, &exponent, sizeof(exponent));
	}
}

bytea *
shard_point_write(ShardPoint *point)
{
	StringInfoData out;
	uint64 flags = (point->texts != NULL ? HAS_TEXTS : 0) |
				   (point->class_weight != NULL ? HAS_CLASS_WEIGHTS : 0) |
				   (point->unit != NULL ? HAS_UNITS : 0) |
				   (point->judges ? JUDGES : 0) | (point->fisher ? FISHER : 0);
	int digest;

	state_write_start(&out, POINT_MAGIC);
	digest = out.len;
	state_write_uint64(&out, 0);
	state_write_uint64(&out, flags);
	state_write_uint64(&out, point->format);
	state_write_uint64(&out, point->dimension);
	state_write_uint64(&out, point->outputs);
	state_write_uint64(&out, point->predictor);
	state_write_uint64(&out, point->loss);
	state_write_uint64(&out, point->classes);
	state_write_bytes(&out, &point->parameters, sizeof(point->parameters));
	state_write_double(&out, point->label_mean);
	state_write_double(&out, point->label_unit);
	if (point->judges)
	{
		state_write_double(&out, point->byte_unit);
		state_write_double(&out, point->top_k);
		state_write_double(&out, point->weight_unit);
	}
	else
	{
		state_write_double(&out, point->residual_unit);
		state_write_uint64(&out, point->grams);
		state_write_double(&out, point->root_unit);
		state_write_double(&out, point->floor);
		state_write_uint64(&out, point->sample);
	}
	write_classes(&out, point);
	write_features(&out, point);
	point->digest = hash64_bytes(out.data + digest, out.len - digest, 0);
	memcpy(out.data + digest, &point->digest, sizeof(point->digest));
	return state_write_finish(&out);
}

uint64
shard_point_digest(Datum point)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(point);
	const bytea *bytes = value;
	uint64 digest = 0;

	/* A few bytes of one that is stored elsewhere, or compressed. */
	if (VARATT_IS_EXTENDED(value) && !VARATT_IS_SHORT(value))
		bytes = DatumGetByteaPSlice(point, 0, DIGEST_PLACE + sizeof(digest));
	if (VARSIZE_ANY_EXHDR(bytes) >= DIGEST_PLACE + sizeof(digest))
		memcpy(&digest, VARDATA_ANY(bytes) + DIGEST_PLACE, sizeof(digest));
	return digest;
}

/* An array in memory of its own, aligned. */
static void *
read_array(StateReader *reader, Size count, Size size)
{
	void *array;

	if (count > reader->left / size)
		state_damaged();
	array = palloc(Max(count, 1) * size);
	state_read_bytes(reader, array, count * size);
	return array;
}

static void
read_texts(StateReader *reader, ShardPoint *point)
{
	const char **texts = palloc(point->classes * sizeof(char *));

	for (uint32 i = 0; i < point->classes; i++)
	{
		Size size = state_read_count(reader, 1);
		const char *place = state_read_place(reader, size);

		if (memchr(place, '\0', size) != NULL ||
			!pg_verify_mbstr(PG_UTF8, place, (int) size, true))
			state_damaged();
		texts[i] = pnstrdup(place, size);
	}
	point->texts = texts;
}

static void
read_classes(StateReader *reader, uint64 flags, ShardPoint *point)
{
	if (point->classes == 0)
	{
		if (flags & (HAS_TEXTS | HAS_CLASS_WEIGHTS))
			state_damaged();
		return;
	}
	if (flags & HAS_TEXTS)
		read_texts(reader, point);
	else
		point->values = read_array(reader, point->classes, sizeof(double));
	if (flags & HAS_CLASS_WEIGHTS)
		point->class_weight =
			read_array(reader, point->classes, sizeof(float));
	for (uint32 i = 0; i < point->classes && point->class_weight != NULL; i++)
		if (!(point->class_weight[i] >= 0.0f) || isinf(point->class_weight[i]))
			state_damaged();
}

/* Exponents of units as the units. */
static const double *
read_units(StateReader *reader, uint32 dimension)
{
	int16 *exponents = read_array(reader, dimension, sizeof(int16));
	double *units = palloc(dimension * sizeof(double));

	for (uint32 j = 0; j < dimension; j++)
	{
		if (exponents[j] < -1022 || exponents[j] > 1023)
			state_damaged();
		units[j] = ldexp(1.0, exponents[j]);
	}
	pfree(exponents);
	return units;
}

static void
read_features(StateReader *reader, uint64 flags, ShardPoint *point)
{
	Size n = point->dimension;

	point->weights = read_array(reader, n * point->outputs, sizeof(double));
	point->bias = read_array(reader, point->outputs, sizeof(double));
	if (!point->judges &&
		(point->format != ROWS_U8) != ((flags & HAS_UNITS) != 0))
		state_damaged();
	if ((flags & HAS_UNITS) == 0)
		return;
	if (point->format != ROWS_SPARSE)
		point->center = read_array(reader, n, sizeof(double));
	for (Size j = 0; j < n && point->center != NULL; j++)
		if (!isfinite(point->center[j]))
			state_damaged();
	point->unit = read_units(reader, point->dimension);
}

/* Shapes that go together. */
static void
check_shape(const ShardPoint *point)
{
	bool many = loss_is_multiclass(point->loss);

	if (point->dimension == 0 || point->dimension > SHARD_MAX_DIMENSION ||
		point->outputs == 0 || point->outputs > SHARD_MAX_CLASSES ||
		((Size) point->dimension + 1) * point->outputs > SHARD_MAX_WEIGHTS ||
		many != (point->predictor == PREDICTOR_MULTICLASS) ||
		point->classes != (point->predictor == PREDICTOR_BINARY ? 2
						   : many ? point->outputs
								  : 0) ||
		(!many && point->outputs != 1))
		state_damaged();
}

ShardPoint *
shard_point_read(bytea *bytes)
{
	StateReader reader;
	ShardPoint *point = palloc0(sizeof(ShardPoint));
	uint64 flags;

	state_read_start(&reader, bytes, POINT_MAGIC);
	point->digest = state_read_uint64(&reader);
	flags = state_read_choice(&reader, ALL_FLAGS);
	point->judges = (flags & JUDGES) != 0;
	point->fisher = (flags & FISHER) != 0;
	point->format = (RowFormat) state_read_choice(&reader, ROWS_SPARSE);
	point->dimension =
		(uint32) state_read_choice(&reader, SHARD_MAX_DIMENSION);
	point->outputs = (uint32) state_read_choice(&reader, SHARD_MAX_CLASSES);
	point->predictor =
		(PredictorType) state_read_choice(&reader, PREDICTOR_REGRESSOR);
	point->loss = (LossKind) state_read_choice(&reader, LOSS_COUNT - 1);
	point->classes = (uint32) state_read_choice(&reader, SHARD_MAX_CLASSES);
	check_shape(point);
	state_read_bytes(&reader, &point->parameters, sizeof(point->parameters));
	point->label_mean = shard_read_finite(&reader);
	point->label_unit = read_unit(&reader);
	if (point->judges)
	{
		point->byte_unit = read_unit(&reader);
		point->top_k = shard_read_finite(&reader);
		point->weight_unit = read_unit(&reader);
	}
	else
	{
		point->residual_unit = read_unit(&reader);
		point->grams = (uint32) state_read_choice(&reader, SHARD_MAX_CLASSES);
		point->root_unit = read_unit(&reader);
		point->floor = shard_read_finite(&reader);
		point->sample = state_read_uint64(&reader);
		if (!shard_grams_fit(point->grams, point->dimension, point->outputs))
			state_damaged();
	}
	read_classes(&reader, flags, point);
	read_features(&reader, flags, point);
	state_read_finish(&reader);
	return point;
}
