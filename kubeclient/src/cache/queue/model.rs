//! The queue against a model of it that is too simple to be wrong, in random histories by a manual clock.

use std::time::Duration;

use super::{Item, WorkQueue};
use crate::clock::ManualClock;
use crate::stop::Stop;

/// What a queue is: lists, looked through from the front.
#[derive(Default)]
struct Model {
    now: u64,
    waiting: Vec<u8>,
    /// Added again while they are handled.
    again: Vec<u8>,
    at_work: Vec<u8>,
    delayed: Vec<(u64, u8)>,
    shut_down: bool,
}

impl Model {
    fn add(&mut self, item: u8) {
        if self.shut_down {
        } else if self.at_work.contains(&item) {
            if !self.again.contains(&item) {
                self.again.push(item);
            }
        } else if !self.waiting.contains(&item) {
            self.waiting.push(item);
        }
    }

    fn add_after(&mut self, item: u8, time: u64) {
        match self.delayed.iter().position(|(_, other)| *other == item) {
            _ if self.shut_down => {}
            Some(at) if self.delayed[at].0 <= self.now + time => {}
            known => {
                known.map(|at| self.delayed.remove(at));
                self.delayed.push((self.now + time, item));
            }
        }
    }

    fn advance(&mut self, time: u64) {
        self.now += time;
        // A stable sort: those of one moment stay in the order in which they came.
        self.delayed.sort_by_key(|(due, _)| *due);
        let due = self.delayed.iter().take_while(|(due, _)| *due <= self.now).count();
        for (_, item) in self.delayed.drain(..due).collect::<Vec<_>>() {
            self.add(item);
        }
    }

    fn get(&mut self) -> Option<u8> {
        let item = (!self.waiting.is_empty()).then(|| self.waiting.remove(0))?;
        self.at_work.push(item);
        Some(item)
    }

    fn done(&mut self, item: u8) {
        self.at_work.retain(|other| *other != item);
        if let Some(at) = self.again.iter().position(|other| *other == item) {
            self.again.remove(at);
            self.waiting.push(item);
        }
    }
}

#[test]
fn random_histories_are_those_of_the_model() {
    for seed in 1..=500 {
        history(seed);
    }
}

fn history(seed: u64) {
    let mut random = Random(seed);
    let manual = ManualClock::new();
    let queue = WorkQueue::builder().clock(&manual.clock()).build();
    let mut model = Model::default();
    let mut at_work: Vec<Item<u8>> = Vec::new();
    for step in 0..200 {
        let item = random.below(6) as u8;
        match random.below(100) {
            0 if step > 150 => {
                queue.shut_down();
                model.shut_down = true;
                model.delayed.clear();
            }
            ..35 => {
                queue.add(item);
                model.add(item);
            }
            35..50 => {
                let time = 1 + random.below(20);
                queue.add_after(item, Duration::from_secs(time));
                model.add_after(item, time);
            }
            50..60 => {
                let time = random.below(15);
                manual.advance(Duration::from_secs(time));
                model.advance(time);
            }
            60..80 => {
                let got = match queue.is_empty() && !queue.is_shut_down() {
                    true => queue.try_get(),
                    false => queue.get(&Stop::new()),
                };
                let expected = model.get();
                assert_eq!(got.as_deref().copied(), expected, "seed {seed}, step {step}");
                at_work.extend(got);
            }
            _ if !at_work.is_empty() => {
                let done = at_work.remove(random.below(at_work.len() as u64) as usize);
                model.done(*done);
                done.done();
            }
            _ => {}
        }
        let stats = queue.stats();
        assert_eq!(queue.len(), model.waiting.len(), "seed {seed}, step {step}");
        assert_eq!(stats.in_work, model.at_work.len(), "seed {seed}, step {step}");
        assert_eq!(stats.delayed, model.delayed.len(), "seed {seed}, step {step}");
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}
