/*
 * processor.h
 *		What the processor has.
 */
#ifndef LINLEARN_CORE_BASE_PROCESSOR_H
#define LINLEARN_CORE_BASE_PROCESSOR_H

#include <stdbool.h>

/* Whether it has vectors of 512 bits, and functions are compiled for them. */
static inline bool
processor_is_wide(void)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&        \
	__GNUC__ >= 12
	return __builtin_cpu_supports("avx512f") &&
		   __builtin_cpu_supports("avx512dq");
#else
	return false;
#endif
}

#endif
