//! The ways in which the connections of a watch end, or go wrong.

use std::collections::BTreeMap;

use kubeclient_fake::{FakeServer, Fault, Injection};

use super::super::super::random::Random;

/// How many ways there are.
pub(super) const KINDS: u64 = 8;

/// The faults that are to strike the next connections of watches that follow changes, one each.
pub(super) struct Cuts {
    /// With their kinds.
    cuts: Vec<(u64, Injection)>,
    /// What makes connections slow, or takes a turn.
    _others: Vec<Injection>,
}

impl Cuts {
    /// So many connections end, each somewhere in it and in one of eight ways; some come slowly besides.
    pub(super) fn inject(server: &FakeServer, random: &mut Random, count: u64) -> Self {
        let (mut cuts, mut others) = (Vec::new(), Vec::new());
        for number in 0..count {
            let kind = if number < KINDS { number } else { random.below(KINDS) };
            // Where a connection goes mute, the end that it would have had comes later.
            let latest = if kind == 7 { 2_000 } else { 12_000 };
            let fault = match kind {
                0 => Fault::close(),
                1 => Fault::reset(),
                2 => Fault::truncate(),
                3 => Fault::garbage("\n{\"type\":\n"),
                4 => Fault::error_event(500, "InternalError", "odd"),
                5 => Fault::status(503, "ServiceUnavailable", "busy"),
                6 => Fault::overload(0),
                _ => Fault::stall(),
            };
            let fault = following(fault);
            let fault = match (kind, random.below(4)) {
                (5 | 6, _) => fault,
                (7, _) => fault.after_bytes(random.below(latest)),
                (_, 0) => fault.after_events(random.below(30)),
                // In the middle of a line, mostly.
                _ => fault.after_bytes(random.below(latest)),
            };
            if kind == 7 {
                // A fault that ends nothing strikes beside another: this one takes its turn.
                let turn = following(Fault::close().after_bytes(1 << 30));
                others.push(server.inject(turn.once()));
                cuts.push((kind, server.inject(fault.nth(number + 1))));
            } else {
                cuts.push((kind, server.inject(fault.once())));
            }
            if random.below(10) == 0 {
                let slow = match random.below(2) {
                    0 => Fault::slow(300_000),
                    _ => Fault::chop(random.below(1000)),
                };
                others.push(server.inject(following(slow).nth(number + 1)));
            }
        }
        Self { cuts, _others: others }
    }

    /// How many have struck, of each kind.
    pub(super) fn struck(&self) -> BTreeMap<u64, u64> {
        let mut struck = BTreeMap::new();
        for (kind, cut) in self.cuts.iter().filter(|(_, cut)| cut.strikes() > 0) {
            *struck.entry(*kind).or_default() += cut.strikes();
        }
        struck
    }
}

/// At watches that follow changes: one that is cut in its initial events must begin anew.
fn following(fault: Fault) -> Fault {
    fault.verb("watch").when(|request| request.query("sendInitialEvents").is_none())
}
