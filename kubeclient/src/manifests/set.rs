//! [`Manifests`]: a set of objects, and where each was read.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::object;
use super::origin::Origin;
use super::read_error::{Problem, ReadError};
use super::split::{self, Document};
use super::value::{self, Wrong};
use crate::meta::dynamic::DynamicObject;

/// More than a bundle of all definitions of a large operator holds.
const MAX_BYTES: u64 = 32 << 20;
/// Folders within folders: more is a loop of links.
const MAX_FOLDERS: usize = 32;

/// An object, and where it was read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Manifested {
    /// The object.
    pub object: DynamicObject,
    /// Where it was read.
    pub origin: Origin,
}

/// A set of objects of any kinds, as manifests hold it: read from YAML or JSON, or made by the program.
///
/// Texts hold any number of documents, behind lines of `---` or, as JSON, one behind the other. The items of
/// a `List`, or of a list of one kind, stand for themselves. YAML is read as kubectl reads it: `yes` and `on`
/// are true, `0777` is octal, dates are text, keys become text, anchors and merge keys are followed; integers
/// stay integers. A set is read whole or not at all: what is wrong with any document is told for all of them
/// at once, by file, line and field, and never by what stands there.
///
/// ```
/// use kubeclient::Manifests;
///
/// let set = Manifests::from_text(
///     "
/// apiVersion: v1
/// kind: Namespace
/// metadata: {name: shop}
/// ---
/// apiVersion: v1
/// kind: ConfigMap
/// metadata: {name: settings, namespace: shop}
/// data: {colour: red}
/// ",
/// )?;
/// let names: Vec<_> = set.iter().map(|item| item.object.metadata.name.as_str()).collect();
/// assert_eq!(names, ["shop", "settings"]);
///
/// let error = Manifests::from_text("kind: Pod\n---\napiVersion: v1\nkind: Pod\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "text: document 1, line 1: apiVersion: expected the object's apiVersion, found none\n\
///      text: document 2, line 3: metadata.name: expected the object's name, found none",
/// );
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Errors
/// All that read give a [`ReadError`] when a file can't be read or is larger than 32 MiB; when a document
/// is no YAML, uses a key twice, is deeper than 64 levels, or holds more than 1,000,000 values or 1,000 aliases,
/// which stand for more than 30,000 (JSON may go 128 levels deep, and the file's size alone bounds its values);
/// when an object has no `apiVersion`, `kind` or `metadata.name`, has a name that can't be one, or metadata
/// that is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    items: Vec<Manifested>,
}

impl Manifests {
    /// Reads a text.
    ///
    /// # Errors
    /// As [`Manifests`] says.
    pub fn from_text(text: &str) -> Result<Self, ReadError> {
        Self::from_reader("text", text.as_bytes())
    }

    /// Reads to the end; `name` says in messages what is read, such as `standard input`.
    ///
    /// # Errors
    /// As [`Manifests`] says.
    ///
    /// # Blocking
    /// As the reader does. No [`Stop`](crate::Stop) ends it.
    pub fn from_reader(name: &str, reader: impl Read) -> Result<Self, ReadError> {
        let mut set = Self::default();
        let mut problems = Vec::new();
        set.read(&name.into(), reader, &mut problems);
        ReadError::unless_none(problems).map(|()| set)
    }

    /// Reads a file; all files of a folder that end in `.yaml`, `.yml` or `.json`, by name; or, as `-`,
    /// standard input.
    ///
    /// ```
    /// use kubeclient::Manifests;
    ///
    /// let error = Manifests::from_path("https://example.com/a.yaml").unwrap_err();
    /// assert!(error.to_string().contains("expected a file, a folder or `-`"));
    /// ```
    ///
    /// # Errors
    /// As [`Manifests`] says; and where there is no such file, the folder has none of them, or the path is
    /// a URL: nothing is fetched.
    ///
    /// # Blocking
    /// On the file system, or standard input. No [`Stop`](crate::Stop) ends it.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        Self::from_paths([path], false)
    }

    /// Reads files and folders, one after the other; with `recursive`, also the folders in folders.
    ///
    /// # Errors
    /// As [`Manifests::from_path`], for all of them at once.
    ///
    /// # Blocking
    /// As [`Manifests::from_path`].
    pub fn from_paths<P: AsRef<Path>>(
        paths: impl IntoIterator<Item = P>,
        recursive: bool,
    ) -> Result<Self, ReadError> {
        let mut set = Self::default();
        let mut problems = Vec::new();
        for path in paths {
            set.read_path(path.as_ref(), recursive, &mut problems);
        }
        ReadError::unless_none(problems).map(|()| set)
    }

    /// A set of objects that the program made; each must say its `apiVersion`, `kind` and name.
    ///
    /// # Errors
    /// An object says no `apiVersion`, `kind` or name, or has a name that can't be one.
    pub fn from_objects(
        objects: impl IntoIterator<Item = DynamicObject>,
    ) -> Result<Self, ReadError> {
        let mut set = Self::default();
        let mut problems = Vec::new();
        let source: Arc<str> = "objects".into();
        for (i, object) in objects.into_iter().enumerate() {
            let origin = Origin { source: Arc::clone(&source), document: i + 1, line: 0 };
            match serde_json::to_value(&object) {
                Ok(value) => set.take(&origin, value, &mut problems),
                Err(error) => problems.push(Problem::new(origin, error.to_string())),
            }
        }
        ReadError::unless_none(problems).map(|()| set)
    }

    /// Adds the objects of another set behind these.
    pub fn append(&mut self, other: Self) {
        self.items.extend(other.items);
    }

    /// The objects, in the order in which they were read.
    pub fn iter(&self) -> std::slice::Iter<'_, Manifested> {
        self.items.iter()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn read_path(&mut self, path: &Path, recursive: bool, problems: &mut Vec<Problem>) {
        let shown: Arc<str> = path.display().to_string().into();
        if path == Path::new("-") {
            return self.read(&"standard input".into(), io::stdin().lock(), problems);
        }
        if shown.contains("://") {
            // A URL may hold a password.
            let origin = Origin::file(&"URL".into());
            let message =
                "expected a file, a folder or `-`: nothing is fetched, so save it to a file first";
            return problems.push(Problem::new(origin, message));
        }
        if !path.is_dir() {
            return self.read_file(path, problems);
        }
        let before = problems.len();
        let mut files = Vec::new();
        if let Err((path, error)) = collect(path, recursive, MAX_FOLDERS, &mut files) {
            let origin = Origin::file(&path.display().to_string().into());
            return problems.push(Problem::new(origin, format!("can't be read: {error}")));
        }
        if files.is_empty() && problems.len() == before {
            let message = "expected files that end in .yaml, .yml or .json, found none";
            problems.push(Problem::new(Origin::file(&shown), message));
        }
        for file in files {
            self.read_file(&file, problems);
        }
    }

    fn read_file(&mut self, path: &Path, problems: &mut Vec<Problem>) {
        let shown: Arc<str> = path.display().to_string().into();
        match fs::File::open(path) {
            Ok(file) => self.read(&shown, file, problems),
            Err(error) => {
                let message = format!("can't be read: {error}");
                problems.push(Problem::new(Origin::file(&shown), message));
            }
        }
    }

    fn read(&mut self, source: &Arc<str>, reader: impl Read, problems: &mut Vec<Problem>) {
        let mut bytes = Vec::new();
        let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        let message = match read {
            Err(error) => format!("can't be read: {error}"),
            Ok(read) if read as u64 > MAX_BYTES => "larger than 32 MiB: expected manifests".into(),
            Ok(_) => match std::str::from_utf8(&bytes) {
                Ok(text) => return self.read_text(source, text, problems),
                Err(error) => {
                    let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                    let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                    let origin = Origin { line, ..Origin::file(source) };
                    return problems.push(Problem::new(origin, "expected UTF-8 text"));
                }
            },
        };
        problems.push(Problem::new(Origin::file(source), message));
    }

    fn read_text(&mut self, source: &Arc<str>, text: &str, problems: &mut Vec<Problem>) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut number = 0;
        for document in split::documents(text) {
            for read in values(&document) {
                number += 1;
                let mut origin =
                    Origin { source: Arc::clone(source), document: number, line: document.line() };
                match read {
                    Ok((value, line)) => {
                        origin.line = line.unwrap_or(origin.line);
                        self.take(&origin, value, problems);
                    }
                    Err(Wrong { line, field, message }) => {
                        if line > 0 {
                            origin.line = document.first_line + line - 1;
                        }
                        problems.push(Problem::new(origin, message).at(field));
                    }
                }
            }
        }
    }

    /// Takes the objects of a document in. A document of `null` holds nothing.
    fn take(&mut self, origin: &Origin, value: Value, problems: &mut Vec<Problem>) {
        if value.is_null() {
            return;
        }
        let mut wrong = Vec::new();
        let objects = object::objects(value, &mut wrong);
        let manifested = |object| Manifested { object, origin: origin.clone() };
        self.items.extend(objects.into_iter().map(manifested));
        problems.extend(
            wrong
                .into_iter()
                .map(|(field, message)| Problem::new(origin.clone(), message).at(field)),
        );
    }
}

/// The values of a document: one of YAML, or any number of JSON. Each with the line on which it begins,
/// where that is not the document's.
fn values(document: &Document<'_>) -> Vec<Result<(Value, Option<usize>), Wrong>> {
    if document.has_bad_separator {
        let message = "expected nothing but a comment behind the `---` above".into();
        return vec![Err(Wrong { line: 1, field: String::new(), message })];
    }
    let with_line = |(value, line): (Value, usize)| (value, Some(document.first_line + line - 1));
    // YAML has braces too: what is no JSON may still be YAML.
    if document.text.trim_start().starts_with('{') {
        let read = value::read_json(document.text);
        if read.iter().all(Result::is_ok) {
            return read.into_iter().map(|read| read.map(with_line)).collect();
        }
        return match value::read_yaml(document.text) {
            Ok(value) => vec![Ok((value, None))],
            Err(wrong) if read.len() == 1 && !looks_like_json(document.text) => vec![Err(wrong)],
            Err(_) => read.into_iter().map(|read| read.map(with_line)).collect(),
        };
    }
    vec![value::read_yaml(document.text).map(|value| (value, None))]
}

/// Whether a text that begins with `{` goes on as JSON does.
fn looks_like_json(text: &str) -> bool {
    let inner = text.trim_start().strip_prefix('{').unwrap_or_default().trim_start();
    inner.starts_with(['"', '}'])
}

/// The files of a folder that may hold manifests, by name; then those of the folders in it.
fn collect(
    folder: &Path,
    recursive: bool,
    levels: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<_> = entries.map_err(failed)?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            match (recursive, levels) {
                (false, _) => {}
                (true, 0) => {
                    return Err(failed(io::Error::other("too many folders within folders")));
                }
                (true, _) => collect(&path, recursive, levels - 1, files)?,
            }
        } else if is_manifest(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

impl IntoIterator for Manifests {
    type Item = Manifested;
    type IntoIter = std::vec::IntoIter<Manifested>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a> IntoIterator for &'a Manifests {
    type Item = &'a Manifested;
    type IntoIter = std::slice::Iter<'a, Manifested>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

#[cfg(test)]
mod tests;
