//! Text output, a line at a time.
//!
//! One `debug_write` for each line keeps lines of different processes apart.

use crate::zx;
use core::fmt::{self, Write};
use spin::Mutex;

/// Prints to the console.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::console::print(format_args!($($argument)*)) };
}

/// Prints a line to the console.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($format:literal $($argument:tt)*) => { $crate::print!("{}\n", format_args!($format $($argument)*)) };
}

/// Bytes a line may have before it is written in parts.
const LINE: usize = 512;

/// The line under construction.
struct Line {
    bytes: [u8; LINE],
    len: usize,
}

static CONSOLE: Mutex<Line> = Mutex::new(Line { bytes: [0; LINE], len: 0 });

/// Writes to the console at once.
pub struct Unbuffered;

impl Write for Unbuffered {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: `text` is valid for reads of its length.
        let status = unsafe { zx::debug_write(text.as_ptr(), text.len() as u64) };
        status.check().map_err(|_| fmt::Error)
    }
}

impl Line {
    /// Sends out what has gathered; output that the kernel refuses is lost.
    fn flush(&mut self) {
        let ready = self.bytes.get(..self.len).unwrap_or_default();
        // SAFETY: `ready` is valid for reads of its length.
        let _ = unsafe { zx::debug_write(ready.as_ptr(), ready.len() as u64) };
        self.len = 0;
    }

    /// Appends a byte, and sends out the line if it is complete or full.
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len = self.len.saturating_add(1);
        }
        if byte == b'\n' || self.len == LINE {
            self.flush();
        }
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.push(byte));
        Ok(())
    }
}

/// Prints formatted text; what `print!` and `println!` call.
pub fn print(arguments: fmt::Arguments<'_>) {
    // Fails only if a value's own formatting does; what came out until then is printed.
    let _ = CONSOLE.lock().write_fmt(arguments);
}

/// Sends out an unfinished line.
pub fn flush() {
    if let Some(mut line) = CONSOLE.try_lock()
        && line.len > 0
    {
        line.flush();
    }
}
