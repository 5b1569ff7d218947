// Pagers.
#ifndef LIB_ZX_PAGER_H_
#define LIB_ZX_PAGER_H_

#include <lib/zx/port.h>
#include <lib/zx/vmo.h>

namespace zx {

class pager final : public object<pager> {
public:
    constexpr pager() = default;
    explicit constexpr pager(zx_handle_t value) : object(value) {}
    explicit pager(handle&& other) : object(other.release()) {}

    static zx_status_t create(uint32_t options, pager* result) {
        return zx_pager_create(options, result->reset_and_get_address());
    }

    zx_status_t create_vmo(uint32_t options, const port& port, uint64_t key, uint64_t size, vmo* result) const {
        return zx_pager_create_vmo(get(), options, port.get(), key, size, result->reset_and_get_address());
    }
    zx_status_t supply_pages(const vmo& supplied, uint64_t offset, uint64_t len, const vmo& aux, uint64_t aux_offset) const {
        return zx_pager_supply_pages(get(), supplied.get(), offset, len, aux.get(), aux_offset);
    }
    zx_status_t detach_vmo(const vmo& detached) const { return zx_pager_detach_vmo(get(), detached.get()); }
    zx_status_t op_range(uint32_t op, const vmo& object, uint64_t offset, uint64_t len, uint64_t data) const {
        return zx_pager_op_range(get(), op, object.get(), offset, len, data);
    }
    zx_status_t query_dirty_ranges(const vmo& object, uint64_t offset, uint64_t len, void* buffer, size_t size,
                                   size_t* actual, size_t* avail) const {
        return zx_pager_query_dirty_ranges(get(), object.get(), offset, len, buffer, size, actual, avail);
    }
    zx_status_t query_vmo_stats(const vmo& object, uint32_t options, void* buffer, size_t size) const {
        return zx_pager_query_vmo_stats(get(), object.get(), options, buffer, size);
    }
};

using unowned_pager = unowned<pager>;

}  // namespace zx

#endif
