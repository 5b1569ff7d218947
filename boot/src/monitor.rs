//! Watches a running guest: passes on what it prints as it comes, and ends it when it hangs.

use crate::{
    cli::Limits,
    progress::Step,
    serial::{Entry, Log, Opening},
    tally::Tally,
};
use anyhow::{Context as _, Result};
use std::{
    io::{Read, Write as _, stderr, stdout},
    process::{Child, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How the machine came to a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// QEMU ended with this status.
    Status(ExitStatus),
    /// The time was up.
    TooLong(Duration),
    /// Nothing was printed for too long.
    Silent(Duration),
    /// Somebody asked this process to end.
    Interrupted,
}

/// What is known of a guest when it is over.
#[derive(Debug)]
pub(crate) struct Record {
    /// How it ended.
    pub(crate) ending: Ending,
    /// The final status it reported.
    pub(crate) exit: Option<i64>,
    /// It reported a panic.
    pub(crate) has_panicked: bool,
    /// What the serial ports carried, if the kernel never opened them.
    pub(crate) unopened: Option<Vec<u8>>,
    /// The tests it ran.
    pub(crate) tally: Tally,
}

/// The guest's two streams and what has been gathered from them.
#[derive(Default)]
struct Streams {
    booting: Option<Step>,
    program_opening: Opening,
    log_opening: Opening,
    log: Log,
    exit: Option<i64>,
    has_panicked: bool,
    tally: Tally,
}

/// A piece of output.
enum Piece {
    Program(Vec<u8>),
    Log(Vec<u8>),
}

/// Follows `child` until it ends or `limits` end it; `booting` is over with the kernel's first word.
pub(crate) fn follow(mut child: Child, booting: Step, limits: Limits) -> Result<Record> {
    let is_interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_interrupted);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
        .context("cannot catch signals")?;

    let (sender, pieces) = channel();
    forward(
        child.stdout.take().context("QEMU has no output")?,
        sender.clone(),
        Piece::Program,
    );
    forward(
        child.stderr.take().context("QEMU has no error output")?,
        sender,
        Piece::Log,
    );

    let mut streams = Streams {
        booting: Some(booting),
        ..Streams::default()
    };
    let stopped = streams.pass_on_until_stopped(&pieces, limits, &is_interrupted);
    let ending = match stopped {
        Some(ending) => {
            child.kill().context("cannot end QEMU")?;
            child.wait()?;
            ending
        }
        // A terminal's Ctrl-C reaches QEMU as well.
        None if is_interrupted.load(Ordering::Relaxed) => {
            child.wait()?;
            Ending::Interrupted
        }
        None => Ending::Status(child.wait()?),
    };
    // What QEMU still had in its pipes when it was ended.
    while let Ok(piece) = pieces.recv() {
        streams.pass_on(piece);
    }
    Ok(streams.into_record(ending))
}

/// Sends everything that `from` carries, until it closes.
fn forward(mut from: impl Read + Send + 'static, to: Sender<Piece>, wrap: fn(Vec<u8>) -> Piece) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut buffer) {
            let bytes = buffer.get(..len).unwrap_or_default().to_vec();
            if to.send(wrap(bytes)).is_err() {
                break;
            }
        }
    });
}

impl Streams {
    /// Passes pieces on until the guest closes both streams (`None`) or has to be stopped.
    fn pass_on_until_stopped(
        &mut self,
        pieces: &Receiver<Piece>,
        limits: Limits,
        interrupted: &AtomicBool,
    ) -> Option<Ending> {
        const TICK: Duration = Duration::from_millis(100);
        let start = Instant::now();
        let mut last_output = start;
        loop {
            match pieces.recv_timeout(TICK) {
                Ok(piece) => {
                    last_output = Instant::now();
                    self.pass_on(piece);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
            if interrupted.load(Ordering::Relaxed) {
                return Some(Ending::Interrupted);
            }
            match (limits.total, limits.silence) {
                (Some(total), _) if start.elapsed() >= total => {
                    return Some(Ending::TooLong(total));
                }
                (_, Some(silence)) if last_output.elapsed() >= silence => {
                    return Some(Ending::Silent(silence));
                }
                _ => {}
            }
        }
    }

    /// Passes one piece on. A reader that has gone away is no reason to stop the guest.
    fn pass_on(&mut self, piece: Piece) {
        match piece {
            Piece::Program(bytes) => {
                let bytes = self.program_opening.push(&bytes);
                self.tally.push(&bytes);
                self.note_opening();
                let _ = stdout().write_all(&bytes).and_then(|()| stdout().flush());
            }
            Piece::Log(bytes) => {
                let bytes = self.log_opening.push(&bytes);
                self.note_opening();
                for entry in self.log.push(&bytes) {
                    self.note(entry);
                }
            }
        }
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
            Entry::Panic => {
                self.has_panicked = true;
                eprintln!("boot: the kernel panicked");
            }
        }
    }

    /// Sums up. The last words may lack their line break.
    fn into_record(mut self, ending: Ending) -> Record {
        drop(self.booting.take());
        let partial = std::mem::take(&mut self.log).into_partial();
        if !partial.is_empty() {
            eprintln!("{}", String::from_utf8_lossy(&partial));
        }
        let is_opened = self.is_open();
        let unopened = (!is_opened)
            .then(|| [self.program_opening.withheld(), self.log_opening.withheld()].concat());
        Record {
            ending,
            exit: self.exit,
            has_panicked: self.has_panicked,
            unopened,
            tally: self.tally,
        }
    }
}
