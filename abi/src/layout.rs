//! Sizes and limits of address spaces.
//!
//! ```text
//!  0x0000_0000_0000_0000  never mapped
//!  0x0000_0000_0020_0000  USER_BASE: the root VMAR of a process begins
//!  0x0000_7FFF_FFFF_F000  USER_END: it ends; the last page below 2^47 stays unmapped, for a SYSCALL
//!                         at its very end would return to a non-canonical address in ring 0
//!  0xFFFF_FF80_0000_0000  KERNEL_VMAR_BASE: the kernel's VMAR tree, 2^39 bytes
//! ```
//!
//! # Source
//! `vmar.md` §4, `vmo.md` §2, `handles-rights-errors.md` §10.

/// Base-2 logarithm of [`PAGE_SIZE`].
pub const PAGE_SHIFT: u32 = 12;
/// Bytes of a page.
pub const PAGE_SIZE: u64 = 1 << PAGE_SHIFT;

/// First address of a process's root VMAR.
pub const USER_BASE: u64 = 0x0000_0000_0020_0000;
/// Bytes of a process's root VMAR.
pub const USER_LEN: u64 = 0x0000_7FFF_FFDF_F000;
/// First address past a process's root VMAR.
pub const USER_END: u64 = USER_BASE + USER_LEN;

/// First address of the kernel's VMAR tree.
pub const KERNEL_VMAR_BASE: u64 = 0xFFFF_FF80_0000_0000;
/// Bytes of the kernel's VMAR tree, up to but not including the last page of the address space.
pub const KERNEL_VMAR_LEN: u64 = (1 << 39) - PAGE_SIZE;

/// Bytes of an object's name, with its terminating NUL.
pub const MAX_NAME_LEN: usize = 32;

/// Largest size of a VMO in bytes: the end of one, rounded up, stays below 2^64.
pub const MAX_VMO_SIZE: u64 = u64::MAX - 2 * PAGE_SIZE + 1;

/// Largest message of a channel in bytes.
pub const MAX_MESSAGE_BYTES: u32 = 65536;
/// Most handles a message of a channel may carry.
pub const MAX_MESSAGE_HANDLES: u32 = 64;
/// Most pieces that a message's bytes can be given in.
pub const MAX_MESSAGE_IOVECS: u32 = 8192;

const _: () = assert!(USER_END == 0x0000_7FFF_FFFF_F000);
const _: () = assert!(KERNEL_VMAR_BASE + KERNEL_VMAR_LEN == 0xFFFF_FFFF_FFFF_F000);
const _: () = assert!(MAX_VMO_SIZE.is_multiple_of(PAGE_SIZE));
