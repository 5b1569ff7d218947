/* What a handle allows. */
#ifndef ZIRCON_RIGHTS_H_
#define ZIRCON_RIGHTS_H_

#include <stdint.h>

typedef uint32_t zx_rights_t;

#define ZX_RIGHT_NONE ((zx_rights_t)0u)
/* Make a second handle. */
#define ZX_RIGHT_DUPLICATE ((zx_rights_t)1u << 0)
/* Send the handle to another process. */
#define ZX_RIGHT_TRANSFER ((zx_rights_t)1u << 1)
/* Read data; for a VMAR: make readable mappings. */
#define ZX_RIGHT_READ ((zx_rights_t)1u << 2)
/* Write data; for a VMAR: make writable mappings. */
#define ZX_RIGHT_WRITE ((zx_rights_t)1u << 3)
/* Execute data; for a VMAR: make executable mappings. */
#define ZX_RIGHT_EXECUTE ((zx_rights_t)1u << 4)
/* Map the VMO. */
#define ZX_RIGHT_MAP ((zx_rights_t)1u << 5)
/* Read properties. */
#define ZX_RIGHT_GET_PROPERTY ((zx_rights_t)1u << 6)
/* Change properties. */
#define ZX_RIGHT_SET_PROPERTY ((zx_rights_t)1u << 7)
/* List children. */
#define ZX_RIGHT_ENUMERATE ((zx_rights_t)1u << 8)
/* End the task. */
#define ZX_RIGHT_DESTROY ((zx_rights_t)1u << 9)
/* Change policy. */
#define ZX_RIGHT_SET_POLICY ((zx_rights_t)1u << 10)
/* Read policy. */
#define ZX_RIGHT_GET_POLICY ((zx_rights_t)1u << 11)
/* Raise user signals. */
#define ZX_RIGHT_SIGNAL ((zx_rights_t)1u << 12)
/* Raise user signals of the other end. */
#define ZX_RIGHT_SIGNAL_PEER ((zx_rights_t)1u << 13)
/* Wait for signals. */
#define ZX_RIGHT_WAIT ((zx_rights_t)1u << 14)
/* Ask for information. */
#define ZX_RIGHT_INSPECT ((zx_rights_t)1u << 15)
/* Manage the job: make processes in it. */
#define ZX_RIGHT_MANAGE_JOB ((zx_rights_t)1u << 16)
/* Manage the process. */
#define ZX_RIGHT_MANAGE_PROCESS ((zx_rights_t)1u << 17)
/* Manage threads. */
#define ZX_RIGHT_MANAGE_THREAD ((zx_rights_t)1u << 18)
/* Apply a scheduling profile. */
#define ZX_RIGHT_APPLY_PROFILE ((zx_rights_t)1u << 19)
/* Manage the socket. */
#define ZX_RIGHT_MANAGE_SOCKET ((zx_rights_t)1u << 20)
/* Operate on nested VMARs through their parent. */
#define ZX_RIGHT_OP_CHILDREN ((zx_rights_t)1u << 21)
/* Change the size of the VMO. */
#define ZX_RIGHT_RESIZE ((zx_rights_t)1u << 22)
/* Attach VMOs to the pager. */
#define ZX_RIGHT_ATTACH_VMO ((zx_rights_t)1u << 23)
/* Manage VMOs of the pager. */
#define ZX_RIGHT_MANAGE_VMO ((zx_rights_t)1u << 24)
/* In requests only: the rights the source handle has. */
#define ZX_RIGHT_SAME_RIGHTS ((zx_rights_t)1u << 31)

/* What nearly every handle has. */
#define ZX_RIGHTS_BASIC (ZX_RIGHT_TRANSFER | ZX_RIGHT_DUPLICATE | ZX_RIGHT_WAIT | ZX_RIGHT_INSPECT)
#define ZX_RIGHTS_IO (ZX_RIGHT_READ | ZX_RIGHT_WRITE)
#define ZX_RIGHTS_PROPERTY (ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY)
#define ZX_RIGHTS_POLICY (ZX_RIGHT_GET_POLICY | ZX_RIGHT_SET_POLICY)

/* What new handles have. A VMAR adds READ, WRITE and EXECUTE as its CAN_MAP flags allow, a resizable VMO adds RESIZE. */
#define ZX_DEFAULT_VMAR_RIGHTS ((ZX_RIGHTS_BASIC & ~ZX_RIGHT_WAIT) | ZX_RIGHT_OP_CHILDREN)
#define ZX_DEFAULT_VMO_RIGHTS (ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_MAP | ZX_RIGHT_SIGNAL)
#define ZX_DEFAULT_PROCESS_RIGHTS                                                                        \
    (ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_ENUMERATE | ZX_RIGHT_DESTROY |       \
     ZX_RIGHT_SIGNAL | ZX_RIGHT_MANAGE_PROCESS | ZX_RIGHT_MANAGE_THREAD)
#define ZX_DEFAULT_THREAD_RIGHTS                                                                         \
    (ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_DESTROY | ZX_RIGHT_SIGNAL |          \
     ZX_RIGHT_MANAGE_THREAD)
#define ZX_DEFAULT_JOB_RIGHTS                                                                            \
    (ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHTS_POLICY | ZX_RIGHT_ENUMERATE |       \
     ZX_RIGHT_DESTROY | ZX_RIGHT_SIGNAL | ZX_RIGHT_MANAGE_JOB | ZX_RIGHT_MANAGE_PROCESS |                \
     ZX_RIGHT_MANAGE_THREAD)
#define ZX_DEFAULT_CHANNEL_RIGHTS                                                                        \
    ((ZX_RIGHTS_BASIC & ~ZX_RIGHT_DUPLICATE) | ZX_RIGHTS_IO | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER)
#define ZX_DEFAULT_PAGER_RIGHTS                                                                          \
    (ZX_RIGHT_INSPECT | ZX_RIGHT_TRANSFER | ZX_RIGHT_ATTACH_VMO | ZX_RIGHT_MANAGE_VMO)
#define ZX_DEFAULT_EXCEPTION_RIGHTS (ZX_RIGHT_TRANSFER | ZX_RIGHTS_PROPERTY | ZX_RIGHT_INSPECT)
#define ZX_DEFAULT_EXCEPTION_CHANNEL_RIGHTS (ZX_RIGHT_TRANSFER | ZX_RIGHT_WAIT | ZX_RIGHT_READ)
#define ZX_DEFAULT_RESOURCE_RIGHTS                                                                       \
    (ZX_RIGHT_TRANSFER | ZX_RIGHT_DUPLICATE | ZX_RIGHT_WRITE | ZX_RIGHT_INSPECT)
#define ZX_DEFAULT_IOMMU_RIGHTS (ZX_RIGHTS_BASIC & ~ZX_RIGHT_WAIT)
#define ZX_DEFAULT_BTI_RIGHTS                                                                            \
    ((ZX_RIGHTS_BASIC & ~ZX_RIGHT_WAIT) | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_MAP)
#define ZX_DEFAULT_PMT_RIGHTS ZX_RIGHT_INSPECT
#define ZX_DEFAULT_EVENT_RIGHTS (ZX_RIGHTS_BASIC | ZX_RIGHT_SIGNAL)
#define ZX_DEFAULT_EVENTPAIR_RIGHTS (ZX_RIGHTS_BASIC | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER)
#define ZX_DEFAULT_PORT_RIGHTS ((ZX_RIGHTS_BASIC & ~ZX_RIGHT_WAIT) | ZX_RIGHTS_IO)

#endif
