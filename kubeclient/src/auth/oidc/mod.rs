//! [`Provider`]: a credential that an OpenID Connect issuer gives. When it is asked is decided here, how in
//! `issuer`; how long an ID token lasts, `jwt` reads.

mod issuer;
mod jwt;

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use http::HeaderValue;

use super::known::Known;
use super::{bearer, left, wake_at};
use crate::config::{Oidc, Secret, Tokens};
use crate::error::{Error, ErrorKind};
use crate::sync::{lock, wait_timeout};
use crate::thread;
use crate::transport::Bounds;
use issuer::{Given, Issuer};

/// How long before its end an ID token is not used any more: client-go's.
const EARLY: Duration = Duration::from_secs(10);

/// How long the issuer is asked.
const LONGEST: Duration = Duration::from_secs(30);

/// How long anybody waits for it: what comes of the asking is written, too.
const WAIT: Duration = Duration::from_secs(40);

/// How long a failure is remembered, so that not each request asks the issuer.
const FAILURE: Duration = Duration::from_secs(5);

/// How long another program may take to write what it was given for the refresh token that we sent too late.
const LATE: Duration = Duration::from_secs(5);
const FIRST_LOOK: Duration = Duration::from_millis(10);

/// An issuer's client and the tokens that it has, shared by all clients of one configuration.
pub(crate) struct Provider(Arc<Shared>);

static KNOWN: Known<Shared> = Known::new();

struct Shared {
    oidc: Oidc,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    id: Option<IdToken>,
    /// What we know of; the ID token among it may have ended, or the server refused it.
    known: Tokens,
    /// What the kubeconfig said last: what stands there still is not news.
    filed: Tokens,
    /// Whether a thread asks the issuer.
    is_refreshing: bool,
    failure: Option<(ErrorKind, String, Instant)>,
    /// What was warned of last, since it could not be written.
    warned: Option<&'static str>,
}

#[derive(Clone)]
struct IdToken {
    header: HeaderValue,
    end: SystemTime,
}

impl IdToken {
    fn new(token: &Secret) -> Result<Self, Error> {
        let token = token.expose();
        let header = bearer("id-token", token)
            .map_err(|error| Error::new(ErrorKind::Auth, error.to_string()))?;
        Ok(Self { header, end: jwt::end(token)? })
    }

    fn is_fresh(&self, clock: SystemTime) -> bool {
        clock + EARLY < self.end
    }
}

/// A refresh token that is in force, and an ID token that is new in the kubeconfig and lasts.
type Found = (Option<Secret>, Option<(Secret, IdToken)>);

/// What is to be done for a credential.
enum Step {
    Use(HeaderValue),
    Fail(ErrorKind, String),
    Wait,
    Refresh,
}

impl State {
    fn next(&self, now: Instant, clock: SystemTime) -> Step {
        if let Some(id) = self.id.as_ref().filter(|id| id.is_fresh(clock)) {
            return Step::Use(id.header.clone());
        }
        if self.is_refreshing {
            return Step::Wait;
        }
        match &self.failure {
            Some((kind, message, until)) if now < *until => Step::Fail(*kind, message.clone()),
            _ => Step::Refresh,
        }
    }

    /// Takes the tokens that stand in the kubeconfig by now, and gives an ID token among them that is new and lasts.
    /// What has not changed there since is older than what we know: it could not be written.
    fn hear(&mut self, kept: Tokens) -> Option<(Secret, IdToken)> {
        let filed = std::mem::replace(&mut self.filed, kept.clone());
        if kept.refresh.is_some() && kept.refresh != filed.refresh {
            self.known.refresh = kept.refresh;
        }
        let token = kept.id.filter(|token| {
            let token = Some(token);
            token != filed.id.as_ref() && token != self.known.id.as_ref()
        })?;
        let id = IdToken::new(&token).ok().filter(|id| id.is_fresh(SystemTime::now()))?;
        Some((token, id))
    }

    /// After these tokens were written to the kubeconfig, or could not be. Gives what is to be warned of, once.
    fn kept(&mut self, tokens: &Tokens, outcome: Result<(), Error>) -> Option<String> {
        let Err(error) = outcome else {
            (self.filed, self.warned) = (tokens.clone(), None);
            return None;
        };
        let lost = match tokens.refresh == self.filed.refresh {
            true => "the new ID token of the OIDC issuer is used in this program alone",
            false => {
                "the OIDC issuer gave another refresh token, which this program alone has: where it takes the old one \
                 no more, kubectl and other programs fail until you log in again"
            }
        };
        // The error may tell how old a lock is, which is never the same.
        let is_new = self.warned.replace(lost) != Some(lost);
        is_new.then(|| format!("{error}; {lost}"))
    }
}

impl Provider {
    /// Takes the tokens to begin with; nobody is asked yet. Where another client has some of the same kubeconfig, it
    /// is read once more when they differ: somebody may have logged in since.
    pub(crate) fn new(oidc: &Oidc) -> Result<Self, Error> {
        let id = oidc.id_token.as_ref().map(IdToken::new).transpose();
        let id = id.map_err(|error| place(oidc, Error::config(error.to_string())))?;
        let tokens = oidc.tokens();
        let others = KNOWN.all(|shared| shared.oidc.is_same_client(oidc) && !shared.knows(&tokens));
        if !others.is_empty()
            && let Some(kept) = oidc.read_again()
        {
            for shared in others {
                shared.hear(kept.clone());
            }
        }
        let is_same = |shared: &Shared| shared.oidc.is_same_client(oidc) && shared.knows(&tokens);
        Ok(Self(KNOWN.get_or(is_same, || Shared::new(oidc, id))))
    }

    /// The header to send. The issuer is asked once for all who wait.
    ///
    /// # Blocking
    /// While the issuer is asked, within the bounds, and for at most 40 s: a kubeconfig may hang when it is read.
    ///
    /// # Threads
    /// It is asked on a thread of its own, which outlives a caller that goes away: an issuer may take a refresh
    /// token but once, and what it gives for it must not be lost.
    pub(crate) fn header(&self, bounds: &Bounds) -> Result<HeaderValue, Error> {
        let shared = &self.0;
        if let Step::Use(header) = lock(&shared.state).next(Instant::now(), SystemTime::now()) {
            return Ok(header);
        }
        let _hook = wake_at(&bounds.stop, shared, |shared| (&shared.state, &shared.changed));
        let until = Instant::now() + WAIT;
        loop {
            let mut state = lock(&shared.state);
            match state.next(Instant::now(), SystemTime::now()) {
                Step::Use(header) => return Ok(header),
                Step::Fail(kind, message) => return Err(Error::new(kind, message)),
                Step::Wait => {
                    let bounds = Bounds { head: Some(until), ..bounds.clone() };
                    let left = left(&bounds, "the OIDC issuer")?;
                    drop(wait_timeout(&shared.changed, state, left));
                }
                Step::Refresh => {
                    state.is_refreshing = true;
                    drop(state);
                    let refreshing = Refreshing(Arc::clone(shared));
                    thread::spawn("oidc", move || refreshing.0.refresh()).map_err(|error| {
                        let message = "no thread could be started to ask the OIDC issuer";
                        Error::new(ErrorKind::System, message).because(error)
                    })?;
                }
            }
        }
    }

    /// After the server refused a token: whether there is another one by now.
    pub(crate) fn renew(&self, refused: Option<&HeaderValue>, bounds: &Bounds) -> bool {
        {
            let mut state = lock(&self.0.state);
            if state.id.as_ref().is_some_and(|id| Some(&id.header) == refused) {
                state.id = None;
            }
        }
        match self.header(bounds) {
            Ok(header) => Some(&header) != refused,
            Err(error) => {
                log::warn!("the server refused the ID token, and there is no other: {error}");
                false
            }
        }
    }
}

/// Tells all who wait, when it is dropped, that the issuer was asked.
struct Refreshing(Arc<Shared>);

impl Drop for Refreshing {
    fn drop(&mut self) {
        lock(&self.0.state).is_refreshing = false;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn new(oidc: &Oidc, id: Option<IdToken>) -> Self {
        let (known, filed) = (oidc.tokens(), oidc.tokens());
        let state = State { id, known, filed, is_refreshing: false, failure: None, warned: None };
        Self { oidc: oidc.clone(), state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Gets another ID token.
    fn refresh(&self) {
        let bounds = Bounds { deadline: Instant::now().checked_add(LONGEST), ..Bounds::default() };
        let outcome = self.another(&bounds).map_err(|error| place(&self.oidc, error));
        let mut state = lock(&self.state);
        match outcome {
            Ok((id, tokens)) => (state.id, state.known, state.failure) = (Some(id), tokens, None),
            Err(error) => {
                // An issuer that is late may answer yet: whoever waits for what passes goes on.
                let kind = match error.kind() {
                    ErrorKind::Timeout => ErrorKind::Timeout,
                    _ => ErrorKind::Auth,
                };
                let until = Instant::now().checked_add(FAILURE);
                state.failure = until.map(|until| (kind, format!("{error:?}"), until));
            }
        }
    }

    fn another(&self, bounds: &Bounds) -> Result<(IdToken, Tokens), Error> {
        let (mut refresh, mut news) = self.read_again();
        loop {
            if let Some((token, id)) = news {
                return Ok((id, Tokens { id: Some(token), refresh }));
            }
            let Some(sent) = refresh else {
                return Err(Error::new(
                    ErrorKind::Auth,
                    "the ID token has ended or is missing, and there is no refresh-token to get another: log in \
                     again, with the program that wrote the kubeconfig",
                ));
            };
            if let Some(given) = Issuer(&self.oidc).refresh(&sent, bounds)? {
                return self.take(given, sent, bounds);
            }
            (refresh, news) = self.read_after(&sent, bounds).ok_or_else(|| {
                let message = "it does not take the refresh token any more (invalid_grant): log in again, with \
                               the program that wrote the kubeconfig";
                Error::new(ErrorKind::Auth, message)
            })?;
        }
    }

    /// Checks and keeps what the issuer has given for a refresh token.
    fn take(
        &self,
        given: Given,
        sent: Secret,
        bounds: &Bounds,
    ) -> Result<(IdToken, Tokens), Error> {
        let some = |token: Option<Secret>| token.map(|t| t.trimmed()).filter(|t| !t.is_empty());
        let Some(token) = some(given.id_token) else {
            return Err(Error::new(
                ErrorKind::Auth,
                "it gave no id_token for the refresh token: the login was without the scope openid, or the \
                 issuer gives none on a refresh",
            ));
        };
        let id = IdToken::new(&token)?;
        if !id.is_fresh(SystemTime::now()) {
            return Err(Error::new(
                ErrorKind::Auth,
                "it gave an ID token that has ended: is the clock of this machine right?",
            ));
        }
        // An issuer that gives none leaves the last one in force.
        let next = some(given.refresh_token).unwrap_or(sent);
        let tokens = Tokens { id: Some(token), refresh: Some(next) };
        let kept = self.oidc.keep(&tokens, &bounds.stop);
        let warning = lock(&self.state).kept(&tokens, kept);
        if let Some(warning) = warning {
            log::warn!("{warning}");
        }
        Ok((id, tokens))
    }

    /// The refresh token that is in force, and an ID token that is new in the kubeconfig and lasts. Another program
    /// may have refreshed them, and an issuer may take a refresh token but once.
    fn read_again(&self) -> Found {
        let read = self.oidc.read_again();
        let mut state = lock(&self.state);
        let news = read.and_then(|kept| state.hear(kept));
        (state.known.refresh.clone(), news)
    }

    /// As [`Shared::read_again`], once there is something new: the program that was faster with a refresh token may
    /// be about to write what it got for it.
    fn read_after(&self, refused: &Secret, bounds: &Bounds) -> Option<Found> {
        let until = self.oidc.is_kept().then(|| Instant::now().checked_add(LATE)).flatten()?;
        let mut wait = FIRST_LOOK;
        loop {
            let (refresh, news) = self.read_again();
            if news.is_some() || refresh.as_ref() != Some(refused) {
                return Some((refresh, news));
            }
            if until <= Instant::now() || bounds.stop.wait_timeout(wait) {
                return None;
            }
            wait = (wait * 2).min(LATE / 10);
        }
    }

    /// Whether tokens are of the login that these are of.
    fn knows(&self, tokens: &Tokens) -> bool {
        let state = lock(&self.state);
        [&self.oidc.tokens(), &state.known, &state.filed].contains(&tokens)
    }

    /// Takes what another client has read in the kubeconfig.
    fn hear(&self, kept: Tokens) {
        let mut state = lock(&self.state);
        state.failure = None;
        let known = state.known.refresh.clone();
        match state.hear(kept) {
            Some((token, id)) => (state.known.id, state.id) = (Some(token), Some(id)),
            // The ID token is of the login before.
            None if state.known.refresh != known => state.id = None,
            None => {}
        }
    }
}

fn place(oidc: &Oidc, error: Error) -> Error {
    // Checked: there is no password in it.
    error.at(format_args!("OIDC issuer {}", oidc.issuer_url))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use kubeclient_fake::{FakeServer, Fault};
    use serde_json::json;

    use super::*;
    use crate::config::{Auth, Config, KubeconfigOptions};

    fn step(state: &State, now: Instant, clock: SystemTime) -> &'static str {
        match state.next(now, clock) {
            Step::Use(_) => "use",
            Step::Fail(..) => "fail",
            Step::Wait => "wait",
            Step::Refresh => "refresh",
        }
    }

    #[test]
    fn a_token_is_used_until_ten_seconds_before_its_end() {
        let (now, clock) = (Instant::now(), SystemTime::now());
        let second = Duration::from_secs(1);
        let header = HeaderValue::from_static("Bearer t");
        let id = Some(IdToken { header, end: clock + 100 * second });
        let (known, filed) = (Tokens::default(), Tokens::default());
        let mut state =
            State { id, known, filed, is_refreshing: false, failure: None, warned: None };
        for (seconds, expected) in [(0, "use"), (89, "use"), (90, "refresh"), (1000, "refresh")] {
            assert_eq!(step(&state, now, clock + seconds * second), expected, "{seconds}");
        }
        state.is_refreshing = true;
        assert_eq!(step(&state, now, clock), "use");
        assert_eq!(step(&state, now, clock + 90 * second), "wait");
        state.is_refreshing = false;
        state.failure = Some((ErrorKind::Auth, "no".into(), now + FAILURE));
        assert_eq!(step(&state, now, clock + 90 * second), "fail");
        assert_eq!(step(&state, now + FAILURE, clock + 90 * second), "refresh");
    }

    /// A token that ends in an hour.
    fn token(name: &str) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let claims = URL_SAFE_NO_PAD.encode(format!("{{\"exp\": {}}}", now + 3600));
        format!("e30.{claims}.{name}")
    }

    /// The issuer takes each refresh token once, and the file can't be written: its lock would have too long
    /// a name.
    #[test]
    fn what_could_not_be_written_is_not_read_back_as_news() {
        let issuer = FakeServer::start().unwrap();
        let url = issuer.url();
        let answer =
            |body: serde_json::Value| Fault::answer(200, "application/json", body.to_string());
        let metadata = answer(json!({"token_endpoint": format!("{url}/token")}));
        let _metadata = issuer.inject(metadata.path("/.well-known/openid-configuration"));
        let rotations: Vec<_> = (1..4)
            .map(|i| {
                let asked = format!("refresh_token=r{i}");
                let given = json!({"id_token": token(&i.to_string()), "refresh_token": format!("r{}", i + 1)});
                issuer.inject(answer(given).path("/token").once().when(move |request| {
                    String::from_utf8_lossy(&request.body).contains(&asked)
                }))
            })
            .collect();

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c".repeat(253));
        let write = |refresh: &str| {
            let text = format!(
                "{{current-context: x, contexts: [{{name: x, context: {{cluster: c, user: u}}}}], \
                 clusters: [{{name: c, cluster: {{server: 'https://h'}}}}], \
                 users: [{{name: u, user: {{auth-provider: {{name: oidc, config: {{\
                 idp-issuer-url: '{url}', client-id: k, refresh-token: {refresh}}}}}}}}}]}}"
            );
            std::fs::write(&path, text).unwrap();
        };
        write("r1");
        let config = Config::from_kubeconfig(&KubeconfigOptions::default().path(&path)).unwrap();
        let Auth::Oidc(oidc) = &config.auth else { panic!("{config:?}") };
        let provider = Provider::new(oidc).unwrap();
        let bounds = Bounds::default();
        let first = provider.header(&bounds).unwrap();
        assert!(provider.renew(Some(&first), &bounds));
        // What another program writes is news all the same.
        write("r3");
        let second = provider.header(&bounds).unwrap();
        assert!(provider.renew(Some(&second), &bounds));
        assert!(rotations.iter().all(|rotation| rotation.strikes() == 1));
    }
}
