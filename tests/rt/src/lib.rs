//! Runtime of ring-3 programs in Rust.
//!
//! A program is `#![no_std] #![no_main]`, calls [`main!`] once with a function that returns its exit code, and finds here
//! what a standard library would give it: an entry point, arguments and handles, a panic that ends the process, a heap,
//! `println!`, and the system calls: raw under both names ([`zx`], [`mx`]) and typed ([`Vmar`], [`Vmo`], [`Process`], …).
//!
//! ```text
//!  kernel → _start (entry) → start message (start) → main! → exit code → process_exit
//! ```
//!
//! # Soundness
//! Typed calls are safe functions although `unmap`, `protect` and overwriting maps can take memory away from under Rust
//! objects: they deal in plain addresses, and whoever turns an address into a reference or a raw access argues there that the
//! address stays mapped. Handing the runtime's own image, stack or heap to them is outside that contract.
#![no_std]

extern crate alloc;

pub mod channel;
pub mod console;
pub mod debug;
pub mod device;
#[cfg(target_os = "none")]
mod entry;
pub mod event;
pub mod exception;
pub mod futex;
pub mod handle;
#[cfg_attr(not(target_os = "none"), expect(dead_code, reason = "a host has a heap of its own"))]
pub mod heap;
pub mod loader;
pub mod mapping;
pub mod memory;
pub mod message;
pub mod mx;
pub mod pager;
pub mod port;
pub mod process;
pub mod random;
pub mod start;
pub mod syscall;
pub mod thread;
pub mod time;
pub mod vmar;
pub mod vmo;
pub mod zx;

pub use abi;
pub use abi::{Result, Rights, Signals, Status, VmOptions, VmoOptions};
pub use channel::Channel;
pub use device::{Bti, Iommu, Pmt, Resource};
pub use event::{Event, EventPair};
pub use exception::Exception;
pub use handle::{Handle, Job};
pub use mapping::Mapping;
pub use pager::Pager;
pub use port::Port;
pub use process::Process;
pub use start::start;
pub use thread::Thread;
pub use vmar::Vmar;
pub use vmo::Vmo;

/// Exit code of a program that panicked.
pub const EXIT_CODE_PANIC: i64 = 101;

/// Ends the process after what it printed has gone out.
pub fn exit(code: i64) -> ! {
    console::flush();
    // SAFETY: the call takes no address.
    unsafe { zx::process_exit(code) }
}

/// Names the function a program begins with: `fn() -> i64`, whose result is the exit code.
#[macro_export]
macro_rules! main {
    ($main:path) => {
        /// Runs the program; called by the runtime once the start message is read.
        #[unsafe(no_mangle)]
        extern "Rust" fn program_main() -> i64 {
            $main()
        }
    };
}
