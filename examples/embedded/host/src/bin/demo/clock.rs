//! A time server, as far as SNTP needs one.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

/// Answers on a thread of its own until it is dropped.
pub(crate) struct TimeServer {
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// From 1900, where the protocol begins, to 1970.
const UNIX: u64 = 2_208_988_800;

impl TimeServer {
    pub(crate) fn start() -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        let thread = thread::spawn(move || {
            let mut question = [0; 64];
            // An empty question is the last one.
            while let Ok((1.., asker)) = socket.recv_from(&mut question) {
                let _ = socket.send_to(&answer(), asker);
            }
        });
        Ok(Self { address, thread: Some(thread) })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
}

fn answer() -> [u8; 48] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    let mut answer = [0; 48];
    answer[0] = 4 << 3 | 4;
    answer[40..44].copy_from_slice(&((now.as_secs() + UNIX) as u32).to_be_bytes());
    answer[44..].copy_from_slice(&(fraction as u32).to_be_bytes());
    answer
}

impl Drop for TimeServer {
    fn drop(&mut self) {
        let told = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(&[], self.address));
        // Where it could not be told it is left to the end of the process.
        if let (Ok(_), Some(thread)) = (told, self.thread.take()) {
            let _ = thread.join();
        }
    }
}
