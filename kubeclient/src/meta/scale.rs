//! [`Scale`]: the one shape in which every scalable kind shows its number of replicas.

use super::message::message;
use super::object_meta::ObjectMeta;
use super::resource::{Object, Protobuf};

message! {
    /// `autoscaling/v1` `Scale`: desired and observed replicas.
    pub struct Scale("autoscaling/v1", "Scale") {
        /// The metadata of the scaled object.
        pub metadata: ObjectMeta = 1 "metadata" omit,
        /// What is wanted.
        pub spec: ScaleSpec = 2 "spec",
        /// What is there.
        pub status: ScaleStatus = 3 "status" omit,
    }

    /// The wanted number of replicas.
    pub struct ScaleSpec("autoscaling/v1", "ScaleSpec") {
        /// How many replicas are wanted.
        pub replicas: i32 = 1 "replicas",
    }

    /// The observed number of replicas.
    pub struct ScaleStatus("autoscaling/v1", "ScaleStatus") {
        /// How many replicas there are.
        pub replicas: i32 = 1 "replicas",
        /// The selector of the replicas, in text form; empty when absent.
        pub selector: String = 2 "selector" omit,
    }
}

impl Object for Scale {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    fn protobuf() -> Option<Protobuf<Self>> {
        Some(Protobuf::of())
    }
}
