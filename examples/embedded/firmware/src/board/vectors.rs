//! The table of the board's 32 interrupts.

/// A handler of an interrupt.
type Handler = unsafe extern "C" fn();

#[expect(unsafe_code, reason = "handlers are found by their names")]
// SAFETY: the runtime, or the program, defines these as functions of this type.
unsafe extern "C" {
    fn DefaultHandler();
    fn TIMER0();
}

const fn table() -> [Handler; 32] {
    let mut table: [Handler; 32] = [DefaultHandler; 32];
    table[8] = TIMER0;
    table
}

/// The hardware looks for the table behind that of the processor's own exceptions.
#[expect(unsafe_code, reason = "the linker script places it by its name and section")]
// SAFETY: the section is the one that the linker script of the runtime has for it, and nothing else goes there.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
pub(super) static __INTERRUPTS: [Handler; 32] = table();
