//! [`ListAll`]: all objects of a list, a page at a time.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::vec;

use serde::de::DeserializeOwned;

use super::Api;
use super::params::ListParams;
use crate::error::{Error, ErrorKind};
use crate::meta::resource::Object;
use crate::rest::wire;

/// How many objects a page holds (client-go's figure).
const PAGE: u32 = 500;

/// How many pages a list has at most: fifty million objects, which no server holds.
const MOST_PAGES: u32 = 100_000;

/// How many answers in a row may bring no object and still say that more will come.
const MOST_EMPTY: u32 = 100;

/// All objects of a list, read a page at a time as the iterator comes to them.
///
/// A page holds as many objects as the `limit` of the parameters says, or 500.
///
/// An object that can't be decoded is an `Err` that names it; the others follow. Any other error is the
/// last item. When the list's token expires on the way (a long pause, a busy server), the iterator goes
/// on with the one that the server gives for that: nothing comes twice, but the pages are of different
/// moments, and [`ListAll::is_consistent`] says so at the end (keep the iterator: `for object in &mut
/// list`). [`ListAll::consistent`] makes that an error instead.
///
/// A list that would never end is an error, too: a token that comes twice, 100 answers in a row without an
/// object, 100,000 pages. What the last page holds comes before it.
///
/// # Blocking
/// Each page is a request, made when its first object is asked for.
#[must_use = "an iterator does nothing until it is asked"]
pub struct ListAll<T> {
    api: Api<T>,
    params: ListParams,
    items: vec::IntoIter<T>,
    broken: VecDeque<Error>,
    /// Why no page follows the one that was read last.
    endless: Option<Error>,
    /// The buffer that pages are read into, kept from one to the next.
    buffer: Vec<u8>,
    state: State,
    /// Digests of the tokens so far, which may be long.
    tokens: BTreeSet<u64>,
    hasher: RandomState,
    pages: u32,
    /// Answers since the last object.
    empty: u32,
    only_consistent: bool,
    is_consistent: bool,
    resource_version: String,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    First,
    Following,
    Over,
    Failed,
}

impl<T: Object + DeserializeOwned> ListAll<T> {
    pub(super) fn new(api: Api<T>, mut params: ListParams) -> Self {
        params.limit.get_or_insert(PAGE);
        let hasher = RandomState::new();
        Self {
            api,
            tokens: params.continue_token.iter().map(|token| hasher.hash_one(token)).collect(),
            hasher,
            pages: 0,
            empty: 0,
            params,
            items: Vec::new().into_iter(),
            broken: VecDeque::new(),
            endless: None,
            buffer: Vec::new(),
            state: State::First,
            only_consistent: false,
            is_consistent: true,
            resource_version: String::new(),
        }
    }

    /// Makes an expired token an error ([`is_expired`](Error::is_expired)) rather than a list whose pages
    /// are of different moments.
    pub fn consistent(mut self) -> Self {
        self.only_consistent = true;
        self
    }

    /// Reads all objects in one answer.
    pub(super) fn unpaged(mut self) -> Self {
        self.params.limit = None;
        self
    }

    /// Whether all that came so far is of one moment.
    pub fn is_consistent(&self) -> bool {
        self.is_consistent
    }

    /// The version of the collection at the last page read; a watch may start here when the list was
    /// consistent.
    pub fn resource_version(&self) -> &str {
        &self.resource_version
    }

    /// Reads the first page now, so that its errors show now.
    pub(super) fn prefetch(&mut self) -> Result<(), Error> {
        if self.state == State::First { self.read_page() } else { Ok(()) }
    }

    /// Whether a page could not be read, so that the list is not whole.
    pub(super) fn has_failed(&self) -> bool {
        self.state == State::Failed
    }

    fn read_page(&mut self) -> Result<(), Error> {
        let request = self.api.timed(self.api.list_request(&self.params)?);
        let response = self.api.client.send_into(&request, std::mem::take(&mut self.buffer))?;
        let read = || wire::list_apart(&response.body, self.api.expected());
        let page = response.reading(self.api.skips_managed_fields, read)?;
        let mut list = page.list;
        if !(list.items.is_empty() && page.broken.is_empty()) {
            self.empty = 0;
        }
        self.endless = self.follow(std::mem::take(&mut list.metadata.continue_token)).err();
        self.api.name_types(&mut list.items);
        self.broken = page
            .broken
            .into_iter()
            .map(|error| error.during(&response.verb, &response.path))
            .collect();
        if self.state == State::Following {
            self.buffer = response.body;
        }
        self.items = list.items.into_iter();
        self.resource_version = list.metadata.resource_version;
        Ok(())
    }

    /// Sets out for the next page, if there is one.
    fn follow(&mut self, token: String) -> Result<(), Error> {
        if token.is_empty() {
            self.state = State::Over;
            return Ok(());
        }
        self.pages += 1;
        self.empty += 1;
        let what = match self.tokens.insert(self.hasher.hash_one(&token)) {
            false => Some("the same continue token twice".to_owned()),
            true if self.empty >= MOST_EMPTY => {
                Some(format!("{MOST_EMPTY} answers without an object"))
            }
            true if self.pages >= MOST_PAGES => Some(format!("{MOST_PAGES} pages")),
            true => None,
        };
        if let Some(what) = what {
            let message = format!("the server gave {what}: the list would never end");
            let path = self.api.collection().build()?;
            return Err(Error::new(ErrorKind::Decode, message).during("GET", &path));
        }
        self.state = State::Following;
        self.params.continue_token = Some(token);
        // The token holds the version; beside it the server refuses one.
        self.params.resource_version = None;
        self.params.version_match = None;
        Ok(())
    }

    /// Goes on from an expired token where that is possible and allowed.
    fn recover(&mut self, error: Error) -> Result<(), Error> {
        let token = error.status().map(|status| status.metadata.continue_token.clone());
        match token.filter(|token| !token.is_empty()) {
            Some(token) if error.is_expired() && !self.only_consistent => {
                log::warn!("a list's continue token has expired: going on inconsistently");
                self.is_consistent = false;
                self.follow(token)
            }
            _ => Err(error),
        }
    }
}

impl<T: Object + DeserializeOwned> Iterator for ListAll<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            if let Some(error) = self.broken.pop_front() {
                return Some(Err(error));
            }
            if matches!(self.state, State::Over | State::Failed) {
                return None;
            }
            let read = match self.endless.take() {
                Some(error) => Err(error),
                None => self.read_page().or_else(|error| self.recover(error)),
            };
            if let Err(error) = read {
                self.state = State::Failed;
                return Some(Err(error));
            }
        }
    }
}

impl<T> std::fmt::Debug for ListAll<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListAll").field("api", &self.api).finish_non_exhaustive()
    }
}
