//! Arguments of more than one word, and the words that arguments are made of.

use crate::user::{UserPtr, UserSlice};
use abi::{Rights, Signals, Topic, VmOptions};

/// An argument, as the registers it comes from.
pub(super) trait Words {
    /// Returns them, narrow ones as they are.
    fn words(&self) -> Vec<u64>;
}

/// Declares a type with a field for each word.
macro_rules! arguments {
    ($($name:ident { $($field:ident: $type:ty),* })*) => {
        $(
            pub(in crate::calls) struct $name {
                $(pub(in crate::calls) $field: $type,)*
            }

            impl Words for $name {
                fn words(&self) -> Vec<u64> {
                    vec![$(u64::from(self.$field)),*]
                }
            }
        )*
    };
}

arguments! {
    Destination { port: u32, key: u64 }
    Entry { entry: u64, stack: u64 }
    Expected { address: u64, value: u32 }
    Room { bytes: u64, num_bytes: u32, handles: u64, num_handles: u32 }
    Span { vmo: u32, offset: u64, len: u64 }
    Target { address: u64, count: u32, owner: u32 }
}

impl Room {
    pub(super) const fn new(
        (bytes, num_bytes): (u64, u32),
        (handles, num_handles): (u64, u32),
        _: Listing,
    ) -> Self {
        Self { bytes, num_bytes, handles, num_handles }
    }
}

/// How an array lists handles.
#[derive(Clone, Copy)]
pub(in crate::calls) enum Listing {
    /// By their values.
    Values,
    /// By records.
    Records,
}

/// Where a list goes.
pub(in crate::calls) struct List {
    pub(in crate::calls) buffer: UserSlice,
    pub(in crate::calls) actual: UserPtr<()>,
    pub(in crate::calls) avail: UserPtr<()>,
}

/// Says how a type is one word or more.
macro_rules! words {
    ($($type:ty: |$value:ident| [$($word:expr),*];)*) => {
        $(
            impl Words for $type {
                fn words(&self) -> Vec<u64> {
                    let $value = self;
                    vec![$($word),*]
                }
            }
        )*
    };
}

words! {
    List: |list| [list.buffer.address, list.buffer.len, list.actual.address, list.avail.address];
    u32: |word| [u64::from(*word)];
    u64: |word| [*word];
    i64: |word| [word.cast_unsigned()];
    Rights: |rights| [u64::from(rights.bits())];
    Signals: |signals| [u64::from(signals.bits())];
    Topic: |topic| [u64::from(topic.0)];
    UserPtr<()>: |pointer| [pointer.address];
    (u32, u32): |pair| [u64::from(pair.0), u64::from(pair.1)];
    (UserPtr<()>, Listing): |pair| [pair.0.address];
    UserSlice: |slice| [slice.address, slice.len];
    VmOptions: |options| [u64::from(options.bits())];
}

impl<T: Words> Words for &T {
    fn words(&self) -> Vec<u64> {
        T::words(self)
    }
}
