//! Moving frames from one tree to another, or within one; and all that one lacks and another has.
//!
//! They are gathered in a tree of their own, which may fail; cut out where they were, and what is in
//! their way with them; and grafted on, which takes no memory: where both trees have a node, the
//! entries of one become the other's.

use super::{Held, PageTree, capacity};
use crate::memory::Memory;
use crate::units::PageRange;
use crate::vmo::node::{self, LeafFrame, Node};
use crate::{Ref, Result};

impl PageTree {
    /// Makes a tree of the frames that `pages` of this one have, as pages from `to` on of a tree that
    /// begins where `target` does. Both trees have them then. Of a frame that others share, the new tree has
    /// a copy: a shared frame is at one key in all that share it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(crate) fn gather(&self, pages: PageRange, target: &PageTree, to: u64) -> Result<PageTree> {
        let mut gathered = target.beside(0);
        let mut result = Ok(());
        self.each(pages, |page, held| {
            if result.is_ok() {
                let key = target.origin + page - pages.start + to;
                result = self.give(held, &mut gathered, key);
            }
        });
        result.map(|()| gathered)
    }

    /// Puts a frame of this tree, or a copy if it is shared, into `other`.
    pub(crate) fn give(&self, held: Held, other: &mut PageTree, key: u64) -> Result<()> {
        let place = other.place_of(key)?;
        let record = self.memory.record(held.frame);
        *place = Some(LeafFrame::new(if held.shared {
            let copy = self.memory.allocate()?;
            self.memory.copy_frame(held.frame, copy);
            self.memory.record(copy).begin_page();
            copy
        } else {
            record.share();
            held.frame
        }));
        Ok(())
    }

    /// Makes two trees equally high, if both have a node at all.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no page has changed.
    pub(crate) fn level(&mut self, other: &mut PageTree) -> Result<()> {
        if self.is_empty() || other.is_empty() {
            return Ok(());
        }
        let last = capacity(self.height.max(other.height)) - 1;
        self.make_room(last)?;
        other.make_room(last)
    }

    /// Takes over the frames of `other`, whose pages have the same keys, where this tree has none. The trees
    /// were made level. Where both have keys in one node, nobody shares that of this tree: because somebody prepared to
    /// cut those of `other` out of it, or because nobody shares anything of it. Those of `other` may be shared still by
    /// somebody who is just giving them up.
    pub(crate) fn graft(&mut self, mut other: PageTree) {
        let Some(theirs) = other.root.take() else {
            return;
        };
        let root = match self.root.take() {
            None => theirs,
            Some(ours) => merge(ours, theirs, self.memory),
        };
        self.root = Some(root);
        self.height = other.height;
    }
}

/// Has `to`, a node for the same keys, hold what `from` holds and it lacks, and gives `from` up; nine levels deep at the
/// most. `to` has one owner.
fn merge(mut to: Ref<Node>, from: Ref<Node>, memory: &Memory) -> Ref<Node> {
    let node = Ref::get_mut(&mut to).expect("a node with keys of both has one owner");
    match (node, &*from) {
        (Node::Leaf(to), Node::Leaf(from)) => {
            for (to, from) in to.iter_mut().zip(from).filter(|(to, _)| to.is_none()) {
                from.iter().for_each(|frame| memory.record(frame.frame()).share());
                *to = *from;
            }
        }
        (Node::Inner(to), Node::Inner(from)) => {
            for (to, from) in to.iter_mut().zip(from) {
                *to = match (to.take(), from.clone()) {
                    (Some(to), Some(from)) => Some(merge(to, from, memory)),
                    (to, from) => to.or(from),
                };
            }
        }
        _ => unreachable!("nodes of one level in trees of one height"),
    }
    // Nothing of it was taken out: others may hold it, too.
    node::release(from, memory);
    to
}
