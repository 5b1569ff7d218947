// Processes.
#ifndef LIB_ZX_PROCESS_H_
#define LIB_ZX_PROCESS_H_

#include <lib/zx/job.h>
#include <lib/zx/thread.h>
#include <lib/zx/vmar.h>

namespace zx {

class process final : public task<process> {
public:
    constexpr process() = default;
    explicit constexpr process(zx_handle_t value) : task(value) {}
    explicit process(handle&& other) : task(other.release()) {}

    static unowned<process> self() { return unowned<process>(zx_process_self()); }
    static zx_status_t create(const job& job, const char* name, uint32_t name_size, uint32_t options, process* result,
                              vmar* root) {
        return zx_process_create(job.get(), name, name_size, options, result->reset_and_get_address(),
                                 root->reset_and_get_address());
    }

    zx_status_t start(const thread& thread, zx_vaddr_t entry, zx_vaddr_t stack, handle argument, uintptr_t number) const {
        return zx_process_start(get(), thread.get(), entry, stack, argument.release(), number);
    }
    zx_status_t read_memory(zx_vaddr_t address, void* buffer, size_t len, size_t* actual) const {
        return zx_process_read_memory(get(), address, buffer, len, actual);
    }
    zx_status_t write_memory(zx_vaddr_t address, const void* buffer, size_t len, size_t* actual) const {
        return zx_process_write_memory(get(), address, buffer, len, actual);
    }
};

using unowned_process = unowned<process>;

}  // namespace zx

#endif
