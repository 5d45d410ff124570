//! [`Table`]: rows in columns, as kubectl prints them.

use std::io::{self, Write};

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
    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
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
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter(|row| column + 1 < row.len());
            let widest = cells.map(|row| row[column].chars().count()).max().unwrap_or(0);
            (widest + GAP).max(LEAST)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
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
