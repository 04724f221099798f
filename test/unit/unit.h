/*
 * unit.h
 *		cmocka with all that it wants included before it.
 *
 * cmocka's macro fail() would hide the core's function; fail_msg() does the
 * same and stays.
 */
#ifndef LINLEARN_TEST_UNIT_H
#define LINLEARN_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#undef fail
/* cmocka's own is made of that fail() */
#undef fail_msg
#define fail_msg(...)                                                         \
	do                                                                        \
	{                                                                         \
		print_error("ERROR: " __VA_ARGS__);                                   \
		print_error("\n");                                                    \
		_fail(__FILE__, __LINE__);                                            \
	} while (0)

#endif
