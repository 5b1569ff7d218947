//! One stage of `./x test`: a title, something to do, and how to count what came of it.

use anyhow::{Context as _, Result, ensure};
use std::{
    io::{BufRead as _, BufReader},
    ops::AddAssign,
    process::{Command, Stdio},
    time::Instant,
};

/// How many checks passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Finds the counts that one line of output reports.
type Counter = fn(&str) -> Option<Count>;

/// A stage.
pub(super) struct Stage {
    title: &'static str,
    action: Box<dyn FnOnce() -> Result<Count>>,
}

impl Stage {
    /// Makes a stage of one check: the function succeeds, or says what is wrong.
    pub(super) fn call(title: &'static str, check: impl FnOnce() -> Result<()> + 'static) -> Self {
        Self { title, action: Box::new(|| check().map(|()| Count { passed: 1, failed: 0 })) }
    }

    /// Makes a stage of one check: the command succeeds.
    pub(super) fn check(title: &'static str, mut command: Command) -> Self {
        Self::call(title, move || {
            let status = command.status().context("cannot start it")?;
            ensure!(status.success(), "{status}");
            Ok(())
        })
    }

    /// Makes a stage of the checks that the command's output counts.
    pub(super) fn counted(title: &'static str, command: Command, counter: Counter) -> Self {
        Self { title, action: Box::new(move || count(command, counter)) }
    }

    /// Returns what the stage is called.
    pub(super) fn title(&self) -> &'static str {
        self.title
    }

    /// Runs the stage and tells how it went. An error counts as one failed check.
    pub(super) fn run(self) -> Count {
        println!("== {}", self.title);
        let start = Instant::now();
        let count = (self.action)().unwrap_or_else(|error| {
            println!("{error:#}");
            Count { passed: 0, failed: 1 }
        });
        let verdict = if count.failed == 0 { "ok" } else { "FAILED" };
        println!("== {}: {verdict}, {:.1} s", self.title, start.elapsed().as_secs_f32());
        count
    }
}

/// Runs `command`, passing on its output, and adds up what it counts. A failure that no count shows is one more.
fn count(mut command: Command, counter: Counter) -> Result<Count> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start it")?;
    let output = BufReader::new(child.stdout.take().context("it has no output")?);
    let mut sum = Count::default();
    for line in output.split(b'\n') {
        let line = line.context("cannot read what it prints")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(count) = counter(&line) {
            sum += count;
        }
    }
    let is_success = child.wait()?.success();
    if sum.failed == 0 && (!is_success || sum.passed == 0) {
        sum.failed = 1;
    }
    Ok(sum)
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
pub(super) fn count_of_libtest(line: &str) -> Option<Count> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = counts.split("; ");
    let passed = counts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = counts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Count { passed, failed })
}

/// Reads `12 passed, 0 failed`.
pub(super) fn count_of_runner(line: &str) -> Option<Count> {
    let (passed, failed) = line.split_once(", ")?;
    let passed = passed.strip_suffix(" passed")?.parse().ok()?;
    let failed = failed.strip_suffix(" failed")?.parse().ok()?;
    Some(Count { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_kinds_of_counts_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(count_of_libtest(line), Some(Count { passed: 12, failed: 3 }));
        assert_eq!(count_of_libtest("test a ... ok"), None);
        assert_eq!(count_of_runner("7 passed, 0 failed"), Some(Count { passed: 7, failed: 0 }));
        assert_eq!(count_of_runner("he passed, she failed"), None);
    }

    #[test]
    fn counts_add_up() {
        let stage = Stage::counted(
            "",
            shell("echo 2 passed, 0 failed; echo 3 passed, 1 failed; exit 1"),
            count_of_runner,
        );
        assert_eq!(stage.run(), Count { passed: 5, failed: 1 });
    }

    #[test]
    fn a_failure_nobody_counted_is_counted() {
        assert_eq!(
            Stage::counted("", shell("echo 2 passed, 0 failed; exit 1"), count_of_runner)
                .run()
                .failed,
            1
        );
        assert_eq!(Stage::counted("", shell("exit 0"), count_of_runner).run().failed, 1);
        assert_eq!(Stage::check("", shell("exit 3")).run().failed, 1);
        assert_eq!(Stage::check("", Command::new("/nowhere")).run().failed, 1);
    }
}
