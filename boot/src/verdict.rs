//! From what is known of a guest to the status this process ends with.

use crate::{monitor::Ending, qemu, transcript::Transcript};
use std::time::Duration;

/// Status after a kernel panic: what a panicking Rust program ends with.
const KERNEL_PANICKED: u8 = 101;
/// Status after the machine ended otherwise than by the kernel's will.
const MACHINE_DIED: u8 = 102;
/// Status after a time limit: what `timeout` ends with.
const TIMED_OUT: u8 = 124;
/// Status after an interruption: 128 and the signal's number.
const INTERRUPTED: u8 = 130;
/// Status of a program that was killed: 128 and the number of the signal for a bad access.
const PROGRAM_KILLED: u8 = 139;

/// The codes of processes that did not end by themselves: killed by an exception, a call or a policy.
const KILLED_FIRST: i64 = -1028;
/// The last of them.
const KILLED_LAST: i64 = -1024;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it should, with the program's code.
    Exited(i64),
    /// The kernel panicked.
    Panicked,
    /// The whole took too long.
    TooLong(Duration),
    /// Nothing was printed for too long.
    Silent(Duration),
    /// Somebody interrupted it.
    Interrupted,
    /// The processor was reset: a triple fault, as a rule.
    Reset,
    /// The kernel ended the run without reporting a status.
    NoExitLine,
    /// QEMU ended with a status the kernel does not give.
    Unexpected(Option<i32>),
}

impl Verdict {
    /// Judges a run.
    pub(crate) fn of(ending: Ending, transcript: &Transcript) -> Self {
        match ending {
            Ending::Interrupted => Self::Interrupted,
            _ if transcript.has_panicked => Self::Panicked,
            Ending::TooLong(limit) => Self::TooLong(limit),
            Ending::Silent(limit) => Self::Silent(limit),
            Ending::Status(status) => match (status.code(), transcript.exit) {
                (Some(qemu::CLEAN), Some(code)) => Self::Exited(code),
                (Some(qemu::CLEAN), None) => Self::NoExitLine,
                (Some(qemu::PANICKED), _) => Self::Panicked,
                (Some(0), _) => Self::Reset,
                (other, _) => Self::Unexpected(other),
            },
        }
    }

    /// Returns the status to end with.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::Exited(KILLED_FIRST..=KILLED_LAST) => PROGRAM_KILLED,
            // As everywhere, a status is the low byte of the code; but failure must not come out as success.
            Self::Exited(code) => match code.to_le_bytes()[0] {
                0 if code != 0 => u8::MAX,
                low => low,
            },
            Self::Panicked => KERNEL_PANICKED,
            Self::TooLong(_) | Self::Silent(_) => TIMED_OUT,
            Self::Interrupted => INTERRUPTED,
            Self::Reset | Self::NoExitLine | Self::Unexpected(_) => MACHINE_DIED,
        }
    }

    /// Returns what to tell the user, if the guest cannot have said it itself.
    pub(crate) fn message(self) -> Option<String> {
        match self {
            Self::Exited(_) => None,
            Self::Panicked => Some("the kernel panicked; the report is above".into()),
            Self::TooLong(limit) => Some(format!(
                "the guest was still running after {} s (--timeout); ended it",
                limit.as_secs()
            )),
            Self::Silent(limit) => Some(format!(
                "the guest printed nothing for {} s and counts as hung; ended it (--timeout 0 waits for ever)",
                limit.as_secs()
            )),
            Self::Interrupted => Some("interrupted".into()),
            Self::Reset => {
                Some("the processor gave up and reset the machine: a triple fault".into())
            }
            Self::NoExitLine => Some("the kernel ended the run without reporting a status".into()),
            Self::Unexpected(Some(status)) => {
                Some(format!("QEMU ended with status {status}, which the kernel does not give"))
            }
            Self::Unexpected(None) => Some("QEMU was killed".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

    fn verdict(code: i32, exit: Option<i64>, has_panicked: bool) -> Verdict {
        let ending = Ending::Status(ExitStatus::from_raw(code << 8));
        let mut transcript = Transcript::default();
        transcript.exit = exit;
        transcript.has_panicked = has_panicked;
        Verdict::of(ending, &transcript)
    }

    #[test]
    fn only_a_clean_end_with_status_zero_succeeds() {
        assert_eq!(verdict(33, Some(0), false).status(), 0);
        for (code, exit, has_panicked) in [
            (33, None, false),
            (33, Some(0), true),
            (35, Some(0), false),
            (0, Some(0), false),
            (1, Some(0), false),
            (33, Some(256), false),
        ] {
            assert_ne!(
                verdict(code, exit, has_panicked).status(),
                0,
                "{code} {exit:?} {has_panicked}"
            );
        }
    }

    #[test]
    fn a_programs_code_is_the_status() {
        assert_eq!(verdict(33, Some(42), false).status(), 42);
        assert_eq!(verdict(33, Some(-1028), false).status(), PROGRAM_KILLED);
        assert_eq!(verdict(33, Some(-1024), false).status(), PROGRAM_KILLED);
        assert_eq!(verdict(33, Some(-1), false).status(), 255);
        assert_eq!(verdict(33, Some(300), false).status(), 44);
        assert_eq!(verdict(33, Some(256), false).status(), 255);
    }

    #[test]
    fn a_reset_is_told_from_an_exit() {
        assert_eq!(verdict(0, None, false), Verdict::Reset);
    }
}
