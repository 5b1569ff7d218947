//! The programmable interval timer, of which only channel 2 is used: as a stop-watch to measure other clocks by.
#![expect(unsafe_code, reason = "ports are raw addresses of devices")]

use x86_64::instructions::port::Port;

/// Ticks per second of the timer.
pub const FREQUENCY: u64 = 1_193_182;

const CHANNEL_2: u16 = 0x42;
const COMMAND: u16 = 0x43;
/// Channel 2, low then high byte, one-shot (mode 0), binary.
const ONE_SHOT: u8 = 0b1011_0000;
/// Latches status and count of channel 2 (Intel 8254, read-back command).
const READ_BACK: u8 = 0b1100_1000;
/// The bit of the status that is channel 2's output.
const STATUS_OUTPUT: u8 = 1 << 7;
/// The bit of the status that says that the count was written and not yet taken.
const STATUS_NULL_COUNT: u8 = 1 << 6;
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

/// A run of the timer that began some time ago and goes on by itself. Nothing else may use the timer meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// What the other counter was before the timer began.
    before: u64,
    /// What it was after that.
    started: u64,
}

/// The ticks of the longest run.
const LONGEST: u16 = u16::MAX;

impl Run {
    /// Starts the timer. `read` returns the value of the counter whose rate is wanted.
    pub fn begin(mut read: impl FnMut() -> u64) -> Run {
        let (before, started) = start(LONGEST, &mut read);
        Run { before, started }
    }

    /// Measures how far the counter goes in a second, if the timer has run for at least the `part`-th of one and has not ended.
    ///
    /// ```text
    ///   before | start | started  . . .  asked | count | answered
    ///                  <-------------------->                  in one tick more than were counted: at least
    ///          <-------------------------------------->        in as many as were counted: at the most
    /// ```
    pub fn rate(&self, mut read: impl FnMut() -> u64, part: u64) -> Option<Rate> {
        let asked = read();
        let (count, has_ended) = latch();
        let answered = read();
        let ticks = u64::from(LONGEST.wrapping_sub(count));
        if has_ended || ticks.saturating_mul(part) < FREQUENCY {
            return None;
        }
        let in_a_second = |elapsed: u64, ticks: u64| {
            elapsed.saturating_mul(FREQUENCY).checked_div(ticks).unwrap_or_default()
        };
        Some(Rate {
            least: in_a_second(asked.wrapping_sub(self.started), ticks.saturating_add(1)),
            most: in_a_second(answered.wrapping_sub(self.before), ticks),
        })
    }

    /// Says whether the timer has ended, so that nothing can be measured by this run any more.
    pub fn has_ended(&self) -> bool {
        latch().1
    }
}

/// Returns the count that is left, and whether it has come to its end.
fn latch() -> (u16, bool) {
    let mut channel = Port::<u8>::new(CHANNEL_2);
    // SAFETY: the timer's own ports. Status and count are latched at one moment, and come in this order.
    unsafe {
        Port::<u8>::new(COMMAND).write(READ_BACK);
        let status = channel.read();
        let count = u16::from_le_bytes([channel.read(), channel.read()]);
        let is_loaded = status & STATUS_NULL_COUNT == 0;
        (if is_loaded { count } else { LONGEST }, status & STATUS_OUTPUT != 0)
    }
}

/// Starts the timer with a count of `ticks`; returns what `read` returns before it begins and after.
fn start(ticks: u16, read: &mut impl FnMut() -> u64) -> (u64, u64) {
    let [low, high] = ticks.to_le_bytes();
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
        (before, read())
    }
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
    let (before, started) = start((FREQUENCY / MEASURED_PART) as u16, read);
    let mut control = Port::<u8>::new(CONTROL);
    let mut running = started;
    loop {
        let asked = read();
        // SAFETY: the timer's own port; reading it changes nothing.
        if unsafe { control.read() } & OUTPUT != 0 {
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
