//! Entities that begin, are handed over and end on many threads at once: each is counted, and delivered once.

mod support;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, mpsc};
use std::{iter, thread};

use support::{Dice, Memory, assert_each_once, assert_settled, entities, findings, recorder};
use xray_recorder::{Embed, Entity, Recorder, Segment, Subsegment, kind::Kind};
use xray_recorder_receiver::Datagram;

const THREADS: usize = 4;

/// An open entity of either kind, and its number.
enum Open {
    Segment(u64, Segment),
    Subsegment(u64, Subsegment),
}

fn say<K: Kind>(entity: &mut Entity<K>, number: u64, parent: i64) {
    entity.put_annotation("n", number).put_annotation("p", parent);
}

/// Gives each entity of a test its number.
#[derive(Default)]
struct Numbers(AtomicU64);

impl Numbers {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn segment(&self, recorder: Recorder<Memory>) -> Open {
        let number = self.next();
        let mut segment = recorder.begin_segment("checkout");
        say(&mut segment, number, -1);
        Open::Segment(number, segment)
    }

    fn child(&self, parent: &Open) -> Open {
        let number = self.next();
        let (parent, mut child) = match parent {
            Open::Segment(parent, segment) => (*parent, segment.begin_subsegment("db")),
            Open::Subsegment(parent, subsegment) => (*parent, subsegment.begin_subsegment("db")),
        };
        say(&mut child, number, parent as i64);
        Open::Subsegment(number, child)
    }
}

/// What one thread does: begins `count` entities under ones of its own, of other threads and of the one all share; ends
/// them in any order, so that many parents end first; hands some over and takes what it is given.
fn storm_of_one(
    recorder: Recorder<Memory>,
    numbers: &Numbers,
    shared: &Open,
    mailboxes: &[Mutex<Vec<Open>>],
    me: usize,
    count: usize,
) {
    let mut dice = Dice::new(me as u64);
    let mut bag: Vec<Open> = Vec::new();
    let mut begun = 0;
    while begun < count {
        match dice.below(100) {
            0..40 => {
                let parent = if bag.is_empty() || dice.below(8) == 0 { shared } else { &bag[dice.below(bag.len())] };
                let child = numbers.child(parent);
                bag.push(child);
                begun += 1;
            }
            40..45 => {
                bag.push(numbers.segment(recorder));
                begun += 1;
            }
            45..75 if !bag.is_empty() => drop(bag.swap_remove(dice.below(bag.len()))),
            75..88 if !bag.is_empty() => {
                let given = bag.swap_remove(dice.below(bag.len()));
                mailboxes[(me + 1) % mailboxes.len()].lock().unwrap().push(given);
            }
            _ => bag.append(&mut mailboxes[me].lock().unwrap()),
        }
    }
}

/// All threads at once, while another reads the counters; returns how many entities were begun.
fn storm(recorder: Recorder<Memory>, count: usize) -> u64 {
    let numbers = Numbers::default();
    let shared = numbers.segment(recorder);
    let mailboxes: [Mutex<Vec<Open>>; THREADS] = Default::default();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let stats = recorder.stats();
                assert!(stats.open <= stats.begun, "{stats:?}");
                thread::yield_now();
            }
        });
        let workers: Vec<_> = (0..THREADS)
            .map(|me| {
                let (numbers, shared, mailboxes) = (&numbers, &shared, &mailboxes);
                scope.spawn(move || storm_of_one(recorder, numbers, shared, mailboxes, me, count))
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    // What still lies in the mailboxes ends after the segment all shared.
    drop(shared);
    drop(mailboxes);
    numbers.next()
}

/// Asserts that what was sent and what was refused are together everything, each once.
fn assert_nothing_is_lost(recorder: Recorder<Memory>, begun: u64) {
    let (sent, failed) = (recorder.transport().sent(), recorder.transport().failed());
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.begun, stats.dropped), (begun, 0));
    assert_eq!((stats.sent, stats.failed), (entities(&sent), entities(&failed)));
    assert_eq!(stats.datagrams as usize, sent.len());
    assert_eq!(stats.bytes as usize, sent.iter().map(Datagram::len).sum::<usize>());
    assert_eq!((stats.cut, stats.refused), (0, 0));
    assert_each_once(sent.iter().chain(&failed), begun);
}

#[test]
fn entities_of_four_threads_are_each_sent_once_under_their_own_parents() {
    let recorder = recorder();
    let begun = storm(recorder, 6_000);
    assert_eq!(begun, 1 + 4 * 6_000);
    assert_nothing_is_lost(recorder, begun);
    assert_eq!(findings(&recorder.transport().sent()), []);
    assert_eq!(recorder.stats().failed, 0);
}

#[test]
fn the_same_holds_however_subsegments_travel() {
    for embed in [Embed::AtMost(3), Embed::Never] {
        let recorder =
            Recorder::builder().describe_sdk(false).embed(embed).transport(Memory::default()).build().unwrap();
        let begun = storm(recorder, 500);
        assert_nothing_is_lost(recorder, begun);
        assert_eq!(findings(&recorder.transport().sent()), []);
    }
}

#[test]
fn whichever_sends_fail_nothing_is_lost_uncounted() {
    for k in 1..=50 {
        let recorder = Recorder::builder().describe_sdk(false).transport(Memory::failing_each(k)).build().unwrap();
        let begun = storm(recorder, 200);
        assert_nothing_is_lost(recorder, begun);
        let stats = recorder.stats();
        assert!(stats.failed > 0, "k = {k}: {stats:?}");
        assert_eq!(stats.sent == 0, k == 1);
    }
}

#[test]
fn children_of_one_segment_begin_on_many_threads_at_once() {
    for _ in 0..200 {
        let recorder = recorder();
        let numbers = Numbers::default();
        // Private until now: the first children race for who shares the document.
        let segment = numbers.segment(recorder);
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    barrier.wait();
                    drop(numbers.child(&segment));
                });
            }
        });
        drop(segment);
        assert_nothing_is_lost(recorder, 1 + THREADS as u64);
        assert_eq!(recorder.stats().datagrams, 1, "all children of an open segment are embedded");
    }
}

#[test]
fn a_parent_that_ends_while_its_children_end_elsewhere_takes_each_or_leaves_it() {
    for _ in 0..500 {
        let recorder = recorder();
        let numbers = Numbers::default();
        let segment = numbers.segment(recorder);
        let children: Vec<_> = (0..THREADS).map(|_| numbers.child(&segment)).collect();
        let grandchildren: Vec<_> = children.iter().map(|child| numbers.child(child)).collect();
        let barrier = Barrier::new(2 * THREADS + 1);
        thread::scope(|scope| {
            for open in iter::once(segment).chain(children).chain(grandchildren) {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    drop(open);
                });
            }
        });
        assert_nothing_is_lost(recorder, 1 + 2 * THREADS as u64);
    }
}

#[test]
fn guards_that_cross_threads_a_thousand_times_are_neither_lost_nor_piled_up() {
    let recorder = recorder();
    let numbers = Numbers::default();
    let (hand_over, handed) = mpsc::sync_channel::<Open>(16);
    thread::scope(|scope| {
        scope.spawn(|| handed.into_iter().for_each(drop));
        for _ in 0..100 {
            let segment = numbers.segment(recorder);
            for _ in 0..10 {
                hand_over.send(numbers.child(&segment)).unwrap();
            }
            hand_over.send(segment).unwrap();
        }
        drop(hand_over);
    });
    assert_nothing_is_lost(recorder, 100 * 11);
}

#[test]
fn counters_of_threads_that_have_ended_still_count() {
    let recorder = recorder();
    for round in 1..=100 {
        thread::spawn(move || drop(recorder.begin_segment("checkout").begin_subsegment("db"))).join().unwrap();
        let stats = recorder.stats();
        assert_settled(stats);
        assert_eq!(stats.sent, 2 * round);
    }
}

thread_local! {
    static HELD: RefCell<Vec<Open>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn guards_that_a_thread_still_holds_when_it_ends_are_sent() {
    // Thread-locals are dropped in an order of the system's: those of the test may outlive those of the recorder.
    for held_first in [true, false] {
        let recorder = recorder();
        let numbers = Numbers::default();
        // Joined, since a scope does not wait for thread-locals.
        thread::spawn(move || {
            if held_first {
                HELD.with_borrow_mut(|held| held.reserve(1));
            }
            let segment = numbers.segment(recorder);
            let child = numbers.child(&segment);
            let grandchild = numbers.child(&child);
            drop(numbers.child(&segment));
            HELD.with_borrow_mut(|held| held.extend([grandchild, segment, child]));
        })
        .join()
        .unwrap();
        assert_nothing_is_lost(recorder, 4);
        assert_eq!(findings(&recorder.transport().sent()), []);
    }
}

/// Goes on recording in its drop.
struct Late<'n> {
    recorder: Recorder<Memory>,
    numbers: &'n Numbers,
    open: Open,
}

impl Drop for Late<'_> {
    fn drop(&mut self) {
        let child = self.numbers.child(&self.open);
        drop(self.numbers.child(&child));
        drop(self.numbers.segment(self.recorder));
    }
}

thread_local! {
    static LATE: RefCell<Option<Late<'static>>> = const { RefCell::new(None) };
}

#[test]
fn entities_can_begin_while_their_thread_ends() {
    for late_first in [true, false] {
        let recorder = recorder();
        let numbers: &'static Numbers = Box::leak(Box::default());
        // More than once, for ids and counters must not repeat from thread to thread.
        for _ in 0..3 {
            thread::spawn(move || {
                if late_first {
                    LATE.with_borrow_mut(|late| *late = None);
                }
                let open = numbers.segment(recorder);
                drop(numbers.child(&open));
                LATE.with_borrow_mut(|late| *late = Some(Late { recorder, numbers, open }));
            })
            .join()
            .unwrap();
        }
        assert_nothing_is_lost(recorder, 3 * 5);
        assert_eq!(findings(&recorder.transport().sent()), []);
    }
}

#[test]
fn two_recorders_used_by_turns_on_many_threads_count_their_own() {
    let recorders = [recorder(), recorder()];
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(move || {
                for round in 0..200 {
                    let [one, other] = recorders;
                    let outer = one.begin_segment("one");
                    let mut inner = other.begin_segment("other");
                    inner.put_annotation("round", round);
                    // Ends of one come between begins of the other, on the same thread.
                    let (a, b) = (outer.begin_subsegment("a"), inner.begin_subsegment("b"));
                    inner.end();
                    a.end();
                    b.end();
                    outer.end();
                }
            });
        }
    });
    for (recorder, name, datagrams) in [(recorders[0], "one", 800), (recorders[1], "other", 1_600)] {
        let stats = recorder.stats();
        assert_settled(stats);
        assert_eq!((stats.begun, stats.sent, stats.datagrams), (1_600, 1_600, datagrams));
        let sent = recorder.transport().sent();
        assert_eq!(findings(&sent), []);
        assert_eq!(support::traces(recorder).iter().filter(|trace| trace.find_by_name(name).is_some()).count(), 800);
    }
}
