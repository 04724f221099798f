/*
 * hash.h
 *		A hash of bytes.
 */
#ifndef LINLEARN_CORE_BASE_HASH_H
#define LINLEARN_CORE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A 64-bit hash of bytes, the same on every machine. */
extern uint64_t hash64_bytes(const void *bytes, size_t size, uint64_t seed);

#endif
