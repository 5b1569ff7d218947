/* Pauses, and what the machine has. */
#ifndef UNISTD_H_
#define UNISTD_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define _SC_PAGESIZE 30
#define _SC_PAGE_SIZE _SC_PAGESIZE
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84

unsigned sleep(unsigned seconds);
int usleep(unsigned microseconds);
int getpagesize(void);
/* -1 for names it does not know. */
long sysconf(int name);
__attribute__((__noreturn__)) void _exit(int code);
/* The call of Linux that C++ headers wait with: SYS_futex, to wait and to wake. Fails with ENOSYS for others. */
long syscall(long number, ...);

#ifdef __cplusplus
}
#endif

#endif
