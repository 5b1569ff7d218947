/* What a program can be given at its start. */
#ifndef ZIRCON_PROCESSARGS_H_
#define ZIRCON_PROCESSARGS_H_

#include <zircon/types.h>

/* What a handle is for: a kind, and a number among those of its kind. */
#define PA_HND(type, arg) (((type) & 0xFFu) | (((arg) & 0xFFFFu) << 16))
#define PA_HND_TYPE(info) ((info) & 0xFFu)
#define PA_HND_ARG(info) (((info) >> 16) & 0xFFFFu)

/* Kept by the library; see <zircon/process.h>. */
#define PA_PROC_SELF 0x01u
#define PA_THREAD_SELF 0x02u
#define PA_JOB_DEFAULT 0x03u
#define PA_VMAR_ROOT 0x04u

/* The VMAR that the program was loaded to. */
#define PA_VMAR_LOADED 0x05u
/* The archive of programs. */
#define PA_VMO_BOOTFS 0x1Bu
/* The resource that gives the right to everything. */
#define PA_RESOURCE 0x3Fu
/* Resources that give the right to everything of one kind; only where PA_RESOURCE was given. */
#define PA_MMIO_RESOURCE 0x50u
#define PA_IRQ_RESOURCE 0x51u
#define PA_IOPORT_RESOURCE 0x52u
#define PA_SYSTEM_RESOURCE 0x54u

/* For programs that start each other. */
#define PA_USER0 0xF0u
#define PA_USER1 0xF1u
#define PA_USER2 0xF2u

#endif
