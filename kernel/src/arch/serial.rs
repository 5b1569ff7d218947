//! The two serial ports: one for what programs write, one for the kernel's log and its messages to the runner.
#![expect(unsafe_code, reason = "ports are raw addresses of devices")]

use core::fmt;

use spin::Mutex;
use uart_16550::backend::PioBackend;
use uart_16550::{Config, Uart16550};

/// A serial port.
pub struct Port(Mutex<Uart16550<PioBackend>>);

/// COM1: what programs write.
pub static PROGRAM: Port = Port::at(0x3f8);

/// COM2: log lines, and lines for the runner, which begin with [`CONTROL`].
pub static LOG: Port = Port::at(0x2f8);

/// The byte that begins a line for the runner.
pub const CONTROL: char = '\x1e';

impl Port {
    const fn at(base: u16) -> Port {
        // SAFETY: called for the standard addresses of COM1 and COM2 only, which no other driver uses.
        match unsafe { Uart16550::new_port(base) } {
            Ok(uart) => Port(Mutex::new(uart)),
            Err(_) => panic!("a port below 2^16"),
        }
    }

    /// Sends `bytes` as they are.
    pub fn send(&self, bytes: &[u8]) {
        self.0.lock().send_bytes_exact(bytes);
    }

    /// Lets go of the port whoever holds it, for a report after which nothing else happens.
    pub fn seize(&self) {
        // SAFETY: the holder was interrupted by the panic being reported, and never goes on.
        unsafe { self.0.force_unlock() };
    }
}

/// The line that tells the runner, on both ports, where the firmware's output ends and the kernel's begins.
const START: &[u8] = b"\x1estart\n";

/// Prepares both ports. One that does not exist is left alone; what is sent to it is lost.
pub fn init() {
    for port in [&PROGRAM, &LOG] {
        let _absent = port.0.lock().init(Config::DEFAULT);
        port.send(START);
    }
}

/// Writes text to a port.
pub struct Writer<'a>(pub &'a Port);

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.send(text.as_bytes());
        Ok(())
    }
}
