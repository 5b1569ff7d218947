//! What a sequence is made of.

mod content;
mod create;
mod draw;
mod keeping;
mod large;
mod memory;
mod regions;
mod scale;

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::run::Starved;
pub(crate) use content::ContentOp;
pub(crate) use create::CreateOp;
pub(crate) use draw::Span;
pub(crate) use keeping::KeepingOp;
pub(crate) use keeping::Lock;
pub(crate) use memory::MemoryOp;
pub(crate) use regions::{Fate, RegionOp};
pub(crate) use scale::Scale;

/// Pages of the VMAR in which everything happens, mostly.
pub(crate) const ARENA_PAGES: u64 = 48;

/// Processors there are at the most.
pub(crate) const MOST_CPUS: u32 = 4;

/// Address spaces there are: two of processes, and the kernel's.
pub(crate) const SPACES: usize = 3;

/// Operations one after the other, on a machine with some processors.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) cpus: u32,
    pub(crate) scale: Scale,
    pub(crate) steps: Vec<Step>,
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} processors, counting in {:?}", self.cpus, self.scale)?;
        self.steps.iter().try_for_each(|step| match step.starved {
            None => writeln!(f, "{:?}", step.operation),
            Some(starved) => writeln!(f, "short of {starved:?}: {:?}", step.operation),
        })
    }
}

/// An operation, and what it is short of the first times it is tried.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) starved: Option<Starved>,
}

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Regions(RegionOp),
    Memory(MemoryOp),
    Create(CreateOp),
    Content(ContentOp),
    Keeping(KeepingOp),
}

impl Operation {
    /// Makes every number of bytes or pages what it stands for.
    fn scale(&mut self, scale: Scale) {
        match self {
            Operation::Regions(operation) => operation.scale(scale),
            Operation::Memory(operation) => operation.scale(scale),
            Operation::Create(operation) => operation.scale(scale),
            Operation::Content(operation) => operation.scale(scale),
            Operation::Keeping(operation) => operation.scale(scale),
        }
    }
}

fn operation() -> BoxedStrategy<Operation> {
    prop_oneof![
        15 => regions::strategy().prop_map(Operation::Regions).boxed(),
        12 => memory::strategy().prop_map(Operation::Memory).boxed(),
        5 => create::strategy().prop_map(Operation::Create).boxed(),
        9 => content::strategy().prop_map(Operation::Content).boxed(),
        4 => keeping::strategy().prop_map(Operation::Keeping).boxed(),
    ]
    .boxed()
}

/// One step; of those that starve, half are short of frames and half of heap.
fn step(operation: BoxedStrategy<Operation>) -> impl Strategy<Value = Step> {
    let starved = prop_oneof![
        20 => Just(None),
        1 => Just(Some(Starved::Frames)),
        1 => Just(Some(Starved::Heap)),
    ];
    (operation, starved).prop_map(|(operation, starved)| Step { operation, starved })
}

fn sequence_of(
    scale: Scale,
    operation: BoxedStrategy<Operation>,
    longest: usize,
) -> BoxedStrategy<Sequence> {
    (2..=MOST_CPUS, vec(step(operation), 1..longest))
        .prop_map(move |(cpus, mut steps)| {
            steps.iter_mut().for_each(|step| step.operation.scale(scale));
            Sequence { cpus, scale, steps }
        })
        .boxed()
}

/// Makes a sequence of any bytes: each eight are an operation, drawn as if chance began with them.
pub(crate) fn decode(bytes: &[u8], longest: usize) -> Sequence {
    let operation = step(operation());
    let steps = bytes.chunks(8).take(longest).map(|word| {
        let mut seed = [0; 32];
        seed[..word.len()].copy_from_slice(word);
        let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let drawn = operation.new_tree(&mut TestRunner::new_with_rng(Config::default(), chance));
        drawn.expect("nothing that is drawn is rejected").current()
    });
    Sequence { cpus: MOST_CPUS, scale: Scale::Pages, steps: steps.collect() }
}

/// Sequences shorter than `longest`.
pub(crate) fn sequence(longest: usize) -> impl Strategy<Value = Sequence> {
    let large = prop_oneof![1 => operation(), 1 => large::strategy()].boxed();
    // Those that count in large pages take hundreds of times as long.
    prop_oneof![
        127 => sequence_of(Scale::Pages, operation(), longest),
        1 => sequence_of(Scale::LargePages, large, longest),
    ]
}
