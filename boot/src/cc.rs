//! `./x cc`: gcc with the options that make a static ring-3 program, and the C library.

use crate::{libc, programs::Program, workspace};
use anyhow::{Context as _, Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a source is written in, as far as the choice of compiler and options goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// C, and assembly for gcc.
    C,
    /// C++.
    Cxx,
}

impl Language {
    /// Tells the language by the file's extension; `None` if it is no source.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "c" | "S" | "s" => Some(Self::C),
            "cc" | "cpp" | "cxx" | "C" => Some(Self::Cxx),
            _ => None,
        }
    }
}

/// Options for every translation unit: no library of the host, and code that runs wherever it is loaded. A loop that copies or fills
/// must not become a call of `memcpy` or `memset`, since the library's own are such loops.
const COMPILE: [&str; 7] = [
    "-O2",
    "-ffreestanding",
    "-fPIE",
    "-fno-stack-protector",
    "-fcf-protection=none",
    "-fno-asynchronous-unwind-tables",
    "-fno-tree-loop-distribute-patterns",
];

/// The language of Zircon's own tests, without what would need a runtime library; templates that such a library has for all programs
/// are the program's own.
const COMPILE_CXX: [&str; 6] = [
    "-std=gnu++20",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-fno-use-cxa-atexit",
    "-D_GLIBCXX_EXTERN_TEMPLATE=0",
];

/// Options for linking: the kernel starts one static file, whose segments each have one kind of permission.
const LINK: [&str; 2] = ["-nostdlib", "-Wl,-z,noexecstack,-z,separate-code,-u,_start"];

/// Returns a call of the compiler with the options for compiling. `gcc` takes each file for what its extension says, while `g++`
/// would take C for C++; the C++ library, for which one calls `g++`, is not linked anyway.
pub(crate) fn compiler(language: Language) -> Command {
    let mut command = Command::new("gcc");
    command.args(COMPILE);
    if language == Language::Cxx {
        command.args(COMPILE_CXX);
    }
    for directory in libc::include_directories() {
        command.arg("-isystem").arg(directory);
    }
    command
}

/// Runs gcc on the user's arguments and returns its status.
///
/// What they say comes after our options for compiling, so it prevails. Nothing is linked if they ask for less.
pub(crate) fn run(arguments: &[String]) -> Result<u8> {
    if arguments.is_empty() || arguments.iter().any(|argument| argument == "--help") {
        print!("{}", help());
        return Ok(0);
    }
    let is_cxx =
        arguments.iter().any(|argument| Language::of(Path::new(argument)) == Some(Language::Cxx));
    let mut command = compiler(if is_cxx { Language::Cxx } else { Language::C });
    command.args(arguments);
    if !arguments.iter().any(|argument| {
        ["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"].contains(&argument.as_str())
    }) {
        link(&mut command, arguments, &libc::build()?);
    }
    let status = command.status().context("cannot start gcc")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Adds the options for linking. A program is position-independent unless the user wants it at a fixed address.
fn link(command: &mut Command, arguments: &[String], library: &Path) {
    let is_fixed = arguments.iter().any(|argument| argument == "-static" || argument == "-no-pie");
    command.args(if is_fixed { ["-static", "-no-pie"].as_slice() } else { &["-static-pie"] });
    // `-x none`: the archive is not a source, whatever the user said the sources are.
    command.args(LINK).args(["-x", "none"]).arg(library);
    command.args(["-lstdc++", "-lgcc"]);
}

/// Builds every C and C++ file in `folder` as a program of its own, named after the file.
pub(crate) fn build_programs(folder: &Path) -> Result<Vec<Program>> {
    let sources = sources(folder)?;
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let library = libc::build()?;
    let output = libc::output_directory()?;
    let newest_input =
        libc::newest_header()?.max(libc::modified(&library)?.context("the C library is missing")?);
    let mut programs = Vec::new();
    for source in sources {
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let program = output.join(&name).with_added_extension("elf");
        if libc::modified(&program)? < libc::modified(&source)?.max(Some(newest_input)) {
            build_program(&source, &program, &library)?;
        }
        programs.push(Program::built(name, program));
    }
    Ok(programs)
}

/// Builds one program, and puts it in its place in one step, as another run may be reading it.
fn build_program(source: &Path, program: &Path, library: &Path) -> Result<()> {
    let scratch =
        tempfile::tempdir_in(libc::output_directory()?).context("cannot create a directory")?;
    let finished = scratch.path().join("program");
    let mut command = compiler(Language::of(source).unwrap_or(Language::C));
    command.args(["-Wall", "-Wextra", "-Werror"]).arg(source).arg("-o").arg(&finished);
    link(&mut command, &[], library);
    check(command)?;
    fs::rename(&finished, program).with_context(|| format!("cannot replace {}", program.display()))
}

/// Returns the sources in `folder`, in the order of their names; none if there is no such folder.
pub(crate) fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut sources = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    sources.retain(|path| Language::of(path).is_some());
    sources.sort();
    Ok(sources)
}

/// Runs a tool whose failure ends the build.
pub(crate) fn check(mut command: Command) -> Result<()> {
    match command.status() {
        Ok(status) => ensure!(status.success(), "{} failed", command.get_program().display()),
        Err(error) => bail!("cannot start {}: {error}", command.get_program().display()),
    }
    Ok(())
}

/// Returns the help text, with the command that does the same without this tool.
fn help() -> String {
    format!(
        "\
Usage: ./x cc FILES... -o PROGRAM.elf [GCC OPTIONS]

Builds a C or C++ program for ring 3; `./x run PROGRAM.elf [ARGS...]` runs it. Whatever else is on the
command line goes to gcc. -static or -no-pie makes a program for a fixed address, -c only an object.
The same in one line, from {}:

gcc {} \\
    -isystem abi/include -isystem tests/libc/include PROGRAM.c tests/libc/*.c tests/libc/*.S \\
    -static-pie {} -lgcc -o PROGRAM.elf

C++ also needs tests/libc/cxx.cpp, -lstdc++ before -lgcc, and
{}.
",
        workspace::root().display(),
        COMPILE.join(" "),
        LINK.join(" "),
        COMPILE_CXX.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_extension_tells_the_language() {
        let language = |name| Language::of(Path::new(name));
        assert_eq!(language("a.c"), Some(Language::C));
        assert_eq!(language("start.S"), Some(Language::C));
        assert_eq!(language("a.cpp"), Some(Language::Cxx));
        assert_eq!((language("a.h"), language("a"), language("-O0")), (None, None, None));
    }

    #[test]
    fn only_cxx_gets_the_options_of_cxx() {
        let option = "-fno-exceptions".to_owned();
        assert!(words(&compiler(Language::Cxx)).contains(&option));
        assert!(!words(&compiler(Language::C)).contains(&option));
    }

    #[test]
    fn a_fixed_address_is_the_users_choice() {
        let linked = |arguments: &[&str]| {
            let mut command = Command::new("gcc");
            link(
                &mut command,
                &arguments.iter().map(|&word| word.to_owned()).collect::<Vec<_>>(),
                Path::new("libc.a"),
            );
            words(&command)
        };
        assert!(linked(&["a.c"]).contains(&"-static-pie".to_owned()));
        assert!(linked(&["a.c", "-static"]).contains(&"-no-pie".to_owned()));
    }

    #[test]
    fn sources_come_in_order_and_headers_do_not() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.c", "a.S", "c.h"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> = sources(folder.path())
            .unwrap()
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_owned()))
            .collect();
        assert_eq!(names, ["a.S", "b.c"]);
        assert!(sources(Path::new("/nowhere")).unwrap().is_empty());
    }
}
