/* The few functions of POSIX that tests of memory and threads use. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>

#include "thread.h"

int* __errno_location(void) {
    return &current_thread()->error;
}

static int fail(int error) {
    errno = error;
    return -1;
}

unsigned sleep(unsigned seconds) {
    zx_nanosleep(zx_deadline_after(ZX_SEC(seconds)));
    return 0;
}

int usleep(unsigned microseconds) {
    zx_nanosleep(zx_deadline_after(ZX_USEC(microseconds)));
    return 0;
}

int nanosleep(const struct timespec* duration, struct timespec* remaining) {
    zx_nanosleep(zx_deadline_after(zx_duration_add_duration(ZX_SEC(duration->tv_sec), duration->tv_nsec)));
    if (remaining) {
        *remaining = (struct timespec){0, 0};
    }
    return 0;
}

/* There is one clock, which began when the machine did. */
int clock_gettime(clockid_t clock, struct timespec* time) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
        return fail(EINVAL);
    }
    const zx_time_t now = zx_clock_get_monotonic();
    *time = (struct timespec){.tv_sec = now / ZX_SEC(1), .tv_nsec = now % ZX_SEC(1)};
    return 0;
}

time_t time(time_t* out) {
    const time_t now = zx_clock_get_monotonic() / ZX_SEC(1);
    if (out) {
        *out = now;
    }
    return now;
}

clock_t clock(void) {
    return zx_clock_get_monotonic() / (ZX_SEC(1) / CLOCKS_PER_SEC);
}

int sched_yield(void) {
    zx_thread_legacy_yield(0);
    return 0;
}

int getpagesize(void) {
    return (int)zx_system_get_page_size();
}

long sysconf(int name) {
    switch (name) {
        case _SC_PAGESIZE:
            return zx_system_get_page_size();
        case _SC_NPROCESSORS_CONF:
        case _SC_NPROCESSORS_ONLN:
            return zx_system_get_num_cpus();
        default:
            return fail(EINVAL);
    }
}

/* Sleeps at a word, or wakes who sleeps there. */
static long futex(int* word, int operation, int value, const struct timespec* timeout) {
    zx_time_t deadline = timeout ? zx_duration_add_duration(ZX_SEC(timeout->tv_sec), timeout->tv_nsec) : ZX_TIME_INFINITE;
    switch (operation & FUTEX_CMD_MASK) {
        case FUTEX_WAIT:
            deadline = zx_deadline_after(deadline);
            __attribute__((__fallthrough__));
        case FUTEX_WAIT_BITSET:
            break;
        case FUTEX_WAKE:
            zx_futex_wake((const zx_futex_t*)word, (uint32_t)value);
            return 0;
        default:
            return fail(ENOSYS);
    }
    switch (zx_futex_wait((const zx_futex_t*)word, value, ZX_HANDLE_INVALID, deadline)) {
        case ZX_OK:
            return 0;
        case ZX_ERR_TIMED_OUT:
            return fail(ETIMEDOUT);
        default:
            return fail(EAGAIN);
    }
}

long syscall(long number, ...) {
    if (number != SYS_futex) {
        return fail(ENOSYS);
    }
    va_list arguments;
    va_start(arguments, number);
    int* const word = va_arg(arguments, int*);
    const int operation = va_arg(arguments, int);
    const int value = va_arg(arguments, int);
    const struct timespec* const timeout = (operation & FUTEX_CMD_MASK) == FUTEX_WAKE ? NULL : va_arg(arguments, const struct timespec*);
    va_end(arguments);
    return futex(word, operation, value, timeout);
}

/* Programs are started without an environment. */
char* getenv(const char* name) {
    (void)name;
    return NULL;
}

static zx_vm_option_t permissions(int protection) {
    zx_vm_option_t options = 0;
    if (protection & PROT_READ) {
        options |= ZX_VM_PERM_READ;
    }
    if (protection & PROT_WRITE) {
        options |= ZX_VM_PERM_WRITE;
    }
    if (protection & PROT_EXEC) {
        /* As other systems do for code. */
        options |= ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE;
    }
    return options;
}

static int error_of(zx_status_t status) {
    switch (status) {
        case ZX_ERR_ACCESS_DENIED:
            return EACCES;
        case ZX_ERR_NO_MEMORY:
        case ZX_ERR_NOT_FOUND:
        case ZX_ERR_OUT_OF_RANGE:
            return ENOMEM;
        default:
            return EINVAL;
    }
}

/* Makes a VMO of zeros that may be mapped in every way. */
static zx_status_t make_zeros(size_t len, zx_handle_t* vmo) {
    const zx_status_t status = zx_vmo_create(len, 0, vmo);
    return status == ZX_OK ? zx_vmo_replace_as_executable(*vmo, ZX_HANDLE_INVALID, vmo) : status;
}

void* mmap(void* address, size_t len, int protection, int flags, int file, off_t offset) {
    (void)address;
    const int sharing = flags & (MAP_SHARED | MAP_PRIVATE);
    int error = 0;
    if (len == 0 || offset % (off_t)ZX_PAGE_SIZE != 0 || (sharing != MAP_SHARED && sharing != MAP_PRIVATE)) {
        error = EINVAL;
    } else if (len >= PTRDIFF_MAX) {
        error = ENOMEM;
    } else if (!(flags & MAP_ANONYMOUS) || file != -1) {
        error = EBADF;
    } else if (flags & MAP_FIXED) {
        error = ENOTSUP;
    }
    zx_vm_option_t options = permissions(protection);
    if (options & ZX_VM_PERM_WRITE) {
        options |= ZX_VM_PERM_READ;
    }
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vaddr_t base = 0;
    if (error == 0) {
        zx_status_t status = make_zeros(len, &vmo);
        if (status == ZX_OK) {
            status = zx_vmar_map(zx_vmar_root_self(), options, 0, vmo, 0, len, &base);
            zx_handle_close(vmo);
        }
        error = status == ZX_OK ? 0 : error_of(status);
    }
    if (error != 0) {
        errno = error;
        return MAP_FAILED;
    }
    return (void*)base;
}

int munmap(void* address, size_t len) {
    const zx_status_t status = zx_vmar_unmap(zx_vmar_root_self(), (zx_vaddr_t)address, len);
    return status == ZX_OK ? 0 : fail(error_of(status));
}

int mprotect(void* address, size_t len, int protection) {
    const zx_vm_option_t options = permissions(protection);
    if (options & ZX_VM_PERM_WRITE && !(options & ZX_VM_PERM_READ)) {
        return fail(ENOTSUP);
    }
    const zx_status_t status = zx_vmar_protect(zx_vmar_root_self(), options, (zx_vaddr_t)address, len);
    return status == ZX_OK ? 0 : fail(error_of(status));
}
