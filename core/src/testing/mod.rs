//! Deterministic stand-ins for a host, so that a whole trace is byte-exact: on a desktop, in wasm, on a
//! microcontroller. Feature `testing`; `no_std` as the rest.

mod clock;
mod fault;
mod memory;
mod rng;

pub use clock::ManualClock;
pub use fault::{FaultTransport, Injected};
pub use memory::{MemoryFull, MemoryTransport};
pub use rng::{FailingRng, SeededRng};
