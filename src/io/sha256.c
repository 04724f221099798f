/*
 * sha256.c
 *		SHA-256 and the keyed hash made of it, for signatures.
 *
 * Sources: FIPS 180-4, RFC 2104.
 */
#include "io/sha256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t
rotate(uint32_t x, int bits)
{
	return x >> bits | x << (32 - bits);
}

/* Spread a block's 16 words over the 64 rounds. */
static void
expand_block(const uint8_t *block, uint32_t words[64])
{
	for (int i = 0; i < 16; i++, block += 4)
		words[i] = (uint32_t) block[0] << 24 | (uint32_t) block[1] << 16 |
				   (uint32_t) block[2] << 8 | block[3];
	for (int i = 16; i < 64; i++)
	{
		uint32_t a = words[i - 15];
		uint32_t b = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
				   (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
				   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

static void
hash_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t words[64];
	uint32_t v[8];

	expand_block(block, words);
	memcpy(v, state, sizeof(v));
	for (int i = 0; i < 64; i++)
	{
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
		uint32_t first =
			v[7] + choice + round_constants[i] + words[i] +
			(rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25));
		uint32_t second =
			majority + (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += first;
		v[0] = first + second;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

void
sha256_begin(Sha256 *hash)
{
	static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
										0xa54ff53a, 0x510e527f, 0x9b05688c,
										0x1f83d9ab, 0x5be0cd19};

	memcpy(hash->state, initial, sizeof(initial));
	hash->length = 0;
}

void
sha256_add(Sha256 *hash, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	while (length > 0)
	{
		size_t filled = hash->length % SHA256_BLOCK;
		size_t piece = SHA256_BLOCK - filled;

		if (piece > length)
			piece = length;
		memcpy(hash->block + filled, next, piece);
		hash->length += piece;
		next += piece;
		length -= piece;
		if (filled + piece == SHA256_BLOCK)
			hash_block(hash->state, hash->block);
	}
}

void
sha256_end(Sha256 *hash, uint8_t digest[SHA256_SIZE])
{
	static const uint8_t padding[SHA256_BLOCK] = {0x80};
	uint64_t bits = hash->length * 8;
	size_t filled = hash->length % SHA256_BLOCK;
	uint8_t length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t) (bits >> (56 - 8 * i));
	/* up to the last eight bytes of this block, or of the next one */
	sha256_add(hash, padding, (filled < 56 ? 56 : 56 + SHA256_BLOCK) - filled);
	sha256_add(hash, length, sizeof(length));
	for (int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (uint8_t) (hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void
hmac_sha256(const void *key, size_t key_length, const char *text,
			uint8_t digest[SHA256_SIZE])
{
	uint8_t inner[SHA256_BLOCK] = {0};
	uint8_t outer[SHA256_BLOCK];
	Sha256 hash;

	if (key_length > SHA256_BLOCK)
	{
		sha256_begin(&hash);
		sha256_add(&hash, key, key_length);
		sha256_end(&hash, inner);
	}
	else
		memcpy(inner, key, key_length);
	for (int i = 0; i < SHA256_BLOCK; i++)
	{
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	sha256_begin(&hash);
	sha256_add(&hash, inner, sizeof(inner));
	sha256_add(&hash, text, strlen(text));
	sha256_end(&hash, digest);
	sha256_begin(&hash);
	sha256_add(&hash, outer, sizeof(outer));
	sha256_add(&hash, digest, SHA256_SIZE);
	sha256_end(&hash, digest);
}

void
sha256_hex(const uint8_t digest[SHA256_SIZE], char hex[SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < SHA256_SIZE; i++)
	{
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * SHA256_SIZE] = '\0';
}
