//! What there is to warn the caller of, gathered while a call is answered: it is told whatever the answer is.

use std::cell::RefCell;
use std::rc::Rc;

use crate::http::Response;
use crate::mutation::{self, Mutation};

/// The warnings of a call. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings {
    texts: Rc<RefCell<Vec<String>>>,
}

impl Warnings {
    /// Adds some.
    pub(crate) fn add(&self, texts: impl IntoIterator<Item = String>) {
        self.texts.borrow_mut().extend(texts);
    }

    /// Puts a header for each into an answer.
    pub(crate) fn tell(&self, response: &mut Response) {
        if mutation::is(Mutation::NoWarnings) {
            return;
        }
        for warning in self.texts.take() {
            let text: String = warning.chars().filter(|char| !char.is_control()).collect();
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            response.headers.push(("Warning".into(), format!("299 - \"{text}\"")));
        }
    }
}
