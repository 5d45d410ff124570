use kubeclient::{Metadata, Object, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

macro_rules! kind {
    ($name:ident, $field:ident: $metadata:ty, $group:literal, $version:expr, $($short:literal)*) => {
        #[derive(Resource, Serialize, Deserialize)]
        #[resource(group = $group, version = $version, short_names($($short),*))]
        struct $name {
            $field: $metadata,
        }
    };
}

macro_rules! entries {
    ($name:ident, $($entry:meta),*) => {
        #[derive(Resource, Serialize, Deserialize)]
        #[resource($($entry),*)]
        struct $name {
            metadata: ObjectMeta,
        }
    };
}

macro_rules! whole {
    ($($item:item)*) => { $($item)* };
}

kind!(Foo, metadata: ObjectMeta, "example.com", "v1", "fo" "f");
entries!(Bar, group = "example.com", version = "v1", kind = "Baz", projection);
whole! {
    #[derive(Resource)]
    #[resource(group = "example.com", version = "v1")]
    struct Whole {
        metadata: ObjectMeta,
    }
}

fn main() {
    assert_eq!(Foo::API_VERSION, "example.com/v1");
    assert_eq!(Foo::SHORT_NAMES, ["fo", "f"]);
    assert_eq!(Bar::PLURAL, "bazes");
    let foo = Foo { metadata: ObjectMeta::default() };
    assert_eq!(foo.metadata().name(), "");
    let bar = Bar { metadata: foo.metadata };
    assert_eq!(Whole { metadata: bar.metadata }.metadata().name(), "");
    assert_eq!(Whole::KIND, "Whole");
}
