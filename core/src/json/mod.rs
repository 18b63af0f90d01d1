//! JSON without a tree: writers that take the free tail of a buffer by value and give back what is left of it, a walker
//! over what they wrote, and a total serializer for values of other people's types.
//!
//! By value, because a cursor behind `&mut` with a sticky overflow flag needed twice the instructions: the compiler
//! keeps a slice that is passed along in registers.

pub(crate) mod copy;
mod digits;
pub(crate) mod hex;
pub(crate) mod number;
pub(crate) mod pen;
pub(crate) mod read;
pub(crate) mod string;
pub(crate) mod value;
pub(crate) mod walk;

/// Whether code size counts more than speed: what only makes usual cases faster is left out then.
pub(crate) const SMALL: bool =
    cfg!(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"));

/// Writers are inlined where speed is wanted and shared where code size is.
macro_rules! writer {
    ($(#[$meta:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$meta])*
        #[cfg_attr(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")), inline(always))]
        #[cfg_attr(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"), inline(never))]
        $visibility fn $($rest)*
    };
}
pub(crate) use writer;

/// What is left of a buffer after a write, or `None` when it did not fit.
pub(crate) type Tail<'b> = Option<&'b mut [u8]>;

/// Writes a constant.
#[inline(always)]
pub(crate) fn literal<'b, const L: usize>(tail: &'b mut [u8], text: &[u8; L]) -> Tail<'b> {
    let (slot, rest) = tail.split_first_chunk_mut::<L>()?;
    *slot = *text;
    Some(rest)
}

/// Writes bytes that are JSON already.
#[inline(always)]
pub(crate) fn raw<'b>(tail: &'b mut [u8], bytes: &[u8]) -> Tail<'b> {
    let (slot, rest) = tail.split_at_mut_checked(bytes.len())?;
    slot.copy_from_slice(bytes);
    Some(rest)
}
