//! Registers that no decent program has when it enters the kernel.
//!
//! # Source
//! `handles-rights-errors.md` §8; `faults.md` §4 and §7.

use super::cases;
use crate::fixture::*;
use crate::{part, probe, zx};
use abi::Call;
use abi::layout::KERNEL_VMAR_BASE;
use core::arch::asm;
use rt::{Channel, Process, Status, Thread, start, time};

cases! { hostile_registers:
    any_stack_pointer_goes_in_and_comes_out,
    interrupts_with_any_stack_pointer,
    the_direction_flag_does_not_reach_the_kernel,
    the_alignment_flag_does_not_open_the_kernel,
    the_nested_task_flag_is_dropped,
    harmless_flags_come_back,
    single_steps_kill_behind_the_call,
    the_io_privilege_level_stays,
    the_gs_base_may_be_a_kernel_address,
    the_fs_base_is_kept,
    segment_registers_may_be_null,
    faults_with_a_kernel_gs_base,
    a_call_from_the_last_page,
    a_kernel_entry_point_is_refused,
    a_kernel_stack_is_nobodys_business,
}

/// What came out of a system call made with hostile registers.
struct Outcome {
    rax: u64,
    rsp: u64,
    flags: u64,
}

/// Makes the call `number` without arguments, with RSP = `stack` and `flags` set.
fn call_with(number: u64, stack: u64, flags: u64) -> Outcome {
    let (rax, rsp, flags_after);
    // SAFETY: the stack pointer is back before anything uses it, and so are the flags; the call takes no address.
    unsafe {
        asm!(
            "mov r14, rsp",
            "pushfq",
            "or [rsp], r13",
            "popfq",
            "mov rsp, r12",
            "syscall",
            "mov r15, rsp",
            "mov rsp, r14",
            "pushfq",
            "pop r13",
            "push 0x202",
            "popfq",
            inlateout("rax") number => rax,
            inlateout("rdi") 0_u64 => _,
            inlateout("rsi") 0_u64 => _,
            inlateout("rdx") 0_u64 => _,
            in("r12") stack,
            inlateout("r13") flags => flags_after,
            out("r14") _,
            out("r15") rsp,
            out("rcx") _,
            out("r11") _,
            out("r8") _,
            out("r9") _,
            out("r10") _,
        );
    }
    Outcome { rax, rsp, flags: flags_after }
}

/// Stack pointers that point to nothing a program could use.
const STACKS: [u64; 9] =
    [0, 1, 8, PAGE, (1 << 47) - 8, 1 << 47, 1 << 63, KERNEL_VMAR_BASE, u64::MAX];

fn any_stack_pointer_goes_in_and_comes_out() {
    for stack in STACKS {
        for number in [Call::SyscallTest0 as u64, Call::ThreadLegacyYield as u64] {
            let outcome = call_with(number, stack, 0);
            assert_eq!((outcome.rax, outcome.rsp), (0, stack));
        }
    }
}

fn interrupts_with_any_stack_pointer() {
    for stack in STACKS {
        // SAFETY: the stack pointer is back before anything uses it.
        unsafe {
            asm!(
                "mov {saved}, rsp",
                "mov rsp, {stack}",
                "2: dec {count}",
                "jnz 2b",
                "mov rsp, {saved}",
                saved = out(reg) _,
                stack = in(reg) stack,
                count = inout(reg) 3_000_000_u64 => _,
            );
        }
    }
}

/// Flags that a program can set: direction, alignment check, nested task, CPUID available.
const DF: u64 = 1 << 10;
const NT: u64 = 1 << 14;
const AC: u64 = 1 << 18;
const ID: u64 = 1 << 21;

/// Makes a `vmo_write` of eight bytes with `flags` set.
fn write_with(flags: u64, vmo: u32, buffer: u64) -> u64 {
    let rax;
    // SAFETY: the flags are back before anything depends on them; the kernel only reads the buffer.
    unsafe {
        asm!(
            "pushfq",
            "or [rsp], {flags}",
            "popfq",
            "syscall",
            "push 0x202",
            "popfq",
            flags = in(reg) flags,
            inlateout("rax") Call::VmoWrite as u64 => rax,
            inlateout("rdi") u64::from(vmo) => _,
            inlateout("rsi") buffer => _,
            inlateout("rdx") 0_u64 => _,
            inlateout("r10") 8_u64 => _,
            out("r8") _,
            out("r9") _,
            out("rcx") _,
            out("r11") _,
        );
    }
    rax
}

fn the_direction_flag_does_not_reach_the_kernel() {
    let (object, source) = (vmo(1), vmo(1));
    source.write(0, &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    assert_eq!(write_with(DF, object.raw(), map(&source, 1, R)), 0);
    let mut bytes = [0; 8];
    object.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8]);
}

fn the_alignment_flag_does_not_open_the_kernel() {
    let object = vmo(1);
    let source = map(&vmo(1), 1, R);
    assert_eq!(write_with(AC, object.raw(), source + 1), 0);
    let not_found = i64::from(Status::NOT_FOUND.into_raw()).cast_unsigned();
    assert_eq!(write_with(AC, object.raw(), KERNEL_VMAR_BASE), not_found);
    assert_eq!(write_with(AC, object.raw(), 0), not_found);
}

fn the_nested_task_flag_is_dropped() {
    let outcome = call_with(Call::SyscallTest0 as u64, 0, NT);
    assert_eq!(outcome.rax, 0);
    assert_eq!(outcome.flags & NT, 0);
    assert_eq!(call_with(Call::ThreadLegacyYield as u64, 0, NT).rax, 0);
}

fn harmless_flags_come_back() {
    for flag in [DF, AC, ID] {
        let outcome = call_with(Call::ThreadLegacyYield as u64, 0, flag);
        assert_eq!((outcome.rax, outcome.flags & flag), (0, flag), "{flag:#x}");
    }
}

/// Sets TF right before SYSCALL.
fn call_single_stepped(number: u64) {
    // SAFETY: to die of the trap is what this process is for.
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x100",
            "popfq",
            "syscall",
            "nop",
            "nop",
            inlateout("rax") number => _,
            inlateout("rdi") 0_u64 => _,
            out("rsi") _,
            out("rdx") _,
            out("rcx") _,
            out("r8") _,
            out("r9") _,
            out("r10") _,
            out("r11") _,
        );
    }
}

fn single_steps_kill_behind_the_call() {
    for call in [Call::SyscallTest0, Call::ThreadLegacyYield, Call::HandleClose] {
        part::dies(call_single_stepped, call as u64);
    }
}

/// Asks for I/O privilege and reads a port.
fn read_a_port(_: u64) {
    // SAFETY: to die of the port is what this process is for.
    unsafe { asm!("pushfq", "or qword ptr [rsp], 0x3000", "popfq", "in al, 0x60", out("al") _) };
}

fn the_io_privilege_level_stays() {
    part::dies(read_a_port, 0);
    let outcome = call_with(Call::SyscallTest0 as u64, 0, 0x3000);
    assert_eq!((outcome.rax, outcome.flags & 0x3000), (0, 0));
}

/// Sets the GS base.
fn set_gs_base(address: u64) {
    // SAFETY: no code of this program uses GS.
    unsafe { asm!("wrgsbase {}", in(reg) address) };
}

fn the_gs_base_may_be_a_kernel_address() {
    for base in [KERNEL_VMAR_BASE, 0xFFFF_8000_0000_0000, 0xFFFF_FFFF_8000_0000, 0, 1 << 46] {
        set_gs_base(base);
        assert_eq!(zx::syscall_test_0(), Status::OK);
        time::sleep(1_000_000).unwrap();
        assert_eq!(probe::read(0), Err(Status::NOT_FOUND));
        let after: u64;
        // SAFETY: reads a register.
        unsafe { asm!("rdgsbase {}", out(reg) after) };
        assert_eq!(after, base);
    }
}

fn the_fs_base_is_kept() {
    for base in [0x1234_5678_9000, KERNEL_VMAR_BASE, 8] {
        // SAFETY: no code of this program uses FS.
        unsafe { asm!("wrfsbase {}", in(reg) base) };
        time::sleep(1_000_000).unwrap();
        part::passes(|_| (), 0, alloc::vec::Vec::new());
        let after: u64;
        // SAFETY: reads a register.
        unsafe { asm!("rdfsbase {}", out(reg) after) };
        assert_eq!(after, base);
    }
}

fn segment_registers_may_be_null() {
    // SAFETY: no code of this program uses these segments; in 64-bit mode DS and ES have no base or limit.
    unsafe {
        asm!(
            "xor eax, eax",
            "mov ds, eax",
            "mov es, eax",
            "mov fs, eax",
            "mov gs, eax",
            out("eax") _,
        );
    }
    assert_eq!(zx::syscall_test_0(), Status::OK);
    time::sleep(3_000_000).unwrap();
    assert_eq!(probe::read(map(&numbered(1, 3), 1, R)), Ok(3));
}

fn fault_with_gs_base(base: u64) {
    set_gs_base(base);
    // SAFETY: to die of it is what this process is for.
    unsafe { rt::memory::store(0, 1_u8) };
}

fn faults_with_a_kernel_gs_base() {
    for base in [KERNEL_VMAR_BASE, 0, u64::MAX] {
        part::dies(fault_with_gs_base, base);
    }
}

/// Executes SYSCALL as the last instruction of the highest page there is; the next one lies outside.
fn call_at_the_end(_: u64) {
    let code = vmo(1);
    code.write(PAGE - 2, &[0x0F, 0x05]).unwrap();
    let code = code.into_executable().unwrap();
    let info = root().region().unwrap();
    let page = root().map(SPECIFIC | RX, info.len - PAGE, &code, 0, PAGE).unwrap();
    // SAFETY: to die of what comes behind the instruction is what this process is for.
    unsafe {
        asm!("jmp {}", in(reg) page + PAGE - 2, in("rax") Call::SyscallTest0 as u64, options(noreturn))
    };
}

fn a_call_from_the_last_page() {
    part::dies(call_at_the_end, 0);
}

/// Makes a process with a thread that was not started.
fn process_with_thread() -> (Process, Thread) {
    let (process, _) = Process::create(start().job(), "hostile").unwrap();
    let thread = Thread::create(&process, "thread").unwrap();
    (process, thread)
}

fn a_kernel_entry_point_is_refused() {
    let (process, thread) = process_with_thread();
    let mine = Thread::create(start().process(), "mine").unwrap();
    for entry in [1 << 47, 1 << 63, KERNEL_VMAR_BASE, 0xFFFF_FFFF_8000_0000, u64::MAX] {
        assert_eq!(
            process.start(&thread, entry, 0, None, 0),
            Err(Status::INVALID_ARGS),
            "{entry:#x}"
        );
        assert_eq!(zx::thread_start(&mine, entry, 0, 0, 0), Status::INVALID_ARGS, "{entry:#x}");
    }
    let (handle, _other) = Channel::create().unwrap();
    let handle = handle.into_handle().into_raw();
    assert_eq!(zx::process_start(&process, &thread, u64::MAX, 0, handle, 0), Status::INVALID_ARGS);
    assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE, "consumed");
}

fn a_kernel_stack_is_nobodys_business() {
    for stack in STACKS {
        let (process, thread) = process_with_thread();
        assert_eq!(process.start(&thread, PAGE, stack, None, 0), Ok(()), "{stack:#x}");
        assert_eq!(process.join(), Ok(abi::object::EXIT_CODE_EXCEPTION), "{stack:#x}");
    }
}
