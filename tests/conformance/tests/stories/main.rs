//! The stories of the official SDKs, told through our API: the same structure comes out, after the differences in
//! `conformance::differences`.

/// Makes a test of each story, and a list of all in this module. Who tells it is said with `by`, where that is no
/// server.
macro_rules! stories {
    ($(
        $(#[$meta:meta])*
        $name:ident: $capture:literal $(by $teller:expr)? => $tell:expr;
    )*) => {
        pub(crate) const STORIES: &[conformance::Story] =
            &[$(conformance::Story::new($capture, $tell)$(.told_by($teller))?),*];

        $(
            $(#[$meta])*
            #[test]
            fn $name() {
                let story = conformance::Story::new($capture, $tell)$(.told_by($teller))?;
                if let Err(complaints) = story.compare() {
                    panic!("{complaints}");
                }
            }
        )*
    };
}

mod context;
mod headers;
mod lambda;
mod node;
mod python;
mod python_values;
mod table;
