//! What is at an address of the guest: the function, with those that were inlined into it, and the kind of instruction.

use crate::workspace;
use addr2line::Loader;
use anyhow::{Context as _, Result, anyhow};
use iced_x86::{Code, Decoder, DecoderOptions, FlowControl};
use object::{Object as _, ObjectSegment as _, ObjectSymbol as _};
use std::{fs, path::Path};

/// The longest instruction.
const MAX_LEN: usize = 15;

/// What an instruction does to the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next one follows, `len` bytes further.
    Next { len: u64 },
    /// A jump, taken or not.
    Jump,
    /// A function is called, or the kernel is.
    Call,
    /// The end of a function, or of the kernel's work for ring 3.
    Return,
    /// RDTSC, which begins and ends a sample; the next one follows.
    ReadCounter,
}

/// An ELF file, and where it is in the guest.
pub(super) struct Image {
    bytes: Vec<u8>,
    symbols: Loader,
    offset: u64,
    range: std::ops::Range<u64>,
}

impl Image {
    /// Opens the file at `path`, whose symbol or first byte (`anchor`) is at `address`.
    pub(super) fn open(path: &Path, anchor: Option<&str>, address: u64) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = object::File::parse(bytes.as_slice())?;
        let begin = file.segments().map(|segment| segment.address()).min().unwrap_or(0);
        let end = file.segments().map(|segment| segment.address() + segment.size()).max();
        let anchored = match anchor {
            None => begin,
            Some(name) => file
                .symbols()
                .find(|symbol| symbol.name() == Ok(name))
                .with_context(|| format!("{} has no symbol {name}", path.display()))?
                .address(),
        };
        let offset = address.wrapping_sub(anchored);
        let [begin, end] = [begin, end.unwrap_or(0)].map(|address| address.wrapping_add(offset));
        let symbols = Loader::new(path).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        Ok(Self { bytes, symbols, offset, range: begin..end })
    }

    /// Says whether `address` is in the image.
    pub(super) fn contains(&self, address: u64) -> bool {
        self.range.contains(&address)
    }

    /// Returns the functions at `address`, from the outermost to the innermost that was inlined, each with the file it is in: the
    /// debug information of a release has no names of modules.
    pub(super) fn functions(&self, address: u64) -> Vec<String> {
        let probe = address.wrapping_sub(self.offset);
        let mut names = Vec::new();
        if let Ok(mut frames) = self.symbols.find_frames(probe) {
            while let Ok(Some(frame)) = frames.next() {
                let name = frame.function.as_ref().and_then(|name| name.demangle().ok());
                let file = frame.location.as_ref().and_then(|location| location.file);
                names.extend(name.map(|name| match file {
                    Some(file) => format!("{} [{}]", plain(&name), short_path(file)),
                    None => plain(&name).to_owned(),
                }));
            }
        }
        names.reverse();
        if names.is_empty() {
            let symbol = self.symbols.find_symbol(probe);
            names.extend(symbol.map(|name| addr2line::demangle_auto(name.into(), None).into()));
        }
        names
    }

    /// Returns the kind of the instruction at `address`.
    pub(super) fn flow(&self, address: u64) -> Option<Flow> {
        let probe = address.wrapping_sub(self.offset);
        let file = object::File::parse(self.bytes.as_slice()).ok()?;
        let segment = file.segments().find(|segment| {
            (segment.address()..segment.address() + segment.size()).contains(&probe)
        })?;
        let at = usize::try_from(probe - segment.address()).ok()?;
        let code = segment.data().ok()?.get(at..)?;
        let code = code.get(..MAX_LEN).unwrap_or(code);
        let instruction = Decoder::with_ip(64, code, address, DecoderOptions::NONE).decode();
        Some(match (instruction.code(), instruction.flow_control()) {
            (Code::Rdtsc, _) => Flow::ReadCounter,
            (_, FlowControl::Call | FlowControl::IndirectCall | FlowControl::Interrupt) => {
                Flow::Call
            }
            (_, FlowControl::Return) => Flow::Return,
            (_, FlowControl::Next) => Flow::Next { len: instruction.len() as u64 },
            _ => Flow::Jump,
        })
    }
}

/// Leaves out what a generic function is made for.
fn plain(name: &str) -> &str {
    match name.split_once('<') {
        Some((plain, _)) if !plain.is_empty() => plain,
        _ => name,
    }
}

/// Leaves out of a source's path what all of its crate have in common.
fn short_path(path: &str) -> String {
    let root = workspace::root().to_string_lossy();
    let path = path.strip_prefix(&*root).unwrap_or(path).trim_start_matches('/');
    let from_crate = match path.rsplit_once("/src/") {
        Some((before, after)) => {
            let name = before.rsplit('/').next().unwrap_or(before);
            format!("{name}/{after}")
        }
        None => path.to_owned(),
    };
    from_crate.trim_end_matches(".rs").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_with_the_crate() {
        let inside = workspace::root().join("vm/src/vmar/map.rs");
        assert_eq!(short_path(inside.to_str().unwrap()), "vm/vmar/map");
        let path = "/registry/index-1f2e/spin-0.10.0/src/mutex.rs";
        assert_eq!(short_path(path), "spin-0.10.0/mutex");
        assert_eq!(short_path("entry.rs"), "entry");
    }

    #[test]
    fn instructions_and_functions_are_found_in_a_file() {
        let this = std::env::current_exe().unwrap();
        let image = Image::open(&this, None, 1 << 40).unwrap();
        assert!(image.contains(1 << 40) && !image.contains(0));
        assert!(Image::open(&this, Some("no such symbol"), 0).is_err());
        let entry = object::File::parse(image.bytes.as_slice()).unwrap().entry();
        let entry = entry.wrapping_add(image.offset);
        assert_eq!(image.functions(entry), ["_start"]);
        assert!(matches!(image.flow(entry), Some(Flow::Next { .. })));
        assert_eq!(image.flow(0), None);
    }
}
