//! Random arguments: texts, keys, names, numbers, nested values, ids and times.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{EntityId, Timestamp, TraceId};

/// A text of the test's own.
pub(crate) type Text = std::borrow::Cow<'static, str>;

pub(crate) struct Arguments(SeededRng);

impl Arguments {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRng::new(seed))
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// Mostly short texts, sometimes long, now and then 1 MB.
    pub(crate) fn text(&mut self) -> Text {
        match self.below(1_000) {
            0 => self.one_of(&*MEGABYTES).into(),
            1..20 => self.random_text(1_500),
            20..80 => self.random_text(300),
            80..300 => self.random_text(40),
            _ => self.one_of(TEXTS).into(),
        }
    }

    fn random_text(&mut self, max_chars: usize) -> Text {
        let chars = self.below(max_chars);
        let alphabet = self.one_of(ALPHABETS);
        (0..chars).map(|_| self.one_of(alphabet)).collect::<String>().into()
    }

    pub(crate) fn maybe_text(&mut self) -> Option<Text> {
        self.once_in(2).then(|| self.text())
    }

    pub(crate) fn maybe_texts<const N: usize>(&mut self) -> [Option<Text>; N] {
        // Blocks of many texts are mostly sparse, or small documents would refuse them all.
        let sparse = self.once_in(2);
        std::array::from_fn(|_| if sparse && !self.once_in(4) { None } else { self.maybe_text() })
    }

    pub(crate) fn some_texts(&mut self) -> Vec<Text> {
        (0..self.below(4)).map(|_| self.text()).collect()
    }

    /// The name of an entity: of characters of which [`is_allowed_in_names`] knows whether they are allowed.
    pub(crate) fn name(&mut self) -> Text {
        match self.below(1_000) {
            0 => self.one_of(&*NAME_MEGABYTES).into(),
            1..40 => (0..self.below(450)).map(|_| self.one_of(NAME_CHARS)).collect::<String>().into(),
            40..300 => (0..self.below(30)).map(|_| self.one_of(NAME_CHARS)).collect::<String>().into(),
            _ => self.one_of(NAMES).into(),
        }
    }

    /// A key from a small pool, so that replacement happens, of adversarial ones and rarely any text.
    pub(crate) fn key(&mut self) -> Text {
        if self.once_in(200) { self.text() } else { self.one_of(KEYS).into() }
    }

    /// Mostly a valid key of an annotation.
    pub(crate) fn annotation_key(&mut self) -> Text {
        match self.below(60) {
            0 => self.one_of(KEYS).into(),
            1 => "k".repeat(self.below(510)).into(),
            _ => self.one_of(ANNOTATION_KEYS).into(),
        }
    }

    /// Any JSON value, nested up to `depth` levels. Floats have few digits, which serde_json reads back exactly.
    pub(crate) fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => Value::Null,
            1 => self.once_in(2).into(),
            2 => (self.bits() as i64 >> self.below(64)).into(),
            3 => (self.bits() >> self.below(64)).into(),
            4 => self.float().into(),
            5 | 6 => self.text().as_ref().into(),
            7 => (0..self.below(5)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let members = (0..self.below(5)).map(|_| (self.key().into_owned(), self.value(depth - 1)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    pub(crate) fn float(&mut self) -> f64 {
        match self.below(8) {
            0 => self.one_of(&[0.0, -0.0, 1e16, -1e20, 1e-7, 0.1, 1e22]),
            _ => (self.bits() as i32 >> self.below(32)) as f64 / self.one_of(&[1.0, 8.0, 1_000.0]),
        }
    }

    pub(crate) fn entity_id(&mut self) -> EntityId {
        loop {
            if let Some(id) = EntityId::new(self.bits() >> self.one_of(&[0, 0, 40])) {
                return id;
            }
        }
    }

    pub(crate) fn trace_id(&mut self) -> TraceId {
        TraceId::from_u128(u128::from(self.bits() % 2) << 64 | 0x5759_e988_0000_0000_0000_0000_0000_0001)
    }

    pub(crate) fn time(&mut self) -> Timestamp {
        match self.below(20) {
            0 => Timestamp::from_micros(self.bits()),
            1 => Timestamp::from_micros(self.bits() % 3_000_000),
            _ => Timestamp::from_micros(1_465_510_280_000_000 + self.bits() % 60_000_000),
        }
    }
}

/// Whether a name may have this character, for the characters of [`Arguments::name`].
pub(crate) fn is_allowed_in_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || " _.:/%&#=+\\-@éß漢字न９Ⅷ\u{a0}\u{2028}".contains(c)
}

const NAMES: &[&str] =
    &["checkout", "orders@db.example.com", "a", "", "?;*()!$~^<>", "漢字", "GET /a\\b", "x\"}", "🦀b🦀"];

const NAME_CHARS: &[char] = &[
    'a', 'B', '7', ' ', '_', '.', ':', '/', '%', '&', '#', '=', '+', '\\', '-', '@', 'é', 'ß', '漢', '字', 'न', '９',
    'Ⅷ', '\u{a0}', '\u{2028}', '"', '\'', '?', '*', '{', '}', '[', ']', '\n', '\0', '\u{7f}', '€', '🦀', '\u{301}',
    '\u{200d}',
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "key",
    "request",
    "id",
    "name",
    "default",
    "cause",
    "aws",
    "annotations",
    "",
    "\"",
    "\\",
    "\\\"",
    "k\"",
    "k\\",
    "{",
    "}",
    "\"}",
    "\"},\"a\":{\"",
    "[]",
    ",",
    ":",
    "\n",
    "\u{1}",
    "漢",
    "🦀",
    "…",
    "a\":1,\"b",
    "}}",
    "]}",
];

const ANNOTATION_KEYS: &[&str] =
    &["a", "b", "key", "tenant", "k_1", "K1", "_", "id", "cause", "Zz", "items", "ab", "ba"];

const TEXTS: &[&str] = &[
    "",
    "x",
    "GET",
    "https://shop.example.com/cart?a=1&b=\"2\"",
    "…",
    "\\",
    "\"",
    "\"}",
    "\"}]}",
    "{\"a\":1}",
    "\0",
    "\u{1f}\n\r\t",
    "größe 漢字 🦀",
    "\u{2028}\u{7f}\u{fffd}",
    "null",
    "0123456789abcdef",
    "0123456789abcde\"",
    "\\u0000",
    "</script>",
    "a\u{8}b\u{c}c",
];

const ALPHABETS: &[&[char]] = &[
    &['a', 'b', 'c', ' ', '7'],
    &['"', '\\', '\n', 'x'],
    &['\0', '\u{1}', '\u{1f}', '\u{8}', 'a'],
    &['a', 'ß', '漢', '🦀', '"', '\t'],
    &['🦀'],
];

static MEGABYTES: LazyLock<[&'static str; 4]> =
    LazyLock::new(|| ["x", "漢a", "\"\u{1}", "🦀"].map(|piece| &*piece.repeat(1_000_000 / piece.len()).leak()));

static NAME_MEGABYTES: LazyLock<[&'static str; 3]> =
    LazyLock::new(|| ["x", "漢a", "{é"].map(|piece| &*piece.repeat(1_000_000 / piece.len()).leak()));
