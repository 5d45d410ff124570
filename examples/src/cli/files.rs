//! [`Files`]: the manifests that `-f` names.

use kubeclient::Manifests;

use super::arguments::Arguments;
use super::failure::Failure;
use super::session::Session;

/// What a program shows itself on where no cluster and no file is named.
const BUILT_IN: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: shop.example.com/v1
kind: Widget
metadata: {name: gear, namespace: shop}
spec: {size: large}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {colour: red}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: string}}}}
";

/// The manifests that `-f` names: files, folders, and `-` for standard input; with `-R`, folders in folders.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The values of `-f`, in their order.
    pub paths: Vec<String>,
    /// Whether `-R` was given.
    pub recursive: bool,
}

impl Files {
    /// Takes the value of `-f`, which may be a list.
    ///
    /// # Errors
    /// There is none.
    pub fn add(&mut self, arguments: &mut Arguments) -> Result<(), Failure> {
        self.paths.extend(arguments.list()?);
        Ok(())
    }

    /// Reads them; a small set of the program's own where nothing is named and the server is its own too.
    ///
    /// # Errors
    /// No file is named for a cluster that is; what is read is no set of objects, or an empty one.
    pub fn read(&self, arguments: &Arguments, session: &Session) -> Result<Manifests, Failure> {
        if self.paths.is_empty() {
            return match session.server {
                Some(_) => {
                    eprintln!("no file named (-f): taking a small set within this program");
                    Ok(Manifests::from_text(BUILT_IN).map_err(kubeclient::Error::from)?)
                }
                None => Err(arguments.misused("must specify one of -f and -k")),
            };
        }
        // One line each; the causes of a ReadError say the same again.
        let set = Manifests::from_paths(&self.paths, self.recursive).map_err(Failure::new)?;
        match set.is_empty() {
            true => Err(Failure::new("no objects found in the manifests")),
            false => Ok(set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_set_is_one() {
        assert_eq!(Manifests::from_text(BUILT_IN).unwrap().len(), 4);
    }

    #[test]
    fn a_set_without_objects_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.yaml");
        std::fs::write(&path, "---\n# nothing\n").unwrap();
        let files = Files { paths: vec![path.display().to_string()], recursive: false };
        let arguments = Arguments::of("apply", "", [""; 0]);
        let session = arguments.connect().unwrap();
        let failure = files.read(&arguments, &session).unwrap_err();
        assert_eq!(failure.to_string(), "error: no objects found in the manifests\n");
    }
}
