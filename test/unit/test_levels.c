/*
 * test_levels.c
 *		The kernels as compiled for each level of the processor, vectorised as in
 *		a release, against the plain ones: equal to the bit.
 *
 * A release chooses a level by the processor, which no setting hides, so the
 * sources are compiled here once more for each.
 */
#include "core/math/kernels.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/dispatch.h"
#include "core/base/random.h"
#include "unit.h"

typedef struct Level
{
	const char *name;
	float (*dot_u8)(const uint8_t *, const float *, size_t);
	double (*dot_f32)(const float *, const double *, size_t);
	double (*dot_f64)(const double *, const double *, size_t);
	void (*normalize_u8)(const uint8_t *, const float *, const float *,
						 float *, size_t);
	void (*normalize_f32)(const float *, const double *, const double *,
						  float *, size_t);
	void (*normalize_f64)(const double *, const double *, const double *,
						  float *, size_t);
	void (*axpy)(float, const float *, float *, size_t);
	void (*blend)(float, const float *restrict, float *restrict, size_t);
	void (*scale)(float, float *, size_t);
} Level;

static const Level plain = {"plain",
							kernel_dot_u8,
							kernel_dot_f32,
							kernel_dot_f64,
							kernel_normalize_u8,
							kernel_normalize_f32,
							kernel_normalize_f64,
							kernel_axpy,
							kernel_blend,
							kernel_scale};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&        \
	__GNUC__ >= 12
#define HAVE_LEVELS
#pragma GCC push_options
#pragma GCC optimize("O3")
#undef KERNEL_CLONES
#undef UNFUSED_CLONES
#define kernel_dot_u8 LEVEL(dot_u8)
#define kernel_dot_f32 LEVEL(dot_f32)
#define kernel_dot_f64 LEVEL(dot_f64)
#define kernel_normalize_u8 LEVEL(normalize_u8)
#define kernel_normalize_f32 LEVEL(normalize_f32)
#define kernel_normalize_f64 LEVEL(normalize_f64)
#define kernel_axpy LEVEL(axpy)
#define kernel_blend LEVEL(blend)
#define kernel_scale LEVEL(scale)
#define LEVEL_OF(name)                                                        \
	{                                                                         \
		name, kernel_dot_u8, kernel_dot_f32, kernel_dot_f64,                  \
			kernel_normalize_u8, kernel_normalize_f32, kernel_normalize_f64,  \
			kernel_axpy, kernel_blend, kernel_scale                           \
	}

#define UNFUSED_CLONES KERNEL_CLONES
#define KERNEL_CLONES __attribute__((target("arch=x86-64"))) static
#define LEVEL(kernel) level_1_##kernel
#include "core/math/kernels.c"
static const Level level_1 = LEVEL_OF("x86-64");
#undef KERNEL_CLONES
#undef LEVEL
#undef LANES

#define KERNEL_CLONES __attribute__((target("arch=x86-64-v3"))) static
#define LEVEL(kernel) level_3_##kernel
#include "core/math/kernels.c"
static const Level level_3 = LEVEL_OF("x86-64-v3");
#undef KERNEL_CLONES
#undef LEVEL
#undef LANES

#define KERNEL_CLONES __attribute__((target("arch=x86-64-v4"))) static
#define LEVEL(kernel) level_4_##kernel
#include "core/math/kernels.c"
static const Level level_4 = LEVEL_OF("x86-64-v4");
#pragma GCC pop_options
#endif

#define MOST 1100

/* Inputs whose products need every digit. */
typedef struct Data
{
	uint8_t u8[MOST];
	float f32[MOST];
	double f64[MOST];
	float w32[MOST];
	double w64[MOST];
	float shift[MOST];
	double mean[MOST];
} Data;

static void
draw(Data *data, uint64_t key)
{
	for (size_t i = 0; i < MOST; i++)
	{
		data->u8[i] = (uint8_t) random_bits(key, 10 * i);
		data->f32[i] = (float) (random_uniform(key, 10 * i + 1) - 0.5);
		data->f64[i] = random_uniform(key, 10 * i + 2) - 0.5;
		data->w32[i] = (float) (random_uniform(key, 10 * i + 3) - 0.5);
		data->w64[i] = random_uniform(key, 10 * i + 4) - 0.5;
		data->shift[i] = (float) random_uniform(key, 10 * i + 5);
		data->mean[i] = random_uniform(key, 10 * i + 6);
	}
}

#define RESULTS (20 + 6 * MOST * sizeof(float)) /* bytes */

/* What all kernels give for n elements from a place on. */
static void
results(const Level *level, const Data *data, size_t from, size_t n,
		uint8_t *bytes)
{
	float out[6][MOST] = {{0}};
	float u8 = level->dot_u8(data->u8 + from, data->w32 + from, n);
	double f32 = level->dot_f32(data->f32 + from, data->w64 + from, n);
	double f64 = level->dot_f64(data->f64 + from, data->w64 + from, n);

	level->normalize_u8(data->u8 + from, data->w32 + from, data->shift + from,
						out[0], n);
	level->normalize_f32(data->f32 + from, data->mean + from, data->w64 + from,
						 out[1], n);
	level->normalize_f64(data->f64 + from, data->mean + from, data->w64 + from,
						 out[2], n);
	for (int i = 3; i < 6; i++)
		memcpy(out[i], data->f32 + from, n * sizeof(float));
	level->axpy(0.7f, data->w32 + from, out[3], n);
	level->blend(0.3f, data->w32 + from, out[4], n);
	level->scale(0.1f, out[5], n);
	memcpy(bytes, &u8, sizeof(u8));
	memcpy(bytes + 4, &f32, sizeof(f32));
	memcpy(bytes + 12, &f64, sizeof(f64));
	memcpy(bytes + 20, out, sizeof(out));
}

static void
compare(const Level *level)
{
	static const size_t widths[] = {0,	1,	2,	7,	 8,	  15,	16,
									17, 31, 32, 33,	 63,  64,	65,
									96, 97, 99, 784, 785, 1000, 1090};
	Data *data = malloc(sizeof(Data));
	uint8_t *expected = malloc(RESULTS), *got = malloc(RESULTS);

	for (uint64_t key = 0; key < 20; key++)
	{
		draw(data, key);
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
		{
			results(&plain, data, key % 8, widths[w], expected);
			results(level, data, key % 8, widths[w], got);
			if (memcmp(expected, got, RESULTS) != 0)
				fail_msg("%s differs at %zu elements", level->name, widths[w]);
		}
	}
	free(data);
	free(expected);
	free(got);
}

#ifdef HAVE_LEVELS
static void
test_baseline(void **state)
{
	(void) state;
	compare(&level_1);
}

static void
test_avx2(void **state)
{
	(void) state;
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
		!__builtin_cpu_supports("bmi2"))
		skip();
	compare(&level_3);
}

static void
test_avx512(void **state)
{
	(void) state;
	if (!__builtin_cpu_supports("avx512f") ||
		!__builtin_cpu_supports("avx512vl") ||
		!__builtin_cpu_supports("avx512bw") ||
		!__builtin_cpu_supports("avx512dq"))
		skip();
	compare(&level_4);
}
#endif

static void
test_plain(void **state)
{
	(void) state;
	compare(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
#ifdef HAVE_LEVELS
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_avx2),
		cmocka_unit_test(test_avx512),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
