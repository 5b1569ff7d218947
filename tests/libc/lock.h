/* Locks with deadlines of the kernel, for both kinds of thread libraries. */
#ifndef LOCK_H_
#define LOCK_H_

#include <threads.h>
#include <zircon/types.h>

static inline zx_time_t libc_time_of(const struct timespec* time) {
    return zx_time_add_duration(ZX_SEC(time->tv_sec), time->tv_nsec);
}

/* As mtx_lock; thrd_timedout at the deadline. */
int libc_lock_until(mtx_t* mutex, zx_time_t deadline);
/* As cnd_wait; thrd_timedout at the deadline. */
int libc_wait_until(cnd_t* condition, mtx_t* mutex, zx_time_t deadline);

#endif
