// Pairs of events.
#ifndef LIB_ZX_EVENTPAIR_H_
#define LIB_ZX_EVENTPAIR_H_

#include <lib/zx/object.h>

namespace zx {

class eventpair final : public object<eventpair> {
public:
    constexpr eventpair() = default;
    explicit constexpr eventpair(zx_handle_t value) : object(value) {}
    explicit eventpair(handle&& other) : object(other.release()) {}

    static zx_status_t create(uint32_t options, eventpair* one, eventpair* other) {
        return zx_eventpair_create(options, one->reset_and_get_address(), other->reset_and_get_address());
    }
};

using unowned_eventpair = unowned<eventpair>;

}  // namespace zx

#endif
