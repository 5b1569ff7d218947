// A value, or the status that says why there is none.
#ifndef LIB_ZX_RESULT_H_
#define LIB_ZX_RESULT_H_

#include <zircon/assert.h>
#include <zircon/status.h>
#include <zircon/types.h>

#include <optional>
#include <type_traits>
#include <utility>

namespace zx {

template <typename T>
struct success final {
    T value;
};
template <>
struct success<void> final {};

struct error_status final {
    zx_status_t status;
};

// What a function returns that has gone well, or not.
template <typename T>
success<std::decay_t<T>> ok(T&& value) {
    return {std::forward<T>(value)};
}
inline success<void> ok() {
    return {};
}
inline error_status error(zx_status_t status) {
    return {status};
}

template <typename T = void>
class [[nodiscard]] result final {
public:
    result(success<T> made) : value_(std::move(made.value)) {}
    result(error_status failed) : status_(failed.status) { ZX_ASSERT(status_ != ZX_OK); }

    bool is_ok() const { return value_.has_value(); }
    bool is_error() const { return !is_ok(); }
    zx_status_t status_value() const { return status_; }
    zx_status_t error_value() const { return status_; }
    const char* status_string() const { return zx_status_get_string(status_); }
    error_status take_error() const { return {status_}; }

    T& value() & { return *value_; }
    const T& value() const& { return *value_; }
    T&& value() && { return *std::move(value_); }
    T& operator*() & { return *value_; }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }

private:
    std::optional<T> value_;
    zx_status_t status_ = ZX_OK;
};

template <>
class [[nodiscard]] result<void> final {
public:
    result(success<void>) {}
    result(error_status failed) : status_(failed.status) {}

    bool is_ok() const { return status_ == ZX_OK; }
    bool is_error() const { return !is_ok(); }
    zx_status_t status_value() const { return status_; }
    zx_status_t error_value() const { return status_; }
    const char* status_string() const { return zx_status_get_string(status_); }
    error_status take_error() const { return {status_}; }

private:
    zx_status_t status_ = ZX_OK;
};

// A call's status as what a function returns.
inline result<> make_result(zx_status_t status) {
    return status == ZX_OK ? result<>(ok()) : result<>(error(status));
}

}  // namespace zx

#endif
