//! One connection through the proxy: two pumps, and the trouble that comes over one of them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::trouble::{Plan, Trouble};

/// How many bytes come in drops, or late, before the end.
const SLOW: u64 = 2_000;

const DROP: usize = 40;
const BETWEEN_DROPS: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(20);
const SLOWLY: Duration = Duration::from_millis(200);

/// Serves a client until either side ends it.
///
/// # Blocking
/// Until then; the shutdown of both sockets ends it.
pub(super) fn serve(
    client: &TcpStream,
    connect: impl FnOnce() -> io::Result<std::sync::Arc<TcpStream>>,
    plan: Option<Plan>,
    struck: impl Fn(Trouble),
) {
    match plan.map(|plan| plan.trouble) {
        Some(Trouble::Refuse) => {
            struck(Trouble::Refuse);
            let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
            return;
        }
        Some(Trouble::SlowAccept) => {
            struck(Trouble::SlowAccept);
            thread::sleep(SLOWLY);
        }
        _ => {}
    }
    let Ok(server) = connect() else { return };
    let line = Line::default();
    thread::scope(|scope| {
        scope.spawn(|| up(client, &server, &line));
        down(&server, client, plan, &line, struck);
    });
}

/// What one pump must know of the other's trouble.
#[derive(Default)]
struct Line {
    is_mute: AtomicBool,
    /// A reset comes with the close of the socket, which must not be shut down before.
    is_reset: AtomicBool,
}

/// What the client says goes to the server, unless the line is dead.
fn up(mut client: &TcpStream, mut server: &TcpStream, line: &Line) {
    let mut buffer = [0; 4 << 10];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        if !line.is_mute.load(Ordering::SeqCst) && server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if !line.is_reset.load(Ordering::SeqCst) {
        close(client);
    }
    close(server);
}

/// What the server says goes to the client, up to the trouble.
fn down(
    mut server: &TcpStream,
    mut client: &TcpStream,
    plan: Option<Plan>,
    line: &Line,
    struck: impl Fn(Trouble),
) {
    let mut buffer = [0; 4 << 10];
    let mut sent = 0;
    let mut is_struck = false;
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let piece = &mut buffer[..count];
        sent += count as u64;
        if let Some(Plan { trouble, after }) = plan.filter(|plan| sent > plan.after) {
            if !is_struck && trouble != Trouble::SlowAccept {
                struck(trouble);
            }
            let first = !std::mem::replace(&mut is_struck, true);
            match trouble {
                Trouble::Mute => {
                    // The client's leaving ends the other pump, and that the connection.
                    line.is_mute.store(true, Ordering::SeqCst);
                    return;
                }
                Trouble::HalfClose => {
                    let _ = client.shutdown(Shutdown::Write);
                    return;
                }
                Trouble::Reset => {
                    line.is_reset.store(true, Ordering::SeqCst);
                    let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
                    // Wakes the other pump, and sends nothing.
                    let _ = client.shutdown(Shutdown::Read);
                    close(server);
                    return;
                }
                Trouble::Truncate => {
                    let _ = client.write_all(&piece[..count / 2]);
                    break;
                }
                Trouble::Corrupt if first => piece[count / 2] ^= 1,
                Trouble::Drip | Trouble::Delay if sent < after + SLOW => {
                    if write_slowly(client, piece, trouble).is_err() {
                        break;
                    }
                    continue;
                }
                Trouble::Corrupt => {}
                Trouble::Fin | Trouble::Drip | Trouble::Delay | Trouble::SlowAccept => break,
                Trouble::Refuse => return,
            }
        }
        if client.write_all(piece).is_err() {
            break;
        }
    }
    close(client);
    close(server);
}

fn write_slowly(mut client: &TcpStream, piece: &[u8], trouble: Trouble) -> io::Result<()> {
    if trouble == Trouble::Delay {
        thread::sleep(LATE);
        return client.write_all(piece);
    }
    piece.chunks(DROP).try_for_each(|drop| {
        thread::sleep(BETWEEN_DROPS);
        client.write_all(drop)
    })
}

fn close(socket: &TcpStream) {
    // It may be closed already.
    let _ = socket.shutdown(Shutdown::Both);
}
