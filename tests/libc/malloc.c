/*
 * Memory for programs: one large sparse VMO mapped into the root VMAR, which gets frames as it is touched.
 *
 *   heap: | header | block | header | block | ... | header of size 0 |
 *
 * Every block is preceded by a header with its size; the low bit says whether it is in use. Free neighbours are joined when a
 * search passes them. One thread at a time: a flag is spun on.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>

#define HEAP_SIZE (UINT64_C(256) << 20)
#define ALIGNMENT 16
#define IN_USE 1u

typedef struct header {
    /* Bytes to the next header, this one included; 0 ends the heap. */
    size_t size_and_use;
    size_t padding;
} header_t;

static header_t* first;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static size_t size_of(const header_t* header) {
    return header->size_and_use & ~(size_t)IN_USE;
}

static bool is_in_use(const header_t* header) {
    return header->size_and_use & IN_USE;
}

static header_t* after(header_t* header, size_t size) {
    return (header_t*)((char*)header + size);
}

static void lock(void) {
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
        zx_thread_legacy_yield(0);
    }
}

static void unlock(void) {
    atomic_flag_clear_explicit(&busy, memory_order_release);
}

/* Maps the heap: one free block, and a header of size 0 that ends it. */
static bool make_heap(void) {
    zx_handle_t vmo;
    if (zx_vmo_create(HEAP_SIZE, 0, &vmo) != ZX_OK) {
        return false;
    }
    zx_vaddr_t base;
    const zx_status_t status =
        zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0, HEAP_SIZE, &base);
    zx_handle_close(vmo);
    if (status != ZX_OK) {
        return false;
    }
    first = (header_t*)base;
    first->size_and_use = HEAP_SIZE - sizeof(header_t);
    return true;
}

/* Finds the first free block of `size` bytes, header included, joining free neighbours on the way. */
static header_t* find(size_t size) {
    for (header_t* header = first; size_of(header) > 0; header = after(header, size_of(header))) {
        if (is_in_use(header)) {
            continue;
        }
        for (header_t* next = after(header, size_of(header)); size_of(next) > 0 && !is_in_use(next);
             next = after(header, size_of(header))) {
            header->size_and_use += size_of(next);
        }
        if (size_of(header) >= size) {
            return header;
        }
    }
    return NULL;
}

void* malloc(size_t size) {
    if (size > HEAP_SIZE) {
        return NULL;
    }
    const size_t needed = sizeof(header_t) + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void* block = NULL;
    lock();
    header_t* header = first || make_heap() ? find(needed) : NULL;
    if (header) {
        const size_t rest = size_of(header) - needed;
        if (rest > sizeof(header_t)) {
            after(header, needed)->size_and_use = rest;
            header->size_and_use = needed;
        }
        header->size_and_use |= IN_USE;
        block = header + 1;
    }
    unlock();
    return block;
}

void* aligned_alloc(size_t align, size_t size) {
    if (align <= ALIGNMENT) {
        return malloc(size);
    }
    size_t needed;
    char* const block = __builtin_add_overflow(size, align, &needed) ? NULL : malloc(needed);
    char* const aligned = (char*)(((uintptr_t)block + align - 1) & ~(align - 1));
    if (!block || aligned == block) {
        return block;
    }
    /* What lies before the aligned block is one that is free. */
    lock();
    header_t* const front = (header_t*)block - 1;
    header_t* const header = (header_t*)aligned - 1;
    const size_t skipped = (size_t)(aligned - block);
    header->size_and_use = (size_of(front) - skipped) | IN_USE;
    front->size_and_use = skipped;
    unlock();
    return aligned;
}

void free(void* block) {
    if (block) {
        lock();
        ((header_t*)block - 1)->size_and_use &= ~(size_t)IN_USE;
        unlock();
    }
}

void* calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    void* block = malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

void* realloc(void* block, size_t size) {
    if (!block) {
        return malloc(size);
    }
    const size_t room = size_of((header_t*)block - 1) - sizeof(header_t);
    if (size <= room) {
        return block;
    }
    void* larger = malloc(size);
    if (larger) {
        memcpy(larger, block, room);
        free(block);
    }
    return larger;
}
