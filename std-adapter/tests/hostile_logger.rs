//! A logger that does what loggers should not: it traces, and it panics. The program goes on, and nothing hangs.

mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::mpsc::channel;
use std::thread;

use support::{DEADLINE, Memory, case, run_again};
use xray_recorder::{ContextMissing, Recorder, current, is_sampled};
use xray_recorder_core::testing::FailingRng;

thread_local! {
    /// What the logger does when it hears of something on this thread.
    static DOES: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

struct Hostile;

impl log::Log for Hostile {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        // Taken out, so that it hears of its own doings no more.
        if let Some(does) = DOES.with_borrow_mut(Option::take) {
            does();
        }
    }

    fn flush(&self) {}
}

/// Runs `work` on a thread of its own with a logger that does this once; fails when that does not come to an end.
fn with_logger(does: fn(&Recorder<Memory>), recorder: Recorder<Memory>, work: fn(&Recorder<Memory>)) {
    static LOGGER: Once = Once::new();
    LOGGER.call_once(|| {
        log::set_logger(&Hostile).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    let (done, is_done) = channel();
    let worker = thread::spawn(move || {
        DOES.set(Some(Box::new(move || does(&recorder))));
        work(&recorder);
        assert!(DOES.with_borrow(Option::is_none), "the logger was not asked");
        let _ = done.send(());
    });
    if is_done.recv_timeout(DEADLINE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs");
    }
    worker.join().unwrap();
}

fn recorder() -> Recorder<Memory> {
    Recorder::builder().ignore_environment().transport(Memory::default()).build().unwrap()
}

const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

#[test]
fn one_that_asks_for_the_invocation_while_its_segment_is_made_gets_an_answer() {
    let builder = Recorder::builder().ignore_environment().rng(FailingRng).in_lambda(|| Some(HEADER.to_owned()));
    let recorder = builder.transport(Memory::default()).build().unwrap();
    with_logger(
        |recorder| assert!(!recorder.begin_subsegment("log").is_sampled()),
        recorder,
        |recorder| recorder.begin_subsegment("work").end(),
    );
    let stats = recorder.stats();
    assert_eq!((stats.begun, stats.dropped), (2, 2), "each was counted");
}

#[test]
fn one_that_asks_for_the_current_entity_while_the_strategy_is_read_gets_an_answer() {
    const TEST: &str = "one_that_asks_for_the_current_entity_while_the_strategy_is_read_gets_an_answer";
    if case().is_none() {
        return run_again(TEST, "nope", &[("AWS_XRAY_CONTEXT_MISSING", "NOPE")]);
    }
    with_logger(|_| assert!(current().is_none() && !is_sampled()), recorder(), |_| assert!(!is_sampled()));
}

#[test]
fn one_that_panics_ends_neither_the_program_nor_the_counting() {
    let recorder = recorder();
    with_logger(|_| panic!("the logger's own"), recorder, |recorder| recorder.begin_segment(&"x".repeat(300)).end());
    assert_eq!((recorder.stats().sent, recorder.stats().cut), (1, 1));
}

#[test]
fn one_that_panics_while_the_program_unwinds_does_not_end_it() {
    let recorder = recorder();
    with_logger(
        |_| panic!("the logger's own"),
        recorder,
        |recorder| {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _segment = recorder.begin_segment(&"x".repeat(300));
                panic!("the program's own");
            }));
            assert!(unwound.is_err());
        },
    );
    assert_eq!(recorder.stats().sent, 1);
}

#[test]
fn a_call_without_a_context_while_the_program_unwinds_is_logged_and_no_second_panic() {
    struct Traces(Recorder<Memory>);
    impl Drop for Traces {
        fn drop(&mut self) {
            self.0.begin_subsegment("clean up").end();
        }
    }
    let builder = Recorder::builder().ignore_environment().context_missing(ContextMissing::RuntimeError);
    let recorder = builder.transport(Memory::default()).build().unwrap();
    with_logger(
        |_| (),
        recorder,
        |recorder| {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _traces = Traces(*recorder);
                panic!("the program's own");
            }));
            assert!(unwound.is_err());
        },
    );
    assert!(catch_unwind(AssertUnwindSafe(|| recorder.begin_subsegment("work").end())).is_err());
}
