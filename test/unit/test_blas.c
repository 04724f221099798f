/*
 * test_blas.c
 *		OpenBLAS as it is opened: one thread, right products and solutions, the
 *		same bits whatever stands beside.
 */
#include "core/math/blas.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"
#include "unit.h"

static int
process_threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	int count = 0;

	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 2;
}

/* Opening starts no thread, leaves the environment alone, and can be repeated. */
static void
test_open(void **state)
{
	int before = process_threads();
	const Blas *blas = NULL, *again = NULL;
	Failure failure;

	(void) state;
	setenv("OPENBLAS_NUM_THREADS", "3", 1);
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	assert_int_equal(blas_open(&again, &failure), LL_OK);
	assert_ptr_equal(blas, again);
	assert_string_equal(getenv("OPENBLAS_NUM_THREADS"), "3");
	unsetenv("OPENBLAS_NUM_THREADS");
	assert_int_equal(process_threads(), before);
	assert_non_null(strstr(blas->config(), "OpenBLAS"));
}

/* C = A B + C with strides wider than the rows, both ways of A. */
static void
check_product(const Blas *blas, int m, int n, int k, bool transpose)
{
	int lda = (transpose ? m : k) + 3, ldb = n + 1, ldc = n + 2;
	float *a = malloc((size_t) (transpose ? k : m) * lda * sizeof(float));
	float *b = malloc((size_t) k * ldb * sizeof(float));
	float *c = malloc((size_t) m * ldc * sizeof(float));

	for (int i = 0; i < (transpose ? k : m) * lda; i++)
		a[i] = (float) random_normal(1, i);
	for (int i = 0; i < k * ldb; i++)
		b[i] = (float) random_normal(2, i);
	for (int i = 0; i < m * ldc; i++)
		c[i] = 1.0f;
	blas->sgemm(BLAS_ROW_MAJOR, transpose ? BLAS_TRANS : BLAS_NO_TRANS,
				BLAS_NO_TRANS, m, n, k, 1.0f, a, lda, b, ldb, 1.0f, c, ldc);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < ldc; j++)
		{
			double sum = 1.0;

			for (int l = 0; l < k && j < n; l++)
				sum += (double) (transpose ? a[l * lda + i] : a[i * lda + l]) *
					   b[l * ldb + j];
			assert_true(fabs(c[i * ldc + j] - sum) < 1e-5 * sqrt(k) * 10);
		}
	free(a);
	free(b);
	free(c);
}

static void
test_products(void **state)
{
	static const int sizes[] = {1, 2, 5, 8, 10, 16, 33, 257, 785};
	const Blas *blas;
	Failure failure;

	(void) state;
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	for (int i = 0; i < 9; i++)
		for (int j = 0; j < 7; j++)
			for (int k = 0; k < 9; k += 2)
			{
				check_product(blas, sizes[i], sizes[j], sizes[k], false);
				check_product(blas, sizes[i], sizes[j], sizes[k], true);
			}
}

/* Cholesky's factor solves a symmetric system. */
static void
test_cholesky(void **state)
{
	enum
	{
		N = 40
	};
	double a[N * N] = {0}, factor[N * N], x[N], b[N];
	int n = N, one = 1, info;
	const Blas *blas;
	Failure failure;

	(void) state;
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			for (int k = 0; k < N; k++)
				a[i * N + j] += random_normal(3, i * N + k) *
								random_normal(3, j * N + k) / N;
	for (int i = 0; i < N; i++)
		a[i * N + i] += 0.1;
	memcpy(factor, a, sizeof(a));
	for (int i = 0; i < N; i++)
		x[i] = b[i] = random_normal(4, i);
	blas->dpotrf("L", &n, factor, &n, &info);
	assert_int_equal(info, 0);
	blas->dpotrs("L", &n, &one, factor, &n, x, &n, &info);
	assert_int_equal(info, 0);
	for (int i = 0; i < N; i++)
	{
		double sum = 0;

		for (int j = 0; j < N; j++)
			sum += a[i * N + j] * x[j];
		assert_true(fabs(sum - b[i]) < 1e-9);
	}
	/* what is not positive definite is said so */
	memset(factor, 0, sizeof(factor));
	blas->dpotrf("L", &n, factor, &n, &info);
	assert_true(info > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_cholesky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
