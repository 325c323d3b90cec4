/* Its functions that are "static only" are ours to use: we link it statically. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
