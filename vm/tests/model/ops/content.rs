//! Operations on what is in objects.

use proptest::prelude::*;

use super::Scale;
use super::draw::{bytes, len, offset_in_object, page_offset};

#[derive(Clone, Debug)]
pub(crate) enum ContentOp {
    SetSize {
        vmo: usize,
        size: u64,
    },
    SetStreamSize {
        vmo: usize,
        size: u64,
    },
    SetContentSize {
        vmo: usize,
        size: u64,
    },
    Zero {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    Decommit {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    Commit {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    Read {
        vmo: usize,
        offset: u64,
        len: usize,
    },
    Write {
        vmo: usize,
        offset: u64,
        len: usize,
        byte: u8,
    },
    TransferData {
        vmo: usize,
        offset: u64,
        source: usize,
        source_offset: u64,
        len: u64,
    },
    /// Supplies missing pages from an object that is made for it, or from any other.
    Supply {
        vmo: usize,
        offset: u64,
        aux: Option<usize>,
        aux_offset: u64,
        len: u64,
        byte: u8,
    },
    /// Agrees to writes.
    Agree {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    BeginWriteback {
        vmo: usize,
        offset: u64,
        len: u64,
        has_frames_too: bool,
    },
    EndWriteback {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    /// Asks for the first dirty pages.
    FindDirty {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    ForgetModified {
        vmo: usize,
    },
    DropClean {
        vmo: usize,
    },
    /// Asks for the first missing page.
    FindMissing {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    CheckCaches {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    Count {
        vmo: usize,
        offset: u64,
        len: u64,
    },
}

impl ContentOp {
    pub(super) fn scale(&mut self, scale: Scale) {
        match self {
            ContentOp::SetSize { size, .. }
            | ContentOp::SetStreamSize { size, .. }
            | ContentOp::SetContentSize { size, .. } => scale.apply(&mut [size]),
            ContentOp::Read { offset, .. } | ContentOp::Write { offset, .. } => {
                scale.apply(&mut [offset]);
            }
            ContentOp::Zero { offset, len, .. }
            | ContentOp::Decommit { offset, len, .. }
            | ContentOp::Commit { offset, len, .. }
            | ContentOp::Agree { offset, len, .. }
            | ContentOp::BeginWriteback { offset, len, .. }
            | ContentOp::EndWriteback { offset, len, .. }
            | ContentOp::FindDirty { offset, len, .. }
            | ContentOp::FindMissing { offset, len, .. }
            | ContentOp::CheckCaches { offset, len, .. }
            | ContentOp::Count { offset, len, .. } => scale.apply(&mut [offset, len]),
            ContentOp::ForgetModified { .. } | ContentOp::DropClean { .. } => {}
            ContentOp::TransferData { offset, source_offset, len, .. } => {
                scale.apply(&mut [offset, source_offset, len]);
            }
            ContentOp::Supply { offset, aux_offset, len, .. } => {
                scale.apply(&mut [offset, aux_offset, len]);
            }
        }
    }
}

fn on_range() -> impl Strategy<Value = ContentOp> {
    let range = || (any::<usize>(), offset_in_object(), len());
    let pages = || (any::<usize>(), page_offset(), len());
    prop_oneof![
        3 => range().prop_map(|(vmo, offset, len)| ContentOp::Commit { vmo, offset, len }),
        4 => pages().prop_map(|(vmo, offset, len)| ContentOp::Decommit { vmo, offset, len }),
        6 => range().prop_map(|(vmo, offset, len)| ContentOp::Zero { vmo, offset, len }),
        1 => range().prop_map(|(vmo, offset, len)| ContentOp::FindMissing { vmo, offset, len }),
        1 => range().prop_map(|(vmo, offset, len)| ContentOp::CheckCaches { vmo, offset, len }),
        2 => range().prop_map(|(vmo, offset, len)| ContentOp::Count { vmo, offset, len }),
    ]
}

fn on_pages() -> impl Strategy<Value = ContentOp> {
    let place = || (any::<usize>(), page_offset());
    let aux = prop_oneof![6 => Just(None), 1 => any::<usize>().prop_map(Some)];
    prop_oneof![
        (place(), place(), len()).prop_map(|((vmo, offset), (source, source_offset), len)| {
            ContentOp::TransferData { vmo, offset, source, source_offset, len }
        }),
        (place(), (aux, page_offset()), len(), any::<u8>()).prop_map(
            |((vmo, offset), (aux, aux_offset), len, byte)| {
                ContentOp::Supply { vmo, offset, aux, aux_offset, len, byte }
            },
        ),
    ]
}

fn on_dirt() -> impl Strategy<Value = ContentOp> {
    let pages = || (any::<usize>(), page_offset(), len());
    let begin = (pages(), any::<bool>()).prop_map(|((vmo, offset, len), has_frames_too)| {
        ContentOp::BeginWriteback { vmo, offset, len, has_frames_too }
    });
    prop_oneof![
        4 => pages().prop_map(|(vmo, offset, len)| ContentOp::Agree { vmo, offset, len }),
        4 => begin,
        4 => pages().prop_map(|(vmo, offset, len)| ContentOp::EndWriteback { vmo, offset, len }),
        4 => pages().prop_map(|(vmo, offset, len)| ContentOp::FindDirty { vmo, offset, len }),
        1 => any::<usize>().prop_map(|vmo| ContentOp::ForgetModified { vmo }),
        1 => any::<usize>().prop_map(|vmo| ContentOp::DropClean { vmo }),
    ]
}

fn on_bytes() -> impl Strategy<Value = ContentOp> {
    let place = || (any::<usize>(), offset_in_object(), bytes());
    let write = (place(), any::<u8>()).prop_map(|((vmo, offset, len), byte)| ContentOp::Write {
        vmo,
        offset,
        len,
        byte,
    });
    let read = place().prop_map(|(vmo, offset, len)| ContentOp::Read { vmo, offset, len });
    prop_oneof![3 => write, 1 => read]
}

fn on_size() -> impl Strategy<Value = ContentOp> {
    let size = || (any::<usize>(), offset_in_object());
    prop_oneof![
        8 => size().prop_map(|(vmo, size)| ContentOp::SetSize { vmo, size }),
        4 => size().prop_map(|(vmo, size)| ContentOp::SetStreamSize { vmo, size }),
        1 => size().prop_map(|(vmo, size)| ContentOp::SetContentSize { vmo, size }),
    ]
}

pub(super) fn strategy() -> BoxedStrategy<ContentOp> {
    prop_oneof![
        16 => on_bytes().boxed(),
        16 => on_range().boxed(),
        8 => on_pages().boxed(),
        8 => on_dirt().boxed(),
        13 => on_size().boxed(),
    ]
    .boxed()
}
