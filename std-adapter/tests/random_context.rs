//! Programs put together at random from everything that changes the current entity: closures, references attached and
//! given up in any order, threads, futures dropped half way, panics. Whatever they do, each entity arrives once, under the
//! parent that was current where it began.

mod support;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use support::{Dice, Memory, SetClock, assert_each_once, assert_settled, findings};
use xray_recorder::{Embed, Entity, EntityHandle, Recorder, TraceFuture, current, in_current_context, kind::Kind};

/// A program as it runs: who is who.
struct Program {
    next: AtomicU64,
}

impl Program {
    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets an entity say who it is, and whose child.
    fn introduce<K: Kind>(&self, entity: &mut Entity<K>, parent: i64) -> i64 {
        let number = self.number();
        entity.put_annotation("n", number).put_annotation("p", parent);
        number as i64
    }

    /// Does something as entity `me`, which is current here.
    fn act(&self, dice: &mut Dice, me: i64, depth: usize) {
        let before = current().unwrap().context();
        for _ in 0..dice.below(4) {
            if depth < 5 {
                self.step(dice, me, depth + 1);
            }
            assert_eq!(current().unwrap().context(), before);
        }
    }

    fn step(&self, dice: &mut Dice, me: i64, depth: usize) {
        match dice.below(11) {
            0 => xray_recorder::in_subsegment("closure", |subsegment| {
                let number = self.introduce(subsegment, me);
                self.act(dice, number, depth);
            }),
            1 => {
                let mut guard = xray_recorder::begin_subsegment("guard");
                let number = self.introduce(&mut guard, me);
                // Made while another is current, under the guard all the same.
                let mut below = guard.begin_subsegment("below the guard");
                self.introduce(&mut below, number);
                guard.handle().run(|| self.act(dice, number, depth));
                match dice.below(2) {
                    0 => drop((below, guard)),
                    _ => drop((guard, below)),
                }
            }
            2 => {
                let handle = self.begun(me);
                // It has ended: what begins under it is sent alone.
                handle.0.in_subsegment("late", |late| {
                    let number = self.introduce(late, handle.1);
                    self.act(dice, number, depth);
                });
            }
            3 => {
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    xray_recorder::in_subsegment("panics", |subsegment| {
                        let number = self.introduce(subsegment, me);
                        self.act(dice, number, depth);
                        resume_unwind(Box::new("as it should"));
                    });
                }));
                assert!(caught.is_err());
            }
            4 => self.attach_in_any_order(dice, me, depth),
            5 => {
                let seed = dice.below(usize::MAX) as u64;
                thread::scope(|scope| {
                    for thread in 0..2 {
                        scope.spawn(in_current_context(move || {
                            self.act(&mut Dice::new(seed.wrapping_add(thread)), me, depth);
                        }));
                    }
                });
            }
            6 => {
                let nothing = xray_recorder::detach();
                assert!(current().is_none());
                drop(nothing);
            }
            7 => xray_recorder::put_metadata("text", &"x".repeat(dice.below(600))),
            8 => {
                let quiet = xray_recorder::begin_subsegment_without_sampling();
                quiet.run(|_| xray_recorder::in_subsegment("hidden", |hidden| assert!(!hidden.is_sampled())));
            }
            _ => self.futures(dice, me, depth),
        }
    }

    /// A reference to an entity that has ended, and its number.
    fn begun(&self, parent: i64) -> (EntityHandle, i64) {
        let mut guard = xray_recorder::begin_subsegment("ended");
        let number = self.introduce(&mut guard, parent);
        (guard.handle().as_entity(), number)
    }

    fn attach_in_any_order(&self, dice: &mut Dice, me: i64, depth: usize) {
        let before = current().unwrap().context();
        let mut guards = Vec::new();
        let mut attached = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let mut guard = xray_recorder::begin_subsegment("attached");
            // Attached ones nest: the parent is the one that was attached last.
            let parent = guards.last().map_or(me, |&(_, number)| number);
            let number = self.introduce(&mut guard, parent);
            attached.push((guard.context(), guard.attach()));
            guards.push((guard, number));
        }
        let last = guards.last().map_or(me, |&(_, number)| number);
        self.act(dice, last, depth);
        while !attached.is_empty() {
            drop(attached.remove(dice.below(attached.len())));
            let latest = attached.last().map_or(before, |&(context, _)| context);
            assert_eq!(current().unwrap().context(), latest);
        }
        while !guards.is_empty() {
            drop(guards.swap_remove(dice.below(guards.len())));
        }
    }

    /// Some futures at once, polled in any order, some of them given up.
    fn futures(&self, dice: &mut Dice, me: i64, depth: usize) {
        let seeds: Vec<u64> = (0..1 + dice.below(3)).map(|_| dice.below(usize::MAX) as u64).collect();
        let mut running: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
        for seed in seeds {
            // Whose it is says the guard, since one that is never polled must say so too.
            let mut guard = xray_recorder::begin_subsegment("future");
            let number = self.introduce(&mut guard, me);
            let work = async move {
                let mut dice = Dice::new(seed);
                for _ in 0..dice.below(4) {
                    self.act(&mut dice, number, depth);
                    let mut held = xray_recorder::begin_subsegment("held");
                    self.introduce(&mut held, number);
                    yielded().await;
                    drop(held);
                }
            };
            running.push(Box::pin(work.in_subsegment(guard)));
        }
        let mut context = Context::from_waker(Waker::noop());
        while !running.is_empty() {
            let next = dice.below(running.len());
            if dice.below(8) == 0 || running[next].as_mut().poll(&mut context).is_ready() {
                drop(running.swap_remove(next));
            }
        }
    }
}

fn yielded() -> impl Future<Output = ()> {
    let mut done = false;
    poll_fn(move |_| if std::mem::replace(&mut done, true) { Poll::Ready(()) } else { Poll::Pending })
}

#[test]
fn whatever_a_program_does_each_entity_arrives_once_under_the_one_that_was_current() {
    for seed in 0..600 {
        let mut dice = Dice::new(seed);
        let embed = [Embed::IfFits, Embed::AtMost(2), Embed::Never][dice.below(3)];
        let capacity = [1_024, 4_096][dice.below(2)];
        let fails_each = [0, 0, 3][dice.below(3)];
        let recorder = Recorder::builder()
            .ignore_environment()
            .describe_sdk(false)
            .transport(Memory::failing_each(fails_each))
            .clock(SetClock::at(1_700_000_000_000_000, 1))
            .embed(embed)
            .capacities(capacity, 1_024)
            .build()
            .unwrap();
        let program = Program { next: AtomicU64::new(0) };
        recorder.in_segment("program", |segment| {
            let number = program.introduce(segment, -1);
            for _ in 0..6 {
                program.act(&mut dice, number, 0);
            }
        });
        assert!(current().is_none());
        let stats = recorder.stats();
        assert_settled(stats);
        let begun = program.next.load(Ordering::Relaxed);
        assert_eq!((stats.begun, stats.dropped), (begun, 0), "seed {seed}");
        let (sent, failed) = (recorder.transport().sent(), recorder.transport().failed());
        if fails_each == 0 {
            assert_eq!(findings(&sent), [], "seed {seed}");
        }
        assert_each_once(sent.iter().chain(&failed), begun);
    }
}
