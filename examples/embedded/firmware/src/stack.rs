//! How deep the stack has been: it is painted at the start, and later is looked how far the paint is gone.

#[expect(unsafe_code, reason = "symbols of the linker script")]
// SAFETY: the linker script of the runtime defines these; only their addresses are used.
unsafe extern "C" {
    static mut _stack_start: u32;
    static mut _stack_end: u32;
}

const PAINT: u32 = 0xc5c5_c5c5;

/// The lowest address the stack may reach, and where it begins.
fn bounds() -> (*mut u32, *mut u32) {
    (&raw mut _stack_end, &raw mut _stack_start)
}

/// Paints what of the stack is not used yet.
#[inline(never)]
pub fn paint() {
    let (mut at, _) = bounds();
    // The frame of this function, and what it calls, is below that of its caller.
    let used = cortex_m::register::msp::read() as usize - 64;
    while (at as usize) < used {
        // SAFETY: between the end of the stack and its pointer nothing is kept.
        #[expect(unsafe_code, reason = "the stack is not the compiler's to look at")]
        unsafe {
            at.write_volatile(PAINT);
            at = at.add(1);
        }
    }
}

/// The most bytes of stack that were used since.
#[inline(never)]
#[must_use]
pub fn deepest() -> usize {
    let (mut at, start) = bounds();
    // SAFETY: the words between the bounds are memory, and those that are painted are nobody's.
    #[expect(unsafe_code, reason = "the stack is not the compiler's to look at")]
    unsafe {
        while at < start && at.read_volatile() == PAINT {
            at = at.add(1);
        }
        start.byte_offset_from_unsigned(at)
    }
}
