/* Locks, conditions and what is done once, on the kernel's futexes. A word that nobody waits at is changed without a call. */
#include <stdatomic.h>
#include <stdbool.h>
#include <threads.h>
#include <zircon/syscalls.h>

#include "lock.h"

enum { OPEN, LOCKED, CONTENDED };
enum { NOT_DONE, BEING_DONE, DONE };

/* Sleeps while the word is `value`, at most until the deadline; says whether that passed. */
static bool sleep_at(int* word, int value, zx_time_t deadline) {
    return zx_futex_wait((const zx_futex_t*)word, value, ZX_HANDLE_INVALID, deadline) == ZX_ERR_TIMED_OUT;
}

static void wake_at(int* word, uint32_t count) {
    zx_futex_wake((const zx_futex_t*)word, count);
}

static bool try_to_lock(mtx_t* mutex) {
    int state = OPEN;
    return __atomic_compare_exchange_n(&mutex->state, &state, LOCKED, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Says whether the lock is the calling thread's already and may be taken again; then it is. */
static bool is_again(mtx_t* mutex) {
    const bool is_own = mutex->type & mtx_recursive &&
                        __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) == thrd_current();
    if (is_own) {
        mutex->depth++;
    }
    return is_own;
}

static void own(mtx_t* mutex) {
    if (mutex->type & mtx_recursive) {
        __atomic_store_n(&mutex->owner, thrd_current(), __ATOMIC_RELAXED);
        mutex->depth = 1;
    }
}

int libc_lock_until(mtx_t* mutex, zx_time_t deadline) {
    if (is_again(mutex)) {
        return thrd_success;
    }
    if (!try_to_lock(mutex)) {
        while (__atomic_exchange_n(&mutex->state, CONTENDED, __ATOMIC_ACQUIRE) != OPEN) {
            if (sleep_at(&mutex->state, CONTENDED, deadline)) {
                return thrd_timedout;
            }
        }
    }
    own(mutex);
    return thrd_success;
}

int mtx_init(mtx_t* mutex, int type) {
    *mutex = (mtx_t){.type = type & mtx_recursive};
    return thrd_success;
}

void mtx_destroy(mtx_t* mutex) {
    (void)mutex;
}

int mtx_lock(mtx_t* mutex) {
    return libc_lock_until(mutex, ZX_TIME_INFINITE);
}

int mtx_trylock(mtx_t* mutex) {
    if (is_again(mutex)) {
        return thrd_success;
    }
    if (!try_to_lock(mutex)) {
        return thrd_busy;
    }
    own(mutex);
    return thrd_success;
}

int mtx_timedlock(mtx_t* mutex, const struct timespec* deadline) {
    return libc_lock_until(mutex, libc_time_of(deadline));
}

int mtx_unlock(mtx_t* mutex) {
    if (mutex->type & mtx_recursive) {
        if (--mutex->depth > 0) {
            return thrd_success;
        }
        __atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELAXED);
    }
    if (__atomic_exchange_n(&mutex->state, OPEN, __ATOMIC_RELEASE) == CONTENDED) {
        wake_at(&mutex->state, 1);
    }
    return thrd_success;
}

int cnd_init(cnd_t* condition) {
    *condition = (cnd_t){0};
    return thrd_success;
}

void cnd_destroy(cnd_t* condition) {
    (void)condition;
}

int cnd_signal(cnd_t* condition) {
    __atomic_fetch_add(&condition->sequence, 1, __ATOMIC_RELEASE);
    wake_at(&condition->sequence, 1);
    return thrd_success;
}

int cnd_broadcast(cnd_t* condition) {
    __atomic_fetch_add(&condition->sequence, 1, __ATOMIC_RELEASE);
    wake_at(&condition->sequence, UINT32_MAX);
    return thrd_success;
}

int libc_wait_until(cnd_t* condition, mtx_t* mutex, zx_time_t deadline) {
    const int sequence = __atomic_load_n(&condition->sequence, __ATOMIC_ACQUIRE);
    mtx_unlock(mutex);
    const bool is_late = sleep_at(&condition->sequence, sequence, deadline);
    mtx_lock(mutex);
    return is_late ? thrd_timedout : thrd_success;
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return libc_wait_until(condition, mutex, ZX_TIME_INFINITE);
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const struct timespec* deadline) {
    return libc_wait_until(condition, mutex, libc_time_of(deadline));
}

void call_once(once_flag* flag, void (*function)(void)) {
    int state = NOT_DONE;
    if (__atomic_compare_exchange_n(&flag->state, &state, BEING_DONE, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        function();
        __atomic_store_n(&flag->state, DONE, __ATOMIC_RELEASE);
        wake_at(&flag->state, UINT32_MAX);
        return;
    }
    while (__atomic_load_n(&flag->state, __ATOMIC_ACQUIRE) != DONE) {
        sleep_at(&flag->state, BEING_DONE, ZX_TIME_INFINITE);
    }
}
