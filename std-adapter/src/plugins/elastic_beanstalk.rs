//! Elastic Beanstalk.

use std::path::PathBuf;

use xray_recorder_core::AwsResource;

use super::error::Reason;
use super::whereabouts::Precedence;
use super::{MAX_ANSWER, Plugin, PluginError, Whereabouts, file, json};

const CONFIGURATION: &str = "/var/elasticbeanstalk/xray/environment.conf";

/// Whether the service runs in an environment of Elastic Beanstalk, by the file that it leaves where X-Ray is enabled:
/// the environment's name, the version's label, and the number of the deployment. Its origin is
/// `AWS::ElasticBeanstalk::Environment`.
///
/// A file that has none of these members is an error.
#[derive(Clone, Debug)]
pub struct ElasticBeanstalk {
    configuration: PathBuf,
}

impl ElasticBeanstalk {
    /// By the file `/var/elasticbeanstalk/xray/environment.conf`.
    #[must_use]
    pub fn new() -> Self {
        Self::at(CONFIGURATION)
    }

    /// By this file.
    #[must_use]
    pub fn at(configuration: impl Into<PathBuf>) -> Self {
        Self { configuration: configuration.into() }
    }
}

impl Default for ElasticBeanstalk {
    fn default() -> Self {
        Self::new()
    }
}

impl Plugin for ElasticBeanstalk {
    fn name(&self) -> &str {
        "ElasticBeanstalk"
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        let Some(content) = file::read(&self.configuration, MAX_ANSWER as u64)? else { return Ok(None) };
        let (mut name, mut label, mut deployment) = (None, None, None);
        json::scalars(&content, |place, value| match place {
            ["environment_name"] => name = Some(value.to_owned()),
            ["version_label"] => label = Some(value.to_owned()),
            ["deployment_id"] => deployment = value.parse().ok(),
            _ => {}
        })
        .map_err(|_| Reason::Malformed("the environment's file"))?;
        let environment = xray_recorder_core::ElasticBeanstalk {
            environment_name: name.as_deref(),
            version_label: label.as_deref(),
            deployment_id: deployment,
        };
        let resource = AwsResource { elastic_beanstalk: Some(environment), ..AwsResource::default() };
        let found = Whereabouts::new(&resource);
        if found == Whereabouts::default() {
            return Err(Reason::Missing("environment_name").into());
        }
        Ok(Some(found.with_origin("AWS::ElasticBeanstalk::Environment").with_precedence(Precedence::ElasticBeanstalk)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::temporary::Folder;
    use super::*;

    fn found(content: &[u8]) -> Result<String, String> {
        let folder = Folder::new();
        let found = ElasticBeanstalk::at(folder.file("environment.conf", content)).find();
        let found = found.map_err(|error| error.to_string())?.expect("a file that is there");
        assert_eq!(found.origin(), Some("AWS::ElasticBeanstalk::Environment"));
        Ok(found.with_resource(|resource| {
            let it = resource.elastic_beanstalk.unwrap();
            format!("{:?} {:?} {:?}", it.environment_name, it.version_label, it.deployment_id)
        }))
    }

    #[test]
    fn an_environment_is_told_by_its_file() {
        let content = br#"{"deployment_id":32,"version_label":"app-\u00e9","environment_name":"shop-env"}"#;
        assert_eq!(found(content).unwrap(), r#"Some("shop-env") Some("app-é") Some(32)"#);
    }

    #[test]
    fn what_is_there_of_an_environment_is_kept() {
        assert_eq!(found(br#"{"version_label":"v1","deployment_id":-1}"#).unwrap(), r#"None Some("v1") None"#);
        assert_eq!(found(br#"{"deployment_id":1,"environment_name":null}"#).unwrap(), "None None Some(1)");
    }

    #[test]
    fn without_the_file_the_service_runs_elsewhere() {
        let folder = Folder::new();
        assert!(ElasticBeanstalk::at(folder.path("environment.conf")).find().unwrap().is_none());
    }

    #[test]
    fn a_file_that_tells_nothing_is_an_error() {
        for content in ["", "garbage", "{\"environment_name\":\"shop", "\u{0}"] {
            assert_eq!(found(content.as_bytes()).unwrap_err(), "the environment's file is not what it should be");
        }
        let huge = format!("{{\"environment_name\":\"{}\"}}", "x".repeat(MAX_ANSWER));
        assert_eq!(found(huge.as_bytes()).unwrap_err(), "the environment's file is not what it should be");
        for content in ["{}", "[]", "1", r#"{"environment_name":""}"#, r#"{"a":{"environment_name":"x"}}"#] {
            assert_eq!(found(content.as_bytes()).unwrap_err(), "`environment_name` is missing", "{content}");
        }
        let folder = Folder::new();
        let error = ElasticBeanstalk::at(folder.itself()).find().unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
    }
}
