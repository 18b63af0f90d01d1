//! Counters that threads do not share: each adds to its own shard, and a reader sums them up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use xray_recorder_core::Stats;

macro_rules! counters {
    ($($name:ident),*) => {
        /// The counters of one thread at a time. Only that thread writes, so adding is a load and a store.
        #[derive(Debug, Default)]
        pub(super) struct Shard {
            pub(super) begun: Counter,
            $(pub(super) $name: Counter,)*
        }

        impl Shard {
            fn add_to(&self, stats: &mut Stats) {
                $(stats.$name += self.$name.0.load(Ordering::Acquire);)*
            }
        }
    };
}
counters!(sent, failed, dropped, let_go, datagrams, bytes, cut, refused, oversize_traces);

/// A number that one thread writes and others read.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(super) fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Release);
    }
}

/// All shards of a recorder. Those of threads that have ended are given to new ones.
#[derive(Debug, Default)]
pub(super) struct Shards {
    lists: Mutex<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    all: Vec<&'static Shard>,
    free: Vec<&'static Shard>,
}

impl Shards {
    /// A shard that no other thread writes to.
    pub(super) fn acquire(&self) -> &'static Shard {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shard) = lists.free.pop() {
            return shard;
        }
        let shard: &'static Shard = Box::leak(Box::default());
        lists.all.push(shard);
        shard
    }

    /// Gives a shard back.
    pub(super) fn release(&self, shard: &'static Shard) {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).free.push(shard);
    }

    /// The sum of all shards. What ended is read before what began, so that the equation holds while threads go on: an
    /// entity that ends in between counts as open.
    pub(super) fn sum(&self) -> Stats {
        let mut stats = Stats::default();
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        for shard in &lists.all {
            shard.add_to(&mut stats);
        }
        for shard in &lists.all {
            stats.begun += shard.begun.0.load(Ordering::Acquire);
        }
        stats.open = stats.begun.saturating_sub(stats.sent + stats.failed + stats.dropped + stats.let_go);
        stats
    }
}
