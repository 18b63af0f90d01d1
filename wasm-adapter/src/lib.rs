//! Bindings of [`xray_recorder_core`] for WebAssembly: edge workers, Node, Deno, Bun and browsers.
//!
//! JavaScript keeps what is open: an entity is an object there, which collects what is said of it as one string. When it
//! ends, that string crosses the boundary at once, together with a few numbers in a `Frame`, and is
//! written to a document here. Clock, randomness and transport are JavaScript's.
//!
//! ```text
//!  JavaScript                        │ WebAssembly
//!  segment.putAnnotation("k", 1) ─┐  │
//!  segment.setHttpRequest({…}) ───┤  │
//!  segment.end() ── one string ───┴──┼─▶ Input ─▶ fields ─▶ Document ─▶ send(address, length)
//! ```
//!
//! There is no logic here: a bug that can be reproduced without JavaScript belongs in the core.

// On the host it has std and nothing else, so that `cargo check --workspace` needs no other target and no panic handler.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg(target_arch = "wasm32")]

#[cfg(not(feature = "redactor"))]
mod entity;
#[cfg(not(feature = "redactor"))]
mod exports;
#[cfg(not(feature = "redactor"))]
mod fields;
#[cfg(not(feature = "redactor"))]
mod frame;
#[cfg(feature = "headers")]
mod headers;
#[cfg(not(feature = "redactor"))]
mod input;
#[cfg(not(feature = "redactor"))]
mod labels;
mod memory;
#[cfg(not(feature = "redactor"))]
mod places;
#[cfg(feature = "redactor")]
mod redactor;
#[cfg(feature = "rules")]
mod rules;
#[cfg(not(feature = "redactor"))]
mod state;

/// Stops the module: the host sees a trap, a `RuntimeError` in JavaScript.
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
