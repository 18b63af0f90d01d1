//! Lambda's runtime API, as much of it as a function needs: it is asked for the next invocation, and told what became of
//! each.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::http::{Request, Response};
use crate::invocation::Invocation;
use crate::server::Server;

const VERSION: &str = "/2018-06-01/runtime/";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";

/// How long a function may take for an invocation, as it is told.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The server, and what it hands out and is told.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    desk: Arc<Desk>,
    server: Server,
}

/// What the server's threads share.
#[derive(Debug)]
pub(crate) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Invocation>,
    outstanding: Vec<Invocation>,
    log: Log,
    /// Nothing is handed out any more.
    closed: bool,
    /// The function has ended.
    ended: bool,
}

/// What the function did.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// When it first asked for an invocation.
    pub(crate) first_poll: Option<Instant>,
    /// What became of each invocation, in the order in which they were told.
    pub(crate) answers: Vec<Answer>,
    /// How many invocations it had at once, at most.
    pub(crate) most_outstanding: usize,
    /// What it should not have done.
    pub(crate) complaints: Vec<String>,
}

/// What became of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Whose it is.
    pub(crate) request_id: String,
    /// Whether it is an error.
    pub(crate) is_error: bool,
    /// The response, or what the error is about; JSON.
    pub(crate) body: Vec<u8>,
}

impl RuntimeApi {
    /// Hands these out, as fast as it is asked, and then lets the function wait.
    pub(crate) fn start(invocations: Vec<Invocation>) -> io::Result<Self> {
        let state = State { waiting: invocations.into(), ..State::default() };
        let desk = Arc::new(Desk { state: Mutex::new(state), changed: Condvar::new() });
        let server = Server::start({
            let desk = Arc::clone(&desk);
            move |request| desk.answer(request)
        })?;
        Ok(Self { desk, server })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What is to be told when the function has ended.
    pub(crate) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// Waits until the function asks for its first invocation, and gives when that was.
    pub(crate) fn wait_for_first_poll(&self, deadline: Duration) -> Result<Instant, String> {
        self.desk.wait(deadline, |state| state.log.first_poll.is_some())?;
        self.desk.lock().log.first_poll.ok_or_else(|| "the function never asked for an invocation".to_owned())
    }

    /// Waits until there is an answer to each of so many invocations.
    pub(crate) fn wait_for_answers(&self, count: usize, deadline: Duration) -> Result<(), String> {
        self.desk.wait(deadline, |state| state.log.answers.len() >= count)
    }

    /// What the function did so far.
    pub(crate) fn into_log(self) -> Log {
        std::mem::take(&mut self.desk.lock().log)
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.desk.tell(|state| state.closed = true);
    }
}

impl Desk {
    /// The function's process is over: nobody needs to wait for it.
    pub(crate) fn function_ended(&self) {
        self.tell(|state| state.ended = true);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait(&self, deadline: Duration, mut condition: impl FnMut(&State) -> bool) -> Result<(), String> {
        let waiting = |state: &mut State| !condition(state) && !state.ended;
        let (state, _) =
            self.changed.wait_timeout_while(self.lock(), deadline, waiting).unwrap_or_else(PoisonError::into_inner);
        if condition(&state) {
            return Ok(());
        }
        let State { waiting, outstanding, log, ended, .. } = &*state;
        let why = if *ended { "the function has ended".to_owned() } else { format!("{deadline:?} have passed") };
        let (answers, outstanding, waiting) = (log.answers.len(), outstanding.len(), waiting.len());
        Err(format!("{why}: {answers} invocations answered, {outstanding} under way, {waiting} not asked for"))
    }

    /// Answers a request of the function's. None once there is nothing more to hand out.
    fn answer(&self, request: &Request) -> Option<Response> {
        let Some(path) = request.path.strip_prefix(VERSION) else { return Some(not_found()) };
        let parts: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            ("GET", ["invocation", "next"]) => self.next(),
            ("POST", ["invocation", id, "response"]) => Some(self.done(id, false, request)),
            ("POST", ["invocation", id, "error"]) => Some(self.done(id, true, request)),
            ("POST", ["init", "error"]) => {
                let reason = String::from_utf8_lossy(&request.body).into_owned();
                self.tell(|state| state.log.complaints.push(format!("the function cannot start: {reason}")));
                Some(accepted())
            }
            _ => Some(not_found()),
        }
    }

    fn next(&self) -> Option<Response> {
        let now = Instant::now();
        self.tell(|state| {
            state.log.first_poll.get_or_insert(now);
        });
        let nothing = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let mut state = self.changed.wait_while(self.lock(), nothing).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        let invocation = state.waiting.pop_front()?;
        let response = handed_out(&invocation);
        state.outstanding.push(invocation);
        state.log.most_outstanding = state.log.most_outstanding.max(state.outstanding.len());
        Some(response)
    }

    fn done(&self, id: &str, is_error: bool, request: &Request) -> Response {
        let mut known = false;
        self.tell(|state| {
            let at = state.outstanding.iter().position(|invocation| invocation.request_id == id);
            let Some(at) = at else {
                state.log.complaints.push(format!("there is no invocation {id} under way"));
                return;
            };
            known = true;
            let Invocation { request_id, .. } = state.outstanding.swap_remove(at);
            state.log.answers.push(Answer { request_id, is_error, body: request.body.clone() });
        });
        if known { accepted() } else { Response::json(400, r#"{"errorType":"InvalidRequestID"}"#) }
    }
}

/// What the function is told of an invocation.
fn handed_out(invocation: &Invocation) -> Response {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut headers = vec![
        ("Lambda-Runtime-Aws-Request-Id", invocation.request_id.clone()),
        ("Lambda-Runtime-Deadline-Ms", (now + TIMEOUT).as_millis().to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN.to_owned()),
    ];
    headers.extend(invocation.header().map(|header| ("Lambda-Runtime-Trace-Id", header)));
    let event = serde_json::to_vec(&invocation.order).unwrap_or_default();
    Response { status: 200, headers, body: event }
}

fn accepted() -> Response {
    Response::json(202, r#"{"status":"OK"}"#)
}

fn not_found() -> Response {
    Response::json(404, r#"{"errorType":"NotFound"}"#)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    fn request(method: &str, path: &str, body: &str) -> Request {
        let text = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        Request::read(&mut text.as_bytes()).unwrap().unwrap()
    }

    fn next() -> Request {
        request("GET", "/2018-06-01/runtime/invocation/next", "")
    }

    fn answered(id: &str, what: &str) -> Request {
        request("POST", &format!("/2018-06-01/runtime/invocation/{id}/{what}"), "{}")
    }

    fn header(response: &Response, name: &str) -> Option<String> {
        response.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn an_invocation_is_handed_out_with_its_headers_and_answered_once() {
        let invocations = Invocation::rounds(1);
        let api = RuntimeApi::start(invocations.clone()).unwrap();
        let response = api.desk.answer(&next()).unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(header(&response, "Lambda-Runtime-Aws-Request-Id").unwrap(), invocations[0].request_id);
        assert_eq!(header(&response, "Lambda-Runtime-Trace-Id"), invocations[0].header());
        assert_eq!(response.body, br#"{"id":"A-0","items":3}"#);

        let id = &invocations[0].request_id;
        assert_eq!(api.desk.answer(&answered(id, "error")).unwrap().status, 202);
        assert_eq!(api.desk.answer(&answered(id, "response")).unwrap().status, 400);
        api.wait_for_answers(1, DEADLINE).unwrap();
        let log = api.into_log();
        assert!(log.answers[0].is_error && log.answers[0].request_id == *id);
        assert_eq!((log.most_outstanding, log.complaints.len()), (1, 1));
    }

    #[test]
    fn an_invocation_without_a_header_is_handed_out_without_one() {
        let invocations: Vec<_> =
            Invocation::rounds(1).into_iter().filter(|invocation| invocation.header().is_none()).collect();
        let api = RuntimeApi::start(invocations).unwrap();
        assert_eq!(header(&api.desk.answer(&next()).unwrap(), "Lambda-Runtime-Trace-Id"), None);
    }

    #[test]
    fn several_are_under_way_at_once_and_whoever_waits_at_the_end_is_let_go() {
        let api = RuntimeApi::start(Invocation::rounds(1).into_iter().take(3).collect()).unwrap();
        let desk = api.desk();
        for _ in 0..3 {
            assert!(desk.answer(&next()).is_some());
        }
        assert_eq!(desk.lock().log.most_outstanding, 3);
        let waiting = thread::spawn(move || desk.answer(&next()));
        drop(api);
        assert!(waiting.join().unwrap().is_none());
    }

    #[test]
    fn whoever_waits_for_a_function_that_has_ended_hears_of_it() {
        let api = RuntimeApi::start(Invocation::rounds(1)).unwrap();
        api.desk().function_ended();
        assert!(api.wait_for_first_poll(DEADLINE).unwrap_err().starts_with("the function has ended"));
        assert!(api.wait_for_answers(1, Duration::ZERO).is_err());
    }

    #[test]
    fn a_function_that_cannot_start_says_why_and_unknown_paths_are_not_found() {
        let api = RuntimeApi::start(Vec::new()).unwrap();
        let init = request("POST", "/2018-06-01/runtime/init/error", "no table");
        assert_eq!(api.desk.answer(&init).unwrap().status, 202);
        for path in ["/", "/2018-06-01/runtime/invocation", "/2015-03-31/functions"] {
            assert_eq!(api.desk.answer(&request("GET", path, "")).unwrap().status, 404, "{path}");
        }
        assert_eq!(api.into_log().complaints, ["the function cannot start: no table"]);
    }
}
