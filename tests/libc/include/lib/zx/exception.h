// Exceptions that wait for an answer.
#ifndef LIB_ZX_EXCEPTION_H_
#define LIB_ZX_EXCEPTION_H_

#include <lib/zx/process.h>
#include <lib/zx/thread.h>

namespace zx {

class exception final : public object<exception> {
public:
    constexpr exception() = default;
    explicit constexpr exception(zx_handle_t value) : object(value) {}
    explicit exception(handle&& other) : object(other.release()) {}

    zx_status_t get_thread(thread* result) const { return zx_exception_get_thread(get(), result->reset_and_get_address()); }
    zx_status_t get_process(process* result) const {
        return zx_exception_get_process(get(), result->reset_and_get_address());
    }
};

using unowned_exception = unowned<exception>;

}  // namespace zx

#endif
