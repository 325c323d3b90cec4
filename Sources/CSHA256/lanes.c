#include <string.h>

#include "CSHA256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define BLOCK 64

/* FIPS 180-4, 4.2.2. */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* FIPS 180-4, 5.3.3: words a to h, as the instructions want them: f, e, b, a and h, g, d, c. */
static const uint32_t beginning[8] __attribute__((aligned(16))) = {
    0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667, 0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372,
};

/* A digest on its way. */
struct lane {
    __m128i abef, cdgh;
    const uint8_t *next;
    /* Whole blocks still to come of what `next` points into. */
    size_t blocks;
    /* The end of the content, with its padding (FIPS 180-4, 5.1.1): one block or two. */
    uint8_t end[2 * BLOCK];
    size_t end_blocks;
    struct csha256_content *content;
};

/* Takes a block in each lane. Their number is known when this is compiled, so all of it stays in registers. */
static inline __attribute__((always_inline)) TARGET void take_block(
    __m128i *abef, __m128i *cdgh, const uint8_t *const *next, const int width) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i words[CSHA256_LANES][4];
    for (int l = 0; l < width; l++) {
        for (int i = 0; i < 4; i++) {
            const __m128i loaded = _mm_loadu_si128((const __m128i *)(next[l] + 16 * i));
            words[l][i] = _mm_shuffle_epi8(loaded, big_endian);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        const __m128i constant = _mm_load_si128((const __m128i *)&constants[4 * i]);
#pragma clang loop unroll(full)
        for (int l = 0; l < width; l++) {
            const __m128i sum = _mm_add_epi32(words[l][i % 4], constant);
            cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], sum);
            abef[l] = _mm_sha256rnds2_epu32(abef[l], cdgh[l], _mm_shuffle_epi32(sum, 0x0e));
            /* The last rounds need no further words. */
            if (i < 12) {
                const __m128i middle = _mm_alignr_epi8(words[l][(i + 3) % 4], words[l][(i + 2) % 4], 4);
                const __m128i sigma = _mm_sha256msg1_epu32(words[l][i % 4], words[l][(i + 1) % 4]);
                words[l][i % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(sigma, middle), words[l][(i + 3) % 4]);
            }
        }
    }
}

/* Takes `count` blocks in each lane. */
static inline __attribute__((always_inline)) TARGET void advance(
    struct lane *const *lanes, const int width, size_t count) {
    __m128i abef[CSHA256_LANES], cdgh[CSHA256_LANES];
    const uint8_t *next[CSHA256_LANES];
    for (int l = 0; l < width; l++) {
        abef[l] = lanes[l]->abef;
        cdgh[l] = lanes[l]->cdgh;
        next[l] = lanes[l]->next;
        lanes[l]->blocks -= count;
    }
    for (; count > 0; count--) {
        __m128i first[CSHA256_LANES], second[CSHA256_LANES];
        for (int l = 0; l < width; l++) {
            first[l] = abef[l];
            second[l] = cdgh[l];
        }
        take_block(abef, cdgh, next, width);
        for (int l = 0; l < width; l++) {
            abef[l] = _mm_add_epi32(abef[l], first[l]);
            cdgh[l] = _mm_add_epi32(cdgh[l], second[l]);
            next[l] += BLOCK;
        }
    }
    for (int l = 0; l < width; l++) {
        lanes[l]->abef = abef[l];
        lanes[l]->cdgh = cdgh[l];
        lanes[l]->next = next[l];
    }
}

TARGET static void advance_one(struct lane *const *lanes, size_t count) { advance(lanes, 1, count); }
TARGET static void advance_two(struct lane *const *lanes, size_t count) { advance(lanes, 2, count); }

TARGET static void begin(struct lane *lane, struct csha256_content *content) {
    const size_t rest = content->size % BLOCK;
    lane->abef = _mm_load_si128((const __m128i *)beginning);
    lane->cdgh = _mm_load_si128((const __m128i *)(beginning + 4));
    lane->content = content;
    lane->next = content->bytes;
    lane->blocks = content->size / BLOCK;
    lane->end_blocks = rest < BLOCK - 8 ? 1 : 2;
    memset(lane->end, 0, sizeof lane->end);
    if (rest > 0) memcpy(lane->end, content->bytes + content->size - rest, rest);
    lane->end[rest] = 0x80;
    const uint64_t bits = __builtin_bswap64((uint64_t)content->size * 8);
    memcpy(lane->end + lane->end_blocks * BLOCK - 8, &bits, 8);
}

/* Goes on with what comes after the content's whole blocks; false where nothing does. */
static bool has_more(struct lane *lane) {
    if (lane->blocks > 0) return true;
    lane->next = lane->end;
    lane->blocks = lane->end_blocks;
    lane->end_blocks = 0;
    return lane->blocks > 0;
}

TARGET static void finish(struct lane *lane) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i feba = _mm_shuffle_epi32(lane->abef, 0x1b), dchg = _mm_shuffle_epi32(lane->cdgh, 0xb1);
    const __m128i dcba = _mm_blend_epi16(feba, dchg, 0xf0), hgfe = _mm_alignr_epi8(dchg, feba, 8);
    __m128i *const digest = (__m128i *)lane->content->digest;
    _mm_storeu_si128(digest, _mm_shuffle_epi8(dcba, big_endian));
    _mm_storeu_si128(digest + 1, _mm_shuffle_epi8(hgfe, big_endian));
}

void csha256_digest(struct csha256_content *contents, size_t count) {
    static void (*const advances[])(struct lane *const *, size_t) = {advance_one, advance_two};
    struct lane memory[CSHA256_LANES];
    struct lane *lanes[CSHA256_LANES];
    size_t begun = 0, width = 0;
    for (; width < CSHA256_LANES && begun < count; width++) {
        lanes[width] = &memory[width];
        begin(lanes[width], &contents[begun++]);
    }
    while (width > 0) {
        size_t shortest = SIZE_MAX;
        for (size_t l = 0; l < width;) {
            if (has_more(lanes[l])) {
                if (lanes[l]->blocks < shortest) shortest = lanes[l]->blocks;
                l++;
                continue;
            }
            finish(lanes[l]);
            if (begun < count) {
                begin(lanes[l], &contents[begun++]);
            } else {
                lanes[l] = lanes[--width];
            }
        }
        if (width > 0) advances[width - 1](lanes, shortest);
    }
}

bool csha256_is_available(void) {
    unsigned a, b, c, d;
    /* Leaf 1: SSSE3 and SSE4.1; leaf 7: the SHA extensions. */
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

#else

bool csha256_is_available(void) { return false; }

void csha256_digest(struct csha256_content *contents, size_t count) { (void)contents, (void)count; }

#endif
