/*
 * packed_row.h
 *		A row to learn from, packed into one value: features, label, weight and
 *		channel.
 */
#ifndef LINLEARN_PG_CLUSTER_PACKED_ROW_H
#define LINLEARN_PG_CLUSTER_PACKED_ROW_H

#include "pg/base/version.h"

#include "core/model/model.h"

typedef struct PackedRow
{
	RowFormat format;
	uint32 dimension;
	RowView view;		  /* of the bytes, or of a copy: finite numbers */
	const void *features; /* all their bytes, as rows keep them */
	Size feature_size;
	Channel channel;
	float weight;	/* 0: the row is none, and has nothing else */
	Oid label_type; /* a boolean's or a number's, or text's */
	bool label_null;
	double label;	  /* a number, finite */
	const char *text; /* or a text in UTF-8 */
	uint32 text_size;
} PackedRow;

/*
 * Takes a packed row apart; an error for bytes that are none.  The row points into
 * the bytes, or into the current memory context.
 */
extern void packed_row_read(bytea *bytes, PackedRow *row);

#endif
