//! Links the whole core into a program for a chip without an operating system, an allocator or atomics.
//!
//! It is linked and never run. Nothing here defines a global allocator, so a single call of `alloc`, anywhere in the
//! core or below it, makes the linking fail; `--features cheat-alloc` shows that it does. The target thumbv6m has no
//! compare-and-swap, so the same holds for those.

#![no_std]
#![no_main]

#[cfg(feature = "cheat-alloc")]
mod cheat;
mod device;
#[cfg(feature = "sampling")]
mod sampling;
#[cfg(feature = "tasks")]
mod tasks;
mod trace;

use core::hint::black_box;
use core::panic::PanicInfo;

use xray_recorder_core::Document;

/// A document that lives as long as the program. It must be all zeros, or it would take its whole size in the image.
#[used]
static mut DOCUMENT: Document<2048> = Document::new();

/// As long as what a document takes beside its capacity: the code size report reads the length from the symbol.
#[used]
static DOCUMENT_HEAD: [u8; size_of::<Document<1024>>() - 1024] = [0; size_of::<Document<1024>>() - 1024];

/// Where the linker begins to look for what is needed.
// SAFETY: no other symbol of the program has this name; the linker script and the WebAssembly linker look for it.
#[expect(unsafe_code, reason = "an entry point has a name that is not mangled")]
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let delivered = black_box(trace::queued()).is_ok() && black_box(trace::written()).is_ok();
    black_box(delivered);
    #[cfg(feature = "sampling")]
    black_box(black_box(sampling::local()).is_ok() && black_box(sampling::central()).is_ok());
    #[cfg(feature = "tasks")]
    black_box(tasks::waiting().is_ok());
    #[cfg(feature = "cheat-alloc")]
    cheat::allocate();
    halt()
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    halt()
}

fn halt() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
