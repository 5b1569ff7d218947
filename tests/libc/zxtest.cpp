// What <zxtest/zxtest.h> declares: the list of tests, how they are run, and what they say. Linked into programs that have tests.
#include <lib/zx/exception.h>
#include <lib/zx/thread.h>
#include <stdarg.h>
#include <stdio.h>
#include <threads.h>
#include <zircon/syscalls/exception.h>
#include <zircon/threads.h>
#include <zxtest/zxtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace zxtest {

namespace {

struct Entry {
    const char* suite;
    const char* name;
    Test* (*make)();
    void (*set_up)();
    void (*tear_down)();

    std::string full_name() const { return std::string(suite) + "." + name; }
};

// Made before the first test registers, whatever the order of constructors is.
std::vector<Entry>& entries() {
    static std::vector<Entry> list;
    return list;
}

std::atomic<int> failures = 0;
std::atomic<bool> has_fatal_failure = false;
std::atomic<bool> is_skipped = false;

bool IsWanted(const Entry& entry, int argc, char** argv) {
    const std::string name = entry.full_name();
    bool is_wanted = argc < 2;
    for (int i = 1; i < argc; i++) {
        is_wanted = is_wanted || name.find(argv[i]) != std::string::npos;
    }
    return is_wanted;
}

// Runs a test; says whether it passed.
bool RunOne(const Entry& entry) {
    const std::string name = entry.full_name();
    printf("test %s ... ", name.c_str());
    fflush(stdout);
    failures = 0;
    has_fatal_failure = false;
    is_skipped = false;
    std::unique_ptr<Test>(entry.make())->Run();
    if (failures != 0) {
        printf("\ntest %s ... FAILED\n", name.c_str());
    } else {
        printf("ok\n");
    }
    return failures == 0;
}

}  // namespace

void Test::Run() {
    SetUp();
    if (!has_fatal_failure && !is_skipped) {
        TestBody();
    }
    TearDown();
}

namespace internal {

bool Register(const char* suite, const char* name, Test* (*make)(), void (*set_up)(), void (*tear_down)()) {
    entries().push_back({suite, name, make, set_up, tear_down});
    return true;
}

void Fail(const char* file, int line, const std::string& what) {
    failures++;
    printf("\n  %s:%d: %s", file, line, what.c_str());
}

void FailFatally(const char* file, int line, const std::string& what) {
    has_fatal_failure = true;
    Fail(file, line, what);
}

bool HasFatalFailure() {
    return has_fatal_failure;
}

int CountFailures() {
    return failures;
}

void Skip(const char* file, int line, const std::string& why) {
    is_skipped = true;
    printf("\n  %s:%d: skipped: %s\n", file, line, why.c_str());
}

bool IsSkipped() {
    return is_skipped;
}

std::string Format(const char* format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return text;
}

std::string Show(const void* bytes, size_t size) {
    constexpr size_t most = 64;
    std::string text;
    for (size_t i = 0; i < size && i < most; i++) {
        text += Format("%02x", static_cast<const unsigned char*>(bytes)[i]);
    }
    return size > most ? text + "..." : text;
}

namespace {

// A function that may end its thread by an exception, and the channel that this comes through.
struct Risk {
    const std::function<void()>* function;
    zx::channel channel;
    std::atomic<bool> is_done = false;
};

int Take(void* argument) {
    auto* const risk = static_cast<Risk*>(argument);
    (*risk->function)();
    risk->is_done = true;
    return 0;
}

// Ends the thread that has the exception in the channel.
void EndThread(const zx::channel& channel) {
    zx_exception_info_t info;
    zx::exception exception;
    if (channel.read(0, &info, exception.reset_and_get_address(), sizeof(info), 1, nullptr, nullptr) == ZX_OK) {
        const uint32_t ends = ZX_EXCEPTION_STATE_THREAD_EXIT;
        exception.set_property(ZX_PROP_EXCEPTION_STATE, &ends, sizeof(ends));
    }
}

}  // namespace

bool HasException(const std::function<void()>& function) {
    Risk risk{.function = &function, .channel = {}};
    // The process's channel, as the thread might have an exception before it had one of its own.
    if (zx::process::self()->create_exception_channel(0, &risk.channel) != ZX_OK) {
        return false;
    }
    thrd_t thread;
    if (thrd_create(&thread, Take, &risk) != thrd_success) {
        return false;
    }
    zx_wait_item_t items[] = {
        {.handle = risk.channel.get(), .waitfor = ZX_CHANNEL_READABLE, .pending = 0},
        {.handle = thrd_get_zx_handle(thread), .waitfor = ZX_THREAD_TERMINATED, .pending = 0},
    };
    zx_object_wait_many(items, 2, ZX_TIME_INFINITE);
    if (items[0].pending & ZX_CHANNEL_READABLE) {
        EndThread(risk.channel);
    }
    thrd_join(thread, nullptr);
    return !risk.is_done;
}

}  // namespace internal

int RunAllTests(int argc, char** argv) {
    int failed = 0;
    int passed = 0;
    const Entry* last = nullptr;
    for (const Entry& entry : entries()) {
        if (!IsWanted(entry, argc, argv)) {
            continue;
        }
        if (!last || last->set_up != entry.set_up || strcmp(last->suite, entry.suite) != 0) {
            if (last) {
                last->tear_down();
            }
            entry.set_up();
        }
        last = &entry;
        (RunOne(entry) ? passed : failed)++;
    }
    if (last) {
        last->tear_down();
    }
    printf("%d of %d tests passed\n", passed, passed + failed);
    return failed;
}

}  // namespace zxtest
