//! Datagrams over a stream of bytes that is awaited. Feature `embedded-io-async`.

use embedded_io_async::Write;

use super::WriteTransport;
use super::framing::EDGE;
use crate::outbox::Outbox;

impl<W: Write> WriteTransport<W> {
    /// Sends one datagram.
    ///
    /// A future that is dropped before its end leaves a torn frame, which the next one ends, so that the receiver stays
    /// in step; in [`Framing::Length`](crate::Framing::Length) it does not.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub async fn send_async(&mut self, datagram: &[u8]) -> Result<(), W::Error> {
        self.lost += u64::from(!self.offer_async(datagram).await?);
        Ok(())
    }

    /// The same; whether it was taken as a whole. Nothing is counted where it was not.
    async fn offer_async(&mut self, datagram: &[u8]) -> Result<bool, W::Error> {
        let mut edge = [0; EDGE];
        self.resumes = false;
        self.frame.begin(datagram);
        loop {
            let piece = self.frame.next(datagram, &mut edge);
            if piece.is_empty() {
                return self.writer.flush().await.map(|()| true);
            }
            self.frame.is_awaited();
            let taken = self.writer.write(piece).await?.min(piece.len());
            if taken == 0 {
                return self.writer.flush().await.map(|()| false);
            }
            self.frame.advance(taken);
        }
    }

    /// Sends all that waits in an outbox, oldest first, until the writer fails or takes nothing. A datagram stays there until it is written
    /// whole: a future that is dropped before its end loses none.
    ///
    /// Tasks that fill the outbox meanwhile share it; see [`Shared`](crate::Shared).
    ///
    /// # Errors
    ///
    /// The writer's.
    ///
    /// ```
    /// # use core::{future::Future, pin::pin, task::{Context, Poll, Waker}};
    /// # use xray_recorder_core::{Framing, Outbox, Transport, WriteTransport};
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let Poll::Ready(done) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else { unreachable!() };
    /// #     done
    /// # }
    /// # let mut outbox = Outbox::<64>::new();
    /// # outbox.send(b"{}")?;
    /// let mut uart = [0_u8; 16];
    /// let mut line = WriteTransport::new(&mut uart[..], Framing::Nul);
    /// block_on(line.drain(&mut outbox))?;
    /// assert_eq!(&uart[..4], b"\0{}\0");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub async fn drain<const N: usize>(&mut self, outbox: &mut Outbox<N>) -> Result<(), W::Error> {
        while let Some(datagram) = outbox.front() {
            if !self.offer_async(datagram).await? {
                break;
            }
            outbox.pop();
        }
        Ok(())
    }

    /// The same for what waits now in an outbox that tasks and interrupts share. Each datagram is copied to `buffer` first, so that
    /// interrupts are held up for the copy alone; one that is longer than that is removed, and counted in the outbox's
    /// [`Transport::lost`](crate::Transport::lost). Nobody else may take datagrams out meanwhile.
    ///
    /// # Errors
    ///
    /// The writer's.
    #[cfg(feature = "critical-section")]
    pub async fn drain_shared<const N: usize>(
        &mut self,
        outbox: &crate::Shared<Outbox<N>>,
        buffer: &mut [u8],
    ) -> Result<(), W::Error> {
        for _ in 0..outbox.waiting() {
            if let Some(datagram) = outbox.copy_front(buffer) {
                if !self.offer_async(datagram).await? {
                    break;
                }
                outbox.pop();
            }
        }
        Ok(())
    }
}
