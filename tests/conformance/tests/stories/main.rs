//! The stories of the official SDKs, told through our API: the same structure comes out, after the differences in
//! `conformance::differences`.

/// Makes a test of each story, and a list of all in this module.
macro_rules! stories {
    ($($(#[$meta:meta])* $name:ident: $capture:literal => $tell:expr;)*) => {
        pub(crate) const STORIES: &[conformance::Story] = &[$(conformance::Story::new($capture, $tell)),*];

        $(
            $(#[$meta])*
            #[test]
            fn $name() {
                if let Err(complaints) = conformance::Story::new($capture, $tell).compare() {
                    panic!("{complaints}");
                }
            }
        )*
    };
}

mod headers;
mod lambda;
mod node;
mod python;
mod python_values;
mod table;
