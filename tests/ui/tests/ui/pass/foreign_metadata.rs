//! A metadata type of another crate's make, every field of which may be absent.

use std::collections::BTreeMap;

use kubeclient::meta::resource::Pairs;
use kubeclient::{Metadata, Object, Resource};
use serde::{Deserialize, Serialize};

mod foreign {
    use super::*;

    #[derive(Serialize, Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    pub struct ObjectMeta {
        pub name: Option<String>,
        pub resource_version: Option<String>,
        pub labels: Option<BTreeMap<String, String>>,
    }
}

impl Metadata for foreign::ObjectMeta {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn resource_version(&self) -> &str {
        self.resource_version.as_deref().unwrap_or_default()
    }

    fn labels(&self) -> Option<Pairs<'_>> {
        self.labels.as_ref().map(Pairs::from)
    }
}

#[derive(Resource, Serialize, Deserialize, Default)]
#[resource(group = "apps", version = "v1", status, subresources(scale))]
#[serde(rename_all = "camelCase", default)]
struct Deployment {
    #[resource(metadata)]
    #[serde(rename = "metadata")]
    object: foreign::ObjectMeta,
    spec: Option<BTreeMap<String, String>>,
}

fn main() {
    let mut deployment = Deployment::default();
    assert_eq!(deployment.metadata().name(), "");
    deployment.metadata_mut().name = Some("web".to_owned());
    assert_eq!(deployment.metadata().name(), "web");
    assert!(deployment.metadata().labels().is_none() && deployment.spec.is_none());
    assert_eq!(deployment.metadata().namespace(), "");
}
