//! Progress of long steps, on standard error: a spinner on a terminal, a plain line elsewhere once a step turns out to be long.

use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal as _, stderr},
    time::{Duration, Instant},
};

/// Steps shorter than this are not worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

/// One step under way; it leaves the screen when it is finished or dropped.
pub(crate) struct Step {
    what: &'static str,
    start: Instant,
    bar: ProgressBar,
}

impl Step {
    /// Announces a step.
    pub(crate) fn start(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { what, start: Instant::now(), bar }
    }

    /// Ends the step.
    pub(crate) fn finish(self) {
        let elapsed = self.start.elapsed();
        if !stderr().is_terminal() && elapsed >= WORTH_A_LINE {
            eprintln!("boot: {}: {:.1} s", self.what, elapsed.as_secs_f32());
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
