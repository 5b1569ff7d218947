//! The regions of an address space, written out: as text, as JSON, as a graph for Graphviz.

use core::fmt::{self, Write};

use crate::Aspace;
use crate::region::Region;

impl Aspace {
    /// Writes the regions as text, a line each, indented by depth.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn dump_text(&self, out: &mut dyn Write) -> fmt::Result {
        self.each_region(|region, depth| writeln!(out, "{:1$} {region}", "", depth))
    }

    /// Writes the regions as a JSON array of objects, parents first.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn dump_json(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_char('[')?;
        let mut separator = "";
        self.each_region(|region, depth| {
            let (base, size) = (region.pages.base(), region.pages.bytes());
            write!(out, "{separator}\n {{\"base\":{base},\"size\":{size},\"depth\":{depth},")?;
            separator = ",";
            match region.as_mapping() {
                None => write!(out, "\"kind\":\"vmar\"}}"),
                Some(mapping) => write!(
                    out,
                    "\"kind\":\"mapping\",\"perms\":\"{}\",\"max\":\"{}\",\"vmo\":{},\"offset\":{}}}",
                    mapping.perms,
                    mapping.max,
                    mapping.vmo.label(),
                    mapping.vmo_offset(),
                ),
            }
        })?;
        out.write_str("\n]\n")
    }

    /// Writes the regions as a graph in DOT, an edge from each VMAR to what is in it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn dump_dot(&self, out: &mut dyn Write) -> fmt::Result {
        writeln!(out, "digraph aspace {{\n node [shape=box, fontname=monospace];")?;
        let regions = self.regions();
        let mut written = Ok(());
        regions.walk(|slot, region, _| {
            let id = regions.id(slot).number();
            let parent = region.parent.map(|parent| regions.id(parent).number());
            written = written
                .and_then(|()| writeln!(out, " r{id} [label=\"{}\"];", Escaped(region)))
                .and_then(|()| parent.map_or(Ok(()), |up| writeln!(out, " r{up} -> r{id};")));
        });
        written?;
        writeln!(out, "}}")
    }

    fn each_region(&self, mut write: impl FnMut(&Region, usize) -> fmt::Result) -> fmt::Result {
        let mut written = Ok(());
        self.regions().walk(|_, region, depth| {
            if written.is_ok() {
                written = write(region, depth);
            }
        });
        written
    }
}

/// A region as a string of DOT: a VMO's name may have quotes in it.
struct Escaped<'a>(&'a Region);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", self.0)
    }
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '"' | '\\' => write!(self.0, "\\{c}"),
            _ => self.0.write_char(c),
        })
    }
}
