/*
 * rows_view.c
 *		Packed rows read back.
 */
#include "core/rows/rows.h"

size_t
rows_record_size(const Rows *rows, const RowView *row)
{
	if (rows->format == ROWS_CELLS)
		return ROWS_CELLS_HEADER + row->count;
	if (rows->format != ROWS_SPARSE)
		return rows->stride;
	return sizeof(uint32_t) +
		   (size_t) row->count * (sizeof(uint32_t) + sizeof(float));
}

size_t
rows_record_bytes(const Rows *rows, size_t i)
{
	RowView view = rows_view(rows, i);

	return rows_padded(rows_record_size(rows, &view));
}

RowView
rows_view(const Rows *rows, size_t i)
{
	const char *record = rows->records[i];
	RowView view = {record, NULL, NULL, 0};

	if (rows->format == ROWS_SPARSE)
		return rows_sparse_view(rows, i);
	if (rows->format == ROWS_CELLS)
	{
		view.dense = record + ROWS_CELLS_HEADER;
		view.count = *(const uint32_t *) record;
	}
	return view;
}
