/*
 * blas.c
 *		Loads OpenBLAS single-threaded and tests it.
 */
#include "core/math/blas.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/math/blas_buffers.h"

/*
 * What the library and those that it needs take, with room to start in: since
 * some release it maps a first buffer while it is loaded, where it tries for
 * ever without memory, or ends the process.
 */
#define LIBRARY_BYTES (((size_t) 96 << 20) + BLAS_BUFFER_BYTES)

static Blas library;
static BlasBuffers buffers;
static bool library_ready = false;

/* Where each function pointer lies, and the symbol it is bound to. */
static const struct
{
	const char *symbol;
	void **slot;
} symbols[] = {
	{"cblas_sgemm", (void **) &library.sgemm},
	{"cblas_dgemm", (void **) &library.dgemm},
	{"cblas_sgemv", (void **) &library.sgemv},
	{"cblas_dgemv", (void **) &library.dgemv},
	{"cblas_ssyrk", (void **) &library.ssyrk},
	{"cblas_dsyrk", (void **) &library.dsyrk},
	{"dpotrf_", (void **) &library.dpotrf},
	{"dpotrs_", (void **) &library.dpotrs},
	{"dpotri_", (void **) &library.dpotri},
	{"dtrtrs_", (void **) &library.dtrtrs},
	{"dsyevd_", (void **) &library.dsyevd},
	{"openblas_get_config", (void **) &library.config},
	{"openblas_get_corename", (void **) &library.core_name},
};

/* The plain product that a GEMM must agree with: a test value without bias. */
static float
test_value(int i)
{
	return (float) ((i * 7919 + 13) % 97) / 97.0f - 0.5f;
}

/*
 * Whether products of one shape come out right.  Some releases compute wrong
 * products on processors younger than themselves.
 */
static bool
product_is_right(int rows, int columns, int depth, bool transpose)
{
	float a[67 * 130], b[130 * 33], c[67 * 33];

	for (int i = 0; i < rows * depth; i++)
		a[i] = test_value(i);
	for (int i = 0; i < depth * columns; i++)
		b[i] = test_value(i + 31);
	library.sgemm(BLAS_ROW_MAJOR, transpose ? BLAS_TRANS : BLAS_NO_TRANS,
				  BLAS_NO_TRANS, rows, columns, depth, 1.0f, a,
				  transpose ? rows : depth, b, columns, 0.0f, c, columns);
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
		{
			double sum = 0.0;

			for (int k = 0; k < depth; k++)
				sum +=
					(double) (transpose ? a[k * rows + i] : a[i * depth + k]) *
					b[k * columns + j];
			if (!(fabs(sum - c[i * columns + j]) < 1e-4))
				return false;
		}
	return true;
}

/* Binds every symbol. */
static Status
bind_symbols(void *handle, Failure *failure)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
	{
		*symbols[i].slot = dlsym(handle, symbols[i].symbol);
		if (*symbols[i].slot == NULL)
		{
			fail(failure, LL_UNSUPPORTED, "OpenBLAS has no function %s",
				 symbols[i].symbol);
			fail_hint(failure, "Install OpenBLAS 0.3 or later with its C "
							   "interface and LAPACK.");
			return LL_UNSUPPORTED;
		}
	}
	*(void **) &buffers.allocate = dlsym(handle, "blas_memory_alloc");
	*(void **) &buffers.release = dlsym(handle, "blas_memory_free");
	return LL_OK;
}

/* The library's file: with its version, or as developers have it. */
#ifdef __APPLE__
static const char *const names[] = {"libopenblas.0.dylib",
									"libopenblas.dylib"};
#else
static const char *const names[] = {"libopenblas.so.0", "libopenblas.so"};
#endif

/* How many threads the library starts: builds for OpenMP heed the second. */
static const char *const thread_settings[] = {"OPENBLAS_NUM_THREADS",
											  "OMP_NUM_THREADS"};
#define THREAD_SETTINGS (sizeof(thread_settings) / sizeof(thread_settings[0]))

/* Sets each to one and gives what it was: NULL where it was not set. */
static void
set_one_thread(char *saved[THREAD_SETTINGS])
{
	for (size_t i = 0; i < THREAD_SETTINGS; i++)
	{
		const char *value = getenv(thread_settings[i]);

		saved[i] = value != NULL ? strdup(value) : NULL;
		setenv(thread_settings[i], "1", 1);
	}
}

static void
restore_threads(char *saved[THREAD_SETTINGS])
{
	for (size_t i = 0; i < THREAD_SETTINGS; i++)
	{
		if (saved[i] != NULL)
			setenv(thread_settings[i], saved[i], 1);
		else
			unsetenv(thread_settings[i]);
		free(saved[i]);
	}
}

/* Opens the shared library with one thread and no signal open to it. */
static void *
open_library(void)
{
	char *saved[THREAD_SETTINGS];
	sigset_t all, before;
	void *handle = NULL;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	set_one_thread(saved);
	for (size_t i = 0; handle == NULL && i < sizeof(names) / sizeof(names[0]);
		 i++)
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	restore_threads(saved);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return handle;
}

/* Reports a library that is not there, as the first of its names is missed. */
static Status
fail_to_load(Failure *failure)
{
	const char *reason = NULL;

	if (dlopen(names[0], RTLD_NOW | RTLD_LOCAL) == NULL)
		reason = dlerror();
	fail(failure, LL_UNSUPPORTED, "could not load OpenBLAS: %s",
		 reason != NULL ? reason : names[0]);
	fail_hint(failure, "Install it, on Debian as package libopenblas0.");
	return LL_UNSUPPORTED;
}

/* Loads the library where there is room: what starts in it does not ask. */
static Status
load_library(Failure *failure)
{
	void *handle;

	if (!memory_is_there(LIBRARY_BYTES))
		return fail_no_memory(failure);
	handle = open_library();
	return handle != NULL ? bind_symbols(handle, failure)
						  : fail_to_load(failure);
}

Status
blas_reserve(size_t wanted, size_t *callers, Failure *failure)
{
	return blas_buffers_map(&buffers, wanted, callers, failure);
}

Status
blas_open(const Blas **blas, Failure *failure)
{
	size_t callers;
	Status status;

	*blas = &library;
	if (library_ready)
		return LL_OK;
	if (library.core_name == NULL)
	{
		status = load_library(failure);
		if (status != LL_OK)
			return status;
	}
	status = blas_reserve(1, &callers, failure);
	if (status != LL_OK)
		return status;
	if (!product_is_right(67, 33, 130, false) ||
		!product_is_right(67, 33, 130, true) ||
		!product_is_right(5, 1, 130, false) ||
		!product_is_right(64, 16, 128, true) ||
		!product_is_right(13, 10, 97, false))
	{
		fail(failure, LL_UNSUPPORTED,
			 "OpenBLAS computes wrong products on this processor");
		fail_detail(failure,
					"The library is \"%s\", its kernels are those for "
					"%s.",
					library.config(), library.core_name());
		fail_hint(failure, "Upgrade OpenBLAS, or set OPENBLAS_CORETYPE (for "
						   "example to Haswell) in the server's environment.");
		return LL_UNSUPPORTED;
	}
	library_ready = true;
	return LL_OK;
}

/* The configuration begins with the library's name and version. */
void
blas_describe(const Blas *blas, char name[BLAS_NAME_SIZE])
{
	const char *config = blas->config();
	size_t words = strcspn(config, " ");

	if (config[words] == ' ')
		words += 1 + strcspn(config + words + 1, " ");
	memset(name, 0, BLAS_NAME_SIZE);
	snprintf(name, BLAS_NAME_SIZE, "%.*s %s", (int) words, config,
			 blas->core_name());
}
