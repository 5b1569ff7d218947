//! Building the tests of a copy of the sources, and running them.

use super::list::Mutant;
use super::program::{self, Program};
use super::tree::Tree;
use crate::workspace::HOST;
use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;
use std::{
    collections::BTreeSet,
    fmt,
    io::Cursor,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// Seconds after which a test on the host hangs, or one in QEMU. That is noticing, too.
const TIME_LIMITS: [&str; 2] = ["900", "900"];

/// Seconds of a processor's time after which a test on the host hangs, whatever else the machine does meanwhile: none takes as long.
const PROCESSOR_LIMIT: &str = "--cpu=300";

/// What `timeout` ends with when it has ended a program, and the signal that it ends itself with when it took more than to ask, or when
/// the program has had all of its processor's time.
const TIMED_OUT: i32 = 124;
const KILLED: i32 = 9;

/// Tests of a copy.
pub(super) struct Trial<'a> {
    tree: &'a Tree,
    /// What has been found to pass where nothing is wrong.
    sound: BTreeSet<String>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, sound: BTreeSet::new() }
    }

    /// Runs tests on the copy with the mutant in it until one fails.
    ///
    /// # Errors
    /// A test fails on the copy as it is.
    pub(super) fn find_fate(&mut self, mutant: &Mutant) -> Result<Fate> {
        for test in tests_for(mutant)? {
            self.check_sound(&test)?;
            let outcome = self.tree.with(mutant, || self.build_and_run(&test))?;
            match outcome {
                Outcome::Passed => {}
                Outcome::Failed(_) => return Ok(Fate::Killed(test.to_string())),
                Outcome::TimedOut => return Ok(Fate::Killed(format!("{test}, which hangs"))),
                Outcome::NotBuilt(complaints) => return Ok(Fate::NotBuilt(complaints)),
            }
        }
        Ok(Fate::Alive)
    }

    /// Checks that a test passes on the copy as it is. Once is enough.
    fn check_sound(&mut self, test: &Test) -> Result<()> {
        if self.sound.contains(&test.to_string()) {
            return Ok(());
        }
        match self.build_and_run(test)? {
            Outcome::Passed => self.sound.insert(test.to_string()),
            Outcome::Failed(complaints) => {
                bail!("{test} fails where nothing is wrong:\n{complaints}")
            }
            Outcome::TimedOut => bail!("{test} takes too long where nothing is wrong"),
            Outcome::NotBuilt(complaints) => bail!("{test} cannot be built:\n{complaints}"),
        };
        Ok(())
    }

    fn build_and_run(&self, test: &Test) -> Result<Outcome> {
        match self.build(test)? {
            Ok(program) => run(test, &program),
            Err(complaints) => Ok(Outcome::NotBuilt(complaints)),
        }
    }

    /// Builds what runs `test`, or returns what the compiler has to say.
    fn build(&self, test: &Test) -> Result<Result<PathBuf, String>> {
        let mut command = self.tree.cargo();
        command.args(["test", "--quiet", "--no-run"]);
        command.args(["--message-format", "json-render-diagnostics"]);
        match test {
            Test::Guest(_) => command.args(["--package", "kernel"]),
            Test::Host(Program { target, feature, optimisation, .. }) => {
                command.args(["--package", "vm", "--target", HOST, "--features", feature]);
                command.env("CARGO_PROFILE_DEV_OPT_LEVEL", optimisation);
                command.args(*target).env("CARGO_PROFILE_DEV_DEBUG", "0")
            }
        };
        let output = command.output().context("cannot start cargo")?;
        if !output.status.success() {
            return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let artifacts = Message::parse_stream(Cursor::new(output.stdout));
        let executables = artifacts.filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
            _ => None,
        });
        let program = executables.last().context("cargo has built no program")?;
        Ok(Ok(program.into_std_path_buf()))
    }
}

/// Runs `test`, which has been built as `program`.
fn run(test: &Test, program: &Path) -> Result<Outcome> {
    let mut command = Command::new("timeout");
    let [on_host, in_guest] = TIME_LIMITS;
    let limit = if matches!(test, Test::Host(_)) { on_host } else { in_guest };
    command.args(["--kill-after=5", limit]);
    match test {
        Test::Host(Program { environment, .. }) => {
            command.arg("prlimit").arg(PROCESSOR_LIMIT).arg(program);
            command.envs(environment.iter().copied())
        }
        Test::Guest(name) => {
            let this = std::env::current_exe().context("cannot find this program's file")?;
            command.arg(this).arg("kernel").arg(program).arg(name)
        }
    };
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if output.status.success() {
        return Ok(Outcome::Passed);
    }
    if output.status.code() == Some(TIMED_OUT) || output.status.signal() == Some(KILLED) {
        return Ok(Outcome::TimedOut);
    }
    let printed = [output.stdout, output.stderr].concat();
    Ok(Outcome::Failed(format!("{}\n{}", output.status, String::from_utf8_lossy(&printed))))
}

/// What building and running a test comes to.
enum Outcome {
    Passed,
    /// It says so.
    Failed(String),
    TimedOut,
    /// The compiler says why.
    NotBuilt(String),
}

/// What became of a mutant.
pub(super) enum Fate {
    /// This has noticed it.
    Killed(String),
    /// Nothing has.
    Alive,
    /// It is no program, and the compiler says why.
    NotBuilt(String),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fate::Killed(test) => write!(f, "killed by {test}"),
            Fate::Alive => write!(f, "alive"),
            Fate::NotBuilt(complaints) => write!(f, "cannot be built\n{complaints}"),
        }
    }
}

/// Something that may notice a mutant.
enum Test {
    /// A test program of `vm`.
    Host(Program),
    /// The kernel's tests with this in their names, in QEMU.
    Guest(String),
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Host(program) => write!(f, "{}", program.name),
            Test::Guest(name) => write!(f, "{name} in QEMU"),
        }
    }
}

/// Returns what may notice a mutant, the likeliest first.
fn tests_for(mutant: &Mutant) -> Result<Vec<Test>> {
    if let Some(name) = &mutant.guest {
        return Ok(vec![Test::Guest(name.clone())]);
    }
    let first = mutant.first_test()?;
    let others = program::USUAL.into_iter().filter(|program| Some(*program) != first);
    Ok(first.into_iter().chain(others).map(Test::Host).collect())
}
