//! [`Target`]: what is meant by `TYPE[,TYPE] [NAME...]` and `TYPE/NAME...`.

use kubeclient::ApiResource;
use kubeclient::discovery::RestMapper;

use super::failure::Failure;

/// A resource, and the one object of it that is meant, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The resource.
    pub resource: ApiResource,
    /// The object's name; `None` for all.
    pub name: Option<String>,
}

impl Target {
    /// Reads what stands on a command line: `TYPE`, `TYPE,TYPE`, `TYPE NAME...` or `TYPE/NAME...`, where a type is
    /// any name of a resource, or a category such as `all`.
    ///
    /// # Errors
    /// As kubectl says them: no such resource, or forms that don't go together.
    pub fn read(mapper: &RestMapper, words: &[String]) -> Result<Vec<Self>, Failure> {
        let (Some(first), rest) = (words.first(), words.get(1..).unwrap_or_default()) else {
            return Ok(Vec::new());
        };
        if words.iter().any(|word| word.contains('/')) {
            return words.iter().map(|word| Self::read_pair(mapper, word)).collect();
        }
        let mut targets = Vec::new();
        for resource in find(mapper, first)? {
            if rest.is_empty() {
                targets.push(Self { resource, name: None });
                continue;
            }
            targets.extend(
                rest.iter()
                    .map(|name| Self { resource: resource.clone(), name: Some(name.clone()) }),
            );
        }
        Ok(targets)
    }

    /// Reads `TYPE/NAME`.
    fn read_pair(mapper: &RestMapper, word: &str) -> Result<Self, Failure> {
        let pair = word.split_once('/').filter(|(kind, name)| {
            !kind.is_empty() && !name.is_empty() && !name.contains('/') && !kind.contains(',')
        });
        let Some((kind, name)) = pair else {
            return Err(Failure::new(
                "there is no need to specify a resource type as a separate argument when passing \
                 arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of \
                 'kubectl get resource resource/<resource_name>'",
            ));
        };
        match &find(mapper, kind)?[..] {
            [resource] => Ok(Self { resource: resource.clone(), name: Some(name.to_owned()) }),
            _ => Err(Failure::new(format!("{kind} stands for several resources, expected one"))),
        }
    }
}

/// The resources of a list of names.
fn find(mapper: &RestMapper, names: &str) -> Result<Vec<ApiResource>, Failure> {
    let mut found = Vec::new();
    for name in names.split(',').filter(|name| !name.is_empty()) {
        let missing = |error: kubeclient::Error| match error.kind() {
            kubeclient::ErrorKind::Invalid => {
                Failure::new(format!("the server doesn't have a resource type {name:?}"))
            }
            _ => error.into(),
        };
        for resource in mapper.resources(name).map_err(missing)? {
            if !found.contains(&resource) {
                found.push(resource);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubeclient::RestClient;

    #[test]
    fn words_name_resources_and_objects_as_for_kubectl() {
        let server = kubeclient_fake::FakeServer::start().unwrap();
        let client = RestClient::new(kubeclient::Config::new(server.url())).unwrap();
        let mapper = RestMapper::new(&client);
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            Target::read(&mapper, &words).map(|targets| {
                let show = |target: &Target| match &target.name {
                    Some(name) => format!("{}/{name}", target.resource.plural),
                    None => target.resource.plural.clone(),
                };
                targets.iter().map(show).collect::<Vec<_>>().join(" ")
            })
        };
        assert_eq!(read(&[]).unwrap(), "");
        assert_eq!(read(&["po,svc,pods"]).unwrap(), "pods services");
        assert_eq!(read(&["deploy", "a", "b"]).unwrap(), "deployments/a deployments/b");
        assert_eq!(read(&["po/a", "Service/b"]).unwrap(), "pods/a services/b");
        assert!(read(&["all"]).unwrap().starts_with("pods replicationcontrollers services"));
        for (words, problem) in [
            (&["nopes"][..], "the server doesn't have a resource type \"nopes\""),
            (&["po", "svc/a"], "there is no need to specify a resource type"),
            (&["po/"], "there is no need to specify a resource type"),
            (&["all/a"], "all stands for several resources, expected one"),
        ] {
            let error = read(words).unwrap_err().to_string();
            assert!(error.contains(problem), "{words:?}: {error}");
        }
    }
}
