//! Damaged datagrams are judged, put together and drawn without a panic.

use xray_recorder_receiver::{Datagram, Strictness, Validator, Waterfall, assemble};

use crate::support::{Mixer, embedded, embedding, lone, segment, with_header};

const PIECES: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "-1",
    "1e999",
    "NaN",
    "\\u",
    "\u{1b}[31m",
    "漢",
    "\"subsegments\":[{}],",
    "0",
];

fn damage(mixer: &mut Mixer, bytes: &mut Vec<u8>) {
    for _ in 0..=mixer.below(4) {
        let position = mixer.below(bytes.len());
        match mixer.below(4) {
            0 => bytes[position] = mixer.below(256) as u8,
            1 => bytes.truncate(position.max(1)),
            2 => {
                bytes.remove(position);
            }
            _ => {
                let piece = PIECES[mixer.below(PIECES.len())].bytes();
                bytes.splice(position..position, piece);
            }
        }
        if bytes.is_empty() {
            bytes.push(b'\n');
        }
    }
}

#[test]
fn damaged_datagrams_never_cause_a_panic_and_never_leave_the_columns() {
    let exception = r#""cause":{"exceptions":[{"id":"00000000000000e1","stack":[{"line":1}]}]},"namespace":"aws","#;
    let http = r#""http":{"request":{"url":"/"},"response":{"status":200}},"annotations":{"k":"v"},"#;
    let whole: Vec<Vec<u8>> = [
        segment(1, &format!("{http}{}", embedding(&[embedded(2, exception), embedded(3, http)]))),
        lone(4, 1, &format!("{exception}{}", embedding(&[embedded(5, "")]))),
        lone(6, 5, http),
    ]
    .iter()
    .map(|body| with_header(body))
    .collect();
    let mut mixer = Mixer::new(11);
    for _ in 0..3_000 {
        let mut damaged = whole.clone();
        let victim = mixer.below(damaged.len());
        damage(&mut mixer, &mut damaged[victim]);
        let datagrams: Vec<Datagram> = damaged.into_iter().map(Datagram::parse).collect();
        for strictness in [Strictness::Strict, Strictness::OfficialSdk] {
            let _ = Validator::new(strictness).check_trace(&datagrams);
        }
        let columns = 72 + mixer.below(60);
        for trace in assemble(&datagrams) {
            let text = Waterfall::new().width(columns).render(&trace);
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{columns}\n{text}");
            assert!(!text.contains('\u{1b}'));
        }
    }
}
