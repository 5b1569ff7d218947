/* What a program was started with. */
#ifndef ZIRCON_PROCESS_H_
#define ZIRCON_PROCESS_H_

#include <zircon/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The calling program's own objects; the handles stay the library's. */
zx_handle_t zx_process_self(void);
/* The program's first thread. */
zx_handle_t zx_thread_self(void);
zx_handle_t zx_vmar_root_self(void);
zx_handle_t zx_job_default(void);

#ifdef __cplusplus
}
#endif

#endif
