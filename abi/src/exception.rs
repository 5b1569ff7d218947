//! Exceptions of threads: their types, and what a handler can answer.
//!
//! # Source
//! `faults.md` §3; Zircon `zircon/syscalls/exception.h`.

use crate::Status;

/// Option of `task_create_exception_channel`: the channel of a debugger.
pub const EXCEPTION_CHANNEL_DEBUGGER: u32 = 1;

/// Declares an enum of numbers, with all of its values and the way back from a number.
macro_rules! numbers {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[repr(u32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value = $number,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];
        }

        impl TryFrom<u32> for $name {
            type Error = Status;

            fn try_from(number: u32) -> crate::Result<Self> {
                let found = Self::ALL.iter().find(|value| **value as u32 == number);
                found.copied().ok_or(Status::INVALID_ARGS)
            }
        }
    };
}

numbers! {
    /// What happened to a thread.
    ExceptionType {
        /// Something for which there is no other type.
        General = 0x008,
        /// An access that could not be made possible.
        FatalPageFault = 0x108,
        /// No such instruction.
        UndefinedInstruction = 0x208,
        /// A breakpoint instruction.
        SwBreakpoint = 0x308,
        /// A debug register or a single step.
        HwBreakpoint = 0x408,
        /// A misaligned access where alignment is checked.
        UnalignedAccess = 0x508,
        /// The thread is about to run for the first time. Only debuggers hear of it.
        ThreadStarting = 0x8008,
        /// The thread is about to end. Only debuggers hear of it.
        ThreadExiting = 0x8108,
        /// The thread is the first of its process, and about to run. Only debuggers of jobs hear of it.
        ProcessStarting = 0x8308,
    }
}

numbers! {
    /// What becomes of an exception when its handle is closed.
    ExceptionState {
        /// The next handler gets it.
        TryNext = 0,
        /// The thread goes on, with the same instruction if that faulted.
        Handled = 1,
        /// The thread ends.
        ThreadExit = 2,
    }
}

numbers! {
    /// Whether a debugger wants an exception once more that nobody else in the process has handled.
    ExceptionStrategy {
        /// It has seen it.
        FirstChance = 0,
        /// It wants it after the handlers of thread and process.
        SecondChance = 1,
    }
}

numbers! {
    /// Whose channel an exception waits in, as `InfoThread` says it.
    ExceptionChannelType {
        /// None.
        None = 0,
        /// That of a debugger of the process.
        Debugger = 1,
        /// The thread's.
        Thread = 2,
        /// The process's.
        Process = 3,
        /// The job's.
        Job = 4,
        /// That of a debugger of the job.
        JobDebugger = 5,
    }
}
