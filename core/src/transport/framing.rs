//! Frames: datagrams in a stream of bytes.

use crate::json::hex;

/// How a [`WriteTransport`](crate::WriteTransport) marks the bounds of a datagram in a stream of bytes.
///
/// ```
/// # use xray_recorder_core::Framing;
/// assert_eq!(Framing::default(), Framing::Nul);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// A zero byte behind each datagram, which has none in it: JSON escapes it. A receiver that joins late, or lost
    /// bytes, is back in step at the next zero. For serial lines.
    #[default]
    Nul,
    /// The length in four bytes, most significant first, before each datagram. For connections that lose nothing.
    Length,
    /// As [`Framing::Nul`], with the eight hexadecimal digits of the datagram's CRC-32 before the zero, the one of
    /// Ethernet and zip. For serial lines that change bytes: a document with another digit in it is still a valid one.
    Checked,
}

/// Length of what stands before a datagram in [`Framing::Length`].
const LENGTH: usize = 4;

/// The most that stands before or behind a datagram.
pub(super) const EDGE: usize = 9;

impl Framing {
    const fn head(self) -> usize {
        match self {
            Self::Length => LENGTH,
            Self::Nul | Self::Checked => 0,
        }
    }

    const fn foot(self) -> usize {
        match self {
            Self::Length => 0,
            Self::Nul => 1,
            Self::Checked => EDGE,
        }
    }
}

/// How far a frame has been written, without the writer: so the same steps serve one that blocks, one that is asked
/// whether it is ready, and one that is awaited.
#[derive(Debug)]
pub(super) struct Frame {
    framing: Framing,
    /// Bytes of the frame under way, and how many of them are written; both zero between frames.
    length: usize,
    written: usize,
    /// The checksum of its datagram, where it has one: computed once, as a line may take the digits one by one.
    check: u32,
    /// The same of one before, that was torn and is ended first.
    torn_length: usize,
    torn_written: usize,
    /// Whether more of it may have been written than is known: an awaited write can be given up.
    uncertain: bool,
}

impl Frame {
    pub(super) const fn new(framing: Framing) -> Self {
        // Who wrote to this line before, this device before it was reset for example, may have stopped anywhere.
        let torn_length = match framing {
            Framing::Nul | Framing::Checked => 1,
            Framing::Length => 0,
        };
        Self { framing, length: 0, written: 0, check: 0, torn_length, torn_written: 0, uncertain: false }
    }

    /// Begins the frame of a datagram. One that is still under way is torn, and is ended first.
    pub(super) fn begin(&mut self, datagram: &[u8]) {
        // Of one that never began there is nothing to end. One that was torn while it ended another is none.
        if self.torn_length == 0 && (self.written > 0 || self.uncertain) {
            (self.torn_length, self.torn_written) = (self.length, self.written);
        }
        self.length = self.framing.head() + datagram.len() + self.framing.foot();
        (self.written, self.uncertain) = (0, false);
        if self.framing == Framing::Checked {
            self.check = crc32(datagram);
        }
    }

    /// Whether the frame under way is one that a datagram of this length would have.
    pub(super) fn is_of(&self, datagram: usize) -> bool {
        self.length == self.framing.head() + datagram + self.framing.foot()
    }

    /// Whether no frame is under way.
    pub(super) fn is_whole(&self) -> bool {
        self.length == 0 && self.torn_length == 0
    }

    /// Whether something of the frame under way is written.
    pub(super) fn has_begun(&self) -> bool {
        self.written > 0
    }

    /// The frame may be written further than it is known from here on.
    #[cfg(feature = "embedded-io-async")]
    pub(super) fn is_awaited(&mut self) {
        self.uncertain = true;
    }

    /// What is to be written next; nothing when the frame is whole.
    pub(super) fn next<'p>(&self, datagram: &'p [u8], edge: &'p mut [u8; EDGE]) -> &'p [u8] {
        if self.torn_length > 0 {
            // Behind a length stand as many bytes as it promised; a zero byte ends everything else.
            let head = length_of(self.torn_length.saturating_sub(LENGTH));
            let is_head = self.framing == Framing::Length;
            edge[0] = head.get(self.torn_written).copied().filter(|_| is_head).unwrap_or_default();
            return &edge[..1];
        }
        if self.length == 0 {
            return &[];
        }
        let Some(behind_head) = self.written.checked_sub(self.framing.head()) else {
            edge[..LENGTH].copy_from_slice(&length_of(datagram.len()));
            return &edge[self.written..LENGTH];
        };
        match behind_head.checked_sub(datagram.len()) {
            None => &datagram[behind_head..],
            Some(behind) => {
                if self.framing == Framing::Checked {
                    hex::write(&mut edge[..EDGE - 1], u64::from(self.check));
                    edge[EDGE - 1] = 0;
                } else {
                    edge[0] = 0;
                }
                edge.get(behind..self.framing.foot()).unwrap_or_default()
            }
        }
    }

    /// Of what was to be written next so much was.
    pub(super) fn advance(&mut self, taken: usize) {
        if self.torn_length == 0 {
            self.written += taken;
            if self.written >= self.length {
                (self.length, self.written, self.uncertain) = (0, 0, false);
            }
            return;
        }
        self.torn_written += taken;
        let ended = if self.framing == Framing::Length { self.torn_written >= self.torn_length } else { taken > 0 };
        if ended {
            (self.torn_length, self.torn_written) = (0, 0);
        }
    }
}

fn length_of(datagram: usize) -> [u8; LENGTH] {
    (datagram as u32).to_be_bytes()
}

/// Bit by bit: a table would be a kilobyte, and a serial line is slower than this.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_ethernet_and_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
