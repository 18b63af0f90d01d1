//! What is measured: the data of the six workloads, the same for every peer.
//!
//! Values are fields of [`STORY`], which a run passes through [`black_box`] once, so that no writer can fold them
//! into its code. Keys are no part of it: in a program they are constants, so
//! every peer writes the ones named here as literals.

use std::fmt;
use std::hint::black_box;

/// How often [`Workload::Wide`] repeats the ten subsegments of [`STORY`].
pub(crate) const WIDE_ROUNDS: usize = 100;

/// One of the six workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Workload {
    /// W1: one segment with http and one annotation.
    Leaf,
    /// W2: the segment of W1 with ten subsegments.
    Typical,
    /// W3: the segment of W1 with a thousand subsegments.
    Wide,
    /// W4: the calls of W2, not sampled.
    Unsampled,
    /// W5: parse and format one trace header.
    Header,
    /// W6: decide about a request by a hundred rules.
    Decision,
}

impl Workload {
    /// All workloads, in the order of the report.
    pub(crate) const ALL: [Self; 6] =
        [Self::Leaf, Self::Typical, Self::Wide, Self::Unsampled, Self::Header, Self::Decision];

    /// Those that ask for no rules.
    pub(crate) const WITHOUT_RULES: [Self; 5] = [Self::Leaf, Self::Typical, Self::Wide, Self::Unsampled, Self::Header];

    /// The short name, as on the command line and in the JSON report.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Leaf => "W1",
            Self::Typical => "W2",
            Self::Wide => "W3",
            Self::Unsampled => "W4",
            Self::Header => "W5",
            Self::Decision => "W6",
        }
    }

    /// The workload with this short name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.name() == name)
    }

    /// Whether the workload hands datagrams to the network.
    #[must_use]
    pub(crate) fn sends(self) -> bool {
        matches!(self, Self::Leaf | Self::Typical | Self::Wide)
    }

    /// How many entities one trace of the workload has.
    #[must_use]
    pub(crate) fn entities(self) -> usize {
        match self {
            Self::Leaf => 1,
            Self::Typical => 1 + STORY.subsegments.len(),
            Self::Wide => 1 + WIDE_ROUNDS * STORY.subsegments.len(),
            Self::Unsampled | Self::Header | Self::Decision => 0,
        }
    }

    /// The iterations a measurement by instruction counting takes at least, and those it adds to it.
    #[must_use]
    pub(crate) fn counted_iterations(self) -> (u64, u64) {
        match self {
            Self::Leaf | Self::Unsampled | Self::Header | Self::Decision => (100, 2_000),
            Self::Typical => (50, 500),
            Self::Wide => (2, 8),
        }
    }

    /// The sample datagram, header line included, where there is one.
    #[must_use]
    pub(crate) fn sample(self) -> Option<&'static [u8]> {
        match self {
            Self::Leaf => Some(include_bytes!("../samples/W1-document.txt")),
            Self::Typical => Some(include_bytes!("../samples/W2-document.txt")),
            Self::Wide | Self::Unsampled | Self::Header | Self::Decision => None,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Leaf => "leaf: one segment",
            Self::Typical => "typical: a segment with 10 subsegments",
            Self::Wide => "wide: a segment with 1,000 subsegments",
            Self::Unsampled => "unsampled: the calls of W2, not sampled",
            Self::Header => "header: parse and format one X-Amzn-Trace-Id",
            Self::Decision => "decision: which of 100 rules a request is for",
        };
        write!(formatter, "{} {what}", self.name())
    }
}

/// Everything the workloads tell.
#[derive(Debug)]
pub(crate) struct Story {
    /// The segment of W1 to W4.
    pub(crate) segment: Segment,
    /// The subsegments of W2 and W4, and one round of those of W3.
    pub(crate) subsegments: [Subsegment; 10],
    /// The trace header of W5.
    pub(crate) header: &'static str,
    /// The host that the request of W6 asks for.
    pub(crate) host: &'static str,
    /// The path it asks for.
    pub(crate) path: &'static str,
    /// Whether the traces of W4 are sampled: they are not, but no writer may know before it asks.
    pub(crate) sampled: bool,
}

/// A segment that serves an http request.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The name of the service.
    pub(crate) name: &'static str,
    /// The request's method.
    pub(crate) method: &'static str,
    /// The request's URL.
    pub(crate) url: &'static str,
    /// The request's user agent.
    pub(crate) user_agent: &'static str,
    /// The caller's address.
    pub(crate) client_ip: &'static str,
    /// The response's status.
    pub(crate) status: u16,
    /// The response's length.
    pub(crate) content_length: u64,
    /// The annotation `tenant`.
    pub(crate) tenant: &'static str,
}

/// A subsegment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subsegment {
    /// The name of what is called.
    pub(crate) name: &'static str,
    /// What is called.
    pub(crate) call: Call,
    /// The annotation `attempt`.
    pub(crate) attempt: u64,
    /// The annotation `cache`.
    pub(crate) cache: &'static str,
    /// The member `step` of the metadata `default`.
    pub(crate) step: &'static str,
}

/// What a subsegment calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    /// Another service over http; namespace `remote`.
    Http(HttpCall),
    /// An AWS service; namespace `aws`.
    Aws(AwsCall),
    /// A database; namespace `remote`.
    Sql(SqlCall),
    /// A function of the program; no namespace.
    Local,
}

/// An http request to another service and its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HttpCall {
    /// The request's method.
    pub(crate) method: &'static str,
    /// The request's URL.
    pub(crate) url: &'static str,
    /// The response's status.
    pub(crate) status: u16,
    /// The response's length.
    pub(crate) content_length: u64,
}

/// A request to an AWS service and the status of its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AwsCall {
    /// The response's status.
    pub(crate) status: u16,
    /// The operation.
    pub(crate) operation: &'static str,
    /// The region.
    pub(crate) region: &'static str,
    /// The id the service gave the request.
    pub(crate) request_id: &'static str,
    /// The table.
    pub(crate) table_name: &'static str,
}

/// A query to a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqlCall {
    /// The database's URL.
    pub(crate) url: &'static str,
    /// The query, without its arguments.
    pub(crate) sanitized_query: &'static str,
    /// The kind of database.
    pub(crate) database_type: &'static str,
    /// The database's version.
    pub(crate) database_version: &'static str,
    /// The database's user.
    pub(crate) user: &'static str,
}

/// The data of all workloads. Measured code gets it from [`story`].
pub(crate) static STORY: Story = Story {
    segment: Segment {
        name: "checkout-api",
        method: "GET",
        url: "https://shop.example.com/cart/checkout?id=1234",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        client_ip: "203.0.113.7",
        status: 200,
        content_length: 5123,
        tenant: "acme",
    },
    subsegments: [PAYMENT, CARTS, ORDERS, RENDER, PAYMENT, CARTS, ORDERS, RENDER, PAYMENT, RENDER],
    header: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;\
             Lineage=a87bd80c:1|68fd508a:5",
    host: "www.shop.example.com",
    path: "/api/v1/customers/4711/orders",
    sampled: false,
};

const PAYMENT: Subsegment = subsegment(
    "payments.example.com",
    Call::Http(HttpCall {
        method: "POST",
        url: "https://payments.example.com/v1/charge",
        status: 200,
        content_length: 312,
    }),
);

const CARTS: Subsegment = subsegment(
    "DynamoDB",
    Call::Aws(AwsCall {
        status: 200,
        operation: "GetItem",
        region: "us-east-1",
        request_id: "3AIENM5J4ELQ3SPODHKBIRVIC3VV4KQNSO5AEMVJF66Q9ASUAAJG",
        table_name: "carts",
    }),
);

const ORDERS: Subsegment = subsegment(
    "orders@db.example.com",
    Call::Sql(SqlCall {
        url: "jdbc:postgresql://db.example.com:5432/orders",
        sanitized_query: "SELECT id, total FROM orders WHERE customer_id = ? AND state = ?",
        database_type: "PostgreSQL",
        database_version: "15.3",
        user: "app",
    }),
);

const RENDER: Subsegment = subsegment("render_template", Call::Local);

const fn subsegment(name: &'static str, call: Call) -> Subsegment {
    Subsegment { name, call, attempt: 1, cache: "miss", step: "step-7 of checkout" }
}

/// The data, opaque to the optimizer. A run asks once.
#[must_use]
pub(crate) fn story() -> &'static Story {
    black_box(&STORY)
}
