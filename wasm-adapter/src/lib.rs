//! Bindings of [`xray_recorder_core`] for WebAssembly: edge workers, Node, Deno, Bun and browsers.
//!
//! So far this is the frame that builds: it exports nothing yet. It will hold thin bindings and no logic, a table of
//! documents and an outbox in static memory, that JavaScript reaches by handle; clock, randomness and transport are
//! JavaScript's. A bug that can be reproduced without JavaScript belongs in the core.

// On the host it has std, so that `cargo check --workspace` needs no other target and no panic handler.
#![cfg_attr(target_arch = "wasm32", no_std)]

/// Stops the module: the host sees a trap, a `RuntimeError` in JavaScript.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
