// What the compiler and the headers of the C++ library expect of a library, in programs without exceptions: memory, the end of what
// must not happen, threads and clocks. Containers' trees, lists and hashes come from the C++ library itself.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/syscalls.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>

namespace {

void* allocate(size_t size) {
    void* block = malloc(size);
    if (!block) {
        abort();
    }
    return block;
}

void* allocate_aligned(size_t size, std::align_val_t align) {
    void* block = aligned_alloc(static_cast<size_t>(align), size);
    if (!block) {
        abort();
    }
    return block;
}

[[noreturn]] void fail(const char* what) {
    fprintf(stderr, "C++ library: %s\n", what);
    abort();
}

}  // namespace

void* operator new(size_t size) {
    return allocate(size);
}

void* operator new[](size_t size) {
    return allocate(size);
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
    return malloc(size);
}

void* operator new[](size_t size, const std::nothrow_t&) noexcept {
    return malloc(size);
}

void* operator new(size_t size, std::align_val_t align) {
    return allocate_aligned(size, align);
}

void* operator new[](size_t size, std::align_val_t align) {
    return allocate_aligned(size, align);
}

void operator delete(void* block) noexcept {
    free(block);
}

void operator delete[](void* block) noexcept {
    free(block);
}

void operator delete(void* block, size_t) noexcept {
    free(block);
}

void operator delete[](void* block, size_t) noexcept {
    free(block);
}

void operator delete(void* block, const std::nothrow_t&) noexcept {
    free(block);
}

void operator delete[](void* block, const std::nothrow_t&) noexcept {
    free(block);
}

void operator delete(void* block, std::align_val_t) noexcept {
    free(block);
}

void operator delete[](void* block, std::align_val_t) noexcept {
    free(block);
}

void operator delete(void* block, size_t, std::align_val_t) noexcept {
    free(block);
}

void operator delete[](void* block, size_t, std::align_val_t) noexcept {
    free(block);
}

extern "C" {

[[noreturn]] void __cxa_pure_virtual() {
    fail("a function that only derived classes have was called");
}

// Parts of the C++ library that were compiled with exceptions name these; none is ever thrown.
[[noreturn]] void __gxx_personality_v0() {
    fail("an exception");
}
[[noreturn]] void _Unwind_Resume() {
    fail("an exception");
}
[[noreturn]] void __cxa_allocate_exception() {
    fail("an exception");
}
[[noreturn]] void __cxa_throw() {
    fail("an exception");
}
[[noreturn]] void __cxa_begin_catch() {
    fail("an exception");
}
[[noreturn]] void __cxa_end_catch() {
    fail("an exception");
}
[[noreturn]] void __cxa_rethrow() {
    fail("an exception");
}

}  // extern "C"

namespace std {

const nothrow_t nothrow{};

[[noreturn]] void terminate() noexcept {
    fail("terminated");
}

// Where the headers would throw.
[[noreturn]] void __throw_bad_exception() {
    fail("bad_exception");
}
[[noreturn]] void __throw_bad_alloc() {
    fail("bad_alloc");
}
[[noreturn]] void __throw_bad_array_new_length() {
    fail("bad_array_new_length");
}
[[noreturn]] void __throw_bad_cast() {
    fail("bad_cast");
}
[[noreturn]] void __throw_bad_typeid() {
    fail("bad_typeid");
}
[[noreturn]] void __throw_bad_function_call() {
    fail("bad_function_call");
}
[[noreturn]] void __throw_logic_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_domain_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_invalid_argument(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_length_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_out_of_range(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_out_of_range_fmt(const char* what, ...) {
    fail(what);
}
[[noreturn]] void __throw_runtime_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_range_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_overflow_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_underflow_error(const char* what) {
    fail(what);
}
[[noreturn]] void __throw_system_error(int) {
    fail("system_error");
}

// Threads.
thread::_State::~_State() = default;

namespace {

void* run(void* argument) {
    const unique_ptr<thread::_State> state(static_cast<thread::_State*>(argument));
    state->_M_run();
    return nullptr;
}

}  // namespace

void thread::_M_start_thread(_State_ptr state, void (*)()) {
    if (pthread_create(&_M_id._M_thread, nullptr, run, state.get()) != 0) {
        fail("cannot start a thread");
    }
    state.release();
}

void thread::join() {
    if (!joinable() || pthread_join(_M_id._M_thread, nullptr) != 0) {
        fail("cannot join the thread");
    }
    _M_id = id();
}

void thread::detach() {
    if (!joinable() || pthread_detach(_M_id._M_thread) != 0) {
        fail("cannot detach the thread");
    }
    _M_id = id();
}

unsigned thread::hardware_concurrency() noexcept {
    return zx_system_get_num_cpus();
}

condition_variable::condition_variable() noexcept = default;
condition_variable::~condition_variable() noexcept = default;

void condition_variable::wait(unique_lock<mutex>& lock) {
    _M_cond.wait(*lock.mutex());
}

void condition_variable::notify_one() noexcept {
    _M_cond.notify_one();
}

void condition_variable::notify_all() noexcept {
    _M_cond.notify_all();
}

// What call_once does goes through these to a function without arguments.
__thread void* __once_callable;
__thread void (*__once_call)();

extern "C" void __once_proxy() {
    __once_call();
}

// There is one clock.
namespace chrono {
inline namespace _V2 {

system_clock::time_point system_clock::now() noexcept {
    return time_point(duration(nanoseconds(zx_clock_get_monotonic())));
}

steady_clock::time_point steady_clock::now() noexcept {
    return time_point(duration(nanoseconds(zx_clock_get_monotonic())));
}

}  // namespace _V2
}  // namespace chrono

}  // namespace std
