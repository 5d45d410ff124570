//! `#[derive(Resource)]` for kubeclient.
