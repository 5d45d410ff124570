extern crate kubeclient as k8s;

mod facade {
    pub use kubeclient;

    pub mod kinds {
        #[derive(k8s::Resource)]
        #[resource(group = "example.com", version = "v1", crate = "super::kubeclient", status)]
        pub struct Relative {
            pub metadata: k8s::ObjectMeta,
        }
    }
}

#[derive(k8s::Resource)]
#[resource(group = "example.com", version = "v1", crate = "::k8s")]
struct Renamed {
    metadata: k8s::ObjectMeta,
}

#[derive(k8s::Resource)]
#[resource(group = "example.com", version = "v1", crate = "crate::facade::kubeclient")]
struct Facade {
    metadata: k8s::ObjectMeta,
}

fn kind_of<T: k8s::Resource>(_: &T) -> &'static str {
    T::KIND
}

fn main() {
    assert_eq!(kind_of(&Renamed { metadata: Default::default() }), "Renamed");
    assert_eq!(kind_of(&Facade { metadata: Default::default() }), "Facade");
    assert_eq!(kind_of(&facade::kinds::Relative { metadata: Default::default() }), "Relative");
    let renamed = Renamed { metadata: Default::default() };
    let facade = Facade { metadata: renamed.metadata };
    assert!(facade.metadata.name.is_empty());
}
