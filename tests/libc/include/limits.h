/* Ranges of types, from the compiler, and the size of a page. */
#ifndef LIBC_LIMITS_H_
#define LIBC_LIMITS_H_

#include_next <limits.h>

/* What POSIX promises. */
#define _POSIX_SEM_VALUE_MAX 32767

#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif

#endif
