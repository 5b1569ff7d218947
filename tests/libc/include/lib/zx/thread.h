// Threads.
#ifndef LIB_ZX_THREAD_H_
#define LIB_ZX_THREAD_H_

#include <lib/zx/task.h>
#include <zircon/process.h>

namespace zx {

class thread final : public task<thread> {
public:
    constexpr thread() = default;
    explicit constexpr thread(zx_handle_t value) : task(value) {}
    explicit thread(handle&& other) : task(other.release()) {}

    static unowned<thread> self() { return unowned<thread>(zx_thread_self()); }
    template <typename Process>
    static zx_status_t create(const Process& process, const char* name, uint32_t name_size, uint32_t options,
                              thread* result) {
        return zx_thread_create(process.get(), name, name_size, options, result->reset_and_get_address());
    }

    zx_status_t start(zx_vaddr_t entry, zx_vaddr_t stack, uintptr_t one, uintptr_t other) const {
        return zx_thread_start(get(), entry, stack, one, other);
    }
};

using unowned_thread = unowned<thread>;

}  // namespace zx

#endif
