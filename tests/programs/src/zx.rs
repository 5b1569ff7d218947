//! The system calls with hostile arguments allowed: any number may stand for any argument.
//!
//! # Soundness
//! Safe although they take addresses as numbers, as the runtime's typed calls do: what a test passes is the address of a
//! variable borrowed for the call, memory it mapped itself and no Rust object lives in, or an address the kernel has to refuse.

use abi::{Call, RawHandle, Rights, Status, VmOptions};
use rt::{
    Bti, Channel, Event, EventPair, Handle, Iommu, Job, Pager, Port, Process, Resource, Thread,
    Vmar, Vmo,
};

/// A value that can be put in a register.
pub trait Word {
    /// Returns the register's contents.
    fn word(self) -> u64;
}

impl Word for u64 {
    fn word(self) -> u64 {
        self
    }
}

impl Word for u32 {
    fn word(self) -> u64 {
        self.into()
    }
}

impl Word for i64 {
    fn word(self) -> u64 {
        self.cast_unsigned()
    }
}

impl Word for i32 {
    fn word(self) -> u64 {
        i64::from(self).cast_unsigned()
    }
}

impl Word for usize {
    fn word(self) -> u64 {
        self as u64
    }
}

impl Word for VmOptions {
    fn word(self) -> u64 {
        self.bits().into()
    }
}

impl Word for Rights {
    fn word(self) -> u64 {
        self.bits().into()
    }
}

impl<T> Word for &mut T {
    fn word(self) -> u64 {
        core::ptr::from_mut(self).expose_provenance() as u64
    }
}

impl<T> Word for &mut [T] {
    fn word(self) -> u64 {
        self.as_mut_ptr().expose_provenance() as u64
    }
}

impl<T> Word for &[T] {
    fn word(self) -> u64 {
        self.as_ptr().expose_provenance() as u64
    }
}

impl Word for &str {
    fn word(self) -> u64 {
        self.as_bytes().word()
    }
}

/// Lets references to typed handles stand for handle arguments.
macro_rules! handles {
    ($($type:ty),*) => {
        $(impl Word for &$type {
            fn word(self) -> u64 {
                self.raw().into()
            }
        })*
    };
}

handles!(
    Bti, Channel, Event, EventPair, Handle, Iommu, Job, Pager, Port, Process, Resource, Thread,
    Vmar, Vmo
);

/// Makes the call `number` and returns all of RAX.
pub fn invoke<const N: usize>(number: u64, words: [u64; N]) -> u64 {
    let mut eight = [0; 8];
    for (place, word) in eight.iter_mut().zip(words) {
        *place = word;
    }
    // SAFETY: addresses among the words are as this module's notes on soundness say.
    unsafe { rt::syscall::raw(number, eight) }
}

/// Reads a status out of RAX, of which all 64 bits must fit.
///
/// # Panics
/// If they do not.
#[track_caller]
pub fn status(register: u64) -> Status {
    let value = i32::try_from(register.cast_signed());
    Status::from_raw(value.expect("a status is sign-extended to all of RAX"))
}

/// Writes a function for every line of the table.
macro_rules! wrap {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:tt;)*) => {
        $(one! { $(#[$doc])* $variant $name($($argument),*) -> $result })*
    };
}

/// Writes one function, if the call returns a status.
macro_rules! one {
    ($(#[$doc:meta])* $variant:ident $name:ident($($argument:ident),*) -> Status) => {
        $(#[$doc])*
        #[track_caller]
        pub fn $name($($argument: impl Word),*) -> Status {
            status(invoke(Call::$variant as u64, [$($argument.word()),*]))
        }
    };
    ($(#[$doc:meta])* $variant:ident $name:ident($($argument:ident),*) -> $other:tt) => {};
}

/// The functions themselves.
#[expect(clippy::too_many_arguments, reason = "the arguments of a call are what the table says")]
mod table {
    use super::*;

    abi::for_each_call!(wrap);
}

pub use table::*;

/// Closes a handle that must be open.
///
/// # Panics
/// If it is not.
#[track_caller]
pub fn close(handle: RawHandle) {
    assert_eq!(handle_close(handle), Status::OK, "closing {handle:#x}");
}
