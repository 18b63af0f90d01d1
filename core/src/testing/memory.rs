//! A transport that keeps what it is given.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType};

use crate::transport::Transport;

/// A transport that keeps all datagrams, in `N` bytes; each takes two bytes beside its own.
///
/// ```
/// use xray_recorder_core::Transport;
/// use xray_recorder_core::testing::MemoryTransport;
///
/// let mut memory = MemoryTransport::<32>::new();
/// memory.send(b"one")?;
/// memory.send(b"two")?;
/// assert_eq!(memory.datagrams().collect::<Vec<_>>(), [b"one", b"two"]);
/// # Ok::<(), xray_recorder_core::testing::MemoryFull>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryTransport<const N: usize>(heapless::Vec<u8, N>);

impl<const N: usize> MemoryTransport<N> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(heapless::Vec::new())
    }

    /// The datagrams, oldest first.
    pub fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest: &[u8] = &self.0;
        core::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<2>()?;
            let (datagram, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
            rest = behind;
            Some(datagram)
        })
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<const N: usize> ErrorType for MemoryTransport<N> {
    type Error = MemoryFull;
}

impl<const N: usize> Transport for MemoryTransport<N> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), MemoryFull> {
        let length = u16::try_from(datagram.len()).map_err(|_| MemoryFull)?;
        if self.0.len() + 2 + datagram.len() > N {
            return Err(MemoryFull);
        }
        self.0.extend_from_slice(&length.to_be_bytes()).map_err(|_| MemoryFull)?;
        self.0.extend_from_slice(datagram).map_err(|_| MemoryFull)
    }
}

/// The memory is full.
///
/// ```
/// # use xray_recorder_core::testing::MemoryFull;
/// assert_eq!(MemoryFull.to_string(), "the memory transport is full");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryFull;

impl fmt::Display for MemoryFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the memory transport is full")
    }
}

impl core::error::Error for MemoryFull {}

impl embedded_io::Error for MemoryFull {
    fn kind(&self) -> ErrorKind {
        ErrorKind::OutOfMemory
    }
}
