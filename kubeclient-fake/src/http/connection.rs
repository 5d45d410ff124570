//! One connection's life: requests in, answers out, one after the other.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use super::listener::Shared;
use super::read::{self, NoRequest};
use super::stream::Stream;
use super::wire::Point;
use super::write::{self, Ending};
use super::{Reply, Response};

/// Serves a connection until it ends.
pub(super) fn serve(socket: Arc<TcpStream>, shared: &Shared) {
    let tls = match &shared.tls {
        None => None,
        Some(tls) => match tls.connection() {
            Ok(connection) => Some(connection),
            Err(_) => return,
        },
    };
    let limits = &shared.limits;
    let stopping = Arc::clone(&shared.stopping);
    let Ok(mut stream) = Stream::new(socket, tls, limits, stopping) else { return };
    let deadline = Instant::now() + limits.head_time;
    match stream.speaks_plainly(deadline) {
        Ok(false) => {}
        Ok(true) => {
            let answer = b"HTTP/1.0 400 Bad Request\r\n\r\n\
                Client sent an HTTP request to an HTTPS server.\n";
            let _ = stream.write_plainly(answer);
            return stream.end();
        }
        Err(_) => return,
    }
    if stream.shake_hands(deadline).is_err() {
        return stream.end();
    }
    match exchanges(&mut stream, shared) {
        Ending::Reset => stream.reset(),
        Ending::Stay | Ending::Close => stream.end(),
    }
}

/// Answers requests until the connection shall end.
fn exchanges(stream: &mut Stream, shared: &Shared) -> Ending {
    let (subject, refused) = match (&shared.tls, stream.peer_certificates()) {
        (Some(tls), Some(chain)) => match tls.subject(chain) {
            Some(subject) => (Some(subject), false),
            None => (None, true),
        },
        _ => (None, false),
    };
    let mut first = true;
    while !shared.is_stopping() {
        let incoming = match read::request(stream, &shared.limits, first) {
            Ok(incoming) => incoming,
            Err(NoRequest::Gone) => return Ending::Close,
            Err(NoRequest::Refused(answer)) => {
                let _ = stream.write(answer.as_bytes());
                return Ending::Close;
            }
        };
        first = false;
        let mut request = incoming.request;
        request.certificate = subject.clone();
        request.certificate_refused = refused;
        let plan = shared.handler.arrive(&mut request);
        if let Some(ending) = write::strike_before(stream, &plan, Point::Arrival) {
            return ending;
        }
        let reply = match (&*request.method, &*request.path) {
            // About the server, not about anything in it: the HTTP library of the real one answers.
            ("OPTIONS", "*") => Reply::Full(Response { status: 200, ..Response::default() }),
            _ => shared.handler.answer(&mut request, &plan),
        };
        if let Some(ending) = write::strike_before(stream, &plan, Point::Handled) {
            return ending;
        }
        let (old, keep_alive) = (incoming.old, incoming.keep_alive);
        match write::reply(stream, &request, old, keep_alive, reply, &plan) {
            Ending::Stay => {}
            ending => return ending,
        }
    }
    Ending::Close
}
