//! `Debug` of messages: what is set, without secrets.

use std::fmt;

use super::{Message, Value};

/// The annotation in which `kubectl apply` keeps an object, which may be a Secret.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Writes a message for a person to read: the fields that are not empty, under their names in JSON; a
/// secret one without its content.
pub(crate) fn debug(message: &dyn Message, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let descriptor = message.descriptor();
    let mut shown = f.debug_struct(descriptor.name);
    for (place, info) in descriptor.fields.iter().enumerate() {
        let field = message.field(place);
        match field.get() {
            _ if field.is_unset() => continue,
            None => continue,
            Some(_) if info.is_secret() => shown.field(info.json, &format_args!("(not shown)")),
            Some(value) => shown.field(info.json, &value),
        };
    }
    shown.finish()
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => text.fmt(f),
            Self::Bool(yes) => yes.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Double(number) => number.fmt(f),
            Self::Bytes(bytes) => bytes.fmt(f),
            Self::Quantity(quantity) => quantity.fmt(f),
            Self::IntOrString(value) => value.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::MicroTime(time) => time.fmt(f),
            Self::Raw(raw) => raw.fmt(f),
            Self::Message(message) => debug(*message, f),
            Self::List(list) => f
                .debug_list()
                .entries((0..list.count()).filter_map(|place| list.at(place)))
                .finish(),
            Self::Map(entries) => {
                let mut map = f.debug_map();
                entries.each(&mut |key, value| {
                    match key {
                        LAST_APPLIED => map.entry(&key, &format_args!("(not shown)")),
                        _ => map.entry(&key, &value),
                    };
                    true
                });
                map.finish()
            }
        }
    }
}
