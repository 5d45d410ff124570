//! Samples in, Markdown out: medians, ratios to the first contender, how far those moved, and the aims.
//!
//! A ratio is taken round by round, between two runs that stood side by side, and then the median of
//! those: what slows a whole round slows both. Called by `main`.

use std::fmt::Write as _;

use crate::child::Cost;
use crate::matrix::{Aim, COLUMNS, Contender, Workload};

/// A contender's costs, one each round.
pub(crate) struct Row {
    /// Who.
    pub(crate) contender: &'static Contender,
    /// One each round, in order.
    pub(crate) samples: Vec<Cost>,
}

/// The table's head.
pub(crate) const HEAD: &str = "\
| work | program, type | wall | CPU | CPU an item | peak memory | kept an item | CPU ratio | wall ratio | peak ratio | aim |\n\
|---|---|---|---|---|---|---|---|---|---|---|\n";

/// The lines of one workload.
pub(crate) fn lines(workload: &Workload, items: usize, rows: &[Row]) -> String {
    let mut text = String::new();
    let Some(base) = rows.first() else {
        return text;
    };
    let count = as_float(u64::try_from(items.max(1)).unwrap_or(u64::MAX));
    for (index, row) in rows.iter().enumerate() {
        let spent = row.median(cpu);
        let _ = write!(
            text,
            "{} {} | {} | {} | {:.1} MB | {} |",
            begin(workload, index, row),
            time(row.median(wall)),
            time(spent),
            time(spent / count),
            row.median(peak) / 1e6,
            kept(row, count).map(|kept| format!("{kept:.1} KB")).unwrap_or_default(),
        );
        if index == 0 {
            text.push_str(" 1 | 1 | 1 | |\n");
            continue;
        }
        for measure in [cpu, wall, peak] {
            let _ = write!(text, " {} |", spread(&ratios(base, row, measure)));
        }
        let _ = writeln!(text, " {} |", aim(row.contender));
    }
    text
}

/// The head of the table that holds the ratios beside their aims.
pub(crate) fn aims_head() -> String {
    let mut names = String::from("| work |");
    let mut rule = String::from("\n|---|");
    for (program, what) in COLUMNS {
        let wire = if what.ends_with("-protobuf") { "" } else { ", JSON" };
        let program = program.trim_start_matches("bench-");
        let _ = write!(names, " {program}, {}{wire} |", kind(what));
        rule.push_str("---|");
    }
    names + &rule + "\n"
}

/// One workload's line of it: CPU and peak memory as ratios, or what is kept of an item; the aim behind.
pub(crate) fn aims_line(workload: &Workload, items: usize, rows: &[Row]) -> String {
    let mut text = format!("| {} |", workload.title);
    let is_there = |row: &Row| COLUMNS.contains(&(row.contender.program, row.contender.kind));
    if !rows.first().is_some_and(is_there) {
        return String::new();
    }
    let count = as_float(u64::try_from(items.max(1)).unwrap_or(u64::MAX));
    for column in COLUMNS {
        let found = rows.iter().find(|row| (row.contender.program, row.contender.kind) == *column);
        let (Some(base), Some(row)) = (rows.first(), found) else {
            text.push_str(" |");
            continue;
        };
        let _ = match kept(row, count) {
            Some(kept) => write!(text, " {kept:.1} KB"),
            None => write!(
                text,
                " {:.2} / {:.2}",
                median(ratios(base, row, cpu)),
                median(ratios(base, row, peak))
            ),
        };
        text.push_str(&match aim(row.contender) {
            aim if aim.is_empty() => " |".to_owned(),
            aim => format!(" ({aim}) |"),
        });
    }
    text.push('\n');
    text
}

/// The head of the table of how much was done a second.
pub(crate) const RATES_HEAD: &str = "\
| work | program, type | what | a second | a CPU second |\n\
|---|---|---|---|---|\n";

/// The lines of one workload in it, if its items are events or operations: the medians of the rounds.
pub(crate) fn rates_lines(workload: &Workload, items: usize, rows: &[Row]) -> String {
    let mut text = String::new();
    let Some(what) = workload.rated() else {
        return text;
    };
    let count = as_float(u64::try_from(items).unwrap_or(u64::MAX));
    for (index, row) in rows.iter().enumerate() {
        let _ = writeln!(
            text,
            "{} {what} | {} | {} |",
            begin(workload, index, row),
            rate(count / row.median(wall).max(1e-9)),
            rate(count / row.median(cpu).max(1e-9)),
        );
    }
    text
}

/// The first two cells of a workload's line of this number: the work, once, and who did it.
fn begin(workload: &Workload, index: usize, row: &Row) -> String {
    let title = if index == 0 { workload.title } else { "" };
    let program = row.contender.program.trim_start_matches("bench-");
    format!("| {title} | {program}, {} |", kind(row.contender.kind))
}

impl Row {
    fn median(&self, measure: fn(&Cost) -> f64) -> f64 {
        median(self.samples.iter().map(measure).collect())
    }
}

/// Kilobytes an item, where the process told any.
fn kept(row: &Row, items: f64) -> Option<f64> {
    let kept = row.median(|cost| as_float(cost.kept));
    (kept > 0.0).then_some(kept / items / 1e3)
}

fn kind(kind: &str) -> String {
    kind.replace("-protobuf", ", protobuf").replace("-watchlist", ", WatchList")
}

fn ratios(base: &Row, row: &Row, measure: fn(&Cost) -> f64) -> Vec<f64> {
    let pairs = base.samples.iter().zip(&row.samples);
    pairs.map(|(base, own)| measure(own) / measure(base).max(1e-9)).collect()
}

/// The median, and the least and the greatest.
fn spread(ratios: &[f64]) -> String {
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    format!("**{:.2}** ({least:.2}-{most:.2})", median(ratios.to_vec()))
}

fn aim(contender: &Contender) -> String {
    match contender.aim {
        Aim::None => String::new(),
        Aim::Cpu(cpu) => format!("{cpu} / -"),
        Aim::CpuAndPeak(cpu, peak) => format!("{cpu} / {peak}"),
        Aim::Kept(kilobytes) => format!("{kilobytes} KB"),
    }
}

fn cpu(cost: &Cost) -> f64 {
    cost.cpu.as_secs_f64()
}

fn wall(cost: &Cost) -> f64 {
    cost.wall.as_secs_f64()
}

fn peak(cost: &Cost) -> f64 {
    as_float(cost.peak)
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
        s if s >= 1e-6 => format!("{:.1} us", s * 1e6),
        s => format!("{:.0} ns", s * 1e9),
    }
}

/// A number with three digits.
fn rate(number: f64) -> String {
    match number {
        n if n >= 1e7 => format!("{:.1} M", n / 1e6),
        n if n >= 1e6 => format!("{:.2} M", n / 1e6),
        n if n >= 1e5 => format!("{:.0} k", n / 1e3),
        n if n >= 1e4 => format!("{:.1} k", n / 1e3),
        n => format!("{n:.0}"),
    }
}

/// Bytes and counts here are far under the 2^53 up to which this is exact.
fn as_float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RATES_HEAD, Row, aims_head, aims_line, lines, median, rate, rates_lines, time};
    use crate::child::Cost;
    use crate::matrix::{Aim, WORKLOADS, Workload};

    /// The rows of the first contender and of the first one that aims at something.
    fn rows(workload: &'static Workload, kept: u64, cpus: [[u64; 3]; 2]) -> Vec<Row> {
        let cost = |cpu| Cost {
            wall: Duration::from_millis(10),
            cpu: Duration::from_millis(cpu),
            peak: 1_000_000,
            kept,
        };
        let aiming = workload.contenders.iter().find(|each| !matches!(each.aim, Aim::None));
        [&workload.contenders[0], aiming.expect("one aims")]
            .into_iter()
            .zip(cpus)
            .map(|(contender, cpus)| Row { contender, samples: cpus.map(cost).to_vec() })
            .collect()
    }

    #[test]
    fn a_ratio_is_taken_between_neighbours_before_the_median() {
        let rows = rows(&WORKLOADS[0], 0, [[100, 200, 400], [50, 50, 50]]);
        let text = lines(&WORKLOADS[0], 1, &rows);
        assert!(text.contains("**0.25** (0.12-0.50)"), "{text}");
        assert!(text.contains("0.9 / 0.75"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn ratios_stand_in_the_columns_of_their_programs_with_the_aims_behind() {
        let rows = rows(&WORKLOADS[0], 0, [[100, 200, 400], [50, 50, 50]]);
        let line = aims_line(&WORKLOADS[0], 1, &rows);
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells[2], "1.00 / 1.00");
        assert_eq!(cells[6], "0.25 / 1.00 (0.9 / 0.75)");
        assert_eq!(cells.len(), aims_head().lines().next().unwrap_or_default().split('|').count());
    }

    #[test]
    fn what_is_kept_is_told_in_kilobytes_an_item() {
        let keep = WORKLOADS.iter().find(|workload| workload.name == "keep").expect("one");
        let rows = rows(keep, 25_000, [[100; 3], [50; 3]]);
        let line = aims_line(keep, 10, &rows);
        assert!(line.contains("| 2.5 KB | | | 2.5 KB (1.5 KB) |"), "{line}");
        assert!(lines(keep, 10, &rows).contains("| 2.5 KB |"));
    }

    /// The first contender takes 10 ms and 100 ms of CPU.
    #[test]
    fn events_and_operations_are_told_a_second() {
        let check = |name: &str, items: usize, expected: &str| {
            let workload = WORKLOADS.iter().find(|workload| workload.name == name).expect("one");
            let cost = Cost {
                wall: Duration::from_millis(10),
                cpu: Duration::from_millis(100),
                ..Cost::default()
            };
            let row = Row { contender: &workload.contenders[0], samples: vec![cost; 3] };
            let text = rates_lines(workload, items, &[row]);
            assert!(text.ends_with(expected), "{text}");
            let columns = |line: &str| line.split('|').count();
            assert!(text.lines().all(|line| columns(line) == 7), "{text}");
            assert!(RATES_HEAD.lines().all(|line| columns(line) == 7));
        };
        check("informer", 20_000, "kube, full | events | 2.00 M | 200 k |\n");
        check("watch", 200, "kube, full | events | 20.0 k | 2000 |\n");
        check("queue", 1_000_000, "kube, keys | operations | 100.0 M | 10.0 M |\n");
        check("queue-dedup", 1, "kube, keys | operations | 100 | 10 |\n");
        check("sync", 10_000, "");
        assert_eq!(rate(123_456.0), "123 k");
    }

    #[test]
    fn times_are_printed_in_a_unit_that_fits() {
        for (seconds, expected) in [
            (1.5, "1.50 s"),
            (0.5, "500 ms"),
            (0.0123, "12.3 ms"),
            (0.000_05, "50.0 us"),
            (0.000_000_05, "50 ns"),
        ] {
            assert_eq!(time(seconds), expected);
        }
        assert!((median(vec![3.0, 1.0, 2.0, 10.0]) - 2.5).abs() < 1e-9);
    }
}
