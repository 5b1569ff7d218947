//! Entries, bit for bit as the processor reads them (Intel SDM 3A 4.5).

use std::vec::Vec;

use super::*;

const READ: Perms = Perms::READ;
const READ_WRITE: Perms = Perms::READ.union(Perms::WRITE);
const READ_EXECUTE: Perms = Perms::READ.union(Perms::EXECUTE);

/// What a page can permit: whatever is there can be read.
const PERMISSIONS: [Perms; 4] = [READ, READ_WRITE, READ_EXECUTE, Perms::all()];

/// A frame below 4 GiB and one with the highest address bit that there is, both at a multiple of 1 GiB.
const FRAMES: [Frame; 2] = [Frame::containing(0x4000_0000), Frame::containing(1 << 51)];

/// The entry of a page of ring 3 in a frame.
fn page(frame: Frame, perms: Perms) -> Entry {
    Entry::page(frame, Attr::user(perms))
}

#[test]
fn a_page_has_a_bit_for_whatever_it_permits() {
    let frame = Frame::containing(0x1234_5000);
    let bits = |attr| Entry::page(frame, attr).bits();
    assert_eq!(bits(Attr::user(READ)), 0x8000_0000_1234_5065);
    assert_eq!(bits(Attr::user(READ_WRITE)), 0x8000_0000_1234_5067);
    assert_eq!(bits(Attr::user(READ_EXECUTE)), 0x1234_5065);
    assert_eq!(bits(Attr::kernel(READ_WRITE)), 0x8000_0000_1234_5163);
}

#[test]
fn a_page_says_how_it_is_cached() {
    let bits = |cache| page(FRAMES[0], READ_EXECUTE).cached_as(cache).bits();
    assert_eq!(bits(CachePolicy::Cached), 0x4000_0065);
    assert_eq!(bits(CachePolicy::Uncached), 0x4000_007d);
    assert_eq!(bits(CachePolicy::UncachedDevice), 0x4000_007d);
    assert_eq!(bits(CachePolicy::WriteCombining), 0x4000_00e5);
}

#[test]
fn a_table_permits_everything() {
    assert_eq!(Entry::table(FRAMES[0]).bits(), 0x4000_0027);
    assert!(!Entry::table(FRAMES[0]).is_large());
}

#[test]
fn a_large_page_is_cached_whatever_is_asked() {
    let attr = Attr { cache: CachePolicy::Uncached, ..Attr::user(READ_EXECUTE) };
    let large = Entry::large(FRAMES[0], attr);
    assert_eq!(large.bits(), 0x4000_00e5);
    assert_eq!(Entry::pattern(Attr::user(READ_EXECUTE)).large_pattern().bits(), 0xe5);
    assert!(large.is_large());
}

#[test]
fn the_frame_of_a_large_page_is_told_from_how_it_is_cached() {
    for frame in FRAMES {
        let large = Entry::large(frame, Attr::user(READ));
        assert_eq!(large.large_frame(), frame);
        assert_eq!(Entry(large.bits() | 1 << 12).large_frame(), frame);
    }
}

#[test]
fn a_part_of_a_large_page_is_a_page_like_any_other() {
    for perms in PERMISSIONS {
        let large = Entry::large(FRAMES[0], Attr::user(perms));
        for index in [0, 1, 511] {
            assert_eq!(large.part_of_large(index), page(FRAMES[0].plus(index), perms));
        }
    }
}

#[test]
fn what_is_put_into_an_entry_is_read_from_it() {
    assert!(!Entry::ABSENT.is_present());
    for (frame, perms) in FRAMES.into_iter().flat_map(|frame| PERMISSIONS.map(|p| (frame, p))) {
        for attr in [Attr::user(perms), Attr::kernel(perms)] {
            let entry = Entry::page(frame, attr);
            assert!(entry.is_present());
            assert_eq!(entry.frame(), frame);
            assert_eq!((entry.perms(), entry.is_user()), (perms, attr.user));
        }
    }
}

#[test]
fn a_restriction_permits_writing_only_where_it_was() {
    for old in PERMISSIONS {
        for new in PERMISSIONS {
            let kept = new.difference(Perms::WRITE) | old & new;
            let entry = Entry::restriction(new)(page(FRAMES[1], old));
            assert_eq!(entry, page(FRAMES[1], kept), "{old:?} to {new:?}");
        }
        let read_only = page(FRAMES[1], old).read_only();
        assert_eq!(read_only, page(FRAMES[1], old.difference(Perms::WRITE)));
    }
}

#[test]
fn processors_forget_an_entry_if_it_shows_another_frame_or_permits_less() {
    // The first frame of all is one, too.
    let frames = [Frame::from_number(0), FRAMES[0]];
    let shown = frames.into_iter().flat_map(|frame| PERMISSIONS.map(|perms| (frame, perms)));
    for (frame, perms) in shown.clone() {
        let old = page(frame, perms);
        assert!(old.needs_flush(Entry::ABSENT), "{old:?}");
        assert!(!Entry::ABSENT.needs_flush(old), "{old:?}");
        for (new_frame, new_perms) in shown.clone() {
            let expected = frame != new_frame || !new_perms.contains(perms);
            let new = page(new_frame, new_perms);
            assert_eq!(old.needs_flush(new), expected, "{old:?} to {new:?}");
        }
    }
}

#[test]
fn a_table_has_a_slot_for_each_of_512_pages() {
    let mut words = [0; ENTRIES as usize];
    // SAFETY: as many entries are there for as long as it is used.
    let table = unsafe { Table::at(NonNull::from(&mut words).cast()) };
    let first = 3 * ENTRIES;
    for index in 0..ENTRIES {
        table.slot(first + index).set(page(Frame::from_number(index), READ));
    }
    table.set(7, Entry::ABSENT);
    let numbers = |slots: &[Slot]| -> Vec<u64> {
        slots.iter().map(|slot| slot.get().frame().number()).collect()
    };
    assert_eq!(numbers(table.from(first)).len(), 512);
    assert_eq!(numbers(table.from(first + 508)), [508, 509, 510, 511]);
    assert_eq!(numbers(table.between(PageRange::new(first + 6, 3))), [6, 0, 8]);
    assert_eq!(table.get(8).frame().number(), 8);
    assert_eq!([6, 7, 8, 511].map(|index| Entry(words[index]).frame().number()), [6, 0, 8, 511]);
}

#[test]
fn an_index_is_nine_bits_of_a_page_number() {
    let page = 0o123_456_701_234;
    assert_eq!([1, 2, 3, 4].map(|level| index(page, level)), [0o234, 0o701, 0o456, 0o123]);
}

#[test]
fn entries_cover_512_times_as_much_a_level() {
    assert_eq!([1, 2, 3].map(|level| next_entry(0o1_777_777, level)), [0o2_000_000; 3]);
    assert_eq!([1, 2].map(|level| next_entry(0o1_234_567, level)), [0o1_234_570, 0o1_235_000]);
}
