//! Credentials in requests, which go to the socket past the HTTP library: at level trace, it logs each byte
//! that it frames.

use std::borrow::Cow;
use std::io;

use http::HeaderMap;
use zeroize::Zeroizing;

use super::call::Call;
use super::connection::Connection;
use super::proxy::Proxy;

/// A body that holds credentials, as an extension of the request: the HTTP library gets as many bytes in its
/// stead.
#[derive(Clone)]
pub(crate) struct SecretBody(pub(crate) Zeroizing<Vec<u8>>);

/// What it gets for each byte of a [`SecretBody`]; no head ends in it.
const STAND_IN: u8 = b'*';

/// Takes out the headers that hold a credential.
fn set_apart(headers: &HeaderMap) -> (HeaderMap, Zeroizing<Vec<u8>>) {
    let mut open = HeaderMap::with_capacity(headers.len());
    let mut secret = Zeroizing::new(Vec::new());
    for (name, value) in headers {
        if value.is_sensitive() {
            secret.extend_from_slice(name.as_str().as_bytes());
            secret.extend_from_slice(b": ");
            secret.extend_from_slice(value.as_bytes());
            secret.extend_from_slice(b"\r\n");
        } else {
            open.append(name, value.clone());
        }
    }
    (open, secret)
}

/// Gives the call what only the socket may see of a request: the headers and the body that the HTTP library
/// is to frame.
pub(super) fn take_apart<'a>(
    call: &Call,
    request: &'a http::Request<Vec<u8>>,
    headers: &HeaderMap,
) -> (HeaderMap, Cow<'a, [u8]>) {
    let (open, secret) = set_apart(headers);
    call.set_secret_head(secret);
    match request.extensions().get::<SecretBody>() {
        Some(body) => {
            call.set_secret_body(body.0.clone());
            (open, Cow::Owned(vec![STAND_IN; body.0.len()]))
        }
        None => {
            call.set_secret_body(Zeroizing::default());
            (open, Cow::Borrowed(request.body()))
        }
    }
}

/// Writes what the HTTP library has framed, with the credentials in their places; `forward` is the proxy that
/// passes the request on.
pub(super) fn write(
    connection: &mut Connection,
    call: &Call,
    forward: Option<&Proxy>,
    output: &[u8],
) -> io::Result<()> {
    let stand_ins = output.iter().rev().take_while(|byte| **byte == STAND_IN).count();
    let body = call.take_secret_body(stand_ins);
    let output = &output[..output.len() - body.len()];
    match (output.windows(2).position(|two| two == b"\r\n"), call.take_secret_head()) {
        // The first write holds the request line: the credential's lines go behind it.
        (Some(end), Some(secret)) => {
            let (line, rest) = output.split_at(end + 2);
            match forward {
                None => connection.write(call, line)?,
                Some(proxy) => {
                    let verb = line.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
                    let (verb, path) = line.split_at(verb);
                    connection.write(call, verb)?;
                    connection.write(call, proxy.prefix().as_bytes())?;
                    connection.write(call, path)?;
                    connection.write(call, &proxy.authorization())?;
                }
            }
            connection.write(call, &secret)?;
            connection.write(call, rest)?;
        }
        (None, Some(secret)) => {
            call.set_secret_head(secret);
            connection.write(call, output)?;
        }
        (_, None) => connection.write(call, output)?,
    }
    connection.write(call, &body)
}
