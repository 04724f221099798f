/*
 * rows_summed.c
 *		Rows of which only the sums are kept.
 */
#include "core/rows/rows_summed.h"

#include "core/rows/gram_sums.h"
#include "core/rows/magnitude.h"
#include "core/rows/row_array.h"

Status
rows_sum_row(Rows *rows, const RowView *row, double label, uint64_t label_hash,
			 float weight, Failure *failure)
{
	double magnitude = row_magnitude(rows->format, row, rows->dimension);

	magnitude_range_add(&rows->magnitudes,
						(MagnitudeRange){magnitude, magnitude});
	gram_sums_hash(rows->sums, row->dense, rows->stride, label,
				   rows->number_labels ? NULL : &label_hash);
	rows->hashed = ++rows->count;
	return gram_sums_add(rows->sums, row, label, weight, failure);
}

Status
rows_sum_flush(Rows *rows, Failure *failure)
{
	Status status = gram_sums_flush(rows->sums, failure);

	rows->fingerprint += gram_sums_take_fingerprint(rows->sums);
	return status;
}

/* Gives back what the rows themselves took. */
static void
release_rows(Rows *rows)
{
	rows_release_pieces(rows);
	row_array_release(&rows->runtime, rows->records);
	row_array_release(&rows->runtime, rows->labels);
	row_array_release(&rows->runtime, rows->hashes);
	row_array_release(&rows->runtime, rows->weights);
	rows->records = NULL;
	rows->labels = NULL;
	rows->hashes = NULL;
	rows->weights = NULL;
	rows->capacity = 0;
	rows->record_bytes = 0;
}

/* Has a kept row, whose label is hashed alone, take part in what rows have. */
static void
count_in(Rows *rows, GramSums *sums, size_t i, const RowView *row)
{
	double magnitude = row_magnitude(rows->format, row, rows->dimension);

	magnitude_range_add(&rows->magnitudes,
						(MagnitudeRange){magnitude, magnitude});
	gram_sums_hash(sums, row->dense, rows->stride, rows->labels[i],
				   &rows->hashes[i]);
}

/* Adds the rows that are kept to sums. */
static Status
add_rows(Rows *rows, GramSums *sums, Failure *failure)
{
	bool hashed = rows->aside != NULL || rows->hashed > 0;
	Status status = hashed ? rows_hash(rows, NULL, failure) : LL_OK;

	for (size_t i = 0; i < rows->count && status == LL_OK; i++)
	{
		RowView view = rows_view(rows, i);

		if (runtime_stops_wide(&rows->runtime, i, rows->dimension))
			return fail_cancelled(failure);
		if (!hashed)
			count_in(rows, sums, i, &view);
		status = gram_sums_add(sums, &view, rows->labels[i],
							   rows_weight(rows, i), failure);
	}
	if (status == LL_OK)
		status = gram_sums_flush(sums, failure);
	rows->fingerprint += gram_sums_take_fingerprint(sums);
	rows->hashed = rows->count;
	return status;
}

Status
rows_sum_up(Rows *rows, Failure *failure)
{
	GramSums *sums;
	Status status;

	if (rows->sums != NULL)
		return LL_OK;
	status = gram_sums_create(&rows->runtime, rows->format, rows->dimension,
							  &sums, failure);
	if (status == LL_OK)
		status = add_rows(rows, sums, failure);
	if (status != LL_OK)
		return status;
	release_rows(rows);
	rows->sums = sums;
	return LL_OK;
}

Status
rows_sum_in(Rows *rows, const Rows *summed, Failure *failure)
{
	Status status = rows_sum_up(rows, failure);

	if (status != LL_OK)
		return status;
	gram_sums_merge(rows->sums, summed->sums);
	rows->count += summed->count;
	rows->hashed = rows->count;
	rows->fingerprint += summed->fingerprint;
	magnitude_range_add(&rows->magnitudes, summed->magnitudes);
	return LL_OK;
}
