//! The kernel image: only the entry point, everything else is in the library.

#![no_std]
#![no_main]

bootloader_api::entry_point!(kernel::boot::start, config = &kernel::boot::CONFIG);
