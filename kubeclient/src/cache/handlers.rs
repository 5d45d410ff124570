//! [`Handlers`]: who is told of the changes of one cache; and the [`HandlerHandle`] of each.
//!
//! Showing a change to readers and telling it to the handlers happens under one lock, and so does the
//! coming of a handler: that is why a late one hears of each object once, however busy the cache is. The
//! lock is never held over a handler's function.

use std::fmt;
use std::sync::Arc;

use super::event::{CacheEvent, Change};
use super::handler::{Handler, HandlerHealth, HandlerOptions};
use super::key::ObjectKey;
use super::report::Reporter;
use super::sink::Sink;
use super::store::Store;
use super::sync_error::SyncError;
use crate::background::{drop_wait, still_busy, waits_for_itself};
use crate::error::Error;
use crate::meta::resource::Object;
use crate::stop::Stop;
use crate::sync::{Mutex, lock};

pub(super) struct Handlers<T> {
    list: Mutex<List<T>>,
    store: Store<T>,
    reporter: Arc<Reporter>,
    /// What the handlers' threads are called.
    role: String,
}

struct List<T> {
    handlers: Vec<Arc<Handler<T>>>,
    /// Those that were removed, while their function has not returned yet.
    leaving: Vec<Arc<Handler<T>>>,
    /// Whether the store has been filled once.
    is_filled: bool,
    is_stopped: bool,
}

impl<T: Object + Send + Sync + 'static> Handlers<T> {
    pub(super) fn new(store: &Store<T>, reporter: Arc<Reporter>, role: String) -> Self {
        let list =
            List { handlers: Vec::new(), leaving: Vec::new(), is_filled: false, is_stopped: false };
        Self { list: Mutex::new(list), store: store.clone(), reporter, role }
    }

    /// Adds a handler, which first is told of all objects that are there.
    pub(super) fn add(
        self: &Arc<Self>,
        options: &HandlerOptions,
        function: impl FnMut(CacheEvent<T>) + Send + 'static,
    ) -> Result<HandlerHandle<T>, Error> {
        let handler = Arc::new(Handler::new(options));
        let mut list = lock(&self.list);
        if list.is_stopped {
            return Err(Error::stopped());
        }
        let weak = Arc::downgrade(self);
        let reporter = Arc::clone(&self.reporter);
        if let Err((error, function)) =
            handler.start(&self.role, options.resync, weak, reporter, function)
        {
            drop(list);
            drop(function);
            return Err(error);
        }
        let snapshot = self.store.snapshot();
        let added = |(key, object): (&ObjectKey, &Arc<T>)| {
            (key.clone(), CacheEvent::Added { object: Arc::clone(object), initial: true })
        };
        handler.tell(snapshot.entries().map(added), list.is_filled);
        list.handlers.push(Arc::clone(&handler));
        Ok(HandlerHandle { handler: Some(handler), handlers: Arc::clone(self) })
    }

    /// Tells a handler of all objects again.
    pub(super) fn resync(&self, handler: &Handler<T>) {
        // Under the lock, so that what is told again is what the handler was told last.
        let _list = lock(&self.list);
        handler.tell_again(self.store.snapshot().entries());
    }

    pub(super) fn health(&self) -> Vec<HandlerHealth> {
        let list = lock(&self.list);
        let there = list.handlers.iter().map(|handler| handler.health(false));
        let leaving = list.leaving.iter().filter(|handler| !handler.is_over());
        there.chain(leaving.map(|handler| handler.health(true))).collect()
    }

    /// Tells nobody any more, from the next event on.
    pub(super) fn close(&self) {
        let mut list = lock(&self.list);
        list.is_stopped = true;
        list.handlers.iter().for_each(|handler| handler.close());
    }

    /// Whether this thread is one of the handlers'.
    pub(super) fn is_own_thread(&self) -> bool {
        self.all().iter().any(|handler| handler.is_own_thread())
    }

    /// Waits for those that are being told, after [`Handlers::close`].
    ///
    /// # Errors
    /// The token was stopped before.
    pub(super) fn join(&self, stop: &Stop) -> Result<(), Error> {
        self.all().iter().try_for_each(|handler| self.join_one(handler, stop))
    }

    /// Waits as a drop does.
    pub(super) fn leave(&self, stop: &Stop) {
        self.all().iter().for_each(|handler| handler.leave(self.store.what(), stop));
    }

    /// Those that are there, and those that were removed but have not returned. They stay in the list, so that
    /// each who waits finds them.
    fn all(&self) -> Vec<Arc<Handler<T>>> {
        let list = lock(&self.list);
        list.handlers.iter().chain(&list.leaving).cloned().collect()
    }

    fn join_one(&self, handler: &Handler<T>, stop: &Stop) -> Result<(), Error> {
        match handler.is_own_thread() {
            true => Err(waits_for_itself(self.what(handler))),
            false if handler.join(stop) => Ok(()),
            false => Err(still_busy(self.what(handler), stop)),
        }
    }

    /// A handler and what it is told, in words.
    fn what(&self, handler: &Handler<T>) -> String {
        format!("{}: {handler}", self.store.what())
    }

    /// Tells a handler no more, from the next event on.
    fn dismiss(&self, handler: &Arc<Handler<T>>) {
        let mut list = lock(&self.list);
        let over: Vec<_> = list.leaving.extract_if(.., |handler| handler.is_over()).collect();
        let found = list.handlers.iter().position(|other| Arc::ptr_eq(other, handler));
        if let Some(found) = found {
            let handler = list.handlers.remove(found);
            list.leaving.push(handler);
        }
        drop(list);
        handler.close();
        // Outside the lock.
        drop(over);
    }
}

impl<T: Object + Send + Sync + 'static> Sink<T> for Handlers<T> {
    fn take(&self, events: Vec<Change<T>>, fills: bool, show: &mut dyn FnMut()) {
        let mut list = lock(&self.list);
        show();
        list.is_filled |= fills;
        for handler in &list.handlers {
            handler.tell(events.iter().cloned(), fills);
        }
    }
}

/// A handler of a [`SharedInformer`](super::SharedInformer). Dropped, it removes the handler, and waits for up to
/// a second until its function has returned.
#[must_use = "dropping it removes the handler; `HandlerHandle::keep` leaves it there"]
pub struct HandlerHandle<T: Object + Send + Sync + 'static> {
    handler: Option<Arc<Handler<T>>>,
    handlers: Arc<Handlers<T>>,
}

impl<T: Object + Send + Sync + 'static> HandlerHandle<T> {
    /// Removes the handler: once this returns without an error, it is not being told anything and never will
    /// be.
    ///
    /// # Errors
    /// The handler is removed also then. [`Timeout`](crate::ErrorKind::Timeout) or
    /// [`Stopped`](crate::ErrorKind::Stopped): the token was, before the function had returned from its last
    /// event. [`Invalid`](crate::ErrorKind::Invalid): it is the function itself that calls, and would wait for
    /// itself.
    ///
    /// # Blocking
    /// Until the handler's function returns from what it does. The token ends it. Two handlers that remove each
    /// other wait for each other, each as long as its token lets it.
    pub fn remove(mut self, stop: &Stop) -> Result<(), Error> {
        // Invariant: only `remove` and `keep` take it out, and they end the handle.
        let handler = self.handler.take().expect("a handler");
        self.handlers.dismiss(&handler);
        self.handlers.join_one(&handler, stop)
    }

    /// Leaves the handler there until the informer stops.
    pub fn keep(mut self) {
        self.handler = None;
    }

    /// How the handler is.
    pub fn health(&self) -> HandlerHealth {
        // Invariant: only `remove` and `keep` take it out, and they end the handle.
        self.handler.as_ref().expect("a handler").health(false)
    }

    /// Waits until the handler has dealt with all objects that were there when it came.
    ///
    /// # Errors
    /// The token was stopped or its deadline passed, or the informer was stopped; or it is the handler's own
    /// function that calls, and would wait for itself.
    ///
    /// # Blocking
    /// Until then. The token ends it.
    pub fn wait_synced(&self, stop: &Stop) -> Result<(), SyncError> {
        // Invariant: only `remove` and `keep` take it out, and they end the handle.
        let handler = self.handler.as_ref().expect("a handler");
        if handler.is_own_thread() {
            let what = self.handlers.what(handler);
            return Err(SyncError::invalid(format!("{what} would wait for itself")));
        }
        // A cache that ends before it is filled tells its handlers nothing.
        self.handlers.store.wait_synced(stop)?;
        if handler.wait_synced(stop) {
            return Ok(());
        }
        let health = self.handlers.store.health();
        let what = format!("{}, and its handler,", self.handlers.store.what());
        Err(SyncError::of(&what, "filled", &health, stop))
    }
}

impl<T: Object + Send + Sync + 'static> Drop for HandlerHandle<T> {
    fn drop(&mut self) {
        if let Some(handler) = &self.handler {
            self.handlers.dismiss(handler);
            handler.leave(self.handlers.store.what(), &drop_wait());
        }
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Debug for HandlerHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerHandle").field("of", &self.handlers.store).finish_non_exhaustive()
    }
}
