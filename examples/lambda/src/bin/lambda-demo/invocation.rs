//! The invocations, and what has to become of each.

use std::time::{SystemTime, UNIX_EPOCH};

use example_lambda::{LIMIT, Order};

/// Extra data of a trace header, as Lambda sends it.
const LINEAGE: &str = ";Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2";

/// What an invocation's trace header says, and what is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To be recorded.
    Sampled,
    /// To be recorded, and the header has data that must travel on.
    SampledWithLineage,
    /// Not to be recorded, and the header has data that must travel on.
    NotSampled,
    /// A root alone: what a function gets whose tracing is off.
    RootOnly,
    /// There is no header.
    NoHeader,
    /// Nobody has decided.
    Undecided,
    /// To be recorded, and the order is declined: the error path.
    Declined,
    /// To be recorded, in the trace of the first one of the round, under another segment.
    SecondOfTrace,
}

impl Kind {
    /// A round: each once.
    pub(crate) const ALL: [Self; 8] = [
        Self::Sampled,
        Self::SampledWithLineage,
        Self::NotSampled,
        Self::RootOnly,
        Self::NoHeader,
        Self::Undecided,
        Self::Declined,
        Self::SecondOfTrace,
    ];

    fn about(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::SampledWithLineage => "sampled, with Lineage",
            Self::NotSampled => "not sampled",
            Self::RootOnly => "tracing off",
            Self::NoHeader => "no header",
            Self::Undecided => "not decided",
            Self::Declined => "sampled, declined",
            Self::SecondOfTrace => "same trace again",
        }
    }
}

/// One invocation.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// Lambda's id for it.
    pub(crate) request_id: String,
    /// The event.
    pub(crate) order: Order,
    kind: Kind,
    root: String,
    parent: String,
}

impl Invocation {
    /// So many rounds, each of all kinds; no two invocations have the same segment, and only two of each round the same
    /// trace.
    pub(crate) fn rounds(rounds: usize) -> Vec<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut invocations: Vec<Self> = Vec::new();
        for round in 0..rounds {
            for (at, kind) in Kind::ALL.into_iter().enumerate() {
                let number = (round * Kind::ALL.len() + at) as u64;
                let root = match kind {
                    Kind::SecondOfTrace => invocations[round * Kind::ALL.len()].root.clone(),
                    _ => format!("1-{now:08x}-{:016x}{number:08x}", 0xbd86_2e3f_e1be_46a9_u64),
                };
                let items = if kind == Kind::Declined { LIMIT as u32 } else { 3 + at as u32 };
                invocations.push(Self {
                    request_id: format!("8476a536-e9f4-11e8-9739-{number:012x}"),
                    order: Order::new(format!("A-{number}"), items),
                    kind,
                    root,
                    parent: format!("{:016x}", 0x5399_5c3f_42cd_8ad8 ^ number << 8),
                });
            }
        }
        invocations
    }

    /// Which kind it is, in words.
    pub(crate) fn about(&self) -> &'static str {
        self.kind.about()
    }

    /// The id of the trace.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// The id of the segment that Lambda keeps for it.
    pub(crate) fn parent(&self) -> &str {
        &self.parent
    }

    /// The trace header it comes with.
    pub(crate) fn header(&self) -> Option<String> {
        let Self { root, parent, .. } = self;
        Some(match self.kind {
            Kind::Sampled | Kind::Declined | Kind::SecondOfTrace => format!("Root={root};Parent={parent};Sampled=1"),
            Kind::SampledWithLineage => format!("Root={root};Parent={parent};Sampled=1{LINEAGE}"),
            Kind::NotSampled => format!("Root={root};Parent={parent};Sampled=0{LINEAGE}"),
            Kind::Undecided => format!("Root={root};Parent={parent};Sampled=?"),
            Kind::RootOnly => format!("Root={root}"),
            Kind::NoHeader => return None,
        })
    }

    /// Whether it is to be recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        use Kind::{Declined, Sampled, SampledWithLineage, SecondOfTrace};
        matches!(self.kind, Sampled | SampledWithLineage | Declined | SecondOfTrace)
    }

    /// Whether its order is declined.
    pub(crate) fn is_declined(&self) -> bool {
        self.kind == Kind::Declined
    }

    /// The header that has to go on to the service that is called, from the entity that calls it: of an invocation that is
    /// recorded.
    pub(crate) fn header_from(&self, entity: &str) -> String {
        let lineage = if self.kind == Kind::SampledWithLineage { LINEAGE } else { "" };
        format!("Root={};Parent={entity};Sampled=1{lineage}", self.root)
    }

    /// The header that has to go on, of an invocation that is not recorded: as it came, but for a question about the
    /// decision, which is not for the service that is called.
    pub(crate) fn header_unrecorded(&self) -> String {
        self.header().unwrap_or_default().replace(";Sampled=?", "")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_segment_is_another_and_two_of_a_round_share_a_trace() {
        let invocations = Invocation::rounds(3);
        let distinct = |part: fn(&Invocation) -> &str| invocations.iter().map(part).collect::<HashSet<_>>().len();
        assert_eq!(invocations.len(), 3 * Kind::ALL.len());
        assert_eq!(distinct(Invocation::parent), invocations.len());
        assert_eq!(distinct(|invocation| &invocation.request_id), invocations.len());
        assert_eq!(distinct(Invocation::root), 3 * (Kind::ALL.len() - 1));
    }

    #[test]
    fn what_goes_on_is_what_came_in_unless_it_is_recorded() {
        for invocation in Invocation::rounds(1) {
            let header = invocation.header().unwrap_or_default();
            if invocation.is_recorded() {
                assert_eq!(invocation.header_from(invocation.parent()), header);
            } else {
                assert!(header.starts_with(&invocation.header_unrecorded()), "{header}");
            }
        }
    }
}
