//! The machine's memory and the kernel's address space: the two things that everything else is made in.
#![expect(unsafe_code, reason = "the direct map is where physical memory meets addresses")]

use core::ops::Range;

use abi::layout::KERNEL_VMAR_BASE;
use abi::{CachePolicy, Rights, VmOptions};
use spin::Once;
use vm::{Aspace, MapRequest, Memory, Ref, Result, Tables, Vmar, Vmo};

use crate::arch::tlb::Processors;
use crate::arch::usize_of;
use crate::boot;

/// Where all physical memory is mapped; the first address of the kernel's half.
pub const DIRECT_MAP: u64 = 0xffff_8000_0000_0000;

/// The most memory that fits in the direct map: up to the kernel's address space.
const DIRECT_MAP_LEN: u64 = KERNEL_VMAR_BASE - DIRECT_MAP;

/// The size of the region that kernel stacks lie in: an address that is in it and not mapped is a guard.
const STACKS_LEN: u64 = 1 << 36;

static MEMORY: Once<Memory> = Once::new();
static KERNEL: Once<Ref<Aspace>> = Once::new();
static STACKS: Once<Vmar> = Once::new();

/// Returns where the physical `address` is mapped for reading.
pub fn direct(address: u64) -> *const u8 {
    direct_mut(address)
}

/// Returns where the physical `address` is mapped.
pub fn direct_mut(address: u64) -> *mut u8 {
    core::ptr::with_exposed_provenance_mut(usize_of(DIRECT_MAP.wrapping_add(address)))
}

/// Returns the physical address of what `pointer` points to, if that is in the direct map.
pub fn direct_address(pointer: *const u8) -> Option<u64> {
    let address = (pointer.addr() as u64).checked_sub(DIRECT_MAP)?;
    (address < DIRECT_MAP_LEN).then_some(address)
}

/// Takes charge of the physical memory in `free`, which nobody uses.
///
/// # Panics
/// If there is none.
pub(crate) fn init(free: &[Range<u64>]) {
    MEMORY.call_once(|| {
        // SAFETY: the bootloader maps all physical memory at the direct map, as the kernel's own tables will; it has declared the
        // ranges unused, and this is called once.
        unsafe { Memory::new(direct_mut(0), free, &Processors) }.expect("some memory is free")
    });
}

/// Makes the kernel's address space over `tables`, with the pages of the kernel `image` reserved in it.
///
/// # Panics
/// If memory is out.
pub(crate) fn init_kernel_aspace(tables: Tables, image: Range<u64>) {
    let make = || -> Result<(Ref<Aspace>, Vmar)> {
        let aspace = Aspace::kernel(memory(), tables, boot::layout_seed())?;
        let root = Aspace::root(&aspace);
        let image_len = image.end.wrapping_sub(image.start);
        root.allocate(
            Rights::all(),
            VmOptions::SPECIFIC,
            image.start.wrapping_sub(root.base()),
            image_len,
        )?;
        let flags =
            VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE | VmOptions::CAN_MAP_SPECIFIC;
        let stacks = root.allocate(Rights::all(), flags, 0, STACKS_LEN)?;
        Ok((aspace, stacks))
    };
    let (aspace, stacks) = make().expect("memory for the kernel's address space");
    KERNEL.call_once(|| aspace);
    STACKS.call_once(|| stacks);
}

/// Returns the machine's memory.
///
/// # Panics
/// Before boot has found it.
pub fn memory() -> &'static Memory {
    MEMORY.get().expect("memory is found early in boot")
}

/// Returns the kernel's address space.
///
/// # Panics
/// Before boot has made it.
pub fn kernel_aspace() -> &'static Ref<Aspace> {
    KERNEL.get().expect("the kernel's address space is made early in boot")
}

/// Returns the region of the kernel's address space that its stacks lie in, if there is one yet.
pub fn stacks() -> Option<&'static Vmar> {
    STACKS.get()
}

/// Maps `len` bytes of device registers, at the physical `address`, and returns where. They stay mapped.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`](vm::Status::INVALID_ARGS): not whole pages.
/// 2. [`Status::NO_MEMORY`](vm::Status::NO_MEMORY): memory is out.
pub fn map_device(address: u64, len: u64, cache: CachePolicy) -> Result<u64> {
    let vmo = Vmo::physical(memory(), address, len, cache)?;
    let rights = Rights::READ | Rights::WRITE | Rights::MAP;
    let root = Aspace::root(kernel_aspace());
    let mut mapped = root.map(&MapRequest {
        vmar_rights: rights,
        options: VmOptions::PERM_READ | VmOptions::PERM_WRITE | VmOptions::MAP_RANGE,
        vmar_offset: 0,
        vmo: &vmo,
        vmo_rights: rights,
        vmo_offset: 0,
        len,
    })?;
    while root.show_more(&mut mapped)? {}
    Ok(mapped.address)
}
