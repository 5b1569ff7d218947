//! Segments and the task state: the descriptor tables that one CPU has of its own.
//!
//! ```text
//!   selector  0x00 null   0x08 kernel code   0x10 kernel data   0x1b ring-3 data   0x23 ring-3 code   0x28 task state (two slots)
//! ```
//!
//! There is no local table: a selector of one is refused.
//!
//! SYSRET wants ring-3 data right below ring-3 code (Intel SDM 2B SYSRET). Traps that may meet a bad stack get one of their own:
//!
//! ```text
//!   +----------------------------------+---------------+------+
//!   |  <-- grows down                  | *const PerCpu |      |   IstStack
//!   +----------------------------------+---------------+------+
//!                                      ^ what the task state holds, a multiple of 16
//! ```
//!
//! so that their entry finds the CPU's data without trusting GS, which may be ring 3's when they come.
#![expect(
    unsafe_code,
    reason = "loading descriptor tables decides what every address and selector means"
)]

use core::arch::asm;
use core::cell::UnsafeCell;

use x86_64::PrivilegeLevel;
use x86_64::VirtAddr;
use x86_64::instructions::segmentation::{CS, DS, ES, FS, GS, SS, Segment};
use x86_64::instructions::tables::load_tss;
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

use super::cpu::PerCpu;

/// Kernel code.
pub const KERNEL_CODE: SegmentSelector = SegmentSelector::new(1, PrivilegeLevel::Ring0);
/// Kernel data.
pub const KERNEL_DATA: SegmentSelector = SegmentSelector::new(2, PrivilegeLevel::Ring0);
/// Data and stack of ring 3.
pub const USER_DATA: SegmentSelector = SegmentSelector::new(3, PrivilegeLevel::Ring3);
/// 64-bit code of ring 3.
pub const USER_CODE: SegmentSelector = SegmentSelector::new(4, PrivilegeLevel::Ring3);

/// The stack of double faults, by its slot in the task state (0 to 6).
pub(super) const DOUBLE_FAULT_STACK: u16 = 0;
/// The stack of non-maskable interrupts.
pub(super) const NMI_STACK: u16 = 1;
/// The stack of machine checks.
pub(super) const MACHINE_CHECK_STACK: u16 = 2;

const IST_STACKS: usize = 3;
/// A panic report with its symbols is written on one of these.
const IST_STACK_SIZE: usize = 16 * 1024;

#[repr(C, align(16))]
struct IstStack {
    room: [u8; IST_STACK_SIZE],
    owner: *const PerCpu,
}

/// One CPU's descriptor tables and the stacks they name.
pub(super) struct Descriptors {
    table: UnsafeCell<GlobalDescriptorTable>,
    task_state: UnsafeCell<TaskStateSegment>,
    stacks: UnsafeCell<[IstStack; IST_STACKS]>,
}

impl Descriptors {
    pub(super) const fn new() -> Descriptors {
        Descriptors {
            table: UnsafeCell::new(GlobalDescriptorTable::new()),
            task_state: UnsafeCell::new(TaskStateSegment::new()),
            stacks: UnsafeCell::new(
                [const { IstStack { room: [0; IST_STACK_SIZE], owner: core::ptr::null() } };
                    IST_STACKS],
            ),
        }
    }

    /// Fills and loads the tables for the CPU whose data is `owner`. Once per CPU; resets the bases of FS and GS.
    pub(super) fn load(&'static self, owner: *const PerCpu) {
        // SAFETY: this CPU is the only user and has not loaded the tables before, so no other reference to them exists.
        let (table, task_state, stacks) = unsafe {
            (&mut *self.table.get(), &mut *self.task_state.get(), &mut *self.stacks.get())
        };
        let mut tops = [VirtAddr::zero(); 7];
        for (top, stack) in tops.iter_mut().zip(stacks) {
            stack.owner = owner;
            *top = VirtAddr::from_ptr(&raw const stack.owner);
        }
        task_state.interrupt_stack_table = tops;
        table.append(Descriptor::kernel_code_segment());
        table.append(Descriptor::kernel_data_segment());
        table.append(Descriptor::user_data_segment());
        table.append(Descriptor::user_code_segment());
        // SAFETY: the task state lives as long as the CPU does.
        let task =
            table.append(unsafe { Descriptor::tss_segment_unchecked(self.task_state.get()) });
        // SAFETY: the table is static and from here on only the processor uses it; the selectors name the segments just
        // appended, in that order, and nothing in the kernel depends on the bases of FS and GS yet.
        unsafe {
            (*self.table.get()).load_unsafe();
            CS::set_reg(KERNEL_CODE);
            SS::set_reg(KERNEL_DATA);
            DS::set_reg(SegmentSelector::NULL);
            ES::set_reg(SegmentSelector::NULL);
            FS::set_reg(SegmentSelector::NULL);
            GS::set_reg(SegmentSelector::NULL);
            // After a reset there is a local table, at address 0.
            asm!("lldt {:x}", in(reg) 0_u16, options(nostack, preserves_flags));
            load_tss(task);
        }
    }

    /// Makes interrupts and exceptions from ring 3 start on the stack that ends at `top`.
    pub(super) fn set_privileged_stack(&self, top: VirtAddr) {
        // SAFETY: the processor reads the slot only on a trap from ring 3, and this CPU is in the kernel; nobody else has a
        // reference. The slot is not aligned, as the task state is packed.
        unsafe {
            (&raw mut (*self.task_state.get()).privilege_stack_table)
                .cast::<VirtAddr>()
                .write_unaligned(top)
        };
    }
}
