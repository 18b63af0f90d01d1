//! The second module: what must not leave the process, in statements, connection strings and URLs of databases. It is
//! loaded when there is one.

#![expect(unsafe_code, reason = "names without mangling")]
#![expect(unreachable_pub, reason = "exported by name")]

use xray_recorder_core::{Dialect, redact_connection, redact_sql, redact_url};

use crate::memory::{self, Single};

/// The longest text: of one that is longer nothing is shown.
const TEXT: usize = 16_384;

#[repr(C)]
struct State {
    input: [u8; TEXT],
    /// Redaction makes no text longer but for blanks and marks in place of comments and literals.
    output: [u8; 2 * TEXT],
}

static STATE: Single<State> = Single::new(State { input: [0; TEXT], output: [0; 2 * TEXT] });

/// Where input and output stand, one behind the other.
#[unsafe(no_mangle)]
pub extern "C" fn state() -> *const u8 {
    STATE.address().cast()
}

/// Redacts so many bytes of the input: a URL (0), a connection string (1), a statement of the database whose type stands
/// behind it. Gives the length of the output.
#[unsafe(no_mangle)]
pub extern "C" fn redact(kind: u32, length: usize, database_type: usize) -> usize {
    STATE
        .with(|State { input, output }| {
            let text = memory::text(input.get(..length)?);
            let mut written = 0;
            let mut write = |piece: &str| {
                let end = written + piece.len();
                output.get_mut(written..end)?.copy_from_slice(piece.as_bytes());
                written = end;
                Some(())
            };
            match kind {
                0 => redact_url(text).try_for_each(&mut write)?,
                1 => redact_connection(text).try_for_each(&mut write)?,
                _ => {
                    let name = memory::text(input.get(length..length + database_type)?);
                    redact_sql(text, Dialect::of(name)).try_for_each(&mut write)?;
                }
            }
            Some(written)
        })
        .unwrap_or(0)
}
