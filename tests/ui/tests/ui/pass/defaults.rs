use kubeclient::{Complete, Namespaced, ObjectMeta, Resource};

#[derive(Resource)]
#[resource(group = "", version = "v1")]
struct NetworkPolicy {
    metadata: ObjectMeta,
}

fn marked<T: Namespaced + Complete>() {}

fn main() {
    marked::<NetworkPolicy>();
    assert_eq!(NetworkPolicy::API_VERSION, "v1");
    assert_eq!(NetworkPolicy::KIND, "NetworkPolicy");
    assert_eq!(NetworkPolicy::PLURAL, "networkpolicies");
    assert_eq!(NetworkPolicy::SINGULAR, "networkpolicy");
    assert!(NetworkPolicy::NAMESPACED);
    assert!(NetworkPolicy::SHORT_NAMES.is_empty() && NetworkPolicy::CATEGORIES.is_empty());
    let mut policy = NetworkPolicy { metadata: ObjectMeta::default() };
    kubeclient::Object::metadata_mut(&mut policy).name = "a".into();
    assert_eq!(kubeclient::Metadata::name(kubeclient::Object::metadata(&policy)), "a");
}
