// What the compiler expects of a C++ runtime in programs without exceptions: memory, and the end of what must not happen.
#include <stdlib.h>

namespace {

void* allocate(size_t size) {
    void* block = malloc(size);
    if (!block) {
        abort();
    }
    return block;
}

}  // namespace

void* operator new(size_t size) {
    return allocate(size);
}

void* operator new[](size_t size) {
    return allocate(size);
}

void operator delete(void* block) noexcept {
    free(block);
}

void operator delete[](void* block) noexcept {
    free(block);
}

void operator delete(void* block, size_t) noexcept {
    free(block);
}

void operator delete[](void* block, size_t) noexcept {
    free(block);
}

extern "C" [[noreturn]] void __cxa_pure_virtual() {
    abort();
}
