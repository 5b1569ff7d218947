/* What headers and programs ask of the compiler, under short names. */
#ifndef ZIRCON_COMPILER_H_
#define ZIRCON_COMPILER_H_

#ifdef __cplusplus
#define __BEGIN_CDECLS extern "C" {
#define __END_CDECLS }
#define __CONSTEXPR constexpr
#else
#define __BEGIN_CDECLS
#define __END_CDECLS
#define __CONSTEXPR
#endif

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#ifndef __has_include
#define __has_include(file) 0
#endif
#ifndef __has_attribute
#define __has_attribute(attribute) 0
#endif

/* How likely a condition is. */
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* Arithmetic that says whether it overflowed. */
#define add_overflow(a, b, result) __builtin_add_overflow(a, b, result)
#define sub_overflow(a, b, result) __builtin_sub_overflow(a, b, result)
#define mul_overflow(a, b, result) __builtin_mul_overflow(a, b, result)

/* Functions. */
#define __NO_RETURN __attribute__((__noreturn__))
#define __NO_INLINE __attribute__((__noinline__))
#define __NO_UNIQUE __attribute__((__noclone__))
#define __ALWAYS_INLINE __attribute__((__always_inline__))
#define __LEAF_FN __attribute__((__leaf__))
#define __PURE __attribute__((__pure__))
#define __CONST __attribute__((__const__))
#define __MALLOC __attribute__((__malloc__))
#define __COLD __attribute__((__cold__))
#define __OPTIMIZE(level) __attribute__((__optimize__(level)))
#define __PRINTFLIKE(format, arguments) __attribute__((__format__(__printf__, format, arguments)))
#define __SCANFLIKE(format, arguments) __attribute__((__format__(__scanf__, format, arguments)))
#define __NONNULL(parameters) __attribute__((__nonnull__ parameters))
#define __WARN_UNUSED_RESULT __attribute__((__warn_unused_result__))
#define __NODISCARD __WARN_UNUSED_RESULT
#define __DEPRECATE __attribute__((__deprecated__))
#ifdef __clang__
#define __NO_SAFESTACK __attribute__((__no_sanitize__("safe-stack", "shadow-call-stack")))
#else
#define __NO_SAFESTACK
#endif

/* Data and types. */
#define __ALIGNED(bytes) __attribute__((__aligned__(bytes)))
#define __PACKED __attribute__((__packed__))
#define __MAY_ALIAS __attribute__((__may_alias__))
#define __UNUSED __attribute__((__unused__))
#define __USED __attribute__((__used__))
#define __THREAD __thread
#define __RESTRICT __restrict

/* Symbols. */
#define __ALIAS(name) __attribute__((__alias__(name)))
#define __WEAK __attribute__((__weak__))
#define __WEAK_ALIAS(name) __WEAK __ALIAS(name)
#define __EXPORT __attribute__((__visibility__("default")))
#define __LOCAL __attribute__((__visibility__("hidden")))
#define __SECTION(name) __attribute__((__section__(name)))

/* Expressions and statements. */
#define __ISCONSTANT(value) __builtin_constant_p(value)
#define __OFFSET_OF(type, field) __builtin_offsetof(type, field)
#define __UNREACHABLE __builtin_unreachable()
#define __BYTE_ORDER_IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#define __GET_CALLER() __builtin_return_address(0)
#define __GET_FRAME() __builtin_frame_address(0)
#if defined(__cplusplus) && __cplusplus >= 201703L
#define __FALLTHROUGH [[fallthrough]]
#else
#define __FALLTHROUGH __attribute__((__fallthrough__))
#endif
#ifndef __cplusplus
#define countof(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* Clang's analysis of threads and of pointers, which the headers carry and gcc ignores. */
#ifdef __clang__
#define __THREAD_ANNOTATION(annotation) __attribute__((annotation))
#else
#define __THREAD_ANNOTATION(annotation)
#endif
#define __TA_CAPABILITY(name) __THREAD_ANNOTATION(__capability__(name))
#define __TA_SCOPED_CAPABILITY __THREAD_ANNOTATION(__scoped_lockable__)
#define __TA_GUARDED(...) __THREAD_ANNOTATION(__guarded_by__(__VA_ARGS__))
#define __TA_PT_GUARDED(...) __THREAD_ANNOTATION(__pt_guarded_by__(__VA_ARGS__))
#define __TA_ACQUIRE(...) __THREAD_ANNOTATION(__acquire_capability__(__VA_ARGS__))
#define __TA_ACQUIRE_SHARED(...) __THREAD_ANNOTATION(__acquire_shared_capability__(__VA_ARGS__))
#define __TA_TRY_ACQUIRE(...) __THREAD_ANNOTATION(__try_acquire_capability__(__VA_ARGS__))
#define __TA_ACQUIRED_BEFORE(...) __THREAD_ANNOTATION(__acquired_before__(__VA_ARGS__))
#define __TA_ACQUIRED_AFTER(...) __THREAD_ANNOTATION(__acquired_after__(__VA_ARGS__))
#define __TA_RELEASE(...) __THREAD_ANNOTATION(__release_capability__(__VA_ARGS__))
#define __TA_RELEASE_SHARED(...) __THREAD_ANNOTATION(__release_shared_capability__(__VA_ARGS__))
#define __TA_REQUIRES(...) __THREAD_ANNOTATION(__requires_capability__(__VA_ARGS__))
#define __TA_REQUIRES_SHARED(...) __THREAD_ANNOTATION(__requires_shared_capability__(__VA_ARGS__))
#define __TA_EXCLUDES(...) __THREAD_ANNOTATION(__locks_excluded__(__VA_ARGS__))
#define __TA_ASSERT(...) __THREAD_ANNOTATION(__assert_capability__(__VA_ARGS__))
#define __TA_RETURN_CAPABILITY(name) __THREAD_ANNOTATION(__lock_returned__(name))
#define __TA_NO_THREAD_SAFETY_ANALYSIS __THREAD_ANNOTATION(__no_thread_safety_analysis__)
#ifdef __clang__
#define __OWNER(type) __attribute__((__annotate__("owner " #type)))
#define __POINTER(type) __attribute__((__annotate__("pointer " #type)))
#else
#define __OWNER(type)
#define __POINTER(type)
#endif

#endif
