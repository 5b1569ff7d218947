// The right to everything there is once in the machine, for tests that are given it.
#ifndef LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_
#define LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_

#include <lib/boot-options/boot-options.h>
#include <lib/zx/bti.h>
#include <lib/zx/iommu.h>
#include <lib/zx/resource.h>
#include <lib/zx/vmo.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/syscalls/iommu.h>
#include <zircon/syscalls/resource.h>

namespace maybe_standalone {

// Invalid in a program that has not got it, like all that is made with it.
inline zx::unowned_resource GetRootResource() {
    static const zx::resource root(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)));
    return zx::unowned_resource(root);
}

namespace internal {

inline zx::resource MakePart(zx_rsrc_kind_t kind, uint64_t size) {
    zx::resource part;
    if (GetRootResource()->is_valid()) {
        zx::resource::create(*GetRootResource(), kind, 0, size, "test", sizeof("test") - 1, &part);
    }
    return part;
}

// Memory in a row that is kept for as long as the program runs.
inline BootOptions Reserve() {
    constexpr uint64_t kSize = 1 << 20;
    static zx::iommu iommu;
    static zx::bti bti;
    static zx::vmo memory;
    static zx::pmt pin;
    const zx_iommu_desc_dummy_t none = {};
    zx_paddr_t address = 0;
    if (zx::iommu::create(*GetRootResource(), ZX_IOMMU_TYPE_DUMMY, &none, sizeof(none), &iommu) != ZX_OK ||
        zx::bti::create(iommu, 0, 0, &bti) != ZX_OK || zx::vmo::create_contiguous(bti, kSize, 0, &memory) != ZX_OK ||
        bti.pin(ZX_BTI_PERM_READ | ZX_BTI_PERM_WRITE | ZX_BTI_CONTIGUOUS, memory, 0, kSize, &address, 1, &pin) != ZX_OK) {
        return {};
    }
    return {.test_ram_reserve = RamReservation{.paddr = address, .size = kSize}};
}

}  // namespace internal

// The right to physical addresses.
inline zx::unowned_resource GetMmioResource() {
    static const zx::resource mmio = internal::MakePart(ZX_RSRC_KIND_MMIO, uint64_t{1} << 52);
    return zx::unowned_resource(mmio);
}

// The right to what concerns the system as a whole.
inline zx::unowned_resource GetSystemResource() {
    static const zx::resource system = internal::MakePart(ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_COUNT);
    return zx::unowned_resource(system);
}

// Null in a program that has no right to it.
inline const BootOptions* GetBootOptions() {
    if (!GetRootResource()->is_valid()) {
        return nullptr;
    }
    static const BootOptions options = internal::Reserve();
    return &options;
}

}  // namespace maybe_standalone

#endif
