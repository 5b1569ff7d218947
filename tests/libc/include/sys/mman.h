/* Memory as POSIX has it, on VMARs and VMOs: anonymous memory only, as there are no files. */
#ifndef SYS_MMAN_H_
#define SYS_MMAN_H_

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4

#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_ANON MAP_ANONYMOUS
/* For code that is made at run time; every mapping may be for that. */
#define MAP_JIT 0x80000
#define MAP_FAILED ((void*)-1)

/*
 * Maps zeros. Fails with EINVAL: no length, an offset that is no multiple of a page, not exactly one of MAP_SHARED and MAP_PRIVATE;
 * ENOMEM: no room; EBADF: a file; ENOTSUP: MAP_FIXED.
 */
void* mmap(void* address, size_t len, int protection, int flags, int file, off_t offset);
/* Fails with EINVAL: no pages. */
int munmap(void* address, size_t len);
/* Fails with EINVAL: no pages; ENOTSUP: writable without being readable; ENOMEM: a gap; EACCES: the mapping never allowed it. */
int mprotect(void* address, size_t len, int protection);

#ifdef __cplusplus
}
#endif

#endif
