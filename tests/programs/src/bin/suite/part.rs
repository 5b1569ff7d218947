//! Parts of a case that run in a process of their own: what may die, and what sees another handle table.

use abi::object::{EXIT_CODE_EXCEPTION, EXIT_CODE_KILLED};
use alloc::format;
use alloc::vec::Vec;
use programs::template::Template;
use rt::loader::Child;
use rt::{Channel, Handle, Process, Signals, Status, start, time};
use spin::Once;

/// Nanoseconds a part may take, even if the host is busy.
const LIMIT: i64 = 30_000_000_000;

/// First argument of a process that runs a part.
pub(crate) const ARGUMENT: &str = "--part";

/// A function that runs in a process of its own.
pub(crate) type Function = fn(u64);

static TEMPLATE: Once<Template> = Once::new();

/// A part that runs.
pub(crate) struct Part {
    /// Its process.
    pub(crate) process: Process,
    /// Our end of its start channel.
    pub(crate) channel: Channel,
}

impl Part {
    /// Starts `function(argument)` in a new process, where [`given`] returns `handles`.
    #[track_caller]
    pub(crate) fn start(function: Function, argument: u64, handles: Vec<Handle>) -> Self {
        let template = TEMPLATE
            .call_once(|| Template::receive(crate::NAME).expect("the runner sends the template"));
        let function = format!("{}", function as usize);
        let arguments = [ARGUMENT, &function, &format!("{argument}")];
        let messages = Vec::from([(Vec::new(), handles)]);
        let Child { process, channel } = template.start(&arguments, messages).unwrap();
        Self { process, channel }
    }

    /// Waits for the end of the part and returns its exit code.
    #[track_caller]
    pub(crate) fn join(self) -> i64 {
        let waited = self.process.wait(Signals::TASK_TERMINATED, time::after(LIMIT));
        if waited == Err(Status::TIMED_OUT) {
            self.process.kill().unwrap();
            panic!("the part did not end in time");
        }
        waited.unwrap();
        self.process.state().unwrap().return_code
    }
}

/// Runs a part and returns its exit code.
#[track_caller]
pub(crate) fn run(function: Function, argument: u64) -> i64 {
    Part::start(function, argument, Vec::new()).join()
}

/// Runs a part that must return.
#[track_caller]
pub(crate) fn passes(function: Function, argument: u64, handles: Vec<Handle>) {
    assert_eq!(Part::start(function, argument, handles).join(), 0, "exit code of the part");
}

/// Runs a part that must be killed by an exception.
#[track_caller]
pub(crate) fn dies(function: Function, argument: u64) {
    assert_eq!(run(function, argument), EXIT_CODE_EXCEPTION, "exit code, argument {argument:#x}");
}

/// As [`dies`], for a part that needs handles.
#[track_caller]
pub(crate) fn dies_with(function: Function, argument: u64, handles: Vec<Handle>) {
    let code = Part::start(function, argument, handles).join();
    assert_eq!(code, EXIT_CODE_EXCEPTION, "exit code, argument {argument:#x}");
}

/// Kills a part and checks that this is what its exit code says.
#[track_caller]
pub(crate) fn kill(part: Part) {
    part.process.kill().unwrap();
    assert_eq!(part.join(), EXIT_CODE_KILLED);
}

/// In a part: returns the handles it was given.
pub(crate) fn given() -> Vec<Handle> {
    start().channel().read(&mut []).expect("the handles of a part").1
}

/// In a part's process: runs the function the arguments name.
pub(crate) fn execute(arguments: &[&str]) {
    let number = |index: usize| -> u64 { arguments[index].parse().expect("a number") };
    let function = usize::try_from(number(0)).unwrap();
    // SAFETY: only `Part::start` starts processes with such arguments, in which the image is where it is here, so the number is the
    // address of a function of this type.
    let function = unsafe { core::mem::transmute::<usize, Function>(function) };
    function(number(1));
}
