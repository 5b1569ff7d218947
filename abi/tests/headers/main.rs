//! Compares the C headers with this crate: writes a C file of assertions and lets the host's gcc judge it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod constants;
mod exceptions;
mod pager;
mod records;

use abi::Call;
use std::fmt::{Display, Write};
use std::path::PathBuf;
use std::process::Command;

/// A C file under construction.
struct Source(String);

impl Source {
    fn new(headers: &[&str]) -> Self {
        let includes = headers.iter().map(|header| format!("#include <{header}>\n"));
        Self(includes.collect())
    }

    /// Asserts that a C expression has a value.
    fn expect(&mut self, expression: impl Display, value: impl Display) {
        writeln!(
            self.0,
            "_Static_assert(({expression}) == {value}, \"{expression} is not {value}\");"
        )
        .unwrap();
    }

    /// Asserts the values of named flags.
    fn expect_flags<F: bitflags::Flags<Bits = u32>>(
        &mut self,
        prefix: &str,
        is_wanted: fn(&str) -> bool,
    ) {
        for flag in F::FLAGS.iter().filter(|flag| is_wanted(flag.name())) {
            self.expect(
                format_args!("{prefix}{}", flag.name()),
                format_args!("{}u", flag.value().bits()),
            );
        }
    }

    /// Compiles the file; the compiler's complaints are the test's.
    fn compile(&self, compiler: &str, options: &[&str]) {
        let unit = std::thread::current().name().unwrap_or("unit").replace(':', "_");
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{unit}-{compiler}.c"));
        std::fs::write(&file, &self.0).unwrap();
        let include = concat!(env!("CARGO_MANIFEST_DIR"), "/include");
        let output = Command::new(compiler)
            .args(["-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fsyntax-only", "-I", include])
            .args(options)
            .arg(&file)
            .output()
            .unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{compiler} refuses {}:\n{complaints}", file.display());
    }
}

/// Every header alone.
const HEADERS: [&str; 23] = [
    "zircon/assert.h",
    "zircon/compiler.h",
    "zircon/features.h",
    "zircon/limits.h",
    "zircon/processargs.h",
    "zircon/status.h",
    "zircon/string_view.h",
    "zircon/time.h",
    "zircon/types.h",
    "zircon/errors.h",
    "zircon/rights.h",
    "zircon/process.h",
    "zircon/syscalls.h",
    "zircon/syscalls/object.h",
    "zircon/syscalls/exception.h",
    "zircon/syscalls/port.h",
    "zircon/syscalls/iommu.h",
    "zircon/syscalls/resource.h",
    "magenta/types.h",
    "magenta/process.h",
    "magenta/syscalls.h",
    "jacinth/calls.h",
    "jacinth/debug.h",
];

#[test]
fn every_header_stands_alone_in_c_and_cxx() {
    for header in HEADERS {
        let source = Source::new(&[header]);
        source.compile("gcc", &["-std=c11"]);
        source.compile("g++", &["-std=c++17", "-x", "c++"]);
        source.compile("g++", &["-std=c++20", "-x", "c++"]);
    }
}

#[test]
fn calls_agree() {
    let mut source = Source::new(&["jacinth/calls.h", "jacinth/debug.h", "zircon/syscalls.h"]);
    source.0.push_str("#define CALL(number, name, arguments) NUMBER_##name = number, ARGUMENTS_##name = arguments,\n");
    source.0.push_str("enum { JACINTH_CALLS(CALL) };\n#undef CALL\n");
    source.0.push_str("#define CALL(number, name, arguments) + 1\n");
    source.expect("0 JACINTH_CALLS(CALL)", Call::ALL.len());
    for call in Call::ALL {
        source.expect(format_args!("NUMBER_{}", call.name()), *call as u64);
        source.expect(format_args!("ARGUMENTS_{}", call.name()), call.argument_count());
        writeln!(source.0, "void* declared_{0} = (void*)zx_{0};", call.name()).unwrap();
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
#[should_panic(expected = "gcc refuses")]
fn a_wrong_number_is_noticed() {
    let mut source = Source::new(&["zircon/errors.h"]);
    source.expect("ZX_ERR_NO_MEMORY", -3);
    source.compile("gcc", &["-std=c11"]);
}
