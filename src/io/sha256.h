/*
 * sha256.h
 *		SHA-256 and the keyed hash made of it, for signatures.
 */
#ifndef LINLEARN_IO_SHA256_H
#define LINLEARN_IO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_BLOCK 64
#define SHA256_HEX_SIZE (2 * SHA256_SIZE + 1)

/* A hash of bytes that come piece by piece. */
typedef struct Sha256
{
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	uint8_t block[SHA256_BLOCK];
} Sha256;

extern void sha256_begin(Sha256 *hash);
extern void sha256_add(Sha256 *hash, const void *bytes, size_t length);
extern void sha256_end(Sha256 *hash, uint8_t digest[SHA256_SIZE]);

/* HMAC of a text; the digest may be the key's own place. */
extern void hmac_sha256(const void *key, size_t key_length, const char *text,
						uint8_t digest[SHA256_SIZE]);

/* A digest in lower-case hexadecimal digits. */
extern void sha256_hex(const uint8_t digest[SHA256_SIZE],
					   char hex[SHA256_HEX_SIZE]);

#endif
