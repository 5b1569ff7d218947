// Functions that are values: anything that can be called, even what can only be moved.
#ifndef LIB_FIT_FUNCTION_H_
#define LIB_FIT_FUNCTION_H_

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace fit {

template <typename Signature>
class function;

// Empty, or something that is called with `Arguments`.
template <typename Result, typename... Arguments>
class function<Result(Arguments...)> {
public:
    function() = default;
    function(std::nullptr_t) {}
    template <typename Callable>
        requires(!std::same_as<std::decay_t<Callable>, function> && std::invocable<std::decay_t<Callable>&, Arguments...>)
    function(Callable&& callable)
        : target_(std::make_unique<target<std::decay_t<Callable>>>(std::forward<Callable>(callable))) {}

    Result operator()(Arguments... arguments) const { return target_->call(std::forward<Arguments>(arguments)...); }
    explicit operator bool() const { return target_ != nullptr; }

private:
    struct any_target {
        virtual ~any_target() = default;
        virtual Result call(Arguments... arguments) = 0;
    };

    template <typename Callable>
    struct target final : any_target {
        explicit target(const Callable& callable) : callable_(callable) {}
        explicit target(Callable&& callable) : callable_(std::move(callable)) {}
        Result call(Arguments... arguments) override { return std::invoke(callable_, std::forward<Arguments>(arguments)...); }

        Callable callable_;
    };

    std::unique_ptr<any_target> target_;
};

template <typename Signature>
bool operator==(const function<Signature>& function, std::nullptr_t) {
    return !function;
}

// A function that is empty once it was called.
template <typename Signature>
class callback;

template <typename Result, typename... Arguments>
class callback<Result(Arguments...)> : public function<Result(Arguments...)> {
    using base = function<Result(Arguments...)>;

public:
    using base::base;

    Result operator()(Arguments... arguments) {
        const base once = std::move(static_cast<base&>(*this));
        return once(std::forward<Arguments>(arguments)...);
    }
};

}  // namespace fit

#endif
