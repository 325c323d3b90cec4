/* SHA-256 (FIPS 180-4) of two contents at a time, on processors with the SHA extensions.
 *
 * A single SHA-256 waits for itself: each of its instructions needs the result of the one before it. Two
 * independent ones take turns: 3.4 GB/s instead of 2.2 (AMD EPYC, one core). Three gave 3.6 with AVX and 2.8
 * without, where their words no longer fit the registers. */
#ifndef CSHA256_H
#define CSHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many contents it works on at a time; more may be given. */
#define CSHA256_LANES 2

struct csha256_content {
    const uint8_t *bytes;
    size_t size;
    uint8_t digest[32];
};

/* Whether this processor has what it takes. */
bool csha256_is_available(void);

/* Fills in the digests. Not to be called where it is not available. */
void csha256_digest(struct csha256_content *contents, size_t count);

#endif
