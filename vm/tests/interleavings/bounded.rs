//! Every schedule that takes a processor away from what it is doing no more often than so many times.
//!
//! Most errors of locking show with one or two such preemptions, and with a bound the schedules can all be tried: of `n` points there
//! are in the order of `n` to the power of the bound.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

/// A point at which more than one could go on.
struct Choice {
    /// Those who could, the one that was running first.
    options: Vec<TaskId>,
    /// Which of them does.
    chosen: usize,
    /// Whether any but the first is a preemption: the first was not waiting for anybody.
    is_preemption: bool,
}

impl Choice {
    fn cost(&self) -> usize {
        usize::from(self.is_preemption && self.chosen != 0)
    }
}

/// Tries every schedule within the bound, one after the other.
pub(crate) struct Bounded {
    bound: usize,
    choices: Vec<Choice>,
    /// How far the current execution has come.
    step: usize,
    has_begun: bool,
}

impl Bounded {
    pub(crate) fn new(bound: usize) -> Bounded {
        Bounded { bound, choices: Vec::new(), step: 0, has_begun: false }
    }

    /// Goes to the next schedule; says whether there is one.
    fn advance(&mut self) -> bool {
        while let Some(mut last) = self.choices.pop() {
            last.chosen += 1;
            let spent: usize = self.choices.iter().map(Choice::cost).sum();
            if last.chosen < last.options.len() && spent + last.cost() <= self.bound {
                self.choices.push(last);
                return true;
            }
        }
        false
    }
}

impl Scheduler for Bounded {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.has_begun && !self.advance() {
            return None;
        }
        self.has_begun = true;
        self.step = 0;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        _is_yielding: bool,
    ) -> Option<TaskId> {
        if let [only] = runnable {
            return Some(only.id());
        }
        if self.step == self.choices.len() {
            let mut options: Vec<TaskId> = runnable.iter().map(|task| task.id()).collect();
            let running = options.iter().position(|task| Some(*task) == current);
            if let Some(running) = running {
                options[..=running].rotate_right(1);
            }
            let is_preemption = running.is_some();
            self.choices.push(Choice { options, chosen: 0, is_preemption });
        }
        let choice = &self.choices[self.step];
        self.step += 1;
        Some(choice.options[choice.chosen])
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}
