//! The flags: error, throttle, fault.

use crate::document::{Member, Room};
use crate::entity::{Entity, kind::Kind};
use crate::error::Full;

impl<K: Kind> Entity<'_, K> {
    /// Says that the caller was at fault: a 4xx. There is always room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_error();
    /// assert!(segment.json().ends_with(r#","error":true}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_error(&mut self) {
        self.count_flags(Self::flag_error);
    }

    /// Says that the caller was throttled: a 429, or an AWS throttling error. That is an error too.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_throttle();
    /// assert!(segment.json().ends_with(r#","error":true,"throttle":true}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_throttle(&mut self) {
        self.count_flags(Self::flag_throttle);
    }

    /// Says that this service, or the one called, was at fault: a 5xx, a panic. There is always room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_fault();
    /// assert!(segment.json().ends_with(r#","fault":true}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_fault(&mut self) {
        self.count_flags(Self::flag_fault);
    }

    /// Sets the flags that follow from an HTTP status: 400 to 499 error, 429 also throttle, 500 to 599 fault, any
    /// other none. The Python SDK sets fault from 600 on as well; Node, Go and Java do not.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.apply_status(503);
    /// assert!(segment.json().ends_with(r#","fault":true}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn apply_status(&mut self, status: u16) {
        self.count_flags(|entity| entity.flag_status(status));
    }

    /// Whether it is flagged as the caller's fault.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.document.has(Member::Error)
    }

    /// Whether it is flagged as the fault of this service, or the one called.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.apply_status(503);
    /// assert!(segment.is_fault() && !segment.is_error());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.document.has(Member::Fault)
    }

    /// Refused only in a document so small that its name took the place of the flags; counted once for all of a call.
    fn count_flags(&mut self, set: impl FnOnce(&mut Self) -> Result<(), Full>) {
        let result = set(self);
        let _ = self.document.counted(result);
    }

    /// The flags of a status, uncounted: for a call that writes more, which is refused and counted where flags are.
    pub(super) fn flag_status(&mut self, status: u16) -> Result<(), Full> {
        match status {
            429 => self.flag_throttle(),
            400..=499 => self.flag_error(),
            500..=599 => self.flag_fault(),
            _ => Ok(()),
        }
    }

    fn flag_error(&mut self) -> Result<(), Full> {
        self.flag(Member::Error, b",\"error\":true")
    }

    fn flag_throttle(&mut self) -> Result<(), Full> {
        self.flag_error()?;
        self.flag(Member::Throttle, b",\"throttle\":true")
    }

    /// Likewise.
    pub(super) fn flag_fault(&mut self) -> Result<(), Full> {
        self.flag(Member::Fault, b",\"fault\":true")
    }

    #[inline(never)]
    fn flag(&mut self, flag: Member, text: &[u8]) -> Result<(), Full> {
        if self.document.has(flag) {
            return Ok(());
        }
        self.document.set_member(flag, 0, Room::Final, |tail| crate::json::raw(tail, text))
    }
}
