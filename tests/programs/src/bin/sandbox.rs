//! A sandbox: a VMAR that can never become executable. Every attempt to execute something in it is refused.
#![no_std]
#![no_main]

use programs::report::Report;
use programs::touch::{self, Access};
use rt::abi::layout::PAGE_SIZE;
use rt::abi::object::EXIT_CODE_EXCEPTION;
use rt::{Result, Rights, Status, VmOptions, Vmar, Vmo, println, start};

rt::main!(main);

const READ_WRITE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE);
const READ_EXECUTE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_EXECUTE);
const SANDBOX: VmOptions =
    VmOptions::CAN_MAP_SPECIFIC.union(VmOptions::CAN_MAP_READ).union(VmOptions::CAN_MAP_WRITE);
const LEN: u64 = 16 * PAGE_SIZE;

fn main() -> i64 {
    println!(
        "sandbox: a VMAR with CAN_MAP_READ and CAN_MAP_WRITE in a root VMAR that allows everything"
    );
    let mut report = Report::new("sandbox");
    if let Err(status) = attempts(&mut report) {
        report.line(false, format_args!("call failed: {status}"));
    }
    report.finish("nothing in it can be executed")
}

/// Makes the sandbox and tries every way there is.
fn attempts(report: &mut Report) -> Result<()> {
    let code = touch::code_vmo()?;
    let (sandbox, base) = start().root_vmar().allocate(SANDBOX, 0, LEN)?;
    let rights = Rights::from_bits_retain(sandbox.basic_info()?.rights);
    let is_without = !rights.contains(Rights::EXECUTE);
    report.line(is_without, format_args!("its handle has no EXECUTE right"));

    let options = VmOptions::SPECIFIC | READ_WRITE;
    let data = sandbox.map(options, 0, &code, 0, PAGE_SIZE);
    report.attempt("map the code to write it, which is allowed", Status::OK, data);
    map(report, &sandbox, &code)?;
    change(report, &sandbox, base);
    jump(report, &code)?;
    sandbox.destroy()?;
    let again = sandbox.destroy();
    report.attempt("use the sandbox once it is destroyed", Status::BAD_STATE, again);
    Ok(())
}

/// Tries to map code so that it can be executed.
fn map(report: &mut Report, sandbox: &Vmar, code: &Vmo) -> Result<()> {
    let mut try_map = |what, vmar: &Vmar, options| {
        let result = vmar.map(options, 0, code, 0, PAGE_SIZE);
        report.attempt(what, Status::ACCESS_DENIED, result);
    };
    try_map("map the code to execute it", sandbox, READ_EXECUTE);
    let overwrite = VmOptions::SPECIFIC_OVERWRITE | READ_EXECUTE;
    try_map("map it over what is there", sandbox, overwrite);
    let (inner, _) = sandbox.allocate(SANDBOX, 0, 2 * PAGE_SIZE)?;
    try_map("map the code in a VMAR inside", &inner, READ_EXECUTE);
    let second = sandbox.duplicate(Rights::SAME_RIGHTS)?;
    try_map("map the code through a second handle", &second, READ_EXECUTE);
    Ok(())
}

/// Tries to make executable what is not.
fn change(report: &mut Report, sandbox: &Vmar, base: u64) {
    let denied = Status::ACCESS_DENIED;
    let result = sandbox.protect(READ_EXECUTE, base, PAGE_SIZE);
    report.attempt("make the writable mapping executable", denied, result);
    let result = start().root_vmar().protect(READ_EXECUTE, base, PAGE_SIZE);
    report.attempt("the same through the root VMAR", denied, result);
    let result = sandbox.allocate(SANDBOX | VmOptions::CAN_MAP_EXECUTE, 0, PAGE_SIZE);
    report.attempt("make a VMAR inside that allows it", denied, result);
    let result = sandbox.duplicate(Rights::VMAR_ROOT_DEFAULT);
    report.attempt("ask for a handle with EXECUTE", Status::INVALID_ARGS, result);
}

/// Jumps to code in a sandbox, and to the same code outside.
fn jump(report: &mut Report, code: &Vmo) -> Result<()> {
    let exit = touch::exit_offset();
    let inside = touch::touch(Access::Execute, |root: &Vmar| {
        let (sandbox, _) = root.allocate(SANDBOX, 0, LEN)?;
        Ok(sandbox.map(READ_WRITE, 0, code, 0, PAGE_SIZE)?.saturating_add(exit))
    })?;
    report.line(
        inside == EXIT_CODE_EXCEPTION,
        format_args!("a process that jumps into it: exit code {inside}"),
    );
    let outside = touch::touch(Access::Execute, |root: &Vmar| {
        Ok(root.map(READ_EXECUTE, 0, code, 0, PAGE_SIZE)?.saturating_add(exit))
    })?;
    report.line(
        outside == 0,
        format_args!("the same jump where execution is allowed: exit code {outside}"),
    );
    Ok(())
}
