//! The interrupt descriptor table: a gate for each of the 256 vectors.
#![expect(
    unsafe_code,
    reason = "a gate says where the processor goes on a trap, and on which stack"
)]

use spin::Once;
use x86_64::VirtAddr;
use x86_64::instructions::tables::lidt;
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::idt::{Entry, HandlerFunc};
use x86_64::{PrivilegeLevel, structures::idt::ExceptionVector};

use super::gdt;
use super::vectors::{self, VECTORS};

type Table = [Entry<HandlerFunc>; VECTORS];

static TABLE: Once<Table> = Once::new();

/// Loads the table that all CPUs share.
pub fn load() {
    let table = TABLE.call_once(build);
    #[expect(clippy::cast_possible_truncation, reason = "256 gates of 16 bytes")]
    let limit = size_of::<Table>().wrapping_sub(1) as u16;
    let pointer = DescriptorTablePointer { limit, base: VirtAddr::from_ptr(table) };
    // SAFETY: the table is static, has a gate for every vector, and each gate leads to that vector's entry.
    unsafe { lidt(&pointer) };
}

fn build() -> Table {
    let mut table = [const { Entry::missing() }; VECTORS];
    for (vector, gate) in (0..=u8::MAX).zip(&mut table) {
        // SAFETY: the address is that of this vector's entry, made for being reached through an interrupt gate; and each
        // of the three slots holds a stack of its own.
        let options = unsafe {
            let options = gate.set_handler_addr(vectors::entry_of(vector));
            options.set_code_selector(gdt::KERNEL_CODE);
            match ist_slot(vector) {
                Some(slot) => options.set_stack_index(slot),
                None => options,
            }
        };
        // INT3 is the one instruction that ring 3 may enter by; for INT n of any other vector the processor raises #GP.
        if vector == ExceptionVector::Breakpoint as u8 {
            options.set_privilege_level(PrivilegeLevel::Ring3);
        }
    }
    table
}

/// Returns the stack of its own that `vector` is given, if any.
pub(super) fn ist_slot(vector: u8) -> Option<u16> {
    const DOUBLE_FAULT: u8 = ExceptionVector::Double as u8;
    const NMI: u8 = ExceptionVector::NonMaskableInterrupt as u8;
    const MACHINE_CHECK: u8 = ExceptionVector::MachineCheck as u8;
    match vector {
        DOUBLE_FAULT => Some(gdt::DOUBLE_FAULT_STACK),
        NMI => Some(gdt::NMI_STACK),
        MACHINE_CHECK => Some(gdt::MACHINE_CHECK_STACK),
        _ => None,
    }
}
