/* What the library keeps of each thread: the thread pointer, FS, points to it, and variables of the thread lie before it. */
#ifndef THREAD_H_
#define THREAD_H_

#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

#define MAX_KEYS 64

struct libc_thread {
    /* Where %fs:0 leads, as compilers expect. */
    struct libc_thread* self;
    zx_handle_t handle;
    int error;
    /* One of thread_state. */
    int state;
    int is_returned;
    void* result;
    void* (*entry)(void*);
    /* What compilers compare to find a stack that was overrun, at %fs:0x28. */
    uintptr_t canary;
    void* argument;
    /* The mapping that holds the stack, the variables and this; of the first thread none. */
    zx_vaddr_t base;
    void* specific[MAX_KEYS];
};

_Static_assert(offsetof(struct libc_thread, canary) == 0x28, "where compilers look for it");

enum thread_state { THREAD_JOINABLE, THREAD_DETACHED, THREAD_ENDED };

static inline struct libc_thread* current_thread(void) {
    struct libc_thread* thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    return thread;
}

/* Makes the calling thread the first one. */
void libc_start_first_thread(zx_handle_t handle);

#endif
