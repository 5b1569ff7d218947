// Pinned memory.
#ifndef LIB_ZX_PMT_H_
#define LIB_ZX_PMT_H_

#include <lib/zx/object.h>

namespace zx {

class pmt final : public object<pmt> {
public:
    constexpr pmt() = default;
    explicit constexpr pmt(zx_handle_t value) : object(value) {}
    explicit pmt(handle&& other) : object(other.release()) {}

    // Takes the pins back; the token is used up.
    zx_status_t unpin() { return zx_pmt_unpin(release()); }
};

using unowned_pmt = unowned<pmt>;

}  // namespace zx

#endif
