/*
 * rows.h
 *		Rows packed in memory: features, label, weight and the 64-bit hash that
 *		puts them into their canonical order.
 *
 * Whatever order rows arrive in, and through however many parallel workers,
 * rows_seal() leaves them in the same order: by hash, ties by bytes.  All sums
 * over rows run in this order, so that the same rows give the same bits.
 *
 * Records may lie in a file (spill.h): read them only after rows_load().
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_H
#define LINLEARN_CORE_ROWS_ROWS_H

#include "core/base/threads.h"

/*
 * What a byte counts: byte b is the feature b/256.  A power of two, so that no
 * number changes but for its exponent.  Rows keep their bytes as they are.
 */
#define BYTE_UNIT (1.0 / 256)

typedef enum RowFormat
{
	ROWS_U8,	 /* uint8_t[dimension] */
	ROWS_F32,	 /* float[dimension] */
	ROWS_F64,	 /* double[dimension] */
	ROWS_SPARSE, /* uint32_t count, uint32_t index[count], float value[count] */
	/* Cells of a table's row (columns/cell_store.h), no features yet:
	 * uint32_t size, padding, uint8_t bytes[size]. */
	ROWS_CELLS
} RowFormat;

/* What one over the scale of a sparse feature is, where it is normalised. */
typedef enum SparseScaling
{
	SCALE_BY_LARGEST,	/* its largest size */
	SCALE_BY_DEVIATION, /* its deviation: it comes centered */
	SCALE_PLAIN			/* 1: it comes scaled */
} SparseScaling;

/* One row as it is handed in or read back. */
typedef struct RowView
{
	const void *dense;	   /* U8, F32, F64: dimension elements; CELLS: bytes */
	const uint32_t *index; /* SPARSE: ascending, below dimension */
	const float *value;	   /* SPARSE */
	uint32_t count;		   /* SPARSE: entries; CELLS: bytes */
	double largest;		   /* |x| where it is known already, else 0 */
} RowView;

/*
 * How large rows are: the least and the largest of their magnitudes, a row's
 * being its largest |x|.  Rows of zeros do not count; largest 0: there are none.
 */
typedef struct MagnitudeRange
{
	double least;
	double largest;
} MagnitudeRange;

typedef struct Spill Spill;
typedef struct GramSums GramSums;
typedef struct Shards Shards;

/* What is known of a dense feature over all rows. */
typedef struct FeatureSpread
{
	double mean;
	double deviation; /* of the population */
	double minimum;
	double maximum;
} FeatureSpread;

typedef struct Rows
{
	Runtime runtime;
	RowFormat format;
	uint32_t dimension;
	size_t count;
	/*
	 * Records lie in pieces whose sizes double up to a limit, so that a group of
	 * a hundred rows stays small and a large set never moves.
	 */
	size_t stride; /* bytes of a dense record */
	size_t ahead;  /* bytes of a record to ask for ahead, after rows_seal */
	/* SPARSE: [dimension] how features are scaled; NULL: all by their largest. */
	const uint8_t *scaling;
	struct RowPiece *pieces;
	size_t piece_count;
	size_t piece_capacity;
	size_t piece_current; /* the one that records go to */
	size_t record_bytes;  /* of all records, padding included */
	size_t spilled_bytes; /* of those that are in a file */
	const char **records; /* address of each row, in arrival order */
	double *labels;		  /* class code or target, in arrival order */
	uint64_t *hashes; /* of the first `hashed` rows; else of their labels */
	size_t hashed;
	/*
	 * Until rows_hash a thread beside may hash the first `handed` rows (atomic),
	 * whose hashed, fingerprint and magnitudes then are its own.
	 */
	Aside *aside; /* NULL: none does */
	size_t handed;
	size_t next_look;	/* bytes of records from which more are handed over */
	size_t expected;	/* rows whose places in arrays are there, or will be */
	bool number_labels; /* whose hashes are hash64_number() */
	float *weights;		/* NULL: all are 1 */
	double *offsets;	/* what margins have beside the model's; NULL: 0 */
	double *fold_keys; /* group or time that folds keep together; NULL: none */
	size_t capacity;   /* of the arrays above */
	size_t bytes;	   /* memory held, all in all */
	uint64_t fingerprint; /* sum of row hashes: the same in any order */
	MagnitudeRange
		magnitudes;	 /* of the rows hashed, those split off included */
	uint32_t *order; /* after rows_seal: canonical order */
	Spill *spill;	 /* records in a file; NULL: all are in memory */
	/*
	 * After rows_sum_up: what is left of the rows, besides count and fingerprint;
	 * there are no records, labels, weights nor an order.
	 */
	GramSums *sums;
	/*
	 * Rows that are elsewhere (shards/shards.h), of which only their number,
	 * fingerprint, magnitudes and [dimension] spreads are here; else NULL.
	 */
	Shards *shards;
	const FeatureSpread *spreads;
	size_t *window_start; /* after rows_seal: place of each window's first */
} Rows;

/* Makes an empty store; memory comes from runtime. */
extern void rows_init(Rows *rows, const Runtime *runtime, RowFormat format,
					  uint32_t dimension);

/*
 * Copies one row in.  label_hash stands for the label in the row's hash: the
 * same for equal labels whatever code they were given.  A row of weight 0 is none,
 * and not to be handed in.  LL_NO_MEMORY or LL_LIMIT (2^32 - 1 rows).
 */
extern Status rows_append(Rows *rows, const RowView *row, double label,
						  uint64_t label_hash, float weight, Failure *failure);

/*
 * Gives the row that was appended last an offset of its margin, which its hash
 * takes in.  0 is none.  LL_NO_MEMORY.
 */
extern Status rows_give_offset(Rows *rows, double offset, Failure *failure);

/*
 * Gives the row that was appended last the key that folds go by, a group's number
 * or a time; all rows have one or none has.  key_hash stands for it in the row's
 * hash, the same for one key whatever its number.  LL_NO_MEMORY.
 */
extern Status rows_give_fold_key(Rows *rows, double key, uint64_t key_hash,
								 Failure *failure);

/*
 * Computes the hashes of rows that have none yet, and adds them to the
 * fingerprint and the magnitudes, on the pool's threads or, pool being NULL, on
 * this one.  What needs hashes calls it, so a caller need do so only to lend its
 * pool.
 */
extern Status rows_hash(Rows *rows, ThreadPool *pool, Failure *failure);

/*
 * Gives the hashes of a sealed store back, which windows in a file alone still
 * need: nothing may be split off, shared or joined then.
 */
extern void rows_forget_hashes(Rows *rows);

/* The row that stands at a place of the canonical order. */
static inline size_t
rows_at(const Rows *rows, size_t place)
{
	return rows->order[place];
}

/*
 * The i-th of n rows for a sample: evenly spaced places, so that of many copies
 * of a row their share is drawn.
 */
static inline size_t
rows_sampled(const Rows *rows, size_t i, size_t n)
{
	return rows->order[(uint64_t) i * rows->count / n];
}

/* The key of row i (arrival order) that folds go by; 0: none. */
static inline double
rows_fold_key(const Rows *rows, size_t i)
{
	return rows->fold_keys == NULL ? 0.0 : rows->fold_keys[i];
}

/* Gives all memory of a store back early; nothing of it may be used then. */
extern void rows_release(Rows *rows);

/* Reads row i (arrival order) back. */
extern RowView rows_view(const Rows *rows, size_t i);

/* The same of sparse rows, for inner loops. */
static inline RowView
rows_sparse_view(const Rows *rows, size_t i)
{
	const uint32_t *record =
		(const uint32_t *) (const void *) rows->records[i];

	return (RowView){record, record + 1,
					 (const float *) (const void *) (record + 1 + *record),
					 *record};
}

/*
 * Asks for records some rows ahead of the i-th of n in an order, which lie
 * anywhere in memory.  The processor sees itself where a long one goes on.
 * GCC drops calls of a function that does nothing else: hence always_inline.
 */
static inline __attribute__((always_inline)) void
rows_prefetch(const Rows *rows, const uint32_t *order, size_t i, size_t n)
{
	const size_t ahead = 8, line = 64, most = 1024;

	if (i + 2 * ahead < n)
		__builtin_prefetch(&rows->records[order[i + 2 * ahead]]);
	if (i + ahead < n)
	{
		const char *record = rows->records[order[i + ahead]];
		size_t end = rows->ahead + (uintptr_t) record % line;

		for (size_t at = 0; at < most && at < end; at += line)
			__builtin_prefetch(record + at);
	}
}

/* The weight of row i (arrival order). */
static inline float
rows_weight(const Rows *rows, size_t i)
{
	return rows->weights == NULL ? 1.0f : rows->weights[i];
}

/* The offset of row i (arrival order). */
static inline double
rows_offset(const Rows *rows, size_t i)
{
	return rows->offsets == NULL ? 0.0 : rows->offsets[i];
}

/* Values of a row that are there: its features or, sparse, about its entries. */
static inline double
rows_mean_entries(const Rows *rows)
{
	return rows->format == ROWS_SPARSE && rows->count > 0
			   ? (double) rows->record_bytes / (double) rows->count /
					 (sizeof(uint32_t) + sizeof(float))
			   : (double) rows->dimension;
}

/* ---- For the other files of rows ---- */

/* Adds a hashed row of another store, whose record both then hold. */
extern bool rows_share(Rows *rows, const Rows *from, size_t i);

/*
 * The hash of a record of so many bytes, made from that of its label; rows of
 * weight 1 hash as those without.
 */
extern uint64_t rows_record_hash(const void *record, size_t size,
								 uint64_t label_hash, float weight);

/* The hash of a row, made from that of its record as a row of weight 1. */
extern uint64_t rows_weighted_hash(uint64_t hash, float weight);

/* Of a record of cells, which stay aligned: their size. */
#define ROWS_CELLS_HEADER 8

/* A record's size with the padding that keeps the next one aligned. */
static inline size_t
rows_padded(size_t size)
{
	return (size + 7) & ~(size_t) 7;
}

/* Bytes of a row's record before padding. */
extern size_t rows_record_size(const Rows *rows, const RowView *row);

/* Bytes that the record of row i takes, padding included. */
extern size_t rows_record_bytes(const Rows *rows, size_t i);

/* Finds size bytes for a record, 8-byte aligned; NULL when out of memory. */
extern char *rows_take_record(Rows *rows, size_t size);

/* Exchanges the memory of two stores' records, but for what counts it. */
extern void rows_swap_pieces(Rows *a, Rows *b);

/*
 * Gives another store the memory of records that lie before row i (arrival order)
 * and are not read any more; nothing where records may go to a file.
 */
extern void rows_give_pieces(Rows *from, size_t i, Rows *to);

/* Forgets the records in memory, whose room serves the next; or gives it back. */
extern void rows_reuse_pieces(Rows *rows);
extern void rows_release_pieces(Rows *rows);

#endif
