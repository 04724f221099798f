/*
 * pickle.h
 *		Reader of Python pickles that hold numpy arrays.
 *
 * Protocols 0 to 5, as Python 2 and 3 write tuples and lists (nested up to
 * PICKLE_MAX_DEPTH) of numpy arrays of numbers, such as the tutorial's
 * mnist.pkl.  A pickle is a program for a stack machine; this machine knows
 * only the opcodes and the few globals that such arrays need, and no global is
 * ever called: each is a case in a switch.  Anything else is an error that
 * names the opcode and its offset.  Source: Python's pickletools, PEP 3154,
 * PEP 574; numpy's array.__reduce__.
 */
#ifndef LINLEARN_FORMATS_PICKLE_H
#define LINLEARN_FORMATS_PICKLE_H

#include "formats/numbers.h"

#define PICKLE_MAX_DEPTH 8

/* An array and where it lies: path {2,1} is the first item of the second. */
typedef struct PickleArray
{
	NumberArray numbers;
	int depth;
	int path[PICKLE_MAX_DEPTH];
} PickleArray;

typedef struct PickleArrays
{
	size_t count;
	PickleArray *arrays;
} PickleArrays;

/*
 * Reads an unpacked pickle.  The arrays borrow the bytes.  Errors:
 * LL_MALFORMED (not a pickle, truncated, data that do not fit their shape),
 * LL_UNSUPPORTED (opcodes, globals, types beyond the above), LL_LIMIT (too
 * many values), LL_NO_MEMORY, LL_CANCELLED.
 */
extern Status pickle_parse(const Runtime *runtime, const uint8_t *bytes,
						   size_t length, PickleArrays *arrays,
						   Failure *failure);

#endif
