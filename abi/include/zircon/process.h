/* What a program was started with. */
#ifndef ZIRCON_PROCESS_H_
#define ZIRCON_PROCESS_H_

#include <zircon/types.h>

__BEGIN_CDECLS

/* The calling program's own objects; the handles stay the library's. */
zx_handle_t zx_process_self(void);
/* The program's first thread. */
zx_handle_t zx_thread_self(void);
zx_handle_t zx_vmar_root_self(void);
zx_handle_t zx_job_default(void);

/* Hands over a handle the program was given for PA_HND(PA_*, arg), of <zircon/processargs.h>; ZX_HANDLE_INVALID if there is none. */
zx_handle_t zx_take_startup_handle(uint32_t info);

__END_CDECLS

#endif
