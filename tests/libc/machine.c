/* What programs ask about the machine and can find out, or do, without the kernel. */
#include <cpuid.h>
#include <zircon/features.h>
#include <zircon/syscalls.h>

#define VERSION "jacinth"

/* CPUID leaf 1, EBX bits 15 to 8: the bytes that CLFLUSH writes back, in eights. */
uint32_t zx_system_get_dcache_line_size(void) {
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) ? (ebx >> 8 & 0xFFu) * 8 : 64;
}

zx_string_view_t zx_system_get_version_string(void) {
    const zx_string_view_t version = {VERSION, sizeof(VERSION) - 1};
    return version;
}

zx_status_t zx_system_get_features(uint32_t kind, uint32_t* features) {
    switch (kind) {
        case ZX_FEATURE_KIND_CPU:
            *features = ZX_HAS_CPU_FEATURES;
            return ZX_OK;
        case ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT:
        case ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT:
        case ZX_FEATURE_KIND_ADDRESS_TAGGING:
        case ZX_FEATURE_KIND_VM:
            *features = 0;
            return ZX_OK;
        default:
            return ZX_ERR_NOT_SUPPORTED;
    }
}

/* Instruction fetches see what was written by themselves on x86-64, once the thread has executed an instruction that serializes. */
zx_status_t zx_cache_flush(const void* addr, size_t size, uint32_t options) {
    switch (options) {
        case ZX_CACHE_FLUSH_INSN:
        case ZX_CACHE_FLUSH_DATA:
        case ZX_CACHE_FLUSH_INSN | ZX_CACHE_FLUSH_DATA:
        case ZX_CACHE_FLUSH_DATA | ZX_CACHE_FLUSH_INVALIDATE:
        case ZX_CACHE_FLUSH_INSN | ZX_CACHE_FLUSH_DATA | ZX_CACHE_FLUSH_INVALIDATE:
            break;
        default:
            return ZX_ERR_INVALID_ARGS;
    }
    if (options & ZX_CACHE_FLUSH_DATA && size > 0) {
        const uintptr_t line = zx_system_get_dcache_line_size();
        const uintptr_t last = ((uintptr_t)addr + size - 1) / line * line;
        for (uintptr_t at = (uintptr_t)addr / line * line; at <= last; at += line) {
            __builtin_ia32_clflush((const void*)at);
        }
        __builtin_ia32_mfence();
    }
    if (options & ZX_CACHE_FLUSH_INSN) {
        unsigned eax, ebx, ecx, edx;
        __cpuid(0, eax, ebx, ecx, edx);
    }
    return ZX_OK;
}
