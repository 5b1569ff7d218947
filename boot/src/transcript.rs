//! What a guest says: passed on as it comes, and remembered as far as the verdict depends on it.

use crate::{
    progress::Step,
    serial::{Entry, Log, Opening},
    tally::Tally,
};
use std::io::{Write as _, stderr, stdout};

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// From COM1: ring 3's.
    Program(Vec<u8>),
    /// From COM2: the kernel's.
    Log(Vec<u8>),
}

/// Both of the guest's streams and what has been gathered from them.
#[derive(Default)]
pub(crate) struct Transcript {
    /// The final status the kernel reported.
    pub(crate) exit: Option<i64>,
    /// The kernel reported a panic.
    pub(crate) has_panicked: bool,
    tally: Option<Tally>,
    booting: Option<Step>,
    program_opening: Opening,
    log_opening: Opening,
    log: Log,
}

impl Transcript {
    /// Begins a transcript, with `tally` to count tests; `booting` is over with the kernel's first word.
    pub(crate) fn begin(booting: Step, tally: Option<Tally>) -> Self {
        Self { tally, booting: Some(booting), ..Self::default() }
    }

    /// Passes one piece on. A reader that has gone away is no reason to stop the guest.
    pub(crate) fn pass_on(&mut self, piece: &Piece) {
        match piece {
            Piece::Program(bytes) => {
                let bytes = self.program_opening.push(bytes);
                self.note_opening();
                if let Some(tally) = &mut self.tally {
                    tally.push(&bytes);
                }
                let _ = stdout().write_all(&bytes).and_then(|()| stdout().flush());
            }
            Piece::Log(bytes) => {
                let bytes = self.log_opening.push(bytes);
                self.note_opening();
                for entry in self.log.push(&bytes) {
                    self.note(entry);
                }
            }
        }
    }

    /// Ends the transcript: shows the last words, which may lack their line break.
    pub(crate) fn end(&mut self) {
        drop(self.booting.take());
        if self.tally.as_ref().is_some_and(Tally::is_within_line) {
            println!();
        }
        let partial = std::mem::take(&mut self.log).into_partial();
        if !partial.is_empty() {
            eprintln!("{}", String::from_utf8_lossy(&partial));
        }
    }

    /// Returns what the ports carried if the kernel never opened one of them.
    pub(crate) fn unopened(&self) -> Option<String> {
        let withheld = [self.program_opening.withheld(), self.log_opening.withheld()].concat();
        (!self.is_open()).then(|| String::from_utf8_lossy(&withheld).trim_end().to_owned())
    }

    /// Takes the tests that were counted out of the transcript.
    pub(crate) fn take_tally(&mut self) -> Option<Tally> {
        self.tally.take()
    }

    /// Ends the progress display once the kernel runs, before anything of the guest's is printed.
    fn note_opening(&mut self) {
        if self.is_open()
            && let Some(step) = self.booting.take()
        {
            step.finish();
        }
    }

    /// Says whether the kernel has opened a port.
    fn is_open(&self) -> bool {
        self.program_opening.is_open() || self.log_opening.is_open()
    }

    /// Acts on one entry of the log.
    fn note(&mut self, entry: Entry) {
        match entry {
            Entry::Line(line) => drop(stderr().write_all(&line)),
            Entry::Exit(code) => self.exit = Some(code),
            Entry::Panic => self.has_panicked = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin() -> Transcript {
        Transcript::begin(Step::start("booting"), Some(Tally::default()))
    }

    #[test]
    fn control_lines_are_remembered() {
        let mut transcript = begin();
        transcript.pass_on(&Piece::Log(b"\x1estart\n\x1eexit 7\n".to_vec()));
        assert_eq!((transcript.exit, transcript.has_panicked), (Some(7), false));
        transcript.pass_on(&Piece::Log(b"\x1epanic\n".to_vec()));
        assert!(transcript.has_panicked);
        assert_eq!(transcript.unopened(), None);
    }

    #[test]
    fn tests_are_counted_and_control_lines_of_ring_3_are_not_obeyed() {
        let mut transcript = begin();
        let output = b"\x1estart\ntest a ... ok\n\x1eexit 0\n".to_vec();
        transcript.pass_on(&Piece::Program(output));
        assert_eq!(transcript.exit, None);
        assert_eq!(transcript.take_tally().unwrap().finish(), (1, vec![]));
    }

    #[test]
    fn a_kernel_that_never_ran_leaves_what_the_firmware_said() {
        let mut transcript = begin();
        transcript.pass_on(&Piece::Program(b"no bootable device\n".to_vec()));
        assert_eq!(transcript.unopened().unwrap(), "no bootable device");
    }
}
