/*
 * utf8.h
 *		Whether bytes are UTF-8.
 */
#ifndef LINLEARN_CORE_BASE_UTF8_H
#define LINLEARN_CORE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether bytes are UTF-8 (RFC 3629): characters in their shortest form, none a
 * surrogate or beyond U+10FFFF; nor is one zero, which a text of SQL cannot hold.
 */
extern bool utf8_is_valid(const char *bytes, size_t size);

#endif
