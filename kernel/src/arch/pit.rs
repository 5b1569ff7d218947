//! The programmable interval timer, of which only channel 2 is used: as a stop-watch to measure other clocks by.
#![expect(unsafe_code, reason = "ports are raw addresses of devices")]

use x86_64::instructions::port::Port;

/// Ticks per second of the timer.
pub const FREQUENCY: u64 = 1_193_182;

const CHANNEL_2: u16 = 0x42;
const COMMAND: u16 = 0x43;
/// Channel 2, low then high byte, one-shot (mode 0), binary.
const ONE_SHOT: u8 = 0b1011_0000;
/// Gate and output of channel 2, and the loudspeaker.
const CONTROL: u16 = 0x61;
const GATE: u8 = 1 << 0;
const SPEAKER: u8 = 1 << 1;
const OUTPUT: u8 = 1 << 5;

/// Calls `before`, waits until `ticks` ticks have passed, and calls `after`; returns both results.
pub fn measure<T>(ticks: u16, before: impl FnOnce() -> T, after: impl FnOnce() -> T) -> (T, T) {
    let [low, high] = ticks.to_le_bytes();
    let mut control = Port::<u8>::new(CONTROL);
    let mut channel = Port::<u8>::new(CHANNEL_2);
    // SAFETY: the timer's own ports; nothing else uses channel 2, and the loudspeaker stays off.
    unsafe {
        let idle = control.read() & !(GATE | SPEAKER);
        control.write(idle);
        Port::<u8>::new(COMMAND).write(ONE_SHOT);
        channel.write(low);
        channel.write(high);
        control.write(idle | GATE);
        let first = before();
        while control.read() & OUTPUT == 0 {
            core::hint::spin_loop();
        }
        (first, after())
    }
}
