/*
 * json_check.h
 *		Whether a text is a JSON object.
 */
#ifndef LINLEARN_CORE_BASE_JSON_CHECK_H
#define LINLEARN_CORE_BASE_JSON_CHECK_H

#include <stdbool.h>

/*
 * Whether a text is one JSON object that any reader takes: of little depth, its
 * numbers in the range of a double, no escape but of ASCII.
 */
extern bool json_is_object(const char *text);

#endif
