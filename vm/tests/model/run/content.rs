//! Operations on what is in objects.

use abi::VmoOptions;
use vm::{Ref, Result, Vmo};

use super::memory::pattern;
use super::starve::OnFailure::{Begun, SameBytes, Unchanged};
use super::{Known, Run};
use crate::common::PAGE;
use crate::objects::Usage;
use crate::ops::ContentOp;

impl Run {
    pub(super) fn on_content(&mut self, operation: &ContentOp) {
        match *operation {
            ContentOp::SetSize { vmo, .. }
            | ContentOp::SetStreamSize { vmo, .. }
            | ContentOp::SetContentSize { vmo, .. }
            | ContentOp::Zero { vmo, .. }
            | ContentOp::Decommit { vmo, .. } => {
                if let Some((number, vmo)) = self.object(vmo) {
                    let result = self.change(operation, &vmo);
                    assert_eq!(result, self.expect_change(operation, number));
                }
            }
            ContentOp::Commit { vmo, offset, len } => {
                if let Some((number, vmo)) = self.object(vmo)
                    && !self.is_unfair(number, len)
                {
                    let result = self.call(SameBytes, || vmo.commit(offset, len));
                    assert_eq!(result, self.model.commit(number, offset, len));
                }
            }
            ContentOp::Read { vmo, offset, len } => {
                if let Some((number, vmo)) = self.object(vmo) {
                    let mut bytes = vec![1; len];
                    let result = vmo.read(offset, &mut bytes).map(|()| bytes);
                    assert_eq!(result, self.model.read(number, offset, len as u64));
                }
            }
            ContentOp::Write { vmo, offset, len, byte } => {
                if let Some((number, vmo)) = self.object(vmo) {
                    let bytes = pattern(byte, len);
                    let result = self.call(Begun, || vmo.write(offset, &bytes));
                    assert_eq!(result, self.model.write(number, offset, &bytes));
                }
            }
            ContentOp::TransferData { vmo, offset, source, source_offset, len } => {
                self.transfer_data((vmo, offset), len, (source, source_offset));
            }
            ContentOp::Supply { .. } => self.supply(operation),
            ContentOp::Agree { .. }
            | ContentOp::BeginWriteback { .. }
            | ContentOp::EndWriteback { .. }
            | ContentOp::FindDirty { .. }
            | ContentOp::ForgetModified { .. }
            | ContentOp::DropClean { .. } => self.on_dirt(operation),
            ContentOp::FindMissing { .. }
            | ContentOp::CheckCaches { .. }
            | ContentOp::Count { .. } => {
                self.ask(operation);
            }
        }
    }

    /// Makes a call that changes one object and takes numbers only.
    fn change(&mut self, operation: &ContentOp, vmo: &Vmo) -> Result<()> {
        match *operation {
            ContentOp::SetSize { size, .. } => self.call(Unchanged, || vmo.set_size(size)),
            ContentOp::SetStreamSize { size, .. } => {
                self.call(Unchanged, || vmo.set_stream_size(size))
            }
            ContentOp::SetContentSize { size, .. } => {
                self.call(Unchanged, || vmo.set_content_size(size))
            }
            ContentOp::Zero { offset, len, .. } => self.call(Unchanged, || vmo.zero(offset, len)),
            ContentOp::Decommit { offset, len, .. } => {
                self.call(Unchanged, || vmo.decommit(offset, len))
            }
            _ => unreachable!("not one of the object alone"),
        }
    }

    fn expect_change(&mut self, operation: &ContentOp, number: usize) -> Result<()> {
        let model = &mut self.model;
        match *operation {
            ContentOp::SetSize { size, .. } => model.set_size(number, size),
            ContentOp::SetStreamSize { size, .. } => model.set_stream_size(number, size),
            ContentOp::SetContentSize { size, .. } => model.set_content_size(number, size),
            ContentOp::Zero { offset, len, .. } => model.zero(number, offset, len),
            ContentOp::Decommit { offset, len, .. } => model.decommit(number, offset, len),
            _ => unreachable!("not one of the object alone"),
        }
    }

    fn transfer_data(&mut self, to: (usize, u64), len: u64, from: (usize, u64)) {
        let (Some((target, to_vmo)), Some((source, from_vmo))) =
            (self.object(to.0), self.object(from.0))
        else {
            return;
        };
        if self.is_unfair(target, len) && self.is_unfair(source, len) {
            return;
        }
        let result = self.call(Unchanged, || to_vmo.transfer_data(to.1, len, &from_vmo, from.1));
        let expected = self.model.transfer_data((target, to.1), len, (source, from.1));
        assert_eq!(result, expected);
    }

    fn supply(&mut self, operation: &ContentOp) {
        let &ContentOp::Supply { vmo, offset, aux, aux_offset, len, byte } = operation else {
            return;
        };
        let Some((target, vmo)) = self.backed_object(vmo) else {
            return;
        };
        let (aux_number, aux, aux_offset) = match aux {
            Some(number) => {
                let Some((number, aux)) = self.object(number) else {
                    return;
                };
                (number, aux, aux_offset)
            }
            None => {
                let (number, aux) = self.filled(len, byte);
                (number, aux, 0)
            }
        };
        let result = self.call(Begun, || vmo.supply(offset, len, &aux, aux_offset));
        let is_shown = self.is_store_shown(aux_number);
        let expected = self.model.supply((target, offset), len, (aux_number, aux_offset), is_shown);
        assert_eq!(result, expected);
        if result.is_ok() {
            self.objects[aux_number].vmo = None;
        }
    }

    /// Makes an object that is full of bytes, but for every fourth page, which has no frame.
    fn filled(&mut self, len: u64, byte: u8) -> (usize, Ref<Vmo>) {
        let size = len.min(600 * PAGE);
        let options = VmoOptions::empty();
        let vmo = Vmo::create(self.machine.memory(), size, options).expect("memory");
        let number = self.model.create(size, options).expect("small");
        for page in (0..size / PAGE).filter(|page| page % 4 != 3) {
            let bytes = pattern(byte.wrapping_add(page as u8), PAGE as usize);
            assert_eq!(vmo.write(page * PAGE, &bytes), Ok(()));
            assert_eq!(self.model.write(number, page * PAGE, &bytes), Ok(()));
        }
        vmo.set_label(number as u64 + 1);
        self.objects.push(Known { vmo: Some(vmo.clone()), ..Known::default() });
        (number, vmo)
    }

    /// Finds the object that a number in a sequence means, mostly one with pages to be supplied.
    pub(super) fn backed_object(&self, number: usize) -> Option<(usize, Ref<Vmo>)> {
        let backed = || self.objects.iter().enumerate().filter(|(_, known)| known.told.is_some());
        let count = backed().count();
        let found = number.checked_rem(count).and_then(|index| backed().nth(index));
        let found = found.and_then(|(number, known)| Some((number, known.vmo.clone()?)));
        found.filter(|_| !number.is_multiple_of(8)).or_else(|| self.object(number))
    }

    /// Makes a call that changes nothing.
    fn ask(&self, operation: &ContentOp) {
        let (ContentOp::FindMissing { vmo, offset, len }
        | ContentOp::CheckCaches { vmo, offset, len }
        | ContentOp::Count { vmo, offset, len }) = *operation
        else {
            return;
        };
        let Some((number, vmo)) = self.object(vmo) else {
            return;
        };
        match operation {
            ContentOp::FindMissing { .. } => {
                let end = offset.checked_add(len).map(|end| end.div_ceil(PAGE));
                let expected = end.and_then(|end| self.model.missing(number, offset / PAGE..end));
                let expected = expected.map(|pages| (pages.start * PAGE, pages.end * PAGE));
                let found = vmo.missing(offset, len);
                let found = found.map(|found| (found.at(), found.at() + found.bytes()));
                assert_eq!(found, expected);
                self.find_closed((number, &vmo), offset, len);
            }
            ContentOp::CheckCaches { .. } => {
                let expected = self.model.check_cache_range(number, offset, len);
                assert_eq!(vmo.check_cache_range(offset, len), expected);
            }
            _ => {
                let usage = vmo.usage(offset, len);
                let found = Usage {
                    pages: usage.pages,
                    private_pages: usage.private_pages,
                    scaled: usage.scaled(),
                };
                assert_eq!(found, self.model.usage(number, offset, len));
            }
        }
        assert_eq!(vmo.check_range(offset, len), self.model.check(number, offset, len));
    }
}
