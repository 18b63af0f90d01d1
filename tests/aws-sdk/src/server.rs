//! A server that answers as it is told to, and keeps what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with a request.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "tests build it")]
pub enum Answer {
    /// A response.
    Says {
        /// Its status.
        status: u16,
        /// Its headers, but for its length.
        headers: Vec<(&'static str, &'static str)>,
        /// Its body.
        body: Vec<u8>,
    },
    /// A response of JSON whose body breaks off.
    Torn,
    /// Nothing, until the client goes away.
    Silence,
}

impl Answer {
    /// A response.
    pub fn says(status: u16, headers: &[(&'static str, &'static str)], body: impl AsRef<[u8]>) -> Self {
        Self::Says { status, headers: headers.to_vec(), body: body.as_ref().to_vec() }
    }

    /// JSON, as DynamoDB and SQS say it.
    pub fn json(status: u16, body: &str) -> Self {
        Self::says(status, &[("content-type", "application/x-amz-json-1.0"), ("x-amzn-requestid", "REQID123")], body)
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    target: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// Path and query, as they were sent.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The header of this name, which is in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A server on the loopback: answers one request after the other, on whichever connection it comes.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    asked: Vec<Asked>,
}

impl Server {
    /// One that gives these answers, in order, and closes the connection of whoever asks then.
    ///
    /// # Panics
    ///
    /// Where there is no port to listen on.
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { answers: answers.into_iter().collect(), asked: Vec::new() }));
        thread::spawn({
            let state = Arc::clone(&state);
            move || {
                for connection in listener.incoming().map_while(Result::ok) {
                    let state = Arc::clone(&state);
                    thread::spawn(move || serve(connection, &state));
                }
            }
        });
        Self { address, state }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests that came, in order.
    ///
    /// # Panics
    ///
    /// Where a thread of the server did.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }
}

fn serve(connection: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut writer = connection;
    while let Some(asked) = read_request(&mut reader) {
        let answer = {
            let mut state = state.lock().unwrap();
            state.asked.push(asked);
            state.answers.pop_front()
        };
        match answer {
            Some(Answer::Says { status, headers, body }) => {
                let mut head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                if writer.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                    return;
                }
            }
            Some(Answer::Torn) => {
                let torn =
                    "HTTP/1.1 200 Said\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 99\r\n\r\n{\"It";
                let _ = writer.write_all(torn.as_bytes());
                return;
            }
            Some(Answer::Silence) => {
                let _ = reader.read(&mut [0]);
                return;
            }
            None => return,
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let target = lines.first()?.split(' ').nth(1)?.to_owned();
    Some(Asked { target, headers })
}
