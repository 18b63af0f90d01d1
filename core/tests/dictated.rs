//! What bindings to other languages dictate is what the methods with types write, byte for byte, at any capacity.

use xray_recorder_core::{
    AwsResource, Document, EntityId, Exception, Field, HttpResponse, IncomingRequest, Pen, Segment, Tally, Timestamp,
    TraceContext,
};

fn context() -> TraceContext {
    let id: EntityId = "53995c3f42cd8ad8".parse().unwrap();
    TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse().unwrap(), id)
}

/// The document and its tally after a story, told in a document of this capacity.
fn told<const N: usize>(capacity: usize, story: impl FnOnce(&mut Segment<'_>)) -> Option<(String, Tally)> {
    let mut document = Box::new(Document::<N>::new());
    document.limit(capacity);
    let mut segment = Segment::begin(&mut document, "checkout", context(), None, Timestamp::from_secs(7)).ok()?;
    story(&mut segment);
    Some((segment.json().to_owned(), segment.tally()))
}

fn text<'t>(label: &'t str, text: &'t str, max: usize) -> impl FnMut(&mut Pen<'_>) + 't {
    move |pen| pen.text(label, text, max)
}

#[derive(Clone, Copy, Debug)]
enum Call<'a> {
    Annotation(&'a str, &'a str),
    Metadata(&'a str, &'a str),
    User(&'a str),
    Request(&'a str, &'a str),
    Response(u16),
    Fault,
}

fn by_type(segment: &mut Segment<'_>, call: Call<'_>) {
    match call {
        Call::Annotation(key, value) => drop(segment.put_annotation(key, value)),
        Call::Metadata(key, value) => drop(segment.put_metadata(key, value)),
        Call::User(user) => drop(segment.set_user(user)),
        Call::Request(method, url) => drop(segment.set_http_request(&IncomingRequest {
            method: Some(method),
            url: Some(url),
            ..IncomingRequest::default()
        })),
        Call::Response(status) => {
            let response = HttpResponse { status: Some(status), content_length: None };
            let _ = segment.set_http_response(&response);
        }
        Call::Fault => segment.set_fault(),
    }
}

fn by_dictation(segment: &mut Segment<'_>, call: Call<'_>) {
    let label = |key: &str| format!("{key:?}:");
    let _ = match call {
        Call::Annotation(key, value) => segment.dictate(Field::Annotation, &label(key), &mut text("", value, 1_000)),
        Call::Metadata(key, value) => {
            segment.dictate_metadata("\"default\":", &label(key), &mut text("", value, usize::MAX))
        }
        Call::User(user) => segment.dictate(Field::User, "\"user\":", &mut text("", user, 250)),
        Call::Request(method, url) => segment.dictate(Field::HttpRequest, "\"request\":", &mut |pen| {
            pen.open("", b'{');
            pen.text("\"method\":", method, 250);
            pen.web_url("\"url\":", url);
            pen.close(b'}');
        }),
        Call::Response(status) => segment.dictate(Field::HttpResponse, "\"response\":", &mut |pen| {
            pen.open("", b'{');
            pen.json("\"status\":", &status.to_string());
            pen.close(b'}');
        }),
        Call::Fault => segment.dictate(Field::Fault, "\"fault\":", &mut |pen| pen.json("", "true")),
    };
}

#[test]
fn what_is_dictated_is_what_is_written_by_type() {
    let long = "é\"".repeat(700);
    let calls = [
        Call::User("u-17 \"quoted\" \\ \u{1}"),
        Call::Annotation("tenant", "acme"),
        Call::Annotation("no key", "x"),
        Call::Annotation("long", &long),
        Call::Metadata("cart", "lines"),
        Call::Annotation("tenant", "another"),
        Call::Request("GET", "https://u:hunter2@shop.example.com/cart?token=hunter2"),
        Call::Metadata("cart", "other lines\n"),
        Call::Response(200),
        Call::Metadata("more", &long),
        Call::User("another"),
        Call::Fault,
        Call::Fault,
        Call::Request("POST", "/path?x=1"),
    ];
    for capacity in (200..6_000).step_by(7) {
        let typed = told::<8_192>(capacity, |segment| calls.iter().for_each(|call| by_type(segment, *call)));
        let dictated = told::<8_192>(capacity, |segment| calls.iter().for_each(|call| by_dictation(segment, *call)));
        assert_eq!(typed, dictated, "{capacity}");
        let Some((json, _)) = dictated else { continue };
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok() && !json.contains("hunter2"), "{json}");
    }
}

#[test]
fn what_does_not_fit_leaves_nothing_half_written() {
    let whole = told::<8_192>(8_192, |_| {}).unwrap().0;
    let after = told::<8_192>(8_192, |segment| {
        let huge = "x".repeat(9_000);
        let refused = segment.dictate(Field::Annotation, "\"huge\":", &mut text("", &huge, usize::MAX));
        assert!(refused.is_err());
        let refused = segment.dictate(Field::Annotation, "\"half\":", &mut |pen| {
            pen.text("", "half", 10);
            pen.refuse();
        });
        assert!(refused.is_err());
    });
    let (json, tally) = after.unwrap();
    assert_eq!((json, tally.refused), (whole, 2));
}

#[test]
fn an_empty_block_of_aws_is_none_and_what_follows_begins_one() {
    let typed = told::<1_024>(1_024, |segment| {
        segment.set_aws(&AwsResource::default()).unwrap();
        segment.put_aws("k", &1).unwrap();
        segment.set_aws(&AwsResource::default()).unwrap();
        segment.put_aws("l", &2).unwrap();
    });
    let dictated = told::<1_024>(1_024, |segment| {
        for (label, number) in [("\"k\":", "1"), ("\"l\":", "2")] {
            let empty = &mut |pen: &mut Pen<'_>| {
                pen.open("", b'{');
                pen.close(b'}');
            };
            segment.dictate(Field::Aws, "\"aws\":", empty).unwrap();
            segment.dictate(Field::AwsMember, label, &mut |pen| pen.json("", number)).unwrap();
        }
    });
    assert_eq!(typed, dictated);
}

#[test]
fn a_cause_is_the_last_id_and_exceptions_of_its_own_above_all() {
    let ids = ["70de5b6f19ff9a0a", "53995c3f42cd8ad8"];
    let thrown = Exception { kind: "E", message: "m", ..Exception::default() };
    for order in [&[0, 1][..], &[0, 1, 2], &[2, 0], &[0, 2, 1, 2]] {
        let typed = told::<1_024>(1_024, |segment| {
            for &step in order {
                match ids.get(step) {
                    Some(id) => segment.set_cause_id(id.parse().unwrap()).unwrap(),
                    None => drop(segment.add_exception(&thrown).unwrap()),
                }
            }
        });
        let mut exceptions = exception_ids(&typed.as_ref().unwrap().0).into_iter();
        let dictated = told::<1_024>(1_024, |segment| {
            segment.dictate(Field::Fault, "\"fault\":", &mut |pen| pen.json("", "true")).unwrap();
            for &step in order {
                let Some(id) = ids.get(step) else {
                    let id = exceptions.next().unwrap();
                    let write = &mut |pen: &mut Pen<'_>| {
                        pen.open("", b'{');
                        pen.text("\"id\":", &id, 16);
                        pen.text("\"type\":", "E", 250);
                        pen.message("\"message\":", "m");
                        pen.close(b'}');
                    };
                    segment.dictate(Field::Exception, "", write).unwrap();
                    continue;
                };
                segment.dictate(Field::CauseId, "\"cause\":", &mut text("", id, 16)).unwrap();
            }
        });
        assert_eq!(typed, dictated, "{order:?}");
    }
}

fn exception_ids(json: &str) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(json).unwrap();
    let exceptions = document["cause"]["exceptions"].as_array().cloned().unwrap_or_default();
    exceptions.iter().map(|exception| exception["id"].as_str().unwrap().to_owned()).collect()
}
