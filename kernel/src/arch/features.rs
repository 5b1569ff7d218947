//! The processor's protection features, switched on where CPUID has them.
#![expect(unsafe_code, reason = "control registers change the rules for all code")]

use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::sync::atomic::Ordering;

use vm::LeafSize;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};
use x86_64::registers::model_specific::{Efer, EferFlags, Msr};

use super::vectors::HAS_CLAC;

/// A bit of CPUID that says whether a feature of CR4 exists (Intel SDM 2A CPUID table 3-8).
struct Feature {
    flag: Cr4Flags,
    exists: bool,
}

/// Switches on write protection, no-execute, SMEP, SMAP, UMIP and what SSE and the FS and GS instructions need.
pub fn enable() {
    let basic = __cpuid(1);
    let extended = __cpuid_count(7, 0);
    let has = |register: u32, bit: u32| register & (1 << bit) != 0;
    let features = [
        Feature {
            flag: Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION,
            exists: has(extended.ebx, 7),
        },
        Feature {
            flag: Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION,
            exists: has(extended.ebx, 20),
        },
        Feature { flag: Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, exists: has(extended.ecx, 2) },
        Feature { flag: Cr4Flags::FSGSBASE, exists: has(extended.ebx, 0) },
        Feature { flag: Cr4Flags::MACHINE_CHECK_EXCEPTION, exists: has(basic.edx, 7) },
        Feature { flag: Cr4Flags::PAGE_GLOBAL, exists: has(basic.edx, 13) },
        Feature {
            flag: Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE,
            exists: has(basic.edx, 25),
        },
    ];
    // SAFETY: write protection only takes away rights that no code of the kernel uses; FXSAVE and SSE state are per thread; the
    // kernel touches memory of ring 3 only in `user_copy`, which lifts SMAP; it never runs code of ring 3.
    unsafe {
        Cr0::update(|flags| {
            flags.insert(
                Cr0Flags::WRITE_PROTECT | Cr0Flags::MONITOR_COPROCESSOR | Cr0Flags::NUMERIC_ERROR,
            );
            flags.remove(
                Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED | Cr0Flags::ALIGNMENT_MASK,
            );
        });
        Efer::update(|flags| flags.insert(EferFlags::NO_EXECUTE_ENABLE));
        Cr4::update(|flags| {
            for feature in features.iter().filter(|feature| feature.exists) {
                flags.insert(feature.flag);
            }
        });
    }
    HAS_CLAC.store(has(extended.ebx, 20), Ordering::Relaxed);
    if has(basic.edx, 16) {
        set_memory_types();
    }
}

/// The page attribute table (Intel SDM 3A 12.12.2): how pages are cached whose entries have PAT, PCD and PWT as the number says.
///
/// ```text
///   entry    7    6    5    4    3    2    1    0
///   was     UC   UC-  WT   WB   UC   UC-  WT   WB
///   is      UC   UC-  WT   WC   UC   UC-  WT   WB
/// ```
const PAGE_ATTRIBUTE_TABLE: u32 = 0x277;
/// Bits of [`PAGE_ATTRIBUTE_TABLE`] for entry 4, and its type that gathers writes.
const ENTRY_4: u64 = 0xFF << 32;
const ENTRY_4_WRITE_COMBINING: u64 = 0x01 << 32;

/// Makes entry 4 of the page attribute table write-combining, as `vm` expects. No page uses it yet.
fn set_memory_types() {
    let mut table = Msr::new(PAGE_ATTRIBUTE_TABLE);
    // SAFETY: the processor has the register, as CPUID said; the types of entries that pages use stay as they are, so that there
    // is nothing in caches or TLBs to forget.
    unsafe {
        let types = table.read();
        table.write(types & !ENTRY_4 | ENTRY_4_WRITE_COMBINING);
    }
}

/// Returns the largest page-table leaf that the processor knows.
pub fn largest_leaf() -> LeafSize {
    let has_extended = __cpuid(0x8000_0000).eax > 0x8000_0000;
    if has_extended && __cpuid(0x8000_0001).edx & (1 << 26) != 0 {
        LeafSize::Huge
    } else {
        LeafSize::Large
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn writes_can_be_combined() {
        // SAFETY: every processor that runs this kernel has the register.
        let types = unsafe { Msr::new(PAGE_ATTRIBUTE_TABLE).read() };
        assert_eq!(types & ENTRY_4, ENTRY_4_WRITE_COMBINING);
        // Write-back and uncached, which entries 0 and 3 are after a reset.
        assert_eq!(types & 0xFF00_00FF, 0x06);
    }

    #[test_case]
    fn protection_is_on() {
        assert!(Cr0::read().contains(Cr0Flags::WRITE_PROTECT));
        assert!(
            Efer::read().contains(EferFlags::NO_EXECUTE_ENABLE | EferFlags::SYSTEM_CALL_EXTENSIONS)
        );
        let extended = __cpuid_count(7, 0);
        let cr4 = Cr4::read();
        assert_eq!(
            cr4.contains(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION),
            extended.ebx & (1 << 7) != 0
        );
        assert_eq!(
            cr4.contains(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION),
            extended.ebx & (1 << 20) != 0
        );
        assert_eq!(
            cr4.contains(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION),
            extended.ecx & (1 << 2) != 0
        );
    }
}
