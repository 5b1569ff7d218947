//! What has to hold whatever bytes a reader is given.
//!
//! | target | what is read |
//! |---|---|
//! | [`archive`] | an archive of files, by the loader of ring 3 |
//! | [`calls`] | a system call: its number and registers, by the kernel's table of calls |
//! | [`elf`] | an ELF file, by the loader of ring 3 |
//! | `operations` | a sequence of operations on `vm`, by the model in `vm/tests/model` |
//!
//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz --features libfuzzer elf` looks for bytes for which something does not hold; `./x prove
//! fuzz` does it for all of them. Inputs that reach something new are kept in `corpus`, and a test tries them again: here, and for
//! operations among the model's own tests.

pub mod archive;
pub mod calls;
pub mod elf;
mod user;
