//! What several ring-3 programs need.
#![no_std]

extern crate alloc;

pub mod report;
pub mod template;
pub mod touch;
pub mod usage;
pub mod zx;
