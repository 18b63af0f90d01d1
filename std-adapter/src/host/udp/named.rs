//! A daemon known by name: what waits for its first address, and the socket to the latest.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{io, mem, thread};

use xray_recorder_core::{Outbox, Transport};

use super::UdpError;
use super::peer::Peer;

/// Bytes of the datagrams that wait for the first address, two more for each: the largest datagram fits.
const WAITING: usize = 64 * 1024;

type Waiting = Box<Outbox<WAITING>>;

/// How often what waits is sent without holding up those who add to it, before that is done.
const ROUNDS: usize = 8;

/// What the senders and the resolver share.
#[derive(Debug)]
pub(super) struct Named {
    /// A lock around a count, and not around the send: a reader holds it for a few instructions, and so does the
    /// resolver, which writes when the address changes. Ten nanoseconds beside a send of 2.5 µs, and with four threads at
    /// once still not to be seen. Without a lock a socket that was replaced could never be closed: no safe code tells
    /// when the last send on it is over, but the count does.
    way: RwLock<Way>,
    /// None as soon as nothing has to wait any more. Locked before `way`.
    waiting: Mutex<Option<Waiting>>,
    lost: Arc<AtomicU64>,
    dropped: AtomicBool,
}

#[derive(Clone, Debug)]
enum Way {
    Unknown,
    /// Known, but there are older datagrams to be sent first.
    Opening(Arc<Peer>),
    Open(Arc<Peer>),
}

impl Named {
    pub(super) fn new(lost: Arc<AtomicU64>) -> Self {
        Self {
            way: RwLock::new(Way::Unknown),
            waiting: Mutex::new(Some(Box::default())),
            lost,
            dropped: AtomicBool::new(false),
        }
    }

    /// Sends, or keeps the datagram until there is somewhere to send it to.
    pub(super) fn send(&self, datagram: &[u8]) -> Result<(), UdpError> {
        match self.way() {
            Way::Open(peer) => peer.send(datagram),
            Way::Unknown | Way::Opening(_) => self.wait(datagram),
        }
    }

    #[cold]
    fn wait(&self, datagram: &[u8]) -> Result<(), UdpError> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = waiting.as_mut() {
            return waiting.send(datagram).map_err(|_| io::ErrorKind::NotConnected.into());
        }
        drop(waiting);
        // It was opened meanwhile.
        self.peer().ok_or(io::ErrorKind::NotConnected)?.send(datagram)
    }

    /// The socket there is.
    pub(super) fn peer(&self) -> Option<Arc<Peer>> {
        match self.way() {
            Way::Opening(peer) | Way::Open(peer) => Some(peer),
            Way::Unknown => None,
        }
    }

    fn way(&self) -> Way {
        self.way.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends through this socket from now on: first what waited, in its order, and then what is sent. The socket before
    /// is closed when the last send on it is over.
    pub(super) fn lead_to(&self, peer: Arc<Peer>) {
        if self.peer().is_none() {
            self.set(Way::Opening(Arc::clone(&peer)));
            self.send_waiting(&peer, ROUNDS);
        } else {
            self.set(Way::Open(peer));
        }
    }

    fn set(&self, way: Way) {
        // What was there is dropped, and maybe closed, behind the lock.
        let _before = mem::replace(&mut *self.way.write().unwrap_or_else(PoisonError::into_inner), way);
    }

    /// Opens the way when nothing waits any more, or after so many rounds, so that it comes to an end.
    fn send_waiting(&self, peer: &Arc<Peer>, rounds: usize) {
        for round in 0..=rounds {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(batch) = waiting.as_mut() else { return };
            if round < rounds && !batch.is_empty() {
                let mut batch = mem::take(batch);
                drop(waiting);
                self.send_batch(&mut batch, peer);
            } else {
                self.send_batch(batch, peer);
                *waiting = None;
                // Before the queue is unlocked: nobody who finds it gone is without a way.
                self.set(Way::Open(Arc::clone(peer)));
            }
        }
    }

    /// These were counted as sent when they came to wait, so those that cannot be are lost.
    fn send_batch(&self, batch: &mut Waiting, peer: &Peer) {
        while let Some(datagram) = batch.front() {
            if peer.send(datagram).is_err() {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            batch.pop();
        }
    }

    /// How many datagrams wait: nobody knows yet whether they will ever be sent.
    pub(super) fn waiting(&self) -> u64 {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.as_ref().map_or(0, |waiting| waiting.len() as u64)
    }

    pub(super) fn lost(&self) -> &Arc<AtomicU64> {
        &self.lost
    }

    /// Whether nobody can send any more.
    pub(super) fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::Acquire)
    }

    /// Nobody can send any more; tells the resolver and does not wait for it.
    pub(super) fn drop_by(&self, resolver: &thread::Thread) {
        self.dropped.store(true, Ordering::Release);
        resolver.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_waits_is_sent_in_order_in_any_number_of_rounds() {
        for rounds in 0..3 {
            let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
            daemon.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let named = Named::new(Arc::default());
            let peer = Arc::new(Peer::connect(daemon.local_addr().unwrap(), named.lost(), None).unwrap());
            (0..10).for_each(|number| named.send(&[number]).unwrap());
            named.set(Way::Opening(Arc::clone(&peer)));
            (10..20).for_each(|number| named.send(&[number]).unwrap());
            named.send_waiting(&peer, rounds);
            (20..30).for_each(|number| named.send(&[number]).unwrap());
            let mut datagram = [0; 8];
            for number in 0..30 {
                assert_eq!((daemon.recv(&mut datagram).unwrap(), datagram[0]), (1, number));
            }
            assert!(matches!(named.way(), Way::Open(_)));
        }
    }
}
