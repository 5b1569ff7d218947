//! `vmar_map`: its errors, in their order.
//!
//! # Source
//! `vmar.md` §5, §8 and §14; seed "vmar_map".

use super::cases;
use crate::fixture::*;
use crate::{probe, zx};
use rt::{Handle, Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { vmar_map_errors:
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
    an_unaligned_object_offset_is_invalid,
    an_unaligned_object_offset_precedes_a_dead_region,
    a_length_that_cannot_be_rounded_is_invalid,
    an_object_range_that_overflows_is_invalid,
    a_dead_region_is_bad_state,
    a_dead_region_precedes_length_zero,
    length_zero_is_invalid,
    specific_with_upper_limit_is_invalid,
    an_offset_without_specific_is_invalid,
    an_offset_without_specific_precedes_can_map_specific,
    an_unaligned_offset_is_invalid,
    specific_needs_can_map_specific,
    a_specific_range_must_lie_inside,
    an_upper_limit_must_lie_inside,
    a_length_larger_than_the_region_is_invalid,
    a_specific_address_must_have_the_alignment,
    overlapping_a_mapping_is_no_memory,
    overlapping_a_region_is_no_memory,
    a_full_region_is_no_memory,
    a_failed_map_changes_nothing,
}

/// A request: everything `vmar_map` takes but the objects.
#[derive(Clone, Copy)]
struct Request {
    options: VmOptions,
    offset: u64,
    vmo_offset: u64,
    len: u64,
}

/// One page, anywhere.
const PLAIN: Request = Request {
    options: R,
    offset: 0,
    vmo_offset: 0,
    len: PAGE,
};

impl Request {
    /// The same with these options.
    fn with(options: VmOptions) -> Self {
        Self { options, ..PLAIN }
    }

    /// At this offset of the region.
    fn at(options: VmOptions, offset: u64, len: u64) -> Self {
        Self {
            options,
            offset,
            len,
            ..PLAIN
        }
    }

    /// From this offset of the object.
    fn from(vmo_offset: u64, len: u64) -> Self {
        Self {
            vmo_offset,
            len,
            ..PLAIN
        }
    }
}

/// Maps and returns the status; what is mapped stays.
#[track_caller]
fn ask(vmar: &Handle, vmo: &Handle, request: Request) -> Status {
    let Request {
        options,
        offset,
        vmo_offset,
        len,
    } = request;
    let mut address = 0_u64;
    zx::vmar_map(vmar, options, offset, vmo, vmo_offset, len, &mut address)
}

/// Maps a new VMO that has all rights into the root.
#[track_caller]
fn ask_root(request: Request) -> Status {
    ask(root(), &executable(), request)
}

/// Makes a one-page VMO with EXECUTE.
fn executable() -> Vmo {
    vmo(1).into_executable().unwrap()
}

/// Each permission with the right it needs, and options that can have it.
const PERMISSIONS: [(VmOptions, Rights); 3] = [
    (R, Rights::READ),
    (RW, Rights::WRITE),
    (RX, Rights::EXECUTE),
];

fn without_map_right_is_denied() {
    let object = without(&executable(), Rights::MAP);
    for options in [NONE, R, RW] {
        assert_eq!(
            ask(root(), &object, Request::with(options)),
            Status::ACCESS_DENIED
        );
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
    assert_eq!(
        ask(&dead, &object, PLAIN),
        Status::ACCESS_DENIED,
        "dead region"
    );
    assert_eq!(
        ask(root(), &object, Request::from(1, 0)),
        Status::ACCESS_DENIED
    );
}

fn write_without_read_is_invalid() {
    for options in [W, X, W | X] {
        assert_eq!(
            ask_root(Request::with(options)),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

fn write_without_read_precedes_rights() {
    let object = without(&executable(), Rights::WRITE | Rights::EXECUTE);
    let weak = without(root(), Rights::WRITE | Rights::EXECUTE);
    for options in [W, X, W | X] {
        assert_eq!(
            ask(root(), &object, Request::with(options)),
            Status::INVALID_ARGS
        );
        assert_eq!(
            ask(&weak, &object, Request::with(options)),
            Status::INVALID_ARGS
        );
    }
}

fn map_range_with_overwrite_is_invalid() {
    let region = region(2);
    let options = R | OVERWRITE | VmOptions::MAP_RANGE;
    assert_eq!(
        ask(&region, &vmo(1), Request::with(options)),
        Status::INVALID_ARGS
    );
}

fn map_range_with_overwrite_precedes_rights() {
    let weak = without(root(), Rights::READ);
    let options = R | OVERWRITE | VmOptions::MAP_RANGE;
    assert_eq!(
        ask(&weak, &vmo(1), Request::with(options)),
        Status::INVALID_ARGS
    );
}

const CAN_MAP: [VmOptions; 3] = [
    VmOptions::CAN_MAP_READ,
    VmOptions::CAN_MAP_WRITE,
    VmOptions::CAN_MAP_EXECUTE,
];

fn can_map_permissions_are_invalid() {
    for options in CAN_MAP {
        assert_eq!(
            ask_root(Request::with(options | R)),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

fn can_map_permissions_precede_rights() {
    let weak = without(root(), Rights::READ);
    for options in CAN_MAP {
        assert_eq!(
            ask(&weak, &vmo(1), Request::with(options | R)),
            Status::INVALID_ARGS
        );
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
    assert_eq!(
        ask(&weak, &executable(), Request::with(RWX)),
        Status::ACCESS_DENIED
    );
}

fn rights_precede_unknown_options() {
    let weak = without(root(), Rights::WRITE);
    for options in [
        VmOptions::from_bits_retain(1 << 16),
        VmOptions::align(5),
        VmOptions::COMPACT,
    ] {
        let request = Request::with(options | RW);
        assert_eq!(
            ask(&weak, &vmo(1), request),
            Status::ACCESS_DENIED,
            "{options:?}"
        );
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
    assert_eq!(
        ask_root(Request::with(options | VmOptions::ALLOW_FAULTS)),
        Status::OK
    );
}

fn unknown_options_are_invalid() {
    for bit in 16..24 {
        let options = R | VmOptions::from_bits_retain(1 << bit);
        assert_eq!(
            ask_root(Request::with(options)),
            Status::INVALID_ARGS,
            "bit {bit}"
        );
    }
}

fn alignments_out_of_range_are_invalid() {
    for log2 in (1..=9).chain(33..=255) {
        let options = R | VmOptions::align(log2);
        assert_eq!(
            ask_root(Request::with(options)),
            Status::INVALID_ARGS,
            "2^{log2}"
        );
    }
}

fn unknown_options_precede_resizable() {
    let options = R | VmOptions::REQUIRE_NON_RESIZABLE | VmOptions::from_bits_retain(1 << 23);
    assert_eq!(
        ask(root(), &resizable(1), Request::with(options)),
        Status::INVALID_ARGS
    );
}

fn non_resizable_can_be_required() {
    let request = Request::with(R | VmOptions::REQUIRE_NON_RESIZABLE);
    assert_eq!(ask(root(), &resizable(1), request), Status::NOT_SUPPORTED);
    assert_eq!(ask(root(), &vmo(1), request), Status::OK);
}

fn resizable_precedes_compact() {
    let options = R | VmOptions::REQUIRE_NON_RESIZABLE | VmOptions::COMPACT;
    assert_eq!(
        ask(root(), &resizable(1), Request::with(options)),
        Status::NOT_SUPPORTED
    );
}

fn a_discardable_object_needs_allow_faults() {
    let object = Vmo::create(PAGE, VmoOptions::DISCARDABLE).unwrap();
    assert_eq!(ask(root(), &object, PLAIN), Status::NOT_SUPPORTED);
    let request = Request::with(R | VmOptions::ALLOW_FAULTS);
    assert_eq!(ask(root(), &object, request), Status::OK);
}

fn options_of_regions_are_invalid() {
    for options in [VmOptions::COMPACT, VmOptions::CAN_MAP_SPECIFIC] {
        assert_eq!(
            ask_root(Request::with(R | options)),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

fn a_permission_the_region_lacks_is_denied() {
    for ((options, _), missing) in PERMISSIONS.into_iter().zip(CAN_MAP) {
        let region = region_in(root(), CAN_ALL - missing, 0, 4);
        let status = ask(&region, &executable(), Request::with(options));
        assert_eq!(status, Status::ACCESS_DENIED, "{options:?}");
    }
}

fn an_unaligned_object_offset_is_invalid() {
    for offset in [1, PAGE - 1, PAGE + 512, u64::MAX] {
        assert_eq!(
            ask_root(Request::from(offset, PAGE)),
            Status::INVALID_ARGS,
            "{offset:#x}"
        );
    }
}

fn an_unaligned_object_offset_precedes_a_dead_region() {
    let dead = dead_region(1);
    assert_eq!(
        ask(&dead, &vmo(1), Request::from(1, PAGE)),
        Status::INVALID_ARGS
    );
}

fn a_length_that_cannot_be_rounded_is_invalid() {
    for len in [u64::MAX, u64::MAX - PAGE + 2] {
        assert_eq!(
            ask_root(Request::from(0, len)),
            Status::INVALID_ARGS,
            "{len:#x}"
        );
    }
}

fn an_object_range_that_overflows_is_invalid() {
    let last = 0_u64.wrapping_sub(PAGE);
    for (offset, len) in [
        (last, PAGE),
        (last, 1),
        (last - PAGE, 2 * PAGE),
        (1 << 63, 1 << 63),
    ] {
        let status = ask_root(Request::from(offset, len));
        assert_eq!(
            status,
            Status::INVALID_ARGS,
            "{len:#x} bytes from {offset:#x}"
        );
    }
    assert_eq!(
        ask_root(Request::from(last - PAGE, PAGE)),
        Status::OK,
        "the last page that can be"
    );
}

fn a_dead_region_is_bad_state() {
    let dead = dead_region(4);
    for request in [
        PLAIN,
        Request::at(R | SPECIFIC, PAGE, PAGE),
        Request::at(R | OVERWRITE, PAGE, PAGE),
        Request::at(R | LIMIT, PAGE, PAGE),
    ] {
        assert_eq!(
            ask(&dead, &vmo(1), request),
            Status::BAD_STATE,
            "{:?}",
            request.options
        );
    }
}

fn a_dead_region_precedes_length_zero() {
    let dead = dead_region(4);
    assert_eq!(ask(&dead, &vmo(1), Request::from(0, 0)), Status::BAD_STATE);
    assert_eq!(
        ask(&dead, &vmo(1), Request::at(R, PAGE, PAGE)),
        Status::BAD_STATE
    );
}

fn length_zero_is_invalid() {
    let region = region(4);
    assert_eq!(ask_root(Request::from(0, 0)), Status::INVALID_ARGS);
    assert_eq!(
        ask(&region, &vmo(1), Request::at(R | SPECIFIC, 0, 0)),
        Status::INVALID_ARGS
    );
}

fn specific_with_upper_limit_is_invalid() {
    let region = region(4);
    for options in [SPECIFIC, OVERWRITE, SPECIFIC | OVERWRITE] {
        let request = Request::at(R | LIMIT | options, PAGE, PAGE);
        assert_eq!(
            ask(&region, &vmo(1), request),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

fn an_offset_without_specific_is_invalid() {
    for offset in [1, PAGE, 1 << 63] {
        assert_eq!(
            ask_root(Request::at(R, offset, PAGE)),
            Status::INVALID_ARGS,
            "{offset:#x}"
        );
    }
}

fn an_offset_without_specific_precedes_can_map_specific() {
    let region = region_in(root(), VmOptions::CAN_MAP_READ, 0, 4);
    assert_eq!(
        ask(&region, &vmo(1), Request::at(R, PAGE, PAGE)),
        Status::INVALID_ARGS
    );
}

fn an_unaligned_offset_is_invalid() {
    let anything = region(4);
    let no_specific = region_in(root(), VmOptions::CAN_MAP_READ, 0, 4);
    for options in [SPECIFIC, OVERWRITE, LIMIT] {
        for region in [&anything, &no_specific] {
            let request = Request::at(R | options, PAGE + 1, PAGE);
            assert_eq!(
                ask(region, &vmo(1), request),
                Status::INVALID_ARGS,
                "{options:?}"
            );
        }
    }
}

fn specific_needs_can_map_specific() {
    let region = region_in(root(), VmOptions::CAN_MAP_READ, 0, 4);
    for options in [SPECIFIC, OVERWRITE, LIMIT] {
        for offset in [PAGE, 9 * PAGE] {
            let request = Request::at(R | options, offset, PAGE);
            assert_eq!(
                ask(&region, &vmo(1), request),
                Status::ACCESS_DENIED,
                "{options:?} {offset:#x}"
            );
        }
    }
    assert_eq!(ask(&region, &vmo(1), PLAIN), Status::OK);
}

fn a_specific_range_must_lie_inside() {
    let region = region(4);
    for (offset, len) in [
        (4 * PAGE, PAGE),
        (3 * PAGE, PAGE + 1),
        (0, 4 * PAGE + 1),
        (0u64.wrapping_sub(PAGE), PAGE),
        (0u64.wrapping_sub(PAGE), 2 * PAGE),
        (PAGE, 0u64.wrapping_sub(2 * PAGE)),
    ] {
        for options in [SPECIFIC, OVERWRITE] {
            let status = ask(&region, &vmo(1), Request::at(R | options, offset, len));
            assert_eq!(
                status,
                Status::INVALID_ARGS,
                "{options:?}: {len:#x} bytes at {offset:#x}"
            );
        }
    }
    assert_eq!(
        ask(&region, &vmo(1), Request::at(R | SPECIFIC, 3 * PAGE, 1)),
        Status::OK
    );
}

fn an_upper_limit_must_lie_inside() {
    let region = region(4);
    for (limit, len) in [
        (5 * PAGE, PAGE),
        (PAGE, PAGE + 1),
        (0, 1),
        (4 * PAGE, 5 * PAGE),
    ] {
        let status = ask(&region, &vmo(1), Request::at(R | LIMIT, limit, len));
        assert_eq!(
            status,
            Status::INVALID_ARGS,
            "{len:#x} bytes below {limit:#x}"
        );
    }
}

fn a_length_larger_than_the_region_is_invalid() {
    let region = region(4);
    for len in [4 * PAGE + 1, 1 << 47, 1 << 63] {
        assert_eq!(
            ask(&region, &vmo(1), Request::from(0, len)),
            Status::INVALID_ARGS,
            "{len:#x}"
        );
    }
}

fn a_specific_address_must_have_the_alignment() {
    let region = region(4);
    region.place(0, &vmo(4), 4, NONE);
    let odd = if region.base & PAGE == 0 { PAGE } else { 0 };
    for options in [SPECIFIC, OVERWRITE] {
        let request = Request::at(R | options | VmOptions::align(13), odd, PAGE);
        assert_eq!(
            ask(&region, &vmo(1), request),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

#[track_caller]
fn assert_occupied(region: &Region) {
    for (page, pages) in [(3, 2), (2, 2), (4, 2), (3, 1), (4, 1), (2, 4)] {
        let status = ask(
            region,
            &vmo(1),
            Request::at(R | SPECIFIC, page * PAGE, pages * PAGE),
        );
        assert_eq!(status, Status::NO_MEMORY, "{pages} pages at {page}");
    }
    assert_eq!(
        ask(region, &vmo(1), Request::at(R | SPECIFIC, 2 * PAGE, PAGE)),
        Status::OK
    );
    assert_eq!(
        ask(region, &vmo(1), Request::at(R | SPECIFIC, 5 * PAGE, PAGE)),
        Status::OK
    );
}

fn overlapping_a_mapping_is_no_memory() {
    let region = region(8);
    let address = region.place(3, &numbered(2, 1), 2, R);
    assert_occupied(&region);
    probe::assert_pages(address, &[Ok(1), Ok(2)]);
}

fn overlapping_a_region_is_no_memory() {
    let region = region(8);
    let child = region.child(3, 2, CAN_ALL);
    assert_occupied(&region);
    child.place(0, &vmo(1), 2, R);
}

fn a_full_region_is_no_memory() {
    let region = region(4);
    region.place(1, &vmo(1), 1, R);
    assert_eq!(
        ask(&region, &vmo(1), Request::from(0, 3 * PAGE)),
        Status::NO_MEMORY
    );
    assert_eq!(
        ask(&region, &vmo(1), Request::from(0, 2 * PAGE)),
        Status::OK
    );
    assert_eq!(ask(&region, &vmo(1), PLAIN), Status::OK);
    assert_eq!(ask(&region, &vmo(1), PLAIN), Status::NO_MEMORY);
}

fn a_failed_map_changes_nothing() {
    let region = region(4);
    region.place(0, &numbered(2, 4), 2, R);
    let mut address = 77_u64;
    let object = vmo(1);
    for options in [W, R | SPECIFIC, R | SPECIFIC | VmOptions::align(1)] {
        let status = zx::vmar_map(&region.vmar, options, 0, &object, 0, PAGE, &mut address);
        assert_ne!(status, Status::OK, "{options:?}");
        assert_eq!(address, 77);
    }
    let hole = Err(Status::NOT_FOUND);
    probe::assert_pages(region.base, &[Ok(4), Ok(5), hole, hole]);
}
