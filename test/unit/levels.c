/*
 * levels.c
 *		Prints what every function that is compiled for several levels of the
 *		processor gives, as hashes: one line a function, format and length.
 *
 * It is linked once for each level with the sources that have such functions,
 * compiled for that level alone, and once with plain ones (`make check-levels`);
 * all must print the same.  Ends with status 77 where this processor lacks the
 * level.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/hash_columns.h"
#include "core/base/portable_math.h"
#include "core/base/random.h"
#include "core/descent/optimizer.h"
#include "core/loss/loss.h"
#include "core/loss/loss_rows.h"
#include "core/math/digit_products.h"
#include "core/math/kernels.h"
#include "core/math/narrow.h"
#include "core/math/narrow_gram.h"
#include "core/rows/compact_rows.h"
#include "core/rows/feature_sums.h"
#include "core/rows/gram_sums.h"
#include "core/rows/magnitude.h"
#include "core/rows/rows_order.h"
#include "core/shards/shard_answer.h"
#include "core/shards/shard_product.h"
#include "core/solve/fold_head.h"
#include "core/solve/fold_matrix.h"
#include "core/solve/fold_vectors.h"
#include "core/solve/pass.h"
#include "core/solve/vector.h"

#define MOST 1100 /* elements of an input */
#define ROWS 40

/* Inputs whose products need every digit, with zeros of both signs. */
typedef struct Data
{
	uint8_t u8[MOST];
	float f32[6][MOST];
	float positive[6][MOST];
	double f64[4][MOST];
} Data;

static Data data;

/* Every length up to some vectors, then some on either side of powers of two. */
static const size_t lengths[] = {
	0,	1,	2,	3,	4,	5,	6,	7,	8,	 9,	  10,  11,	12,	 13,  14,  15,
	16, 17, 18, 19, 20, 21, 22, 23, 24,	 25,  26,  27,	28,	 29,  30,  31,
	32, 33, 34, 35, 36, 37, 38, 39, 40,	 41,  42,  43,	44,	 45,  46,  47,
	48, 49, 50, 51, 52, 53, 54, 55, 56,	 57,  58,  59,	60,	 61,  62,  63,
	64, 65, 66, 95, 96, 97, 98, 99, 127, 128, 129, 255, 256, 257, 784, 1000};

#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static void
draw(void)
{
	for (uint64_t i = 0; i < MOST; i++)
	{
		data.u8[i] = (uint8_t) random_bits(1, i);
		for (uint64_t k = 0; k < 6; k++)
		{
			float x = (float) (random_uniform(2 + k, i) - 0.5);

			data.f32[k][i] = i % 11 == 3   ? 0.0f
							 : i % 11 == 7 ? -0.0f
							 : i % 11 == 9 ? x * 1e-38f
										   : x * 4;
			data.positive[k][i] = (float) random_uniform(20 + k, i);
		}
		for (uint64_t k = 0; k < 4; k++)
			data.f64[k][i] =
				i % 13 == 5 ? -0.0 : (random_uniform(10 + k, i) - 0.5) * 3;
	}
}

static void
print(const char *what, size_t length, const void *bytes, size_t size)
{
	printf("%s %zu %016llx\n", what, length,
		   (unsigned long long) hash64_bytes(bytes, size, 7));
}

/* ---- core/math ---- */

static void
kernels(size_t n, size_t from)
{
	float out[MOST];
	float u8 = kernel_dot_u8(data.u8 + from, data.f32[0] + from, n);
	double f32 = kernel_dot_f32(data.f32[0] + from, data.f64[0] + from, n);
	double f64 = kernel_dot_f64(data.f64[0] + from, data.f64[1] + from, n);

	print("kernel_dot_u8", n, &u8, sizeof(u8));
	print("kernel_dot_f32", n, &f32, sizeof(f32));
	print("kernel_dot_f64", n, &f64, sizeof(f64));
	kernel_normalize_u8(data.u8 + from, data.f32[0], data.f32[1], out, n);
	print("kernel_normalize_u8", n, out, n * sizeof(float));
	kernel_normalize_f32(data.f32[2] + from, data.f64[0], data.f64[1], out, n);
	print("kernel_normalize_f32", n, out, n * sizeof(float));
	kernel_normalize_f64(data.f64[2] + from, data.f64[0], data.f64[1], out, n);
	print("kernel_normalize_f64", n, out, n * sizeof(float));
	memcpy(out, data.f32[3], sizeof(out));
	kernel_axpy(0.7f, data.f32[0] + from, out, n);
	print("kernel_axpy", n, out, n * sizeof(float));
	kernel_blend(0.3f, data.f32[1] + from, out, n);
	print("kernel_blend", n, out, n * sizeof(float));
	kernel_scale(0.1f, out, n);
	print("kernel_scale", n, out, n * sizeof(float));
}

static void
narrow(size_t depth)
{
	static float b[NARROW_COLUMNS * MOST];
	static float scratch[NARROW_SCRATCH(16, MOST)];
	float out[16 * NARROW_COLUMNS];

	for (size_t i = 0; i < NARROW_COLUMNS * depth; i++)
		b[i] = data.f32[i % 6][i / 6 % MOST];
	for (size_t columns = 1; columns <= NARROW_COLUMNS; columns++)
		for (size_t rows = 0; rows < 14 && rows + depth < MOST; rows++)
		{
			memcpy(out, data.f32[2], sizeof(out));
			narrow_product(data.f32[0], 1, 1, rows, depth, b, columns,
						   rows % 2, out, scratch);
			print("multiply multiply_wide", depth, out,
				  rows * columns * sizeof(float));
			if (rows * depth > MOST)
				continue;
			narrow_product(data.f32[1], 1, rows, rows, depth, b, columns,
						   rows % 3, out, scratch);
			print("multiply", depth, out, rows * columns * sizeof(float));
		}
}

/* Over some chunks of rows: sum_blocks. */
static void
narrow_grams(size_t rows)
{
	static double x[MOST * NARROW_GRAM_COLUMNS];
	double gram[NARROW_GRAM_COLUMNS * NARROW_GRAM_COLUMNS];

	for (size_t i = 0; i < MOST * NARROW_GRAM_COLUMNS; i++)
		x[i] = data.f64[i % 3][i / 3 % MOST];
	for (size_t columns = 1; columns <= NARROW_GRAM_COLUMNS; columns++)
	{
		for (int wide = 0; wide <= 1; wide++)
		{
			memset(gram, 0, sizeof(gram));
			narrow_gram_add(x, NARROW_GRAM_COLUMNS, data.f64[3], rows, columns,
							wide, gram);
			print(wide ? "sum_wide_blocks" : "sum_blocks", rows, gram,
				  columns * columns * sizeof(double));
		}
	}
}

/* ---- core/descent ---- */

static void
optimizers(size_t n)
{
	UpdateRates rates = {data.positive[0], data.positive[1], data.positive[2],
						 data.positive[3], data.positive[4], data.positive[5]};

	for (int kind = 0; kind < OPTIMIZER_COUNT; kind++)
	{
		float state[3][MOST];
		char name[64];

		if (optimizer_table[kind].solves)
			continue;
		snprintf(name, sizeof(name), "update_%s", optimizer_names[kind]);
		memcpy(state[0], data.f32[0], sizeof(state[0]));
		memcpy(state[1], data.f32[1], sizeof(state[1]));
		memcpy(state[2], data.positive[0], sizeof(state[2]));
		for (int step = 0; step < 3 && n > 0; step++)
			optimizer_update(kind, &rates, n, n, state[0], data.f32[2 + step],
							 state[1], state[2]);
		for (int k = 0; k < 3; k++)
			print(name, n, state[k], n * sizeof(float));
	}
}

/* ---- core/loss ---- */

/* So many rows and models of a loss: its kernel, and add_sums. */
static void
single_loss(LossKind kind, const char *name, size_t rows, size_t models)
{
	float margins[MOST], target[MOST];
	double sums[2][MOST];
	LossParameters parameters[MOST];
	LossBatch batch = {.kind = kind,
					   .rows = rows,
					   .models = models,
					   .outputs = 1,
					   .stride = models,
					   .parameters = parameters,
					   .target = target,
					   .weight = data.positive[0]};

	if (rows * models > MOST)
		return;
	for (size_t i = 0; i < MOST; i++)
	{
		target[i] = loss_table[kind].predictors & APPLIES_REGRESSOR
						? data.f32[1][i]
						: (float) (i % 2);
		parameters[i] = (LossParameters){0.5 + 0.1 * (double) (i % 5), 0.3,
										 0.4, 0.1 * (double) (i % 3)};
		sums[0][i] = sums[1][i] = 0.1;
	}
	memcpy(margins, data.f32[0], sizeof(margins));
	loss_batch_values(&batch, margins, sums[0], sums[1]);
	loss_batch_derivatives(&batch, margins, sums[0], sums[1]);
	print(name, rows * models, margins, rows * models * sizeof(float));
	print("add_sums", rows * models, sums, sizeof(sums));
}

/* Softmax of so many classes: largest_of, exp_shifted, scale. */
static void
softmax(size_t classes)
{
	float margins[MOST], target[3] = {0, 1, (float) (classes - 1)};
	double loss = 0, weight = 0;
	LossParameters parameters = {1, 0.5, 1, 0};
	LossBatch batch = {.kind = LOSS_SOFTMAX,
					   .rows = 3,
					   .models = 1,
					   .outputs = classes,
					   .stride = classes,
					   .parameters = &parameters,
					   .target = target,
					   .weight = data.positive[0]};

	if (classes < 2 || 3 * classes > MOST)
		return;
	memcpy(margins, data.f32[0], sizeof(margins));
	loss_batch_derivatives(&batch, margins, &loss, &weight);
	print("largest_of", classes, &loss, sizeof(loss));
	print("exp_shifted", classes, margins, 3 * classes * sizeof(float));
	print("scale", classes, margins, 3 * classes * sizeof(float));
}

/* The logistic loss in double. */
static void
logistic_rows(size_t n)
{
	double target[MOST], out[3][MOST];

	for (size_t i = 0; i < MOST; i++)
		target[i] = (double) (i % 3 == 0);
	memset(out, 0, sizeof(out));
	loss_logistic_rows(data.f64[1], target, n, out[0], out[1], out[2]);
	print("loss_logistic_rows", n, out, sizeof(out));
}

/* Each loss of one margin: huber_kernel is that of huber_loss. */
static void
losses(size_t n)
{
	for (int kind = 0; kind < LOSS_COUNT; kind++)
	{
		const char *name = loss_names[kind];
		const char *end = strstr(name, "_loss");
		char kernel[64];

		snprintf(kernel, sizeof(kernel), "%.*s_kernel",
				 (int) (end == NULL ? strlen(name) : (size_t) (end - name)),
				 name);
		for (size_t models = 1;
			 models < 14 && !loss_is_multiclass((LossKind) kind); models += 3)
			single_loss((LossKind) kind, kernel, n, models);
	}
	softmax(n);
	logistic_rows(n);
}

/* ---- core/base ---- */

/* Logarithms of sizes. */
static void
logarithms(size_t n)
{
	double out[MOST];

	for (size_t i = 0; i < MOST; i++)
		out[i] = fabs(data.f64[1][i]) + 0x1p-52;
	portable_logs(out, n);
	print("portable_logs", n, out, sizeof(out));
}

/* Sigmoids of small margins and of large ones. */
static void
sigmoid_rows(size_t n)
{
	double out[MOST];

	for (size_t i = 0; i < MOST; i++)
		out[i] = data.f64[1][i] * (i % 5 == 0 ? 450.0 : 3.0);
	portable_sigmoids(out, n);
	print("sigmoids", n, out, sizeof(out));
}

/* ---- core/rows and core/solve ---- */

/* Exact, and so the same however it is fused. */
static void
digits(size_t n)
{
	double columns[MOST];
	int64_t out[16];
	size_t rows = n / 4 / DIGIT_PRODUCTS_ROWS * DIGIT_PRODUCTS_ROWS;
	static const uint32_t index[] = {0, 1, 2, 3};
	DigitColumns digits = {columns, index, 4, rows};

	for (size_t i = 0; i < n; i++)
		columns[i] = rint(data.f64[0][i] * (1 << 22));
	digit_products(&digits, &digits, rows, out);
	print("block_products", n, out, sizeof(out));
	memset(out, 0, sizeof(out));
	digit_squares(&digits, rows, out);
	print("block_squares", n, out, sizeof(out));
}

static void
hashes(size_t n)
{
	size_t rows = n / HASH_COLUMNS_ROWS * HASH_COLUMNS_ROWS;
	uint64_t out[MOST];

	for (uint64_t i = 0; i < rows; i++)
		out[i] = random_bits(9, i);
	for (size_t count = 0; rows > 0 && count * rows <= n; count += 5)
		hash64_columns(data.f64[0], count, rows, rows, out);
	print("hash64_columns", n, out, rows * sizeof(out[0]));
}

/* Ends where there is no memory. */
static void
need(Status status)
{
	if (status != LL_OK)
		exit(1);
}

/* Dense rows of a format, in other places of the data each. */
static RowView
row_of(RowFormat format, size_t row)
{
	return (RowView){
		.dense = format == ROWS_U8	  ? (const void *) (data.u8 + row)
				 : format == ROWS_F32 ? (const void *) (data.f32[1] + row)
									  : (const void *) (data.f64[1] + row)};
}

static void
gram_sums(const Runtime *runtime, RowFormat format, uint32_t n)
{
	Failure failure;
	GramSums *sums;

	need(gram_sums_create(runtime, format, n, &sums, &failure));
	for (size_t i = 0; i < ROWS; i++)
	{
		RowView row = row_of(format, i);

		need(gram_sums_add(sums, &row, data.f64[2][i], data.positive[0][i] + 1,
						   &failure));
	}
	need(gram_sums_flush(sums, &failure));
	print("take_values find_range cut_digits join_columns add_difference", n,
		  gram_sums_image(sums), gram_sums_image_size(n));
	gram_sums_release(sums);
}

/* Sums of rows, and a solution in double, whose tiles are filled row by row. */
static void
sums_of_rows(const Runtime *runtime, RowFormat format, uint32_t n,
			 bool weighted)
{
	Rows rows;
	FeatureSums sums;
	SolverProblem problem = {.rows = &rows,
							 .loss = LOSS_LOGISTIC,
							 .parameters = {1, 0.5, 1, 0},
							 .outputs = 1,
							 .mean = data.f64[2],
							 .inverse_deviation = data.f64[3],
							 .label_deviation = 1,
							 .use_bias = true,
							 .wd = 0.1};
	SolverControl control = {.optimizer = OPTIMIZER_NEWTON,
							 .max_iterations = 2,
							 .runtime = runtime};
	SolverResult result;
	Failure failure;

	rows_init(&rows, runtime, format, n);
	for (size_t i = 0; i < ROWS; i++)
	{
		RowView row = row_of(format, i);

		need(rows_append(&rows, &row, (double) (i % 2), i,
						 weighted ? data.positive[0][i] + 1 : 1.0f, &failure));
	}
	need(rows_seal(&rows, &failure));
	need(feature_sums_init(&sums, n, runtime, &failure));
	need(feature_sums_take(&sums, &rows, NULL, runtime, &failure));
	print(weighted || format != ROWS_U8 ? "add_dense" : "add_bytes", n,
		  sums.sum, n * sizeof(double));
	print("add_dense add_doubles add_bytes", n, sums.square,
		  n * sizeof(double));
	print("add_dense add_doubles add_bytes", n, sums.minimum,
		  n * sizeof(double));
	print("add_dense add_doubles add_bytes", n, sums.maximum,
		  n * sizeof(double));
	if (n > 100)
		return;
	need(solver_run(&problem, &control, &result, &failure));
	print("fill_doubles", n, result.weights, (n + 1) * sizeof(double));
}

static void
rows(uint32_t n)
{
	static const char *const names[] = {[ROWS_U8] = "largest_u8",
										[ROWS_F32] = "largest_f32",
										[ROWS_F64] = "largest_f64"};

	for (RowFormat format = ROWS_U8; format <= ROWS_F64; format++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		RowView row = row_of(format, n % 16);
		double largest = row_magnitude(format, &row, n);

		print(names[format], n, &largest, sizeof(largest));
		if (n > 0 && n <= 300)
		{
			gram_sums(&runtime, format, n);
			sums_of_rows(&runtime, format, n, false);
			sums_of_rows(&runtime, format, n, true);
		}
		malloc_arena_free(&arena);
	}
}

static void
vectors(size_t n)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Pass pass = {.runtime = &runtime, .parameters = n};
	double out[MOST], dot = vector_dot(data.f64[0], data.f64[1], n);

	print("vector_dot", n, &dot, sizeof(dot));
	pass_add(&pass, data.f64[0], 0.3, data.f64[1], out);
	print("add_chunk", n, out, n * sizeof(double));
	pass_multiply(&pass, data.f64[0], data.f64[1], out);
	print("multiply_chunk", n, out, n * sizeof(double));
	pass_scale(&pass, 0.7, data.f64[0], out);
	print("scale_chunk", n, out, n * sizeof(double));
	malloc_arena_free(&arena);
}

/* What rows of each format answer to a point: features and residual. */
static void
answers(uint32_t n)
{
	static const char *const names[] = {[ROWS_U8] = "widen_u8",
										[ROWS_F32] = "round_f32",
										[ROWS_F64] = "round_f64"};
	const void *values[] = {[ROWS_U8] = data.u8,
							[ROWS_F32] = data.f32[0],
							[ROWS_F64] = data.f64[0]};
	static double unit[MOST], bias;

	for (uint32_t j = 0; j < n; j++)
		unit[j] = 0x1p-20;
	for (RowFormat format = ROWS_U8; format <= ROWS_F64; format++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		ShardEvaluator evaluator;
		ShardAnswer answer = {0};
		ShardPoint point = {.format = format,
							.dimension = n,
							.outputs = 1,
							.predictor = PREDICTOR_REGRESSOR,
							.loss = LOSS_SQUARED,
							.label_unit = 1.0,
							.weights = data.f64[1],
							.bias = &bias,
							.center = data.f64[2],
							.unit = unit,
							.residual_unit = 0x1p-20,
							.root_unit = 1.0,
							.sample = UINT64_MAX};
		ShardRow row = {.format = format,
						.dimension = n,
						.view = {.dense = values[format]},
						.weight = 1.0f};

		need(shard_evaluator_init(&evaluator, &point, &runtime, &failure));
		need(shard_evaluate(&evaluator, &row, &answer, &failure));
		print(names[format], n, answer.residuals, sizeof(int64_t));
		if (format == ROWS_F64)
			print("narrow_f64", n, answer.features, n * sizeof(int32_t));
		malloc_arena_free(&arena);
	}
}

/* Whole numbers, whose products are exact. */
static void
products(size_t n)
{
	double x[4 * 1000], r[4 * 3], product[3 * 1000] = {0}, row[1000] = {0};
	int32_t whole[1000];

	for (size_t j = 0; j < n; j++)
		whole[j] = (int32_t) (data.f64[0][j] * 1000.0);
	shard_product_widen(false, whole, n, x);
	print("shard_product_widen", n, x, n * sizeof(double));
	shard_product_scale(data.f64[0], 1e6, n, x + n);
	print("shard_product_scale", n, x + n, n * sizeof(double));
	shard_product_widen(true, data.u8, n, x + 2 * n);
	shard_product_widen(true, data.u8 + 7, n, x + 3 * n);
	for (int i = 0; i < 12; i++)
		r[i] = rint(data.f64[1][i] * 1e5);
	shard_product_add(NULL, 4, 3, n, r, x, product);
	print("add_block", n, product, 3 * n * sizeof(double));
	shard_product_add(NULL, 1, 1, n, r, x, row);
	print("add_row", n, row, n * sizeof(double));
}

/* Sums of so many entries, and of their squares. */
static void
fold_entries(size_t n, size_t stride)
{
	static uint32_t index[MOST];
	float out[3 * FOLD_LANES];
	size_t start[] = {0, n}, block[] = {0, 1};
	FoldEntries entries = {.count = 1,
						   .start = start,
						   .index = index,
						   .value = data.f32[2],
						   .blocks = 1,
						   .block = block};

	for (size_t i = 0; i < n; i++)
		index[i] = (uint32_t) (i * 31 % (MOST / stride));
	fold_entries_multiply(&entries, 0, data.f32[3], stride, out);
	print("fold_entries_multiply", n, out, stride * sizeof(float));
	fold_entries_multiply_squares(&entries, 0, data.f32[3], stride, out);
	print("fold_entries_multiply_squares", n, out, stride * sizeof(float));
}

/* A row's products with itself, at some places, of some lanes. */
static void
fold_head(size_t n)
{
	static float sums[2 * FOLD_HEAD_PLACES * FOLD_HEAD_PLACES];
	size_t places[FOLD_HEAD_PLACES], count = n % FOLD_HEAD_PLACES;

	for (size_t i = 0; i < count; i++)
		places[i] = (7 * i + 3) % FOLD_HEAD_PLACES;
	memset(sums, 0, sizeof(sums));
	fold_head_add_products(data.f32[0], places, count, data.f32[1], 2, sums);
	print("fold_head_add_products", n, sums, sizeof(sums));
}

/* What conjugate gradients do, one after the other. */
static void
fold_vectors(size_t n, size_t stride)
{
	static float of[8][MOST];
	double sums[3 * 3 * FOLD_LANES] = {0};
	FoldVectors v = {stride, of[0], of[1], of[2], of[3],
					 of[4],	 of[5], of[6], of[7]};
	size_t columns = n / stride;

	memcpy(of, data.f32, sizeof(data.f32));
	memcpy(v.diagonal, data.positive[0], sizeof(data.positive[0]));
	fold_vectors_begin(&v, columns, 0.3f, sums);
	print("fold_vectors_begin", n, of, sizeof(of));
	fold_vectors_product(&v, columns, 0.3f, sums);
	print("fold_vectors_product", n, of, sizeof(of));
	fold_vectors_advance(&v, columns, data.f32[1], sums);
	print("fold_vectors_advance", n, of, sizeof(of));
	fold_vectors_turn(&v, columns, data.f32[2]);
	print("fold_vectors_turn", n, of, sizeof(of));
	fold_vectors_penalty(&v, columns, 0.3f, sums);
	print("fold_vectors_penalty", n, sums, sizeof(sums));
	fold_vectors_move(&v, columns, data.f32[3]);
	print("fold_vectors_move", n, of, sizeof(of));
}

/* Rows laid out, of a head of so many numbers; then of values in the tails, too. */
static void
compact(uint32_t head, bool plain)
{
	static char records[ROWS * (4 * (MOST + 16) + 64)];
	static float gradient[102], head_gradient[MOST + 4];
	uint8_t touched[102] = {0};
	uint32_t order[ROWS];
	float margins[ROWS], targets[ROWS], weights[ROWS];
	CompactRows all = {.dimension = 100,
					   .head_room = (head + 3) / 4 * 4,
					   .tail_count = head % 9,
					   .plain = plain,
					   .records = records};
	size_t floats = 2 + all.head_room + (plain ? 0 : all.tail_count);

	all.stride = floats * sizeof(float) + (all.tail_count + 1) / 2 * 4;
	for (uint32_t i = 0; i < ROWS; i++)
	{
		char *record = records + i * all.stride;

		memcpy(record, data.f32[i % 6], floats * sizeof(float));
		for (uint32_t t = 0; t < all.tail_count; t++)
		{
			uint16_t feature = (uint16_t) ((i * 7 + t * 11) % 102);

			memcpy(record + floats * sizeof(float) + t * sizeof(feature),
				   &feature, sizeof(feature));
		}
		order[i] = i * 17 % ROWS;
	}
	compact_forward(&all, order, ROWS, data.f32[3], data.f32[4], margins,
					targets, weights);
	print("compact_forward", head, margins, sizeof(margins));
	print("compact_forward", head, targets, sizeof(targets));
	memset(gradient, 0, sizeof(gradient));
	memset(head_gradient, 0, sizeof(head_gradient));
	compact_backward(&all, order, ROWS, margins, head_gradient, gradient,
					 touched);
	print("compact_backward", head, gradient, sizeof(gradient));
	print("compact_backward", head, head_gradient, sizeof(head_gradient));
	print("compact_backward", head, touched, sizeof(touched));
}

/* Whether this processor has the level that the sources are compiled for. */
static bool
has_level(const char *level)
{
#if defined(__x86_64__) && defined(__GNUC__)
	if (strcmp(level, "avx2") == 0)
		return __builtin_cpu_supports("avx2");
	if (strcmp(level, "arch=x86-64-v3") == 0)
		return __builtin_cpu_supports("avx2") &&
			   __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
	if (strcmp(level, "arch=x86-64-v4") == 0)
		return __builtin_cpu_supports("avx512f") &&
			   __builtin_cpu_supports("avx512vl") &&
			   __builtin_cpu_supports("avx512bw") &&
			   __builtin_cpu_supports("avx512dq");
#endif
	return true;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && !has_level(argv[1]))
		return 77;
	draw();
	for (size_t i = 0; i < LENGTHS; i++)
	{
		kernels(lengths[i], i % 8);
		narrow(lengths[i]);
		narrow_grams(lengths[i]);
		optimizers(lengths[i]);
		losses(lengths[i]);
		logarithms(lengths[i]);
		sigmoid_rows(lengths[i]);
		rows((uint32_t) lengths[i]);
		vectors(lengths[i]);
		digits(lengths[i]);
		hashes(lengths[i]);
		answers((uint32_t) lengths[i]);
		products(lengths[i]);
		fold_head(lengths[i]);
		for (size_t times = 1; times < 4; times += 2)
		{
			fold_entries(lengths[i], times * FOLD_LANES);
			fold_vectors(lengths[i], times * FOLD_LANES);
		}
		compact((uint32_t) lengths[i], true);
		compact((uint32_t) lengths[i], false);
	}
	return 0;
}
