//! What is said between a client and a proxy before anything is let through.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::client::Client;
use super::{Manner, Shared, Speaks};

/// The largest head that is read.
const LARGEST_HEAD: usize = 64 << 10;

/// The server's connection, and the head of a request that is passed on.
type Greeted = (TcpStream, Option<Vec<u8>>);

/// Listens to a client; `None` when it is not let through.
pub(super) fn greet(shared: &Arc<Shared>, client: &Client) -> io::Result<Option<Greeted>> {
    match shared.settings.speaks {
        Speaks::Http => http(shared, client),
        Speaks::Socks5 => socks5(shared, client),
    }
}

fn http(shared: &Shared, client: &Client) -> io::Result<Option<Greeted>> {
    let settings = &shared.settings;
    let head = head(client)?;
    let text = String::from_utf8_lossy(&head).into_owned();
    let (line, headers) = text.split_once("\r\n").unwrap_or((&text, ""));
    let (asked, version) = line.rsplit_once(' ').unwrap_or((line, ""));
    shared.note(client, asked.to_owned(), &head);
    match settings.manner {
        Manner::Serves => {}
        Manner::Refuses(code) => return refuse(client, code),
        manner => return misbehave(client, manner, b"HTTP/1.1 200 OK\r\n", b"X: xxxxxxxx\r\n"),
    }
    if let Some((user, password)) = &settings.credential {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        let wanted = format!("Proxy-Authorization: Basic {encoded}");
        if !headers.lines().any(|header| header == wanted) {
            return refuse(client, 407);
        }
    }
    if let Some(target) = asked.strip_prefix("CONNECT ") {
        let server = connect(shared, target)?;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        return Ok(Some((server, None)));
    }
    let (verb, url) = asked.split_once(" http://").ok_or(io::ErrorKind::InvalidData)?;
    let (target, path) = url.split_at(url.find('/').unwrap_or(url.len()));
    let server = connect(shared, target)?;
    // One request a connection, so that the answer need not be understood.
    let kept: Vec<_> =
        headers.lines().filter(|header| !header.starts_with("Proxy-Authorization:")).collect();
    let kept = kept.join("\r\n");
    let request = format!("{verb} {path} {version}\r\nConnection: close\r\n{kept}\r\n");
    Ok(Some((server, Some(request.into_bytes()))))
}

fn head(client: &Client) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LARGEST_HEAD {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(head)
}

fn refuse<T>(client: &Client, code: u16) -> io::Result<Option<T>> {
    client.write_all(format!("HTTP/1.1 {code} No\r\nContent-Length: 0\r\n\r\n").as_bytes())?;
    client.close();
    Ok(None)
}

/// Hangs, floods or closes.
fn misbehave<T>(
    client: &Client,
    manner: Manner,
    begin: &[u8],
    again: &[u8],
) -> io::Result<Option<T>> {
    match manner {
        Manner::Hangs => while client.read(&mut [0; 1024])? > 0 {},
        Manner::Floods => {
            client.write_all(begin)?;
            loop {
                client.write_all(&again.repeat(100))?;
            }
        }
        Manner::Serves | Manner::Closes | Manner::Refuses(_) => client.close(),
    }
    Ok(None)
}

fn socks5(shared: &Shared, client: &Client) -> io::Result<Option<Greeted>> {
    let settings = &shared.settings;
    let mut said = Said { client, bytes: Vec::new() };
    let [_, count] = said.array()?;
    let methods = said.bytes(count.into())?;
    match settings.manner {
        Manner::Serves | Manner::Refuses(_) => {}
        manner => {
            shared.note(client, "SOCKS".to_owned(), &said.bytes);
            return misbehave(client, manner, &[5], &[0, 5]);
        }
    }
    match &settings.credential {
        None => client.write_all(&[5, 0])?,
        Some(_) if !methods.contains(&2) => {
            shared.note(client, "SOCKS".to_owned(), &said.bytes);
            client.write_all(&[5, 255])?;
            return Ok(None);
        }
        Some((user, password)) => {
            client.write_all(&[5, 2])?;
            let [_, length] = said.array()?;
            let their_user = said.bytes(length.into())?;
            let [length] = said.array()?;
            let their_password = said.bytes(length.into())?;
            if their_user != user.as_bytes() || their_password != password.as_bytes() {
                shared.note(client, "SOCKS".to_owned(), &said.bytes);
                client.write_all(&[1, 1])?;
                return Ok(None);
            }
            client.write_all(&[1, 0])?;
        }
    }
    let [_, _, _, kind] = said.array()?;
    let host = match kind {
        1 => said.array::<4>()?.map(|byte| byte.to_string()).join("."),
        4 => format!("[{}]", Ipv6Addr::from(said.array::<16>()?)),
        _ => {
            let [length] = said.array()?;
            String::from_utf8_lossy(&said.bytes(length.into())?).into_owned()
        }
    };
    let target = format!("{host}:{}", u16::from_be_bytes(said.array()?));
    shared.note(client, format!("SOCKS {target}"), &said.bytes);
    let code = match settings.manner {
        Manner::Refuses(code) => code as u8,
        _ => 0,
    };
    let server = if code == 0 { Some(connect(shared, &target)?) } else { None };
    client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(server.map(|server| (server, None)))
}

/// Reads from a client, and keeps what it read.
struct Said<'a> {
    client: &'a Client,
    bytes: Vec<u8>,
}

impl Said<'_> {
    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.client.read_exact(&mut bytes)?;
        self.bytes.extend(&bytes);
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.client.read_exact(&mut bytes)?;
        self.bytes.extend(bytes);
        Ok(bytes)
    }
}

fn connect(shared: &Shared, target: &str) -> io::Result<TcpStream> {
    match shared.settings.server {
        Some(server) => TcpStream::connect(server),
        None => {
            let address: SocketAddr =
                target.parse().map_err(|_| io::Error::other("the target is no address"))?;
            TcpStream::connect(address)
        }
    }
}
