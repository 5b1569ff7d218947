// Tests as Zircon's are written: TEST and TEST_F with bodies that EXPECT and ASSERT. A program whose sources have no `main` gets one
// that runs all of them, or those whose names contain one of its arguments, in the order in which they are written.
#ifndef ZXTEST_ZXTEST_H_
#define ZXTEST_ZXTEST_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/assert.h>
#include <zircon/status.h>
#include <zircon/types.h>

#ifndef __cplusplus
#error "the tests are written in C++"
#endif

#include <functional>
#include <string>
#include <type_traits>

namespace zxtest {

// A test; a fixture is a class below it.
class Test {
public:
    virtual ~Test() = default;
    static void SetUpTestSuite() {}
    static void TearDownTestSuite() {}
    virtual void SetUp() {}
    virtual void TearDown() {}
    virtual void TestBody() = 0;

    // Runs it in its own order; says whether it passed.
    void Run();
};

namespace internal {

// Whoever calls `Register` once for each test has them run; the names are kept, not copied.
bool Register(const char* suite, const char* name, Test* (*make)(), void (*set_up)(), void (*tear_down)());

// What a failure says: where, what was compared, what both sides were, and what the test has to say about it.
void Fail(const char* file, int line, const std::string& what);
// Ends the test when its body returns.
void FailFatally(const char* file, int line, const std::string& what);
bool HasFatalFailure();
int CountFailures();
void Skip(const char* file, int line, const std::string& why);
bool IsSkipped();

std::string Format(const char* format, ...);
inline std::string Format() {
    return std::string();
}

std::string Show(const void* bytes, size_t size);

template <typename T>
std::string Show(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::is_null_pointer_v<T>) {
        return "nullptr";
    } else if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else if constexpr (std::is_integral_v<T>) {
        return std::to_string(value);
    } else if constexpr (std::is_floating_point_v<T>) {
        return Format("%f", static_cast<double>(value));
    } else if constexpr (std::is_pointer_v<T>) {
        return Format("%p", const_cast<const void*>(reinterpret_cast<const volatile void*>(value)));
    } else if constexpr (std::is_convertible_v<T, std::string>) {
        return value;
    } else {
        return Show(static_cast<const void*>(&value), sizeof(value));
    }
}

inline std::string ShowStatus(zx_status_t status) {
    return std::string(zx_status_get_string(status));
}

// Compares numbers as they are written, whatever types they have.
template <typename A, typename B, typename Compare>
bool Holds(const A& one, const B& other, Compare compare) {
    if constexpr (std::is_integral_v<A> && std::is_integral_v<B>) {
        using Common = std::common_type_t<A, B>;
        return compare(static_cast<Common>(one), static_cast<Common>(other));
    } else {
        return compare(one, other);
    }
}

// Runs a function in a thread of its own; says whether it had an exception, which ends the thread and nothing else.
bool HasException(const std::function<void()>& function);

}  // namespace internal

// Runs the tests whose names contain one of the arguments; returns how many failed.
int RunAllTests(int argc, char** argv);

}  // namespace zxtest

#define RUN_ALL_TESTS(argc, argv) zxtest::RunAllTests(argc, argv)

#define ZXTEST_CLASS(suite, name) suite##_##name##_Class
#define ZXTEST_DEFINE(suite, name, fixture)                                                                       \
    class ZXTEST_CLASS(suite, name) final : public fixture {                                                      \
    public:                                                                                                       \
        void TestBody() override;                                                                                 \
        static zxtest::Test* Make() { return new ZXTEST_CLASS(suite, name); }                                     \
        static const bool is_registered;                                                                          \
    };                                                                                                            \
    [[maybe_unused]] const bool ZXTEST_CLASS(suite, name)::is_registered = zxtest::internal::Register(            \
        #suite, #name, ZXTEST_CLASS(suite, name)::Make, fixture::SetUpTestSuite, fixture::TearDownTestSuite);      \
    void ZXTEST_CLASS(suite, name)::TestBody()

#define TEST(suite, name) ZXTEST_DEFINE(suite, name, zxtest::Test)
#define TEST_F(suite, name) ZXTEST_DEFINE(suite, name, suite)

#define ZXTEST_GO_ON zxtest::internal::Fail
#define ZXTEST_RETURN return zxtest::internal::FailFatally

// The condition has been found to be wrong: says so, with the test's own words.
#define ZXTEST_FAILED(how, text, ...) how(__FILE__, __LINE__, (text) + zxtest::internal::Format(__VA_ARGS__))

#define ZXTEST_COMPARE(how, one, other, op, ...)                                                                  \
    do {                                                                                                          \
        const auto& zxtest_one = (one);                                                                           \
        const auto& zxtest_other = (other);                                                                       \
        if (!zxtest::internal::Holds(zxtest_one, zxtest_other,                                                    \
                                     [](const auto& a, const auto& b) -> bool { return a op b; })) {              \
            ZXTEST_FAILED(how,                                                                                    \
                          std::string(#one " " #op " " #other ": ") + zxtest::internal::Show(zxtest_one) +        \
                              " and " + zxtest::internal::Show(zxtest_other) + " ",                               \
                          __VA_ARGS__);                                                                           \
        }                                                                                                         \
    } while (0)
#define ZXTEST_STATUS(how, one, other, ...)                                                                       \
    do {                                                                                                          \
        const zx_status_t zxtest_one = zxtest::internal::StatusOf(one);                                           \
        const zx_status_t zxtest_other = zxtest::internal::StatusOf(other);                                       \
        if (zxtest_one != zxtest_other) {                                                                         \
            ZXTEST_FAILED(how,                                                                                    \
                          std::string(#one " and " #other ": ") + zxtest::internal::ShowStatus(zxtest_one) +      \
                              " and " + zxtest::internal::ShowStatus(zxtest_other) + " ",                         \
                          __VA_ARGS__);                                                                           \
        }                                                                                                         \
    } while (0)
#define ZXTEST_BOOL(how, condition, expected, ...)                                                                \
    do {                                                                                                          \
        if (static_cast<bool>(condition) != (expected)) {                                                         \
            ZXTEST_FAILED(how, std::string(#condition " is not " #expected " "), __VA_ARGS__);                    \
        }                                                                                                         \
    } while (0)
#define ZXTEST_STRINGS(how, one, other, is_same, ...)                                                             \
    do {                                                                                                          \
        const std::string zxtest_one(one);                                                                        \
        const std::string zxtest_other(other);                                                                    \
        if ((zxtest_one == zxtest_other) != (is_same)) {                                                          \
            ZXTEST_FAILED(how, std::string(#one " and " #other ": ") + zxtest_one + " and " + zxtest_other + " ", \
                          __VA_ARGS__);                                                                           \
        }                                                                                                         \
    } while (0)
#define ZXTEST_BYTES(how, one, other, size, is_same, ...)                                                         \
    do {                                                                                                          \
        const void* const zxtest_one = (one);                                                                     \
        const void* const zxtest_other = (other);                                                                 \
        if ((memcmp(zxtest_one, zxtest_other, size) == 0) != (is_same)) {                                         \
            ZXTEST_FAILED(how,                                                                                    \
                          std::string(#one " and " #other ": ") + zxtest::internal::Show(zxtest_one, size) +      \
                              " and " + zxtest::internal::Show(zxtest_other, size) + " ",                         \
                          __VA_ARGS__);                                                                           \
        }                                                                                                         \
    } while (0)

namespace zxtest::internal {

inline zx_status_t StatusOf(zx_status_t status) {
    return status;
}
// Of what carries a status along.
template <typename T>
auto StatusOf(const T& result) -> decltype(result.status_value()) {
    return result.status_value();
}

}  // namespace zxtest::internal

#define EXPECT_EQ(one, other, ...) ZXTEST_COMPARE(ZXTEST_GO_ON, one, other, ==, __VA_ARGS__)
#define ASSERT_EQ(one, other, ...) ZXTEST_COMPARE(ZXTEST_RETURN, one, other, ==, __VA_ARGS__)
#define EXPECT_NE(one, other, ...) ZXTEST_COMPARE(ZXTEST_GO_ON, one, other, !=, __VA_ARGS__)
#define ASSERT_NE(one, other, ...) ZXTEST_COMPARE(ZXTEST_RETURN, one, other, !=, __VA_ARGS__)
#define EXPECT_LT(one, other, ...) ZXTEST_COMPARE(ZXTEST_GO_ON, one, other, <, __VA_ARGS__)
#define ASSERT_LT(one, other, ...) ZXTEST_COMPARE(ZXTEST_RETURN, one, other, <, __VA_ARGS__)
#define EXPECT_LE(one, other, ...) ZXTEST_COMPARE(ZXTEST_GO_ON, one, other, <=, __VA_ARGS__)
#define ASSERT_LE(one, other, ...) ZXTEST_COMPARE(ZXTEST_RETURN, one, other, <=, __VA_ARGS__)
#define EXPECT_GT(one, other, ...) ZXTEST_COMPARE(ZXTEST_GO_ON, one, other, >, __VA_ARGS__)
#define ASSERT_GT(one, other, ...) ZXTEST_COMPARE(ZXTEST_RETURN, one, other, >, __VA_ARGS__)
#define EXPECT_GE(one, other, ...) ZXTEST_COMPARE(ZXTEST_GO_ON, one, other, >=, __VA_ARGS__)
#define ASSERT_GE(one, other, ...) ZXTEST_COMPARE(ZXTEST_RETURN, one, other, >=, __VA_ARGS__)
#define EXPECT_TRUE(condition, ...) ZXTEST_BOOL(ZXTEST_GO_ON, condition, true, __VA_ARGS__)
#define ASSERT_TRUE(condition, ...) ZXTEST_BOOL(ZXTEST_RETURN, condition, true, __VA_ARGS__)
#define EXPECT_FALSE(condition, ...) ZXTEST_BOOL(ZXTEST_GO_ON, condition, false, __VA_ARGS__)
#define ASSERT_FALSE(condition, ...) ZXTEST_BOOL(ZXTEST_RETURN, condition, false, __VA_ARGS__)
#define EXPECT_NULL(pointer, ...) ZXTEST_BOOL(ZXTEST_GO_ON, (pointer) == nullptr, true, __VA_ARGS__)
#define ASSERT_NULL(pointer, ...) ZXTEST_BOOL(ZXTEST_RETURN, (pointer) == nullptr, true, __VA_ARGS__)
#define EXPECT_NOT_NULL(pointer, ...) ZXTEST_BOOL(ZXTEST_GO_ON, (pointer) != nullptr, true, __VA_ARGS__)
#define ASSERT_NOT_NULL(pointer, ...) ZXTEST_BOOL(ZXTEST_RETURN, (pointer) != nullptr, true, __VA_ARGS__)
#define EXPECT_OK(status, ...) ZXTEST_STATUS(ZXTEST_GO_ON, status, ZX_OK, __VA_ARGS__)
#define ASSERT_OK(status, ...) ZXTEST_STATUS(ZXTEST_RETURN, status, ZX_OK, __VA_ARGS__)
#define EXPECT_STATUS(one, other, ...) ZXTEST_STATUS(ZXTEST_GO_ON, one, other, __VA_ARGS__)
#define ASSERT_STATUS(one, other, ...) ZXTEST_STATUS(ZXTEST_RETURN, one, other, __VA_ARGS__)
#define EXPECT_NOT_OK(status, ...) EXPECT_NE(zxtest::internal::StatusOf(status), ZX_OK, __VA_ARGS__)
#define ASSERT_NOT_OK(status, ...) ASSERT_NE(zxtest::internal::StatusOf(status), ZX_OK, __VA_ARGS__)
#define EXPECT_STREQ(one, other, ...) ZXTEST_STRINGS(ZXTEST_GO_ON, one, other, true, __VA_ARGS__)
#define ASSERT_STREQ(one, other, ...) ZXTEST_STRINGS(ZXTEST_RETURN, one, other, true, __VA_ARGS__)
#define EXPECT_STRNE(one, other, ...) ZXTEST_STRINGS(ZXTEST_GO_ON, one, other, false, __VA_ARGS__)
#define ASSERT_STRNE(one, other, ...) ZXTEST_STRINGS(ZXTEST_RETURN, one, other, false, __VA_ARGS__)
#define EXPECT_BYTES_EQ(one, other, size, ...) ZXTEST_BYTES(ZXTEST_GO_ON, one, other, size, true, __VA_ARGS__)
#define ASSERT_BYTES_EQ(one, other, size, ...) ZXTEST_BYTES(ZXTEST_RETURN, one, other, size, true, __VA_ARGS__)
#define EXPECT_BYTES_NE(one, other, size, ...) ZXTEST_BYTES(ZXTEST_GO_ON, one, other, size, false, __VA_ARGS__)
#define ASSERT_BYTES_NE(one, other, size, ...) ZXTEST_BYTES(ZXTEST_RETURN, one, other, size, false, __VA_ARGS__)

#define ADD_FAILURE(...) ZXTEST_FAILED(ZXTEST_GO_ON, std::string("failed "), __VA_ARGS__)
#define ADD_FATAL_FAILURE(...) ZXTEST_FAILED(ZXTEST_RETURN, std::string("failed "), __VA_ARGS__)
#define FAIL(...) ZXTEST_FAILED(ZXTEST_RETURN, std::string("failed "), __VA_ARGS__)
#define ZXTEST_SKIP(...) return zxtest::internal::Skip(__FILE__, __LINE__, zxtest::internal::Format(__VA_ARGS__))

// A statement in which other functions may fail fatally.
#define ASSERT_NO_FATAL_FAILURE(statement, ...)                                                                   \
    do {                                                                                                          \
        statement;                                                                                                \
        if (zxtest::internal::HasFatalFailure()) {                                                                \
            return;                                                                                               \
        }                                                                                                         \
    } while (0)
#define EXPECT_NO_FATAL_FAILURE(statement, ...) statement
#define ASSERT_NO_FATAL_FAILURES(statement, ...) ASSERT_NO_FATAL_FAILURE(statement, __VA_ARGS__)
#define EXPECT_NO_FATAL_FAILURES(statement, ...) EXPECT_NO_FATAL_FAILURE(statement, __VA_ARGS__)
#define NO_FATAL_FAILURES(statement) ASSERT_NO_FATAL_FAILURE(statement)
#define ASSERT_NO_FAILURES(statement, ...)                                                                        \
    do {                                                                                                          \
        const int zxtest_before = zxtest::internal::CountFailures();                                              \
        statement;                                                                                                \
        if (zxtest::internal::CountFailures() != zxtest_before) {                                                 \
            return;                                                                                               \
        }                                                                                                         \
    } while (0)

#define ASSERT_DEATH(function, ...) ZXTEST_BOOL(ZXTEST_RETURN, zxtest::internal::HasException(function), true, __VA_ARGS__)
#define EXPECT_DEATH(function, ...) ZXTEST_BOOL(ZXTEST_GO_ON, zxtest::internal::HasException(function), true, __VA_ARGS__)
#define ASSERT_NO_DEATH(function, ...) ZXTEST_BOOL(ZXTEST_RETURN, zxtest::internal::HasException(function), false, __VA_ARGS__)
#define EXPECT_NO_DEATH(function, ...) ZXTEST_BOOL(ZXTEST_GO_ON, zxtest::internal::HasException(function), false, __VA_ARGS__)

#endif
