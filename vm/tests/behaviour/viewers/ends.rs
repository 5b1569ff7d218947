//! What becomes of copies and of those they are copies of, and what cannot be done with them.

use super::*;

#[test]
fn a_copy_outlives_its_parent_and_keeps_its_source() {
    let world = World::new();
    let (vmo, told) = backed(&world, 2, VmoOptions::empty());
    supply(&world, &vmo, 0, 1, 1);
    let copy = view(&vmo);
    assert!(copy.source().is_some());
    drop(vmo);
    assert_eq!(bytes(&copy), [Ok(1), MISSING]);
    let missing = copy.missing(PAGE, 1).expect("missing");
    assert_eq!(missing.provide(), Err(Status::IO));
    assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), PAGE);
    drop((copy, missing));
    assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), u64::MAX, "the source is gone");
}

#[test]
fn a_copy_that_is_cut_does_not_end_what_is_asked_of_the_source() {
    let world = World::new();
    let (vmo, told) = backed(&world, 4, VmoOptions::RESIZABLE);
    let copy = child(&vmo, ON_WRITE | VmoChildOptions::RESIZABLE, 0, 4).expect("a child");
    copy.set_size(PAGE).expect("smaller");
    assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), 1, "it was told nothing");
    vmo.set_size(2 * PAGE).expect("smaller");
    assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), 2 * PAGE);
}

#[test]
fn a_chain_of_copies_gets_no_longer_when_its_links_go() {
    let world = World::new();
    let vmo = fixed(&world, 3);
    supply(&world, &vmo, 0, 3, 1);
    let heap = heap::live();
    let mut last = view(&vmo);
    let length = if cfg!(miri) { 8_u8 } else { 200 };
    for number in 0..length {
        set(&last, 1, number);
        let next = view(&last);
        last = next;
        assert_eq!(bytes(&last), [Ok(1), Ok(number), Ok(3)]);
    }
    assert_eq!(last.committed_frames(), 1, "those that went left it their pages");
    set(&vmo, 2, 9);
    assert_eq!(byte_of(&last, 2), Ok(9));
    let grown = heap::live() - heap;
    assert!(grown < 4096, "{grown} bytes for one copy");
}

#[test]
fn what_a_copy_saw_of_one_that_went_becomes_its_own() {
    let world = World::new();
    let vmo = fixed(&world, 200);
    supply(&world, &vmo, 0, 200, 1);
    let between = child(&vmo, ON_WRITE | VmoChildOptions::RESIZABLE, 10, 150).expect("allowed");
    for page in [0, 5, 60, 64, 70, 130, 149] {
        set(&between, page, 100);
    }
    between.zero(20 * PAGE, 10 * PAGE).expect("memory");
    between.zero(100 * PAGE, 10 * PAGE).expect("memory");
    let heir = child(&between, ON_WRITE, 3, 130).expect("allowed");
    set(&heir, 57, 200);
    heir.zero(61 * PAGE, PAGE).expect("memory");
    between.set_size(120 * PAGE).expect("resizable");
    let area = world.area(130);
    let base = map_at(&area, 0, (&heir, 0), 130, READ_WRITE).expect("free");
    let seen = |page| world.load(base + page * PAGE).expect("present");
    let before: Vec<u8> = (0..130).map(seen).collect();
    assert_eq!([2, 57, 61, 67, 20, 100, 118].map(|page| before[page]), [100, 200, 0, 100, 0, 0, 0]);
    let free = world.free_frames();
    drop(between);
    world.check();
    assert_eq!((0..130).map(seen).collect::<Vec<u8>>(), before);
    // Pages 0 and 60 to 64, of which it has one itself and one is zero: it does not see these.
    assert_eq!((world.free_frames(), heir.committed_frames()), (free + 3, 3));
    world.store(base + 2 * PAGE, 7).expect("writable");
    world.check();
    assert_eq!(world.free_frames(), free + 3, "the page is its own");
}

#[test]
fn one_that_went_stays_for_as_long_as_two_see_it() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    supply(&world, &vmo, 0, 2, 1);
    let between = view(&vmo);
    set(&between, 0, 10);
    let copies = [view(&between), view(&between), view(&between)];
    drop(between);
    for copy in &copies {
        assert_eq!((bytes(copy), copy.committed_frames()), ([Ok(10), Ok(2)], 0));
    }
    let [first, second, third] = copies;
    drop(second);
    assert_eq!((bytes(&third), third.committed_frames()), ([Ok(10), Ok(2)], 0));
    drop(first);
    assert_eq!((bytes(&third), third.committed_frames()), ([Ok(10), Ok(2)], 1));
    // Now it sees the first of the line, and can be copied both ways.
    let twin = modified(&third);
    set(&third, 0, 11);
    assert_eq!(byte_of(&twin, 0), Ok(10));
}

#[test]
fn copies_cannot_be_decommitted_and_are_cached() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    let copy = view(&vmo);
    for vmo in [&vmo, &copy, &world.slice(&copy, 0, 1)] {
        world.refuses(Status::NOT_SUPPORTED, || vmo.decommit(0, PAGE));
        world.refuses(Status::BAD_STATE, || vmo.set_cache_policy(CachePolicy::Uncached));
    }
    world.refuses(Status::BAD_STATE, || copy.set_cache_policy(CachePolicy::Cached));
    world.refuses(Status::BAD_STATE, || vmo.set_cache_policy(CachePolicy::Cached));
    drop(copy);
    vmo.set_cache_policy(CachePolicy::Cached).expect("alone");
}

#[test]
fn nothing_is_supplied_to_a_copy() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    let (copy, aux) = (view(&vmo), filled(&world, 2, 1));
    for part in [&copy, &world.slice(&vmo, 0, 2), &world.reference(&vmo)] {
        world.refuses(Status::INVALID_ARGS, || part.supply(0, PAGE, &aux, 0));
    }
    supply(&world, &vmo, 0, 2, 1);
    world.refuses(Status::BAD_STATE, || vmo.supply(0, PAGE, &copy, 0));
}

#[test]
fn pinned_pages_do_not_keep_from_one_way_copies() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    supply(&world, &vmo, 0, 2, 1);
    let pin = Vmo::pin(&vmo, Access::Write, 0, PAGE).expect("present");
    let copy = view(&vmo);
    drop(pin);
    let pin = Vmo::pin(&copy, Access::Write, 0, PAGE).expect("present");
    assert_eq!(copy.committed_frames(), 1, "a pinned page is its own");
    world.refuses(Status::BAD_STATE, || super::copy(&copy, MODIFIED));
    copy.zero(0, 2 * PAGE).expect("memory");
    assert_eq!((bytes(&copy), copy.committed_frames()), ([Ok(0), Ok(0)], 1));
    drop(pin);
    modified(&copy);
}

#[test]
fn pages_move_out_of_and_into_copies() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    let (copy, other) = (view(&vmo), view(&vmo));
    let plain = filled(&world, 4, 50);
    world.refuses(Status::SHOULD_WAIT, || plain.transfer_data(0, PAGE, &copy, 0));
    supply(&world, &vmo, 0, 4, 1);
    set(&copy, 1, 10);
    plain.transfer_data(0, 3 * PAGE, &copy, 0).expect("memory");
    assert_eq!(bytes(&plain), [Ok(1), Ok(10), Ok(3), Ok(53)]);
    assert_eq!(bytes(&copy), [Ok(0), Ok(0), Ok(0), Ok(4)]);
    assert_eq!(bytes(&vmo), [Ok(1), Ok(2), Ok(3), Ok(4)]);
    copy.transfer_data(PAGE, 2 * PAGE, &other, 2 * PAGE).expect("memory");
    assert_eq!(bytes(&copy), [Ok(0), Ok(3), Ok(4), Ok(4)]);
    assert_eq!(bytes(&other), [Ok(1), Ok(2), Ok(0), Ok(0)]);
    copy.transfer_data(0, 3 * PAGE, &copy, PAGE).expect("memory");
    assert_eq!(bytes(&copy), [Ok(3), Ok(4), Ok(4), Ok(0)]);
    copy.transfer_data(0, 2 * PAGE, &plain, 2 * PAGE).expect("memory");
    assert_eq!(bytes(&copy), [Ok(3), Ok(53), Ok(4), Ok(0)]);
    let inner = view(&copy);
    inner.transfer_data(0, PAGE, &copy, PAGE).expect("memory");
    assert_eq!((bytes(&inner), byte_of(&copy, 1)), ([Ok(53), Ok(0), Ok(4), Ok(0)], Ok(0)));
    copy.transfer_data(3 * PAGE, PAGE, &inner, 2 * PAGE).expect("memory");
    assert_eq!((byte_of(&copy, 3), bytes(&inner)), (Ok(4), [Ok(53), Ok(0), Ok(0), Ok(4)]));
}
