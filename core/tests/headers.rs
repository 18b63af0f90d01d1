//! Trace headers and ids: the reference's vectors, and input that is hostile or broken.

use xray_recorder_core::{EntityId, HeaderData, Sampled, TraceHeader, TraceId, Traceparent};

mod support;

use support::arguments::Arguments;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
const PARENT: &str = "53995c3f42cd8ad8";

/// What a header is read as: root, parent, decision and data.
type Read<'h> = (Option<String>, Option<String>, Option<Sampled>, Vec<(&'h str, &'h str)>);

fn read(header: &str) -> Read<'_> {
    let header = TraceHeader::parse(header);
    let text = |id: Option<&dyn ToString>| id.map(ToString::to_string);
    let (root, parent) = (header.root(), header.parent());
    let parent = parent.as_ref().map(|id| id as &dyn ToString);
    (text(root.as_ref().map(|id| id as &dyn ToString)), text(parent), header.sampled(), header.data().collect())
}

/// Input, root, parent, decision, data, and what is written again.
type Row<'r> = (&'r str, Option<&'r str>, Option<&'r str>, Option<Sampled>, &'r [(&'r str, &'r str)], &'r str);

/// Section 14.1, all rows. `1-a` is no trace id here and counts as none, and its parent `b` with it.
#[test]
fn headers_of_the_reference_are_read_as_recommended() {
    let (yes, no, requested) = (Some(Sampled::Yes), Some(Sampled::No), Some(Sampled::Requested));
    let foo_and_lineage = &[("Foo", "bar"), ("Lineage", "a87bd80c:1|68fd508a:5")][..];
    let valid = format!("Root={ROOT};Sampled=1");
    let valid_with_parent = format!("Root={ROOT};Parent={PARENT};Sampled=1");
    let rows: &[Row<'_>] = &[
        (&valid, Some(ROOT), None, yes, &[], &valid),
        (&valid_with_parent, Some(ROOT), Some(PARENT), yes, &[], &valid_with_parent),
        ("Root=1-a;Parent=b;Sampled=0", None, None, no, &[], "Sampled=0"),
        ("Root=1-a;Parent=b;Sampled=?", None, None, requested, &[], "Sampled=?"),
        ("Root=1-a;Sampled=2", None, None, None, &[], ""),
        ("Root=1-a;Sampled=", None, None, None, &[], ""),
        (
            "Self=1-x;Root=1-a;Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
            None,
            None,
            None,
            foo_and_lineage,
            "Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
        ),
        ("root=1-a;sampled=1", None, None, yes, &[], "Sampled=1"),
        ("Root=1-a; Parent=b; Sampled=1", None, None, yes, &[], "Sampled=1"),
        ("  Root=1-a;Sampled=1  ", None, None, yes, &[], "Sampled=1"),
        ("Root=1-a;Sampled=1;", None, None, yes, &[], "Sampled=1"),
        ("Root=1-a;garbage", None, None, None, &[], ""),
        ("garbage", None, None, None, &[], ""),
        ("", None, None, None, &[], ""),
        ("Root=1-a;Foo=x=y;Sampled=1", None, None, yes, &[("Foo", "x=y")], "Sampled=1;Foo=x=y"),
        ("Root=;Parent=;Sampled=1", None, None, yes, &[], "Sampled=1"),
        ("Sampled=1", None, None, yes, &[], "Sampled=1"),
        ("Root=1-a,Parent=b,Sampled=1", None, None, None, &[], ""),
        ("Root=1-a;Root=1-b", None, None, None, &[], ""),
        ("Root=1-a;Foo=", None, None, None, &[("Foo", "")], "Foo="),
    ];
    for &(input, root, parent, sampled, data, output) in rows {
        let expected = (root.map(str::to_owned), parent.map(str::to_owned), sampled, data.to_vec());
        assert_eq!(read(input), expected, "{input:?}");
        assert_eq!(TraceHeader::parse(input).to_string(), output, "{input:?}");
    }
}

/// The same rows with valid ids in place of `1-a` and `b`.
#[test]
fn headers_of_the_reference_with_valid_ids_keep_them() {
    let rows = [
        ("Root=R;Parent=P;Sampled=0", "Root=R;Parent=P;Sampled=0"),
        ("Root=R;Parent=P;Sampled=?", "Root=R;Parent=P;Sampled=?"),
        ("Root=R;Sampled=2", "Root=R"),
        ("Root=R;Sampled=", "Root=R"),
        ("Self=1-x;Root=R;Foo=bar;Lineage=a87bd80c:1|68fd508a:5", "Root=R;Foo=bar;Lineage=a87bd80c:1|68fd508a:5"),
        ("root=R;sampled=1", "Root=R;Sampled=1"),
        ("ROOT=R;PARENT=P;SAMPLED=1", "Root=R;Parent=P;Sampled=1"),
        ("Root=R; Parent=P; Sampled=1", "Root=R;Parent=P;Sampled=1"),
        ("  Root=R;Sampled=1  ", "Root=R;Sampled=1"),
        ("\tRoot = R\t; Parent =\tP ;Sampled= 1", "Root=R;Parent=P;Sampled=1"),
        ("Root=R;Sampled=1;", "Root=R;Sampled=1"),
        (";;;Root=R;; ;Sampled=1;;", "Root=R;Sampled=1"),
        ("Root=R;garbage", "Root=R"),
        ("Root=R;Foo=x=y;Sampled=1", "Root=R;Sampled=1;Foo=x=y"),
        ("Root=R,Parent=P,Sampled=1", ""),
        ("Root=R;Foo=", "Root=R;Foo="),
        ("Root=R;=x;Foo=1", "Root=R;Foo=1"),
        // Of duplicates the last wins, an invalid one too.
        ("Root=1-b;Root=R", "Root=R"),
        ("Root=R;Parent=P;Root=1-b", ""),
        ("Root=R;Parent=P;Parent=x", "Root=R"),
        ("Root=R;Parent=P;Parent=", "Root=R"),
        ("Root=R;Sampled=1;Sampled=0", "Root=R;Sampled=0"),
        ("Root=R;Sampled=1;Sampled=2", "Root=R"),
        ("Root=R;Sampled=10", "Root=R"),
        ("Root=R;Sampled=true", "Root=R"),
        ("Parent=P;Sampled=1", "Sampled=1"),
        ("Root=R;Parent=0000000000000000;Sampled=1", "Root=R;Sampled=1"),
        ("Foo=1;Root=R;Foo=2", "Root=R;Foo=1;Foo=2"),
        ("Root=R;Self=a;self=b;SELF=c", "Root=R"),
    ];
    let with_ids = |text: &str| text.replace("=R", &format!("={ROOT}")).replace("=P", &format!("={PARENT}"));
    for (input, output) in rows {
        let blank = input.replace("= R", &format!("= {ROOT}")).replace("=\tP", &format!("=\t{PARENT}"));
        assert_eq!(TraceHeader::parse(&with_ids(&blank)).to_string(), with_ids(output), "{input:?}");
    }
}

/// Section 14.15: what does not fit is left out, a later smaller pair may fit.
#[test]
fn data_is_kept_up_to_256_bytes() {
    let header = format!("Root=1-a;Big={};Small=y", "x".repeat(300));
    assert_eq!(TraceHeader::parse(&header).to_string(), "Small=y");
    for length in 240..270 {
        let header = format!("A={};B=y;C=", "x".repeat(length));
        let parsed = TraceHeader::parse(&header);
        let text = parsed.to_string();
        // Each pair counts with its two separators.
        let kept = parsed.data().map(|(key, value)| key.len() + value.len() + 2).sum::<usize>();
        assert!(kept <= TraceHeader::MAX_DATA && text.len() < TraceHeader::MAX_DATA);
        assert_eq!(text.starts_with("A="), length + 3 <= 256, "{length}");
        assert!(text.ends_with("B=y;C=") || kept + 3 > 256, "{length}: {text}");
        assert_eq!(HeaderData::of(&parsed).as_header(), TraceHeader::default().with_data(&parsed));
    }
}

#[test]
fn the_longest_header_fits_its_buffer() {
    let header = format!("Root={ROOT};Parent={PARENT};Sampled=?;L={};M=", "x".repeat(250));
    let parsed = TraceHeader::parse(&header);
    let mut buffer = [0; TraceHeader::MAX_LEN];
    let length = parsed.encode(&mut buffer).expect("always enough").len();
    assert!(length <= TraceHeader::MAX_LEN);
    for short in 0..length {
        assert!(parsed.encode(&mut buffer[..short]).is_err(), "{short}");
    }
    assert_eq!(parsed.encode(&mut buffer[..length]).map(str::len), Ok(length));
}

#[test]
fn a_header_cannot_bring_a_line_break_or_anything_but_printable_ascii() {
    let parts: [&[u8]; 9] = [
        b"A=x\r\nEvil: 1",
        b"B\r\n=x",
        b"C=\0",
        b"D=\x7f",
        b"E=\xff\xfe",
        b"\xffF=x",
        "G=é".as_bytes(),
        b"H=\x1b[2J",
        b"I=\tx\ty",
    ];
    for part in parts {
        let header = [b"Root=", ROOT.as_bytes(), b";", part, b";Ok=1"].concat();
        assert_eq!(TraceHeader::parse(&header).to_string(), format!("Root={ROOT};Ok=1"), "{part:?}");
    }
    assert_eq!(TraceHeader::parse(&format!("Root={ROOT};Sampled=1\r\n")).sampled(), Some(Sampled::Yes));
    assert_eq!(TraceHeader::parse(&[b"Root=", &b"\xff"[..], &[b'0'; 34]].concat()).root(), None);
}

#[test]
fn a_header_of_64_kilobytes_is_read() {
    let long = [
        ";".repeat(65_536),
        "=".repeat(65_536),
        "a".repeat(65_536),
        "a=b;".repeat(16_384),
        "Root=1-a;".repeat(7_282),
        "Sampled=1;".repeat(6_554),
        format!("A={}", "x".repeat(65_534)),
        format!("{}=1", "k".repeat(65_534)),
        " ".repeat(65_536),
        "\u{1}".repeat(65_536),
    ];
    for text in long {
        for header in [format!("{text};Root={ROOT};Sampled=0"), format!("Sampled=0;Root={ROOT};{text}")] {
            let parsed = TraceHeader::parse(&header);
            let written = parsed.to_string();
            assert!(written.len() <= TraceHeader::MAX_LEN);
            assert!(parsed.data().map(|(key, value)| key.len() + value.len() + 2).sum::<usize>() <= 256);
            assert_eq!(TraceHeader::parse(&written), parsed);
        }
    }
}

#[test]
fn any_bytes_are_read_and_what_is_written_is_read_back_the_same() {
    let mut random = Arguments::new(11);
    let pieces: [&[u8]; 16] = [
        b"Root=",
        b"Parent=",
        b"Sampled=",
        b"Self=",
        b";",
        b"=",
        b" ",
        b"1",
        b"?",
        b"Foo",
        b"Lineage=a:1|b:2",
        b"\xff",
        b"\r\n",
        ROOT.as_bytes(),
        PARENT.as_bytes(),
        b"\t",
    ];
    for _ in 0..50_000 {
        let count = random.below(24);
        let header: Vec<u8> = (0..count).flat_map(|_| random.one_of(&pieces)).copied().collect();
        let parsed = TraceHeader::parse(&header);
        let text = parsed.to_string();
        let again = TraceHeader::parse(&text);
        assert_eq!(again, parsed, "{}", header.escape_ascii());
        assert_eq!(again.to_string(), text);
        assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{text:?}");
        assert!(parsed.parent().is_none() || parsed.root().is_some());
        assert_eq!(parsed.has_data(), parsed.data().next().is_some());
        assert_eq!(HeaderData::of(&parsed).as_header().data().collect::<Vec<_>>(), parsed.data().collect::<Vec<_>>());
    }
}

/// Section 14.9, all rows: ours is version 1 and exactly 35 characters, or no id.
#[test]
fn trace_ids_of_the_reference_are_read_or_no_ids() {
    let rows = [
        (ROOT, Some(ROOT)),
        ("2-5759e988-bd862e3fe1be46a994272793", None),
        ("0-5759e988-bd862e3fe1be46a994272793", None),
        ("1-zz-bd", None),
        ("1-9-abc", None),
        ("1-5759E988-BD862E3FE1BE46A994272793", Some(ROOT)),
        ("1-5759e988", None),
        ("x", None),
        ("1-5759e988-bd86-2e3f", None),
        ("", None),
        ("1-5759e988-bd862e3fe1be46a99427279", None),
        ("1-5759e988-bd862e3fe1be46a9942727933", None),
        ("1-5759e988-bd862e3fe1be46a99427279g", None),
        ("1-5759e988_bd862e3fe1be46a994272793", None),
        ("1_5759e988-bd862e3fe1be46a994272793", None),
        ("1-+759e988-bd862e3fe1be46a994272793", None),
        (" 1-5759e988-bd862e3fe1be46a99427279", None),
        ("1-5759e988-bd862e3fe1be46a9942727é", None),
    ];
    for (text, expected) in rows {
        let read = text.parse::<TraceId>().ok().map(|id| id.to_string());
        assert_eq!(read.as_deref(), expected, "{text:?}");
    }
    for text in ["", "0000000000000000", "53995c3f42cd8ad", "53995c3f42cd8ad88", "53995c3f42cd8adg", "+3995c3f42cd8ad8"]
    {
        assert!(text.parse::<EntityId>().is_err(), "{text:?}");
    }
    assert_eq!("53995C3F42CD8AD8".parse::<EntityId>().map(|id| id.to_string()).as_deref(), Ok(PARENT));
}

#[test]
fn ids_are_written_as_they_are_read() {
    let mut random = Arguments::new(12);
    for _ in 0..10_000 {
        let id = TraceId::from_u128(u128::from(random.bits()) << 64 | u128::from(random.bits() >> random.below(64)));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(TraceId::from_u128(id.as_u128()), id);
        let id = random.entity_id();
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}

#[test]
fn a_traceparent_is_read_as_w3c_wants() {
    let valid = [
        ("00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01", true),
        ("00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-00", false),
        ("00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-02", false),
        ("00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-ff", true),
        (" 00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01\t", true),
        // Versions to come may have more fields.
        ("01-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01", true),
        ("cc-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01-what-the-future-brings", true),
        ("fe-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01-", true),
    ];
    for (text, sampled) in valid {
        let parent = Traceparent::parse(text).unwrap_or_else(|| panic!("{text:?}"));
        assert_eq!(parent.sampled(), sampled, "{text:?}");
        let expected = format!("00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-0{}", u8::from(sampled));
        assert_eq!(parent.to_string(), expected);
        assert_eq!(Traceparent::parse(&expected), Some(parent));
        assert_eq!(Traceparent::of_header(&parent.header()), Some(parent));
        assert_eq!(TraceHeader::parse(&parent.header().to_string()), parent.header());
        assert_eq!(parent.trace_id().to_string(), "1-4efaaf4d-1e8720b39541901950019ee5");
    }
    let invalid = [
        "",
        "00",
        "ff-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01",
        "0g-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01",
        "00-4EFAAF4D1E8720B39541901950019EE5-53995c3f42cd8ad8-01",
        "00-4efaaf4d1e8720b39541901950019ee5-53995C3F42CD8AD8-01",
        "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-0A",
        "00-00000000000000000000000000000000-53995c3f42cd8ad8-01",
        "00-4efaaf4d1e8720b39541901950019ee5-0000000000000000-01",
        "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-1",
        "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01-extra",
        "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01x",
        "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01-",
        "01-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01x",
        "01-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-0",
        "00_4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01",
        "00-4efaaf4d1e8720b39541901950019ee5_53995c3f42cd8ad8-01",
        "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8_01",
        "00-4efaaf4d1e8720b39541901950019eeg-53995c3f42cd8ad8-01",
        "00-4efaaf4d1e8720b39541901950019e-53995c3f42cd8ad8-01",
        "00-+efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01",
        "00-4efaaf4d1e8720b39541901950019eé-53995c3f42cd8ad8-01",
    ];
    for text in invalid {
        assert_eq!(Traceparent::parse(text), None, "{text:?}");
    }
    assert_eq!(Traceparent::parse(&[0xff_u8; 55]), None);
}

#[test]
fn of_both_headers_the_one_of_a_tracing_caller_wins() {
    let w3c = "00-4efaaf4d1e8720b39541901950019ee5-70de5b6f19ff9a0a-00";
    let from_w3c = "Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=70de5b6f19ff9a0a;Sampled=0";
    let (root, parent) = (format!("Root={ROOT}"), format!("Root={ROOT};Parent={PARENT}"));
    let both = |xray: Option<&str>, w3c: Option<&str>| TraceHeader::of_request(xray, w3c).to_string();
    assert_eq!(both(None, None), "");
    assert_eq!(both(None, Some(w3c)), from_w3c);
    assert_eq!(both(None, Some("garbage")), "");
    assert_eq!(both(Some(&root), None), root);
    assert_eq!(both(Some(&root), Some("garbage")), root);
    assert_eq!(both(Some(&root), Some(w3c)), from_w3c);
    assert_eq!(both(Some(&format!("{root};Lineage=a:1")), Some(w3c)), format!("{from_w3c};Lineage=a:1"));
    assert_eq!(both(Some(&parent), Some(w3c)), parent);
    assert_eq!(both(Some("Sampled=1"), Some(w3c)), "Sampled=1");
    assert_eq!(both(Some("Root=1-a;Parent=b"), Some(w3c)), from_w3c);
    assert_eq!(both(Some("Sampled=2"), Some(w3c)), from_w3c);
}
