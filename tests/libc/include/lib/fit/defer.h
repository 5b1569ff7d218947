// Something to be done at the end of a scope.
#ifndef LIB_FIT_DEFER_H_
#define LIB_FIT_DEFER_H_

#include <optional>
#include <utility>

namespace fit {

template <typename T>
class [[nodiscard]] deferred_action final {
public:
    explicit deferred_action(T function) : function_(std::move(function)) {}
    deferred_action(deferred_action&& other) : function_(std::move(other.function_)) { other.cancel(); }
    deferred_action(const deferred_action&) = delete;
    deferred_action& operator=(const deferred_action&) = delete;
    ~deferred_action() { call(); }

    void cancel() { function_.reset(); }
    // Does it now instead.
    void call() {
        if (function_) {
            T function = std::move(*function_);
            cancel();
            function();
        }
    }
    explicit operator bool() const { return function_.has_value(); }

private:
    std::optional<T> function_;
};

template <typename T>
deferred_action<T> defer(T function) {
    return deferred_action<T>(std::move(function));
}

}  // namespace fit

#endif
