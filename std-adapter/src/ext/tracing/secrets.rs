//! Names of fields whose values are nobody's business.

/// Parts of names that say so wherever they stand, whatever separates their words: `api_key`, `x-api-key`, `myApiKey`.
const PARTS: [&str; 21] = [
    "accesskey",
    "accountnum",
    "apikey",
    "authcode",
    "authorization",
    "cardnum",
    "cookie",
    "credential",
    "creditcard",
    "otpcode",
    "passcode",
    "passkey",
    "passphrase",
    "passw",
    "pincode",
    "private",
    "routingnum",
    "secret",
    "session",
    "signature",
    "token",
];

/// Words that say so only if they stand alone, `pan`, and not `span`: those that begin with a letter.
const fn words(first: u8) -> &'static [&'static str] {
    match first {
        b'a' | b'A' => &["auth"],
        b'b' | b'B' => &["bearer"],
        b'c' | b'C' => &["card", "cc", "ccn", "ccv", "creds", "csc", "cvc", "cvn", "cvv"],
        b'i' | b'I' => &["iban"],
        b'j' | b'J' => &["jwt"],
        b'k' | b'K' => &["key"],
        b'm' | b'M' => &["mfa"],
        b'o' | b'O' => &["oauth", "otp"],
        b'p' | b'P' => &["pan", "pass", "pin", "psk", "pw", "pwd"],
        b's' | b'S' => &["sortcode", "ssn"],
        b't' | b'T' => &["totp"],
        _ => &[],
    }
}

/// Whether a field of this name is kept to the program, unless it is asked for.
pub(super) fn is_secret(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (mut start, mut before) = (0, Class::Sign);
    for (at, byte) in bytes.iter().enumerate() {
        let class = CLASSES[usize::from(*byte)];
        // There is another word after a sign, between letters and digits, and where `camelCase` has a capital.
        let begins_a_word = match (before, class) {
            (Class::Capital, Class::Capital) => bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase),
            (Class::Capital, Class::Letter) => false,
            (before, class) => before as u8 != class as u8,
        };
        if begins_a_word {
            if is_word(&bytes[start..at]) {
                return true;
            }
            start = at;
        }
        before = class;
        let second = bytes.get(at + 1).map_or(0, |second| second & 31);
        let may_begin_part = SECOND_LETTERS[usize::from(byte & 31)] >> second & 1 == 1;
        if may_begin_part && PARTS.iter().any(|part| begins_with(&bytes[at..], part.as_bytes())) {
            return true;
        }
    }
    is_word(&bytes[start..])
}

/// What a byte of a name is.
#[derive(Clone, Copy)]
enum Class {
    Sign,
    Letter,
    Capital,
    Digit,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Sign; 256];
    let mut byte = 0;
    while byte < classes.len() {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Letter,
            b'A'..=b'Z' => Class::Capital,
            b'0'..=b'9' => Class::Digit,
            _ => Class::Sign,
        };
        byte += 1;
    }
    classes
};

fn is_word(word: &[u8]) -> bool {
    let known = word.first().map_or(&[][..], |first| words(*first));
    known.iter().any(|secret| word.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Whether a name begins with a part, whatever signs there are between its letters.
fn begins_with(name: &[u8], part: &[u8]) -> bool {
    let mut letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    part.iter().all(|wanted| letters.next().is_some_and(|letter| letter.eq_ignore_ascii_case(wanted)))
}

/// By the last five bits of the first letter of a part, in either case, those of its second as a set: names that hold no part
/// hold few of such pairs.
const SECOND_LETTERS: [u32; 32] = {
    let mut letters = [0; 32];
    let mut part = 0;
    while part < PARTS.len() {
        let bytes = PARTS[part].as_bytes();
        letters[(bytes[0] & 31) as usize] |= 1 << (bytes[1] & 31);
        part += 1;
    }
    letters
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_by_their_words() {
        for name in [
            "password",
            "userPassword",
            "db_passwd",
            "API_KEY",
            "x-api-key",
            "auth.token",
            "card",
            "card_no",
            "pin",
            "cardNumber",
            "cardnumber",
            "creditCard",
            "cvv2",
            "CVV",
            "pinCode",
            "PINCode",
            "otpCode",
            "authCode",
            "pass",
            "user.pass",
            "passcode",
            "cc",
            "iban2",
            "accountNumber",
            "accountNum",
            "dbPwd",
            "accessKey",
            "AWSAccessKeyId",
            "authHeader",
            "jwtValue",
            "newTOKEN",
            "session-id",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "keyboard",
            "shipping",
            "discard",
            "span",
            "author",
            "authorId",
            "order_id",
            "monkey",
            "passed",
            "account_id",
            "accountId",
            "compass",
            "pinned",
            "cards",
            "discardN",
            "discard_no",
            "account_nodes",
            "occ",
            "http2",
            "items",
            "",
            "é",
            "_",
            "a1B2",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
