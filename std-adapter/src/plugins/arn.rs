//! Names of resources: `arn:aws:ecs:eu-west-1:123456789012:task/…`

/// What stands before the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    /// `aws`, or `aws-cn`, for example.
    partition: &'a str,
    region: &'a str,
    pub(super) account: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let (partition, _service) = (parts.next()?, parts.next()?);
        let (region, account, _resource) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = ![partition, region, account].contains(&"");
        is_whole.then_some(Self { partition, region, account })
    }

    /// A log group of this account, in this region or another.
    pub(super) fn log_group(self, region: Option<&str>, name: &str) -> String {
        let region = region.unwrap_or(self.region);
        format!("arn:{}:logs:{region}:{}:log-group:{name}", self.partition, self.account)
    }

    /// A cluster of ECS.
    pub(super) fn cluster(self, name: &str) -> String {
        format!("arn:{}:ecs:{}:{}:cluster/{name}", self.partition, self.region, self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_an_account_leads_to_others_of_it() {
        let arn = Arn::parse("arn:aws-cn:ecs:cn-north-1:123456789012:task/shop/8f03e41:x").unwrap();
        assert_eq!(arn.account, "123456789012");
        assert_eq!(
            arn.log_group(Some("cn-northwest-1"), "/shop"),
            "arn:aws-cn:logs:cn-northwest-1:123456789012:log-group:/shop"
        );
        assert_eq!(arn.log_group(None, "a"), "arn:aws-cn:logs:cn-north-1:123456789012:log-group:a");
        assert_eq!(arn.cluster("shop"), "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/shop");
    }

    #[test]
    fn what_lacks_a_region_or_an_account_is_none() {
        for text in ["", "arn", "shop", "arn:aws:ecs:eu-west-1:123456789012", "arn:aws:s3:::bucket", "arn:::::x"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
