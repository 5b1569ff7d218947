//! Addresses that a process knows: memory of its own for arguments and results, regions and mappings it has made, and places where
//! nothing of its can be.

use crate::random::Random;
use abi::RawHandle;
use abi::layout::{KERNEL_VMAR_BASE, PAGE_SIZE, USER_BASE, USER_END};
use rt::{Result, VmOptions, Vmo, VmoOptions, start};

/// Bytes for arguments and results.
pub(crate) const SCRATCH: u64 = 16 * PAGE_SIZE;
/// The same, as the length of an array.
const SCRATCH_BYTES: usize = 16 * 4096;
const _: () = assert!(SCRATCH_BYTES as u64 == SCRATCH);
/// Addresses that are remembered.
const ROOM: usize = 24;

/// Addresses at which the kernel must not read or write for anybody.
pub(crate) const HOSTILE: [u64; 16] = [
    0,
    1,
    8,
    PAGE_SIZE,
    USER_BASE - 1,
    USER_END,
    USER_END - 4,
    (1 << 47) - 1,
    1 << 47,
    1 << 48,
    1 << 63,
    0xFFFF_7FFF_FFFF_FFFF,
    0xFFFF_8000_0000_0000,
    KERNEL_VMAR_BASE,
    0xFFFF_FFFF_8000_0000,
    u64::MAX,
];

/// Bytes of a region that mappings are made in: what is done there hurts nobody.
const REGION: u64 = 1 << 30;

/// Addresses.
pub(crate) struct Places {
    /// Regions to make mappings in.
    pub(crate) regions: [RawHandle; 3],
    scratch: u64,
    known: [u64; ROOM],
    next: usize,
}

impl Places {
    /// Maps memory for arguments and results, commits it, and makes regions for everything else.
    ///
    /// # Errors
    /// Those of the calls.
    pub(crate) fn new() -> Result<Self> {
        let vmo = Vmo::create(SCRATCH, VmoOptions::empty())?;
        vmo.write(0, &[0x5A; SCRATCH_BYTES])?;
        let root = start().root_vmar();
        let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let scratch = root.map(options, 0, &vmo, 0, SCRATCH)?;
        let mut places = Self { regions: [0; 3], scratch, known: [0; ROOM], next: 0 };
        let options = VmOptions::CAN_MAP_PERMS | VmOptions::CAN_MAP_SPECIFIC;
        for (index, handle) in places.regions.iter_mut().enumerate() {
            let (region, base) = root.allocate(options, 0, REGION)?;
            *handle = region.into_handle().into_raw();
            places.known[index..].fill(base);
        }
        Ok(places)
    }

    /// Remembers an address, and forgets an older one.
    pub(crate) fn add(&mut self, address: u64) {
        self.known[self.next % ROOM] = address;
        self.next += 1;
    }

    /// Returns an address that is known, or one close to it.
    pub(crate) fn near(&self, random: &mut Random) -> u64 {
        let known = random.pick(&self.known);
        match random.below(4) {
            0 | 1 => known,
            2 => known.wrapping_add(random.below(8) * PAGE_SIZE),
            _ => known.wrapping_add(random.below(2 * PAGE_SIZE)).wrapping_sub(PAGE_SIZE),
        }
    }

    /// Returns where an argument or a result may be, as a rule.
    pub(crate) fn buffer(&self, random: &mut Random) -> u64 {
        match random.below(20) {
            0 => random.pick(&HOSTILE),
            1 => self.near(random),
            2 => self.scratch + SCRATCH - random.below(64),
            3 => self.scratch + random.below(SCRATCH),
            _ => self.scratch + random.below(SCRATCH / 64) * 64,
        }
    }

    /// Says whether `len` bytes at `address` are in the memory for arguments and results.
    pub(crate) fn is_scratch(&self, address: u64, len: u64) -> bool {
        address >= self.scratch && address.saturating_add(len) <= self.scratch + SCRATCH
    }
}
