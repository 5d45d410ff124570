//! Samples in, Markdown out: medians, ratios to the first contender, and how far those moved.
//!
//! A ratio is taken round by round, between two runs that stood side by side, and then the median of
//! those: what slows a whole round slows both. Called by `main`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::child::Cost;
use crate::matrix::{Contender, Workload};

/// A contender's costs, one each round.
pub(crate) struct Row {
    /// Who.
    pub(crate) contender: &'static Contender,
    /// One each round, in order.
    pub(crate) samples: Vec<Cost>,
}

/// The table's head.
pub(crate) const HEAD: &str = "\
| work | program, type | wall | CPU | CPU an item | peak memory | CPU ratio | wall ratio | peak ratio | aim: CPU / peak |\n\
|---|---|---|---|---|---|---|---|---|---|\n";

/// The lines of one workload.
pub(crate) fn lines(workload: &Workload, items: usize, rows: &[Row]) -> String {
    let mut text = String::new();
    let Some(base) = rows.first() else {
        return text;
    };
    for (index, row) in rows.iter().enumerate() {
        let wall = median(row.samples.iter().map(|cost| cost.wall.as_secs_f64()).collect());
        let cpu = median(row.samples.iter().map(|cost| cost.cpu.as_secs_f64()).collect());
        let peak = median(row.samples.iter().map(|cost| as_float(cost.peak)).collect());
        let _ = write!(
            text,
            "| {} | {}, {} | {} | {} | {} | {:.1} MB |",
            if index == 0 { workload.title } else { "" },
            row.contender.program.trim_start_matches("bench-"),
            row.contender.kind,
            time(wall),
            time(cpu),
            time(cpu / as_float(u64::try_from(items.max(1)).unwrap_or(u64::MAX))),
            peak / 1e6,
        );
        if index == 0 {
            text.push_str(" 1 | 1 | 1 | |\n");
            continue;
        }
        for measure in [
            |cost: &Cost| secs(cost.cpu),
            |cost: &Cost| secs(cost.wall),
            |cost: &Cost| as_float(cost.peak),
        ] {
            let _ = write!(text, " {} |", ratio(base, row, measure));
        }
        let _ = writeln!(text, " {} |", aim(row.contender));
    }
    text
}

fn ratio(base: &Row, row: &Row, measure: impl Fn(&Cost) -> f64) -> String {
    let mut ratios: Vec<f64> = base
        .samples
        .iter()
        .zip(&row.samples)
        .map(|(base, own)| measure(own) / measure(base).max(1e-9))
        .collect();
    ratios.sort_by(f64::total_cmp);
    match (ratios.first(), ratios.last()) {
        (Some(least), Some(most)) => {
            format!("**{:.2}** ({least:.2}-{most:.2})", median(ratios.clone()))
        }
        _ => String::new(),
    }
}

fn aim(contender: &Contender) -> String {
    match contender.aim {
        Some((cpu, Some(peak))) => format!("{cpu} / {peak}"),
        Some((cpu, None)) => format!("{cpu} / -"),
        None => String::new(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// A time with the unit that leaves two or three digits.
fn time(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.1 => format!("{:.0} ms", s * 1e3),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.1} us", s * 1e6),
    }
}

fn secs(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// Bytes and counts here are far under the 2^53 up to which this is exact.
fn as_float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Row, lines, median, time};
    use crate::child::Cost;
    use crate::matrix::WORKLOADS;

    #[test]
    fn a_ratio_is_taken_between_neighbours_before_the_median() {
        let cost = |cpu| Cost {
            wall: Duration::from_millis(10),
            cpu: Duration::from_millis(cpu),
            peak: 1_000_000,
        };
        let workload = &WORKLOADS[0];
        let row = |index: usize, cpus: [u64; 3]| Row {
            contender: &workload.contenders[index],
            samples: cpus.map(cost).to_vec(),
        };
        let text = lines(workload, 1, &[row(0, [100, 200, 400]), row(1, [50, 50, 50])]);
        assert!(text.contains("**0.25** (0.12-0.50)"), "{text}");
        assert!(text.contains("0.9 / 0.75"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn times_are_printed_in_a_unit_that_fits() {
        for (seconds, expected) in
            [(1.5, "1.50 s"), (0.5, "500 ms"), (0.0123, "12.3 ms"), (0.000_05, "50.0 us")]
        {
            assert_eq!(time(seconds), expected);
        }
        assert!((median(vec![3.0, 1.0, 2.0, 10.0]) - 2.5).abs() < 1e-9);
    }
}
