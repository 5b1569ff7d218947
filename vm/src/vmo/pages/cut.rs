//! Taking frames out of a tree.

use super::{PageTree, capacity};
use crate::units::PageRange;
use crate::vmo::node::{self, Node, index};
use crate::{Ref, Result};

impl PageTree {
    /// Makes sure that [`PageTree::free`] of `pages` cannot fail: makes the nodes on the two edges of
    /// the range the tree's own.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): every page is as it was.
    pub(crate) fn prepare_cut(&mut self, pages: PageRange) -> Result<()> {
        let keys = pages.moved(0, self.origin);
        if keys.is_empty() {
            return Ok(());
        }
        for edge in [keys.start, keys.end - 1] {
            self.own_path(edge, keys)?;
        }
        Ok(())
    }

    /// Takes `pages` out of a tree that no page table shows.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): every page is as it was.
    pub(super) fn cut(&mut self, pages: PageRange) -> Result<()> {
        self.prepare_cut(pages)?;
        self.free(pages);
        Ok(())
    }

    /// Makes the nodes on the way to `key`, as far as there are any, the tree's own, but for those
    /// that `cut` covers.
    fn own_path(&mut self, key: u64, cut: PageRange) -> Result<()> {
        let mut level = self.height;
        if key >= capacity(level) {
            return Ok(());
        }
        let mut place = self.root.as_mut();
        while let Some(node) = place {
            let keys = PageRange::new(key & !(capacity(level) - 1), capacity(level));
            if cut.covers(keys) {
                return Ok(());
            }
            let Node::Inner(nodes) = Node::own(node, self.memory)? else {
                return Ok(());
            };
            place = nodes[index(key, level)].as_mut();
            level -= 1;
        }
        Ok(())
    }

    /// Takes every frame of `pages` out of the tree; those that no other tree holds are freed. No
    /// page table shows any of them, and [`PageTree::prepare_cut`] was called for the same range
    /// unless nothing is shared.
    pub(crate) fn free(&mut self, pages: PageRange) {
        let keys = pages.moved(0, self.origin);
        let Some(mut root) = self.root.take() else {
            return;
        };
        let all = PageRange::new(0, capacity(self.height));
        if keys.covers(all) {
            self.height = 0;
            return node::release(root, self.memory);
        }
        if !keys.overlaps(all) || keys.is_empty() {
            self.root = Some(root);
            return;
        }
        let top = Ref::get_mut(&mut root).expect("a root on the edge of a cut has one owner");
        node::free(top, (self.height, 0), self.memory, keys);
        if top.is_empty() {
            self.height = 0;
        } else {
            self.root = Some(root);
        }
    }
}
