/*
 * model_format.h
 *		A trained model as bytes: what its writer and reader share.
 *
 * Header: "LLRN", uint32 format version, uint32 CRC-32C of all that follows the
 * header, uint32 zero.  Then sections: uint32 tag, uint32 zero, uint64 payload
 * length, payload padded to 8 bytes.  All little-endian.
 */
#ifndef LINLEARN_CORE_MODEL_MODEL_FORMAT_H
#define LINLEARN_CORE_MODEL_MODEL_FORMAT_H

#include "core/base/runtime.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "model bytes are little-endian; this host needs byte swaps"
#endif

#define MODEL_MAGIC "LLRN"
#define MODEL_FORMAT 1
#define MODEL_ENCODING "UTF8"
#define HEADER_SIZE 16
#define SECTION_HEADER_SIZE 16

typedef enum SectionTag
{
	SECTION_SHAPE = 1,
	SECTION_WEIGHTS,
	SECTION_NORMALIZER,
	SECTION_CALIBRATION,
	SECTION_LABELS,
	SECTION_SETTINGS,
	SECTION_METRICS,
	SECTION_TRIALS,
	SECTION_EPOCHS,
	SECTION_DATA,
	SECTION_TUNING,
	SECTION_INFERENCE,
	SECTION_THRESHOLD,	  /* as a margin; none in models of 0.1.0 */
	SECTION_KERNELS,	  /* none in models of 0.1.0 */
	SECTION_ENCODING,	  /* of texts that are not all ASCII */
	SECTION_UNITS,		  /* of bytes, and how large the training rows
						* were; none in models of 0.1.0 */
	SECTION_COLUMNS,	  /* of a table, after the weights; always UTF-8 */
	SECTION_WD_PATH,	  /* how wd was chosen, where it was */
	SECTION_END,		  /* how a solver ended; none in models of 0.1.0 */
	SECTION_ROLES,		  /* names of columns for margins, where there are */
	SECTION_L1_PATH = 21, /* how l1 was chosen, where it was */
	SECTION_CLASS_WEIGHTS = 23, /* what classes weigh, where that was given */
	SECTION_FIT = 30,			/* figures of a fit that has standard errors */
	SECTION_QUANTILES = 31,		/* of a model of several, behind the shape */
	SECTION_BOUNDED = 32 /* features that nonnegative names, if it does */
} SectionTag;

/* Flags of a column. */
#define COLUMN_WHOLE 1
#define COLUMN_HOURS 2
#define COLUMN_MEANS 4 /* of its elements follow */
#define COLUMN_LOG 8
#define COLUMN_REFERENCE 16		/* a level follows */
#define COLUMN_CONFIGURATION 32 /* of text search follows */
#define COLUMN_FLAGS 63

/* What is written of a piece. */
#define PIECE_HAS_RANKS 1		 /* of its levels; else 0 */
#define PIECE_HAS_TERMS 2		 /* of its levels; else each has the next */
#define PIECE_HAS_CENTER 4		 /* else 0 */
#define PIECE_RANKED_BY_NUMBER 8 /* that the bytes of each level are */
#define PIECE_FORM 15

/* In the place of a level: there is none. */
#define NO_LEVEL UINT32_MAX

#endif
