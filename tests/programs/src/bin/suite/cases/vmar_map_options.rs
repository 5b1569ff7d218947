//! `vmar_map`: errors of rights and options, in their order.
//!
//! # Source
//! `vmar.md` §5, §8 and §14; seed "vmar_map".

use super::cases;
use super::map_request::{PLAIN, Request, ask, ask_root, executable};
use crate::fixture::*;
use rt::{Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { vmar_map_options:
    without_map_right_is_denied,
    the_map_right_precedes_options,
    write_without_read_is_invalid,
    write_without_read_precedes_rights,
    map_range_with_overwrite_is_invalid,
    map_range_with_overwrite_precedes_rights,
    can_map_permissions_are_invalid,
    can_map_permissions_precede_rights,
    each_permission_needs_the_right_on_the_vmar,
    each_permission_needs_the_right_on_the_vmo,
    rights_precede_a_dead_region,
    rights_precede_unknown_options,
    readable_without_execute_only_needs_the_right,
    beyond_stream_size_needs_allow_faults,
    unknown_options_are_invalid,
    alignments_out_of_range_are_invalid,
    unknown_options_precede_resizable,
    non_resizable_can_be_required,
    resizable_precedes_compact,
    a_discardable_object_needs_allow_faults,
    options_of_regions_are_invalid,
    a_permission_the_region_lacks_is_denied,
}

/// Each permission with the right it needs, and options that can have it.
const PERMISSIONS: [(VmOptions, Rights); 3] =
    [(R, Rights::READ), (RW, Rights::WRITE), (RX, Rights::EXECUTE)];

fn without_map_right_is_denied() {
    let object = without(&executable(), Rights::MAP);
    for options in [NONE, R, RW] {
        assert_eq!(ask(root(), &object, Request::with(options)), Status::ACCESS_DENIED);
    }
}

fn the_map_right_precedes_options() {
    let object = without(&executable(), Rights::MAP);
    for options in [
        W,
        X,
        VmOptions::CAN_MAP_READ,
        VmOptions::MAP_RANGE | OVERWRITE,
        VmOptions::from_bits_retain(1 << 16),
    ] {
        assert_eq!(
            ask(root(), &object, Request::with(options)),
            Status::ACCESS_DENIED,
            "{options:?}"
        );
    }
    let dead = dead_region(1);
    assert_eq!(ask(&dead, &object, PLAIN), Status::ACCESS_DENIED, "dead region");
    assert_eq!(ask(root(), &object, Request::from(1, 0)), Status::ACCESS_DENIED);
}

fn write_without_read_is_invalid() {
    for options in [W, X, W | X] {
        assert_eq!(ask_root(Request::with(options)), Status::INVALID_ARGS, "{options:?}");
    }
}

fn write_without_read_precedes_rights() {
    let object = without(&executable(), Rights::WRITE | Rights::EXECUTE);
    let weak = without(root(), Rights::WRITE | Rights::EXECUTE);
    for options in [W, X, W | X] {
        assert_eq!(ask(root(), &object, Request::with(options)), Status::INVALID_ARGS);
        assert_eq!(ask(&weak, &object, Request::with(options)), Status::INVALID_ARGS);
    }
}

fn map_range_with_overwrite_is_invalid() {
    let region = region(2);
    let options = R | OVERWRITE | VmOptions::MAP_RANGE;
    assert_eq!(ask(&region, &vmo(1), Request::with(options)), Status::INVALID_ARGS);
}

fn map_range_with_overwrite_precedes_rights() {
    let weak = without(root(), Rights::READ);
    let options = R | OVERWRITE | VmOptions::MAP_RANGE;
    assert_eq!(ask(&weak, &vmo(1), Request::with(options)), Status::INVALID_ARGS);
}

const CAN_MAP: [VmOptions; 3] =
    [VmOptions::CAN_MAP_READ, VmOptions::CAN_MAP_WRITE, VmOptions::CAN_MAP_EXECUTE];

fn can_map_permissions_are_invalid() {
    for options in CAN_MAP {
        assert_eq!(ask_root(Request::with(options | R)), Status::INVALID_ARGS, "{options:?}");
    }
}

fn can_map_permissions_precede_rights() {
    let weak = without(root(), Rights::READ);
    for options in CAN_MAP {
        assert_eq!(ask(&weak, &vmo(1), Request::with(options | R)), Status::INVALID_ARGS);
    }
}

fn each_permission_needs_the_right_on_the_vmar() {
    let object = executable();
    for (options, right) in PERMISSIONS {
        let weak = without(root(), right);
        assert_eq!(
            ask(&weak, &object, Request::with(options)),
            Status::ACCESS_DENIED,
            "{options:?}"
        );
        assert_eq!(ask(&weak, &object, Request::with(NONE)), Status::OK);
    }
}

fn each_permission_needs_the_right_on_the_vmo() {
    for (options, right) in PERMISSIONS {
        let weak = without(&executable(), right);
        assert_eq!(
            ask(root(), &weak, Request::with(options)),
            Status::ACCESS_DENIED,
            "{options:?}"
        );
        assert_eq!(ask(root(), &weak, Request::with(NONE)), Status::OK);
    }
}

fn rights_precede_a_dead_region() {
    let dead = dead_region(1);
    let weak = without(&dead, Rights::EXECUTE);
    assert_eq!(ask(&weak, &executable(), Request::with(RWX)), Status::ACCESS_DENIED);
}

fn rights_precede_unknown_options() {
    let weak = without(root(), Rights::WRITE);
    for options in [VmOptions::from_bits_retain(1 << 16), VmOptions::align(5), VmOptions::COMPACT] {
        let request = Request::with(options | RW);
        assert_eq!(ask(&weak, &vmo(1), request), Status::ACCESS_DENIED, "{options:?}");
    }
}

fn readable_without_execute_only_needs_the_right() {
    let weak = without(root(), Rights::READ);
    let request = Request::with(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED);
    assert_eq!(ask(&weak, &vmo(1), request), Status::ACCESS_DENIED);
    assert_eq!(ask(root(), &vmo(1), request), Status::OK);
}

fn beyond_stream_size_needs_allow_faults() {
    let options = R | VmOptions::FAULT_BEYOND_STREAM_SIZE;
    assert_eq!(ask_root(Request::with(options)), Status::INVALID_ARGS);
    assert_eq!(ask_root(Request::with(options | VmOptions::ALLOW_FAULTS)), Status::OK);
}

fn unknown_options_are_invalid() {
    for bit in 16..24 {
        let options = R | VmOptions::from_bits_retain(1 << bit);
        assert_eq!(ask_root(Request::with(options)), Status::INVALID_ARGS, "bit {bit}");
    }
}

fn alignments_out_of_range_are_invalid() {
    for log2 in (1..=9).chain(33..=255) {
        let options = R | VmOptions::align(log2);
        assert_eq!(ask_root(Request::with(options)), Status::INVALID_ARGS, "2^{log2}");
    }
}

fn unknown_options_precede_resizable() {
    let options = R | VmOptions::REQUIRE_NON_RESIZABLE | VmOptions::from_bits_retain(1 << 23);
    assert_eq!(ask(root(), &resizable(1), Request::with(options)), Status::INVALID_ARGS);
}

fn non_resizable_can_be_required() {
    let request = Request::with(R | VmOptions::REQUIRE_NON_RESIZABLE);
    assert_eq!(ask(root(), &resizable(1), request), Status::NOT_SUPPORTED);
    assert_eq!(ask(root(), &vmo(1), request), Status::OK);
}

fn resizable_precedes_compact() {
    let options = R | VmOptions::REQUIRE_NON_RESIZABLE | VmOptions::COMPACT;
    assert_eq!(ask(root(), &resizable(1), Request::with(options)), Status::NOT_SUPPORTED);
}

fn a_discardable_object_needs_allow_faults() {
    let object = Vmo::create(PAGE, VmoOptions::DISCARDABLE).unwrap();
    assert_eq!(ask(root(), &object, PLAIN), Status::NOT_SUPPORTED);
    let request = Request::with(R | VmOptions::ALLOW_FAULTS);
    assert_eq!(ask(root(), &object, request), Status::OK);
}

fn options_of_regions_are_invalid() {
    for options in [VmOptions::COMPACT, VmOptions::CAN_MAP_SPECIFIC] {
        assert_eq!(ask_root(Request::with(R | options)), Status::INVALID_ARGS, "{options:?}");
    }
}

fn a_permission_the_region_lacks_is_denied() {
    for ((options, _), missing) in PERMISSIONS.into_iter().zip(CAN_MAP) {
        let region = region_in(root(), CAN_ALL - missing, 0, 4);
        let status = ask(&region, &executable(), Request::with(options));
        assert_eq!(status, Status::ACCESS_DENIED, "{options:?}");
    }
}
