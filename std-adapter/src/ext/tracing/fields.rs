//! What becomes of the fields of a span.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::Serialize;
use tracing_core::Metadata;
use tracing_core::field::{Field, Visit};
use tracing_core::span::Attributes;

use super::secrets::is_secret;
use super::text::{displayed, key_of, plain};
use crate::{AnnotationValue, EntityHandle, Namespace, Sql};

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldUse {
    /// Indexed, for X-Ray's searches.
    Annotation,
    /// Kept beside.
    Metadata,
    /// Not recorded; its value is not looked at.
    Nothing,
}

/// A rule of the user's.
type Rule = Box<dyn Fn(&Metadata<'_>, &str) -> FieldUse + Send + Sync>;

/// The rule by which fields are recorded.
#[derive(Default)]
pub(super) struct Fields {
    annotations: Vec<String>,
    metadata: Vec<String>,
    keeps_text: bool,
    own: Option<Rule>,
}

impl Fields {
    pub(super) fn annotate(&mut self, names: impl Iterator<Item = String>) {
        self.annotations.extend(names);
    }

    pub(super) fn keep(&mut self, names: impl Iterator<Item = String>) {
        self.metadata.extend(names);
    }

    pub(super) fn keep_text(&mut self) {
        self.keeps_text = true;
    }

    pub(super) fn keep_by(&mut self, rule: impl Fn(&Metadata<'_>, &str) -> FieldUse + Send + Sync + 'static) {
        self.own = Some(Box::new(rule));
    }

    fn use_of(&self, metadata: &Metadata<'_>, name: &str, is_text: bool) -> FieldUse {
        let names = |list: &[String]| list.iter().any(|named| named == name);
        match &self.own {
            Some(rule) => rule(metadata, name),
            None if names(&self.annotations) => FieldUse::Annotation,
            None if names(&self.metadata) => FieldUse::Metadata,
            None if is_text && !self.keeps_text || is_secret(name) => FieldUse::Nothing,
            None => FieldUse::Metadata,
        }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { annotations, metadata, keeps_text, own } = self;
        f.debug_struct("Fields")
            .field("annotations", annotations)
            .field("metadata", metadata)
            .field("keeps_text", keeps_text)
            .field("own", &own.is_some())
            .finish()
    }
}

/// What a span says about its entity before that begins.
#[derive(Debug, Default)]
pub(super) struct Instructions {
    name: Option<String>,
    trace_header: Option<String>,
}

const NAMES: [&str; 2] = ["xray.name", "otel.name"];
const TRACE_HEADER: &str = "xray.trace_header";

impl Instructions {
    pub(super) fn of(attributes: &Attributes<'_>) -> Self {
        let mut instructions = Self::default();
        // Most spans have none, and their values are not to be looked at for that.
        let is_one = |field: Field| NAMES.contains(&field.name()) || field.name() == TRACE_HEADER;
        if attributes.metadata().fields().iter().any(is_one) {
            attributes.record(&mut instructions);
        }
        instructions
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn trace_header(&self) -> &str {
        self.trace_header.as_deref().unwrap_or_default()
    }
}

impl Visit for Instructions {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            name if NAMES.contains(&name) => self.name = Some(displayed(format_args!("{value:?}"))),
            TRACE_HEADER => self.trace_header = Some(displayed(format_args!("{value:?}"))),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // The `Debug` of a string has quotes.
        self.record_debug(field, &format_args!("{value}"));
    }
}

/// Writes the values of a span to its entity.
pub(super) struct Recording<'r> {
    entity: &'r EntityHandle,
    fields: &'r Fields,
    metadata: &'r Metadata<'r>,
    statement: Option<String>,
    database_type: Option<String>,
}

impl<'r> Recording<'r> {
    pub(super) fn new(entity: &'r EntityHandle, fields: &'r Fields, metadata: &'r Metadata<'r>) -> Self {
        Self { entity, fields, metadata, statement: None, database_type: None }
    }

    /// Writes what `record` shows.
    pub(super) fn values(mut self, record: impl FnOnce(&mut dyn Visit)) {
        record(&mut self);
        let Self { entity, statement, database_type, .. } = self;
        if let (Some(statement), Some(subsegment)) = (statement, entity.as_subsegment()) {
            subsegment.set_namespace(Namespace::Remote).set_sql(&Sql {
                sanitized_query: Some(statement.trim()),
                database_type: database_type.as_deref(),
                ..Sql::default()
            });
        }
    }

    fn text<'v>(&mut self, field: &Field, value: impl FnOnce() -> Cow<'v, str>) {
        let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
        match field.name() {
            "db.statement" | "db.query.text" | "mysql_async.query.sql" => self.statement = Some(value().into_owned()),
            "db.system" | "db.system.name" => self.database_type = Some(value().into_owned()),
            "otel.kind" => {
                let kind = value();
                self.belongs_to((is(&kind, "client") || is(&kind, "producer")).then_some(Namespace::Remote));
            }
            "xray.namespace" => {
                let namespace = value();
                let aws = is(&namespace, "aws").then_some(Namespace::Aws);
                self.belongs_to(aws.or_else(|| is(&namespace, "remote").then_some(Namespace::Remote)));
            }
            "otel.status_code" => {
                if is(&value(), "error") {
                    self.entity.set_fault();
                }
            }
            // Followed when the span was made.
            TRACE_HEADER => {}
            name if NAMES.contains(&name) => {}
            name => match self.fields.use_of(self.metadata, plain(name), true) {
                FieldUse::Annotation => self.annotate(name, AnnotationValue::Text(&value())),
                FieldUse::Metadata => drop(self.entity.put_metadata(plain(name), &*value())),
                FieldUse::Nothing => {}
            },
        }
    }

    /// A number or a boolean.
    fn scalar<'v>(&self, field: &Field, value: impl Into<AnnotationValue<'v>> + Serialize) {
        let name = plain(field.name());
        match self.fields.use_of(self.metadata, name, false) {
            FieldUse::Annotation => self.annotate(name, value.into()),
            FieldUse::Metadata => drop(self.entity.put_metadata(name, &value)),
            FieldUse::Nothing => {}
        }
    }

    fn annotate(&self, name: &str, value: AnnotationValue<'_>) {
        self.entity.put_annotation(&*key_of(name), value);
    }

    fn belongs_to(&self, namespace: Option<Namespace>) {
        if let (Some(namespace), Some(subsegment)) = (namespace, self.entity.as_subsegment()) {
            subsegment.set_namespace(namespace);
        }
    }
}

impl Visit for Recording<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, || Cow::Owned(displayed(format_args!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, || Cow::Borrowed(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, || Cow::Owned(displayed(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.scalar(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.scalar(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.scalar(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.scalar(field, value);
    }
}
