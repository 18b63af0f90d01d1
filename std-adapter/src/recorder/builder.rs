//! How a recorder is made.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use xray_recorder_core::{Clock, Embed, MAX_CAPACITY, Rng, RulesError, Transport};

use super::naming::{Dynamic, Naming};
use super::progress::Progress;
use super::settings::Settings;
use super::shared::{Randomness, Shared, Time};
use super::sink::Erased;
use super::{Recorder, counters::Shards, local::Spill};
use crate::current::ContextMissing;
use crate::environment::Environment;
use crate::host::{DaemonAddress, InvalidDaemonAddress, UdpTransport};
use crate::journal;
use crate::lambda::{Invocation, Lambda, leave_marker};
use crate::plugins::{Found, Plugin};
use crate::sampling::{Central, KeepWhatWentWrong, Keeper, Own as OwnSampler, Rules, Sampler, Sampling, ServerRules};

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
    transport: T,
    choices: Choices,
}

/// All that does not depend on the transport.
struct Choices {
    environment: Environment,
    service: Option<String>,
    dynamic: Option<Dynamic>,
    time: Time,
    randomness: Randomness,
    embed: Option<Embed>,
    enabled: bool,
    invocation: Option<Invocation>,
    in_progress_after: Option<Duration>,
    sampling: bool,
    sampler: Option<OwnSampler>,
    rules: Option<Box<ServerRules>>,
    fallback: Option<Box<ServerRules>>,
    sampling_service: Option<DaemonAddress>,
    keeper: Option<Keeper>,
    plugins: Vec<Box<dyn Plugin>>,
    settings: Settings,
}

/// A builder's transport: UDP to the daemon, wherever that listens.
#[derive(Debug)]
pub struct ToDaemon(Option<DaemonAddress>);

/// A builder's transport: one of the caller's, which the environment's daemon address does not concern.
#[derive(Debug)]
pub struct Own<T>(T);

impl Builder<ToDaemon> {
    pub(super) fn new() -> Self {
        let choices = Choices {
            environment: Environment::read(),
            service: None,
            dynamic: None,
            time: Time::System,
            randomness: Randomness::System,
            embed: None,
            enabled: true,
            invocation: None,
            in_progress_after: None,
            sampling: true,
            sampler: None,
            rules: None,
            fallback: None,
            sampling_service: None,
            keeper: None,
            plugins: Vec::new(),
            settings: Settings::default(),
        };
        Self { transport: ToDaemon(None), choices }
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
        let said = self.choices.environment.daemon_address.take().transpose().map_err(BuildError::DaemonAddress)?;
        self.check()?;
        Ok(self.build_to(said))
    }

    pub(super) fn build_or_default(mut self) -> Recorder<UdpTransport> {
        let said = self.choices.environment.daemon_address.take();
        let usable = said.and_then(|address| {
            address
                .inspect_err(|error| {
                    journal::warn(format_args!("AWS_XRAY_DAEMON_ADDRESS: {error}; the default is used"));
                })
                .ok()
        });
        self.build_to(usable)
    }

    fn build_to(mut self, said: Option<DaemonAddress>) -> Recorder<UdpTransport> {
        let address = said.or(self.transport.0.take()).unwrap_or_default();
        let transport = UdpTransport::to(&address);
        let service = self.choices.sampling_service.take().unwrap_or(address);
        self.choices.finish(transport, Some(service))
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
    pub fn build(mut self) -> Result<Recorder<T>, BuildError> {
        self.check()?;
        let service = self.choices.sampling_service.take();
        Ok(self.choices.finish(self.transport.0, service))
    }
}

impl<T> Builder<T> {
    /// The name of the service, unless `AWS_XRAY_TRACING_NAME` says otherwise; see [`Recorder::service`].
    pub fn service(self, name: impl Into<String>) -> Self {
        self.choosing(|choices| choices.service = Some(name.into()))
    }

    /// Segments that serve requests are called by the host that was asked for, where that matches this pattern of `*` and
    /// `?`, in any case and with its port; see [`Recorder::segment_name`]. Hosts that do not match get the service's name,
    /// as a caller can send any.
    pub fn dynamic_naming(self, pattern: impl Into<String>) -> Self {
        self.choosing(|choices| choices.dynamic = Some(Dynamic::Pattern(pattern.into())))
    }

    /// The same by a function of the host: `None` is the service's name.
    pub fn name_by(self, name: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.choosing(|choices| choices.dynamic = Some(Dynamic::Custom(Box::new(name))))
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
        Builder { transport: Own(transport), choices: self.choices }
    }

    /// Another clock than the system's: for tests.
    pub fn clock(self, clock: impl Clock + Send + Sync + 'static) -> Self {
        self.choosing(|choices| choices.time = Time::Custom(Box::new(clock)))
    }

    /// Another source of randomness than the operating system's: for tests. It is behind a lock.
    pub fn rng(self, rng: impl Rng + Send + 'static) -> Self {
        self.choosing(|choices| choices.randomness = Randomness::Custom(Mutex::new(Box::new(rng))))
    }

    /// When subsegments are embedded in their parent's document: unless this says otherwise [`Embed::IfFits`], and in
    /// Lambda [`Embed::Never`]. The Python SDK's `streaming_threshold=n` is `Embed::AtMost(n)`.
    pub fn embed(self, embed: Embed) -> Self {
        self.choosing(|choices| choices.embed = Some(embed))
    }

    /// Capacities of the documents of segments and subsegments in bytes, between 1,024 and 65,507; 16,384 and 4,096
    /// unless this says otherwise. They are rounded up to a power of two, or to 65,507.
    pub fn capacities(self, segment: usize, subsegment: usize) -> Self {
        self.choosing(|choices| choices.settings.capacities = [segment, subsegment])
    }

    /// Whether segments say which SDK and runtime made them, in `aws.xray` and `service`, 130 bytes each; they do
    /// unless this says otherwise.
    pub fn describe_sdk(self, describe: bool) -> Self {
        self.choosing(|choices| choices.settings.describe_sdk = describe)
    }

    /// What calls do that need a current entity where there is none, unless `AWS_XRAY_CONTEXT_MISSING` says otherwise.
    /// Calls that are not made on a recorder follow the global one's. In Lambda there is always a context to come.
    pub fn context_missing(self, strategy: ContextMissing) -> Self {
        self.choosing(|choices| choices.settings.context_missing = strategy)
    }

    /// Whether anything is recorded, unless `AWS_XRAY_SDK_ENABLED` says otherwise; see [`Recorder::set_enabled`].
    pub fn enabled(self, enabled: bool) -> Self {
        self.choosing(|choices| choices.enabled = enabled)
    }

    /// Whether the statement of a query is recorded, its literals redacted; it is unless this says otherwise. Server,
    /// user and time of the query are recorded either way.
    pub fn stream_sql(self, stream: bool) -> Self {
        self.choosing(|choices| choices.settings.stream_sql = stream)
    }

    /// How many frames of a backtrace are recorded with an exception, 10 unless this says otherwise; 0 is none.
    pub fn max_trace_back(self, frames: usize) -> Self {
        self.choosing(|choices| choices.settings.max_trace_back = frames)
    }

    /// Whether an exception has the frames of where it is recorded, without being handed a backtrace. It does not unless
    /// this says so: capturing one takes from microseconds to milliseconds, and memory.
    pub fn capture_backtraces(self, capture: bool) -> Self {
        self.choosing(|choices| choices.settings.backtraces = capture)
    }

    /// Sends each entity that is open for longer than this once in progress, so that X-Ray shows it before it ends. A
    /// thread looks after them four times in that time. Off unless this is called; it costs each entity a lock that is
    /// free, so that the thread can look at its document.
    pub fn in_progress_after(self, age: Duration) -> Self {
        self.choosing(|choices| choices.in_progress_after = Some(age))
    }

    /// Who decides which segments are recorded, where header and program leave it open. What the sampler leaves open, rules
    /// decide: those of [`Builder::sampling_rules`], or over UDP to the daemon those of the service; with a transport of
    /// one's own everything is recorded then.
    pub fn sampler(self, sampler: impl Sampler + 'static) -> Self {
        self.choosing(|choices| choices.sampler = Some(OwnSampler::new(sampler)))
    }

    /// Whom to ask for the service's rules: over UDP to the daemon that is the daemon, and with a transport of one's own
    /// nobody, unless this says so. Of the address only [`DaemonAddress::tcp`] is used.
    ///
    /// The first decision that needs rules starts the thread that asks for them. It lasts as long as the process, as the
    /// recorder does, and asks nothing while that is disabled. Until there are rules, and when the last are an hour old, one
    /// request of each second is recorded, and one in twenty of the others, as with all official SDKs; see
    /// [`Builder::fallback_sampling_rules`]. Nobody is asked in Lambda.
    pub fn sampling_service(self, address: DaemonAddress) -> Self {
        self.choosing(|choices| choices.sampling_service = Some(address))
    }

    /// Rules of one's own, as a document of version 1 or 2: instead of the service's, which are not asked for then. At most
    /// 256 rules, whose patterns take 16 KiB. The file is read by the caller.
    ///
    /// # Errors
    ///
    /// [`BuildError::SamplingRules`] says which rule is wrong and why.
    pub fn sampling_rules<J: AsRef<[u8]> + ?Sized>(self, json: &J) -> Result<Self, BuildError> {
        let rules = ServerRules::parse(json).map_err(BuildError::SamplingRules)?;
        Ok(self.choosing(|choices| choices.rules = Some(Box::new(rules))))
    }

    /// The same for the time in which the service's rules are not there: before the first answer, and an hour after the last.
    ///
    /// # Errors
    ///
    /// [`BuildError::SamplingRules`] says which rule is wrong and why.
    pub fn fallback_sampling_rules<J: AsRef<[u8]> + ?Sized>(self, json: &J) -> Result<Self, BuildError> {
        let rules = ServerRules::parse(json).map_err(BuildError::SamplingRules)?;
        Ok(self.choosing(|choices| choices.fallback = Some(Box::new(rules))))
    }

    /// Whether anything is left out at all, where header and program leave it open; it is unless this says otherwise.
    /// `false` records everything: neither sampler nor rules are asked.
    pub fn sampling(self, sampling: bool) -> Self {
        self.choosing(|choices| choices.sampling = sampling)
    }

    /// Records segments that are not sampled all the same, and sends those that went wrong. The services that are called
    /// see `Sampled=0`, so that of the trace there is this segment alone. Off unless this is called.
    ///
    /// It costs each request that is not sampled what one that is costs, without the system call: about two microseconds
    /// with ten subsegments, and their documents while they are open. A subsegment that finds no room in its segment is
    /// dropped, and counted. What went well is counted in [`Stats::let_go`](crate::Stats), and so is a subsegment that ends
    /// after its segment, whatever became of that. It is the segment that has to go wrong: a subsegment's fault alone does
    /// not keep it. In Lambda, where the segment is Lambda's, this does nothing.
    ///
    /// Where the service boosts a rule's rate when requests go wrong, this lets it hear of those that are not sampled, too.
    pub fn keep_what_went_wrong(self, keep: KeepWhatWentWrong) -> Self {
        self.choosing(|choices| choices.keeper = Some(Keeper::new(keep)))
    }

    /// Asks a plugin where the service runs, for the segments' `aws` and `origin`. It is asked once, on a thread of its own,
    /// when the recorder is made, or enabled for the first time; segments that begin before it has answered say what is known
    /// by then. In Lambda none is asked. See [`plugins`](crate::plugins).
    pub fn plugin(self, plugin: impl Plugin + 'static) -> Self {
        self.choosing(|choices| choices.plugins.push(Box::new(plugin)))
    }

    /// The same of several, such as [`plugins::all`](crate::plugins::all).
    pub fn plugins(self, plugins: impl IntoIterator<Item = Box<dyn Plugin>>) -> Self {
        self.choosing(|choices| choices.plugins.extend(plugins))
    }

    /// Takes this process for a Lambda function, as `LAMBDA_TASK_ROOT` does by itself: subsegments only, each in a
    /// datagram of its own, under the segment that `trace_header` names, which is asked for each subsegment that begins
    /// without a current entity. By itself it is `_X_AMZN_TRACE_ID`, where that is no matter of several invocations.
    pub fn in_lambda(self, trace_header: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.choosing(|choices| choices.invocation = Some(Box::new(trace_header)))
    }

    /// Lets no variable of the environment have a say: for tests, which are to do the same everywhere.
    pub fn ignore_environment(self) -> Self {
        self.choosing(|choices| choices.environment = Environment::default())
    }

    fn choosing(mut self, choose: impl FnOnce(&mut Choices)) -> Self {
        choose(&mut self.choices);
        self
    }

    fn check(&self) -> Result<(), BuildError> {
        let capacities = &self.choices.settings.capacities;
        match capacities.iter().find(|capacity| !(MIN_CAPACITY..=MAX_CAPACITY).contains(capacity)) {
            Some(&capacity) => Err(BuildError::Capacity(capacity)),
            None => Ok(()),
        }
    }
}

impl Choices {
    fn finish<O>(self, transport: O, service: Option<DaemonAddress>) -> Recorder<O>
    where
        O: Send + Sync + 'static,
        for<'t> &'t O: Transport,
    {
        let Self { environment, invocation, mut settings, .. } = self;
        let lambda = match (environment.lambda, invocation) {
            (_, Some(invocation)) => Some(Lambda::new(Some(invocation))),
            (Some(lambda), None) => {
                leave_marker();
                let invocation: Invocation = Box::new(Environment::invocation);
                Some(Lambda::new((!lambda.concurrent).then_some(invocation)))
            }
            (None, None) => None,
        };
        settings.embed = self.embed.unwrap_or(if lambda.is_some() { Embed::Never } else { Embed::IfFits });
        settings.context_missing = environment.context_missing.unwrap_or(settings.context_missing);
        settings.noop_ids_are_random = environment.noop_ids_are_random;
        settings.enabled_by_environment = environment.enabled.is_some();
        let name = environment.tracing_name.or(self.service).unwrap_or_else(|| "service".to_owned());
        let rules = match (self.rules, service) {
            _ if !self.sampling || lambda.is_some() => Rules::Everything,
            (Some(rules), _) => Rules::local(*rules),
            (None, Some(service)) => {
                let fallback = self.fallback.map_or_else(ServerRules::new, |fallback| *fallback);
                Rules::Central(Box::new(Central::new(service, fallback)))
            }
            (None, None) => self.fallback.map_or(Rules::Everything, |fallback| Rules::local(*fallback)),
        };
        let sampling = Sampling { own: self.sampler.filter(|_| self.sampling), rules };
        let plugins = if lambda.is_some() { Vec::new() } else { self.plugins };

        let sink: &'static Erased<O> = Box::leak(Box::new(Erased::new(transport)));
        let is_random = matches!(self.randomness, Randomness::System);
        let shared: &'static Shared = Box::leak(Box::new(Shared {
            sink,
            threads: (!is_random).then(Default::default),
            time: self.time,
            randomness: self.randomness,
            settings,
            naming: Naming { service: name, dynamic: self.dynamic },
            lambda,
            sampling,
            keeper: self.keeper,
            found: Found::of(plugins.len()),
            plugins: Mutex::new(plugins),
            enabled: Default::default(),
            plain: Default::default(),
            progress: Progress::after(self.in_progress_after),
            shards: Shards::default(),
            spill: Spill::default(),
            free_slots: Mutex::default(),
            told: Default::default(),
        }));
        shared.enable(environment.enabled.unwrap_or(self.enabled));
        shared.show_progress();
        Recorder { shared, transport: &sink.transport }
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("service", &self.choices.service)
            .field("embed", &self.choices.embed)
            .field("settings", &self.choices.settings)
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
    /// Sampling rules that cannot be read.
    SamplingRules(RulesError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DaemonAddress(error) => write!(f, "AWS_XRAY_DAEMON_ADDRESS: {error}"),
            Self::SamplingRules(error) => fmt::Display::fmt(error, f),
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
            Self::SamplingRules(error) => Some(error),
            Self::Capacity(_) => None,
        }
    }
}
