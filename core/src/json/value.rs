//! A total `serde::Serializer`: every value of every type becomes valid JSON or a typed refusal, and nothing panics.
//!
//! serde-json-core panics on `char`, `u128`, tuple variants and any `Error::custom`, writes invalid JSON for bytes and
//! for integer or boolean map keys, does not escape field names, and costs 6 to 9 times as much as writing directly;
//! a checked bridge over it would have to re-implement each of these, so this is the smaller piece of the two.
//!
//! The mapping is serde_json's: `None` and unit are `null`, bytes an array of numbers, a newtype its content, a unit
//! variant its name, other variants an object of one member, map keys strings (numbers, booleans and characters as
//! keys are quoted). Non-finite floats are `null`, and as map keys a refusal.

use core::fmt::{self, Display, Write};
use core::mem;

use serde::ser::{self, Serialize};

use super::{Tail, literal, number, string};

/// How deep a value may nest; deeper ones are refused, as a stack is finite and so is the patience of JSON readers.
pub(crate) const MAX_DEPTH: u8 = 64;

/// Why a value was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueError {
    Full,
    TooDeep,
    KeyMustBeAString,
    Custom,
}

impl Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value cannot be written")
    }
}

impl ser::StdError for ValueError {}

impl ser::Error for ValueError {
    fn custom<T: Display>(_: T) -> Self {
        Self::Custom
    }
}

/// Writes `value` as JSON.
#[inline]
pub(crate) fn value<'b, T: Serialize + ?Sized>(tail: &'b mut [u8], value: &T) -> Result<&'b mut [u8], ValueError> {
    value.serialize(Writer::within(tail, 0))
}

fn fits(tail: Tail<'_>) -> Result<&mut [u8], ValueError> {
    tail.ok_or(ValueError::Full)
}

/// Most values are texts. By itself, so that what is around it is small enough to be inlined where values are written.
#[inline(never)]
fn text<'b>(tail: &'b mut [u8], text: &str) -> Tail<'b> {
    string::quoted(tail, text)
}

struct Writer<'b> {
    tail: &'b mut [u8],
    /// Brackets around this value.
    depth: u8,
    /// Options and newtypes around it within those: a chain of them writes nothing, and must still end.
    wraps: u8,
}

impl<'b> Writer<'b> {
    fn within(tail: &'b mut [u8], depth: u8) -> Self {
        Self { tail, depth, wraps: 0 }
    }

    fn wrapped(self) -> Result<Self, ValueError> {
        let wraps = self.wraps + 1;
        if wraps > MAX_DEPTH { Err(ValueError::TooDeep) } else { Ok(Self { wraps, ..self }) }
    }

    fn open(self, bracket: &[u8; 1], closer: &'static [u8]) -> Result<Compound<'b>, ValueError> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(ValueError::TooDeep);
        }
        let tail = fits(literal(self.tail, bracket))?;
        Ok(Compound { tail, depth, empty: true, value_due: false, closer })
    }

    /// `{"Variant":`
    fn open_variant(self, variant: &str) -> Result<Self, ValueError> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(ValueError::TooDeep);
        }
        let tail = literal(self.tail, b"{")
            .and_then(|tail| string::quoted(tail, variant))
            .and_then(|tail| literal(tail, b":"));
        Ok(Self::within(fits(tail)?, depth))
    }
}

impl<'b> ser::Serializer for Writer<'b> {
    type Ok = &'b mut [u8];
    type Error = ValueError;
    type SerializeSeq = Compound<'b>;
    type SerializeTuple = Compound<'b>;
    type SerializeTupleStruct = Compound<'b>;
    type SerializeTupleVariant = Compound<'b>;
    type SerializeMap = Compound<'b>;
    type SerializeStruct = Compound<'b>;
    type SerializeStructVariant = Compound<'b>;

    fn serialize_bool(self, v: bool) -> Result<Self::Ok, ValueError> {
        fits(if v { literal(self.tail, b"true") } else { literal(self.tail, b"false") })
    }

    fn serialize_i8(self, v: i8) -> Result<Self::Ok, ValueError> {
        self.serialize_i64(v.into())
    }

    fn serialize_i16(self, v: i16) -> Result<Self::Ok, ValueError> {
        self.serialize_i64(v.into())
    }

    fn serialize_i32(self, v: i32) -> Result<Self::Ok, ValueError> {
        self.serialize_i64(v.into())
    }

    fn serialize_i64(self, v: i64) -> Result<Self::Ok, ValueError> {
        fits(number::signed(self.tail, v))
    }

    fn serialize_i128(self, v: i128) -> Result<Self::Ok, ValueError> {
        fits(number::display(self.tail, format_args!("{v}")))
    }

    fn serialize_u8(self, v: u8) -> Result<Self::Ok, ValueError> {
        self.serialize_u64(v.into())
    }

    fn serialize_u16(self, v: u16) -> Result<Self::Ok, ValueError> {
        self.serialize_u64(v.into())
    }

    fn serialize_u32(self, v: u32) -> Result<Self::Ok, ValueError> {
        self.serialize_u64(v.into())
    }

    fn serialize_u64(self, v: u64) -> Result<Self::Ok, ValueError> {
        fits(number::unsigned(self.tail, v))
    }

    fn serialize_u128(self, v: u128) -> Result<Self::Ok, ValueError> {
        fits(number::display(self.tail, format_args!("{v}")))
    }

    fn serialize_f32(self, v: f32) -> Result<Self::Ok, ValueError> {
        fits(number::float32(self.tail, v))
    }

    fn serialize_f64(self, v: f64) -> Result<Self::Ok, ValueError> {
        fits(number::float(self.tail, v))
    }

    fn serialize_char(self, v: char) -> Result<Self::Ok, ValueError> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    #[inline(always)]
    fn serialize_str(self, v: &str) -> Result<Self::Ok, ValueError> {
        fits(text(self.tail, v))
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<Self::Ok, ValueError> {
        let mut array = self.open(b"[", b"]")?;
        for byte in v {
            ser::SerializeSeq::serialize_element(&mut array, byte)?;
        }
        ser::SerializeSeq::end(array)
    }

    fn serialize_none(self) -> Result<Self::Ok, ValueError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<Self::Ok, ValueError> {
        v.serialize(self.wrapped()?)
    }

    fn serialize_unit(self) -> Result<Self::Ok, ValueError> {
        fits(literal(self.tail, b"null"))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Self::Ok, ValueError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Self::Ok, ValueError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Result<Self::Ok, ValueError> {
        self.serialize_some(v)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<Self::Ok, ValueError> {
        let tail = v.serialize(self.open_variant(variant)?)?;
        fits(literal(tail, b"}"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'b>, ValueError> {
        self.open(b"[", b"]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'b>, ValueError> {
        self.open(b"[", b"]")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'b>, ValueError> {
        self.open(b"[", b"]")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'b>, ValueError> {
        self.open_variant(variant)?.open(b"[", b"]}")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'b>, ValueError> {
        self.open(b"{", b"}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'b>, ValueError> {
        self.open(b"{", b"}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'b>, ValueError> {
        self.open_variant(variant)?.open(b"{", b"}}")
    }

    fn collect_str<T: Display + ?Sized>(self, v: &T) -> Result<Self::Ok, ValueError> {
        struct Escaping<'b> {
            tail: &'b mut [u8],
            full: bool,
        }
        impl Write for Escaping<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                match string::escaped(mem::take(&mut self.tail), text) {
                    Some(rest) => self.tail = rest,
                    None => self.full = true,
                }
                if self.full { Err(fmt::Error) } else { Ok(()) }
            }
        }
        let mut out = Escaping { tail: fits(literal(self.tail, b"\""))?, full: false };
        let displayed = write!(out, "{v}");
        if out.full {
            return Err(ValueError::Full);
        }
        displayed.map_err(|_| ValueError::Custom)?;
        fits(literal(out.tail, b"\""))
    }
}

/// An array or object that has been opened.
struct Compound<'b> {
    tail: &'b mut [u8],
    depth: u8,
    empty: bool,
    /// A map key stands without its value: a `Serialize` that forgets one must not make an invalid document.
    value_due: bool,
    closer: &'static [u8],
}

impl<'b> Compound<'b> {
    /// Writes one piece with `write`, which takes the tail and gives back the rest. A failure loses the tail, as the
    /// whole value has failed then.
    fn piece(
        &mut self,
        write: impl FnOnce(&'b mut [u8], u8) -> Result<&'b mut [u8], ValueError>,
    ) -> Result<(), ValueError> {
        self.tail = write(mem::take(&mut self.tail), self.depth)?;
        Ok(())
    }

    fn separator(&mut self) -> Result<(), ValueError> {
        if mem::take(&mut self.empty) {
            return Ok(());
        }
        self.piece(|tail, _| fits(literal(tail, b",")))
    }

    fn element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), ValueError> {
        self.separator()?;
        self.piece(|tail, depth| v.serialize(Writer::within(tail, depth)))
    }

    fn member_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), ValueError> {
        self.piece(|tail, depth| v.serialize(Writer::within(fits(literal(tail, b":"))?, depth)))
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, v: &T) -> Result<(), ValueError> {
        self.separator()?;
        self.piece(|tail, _| fits(string::quoted(tail, name)))?;
        self.member_value(v)
    }

    fn close(self) -> Result<&'b mut [u8], ValueError> {
        fits(super::raw(self.tail, self.closer))
    }
}

macro_rules! sequence {
    ($($implemented:ident :: $method:ident),*) => {$(
        impl<'b> ser::$implemented for Compound<'b> {
            type Ok = &'b mut [u8];
            type Error = ValueError;

            fn $method<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), ValueError> {
                self.element(v)
            }

            fn end(self) -> Result<Self::Ok, ValueError> {
                self.close()
            }
        }
    )*};
}
sequence!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! structure {
    ($($implemented:ident),*) => {$(
        impl<'b> ser::$implemented for Compound<'b> {
            type Ok = &'b mut [u8];
            type Error = ValueError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, v: &T) -> Result<(), ValueError> {
                self.field(name, v)
            }

            fn end(self) -> Result<Self::Ok, ValueError> {
                self.close()
            }
        }
    )*};
}
structure!(SerializeStruct, SerializeStructVariant);

impl<'b> ser::SerializeMap for Compound<'b> {
    type Ok = &'b mut [u8];
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        if mem::replace(&mut self.value_due, true) {
            return Err(ValueError::Custom);
        }
        self.separator()?;
        self.piece(|tail, depth| key.serialize(KeyWriter(Writer::within(tail, depth))))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), ValueError> {
        if !mem::take(&mut self.value_due) {
            return Err(ValueError::Custom);
        }
        self.member_value(v)
    }

    fn end(self) -> Result<Self::Ok, ValueError> {
        if self.value_due { Err(ValueError::Custom) } else { self.close() }
    }
}

/// Map keys: what has a natural text is quoted, the rest is refused.
struct KeyWriter<'b>(Writer<'b>);

impl<'b> KeyWriter<'b> {
    fn in_quotes(
        self,
        write: impl FnOnce(Writer<'b>) -> Result<&'b mut [u8], ValueError>,
    ) -> Result<&'b mut [u8], ValueError> {
        let tail = fits(literal(self.0.tail, b"\""))?;
        let tail = write(Writer::within(tail, self.0.depth))?;
        fits(literal(tail, b"\""))
    }
}

macro_rules! quoted_keys {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, v: $type) -> Result<Self::Ok, ValueError> {
            self.in_quotes(|writer| writer.$method(v))
        }
    )*};
}

macro_rules! no_keys {
    ($($method:ident($($argument:ty),*) -> $result:ty),*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$result, ValueError> {
            Err(ValueError::KeyMustBeAString)
        }
    )*};
}

impl<'b> ser::Serializer for KeyWriter<'b> {
    type Ok = &'b mut [u8];
    type Error = ValueError;
    type SerializeSeq = ser::Impossible<Self::Ok, ValueError>;
    type SerializeTuple = ser::Impossible<Self::Ok, ValueError>;
    type SerializeTupleStruct = ser::Impossible<Self::Ok, ValueError>;
    type SerializeTupleVariant = ser::Impossible<Self::Ok, ValueError>;
    type SerializeMap = ser::Impossible<Self::Ok, ValueError>;
    type SerializeStruct = ser::Impossible<Self::Ok, ValueError>;
    type SerializeStructVariant = ser::Impossible<Self::Ok, ValueError>;

    quoted_keys!(
        serialize_bool: bool,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    );

    no_keys!(
        serialize_bytes(&[u8]) -> Self::Ok,
        serialize_none() -> Self::Ok,
        serialize_unit() -> Self::Ok,
        serialize_unit_struct(&'static str) -> Self::Ok,
        serialize_seq(Option<usize>) -> Self::SerializeSeq,
        serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_struct(&'static str, usize) -> Self::SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant
    );

    fn serialize_f32(self, v: f32) -> Result<Self::Ok, ValueError> {
        if v.is_finite() { self.in_quotes(|writer| writer.serialize_f32(v)) } else { Err(ValueError::KeyMustBeAString) }
    }

    fn serialize_f64(self, v: f64) -> Result<Self::Ok, ValueError> {
        if v.is_finite() { self.in_quotes(|writer| writer.serialize_f64(v)) } else { Err(ValueError::KeyMustBeAString) }
    }

    fn serialize_char(self, v: char) -> Result<Self::Ok, ValueError> {
        self.0.serialize_char(v)
    }

    fn serialize_str(self, v: &str) -> Result<Self::Ok, ValueError> {
        self.0.serialize_str(v)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<Self::Ok, ValueError> {
        v.serialize(Self(self.0.wrapped()?))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Self::Ok, ValueError> {
        self.0.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Result<Self::Ok, ValueError> {
        self.serialize_some(v)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, ValueError> {
        Err(ValueError::KeyMustBeAString)
    }

    fn collect_str<T: Display + ?Sized>(self, v: &T) -> Result<Self::Ok, ValueError> {
        self.0.collect_str(v)
    }
}
