//! The rules there are, in the order in which they are asked, and what to do when there is no room for more.

use core::cmp::Ordering;

use heapless::VecView;

use super::rule::{DEFAULT, Rule, Terms};
use crate::json::read::Text;
use crate::sampling::criteria::{ATTRIBUTES, Criteria, Texts};
use crate::time::Timestamp;

/// Rules by priority, then by name; `Default` is last, whatever its priority. And their texts.
pub(super) struct Table<'t> {
    pub(super) rules: &'t mut VecView<Rule>,
    pub(super) texts: &'t mut Texts,
}

/// A rule as the service lists it.
pub(super) struct Listed<'j> {
    pub(super) name: Text<'j>,
    pub(super) patterns: [Text<'j>; ATTRIBUTES],
    pub(super) terms: Terms,
}

/// What became of a rule that was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Yes,
    /// In the place of one that was listed too.
    InsteadOfOther,
    No,
}

impl Table<'_> {
    pub(super) fn position(&self, name: Text<'_>) -> Option<usize> {
        self.rules.iter().position(|rule| name.is(rule.criteria.name(self.texts)))
    }

    /// Takes a rule in: one of the same name goes on with what it says now. Where there is no room, rules that are not
    /// listed any more make way first, and then the last in order: that may be this one.
    pub(super) fn list(&mut self, listed: &Listed<'_>, now: Timestamp) -> Kept {
        match self.position(listed.name) {
            Some(at) if self.is_for_the_same(&self.rules[at], listed) => {
                let mut rule = self.rules.remove(at);
                rule.renew(listed.terms);
                self.insert(rule);
                Kept::Yes
            }
            Some(at) => {
                let mut old = self.rules.remove(at);
                old.renew(listed.terms);
                self.add(listed, Some(old), now)
            }
            None => self.add(listed, None, now),
        }
    }

    /// Whether the patterns are the ones there were.
    fn is_for_the_same(&self, rule: &Rule, listed: &Listed<'_>) -> bool {
        let patterns = rule.criteria.patterns(self.texts);
        listed.name.is(DEFAULT) || patterns.zip(listed.patterns).all(|(old, new)| new.is(old))
    }

    /// Takes in a rule with texts that are new; `old` is what it was until now.
    fn add(&mut self, listed: &Listed<'_>, old: Option<Rule>, now: Timestamp) -> Kept {
        let mut kept = Kept::Yes;
        loop {
            if let Some(lengths) = self.write_texts(listed) {
                let criteria = Criteria::at_end(self.texts, lengths);
                let rule = match old {
                    Some(old) => old.with(criteria),
                    None => Rule::new(criteria, listed.terms, now),
                };
                self.insert(rule);
                return kept;
            }
            match self.make_way(listed) {
                Some(was_listed) => kept = if was_listed { Kept::InsteadOfOther } else { kept },
                None => return Kept::No,
            }
        }
    }

    /// Appends the rule's texts, if there is room for them and for the rule; gives their lengths.
    fn write_texts(&mut self, listed: &Listed<'_>) -> Option<[u8; 1 + ATTRIBUTES]> {
        if self.rules.is_full() {
            return None;
        }
        self.append(listed).or_else(|| {
            self.close_gaps();
            self.append(listed)
        })
    }

    fn append(&mut self, listed: &Listed<'_>) -> Option<[u8; 1 + ATTRIBUTES]> {
        let before = self.texts.len();
        let is_default = listed.name.is(DEFAULT);
        let mut lengths = [0; 1 + ATTRIBUTES];
        let mut push = |at: usize, text: Text<'_>| {
            // The default rule is for everything, whatever its patterns say.
            let length = match at {
                1.. if is_default => self.texts.push(b'*').ok().map(|()| 1),
                _ => text.push_to(self.texts),
            };
            lengths[at] = u8::try_from(length?).ok()?;
            Some(())
        };
        let written =
            core::iter::once(listed.name).chain(listed.patterns).enumerate().try_for_each(|(at, text)| push(at, text));
        if written.is_none() {
            self.texts.truncate(before);
        }
        written.map(|()| lengths)
    }

    /// Moves the texts together over those of rules that are no more.
    pub(super) fn close_gaps(&mut self) {
        let mut end = 0;
        let mut from = 0;
        // By where they stand, which is not the order of the rules.
        while let Some(rule) =
            self.rules.iter_mut().filter(|rule| rule.criteria.start() >= from).min_by_key(|rule| rule.criteria.start())
        {
            let (start, length) = (rule.criteria.start(), rule.criteria.length());
            from = start + length.max(1);
            if let Some(texts) = self.texts.get_mut(..start + length) {
                texts.copy_within(start.., end);
            }
            rule.criteria.move_to(end);
            end += length;
        }
        self.texts.truncate(end);
    }

    /// Removes a rule for a more important one, and says whether it was listed; `None` where there is none less important.
    fn make_way(&mut self, listed: &Listed<'_>) -> Option<bool> {
        let unlisted = self.rules.iter().rposition(|rule| !rule.listed);
        let last = || {
            let at = self.rules.iter().rposition(|rule| rule.criteria.name(self.texts) != DEFAULT)?;
            (self.order_of_listed(listed, &self.rules[at]) == Ordering::Less).then_some(at)
        };
        let at = unlisted.or_else(last)?;
        Some(self.rules.remove(at).listed)
    }

    fn order_of_listed(&self, listed: &Listed<'_>, rule: &Rule) -> Ordering {
        let name = rule.criteria.name(self.texts);
        let is_default = listed.name.is(DEFAULT);
        // The default rule never makes way, and takes the last place of another.
        if is_default {
            return Ordering::Less;
        }
        listed.terms.priority.cmp(&rule.terms.priority).then_with(|| listed.name.chars().cmp(name.chars()))
    }

    fn insert(&mut self, rule: Rule) {
        let key = |rule: &Rule, texts: &Texts| {
            let name = rule.criteria.name(texts);
            (name == DEFAULT, rule.terms.priority)
        };
        let texts = &*self.texts;
        let (is_default, priority) = key(&rule, texts);
        let name = rule.criteria.name(texts);
        let at = self
            .rules
            .iter()
            .position(|other| {
                let (other_is_default, other_priority) = key(other, texts);
                (is_default, priority, name) < (other_is_default, other_priority, other.criteria.name(texts))
            })
            .unwrap_or(self.rules.len());
        // There is room: the rule was taken out, or there was found to be.
        let _ = self.rules.insert(at, rule);
    }
}
