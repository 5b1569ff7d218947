//! From the order of instructions to call stacks.
//!
//! A call adds the caller to the stack, and a return takes it away. An instruction that is followed by one that it does not lead
//! to was interrupted: it stays on the stack as the caller of the kernel's trap until that returns.

use super::image::Flow;
use std::collections::HashMap;

/// The lower half of all addresses is ring 3's.
const KERNEL: u64 = 1 << 63;

/// A stack: the node of its innermost caller, in a tree of callers whose root is no caller at all.
type Node = usize;

/// What is known of the instruction before.
#[derive(Clone, Copy)]
struct Last {
    address: u64,
    flow: Flow,
}

/// Counts instructions by stack and address.
pub(super) struct Walk {
    /// Where each caller was called from, and the address of its call; the root comes first.
    callers: Vec<(Node, u64)>,
    nodes: HashMap<(Node, u64), Node>,
    counts: HashMap<(Node, u64), u64>,
    current: Node,
    /// What ring 3's stack was when it was left for the kernel.
    left_at: Option<Node>,
    last: Option<Last>,
    is_counting: bool,
    samples: u64,
}

impl Walk {
    pub(super) fn new() -> Self {
        Self {
            callers: vec![(0, 0)],
            nodes: HashMap::new(),
            counts: HashMap::new(),
            current: 0,
            left_at: None,
            last: None,
            is_counting: false,
            samples: 0,
        }
    }

    /// Takes the next instruction. What counts is between ring 3's readings of the counter.
    pub(super) fn step(&mut self, address: u64, flow: Flow) {
        if let Some(last) = self.last {
            self.follow(last, address);
        }
        self.last = Some(Last { address, flow });
        if flow == Flow::ReadCounter && address < KERNEL {
            self.is_counting = !self.is_counting;
            self.samples += u64::from(!self.is_counting);
            self.current = 0;
        } else if self.is_counting {
            *self.counts.entry((self.current, address)).or_default() += 1;
        }
    }

    /// Ends a sample.
    pub(super) fn end_sample(&mut self) {
        self.last = None;
    }

    /// Returns how many samples there were.
    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    /// Returns how many instructions were counted at each stack: the callers' addresses, the outermost first, then the
    /// instruction's own.
    pub(super) fn stacks(&self) -> impl Iterator<Item = (Vec<u64>, u64)> {
        self.counts.iter().map(|(&(node, address), &count)| {
            let mut stack = vec![address];
            let mut node = node;
            while let Some(&(parent, caller)) = self.callers.get(node).filter(|_| node != 0) {
                stack.push(caller);
                node = parent;
            }
            stack.reverse();
            (stack, count)
        })
    }

    /// Changes the stack from that of the `last` instruction to that of the one at `address`.
    fn follow(&mut self, last: Last, address: u64) {
        let is_entry = last.address < KERNEL && address >= KERNEL;
        if is_entry {
            self.left_at = Some(self.current);
        }
        let is_interrupted = match last.flow {
            // A repeated instruction is followed by itself.
            Flow::Next { len } => address != last.address + len && address != last.address,
            Flow::Call => false,
            _ => is_entry,
        };
        match last.flow {
            _ if last.address >= KERNEL && address < KERNEL => {
                self.current = self.left_at.take().unwrap_or(0);
            }
            Flow::Call => self.push(last.address),
            Flow::Return if !is_interrupted => self.pop(),
            _ if is_interrupted => self.push(last.address),
            _ => {}
        }
    }

    fn push(&mut self, caller: u64) {
        let key = (self.current, caller);
        self.current = *self.nodes.entry(key).or_insert_with(|| {
            self.callers.push(key);
            self.callers.len() - 1
        });
    }

    fn pop(&mut self) {
        self.current = self.callers.get(self.current).map_or(0, |&(parent, _)| parent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: Flow = Flow::Next { len: 1 };
    const K: u64 = KERNEL;

    fn stacks(steps: &[(u64, Flow)]) -> Vec<(Vec<u64>, u64)> {
        let mut walk = Walk::new();
        walk.step(1, Flow::ReadCounter);
        steps.iter().for_each(|&(address, flow)| walk.step(address, flow));
        walk.step(2, Flow::ReadCounter);
        walk.step(3, NEXT);
        assert_eq!(walk.samples(), 1);
        let mut stacks: Vec<_> = walk.stacks().collect();
        stacks.sort();
        stacks
    }

    #[test]
    fn calls_and_returns_make_stacks() {
        let steps = [(10, Flow::Call), (20, NEXT), (21, NEXT), (21, Flow::Return), (11, NEXT)];
        let expected = [(vec![10], 1), (vec![10, 20], 1), (vec![10, 21], 2), (vec![11], 1)];
        assert_eq!(stacks(&steps), expected);
    }

    #[test]
    fn a_call_of_the_kernel_is_a_call() {
        let steps = [
            (10, Flow::Call),
            (K, Flow::Call),
            (K + 9, Flow::Return),
            (K + 1, Flow::Return),
            (11, NEXT),
        ];
        let expected = [
            (vec![10], 1),
            (vec![10, K], 1),
            (vec![10, K, K + 9], 1),
            (vec![10, K + 1], 1),
            (vec![11], 1),
        ];
        assert_eq!(stacks(&steps), expected);
    }

    #[test]
    fn what_a_fault_interrupts_is_its_caller_and_goes_on() {
        let steps = [
            (10, NEXT),
            (K, NEXT),
            (K + 1, NEXT),
            (K + 50, NEXT),
            (K + 51, Flow::Return),
            (K + 1, Flow::Return),
            (10, NEXT),
            (11, NEXT),
        ];
        let expected = [
            (vec![10], 2),
            (vec![10, K], 1),
            (vec![10, K + 1], 2),
            (vec![10, K + 1, K + 50], 1),
            (vec![10, K + 1, K + 51], 1),
            (vec![11], 1),
        ];
        assert_eq!(stacks(&steps), expected);
    }
}
