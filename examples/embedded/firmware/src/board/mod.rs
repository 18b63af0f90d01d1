//! The boards mps2-an385 (Cortex-M3) and mps2-an386 (Cortex-M4F), as QEMU has them. Everything that touches hardware is in
//! here: with another board this is what changes.

pub mod noise;
mod register;
pub mod semihosting;
pub mod timer;
pub mod uart;
mod vectors;

pub use register::Register;
