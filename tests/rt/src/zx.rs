//! The system calls under their Zircon names, generated from the table in [`abi::calls`].

use crate::syscall::{Register, Returned, eight, raw};
use abi::{Call, Status};

/// Writes a function for every line of the table.
macro_rules! stubs {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:tt;)*) => {
        $(stub! { $(#[$doc])* $variant $name($($argument: $type),*) -> $result })*
    };
}

/// Writes one function; a call that does not return ends in an endless loop, should it ever.
macro_rules! stub {
    ($(#[$doc:meta])* $variant:ident $name:ident($($argument:ident: $type:ty),*) -> !) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// None of the caller's memory may be needed afterwards by anyone who does not know that the caller is gone.
        pub unsafe fn $name($($argument: $type),*) -> ! {
            loop {
                // SAFETY: the arguments are no addresses.
                unsafe { raw(Call::$variant as u64, eight([$($argument.to_register()),*])) };
            }
        }
    };
    ($(#[$doc:meta])* $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:tt) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// Pointers must be such that the kernel may read (`*const`) or write (`*mut`) there, as far as they are mapped; mapped
        /// memory taken away or replaced must not be in use.
        pub unsafe fn $name($($argument: $type),*) -> $result {
            // SAFETY: passed on to the caller.
            let register = unsafe { raw(Call::$variant as u64, eight([$($argument.to_register()),*])) };
            <$result>::from_register(register)
        }
    };
}

/// The functions themselves.
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of a call are what the table says"
)]
mod table {
    use super::*;

    abi::for_each_call!(stubs);
}

pub use table::*;

/// Unmaps a range that holds the calling thread's stack, closes a handle and ends the thread; returns only if nothing was unmapped.
///
/// A routine of this library, not a call: it uses the stack only before it is unmapped, and after a refusal.
///
/// # Safety
/// Nothing in the range is needed by anyone else.
#[unsafe(naked)]
pub unsafe extern "C" fn vmar_unmap_handle_close_thread_exit(
    vmar: u32,
    address: u64,
    len: u64,
    handle: u32,
) -> Status {
    core::arch::naked_asm!(
        "push rbx",
        "mov ebx, ecx",
        "mov eax, {unmap}",
        "syscall",
        "test eax, eax",
        "jnz 3f",
        "mov edi, ebx",
        "mov eax, {close}",
        "syscall",
        "test eax, eax",
        "jnz 2f",
        "mov eax, {exit}",
        "syscall",
        "2: ud2",
        "3: pop rbx",
        "ret",
        unmap = const Call::VmarUnmap as u64,
        close = const Call::HandleClose as u64,
        exit = const Call::ThreadExit as u64,
    )
}
