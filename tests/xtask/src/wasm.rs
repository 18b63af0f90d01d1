//! As much of the WebAssembly format as it takes to tell code from names.

/// The target of the wasm adapter.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// The id of custom sections: names, producers, debug information. A shipped module has none of them.
const CUSTOM: u8 = 0;

/// The length of a module in bytes without its custom sections; `None` when this is no module.
pub(crate) fn loaded_bytes(module: &[u8]) -> Option<u64> {
    let mut rest = module.strip_prefix(HEADER)?;
    let mut loaded = HEADER.len() as u64;
    while let Some((id, behind)) = rest.split_first() {
        let (length, behind) = leb128(behind)?;
        let (_, next) = behind.split_at_checked(length)?;
        if *id != CUSTOM {
            loaded += (rest.len() - next.len()) as u64;
        }
        rest = next;
    }
    Some(loaded)
}

/// A number in seven bits a byte, least significant first, and what stands behind it.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_do_not_count() {
        let mut module = HEADER.to_vec();
        module.extend([10, 3, 1, 2, 3]);
        module.extend([0, 0x82, 0x01]);
        module.extend([7; 130]);
        assert_eq!(loaded_bytes(&module), Some(8 + 5));
    }

    #[test]
    fn what_is_no_module_has_no_length() {
        assert_eq!(loaded_bytes(b"\x7fELF"), None);
        assert_eq!(loaded_bytes(b"\0asm\x01\0\0\0\x0a\x05\x01"), None);
    }
}
