//! A page of the model: bytes, and nothing of how they came to be there.
//!
//! Objects that show one frame hold one page, so the frames in use are the pages there are.

use std::cell::Cell;
use std::rc::Rc;

use crate::common::PAGE;

thread_local! {
    static LIVE: Cell<u64> = const { Cell::new(0) };
}

/// The bytes of a frame.
pub(crate) struct Page(Box<[u8; PAGE as usize]>);

/// What pages without a frame show.
pub(crate) const ZEROS: &[u8; PAGE as usize] = &[0; PAGE as usize];

impl Page {
    /// Makes a page of zeros.
    pub(crate) fn zeroed() -> Rc<Page> {
        Rc::new(Page::with(Box::new(*ZEROS)))
    }

    /// Returns how many pages this thread has.
    pub(crate) fn live() -> u64 {
        LIVE.get()
    }

    fn with(bytes: Box<[u8; PAGE as usize]>) -> Page {
        LIVE.set(LIVE.get() + 1);
        Page(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; PAGE as usize] {
        &self.0
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; PAGE as usize] {
        &mut self.0
    }
}

impl Clone for Page {
    fn clone(&self) -> Page {
        Page::with(self.0.clone())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}
