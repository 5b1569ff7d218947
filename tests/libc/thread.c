/*
 * Threads of C11. Each has one mapping:
 *
 *   base | no access, a page | stack | variables of the thread | struct libc_thread |
 *
 * whose last part the thread pointer leads to. Whoever joins a thread waits until the kernel says it has ended, then unmaps that;
 * a detached thread unmaps it itself, as its last act.
 */
#include <elf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/threads.h>

#include "thread.h"

#define STACK_SIZE ((size_t)256 << 10)

/* The program's own headers, which say what variables a thread has. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

/* Asked by the C++ library, which saves locked instructions if so. */
extern char __libc_single_threaded;
char __libc_single_threaded = 0;

static struct {
    atomic_bool is_used;
    tss_dtor_t destructor;
} keys[MAX_KEYS];

static size_t round_up(size_t size, size_t align) {
    return (size + align - 1) / align * align;
}

/* Returns the part of the program that variables of a thread are copied from; NULL if there are none. */
static const Elf64_Phdr* find_variables(void) {
    const char* const image = (const char*)&__ehdr_start;
    const Elf64_Phdr* const headers = (const Elf64_Phdr*)(image + __ehdr_start.e_phoff);
    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++) {
        if (headers[i].p_type == PT_TLS) {
            return &headers[i];
        }
    }
    return NULL;
}

/* Returns how many bytes the variables and what the library keeps take, and by how much they have to be aligned. */
static size_t size_of_thread(size_t* align) {
    const Elf64_Phdr* const variables = find_variables();
    *align = _Alignof(max_align_t);
    if (!variables) {
        return sizeof(struct libc_thread);
    }
    if (variables->p_align > *align) {
        *align = variables->p_align;
    }
    return round_up(variables->p_memsz, *align) + round_up(sizeof(struct libc_thread), *align);
}

/* Lays a thread out in zeroed memory that is large enough and aligned; returns where the thread pointer is to lead. */
static struct libc_thread* lay_out(char* memory) {
    const Elf64_Phdr* const variables = find_variables();
    char* end = memory;
    if (variables) {
        size_t align;
        size_of_thread(&align);
        end += round_up(variables->p_memsz, align);
        /* The image begins at address 0 of the addresses in headers, if it can lie anywhere, and at its own if not. */
        const uintptr_t shift = __ehdr_start.e_type == ET_DYN ? (uintptr_t)&__ehdr_start : 0;
        memcpy(end - round_up(variables->p_memsz, variables->p_align), (const void*)(shift + variables->p_vaddr),
               variables->p_filesz);
    }
    struct libc_thread* const thread = (struct libc_thread*)end;
    thread->self = thread;
    zx_cprng_draw(&thread->canary, sizeof(thread->canary));
    return thread;
}

static void set_thread_pointer(zx_handle_t handle, struct libc_thread* thread) {
    const uintptr_t pointer = (uintptr_t)thread;
    if (zx_object_set_property(handle, ZX_PROP_REGISTER_FS, &pointer, sizeof(pointer)) != ZX_OK) {
        __builtin_trap();
    }
}

void libc_start_first_thread(zx_handle_t handle) {
    size_t align;
    const size_t size = size_of_thread(&align);
    char* const memory = calloc(1, size + align);
    if (!memory) {
        __builtin_trap();
    }
    struct libc_thread* const thread = lay_out((char*)round_up((size_t)memory, align));
    thread->handle = handle;
    set_thread_pointer(handle, thread);
}

zx_handle_t zx_thread_self(void) {
    return current_thread()->handle;
}

zx_handle_t thrd_get_zx_handle(thrd_t thread) {
    return thread->handle;
}

static void run_destructors(struct libc_thread* thread) {
    bool is_done = false;
    for (int round = 0; round < TSS_DTOR_ITERATIONS && !is_done; round++) {
        is_done = true;
        for (size_t i = 0; i < MAX_KEYS; i++) {
            void* const value = thread->specific[i];
            thread->specific[i] = NULL;
            if (value && keys[i].is_used && keys[i].destructor) {
                keys[i].destructor(value);
                is_done = false;
            }
        }
    }
}

static size_t mapping_size(void) {
    size_t align;
    const size_t size = size_of_thread(&align);
    return ZX_PAGE_SIZE + STACK_SIZE + round_up(size + align, ZX_PAGE_SIZE);
}

/* Ends the calling thread; its result is noted. */
__attribute__((__noreturn__)) static void end_thread(void) {
    struct libc_thread* const thread = current_thread();
    run_destructors(thread);
    int state = THREAD_JOINABLE;
    if (__atomic_compare_exchange_n(&thread->state, &state, THREAD_ENDED, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE) ||
        thread->base == 0) {
        zx_thread_exit();
    }
    zx_vmar_unmap_handle_close_thread_exit(zx_vmar_root_self(), thread->base, mapping_size(), thread->handle);
    __builtin_trap();
}

static void thread_main(struct libc_thread* thread) {
    set_thread_pointer(zx_process_self(), thread);
    thread->result = thread->entry(thread->argument);
    end_thread();
}

/* Maps what a thread needs, but for the page that whoever overruns the stack meets. */
static zx_status_t map_thread(struct libc_thread** thread) {
    const size_t size = mapping_size();
    zx_handle_t vmo;
    zx_status_t status = zx_vmo_create(size, 0, &vmo);
    if (status != ZX_OK) {
        return status;
    }
    zx_vaddr_t base = 0;
    status = zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0, size, &base);
    zx_handle_close(vmo);
    if (status != ZX_OK) {
        return status;
    }
    status = zx_vmar_protect(zx_vmar_root_self(), 0, base, ZX_PAGE_SIZE);
    if (status != ZX_OK) {
        zx_vmar_unmap(zx_vmar_root_self(), base, size);
        return status;
    }
    size_t align;
    size_of_thread(&align);
    *thread = lay_out((char*)round_up(base + ZX_PAGE_SIZE + STACK_SIZE, align));
    (*thread)->base = base;
    return ZX_OK;
}

/* Also for pthread_create. */
int libc_create_thread(thrd_t* out, void* (*entry)(void*), void* argument, const char* name);

int libc_create_thread(thrd_t* out, void* (*entry)(void*), void* argument, const char* name) {
    struct libc_thread* thread;
    zx_status_t status = map_thread(&thread);
    if (status != ZX_OK) {
        return status == ZX_ERR_NO_MEMORY ? thrd_nomem : thrd_error;
    }
    const zx_vaddr_t base = thread->base;
    thread->entry = entry;
    thread->argument = argument;
    zx_handle_t handle = ZX_HANDLE_INVALID;
    status = zx_thread_create(zx_process_self(), name, strlen(name), 0, &handle);
    thread->handle = handle;
    /* Stored first: a thread may look at itself at once. */
    *out = thread;
    if (status == ZX_OK) {
        const zx_vaddr_t stack = base + ZX_PAGE_SIZE + STACK_SIZE - sizeof(uint64_t);
        status = zx_thread_start(handle, (zx_vaddr_t)thread_main, stack, (uintptr_t)thread, 0);
    }
    if (status != ZX_OK) {
        zx_handle_close(handle);
        zx_vmar_unmap(zx_vmar_root_self(), base, mapping_size());
        return status == ZX_ERR_NO_MEMORY ? thrd_nomem : thrd_error;
    }
    return thrd_success;
}

int thrd_create_with_name(thrd_t* thread, thrd_start_t entry, void* argument, const char* name) {
    /* A result of four bytes comes back in the same register as one of eight. */
    return libc_create_thread(thread, (void* (*)(void*))(void*)entry, argument, name);
}

int thrd_create(thrd_t* thread, thrd_start_t entry, void* argument) {
    return thrd_create_with_name(thread, entry, argument, "thread");
}

thrd_t thrd_current(void) {
    return current_thread();
}

int thrd_equal(thrd_t one, thrd_t other) {
    return one == other;
}

void thrd_exit(int result) {
    current_thread()->result = (void*)(intptr_t)result;
    end_thread();
}

/* Waits until a thread that is not detached has ended, and frees what it had. */
static int reap(thrd_t thread) {
    const zx_status_t status = zx_object_wait_one(thread->handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL);
    if (status != ZX_OK) {
        return thrd_error;
    }
    zx_handle_close(thread->handle);
    zx_vmar_unmap(zx_vmar_root_self(), thread->base, mapping_size());
    return thrd_success;
}

int thrd_join(thrd_t thread, int* result) {
    if (thread == current_thread() || thread->base == 0) {
        return thrd_error;
    }
    const zx_status_t status = zx_object_wait_one(thread->handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL);
    if (status == ZX_OK && result) {
        *result = (int)(intptr_t)thread->result;
    }
    return reap(thread);
}

int thrd_detach(thrd_t thread) {
    int state = THREAD_JOINABLE;
    if (__atomic_compare_exchange_n(&thread->state, &state, THREAD_DETACHED, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        return thrd_success;
    }
    return state == THREAD_ENDED ? reap(thread) : thrd_error;
}

int thrd_sleep(const struct timespec* duration, struct timespec* remaining) {
    zx_nanosleep(zx_deadline_after(zx_duration_add_duration(ZX_SEC(duration->tv_sec), duration->tv_nsec)));
    if (remaining) {
        *remaining = (struct timespec){0, 0};
    }
    return 0;
}

void thrd_yield(void) {
    zx_thread_legacy_yield(0);
}

int tss_create(tss_t* key, tss_dtor_t destructor) {
    for (size_t i = 0; i < MAX_KEYS; i++) {
        bool is_used = false;
        if (atomic_compare_exchange_strong(&keys[i].is_used, &is_used, true)) {
            keys[i].destructor = destructor;
            *key = (tss_t)i;
            return thrd_success;
        }
    }
    return thrd_error;
}

void tss_delete(tss_t key) {
    keys[key].destructor = NULL;
    atomic_store(&keys[key].is_used, false);
}

void* tss_get(tss_t key) {
    return current_thread()->specific[key];
}

int tss_set(tss_t key, void* value) {
    current_thread()->specific[key] = value;
    return thrd_success;
}
