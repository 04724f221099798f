/*
 * hash_columns.h
 *		Hashes of rows whose words stand in columns.
 */
#ifndef LINLEARN_CORE_BASE_HASH_COLUMNS_H
#define LINLEARN_CORE_BASE_HASH_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/* Rows come in multiples of it. */
#define HASH_COLUMNS_ROWS 8

/*
 * hashes[i], which begins as the seed, becomes what hash64_bytes gives for the
 * words[][stride] of row i one after the other.  Words are of 64 bits, of any type.
 */
extern void hash64_columns(const void *words, size_t count, size_t stride,
						   size_t rows, uint64_t *hashes);

/* The sum of all hashes, each mixed. */
extern uint64_t hash64_sum(const uint64_t *hashes, size_t rows);

#endif
