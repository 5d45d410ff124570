//! [`Table`]: rows in columns, as kubectl prints them.

use std::io::{self, Write};

use super::words::printable;

/// What stands between two columns.
const GAP: usize = 3;
/// The least that a column takes, gap included.
const LEAST: usize = 6;

/// Rows whose cells stand below each other: each column is as wide as its longest cell and three spaces, the
/// last one as it is.
///
/// ```
/// let mut table = kubeclient_examples::cli::Table::default();
/// table.row(["NAME", "KIND"]);
/// table.row(["pods", "Pod"]);
/// let mut out = Vec::new();
/// table.write(&mut out)?;
/// assert_eq!(out, b"NAME   KIND\npods   Pod\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a row, its cells [printable] and in one line.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let in_one_line = |cell: T| printable(cell.as_ref()).replace(['\n', '\t'], " ");
        self.rows.push(cells.into_iter().map(in_one_line).collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes all rows.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_below(&mut Vec::new(), out)
    }

    /// Writes all rows below others, whose columns were at least so wide; they grow where a cell needs it.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_below(&self, widths: &mut Vec<usize>, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter(|row| column + 1 < row.len());
            let widest = cells.map(|row| row[column].chars().count()).max().unwrap_or(0);
            (widest + GAP).max(LEAST)
        };
        widths.resize(widths.len().max(columns), 0);
        for (column, known) in widths.iter_mut().enumerate().take(columns) {
            *known = width(column).max(*known);
        }
        for row in &self.rows {
            let last = row.len().saturating_sub(1);
            for (i, cell) in row.iter().enumerate() {
                match i < last {
                    true => write!(out, "{cell:<width$}", width = widths[i])?,
                    false => write!(out, "{cell}")?,
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_does_not_act_on_the_terminal() {
        let mut table = Table::default();
        table.row(["\u{1b}]0;x\u{7}", "a"]);
        table.row(["b", "c\nd\te"]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let expected = "\\u{1b}]0;x\\u{7}   a\nb                 c d e\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
