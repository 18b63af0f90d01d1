//! The rules there are, in the order in which they are asked, and what to do when there is no room for more.

use core::cmp::Ordering;

use heapless::VecView;

use super::rule::{DEFAULT, Listing, Rule, Terms};
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

impl Listed<'_> {
    /// Bytes that its texts take.
    fn length(&self) -> usize {
        // The default rule is for everything, whatever its patterns say.
        let patterns = self.patterns.iter().map(|text| if self.name.is(DEFAULT) { 1 } else { text.len_utf8() });
        self.name.len_utf8() + patterns.sum::<usize>()
    }
}

impl Table<'_> {
    pub(super) fn position(&self, name: Text<'_>) -> Option<usize> {
        self.rules.iter().position(|rule| name.is(rule.criteria.name(self.texts)))
    }

    /// Takes a rule in: one of the same name goes on with what it says now. Where there is no room, rules that are not
    /// listed any more make way first, and then the last in order: that may be this one. Gives how many listed rules have
    /// no place for it.
    pub(super) fn list(&mut self, listed: &Listed<'_>, now: Timestamp) -> u32 {
        match self.position(listed.name) {
            Some(at) if self.is_for_the_same(&self.rules[at], listed) => {
                let mut rule = self.rules.remove(at);
                rule.renew(listed.terms);
                self.insert(rule);
                0
            }
            Some(at) => {
                let mut old = self.rules.remove(at);
                old.renew(listed.terms);
                self.add(listed, Some(old), now)
            }
            None => self.add(listed, None, now),
        }
    }

    /// A rule of this name is listed further on, so that it need not make way before.
    pub(super) fn expect(&mut self, name: Text<'_>) {
        if let Some(at) = self.position(name) {
            self.rules[at].listing = Listing::Expected;
        }
    }

    /// Whether the patterns are the ones there were.
    fn is_for_the_same(&self, rule: &Rule, listed: &Listed<'_>) -> bool {
        let patterns = rule.criteria.patterns(self.texts);
        listed.name.is(DEFAULT) || patterns.zip(listed.patterns).all(|(old, new)| new.is(old))
    }

    /// Takes in a rule with texts that are new; `old` is what it was until now.
    fn add(&mut self, listed: &Listed<'_>, old: Option<Rule>, now: Timestamp) -> u32 {
        let length = listed.length();
        if !self.can_make_way(listed, length) {
            return 1;
        }
        let mut lost = 0;
        while self.rules.is_full() || self.free() < length {
            let Some(was_listed) = self.make_way(listed) else { return lost + 1 };
            lost += u32::from(was_listed);
        }
        if self.texts.capacity() - self.texts.len() < length {
            self.close_gaps();
        }
        let Some(lengths) = self.append(listed) else { return lost + 1 };
        let criteria = Criteria::at_end(self.texts, lengths);
        self.insert(match old {
            Some(old) => old.with(criteria),
            None => Rule::new(criteria, listed.terms, now),
        });
        lost
    }

    /// Bytes that no rule's texts take.
    fn free(&self) -> usize {
        self.texts.capacity() - self.rules.iter().map(|rule| rule.criteria.length()).sum::<usize>()
    }

    /// Whether there is room for this rule when all have made way that would.
    fn can_make_way(&self, listed: &Listed<'_>, length: usize) -> bool {
        let would = self.rules.iter().filter(|rule| self.makes_way(rule, listed));
        let (rules, bytes) = would.fold((0, 0), |(rules, bytes), rule| (rules + 1, bytes + rule.criteria.length()));
        (!self.rules.is_full() || rules > 0) && self.free() + bytes >= length
    }

    fn makes_way(&self, rule: &Rule, listed: &Listed<'_>) -> bool {
        let is_default = rule.criteria.name(self.texts) == DEFAULT;
        !is_default && (rule.listing == Listing::No || self.order_of_listed(listed, rule) == Ordering::Less)
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
        let would = |rule: &Rule| self.makes_way(rule, listed);
        let unlisted = self.rules.iter().rposition(|rule| rule.listing == Listing::No && would(rule));
        let at = unlisted.or_else(|| self.rules.iter().rposition(would))?;
        Some(self.rules.remove(at).listing == Listing::Yes)
    }

    /// Puts a text behind those of the rules, the last of which make way for it; gives its length and how many those are.
    pub(super) fn keep_behind(&mut self, text: Text<'_>) -> Option<(u16, u32)> {
        let length = text.len_utf8();
        let mut lost = 0;
        while self.free() < length {
            let last = self.rules.iter().rposition(|rule| rule.criteria.name(self.texts) != DEFAULT)?;
            lost += u32::from(self.rules.remove(last).listing != Listing::No);
        }
        self.close_gaps();
        text.push_to(self.texts)?;
        Some((u16::try_from(length).ok()?, lost))
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
