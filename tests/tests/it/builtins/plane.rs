//! The control plane that these tests share.

use std::sync::OnceLock;

use kubeclient::core_v1::Namespace;
use kubeclient::{Clientset, Config, KubeconfigOptions, ObjectMeta, RestClient};
use kubeclient_tests::recorded_types::RecordedTypes;
use kubeclient_tests::{ControlPlane, Launcher};

/// The namespace that the objects of namespaced kinds are made in.
pub(crate) const ROOM: &str = "round-trips";

/// A control plane with every group-version, and a clientset for it.
pub(crate) struct Plane {
    pub(crate) control_plane: ControlPlane,
    pub(crate) clientset: Clientset,
}

/// The control plane, started on first use; `None`, said loudly, without the binaries.
pub(crate) fn plane() -> Option<&'static Plane> {
    // Never dropped: the supervisor sees this process end.
    static PLANE: OnceLock<Plane> = OnceLock::new();
    kubeclient_tests::control_plane()?;
    Some(PLANE.get_or_init(|| {
        let control_plane = RecordedTypes::launcher(Launcher::new().unwrap()).start().unwrap();
        let options = KubeconfigOptions::default().path(control_plane.kubeconfig_path());
        let config = Config::from_kubeconfig(&options).unwrap();
        let clientset = Clientset::new(&RestClient::new(config).unwrap());
        let room = Namespace { metadata: ObjectMeta::named(ROOM), ..Namespace::default() };
        clientset.core_v1().namespaces().create(&room).unwrap();
        Plane { control_plane, clientset }
    }))
}
