//! An endpoint for tests, which answers as its script says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a test waits for what will happen.
const DEADLINE: Duration = Duration::from_secs(20);

/// What is done with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    /// Answers so, and closes.
    Bytes(Vec<u8>),
    /// Answers so, and waits until the caller closes.
    AndStay(Vec<u8>),
    /// Answers so again and again, until the caller closes.
    Forever(&'static [u8]),
    /// Takes the request, and waits until the caller closes.
    Nothing,
    /// Reads only the beginning of the request, until the endpoint is dropped.
    Deaf,
}

/// An answer of this status, with the length of its body.
pub(crate) fn response(status: u16, body: &str) -> Say {
    Say::Bytes(format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

/// An endpoint on the loopback. The first connection is treated as its script says first, and so on; there is nobody for
/// a connection more.
pub(crate) struct Scripted {
    address: SocketAddr,
    requests: Receiver<String>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    pub(crate) fn new(script: impl IntoIterator<Item = Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let (tell, requests) = channel();
        let (script, is_stopped) = (script.into_iter().collect::<Vec<_>>(), Arc::clone(&stopped));
        let thread = thread::spawn(move || {
            let mut deaf = Vec::new();
            for say in script {
                let (connection, _) = listener.accept().unwrap();
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                deaf.extend(serve(connection, &say, &tell));
            }
            while !deaf.is_empty() && !is_stopped.load(Ordering::Relaxed) {
                let _ = listener.accept();
            }
        });
        Self { address, requests, stopped, thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Whom it still waits for.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the endpoint failed");
        }
    }
}

/// The connection, where it has to stay open and nobody reads from it.
fn serve(mut connection: TcpStream, say: &Say, tell: &Sender<String>) -> Option<TcpStream> {
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    connection.set_write_timeout(Some(DEADLINE)).unwrap();
    if let Say::Deaf = say {
        return Some(connection);
    }
    let _ = tell.send(request(&mut connection));
    match say {
        Say::Bytes(bytes) => {
            // The caller may have hung up, where it has read enough.
            let _ = connection.write_all(bytes);
        }
        Say::AndStay(bytes) => {
            connection.write_all(bytes).unwrap();
            until_closed(&mut connection);
        }
        Say::Forever(bytes) => while connection.write_all(bytes).is_ok() {},
        Say::Nothing | Say::Deaf => until_closed(&mut connection),
    }
    None
}

fn until_closed(connection: &mut TcpStream) {
    while connection.read(&mut [0; 64]).is_ok_and(|length| length > 0) {}
}

/// A request, with the body it has.
fn request(connection: &mut TcpStream) -> String {
    let (mut bytes, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text.into_owned();
            }
        }
        match connection.read(&mut piece).unwrap() {
            0 => return text.into_owned(),
            length => bytes.extend_from_slice(&piece[..length]),
        }
    }
}

/// An address on which the kernel refuses connections: that of the client's end of one there is, which no other program
/// is given while it is held.
pub(crate) fn refusing_address() -> (SocketAddr, impl Sized) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client.local_addr().unwrap(), (client, listener))
}

/// What `work` returns, which fails where it does not return.
pub(crate) fn promptly<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (tell, told) = channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(DEADLINE).expect("it returns")
}
