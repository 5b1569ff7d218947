//! What the kernel must not be able to do, tried in ring 0: use memory of ring 3 as its own, run data, change its code.
//!
//! An attempt that the processor refuses is a page fault, after which the attempt returns as if nothing had been; the fault's error
//! code is kept, for it tells a page that must not be used so from one that is not there.
#![expect(unsafe_code, reason = "forbidden accesses are made, and recovered from")]

use core::arch::naked_asm;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::{Rights, VmOptions, VmoOptions};
use vm::{Access, Aspace, MapRequest, PAGE_SIZE, Ref, Vmo};
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::structures::idt::PageFaultErrorCode;

use super::{TrapFrame, cpu, load_table_root, user_copy};
use crate::memory::{self, kernel_aspace};

/// The stack pointer at which an attempt that is being made returns; 0 if none is.
static RETURN: AtomicU64 = AtomicU64::new(0);
/// The error code of the last fault of an attempt, with a bit set that no error code has.
static FAULT: AtomicU64 = AtomicU64::new(0);

const HAS_FAULTED: u64 = 1 << 63;

/// Lets the attempt that faulted return, if one is being made; says whether it did.
pub(super) fn recover(frame: &mut TrapFrame) -> bool {
    let stack = RETURN.swap(0, Ordering::Relaxed);
    if stack == 0 {
        return false;
    }
    FAULT.store(frame.error_code | HAS_FAULTED, Ordering::Relaxed);
    frame.rsp = stack;
    frame.rip = finish as *const () as u64;
    true
}

/// Returns from an attempt: the stack pointer is where it was when that was called.
#[unsafe(naked)]
unsafe extern "C" fn finish() {
    naked_asm!("mov qword ptr [rip + {saved}], 0", "ret", saved = sym RETURN)
}

/// Loads a byte.
#[unsafe(naked)]
unsafe extern "C" fn load(address: u64) {
    naked_asm!("mov [rip + {saved}], rsp", "mov al, [rdi]", "jmp {finish}", saved = sym RETURN, finish = sym finish)
}

/// Stores a byte: the first one of a RET, which changes nothing if it is one.
#[unsafe(naked)]
unsafe extern "C" fn store(address: u64) {
    naked_asm!("mov [rip + {saved}], rsp", "mov byte ptr [rdi], 0xc3", "jmp {finish}", saved = sym RETURN, finish = sym finish)
}

/// Calls what should be a RET.
#[unsafe(naked)]
unsafe extern "C" fn call(address: u64) {
    naked_asm!("mov [rip + {saved}], rsp", "call rdi", "jmp {finish}", saved = sym RETURN, finish = sym finish)
}

/// Makes an attempt on `address`; returns the error code of the fault that it ended in, if it did.
fn attempt(access: Access, address: u64) -> Option<PageFaultErrorCode> {
    let routine = match access {
        Access::Read => load,
        Access::Write => store,
        Access::Execute => call,
    };
    FAULT.store(0, Ordering::Relaxed);
    // SAFETY: what is loaded is not used; what is stored is a byte of a page of the test's, or refused; what is called is a RET, or
    // refused; and a fault comes back here.
    unsafe { routine(address) };
    let fault = FAULT.load(Ordering::Relaxed);
    (fault & HAS_FAULTED != 0).then(|| PageFaultErrorCode::from_bits_truncate(fault))
}

const PRESENT: PageFaultErrorCode = PageFaultErrorCode::PROTECTION_VIOLATION;
const WRITE: PageFaultErrorCode = PageFaultErrorCode::CAUSED_BY_WRITE;
const FETCH: PageFaultErrorCode = PageFaultErrorCode::INSTRUCTION_FETCH;

/// An address space in use, with a page in it that ring 3 may use in every way, which is full of RETs.
struct Victim {
    aspace: Ref<Aspace>,
    page: u64,
}

impl Victim {
    fn enter() -> Victim {
        let aspace = Aspace::user(memory::memory(), kernel_aspace(), None).expect("memory");
        let vmo = Vmo::create(memory::memory(), PAGE_SIZE, VmoOptions::empty()).expect("memory");
        vmo.write(0, &[0xC3; 64]).expect("inside");
        let request = MapRequest {
            vmar_rights: Rights::all(),
            options: VmOptions::PERMS,
            vmar_offset: 0,
            vmo: &vmo,
            vmo_rights: Rights::all(),
            vmo_offset: 0,
            len: PAGE_SIZE,
        };
        let page = Aspace::root(&aspace).map(&request).expect("memory").address;
        aspace.fault(page, Access::Write).expect("memory");
        let leaf = aspace.leaf_at(page).expect("an entry");
        assert!(leaf.user && leaf.perms == vm::Perms::all(), "{leaf:?}");
        aspace.enter(0);
        assert_eq!(cpu::current_id(), 0);
        // SAFETY: the kernel is mapped as everywhere, and the address space lives until another is loaded.
        unsafe { load_table_root(aspace.table_root()) };
        Victim { aspace, page }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // SAFETY: the kernel's own tables are there for ever.
        unsafe { load_table_root(kernel_aspace().table_root()) };
        self.aspace.leave(0);
    }
}

#[test_case]
fn attack_reading_ring_3s_memory_is_refused() {
    assert!(Cr4::read().contains(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION));
    let victim = Victim::enter();
    let mut byte = [0];
    user_copy::read(&mut byte, victim.page).expect("the page is there");
    assert_eq!(byte, [0xC3]);
    assert_eq!(attempt(Access::Read, victim.page), Some(PRESENT));
    user_copy::read(&mut byte, victim.page).expect("the page is still there");
}

#[test_case]
fn attack_writing_ring_3s_memory_is_refused() {
    let victim = Victim::enter();
    user_copy::write(victim.page, &[0xC3]).expect("the page is there");
    assert_eq!(attempt(Access::Write, victim.page), Some(PRESENT | WRITE));
}

#[test_case]
fn attack_running_ring_3s_code_is_refused() {
    assert!(Cr4::read().contains(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION));
    let victim = Victim::enter();
    assert_eq!(attempt(Access::Execute, victim.page), Some(PRESENT | FETCH));
}

#[test_case]
fn attack_running_data_is_refused() {
    let on_heap = alloc::boxed::Box::new([0xC3_u8; 64]);
    let on_stack = [0xC3_u8; 64];
    static CONSTANT: [u8; 64] = [0xC3; 64];
    let frame = memory::memory().allocate().expect("memory");
    // SAFETY: the frame is the test's.
    unsafe { memory::direct_mut(frame.address()).write_bytes(0xC3, 64) };
    for data in [
        on_heap.as_ptr() as u64,
        core::hint::black_box(&on_stack).as_ptr() as u64,
        CONSTANT.as_ptr() as u64,
        memory::direct(frame.address()) as u64,
    ] {
        assert_eq!(attempt(Access::Read, data), None, "{data:#x}");
        assert_eq!(attempt(Access::Execute, data), Some(PRESENT | FETCH), "{data:#x}");
    }
    memory::memory().free(frame);
}

#[test_case]
fn attack_changing_code_and_constants_is_refused() {
    let finish = finish as *const () as u64;
    assert_eq!(attempt(Access::Read, finish), None);
    assert_eq!(attempt(Access::Write, finish), Some(PRESENT | WRITE));
    static CONSTANT: [u8; 64] = [7; 64];
    let constant = CONSTANT.as_ptr() as u64;
    assert_eq!(attempt(Access::Write, constant), Some(PRESENT | WRITE));
    assert_eq!(core::hint::black_box(&CONSTANT)[0], 7);
}

#[test_case]
fn attack_null_and_guards_are_not_there() {
    let stack = super::KernelStack::new().expect("memory");
    let [below, above] = stack.guards();
    for address in [0, 8, PAGE_SIZE, below, above] {
        for (access, code) in [
            (Access::Read, PageFaultErrorCode::empty()),
            (Access::Write, WRITE),
            (Access::Execute, FETCH),
        ] {
            assert_eq!(attempt(access, address), Some(code), "{access:?} {address:#x}");
        }
    }
}
