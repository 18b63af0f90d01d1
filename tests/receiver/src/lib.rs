//! What really arrives over UDP, looked at byte by byte: an independent judge for tests, and a viewer for people.
//!
//! * [`Datagram`] reads what was received as the X-Ray daemon does, and then the document to its last byte.
//! * [`Validator`] knows the rules of segment documents; [`validate`] applies them to one datagram.
//! * [`assemble`] joins datagrams that arrived in any order to [`Trace`]s.
//! * [`Waterfall`] draws a trace for a terminal, [`ServiceMap`] who calls whom in several.
//! * [`Receiver`] and [`Collector`] read from a UDP socket until something has arrived, with a deadline.
//!
//! ```
//! use std::{net::UdpSocket, time::Duration};
//! use xray_recorder_receiver::{Collector, Validator, Waterfall};
//!
//! let mut collector = Collector::loopback()?;
//! let program = UdpSocket::bind("127.0.0.1:0")?;
//! program.send_to(
//!     br#"{"format":"json","version":1}
//! {"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8",
//!  "name":"checkout","start_time":1465510280.5,"end_time":1465510281.25}"#,
//!     collector.addr(),
//! )?;
//!
//! let received = collector.wait_for(Duration::from_secs(10), |received| received.entities() == 1)?;
//! assert_eq!(received.findings(&Validator::default()), []);
//! for trace in received.traces() {
//!     assert_eq!(trace.outline(), "checkout\n");
//!     print!("{}", Waterfall::new().width(80).render(&trace));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod assembly;
mod collector;
mod datagram;
mod entities;
mod entity;
mod finding;
mod json;
mod parser;
mod path;
mod received;
mod receiver;
mod service_map;
mod trace;
mod validator;
mod waterfall;

pub use assembly::assemble;
pub use collector::Collector;
pub use datagram::{Datagram, MAX_DATAGRAM_BYTES};
pub use entity::{Entity, EntityKind, Travel};
pub use finding::{Code, Finding};
pub use json::{Json, Number};
pub use received::{ReceiveError, Received};
pub use receiver::Receiver;
pub use service_map::{Edge, Node, ServiceMap};
pub use trace::{DatagramSummary, Trace};
pub use validator::{Strictness, Validator, validate};
pub use waterfall::Waterfall;
