//! Those subresources that are the object itself, seen from one side: any of them, and by their names.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::{PatchParams, PostParams};
use crate::api::patch::Patch;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, Subresource, subresource};
use crate::rest::Request;

impl<T: Object> Api<T> {
    /// Reads an object through a subresource, which answers with the object.
    ///
    /// Those that Kubernetes knows stand in [`subresource`]; others are a type of your own. Each has to be declared
    /// for the kind.
    ///
    /// ```
    /// use kubeclient::{Api, ApiResource, Config, DynamicObject, RestClient, Subresource, subresource};
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let client = RestClient::new(Config::new(server.url()))?;
    /// let namespaces = ApiResource::cluster("", "v1", "Namespace", "namespaces");
    /// let namespaces = Api::<DynamicObject>::dynamic(&client, &namespaces);
    /// let namespace = namespaces.get_subresource::<subresource::Status>("default")?;
    /// assert_eq!(namespace.metadata.name, "default");
    ///
    /// /// One that an extension server has.
    /// enum Health {}
    ///
    /// impl Subresource for Health {
    ///     const NAME: &'static str = "health";
    /// }
    ///
    /// assert!(namespaces.get_subresource::<Health>("default").unwrap_err().is_not_found());
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Api::get`]. [`Decode`](crate::ErrorKind::Decode): the subresource answers with another kind.
    pub fn get_subresource<S: Subresource>(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<S>,
    {
        self.exchange(Request::get(self.part(name)?))
    }

    /// Replaces that part of an object that a subresource shows; whatever else differs is ignored by the server.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_subresource<S: Subresource>(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<S>,
    {
        self.replace_subresource_with(object, &PostParams::default())
    }

    /// [`Api::replace_subresource`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_subresource_with<S: Subresource>(
        &self,
        object: &T,
        params: &PostParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<S>,
    {
        self.put(self.path_of(object)?.subresource(S::NAME), object, params)
    }

    /// Changes that part of an object that a subresource shows.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn patch_subresource<S: Subresource>(
        &self,
        name: &str,
        patch: &Patch<impl Serialize>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + HasSubresource<S>,
    {
        self.patch_at(name, Some(S::NAME), patch, params)
    }
}

/// The methods of one subresource.
macro_rules! side {
    ($side:ident: $($(#[$doc:meta])* $verb:ident $name:ident;)*) => {
        impl<T: Object> Api<T> {$(
            side! { @$verb $side $name $(#[$doc])* }
        )*}
    };
    (@get $side:ident $name:ident $(#[$doc:meta])*) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// As [`Api::get`].
        pub fn $name(&self, name: &str) -> Result<T, Error>
        where
            T: DeserializeOwned + HasSubresource<subresource::$side>,
        {
            self.get_subresource(name)
        }
    };
    (@replace $side:ident $name:ident $(#[$doc:meta])*) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// As [`Api::replace`].
        pub fn $name(&self, object: &T) -> Result<T, Error>
        where
            T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::$side>,
        {
            self.replace_subresource(object)
        }
    };
    (@replace_with $side:ident $name:ident $(#[$doc:meta])*) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// As [`Api::replace`].
        pub fn $name(&self, object: &T, params: &PostParams) -> Result<T, Error>
        where
            T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::$side>,
        {
            self.replace_subresource_with(object, params)
        }
    };
    (@patch $side:ident $name:ident $(#[$doc:meta])*) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// As [`Api::patch`].
        pub fn $name<P: Serialize>(
            &self,
            name: &str,
            patch: &Patch<P>,
            params: &PatchParams,
        ) -> Result<T, Error>
        where
            T: DeserializeOwned + HasSubresource<subresource::$side>,
        {
            self.patch_subresource(name, patch, params)
        }
    };
}

// The observed state, written apart from the desired one.
side! { Status:
    /// Reads an object through its status subresource.
    get get_status;
    /// Replaces the status of an object; whatever else differs is ignored by the server.
    replace replace_status;
    /// [`Api::replace_status`], with options.
    replace_with replace_status_with;
    /// Changes the status of an object.
    patch patch_status;
}

// The decision on a certificate signing request.
side! { Approval:
    /// Reads a request with the decision on it.
    get get_approval;
    /// Replaces the conditions of a request, by which it is approved or denied; whatever else differs is ignored
    /// by the server.
    ///
    /// ```
    /// # use kubeclient::{Api, ApiResource, Config, DynamicObject, RestClient};
    /// # use serde_json::json;
    /// # fn approve(client: &RestClient, kind: &ApiResource) -> kubeclient::Result<()> {
    /// let requests: Api<DynamicObject> = Api::dynamic(client, kind);
    /// let mut request = requests.get("worker")?;
    /// let approved = json!({"type": "Approved", "status": "True", "reason": "Known"});
    /// request.data.insert("status".into(), json!({"conditions": [approved]}));
    /// let request = requests.replace_approval(&request)?;
    /// assert_eq!(request.pointer("/status/conditions/0/type"), Some(&json!("Approved")));
    /// # Ok(())
    /// # }
    /// ```
    replace replace_approval;
    /// [`Api::replace_approval`], with options.
    replace_with replace_approval_with;
    /// Changes the decision on a request.
    patch patch_approval;
}

// Who lets go of a namespace that is being deleted.
side! { Finalize:
    /// Replaces the finalizers in a namespace's spec, which can't be written otherwise. A namespace that is
    /// being deleted goes when the last of them is removed.
    replace replace_finalize;
}

// Containers added to a running pod, to look into it.
side! { EphemeralContainers:
    /// Reads a pod through its ephemeral containers.
    get get_ephemeral_containers;
    /// Replaces the ephemeral containers of a pod: those that are there must stay as they are, others may be
    /// added. Whatever else differs is ignored by the server.
    replace replace_ephemeral_containers;
    /// [`Api::replace_ephemeral_containers`], with options.
    replace_with replace_ephemeral_containers_with;
    /// Adds ephemeral containers to a pod; a strategic merge patch adds by name.
    patch patch_ephemeral_containers;
}

// The resources of a running pod.
side! { Resize:
    /// Reads a pod through the resources of its containers.
    get get_resize;
    /// Replaces the resources of a pod's containers while they run. Whatever else differs is refused or ignored
    /// by the server.
    replace replace_resize;
    /// [`Api::replace_resize`], with options.
    replace_with replace_resize_with;
    /// Changes the resources of a pod's containers while they run; a strategic merge patch finds them by name.
    patch patch_resize;
}
