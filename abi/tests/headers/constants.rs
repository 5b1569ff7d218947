//! Status codes, rights, options, types, topics and limits.

use crate::Source;
use abi::channel;
use abi::device::{self, BtiOptions, ResourceKind};
use abi::info::{self, BlockedOn};
use abi::layout::{
    MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES, MAX_MESSAGE_IOVECS, MAX_NAME_LEN, PAGE_SIZE,
};
use abi::object::{self, FIRST_KOID, KOID_INVALID};
use abi::port::{self, WaitAsyncOptions};
use abi::{
    CachePolicy, ObjectType, Rights, Signals, Status, Topic, VmOptions, VmarOp, VmoChildOptions,
    VmoOp, VmoOptions,
};

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
        let prefix = if is_group(flag.name()) { "ZX_RIGHTS_" } else { "ZX_RIGHT_" };
        source.expect(
            format_args!("{prefix}{}", flag.name()),
            format_args!("{}u", flag.value().bits()),
        );
    }
    let is_old = |name: &str| {
        ["READ", "WRITE", "EXECUTE", "MAP", "DUPLICATE", "TRANSFER", "SAME_RIGHTS"].contains(&name)
    };
    source.expect_flags::<Rights>("MX_RIGHT_", is_old);
    let defaults = [
        ("VMAR", Rights::VMAR_DEFAULT),
        ("VMO", Rights::VMO_DEFAULT),
        ("PROCESS", Rights::PROCESS_DEFAULT),
        ("THREAD", Rights::THREAD_DEFAULT),
        ("JOB", Rights::JOB_DEFAULT),
        ("CHANNEL", Rights::CHANNEL_DEFAULT),
        ("EVENT", Rights::EVENT_DEFAULT),
        ("EVENTPAIR", Rights::EVENTPAIR_DEFAULT),
        ("PORT", Rights::PORT_DEFAULT),
        ("RESOURCE", Rights::RESOURCE_DEFAULT),
        ("IOMMU", Rights::IOMMU_DEFAULT),
        ("BTI", Rights::BTI_DEFAULT),
        ("PMT", Rights::PMT_DEFAULT),
    ];
    for (name, rights) in defaults {
        source.expect(format_args!("ZX_DEFAULT_{name}_RIGHTS"), format_args!("{}u", rights.bits()));
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
        source.expect(format_args!("ZX_VMO_OP_{}", upper_snake(&format!("{op:?}"))), *op as u32);
    }
    for op in VmarOp::ALL {
        source.expect(format_args!("ZX_VMAR_OP_{}", upper_snake(&format!("{op:?}"))), *op as u32);
    }
    source.expect_flags::<BtiOptions>("ZX_BTI_", |_| true);
    for kind in ResourceKind::ALL {
        source.expect(
            format_args!("ZX_RSRC_KIND_{}", upper_snake(&format!("{kind:?}"))),
            kind as u32,
        );
    }
    source.expect("ZX_RSRC_SYSTEM_VMEX_BASE", device::RSRC_SYSTEM_VMEX_BASE);
    source.expect("ZX_RSRC_SYSTEM_IOMMU_BASE", device::RSRC_SYSTEM_IOMMU_BASE);
    source.expect("ZX_IOMMU_TYPE_STUB", device::IOMMU_TYPE_STUB);
    source.expect("ZX_IOMMU_MAX_DESC_LEN", device::IOMMU_MAX_DESC_LEN);
    source.expect("sizeof(zx_iommu_desc_stub_t)", device::IOMMU_STUB_DESC_LEN);
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
pub(crate) fn upper_snake(camel: &str) -> String {
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
    source.expect("ZX_USER_SIGNAL_ALL", format_args!("{}u", Signals::USER_ALL.bits()));
    source.expect("ZX_PROP_NAME", object::PROP_NAME);
    source.expect("ZX_PROP_REGISTER_FS", object::PROP_REGISTER_FS);
    source.expect("ZX_PROP_VMO_CONTENT_SIZE", object::PROP_VMO_CONTENT_SIZE);
    source.expect("ZX_PROCESS_SHARED", object::PROCESS_SHARED);
    source.expect("ZX_TASK_RETCODE_EXCEPTION_KILL", object::EXIT_CODE_EXCEPTION);
    source.expect("ZX_TASK_RETCODE_SYSCALL_KILL", object::EXIT_CODE_KILLED);
    source.expect("ZX_KOID_INVALID", KOID_INVALID);
    source.expect("ZX_KOID_FIRST", FIRST_KOID);
    source.expect("ZX_TIME_INFINITE", object::TIME_INFINITE);
    source.expect("ZX_PAGE_SIZE", PAGE_SIZE);
    source.expect("ZX_MAX_NAME_LEN", MAX_NAME_LEN);
    source.expect("ZX_CHANNEL_MAX_MSG_BYTES", MAX_MESSAGE_BYTES);
    source.expect("ZX_CHANNEL_MAX_MSG_HANDLES", MAX_MESSAGE_HANDLES);
    source.expect("ZX_CHANNEL_MAX_MSG_IOVECS", MAX_MESSAGE_IOVECS);
    source.expect("ZX_CHANNEL_READ_MAY_DISCARD", channel::CHANNEL_READ_MAY_DISCARD);
    source.expect("ZX_CHANNEL_WRITE_USE_IOVEC", channel::CHANNEL_WRITE_USE_IOVEC);
    source.expect("ZX_HANDLE_OP_MOVE", channel::HANDLE_OP_MOVE);
    source.expect("ZX_HANDLE_OP_DUPLICATE", channel::HANDLE_OP_DUPLICATE);
    source.expect("ZX_HANDLE_FIXED_BITS_MASK", format_args!("{}u", object::HANDLE_FIXED_BITS));
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn numbers_of_ports_agree() {
    let mut source = Source::new(&["zircon/syscalls.h"]);
    source.expect_flags::<WaitAsyncOptions>("ZX_WAIT_ASYNC_", |_| true);
    source.expect("ZX_WAIT_ASYNC_ONCE", WaitAsyncOptions::empty().bits());
    source.expect("ZX_WAIT_MANY_MAX_ITEMS", port::WAIT_MANY_MAX_ITEMS);
    source.expect("ZX_PKT_TYPE_USER", port::PACKET_USER);
    source.expect("ZX_PKT_TYPE_SIGNAL_ONE", port::PACKET_SIGNAL_ONE);
    source.expect("ZX_PORT_BIND_TO_INTERRUPT", port::PORT_BIND_TO_INTERRUPT);
    source.expect("sizeof(zx_futex_t)", size_of::<i32>());
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
        ("PROCESS_MAPS_V1", Topic::PROCESS_MAPS_V1),
        ("PROCESS_MAPS_V2", Topic::PROCESS_MAPS_V2),
        ("PROCESS_VMOS", Topic::PROCESS_VMOS),
        ("PROCESS_VMOS_V1", Topic::PROCESS_VMOS_V1),
        ("PROCESS_VMOS_V2", Topic::PROCESS_VMOS_V2),
        ("PROCESS_VMOS_V3", Topic::PROCESS_VMOS_V3),
        ("BTI", Topic::BTI),
        ("VMO_V1", Topic::VMO_V1),
        ("VMO_V2", Topic::VMO_V2),
        ("VMO_V3", Topic::VMO_V3),
        ("KMEM_STATS", Topic::KMEM_STATS),
        ("HANDLE_COUNT", Topic::HANDLE_COUNT),
        ("VMO", Topic::VMO),
        ("HANDLE_TABLE", Topic::HANDLE_TABLE),
        ("RESOURCE", Topic::RESOURCE),
        ("PROCESS_HANDLE_STATS", Topic::PROCESS_HANDLE_STATS),
        ("JOB", Topic::JOB),
        ("VMAR_MAPS", Topic::VMAR_MAPS),
    ];
    for (name, topic) in topics {
        source.expect(format_args!("ZX_INFO_{name}"), format_args!("{}u", topic.0));
    }
    let states = [
        ("NEW", info::THREAD_STATE_NEW),
        ("RUNNING", info::THREAD_STATE_RUNNING),
        ("SUSPENDED", info::THREAD_STATE_SUSPENDED),
        ("BLOCKED", info::THREAD_STATE_BLOCKED),
        ("DYING", info::THREAD_STATE_DYING),
        ("DEAD", info::THREAD_STATE_DEAD),
    ];
    for (name, state) in states {
        source.expect(format_args!("ZX_THREAD_STATE_{name}"), state);
    }
    for on in BlockedOn::ALL {
        let name = upper_snake(&format!("{on:?}"));
        source.expect(format_args!("ZX_THREAD_STATE_BLOCKED_{name}"), on.state());
    }
    source.compile("gcc", &["-std=c11"]);
}
