/*
 * Threads of POSIX, as far as the C++ library needs them, on those of C11. The header is the host's; its types are at least as large
 * as ours, and what it initializes is all zeros but for the kind of a lock, which lies where ours has it.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <zircon/syscalls.h>

#include "lock.h"
#include "thread.h"

_Static_assert(sizeof(pthread_mutex_t) >= sizeof(mtx_t) && sizeof(pthread_cond_t) >= sizeof(cnd_t), "room");
_Static_assert(offsetof(pthread_mutex_t, __data.__kind) == offsetof(mtx_t, type), "one place");
_Static_assert((int)PTHREAD_MUTEX_RECURSIVE == (int)mtx_recursive && sizeof(pthread_once_t) == sizeof(once_flag), "one meaning");
_Static_assert(sizeof(pthread_t) == sizeof(thrd_t) && sizeof(pthread_key_t) == sizeof(tss_t), "one size");

int libc_create_thread(thrd_t* out, void* (*entry)(void*), void* argument, const char* name);

static int error_of(int result) {
    switch (result) {
        case thrd_success:
            return 0;
        case thrd_nomem:
            return EAGAIN;
        case thrd_timedout:
            return ETIMEDOUT;
        case thrd_busy:
            return EBUSY;
        default:
            return EINVAL;
    }
}

int pthread_create(pthread_t* out, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument) {
    return attributes ? EINVAL : error_of(libc_create_thread((thrd_t*)out, entry, argument, "thread"));
}

int pthread_join(pthread_t thread, void** result) {
    struct libc_thread* const joined = (struct libc_thread*)thread;
    if (joined == current_thread() || joined->base == 0) {
        return EDEADLK;
    }
    zx_object_wait_one(joined->handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL);
    if (result) {
        *result = joined->result;
    }
    return error_of(thrd_join(joined, NULL));
}

int pthread_detach(pthread_t thread) {
    return error_of(thrd_detach((thrd_t)thread));
}

pthread_t pthread_self(void) {
    return (pthread_t)thrd_current();
}

int pthread_equal(pthread_t one, pthread_t other) {
    return one == other;
}

int pthread_once(pthread_once_t* once, void (*function)(void)) {
    call_once((once_flag*)once, function);
    return 0;
}

int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) {
    return tss_create(key, destructor) == thrd_success ? 0 : EAGAIN;
}

int pthread_key_delete(pthread_key_t key) {
    tss_delete(key);
    return 0;
}

void* pthread_getspecific(pthread_key_t key) {
    return tss_get(key);
}

int pthread_setspecific(pthread_key_t key, const void* value) {
    return error_of(tss_set(key, (void*)value));
}

int pthread_mutexattr_init(pthread_mutexattr_t* attributes) {
    *(int*)attributes = mtx_plain;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t* attributes) {
    (void)attributes;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t* attributes, int type) {
    *(int*)attributes = type == PTHREAD_MUTEX_RECURSIVE ? mtx_recursive : mtx_plain;
    return 0;
}

int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) {
    return error_of(mtx_init((mtx_t*)mutex, attributes ? *(const int*)attributes : mtx_plain));
}

int pthread_mutex_destroy(pthread_mutex_t* mutex) {
    mtx_destroy((mtx_t*)mutex);
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
    return error_of(mtx_lock((mtx_t*)mutex));
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
    return error_of(mtx_trylock((mtx_t*)mutex));
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const struct timespec* deadline) {
    return error_of(mtx_timedlock((mtx_t*)mutex, deadline));
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const struct timespec* deadline) {
    (void)clock;
    return pthread_mutex_timedlock(mutex, deadline);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
    return error_of(mtx_unlock((mtx_t*)mutex));
}

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) {
    (void)attributes;
    return error_of(cnd_init((cnd_t*)condition));
}

int pthread_cond_destroy(pthread_cond_t* condition) {
    cnd_destroy((cnd_t*)condition);
    return 0;
}

int pthread_cond_signal(pthread_cond_t* condition) {
    return error_of(cnd_signal((cnd_t*)condition));
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
    return error_of(cnd_broadcast((cnd_t*)condition));
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    return error_of(cnd_wait((cnd_t*)condition, (mtx_t*)mutex));
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const struct timespec* deadline) {
    return error_of(cnd_timedwait((cnd_t*)condition, (mtx_t*)mutex, deadline));
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const struct timespec* deadline) {
    (void)clock;
    return pthread_cond_timedwait(condition, mutex, deadline);
}
