// Regions of an address space.
#ifndef LIB_ZX_VMAR_H_
#define LIB_ZX_VMAR_H_

#include <lib/zx/vmo.h>
#include <zircon/process.h>

namespace zx {

class vmar final : public object<vmar> {
public:
    constexpr vmar() = default;
    explicit constexpr vmar(zx_handle_t value) : object(value) {}
    explicit vmar(handle&& other) : object(other.release()) {}

    static unowned<vmar> root_self() { return unowned<vmar>(zx_vmar_root_self()); }

    zx_status_t map(zx_vm_option_t options, size_t offset, const vmo& object, uint64_t object_offset, size_t len,
                    zx_vaddr_t* address) const {
        return zx_vmar_map(get(), options, offset, object.get(), object_offset, len, address);
    }
    // The same in the order of former years.
    zx_status_t map(size_t offset, const vmo& object, uint64_t object_offset, size_t len, zx_vm_option_t options,
                    zx_vaddr_t* address) const {
        return map(options, offset, object, object_offset, len, address);
    }
    zx_status_t unmap(zx_vaddr_t address, size_t len) const { return zx_vmar_unmap(get(), address, len); }
    zx_status_t protect(zx_vm_option_t options, zx_vaddr_t address, size_t len) const {
        return zx_vmar_protect(get(), options, address, len);
    }
    zx_status_t op_range(uint32_t op, zx_vaddr_t address, size_t len, void* buffer, size_t buffer_size) const {
        return zx_vmar_op_range(get(), op, address, len, buffer, buffer_size);
    }
    zx_status_t allocate(zx_vm_option_t options, size_t offset, size_t size, vmar* child, zx_vaddr_t* address) const {
        // The child may take the place of this handle.
        vmar made;
        const zx_status_t status = zx_vmar_allocate(get(), options, offset, size, made.reset_and_get_address(), address);
        child->reset(made.release());
        return status;
    }
    zx_status_t destroy() const { return zx_vmar_destroy(get()); }
};

using unowned_vmar = unowned<vmar>;

}  // namespace zx

#endif
