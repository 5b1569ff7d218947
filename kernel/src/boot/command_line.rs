//! The command line: words, first the kernel's options, then what `init` is to do.

use core::sync::atomic::{AtomicU64, Ordering};

use log::LevelFilter;
use spin::Once;

use super::canary::Canary;

/// What the command line asks of the kernel.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `log=LEVEL`: the least serious messages that are logged.
    pub level: LevelFilter,
    /// `seed=N`: the same layouts in every run.
    pub seed: Option<u64>,
    /// `test=FILTER`: only tests whose name contains it, words as the runner encodes them.
    pub filter: &'static str,
    /// `debug-calls=on`: programs may look behind the scenes, and disturb what happens there.
    pub debug_calls: bool,
    /// `canary=KIND`: fail in that way.
    pub canary: Option<Canary>,
}

impl Options {
    const DEFAULT: Options = Options {
        level: LevelFilter::Info,
        seed: None,
        filter: "",
        debug_calls: false,
        canary: None,
    };

    /// Takes `word` as an option; says whether it is one.
    fn take(&mut self, word: &'static str) -> bool {
        let Some((name, value)) = word.split_once('=') else {
            return false;
        };
        match name {
            "log" => self.level = value.parse().unwrap_or(self.level),
            "seed" => self.seed = value.parse().ok(),
            "test" => self.filter = value,
            "debug-calls" => self.debug_calls = value == "on",
            "canary" => self.canary = Canary::named(value),
            _ => return false,
        }
        true
    }
}

struct CommandLine {
    text: &'static str,
    options: Options,
}

static LINE: Once<CommandLine> = Once::new();

/// Takes `text` as the command line. Options come first; what follows the first word that is none is for `init`.
pub(super) fn init(text: &'static str) {
    let mut options = Options::DEFAULT;
    let text = text.trim_ascii();
    text.split_ascii_whitespace().take_while(|word| options.take(word)).for_each(drop);
    LINE.call_once(|| CommandLine { text, options });
}

/// Returns the whole line; empty if there is none.
pub fn command_line() -> &'static str {
    LINE.get().map_or("", |line| line.text)
}

/// Returns the kernel's options.
pub fn options() -> Options {
    LINE.get().map_or(Options::DEFAULT, |line| line.options)
}

/// Returns the words after the kernel's options: the arguments of `init`, its name among them.
pub fn words() -> impl Iterator<Item = &'static str> + Clone {
    let mut options = Options::DEFAULT;
    command_line().split_ascii_whitespace().skip_while(move |word| options.take(word))
}

/// Returns what the layout of the next address space is to be drawn from: with `seed=N`, another number for each one, but the same
/// in every run; `None` if nobody is to know.
pub fn layout_seed() -> Option<u64> {
    /// The golden ratio's fraction, by which multiples are spread evenly.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    static NEXT: AtomicU64 = AtomicU64::new(0);
    options().seed.map(|seed| seed.wrapping_add(NEXT.fetch_add(STEP, Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn options_are_told_from_words() {
        let mut options = Options::DEFAULT;
        assert!(options.take("seed=42") && options.take("test=vmar") && options.take("log=warn"));
        assert_eq!(
            (options.seed, options.filter, options.level),
            (Some(42), "vmar", LevelFilter::Warn)
        );
        for (word, is_on) in [("debug-calls=on", true), ("debug-calls=off", false)] {
            assert!(options.take(word));
            assert_eq!(options.debug_calls, is_on);
        }
        assert!(!options.take("init") && !options.take("color=blue"));
    }
}
