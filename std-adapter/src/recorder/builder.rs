//! How a recorder is made.

use std::fmt;
use std::sync::Mutex;

use xray_recorder_core::{Clock, Embed, MAX_CAPACITY, Rng, Transport};

use super::shared::{Randomness, Shared, Time};
use super::sink::Erased;
use super::{Recorder, counters::Shards, local::Spill};
use crate::environment::Environment;
use crate::host::{DaemonAddress, InvalidDaemonAddress, UdpTransport};

/// Capacities that were measured to do best: the kernel's memory for a datagram goes in steps up to 16 KiB, so that a
/// default receive buffer holds as many of 16 as of 8 KiB. macOS sends 9,216 bytes at most by default.
const SEGMENT_CAPACITY: usize = if cfg!(target_vendor = "apple") { 8_192 } else { 16_384 };
const SUBSEGMENT_CAPACITY: usize = 4_096;

/// The smallest capacity of a server's document.
const MIN_CAPACITY: usize = 1_024;

/// What a recorder is made of. The environment wins over what is said here; see [`environment`](crate::environment).
///
/// ```
/// use xray_recorder::{Embed, Recorder};
///
/// let recorder = Recorder::builder().service("checkout").embed(Embed::AtMost(30)).build()?;
/// assert_eq!(recorder.service(), "checkout");
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct Builder<T = ToDaemon> {
    environment: Environment,
    transport: T,
    service: Option<String>,
    time: Time,
    randomness: Randomness,
    embed: Embed,
    capacities: [usize; 2],
    describe_sdk: bool,
}

/// A builder's transport: UDP to the daemon, wherever that listens.
#[derive(Debug)]
pub struct ToDaemon(Option<DaemonAddress>);

/// A builder's transport: one of the caller's, which the environment's daemon address does not concern.
#[derive(Debug)]
pub struct Own<T>(T);

impl Builder<ToDaemon> {
    pub(super) fn new() -> Self {
        Self {
            environment: Environment::read(),
            transport: ToDaemon(None),
            service: None,
            time: Time::System,
            randomness: Randomness::System,
            embed: Embed::IfFits,
            capacities: [SEGMENT_CAPACITY, SUBSEGMENT_CAPACITY],
            describe_sdk: true,
        }
    }

    /// Where the daemon listens, unless `AWS_XRAY_DAEMON_ADDRESS` says otherwise.
    pub fn daemon_address(self, address: DaemonAddress) -> Self {
        Self { transport: ToDaemon(Some(address)), ..self }
    }

    /// Makes the recorder.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: an address in the environment that does not parse, or a capacity out of range.
    pub fn build(mut self) -> Result<Recorder<UdpTransport>, BuildError> {
        let said = self.environment.daemon_address.take().transpose().map_err(BuildError::DaemonAddress)?;
        self.check()?;
        Ok(self.build_to(said))
    }

    pub(super) fn build_or_default(mut self) -> Recorder<UdpTransport> {
        let said = self.environment.daemon_address.take();
        let usable = said.and_then(|address| {
            address.inspect_err(|error| log::warn!("AWS_XRAY_DAEMON_ADDRESS: {error}; the default is used")).ok()
        });
        self.build_to(usable)
    }

    fn build_to(mut self, said: Option<DaemonAddress>) -> Recorder<UdpTransport> {
        let address = said.or(self.transport.0.take()).unwrap_or_default();
        self.finish(UdpTransport::to(&address))
    }
}

impl<T> Builder<Own<T>>
where
    T: Send + Sync + 'static,
    for<'t> &'t T: Transport,
{
    /// Makes the recorder.
    ///
    /// # Errors
    ///
    /// [`BuildError::Capacity`].
    pub fn build(self) -> Result<Recorder<T>, BuildError> {
        self.check()?;
        let (rest, Own(transport)) = self.split();
        Ok(rest.finish(transport))
    }
}

impl<T> Builder<T> {
    /// The name of the service, unless `AWS_XRAY_TRACING_NAME` says otherwise; see [`Recorder::service`].
    pub fn service(self, name: impl Into<String>) -> Self {
        Self { service: Some(name.into()), ..self }
    }

    /// Another transport than UDP to the daemon. Threads share it, so it is `&Mine` that sends;
    /// [`Locked`](crate::Locked) makes any transport one that can be shared. One that panics fails the document.
    ///
    /// ```
    /// use std::sync::mpsc::{Sender, channel};
    /// use xray_recorder::embedded_io::{ErrorKind, ErrorType};
    /// use xray_recorder::{Recorder, Transport};
    ///
    /// struct ToThread(Sender<Vec<u8>>);
    /// impl ErrorType for &ToThread {
    ///     type Error = ErrorKind;
    /// }
    /// impl Transport for &ToThread {
    ///     fn send(&mut self, datagram: &[u8]) -> Result<(), ErrorKind> {
    ///         self.0.send(datagram.to_vec()).map_err(|_| ErrorKind::BrokenPipe)
    ///     }
    /// }
    ///
    /// let (sender, receiver) = channel();
    /// let recorder = Recorder::builder().transport(ToThread(sender)).build()?;
    /// recorder.begin_segment("checkout").end();
    /// assert!(receiver.recv().unwrap().starts_with(b"{\"format\":\"json\",\"version\":1}\n{\"trace_id\":\"1-"));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn transport<O>(self, transport: O) -> Builder<Own<O>>
    where
        O: Send + Sync + 'static,
        for<'t> &'t O: Transport,
    {
        let (rest, _) = self.split();
        rest.with(Own(transport))
    }

    /// Another clock than the system's: for tests.
    pub fn clock(self, clock: impl Clock + Send + Sync + 'static) -> Self {
        Self { time: Time::Custom(Box::new(clock)), ..self }
    }

    /// Another source of randomness than the operating system's: for tests. It is behind a lock.
    pub fn rng(self, rng: impl Rng + Send + 'static) -> Self {
        Self { randomness: Randomness::Custom(Mutex::new(Box::new(rng))), ..self }
    }

    /// When subsegments are embedded in their parent's document; [`Embed::IfFits`] unless this says otherwise.
    pub fn embed(self, embed: Embed) -> Self {
        Self { embed, ..self }
    }

    /// Capacities of the documents of segments and subsegments in bytes, between 1,024 and 65,507; 16,384 and 4,096
    /// unless this says otherwise. They are rounded up to a power of two, or to 65,507.
    pub fn capacities(self, segment: usize, subsegment: usize) -> Self {
        Self { capacities: [segment, subsegment], ..self }
    }

    /// Whether segments say which SDK and runtime made them, in `aws.xray` and `service`, 130 bytes each; they do
    /// unless this says otherwise.
    pub fn describe_sdk(self, describe: bool) -> Self {
        Self { describe_sdk: describe, ..self }
    }

    fn split(self) -> (Builder<()>, T) {
        let Self { environment, transport, service, time, randomness, embed, capacities, describe_sdk } = self;
        (Builder { environment, transport: (), service, time, randomness, embed, capacities, describe_sdk }, transport)
    }

    fn with<O>(self, transport: O) -> Builder<O> {
        let Self { environment, transport: _, service, time, randomness, embed, capacities, describe_sdk } = self;
        Builder { environment, transport, service, time, randomness, embed, capacities, describe_sdk }
    }

    fn check(&self) -> Result<(), BuildError> {
        match self.capacities.iter().find(|capacity| !(MIN_CAPACITY..=MAX_CAPACITY).contains(capacity)) {
            Some(&capacity) => Err(BuildError::Capacity(capacity)),
            None => Ok(()),
        }
    }

    fn finish<O>(self, transport: O) -> Recorder<O>
    where
        O: Send + Sync + 'static,
        for<'t> &'t O: Transport,
    {
        let sink: &'static Erased<O> = Box::leak(Box::new(Erased::new(transport)));
        let service = self.environment.tracing_name.or(self.service).unwrap_or_else(|| "service".to_owned());
        let shared = Box::leak(Box::new(Shared {
            sink,
            time: self.time,
            randomness: self.randomness,
            embed: self.embed,
            capacities: self.capacities,
            service,
            describe_sdk: self.describe_sdk,
            shards: Shards::default(),
            spill: Spill::default(),
            free_slots: Mutex::default(),
            told: Default::default(),
        }));
        Recorder { shared, transport: &sink.transport }
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("service", &self.service)
            .field("embed", &self.embed)
            .field("capacities", &self.capacities)
            .finish_non_exhaustive()
    }
}

/// A recorder could not be made as told.
///
/// ```
/// use xray_recorder::{BuildError, Recorder};
///
/// let error = Recorder::builder().capacities(70_000, 4_096).build().unwrap_err();
/// assert_eq!(error, BuildError::Capacity(70_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// `AWS_XRAY_DAEMON_ADDRESS` does not parse.
    DaemonAddress(InvalidDaemonAddress),
    /// A capacity is not between 1,024 and 65,507.
    Capacity(usize),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DaemonAddress(error) => write!(f, "AWS_XRAY_DAEMON_ADDRESS: {error}"),
            Self::Capacity(capacity) => {
                write!(f, "a document of {capacity} bytes: capacities are {MIN_CAPACITY} to {MAX_CAPACITY}")
            }
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::DaemonAddress(error) => Some(error),
            Self::Capacity(_) => None,
        }
    }
}
