/* Threads of C11, on threads and futexes of the kernel. */
#ifndef THREADS_H_
#define THREADS_H_

#include <time.h>

#ifdef __cplusplus
extern "C" {
#else
#define thread_local _Thread_local
#endif

enum { thrd_success, thrd_busy, thrd_error, thrd_nomem, thrd_timedout };
enum { mtx_plain = 0, mtx_recursive = 1, mtx_timed = 2 };

typedef struct libc_thread* thrd_t;
typedef int (*thrd_start_t)(void*);

/* A lock, open when it is all zeros. */
typedef struct {
    /* 0: open. 1: locked. 2: locked, and somebody may wait. */
    int state;
    unsigned depth;
    thrd_t owner;
    int type;
} mtx_t;

typedef struct {
    /* Changes with every signal. */
    int sequence;
} cnd_t;

typedef unsigned tss_t;
typedef void (*tss_dtor_t)(void*);
#define TSS_DTOR_ITERATIONS 4

typedef struct {
    int state;
} once_flag;
#define ONCE_FLAG_INIT {0}

int thrd_create(thrd_t* thread, thrd_start_t entry, void* argument);
/* As thrd_create; the name is for people. */
int thrd_create_with_name(thrd_t* thread, thrd_start_t entry, void* argument, const char* name);
thrd_t thrd_current(void);
int thrd_detach(thrd_t thread);
int thrd_equal(thrd_t one, thrd_t other);
__attribute__((__noreturn__)) void thrd_exit(int result);
int thrd_join(thrd_t thread, int* result);
int thrd_sleep(const struct timespec* duration, struct timespec* remaining);
void thrd_yield(void);

int mtx_init(mtx_t* mutex, int type);
void mtx_destroy(mtx_t* mutex);
int mtx_lock(mtx_t* mutex);
int mtx_trylock(mtx_t* mutex);
/* Deadlines are points of CLOCK_REALTIME, which is CLOCK_MONOTONIC here. */
int mtx_timedlock(mtx_t* mutex, const struct timespec* deadline);
int mtx_unlock(mtx_t* mutex);

int cnd_init(cnd_t* condition);
void cnd_destroy(cnd_t* condition);
int cnd_signal(cnd_t* condition);
int cnd_broadcast(cnd_t* condition);
int cnd_wait(cnd_t* condition, mtx_t* mutex);
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const struct timespec* deadline);

void call_once(once_flag* flag, void (*function)(void));

int tss_create(tss_t* key, tss_dtor_t destructor);
void tss_delete(tss_t key);
void* tss_get(tss_t key);
int tss_set(tss_t key, void* value);

#ifdef __cplusplus
}
#endif

#endif
