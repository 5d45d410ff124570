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
    struck: impl Fn(Trouble) + Sync,
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
        scope.spawn(|| up(client, &server, plan, &line, &struck));
        down(&server, client, plan, &line, &struck);
    });
}

/// What one pump must know of the other's trouble.
#[derive(Default)]
struct Line {
    is_mute: AtomicBool,
    /// A reset comes with the close of the socket, which must not be shut down before.
    is_reset: AtomicBool,
}

/// What the client says goes to the server, unless the line is dead, up to the cut.
fn up(
    mut client: &TcpStream,
    mut server: &TcpStream,
    plan: Option<Plan>,
    line: &Line,
    struck: &impl Fn(Trouble),
) {
    let mut left = plan.filter(|plan| plan.trouble == Trouble::CutRequest).map(|plan| plan.after);
    let mut buffer = [0; 4 << 10];
    while left != Some(0)
        && let Ok(count @ 1..) = client.read(&mut buffer)
    {
        let passed = left.map_or(count, |left| count.min(usize::try_from(left).unwrap_or(count)));
        left = left.map(|left| left - passed as u64);
        if !line.is_mute.load(Ordering::SeqCst) && server.write_all(&buffer[..passed]).is_err() {
            break;
        }
    }
    if left == Some(0) {
        struck(Trouble::CutRequest);
        reset(client, line);
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
    struck: &impl Fn(Trouble),
) {
    let plan = plan.filter(|plan| plan.trouble != Trouble::CutRequest);
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
                    reset(client, line);
                    close(server);
                    return;
                }
                Trouble::Truncate => {
                    let _ = client.write_all(&piece[..count / 2]);
                    break;
                }
                Trouble::CutAnswer => {
                    let rest = usize::try_from(sent - after).unwrap_or(count).min(count);
                    let _ = client.write_all(&piece[..count - rest]);
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
                Trouble::Refuse | Trouble::CutRequest => return,
            }
        }
        if client.write_all(piece).is_err() {
            break;
        }
    }
    if !line.is_reset.load(Ordering::SeqCst) {
        close(client);
    }
    close(server);
}

/// Resets the client once the connection is dropped.
fn reset(client: &TcpStream, line: &Line) {
    line.is_reset.store(true, Ordering::SeqCst);
    let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
    // Wakes the other pump, and sends nothing.
    let _ = client.shutdown(Shutdown::Read);
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
