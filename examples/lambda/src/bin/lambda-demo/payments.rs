//! The payment service that the function calls: what it was told of the trace.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use example_lambda::{LIMIT, PAYMENT_REQUIRED};
use serde_json::Value;

use crate::http::{Request, Response};
use crate::server::Server;

/// A call of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The id of the order to be paid.
    pub(crate) order: String,
    /// `X-Amzn-Trace-Id`; empty where there was none.
    pub(crate) trace_header: String,
}

/// The service.
#[derive(Debug)]
pub(crate) struct Payments {
    till: Arc<Till>,
    server: Server,
}

#[derive(Debug)]
struct Till {
    together: usize,
    deadline: Duration,
    calls: Mutex<Vec<Call>>,
    changed: Condvar,
}

impl Payments {
    /// Answers calls only when so many are waiting for it: as many invocations are then in the middle of theirs, which
    /// shows whether they are kept apart. One that waits alone until the deadline is told that the service is unavailable.
    pub(crate) fn start(together: usize, deadline: Duration) -> io::Result<Self> {
        let till = Arc::new(Till { together, deadline, calls: Mutex::default(), changed: Condvar::new() });
        let server = Server::start({
            let till = Arc::clone(&till);
            move |request| Some(till.answer(request))
        })?;
        Ok(Self { till, server })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.till.lock().clone()
    }
}

impl Till {
    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Response {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let (Some(order), Some(total)) = (body["order"].as_str(), body["total"].as_u64()) else {
            return Response::json(400, "{}");
        };
        let trace_header = request.header("x-amzn-trace-id").unwrap_or_default().to_owned();
        let mut calls = self.lock();
        calls.push(Call { order: order.to_owned(), trace_header });
        let complete = calls.len().div_ceil(self.together) * self.together;
        self.changed.notify_all();
        let alone = |calls: &mut Vec<Call>| calls.len() < complete;
        let (_calls, waited) =
            self.changed.wait_timeout_while(calls, self.deadline, alone).unwrap_or_else(PoisonError::into_inner);
        match total {
            _ if waited.timed_out() => Response::json(503, "{}"),
            ..=LIMIT => Response::json(200, "{}"),
            _ => Response::json(PAYMENT_REQUIRED, "{}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn till(together: usize, deadline: Duration) -> Till {
        Till { together, deadline, calls: Mutex::default(), changed: Condvar::new() }
    }

    fn request(total: u64) -> Request {
        let body = format!(r#"{{"order":"A-1","total":{total}}}"#);
        let text =
            format!("POST /charge HTTP/1.1\r\nX-Amzn-Trace-Id: Root=1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        Request::read(&mut text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn calls_are_answered_together() {
        let till = till(3, Duration::from_secs(10));
        thread::scope(|scope| {
            let calls = [1, LIMIT, LIMIT + 1].map(|total| {
                scope.spawn({
                    let till = &till;
                    move || till.answer(&request(total)).status
                })
            });
            assert_eq!(calls.map(|call| call.join().unwrap()), [200, 200, PAYMENT_REQUIRED]);
        });
        let call = Call { order: "A-1".to_owned(), trace_header: "Root=1".to_owned() };
        assert_eq!(*till.lock(), [call.clone(), call.clone(), call]);
    }

    #[test]
    fn a_call_that_stays_alone_is_refused() {
        assert_eq!(till(2, Duration::ZERO).answer(&request(1)).status, 503);
        assert_eq!(till(1, Duration::ZERO).answer(&request(1)).status, 200);
    }
}
