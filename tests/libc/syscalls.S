/*
 * A stub for every call of the table, under two names. C passes arguments in RDI, RSI, RDX, RCX, R8, R9 and on the stack, the kernel takes them
 * in RDI, RSI, RDX, R10, R8, R9, R12, R13, of which the last two belong to the caller.
 */
#include <jacinth/calls.h>

.macro stub number, name, arguments
    .globl \name, _\name
    .type \name, @function
    .type _\name, @function
\name:
_\name:
    movl $\number, %eax
    .if \arguments > 3
    movq %rcx, %r10
    .endif
    .if \arguments > 6
    pushq %r12
    pushq %r13
    movq 24(%rsp), %r12
    .if \arguments > 7
    movq 32(%rsp), %r13
    .endif
    .endif
    syscall
    .if \arguments > 6
    popq %r13
    popq %r12
    .endif
    ret
    .size \name, . - \name
    .size _\name, . - _\name
.endm

#define CALL(number, name, arguments) stub number, zx_##name, arguments;

    .text
    JACINTH_CALLS(CALL)

    .section .note.GNU-stack, "", @progbits
