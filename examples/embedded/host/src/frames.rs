//! What comes over the line, taken apart.

use std::mem;

/// What stands between two zero bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// A datagram whose checksum is right.
    Datagram(Vec<u8>),
    /// The device asks what time it is.
    AsksForTheTime,
    /// Something else: bytes were lost, or changed, or the device was interrupted.
    Damaged(Vec<u8>),
}

/// Takes a stream of bytes apart into frames, as `Framing::Checked` makes them.
///
/// ```
/// use embedded_host::{Frame, Frames};
///
/// let mut frames = Frames::default();
/// let bytes = b"datagram96c213d4\0time?\0datagrXm96c213d4\0data";
/// let found: Vec<Frame> = bytes.iter().filter_map(|&byte| frames.push(byte)).collect();
/// assert_eq!(
///     found,
///     [
///         Frame::Datagram(b"datagram".to_vec()),
///         Frame::AsksForTheTime,
///         Frame::Damaged(b"datagrXm96c213d4".to_vec()),
///     ]
/// );
/// ```
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
}

/// More than any frame has: what follows is noise.
const LONGEST: usize = 70_000;

impl Frames {
    /// Takes the next byte; the frame that it ends, unless that is empty.
    pub fn push(&mut self, byte: u8) -> Option<Frame> {
        if byte != 0 {
            if self.bytes.len() < LONGEST {
                self.bytes.push(byte);
            }
            return None;
        }
        let bytes = mem::take(&mut self.bytes);
        match bytes.as_slice() {
            [] => None,
            b"time?" => Some(Frame::AsksForTheTime),
            _ => Some(match bytes.split_last_chunk::<8>() {
                Some((datagram, digits)) if *digits == *format!("{:08x}", crc32(datagram)).as_bytes() => {
                    Frame::Datagram(datagram.to_vec())
                }
                _ => Frame::Damaged(bytes),
            }),
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
