// Jobs.
#ifndef LIB_ZX_JOB_H_
#define LIB_ZX_JOB_H_

#include <lib/zx/task.h>
#include <zircon/process.h>

namespace zx {

class job final : public task<job> {
public:
    constexpr job() = default;
    explicit constexpr job(zx_handle_t value) : task(value) {}
    explicit job(handle&& other) : task(other.release()) {}

    static unowned<job> default_job() { return unowned<job>(zx_job_default()); }
    static zx_status_t create(const job& parent, uint32_t options, job* result) {
        job made;
        const zx_status_t status = zx_job_create(parent.get(), options, made.reset_and_get_address());
        result->reset(made.release());
        return status;
    }
};

using unowned_job = unowned<job>;

}  // namespace zx

#endif
