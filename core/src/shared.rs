//! What tasks and interrupts share. Feature `critical-section`.

use core::cell::RefCell;
use core::fmt;

use critical_section::Mutex;
use embedded_io::{Error, ErrorKind, ErrorType};

use crate::epoch::Epoch;
use crate::outbox::Outbox;
use crate::transport::Transport;

/// A value that tasks and interrupts share, on any chip: one without compare-and-swap as well, since interrupts are held
/// up while the value is worked on.
///
/// Mostly it is an [`Outbox`]: each task and each interrupt has a [`Recorder`](crate::Recorder) of its own that sends to
/// `&OUTBOX`, so that only the copy of a datagram is made with interrupts held up, and one task drains it. On a device without
/// a clock, see [`BootClock`](crate::BootClock), dating and releasing are done so, too: once, when the time becomes known, for all
/// that waits, and otherwise for one document each, which may have to move all others. What the outbox itself has to remove is in the `lost_datagrams` of each of them, and so is counted once if one of them tells it.
///
/// ```
/// use xray_recorder_core::testing::{ManualClock, SeededRng};
/// use xray_recorder_core::{Document, Outbox, Recorder, Shared, Timestamp, TraceHeader};
///
/// static OUTBOX: Shared<Outbox<2048>> = Shared::new(Outbox::new());
///
/// # let (clock, rng) = (ManualClock::at(Timestamp::from_secs(1_465_510_280)), SeededRng::new(1));
/// // In a task, or an interrupt.
/// let mut recorder = Recorder::new(&OUTBOX, clock, rng);
/// let mut document = Document::<256>::new();
/// let segment = recorder.begin_segment(&mut document, "button", &TraceHeader::default())?;
/// recorder.end_segment(segment)?;
///
/// // In the task that has the line.
/// # use xray_recorder_core::{Framing, WriteTransport};
/// # let mut uart = [0_u8; 512];
/// # let mut line = WriteTransport::new(&mut uart[..], Framing::Nul);
/// let mut buffer = [0; 512];
/// OUTBOX.drain_to(&mut line, &mut buffer)?;
/// assert!(OUTBOX.with(|outbox| outbox.is_empty()).unwrap());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Shared<T>(Mutex<RefCell<T>>);

impl<T> Shared<T> {
    /// A value to share.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(RefCell::new(value)))
    }

    /// Works on the value with interrupts held up; `None`, and nothing was done, where this is called from within such work
    /// on the same value.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        critical_section::with(|section| Some(work(&mut *self.0.borrow(section).try_borrow_mut().ok()?)))
    }
}

impl<const N: usize> Shared<Outbox<N>> {
    /// Sends what waits now through a transport, oldest first, until that refuses one or does not take it, which stays. Each
    /// datagram is copied to `buffer` first, and sent with interrupts as they are; one that is longer than that is removed, and counted in the outbox's
    /// [`Transport::lost`]. Nobody else may take datagrams out meanwhile.
    ///
    /// # Errors
    ///
    /// The transport's.
    pub fn drain_to<T: Transport>(&self, transport: &mut T, buffer: &mut [u8]) -> Result<(), T::Error> {
        for _ in 0..self.waiting() {
            if let Some(datagram) = self.copy_front(buffer) {
                if !transport.offer(datagram)? {
                    break;
                }
                self.pop();
            }
        }
        Ok(())
    }

    /// How many datagrams wait. No more are sent at once: interrupts might fill the outbox as fast as it is emptied.
    pub(crate) fn waiting(&self) -> usize {
        self.with(|outbox| outbox.len()).unwrap_or_default()
    }

    /// The oldest datagram, copied. `None` where there is none, or it had no room and was removed.
    pub(crate) fn copy_front<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let length = self.with(|outbox| {
            let datagram = outbox.front()?;
            let length = datagram.len();
            match buffer.get_mut(..length) {
                Some(copy) => copy.copy_from_slice(datagram),
                None => outbox.lose_front(),
            }
            Some(length)
        })??;
        buffer.get(..length)
    }

    pub(crate) fn pop(&self) {
        self.with(Outbox::pop);
    }
}

impl<T: Transport> ErrorType for &Shared<T> {
    type Error = SharedError<T::Error>;
}

impl<T: Transport> Transport for &Shared<T> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
        self.with(|transport| transport.send(datagram)).ok_or(SharedError::Busy)?.map_err(SharedError::Transport)
    }

    fn offer(&mut self, datagram: &[u8]) -> Result<bool, Self::Error> {
        self.with(|transport| transport.offer(datagram)).ok_or(SharedError::Busy)?.map_err(SharedError::Transport)
    }

    fn lost(&self) -> u64 {
        self.with(|transport| transport.lost()).unwrap_or_default()
    }

    fn hold(&mut self, datagram: &[u8]) -> Option<Result<(), Self::Error>> {
        match self.with(|transport| transport.hold(datagram)) {
            Some(held) => held.map(|held| held.map_err(SharedError::Transport)),
            None => Some(Err(SharedError::Busy)),
        }
    }

    fn holds(&self) -> bool {
        self.with(|transport| transport.holds()).unwrap_or_default()
    }

    fn date(&mut self, epoch: Epoch) {
        self.with(|transport| transport.date(epoch));
    }
}

/// A shared transport refused a datagram.
///
/// ```
/// # use xray_recorder_core::{OutboxFull, SharedError};
/// assert_eq!(SharedError::<OutboxFull>::Busy.to_string(), "the shared transport is in use by what called it");
/// assert_eq!(SharedError::Transport(OutboxFull).to_string(), "the outbox is full");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SharedError<E> {
    /// It was called from within work on itself.
    Busy,
    /// It has its own reason.
    Transport(E),
}

impl<E: fmt::Display> fmt::Display for SharedError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the shared transport is in use by what called it"),
            Self::Transport(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for SharedError<E> {}

impl<E: Error> Error for SharedError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Other,
            Self::Transport(error) => error.kind(),
        }
    }
}
