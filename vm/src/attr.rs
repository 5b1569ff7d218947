//! What a page may be used for, and how it is cached.

use core::fmt::{self, Write};

use abi::{CachePolicy, Rights, VmOptions};
use bitflags::bitflags;

bitflags! {
    /// What may be done with a page. Empty is legal: a mapping that only reserves.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Perms: u8 {
        /// Loads.
        const READ = 1;
        /// Stores.
        const WRITE = 2;
        /// Instruction fetches.
        const EXECUTE = 4;
    }
}

impl Perms {
    /// Returns the permissions asked for by the `PERM_*` bits of `options`.
    pub fn requested(options: VmOptions) -> Perms {
        Perms::from_bits_truncate((options & VmOptions::PERMS).bits() as u8)
    }

    /// Returns the permissions that the `CAN_MAP_*` bits of `options` allow.
    pub fn allowed(options: VmOptions) -> Perms {
        const SHIFT: u32 = VmOptions::CAN_MAP_READ.bits().trailing_zeros();
        Perms::from_bits_truncate(
            (options & VmOptions::CAN_MAP_PERMS).bits().wrapping_shr(SHIFT) as u8
        )
    }

    /// Returns the permissions that a handle with `rights` can give.
    pub fn granted(rights: Rights) -> Perms {
        const SHIFT: u32 = Rights::READ.bits().trailing_zeros();
        Perms::from_bits_truncate(rights.bits().wrapping_shr(SHIFT) as u8)
    }
}

impl fmt::Display for Perms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |perm, letter| if self.contains(perm) { letter } else { '-' };
        f.write_char(letter(Perms::READ, 'r'))?;
        f.write_char(letter(Perms::WRITE, 'w'))?;
        f.write_char(letter(Perms::EXECUTE, 'x'))
    }
}

/// What a memory access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Execute,
}

impl Access {
    /// Returns the permissions that the access needs. Fetching needs reading too, as x86_64 cannot tell them apart.
    pub const fn needs(self) -> Perms {
        match self {
            Access::Read => Perms::READ,
            Access::Write => Perms::WRITE,
            Access::Execute => Perms::READ.union(Perms::EXECUTE),
        }
    }
}

/// Everything that a page-table entry says beside the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr {
    /// What may be done with the page.
    pub perms: Perms,
    /// Ring 3 may use it.
    pub user: bool,
    /// Every address space has the same entry, so it may outlive a load of CR3.
    pub global: bool,
    /// How it is cached.
    pub cache: CachePolicy,
}

impl Attr {
    /// A page of ring 3.
    pub const fn user(perms: Perms) -> Attr {
        Attr { perms, user: true, global: false, cache: CachePolicy::Cached }
    }

    /// A page of the kernel.
    pub const fn kernel(perms: Perms) -> Attr {
        Attr { perms, user: false, global: true, cache: CachePolicy::Cached }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn permissions_are_printed_as_three_letters() {
        assert_eq!(Perms::empty().to_string(), "---");
        assert_eq!((Perms::READ | Perms::EXECUTE).to_string(), "r-x");
        assert_eq!(Perms::all().to_string(), "rwx");
    }

    #[test]
    fn permissions_of_options_and_rights_agree() {
        assert_eq!(
            Perms::requested(VmOptions::PERM_READ | VmOptions::PERM_EXECUTE),
            Perms::READ | Perms::EXECUTE
        );
        assert_eq!(Perms::allowed(VmOptions::CAN_MAP_WRITE | VmOptions::PERM_READ), Perms::WRITE);
        assert_eq!(
            Perms::granted(Rights::READ | Rights::EXECUTE | Rights::MAP),
            Perms::READ | Perms::EXECUTE
        );
    }
}
