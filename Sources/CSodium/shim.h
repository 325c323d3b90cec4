/* minisign's own library. BLAKE2b alone is used of it: swift-crypto has none. */
#include <sodium/crypto_generichash_blake2b.h>
