/*
 * encode_rows.h
 *		Rows of cells encoded by several threads.
 */
#ifndef LINLEARN_CORE_COLUMNS_ENCODE_ROWS_H
#define LINLEARN_CORE_COLUMNS_ENCODE_ROWS_H

#include "core/base/threads.h"
#include "core/columns/encoder.h"

typedef struct RowsEncoder RowsEncoder;

/*
 * Makes one of an encoder that is mapped to the store's codes; both stay as they
 * are and have to outlive it.  Its memory is runtime's.
 */
extern Status rows_encoder_make(RowsEncoder **made, const Encoder *encoder,
								const CellStore *store, ThreadPool *pool,
								const Runtime *runtime, Failure *failure);

/*
 * Encodes some of the rows [from, to), at least one: *count says how many.
 * (*views)[i] is that of row from + i and lasts until the next call.  The same rows
 * give the same views on any number of threads.  Fails as encoder_encode does, of
 * the first row that is wrong.
 */
extern Status rows_encoder_run(RowsEncoder *encoder, const Rows *rows,
							   size_t from, size_t to, const RowView **views,
							   size_t *count, Failure *failure);

extern void rows_encoder_release(RowsEncoder *encoder);

#endif
