// The C++ library's headers in a ring-3 program: containers, functions, threads, clocks.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace {

int failures;

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::printf("cxx_library: line %d: not so: %s\n", __LINE__, #condition); \
            failures++;                                                          \
        }                                                                        \
    } while (0)

const std::string before_main = std::string("made ") + "before main";
thread_local std::vector<int> own;

void check_containers() {
    std::vector<int> numbers(100);
    std::iota(numbers.begin(), numbers.end(), 0);
    std::sort(numbers.begin(), numbers.end(), std::greater<>());
    CHECK(numbers.front() == 99 && std::accumulate(numbers.begin(), numbers.end(), 0) == 4950);
    std::map<std::string, int> ordered;
    std::unordered_map<std::string, int> hashed;
    for (int number : numbers) {
        ordered[std::to_string(number)] = number;
        hashed[std::to_string(number)] = number;
    }
    CHECK(ordered.size() == 100 && ordered.begin()->second == 0 && hashed["42"] == 42);
    std::set<int> set(numbers.begin(), numbers.end());
    set.erase(0);
    CHECK(*set.begin() == 1 && set.count(0) == 0);
    std::list<int> list{3, 1, 2};
    list.sort();
    std::deque<int> deque(list.begin(), list.end());
    deque.push_front(0);
    CHECK(deque.size() == 4 && deque.back() == 3);
    const std::array<int, 3> array{1, 2, 3};
    CHECK(std::equal(array.begin(), array.end(), list.begin()));
    const std::string_view view = before_main;
    CHECK(view.substr(5) == "before main" && std::strlen(before_main.c_str()) == view.size());
}

void check_values() {
    std::optional<int> maybe;
    std::variant<int, std::string> either = 1;
    CHECK(!maybe && maybe.value_or(4) == 4 && std::holds_alternative<int>(either));
    either = "text";
    CHECK(std::get<std::string>(either) == "text");
    int calls = 0;
    const std::function<int(int)> function = [&calls](int by) { return calls += by; };
    CHECK(function(2) == 2 && function(3) == 5 && calls == 5);
    auto shared = std::make_shared<std::string>("shared");
    const std::weak_ptr<std::string> weak = shared;
    auto second = shared;
    shared.reset();
    CHECK(weak.use_count() == 1 && *second == "shared");
    second.reset();
    CHECK(weak.expired());
    struct alignas(256) Wide {
        char byte;
    };
    const auto wide = std::make_unique<Wide[]>(3);
    CHECK(reinterpret_cast<uintptr_t>(wide.get()) % 256 == 0);
    CHECK(!std::unique_ptr<char[]>(new (std::nothrow) char[size_t{1} << 60]));
}

void check_threads() {
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::condition_variable condition;
    std::once_flag once;
    std::atomic<int> sum = 0;
    int onces = 0;
    int ready = 0;
    for (int i = 0; i < 6; i++) {
        threads.emplace_back([&, i] {
            std::call_once(once, [&onces] { onces++; });
            own.assign(100, i);
            for (int number : own) {
                sum += number;
            }
            const std::lock_guard lock(mutex);
            ready++;
            condition.notify_all();
        });
    }
    {
        std::unique_lock lock(mutex);
        condition.wait(lock, [&ready] { return ready == 6; });
        CHECK(!condition.wait_for(lock, std::chrono::milliseconds(2), [] { return false; }));
    }
    for (std::thread& thread : threads) {
        CHECK(thread.joinable() && thread.get_id() != std::this_thread::get_id());
        thread.join();
    }
    CHECK(sum == 1500 && onces == 1 && own.empty());
    std::recursive_mutex again;
    const std::scoped_lock both(again, mutex);
    CHECK(again.try_lock());
    again.unlock();
    std::thread([] {}).detach();
    CHECK(std::thread::hardware_concurrency() >= 1);
}

void check_clocks() {
    const auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(3));
    CHECK(std::chrono::system_clock::now().time_since_epoch().count() > 0);
}

}  // namespace

int main() {
    check_containers();
    check_values();
    check_threads();
    check_clocks();
    std::printf("cxx_library: %s\n", failures == 0 ? "containers, values, threads and clocks are as they should be" : "FAILED");
    return failures != 0;
}
