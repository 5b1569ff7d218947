/* What only a kernel booted with debug-calls=on tells, as it is for tests; others answer ZX_ERR_NOT_SUPPORTED. */
#ifndef JACINTH_DEBUG_H_
#define JACINTH_DEBUG_H_

#include <zircon/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the processor translates an address; all zeros if it does not. */
typedef struct zx_debug_page_entry {
    /* The leaf of the page tables, in the processor's format. */
    uint64_t bits;
    /* How many bytes it translates. */
    uint64_t size;
} zx_debug_page_entry_t;

zx_status_t zx_debug_page_entry(zx_handle_t process, zx_vaddr_t vaddr, zx_debug_page_entry_t* entry);

#ifdef __cplusplus
}
#endif

#endif
