/*
 * encoder.h
 *		From the cells of a row to the features of a model.
 */
#ifndef LINLEARN_CORE_COLUMNS_ENCODER_H
#define LINLEARN_CORE_COLUMNS_ENCODER_H

#include "core/columns/columns.h"
#include "core/rows/rows.h"

typedef struct Encoder
{
	const Columns *columns;
	Runtime runtime;
	RowFormat format; /* ROWS_F64 or ROWS_SPARSE */
	double *dense;	  /* [width] */
	uint32_t *index;  /* [capacity] */
	float *value;
	uint32_t capacity;
	uint32_t *term_of_code_count; /* [pieces], see encoder_map_codes */
	int32_t **term_of_code;		  /* [pieces][codes]; NULL: by bytes */
	uint32_t *level_codes;		  /* [pieces] of the row at work */
} Encoder;

/* Makes an encoder; its memory is runtime's. */
extern Status encoder_init(Encoder *encoder, const Columns *columns,
						   RowFormat format, const Runtime *runtime,
						   Failure *failure);

/*
 * Encodes cells[columns->count]; view points into the encoder until the next
 * call.  A level never seen adds nothing, or what (other) does.  LL_INVALID: an
 * ENTRIES or BLOCK cell of another width, which names the column.
 */
extern Status encoder_encode(Encoder *encoder, const Cell *cells,
							 RowView *view, Failure *failure);

#endif
