//! Names of the kernel's functions, from the symbol table of its own ELF file.

use core::fmt;

use elf::abi::STT_FUNC;
use elf::endian::LittleEndian;
use elf::string_table::StringTable;
use elf::symbol::{Symbol, SymbolTable};
use rustc_demangle::demangle;
use spin::Once;

struct Symbols {
    table: SymbolTable<'static, LittleEndian>,
    names: StringTable<'static>,
    load_offset: u64,
}

static SYMBOLS: Once<Symbols> = Once::new();

/// Takes `table` and its `names` as the kernel's, whose addresses are `load_offset` higher than the table says.
pub(crate) fn init(
    table: SymbolTable<'static, LittleEndian>,
    names: StringTable<'static>,
    load_offset: u64,
) {
    SYMBOLS.call_once(|| Symbols { table, names, load_offset });
}

/// A place in the code: shown as the function and the distance from its start, if the symbols know it.
#[derive(Clone, Copy, Debug)]
pub struct Place(pub u64);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match function_at(self.0) {
            Some((name, distance)) => {
                write!(f, "{:#018x} {:#}+{distance:#x}", self.0, demangle(name))
            }
            None => write!(f, "{:#018x}", self.0),
        }
    }
}

/// Returns the mangled name of the function that `address` is in, and how far it is from the start.
fn function_at(address: u64) -> Option<(&'static str, u64)> {
    let symbols = SYMBOLS.get()?;
    let wanted = address.checked_sub(symbols.load_offset)?;
    let contains = |symbol: &Symbol| {
        symbol.st_symtype() == STT_FUNC
            && wanted.checked_sub(symbol.st_value).is_some_and(|distance| distance < symbol.st_size)
    };
    let symbol = symbols.table.iter().find(contains)?;
    let name = symbols.names.get(usize::try_from(symbol.st_name).ok()?).ok()?;
    Some((name, wanted.wrapping_sub(symbol.st_value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[inline(never)]
    fn known_function() {
        core::hint::black_box(());
    }

    #[test_case]
    fn a_functions_address_has_its_name() {
        let address = known_function as *const () as u64;
        known_function();
        let shown = Place(address).to_string();
        assert!(shown.ends_with("kernel::symbols::tests::known_function+0x0"), "{shown}");
    }

    #[test_case]
    fn an_address_outside_the_code_has_no_name() {
        assert_eq!(Place(0x1234).to_string(), "0x0000000000001234");
    }
}
