//! [`Transport`]: the way to one server, and the agents whose connections lead there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http::HeaderMap;

use super::agent::{Agent, Body, LONGEST_LINE};
use super::call::{Bounds, Call};
use super::dial::Dialer;
use super::origin::Origin;
use super::proxy::Proxy;
use super::resolve::Resolver;
use super::rotation::{Contents, Rotation};
use super::secret;
use super::tls::{ClientIdentity, TlsClient};
use crate::config::{Config, ProxyScheme, Tls};
use crate::error::{Error, ErrorKind};
use crate::sync::lock;

/// The way to one server.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Shared>);

struct Shared {
    /// The agent of what the configuration names.
    agent: Mutex<Agent>,
    /// The files among it, which somebody may rotate.
    files: Option<Rotation>,
    /// The agent of the certificate that was issued last. Each has connections of its own, so that none
    /// that was made with one certificate is used with another.
    issued: Mutex<Option<(Arc<ClientIdentity>, Agent)>>,
    /// How often a certificate was replaced; changed while its agent is locked, and `issued`.
    generation: AtomicU64,
    tls: Tls,
    /// The way there, with the certificate that was read first.
    dialer: Dialer,
    /// `https://host:port`.
    origin: String,
}

impl Transport {
    /// Reads the certificates and keys that the configuration names, and the environment where it says which
    /// proxy to use; makes no connection yet.
    pub(crate) fn new(config: &Config, origin: &Origin, resolver: Resolver) -> Result<Self, Error> {
        let proxy = config.proxy_url()?;
        let is_tls =
            origin.tls || proxy.as_ref().is_some_and(|url| url.scheme == ProxyScheme::Https);
        // Looked at before they are read: what changes in between is seen the next time.
        let files = is_tls.then(|| Rotation::of(&config.tls)).flatten();
        let tls = match origin.tls {
            true => Some(TlsClient::new(&config.tls, &origin.host)?),
            false => None,
        };
        let proxy = proxy.map(|url| Proxy::new(url, origin, &config.tls)).transpose()?;
        let proxy = proxy.map(Arc::new);
        if let Some(proxy) = &proxy {
            log::debug!("{origin} is reached through {proxy}");
        }
        if config.tls.insecure_skip_tls_verify {
            // Said here alone: once for a client, and not again where certificates are rotated.
            let server = origin.tls.then(|| origin.to_string());
            let proxy = proxy.as_deref().filter(|proxy| proxy.tls().is_some());
            let unverified: Vec<_> =
                server.into_iter().chain(proxy.map(Proxy::to_string)).collect();
            if !unverified.is_empty() {
                let unverified = unverified.join(" and ");
                log::warn!(
                    "whoever answers for {unverified} is trusted (insecure-skip-tls-verify)"
                );
            }
        }
        let dialer = Dialer {
            server: origin.clone(),
            tls,
            proxy,
            timeout: config.timeouts.connect,
            resolver,
        };
        Ok(Self(Arc::new(Shared {
            agent: Mutex::new(Agent::new(dialer.clone())),
            files,
            issued: Mutex::new(None),
            generation: AtomicU64::new(0),
            tls: config.tls.clone(),
            dialer,
            origin: origin.to_string(),
        })))
    }

    /// Sends a request whose URI is a path and query, and waits for the head of the answer.
    ///
    /// A request on a connection used before, that died before anything of it was written (a GET or
    /// HEAD: before anything of an answer came), goes once more on a fresh one. So does one that failed
    /// where the files of certificates and keys have changed meanwhile.
    pub(crate) fn round_trip(
        &self,
        request: &http::Request<Vec<u8>>,
        headers: &HeaderMap,
        identity: Option<&Arc<ClientIdentity>>,
        bounds: &Bounds,
    ) -> (Result<http::Response<Body>, Error>, Arc<Call>) {
        let mut call = Call::new(bounds.clone(), false);
        let (mut agent, mut generation) = match self.agent(identity) {
            Ok(agent) => agent,
            Err(error) => return (Err(error), call),
        };
        let bound = |call: &Call, generation| {
            if bounds.follows_certificates && (self.0.files.is_some() || identity.is_some()) {
                let shared = Arc::downgrade(&self.0);
                call.end_when(move || {
                    shared.upgrade().is_some_and(|shared| Self(shared).has_moved_on(generation))
                });
            }
        };
        let mut is_of_new_files = false;
        loop {
            bound(&call, generation);
            let outcome = self.attempt(&agent, request, headers, &call);
            let Err(error) = &outcome else { return (outcome, call) };
            if !may_repeat(request.method(), &call) {
                return (outcome, call);
            } else if call.reused() && !call.fresh_only() {
                log::debug!("a pooled connection had died: sending again on a fresh one");
            } else if may_be_of_certificates(error)
                && !is_of_new_files
                && (self.read_again() || self.generation() != generation)
                && let Ok(newer) = self.agent(identity)
            {
                log::debug!("the files of certificates and keys have changed: sending again");
                (agent, generation) = newer;
                is_of_new_files = true;
            } else {
                return (outcome, call);
            }
            call = Call::new(bounds.clone(), true);
        }
    }

    /// Reads the files of certificates and keys again, if they have changed: whether they have. What is
    /// under way ends on the old connections.
    ///
    /// Files that can't be used, such as a certificate whose key is not written yet, leave the old ones in
    /// use.
    pub(crate) fn read_again(&self) -> bool {
        let Some(files) = &self.0.files else { return false };
        let mut has_changed = false;
        loop {
            let generation = self.generation();
            let Some(found) = files.look_now() else { return has_changed };
            let made = match self.remake() {
                Ok(made) => made,
                Err(error) => {
                    files.refuse(found);
                    log::warn!("{error}; the last certificates and keys stay in use");
                    return has_changed;
                }
            };
            if self.replace(files, made, found, generation) {
                return true;
            }
            // Another thread was quicker. What it has made may be of what was there before, or after.
            has_changed = true;
        }
    }

    /// The agent of what the files hold by now.
    fn remake(&self) -> Result<Agent, Error> {
        Ok(Agent::new(self.0.dialer.with_tls(&self.0.tls)?))
    }

    /// Uses an agent that was made since this generation of what was found in the files, unless the generation is
    /// over: whether it does.
    fn replace(&self, files: &Rotation, made: Agent, found: Contents, generation: u64) -> bool {
        // Those that were issued stand beside the same authorities. One that is made right now, of the files as
        // they were, finds another generation when it is to be kept.
        let (old, issued) = {
            let mut issued = lock(&self.0.issued);
            let mut agent = lock(&self.0.agent);
            if self.generation() != generation {
                return false;
            }
            self.0.generation.fetch_add(1, Ordering::SeqCst);
            files.take(found);
            (std::mem::replace(&mut *agent, made), issued.take())
        };
        log::debug!("certificates and keys were read again from their files");
        // Closing idle connections may write.
        drop((old, issued));
        true
    }

    /// Looks at the files, where it is time to.
    fn look(&self) {
        if self.0.files.as_ref().is_some_and(|files| files.is_time(Instant::now())) {
            self.read_again();
        }
    }

    /// Whether a certificate was replaced since this generation.
    fn has_moved_on(&self, generation: u64) -> bool {
        self.look();
        self.generation() != generation
    }

    fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::SeqCst)
    }

    /// The agent whose connections show this certificate, and its generation.
    fn agent(&self, identity: Option<&Arc<ClientIdentity>>) -> Result<(Agent, u64), Error> {
        self.look();
        let Some(identity) = identity.filter(|_| self.0.dialer.speaks_tls()) else {
            let agent = lock(&self.0.agent);
            return Ok((agent.clone(), self.generation()));
        };
        if let Some((known, agent)) = &*lock(&self.0.issued)
            && Arc::ptr_eq(known, identity)
        {
            return Ok((agent.clone(), self.generation()));
        }
        loop {
            let generation = self.generation();
            // Made without the lock: it may read files.
            let made = self.make(identity)?;
            if let Some(kept) = self.keep(identity, made, generation) {
                return Ok(kept);
            }
        }
    }

    /// An agent for a certificate that was issued.
    fn make(&self, identity: &ClientIdentity) -> Result<Agent, Error> {
        let Shared { tls, dialer, .. } = &*self.0;
        Ok(Agent::new(dialer.with_tls(&identity.within(tls))?))
    }

    /// Keeps an agent that was made since this generation, or finds that another thread was quicker; nothing where
    /// the generation is over, and with it perhaps the files that the agent was made of.
    fn keep(
        &self,
        identity: &Arc<ClientIdentity>,
        made: Agent,
        generation: u64,
    ) -> Option<(Agent, u64)> {
        let mut issued = lock(&self.0.issued);
        let now = self.generation();
        if let Some((known, agent)) = &*issued
            && Arc::ptr_eq(known, identity)
        {
            return Some((agent.clone(), now));
        }
        if now != generation {
            return None;
        }
        let old = issued.replace((Arc::clone(identity), made.clone()));
        if old.is_some() {
            self.0.generation.fetch_add(1, Ordering::SeqCst);
        }
        let now = self.generation();
        // Closing its idle connections may write.
        drop((issued, old));
        Some((made, now))
    }

    fn attempt(
        &self,
        agent: &Agent,
        request: &http::Request<Vec<u8>>,
        headers: &HeaderMap,
        call: &Arc<Call>,
    ) -> Result<http::Response<Body>, Error> {
        if call.stop().is_stopped() {
            return Err(Error::stopped());
        }
        let _entered = call.enter();
        let (open, body) = secret::take_apart(call, request, headers);
        let response = agent.run(self.addressed(request, open, &body)?, call)?;
        if let Some(proxy) = self.0.dialer.forward()
            && response.status() == http::StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.refusal(response.status().as_u16()));
        }
        // The reason of a refusal is awaited as the head is: it may not come for ever either.
        if response.status().is_success() {
            call.note_head();
        }
        Ok(response)
    }

    fn addressed<'a>(
        &self,
        request: &http::Request<Vec<u8>>,
        headers: HeaderMap,
        body: &'a [u8],
    ) -> Result<http::Request<&'a [u8]>, Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let lines =
            headers.iter().map(|(name, value)| (name.as_str(), name.as_str().len() + value.len()));
        if let Some((what, _)) =
            lines.chain([("path", path.len())]).find(|(_, length)| *length > LONGEST_LINE)
        {
            return Err(Error::invalid(format!("{what}: expected at most {LONGEST_LINE} bytes")));
        }
        let mut addressed = http::Request::builder()
            .method(request.method())
            .uri(format!("{}{path}", self.0.origin))
            .body(body)
            .map_err(|error| {
                Error::invalid("the request can't be written as HTTP").because(error)
            })?;
        *addressed.headers_mut() = headers;
        Ok(addressed)
    }
}

/// A server that refuses a certificate may say so, or but end the connection.
fn may_be_of_certificates(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connect | ErrorKind::Connection)
}

fn may_repeat(method: &http::Method, call: &Call) -> bool {
    if call.stop().is_stopped() || call.is_overdue() {
        return false;
    }
    let harmless = matches!(*method, http::Method::GET | http::Method::HEAD);
    call.sent() == 0 || (harmless && call.received() == 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::config::Pem;

    fn certificate(key: &KeyPair) -> String {
        CertificateParams::default().self_signed(key).unwrap().pem()
    }

    #[test]
    fn what_was_made_of_files_that_were_read_again_meanwhile_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.crt");
        let key = KeyPair::generate().unwrap();
        fs::write(&authority, certificate(&key)).unwrap();
        let config =
            Config::new("https://h").with_certificate_authority(Pem::File(authority.clone()));
        let origin = Origin { tls: true, host: "h".into(), port: 443 };
        let resolver = Resolver::new(|_, _| Ok(Vec::new()));
        let transport = Transport::new(&config, &origin, resolver).unwrap();
        let identity = Arc::new(ClientIdentity {
            certificate: certificate(&key).into(),
            key: key.serialize_pem().into(),
        });

        let generation = transport.generation();
        let made = transport.make(&identity).unwrap();
        fs::write(&authority, certificate(&KeyPair::generate().unwrap())).unwrap();
        assert!(transport.read_again());
        assert!(transport.keep(&identity, made, generation).is_none());
        assert!(lock(&transport.0.issued).is_none());
        let (_, now) = transport.agent(Some(&identity)).unwrap();
        assert_eq!(now, generation + 1);
        assert!(lock(&transport.0.issued).is_some());

        let generation = transport.generation();
        let made = transport.remake().unwrap();
        fs::write(&authority, certificate(&KeyPair::generate().unwrap())).unwrap();
        assert!(transport.read_again());
        let files = transport.0.files.as_ref().unwrap();
        let older = files.contents();
        assert!(!transport.replace(files, made, older, generation));
        assert_eq!(transport.generation(), generation + 1);
    }
}
