/*
 * blas.h
 *		OpenBLAS, opened when a training first needs it.
 *
 * OpenBLAS starts a thread a core as soon as it is loaded, with signals open, so
 * it must not be loaded with the module into every backend (nor into the
 * postmaster).  blas_open() loads it with one thread and tests its results.
 */
#ifndef LINLEARN_CORE_MATH_BLAS_H
#define LINLEARN_CORE_MATH_BLAS_H

#include "core/base/runtime.h"

/* The C interface's constants. */
enum
{
	BLAS_ROW_MAJOR = 101,
	BLAS_COL_MAJOR = 102,
	BLAS_NO_TRANS = 111,
	BLAS_TRANS = 112,
	BLAS_UPPER = 121,
	BLAS_LOWER = 122
};

typedef struct Blas
{
	void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k,
				  float alpha, const float *a, int lda, const float *b,
				  int ldb, float beta, float *c, int ldc);
	void (*dgemm)(int order, int trans_a, int trans_b, int m, int n, int k,
				  double alpha, const double *a, int lda, const double *b,
				  int ldb, double beta, double *c, int ldc);
	void (*sgemv)(int order, int trans, int m, int n, float alpha,
				  const float *a, int lda, const float *x, int incx,
				  float beta, float *y, int incy);
	void (*dgemv)(int order, int trans, int m, int n, double alpha,
				  const double *a, int lda, const double *x, int incx,
				  double beta, double *y, int incy);
	void (*ssyrk)(int order, int uplo, int trans, int n, int k, float alpha,
				  const float *a, int lda, float beta, float *c, int ldc);
	void (*dsyrk)(int order, int uplo, int trans, int n, int k, double alpha,
				  const double *a, int lda, double beta, double *c, int ldc);
	/* LAPACK, column-major, called as Fortran. */
	void (*dpotrf)(const char *uplo, const int *n, double *a, const int *lda,
				   int *info);
	void (*dpotrs)(const char *uplo, const int *n, const int *nrhs,
				   const double *a, const int *lda, double *b, const int *ldb,
				   int *info);
	void (*dpotri)(const char *uplo, const int *n, double *a, const int *lda,
				   int *info);
	void (*dtrtrs)(const char *uplo, const char *trans, const char *diag,
				   const int *n, const int *nrhs, const double *a,
				   const int *lda, double *b, const int *ldb, int *info);
	void (*dsyevd)(const char *jobz, const char *uplo, const int *n, double *a,
				   const int *lda, double *w, double *work, const int *lwork,
				   int *iwork, const int *liwork, int *info);
	const char *(*config)(void);
	const char *(*core_name)(void);
} Blas;

/*
 * Gives the library to one thread, loading it the first time.  LL_UNSUPPORTED
 * when it is not installed, lacks a symbol or computes wrong products on this
 * processor; LL_NO_MEMORY when there is no room for it.
 */
extern Status blas_open(const Blas **blas, Failure *failure);

/*
 * Makes ready for up to wanted threads that call OpenBLAS at once; *callers is
 * for how many there is memory: no more may call it.
 */
extern Status blas_reserve(size_t wanted, size_t *callers, Failure *failure);

/* Bytes of a description, with its end. */
#define BLAS_NAME_SIZE 64

/* Writes version and kernels, e.g. "OpenBLAS 0.3.21 Haswell"; the rest zeros. */
extern void blas_describe(const Blas *blas, char name[BLAS_NAME_SIZE]);

#endif
