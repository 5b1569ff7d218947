// Channels.
#ifndef LIB_ZX_CHANNEL_H_
#define LIB_ZX_CHANNEL_H_

#include <lib/zx/object.h>

namespace zx {

class channel final : public object<channel> {
public:
    constexpr channel() = default;
    explicit constexpr channel(zx_handle_t value) : object(value) {}
    explicit channel(handle&& other) : object(other.release()) {}

    static zx_status_t create(uint32_t flags, channel* one, channel* other) {
        return zx_channel_create(flags, one->reset_and_get_address(), other->reset_and_get_address());
    }

    zx_status_t read(uint32_t flags, void* bytes, zx_handle_t* handles, uint32_t byte_count, uint32_t handle_count,
                     uint32_t* actual_bytes, uint32_t* actual_handles) const {
        return zx_channel_read(get(), flags, bytes, handles, byte_count, handle_count, actual_bytes, actual_handles);
    }
    zx_status_t write(uint32_t flags, const void* bytes, uint32_t byte_count, const zx_handle_t* handles,
                      uint32_t handle_count) const {
        return zx_channel_write(get(), flags, bytes, byte_count, handles, handle_count);
    }
    zx_status_t read_etc(uint32_t flags, void* bytes, zx_handle_info_t* handles, uint32_t byte_count,
                         uint32_t handle_count, uint32_t* actual_bytes, uint32_t* actual_handles) const {
        return zx_channel_read_etc(get(), flags, bytes, handles, byte_count, handle_count, actual_bytes,
                                   actual_handles);
    }
    zx_status_t write_etc(uint32_t flags, const void* bytes, uint32_t byte_count, zx_handle_disposition_t* handles,
                          uint32_t handle_count) const {
        return zx_channel_write_etc(get(), flags, bytes, byte_count, handles, handle_count);
    }
    zx_status_t call(uint32_t flags, time deadline, const zx_channel_call_args_t* args, uint32_t* actual_bytes,
                     uint32_t* actual_handles) const {
        return zx_channel_call(get(), flags, deadline.get(), args, actual_bytes, actual_handles);
    }
    zx_status_t call_etc(uint32_t flags, time deadline, zx_channel_call_etc_args_t* args, uint32_t* actual_bytes,
                         uint32_t* actual_handles) const {
        return zx_channel_call_etc(get(), flags, deadline.get(), args, actual_bytes, actual_handles);
    }
};

using unowned_channel = unowned<channel>;

}  // namespace zx

#endif
