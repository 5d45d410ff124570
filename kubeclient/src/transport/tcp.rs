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

/// How long an address is waited for before the next is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// How long the sockets that connect are left alone at least and at most.
///
/// A readiness call that also hears the stop token would need `unsafe` or three more crates; a
/// connection is opened seldom, so at most 5 ms more on a far one is the better price.
const PAUSES: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(5));

/// Connects to the first address that answers.
///
/// The next one is tried as soon as one has failed or has said nothing for a while, so that one dead address
/// of many holds nobody up.
pub(crate) fn connect(
    call: &Call,
    addresses: &[SocketAddr],
    deadline: Option<Instant>,
) -> Result<TcpStream, Error> {
    let mut left = addresses.iter();
    let mut under_way: Vec<Attempt> = Vec::new();
    let mut failed: Vec<Error> = Vec::new();
    let (mut turn, mut pause) = (Instant::now(), PAUSES.0);
    loop {
        let now = Instant::now();
        if turn <= now
            && let Some(address) = left.next()
        {
            match Attempt::begin(*address) {
                Ok(attempt) => under_way.push(attempt),
                Err(error) => {
                    failed.push(error);
                    continue;
                }
            }
            turn = now + head_start(now, left.len(), deadline);
            pause = PAUSES.0;
        }
        let mut nth = 0;
        while let Some(attempt) = under_way.get(nth) {
            match attempt.is_connected() {
                Ok(true) => return under_way.swap_remove(nth).finish(),
                Ok(false) => nth += 1,
                Err(error) => {
                    failed.push(error);
                    under_way.remove(nth);
                    turn = now;
                }
            }
        }
        if under_way.is_empty() {
            if left.len() > 0 {
                continue;
            }
            let nowhere = || Error::new(ErrorKind::Connect, "the server has no address");
            return Err(failed.pop().unwrap_or_else(nowhere));
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            let addresses: Vec<_> =
                under_way.iter().map(|attempt| attempt.address.to_string()).collect();
            let late = call.timeout(&format!("connecting to {}", addresses.join(" and ")));
            return Err(match failed.is_empty() || late.is_stopped() {
                true => late,
                false => late.because(Error::new(ErrorKind::Connect, in_one_line(&failed))),
            });
        }
        if call.stop().wait_timeout(pause) {
            return Err(Error::stopped());
        }
        pause = (pause * 3 / 2).min(PAUSES.1);
    }
}

/// What became of the other addresses.
fn in_one_line(failed: &[Error]) -> String {
    let failed: Vec<_> = failed.iter().map(|error| format!("{error:?}")).collect();
    failed.join("; ")
}

/// All addresses have their turn within the time there is.
fn head_start(now: Instant, left: usize, deadline: Option<Instant>) -> Duration {
    let share = deadline.map(|deadline| {
        let turns = u32::try_from(left).unwrap_or(u32::MAX).saturating_add(1);
        deadline.saturating_duration_since(now) / turns
    });
    share.map_or(HEAD_START, |share| share.min(HEAD_START))
}

/// A socket that connects.
struct Attempt {
    socket: Socket,
    address: SocketAddr,
}

impl Attempt {
    fn begin(address: SocketAddr) -> Result<Self, Error> {
        let begun = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))
            .and_then(|socket| {
                socket.set_nonblocking(true)?;
                match socket.connect(&SockAddr::from(address)) {
                    Err(error) if !is_under_way(&error) => Err(error),
                    _ => Ok(socket),
                }
            });
        let socket = begun.map_err(|error| refused(address, error))?;
        Ok(Self { socket, address })
    }

    fn is_connected(&self) -> Result<bool, Error> {
        match self.socket.take_error() {
            Ok(None) => Ok(self.socket.peer_addr().is_ok()),
            Ok(Some(error)) | Err(error) => Err(refused(self.address, error)),
        }
    }

    fn finish(self) -> Result<TcpStream, Error> {
        let prepared = self.socket.set_nonblocking(false);
        let stream = TcpStream::from(self.socket);
        prepared.and_then(|()| prepare(&stream)).map_err(|error| refused(self.address, error))?;
        Ok(stream)
    }
}

fn refused(address: SocketAddr, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Connect, format!("can't connect to {address}")).because(error)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The queue of one address is full, so that it says nothing; the other one refuses at once.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_timeout_tells_which_other_addresses_refused() {
        use std::net::TcpListener;

        use crate::transport::Bounds;

        let loopback = || SockAddr::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        let full = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
        full.bind(&loopback()).unwrap();
        full.listen(0).unwrap();
        let full_address = full.local_addr().unwrap().as_socket().unwrap();
        let _waits = TcpStream::connect(full_address).unwrap();
        let gone = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (first, second) = (gone(), gone());

        let call = Call::new(Bounds::default(), false);
        let deadline = Instant::now() + Duration::from_millis(200);
        let addresses = [first, full_address, second];
        let error = connect(&call, &addresses, Some(deadline)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains(&format!("connecting to {full_address}")), "{error}");
        let told = format!("{error:?}");
        for address in [first, second] {
            assert!(told.contains(&format!("can't connect to {address}: ")), "{told}");
        }
    }

    #[test]
    fn all_addresses_have_their_turn_in_time() {
        let now = Instant::now();
        assert_eq!(head_start(now, 3, None), HEAD_START);
        let after = |milliseconds| Some(now + Duration::from_millis(milliseconds));
        assert_eq!(head_start(now, 3, after(60_000)), HEAD_START);
        assert_eq!(head_start(now, 3, after(400)), Duration::from_millis(100));
        assert_eq!(head_start(now, 0, after(100)), Duration::from_millis(100));
        assert_eq!(head_start(now, 5, Some(now)), Duration::ZERO);
    }
}
