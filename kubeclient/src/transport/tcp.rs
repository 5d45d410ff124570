//! TCP connections that open within a bound and can be stopped while they open.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, TcpKeepalive, Type};

use super::call::Call;
use crate::error::{Error, ErrorKind};

/// Silence after which the kernel asks whether the peer is still there, and how often it asks.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(20);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// How long sent bytes may stay unacknowledged before the kernel gives the connection up.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(40);

/// Connects to the first address that answers.
///
/// Each address gets an equal share of the time that is left, so that one dead address of many does
/// not use it up.
pub(crate) fn connect(
    call: &Call,
    addresses: &[SocketAddr],
    deadline: Option<Instant>,
) -> Result<TcpStream, Error> {
    let mut last = None;
    for (tried, address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let share = deadline.map(|deadline| {
            let remaining = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            now + deadline.saturating_duration_since(now) / remaining
        });
        match connect_one(call, *address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.is_stopped() => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::new(ErrorKind::Connect, "the server has no address")))
}

fn connect_one(
    call: &Call,
    address: SocketAddr,
    deadline: Option<Instant>,
) -> Result<TcpStream, Error> {
    let refused = |error: std::io::Error| {
        Error::new(ErrorKind::Connect, format!("can't connect to {address}")).because(error)
    };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))
        .map_err(refused)?;
    socket.set_nonblocking(true).map_err(refused)?;
    match socket.connect(&SockAddr::from(address)) {
        Ok(()) => {}
        Err(error) if is_under_way(&error) => await_connection(call, &socket, address, deadline)?,
        Err(error) => return Err(refused(error)),
    }
    socket.set_nonblocking(false).map_err(refused)?;
    let stream = TcpStream::from(socket);
    prepare(&stream).map_err(refused)?;
    Ok(stream)
}

/// Looks at the socket in growing intervals until it is connected.
///
/// A readiness call that also hears the stop token would need `unsafe` or three more crates; a
/// connection is opened seldom, so at most 5 ms more on a far one is the better price.
fn await_connection(
    call: &Call,
    socket: &Socket,
    address: SocketAddr,
    deadline: Option<Instant>,
) -> Result<(), Error> {
    let mut pause = Duration::from_micros(50);
    loop {
        let failed = socket.take_error().and_then(|error| error.map_or(Ok(()), Err));
        failed.map_err(|error| {
            Error::new(ErrorKind::Connect, format!("can't connect to {address}")).because(error)
        })?;
        if socket.peer_addr().is_ok() {
            return Ok(());
        }
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(call.timeout(&format!("connecting to {address}")));
        }
        if call.stop().wait_timeout(pause) {
            return Err(Error::stopped());
        }
        pause = (pause * 3 / 2).min(Duration::from_millis(5));
    }
}

/// Whether a connection is open and nothing has come on it. Does not block, and takes nothing.
pub(crate) fn is_quiet(stream: &TcpStream) -> bool {
    #[cfg(unix)]
    let peeked = SockRef::from(stream).recv_with_flags(
        &mut [std::mem::MaybeUninit::uninit()],
        libc::MSG_PEEK | libc::MSG_DONTWAIT,
    );
    #[cfg(not(unix))]
    let peeked = stream.set_nonblocking(true).and_then(|()| {
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false).and(peeked)
    });
    peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    Ok(())
}

fn is_under_way(error: &std::io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == std::io::ErrorKind::WouldBlock
}
