//! What processors find once an entry has taken the place of another.

use super::Editor;
use crate::attr::Perms;
use crate::memory::BLOCK_FRAMES;
use crate::sim::SimMachine;
use crate::units::{Frame, PageRange, page_base};
use crate::{Aspace, Ref};

/// The first page of a large one, in the half of programs.
const PAGE: u64 = 64 * BLOCK_FRAMES;

/// Shows frames one after the other at one place, by different ways, and looks at each through a processor that remembers the one before.
struct Stage {
    machine: &'static SimMachine,
    aspace: Ref<Aspace>,
}

impl Stage {
    fn new() -> Stage {
        let machine = SimMachine::new(1, 6 * BLOCK_FRAMES);
        Stage { machine, aspace: machine.aspace(1) }
    }

    fn edit<T>(&self, change: impl FnOnce(&mut Editor<'_>) -> T) -> T {
        change(&mut self.aspace.translation.edit())
    }

    fn install(&self, frame: Frame) {
        let entry = self.aspace.pattern(Perms::READ | Perms::WRITE).with_frame(frame);
        self.edit(|editor| editor.install(PAGE, entry)).expect("memory");
    }

    fn install_in_a_run(&self, frame: Frame) {
        let pattern = self.aspace.pattern(Perms::READ | Perms::WRITE);
        let run = [Some(frame)];
        self.edit(|editor| editor.install_run(PAGE, &run, |frame| pattern.with_frame(frame)))
            .expect("memory");
    }

    fn install_large(&self, block: Frame) {
        let pattern = self.aspace.pattern(Perms::READ | Perms::WRITE).large_pattern();
        self.edit(|editor| editor.install_large(PAGE, pattern.with_frame(block))).expect("memory");
    }

    fn load(&self) -> u8 {
        let mut byte = [0];
        self.machine.read(0, &self.aspace, page_base(PAGE), &mut byte).expect("shown");
        byte[0]
    }

    fn store(&self, byte: u8) {
        self.machine.write(0, &self.aspace, page_base(PAGE), &[byte]).expect("shown");
    }

    /// Shows two frames in turn, the first by `one` and the second by `other`.
    #[track_caller]
    fn check(
        &self,
        frames: [Frame; 2],
        one: impl Fn(&Stage, Frame),
        other: impl Fn(&Stage, Frame),
    ) {
        one(self, frames[0]);
        self.store(1);
        other(self, frames[1]);
        self.store(2);
        one(self, frames[0]);
        assert_eq!(self.load(), 1, "the second is still written, or read");
        other(self, frames[1]);
        assert_eq!(self.load(), 2, "the first is still read");
        self.edit(|editor| editor.unmap(PageRange::new(PAGE, BLOCK_FRAMES)));
        self.machine.check_caches().expect("nothing stale");
    }
}

#[test]
fn another_frame_in_place_of_one_is_what_processors_find() {
    let stage = Stage::new();
    let frames = [(); 2].map(|()| stage.machine.memory().allocate_zeroed().expect("memory"));
    stage.check(frames, Stage::install, Stage::install);
    stage.check(frames, Stage::install_in_a_run, Stage::install_in_a_run);
    frames.into_iter().for_each(|frame| stage.machine.memory().free(frame));
}

#[test]
fn another_large_page_in_place_of_one_or_of_pages_is_what_processors_find() {
    let stage = Stage::new();
    let memory = stage.machine.memory();
    let blocks = [(); 2].map(|()| memory.allocate_block().expect("memory"));
    stage.check(blocks, Stage::install_large, Stage::install_large);
    // The next ones take the place of a table, and a table takes theirs.
    stage.check(blocks, Stage::install, Stage::install_large);
    for block in blocks {
        (0..BLOCK_FRAMES).for_each(|index| memory.free(block.plus(index)));
    }
}

#[test]
fn what_is_taken_of_a_large_page_leaves_the_rest() {
    let stage = Stage::new();
    let memory = stage.machine.memory();
    let block = memory.allocate_block().expect("memory");
    let is_shown = |page| stage.aspace.leaf_at(page_base(PAGE + page)).is_some();
    stage.install_large(block);
    stage.edit(|editor| editor.unmap(PageRange::new(PAGE + 1, 2)));
    let shown = [0, 1, 2, 3, BLOCK_FRAMES - 1].map(is_shown);
    assert_eq!(shown, [true, false, false, true, true]);
    stage.edit(|editor| editor.unmap(PageRange::new(PAGE, BLOCK_FRAMES)));
    (0..BLOCK_FRAMES).for_each(|index| memory.free(block.plus(index)));
}
