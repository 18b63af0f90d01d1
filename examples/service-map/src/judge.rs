//! What is to have been sent.

use xray_recorder_receiver::{Received, ServiceMap, Trace, Validator};

use crate::Failure;

/// What was started, and thus is to be seen.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// What the database is called.
    pub(crate) database: String,
    /// Whether there is a DynamoDB.
    pub(crate) carts: bool,
}

impl Expected {
    /// A cart whose book is in stock, and one whose book is not, for which no page is made.
    fn outlines(&self) -> [String; 2] {
        let carts = if self.carts { "  DynamoDB\n" } else { "" };
        let asked = format!("shop\n{carts}  stock\n    stock\n      {}\n", self.database);
        [format!("{asked}  page\n"), asked]
    }

    /// How many entities that are.
    pub(crate) fn entities(&self) -> usize {
        self.outlines().iter().map(|outline| outline.lines().count()).sum()
    }

    /// Every document keeps the rules, every parent is the right one, the map closes, and the secret is nowhere.
    pub(crate) fn judge(&self, received: &Received, map: &ServiceMap) -> Result<(), Failure> {
        let findings = received.findings(&Validator::default());
        if !findings.is_empty() {
            return Err(format!("a document breaks the rules: {findings:?}").into());
        }
        let mut outlines: Vec<String> = received.traces().iter().map(Trace::outline).collect();
        outlines.sort_by_key(|outline| !outline.ends_with("  page\n"));
        if outlines != self.outlines() {
            return Err(format!("the traces are {outlines:#?} instead of {:#?}", self.outlines()).into());
        }
        let calls: Vec<[&str; 2]> = map.edges().map(|(from, to, _)| [&*from.name, &*to.name]).collect();
        let mut expected = vec![["client", "shop"], ["shop", "stock"], ["stock", &self.database]];
        if self.carts {
            expected.push(["shop", "DynamoDB"]);
        }
        if calls.len() != expected.len() || expected.iter().any(|call| !calls.contains(call)) {
            return Err(format!("the map has {calls:?} instead of {expected:?}").into());
        }
        match received.datagrams().iter().find(|datagram| String::from_utf8_lossy(datagram.bytes()).contains("hunter2"))
        {
            Some(datagram) => Err(format!("a secret was sent: {}", String::from_utf8_lossy(datagram.bytes())).into()),
            None => Ok(()),
        }
    }
}
