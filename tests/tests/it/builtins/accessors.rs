//! The accessors of the clientset against what the real server says it serves.

use std::collections::{BTreeMap, BTreeSet};

use kubeclient::ApiResource;
use serde_json::Value;

use super::plane::{Plane, plane};
use super::rows;

/// The names of the subresources that a type declares.
macro_rules! declared {
    ($kind:ident) => {
        $crate::builtins::accessors::declared!($kind:
            Status Scale Eviction Binding Token Approval Finalize EphemeralContainers Resize Log Exec Attach
            PortForward Proxy)
    };
    ($kind:ident: $($subresource:ident)*) => {{
        #[allow(unused_imports)]
        use $crate::builtins::accessors::Undeclared as _;
        let all = [$((
            <kubeclient::subresource::$subresource as kubeclient::meta::resource::Subresource>::NAME,
            $crate::builtins::accessors::Asked::<$kind, kubeclient::subresource::$subresource>::IS_DECLARED,
        )),*];
        all.into_iter().filter(|(_, is_declared)| *is_declared).map(|(name, _)| name).collect()
    }};
}

pub(crate) use declared;

/// Whether a type declares a subresource: the constant of the type itself goes before the trait's.
pub(crate) struct Asked<T, S>(std::marker::PhantomData<(T, S)>);

impl<T, S> Asked<T, S>
where
    T: kubeclient::HasSubresource<S>,
    S: kubeclient::meta::resource::Subresource,
{
    #[allow(dead_code)]
    pub(crate) const IS_DECLARED: bool = true;
}

/// What holds for a type that does not declare it.
pub(crate) trait Undeclared {
    const IS_DECLARED: bool = false;
}

impl<T, S> Undeclared for Asked<T, S> {}

/// A resource as the server tells of it.
#[derive(Debug)]
struct Served {
    resource: ApiResource,
    subresources: BTreeSet<String>,
}

/// What the server serves, by group, version and plural.
fn served(plane: &Plane) -> BTreeMap<String, Served> {
    const FORM: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let mut found = BTreeMap::new();
    for path in ["/api", "/apis"] {
        let text = plane.control_plane.get(path, FORM).unwrap();
        let groups: Value = serde_json::from_slice(&text).unwrap();
        for group in groups["items"].as_array().unwrap() {
            for version in group["versions"].as_array().unwrap() {
                for resource in version["resources"].as_array().unwrap() {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    let below = resource["subresources"].as_array().into_iter().flatten();
                    let served = Served {
                        resource: ApiResource {
                            group: text(&group["metadata"]["name"]),
                            version: text(&version["version"]),
                            kind: text(&resource["responseKind"]["kind"]),
                            plural: text(&resource["resource"]),
                            namespaced: resource["scope"] == "Namespaced",
                        },
                        subresources: below.map(|below| text(&below["subresource"])).collect(),
                    };
                    let twice = found.insert(key(&served.resource), served);
                    assert!(twice.is_none(), "{twice:?}");
                }
            }
        }
    }
    found
}

fn key(resource: &ApiResource) -> String {
    format!("{}/{}", resource.api_version(), resource.plural)
}

/// The accessors of all group-versions: module, name and what is asked for.
fn accessors(plane: &Plane) -> Vec<(&'static str, &'static str, ApiResource)> {
    macro_rules! of {
        ($($module:ident)*) => {
            [$(plane.clientset.$module().accessors().into_iter().map(
                |(name, resource)| (stringify!($module), name, resource),
            ).collect::<Vec<_>>()),*].concat()
        };
    }
    of!(
        admissionregistration_v1 admissionregistration_v1alpha1 admissionregistration_v1beta1
        apiextensions_v1 apiregistration_v1 apps_v1 authentication_v1 authorization_v1 autoscaling_v1
        autoscaling_v2 batch_v1 certificates_v1 coordination_v1 coordination_v1alpha2
        coordination_v1beta1 core_v1 discovery_v1 events_v1 flowcontrol_apiserver_v1
        internal_apiserver_v1alpha1 networking_v1 networking_v1beta1 node_v1 policy_v1
        rbac_authorization_v1 resource_v1 resource_v1alpha3 resource_v1beta1 resource_v1beta2
        scheduling_v1 storage_v1 storage_v1beta1
    )
}

#[test]
fn each_resource_has_one_accessor_and_each_accessor_a_resource() {
    let Some(plane) = plane() else { return };
    let mut served = served(plane);
    assert!(served.len() > 80, "{}", served.len());
    for (module, name, resource) in accessors(plane) {
        let found = served.remove(&key(&resource));
        let found = found.unwrap_or_else(|| panic!("{module}.{name}: not served, or twice"));
        assert_eq!(resource, found.resource, "{module}.{name}");
        assert_eq!(name.replace('_', ""), resource.plural, "{module}.{name}");
    }
    assert!(served.is_empty(), "without an accessor: {:?}", served.keys());
}

#[test]
fn each_type_declares_the_subresources_that_are_served() {
    let Some(plane) = plane() else { return };
    let served = served(plane);
    for row in rows() {
        let what = format!("{}.{}", row.module, row.accessor);
        let declared: BTreeSet<String> =
            row.subresources.iter().map(|&name| name.to_owned()).collect();
        let found = served.get(&key(&row.resource)).unwrap_or_else(|| panic!("{what}: not served"));
        assert_eq!(declared, found.subresources, "{what}");
    }
}

#[test]
fn each_accessor_has_a_row_in_the_tables() {
    let Some(plane) = plane() else { return };
    let mut rows: BTreeMap<_, _> = BTreeMap::new();
    for row in super::rows() {
        let twice = rows.insert((row.module, row.accessor), row.resource);
        assert!(twice.is_none(), "{}.{} twice", row.module, row.accessor);
    }
    for (module, name, resource) in accessors(plane) {
        assert_eq!(rows.remove(&(module, name)), Some(resource), "{module}.{name}");
    }
    assert!(rows.is_empty(), "{rows:?}");
}
