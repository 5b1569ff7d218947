//! Taking ELF files apart.

use abi::layout::{PAGE_SIZE, USER_END};
use rt::loader::image::{Image, Segment};

/// Takes a file apart, and checks all that whoever loads it relies on.
///
/// # Panics
/// If something of that does not hold.
pub fn check(bytes: &[u8]) {
    let Ok(image) = Image::parse(bytes) else { return };
    image.segments.iter().for_each(|segment| check_segment(segment, bytes));
    let pairs = image.segments.iter().zip(image.segments.iter().skip(1));
    pairs.for_each(|(lower, upper)| assert!(lower.pages().end <= upper.pages().start));
    let has_entry = |segment: &&Segment<'_>| segment.memory.contains(&image.entry);
    let first = image.segments.iter().find(has_entry).expect("the entry is in a segment");
    assert!(first.is_executable, "the first instruction cannot be executed");

    let span = image.span();
    assert!(
        image.segments.iter().all(|segment| {
            span.start <= segment.pages().start && segment.pages().end <= span.end
        })
    );
    assert!(image.relro.start <= image.relro.end);
    if !image.relro.is_empty() {
        let relro = &image.relro;
        assert!(relro.start.is_multiple_of(PAGE_SIZE) && relro.end.is_multiple_of(PAGE_SIZE));
        assert!(image.segments.iter().any(|segment| {
            let pages = segment.pages();
            segment.is_writable && pages.start <= relro.start && relro.end <= pages.end
        }));
    }
    assert!(image.relocations().count() <= bytes.len() / 24);
    if let Ok(offset) = image.fixed_offset() {
        assert_eq!(offset.checked_add(abi::layout::USER_BASE), Some(span.start));
    }
}

fn check_segment(segment: &Segment<'_>, file: &[u8]) {
    let Segment { memory, bytes, is_writable, is_executable } = segment;
    assert!(memory.start < memory.end && memory.end <= USER_END);
    let pages = segment.pages();
    assert!(pages.start <= memory.start && memory.end <= pages.end);
    assert!(bytes.len() as u64 <= memory.end.abs_diff(memory.start));
    assert!(!(*is_writable && *is_executable), "writable and executable");
    let (all, part) = (file.as_ptr_range(), bytes.as_ptr_range());
    assert!(all.start <= part.start && part.end <= all.end, "bytes from elsewhere");
}
