//! Labels that JavaScript names by a number, as most are the same for every entity.

/// How many labels there are at most, and how long all of them.
const COUNT: usize = 127;
const TEXT: usize = 2_048;

/// Labels, one behind the other.
pub(crate) struct Labels {
    text: [u8; TEXT],
    /// Where each begins, and the one behind it.
    starts: [u16; COUNT + 1],
    count: usize,
}

impl Labels {
    pub(crate) const fn new() -> Self {
        Self { text: [0; TEXT], starts: [0; COUNT + 1], count: 0 }
    }

    /// Takes one more label, whose number is how many there were; `None` where there is no room.
    pub(crate) fn add(&mut self, label: &[u8]) -> Option<()> {
        let [start, end] = self.starts.get_mut(self.count..)?.first_chunk_mut()?;
        let text = self.text.get_mut(usize::from(*start)..)?.get_mut(..label.len())?;
        text.copy_from_slice(label);
        *end = *start + label.len() as u16;
        self.count += 1;
        Some(())
    }

    /// The label with this number.
    pub(crate) fn get(&self, number: usize) -> Option<&[u8]> {
        let &[start, end] = self.starts.get(number..)?.first_chunk()?;
        self.text.get(start.into()..end.into())
    }
}
