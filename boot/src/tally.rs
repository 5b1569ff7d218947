//! Counts tests by the lines they print.
//!
//! A test prints `test NAME ... ` when it begins and `ok` or `FAILED` when it ends. Details may come between, on lines of their own;
//! then the verdict has a line of its own too, or repeats the name: `test NAME ... FAILED`. A test without a verdict has failed.

/// The tests of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u32,
    failed: Vec<String>,
    running: Option<String>,
    partial: Vec<u8>,
}

impl Tally {
    /// Takes the next bytes of the guest's output.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.partial);
                self.read(String::from_utf8_lossy(&line).trim_end());
            }
        }
    }

    /// Says whether the output so far ends in the middle of a line.
    pub(crate) fn is_within_line(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Ends the counting: whatever was running has failed. Returns how many passed, and the names of those that did not.
    pub(crate) fn finish(mut self) -> (u32, Vec<String>) {
        let line = std::mem::take(&mut self.partial);
        self.read(String::from_utf8_lossy(&line).trim_end());
        self.failed.extend(self.running.take());
        (self.passed, self.failed)
    }

    /// Reads one line.
    fn read(&mut self, line: &str) {
        let verdict = match line.strip_prefix("test ").and_then(|rest| rest.split_once(" ...")) {
            Some((name, verdict)) => {
                // The same name once more is the verdict of the one that runs; another name means that one never got any.
                let unfinished =
                    self.running.replace(name.to_owned()).filter(|running| running != name);
                self.failed.extend(unfinished);
                verdict.trim()
            }
            None => line,
        };
        match (verdict, self.running.take()) {
            ("ok", Some(_)) => self.passed += 1,
            ("FAILED", Some(name)) => self.failed.push(name),
            (_, running) => self.running = running,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(text: &str) -> (u32, Vec<String>) {
        let mut whole = Tally::default();
        whole.push(text.as_bytes());
        let mut by_bytes = Tally::default();
        text.as_bytes().chunks(1).for_each(|byte| by_bytes.push(byte));
        assert_eq!(whole, by_bytes);
        whole.finish()
    }

    #[test]
    fn verdicts_are_counted() {
        assert_eq!(
            tally("hello\ntest a ... ok\ntest b ... FAILED\ntest c ... ok\n"),
            (2, vec!["b".to_owned()])
        );
    }

    #[test]
    fn details_may_stand_between_name_and_verdict() {
        assert_eq!(
            tally("test a ... \nexpected 1\nFAILED\ntest b ... got 2\nok\n"),
            (1, vec!["a".to_owned()])
        );
        assert_eq!(
            tally("test a ... \nexpected 1\ntest a ... FAILED\n"),
            (0, vec!["a".to_owned()])
        );
    }

    #[test]
    fn a_test_without_a_verdict_has_failed() {
        assert_eq!(tally("test a ... ok\ntest b ... "), (1, vec!["b".to_owned()]));
        assert_eq!(tally("test a ...\ntest b ... ok\n"), (1, vec!["a".to_owned()]));
    }

    #[test]
    fn a_verdict_alone_counts_for_nothing() {
        assert_eq!(tally("ok\nFAILED\nok\n"), (0, vec![]));
    }
}
