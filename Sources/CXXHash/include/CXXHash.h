/* XXH3 of whole blocks at a time: one call for a frame, not one for each block. */
#ifndef CXXHASH_H
#define CXXHASH_H

#include <stddef.h>
#include <stdint.h>

/* Hashes `count` blocks of `size` bytes, one behind the other: XXH3, 64 bits, seed 0. */
void cxxhash_blocks(const void *bytes, size_t size, size_t count, uint64_t *hashes);

#endif
