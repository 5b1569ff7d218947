/* What zx_system_get_features tells of the machine. */
#ifndef ZIRCON_FEATURES_H_
#define ZIRCON_FEATURES_H_

#include <stdint.h>

/* Kinds to ask about. */
/* ZX_HAS_CPU_FEATURES: a program on x86-64 asks CPUID for the rest. */
#define ZX_FEATURE_KIND_CPU ((uint32_t)0u)
#define ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT ((uint32_t)1u)
#define ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT ((uint32_t)2u)
#define ZX_FEATURE_KIND_ADDRESS_TAGGING ((uint32_t)3u)
#define ZX_FEATURE_KIND_VM ((uint32_t)4u)

/* Features of ZX_FEATURE_KIND_CPU. */
#define ZX_HAS_CPU_FEATURES ((uint32_t)1u << 0)

/* Features of ZX_FEATURE_KIND_VM. */
/* Executable pages need not be readable; not so on x86-64. */
#define ZX_VM_FEATURE_CAN_MAP_XOM ((uint32_t)1u << 0)

#endif
