//! The bases of FS and GS that ring 3 sees.
//!
//! Ring 3 can change them itself, by WRFSBASE and WRGSBASE or by loading a selector, so they are read back when a thread stops
//! running. While the kernel runs, ring 3's GS base is in `KERNEL_GS_BASE` (see [`vectors`](super::vectors)).

use x86_64::VirtAddr;
use x86_64::registers::model_specific::{FsBase, KernelGsBase};

/// Returns ring 3's FS base.
pub fn fs_base() -> u64 {
    FsBase::read().as_u64()
}

/// Sets ring 3's FS base; an address that is not canonical is made so.
pub fn set_fs_base(base: u64) {
    FsBase::write(VirtAddr::new_truncate(base));
}

/// Returns ring 3's GS base.
pub fn user_gs_base() -> u64 {
    KernelGsBase::read().as_u64()
}

/// Sets ring 3's GS base; an address that is not canonical is made so.
pub fn set_user_gs_base(base: u64) {
    KernelGsBase::write(VirtAddr::new_truncate(base));
}
