//! Exceptions: types, answers, and records.

use crate::Source;
use crate::constants::upper_snake;
use abi::exception::EXCEPTION_CHANNEL_DEBUGGER;
use abi::info::{ExceptionInfo, InfoExceptionReport, InfoExceptionReportV1};
use abi::object::{PROP_EXCEPTION_STATE, PROP_EXCEPTION_STRATEGY};
use abi::{ExceptionChannelType, ExceptionState, ExceptionStrategy, ExceptionType, Rights, Topic};
use std::mem::offset_of;

#[test]
fn exceptions_agree() {
    let mut source = Source::new(&["zircon/syscalls.h"]);
    for kind in ExceptionType::ALL {
        let name = upper_snake(&format!("{kind:?}"));
        source.expect(format_args!("ZX_EXCP_{name}"), *kind as u32);
    }
    for state in ExceptionState::ALL {
        let name = upper_snake(&format!("{state:?}"));
        source.expect(format_args!("ZX_EXCEPTION_STATE_{name}"), *state as u32);
    }
    for strategy in ExceptionStrategy::ALL {
        let name = upper_snake(&format!("{strategy:?}"));
        source.expect(format_args!("ZX_EXCEPTION_STRATEGY_{name}"), *strategy as u32);
    }
    for kind in ExceptionChannelType::ALL {
        let name = upper_snake(&format!("{kind:?}"));
        source.expect(format_args!("ZX_EXCEPTION_CHANNEL_TYPE_{name}"), *kind as u32);
    }
    source.expect("ZX_EXCEPTION_CHANNEL_DEBUGGER", EXCEPTION_CHANNEL_DEBUGGER);
    source.expect("ZX_PROP_EXCEPTION_STATE", PROP_EXCEPTION_STATE);
    source.expect("ZX_PROP_EXCEPTION_STRATEGY", PROP_EXCEPTION_STRATEGY);
    for (name, topic) in [
        ("REPORT", Topic::THREAD_EXCEPTION_REPORT),
        ("REPORT_V1", Topic::THREAD_EXCEPTION_REPORT_V1),
    ] {
        source
            .expect(format_args!("ZX_INFO_THREAD_EXCEPTION_{name}"), format_args!("{}u", topic.0));
    }
    for (name, rights) in [
        ("EXCEPTION", Rights::EXCEPTION_DEFAULT),
        ("EXCEPTION_CHANNEL", Rights::EXCEPTION_CHANNEL_DEFAULT),
    ] {
        source.expect(format_args!("ZX_DEFAULT_{name}_RIGHTS"), format_args!("{}u", rights.bits()));
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_of_exceptions_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    let report = "zx_exception_report_t";
    let info = "zx_exception_info_t";
    source.expect(format_args!("sizeof({report})"), size_of::<InfoExceptionReport>());
    source.expect(format_args!("sizeof({info})"), size_of::<ExceptionInfo>());
    source.expect("sizeof(zx_exception_report_v1_t)", size_of::<InfoExceptionReportV1>());
    for (record, member, offset) in [
        (info, "pid", offset_of!(ExceptionInfo, pid)),
        (info, "tid", offset_of!(ExceptionInfo, tid)),
        (info, "type", offset_of!(ExceptionInfo, exception_type)),
        (report, "header", offset_of!(InfoExceptionReport, first)),
        (report, "context.synth_code", offset_of!(InfoExceptionReport, synth_code)),
        (report, "context.synth_data", offset_of!(InfoExceptionReport, synth_data)),
        (report, "header.size", offset_of!(InfoExceptionReportV1, size)),
        (report, "header.type", offset_of!(InfoExceptionReportV1, exception_type)),
        (report, "context.arch.u.x86_64.vector", offset_of!(InfoExceptionReportV1, vector)),
        (report, "context.arch.u.x86_64.err_code", offset_of!(InfoExceptionReportV1, err_code)),
        (report, "context.arch.u.x86_64.cr2", offset_of!(InfoExceptionReportV1, cr2)),
    ] {
        source.expect(format_args!("offsetof({record}, {member})"), offset);
    }
    source.compile("gcc", &["-std=c11"]);
}
