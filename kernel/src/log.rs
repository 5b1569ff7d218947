//! The kernel's log: lines on the second serial port.

use core::fmt::Write;

use log::{LevelFilter, Log, Metadata, Record};

use crate::arch::clock;
use crate::arch::serial::{self, Writer};

struct SerialLog;

impl Log for SerialLog {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // A line about the first moments has no time: it would have to wait for the clock.
        let ms = clock::try_now_ns().unwrap_or(0) / 1_000_000;
        let level = record.level().as_str();
        // Writing to a port cannot fail.
        let _ok = writeln!(
            Writer(&serial::LOG),
            "[{:4}.{:03}] {level:<5} {}",
            ms / 1000,
            ms % 1000,
            record.args()
        );
    }

    fn flush(&self) {}
}

/// Starts logging, warnings and errors only until the command line is known.
pub(crate) fn init() {
    if log::set_logger(&SerialLog).is_ok() {
        set_level(LevelFilter::Warn);
    }
}

/// Logs messages of `level` and more serious ones.
pub(crate) fn set_level(level: LevelFilter) {
    log::set_max_level(level);
}
