//! Compares the C headers with this crate: writes a C file of assertions and lets the host's gcc judge it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use abi::info::{
    InfoHandleBasic, InfoKmemStats, InfoMaps, InfoMapsMapping, InfoProcess, InfoProcessV1,
    InfoTaskStats, InfoVmar, InfoVmo,
};
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES, MAX_NAME_LEN, PAGE_SIZE};
use abi::object::{self, FIRST_KOID};
use abi::{
    CachePolicy, Call, ObjectType, Rights, Signals, Status, Topic, VmOptions, VmoChildOptions,
    VmoOp, VmoOptions,
};
use std::fmt::{Display, Write};
use std::mem::offset_of;
use std::path::PathBuf;
use std::process::Command;

/// A C file under construction.
struct Source(String);

impl Source {
    fn new(headers: &[&str]) -> Self {
        let includes = headers
            .iter()
            .map(|header| format!("#include <{header}>\n"));
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
        let unit = std::thread::current()
            .name()
            .unwrap_or("unit")
            .replace(':', "_");
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{unit}-{compiler}.c"));
        std::fs::write(&file, &self.0).unwrap();
        let include = concat!(env!("CARGO_MANIFEST_DIR"), "/include");
        let status = Command::new(compiler)
            .args([
                "-Wall",
                "-Wextra",
                "-Werror",
                "-ffreestanding",
                "-fsyntax-only",
                "-I",
                include,
            ])
            .args(options)
            .arg(&file)
            .status()
            .unwrap();
        assert!(status.success(), "{compiler} refuses {}", file.display());
    }
}

/// Asserts size and fields of a record.
macro_rules! expect_record {
    ($source:ident, $record:ident, $name:literal, $($field:ident = $member:literal),* $(,)?) => {
        $source.expect(concat!("sizeof(", $name, ")"), size_of::<$record>());
        $($source.expect(concat!("offsetof(", $name, ", ", $member, ")"), offset_of!($record, $field));)*
    };
}

/// Every header alone.
const HEADERS: [&str; 12] = [
    "zircon/types.h",
    "zircon/errors.h",
    "zircon/rights.h",
    "zircon/process.h",
    "zircon/syscalls.h",
    "zircon/syscalls/object.h",
    "zircon/syscalls/exception.h",
    "zircon/syscalls/port.h",
    "magenta/types.h",
    "magenta/process.h",
    "magenta/syscalls.h",
    "jacinth/calls.h",
];

#[test]
fn every_header_stands_alone_in_c_and_cxx() {
    for header in HEADERS {
        let source = Source::new(&[header]);
        source.compile("gcc", &["-std=c11"]);
        source.compile("g++", &["-std=c++17", "-x", "c++"]);
    }
}

#[test]
fn status_codes_agree() {
    let mut source = Source::new(&["magenta/syscalls.h"]);
    for (status, name) in Status::NAMED {
        let prefix = if *status == Status::OK { "" } else { "ERR_" };
        for era in ["ZX_", "MX_"] {
            source.expect(format_args!("{era}{prefix}{name}"), status.into_raw());
        }
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn rights_agree() {
    let mut source = Source::new(&["magenta/syscalls.h"]);
    let is_group = |name: &str| ["BASIC", "IO", "PROPERTY", "POLICY"].contains(&name);
    for flag in <Rights as bitflags::Flags>::FLAGS {
        let prefix = if is_group(flag.name()) {
            "ZX_RIGHTS_"
        } else {
            "ZX_RIGHT_"
        };
        source.expect(
            format_args!("{prefix}{}", flag.name()),
            format_args!("{}u", flag.value().bits()),
        );
    }
    let is_old = |name: &str| {
        [
            "READ",
            "WRITE",
            "EXECUTE",
            "MAP",
            "DUPLICATE",
            "TRANSFER",
            "SAME_RIGHTS",
        ]
        .contains(&name)
    };
    source.expect_flags::<Rights>("MX_RIGHT_", is_old);
    let defaults = [
        ("VMAR", Rights::VMAR_DEFAULT),
        ("VMO", Rights::VMO_DEFAULT),
        ("PROCESS", Rights::PROCESS_DEFAULT),
        ("THREAD", Rights::THREAD_DEFAULT),
        ("JOB", Rights::JOB_DEFAULT),
        ("CHANNEL", Rights::CHANNEL_DEFAULT),
    ];
    for (name, rights) in defaults {
        source.expect(
            format_args!("ZX_DEFAULT_{name}_RIGHTS"),
            format_args!("{}u", rights.bits()),
        );
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn options_agree() {
    let mut source = Source::new(&["magenta/syscalls.h"]);
    source.expect_flags::<VmOptions>("ZX_VM_", |_| true);
    source.expect_flags::<VmOptions>("ZX_VM_FLAG_", |name| {
        is_of_2017(name) || name == "REQUIRE_NON_RESIZABLE"
    });
    source.expect_flags::<VmOptions>("MX_VM_FLAG_", is_of_2017);
    source.expect_flags::<VmoOptions>("ZX_VMO_", |_| true);
    source.expect_flags::<VmoChildOptions>("ZX_VMO_CHILD_", |_| true);
    for (log2, unit) in (10..=32).zip(["KB", "MB", "GB"].iter().flat_map(|unit| [unit; 10])) {
        let name = format!("ZX_VM_ALIGN_{}{unit}", 1 << (log2 % 10));
        source.expect(name, format_args!("{}u", VmOptions::align(log2).bits()));
    }
    for op in VmoOp::ALL {
        source.expect(
            format_args!("ZX_VMO_OP_{}", upper_snake(&format!("{op:?}"))),
            op as u32,
        );
    }
    source.expect("ZX_VMAR_OP_MAP_RANGE", VmoOp::VMAR_MAP_RANGE);
    for op in [
        VmoOp::Commit,
        VmoOp::Decommit,
        VmoOp::Zero,
        VmoOp::DontNeed,
        VmoOp::AlwaysNeed,
        VmoOp::Prefetch,
    ] {
        source.expect(
            format_args!("ZX_VMAR_OP_{}", upper_snake(&format!("{op:?}"))),
            op as u32,
        );
    }
    for policy in (0..4).map(|raw| CachePolicy::try_from(raw).unwrap()) {
        source.expect(
            format_args!("ZX_CACHE_POLICY_{}", upper_snake(&format!("{policy:?}"))),
            policy as u32,
        );
    }
    source.compile("gcc", &["-std=c11"]);
}

/// Did Magenta have the option?
fn is_of_2017(name: &str) -> bool {
    VmOptions::from_name(name).is_some_and(|option| option.bits() < 1 << 11)
}

/// Turns `DontNeed` into `DONT_NEED`.
fn upper_snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}

#[test]
fn objects_agree() {
    let mut source = Source::new(&["zircon/syscalls.h"]);
    let types = [
        ObjectType::None,
        ObjectType::Process,
        ObjectType::Thread,
        ObjectType::Vmo,
        ObjectType::Channel,
        ObjectType::Event,
        ObjectType::Port,
        ObjectType::Interrupt,
        ObjectType::PciDevice,
        ObjectType::DebugLog,
        ObjectType::Socket,
        ObjectType::Resource,
        ObjectType::EventPair,
        ObjectType::Job,
        ObjectType::Vmar,
        ObjectType::Fifo,
        ObjectType::Guest,
        ObjectType::Vcpu,
        ObjectType::Timer,
        ObjectType::Iommu,
        ObjectType::Bti,
        ObjectType::Profile,
        ObjectType::Pmt,
        ObjectType::SuspendToken,
        ObjectType::Pager,
        ObjectType::Exception,
        ObjectType::Clock,
        ObjectType::Stream,
        ObjectType::Msi,
        ObjectType::Iob,
        ObjectType::Counter,
    ];
    for object_type in types {
        let name = match object_type {
            ObjectType::DebugLog => "DEBUGLOG".to_owned(),
            ObjectType::EventPair => "EVENTPAIR".to_owned(),
            other => upper_snake(&format!("{other:?}")),
        };
        source.expect(format_args!("ZX_OBJ_TYPE_{name}"), object_type as u32);
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn limits_and_properties_agree() {
    let mut source = Source::new(&["zircon/syscalls.h"]);
    source.expect_flags::<Signals>("ZX_", |name| !["HANDLE_CLOSED", "USER_ALL"].contains(&name));
    source.expect("ZX_SIGNAL_HANDLE_CLOSED", Signals::HANDLE_CLOSED.bits());
    source.expect(
        "ZX_USER_SIGNAL_ALL",
        format_args!("{}u", Signals::USER_ALL.bits()),
    );
    source.expect("ZX_PROP_NAME", object::PROP_NAME);
    source.expect("ZX_PROP_REGISTER_FS", object::PROP_REGISTER_FS);
    source.expect("ZX_PROP_VMO_CONTENT_SIZE", object::PROP_VMO_CONTENT_SIZE);
    source.expect("ZX_PROCESS_SHARED", object::PROCESS_SHARED);
    source.expect(
        "ZX_TASK_RETCODE_EXCEPTION_KILL",
        object::EXIT_CODE_EXCEPTION,
    );
    source.expect("ZX_TASK_RETCODE_SYSCALL_KILL", object::EXIT_CODE_KILLED);
    source.expect("ZX_KOID_FIRST", FIRST_KOID);
    source.expect("ZX_TIME_INFINITE", object::TIME_INFINITE);
    source.expect("ZX_PAGE_SIZE", PAGE_SIZE);
    source.expect("ZX_MAX_NAME_LEN", MAX_NAME_LEN);
    source.expect("ZX_CHANNEL_MAX_MSG_BYTES", MAX_MESSAGE_BYTES);
    source.expect("ZX_CHANNEL_MAX_MSG_HANDLES", MAX_MESSAGE_HANDLES);
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn topics_agree() {
    let mut source = Source::new(&["zircon/syscalls.h"]);
    let topics = [
        ("HANDLE_VALID", Topic::HANDLE_VALID),
        ("HANDLE_BASIC", Topic::HANDLE_BASIC),
        ("PROCESS", Topic::PROCESS),
        ("PROCESS_V1", Topic::PROCESS_V1),
        ("PROCESS_THREADS", Topic::PROCESS_THREADS),
        ("VMAR", Topic::VMAR),
        ("JOB_CHILDREN", Topic::JOB_CHILDREN),
        ("JOB_PROCESSES", Topic::JOB_PROCESSES),
        ("THREAD", Topic::THREAD),
        ("TASK_STATS", Topic::TASK_STATS),
        ("TASK_STATS_V1", Topic::TASK_STATS_V1),
        ("PROCESS_MAPS", Topic::PROCESS_MAPS),
        ("PROCESS_VMOS", Topic::PROCESS_VMOS),
        ("KMEM_STATS", Topic::KMEM_STATS),
        ("HANDLE_COUNT", Topic::HANDLE_COUNT),
        ("VMO", Topic::VMO),
        ("HANDLE_TABLE", Topic::HANDLE_TABLE),
        ("VMAR_MAPS", Topic::VMAR_MAPS),
    ];
    for (name, topic) in topics {
        source.expect(format_args!("ZX_INFO_{name}"), format_args!("{}u", topic.0));
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        InfoHandleBasic,
        "zx_info_handle_basic_t",
        koid = "koid",
        rights = "rights",
        object_type = "type",
        related_koid = "related_koid",
        reserved = "reserved"
    );
    expect_record!(
        source,
        InfoVmar,
        "zx_info_vmar_t",
        base = "base",
        len = "len"
    );
    expect_record!(
        source,
        InfoProcess,
        "zx_info_process_t",
        return_code = "return_code",
        start_time = "start_time",
        flags = "flags"
    );
    expect_record!(
        source,
        InfoProcessV1,
        "zx_info_process_v1_t",
        return_code = "return_code",
        exited = "exited"
    );
    expect_record!(
        source,
        InfoTaskStats,
        "zx_info_task_stats_t",
        mem_mapped_bytes = "mem_mapped_bytes",
        mem_scaled_shared_bytes = "mem_scaled_shared_bytes"
    );
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_of_memory_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        InfoMaps,
        "zx_info_maps_t",
        name = "name",
        base = "base",
        size = "size",
        depth = "depth",
        node_type = "type",
        mapping = "u.mapping"
    );
    expect_record!(
        source,
        InfoMapsMapping,
        "zx_info_maps_mapping_t",
        mmu_flags = "mmu_flags",
        vmo_koid = "vmo_koid",
        vmo_offset = "vmo_offset",
        committed_bytes = "committed_bytes",
        populated_bytes = "populated_bytes",
        populated_fractional_scaled_bytes = "populated_fractional_scaled_bytes"
    );
    expect_record!(
        source,
        InfoVmo,
        "zx_info_vmo_t",
        koid = "koid",
        name = "name",
        size_bytes = "size_bytes",
        parent_koid = "parent_koid",
        num_children = "num_children",
        num_mappings = "num_mappings",
        share_count = "share_count",
        flags = "flags",
        committed_bytes = "committed_bytes",
        handle_rights = "handle_rights",
        cache_policy = "cache_policy",
        metadata_bytes = "metadata_bytes",
        committed_change_events = "committed_change_events",
        populated_bytes = "populated_bytes",
        populated_fractional_scaled_bytes = "populated_fractional_scaled_bytes"
    );
    expect_record!(
        source,
        InfoKmemStats,
        "zx_info_kmem_stats_t",
        total_bytes = "total_bytes",
        free_bytes = "free_bytes",
        total_heap_bytes = "total_heap_bytes",
        other_bytes = "other_bytes"
    );
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn calls_agree() {
    let mut source = Source::new(&["jacinth/calls.h", "zircon/syscalls.h"]);
    source.0.push_str("#define CALL(number, name, arguments) NUMBER_##name = number, ARGUMENTS_##name = arguments,\n");
    source
        .0
        .push_str("enum { JACINTH_CALLS(CALL) };\n#undef CALL\n");
    source
        .0
        .push_str("#define CALL(number, name, arguments) + 1\n");
    source.expect("0 JACINTH_CALLS(CALL)", Call::ALL.len());
    for call in Call::ALL {
        source.expect(format_args!("NUMBER_{}", call.name()), *call as u64);
        source.expect(
            format_args!("ARGUMENTS_{}", call.name()),
            call.argument_count(),
        );
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
