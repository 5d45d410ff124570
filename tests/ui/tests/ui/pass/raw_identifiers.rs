use kubeclient::{Metadata, Object, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct r#Struct {
    r#metadata: ObjectMeta,
    r#type: String,
}

#[allow(non_camel_case_types)]
#[derive(Resource)]
#[resource(group = "example.com", version = "v1", r#kind = r"Match")]
struct r#match {
    #[resource(r#metadata)]
    metadata: ObjectMeta,
}

fn main() {
    assert_eq!(r#Struct::KIND, "Struct");
    assert_eq!(r#match::PLURAL, "matches");
    let mut object = r#Struct { r#metadata: ObjectMeta::default(), r#type: "a".into() };
    object.metadata_mut().name = object.r#type.clone();
    assert_eq!(object.metadata().name(), "a");
    let object = r#match { metadata: ObjectMeta::default() };
    assert_eq!(object.metadata().name(), "");
}
