/*
 * A stub for every call of the table. C passes arguments in RDI, RSI, RDX, RCX, R8, R9 and on the stack, the kernel takes them
 * in RDI, RSI, RDX, R10, R8, R9, R12, R13, of which the last two belong to the caller.
 */
#include <jacinth/calls.h>

.macro stub number, name, arguments
    .globl \name
    .type \name, @function
\name:
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
.endm

#define CALL(number, name, arguments) stub number, zx_##name, arguments;

    .text
    JACINTH_CALLS(CALL)

/*
 * zx_vmar_unmap_handle_close_thread_exit(vmar, addr, size, handle): the last act of a thread whose stack lies in the range. The
 * stack is used only before it is unmapped, and after a refusal.
 */
#define NUMBER(number, name, arguments) .set CALL_##name, number;
    JACINTH_CALLS(NUMBER)

    .globl zx_vmar_unmap_handle_close_thread_exit
    .type zx_vmar_unmap_handle_close_thread_exit, @function
zx_vmar_unmap_handle_close_thread_exit:
    pushq %rbx
    movl %ecx, %ebx
    movl $CALL_vmar_unmap, %eax
    syscall
    testl %eax, %eax
    jnz refused
    movl %ebx, %edi
    movl $CALL_handle_close, %eax
    syscall
    testl %eax, %eax
    jnz impossible
    movl $CALL_thread_exit, %eax
    syscall
impossible:
    ud2
refused:
    popq %rbx
    ret
    .size zx_vmar_unmap_handle_close_thread_exit, . - zx_vmar_unmap_handle_close_thread_exit

    .section .note.GNU-stack, "", @progbits
