//! Labels that JavaScript names by a number, as most are the same for every entity.

/// How many labels there are at most, and how long all of them.
const COUNT: usize = 128;
const TEXT: usize = 2_048;

/// Labels, one behind the other.
pub(crate) struct Labels {
    text: [u8; TEXT],
    /// Where each ends.
    ends: [u16; COUNT],
    count: usize,
}

impl Labels {
    pub(crate) const fn new() -> Self {
        Self { text: [0; TEXT], ends: [0; COUNT], count: 0 }
    }

    /// Takes one more label, whose number is how many there were; `None` where there is no room.
    pub(crate) fn add(&mut self, label: &[u8]) -> Option<()> {
        let start = self.start(self.count);
        let end = start + label.len();
        self.text.get_mut(start..end)?.copy_from_slice(label);
        *self.ends.get_mut(self.count)? = end as u16;
        self.count += 1;
        Some(())
    }

    /// The label with this number.
    pub(crate) fn get(&self, number: usize) -> Option<&[u8]> {
        self.text.get(self.start(number)..usize::from(*self.ends.get(number)?))
    }

    fn start(&self, number: usize) -> usize {
        self.ends.get(number.wrapping_sub(1)).map_or(0, |&end| end.into())
    }
}
