/*
 * libsvm.h
 *		The sparse text of LIBSVM and SVM-light:
 *		label [qid:n] index:value ... [# comment]
 */
#ifndef LINLEARN_FORMATS_LIBSVM_H
#define LINLEARN_FORMATS_LIBSVM_H

#include "formats/sample.h"
#include "formats/text_cursor.h"

typedef struct LibsvmReader
{
	TextCursor cursor;
	uint32_t first_index; /* what the file calls its first column: 1, or 0 */
	uint32_t dimension;	  /* columns; 0: not told */
	bool single;		  /* round values to float */
	bool whole;			  /* but no whole number that a float does not hold */
	double label;
	Sample sample; /* sparse, keys from 0 */
} LibsvmReader;

/* Starts to read; the bytes must outlive the reader. */
extern void libsvm_init(LibsvmReader *reader, const Runtime *runtime,
						const void *bytes, size_t size, uint32_t first_index,
						uint32_t dimension, bool single);

/*
 * Reads the next row into label and sample; false in *found at the end.  Blank
 * lines and comments are passed over, qid is ignored.  LL_MALFORMED names line
 * and column: no number, an index below the first, not above the one before
 * it, or beyond the dimension.
 */
extern Status libsvm_next(LibsvmReader *reader, bool *found, Failure *failure);

#endif
