// Devices, as far as memory is concerned.
#ifndef LIB_ZX_BTI_H_
#define LIB_ZX_BTI_H_

#include <lib/zx/iommu.h>
#include <lib/zx/pmt.h>
#include <lib/zx/vmo.h>

namespace zx {

class bti final : public object<bti> {
public:
    constexpr bti() = default;
    explicit constexpr bti(zx_handle_t value) : object(value) {}
    explicit bti(handle&& other) : object(other.release()) {}

    static zx_status_t create(const iommu& iommu, uint32_t options, uint64_t id, bti* result) {
        return zx_bti_create(iommu.get(), options, id, result->reset_and_get_address());
    }

    zx_status_t pin(uint32_t options, const vmo& pinned, uint64_t offset, uint64_t size, zx_paddr_t* addresses,
                    size_t address_count, pmt* result) const {
        return zx_bti_pin(get(), options, pinned.get(), offset, size, addresses, address_count,
                          result->reset_and_get_address());
    }
    zx_status_t release_quarantine() const { return zx_bti_release_quarantine(get()); }
};

using unowned_bti = unowned<bti>;

}  // namespace zx

#endif
