//! Making objects, and letting go of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use abi::{CachePolicy, VmoChildOptions, VmoOptions};
use vm::{Access, ChildRequest, Missing, PageSource, Ref, Result, Status, Vmo};

use super::starve::OnFailure::Unchanged;
use super::{Known, Run};
use crate::common::PAGE;
use crate::ops::CreateOp;

/// Objects with names there are at the most.
const MOST_OBJECTS: usize = 12;

/// Kinds of copies that see pages of others, which the model does not know.
const ONE_WAY: VmoChildOptions =
    VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.union(VmoChildOptions::SNAPSHOT_MODIFIED);

/// What a source is told when it is dropped.
pub(super) const GONE: u64 = u64::MAX;

/// A source that keeps what it is told. Whoever needs a page has to wait for a step that supplies it.
struct Source(Arc<AtomicU64>);

impl PageSource for Source {
    fn provide(&self, _: &Missing) -> Result<()> {
        Err(Status::SHOULD_WAIT)
    }

    fn zeroed(&self, _: std::ops::Range<u64>) {}

    fn cut(&self, offset: u64) {
        self.0.store(offset, Ordering::Relaxed);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.0.store(GONE, Ordering::Relaxed);
    }
}

impl Run {
    pub(super) fn on_create(&mut self, operation: &CreateOp) {
        let names = self.objects.iter().filter(|known| known.vmo.is_some()).count();
        if names == MOST_OBJECTS && !matches!(operation, CreateOp::Close { .. }) {
            return;
        }
        match *operation {
            CreateOp::Plain { size, options } => self.create_plain(size, options),
            CreateOp::Backed { size, options } => self.create_backed(size, options),
            CreateOp::Contiguous { size, align_log2 } => self.create_contiguous(size, align_log2),
            CreateOp::Physical { pages, policy } => self.create_physical(pages, policy),
            CreateOp::Child { vmo, rights, options, offset, size } => {
                let Some((parent, vmo)) = self.object(vmo) else {
                    return;
                };
                if vmo.source().is_some() && options.intersects(ONE_WAY) {
                    return;
                }
                let request = || ChildRequest { rights, options, offset, size };
                let result = self.call(Unchanged, || vmo.create_child(request()));
                let child = self.model.create_child(parent, rights, options, (offset, size));
                self.name(result, child, Known::default());
            }
            CreateOp::Close { vmo } => {
                if let Some((number, _)) = self.object(vmo) {
                    self.objects[number].vmo = None;
                }
            }
        }
    }

    /// Names an object that both have made, or checks that both refuse. The label is the number plus one.
    fn name(&mut self, result: Result<Ref<Vmo>>, expected: Result<usize>, known: Known) {
        match result {
            Ok(vmo) => {
                assert_eq!(expected, Ok(self.objects.len()));
                self.objects.push(Known { vmo: Some(vmo.clone()), ..known });
                vmo.set_label(self.objects.len() as u64);
            }
            Err(status) => assert_eq!(expected, Err(status)),
        }
    }

    pub(super) fn create_plain(&mut self, size: u64, options: VmoOptions) {
        let memory = self.machine.memory();
        let result = self.call(Unchanged, || Vmo::create(memory, size, options));
        let expected = self.model.create(size, options);
        self.name(result, expected, Known::default());
    }

    fn create_backed(&mut self, size: u64, options: VmoOptions) {
        let memory = self.machine.memory();
        // Each attempt has a source of its own, and keeps the last one's.
        let told: [Arc<AtomicU64>; 2] = Default::default();
        let result = self.call(Unchanged, || {
            told[1].store(0, Ordering::Relaxed);
            let source = vm::try_box(Source(told[1].clone()))?;
            Vmo::with_source(memory, size, options, source)
        });
        let expected = self.model.create_backed(size, options);
        let [_, told] = told;
        self.name(result, expected, Known { told: Some(told), ..Known::default() });
    }

    fn create_contiguous(&mut self, size: u64, align_log2: u32) {
        // The model has no end of memory, so nothing larger than what there certainly is.
        let memory = self.machine.memory();
        let is_fair = size <= 48 * PAGE && align_log2 <= 14;
        if !is_fair && Vmo::check_contiguous(size, align_log2).is_ok() {
            return;
        }
        let result = self.call(Unchanged, || Vmo::contiguous(memory, size, align_log2));
        let expected = self.model.create_contiguous(size, align_log2);
        self.name(result, expected, Known::default());
    }

    fn create_physical(&mut self, pages: u64, policy: CachePolicy) {
        let memory = self.machine.memory();
        // Frames in a row that are full of zeros.
        let window = Vmo::contiguous(memory, pages * PAGE, 0).expect("free frames");
        let mut address = None;
        let pinned = Vmo::pin(&window, Access::Write, 0, PAGE).expect("inside");
        pinned.first_frames(1, |first| address = Some(first.address()));
        drop(pinned);
        let address = address.expect("a frame");
        // Until there is an object, they are nobody's.
        self.frames -= pages;
        let result = self.call(Unchanged, || Vmo::physical(memory, address, pages * PAGE, policy));
        self.frames += pages;
        let expected = Ok(self.model.create_physical(pages, policy));
        self.name(result, expected, Known { window: Some(window), ..Known::default() });
    }
}
