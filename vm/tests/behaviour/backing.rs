//! Objects whose pages a test provides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use abi::{Status, VmoOptions};
use vm::{Missing, PageSource, Ref, Result, Vmo};

use crate::common::*;

/// A source that is told by tests what to do, and remembers what it was told.
pub(crate) struct Remembers(pub(crate) Arc<AtomicU64>);

impl PageSource for Remembers {
    fn provide(&self, page: &Missing) -> Result<()> {
        self.0.store(page.offset(), Ordering::Relaxed);
        Err(Status::IO)
    }

    fn zeroed(&self, _: std::ops::Range<u64>) {}

    fn cut(&self, offset: u64) {
        self.0.store(offset, Ordering::Relaxed);
    }
}

impl Drop for Remembers {
    fn drop(&mut self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Makes an object with a source, and where that keeps what it was told.
pub(crate) fn backed(world: &World, pages: u64, options: VmoOptions) -> (Ref<Vmo>, Arc<AtomicU64>) {
    let told = Arc::new(AtomicU64::new(1));
    let source = Box::new(Remembers(told.clone()));
    let vmo = Vmo::with_source(world.memory(), pages * PAGE, options, source);
    (vmo.expect("an object"), told)
}

pub(crate) fn fixed(world: &World, pages: u64) -> Ref<Vmo> {
    backed(world, pages, VmoOptions::empty()).0
}

/// Makes an object of which page N is full of the byte `first + N`.
pub(crate) fn filled(world: &World, pages: u64, first: u8) -> Ref<Vmo> {
    let vmo = world.vmo(pages);
    for page in 0..pages {
        let byte = first + page as u8;
        vmo.write(page * PAGE, &[byte; PAGE as usize]).expect("room");
    }
    vmo
}

/// Supplies the pages from `first` on with bytes from `byte` on.
pub(crate) fn supply(world: &World, vmo: &Vmo, first: u64, pages: u64, byte: u8) {
    let aux = filled(world, pages, byte);
    vmo.supply(first * PAGE, pages * PAGE, &aux, 0).expect("room");
}

pub(crate) fn byte_of(vmo: &Vmo, page: u64) -> Result<u8> {
    let mut byte = [0];
    vmo.read(page * PAGE, &mut byte)?;
    Ok(byte[0])
}
