// Rounding to a power of two.
#ifndef LIB_ZIRCON_INTERNAL_ALIGN_H_
#define LIB_ZIRCON_INTERNAL_ALIGN_H_

#define ZX_ROUNDDOWN(number, to) ((number) & -(__typeof__(number))(to))
#define ZX_ROUNDUP(number, to) ZX_ROUNDDOWN((number) + (__typeof__(number))(to) - 1, to)
#define ZX_ALIGN(number, to) ZX_ROUNDUP(number, to)
#define ZX_IS_ALIGNED(number, to) ((((__UINTPTR_TYPE__)(number)) & ((__UINTPTR_TYPE__)(to) - 1)) == 0)
#define ZX_IS_PAGE_ALIGNED(number) ZX_IS_ALIGNED(number, zx_system_get_page_size())

#endif
