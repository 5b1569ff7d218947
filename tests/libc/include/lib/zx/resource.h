// The right to what there is once in a machine.
#ifndef LIB_ZX_RESOURCE_H_
#define LIB_ZX_RESOURCE_H_

#include <lib/zx/object.h>

namespace zx {

class resource final : public object<resource> {
public:
    constexpr resource() = default;
    explicit constexpr resource(zx_handle_t value) : object(value) {}
    explicit resource(handle&& other) : object(other.release()) {}

    static zx_status_t create(const resource& parent, uint32_t options, uint64_t base, size_t size, const char* name,
                              size_t name_size, resource* result) {
        resource made;
        const zx_status_t status = zx_resource_create(parent.get(), options, base, size, name, name_size,
                                                      made.reset_and_get_address());
        result->reset(made.release());
        return status;
    }
};

using unowned_resource = unowned<resource>;

}  // namespace zx

#endif
