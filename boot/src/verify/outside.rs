//! The way of someone else's program: `./x cc` builds it, `./x run` gives its output as the output and its code as the status.

use super::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use std::{fs, process::Command};

/// A program, and what running it must come to.
struct Example {
    title: &'static str,
    file: &'static str,
    source: &'static str,
    output: &'static str,
    status: i32,
}

const EXAMPLES: [Example; 3] = [
    Example {
        title: "program from outside: C, its arguments, output and code, and no look behind the scenes",
        file: "arguments.c",
        source: r#"
            #include <jacinth/debug.h>
            #include <stdio.h>
            #include <zircon/process.h>
            #include <zircon/syscalls.h>
            int main(int argc, char **argv) {
                for (int i = 1; i < argc; i++) printf("[%s]\n", argv[i]);
                zx_handle_t vmar;
                zx_vaddr_t base;
                zx_status_t status = zx_vmar_allocate(zx_vmar_root_self(), ZX_VM_CAN_MAP_READ, 0, 0x10000, &vmar, &base);
                zx_debug_page_entry_t entry;
                zx_status_t debug = zx_debug_page_entry(zx_process_self(), base, &entry);
                if (zx_debug_check_invariants(0) != ZX_ERR_NOT_SUPPORTED || zx_debug_count_handles(0) != ZX_ERR_NOT_SUPPORTED ||
                    zx_debug_fail_allocation(1, 0) != ZX_ERR_NOT_SUPPORTED) return 2;
                return status == ZX_OK && debug == ZX_ERR_NOT_SUPPORTED ? 42 : 1;
            }"#,
        output: "[two words]\n[100%]\n",
        status: 42,
    },
    Example {
        title: "program from outside: C++",
        file: "objects.cpp",
        source: r#"
            #include <stdio.h>
            #include <magenta/syscalls.h>
            struct Greeter {
                const char *name;
                Greeter() : name("constructed") {}
                void greet() { printf("%s\n", name); }
            } greeter;
            int main() { greeter.greet(); return 0; }"#,
        output: "constructed\n",
        status: 0,
    },
    Example {
        title: "program from outside: killed by a fault",
        file: "fault.c",
        source: r#"
            #include <stdio.h>
            int main(void) { printf("before\n"); *(volatile int *)8 = 1; printf("after\n"); return 0; }"#,
        output: "before\n",
        status: 139,
    },
];

/// Returns a stage for each example.
pub(super) fn stages() -> impl Iterator<Item = Stage> {
    EXAMPLES.into_iter().map(|example| Stage::call(example.title, move || check(&example)))
}

/// Builds and runs one.
fn check(example: &Example) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot create a directory")?;
    let (source, program) = (folder.path().join(example.file), folder.path().join("program.elf"));
    fs::write(&source, example.source).context("cannot write the program")?;
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let built = Command::new(&this).arg("cc").arg(&source).arg("-o").arg(&program).status()?;
    ensure!(built.success(), "it cannot be built: {built}");

    let run = Command::new(&this)
        .args(["run", "--timeout", "120"])
        .arg(&program)
        .args(["two words", "100%"])
        .output()?;
    let (printed, log) =
        (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    ensure!(
        printed == example.output,
        "it printed {printed:?} where {:?} was due\n{log}",
        example.output
    );
    ensure!(
        run.status.code() == Some(example.status),
        "{} where {} was due\n{log}",
        run.status,
        example.status
    );
    Ok(())
}
