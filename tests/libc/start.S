/*
 * First instructions of a C program: RDI holds the start channel, RSI nothing, RSP the top of a stack.
 * Aligns the stack as a called function expects it, ends the chain of frames, and calls the library.
 */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call __libc_start
    ud2
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
