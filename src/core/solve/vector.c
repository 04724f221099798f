/*
 * vector.c
 *		Operations on vectors as long as the weights, on all threads.
 *
 * Vectors are cut into chunks, and sums of chunks are added in order, so that
 * any number of threads gives the same bits.
 */
#include "core/solve/vector.h"

#include "core/base/dispatch.h"

/* Elements of a task; of three vectors they fit the second-level cache. */
#define CHUNK ((size_t) 1 << 14)

typedef struct VectorJob
{
	void (*kernel)(struct VectorJob *job, size_t from, size_t n);
	const Runtime *runtime;
	double factor;
	const double *a;
	const double *b;
	double *out; /* of dot: one sum a chunk */
	size_t n;
} VectorJob;

static void
run_chunk(void *argument, size_t index)
{
	VectorJob *job = argument;
	size_t from = index * CHUNK;
	size_t left = job->n - from;

	/* What comes of it then means nothing; the next pass over rows ends. */
	if (runtime_interrupted(job->runtime))
		return;
	job->kernel(job, from, left < CHUNK ? left : CHUNK);
}

/* Runs a job's chunks; a short vector is not worth waking threads for. */
static void
run_job(const Pass *pass, VectorJob *job)
{
	size_t chunks = vector_chunks(job->n);

	job->runtime = pass->runtime;
	if (pass->pool != NULL && chunks > 1)
		threads_run(pass->pool, run_chunk, job, chunks);
	else
		for (size_t i = 0; i < chunks; i++)
			run_chunk(job, i);
}

size_t
vector_chunks(size_t n)
{
	return (n + CHUNK - 1) / CHUNK;
}

UNFUSED_CLONES double
vector_dot(const double *a, const double *b, size_t n)
{
	double lane[8] = {0};
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++)
			lane[k] += a[i + k] * b[i + k];
	for (size_t k = 0; i + k < n; k++)
		lane[k] += a[i + k] * b[i + k];
	return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
		   ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static void
dot_chunk(VectorJob *job, size_t from, size_t n)
{
	job->out[from / CHUNK] = vector_dot(job->a + from, job->b + from, n);
}

double
pass_dot(const Pass *pass, const double *a, const double *b)
{
	VectorJob job = {.kernel = dot_chunk,
					 .a = a,
					 .b = b,
					 .out = pass->chunk_sums,
					 .n = pass->parameters};
	double sum = 0.0;

	run_job(pass, &job);
	for (size_t i = 0; i < vector_chunks(job.n); i++)
		sum += job.out[i];
	return sum;
}

UNFUSED_CLONES static void
add_chunk(VectorJob *job, size_t from, size_t n)
{
	const double *a = job->a + from;
	const double *b = job->b + from;
	double *out = job->out + from;
	double factor = job->factor;

	for (size_t i = 0; i < n; i++)
		out[i] = a[i] + factor * b[i];
}

void
pass_add(const Pass *pass, const double *a, double factor, const double *b,
		 double *out)
{
	VectorJob job = {.kernel = add_chunk,
					 .factor = factor,
					 .a = a,
					 .b = b,
					 .out = out,
					 .n = pass->parameters};

	run_job(pass, &job);
}

UNFUSED_CLONES static void
multiply_chunk(VectorJob *job, size_t from, size_t n)
{
	const double *a = job->a + from;
	const double *b = job->b + from;
	double *out = job->out + from;

	for (size_t i = 0; i < n; i++)
		out[i] = a[i] * b[i];
}

void
pass_multiply(const Pass *pass, const double *a, const double *b, double *out)
{
	VectorJob job = {.kernel = multiply_chunk,
					 .a = a,
					 .b = b,
					 .out = out,
					 .n = pass->parameters};

	run_job(pass, &job);
}

UNFUSED_CLONES static void
scale_chunk(VectorJob *job, size_t from, size_t n)
{
	const double *a = job->a + from;
	double *out = job->out + from;
	double factor = job->factor;

	for (size_t i = 0; i < n; i++)
		out[i] = a[i] * factor;
}

void
pass_scale(const Pass *pass, double factor, const double *a, double *out)
{
	VectorJob job = {.kernel = scale_chunk,
					 .factor = factor,
					 .a = a,
					 .out = out,
					 .n = pass->parameters};

	run_job(pass, &job);
}
