//! A server on loopback, with a thread for each connection.

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::http::{Request, Response};

/// Answers requests until it is dropped. Connections that are open then end with the client, or with their next answer.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port. `answer` may block; where it gives none the connection is closed.
    pub(crate) fn start(answer: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopping, answer) = (Arc::clone(&stop), Arc::new(answer));
        let accepting = thread::spawn(move || {
            for connection in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(connection) = connection else { continue };
                let answer = Arc::clone(&answer);
                // A client that is killed in the middle of a request is no failure of the server's.
                thread::spawn(move || drop(serve(&connection, &*answer)));
            }
        });
        Ok(Self { address, stop, accepting: Some(accepting) })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // A connection of our own ends the wait for the next one.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(accepting) = self.accepting.take()
            && woken
        {
            let _ = accepting.join();
        }
    }
}

fn serve(connection: &TcpStream, answer: &impl Fn(&Request) -> Option<Response>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(connection), connection);
    while let Some(request) = Request::read(&mut reader)? {
        let Some(response) = answer(&request) else { break };
        response.write(&mut writer)?;
        if request.is_last() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_server_that_is_dropped_no_longer_listens() {
        let server = Server::start(|request| Some(Response::json(200, &request.path))).unwrap();
        let address = server.address();
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        connection.write_all(b"GET /path HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("/path"), "{answer}");
        drop(server);
        assert!(TcpStream::connect(address).is_err());
    }
}
