//! Which services call which: the map that X-Ray draws of traces.

mod draw;

use serde_json::Value;

use crate::entity::{Entity, EntityKind};
use crate::trace::Trace;

/// Who calls whom in some traces: the services that sent segments, who calls them, and what they call that sends none, as
/// databases and AWS.
///
/// ```
/// use xray_recorder_receiver::{Datagram, ServiceMap, assemble};
///
/// let datagram = Datagram::parse(r#"{"format":"json","version":1}
/// {"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8","name":"shop",
///  "start_time":1465510280.5,"end_time":1465510281.0,"subsegments":[{"id":"70de5b6f19ff9a0a","name":"DynamoDB",
///  "namespace":"aws","start_time":1465510280.6,"end_time":1465510280.7}]}"#);
/// let map = ServiceMap::of(&assemble([&datagram]));
/// let calls: Vec<_> = map.edges().map(|(from, to, _)| (from.name.as_str(), to.name.as_str())).collect();
/// assert_eq!(calls, [("client", "shop"), ("shop", "DynamoDB")]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ServiceMap {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// A service, a client, or what is called and sends no segments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// The name of the segment, or of the subsegment that called it; `client` for whoever calls first.
    pub name: String,
    /// What it is: the segment's origin or `service`, the type of a database, `aws`, `remote`, `client`.
    pub kind: String,
}

/// The calls from one node to another.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Edge {
    from: usize,
    to: usize,
    /// How many calls there were.
    pub calls: u32,
    /// How many of them the caller is to blame for, throttled ones among them.
    pub errors: u32,
    /// How many the called one is to blame for.
    pub faults: u32,
    /// How long those took that have ended, in seconds.
    pub seconds: f64,
}

impl ServiceMap {
    /// The map of these traces.
    #[must_use]
    pub fn of<'t>(traces: impl IntoIterator<Item = &'t Trace>) -> Self {
        let mut map = Self::default();
        for trace in traces {
            for entity in trace.entities() {
                map.add(trace, entity);
            }
        }
        map
    }

    /// The calls, callers in the order in which they were seen first.
    pub fn edges(&self) -> impl Iterator<Item = (&Node, &Node, &Edge)> {
        self.edges.iter().map(|edge| (&self.nodes[edge.from], &self.nodes[edge.to], edge))
    }

    fn add(&mut self, trace: &Trace, entity: &Entity) {
        let (from, to) = match entity.kind {
            EntityKind::Segment => (caller(trace, entity), service(entity)),
            EntityKind::Subsegment => {
                let is_traced = trace.children(entity).any(|child| child.kind == EntityKind::Segment);
                let (false, Some(called)) = (is_traced, called(entity)) else { return };
                (caller(trace, entity), called)
            }
            EntityKind::Upstream => return,
        };
        let (from, to) = (self.node(from), self.node(to));
        let at = self.edges.iter().position(|edge| (edge.from, edge.to) == (from, to)).unwrap_or_else(|| {
            self.edges.push(Edge { from, to, calls: 0, errors: 0, faults: 0, seconds: 0.0 });
            self.edges.len() - 1
        });
        let edge = &mut self.edges[at];
        edge.calls += 1;
        edge.errors += u32::from(entity.error || entity.throttle);
        edge.faults += u32::from(entity.fault);
        edge.seconds += entity.duration().unwrap_or_default();
    }

    fn node(&mut self, node: Node) -> usize {
        self.nodes.iter().position(|each| *each == node).unwrap_or_else(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        })
    }
}

/// The service that an entity's call comes from: the next segment above, or who is above all.
fn caller(trace: &Trace, entity: &Entity) -> Node {
    let mut above = trace.parent(entity);
    while let Some(entity) = above {
        match entity.kind {
            EntityKind::Segment => return service(entity),
            EntityKind::Upstream => break,
            EntityKind::Subsegment => above = trace.parent(entity),
        }
    }
    Node { name: "client".into(), kind: "client".into() }
}

fn service(segment: &Entity) -> Node {
    let origin = segment.json.get("origin").and_then(Value::as_str);
    Node { name: segment.name.clone(), kind: origin.unwrap_or("service").to_owned() }
}

/// What a subsegment calls, if it calls anything.
fn called(subsegment: &Entity) -> Option<Node> {
    let namespace = subsegment.namespace.as_deref()?;
    let database = subsegment.json.pointer("/sql/database_type").and_then(Value::as_str);
    Some(Node { name: subsegment.name.clone(), kind: database.unwrap_or(namespace).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Datagram, assemble};

    fn document(json: &str) -> Datagram {
        Datagram::parse(format!(
            "{{\"format\":\"json\",\"version\":1}}\n{{\"trace_id\":\"1-5759e988-bd862e3fe1be46a994272793\",{json}}}"
        ))
    }

    fn shop_and_stock() -> [Datagram; 2] {
        let shop = concat!(
            r#""id":"0000000000000001","name":"shop","start_time":10.0,"end_time":10.5,"subsegments":["#,
            r#"{"id":"0000000000000002","name":"stock","namespace":"remote","start_time":10.0,"end_time":10.4},"#,
            r#"{"id":"0000000000000004","name":"work","start_time":10.1,"end_time":10.3,"subsegments":["#,
            r#"{"id":"0000000000000005","name":"DynamoDB","namespace":"aws","start_time":10.1,"end_time":10.2,"#,
            r#""error":true,"throttle":true},"#,
            r#"{"id":"0000000000000006","name":"DynamoDB","namespace":"aws","start_time":10.2,"end_time":10.3}]}]"#
        );
        let stock = concat!(
            r#""id":"0000000000000003","parent_id":"0000000000000002","name":"stock","origin":"AWS::ECS::Container","#,
            r#""start_time":10.1,"end_time":10.3,"subsegments":[{"id":"0000000000000007","name":"books@db","#,
            r#""namespace":"remote","sql":{"database_type":"PostgreSQL"},"fault":true,"start_time":10.1,"end_time":10.2}]"#
        );
        [document(shop), document(stock)]
    }

    #[test]
    fn a_call_that_another_service_answers_leads_to_that_service_alone() {
        let map = ServiceMap::of(&assemble(&shop_and_stock()));
        let calls: Vec<_> = map
            .edges()
            .map(|(from, to, edge)| (&*from.name, &*to.name, &*to.kind, (edge.calls, edge.errors, edge.faults)))
            .collect();
        let expected = [
            ("client", "shop", "service", (1, 0, 0)),
            ("shop", "stock", "AWS::ECS::Container", (1, 0, 0)),
            ("stock", "books@db", "PostgreSQL", (1, 0, 1)),
            ("shop", "DynamoDB", "aws", (2, 1, 0)),
        ];
        assert_eq!(calls, expected);
    }

    #[test]
    fn the_map_is_drawn_from_the_client_down() {
        let expected = "\
client
└─▶ shop                            1 call     500.0 ms
    ├─▶ stock  AWS::ECS::Container  1 call     200.0 ms
    │   └─▶ books@db  PostgreSQL    1 call     100.0 ms  1 fault
    └─▶ DynamoDB  aws               2 calls    100.0 ms  1 error
";
        assert_eq!(ServiceMap::of(&assemble(&shop_and_stock())).to_string(), expected);
    }

    #[test]
    fn services_that_call_each_other_are_drawn_once() {
        let [shop, _] = shop_and_stock();
        let back = concat!(
            r#""id":"0000000000000003","parent_id":"0000000000000002","name":"stock","start_time":10.1,"end_time":10.3,"#,
            r#""subsegments":[{"id":"0000000000000007","name":"shop","namespace":"remote","start_time":10.1,"end_time":10.2}]"#
        );
        let again =
            r#""id":"0000000000000008","parent_id":"0000000000000007","name":"shop","start_time":10.1,"end_time":10.2"#;
        let drawn = ServiceMap::of(&assemble(&[shop, document(back), document(again)])).to_string();
        assert_eq!(drawn.matches("─▶ shop").count(), 2, "{drawn}");
        assert!(drawn.contains("└─▶ shop ↩"), "{drawn}");
    }
}
