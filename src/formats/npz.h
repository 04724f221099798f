/*
 * npz.h
 *		Archives of NumPy arrays.
 */
#ifndef LINLEARN_FORMATS_NPZ_H
#define LINLEARN_FORMATS_NPZ_H

#include "formats/npy.h"

/*
 * Reads a .npy or .npz file.  Arrays borrow the bytes, or memory of the
 * runtime where they were packed, at most limit bytes in all.  Members that are
 * no .npy are passed over.  Errors: npy_parse()'s, LL_LIMIT, LL_NO_MEMORY,
 * LL_CANCELLED.
 */
extern Status npz_parse(const Runtime *runtime, const uint8_t *bytes,
						size_t length, size_t limit, NamedArrays *arrays,
						Failure *failure);

#endif
