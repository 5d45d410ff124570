//! What stands before the API: requests are numbered and recorded, faults chosen, people let in or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::auth::Access;
use crate::fault::Faults;
use crate::http::wire::{Plan, Point};
use crate::http::{Handler, Reply, Request, Response, Service};
use crate::random;
use crate::recorder::{RecordedRequest, Recorder};

/// The API's door.
pub(super) struct Front<S> {
    service: S,
    access: Access,
    faults: Arc<Faults>,
    recorder: Arc<Recorder>,
    requests: AtomicU64,
}

impl<S: Service> Front<S> {
    pub(super) fn new(
        service: S,
        access: Access,
        faults: &Arc<Faults>,
        recorder: &Arc<Recorder>,
    ) -> Self {
        let (faults, recorder) = (Arc::clone(faults), Arc::clone(recorder));
        Self { service, access, faults, recorder, requests: AtomicU64::new(0) }
    }

    /// The answer of the API, or the refusal of who may not ask it.
    fn dealt_with(&self, request: &mut Request) -> Reply {
        let audit = request.header("Audit-Id").map(String::from);
        let mut reply = match self.access.admit(request) {
            Ok(()) => self.service.answer(request),
            Err(refusal) => Reply::Full(*refusal),
        };
        dress(reply.response_mut(), audit);
        reply
    }
}

/// Adds what every answer has.
fn dress(response: &mut Response, audit: Option<String>) {
    if response.header("Cache-Control").is_none() {
        response.headers.push(("Cache-Control".into(), "no-cache, private".into()));
    }
    let mut headers = response.headers.iter_mut();
    match (headers.find(|(name, _)| name.eq_ignore_ascii_case("Audit-Id")), audit) {
        (Some((_, value)), Some(audit)) => *value = audit,
        (Some(_), None) => {}
        (None, audit) => {
            let audit = audit.unwrap_or_else(random::uuid);
            response.headers.push(("Audit-Id".into(), audit));
        }
    }
}

impl<S: Service> Handler for Front<S> {
    fn arrive(&self, request: &mut Request) -> Plan {
        request.number = self.requests.fetch_add(1, Ordering::Relaxed);
        let recorded = Arc::new(RecordedRequest::of(request));
        let plan = self.faults.plan(&recorded);
        self.recorder.arrived(recorded);
        plan
    }

    fn answer(&self, request: &mut Request, plan: &Plan) -> Reply {
        let mut reply = match plan.instead() {
            // Dealt with, and then said otherwise.
            Some((Point::Handled, response)) => {
                drop(self.dealt_with(request));
                Reply::Full(response.clone())
            }
            Some((_, response)) => Reply::Full(response.clone()),
            None => self.dealt_with(request),
        };
        let status = reply.response_mut().status;
        self.recorder.answered(request.number, &request.user.name, status);
        reply
    }

    fn stop(&self) {
        self.service.stop();
    }
}
