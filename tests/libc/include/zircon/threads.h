/* Threads of C11 and the kernel's. */
#ifndef ZIRCON_THREADS_H_
#define ZIRCON_THREADS_H_

#include <threads.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* The thread's handle, which stays the library's. */
zx_handle_t thrd_get_zx_handle(thrd_t thread);

/* The status that a result of C11 stands for. */
static inline zx_status_t thrd_status_to_zx_status(int result) {
    switch (result) {
        case thrd_success:
            return ZX_OK;
        case thrd_nomem:
            return ZX_ERR_NO_MEMORY;
        case thrd_timedout:
            return ZX_ERR_TIMED_OUT;
        case thrd_busy:
            return ZX_ERR_SHOULD_WAIT;
        default:
            return ZX_ERR_INTERNAL;
    }
}

__END_CDECLS

#endif
