//! The invariant: whenever a document is asked for, after any call, accepted or refused, it is valid JSON, holds what
//! was accepted and nothing else, and a refused call has changed no byte.
//!
//! Random operations on random documents against a model of serde_json values. After every operation is checked:
//!
//! * a refused one has left every byte of the datagram as it was and has added one to `refused`; an accepted one has
//!   left a datagram of header line and document within the capacity, with a valid beginning and the watermark kept;
//! * a refusal for want of room was necessary, and what had to be cut is as long as the room allowed;
//! * the tally is the model's, and so are the context, the parent, the start time and whether the entity is open.
//!
//! Whenever bytes have changed, the document is parsed, with duplicate keys as an error, and compared with the model. In
//! documents over 4,096 bytes of capacity this is done where the model needs the text, for a sixteenth of the other
//! operations, and before the document is begun anew.

use std::collections::HashMap;
use std::mem::Discriminant;

use serde_json::{Map, Value};
use xray_recorder_core::{Delivery, Document, DocumentView, Embed, EntityId, Segment, Subsegment, TraceContext};

mod support;

use support::arguments::Arguments;
use support::json;
use support::log::Log;
use support::model::{Entity, Seen};
use support::operation::{BeginBlock, Operation, Outcome, Refusal, perform};
use support::random_operation;

const HEADER_LINE: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// Up to this capacity everything is checked after each operation.
const SMALL: usize = 4_096;

/// A constructor for each capacity: capacities are const, the documents of a test are of many.
macro_rules! documents {
    ($($capacity:literal),* $(,)?) => {
        &[$(|| Box::new(Document::<$capacity>::new())),*]
    };
}

/// Makes a document of one capacity.
type Make = fn() -> Box<DocumentView>;

/// Below the skeleton, around it, around the room that is kept for flags, and what hosts use.
const TINY: &[Make] = documents![
    0, 1, 29, 131, 132, 222, 223, 224, 225, 226, 227, 228, 230, 236, 239, 240, 241, 250, 256, 271, 294, 295, 296, 297,
    308, 309, 310, 311, 312,
];
const AWKWARD: &[Make] = documents![
    256, 300, 310, 320, 333, 350, 384, 400, 440, 480, 511, 512, 513, 560, 600, 640, 700, 777, 850, 900, 1_000, 1_024,
    1_100, 1_200, 1_300, 1_500, 1_700, 2_000,
];
const LARGE: &[Make] = documents![3_000, 4_096, 8_192, 16_384, 32_767, 32_768, 32_769, 60_000, 65_506, 65_507];

/// A document and what it must hold.
struct Slot {
    document: Box<DocumentView>,
    model: Option<Entity>,
    /// What every text of the document begins with, up to the start time.
    beginning: String,
    unchecked: bool,
}

impl Slot {
    fn new(document: Box<DocumentView>) -> Self {
        Self { document, model: None, beginning: String::new(), unchecked: false }
    }

    fn datagram(&mut self) -> Option<Vec<u8>> {
        self.document.datagram().map(<[u8]>::to_vec)
    }

    /// Bytes of the buffer in use: the prefix has room for a parent and a type, which not all documents have.
    fn used(&self, datagram: &[u8]) -> usize {
        let entity = self.model.as_ref().expect("a datagram has an entity");
        let kind = if entity.subsegment { 0 } else { "\"type\":\"subsegment\",".len() };
        let parent = if entity.parent.is_some() { 0 } else { "\"parent_id\":\"0123456789abcdef\",".len() };
        datagram.len() - 1 + kind + parent
    }

    /// What must hold of any document at any time, without a look into it.
    fn check_outside(&mut self) {
        let capacity = self.document.capacity();
        let Some(model) = &self.model else {
            assert!(self.document.datagram().is_none() && self.document.json().is_none());
            assert!(self.document.context().is_none() && !self.document.is_open());
            assert!(Segment::resume(&mut self.document).is_none() && Subsegment::resume(&mut self.document).is_none());
            return;
        };
        assert_eq!(self.document.tally(), model.tally);
        assert_eq!(self.document.context(), Some(model.context));
        assert_eq!(self.document.parent_id(), model.parent);
        assert_eq!(self.document.start_time(), model.start);
        assert_eq!(self.document.is_open(), model.open);
        let json = self.document.json().expect("an entity was begun").as_bytes().as_ptr_range();
        let datagram = self.document.datagram().expect("an entity was begun");
        assert!(datagram.len() <= capacity);
        assert!(datagram.starts_with(HEADER_LINE));
        assert_eq!(datagram[HEADER_LINE.len()..].as_ptr_range(), json, "one text, with and without the header line");
        assert!(datagram[HEADER_LINE.len()..].starts_with(self.beginning.as_bytes()));
    }

    /// The members of the document, without those that only a document of its own has, which are checked.
    fn parse(&mut self) -> Map<String, Value> {
        let Value::Object(mut members) = json::parse(self.document.json().expect("an entity was begun")) else {
            panic!("not an object");
        };
        let model = self.model.as_ref().expect("an entity was begun");
        assert_eq!(members.remove("type"), model.subsegment.then(|| "subsegment".into()));
        assert_eq!(members.remove("trace_id"), Some(model.context.trace_id().to_string().into()));
        assert_eq!(members.remove("parent_id"), model.parent.map(|parent| parent.to_string().into()));
        members
    }

    #[track_caller]
    fn check_inside(&mut self) {
        self.unchecked = false;
        if let Some(model) = &self.model {
            let expected = model.members.clone();
            let found = self.parse();
            if found != expected {
                panic!("document: {}\nmodel: {}", Value::Object(found), Value::Object(expected));
            }
        }
    }

    fn begin(&mut self, arguments: &BeginBlock) -> Outcome {
        if self.unchecked {
            self.check_inside();
        }
        let outcome = perform(&mut self.document, &Operation::Begin(Box::new(arguments.clone())));
        self.model = Entity::begin(arguments, self.document.capacity());
        assert_eq!(outcome == Outcome::Done, self.model.is_some());
        let parent = arguments.parent.map(|id| format!("\"parent_id\":\"{id}\",")).unwrap_or_default();
        let kind = if arguments.subsegment { "\"type\":\"subsegment\"," } else { "" };
        let (trace_id, id) = (arguments.context.trace_id(), arguments.context.id());
        self.beginning = format!("{{{kind}\"trace_id\":\"{trace_id}\",{parent}\"id\":\"{id}\",\"start_time\":");
        if let Some(datagram) = self.datagram() {
            let used = self.used(&datagram);
            self.model.as_mut().expect("it was begun").used = used;
            self.check_inside();
        }
        outcome
    }

    /// Any operation on one document but its beginning.
    fn call(&mut self, operation: &Operation, look: bool) -> Outcome {
        let before = self.datagram();
        let outcome = perform(&mut self.document, operation);
        let after = self.datagram();
        if outcome == Outcome::NoEntity {
            assert_eq!(before, after);
            return outcome;
        }
        let (before, after) = (before.expect("an entity is open"), after.expect("an entity is open"));
        let look = look || matches!(operation, Operation::Sql(..) | Operation::Exception(_));
        let changed = before != after;
        if matches!(outcome, Outcome::Refused(_)) && !has_two_parts(operation) {
            assert!(!changed, "a refused call has changed the document");
        }
        let members = if changed && look { self.parse() } else { Map::new() };
        let seen = Seen { capacity: self.document.capacity(), used: self.used(&after), members: &members };
        let model = self.model.as_mut().expect("an entity is open");
        model.apply(operation, outcome, &seen);
        if changed && look {
            assert_eq!(Value::Object(members), Value::Object(model.members.clone()));
            self.unchecked = false;
        } else {
            self.unchecked |= changed;
        }
        outcome
    }

    /// Embeds a child, or counts it as sent alone.
    fn embed(&mut self, child: &mut Self, embed: Embed, settle: bool, look: bool) -> Outcome {
        let before = self.datagram();
        // Of one that was embedded before nothing is left to do, and nothing is done.
        let delivered = child.model.as_ref().is_some_and(|child| child.delivered);
        let embedded = if settle {
            self.document.settle(&mut child.document, embed) == Delivery::Embedded
        } else {
            self.document.embed(&mut child.document, embed).is_ok()
        };
        let embedded = embedded && !delivered;
        let after = self.datagram();
        let Some(after) = after else {
            assert!(!embedded, "there is nothing to embed it in");
            return Outcome::NoEntity;
        };
        if !embedded {
            assert_eq!(before.as_ref(), Some(&after), "a refused child has changed the document");
        }
        let seen = Seen { capacity: self.document.capacity(), used: self.used(&after), members: &Map::new() };
        let model = self.model.as_mut().expect("an entity was begun");
        model.embed(child.model.as_ref(), embed, embedded, &seen);
        if let Some(child) = child.model.as_mut().filter(|_| embedded) {
            child.delivered = true;
        }
        let counts = child.model.as_ref().is_some_and(|child| model.is_parent_of(child));
        if settle && !embedded && !delivered && model.open && counts {
            let alone = child.datagram().map_or(0, |datagram| datagram.len() as u32);
            model.tally.bytes_alone += alone + child.model.as_ref().map_or(0, |child| child.tally.bytes_alone);
        }
        if embedded && look {
            self.check_inside();
        } else {
            self.unchecked |= embedded;
        }
        if embedded { Outcome::Done } else { Outcome::Refused(Refusal::Full) }
    }
}

/// Whether the flags of a call that is refused stand all the same, as documented.
fn has_two_parts(operation: &Operation) -> bool {
    matches!(operation, Operation::Exception(_) | Operation::Response(..) | Operation::CauseId(_))
}

/// Four documents, of one trace mostly, children of each other as it comes.
struct World {
    random: Arguments,
    log: Log<Operation>,
    /// The largest first: it is mostly the parent.
    slots: Vec<Slot>,
    /// How much longer entities live than in small documents, which are full soon.
    lives: usize,
    accepted: HashMap<Discriminant<Operation>, u64>,
}

impl World {
    fn new(seed: u64, lives: usize) -> Self {
        Self { lives, random: Arguments::new(seed), log: Log::new(seed), slots: Vec::new(), accepted: HashMap::new() }
    }

    /// Other documents, of capacities as `choices` has them.
    fn renew(&mut self, choices: &[&[Make]]) {
        self.finish();
        for _ in 0..4 {
            let sizes = self.random.one_of(choices);
            self.slots.push(Slot::new(self.random.one_of(sizes)()));
        }
        self.slots.sort_by_key(|slot| usize::MAX - slot.document.capacity());
        self.log.capacities = self.slots.iter().map(|slot| slot.document.capacity()).collect();
    }

    fn finish(&mut self) {
        for mut slot in self.slots.drain(..) {
            slot.check_inside();
        }
    }

    fn step(&mut self) {
        let (at, operation) = self.choose();
        let capacity = self.slots[at].document.capacity();
        let look = capacity <= SMALL || self.random.once_in(16);
        let kind = std::mem::discriminant(&operation);
        let outcome = match self.log.note(at, operation) {
            Operation::Begin(arguments) => self.slots[at].begin(arguments),
            operation @ (Operation::Embed(other, embed) | Operation::Settle(other, embed)) => {
                let settle = matches!(operation, Operation::Settle(..));
                let [slot, child] = self.slots.get_disjoint_mut([at, *other]).expect("two documents");
                let outcome = slot.embed(child, *embed, settle, look);
                child.check_outside();
                outcome
            }
            operation => self.slots[at].call(operation, look),
        };
        self.slots[at].check_outside();
        if matches!(outcome, Outcome::Done | Outcome::Recorded(_)) {
            *self.accepted.entry(kind).or_default() += 1;
        }
    }

    /// The next operation, and its document. Some are chosen on purpose, since they would hardly come by chance: a
    /// subsegment that ends, one that is embedded where it belongs, and an entity in place of one that has ended.
    fn choose(&mut self) -> (usize, Operation) {
        let at = self.random.below(self.slots.len());
        let other = (at + 1 + self.random.below(self.slots.len() - 1)) % self.slots.len();
        let Some(model) = &self.slots[at].model else {
            let begin = Operation::Begin(Box::new(self.arguments(at)));
            return if self.random.once_in(8) { self.any(at, other) } else { (at, begin) };
        };
        let (subsegment, open, parent) = (model.subsegment, model.open, model.parent);
        // One that was embedded is of no further use, and must be refused when it is offered again now and then.
        if model.delivered && !self.random.once_in(6) {
            return (at, Operation::Begin(Box::new(self.arguments(at))));
        }
        if !open {
            let id_of = |slot: &Slot| slot.document.context().map(|context| context.id());
            let home = self.slots.iter().position(|slot| slot.document.is_open() && id_of(slot) == parent);
            return match (home, self.random.below(6)) {
                (Some(home), 0..2) => (home, Operation::Settle(at, random_operation::embed(&mut self.random))),
                (Some(home), 2..4) => (home, Operation::Embed(at, random_operation::embed(&mut self.random))),
                (_, 4) => self.any(at, other),
                _ => (at, Operation::Begin(Box::new(self.arguments(at)))),
            };
        }
        if self.random.once_in(self.lives * if subsegment { 12 } else { 80 }) {
            return (at, Operation::End(self.random.time()));
        }
        if self.random.once_in(self.lives * 150) {
            (at, Operation::Begin(Box::new(self.arguments(at))))
        } else {
            self.any(at, other)
        }
    }

    fn any(&mut self, at: usize, other: usize) -> (usize, Operation) {
        let subsegment = self.slots[at].model.as_ref().is_some_and(|model| model.subsegment);
        (at, random_operation::operation(&mut self.random, subsegment, other))
    }

    fn arguments(&mut self, at: usize) -> BeginBlock {
        let random = &mut self.random;
        // Mostly a child of a larger document, so that there is something to embed; the largest is mostly a segment.
        let subsegment = if at == 0 { random.once_in(5) } else { !random.once_in(8) };
        let other = if at == 0 || random.once_in(8) { random.below(self.slots.len()) } else { random.below(at) };
        let parent = self.slots[other].document.context().filter(|_| other != at && !random.once_in(10));
        let context = match parent {
            Some(parent) => parent.child(random.entity_id()),
            None => TraceContext::new(random.trace_id(), random.entity_id()),
        };
        let parent: Option<EntityId> = parent.map(|parent| parent.id());
        let parent = if subsegment { parent.or_else(|| Some(random.entity_id())) } else { parent };
        BeginBlock { subsegment, name: random.name(), context, parent, start: random.time() }
    }
}

/// Carries out exactly `operations` of them, on other documents after some hundreds. Every kind of operation is accepted
/// more often than once in a thousand, unless the documents are tiny.
fn run(seed: u64, operations: u64, lives: usize, choices: &[&[Make]]) {
    let mut world = World::new(seed, lives);
    let mut carried_out = 0;
    while carried_out < operations {
        if carried_out % (300 * lives as u64) == 0 {
            world.renew(choices);
        }
        world.step();
        carried_out += 1;
    }
    world.finish();
    assert_eq!(carried_out, operations);
    if !std::ptr::eq(choices[0], TINY) {
        let often = world.accepted.values().filter(|&&accepted| accepted > operations / 1_000);
        assert_eq!(often.count(), KINDS, "hardly ever accepted: {:?}", world.accepted);
    }
}

/// Kinds of operations: the variants of [`Operation`].
const KINDS: usize = 27;

/// What all tests of this file together carry out.
const TOTAL: u64 = 1_000_000;

macro_rules! invariants {
    ($($name:ident: $seed:literal, $operations:literal, $lives:literal, $choices:expr;)*) => {
        $(
            #[test]
            fn $name() {
                run($seed, $operations, $lives, &$choices);
            }
        )*

        #[test]
        fn a_million_operations_are_carried_out_in_all() {
            assert_eq!([$($operations),*].iter().sum::<u64>(), TOTAL);
        }
    };
}

invariants! {
    every_operation_leaves_a_valid_document_1: 1, 140_000, 1, [AWKWARD];
    every_operation_leaves_a_valid_document_2: 2, 140_000, 1, [AWKWARD];
    every_operation_leaves_a_valid_document_3: 3, 140_000, 1, [AWKWARD];
    every_operation_leaves_a_valid_document_4: 4, 140_000, 1, [AWKWARD, AWKWARD, LARGE];
    every_operation_leaves_a_valid_document_in_tiny_capacities_1: 5, 140_000, 1, [TINY];
    every_operation_leaves_a_valid_document_in_tiny_capacities_2: 6, 140_000, 1, [TINY, AWKWARD];
    every_operation_leaves_a_valid_document_in_large_capacities_1: 7, 70_000, 1, [LARGE];
    every_operation_leaves_a_valid_document_in_large_capacities_2: 8, 70_000, 1, [LARGE, AWKWARD];
    every_operation_leaves_a_valid_document_that_is_filled: 9, 20_000, 30, [LARGE];
}
