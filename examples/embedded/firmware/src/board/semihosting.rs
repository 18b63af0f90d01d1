//! What QEMU, or a debug probe, does for the firmware: it ends with an exit code, and is told what to do.

use core::panic::PanicInfo;

use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};

/// Ends the program; QEMU's exit code says whether all is well.
pub fn exit(well: bool) -> ! {
    debug::exit(if well { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    exit(false)
}

/// The word of the command line that follows `key`, QEMU's `arg=key,arg=word`, read into `buffer`.
pub fn argument<'b>(key: &str, buffer: &'b mut [u8; 256]) -> Option<&'b str> {
    /// What the call is given: where the line goes and how long it may be; then how long it is.
    #[repr(C)]
    struct Line {
        bytes: *mut u8,
        length: usize,
    }
    const GET_CMDLINE: usize = 0x15;
    let mut line = Line { bytes: buffer.as_mut_ptr(), length: buffer.len() };
    // SAFETY: the debugger writes the line to the buffer, no more than its length, and the length of it.
    #[expect(unsafe_code, reason = "a debugger is called by a breakpoint")]
    let refused = unsafe { cortex_m_semihosting::syscall1(GET_CMDLINE, (&raw mut line) as usize) } != 0;
    if refused {
        return None;
    }
    let mut words = core::str::from_utf8(buffer.get(..line.length)?).ok()?.split([' ', '\0']);
    words.find(|word| *word == key)?;
    words.next()
}

/// The same, as a number.
#[must_use]
pub fn number(key: &str) -> Option<u16> {
    argument(key, &mut [0; 256])?.parse().ok()
}
