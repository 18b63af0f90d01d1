//! As much of the ELF format as it takes to measure a program for a chip: 32 bits, little endian.

/// A section.
#[derive(Clone, Copy, Debug)]
struct Section {
    kind: u32,
    flags: u32,
    offset: u32,
    length: u32,
    /// The section this one refers to: for symbols that of their names.
    link: u32,
}

/// A symbol: something of the program that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// The name, mangled.
    pub(crate) name: String,
    /// How many bytes it takes.
    pub(crate) length: u32,
}

/// The bytes of a program by where they go: text to flash, data to flash and memory, bss to memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Code and constants.
    pub(crate) text: u64,
    /// Variables with a value.
    pub(crate) data: u64,
    /// Variables that start as zero.
    pub(crate) bss: u64,
}

const IDENTITY: &[u8] = b"\x7fELF\x01\x01";
const SYMBOLS: u32 = 2;
const NO_BITS: u32 = 8;
const WRITE: u32 = 1;
const ALLOCATED: u32 = 2;
const SYMBOL_LENGTH: usize = 16;

/// A program.
#[derive(Debug)]
pub(crate) struct Elf<'e> {
    bytes: &'e [u8],
    sections: Vec<Section>,
}

impl<'e> Elf<'e> {
    /// Reads the table of sections; `None` when this is no such program.
    pub(crate) fn parse(bytes: &'e [u8]) -> Option<Self> {
        if !bytes.starts_with(IDENTITY) {
            return None;
        }
        let table = word(bytes, 32)? as usize;
        let (each, count) = (half(bytes, 46)?, half(bytes, 48)?);
        let sections = (0..usize::from(count)).map(|at| {
            let section = table + at * usize::from(each);
            let field = |at: usize| word(bytes, section + at);
            Some(Section {
                kind: field(4)?,
                flags: field(8)?,
                offset: field(16)?,
                length: field(20)?,
                link: field(24)?,
            })
        });
        Some(Self { bytes, sections: sections.collect::<Option<_>>()? })
    }

    /// The sizes, as `size` prints them.
    pub(crate) fn sizes(&self) -> Sizes {
        let mut sizes = Sizes::default();
        for section in self.sections.iter().filter(|section| section.flags & ALLOCATED != 0) {
            let sum = match section {
                Section { kind: NO_BITS, .. } => &mut sizes.bss,
                Section { flags, .. } if flags & WRITE != 0 => &mut sizes.data,
                _ => &mut sizes.text,
            };
            *sum += u64::from(section.length);
        }
        sizes
    }

    /// All symbols; `None` when the table is broken.
    pub(crate) fn symbols(&self) -> Option<Vec<Symbol>> {
        let mut symbols = Vec::new();
        for table in self.sections.iter().filter(|section| section.kind == SYMBOLS) {
            let names = self.content(self.sections.get(table.link as usize)?)?;
            for entry in self.content(table)?.chunks_exact(SYMBOL_LENGTH) {
                let name = names.get(word(entry, 0)? as usize..)?.split(|&byte| byte == 0).next()?;
                symbols.push(Symbol { name: String::from_utf8_lossy(name).into_owned(), length: word(entry, 8)? });
            }
        }
        Some(symbols)
    }

    fn content(&self, section: &Section) -> Option<&'e [u8]> {
        self.bytes.get(section.offset as usize..)?.get(..section.length as usize)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with these sections: kind, flags, offset, length, link. Their table stands behind the contents.
    fn program(contents: &[u8], sections: &[[u32; 5]]) -> Vec<u8> {
        let mut file = vec![0; 52];
        file[..6].copy_from_slice(IDENTITY);
        file.extend_from_slice(contents);
        let table = file.len() as u32;
        file[32..36].copy_from_slice(&table.to_le_bytes());
        file[46..48].copy_from_slice(&40_u16.to_le_bytes());
        file[48..50].copy_from_slice(&(sections.len() as u16).to_le_bytes());
        for [kind, flags, offset, length, link] in sections.iter().copied() {
            for field in [0, kind, flags, 0, offset, length, link, 0, 0, 0] {
                file.extend_from_slice(&u32::to_le_bytes(field));
            }
        }
        file
    }

    #[test]
    fn sections_are_summed_by_where_they_go() {
        let sections = [
            [1, 2 | 4, 52, 100, 0],
            [1, 2, 52, 20, 0],
            [1, 2 | 1, 52, 3, 0],
            [8, 2 | 1, 52, 40, 0],
            [1, 0, 52, 900, 0],
        ];
        let file = program(b"", &sections);
        let sizes = Elf::parse(&file).map(|elf| elf.sizes());
        assert_eq!(sizes, Some(Sizes { text: 120, data: 3, bss: 40 }));
    }

    #[test]
    fn symbols_have_a_name_and_a_length() {
        let mut contents = b"\0head\0".to_vec();
        for field in [1_u32, 0x2000_0000, 128, 0] {
            contents.extend_from_slice(&field.to_le_bytes());
        }
        let file = program(&contents, &[[3, 0, 52, 6, 0], [2, 0, 58, 16, 0]]);
        let symbols = Elf::parse(&file).and_then(|elf| elf.symbols());
        assert_eq!(symbols, Some(vec![Symbol { name: "head".into(), length: 128 }]));
    }

    #[test]
    fn a_torn_file_is_refused() {
        let file = program(b"", &[[1, 2, 52, 100, 0]]);
        assert!(Elf::parse(&file[..file.len() - 20]).is_none());
        assert!(Elf::parse(b"\0asm").is_none());
    }
}
