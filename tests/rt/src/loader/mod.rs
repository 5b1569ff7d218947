//! Loads programs from ring 3, with the public calls only.
//!
//! ```text
//!  root VMAR of the new process
//!  ├─ image VMAR: random, or fixed for ET_EXEC      ├─ stack VMAR: random
//!  │   text    R-X  VMO made executable             │   guard   nothing
//!  │   rodata  R--  VMO                             │   stack   RW-  VMO
//!  │   data    RW-  VMO, its RELRO part R--         │   guard   nothing
//! ```
//!
//! [`image`] takes an ELF file apart, [`place`] puts it into an address space, [`stack`] adds the stack, and
//! [`Program`] makes the process, sends the start message and starts it. [`archive`] finds files in the ramdisk.

pub mod archive;
pub mod error;
pub mod image;
pub mod place;
pub mod program;
pub mod stack;

#[cfg(test)]
mod tests;

pub use archive::Archive;
pub use error::LoadError;
pub use image::Image;
pub use program::{Child, Program, run};
