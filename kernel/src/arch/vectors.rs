//! Entries of the 256 interrupt vectors.
//!
//! Each vector has a stub of 16 bytes that makes the frames of all vectors alike (a zero stands in where the processor pushes no
//! error code) and goes on to one of three entries:
//!
//! ```text
//!   stub of a vector --+--> page_fault_entry  the commonest by far                           ----> page_fault::handle
//!                      |
//!                      +--> common_entry      GS is exchanged if ring 3 was interrupted, as above --+
//!                      |                                                                            +--> trap::on_trap
//!                      +--> careful_entry     vectors with a stack of their own: they may come  ----+
//!                                             between the exchange of GS and the change of ring
//! ```
//!
//! What they leave on the stack is a [`TrapFrame`](super::TrapFrame).
#![expect(unsafe_code, reason = "trap entries are assembly")]

use core::arch::naked_asm;
use core::sync::atomic::AtomicBool;

use x86_64::VirtAddr;

use super::page_fault;
use super::trap::on_trap;

/// The number of interrupt vectors.
pub const VECTORS: usize = 256;

const STUB_SIZE: u64 = 16;

/// Whether CLAC exists: the processor has SMAP. Entries clear RFLAGS.AC then, which ring 3 may have set.
pub(super) static HAS_CLAC: AtomicBool = AtomicBool::new(false);

/// Returns the address of the entry of `vector`.
pub(super) fn entry_of(vector: u8) -> VirtAddr {
    let offset = u64::from(vector).wrapping_mul(STUB_SIZE);
    VirtAddr::new_truncate((stubs as *const () as u64).wrapping_add(offset))
}

/// The stubs, one after the other.
#[unsafe(naked)]
unsafe extern "C" fn stubs() {
    naked_asm!(
        ".set .Lvector, 0",
        ".rept {vectors}",
        ".balign {size}",
        // The processor pushes an error code for these vectors (Intel SDM 3A table 6-1; AMD APM 2 8.2).
        ".if (.Lvector == 8) || ((.Lvector >= 10) && (.Lvector <= 14)) || (.Lvector == 17) || (.Lvector == 21) || (.Lvector == 29) || (.Lvector == 30)",
        ".else",
        "push 0",
        ".endif",
        "push .Lvector",
        ".if .Lvector == 14",
        "jmp {page_fault}",
        ".elseif (.Lvector == 2) || (.Lvector == 8) || (.Lvector == 18)",
        "jmp {careful}",
        ".else",
        "jmp {common}",
        ".endif",
        ".set .Lvector, .Lvector + 1",
        ".endr",
        vectors = const VECTORS,
        size = const STUB_SIZE,
        page_fault = sym page_fault_entry,
        careful = sym careful_entry,
        common = sym common_entry,
    )
}

/// Pushes the general registers, from the highest address of a `TrapFrame` down.
macro_rules! save_registers {
    () => {
        "push rax\n push rcx\n push rdx\n push rbx\n push rbp\n push rsi\n push rdi\n push r8\n push r9\n push r10\n push r11\n \
         push r12\n push r13\n push r14\n push r15"
    };
}

/// Pops what `save_registers` has pushed, then drops vector and error code and returns from the trap.
macro_rules! restore_registers_and_return {
    () => {
        "pop r15\n pop r14\n pop r13\n pop r12\n pop r11\n pop r10\n pop r9\n pop r8\n pop rdi\n pop rsi\n pop rbp\n pop rbx\n \
         pop rdx\n pop rcx\n pop rax\n add rsp, 16\n iretq"
    };
}

/// Clears the flags that the processor keeps on a trap although ring 3 may have set them.
macro_rules! clear_flags {
    () => {
        "cld\n cmp byte ptr [rip + {has_clac}], 0\n je 3f\n clac\n 3:"
    };
}

/// The body of an entry whose trap `handler` handles.
macro_rules! entry {
    ($handler:expr) => {
        naked_asm!(
            // The low bits of the code selector, above vector, error code and RIP, are the ring.
            "test byte ptr [rsp + 24], 3",
            "jz 2f",
            "swapgs",
            "2:",
            save_registers!(),
            clear_flags!(),
            // The processor has aligned the stack; 22 words keep it aligned.
            "mov rdi, rsp",
            "call {handler}",
            "test byte ptr [rsp + 15 * 8 + 24], 3",
            "jz 4f",
            "swapgs",
            "4:",
            restore_registers_and_return!(),
            has_clac = sym HAS_CLAC,
            handler = sym $handler,
        )
    };
}

#[unsafe(naked)]
unsafe extern "C" fn page_fault_entry() {
    entry!(page_fault::handle)
}

#[unsafe(naked)]
unsafe extern "C" fn common_entry() {
    entry!(on_trap)
}

#[unsafe(naked)]
unsafe extern "C" fn careful_entry() {
    naked_asm!(
        save_registers!(),
        clear_flags!(),
        // Keep the base of GS, whosever it is, in RBX, and take the one beneath this stack (see `gdt`).
        "mov ecx, {gs_base}",
        "rdmsr",
        "shl rdx, 32",
        "lea rbx, [rax + rdx]",
        "mov rax, [rsp + 22 * 8]",
        "mov rdx, rax",
        "shr rdx, 32",
        "wrmsr",
        "mov rdi, rsp",
        "call {on_trap}",
        "mov ecx, {gs_base}",
        "mov rax, rbx",
        "mov rdx, rbx",
        "shr rdx, 32",
        "wrmsr",
        restore_registers_and_return!(),
        has_clac = sym HAS_CLAC,
        gs_base = const GS_BASE,
        on_trap = sym on_trap,
    )
}

/// IA32_GS_BASE (Intel SDM 4 table 2-2).
const GS_BASE: u32 = 0xc000_0101;
