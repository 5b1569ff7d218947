//! Operations on regions and mappings.

use abi::Status;
use vm::{MapRequest, Result, Vmar};

use super::starve::OnFailure::{Begun, Unchanged};
use super::{Named, Run};
use crate::common::PAGE;
use crate::flat::{Mapping, Place, Space, Spots};
use crate::ops::{Fate, RegionOp, Span};

impl Run {
    pub(super) fn on_regions(&mut self, operation: &RegionOp) {
        match *operation {
            RegionOp::Allocate { .. } => self.allocate(operation),
            RegionOp::Map { .. } => self.map(operation),
            RegionOp::Unmap { vmar, rights, span } => {
                let (index, vmar) = self.named(vmar);
                let (address, len) = self.range(index, span);
                let result = self.call(Unchanged, || vmar.unmap(rights, address, len));
                let (model, number) = self.model_of(index);
                assert_eq!(result, model.unmap(number, rights, address, len));
            }
            RegionOp::Protect { vmar, rights, options, span } => {
                let (index, vmar) = self.named(vmar);
                let (address, len) = self.range(index, span);
                let result = self.call(Unchanged, || vmar.protect(rights, options, address, len));
                let (model, number) = self.model_of(index);
                assert_eq!(result, model.protect(number, rights, options, (address, len)));
            }
            RegionOp::OpRange { vmar, rights, op, span } => {
                let (index, vmar) = self.named(vmar);
                let (address, len) = self.range(index, span);
                let result = self.call(Begun, || vmar.op_range(rights, op, address, len));
                assert_eq!(result, self.expect_op_range(index, rights, op, (address, len)));
                if result == Err(Status::SHOULD_WAIT) {
                    assert!(vmar.missing(address, len).is_some(), "a page is missing");
                }
            }
            RegionOp::Destroy { vmar } => {
                let (index, vmar) = self.named(vmar);
                let result = self.call(Unchanged, || vmar.destroy());
                let (model, number) = self.model_of(index);
                assert_eq!(result, model.destroy(number));
            }
        }
    }

    /// Finds the VMAR that a number in a sequence means: where it is in the list of names, and itself.
    fn named(&self, number: usize) -> (usize, Vmar) {
        let index = number % self.named.len();
        (index, self.named[index].vmar.clone())
    }

    /// Returns the model of the address space that a name is of, and the VMAR's number in it.
    fn model_of(&mut self, index: usize) -> (&mut Space, usize) {
        let Named { space, number, .. } = self.named[index];
        (&mut self.arenas[space].model, number)
    }

    /// Returns the address and the length that a sequence means for a VMAR.
    fn range(&self, index: usize, span: Span) -> (u64, u64) {
        let first = self.arenas[self.named[index].space].first_page;
        ((first + span.page) * PAGE + span.odd, span.len)
    }

    fn allocate(&mut self, operation: &RegionOp) {
        let &RegionOp::Allocate { vmar, rights, options, offset, size } = operation else {
            return;
        };
        let (index, vmar) = self.named(vmar);
        let result = self.call(Unchanged, || vmar.allocate(rights, options, offset, size));
        let Named { space, number, .. } = self.named[index];
        let model = &mut self.arenas[space].model;
        let expected = model.check_allocate(number, rights, &Place { options, offset, size });
        let Some(new) = same(result, &expected, |vmar| vmar.base()) else {
            return;
        };
        let pages = new.base() / PAGE..(new.base() + new.len()) / PAGE;
        assert_eq!(pages.end - pages.start, size / PAGE);
        let number = model.allocate(number, pages, options);
        self.named.push(Named { space, number, vmar: new });
    }

    fn map(&mut self, operation: &RegionOp) {
        let &RegionOp::Map {
            vmar,
            vmar_rights,
            options,
            vmar_offset,
            vmo,
            vmo_rights,
            vmo_offset,
            len,
            fate,
        } = operation
        else {
            return;
        };
        let Some((object, vmo)) = self.object(vmo) else {
            return;
        };
        let (index, vmar) = self.named(vmar);
        let request = MapRequest {
            vmar_rights,
            options,
            vmar_offset,
            vmo: &vmo,
            vmo_rights,
            vmo_offset,
            len,
        };
        let result = self.call(Unchanged, || vmar.map(&request));
        let Named { space, number, .. } = self.named[index];
        let model = &mut self.arenas[space].model;
        let mut mapping = Mapping {
            place: Place { options, offset: vmar_offset, size: len },
            rights: (vmar_rights, vmo_rights),
            vmo: object,
            vmo_offset,
        };
        let expected = model.check_map(number, &mut mapping, &self.model);
        let Some(mapped) = same(result, &expected, |mapped| mapped.address) else {
            return;
        };
        let page = mapped.address / PAGE;
        model.map(number, &mapping, page);
        if fate == Fate::Kept {
            vmar.keep(mapped);
        } else {
            vmar.discard(mapped);
            model.forget(page, mapping.place.size / PAGE);
        }
    }
}

/// Checks that both gave the same answer: that a place is one of the model's spots, or that both
/// refused for the same reason.
fn same<T: std::fmt::Debug>(
    result: Result<T>,
    expected: &Result<Spots>,
    address: impl Fn(&T) -> u64,
) -> Option<T> {
    match (result, expected) {
        (Ok(made), Ok(spots)) => {
            let page = address(&made) / PAGE;
            assert!(spots.contains(&page), "{page:#x} is none of {spots:x?}");
            Some(made)
        }
        (Err(status), Err(expected)) => {
            assert_eq!(status, *expected);
            None
        }
        (result, expected) => panic!("{result:?}, and the model says {expected:?}"),
    }
}
