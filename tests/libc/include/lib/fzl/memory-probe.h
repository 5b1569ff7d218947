// Says what an access to memory would come to, without the exception that it might be.
#ifndef LIB_FZL_MEMORY_PROBE_H_
#define LIB_FZL_MEMORY_PROBE_H_

#include <lib/zx/vmo.h>

// The kernel reads the byte for a memory object, and answers why if it cannot.
inline bool probe_for_read(const void* address) {
    zx::vmo object;
    return zx::vmo::create(1, 0, &object) == ZX_OK && object.write(address, 0, 1) == ZX_OK;
}

// The byte is what it was afterwards, unless another thread changes it meanwhile.
inline bool probe_for_write(void* address) {
    zx::vmo object;
    if (zx::vmo::create(1, 0, &object) != ZX_OK) {
        return false;
    }
    // What cannot be read cannot be written either.
    return object.write(address, 0, 1) == ZX_OK && object.read(address, 0, 1) == ZX_OK;
}

#endif
