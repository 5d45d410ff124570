//! [`Origin`]: where in which file an object stands.

use std::fmt;
use std::sync::Arc;

/// Where an object was read from: the file, which document of it, and its line.
///
/// ```
/// use kubeclient::Manifests;
///
/// let set = Manifests::from_text("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")?;
/// assert_eq!(set.iter().next().unwrap().origin.to_string(), "text: document 1, line 1");
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Origin {
    /// The file's path; or `text`, `standard input`, or whatever name was given to what was read.
    pub source: Arc<str>,
    /// The number of the document, from 1; documents that hold nothing don't count. Of objects that
    /// were not read, their number; 0 for the file as a whole.
    pub document: usize,
    /// The line on which the document begins, or on which it is wrong; 0 where there is none to tell.
    pub line: usize,
}

impl Origin {
    pub(super) fn file(source: &Arc<str>) -> Self {
        Self { source: Arc::clone(source), document: 0, line: 0 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        match (self.document, self.line) {
            (0, 0) => Ok(()),
            (0, line) => write!(f, ": line {line}"),
            (document, 0) => write!(f, ": document {document}"),
            (document, line) => write!(f, ": document {document}, line {line}"),
        }
    }
}
