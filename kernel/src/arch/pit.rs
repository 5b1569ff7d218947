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
/// A rate is sharp if its bounds are no further apart than this part of it.
const SHARP_PART: u64 = 1000;
/// How often [`rate`] measures at the most, for a sharp one.
const MAX_ROUNDS: usize = 200;

/// How far a counter goes in a second: between two bounds.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// So far at least.
    pub least: u64,
    /// So far at the most.
    pub most: u64,
}

impl Rate {
    /// Returns what is between the bounds, never 0.
    pub fn middle(self) -> u64 {
        self.least.midpoint(self.most).max(1)
    }

    /// Says whether the bounds are close to each other.
    pub fn is_sharp(self) -> bool {
        self.width() <= self.middle() / SHARP_PART
    }

    fn width(self) -> u64 {
        self.most.saturating_sub(self.least)
    }
}

/// Measures how far a counter that counts up goes in a second. `read` returns its value.
///
/// On a busy host the processor may stand still at any moment. Where that is when the timer starts or stops, the bounds are far
/// apart, and another round is better; the best of all rounds is returned.
pub fn rate(mut read: impl FnMut() -> u64) -> Rate {
    let mut best = measure(&mut read);
    for _ in 1..MAX_ROUNDS {
        if best.is_sharp() {
            break;
        }
        let next = measure(&mut read);
        if next.width() < best.width() {
            best = next;
        }
    }
    best
}

/// Runs the timer once. Nobody sees the moments when it starts and when it stops, only what `read` returns before and after each:
///
/// ```text
///   before | start | started  . . .  running | stop | stopped
///                  <----------------->                  at least
///          <---------------------------------------->   at the most
/// ```
fn measure(read: &mut impl FnMut() -> u64) -> Rate {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a hundredth of a second is below 2^16 ticks"
    )]
    let [low, high] = ((FREQUENCY / MEASURED_PART) as u16).to_le_bytes();
    let mut control = Port::<u8>::new(CONTROL);
    let mut channel = Port::<u8>::new(CHANNEL_2);
    // SAFETY: the timer's own ports; nothing else uses channel 2, and the loudspeaker stays off.
    unsafe {
        let gated = control.read() & !SPEAKER | GATE;
        control.write(gated);
        Port::<u8>::new(COMMAND).write(ONE_SHOT);
        channel.write(low);
        let before = read();
        // With the gate open, the second half of the count starts it.
        channel.write(high);
        let started = read();
        let mut running = started;
        loop {
            let asked = read();
            if control.read() & OUTPUT != 0 {
                break;
            }
            running = asked;
        }
        let stopped = read();
        Rate {
            least: running.wrapping_sub(started).saturating_mul(MEASURED_PART),
            most: stopped.wrapping_sub(before).saturating_mul(MEASURED_PART),
        }
    }
}
