//! Watches a running guest: hands on what it prints as it comes, and ends it when it hangs.

use crate::{
    cli::Limits,
    transcript::{Piece, Transcript},
};
use anyhow::{Context as _, Result};
use std::{
    io::Read,
    process::{Child, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How often to look at the clock while the guest is silent.
const TICK: Duration = Duration::from_millis(100);

/// Pieces that wait to be printed; a guest that prints more has to wait too.
const BACKLOG: usize = 64;

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

/// Turns the signals that ask this process to end into a flag, so that QEMU and its files do not stay behind.
pub(crate) fn catch_signals() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let handlers = Arc::clone(&flag);
    ctrlc::set_handler(move || handlers.store(true, Ordering::Relaxed))
        .context("cannot catch signals")?;
    Ok(flag)
}

/// Follows `child` until it ends, `limits` end it, or `interrupted` is set.
pub(crate) fn follow(
    mut child: Child,
    transcript: &mut Transcript,
    limits: Limits,
    interrupted: &AtomicBool,
) -> Result<Ending> {
    let (sender, pieces) = sync_channel(BACKLOG);
    forward(
        child.stdout.take().context("the guest has no output")?,
        sender.clone(),
        Piece::Program,
    );
    forward(child.stderr.take().context("the guest has no log")?, sender, Piece::Log);

    let ending = match pass_on_until_stopped(&pieces, transcript, limits, interrupted) {
        Some(ending) => {
            child.kill().context("cannot end QEMU")?;
            child.wait()?;
            ending
        }
        None => {
            let status = child.wait()?;
            // A terminal's Ctrl-C reaches QEMU as well, and may end it first.
            if interrupted.load(Ordering::Relaxed) {
                Ending::Interrupted
            } else {
                Ending::Status(status)
            }
        }
    };
    // What was still under way when the guest was ended.
    while let Ok(piece) = pieces.recv() {
        transcript.pass_on(&piece);
    }
    transcript.end();
    Ok(ending)
}

/// Sends everything that `from` carries, until it closes.
fn forward(
    mut from: impl Read + Send + 'static,
    to: SyncSender<Piece>,
    wrap: fn(Vec<u8>) -> Piece,
) {
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

/// Passes pieces on until the guest closes both streams (`None`) or has to be stopped.
fn pass_on_until_stopped(
    pieces: &Receiver<Piece>,
    transcript: &mut Transcript,
    limits: Limits,
    interrupted: &AtomicBool,
) -> Option<Ending> {
    let start = Instant::now();
    let mut last_output = start;
    loop {
        match pieces.recv_timeout(TICK) {
            Ok(piece) => {
                last_output = Instant::now();
                transcript.pass_on(&piece);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
        if interrupted.load(Ordering::Relaxed) {
            return Some(Ending::Interrupted);
        }
        match (limits.total, limits.silence) {
            (Some(total), _) if start.elapsed() >= total => return Some(Ending::TooLong(total)),
            (_, Some(silence)) if last_output.elapsed() >= silence => {
                return Some(Ending::Silent(silence));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Step;
    use std::process::{Command, Stdio};

    const NO_LIMITS: Limits = Limits { total: None, silence: None };
    const SOON: Duration = Duration::from_millis(300);

    fn follow_shell(script: &str, limits: Limits, interrupted: bool) -> (Ending, Transcript) {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut transcript = Transcript::begin(Step::start("booting"), None);
        let ending = follow(
            command.spawn().unwrap(),
            &mut transcript,
            limits,
            &AtomicBool::new(interrupted),
        )
        .unwrap();
        (ending, transcript)
    }

    #[test]
    fn a_guest_that_ends_leaves_its_status_and_its_last_words() {
        let script = r"printf '\036start\n\036exit 5\n' >&2; exit 33";
        let (ending, transcript) = follow_shell(script, NO_LIMITS, false);
        assert!(matches!(ending, Ending::Status(status) if status.code() == Some(33)));
        assert_eq!(transcript.exit, Some(5));
    }

    #[test]
    fn a_silent_guest_is_ended() {
        let limits = Limits { total: None, silence: Some(SOON) };
        assert_eq!(follow_shell("exec sleep 60", limits, false).0, Ending::Silent(SOON));
    }

    #[test]
    fn a_guest_that_prints_for_ever_is_ended() {
        let limits = Limits { total: Some(SOON), silence: Some(Duration::from_secs(30)) };
        assert_eq!(follow_shell("exec yes", limits, false).0, Ending::TooLong(SOON));
    }

    #[test]
    fn an_interrupted_guest_is_ended() {
        assert_eq!(follow_shell("exec sleep 60", NO_LIMITS, true).0, Ending::Interrupted);
    }
}
