/* Conditions that must hold; without a guard, as NDEBUG may change between inclusions. */
#undef assert

#ifdef __cplusplus
extern "C" {
#endif
__attribute__((__noreturn__)) void __assert_fail(const char* condition, const char* file, int line,
                                                 const char* function);
#ifdef __cplusplus
}
#endif

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __assert_fail(#condition, __FILE__, __LINE__, __func__))
#endif

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif
