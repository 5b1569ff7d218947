/* Assertions that end the program with a message. */
#ifndef ZIRCON_ASSERT_H_
#define ZIRCON_ASSERT_H_

#include <zircon/compiler.h>

__BEGIN_CDECLS

/* Prints what does not hold, and where, to standard error; the line goes on. */
void __zx_not_so(const char* file, int line, const char* condition);
/* Prints the rest of a line to standard error and ends the program as abort does. */
__NO_RETURN __PRINTFLIKE(1, 2) void __zx_panic(const char* format, ...);

__END_CDECLS

#define ZX_PANIC(...) __zx_panic(__VA_ARGS__)

/* The condition stands alone in the `if`, so that the compiler warns of `=` where `==` was meant. */
#define ZX_ASSERT(condition)                                                \
    do {                                                                    \
        if (condition) {                                                    \
        } else {                                                            \
            ZX_PANIC("%s:%d: not so: %s", __FILE__, __LINE__, #condition);  \
        }                                                                   \
    } while (0)
/* After the condition: a format and what belongs to it. */
#define ZX_ASSERT_MSG(condition, ...)                    \
    do {                                                 \
        if (condition) {                                 \
        } else {                                         \
            __zx_not_so(__FILE__, __LINE__, #condition); \
            ZX_PANIC(__VA_ARGS__);                       \
        }                                                \
    } while (0)

/* Checked in builds with ZX_ASSERT_LEVEL above 1. */
#if defined(ZX_ASSERT_LEVEL) && ZX_ASSERT_LEVEL > 1
#define ZX_DEBUG_ASSERT_IMPLEMENTED 1
#define ZX_DEBUG_ASSERT(condition) ZX_ASSERT(condition)
#define ZX_DEBUG_ASSERT_MSG(condition, ...) ZX_ASSERT_MSG(condition, __VA_ARGS__)
#else
#define ZX_DEBUG_ASSERT_IMPLEMENTED 0
#define ZX_DEBUG_ASSERT(condition) \
    do {                           \
        if (0) {                   \
            ZX_ASSERT(condition);  \
        }                          \
    } while (0)
#define ZX_DEBUG_ASSERT_MSG(condition, ...)        \
    do {                                           \
        if (0) {                                   \
            ZX_ASSERT_MSG(condition, __VA_ARGS__); \
        }                                          \
    } while (0)
#endif

#endif
