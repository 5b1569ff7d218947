//! Virtual memory for a kernel: a tree of address regions over memory objects, on x86_64 page tables.
//!
//! An [`Aspace`] is one address space: a tree of regions and the page tables that the processor walks. A [`Vmar`] names one region
//! of the tree; in it, [`Vmar::allocate`] makes sub-regions and [`Vmar::map`] makes mappings of a [`Vmo`], an array of pages that
//! are given frames when they are first written. [`Aspace::fault`] joins the two when the processor finds no entry.
//!
//! The crate does all of this itself, page tables included, and asks four things of its surroundings: a window onto physical memory
//! and the free frames in it ([`Memory::new`]), invalidation of TLBs and entropy ([`Machine`]). So the code that runs in a kernel
//! runs unchanged in a host test.
//!
//! ```text
//!   Vmar::{allocate, map, unmap, protect, destroy}      Aspace::fault
//!        |                                                   |
//!      region: tree of regions, placement ----------------+  |
//!        |                                                |  |
//!       vmo: pages of an object, who maps them <----------+--+
//!        |                                                   |
//!     table: x86_64 page tables, flushes <-------------------+
//!        |
//!     memory: frames and their records
//! ```
//!
//! # Rules
//!
//! * **Locks** are taken downwards: regions of an address space, then a VMO, then page tables, then frames. None is held while
//!   memory of ring 3 is touched.
//! * **Check, then act**: an operation checks everything and takes the memory it may need before its first change; from there on it
//!   cannot fail. So [`Status::NO_MEMORY`] always leaves things as they were.
//! * **Flush before reuse**: a frame or a table goes back to the allocator only after the TLBs have forgotten it.

#![cfg_attr(not(any(test, feature = "sim")), no_std)]
#![allow(clippy::cast_possible_truncation, reason = "for x86_64 only: a usize holds a u64")]

extern crate alloc;

mod aspace;
mod attr;
mod check;
mod dump;
mod fault;
mod find;
mod lock;
mod machine;
mod memory;
mod reference;
mod region;
mod rng;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
mod slab;
mod survey;
mod sync;
mod table;
mod units;
mod vmar;
mod vmo;

pub use abi::{CachePolicy, Result, Status};
pub use aspace::Aspace;
pub use attr::{Access, Attr, Perms};
pub use check::Violation;
pub use find::Shown;
pub use machine::{Invalidation, Machine};
pub use memory::{Gate, Memory};
pub use reference::{Ref, try_box};
pub use survey::{MappingInfo, RegionInfo, Survey};
pub use table::{Leaf, LeafSize, Tables};
pub use units::{Frame, PAGE_SHIFT, PAGE_SIZE, PageRange, page_base, round_up_to_page};
pub use vmar::{MapRequest, Mapped, RangeOperation, Vmar, Wired};
pub use vmo::{
    Attachment, ChildRequest, DirtyRange, HandleCount, Missing, Need, PageSource, Pinned, Usage,
    Vmo, Written,
};
