//! Lists: resource versions, limits, continue tokens, selectors.

#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod fresh;
pub(crate) mod options;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Call, Cluster, render};
use crate::failure::{Failure, Result};
use crate::http::Reply;
use crate::mutation::{self, Mutation};
use crate::selector::Selection;
use crate::store::{Forgotten, Key, Listing, Stored};
use fresh::{parse_version, wait_until};
use options::{ListOptions, Match};
use token::Token;

/// The list that a call asks for.
pub(crate) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let options = ListOptions::of(call)?;
    let selection = options.selection(call)?;
    let page = page(cluster, call, &options, &selection)?;
    let metadata = page.metadata();
    Ok(Reply::Full(render::list(call, metadata, &page.items)?))
}

/// What a list answers.
#[derive(Debug)]
pub(crate) struct Page {
    version: u64,
    items: Vec<Stored>,
    /// Where the next page begins.
    next: Option<String>,
    /// How many objects are left after this page, where that is known.
    remaining: Option<usize>,
}

/// Which state a list shows.
enum State {
    Now,
    At(u64),
}

/// The objects that are asked for.
pub(crate) fn page(
    cluster: &Cluster,
    call: &Call<'_>,
    options: &ListOptions,
    selection: &Selection,
) -> Result<Page> {
    let (state, token) = state(cluster, options)?;
    let resource = call.resource.storage();
    let namespace = match call.namespace {
        None if call.resource.namespaced => selection.required_namespace(),
        namespace => namespace,
    };
    let start = token.as_ref().map_or_else(String::new, |token| token.path(namespace));
    let listing = match (state, selection.required_name()) {
        (State::Now, Some(name)) if token.is_none() => one(cluster, call, namespace, name),
        (State::Now, _) => cluster.store.list(&resource, namespace, &start),
        (State::At(version), _) => cluster
            .store
            .list_at(&resource, namespace, &start, version)
            .map_err(|Forgotten(_)| expired(token.as_ref()))?,
    };
    let is_limited = options.version != "0" && !mutation::is(Mutation::IgnoresLimit);
    let limit = if !is_limited { 0 } else { options.limit };
    Ok(Page::cut(listing, limit, selection, namespace))
}

/// What the version and its match mean; waits for a version that is still to come.
fn state(cluster: &Cluster, options: &ListOptions) -> Result<(State, Option<Token>)> {
    let is_unset = options.version.is_empty() || options.version == "0";
    if !options.token.is_empty() {
        let invalid = |why| Failure::bad_request(format!("invalid continue token: {why}"));
        let token = Token::decode(&options.token).map_err(invalid)?;
        if !is_unset {
            let message = "specifying resource version is not allowed when using continue";
            return Err(Failure::bad_request(message));
        }
        let Ok(version) = u64::try_from(token.version) else {
            return Ok((State::Now, Some(token)));
        };
        wait_until(cluster, version)?;
        if mutation::is(Mutation::PagesDrift) {
            return Ok((State::Now, Some(token)));
        }
        return Ok((State::At(version), Some(token)));
    }
    let invalid = |why| Failure::bad_request(format!("invalid resource version: {why}"));
    let version = parse_version(&options.version).map_err(invalid)?;
    wait_until(cluster, version)?;
    let is_exact = match options.version_match {
        Match::Exact => true,
        Match::NotOlderThan => false,
        Match::Unset => options.limit > 0 && version > 0,
    };
    let is_exact = is_exact && !mutation::is(Mutation::OldListsAreNew);
    Ok((if is_exact { State::At(version) } else { State::Now }, None))
}

/// The one object of a name, or none; in all namespaces, all of them.
fn one(cluster: &Cluster, call: &Call<'_>, namespace: Option<&str>, name: &str) -> Listing {
    let resource = call.resource.storage();
    if call.resource.namespaced && namespace.is_none() {
        return cluster.store.list(&resource, None, "");
    }
    cluster.store.list_one(&Key::new(&resource, namespace.unwrap_or_default(), name))
}

impl Page {
    /// The selected objects up to a limit.
    fn cut(listing: Listing, limit: usize, selection: &Selection, namespace: Option<&str>) -> Self {
        let Listing { version, objects } = listing;
        let total = objects.len();
        let limit = if limit == 0 { usize::MAX } else { limit };
        let all = selection.is_everything();
        let mut items = Vec::with_capacity(if all { total.min(limit) } else { 0 });
        let mut has_more = false;
        for (index, object) in objects.into_iter().enumerate() {
            if all || selection.matches(&object.value) {
                items.push(object);
            }
            if items.len() >= limit {
                has_more = index + 1 < total;
                break;
            }
        }
        let last = items.last().filter(|_| has_more);
        let next = last.map(|last| Token::after(&last.key, namespace, version).encode());
        let remaining = (has_more && all).then(|| total - limit);
        Self { version, items, next, remaining }
    }

    /// The list's metadata. A list of custom resources always says where it goes on.
    /// The objects.
    pub(crate) fn items(&self) -> &[Stored] {
        &self.items
    }

    /// The list's metadata.
    pub(crate) fn metadata(&self) -> Map<String, Value> {
        let mut metadata = Map::new();
        metadata.insert("resourceVersion".into(), self.version.to_string().into());
        if let Some(next) = &self.next {
            metadata.insert("continue".into(), next.as_str().into());
        }
        if let Some(remaining) = self.remaining {
            metadata.insert("remainingItemCount".into(), remaining.into());
        }
        metadata
    }
}

/// 410: the version is forgotten. With a token one can go on, in another state.
fn expired(token: Option<&Token>) -> Failure {
    let Some(token) = token else {
        let message = "The resourceVersion for the provided list is too old.";
        return Failure::new(410, "Expired", message);
    };
    let message = "The provided continue parameter is too old to display a consistent list result. \
        You can start a new list without the continue parameter, or use the continue token in this \
        response to retrieve the remainder of the results. Continuing with the provided token results in \
        an inconsistent list - objects that were created, modified, or deleted between the time the \
        first chunk was returned and now may show up in the list.";
    Failure::new(410, "Expired", message).go_on_with(token.inconsistent().encode())
}
