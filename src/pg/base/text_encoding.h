/*
 * text_encoding.h
 *		Text between the database's encoding and UTF-8, in which models keep
 *		theirs and pictures are drawn.
 */
#ifndef LINLEARN_PG_BASE_TEXT_ENCODING_H
#define LINLEARN_PG_BASE_TEXT_ENCODING_H

#include "pg/base/version.h"

#include "mb/pg_wchar.h"

/*
 * A text of the database as UTF-8: the same pointer where nothing is to convert.
 * An error for a character that has no equivalent, and for bytes that are no
 * UTF-8 in a database of encoding SQL_ASCII.
 */
extern const char *utf8_of_server(const char *string, Size size);

/* The reverse; a database of encoding SQL_ASCII has the UTF-8 as it is. */
extern const char *server_of_utf8(const char *string, Size size);

/* Whether all bytes are ASCII, and so the same in every encoding. */
extern bool is_ascii_text(const char *string, Size size);

/* How what has no equivalent in the database's encoding is drawn. */
typedef enum DrawnAs
{
	DRAWN_REFERENCES, /* as character references: HTML, SVG */
	DRAWN_HEIGHTS,	  /* blocks as digits, 0 to 7: a line */
	DRAWN_INK		  /* blocks as marks: bars and pictures */
} DrawnAs;

/* A drawing in UTF-8 as a text that any database's encoding can hold. */
extern text *drawn_text(const char *string, Size size, DrawnAs drawn);

#endif
