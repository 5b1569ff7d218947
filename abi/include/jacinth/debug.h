/* What only a kernel booted with debug-calls=on tells and does, as it is for tests; others answer ZX_ERR_NOT_SUPPORTED. */
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

/* Checks address spaces, handle tables and free frames, and stops the machine if one is not as it should be. Writes how many address
   spaces there are. */
zx_status_t zx_debug_check_invariants(uint64_t* aspaces);

/* Lets the allocation of this number, beginning with 1, of those that the kernel makes for the calling thread from now on fail: of a
   frame, or of its heap. 0 lets none fail. Writes how many there were since the last time that one was to fail. */
zx_status_t zx_debug_fail_allocation(uint64_t number, uint64_t* count);

/* Writes how many handles all processes have. */
zx_status_t zx_debug_count_handles(uint64_t* count);

#ifdef __cplusplus
}
#endif

#endif
