// What jobs, processes and threads have in common.
#ifndef LIB_ZX_TASK_H_
#define LIB_ZX_TASK_H_

#include <lib/zx/channel.h>
#include <lib/zx/object.h>

namespace zx {

template <typename T>
class task : public object<T> {
public:
    constexpr task() = default;
    explicit constexpr task(zx_handle_t value) : object<T>(value) {}

    zx_status_t kill() const { return zx_task_kill(this->get()); }
    zx_status_t create_exception_channel(uint32_t options, channel* result) const {
        return zx_task_create_exception_channel(this->get(), options, result->reset_and_get_address());
    }
};

}  // namespace zx

#endif
