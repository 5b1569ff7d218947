// Memory objects.
#ifndef LIB_ZX_VMO_H_
#define LIB_ZX_VMO_H_

#include <lib/zx/object.h>
#include <lib/zx/resource.h>

namespace zx {

class vmo final : public object<vmo> {
public:
    constexpr vmo() = default;
    explicit constexpr vmo(zx_handle_t value) : object(value) {}
    explicit vmo(handle&& other) : object(other.release()) {}

    static zx_status_t create(uint64_t size, uint32_t options, vmo* result) {
        return zx_vmo_create(size, options, result->reset_and_get_address());
    }
    template <typename Bti>
    static zx_status_t create_contiguous(const Bti& device, size_t size, uint32_t alignment_log2, vmo* result) {
        return zx_vmo_create_contiguous(device.get(), size, alignment_log2, result->reset_and_get_address());
    }
    static zx_status_t create_physical(const resource& resource, zx_paddr_t address, size_t size, vmo* result) {
        return zx_vmo_create_physical(resource.get(), address, size, result->reset_and_get_address());
    }

    zx_status_t read(void* data, uint64_t offset, size_t len) const { return zx_vmo_read(get(), data, offset, len); }
    zx_status_t write(const void* data, uint64_t offset, size_t len) const {
        return zx_vmo_write(get(), data, offset, len);
    }
    zx_status_t transfer_data(uint32_t options, uint64_t offset, uint64_t len, vmo* from, uint64_t from_offset) {
        return zx_vmo_transfer_data(get(), options, offset, len, from->get(), from_offset);
    }
    zx_status_t get_size(uint64_t* size) const { return zx_vmo_get_size(get(), size); }
    zx_status_t set_size(uint64_t size) const { return zx_vmo_set_size(get(), size); }
    zx_status_t get_stream_size(uint64_t* size) const { return zx_vmo_get_stream_size(get(), size); }
    zx_status_t set_stream_size(uint64_t size) const { return zx_vmo_set_stream_size(get(), size); }
    zx_status_t get_prop_content_size(uint64_t* size) const {
        return get_property(ZX_PROP_VMO_CONTENT_SIZE, size, sizeof(*size));
    }
    zx_status_t set_prop_content_size(uint64_t size) const {
        return set_property(ZX_PROP_VMO_CONTENT_SIZE, &size, sizeof(size));
    }
    zx_status_t create_child(uint32_t options, uint64_t offset, uint64_t size, vmo* result) const {
        // The result may be this object.
        vmo made;
        const zx_status_t status = zx_vmo_create_child(get(), options, offset, size, made.reset_and_get_address());
        result->reset(made.release());
        return status;
    }
    zx_status_t op_range(uint32_t op, uint64_t offset, uint64_t size, void* buffer, size_t buffer_size) const {
        return zx_vmo_op_range(get(), op, offset, size, buffer, buffer_size);
    }
    zx_status_t set_cache_policy(uint32_t policy) const { return zx_vmo_set_cache_policy(get(), policy); }
    zx_status_t replace_as_executable(const resource& vmex, vmo* result) {
        vmo made;
        const zx_status_t status = zx_vmo_replace_as_executable(release(), vmex.get(), made.reset_and_get_address());
        result->reset(made.release());
        return status;
    }
};

using unowned_vmo = unowned<vmo>;

}  // namespace zx

#endif
