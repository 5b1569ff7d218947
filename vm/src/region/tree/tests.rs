//! Trees of siblings against an ordered map.

use std::collections::BTreeMap;
use std::vec::Vec;

use super::node::LEAST;
use super::*;
use crate::rng::LayoutRng;
use crate::units::PageRange;

/// A tree, and what should be in it: ends by starts.
struct Both {
    nodes: Nodes,
    tree: Option<Tree>,
    expected: BTreeMap<u64, u64>,
}

impl Both {
    fn new() -> Both {
        Both { nodes: Nodes::new(), tree: None, expected: BTreeMap::new() }
    }

    /// Says whether nothing is in `pages`.
    fn is_free(&self, pages: PageRange) -> bool {
        let below = self.expected.range(..pages.end).next_back();
        below.is_none_or(|(_, end)| *end <= pages.start)
    }

    fn insert(&mut self, pages: PageRange) {
        let mut position = Position::new();
        let next = self.nodes.seek(self.tree, pages.start, &mut position);
        assert!(next.is_none_or(|next| next.pages.start >= pages.end));
        self.nodes.promise(&position, 1).expect("memory");
        let sibling = Sibling { pages, slot: Slot::FIRST, is_vmar: false };
        self.tree = Some(self.nodes.insert(&position, sibling));
        assert!(self.nodes.is_settled(), "what is promised for one insertion is what it needs");
        self.expected.insert(pages.start, pages.end);
    }

    /// Removes the sibling that starts at `start`.
    fn remove(&mut self, start: u64) {
        let mut position = Position::new();
        let found = self.nodes.seek(self.tree, start, &mut position).expect("there");
        assert_eq!(found.pages.start, start);
        self.tree = self.nodes.remove(&position);
        self.expected.remove(&start);
    }

    /// Changes the end of the sibling that starts at `start`.
    fn resize(&mut self, start: u64, end: u64) {
        let mut position = Position::new();
        self.nodes.seek(self.tree, start, &mut position);
        self.nodes.resize(&position, PageRange { start, end });
        self.expected.insert(start, end);
    }

    /// Cuts the sibling that starts at `start` in two, if its leaf has room.
    fn cut(&mut self, start: u64, middle: u64) {
        let end = self.expected[&start];
        let mut position = Position::new();
        self.nodes.seek(self.tree, start, &mut position);
        let pages = PageRange { start: middle, end };
        if self.nodes.cut(&position, Sibling { pages, slot: Slot::FIRST, is_vmar: false }) {
            self.expected.extend([(start, middle), (middle, end)]);
        }
    }

    /// Makes the sibling that starts at `start` and one right behind it one, if they are in one leaf that can do without.
    fn join(&mut self, start: u64) {
        let end = self.expected[&start];
        let mut position = Position::new();
        self.nodes.seek(self.tree, start, &mut position);
        let behind = self.nodes.behind(&position).map(|behind| behind.pages.start);
        if behind == Some(end) && self.nodes.join(&position) {
            let end = self.expected.remove(&end).expect("a sibling starts there");
            self.expected.insert(start, end);
        }
    }

    /// Compares everything.
    fn check(&mut self) {
        assert!(self.nodes.is_right(self.tree));
        let mut position = Position::new();
        let mut next = self.nodes.seek(self.tree, 0, &mut position);
        let mut end = None;
        for (start, expected_end) in &self.expected {
            let found = next.expect("as many as expected");
            assert_eq!((found.pages.start, found.pages.end), (*start, *expected_end));
            assert_eq!(self.nodes.at(&position), Some(found));
            assert_eq!(self.nodes.before(&position).map(|before| before.pages.end), end);
            end = Some(*expected_end);
            let behind = self.nodes.behind(&position);
            next = self.nodes.advance(&mut position);
            assert_eq!(behind, next);
        }
        assert_eq!(next, None);
        let Some(tree) = self.tree else { return };
        self.nodes.survey(Some(tree));
        assert!(self.nodes.is_right(Some(tree)));
        let all = match tree.height {
            0 => self.nodes.leaves[tree.root].summary(tree.root),
            _ => self.nodes.branches[tree.root].summary(tree.root),
        };
        assert_eq!(self.nodes.largest_gap(tree), all.largest_gap);
        let pairs = self.expected.iter().zip(self.expected.keys().skip(1));
        let largest = pairs.map(|((_, end), start)| start - end).max();
        assert_eq!(all.largest_gap, largest.unwrap_or(0));
        assert_eq!(all.used, self.expected.iter().map(|(start, end)| end - start).sum::<u64>());
    }
}

const STEPS: u32 = if cfg!(miri) { 40 } else { 20_000 };

#[test]
fn a_tree_holds_what_an_ordered_map_holds() {
    let mut both = Both::new();
    let mut rng = LayoutRng::new(5);
    for step in 0..STEPS {
        let start = rng.below(100_000);
        let pages = PageRange::new(start, 1 + rng.below(20));
        // Mostly filling for a while, then mostly emptying.
        let fills = (rng.below(10) < 7) == (step / 2000 % 2 == 0);
        let next = both.expected.range(start..).next().map(|(start, end)| (*start, *end));
        match next {
            _ if fills && both.is_free(pages) => both.insert(pages),
            Some((start, end)) if rng.below(4) == 0 => {
                both.resize(start, start + 1 + (end - start) / 2)
            }
            Some((start, end)) if end - start > 1 && rng.below(3) == 0 => {
                both.cut(start, start + 1 + rng.below(end - start - 1));
            }
            Some((start, _)) if rng.below(3) == 0 => both.join(start),
            Some((start, _)) if !fills => both.remove(start),
            _ => {}
        }
        if step % 50 == 0 {
            both.check();
        }
    }
    both.check();
    for start in both.expected.clone().into_keys() {
        both.remove(start);
        assert!(both.nodes.is_right(both.tree));
    }
    assert_eq!(both.tree, None);
    assert!(both.nodes.leaves.is_empty() && both.nodes.branches.takes_nothing());
}

#[test]
fn branches_that_are_not_needed_any_more_take_nothing() {
    let mut both = Both::new();
    both.insert(PageRange::new(0, 1));
    for number in 1..100 {
        both.insert(PageRange::new(number * 2, 1));
    }
    assert!(!both.nodes.branches.is_empty());
    (1..100).for_each(|number| both.remove(number * 2));
    assert!(both.nodes.branches.takes_nothing());
    both.check();
}

#[test]
fn every_place_is_found_from_every_page() {
    let mut both = Both::new();
    let count = if cfg!(miri) { 20 } else { 300 };
    for number in 0..count {
        both.insert(PageRange::new(number * 7 % count * 10 + 3, 4));
    }
    for page in 0..count * 10 + 10 {
        let expected = both.expected.iter().find(|(_, end)| **end > page);
        let found = both.nodes.find(both.tree, page);
        assert_eq!(found.map(|found| found.pages.start), expected.map(|(start, _)| *start));
        assert_eq!(both.nodes.seek(both.tree, page, &mut Position::new()), found);
    }
}

#[test]
fn trees_that_share_their_nodes_keep_apart() {
    let mut nodes = Nodes::new();
    let mut trees = [None, None];
    let count = if cfg!(miri) { 40 } else { 200 };
    let pages_of = |which: usize, number: u64| PageRange::new(number * 4 + which as u64, 1);
    for number in 0..count {
        for which in [0, 1] {
            let mut position = Position::new();
            let pages = pages_of(which, number);
            assert_eq!(nodes.seek(trees[which], pages.start, &mut position), None);
            nodes.promise(&position, 1).expect("memory");
            let new = Sibling { pages, slot: Slot::FIRST, is_vmar: false };
            trees[which] = Some(nodes.insert(&position, new));
        }
    }
    for number in 0..count {
        for which in [0, 1] {
            let pages = pages_of(which, number);
            let found = nodes.seek(trees[which], pages.start, &mut Position::new());
            assert_eq!(found.map(|found| found.pages), Some(pages));
        }
    }
    assert!(trees.iter().all(|tree| nodes.is_right(*tree)));
}

#[test]
fn one_after_the_other_fills_nodes_well() {
    let orders: [fn(u64) -> u64; 2] = [|number| number, |number| 10_000 - number];
    for order in orders {
        let mut both = Both::new();
        let count = if cfg!(miri) { 40 } else { 3000 };
        for number in 0..count {
            both.insert(PageRange::new(order(number), 1));
        }
        both.check();
        let leaves = both.nodes.leaves.iter().count() as u64;
        assert!(leaves * 12 < count + 24, "{leaves} leaves");
    }
}

#[test]
fn a_tree_that_is_taken_apart_gives_back_its_nodes() {
    for count in [1, 16, 17, if cfg!(miri) { 40 } else { 1000 }] {
        let mut both = Both::new();
        for number in 0..count {
            both.insert(PageRange::new(number * 7 % count * 3, 2));
        }
        let mut tree = both.tree;
        let mut popped = Vec::new();
        while let Some(rest) = tree {
            let (last, rest) = both.nodes.pop(rest);
            popped.push(last.pages.start);
            tree = rest;
        }
        let expected: Vec<u64> = both.expected.into_keys().rev().collect();
        assert_eq!(popped, expected);
        assert!(both.nodes.leaves.is_empty() && both.nodes.branches.is_empty());
    }
}

#[test]
fn trees_stay_low() {
    let mut both = Both::new();
    let mut rng = LayoutRng::new(6);
    let count = if cfg!(miri) { 50 } else { 20_000 };
    while both.expected.len() < count {
        let pages = PageRange::new(rng.below(1 << 40), 1);
        if both.is_free(pages) {
            both.insert(pages);
        }
    }
    // Then those at random are taken out until a tenth is left.
    let starts: Vec<u64> = both.expected.keys().copied().collect();
    for start in starts {
        if rng.below(10) != 0 {
            both.remove(start);
        }
    }
    both.check();
    let tree = both.tree.expect("some are left");
    let nodes = both.nodes.leaves.iter().count() + both.nodes.branches.iter().count();
    assert!(nodes * LEAST <= both.expected.len() * 2, "{nodes} nodes");
    assert!(LEAST.pow(tree.height) <= both.expected.len());
}
