//! Linker options of the kernel image.

fn main() {
    // A page of the file belongs to one segment only, so that no frame is mapped with the permissions of two.
    println!("cargo::rustc-link-arg=-zseparate-loadable-segments");
    println!("cargo::rerun-if-changed=build.rs");
}
