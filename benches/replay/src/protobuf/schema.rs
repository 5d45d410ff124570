//! The numbers of the fields that the recorded answers use, and of those that Go writes even when they
//! are empty: what is neither a pointer, a list nor a map.
//!
//! Data alone, read by `protobuf`. `bench-client-go check` holds what comes out against Go's own bytes.

use Form::{
    Flag, Message, Messages, Number, Quantity, QuantityMap, Raw, Text, TextMap, Texts, Time,
};

/// The fields of a message, by ascending number, as Go writes them.
pub(super) type Fields = &'static [Field];

/// One field of a message.
pub(super) struct Field {
    /// Its number in protobuf.
    pub(super) number: u32,
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// How its value is written.
    pub(super) form: Form,
    /// Whether it is written where JSON has no such key.
    pub(super) always: bool,
}

/// How a value is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// A string.
    Text,
    /// An integer that is not negative.
    Number,
    /// A boolean.
    Flag,
    /// An RFC 3339 text of whole seconds, in protobuf seconds and nanoseconds.
    Time,
    /// A text in JSON, in protobuf a message of one.
    Quantity,
    /// JSON, in protobuf a message of its text.
    Raw,
    /// Strings.
    Texts,
    /// Strings by their names.
    TextMap,
    /// Quantities by their names.
    QuantityMap,
    /// A message.
    Message(Fields),
    /// Messages.
    Messages(Fields),
    /// A message whose fields JSON writes among those of the message around it.
    Inline(Fields),
}

/// The fields of a kind that the recorded answers use.
pub(super) fn of_kind(kind: &str) -> Option<Fields> {
    Some(match kind {
        "ConfigMap" => CONFIG_MAP,
        "NamespaceList" => NAMESPACE_LIST,
        "Pod" => POD,
        "Status" => STATUS,
        _ => return None,
    })
}

const fn always(number: u32, name: &'static str, form: Form) -> Field {
    Field { number, name, form, always: true }
}

const fn given(number: u32, name: &'static str, form: Form) -> Field {
    Field { number, name, form, always: false }
}

const fn inline(number: u32, fields: Fields) -> Field {
    Field { number, name: "", form: Form::Inline(fields), always: true }
}

/// `Pod`.
pub(super) const POD: Fields = &[
    always(1, "metadata", Message(OBJECT_META)),
    always(2, "spec", Message(POD_SPEC)),
    always(3, "status", Message(POD_STATUS)),
];

/// `PodSpec`.
const POD_SPEC: Fields = &[
    given(1, "volumes", Messages(VOLUME)),
    given(2, "containers", Messages(CONTAINER)),
    always(3, "restartPolicy", Text),
    given(4, "terminationGracePeriodSeconds", Number),
    always(6, "dnsPolicy", Text),
    always(8, "serviceAccountName", Text),
    always(9, "serviceAccount", Text),
    always(10, "nodeName", Text),
    always(11, "hostNetwork", Flag),
    always(12, "hostPID", Flag),
    always(13, "hostIPC", Flag),
    given(14, "securityContext", Message(POD_SECURITY_CONTEXT)),
    always(16, "hostname", Text),
    always(17, "subdomain", Text),
    always(19, "schedulerName", Text),
    given(22, "tolerations", Messages(TOLERATION)),
    always(24, "priorityClassName", Text),
    given(25, "priority", Number),
    given(30, "enableServiceLinks", Flag),
    given(31, "preemptionPolicy", Text),
];

/// `Volume`.
const VOLUME: Fields = &[always(1, "name", Text), inline(2, VOLUME_SOURCE)];

/// `VolumeSource`.
const VOLUME_SOURCE: Fields = &[
    given(2, "emptyDir", Message(EMPTY_DIR_VOLUME_SOURCE)),
    given(19, "configMap", Message(CONFIG_MAP_VOLUME_SOURCE)),
];

/// `ConfigMapVolumeSource`.
const CONFIG_MAP_VOLUME_SOURCE: Fields =
    &[inline(1, LOCAL_OBJECT_REFERENCE), given(3, "defaultMode", Number)];

/// `EmptyDirVolumeSource`.
const EMPTY_DIR_VOLUME_SOURCE: Fields =
    &[always(1, "medium", Text), given(2, "sizeLimit", Quantity)];

/// `Container`.
const CONTAINER: Fields = &[
    always(1, "name", Text),
    always(2, "image", Text),
    given(4, "args", Texts),
    always(5, "workingDir", Text),
    given(6, "ports", Messages(CONTAINER_PORT)),
    given(7, "env", Messages(ENV_VAR)),
    always(8, "resources", Message(RESOURCE_REQUIREMENTS)),
    given(9, "volumeMounts", Messages(VOLUME_MOUNT)),
    always(13, "terminationMessagePath", Text),
    always(14, "imagePullPolicy", Text),
    always(16, "stdin", Flag),
    always(17, "stdinOnce", Flag),
    always(18, "tty", Flag),
    always(20, "terminationMessagePolicy", Text),
];

/// `ContainerPort`.
const CONTAINER_PORT: Fields = &[
    always(1, "name", Text),
    always(2, "hostPort", Number),
    always(3, "containerPort", Number),
    always(4, "protocol", Text),
    always(5, "hostIP", Text),
];

/// `EnvVar`.
const ENV_VAR: Fields = &[always(1, "name", Text), always(2, "value", Text)];

/// `ResourceRequirements`.
const RESOURCE_REQUIREMENTS: Fields =
    &[given(1, "limits", QuantityMap), given(2, "requests", QuantityMap)];

/// `VolumeMount`.
const VOLUME_MOUNT: Fields = &[
    always(1, "name", Text),
    always(2, "readOnly", Flag),
    always(3, "mountPath", Text),
    always(4, "subPath", Text),
    always(6, "subPathExpr", Text),
];

/// `PodSecurityContext`.
const POD_SECURITY_CONTEXT: Fields = &[given(3, "runAsNonRoot", Flag)];

/// `Toleration`.
const TOLERATION: Fields = &[
    always(1, "key", Text),
    always(2, "operator", Text),
    always(3, "value", Text),
    always(4, "effect", Text),
    given(5, "tolerationSeconds", Number),
];

/// `PodStatus`.
const POD_STATUS: Fields = &[
    always(1, "phase", Text),
    given(2, "conditions", Messages(POD_CONDITION)),
    always(3, "message", Text),
    always(4, "reason", Text),
    always(5, "hostIP", Text),
    always(6, "podIP", Text),
    given(7, "startTime", Time),
    given(8, "containerStatuses", Messages(CONTAINER_STATUS)),
    always(9, "qosClass", Text),
    always(11, "nominatedNodeName", Text),
    given(12, "podIPs", Messages(POD_IP)),
    always(14, "resize", Text),
    given(16, "hostIPs", Messages(HOST_IP)),
    always(17, "observedGeneration", Number),
];

/// `PodCondition`.
const POD_CONDITION: Fields = &[
    always(1, "type", Text),
    always(2, "status", Text),
    always(3, "lastProbeTime", Time),
    always(4, "lastTransitionTime", Time),
    always(5, "reason", Text),
    always(6, "message", Text),
    always(7, "observedGeneration", Number),
];

/// `HostIP`.
const HOST_IP: Fields = &[always(1, "ip", Text)];

/// `PodIP`.
const POD_IP: Fields = &[always(1, "ip", Text)];

/// `ContainerStatus`.
const CONTAINER_STATUS: Fields = &[
    always(1, "name", Text),
    always(2, "state", Message(CONTAINER_STATE)),
    always(3, "lastState", Message(CONTAINER_STATE)),
    always(4, "ready", Flag),
    always(5, "restartCount", Number),
    always(6, "image", Text),
    always(7, "imageID", Text),
    always(8, "containerID", Text),
    given(9, "started", Flag),
];

/// `ContainerState`.
const CONTAINER_STATE: Fields = &[given(2, "running", Message(CONTAINER_STATE_RUNNING))];

/// `ContainerStateRunning`.
const CONTAINER_STATE_RUNNING: Fields = &[always(1, "startedAt", Time)];

/// `NamespaceList`.
const NAMESPACE_LIST: Fields =
    &[always(1, "metadata", Message(LIST_META)), given(2, "items", Messages(NAMESPACE))];

/// `Namespace`.
const NAMESPACE: Fields = &[
    always(1, "metadata", Message(OBJECT_META)),
    always(2, "spec", Message(NAMESPACE_SPEC)),
    always(3, "status", Message(NAMESPACE_STATUS)),
];

/// `NamespaceSpec`.
const NAMESPACE_SPEC: Fields = &[given(1, "finalizers", Texts)];

/// `NamespaceStatus`.
const NAMESPACE_STATUS: Fields = &[always(1, "phase", Text)];

/// `ConfigMap`.
const CONFIG_MAP: Fields =
    &[always(1, "metadata", Message(OBJECT_META)), given(2, "data", TextMap)];

/// `Status`.
const STATUS: Fields = &[
    always(1, "metadata", Message(LIST_META)),
    always(2, "status", Text),
    always(3, "message", Text),
    always(4, "reason", Text),
    given(5, "details", Message(STATUS_DETAILS)),
    always(6, "code", Number),
];

/// `StatusDetails`.
const STATUS_DETAILS: Fields = &[
    always(1, "name", Text),
    always(2, "group", Text),
    always(3, "kind", Text),
    always(5, "retryAfterSeconds", Number),
    always(6, "uid", Text),
];

/// `ListMeta`.
pub(super) const LIST_META: Fields = &[
    always(1, "selfLink", Text),
    always(2, "resourceVersion", Text),
    always(3, "continue", Text),
    given(4, "remainingItemCount", Number),
];

/// `ObjectMeta`.
const OBJECT_META: Fields = &[
    always(1, "name", Text),
    always(2, "generateName", Text),
    always(3, "namespace", Text),
    always(4, "selfLink", Text),
    always(5, "uid", Text),
    always(6, "resourceVersion", Text),
    always(7, "generation", Number),
    always(8, "creationTimestamp", Time),
    given(11, "labels", TextMap),
    given(12, "annotations", TextMap),
    given(13, "ownerReferences", Messages(OWNER_REFERENCE)),
    given(14, "finalizers", Texts),
    given(17, "managedFields", Messages(MANAGED_FIELDS_ENTRY)),
];

/// `OwnerReference`.
const OWNER_REFERENCE: Fields = &[
    always(1, "kind", Text),
    always(3, "name", Text),
    always(4, "uid", Text),
    always(5, "apiVersion", Text),
    given(6, "controller", Flag),
    given(7, "blockOwnerDeletion", Flag),
];

/// `ManagedFieldsEntry`.
const MANAGED_FIELDS_ENTRY: Fields = &[
    always(1, "manager", Text),
    always(2, "operation", Text),
    always(3, "apiVersion", Text),
    given(4, "time", Time),
    always(6, "fieldsType", Text),
    given(7, "fieldsV1", Raw),
    always(8, "subresource", Text),
];

/// `LocalObjectReference`.
const LOCAL_OBJECT_REFERENCE: Fields = &[always(1, "name", Text)];
