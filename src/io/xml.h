/*
 * xml.h
 *		Reads the XML that stores answer with: elements and their text.
 *
 * No more of XML than that: a document type, and with it entities of its own,
 * is refused, as are CDATA and processing instructions inside.
 */
#ifndef LINLEARN_IO_XML_H
#define LINLEARN_IO_XML_H

#include "core/base/runtime.h"

/* Elements inside each other. */
#define XML_MAX_DEPTH 16

/* A piece of the document. */
typedef struct XmlSpan
{
	const char *at;
	size_t length;
} XmlSpan;

typedef enum XmlEvent
{
	XML_START, /* of the element path[depth - 1] */
	XML_END,   /* of the element path[depth] */
	XML_DONE
} XmlEvent;

typedef struct XmlReader
{
	const char *begin;
	const char *at;
	const char *end;
	int depth;
	XmlSpan path[XML_MAX_DEPTH];
	bool has_root;
	bool closing; /* an empty element's end comes next */
	XmlSpan text; /* at the end of an element: what lies before its tag */
} XmlReader;

/* Starts to read; the bytes must outlive the reader. */
extern void xml_init(XmlReader *reader, const void *bytes, size_t size);

/*
 * Reads up to the next start or end of an element.  LL_MALFORMED names the
 * byte.
 */
extern Status xml_next(XmlReader *reader, XmlEvent *event, Failure *failure);

/* Whether a span is a name. */
extern bool xml_is(XmlSpan span, const char *name);

/*
 * Copies text with its references decoded, and a NUL that is not counted;
 * length + 1 bytes are enough.  Errors: LL_MALFORMED for a reference that is
 * none or is to a character that XML does not have.
 */
extern Status xml_decode(XmlSpan text, char *decoded, size_t *length,
						 Failure *failure);

#endif
