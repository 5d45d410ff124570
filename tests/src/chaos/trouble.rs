//! [`Trouble`]: what happens to a connection; [`Plan`]: and when; [`Plans`]: many, by a seed.

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Both sides are closed in good order, between two pieces.
    Fin,
    /// The client's side is reset.
    Reset,
    /// Half of a piece comes, then the client's side is closed in good order.
    Truncate,
    /// Nothing comes any more, and nobody says so.
    Mute,
    /// The server's side of the conversation ends; what the client says still goes on.
    HalfClose,
    /// What comes comes in drops, and after some thousand bytes the connection is closed.
    Drip,
    /// What comes comes late, and after some thousand bytes the connection is closed.
    Delay,
    /// A byte is another one.
    Corrupt,
    /// The client is let in after a while only; later the connection is closed.
    SlowAccept,
    /// The client is reset before anything is said.
    Refuse,
    /// So many bytes of what the client says reach the server, then the client is reset.
    CutRequest,
    /// So many bytes of what the server says reach the client, and not one more.
    CutAnswer,
}

impl Trouble {
    /// All but those that come at a very byte.
    pub const ALL: [Trouble; 10] = [
        Trouble::Fin,
        Trouble::Reset,
        Trouble::Truncate,
        Trouble::Mute,
        Trouble::HalfClose,
        Trouble::Drip,
        Trouble::Delay,
        Trouble::Corrupt,
        Trouble::SlowAccept,
        Trouble::Refuse,
    ];

    /// How many of [`Trouble::ALL`], from the first, leave the client to open the connection.
    const LATER: u64 = 8;

    /// How many of these a client takes for an end like any other, so that it comes back at once.
    const ENDS: u64 = 7;
}

/// The trouble of one connection, and after how many bytes from the server it begins; for
/// [`Trouble::CutRequest`], from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What happens.
    pub trouble: Trouble,
    /// After how many bytes.
    pub after: u64,
}

/// The plans of so many connections, the same ones for the same seed.
///
/// Each trouble that begins on an open connection comes, then they come at random, between 6,000 and 12,000
/// bytes: behind a TLS handshake and some events, so that no client takes it for one that it had better not open
/// again at once. Some, spread over all, hit the opening of a connection, at any byte of the
/// handshake or before it. Those and [`Trouble::Corrupt`], which comes once, let a client wait before it comes
/// back.
#[derive(Clone, Debug)]
pub struct Plans {
    state: u64,
    number: u64,
    count: u64,
    early: u64,
    /// How many that begin on an open connection there were.
    later: u64,
}

impl Plans {
    /// So many plans, and of these so many that hit the opening.
    #[must_use]
    pub fn seeded(seed: u64, count: u64, early: u64) -> Plans {
        Plans { state: seed, number: 0, count, early, later: 0 }
    }

    /// So many cuts at a very byte: behind any of the first ones of a request, or before any of an answer's; the
    /// same ones for the same seed.
    pub fn cuts(seed: u64, count: u64, request: u64, answer: u64) -> impl Iterator<Item = Plan> {
        let mut plans = Plans::seeded(seed, count, 0);
        (0..count).map(move |_| match plans.below(2) {
            0 => Plan { trouble: Trouble::CutRequest, after: plans.below(request + 1) },
            _ => Plan { trouble: Trouble::CutAnswer, after: plans.below(answer) },
        })
    }

    /// A number below the bound, by splitmix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

impl Iterator for Plans {
    type Item = Plan;

    fn next(&mut self) -> Option<Plan> {
        if self.number == self.count {
            return None;
        }
        let number = self.number;
        self.number += 1;
        let pick = |index: u64| Trouble::ALL[usize::try_from(index).unwrap_or_default()];
        let is_early =
            self.early > 0 && (number + 1).is_multiple_of((self.count / self.early).max(1));
        if is_early {
            let trouble = match self.below(3) {
                0 => Trouble::Refuse,
                1 => Trouble::SlowAccept,
                _ => pick(self.below(3)),
            };
            let after = if trouble == Trouble::SlowAccept { 6_000 } else { 0 };
            return Some(Plan { trouble, after: after + self.below(3_000) });
        }
        let index =
            if self.later < Trouble::LATER { self.later } else { self.below(Trouble::ENDS) };
        self.later += 1;
        Some(Plan { trouble: pick(index), after: 6_000 + self.below(6_000) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn plans_are_the_same_for_the_same_seed_and_hold_each_trouble() {
        let plans = |seed| Plans::seeded(seed, 40, 5).collect::<Vec<_>>();
        assert_eq!(plans(1), plans(1));
        assert_ne!(plans(1), plans(2));
        let early = plans(1).iter().filter(|plan| plan.after < 6_000).count();
        assert!((1..=5).contains(&early), "{early} hit the opening");
        let troubles: BTreeSet<Trouble> = (0..9).flat_map(plans).map(|plan| plan.trouble).collect();
        assert_eq!(troubles, Trouble::ALL.into());
    }
}
