//! Registers of the hardware.

/// A register of 32 bits at this address.
#[derive(Clone, Copy, Debug)]
pub struct Register(usize);

impl Register {
    /// The register at `address`, which is one of a device on this board.
    #[must_use]
    pub const fn at(address: usize) -> Self {
        Self(address)
    }

    /// Reads it.
    #[must_use]
    pub fn read(self) -> u32 {
        // SAFETY: the address is a register of the board, which may be read at any time.
        #[expect(unsafe_code, reason = "hardware is memory to the compiler")]
        unsafe {
            (self.0 as *const u32).read_volatile()
        }
    }

    /// Writes it.
    pub fn write(self, value: u32) {
        // SAFETY: the address is a register of the board, and none through which memory of the program could be reached.
        #[expect(unsafe_code, reason = "hardware is memory to the compiler")]
        unsafe {
            (self.0 as *mut u32).write_volatile(value);
        }
    }
}
