/* What a program was started with, under the names of 2017. */
#ifndef MAGENTA_PROCESS_H_
#define MAGENTA_PROCESS_H_

#include <magenta/types.h>
#include <zircon/process.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline mx_handle_t mx_process_self(void) {
    return zx_process_self();
}

static inline mx_handle_t mx_thread_self(void) {
    return zx_thread_self();
}

static inline mx_handle_t mx_vmar_root_self(void) {
    return zx_vmar_root_self();
}

static inline mx_handle_t mx_job_default(void) {
    return zx_job_default();
}

#ifdef __cplusplus
}
#endif

#endif
