use super::*;

fn instance(id: &str) -> Whereabouts {
    let ec2 = Ec2 { instance_id: Some(id), ..Ec2::default() };
    Whereabouts::new(&AwsResource { ec2: Some(ec2), account_id: Some(id), ..AwsResource::default() })
}

fn logging_to(groups: &[(&str, Option<&str>)]) -> Whereabouts {
    let groups: Vec<_> = groups.iter().map(|(log_group, arn)| LogGroup { log_group, arn: *arn }).collect();
    Whereabouts::new(&AwsResource { cloudwatch_logs: &groups, ..AwsResource::default() })
}

fn groups(found: &Whereabouts) -> Vec<(String, Option<String>)> {
    let owned = |group: &LogGroup<'_>| (group.log_group.to_owned(), group.arn.map(str::to_owned));
    found.with_resource(|resource| resource.cloudwatch_logs.iter().map(owned).collect())
}

#[test]
fn what_is_copied_is_what_was_said() {
    let groups = [LogGroup { log_group: "g", arn: Some("arn:g") }, LogGroup { log_group: "h", arn: None }];
    let resource = AwsResource {
        account_id: Some("a"),
        xray: None,
        ec2: Some(Ec2 {
            instance_id: Some("b"),
            availability_zone: Some("c"),
            instance_size: Some("d"),
            ami_id: Some("e"),
        }),
        ecs: Some(Ecs {
            container: Some("f"),
            container_id: Some("g"),
            container_arn: Some("h"),
            task_arn: Some("i"),
            task_family: Some("j"),
            cluster_arn: Some("k"),
            launch_type: Some("l"),
            availability_zone: Some("m"),
        }),
        eks: Some(Eks { pod: Some("n"), cluster_name: Some("o"), container_id: Some("p") }),
        elastic_beanstalk: Some(ElasticBeanstalk {
            environment_name: Some("q"),
            version_label: Some("r"),
            deployment_id: Some(7),
        }),
        cloudwatch_logs: &groups,
    };
    let copied = Whereabouts::new(&resource).with_resource(|copied| format!("{copied:?}"));
    assert_eq!(copied, format!("{resource:?}"));
    let nothing = Whereabouts::default().with_resource(|nothing| format!("{nothing:?}"));
    assert_eq!(nothing, format!("{:?}", AwsResource::default()));
}

#[test]
fn empty_texts_are_none_and_a_block_of_nothing_else_is_none() {
    let resource = AwsResource {
        account_id: Some(""),
        ec2: Some(Ec2 { instance_id: Some(""), ..Ec2::default() }),
        eks: Some(Eks::default()),
        cloudwatch_logs: &[LogGroup { log_group: "", arn: Some("a") }],
        ..AwsResource::default()
    };
    assert_eq!(Whereabouts::new(&resource).with_origin(""), Whereabouts::default());
}

#[test]
fn the_origin_is_of_the_users_own_in_their_order_and_then_of_the_innermost() {
    use Precedence::{Ec2, Ecs, Eks, ElasticBeanstalk, Own};
    let said = |precedence: Precedence, origin: &'static str| {
        Whereabouts::default().with_origin(origin).with_precedence(precedence)
    };
    let all = [
        said(Ec2, "4"),
        said(Own, ""),
        said(Ecs, "3"),
        said(Own, "b"),
        said(Eks, "2"),
        said(Own, "a"),
        said(ElasticBeanstalk, "1"),
    ];
    let mut all = all.to_vec();
    for expected in ["b", "a", "1", "2", "3", "4"] {
        let merged = Whereabouts::merge(all.clone());
        assert_eq!(merged.origin(), Some(expected));
        all.reverse();
        if !["b", "a"].contains(&expected) {
            assert_eq!(Whereabouts::merge(all.clone()).origin(), Some(expected));
        }
        all.reverse();
        all.retain(|found| found.origin() != Some(expected));
    }
    assert_eq!(Whereabouts::merge(all).origin(), None);
    assert_eq!(Whereabouts::merge([]), Whereabouts::default());
}

#[test]
fn each_member_is_of_the_first_who_has_it_and_never_of_two() {
    let zone = Ec2 { availability_zone: Some("z"), ..Ec2::default() };
    let zone = Whereabouts::new(&AwsResource { ec2: Some(zone), ..AwsResource::default() });
    let built_in = instance("i-1").with_origin("AWS::EC2::Instance").with_precedence(Precedence::Ec2);
    Whereabouts::merge([built_in, zone]).with_resource(|resource| {
        let ec2 = resource.ec2.unwrap();
        assert_eq!((ec2.instance_id, ec2.availability_zone), (None, Some("z")));
        assert_eq!(resource.account_id, Some("i-1"));
    });
}

#[test]
fn log_groups_are_those_of_all_each_once_up_to_four() {
    let merged = Whereabouts::merge([
        logging_to(&[("a", None), ("b", Some("arn:b")), ("a", Some("arn:a"))]),
        logging_to(&[("b", Some("arn:other")), ("c", None)]),
    ]);
    let said = |name: &str, arn: Option<&str>| (name.to_owned(), arn.map(str::to_owned));
    assert_eq!(groups(&merged), [said("a", Some("arn:a")), said("b", Some("arn:b")), said("c", None)]);

    let names: Vec<_> = (0..20).map(|number| format!("g{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
    let kept = groups(&Whereabouts::merge([logging_to(&[("first", None)]), logging_to(&many)]));
    assert_eq!((kept.len(), kept[0].0.as_str(), kept[3].0.as_str()), (4, "first", "g2"));
}
