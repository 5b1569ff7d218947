//! Result codes of calls.
//!
//! # Source
//! `handles-rights-errors.md` §1; the numbers are Zircon's.

use core::fmt;

/// Result of a call: 0 is success, everything negative an error.
///
/// Kept as a number, not an enum: ring 3 may meet codes that this list does not know.
#[must_use]
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub i32);

/// Result of an operation that fails with a [`Status`].
pub type Result<T, E = Status> = core::result::Result<T, E>;

impl Status {
    /// Wraps a number as it came out of a register.
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// Returns the number, as it goes into a register.
    pub const fn into_raw(self) -> i32 {
        self.0
    }

    /// Splits success from failure.
    ///
    /// # Errors
    /// Every status but [`Status::OK`] is returned as the error.
    pub const fn check(self) -> Result<()> {
        match self {
            Self(0) => Ok(()),
            error => Err(error),
        }
    }
}

impl From<Result<()>> for Status {
    fn from(result: Result<()>) -> Self {
        result.err().unwrap_or(Self::OK)
    }
}

/// Declares the named codes once, and everything that needs all of them.
macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl Status {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            /// Every named code with its name, in the order of declaration.
            pub const NAMED: &'static [(Self, &'static str)] = &[$((Self::$name, stringify!($name)),)*];

            /// Returns the code's name without prefix, as in `NO_MEMORY`; `None` for a number without one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    /// Success.
    OK = 0;
    /// The system met a condition it should never meet.
    INTERNAL = -1;
    /// The operation exists, but not for this object or combination of options.
    NOT_SUPPORTED = -2;
    /// A limit other than memory is reached.
    NO_RESOURCES = -3;
    /// No memory, or no free range of addresses.
    NO_MEMORY = -4;
    /// An inner call failed (Magenta and Zircon until 2018).
    CALL_FAILED = -5;
    /// An interrupted wait is to be repeated; never seen by programs.
    INTERNAL_INTR_RETRY = -6;
    /// An argument is invalid.
    INVALID_ARGS = -10;
    /// A handle value names nothing.
    BAD_HANDLE = -11;
    /// The object is of another type than the call needs.
    WRONG_TYPE = -12;
    /// No such call.
    BAD_SYSCALL = -13;
    /// An argument lies outside the valid range.
    OUT_OF_RANGE = -14;
    /// The caller's buffer is too small.
    BUFFER_TOO_SMALL = -15;
    /// The object is in the wrong state, for example destroyed.
    BAD_STATE = -20;
    /// The deadline passed before the event.
    TIMED_OUT = -21;
    /// Nothing is ready yet; waiting would help.
    SHOULD_WAIT = -22;
    /// The operation was canceled.
    CANCELED = -23;
    /// The other end is closed.
    PEER_CLOSED = -24;
    /// The thing asked for is not there.
    NOT_FOUND = -25;
    /// The thing to create is there already.
    ALREADY_EXISTS = -26;
    /// The object is bound already.
    ALREADY_BOUND = -27;
    /// The operation is not possible now, or not for this object.
    UNAVAILABLE = -28;
    /// A right or permission is missing.
    ACCESS_DENIED = -30;
    /// Unspecified input or output error.
    IO = -40;
    /// The device refused the operation.
    IO_REFUSED = -41;
    /// Data failed its integrity check.
    IO_DATA_INTEGRITY = -42;
    /// Data is lost.
    IO_DATA_LOSS = -43;
    /// The device is gone.
    IO_NOT_PRESENT = -44;
    /// More data came than was expected.
    IO_OVERRUN = -45;
    /// A deadline of the device was missed.
    IO_MISSED_DEADLINE = -46;
    /// The data is invalid.
    IO_INVALID = -47;
    /// The path is malformed.
    BAD_PATH = -50;
    /// The object is not a directory.
    NOT_DIR = -51;
    /// The object is not a file.
    NOT_FILE = -52;
    /// The file is or would become too big.
    FILE_BIG = -53;
    /// The storage is full.
    NO_SPACE = -54;
    /// The directory is not empty.
    NOT_EMPTY = -55;
    /// An iteration is to stop.
    STOP = -60;
    /// An iteration is to go on.
    NEXT = -61;
    /// The operation goes on asynchronously.
    ASYNC = -62;
    /// The protocol is not supported.
    PROTOCOL_NOT_SUPPORTED = -70;
    /// The host cannot be reached.
    ADDRESS_UNREACHABLE = -71;
    /// The address is in use.
    ADDRESS_IN_USE = -72;
    /// The socket is not connected.
    NOT_CONNECTED = -73;
    /// The connection was refused.
    CONNECTION_REFUSED = -74;
    /// The connection was reset.
    CONNECTION_RESET = -75;
    /// The connection was aborted.
    CONNECTION_ABORTED = -76;
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "status {}", self.0),
        }
    }
}

impl core::error::Error for Status {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;

    #[test]
    fn names_are_printed_without_prefix() {
        assert_eq!(format!("{:?}", Status::NO_MEMORY), "NO_MEMORY");
        assert_eq!(format!("{}", Status(-999)), "status -999");
        assert_eq!(Status(-20).name(), Some("BAD_STATE"));
    }

    #[test]
    fn numbers_go_through_registers_and_back() {
        assert_eq!(Status::NO_MEMORY.into_raw(), -4);
        assert_eq!(Status::from_raw(-4), Status::NO_MEMORY);
    }

    #[test]
    fn no_number_has_two_names() {
        for (i, (status, name)) in Status::NAMED.iter().enumerate() {
            assert!(!Status::NAMED.iter().skip(i + 1).any(|(other, _)| other == status), "{name}");
        }
    }

    #[test]
    fn check_splits_success_from_failure() {
        assert_eq!(Status::OK.check(), Ok(()));
        assert_eq!(Status::BAD_HANDLE.check(), Err(Status::BAD_HANDLE));
        assert_eq!(Status::from(Err(Status::IO)), Status::IO);
        assert_eq!(Status::from(Ok(())), Status::OK);
    }
}
