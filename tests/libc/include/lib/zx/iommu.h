// What translates the addresses of devices.
#ifndef LIB_ZX_IOMMU_H_
#define LIB_ZX_IOMMU_H_

#include <lib/zx/resource.h>

namespace zx {

class iommu final : public object<iommu> {
public:
    constexpr iommu() = default;
    explicit constexpr iommu(zx_handle_t value) : object(value) {}
    explicit iommu(handle&& other) : object(other.release()) {}

    static zx_status_t create(const resource& resource, uint32_t type, const void* desc, size_t desc_size,
                              iommu* result) {
        return zx_iommu_create(resource.get(), type, desc, desc_size, result->reset_and_get_address());
    }
};

using unowned_iommu = unowned<iommu>;

}  // namespace zx

#endif
