//! Every call with each of its arguments wrong in turn: handles that name nothing or something else or do not allow it, and pointers
//! to nowhere.
//!
//! A call that fails has to leave everything as it was: afterwards the same call, made rightly, does what it should.

use super::good::{Row, good};
use super::stage::{Stage, Thing};
use crate::syscall::decode;
use abi::{Call, RawHandle, Rights, Status};
use alloc::format;
use alloc::vec::Vec;

/// One argument of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arg {
    /// A number.
    Is(u64),
    /// A handle to this and nothing else, which must have these rights.
    To(Thing, Rights),
    /// A handle to anything, which must have these rights.
    ToAny(Thing, Rights),
    /// The same, or 0.
    ToAnyOrNone(Thing, Rights),
    /// A handle to this and nothing else, or 0.
    ToOrNone(Thing),
    /// Memory that is read or written.
    At,
    /// The same, or null.
    AtOrNull,
    /// Memory in which a handle to this is.
    AtHandle(Thing),
    /// Memory full of line breaks.
    AtText,
    /// An aligned address in the user half, which need not be mapped.
    Word,
    /// Null, since there is nothing to point to.
    Null,
}

impl Arg {
    fn is_pointer(self) -> bool {
        matches!(
            self,
            Self::At | Self::AtOrNull | Self::AtHandle(_) | Self::AtText | Self::Word | Self::Null
        )
    }

    /// Returns what the argument must name and allow, if it is a handle.
    fn handle(self) -> Option<(Thing, Rights)> {
        match self {
            Self::To(thing, rights)
            | Self::ToAny(thing, rights)
            | Self::ToAnyOrNone(thing, rights) => Some((thing, rights)),
            Self::ToOrNone(thing) => Some((thing, Rights::empty())),
            _ => None,
        }
    }
}

/// Values that name no handle.
const BAD_HANDLES: [RawHandle; 6] = [0, 1, 2, 3, 0x7FFF_FFFF, RawHandle::MAX];
/// Addresses of no memory that a program can have, not aligned ones among them.
const BAD_ADDRESSES: [u64; 6] =
    [0, 4096, (1 << 47) - 2, 1 << 47, 0xFFFF_8000_0000_0000, u64::MAX - 3];

/// Writes a function that returns the types of a call's arguments.
macro_rules! types {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:tt;)*) => {
        fn types_of(call: Call) -> &'static [&'static str] {
            match call {
                $(Call::$variant => &[$(stringify!($type)),*],)*
            }
        }
    };
}

abi::for_each_call!(types);

/// A call that is about to be made.
struct Attempt<'a> {
    stage: &'a Stage,
    row: &'a Row,
}

/// Right arguments, and the handles that were made for them.
#[derive(Default)]
struct Given {
    args: [u64; 8],
    /// Which argument each handle is, or is in the memory of.
    handles: Vec<(usize, RawHandle)>,
}

impl Attempt<'_> {
    /// Returns right arguments, but for number `except`.
    fn give(&self, except: Option<usize>) -> Given {
        let mut given = Given::default();
        for (index, arg) in self.row.args.iter().enumerate() {
            if except != Some(index) {
                given.args[index] = self.give_one(index, *arg, &mut given.handles);
            }
        }
        given
    }

    fn give_one(&self, index: usize, arg: Arg, handles: &mut Vec<(usize, RawHandle)>) -> u64 {
        let place = |bytes: &[u8]| self.stage.place(index as u64, bytes);
        let mut give = |thing| {
            let value = self.stage.give(thing, Rights::all());
            handles.push((index, value));
            value
        };
        match arg {
            Arg::Is(number) => number,
            Arg::To(thing, _) | Arg::ToAny(thing, _) | Arg::ToAnyOrNone(thing, _) => {
                give(thing).into()
            }
            Arg::ToOrNone(thing) => give(thing).into(),
            Arg::At | Arg::AtOrNull | Arg::Word => place(&[]),
            Arg::AtHandle(thing) => place(&give(thing).to_le_bytes()),
            Arg::AtText => place(&[b'\n'; 16]),
            Arg::Null => 0,
        }
    }

    /// Makes the call with argument `index` replaced; it has to fail with `expected` and leave all handles as they were.
    fn fails(&self, index: usize, wrong: u64, expected: Status) {
        let (stage, row) = (self.stage, self.row);
        let before = stage.caller.handles().count();
        let Given { mut args, handles } = self.give(Some(index));
        args[index] = wrong;
        let what = format!("{} {args:x?}, argument {index}", row.call.name());
        assert_eq!(self.call(&args), expected, "{what}");
        for (place, value) in handles {
            let is_there = stage.take_back(value);
            let is_in_memory = row.args[place].is_pointer();
            assert!(is_in_memory || is_there == (row.consumes != Some(place)), "{what}: {place}");
        }
        // A wrong handle may be consumed as a right one is.
        let left = stage.caller.handles().count();
        let is_consumed = row.consumes == Some(index) && left + 1 == before;
        assert!(left == before || is_consumed, "{what}: {left} handles instead of {before}");
    }

    fn call(&self, args: &[u64; 8]) -> Status {
        decode(self.row.call, &self.stage.caller, args).err().unwrap_or(Status::OK)
    }

    /// Tries everything that can be wrong with argument `index`.
    fn try_all(&self, index: usize, arg: Arg) {
        if let Some((thing, rights)) = arg.handle() {
            self.try_values(index, arg);
            self.try_types(index, arg, thing);
            self.try_rights(index, thing, rights);
        } else {
            self.try_addresses(index, arg);
        }
    }

    fn try_values(&self, index: usize, arg: Arg) {
        let stale = self.stage.give(Thing::Event, Rights::all());
        assert!(self.stage.take_back(stale));
        let may_be_none = matches!(arg, Arg::ToAnyOrNone(..) | Arg::ToOrNone(_));
        for bad in BAD_HANDLES.into_iter().chain([stale]) {
            if bad != 0 || !may_be_none {
                self.fails(index, bad.into(), Status::BAD_HANDLE);
            }
        }
    }

    fn try_types(&self, index: usize, arg: Arg, thing: Thing) {
        if matches!(arg, Arg::ToAny(..) | Arg::ToAnyOrNone(..)) {
            return;
        }
        let other = if thing == Thing::Event { Thing::Vmo } else { Thing::Event };
        let wrong = self.stage.give(other, Rights::all());
        let [first, others] = self.row.wrong_type;
        self.fails(index, wrong.into(), if index == 0 { first } else { others });
        assert_eq!(self.stage.take_back(wrong), self.row.consumes != Some(index));
    }

    fn try_rights(&self, index: usize, thing: Thing, rights: Rights) {
        for right in rights.iter() {
            let weak = self.stage.give(thing, Rights::all() - right);
            self.fails(index, weak.into(), Status::ACCESS_DENIED);
            assert_eq!(self.stage.take_back(weak), self.row.consumes != Some(index));
        }
    }

    fn try_addresses(&self, index: usize, arg: Arg) {
        let bad = |address: &u64| match arg {
            Arg::At | Arg::AtHandle(_) | Arg::AtText => true,
            Arg::AtOrNull => *address != 0,
            Arg::Word => *address != 4096,
            Arg::Is(_) | Arg::Null => false,
            Arg::To(..) | Arg::ToAny(..) | Arg::ToAnyOrNone(..) | Arg::ToOrNone(_) => false,
        };
        for address in BAD_ADDRESSES.iter().filter(|address| bad(address)) {
            self.fails(index, *address, self.row.bad_address);
        }
        if matches!(arg, Arg::Null) {
            let address = self.stage.place(index as u64, &[]);
            self.fails(index, address, Status::INVALID_ARGS);
        }
    }

    /// Makes the call as it should be made.
    fn succeeds(&self) {
        let args = self.give(None).args;
        assert_eq!(self.call(&args), self.row.outcome, "{} {args:x?}", self.row.call.name());
    }
}

impl Row {
    /// Checks that the row is about the arguments that the call has.
    fn check(&self) {
        let types = types_of(self.call);
        assert_eq!(self.args.len(), types.len(), "{}", self.call.name());
        for (arg, name) in self.args.iter().zip(types) {
            let is_right = arg.is_pointer() == name.starts_with('*')
                && (arg.handle().is_none() || *name == "u32");
            assert!(is_right, "{}: {arg:?} is no {name}", self.call.name());
        }
    }
}

#[test_case]
fn each_argument_of_each_call_is_checked() {
    for call in Call::ALL {
        let stage = Stage::new();
        let row = good(*call, &stage);
        row.check();
        let attempt = Attempt { stage: &stage, row: &row };
        for (index, arg) in row.args.iter().enumerate() {
            attempt.try_all(index, *arg);
        }
        if !matches!(call, Call::ProcessExit | Call::ThreadExit) {
            attempt.succeeds();
        }
    }
}
