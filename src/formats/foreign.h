/*
 * foreign.h
 *		Names file formats by their first bytes, for errors of readers.
 */
#ifndef LINLEARN_FORMATS_FOREIGN_H
#define LINLEARN_FORMATS_FOREIGN_H

#include "core/runtime.h"

/* What the bytes begin as, "a zip file" or so; NULL if that is not known. */
extern const char *foreign_format(const uint8_t *bytes, size_t length);

#endif
