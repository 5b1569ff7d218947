// A handle that belongs to somebody: closed at the end of its scope, moved but not copied. Each type of object is a class of its own
// below this one; `unowned` is a handle that belongs to somebody else.
#ifndef LIB_ZX_OBJECT_H_
#define LIB_ZX_OBJECT_H_

#include <lib/zx/time.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

#include <utility>

namespace zx {

class object_base {
public:
    object_base(const object_base&) = delete;
    void operator=(const object_base&) = delete;

    void reset(zx_handle_t value = ZX_HANDLE_INVALID) { zx_handle_close(std::exchange(value_, value)); }
    bool is_valid() const { return value_ != ZX_HANDLE_INVALID; }
    explicit operator bool() const { return is_valid(); }
    zx_handle_t get() const { return value_; }

    // Where a call is to write the handle; what was there is closed.
    zx_handle_t* reset_and_get_address() {
        reset();
        return &value_;
    }

    __attribute__((__warn_unused_result__)) zx_handle_t release() {
        return std::exchange(value_, ZX_HANDLE_INVALID);
    }

    zx_status_t get_info(uint32_t topic, void* buffer, size_t size, size_t* actual, size_t* avail) const {
        return zx_object_get_info(value_, topic, buffer, size, actual, avail);
    }
    zx_status_t get_property(uint32_t property, void* value, size_t size) const {
        return zx_object_get_property(value_, property, value, size);
    }
    zx_status_t set_property(uint32_t property, const void* value, size_t size) const {
        return zx_object_set_property(value_, property, value, size);
    }

protected:
    constexpr object_base() = default;
    explicit constexpr object_base(zx_handle_t value) : value_(value) {}
    ~object_base() { zx_handle_close(value_); }

    zx_handle_t value_ = ZX_HANDLE_INVALID;
};

// What all types of objects have; `T` is the type itself.
template <typename T>
class object : public object_base {
public:
    constexpr object() = default;
    explicit constexpr object(zx_handle_t value) : object_base(value) {}
    template <typename U>
    object(object<U>&& other) : object_base(other.release()) {}
    template <typename U>
    object& operator=(object<U>&& other) {
        reset(other.release());
        return *this;
    }
    object(object&& other) noexcept : object_base(other.release()) {}
    object& operator=(object&& other) noexcept {
        reset(other.release());
        return *this;
    }

    void swap(object& other) { std::swap(value_, other.value_); }

    zx_status_t duplicate(zx_rights_t rights, T* result) const {
        T made;
        const zx_status_t status = zx_handle_duplicate(value_, rights, made.reset_and_get_address());
        static_cast<object_base*>(result)->reset(made.release());
        return status;
    }
    zx_status_t replace(zx_rights_t rights, T* result) {
        T made;
        const zx_status_t status = zx_handle_replace(release(), rights, made.reset_and_get_address());
        static_cast<object_base*>(result)->reset(made.release());
        return status;
    }

    zx_status_t wait_one(zx_signals_t signals, time deadline, zx_signals_t* pending) const {
        return zx_object_wait_one(value_, signals, deadline.get(), pending);
    }
    template <typename Port>
    zx_status_t wait_async(const Port& port, uint64_t key, zx_signals_t signals, uint32_t options) const {
        return zx_object_wait_async(value_, port.get(), key, signals, options);
    }
    zx_status_t signal(uint32_t clear, uint32_t set) const { return zx_object_signal(value_, clear, set); }
    zx_status_t signal_peer(uint32_t clear, uint32_t set) const { return zx_object_signal_peer(value_, clear, set); }
    zx_status_t get_child(uint64_t koid, zx_rights_t rights, object<void>* result) const;
};

// An object of any type.
template <>
class object<void> : public object_base {
public:
    constexpr object() = default;
    explicit constexpr object(zx_handle_t value) : object_base(value) {}
    template <typename U>
    object(object<U>&& other) : object_base(other.release()) {}
    object(object&& other) noexcept : object_base(other.release()) {}
    object& operator=(object&& other) noexcept {
        reset(other.release());
        return *this;
    }
};

using handle = object<void>;

template <typename T>
zx_status_t object<T>::get_child(uint64_t koid, zx_rights_t rights, object<void>* result) const {
    return zx_object_get_child(value_, koid, rights, result->reset_and_get_address());
}

template <typename T, typename U>
bool operator==(const object<T>& one, const object<U>& other) {
    return one.get() == other.get();
}
template <typename T, typename U>
bool operator!=(const object<T>& one, const object<U>& other) {
    return one.get() != other.get();
}

// A handle that is somebody else's to close.
template <typename T>
class unowned final {
public:
    constexpr unowned() = default;
    explicit unowned(zx_handle_t value) : object_(value) {}
    explicit unowned(const T& owner) : object_(owner.get()) {}
    unowned(const unowned& other) : object_(other->get()) {}
    unowned(unowned&& other) noexcept : object_(other.object_.release()) {}
    unowned& operator=(const unowned& other) {
        drop();
        object_ = T(other->get());
        return *this;
    }
    ~unowned() { drop(); }

    const T& operator*() const { return object_; }
    const T* operator->() const { return &object_; }
    bool is_valid() const { return object_.is_valid(); }
    explicit operator bool() const { return is_valid(); }

private:
    void drop() { (void)object_.release(); }

    T object_;
};

}  // namespace zx

#endif
