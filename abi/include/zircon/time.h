/* Points in time and durations: arithmetic that stops at the ends of time instead of overflowing. */
#ifndef ZIRCON_TIME_H_
#define ZIRCON_TIME_H_

#include <stdint.h>
#include <zircon/compiler.h>

/* Nanoseconds since boot, or between two points. */
typedef int64_t zx_time_t;
typedef int64_t zx_duration_t;
/* The processor's time stamp, or a number of its ticks. */
typedef int64_t zx_ticks_t;

/* The same, for those who say which clock they mean. This machine never sleeps, so both go alike. */
typedef zx_time_t zx_instant_mono_t;
typedef zx_time_t zx_instant_boot_t;
typedef zx_ticks_t zx_instant_mono_ticks_t;
typedef zx_ticks_t zx_instant_boot_ticks_t;
typedef zx_duration_t zx_duration_mono_t;
typedef zx_duration_t zx_duration_boot_t;
typedef zx_ticks_t zx_duration_mono_ticks_t;
typedef zx_ticks_t zx_duration_boot_ticks_t;

#define ZX_TIME_INFINITE INT64_MAX
#define ZX_TIME_INFINITE_PAST INT64_MIN

__BEGIN_CDECLS

/* The sum, or the end of time it lies beyond. */
static inline __CONSTEXPR int64_t zx_libc_add(int64_t one, int64_t other) {
    int64_t sum = 0;
    return __builtin_add_overflow(one, other, &sum) ? (one < 0 ? ZX_TIME_INFINITE_PAST : ZX_TIME_INFINITE) : sum;
}

static inline __CONSTEXPR int64_t zx_libc_sub(int64_t one, int64_t other) {
    int64_t difference = 0;
    return __builtin_sub_overflow(one, other, &difference) ? (one < 0 ? ZX_TIME_INFINITE_PAST : ZX_TIME_INFINITE)
                                                           : difference;
}

static inline __CONSTEXPR int64_t zx_libc_mul(int64_t one, int64_t other) {
    int64_t product = 0;
    return __builtin_mul_overflow(one, other, &product)
               ? ((one < 0) == (other < 0) ? ZX_TIME_INFINITE : ZX_TIME_INFINITE_PAST)
               : product;
}

static inline __CONSTEXPR zx_time_t zx_time_add_duration(zx_time_t time, zx_duration_t duration) {
    return zx_libc_add(time, duration);
}

static inline __CONSTEXPR zx_time_t zx_time_sub_duration(zx_time_t time, zx_duration_t duration) {
    return zx_libc_sub(time, duration);
}

static inline __CONSTEXPR zx_duration_t zx_time_sub_time(zx_time_t later, zx_time_t earlier) {
    return zx_libc_sub(later, earlier);
}

static inline __CONSTEXPR zx_duration_t zx_duration_add_duration(zx_duration_t one, zx_duration_t other) {
    return zx_libc_add(one, other);
}

static inline __CONSTEXPR zx_duration_t zx_duration_sub_duration(zx_duration_t one, zx_duration_t other) {
    return zx_libc_sub(one, other);
}

static inline __CONSTEXPR zx_duration_t zx_duration_mul_int64(zx_duration_t duration, int64_t factor) {
    return zx_libc_mul(duration, factor);
}

static inline __CONSTEXPR zx_ticks_t zx_ticks_add_ticks(zx_ticks_t one, zx_ticks_t other) {
    return zx_libc_add(one, other);
}

static inline __CONSTEXPR zx_ticks_t zx_ticks_sub_ticks(zx_ticks_t one, zx_ticks_t other) {
    return zx_libc_sub(one, other);
}

static inline __CONSTEXPR zx_ticks_t zx_ticks_mul_int64(zx_ticks_t ticks, int64_t factor) {
    return zx_libc_mul(ticks, factor);
}

static inline __CONSTEXPR int64_t zx_nsec_from_duration(zx_duration_t duration) {
    return duration;
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_nsec(int64_t n) {
    return n;
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_usec(int64_t n) {
    return zx_libc_mul(n, 1000);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_msec(int64_t n) {
    return zx_libc_mul(n, 1000000);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_sec(int64_t n) {
    return zx_libc_mul(n, 1000000000);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_min(int64_t n) {
    return zx_libc_mul(n, INT64_C(60000000000));
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_hour(int64_t n) {
    return zx_libc_mul(n, INT64_C(3600000000000));
}

__END_CDECLS

/* Constants where their argument is one. */
#define ZX_LIBC_DURATION(n, unit, function) \
    (__ISCONSTANT(n) ? (zx_duration_t)((n) * INT64_C(unit)) : (function)((int64_t)(n)))
#define ZX_NSEC(n) ZX_LIBC_DURATION(n, 1, zx_duration_from_nsec)
#define ZX_USEC(n) ZX_LIBC_DURATION(n, 1000, zx_duration_from_usec)
#define ZX_MSEC(n) ZX_LIBC_DURATION(n, 1000000, zx_duration_from_msec)
#define ZX_SEC(n) ZX_LIBC_DURATION(n, 1000000000, zx_duration_from_sec)
#define ZX_MIN(n) ZX_LIBC_DURATION(n, 60000000000, zx_duration_from_min)
#define ZX_HOUR(n) ZX_LIBC_DURATION(n, 3600000000000, zx_duration_from_hour)

#endif
