//! [`Condition`]: what is waited for; and how conditions are put together.

use serde::de::DeserializeOwned;

use super::seen::Seen;
use super::verdict::Verdict;
use crate::meta::resource::{Metadata, Object};

/// What a wait is for: any `Fn(Option<&T>) -> bool`, where `None` is an object that is not there, or one of
/// the [module](super)'s conditions.
pub trait Condition<T> {
    /// What it says of an object; `None` when there is none.
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict;

    /// What it is called in errors.
    fn name(&self) -> String {
        "the condition".to_owned()
    }
}

impl<T, F> Condition<T> for F
where
    T: Object + DeserializeOwned,
    F: Fn(Option<&T>) -> bool,
{
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict {
        match object.map(Seen::typed).transpose() {
            Ok(typed) => Verdict::when(self(typed), || match object {
                Some(_) => "it is not so".to_owned(),
                None => ABSENT.to_owned(),
            }),
            Err(error) => Verdict::Unknown(error.to_string()),
        }
    }
}

pub(super) const ABSENT: &str = "it is not there";

/// Both conditions.
pub fn and<A, B>(first: A, second: B) -> And<A, B> {
    And(first, second)
}

/// One of two conditions.
pub fn or<A, B>(first: A, second: B) -> Or<A, B> {
    Or(first, second)
}

/// Not the condition. An object that is not there meets it where the condition does not ask for absence; one of
/// which the condition can't be [told](Verdict::Unknown) does not.
pub fn not<C>(condition: C) -> Not<C> {
    Not(condition)
}

/// The condition, of the object with this UID: when that one is gone, the wait ends with an error, also if
/// there is another of its name.
///
/// It goes around all others: within [`not`] it says the opposite.
pub fn with_uid<C>(uid: impl Into<String>, condition: C) -> WithUid<C> {
    WithUid(uid.into(), condition)
}

/// See [`and`].
#[derive(Clone, Debug)]
pub struct And<A, B>(A, B);

/// See [`or`].
#[derive(Clone, Debug)]
pub struct Or<A, B>(A, B);

/// See [`not`].
#[derive(Clone, Debug)]
pub struct Not<C>(C);

/// See [`with_uid`].
#[derive(Clone, Debug)]
pub struct WithUid<C>(String, C);

impl<T, A: Condition<T>, B: Condition<T>> Condition<T> for And<A, B> {
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict {
        match (self.0.check(object), self.1.check(object)) {
            (Verdict::Never(why), _) | (_, Verdict::Never(why)) => Verdict::Never(why),
            (Verdict::Unknown(why), _) | (_, Verdict::Unknown(why)) => Verdict::Unknown(why),
            (Verdict::Met, other) => other,
            (waiting, _) => waiting,
        }
    }

    fn name(&self) -> String {
        format!("{} and {}", self.0.name(), self.1.name())
    }
}

impl<T, A: Condition<T>, B: Condition<T>> Condition<T> for Or<A, B> {
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict {
        match (self.0.check(object), self.1.check(object)) {
            (Verdict::Met, _) | (_, Verdict::Met) => Verdict::Met,
            (Verdict::Unknown(why), _) | (_, Verdict::Unknown(why)) => Verdict::Unknown(why),
            (Verdict::Never(one), Verdict::Never(other)) => {
                Verdict::Never(format!("{one}; {other}"))
            }
            (Verdict::Waiting(one), Verdict::Waiting(other)) if one != other => {
                Verdict::Waiting(format!("{one}; {other}"))
            }
            (Verdict::Waiting(why), _) | (_, Verdict::Waiting(why)) => Verdict::Waiting(why),
        }
    }

    fn name(&self) -> String {
        format!("{} or {}", self.0.name(), self.1.name())
    }
}

impl<T, C: Condition<T>> Condition<T> for Not<C> {
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict {
        match self.0.check(object) {
            Verdict::Met => Verdict::Waiting(format!("{} holds", self.0.name())),
            Verdict::Waiting(_) | Verdict::Never(_) => Verdict::Met,
            Verdict::Unknown(why) => Verdict::Unknown(why),
        }
    }

    fn name(&self) -> String {
        format!("not {}", self.0.name())
    }
}

impl<T, C> Condition<T> for WithUid<C>
where
    T: Object + DeserializeOwned,
    C: Condition<T>,
{
    fn check(&self, object: Option<&Seen<'_, T>>) -> Verdict {
        match object {
            Some(seen) if seen.json().metadata.uid() == self.0 => self.1.check(object),
            Some(_) => {
                Verdict::Never("it was deleted, and there is another of its name".to_owned())
            }
            None => Verdict::Never("it was deleted".to_owned()),
        }
    }

    fn name(&self) -> String {
        self.1.name()
    }
}
