//! [`Source`]: where a setting was said.

use std::fmt;
use std::path::PathBuf;

use crate::meta::status::Printable;

/// Where a setting was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// In the options: a program's flags.
    Options,
    /// In a kubeconfig.
    Kubeconfig {
        /// The file; `None` where it was a text.
        file: Option<PathBuf>,
        /// The entry, as `user "jane"`; empty for a field of the file itself.
        entry: String,
        /// The field, under the name that it has in the file.
        field: &'static str,
    },
    /// In a variable of the environment.
    Environment(&'static str),
    /// In a file of the pod's service account.
    ServiceAccount(PathBuf),
    /// In the program, which made the [`Config`](crate::Config) or changed it.
    Program,
    /// Nowhere.
    Default,
}

/// `/home/jane/.kube/config, user "jane", tokenFile`; what acts on a terminal is escaped.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Options => f.write_str("the options"),
            Self::Kubeconfig { file, entry, field } => {
                match file {
                    Some(file) => write!(f, "{}", Printable(&file.display().to_string()))?,
                    None => f.write_str("the kubeconfig")?,
                }
                for part in [entry.as_str(), field] {
                    if !part.is_empty() {
                        write!(f, ", {}", Printable(part))?;
                    }
                }
                Ok(())
            }
            Self::Environment(name) => write!(f, "the variable {name}"),
            Self::ServiceAccount(file) => {
                let file = file.display().to_string();
                write!(f, "the service account's {}", Printable(&file))
            }
            Self::Program => f.write_str("the program"),
            Self::Default => f.write_str("the default"),
        }
    }
}
