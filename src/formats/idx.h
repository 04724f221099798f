/*
 * idx.h
 *		Reader of the idx format, in which MNIST is published.
 *
 * Two zero bytes, a type byte, the number of dimensions, each dimension as a
 * big-endian 32-bit integer, then the numbers, big-endian, in C order.
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database".
 */
#ifndef LINLEARN_FORMATS_IDX_H
#define LINLEARN_FORMATS_IDX_H

#include "formats/numbers.h"

/*
 * Describes the array in an unpacked idx file; it borrows the bytes.  All
 * types of the format are read (uint8, int8, int16, int32, float32, float64),
 * with 1 to 8 dimensions.  Errors: LL_MALFORMED for a wrong magic number, type
 * or length.
 */
extern Status idx_parse(const uint8_t *bytes, size_t length,
						NumberArray *array, Failure *failure);

#endif
