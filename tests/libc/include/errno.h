/* Why a function of the C library failed. Calls of the kernel return a zx_status_t instead. */
#ifndef ERRNO_H_
#define ERRNO_H_

/* The numbers of Linux, as far as the library, or C++, names them. */
#include <linux/errno.h>
#define ENOTSUP EOPNOTSUPP

#ifdef __cplusplus
extern "C" {
#endif

/* Where the calling thread's is. */
__attribute__((__const__)) int* __errno_location(void);
#define errno (*__errno_location())

#ifdef __cplusplus
}
#endif

#endif
