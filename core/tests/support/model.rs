//! The model of the invariant: what a document must hold after the operations it accepted, built with serde_json and
//! from the documentation alone. It also knows the lengths, so that it can tell a refusal that was not necessary.

use serde_json::{Map, Value, json};
use xray_recorder_core::{Embed, EntityId, Tally, Timestamp, TraceContext};

use super::arguments::{Text, is_allowed_in_names};
use super::blocks::{self, limited};
use super::json;
use super::operation::{BeginBlock, ExceptionBlock, Operation, Outcome, Refusal, Scalar};

/// The error flags and a cause id in their longest form: the room that is kept for them.
pub(crate) const FINAL_ROOM: usize = r#","error":true,"throttle":true,"fault":true,"cause":"0000000000000000""#.len();

/// Where the name of an entity starts in its document.
const NAME_AT: usize = xray_recorder_core::MIN_CAPACITY - 3;

/// Room for what only a document of its own needs, before the id.
const PREFIX: usize = NAME_AT - 92;

/// An entity as its document must show it.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) subsegment: bool,
    pub(crate) context: TraceContext,
    pub(crate) parent: Option<EntityId>,
    pub(crate) start: Timestamp,
    pub(crate) open: bool,
    /// Whether it was embedded: it is no second time.
    pub(crate) delivered: bool,
    /// All members but those of a document of its own.
    pub(crate) members: Map<String, Value>,
    pub(crate) tally: Tally,
    /// Bytes of the buffer that are used, with the room for the members of a document of its own.
    pub(crate) used: usize,
    links: usize,
}

/// A document after an operation. The model takes texts from there that were cut to the room, when they are valid cuts.
pub(crate) struct Seen<'s> {
    pub(crate) capacity: usize,
    pub(crate) used: usize,
    pub(crate) members: &'s Map<String, Value>,
}

/// The longest closer of a section: room that is kept whether a section is written to or not.
const CLOSER: usize = "]}".len();

/// How far an operation may go.
#[derive(Clone, Copy)]
enum Room {
    Bulk,
    Member,
    Final,
}

fn limit(room: Room, capacity: usize) -> usize {
    let kept = match room {
        Room::Bulk => FINAL_ROOM + capacity / 8,
        Room::Member => FINAL_ROOM,
        Room::Final => 0,
    };
    (capacity - 1).saturating_sub(kept)
}

pub(crate) fn number(at: Timestamp) -> Value {
    serde_json::from_str(&at.to_string()).expect("a time is a number")
}

impl Entity {
    /// What [`Operation::Begin`] must make in a document of this capacity.
    pub(crate) fn begin(arguments: &BeginBlock, capacity: usize) -> Option<Self> {
        let &BeginBlock { subsegment, ref name, context, parent, start } = arguments;
        if capacity < xray_recorder_core::MIN_CAPACITY {
            return None;
        }
        let members = json!({
            "id": context.id().to_string(),
            "start_time": number(start),
            "in_progress": true,
            "name": written_name(name, capacity),
        });
        let mut tally = Tally::default();
        tally.entities = 1;
        tally.cut = u32::from(members["name"] != **name);
        let Value::Object(members) = members else { unreachable!() };
        Some(Self {
            subsegment,
            context,
            parent,
            start,
            open: true,
            delivered: false,
            members,
            tally,
            used: 0,
            links: 0,
        })
    }

    /// Takes an operation over, when its outcome was right.
    pub(crate) fn apply(&mut self, operation: &Operation, outcome: Outcome, seen: &Seen<'_>) {
        Call { entity: self, outcome, seen }.apply(operation);
        self.used = seen.used;
    }

    /// Whether a subsegment belongs to this entity.
    pub(crate) fn is_parent_of(&self, child: &Self) -> bool {
        child.subsegment
            && child.parent == Some(self.context.id())
            && child.context.trace_id() == self.context.trace_id()
    }

    /// Whether an ended entity is to be embedded in this one, and what follows from it.
    pub(crate) fn embed(&mut self, child: Option<&Self>, embed: Embed, embedded: bool, seen: &Seen<'_>) {
        let Some(child) = child else { return assert!(!embedded, "there is no child") };
        let related = self.is_parent_of(child) && !child.open && !child.delivered;
        let allowed = match embed {
            Embed::AtMost(most) => self.tally.entities - 1 + child.tally.entities <= most,
            embed => embed != Embed::Never,
        };
        if !(self.open && related && allowed) {
            return assert!(!embedded, "embedded what must not be");
        }
        let limit = limit(Room::Bulk, seen.capacity);
        if embedded {
            assert!(seen.used <= limit, "children stop at the watermark");
            self.used = seen.used;
            array(&mut self.members, "subsegments").push(Value::Object(child.members.clone()));
            self.tally.entities += child.tally.entities;
            self.tally.cut += child.tally.cut;
            self.tally.refused += child.tally.refused;
            self.tally.bytes_alone += child.tally.bytes_alone;
        } else {
            let bound = ",\"subsegments\":[{}]".len() + child.used - PREFIX;
            assert!(self.used + bound + CLOSER > limit, "a child was refused that had room");
        }
    }
}

fn array<'m>(members: &'m mut Map<String, Value>, key: &str) -> &'m mut Vec<Value> {
    let array = members.entry(key).or_insert_with(|| json!([]));
    array.as_array_mut().expect("an array stands there")
}

fn object<'m>(members: &'m mut Map<String, Value>, key: &str) -> &'m mut Map<String, Value> {
    let object = members.entry(key).or_insert_with(|| json!({}));
    object.as_object_mut().expect("an object stands there")
}

/// The name as documented: what is allowed of it, up to 200 characters and the room there is.
fn written_name(name: &str, capacity: usize) -> String {
    let last = capacity - 1;
    let room = last.saturating_sub(FINAL_ROOM).max((NAME_AT + 17).min(last)) - NAME_AT - 1;
    let mut written = String::new();
    let mut left = room;
    for c in name.chars().filter(|&c| is_allowed_in_names(c)).take(200) {
        let length = json::escaped_len(c.encode_utf8(&mut [0; 4]));
        let Some(rest) = left.checked_sub(length) else { break };
        left = rest;
        written.push(c);
    }
    if written.is_empty() { "unnamed"[..room.min(7)].to_owned() } else { written }
}

/// One call on an open entity.
struct Call<'c> {
    entity: &'c mut Entity,
    outcome: Outcome,
    seen: &'c Seen<'c>,
}

impl Call<'_> {
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Begin(_) | Operation::Embed(..) | Operation::Settle(..) => {
                unreachable!("not calls on an entity")
            }
            Operation::End(at) => {
                self.entity.open = false;
                self.entity.members.remove("in_progress");
                self.entity.members.insert("end_time".to_owned(), number((*at).max(self.entity.start)));
            }
            Operation::User(text) => self.set_text("user", text, 250),
            Operation::Origin(text) => self.set_text("origin", text, 250),
            Operation::ResourceArn(text) => self.set_text("resource_arn", text, 500),
            Operation::Service(texts) => self.set("service", blocks::service(&**texts)),
            Operation::Namespace(namespace) => {
                self.set("namespace", (format!("{namespace:?}").to_lowercase().into(), 0));
            }
            Operation::Traced => self.set("traced", (true.into(), 0)),
            Operation::Precursor(id) => self.push("precursor_ids", id.to_string().into(), 0),
            Operation::Sql(texts, query, preparation) => {
                self.set_sql(blocks::sql(&**texts, *preparation), query.as_ref());
            }
            Operation::IncomingRequest(texts, forwarded) => {
                self.set_http("request", blocks::request(&**texts, *forwarded));
            }
            Operation::OutgoingRequest(texts) => self.set_http("request", blocks::request(&**texts, false)),
            Operation::Response(status, length) => {
                self.status(status.unwrap_or_default());
                self.set_http("response", (blocks::response(*status, *length), 0));
            }
            Operation::Annotation(key, value) => self.put_annotation(key, value),
            Operation::Metadata(namespace, key, value) => self.put_metadata(namespace.as_deref(), key, value),
            Operation::Resource(block) => self.set_aws(blocks::resource(block)),
            Operation::Call(block) => self.set_aws(blocks::call(block)),
            Operation::PutAws(key, value) => {
                let bound = json::member_len(key, value) + ",\"aws\":{}".len();
                if self.done(Room::Member, bound, 0) {
                    object(&mut self.entity.members, "aws").insert(key.clone().into_owned(), value.clone());
                }
            }
            Operation::Exception(block) => self.add_exception(block),
            Operation::CauseId(id) => self.set_cause_id(*id),
            Operation::Error => self.flags(&["error"]),
            Operation::Throttle => self.flags(&["error", "throttle"]),
            Operation::Fault => self.flags(&["fault"]),
            Operation::Status(status) => {
                let fits = self.status(*status);
                self.entity.tally.refused += u32::from(!fits);
            }
            Operation::Link(_) if self.entity.links == 20 => self.refused_argument(),
            Operation::Link(block) => {
                let (link, cuts) = blocks::link(block);
                self.push("links", link, cuts);
                self.entity.links += usize::from(self.outcome == Outcome::Done);
            }
        }
    }

    /// Whether the call went through; a refusal must have been necessary. `bound` is the most it needs.
    fn done(&mut self, room: Room, bound: usize, cuts: u32) -> bool {
        let limit = limit(room, self.seen.capacity);
        match self.outcome {
            Outcome::Done | Outcome::Recorded(_) => {
                assert!(self.seen.used <= limit, "{} of {limit} bytes used", self.seen.used);
                self.entity.tally.cut += cuts;
                true
            }
            Outcome::Refused(Refusal::Full) => {
                let used = self.entity.used;
                assert!(used + bound + CLOSER > limit, "refused {bound} bytes at {used} of {limit}");
                self.entity.tally.refused += 1;
                false
            }
            other => panic!("{other:?} where only a want of room is a reason"),
        }
    }

    fn refused_argument(&mut self) {
        assert_eq!(self.outcome, Outcome::Refused(Refusal::Argument));
        self.entity.tally.refused += 1;
    }

    fn set_text(&mut self, key: &str, text: &str, max: usize) {
        let (text, cuts) = limited(text, max);
        self.set(key, (text.into(), cuts));
    }

    fn set(&mut self, key: &str, (value, cuts): (Value, u32)) {
        // What may be set twice without a second copy.
        if key == "traced" && self.entity.members.contains_key(key) {
            return assert_eq!(self.outcome, Outcome::Done);
        }
        if self.done(Room::Member, 1 + json::member_len(key, &value), cuts) {
            self.entity.members.insert(key.to_owned(), value);
        }
    }

    /// An empty block leaves none.
    fn set_aws(&mut self, block: (Value, u32)) {
        self.set("aws", block);
        if self.entity.members.get("aws") == Some(&json!({})) {
            self.entity.members.remove("aws");
        }
    }

    fn push(&mut self, key: &str, element: Value, cuts: u32) {
        if self.done(Room::Member, json::len(&element) + 6 + key.len(), cuts) {
            array(&mut self.entity.members, key).push(element);
        }
    }

    fn set_http(&mut self, key: &str, (value, cuts): (Value, u32)) {
        if self.done(Room::Member, json::member_len(key, &value) + ",\"http\":{}".len(), cuts) {
            object(&mut self.entity.members, "http").insert(key.to_owned(), value);
        }
    }

    fn set_sql(&mut self, (mut sql, mut cuts): (Map<String, Value>, u32), query: Option<&Text>) {
        let first = !self.entity.members.contains_key("sql");
        let shortest = query.map_or("", |query| blocks::shortest(query));
        let mut bound = 1 + json::member_len("sql", &Value::Object(sql.clone()));
        bound += query.map_or(0, |_| 1 + json::member_len("sanitized_query", &shortest.into()));
        if self.outcome == Outcome::Done {
            if let Some(query) = query {
                let written = &self.seen.members["sql"]["sanitized_query"];
                cuts += self.check_cut(query, written, first);
                sql.insert("sanitized_query".to_owned(), written.clone());
            }
        }
        if self.done(Room::Member, bound, cuts) {
            self.entity.members.insert("sql".to_owned(), sql.into());
        }
    }

    /// One when `written` is `text` cut to the room: a prefix of it and the mark. Panics when it is neither.
    fn check_cut(&self, text: &str, written: &Value, nothing_removed: bool) -> u32 {
        let written = written.as_str().expect("a text");
        if written == text {
            return 0;
        }
        let kept = written.strip_suffix('…').expect("a cut text ends with the mark");
        let rest = text.strip_prefix(kept).expect("a cut text is a prefix and the mark");
        let next = rest.chars().next().expect("something was cut");
        if nothing_removed {
            let needed = self.seen.used + json::escaped_len(next.encode_utf8(&mut [0; 4]));
            assert!(
                needed + CLOSER > limit(Room::Member, self.seen.capacity),
                "cut too short: {} used",
                self.seen.used
            );
        }
        1
    }

    fn put_annotation(&mut self, key: &str, value: &Scalar) {
        let valid = (1..=500).contains(&key.len()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let finite = !matches!(value, Scalar::Float(number) if !number.is_finite());
        if !valid || !finite {
            return self.refused_argument();
        }
        let (value, cuts) = blocks::scalar(value);
        if self.done(Room::Member, json::member_len(key, &value) + ",\"annotations\":{}".len(), cuts) {
            object(&mut self.entity.members, "annotations").insert(key.to_owned(), value);
        }
    }

    fn put_metadata(&mut self, namespace: Option<&str>, key: &str, value: &Value) {
        let namespace = namespace.unwrap_or("default");
        if namespace.starts_with("AWS.") {
            return self.refused_argument();
        }
        let bound = json::member_len(key, value) + json::escaped_len(namespace) + ",\"metadata\":{\"\":{}}".len();
        if self.done(Room::Bulk, bound, 0) {
            let namespaces = object(&mut self.entity.members, "metadata");
            object(namespaces, namespace).insert(key.to_owned(), value.clone());
        }
    }

    /// Sets a flag, where there is room for it: always, unless the capacity is tiny.
    fn flag(&mut self, flag: &str) -> bool {
        if self.entity.members.contains_key(flag) {
            return true;
        }
        let length = 1 + json::member_len(flag, &true.into());
        if self.entity.used + length > limit(Room::Final, self.seen.capacity) {
            assert!(self.seen.capacity < NAME_AT + 17 + 1 + FINAL_ROOM, "there is always room for flags");
            return false;
        }
        self.entity.used += length;
        self.entity.members.insert(flag.to_owned(), true.into());
        true
    }

    fn flags(&mut self, flags: &[&str]) {
        let fit = flags.iter().fold(true, |fit, flag| self.flag(flag) & fit);
        self.entity.tally.refused += u32::from(!fit);
    }

    fn status(&mut self, status: u16) -> bool {
        match status {
            429 => self.flag("error") & self.flag("throttle"),
            400..=499 => self.flag("error"),
            500..=599 => self.flag("fault"),
            _ => true,
        }
    }

    fn set_cause_id(&mut self, id: EntityId) {
        self.flag("fault");
        match self.entity.members.get("cause") {
            Some(Value::Object(_)) => assert_eq!(self.outcome, Outcome::Done),
            cause => {
                let needed = if cause.is_some() { 0 } else { ",\"cause\":\"0123456789abcdef\"".len() };
                if self.done(Room::Final, needed, 0) {
                    self.entity.members.insert("cause".to_owned(), id.to_string().into());
                } else {
                    assert!(self.seen.capacity < NAME_AT + 17 + 1 + FINAL_ROOM, "there is always room for a cause id");
                }
            }
        }
    }

    fn add_exception(&mut self, block: &ExceptionBlock) {
        if !(block.remote && self.entity.members.contains_key("error")) {
            self.flag("fault");
        }
        let had_id = self.entity.members.get("cause").is_some_and(Value::is_string);
        let first = !self.entity.members.get("cause").is_some_and(Value::is_object);
        let (mut cause, mut cuts) = if first { blocks::cause(block) } else { Default::default() };
        let Outcome::Recorded(id) = self.outcome else {
            cause.insert("exceptions".to_owned(), json!([blocks::smallest_exception(block)]));
            let done = self.done(Room::Member, 1 + json::member_len("cause", &cause.into()), 0);
            return assert!(!done);
        };
        let written =
            self.seen.members["cause"]["exceptions"].as_array().and_then(|all| all.last()).expect("it was recorded");
        let kept = written.get("stack").map_or(0, |stack| stack.as_array().map_or(0, Vec::len));
        let (mut exception, exception_cuts) = blocks::exception(block, id, kept);
        exception.insert("message".to_owned(), written["message"].clone());
        cuts += exception_cuts + self.check_cut(&block.message, &written["message"], !had_id);
        self.done(Room::Member, 0, cuts);
        if first {
            cause.insert("exceptions".to_owned(), json!([]));
            self.entity.members.insert("cause".to_owned(), cause.into());
        }
        array(object(&mut self.entity.members, "cause"), "exceptions").push(exception.into());
    }
}
