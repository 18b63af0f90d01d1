//! Plugins: they find out where a service runs, for the member `aws` of its segments and their origin.
//!
//! | plugin | asks | origin |
//! |---|---|---|
//! | [`ElasticBeanstalk`] | a file of the environment's | `AWS::ElasticBeanstalk::Environment` |
//! | [`Eks`] | the pod's own files | `AWS::EKS::Container` |
//! | [`Ecs`] | the task metadata endpoint | `AWS::ECS::Container` |
//! | [`Ec2`] | the instance metadata service | `AWS::EC2::Instance` |
//!
//! A service that runs in several of them, as a container runs on an instance, has the data of all and the origin of
//! the first in this table. What a plugin of the user's own says comes before all of them; see [`Whereabouts::merge`].
//!
//! ```
//! use xray_recorder::AwsResource;
//! use xray_recorder::plugins::{ElasticBeanstalk, Plugin, PluginError, Whereabouts};
//!
//! struct Rack(&'static str);
//!
//! impl Plugin for Rack {
//!     fn name(&self) -> &str {
//!         "rack"
//!     }
//!     fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
//!         let resource = AwsResource { account_id: Some(self.0), ..AwsResource::default() };
//!         Ok(Some(Whereabouts::new(&resource).with_origin("Acme::Rack")))
//!     }
//! }
//!
//! let plugins: [&dyn Plugin; 2] = [&ElasticBeanstalk::at("/no/such/file"), &Rack("123456789012")];
//! let answers = plugins.iter().filter_map(|plugin| plugin.find().ok().flatten());
//! let found = Whereabouts::merge(answers);
//! assert_eq!(found.origin(), Some("Acme::Rack"));
//! found.with_resource(|resource| assert_eq!(resource.account_id, Some("123456789012")));
//! ```

mod arn;
mod container;
mod ec2;
mod ecs;
mod eks;
mod elastic_beanstalk;
mod error;
mod file;
mod found;
mod json;
mod whereabouts;

use std::sync::Arc;
use std::time::Duration;

pub use self::ec2::Ec2;
pub use self::ecs::Ecs;
pub use self::eks::Eks;
pub use self::elastic_beanstalk::ElasticBeanstalk;
pub use self::error::PluginError;
pub(crate) use self::found::Found;
pub use self::whereabouts::Whereabouts;

/// How long a plugin's calls take at most, all together.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes of the longest answer of a metadata endpoint.
const MAX_ANSWER: usize = 64 * 1024;

/// All plugins of this crate: those that find nothing cost nothing but a question each.
#[must_use]
pub fn all() -> [Box<dyn Plugin>; 4] {
    [Box::new(ElasticBeanstalk::new()), Box::new(Eks::new()), Box::new(Ecs::new()), Box::new(Ec2::new())]
}

/// Finds out where a service runs.
pub trait Plugin: Send + Sync {
    /// What the log calls it.
    fn name(&self) -> &str;

    /// Where the service runs; none where it does not run in what this plugin knows.
    ///
    /// It is called once, on a thread of its own, so it may block; those of this crate do for a second at most.
    ///
    /// # Errors
    ///
    /// [`PluginError`] when it might run there, but nothing could be learnt. It is logged, and there are no data then.
    fn find(&self) -> Result<Option<Whereabouts>, PluginError>;
}

macro_rules! by_reference {
    ($($pointer:ty),*) => {
        $(
            impl<P: Plugin + ?Sized> Plugin for $pointer {
                fn name(&self) -> &str {
                    (**self).name()
                }

                fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
                    (**self).find()
                }
            }
        )*
    };
}

by_reference!(Arc<P>, Box<P>);
