//! Link arguments of the module.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        // Of the default of a megabyte nothing here needs more than a few kilobytes; the memory starts at less.
        println!("cargo::rustc-cdylib-link-arg=-zstack-size=16384");
    }
}
