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

/// The part of a second that [`rate`] measures over.
const MEASURED_PART: u64 = 100;
/// How often it does. On a busy host most rounds are late; one must not be.
const ROUNDS: usize = 6;

/// Returns how far a counter that counts up goes in a second. `read` returns its value.
pub fn rate(mut read: impl FnMut() -> u64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a hundredth of a second is below 2^16 ticks"
    )]
    let ticks = (FREQUENCY / MEASURED_PART) as u16;
    // The end of a round can be noticed late, but never early: the shortest is the best.
    let shortest = (0..ROUNDS).map(|_| measure(ticks, &mut read)).min().unwrap_or_default();
    shortest.max(1).saturating_mul(MEASURED_PART)
}

/// Returns how far the counter that `read` returns goes in `ticks` ticks.
fn measure(ticks: u16, read: &mut impl FnMut() -> u64) -> u64 {
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
        let start = read();
        while control.read() & OUTPUT == 0 {
            core::hint::spin_loop();
        }
        read().wrapping_sub(start)
    }
}
