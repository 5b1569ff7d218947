// Arithmetic that templates use.
#ifndef FBL_ALGORITHM_H_
#define FBL_ALGORITHM_H_

#include <stddef.h>

#include <algorithm>
#include <iterator>
#include <type_traits>

namespace fbl {

template <typename T>
constexpr bool is_pow2(T number) {
    static_assert(std::is_unsigned_v<T>);
    return number != 0 && (number & (number - 1)) == 0;
}

// The smallest multiple of `to` that is not below `number`.
template <typename T, typename U, typename L = std::common_type_t<T, U>>
constexpr L round_up(const T& number, const U& to) {
    const L value = number;
    const L multiple = to;
    return value == 0 ? 0 : ((value - 1) / multiple + 1) * multiple;
}

// The largest multiple of `to` that is not above `number`.
template <typename T, typename U, typename L = std::common_type_t<T, U>>
constexpr L round_down(const T& number, const U& to) {
    const L value = number;
    const L multiple = to;
    return value / multiple * multiple;
}

template <typename T>
constexpr const T& min(const T& one, const T& other) {
    return std::min(one, other);
}

template <typename T>
constexpr const T& max(const T& one, const T& other) {
    return std::max(one, other);
}

template <typename T, size_t N>
constexpr size_t count_of(T const (&)[N]) {
    return N;
}

}  // namespace fbl

#endif
