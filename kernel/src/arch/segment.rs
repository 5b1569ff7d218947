//! The bases of FS and GS that ring 3 sees.
//!
//! Ring 3 can change them itself, by WRFSBASE and WRGSBASE or by loading a selector, so they are read back when a thread stops
//! running. While the kernel runs, ring 3's GS base is in `KERNEL_GS_BASE` (see [`vectors`](super::vectors)).
//!
//! They are plain numbers: a processor refuses addresses that are not canonical, but QEMU's takes them.
#![expect(unsafe_code, reason = "bases of segments are in registers of the processor")]

use x86_64::VirtAddr;
use x86_64::registers::model_specific::{FsBase, KernelGsBase, Msr};

/// IA32_FS_BASE and IA32_KERNEL_GS_BASE (Intel SDM 4 table 2-2).
const FS_BASE: u32 = 0xC000_0100;
const KERNEL_GS_BASE: u32 = 0xC000_0102;

/// Returns ring 3's FS base.
pub fn fs_base() -> u64 {
    // SAFETY: every x86_64 processor has the register, and reading it has no effect.
    unsafe { Msr::new(FS_BASE).read() }
}

/// Sets ring 3's FS base; an address that is not canonical is made so.
pub fn set_fs_base(base: u64) {
    FsBase::write(VirtAddr::new_truncate(base));
}

/// Returns ring 3's GS base.
pub fn user_gs_base() -> u64 {
    // SAFETY: as above.
    unsafe { Msr::new(KERNEL_GS_BASE).read() }
}

/// Sets ring 3's GS base; an address that is not canonical is made so.
pub fn set_user_gs_base(base: u64) {
    KernelGsBase::write(VirtAddr::new_truncate(base));
}
