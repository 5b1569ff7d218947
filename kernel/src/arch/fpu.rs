//! SSE and x87 registers. The kernel is built without them, so they are a thread's own until another thread runs.
#![expect(unsafe_code, reason = "FXSAVE and FXRSTOR take a raw address")]

use core::arch::x86_64::{_fxrstor64, _fxsave64};

/// Where FXSAVE puts the registers (Intel SDM 1 10.5.1).
#[repr(C, align(16))]
#[derive(Clone)]
pub struct State([u8; 512]);

/// The control word that masks every x87 exception, at byte 0.
const X87_CONTROL: [u8; 2] = 0x037f_u16.to_le_bytes();
/// MXCSR with every SSE exception masked, at byte 24.
const MXCSR: [u8; 4] = 0x1f80_u32.to_le_bytes();

static INITIAL: State = State::new();

impl State {
    /// The registers of a new thread: all zero, exceptions masked.
    pub const fn new() -> State {
        let mut bytes = [0; 512];
        [bytes[0], bytes[1]] = X87_CONTROL;
        [bytes[24], bytes[25], bytes[26], bytes[27]] = MXCSR;
        State(bytes)
    }

    /// Copies the registers to here.
    pub fn save(&mut self) {
        // SAFETY: 512 bytes, aligned to 16.
        unsafe { _fxsave64(self.0.as_mut_ptr()) };
    }

    /// Loads the registers from here.
    pub fn restore(&self) {
        // SAFETY: 512 bytes, aligned to 16, made by `new` or FXSAVE, so that MXCSR has no reserved bit set.
        unsafe { _fxrstor64(self.0.as_ptr()) };
    }
}

impl Default for State {
    fn default() -> State {
        State::new()
    }
}

/// Gives the registers the values a new thread starts with.
pub fn reset() {
    INITIAL.restore();
}
