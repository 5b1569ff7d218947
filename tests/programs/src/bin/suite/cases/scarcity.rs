//! What a failed allocation has once left behind.

use super::cases;
use crate::fixture::*;
use crate::zx;
use abi::info::InfoVmo;
use abi::{Topic, VmoChildOptions};
use rt::debug::fail_allocation;
use rt::{Signals, Status, Vmo};

cases! { scarcity:
    a_child_that_cannot_be_made_is_not_counted,
}

/// Returns how many children a VMO has, and whether it says that it has none.
#[track_caller]
fn children(object: &Vmo) -> (u64, bool) {
    let info: InfoVmo = object.info(Topic::VMO).unwrap();
    let has_none = object.wait(Signals::VMO_ZERO_CHILDREN, 0).is_ok();
    (info.num_children, has_none)
}

fn a_child_that_cannot_be_made_is_not_counted() {
    let parent = vmo(4);
    let _child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE).unwrap();
    let mut handle = 0_u32;
    for number in 1.. {
        fail_allocation(number).unwrap();
        let options = VmoChildOptions::SNAPSHOT.bits();
        let status = zx::vmo_create_child(&parent, options, 0, PAGE, &mut handle);
        if fail_allocation(0).unwrap() < number {
            assert_eq!((status, children(&parent)), (Status::OK, (2, false)));
            break;
        }
        assert_eq!((status, children(&parent)), (Status::NO_MEMORY, (1, false)), "{number}");
    }
    zx::close(handle);
    assert_eq!(children(&parent), (1, false));
}
