//! What the Python SDK was told: names, annotations, metadata, blocks.

use std::collections::BTreeSet;

use conformance::Teller;
use serde::Serialize;
use serde_json::json;
use xray_recorder::{HttpResponse, Namespace, OutgoingRequest, Sql};

stories! {
    the_python_story_of_annotations_metadata_and_a_user_has_the_same_structure:
        "py03_annotations_metadata_user" => annotations_metadata_and_user;
    the_python_story_of_http_statuses_has_the_same_structure: "py05_http_status_flags" => http_statuses;
    the_python_story_of_names_with_other_characters_has_the_same_structure: "py11_name_sanitise" => names;
    the_python_story_of_an_ecs_container_has_the_same_structure: "py17_ecs_plugin" => ecs_container;
    the_python_story_of_a_database_has_the_same_structure: "py14_sqlite" => database;
    the_python_story_of_central_sampling_has_the_same_structure: "py21_centralized_sampling" => central_sampling;
    the_python_story_of_odd_metadata_has_the_same_structure: "py20_nonserialisable" => odd_metadata;
}

/// An object or nothing cannot be an annotation with us, as the types say; the two bad keys and the reserved namespace
/// are refused when the program runs.
fn annotations_metadata_and_user(teller: &Teller) {
    let mut segment = teller.recorder().begin_segment("root");
    segment.put_annotation("str", "v").put_annotation("i", 7).put_annotation("f", 1.5).put_annotation("t", true);
    segment.put_annotation("zero", 0).put_annotation("empty", "");
    segment.put_annotation("bad-key", "x").put_annotation("bad key", "x");
    segment.put_annotation("str", "v2");
    segment.put_metadata("k", &json!({"a": [1, 2, null], "b": {"c": true}})).put_metadata_in("ns", "k2", "x");
    segment.put_metadata_in("AWS.reserved", "k3", "x").put_metadata("none", &None::<u8>);
    segment.set_user("U12345");
    segment.end();
    assert_eq!(teller.recorder().stats().refused, 3);
}

fn http_statuses(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    for status in [200, 302, 400, 404, 429, 499, 500, 503] {
        segment.in_subsegment(&format!("s{status}"), |call| {
            call.set_namespace(Namespace::Remote);
            call.set_http_request(&OutgoingRequest {
                url: Some("http://h/p"),
                method: Some("GET"),
                ..OutgoingRequest::default()
            });
            call.set_http_response(&HttpResponse { status: Some(status), content_length: Some(5) });
        });
    }
}

fn names(teller: &Teller) {
    let segment = teller.recorder().begin_segment("DogTable?a=b;c*(d)!$~^<>e");
    segment.begin_subsegment(r"a b_.:/%&#=+\-@é漢").end();
    segment.end();
    assert_eq!(teller.recorder().stats().cut, 1);
}

/// What a plugin finds out, given by hand.
fn ecs_container(teller: &Teller) {
    let mut segment = teller.recorder().begin_segment("x");
    segment.put_aws("ecs", &json!({"container": "host1"})).set_origin("AWS::ECS::Container");
}

/// What the patched driver finds out, given by hand.
fn database(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    for _ in 0..2 {
        segment.in_subsegment(":memory:", |query| {
            query.set_namespace(Namespace::Remote).set_sql(&Sql {
                database_version: Some("3.40.1"),
                database_type: Some("sqlite3"),
                ..Sql::default()
            });
        });
    }
}

/// What the sampler decided, given by hand: three segments by a rule, and one that is not recorded.
fn central_sampling(teller: &Teller) {
    for _ in 0..3 {
        teller.recorder().segment("svc1").sampled_by("mine").begin().end();
    }
    teller.recorder().segment("other").sampled(false).begin().end();
}

#[derive(Serialize)]
struct Object {
    a: u8,
    #[serde(skip)]
    _private: u8,
}

/// Serde says what is written. For a time and a class, which Rust has not, the texts stand that Python made of them.
fn odd_metadata(teller: &Teller) {
    let mut segment = teller.recorder().begin_segment("x");
    segment.put_metadata("set", &BTreeSet::from([1])).put_metadata("dt", "2020-01-02 00:00:00");
    segment.put_metadata("cls", "<class '__main__.O'>").put_metadata("obj", &Object { a: 1, _private: 2 });
    segment.put_metadata("bytes", b"ab").put_metadata("nan", &f64::NAN);
}
