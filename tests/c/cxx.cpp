// C++ through the same headers: a handle that closes itself, a template, an object constructed
// before main, one on the heap.
#include <stdio.h>
#include <stdlib.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>

namespace {

class Handle {
public:
    Handle() = default;
    ~Handle() { zx_handle_close(value_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    zx_handle_t get() const { return value_; }
    zx_handle_t* put() { return &value_; }

private:
    zx_handle_t value_ = ZX_HANDLE_INVALID;
};

// A value of type T in a mapping of its own.
template <typename T>
class Mapped {
public:
    Mapped() {
        if (zx_vmo_create(sizeof(T), 0, vmo_.put()) != ZX_OK ||
            zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo_.get(), 0, sizeof(T),
                        &address_) != ZX_OK) {
            abort();
        }
    }
    ~Mapped() { zx_vmar_unmap(zx_vmar_root_self(), address_, sizeof(T)); }
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;

    T& operator*() { return *reinterpret_cast<T*>(address_); }
    const Handle& vmo() const { return vmo_; }

private:
    Handle vmo_;
    zx_vaddr_t address_ = 0;
};

Mapped<long> before_main;

class Shape {
public:
    virtual ~Shape() = default;
    virtual int corners() const = 0;
};

class Square final : public Shape {
public:
    int corners() const override { return 4; }
};

}  // namespace

int main() {
    *before_main = 42;
    long read = 0;
    const zx_status_t status = zx_vmo_read(before_main.vmo().get(), &read, 0, sizeof(read));
    const Shape* const shape = new Square;
    const bool is_good = status == ZX_OK && read == 42 && shape->corners() == 4;
    delete shape;
    printf("cxx: %s\n", is_good ? "constructed before main, mapped, read back, allocated" : "FAILED");
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
