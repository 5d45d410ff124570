//! [`Robot`]: a service account and its tokens, and which of them the real server was shown.

use kubeclient::authentication_v1::{BoundObjectReference, TokenRequest};
use kubeclient::core_v1::{Secret, ServiceAccount};
use kubeclient::{Api, DeleteParams, ObjectMeta, RestClient};

use crate::common::who;

/// A service account. The server keeps a token that it knows for ten seconds, and asks only then whether it has ended.
pub(crate) struct Robot {
    accounts: Api<ServiceAccount>,
    secrets: Api<Secret>,
    namespace: String,
    name: String,
}

impl Robot {
    /// A new one, made by an administrator.
    pub(crate) fn new(admin: &RestClient, namespace: &str, name: &str) -> Self {
        let robot = Self {
            accounts: Api::namespaced(admin, namespace),
            secrets: Api::namespaced(admin, namespace),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        robot.create();
        robot
    }

    fn create(&self) {
        let account =
            ServiceAccount { metadata: ObjectMeta::named(&self.name), ..Default::default() };
        self.accounts.create(&account).unwrap();
    }

    /// Deletes it and makes another one of the same name: all its tokens have ended.
    pub(crate) fn replace(&self) {
        self.accounts.delete(&self.name, &DeleteParams::default()).unwrap();
        self.create();
    }

    /// The name of the user that it is.
    pub(crate) fn user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }

    /// A token that ends with a secret of this name.
    pub(crate) fn token(&self, secret: &str) -> String {
        let made = Secret { metadata: ObjectMeta::named(secret), ..Default::default() };
        let made = self.secrets.create(&made).unwrap();
        let mut request = TokenRequest::default();
        let bound = BoundObjectReference {
            kind: "Secret".into(),
            api_version: "v1".into(),
            name: secret.into(),
            uid: made.metadata.uid,
        };
        request.spec.bound_object_ref = Some(Box::new(bound));
        self.accounts.create_token(&self.name, &request).unwrap().status.token.to_string()
    }

    /// Ends the token of this secret.
    pub(crate) fn revoke(&self, secret: &str) {
        self.secrets.delete(secret, &DeleteParams::default()).unwrap();
    }
}

/// Which token it was, of those of one account.
pub(crate) fn credential(client: &RestClient) -> String {
    let id = "authentication.kubernetes.io/credential-id";
    who(client).unwrap()["extra"][id][0].as_str().unwrap().to_owned()
}
