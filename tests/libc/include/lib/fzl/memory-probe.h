// Says what an access to memory would come to, without the exception that it might be.
#ifndef LIB_FZL_MEMORY_PROBE_H_
#define LIB_FZL_MEMORY_PROBE_H_

#include <lib/zx/vmo.h>

namespace fzl {

// Whether an access would succeed, and if not, why: a condition for some tests and a status for others.
class probe_result final {
public:
    explicit probe_result(zx_status_t status) : status_(status) {}

    zx_status_t status_value() const { return status_; }
    explicit operator bool() const { return status_ == ZX_OK; }
    friend bool operator==(probe_result result, bool is_ok) { return static_cast<bool>(result) == is_ok; }
    friend bool operator==(probe_result result, zx_status_t status) { return result.status_ == status; }

private:
    zx_status_t status_;
};

}  // namespace fzl

// The kernel reads the byte for a memory object, and answers why if it cannot.
inline fzl::probe_result probe_for_read(const void* address) {
    zx::vmo object;
    const zx_status_t status = zx::vmo::create(1, 0, &object);
    return fzl::probe_result(status == ZX_OK ? object.write(address, 0, 1) : status);
}

// The byte is what it was afterwards, unless another thread changes it meanwhile.
inline fzl::probe_result probe_for_write(void* address) {
    zx::vmo object;
    zx_status_t status = zx::vmo::create(1, 0, &object);
    if (status == ZX_OK) {
        // What cannot be read cannot be written either.
        status = object.write(address, 0, 1);
    }
    return fzl::probe_result(status == ZX_OK ? object.read(address, 0, 1) : status);
}

#endif
