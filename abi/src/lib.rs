//! Numbers and shapes that cross the boundary between ring 3 and the kernel.
//!
//! The one vocabulary of the project: the kernel, the `vm` crate, the Rust runtime and (through the headers in
//! `abi/include`, which a host test compares with this crate) every C program take their constants from here. A leaf:
//! it depends on nothing of the project and holds no policy.
//!
//! | module | what it fixes |
//! |---|---|
//! | [`status`] | result codes of calls |
//! | [`rights`] | what a handle allows |
//! | [`options`] | option bits of VMAR and VMO calls |
//! | [`operation`] | numbers of operations on ranges |
//! | [`device`] | resources and memory of devices |
//! | [`object`] | object types, signals, properties |
//! | [`channel`] | handles and bytes of messages |
//! | [`port`] | packets of ports, and what is waited for |
//! | [`topic`], [`info`] | topics and records of `object_get_info` |
//! | [`exception`] | types of exceptions, and answers to them |
//! | [`pager`] | requests to pagers, and what they answer |
//! | [`debug`] | what only a kernel booted for debugging tells |
//! | [`calls`] | the table of system calls |
//! | [`layout`] | sizes and limits of address spaces |
//! | [`bootstrap`] | the start message of a program |
#![no_std]

pub mod bootstrap;
pub mod calls;
pub mod channel;
pub mod debug;
pub mod device;
pub mod exception;
pub mod info;
pub mod layout;
pub mod object;
pub mod operation;
pub mod options;
pub mod pager;
pub mod port;
pub mod rights;
pub mod status;
pub mod topic;

pub use calls::Call;
pub use device::{BtiOptions, ResourceKind};
pub use exception::{ExceptionChannelType, ExceptionState, ExceptionStrategy, ExceptionType};
pub use object::{Koid, ObjectType, RawHandle, Signals};
pub use operation::{VmarOp, VmoOp};
pub use options::{CachePolicy, VmOptions, VmoChildOptions, VmoOptions};
pub use rights::Rights;
pub use status::{Result, Status};
pub use topic::Topic;
