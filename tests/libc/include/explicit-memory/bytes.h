// Changes to memory that a compiler does not leave out.
#ifndef EXPLICIT_MEMORY_BYTES_H_
#define EXPLICIT_MEMORY_BYTES_H_

#include <string.h>

static inline void* mandatory_memset(void* bytes, int byte, size_t len) {
    memset(bytes, byte, len);
    __asm__ volatile("" : : "r"(bytes) : "memory");
    return bytes;
}

static inline void* mandatory_memcpy(void* __restrict__ to, const void* __restrict__ from, size_t len) {
    memcpy(to, from, len);
    __asm__ volatile("" : : "r"(to) : "memory");
    return to;
}

#endif
