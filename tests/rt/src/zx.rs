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
#[expect(clippy::too_many_arguments, reason = "the arguments of a call are what the table says")]
mod table {
    use super::*;

    abi::for_each_call!(stubs);
}

pub use table::*;
