/* Checks what the C library has of threads, of variables of threads, and of POSIX's memory. */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/threads.h>

#define THREADS 8
#define ROUNDS 2000

static atomic_int failures;

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            printf("threads: line %d: not so: %s\n", __LINE__, #condition);   \
            failures++;                                                       \
        }                                                                     \
    } while (0)

static thread_local int own = 5;
static thread_local _Alignas(64) char zeros[100];
static mtx_t mutex;
static cnd_t condition;
static int count;
static int turn;

static bool is_zero(const char* bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    return true;
}

static int add(void* argument) {
    const int number = (int)(intptr_t)argument;
    CHECK(own == 5 && is_zero(zeros, sizeof(zeros)) && (uintptr_t)zeros % 64 == 0 && errno == 0);
    errno = own = number;
    memset(zeros, number + 1, sizeof(zeros));
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(mtx_lock(&mutex) == thrd_success);
        const int seen = count;
        if (i % 64 == 0) {
            thrd_yield();
        }
        count = seen + 1;
        CHECK(mtx_unlock(&mutex) == thrd_success);
    }
    CHECK(own == number && errno == number && zeros[99] == number + 1);
    zx_info_handle_basic_t info;
    CHECK(zx_object_get_info(zx_thread_self(), ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) == ZX_OK);
    CHECK(info.type == ZX_OBJ_TYPE_THREAD && zx_thread_self() == thrd_get_zx_handle(thrd_current()));
    return number * 3;
}

static void check_locks(void) {
    thrd_t threads[THREADS];
    CHECK(mtx_init(&mutex, mtx_plain) == thrd_success);
    for (intptr_t i = 0; i < THREADS; i++) {
        CHECK(thrd_create_with_name(&threads[i], add, (void*)i, "adder") == thrd_success);
        CHECK(!thrd_equal(threads[i], thrd_current()));
    }
    for (int i = 0; i < THREADS; i++) {
        int result = -1;
        CHECK(thrd_join(threads[i], &result) == thrd_success && result == i * 3);
    }
    CHECK(count == THREADS * ROUNDS && own == 5);
    CHECK(thrd_join(thrd_current(), NULL) == thrd_error);
}

static int try(void* argument) {
    return mtx_trylock(argument);
}

static int in_other_thread(thrd_start_t function, void* argument) {
    thrd_t thread;
    int result = -1;
    CHECK(thrd_create(&thread, function, argument) == thrd_success && thrd_join(thread, &result) == thrd_success);
    return result;
}

static struct timespec soon(void) {
    struct timespec time;
    CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0);
    time.tv_nsec += 2000000;
    return time;
}

static int try_until_soon(void* argument) {
    const struct timespec deadline = soon();
    return mtx_timedlock(argument, &deadline);
}

static void check_kinds_of_locks(void) {
    mtx_t again;
    CHECK(mtx_init(&again, mtx_recursive | mtx_timed) == thrd_success);
    CHECK(mtx_lock(&again) == thrd_success && mtx_trylock(&again) == thrd_success);
    CHECK(in_other_thread(try, &again) == thrd_busy && mtx_unlock(&again) == thrd_success);
    CHECK(in_other_thread(try_until_soon, &again) == thrd_timedout && mtx_unlock(&again) == thrd_success);
    CHECK(in_other_thread(try, &again) == thrd_success);
    mtx_destroy(&again);
}

/* Takes turns with another thread, which adds odd numbers. */
static int take_turns(void* argument) {
    const int parity = (int)(intptr_t)argument;
    mtx_lock(&mutex);
    while (turn < 200) {
        if (turn % 2 == parity) {
            turn++;
            cnd_broadcast(&condition);
        } else {
            cnd_wait(&condition, &mutex);
        }
    }
    mtx_unlock(&mutex);
    return 0;
}

static void check_conditions(void) {
    thrd_t other;
    CHECK(cnd_init(&condition) == thrd_success);
    CHECK(thrd_create(&other, take_turns, (void*)1) == thrd_success);
    take_turns(NULL);
    CHECK(thrd_join(other, NULL) == thrd_success && turn >= 200);
    const struct timespec deadline = soon();
    mtx_lock(&mutex);
    CHECK(cnd_timedwait(&condition, &mutex, &deadline) == thrd_timedout);
    CHECK(mtx_trylock(&mutex) == thrd_busy && mtx_unlock(&mutex) == thrd_success);
    cnd_destroy(&condition);
}

static once_flag once = ONCE_FLAG_INIT;
static atomic_int onces;
static tss_t key;
static atomic_int destroyed;

static void do_once(void) {
    thrd_yield();
    onces++;
}

static void destroy(void* value) {
    destroyed += (int)(intptr_t)value;
}

static int keep_value(void* argument) {
    call_once(&once, do_once);
    CHECK(onces == 1 && tss_get(key) == NULL && tss_set(key, argument) == thrd_success);
    CHECK(tss_get(key) == argument);
    thrd_exit(7);
}

static void check_once_and_values(void) {
    thrd_t threads[THREADS];
    CHECK(tss_create(&key, destroy) == thrd_success && tss_set(key, &key) == thrd_success);
    for (intptr_t i = 0; i < THREADS; i++) {
        CHECK(thrd_create(&threads[i], keep_value, (void*)(i + 1)) == thrd_success);
    }
    for (int i = 0; i < THREADS; i++) {
        int result;
        CHECK(thrd_join(threads[i], &result) == thrd_success && result == 7);
    }
    CHECK(destroyed == THREADS * (THREADS + 1) / 2 && tss_get(key) == &key);
    tss_delete(key);
}

static int say_done(void* argument) {
    atomic_store((atomic_int*)argument, 1);
    return 0;
}

/* Detached before and after its end, a thread leaves no mapping behind. */
static void check_detached(void) {
    zx_info_task_stats_t before;
    zx_info_task_stats_t after;
    CHECK(zx_object_get_info(zx_process_self(), ZX_INFO_TASK_STATS, &before, sizeof(before), NULL, NULL) == ZX_OK);
    for (int round = 0; round < 10; round++) {
        atomic_int is_done = 0;
        thrd_t thread;
        CHECK(thrd_create(&thread, say_done, &is_done) == thrd_success);
        if (round % 2 == 0) {
            CHECK(thrd_detach(thread) == thrd_success);
        }
        while (!is_done) {
            thrd_yield();
        }
        CHECK(usleep(1000) == 0);
        if (round % 2 != 0) {
            CHECK(thrd_detach(thread) == thrd_success);
        }
    }
    CHECK(zx_object_get_info(zx_process_self(), ZX_INFO_TASK_STATS, &after, sizeof(after), NULL, NULL) == ZX_OK);
    CHECK(before.mem_mapped_bytes == after.mem_mapped_bytes);
}

/* mov %rdi, %rax; add %rsi, %rax; ret */
static const uint8_t sum_code[] = {0x48, 0x89, 0xf8, 0x48, 0x01, 0xf0, 0xc3};

static bool fails(void* result, int error) {
    return result == MAP_FAILED && errno == error;
}

static void check_memory(void) {
    const int flags = MAP_PRIVATE | MAP_ANON;
    const size_t page = (size_t)getpagesize();
    CHECK(page == PAGE_SIZE && sysconf(_SC_PAGESIZE) == PAGE_SIZE && sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    CHECK(sysconf(-1) == -1 && errno == EINVAL && getenv("PATH") == NULL);
    char* const zero = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, flags, -1, 0);
    CHECK(zero != MAP_FAILED && is_zero(zero, 3 * page));
    zero[3 * page - 1] = 1;
    CHECK(mprotect(zero + page, page, PROT_NONE) == 0 && munmap(zero, 3 * page) == 0);
    CHECK(mprotect(zero, page, PROT_READ) == -1 && errno == ENOMEM);
    CHECK(fails(mmap(NULL, 0, PROT_READ, flags, -1, 0), EINVAL));
    CHECK(fails(mmap(NULL, 1, PROT_READ, flags, -1, 4), EINVAL));
    CHECK(fails(mmap(NULL, 1, PROT_READ, MAP_ANON, -1, 0), EINVAL));
    CHECK(fails(mmap(NULL, 1, PROT_READ, flags | MAP_SHARED, -1, 0), EINVAL));
    CHECK(fails(mmap(NULL, PTRDIFF_MAX, PROT_READ, flags, -1, 0), ENOMEM));
    CHECK(fails(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, 3, 0), EBADF));
    CHECK(fails(mmap(zero, 1, PROT_READ, flags | MAP_FIXED, -1, 0), ENOTSUP));
    CHECK(munmap(zero, 0) == -1 && errno == EINVAL);
    void* const code = mmap(NULL, page, PROT_READ | PROT_WRITE, flags | MAP_JIT, -1, 0);
    CHECK(code != MAP_FAILED);
    memcpy(code, sum_code, sizeof(sum_code));
    CHECK(mprotect(code, page, PROT_WRITE) == -1 && errno == ENOTSUP);
    CHECK(mprotect(code, page, PROT_READ | PROT_EXEC) == 0 && ((long (*)(long, long))code)(1, 2) == 3);
    CHECK(munmap(code, page) == 0);
}

static void check_time(void) {
    struct timespec before;
    struct timespec after;
    const struct timespec pause = {0, 3000000};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
    CHECK(nanosleep(&pause, NULL) == 0 && thrd_sleep(&pause, NULL) == 0);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
    const int64_t passed = (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + after.tv_nsec - before.tv_nsec;
    CHECK(passed >= 6000000 && clock_gettime(77, &after) == -1 && errno == EINVAL);
}

static void check_blocks(void) {
    for (size_t align = 8; align <= 8192; align *= 2) {
        char* const blocks[] = {aligned_alloc(align, 100), malloc(1), aligned_alloc(align, align)};
        for (size_t i = 0; i < 3; i++) {
            CHECK(blocks[i] && (i == 1 || (uintptr_t)blocks[i] % align == 0));
            memset(blocks[i], 0xEE, i == 0 ? 100 : 1);
            free(blocks[i]);
        }
    }
    CHECK(!aligned_alloc(4096, SIZE_MAX));
}

int main(void) {
    check_locks();
    check_kinds_of_locks();
    check_conditions();
    check_once_and_values();
    check_detached();
    check_memory();
    check_time();
    check_blocks();
    printf("threads: %s\n", failures == 0 ? "locks, conditions, variables, memory and time are as they should be" : "FAILED");
    return failures != 0;
}
