//! What became of the entities: nothing is lost uncounted.

/// What one document carries: its own entity and the embedded ones, and what was cut or refused in them. It shares the
/// fate of the document: sent, failed or dropped as one.
///
/// ```
/// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// let mut document = Document::<512>::new();
/// let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(0))?;
/// assert!(segment.put_annotation("not-a-key", 1).is_err());
/// assert_eq!(segment.tally().refused, 1);
/// assert_eq!(segment.tally().entities, 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Entities: itself and those embedded in it, at any depth.
    pub entities: u32,
    /// Texts that were shortened: over X-Ray's limit, without room, or a name with characters it may not have.
    pub cut: u32,
    /// Calls that were refused: no room, or an invalid argument.
    pub refused: u32,
    /// Bytes of subsegments that were sent by themselves while this entity, their parent, was open.
    pub bytes_alone: u32,
}

impl Tally {
    pub(crate) const EMPTY: Self = Self { entities: 0, cut: 0, refused: 0, bytes_alone: 0 };

    /// Takes over what an embedded child carried.
    #[inline]
    pub(crate) fn absorb(&mut self, child: Self) {
        // A document has no room for more entities than this can count.
        self.entities = self.entities.wrapping_add(child.entities);
        if child.cut | child.refused | child.bytes_alone != 0 {
            self.absorb_losses(child);
        }
    }

    #[cold]
    fn absorb_losses(&mut self, child: Self) {
        self.cut = self.cut.saturating_add(child.cut);
        self.refused = self.refused.saturating_add(child.refused);
        self.bytes_alone = self.bytes_alone.saturating_add(child.bytes_alone);
    }
}

/// The largest trace the X-Ray service keeps, in bytes.
pub const MAX_TRACE_BYTES: u64 = 500_000;

/// What became of everything that was begun.
///
/// `begun == sent + failed + dropped + let_go + open`, in entities, always. An embedded subsegment shares the fate of the
/// document that carries it. `sent` means handed to the transport without an error; what a receiver's full buffer
/// drops, nobody sees. The rest counts beside.
///
/// ```
/// use xray_recorder_core::Stats;
///
/// let stats = Stats::default();
/// assert_eq!(stats.begun, stats.sent + stats.failed + stats.dropped + stats.let_go + stats.open);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Entities begun, sampled ones only, and those recorded in case that something goes wrong.
    pub begun: u64,
    /// Entities in documents that the transport took.
    pub sent: u64,
    /// Entities in documents that the transport refused.
    pub failed: u64,
    /// Entities that never became a document: no randomness for an id, or given up without an end.
    pub dropped: u64,
    /// Entities that were recorded in case that something goes wrong, which it did not: as they are not sampled, they were
    /// not to be sent.
    pub let_go: u64,
    /// Entities in documents that have neither been sent nor given up, embedded ones included.
    pub open: u64,
    /// Datagrams the transport took, documents in progress included.
    pub datagrams: u64,
    /// Bytes of those, header lines included.
    pub bytes: u64,
    /// Texts that were shortened; see [`Tally::cut`].
    pub cut: u64,
    /// Calls that were refused; see [`Tally::refused`].
    pub refused: u64,
    /// Segments whose trace, as far as it went through this recorder before they ended, exceeds
    /// [`MAX_TRACE_BYTES`]: the service will not keep it whole.
    pub oversize_traces: u64,
    /// Datagrams counted as sent of which the host learned later that nobody was there; see
    /// [`Transport::lost`](crate::Transport::lost).
    pub lost_datagrams: u64,
}

impl Stats {
    pub(crate) const EMPTY: Self = Self {
        begun: 0,
        sent: 0,
        failed: 0,
        dropped: 0,
        let_go: 0,
        open: 0,
        datagrams: 0,
        bytes: 0,
        cut: 0,
        refused: 0,
        oversize_traces: 0,
        lost_datagrams: 0,
    };
}
