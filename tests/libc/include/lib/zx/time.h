// Points in time, and durations between them, which do not mix.
#ifndef LIB_ZX_TIME_H_
#define LIB_ZX_TIME_H_

#include <zircon/syscalls.h>
#include <zircon/time.h>

namespace zx {

class duration final {
public:
    constexpr duration() = default;
    explicit constexpr duration(zx_duration_t value) : value_(value) {}
    static constexpr duration infinite() { return duration(ZX_TIME_INFINITE); }

    constexpr zx_duration_t get() const { return value_; }
    constexpr int64_t to_nsecs() const { return value_; }
    constexpr int64_t to_usecs() const { return value_ / ZX_USEC(1); }
    constexpr int64_t to_msecs() const { return value_ / ZX_MSEC(1); }
    constexpr int64_t to_secs() const { return value_ / ZX_SEC(1); }
    constexpr int64_t to_mins() const { return value_ / ZX_MIN(1); }

    constexpr duration operator+(duration other) const { return duration(zx_duration_add_duration(value_, other.value_)); }
    constexpr duration operator-(duration other) const { return duration(zx_duration_sub_duration(value_, other.value_)); }
    constexpr duration operator*(int64_t factor) const { return duration(zx_duration_mul_int64(value_, factor)); }
    constexpr duration operator/(int64_t divisor) const { return duration(value_ / divisor); }
    constexpr bool operator==(duration other) const { return value_ == other.value_; }
    constexpr bool operator!=(duration other) const { return value_ != other.value_; }
    constexpr bool operator<(duration other) const { return value_ < other.value_; }
    constexpr bool operator<=(duration other) const { return value_ <= other.value_; }
    constexpr bool operator>(duration other) const { return value_ > other.value_; }
    constexpr bool operator>=(duration other) const { return value_ >= other.value_; }

private:
    zx_duration_t value_ = 0;
};

constexpr duration nsec(int64_t count) {
    return duration(ZX_NSEC(count));
}
constexpr duration usec(int64_t count) {
    return duration(ZX_USEC(count));
}
constexpr duration msec(int64_t count) {
    return duration(ZX_MSEC(count));
}
constexpr duration sec(int64_t count) {
    return duration(ZX_SEC(count));
}
constexpr duration min(int64_t count) {
    return duration(ZX_MIN(count));
}
constexpr duration hour(int64_t count) {
    return duration(ZX_HOUR(count));
}

class time final {
public:
    constexpr time() = default;
    explicit constexpr time(zx_time_t value) : value_(value) {}
    static constexpr time infinite() { return time(ZX_TIME_INFINITE); }
    static constexpr time infinite_past() { return time(ZX_TIME_INFINITE_PAST); }

    constexpr zx_time_t get() const { return value_; }

    constexpr time operator+(duration later) const { return time(zx_time_add_duration(value_, later.get())); }
    constexpr time operator-(duration earlier) const { return time(zx_time_sub_duration(value_, earlier.get())); }
    constexpr duration operator-(time other) const { return duration(zx_time_sub_time(value_, other.value_)); }
    constexpr bool operator==(time other) const { return value_ == other.value_; }
    constexpr bool operator!=(time other) const { return value_ != other.value_; }
    constexpr bool operator<(time other) const { return value_ < other.value_; }
    constexpr bool operator<=(time other) const { return value_ <= other.value_; }
    constexpr bool operator>(time other) const { return value_ > other.value_; }
    constexpr bool operator>=(time other) const { return value_ >= other.value_; }

private:
    zx_time_t value_ = 0;
};

inline time deadline_after(duration after) {
    return time(zx_deadline_after(after.get()));
}
inline zx_status_t nanosleep(time deadline) {
    return zx_nanosleep(deadline.get());
}

// The clock.
struct clock final {
    static time get_monotonic() { return time(zx_clock_get_monotonic()); }
    static time get_boot() { return time(zx_clock_get_boot()); }
};

}  // namespace zx

#endif
