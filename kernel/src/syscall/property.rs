//! Properties of objects.
//!
//! # Source
//! `handles-rights-errors.md` §10, `vmo.md` §10.

use super::caller::Caller;
use super::pager::with_pages;
use super::vmo::missing_to_cut_content;
use crate::arch;
use crate::arch::user_copy::is_user_address;
use crate::object::{Exception, Object, Thread};
use crate::user::{UserPtr, UserSlice};
use abi::layout::MAX_NAME_LEN;
use abi::object::{
    PROP_EXCEPTION_STATE, PROP_EXCEPTION_STRATEGY, PROP_NAME, PROP_REGISTER_FS,
    PROP_VMO_CONTENT_SIZE,
};
use abi::{ExceptionState, ExceptionStrategy, RawHandle, Result, Rights, Status};
use vm::Ref;

/// Writes a property's value to `buffer`.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`].
/// 2. [`Status::NOT_SUPPORTED`]: there is no such property. [`Status::WRONG_TYPE`]: not of such an object.
/// 3. [`Status::ACCESS_DENIED`]: the handle needs GET_PROPERTY; registers are those of the calling thread only.
/// 4. [`Status::BUFFER_TOO_SMALL`].
/// 5. [`Status::INVALID_ARGS`]: the buffer cannot be written.
pub(super) fn get(
    caller: &Caller,
    value: RawHandle,
    property: u32,
    buffer: UserSlice,
) -> Result<()> {
    let (object, rights) = caller.handles().get_any(value)?;
    let property = Property::find(caller, &object, property)?;
    if !rights.contains(Rights::GET_PROPERTY) {
        return Err(Status::ACCESS_DENIED);
    }
    let pointer_size = size_of::<u64>() as u64;
    match property {
        Property::Name(named) if buffer.len() >= MAX_NAME_LEN as u64 => {
            buffer.start().write(named.get())
        }
        Property::FsBase if buffer.len() >= pointer_size => buffer.start().write(arch::fs_base()),
        Property::StreamSize(vmo) if buffer.len() >= pointer_size => {
            buffer.start().write(vmo.stream_size())
        }
        Property::ExceptionState(exception) if buffer.len() >= size_of::<u32>() as u64 => {
            buffer.start().write(exception.answer().state as u32)
        }
        Property::ExceptionStrategy(exception) if buffer.len() >= size_of::<u32>() as u64 => {
            buffer.start().write(exception.answer().strategy as u32)
        }
        _ => Err(Status::BUFFER_TOO_SMALL),
    }
}

/// Changes a property to the value in `buffer`.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`].
/// 2. [`Status::NOT_SUPPORTED`]: there is no such property. [`Status::WRONG_TYPE`]: not of such an object.
/// 3. [`Status::ACCESS_DENIED`]: the handle needs SET_PROPERTY; registers are those of the calling thread only.
/// 4. [`Status::BUFFER_TOO_SMALL`]: an FS base and a stream size have eight bytes, what is said of an exception has four. A name may
///    have any length and is cut.
/// 5. [`Status::ACCESS_DENIED`]: a stream size needs WRITE too.
/// 6. [`Status::INVALID_ARGS`]: the buffer cannot be read, the FS base is no address of ring 3, or there is no such state or strategy.
/// 7. [`Status::BAD_STATE`]: a strategy is for the debugger of the process to choose. Those of [`vm::Vmo::set_content_size`].
pub(super) fn set(
    caller: &Caller,
    value: RawHandle,
    property: u32,
    buffer: UserSlice,
) -> Result<()> {
    let (object, rights) = caller.handles().get_any(value)?;
    let property = Property::find(caller, &object, property)?;
    if !rights.contains(Rights::SET_PROPERTY) {
        return Err(Status::ACCESS_DENIED);
    }
    match property {
        Property::Name(named) => {
            let mut name = [0; MAX_NAME_LEN];
            buffer.cut(MAX_NAME_LEN - 1).read_whole(&mut name)?;
            named.set(name);
            Ok(())
        }
        Property::ExceptionState(exception) if buffer.len() >= size_of::<u32>() as u64 => {
            let number: UserPtr<u32> = buffer.start();
            exception.set_state(ExceptionState::try_from(number.read()?)?);
            Ok(())
        }
        Property::ExceptionStrategy(exception) if buffer.len() >= size_of::<u32>() as u64 => {
            let number: UserPtr<u32> = buffer.start();
            exception.set_strategy(ExceptionStrategy::try_from(number.read()?)?)
        }
        Property::ExceptionState(_) | Property::ExceptionStrategy(_) => {
            Err(Status::BUFFER_TOO_SMALL)
        }
        _ if buffer.len() < size_of::<u64>() as u64 => Err(Status::BUFFER_TOO_SMALL),
        Property::StreamSize(_) if !rights.contains(Rights::WRITE) => Err(Status::ACCESS_DENIED),
        Property::StreamSize(vmo) => {
            let bytes: UserPtr<u64> = buffer.start();
            let size = bytes.read()?;
            with_pages(|| missing_to_cut_content(vmo, size), || vmo.set_content_size(size))
        }
        Property::FsBase => {
            let pointer: UserPtr<u64> = buffer.start();
            let base = pointer.read()?;
            if !is_user_address(base) {
                return Err(Status::INVALID_ARGS);
            }
            arch::set_fs_base(base);
            Ok(())
        }
    }
}

/// A property of an object that has it.
enum Property<'a> {
    Name(Named<'a>),
    /// The FS base of the calling thread.
    FsBase,
    /// The stream size of memory.
    StreamSize(&'a vm::Vmo),
    /// What closing an exception's handle will mean.
    ExceptionState(&'a Exception),
    /// Whether a debugger wants an exception once more.
    ExceptionStrategy(&'a Exception),
}

impl<'a> Property<'a> {
    fn find(caller: &Caller, object: &'a Object, number: u32) -> Result<Self> {
        match number {
            PROP_NAME => Named::of(object).map(Self::Name).ok_or(Status::WRONG_TYPE),
            PROP_VMO_CONTENT_SIZE => match object {
                Object::Vmo(vmo) => Ok(Self::StreamSize(vmo)),
                _ => Err(Status::WRONG_TYPE),
            },
            PROP_REGISTER_FS => check_calling(caller.thread(), object).map(|()| Self::FsBase),
            PROP_EXCEPTION_STATE => match object {
                Object::Exception(exception) => Ok(Self::ExceptionState(exception)),
                _ => Err(Status::WRONG_TYPE),
            },
            PROP_EXCEPTION_STRATEGY => match object {
                Object::Exception(exception) => Ok(Self::ExceptionStrategy(exception)),
                _ => Err(Status::WRONG_TYPE),
            },
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}

/// Checks that `object` is the calling thread, or its process, which stands for the thread that asks.
fn check_calling(thread: &Ref<Thread>, object: &Object) -> Result<()> {
    let is_own = match object {
        Object::Thread(other) => Ref::ptr_eq(other, thread),
        Object::Process(other) => Ref::ptr_eq(other, thread.process()),
        _ => return Err(Status::WRONG_TYPE),
    };
    if is_own { Ok(()) } else { Err(Status::ACCESS_DENIED) }
}

/// An object with a name.
enum Named<'a> {
    Object(&'a crate::object::Name),
    Vmo(&'a vm::Vmo),
}

impl<'a> Named<'a> {
    fn of(object: &'a Object) -> Option<Self> {
        match object {
            Object::Process(process) => Some(Self::Object(process.name())),
            Object::Thread(thread) => Some(Self::Object(thread.name())),
            Object::Job(job) => Some(Self::Object(job.name())),
            Object::Vmo(vmo) => Some(Self::Vmo(vmo)),
            Object::Resource(resource) => Some(Self::Object(resource.name())),
            Object::Bti(bti) => Some(Self::Object(bti.name())),
            _ => None,
        }
    }

    fn get(&self) -> [u8; MAX_NAME_LEN] {
        match self {
            Self::Object(name) => name.get(),
            Self::Vmo(vmo) => vmo.name(),
        }
    }

    fn set(&self, name: [u8; MAX_NAME_LEN]) {
        match self {
            Self::Object(old) => old.set(&name),
            Self::Vmo(vmo) => vmo.set_name(name),
        }
    }
}
