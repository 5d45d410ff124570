//! Changes to a kubeconfig in memory: kubectl's `config set-context`, `use-context` and so on. Files are
//! written in `write`.

use super::kubeconfig::{
    AuthInfo, Cluster, Context, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext,
};
use crate::error::{Error, Result};

impl Kubeconfig {
    /// Makes this context the current one.
    ///
    /// ```
    /// use kubeclient::config::Kubeconfig;
    ///
    /// let mut kubeconfig = Kubeconfig::default();
    /// kubeconfig.set_cluster("c", |cluster| cluster.server = "https://10.0.0.1:6443".into())?;
    /// kubeconfig.set_user("u", |user| user.token_file = "token".into())?;
    /// kubeconfig.set_context("dev", |context| {
    ///     context.cluster = "c".into();
    ///     context.user = "u".into();
    /// })?;
    /// kubeconfig.set_namespace("dev", "web")?;
    /// kubeconfig.rename_context("dev", "test")?;
    /// kubeconfig.use_context("test")?;
    /// assert_eq!(kubeconfig.context("test").unwrap().namespace, "web");
    /// assert!(kubeconfig.use_context("dev").unwrap_err().to_string().contains("\"test\""));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): there is no such context; those that are there are
    /// named.
    pub fn use_context(&mut self, name: &str) -> Result<()> {
        find(&mut self.contexts, name)?;
        self.current_context = name.into();
        Ok(())
    }

    /// Changes the context of this name; an empty one is made if there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): the name is empty.
    pub fn set_context(&mut self, name: &str, change: impl FnOnce(&mut Context)) -> Result<()> {
        change(&mut entry(&mut self.contexts, name)?.context);
        Ok(())
    }

    /// Sets the namespace of a context; an empty one leaves it to the default.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): there is no such context, or it is no name of a
    /// namespace.
    pub fn set_namespace(&mut self, context: &str, namespace: &str) -> Result<()> {
        if !namespace.is_empty() {
            super::check::check_namespace(namespace)?;
        }
        find(&mut self.contexts, context)?.context.namespace = namespace.into();
        Ok(())
    }

    /// Gives a context another name, and stays with it where it is the current one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): there is no such context, or the name is taken.
    pub fn rename_context(&mut self, from: &str, to: &str) -> Result<()> {
        if to.is_empty() {
            return Err(nameless::<NamedContext>());
        }
        if from != to && self.context(to).is_some() {
            return Err(Error::config(format!("context {to:?} is there already")));
        }
        find(&mut self.contexts, from)?.name = to.into();
        if self.current_context == from {
            self.current_context = to.into();
        }
        Ok(())
    }

    /// Takes a context out. As in kubectl, a current context that goes stays named as such, so that nothing
    /// else is used in its place by accident.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): there is no such context.
    pub fn delete_context(&mut self, name: &str) -> Result<Context> {
        remove(&mut self.contexts, name).map(|entry| entry.context)
    }

    /// Changes the cluster of this name; an empty one is made if there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): the name is empty.
    pub fn set_cluster(&mut self, name: &str, change: impl FnOnce(&mut Cluster)) -> Result<()> {
        change(&mut entry(&mut self.clusters, name)?.cluster);
        Ok(())
    }

    /// Takes a cluster out.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): there is no such cluster.
    pub fn delete_cluster(&mut self, name: &str) -> Result<Cluster> {
        remove(&mut self.clusters, name).map(|entry| entry.cluster)
    }

    /// Changes the user of this name (kubectl's `set-credentials`); an empty one is made if there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): the name is empty.
    pub fn set_user(&mut self, name: &str, change: impl FnOnce(&mut AuthInfo)) -> Result<()> {
        change(&mut entry(&mut self.users, name)?.user);
        Ok(())
    }

    /// Takes a user out.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): there is no such user.
    pub fn delete_user(&mut self, name: &str) -> Result<AuthInfo> {
        remove(&mut self.users, name).map(|entry| entry.user)
    }
}

/// An entry of one of a kubeconfig's lists.
pub(super) trait Entry: Clone + Default + PartialEq {
    /// What an error calls it.
    const WHAT: &str;

    fn name(&self) -> &str;
    fn set_name(&mut self, name: &str);
}

macro_rules! entry {
    ($type:ident, $what:literal) => {
        impl Entry for $type {
            const WHAT: &str = $what;

            fn name(&self) -> &str {
                &self.name
            }

            fn set_name(&mut self, name: &str) {
                self.name = name.into();
            }
        }
    };
}

entry!(NamedCluster, "cluster");
entry!(NamedAuthInfo, "user");
entry!(NamedContext, "context");

fn nameless<E: Entry>() -> Error {
    Error::config(format!("{}: expected a name", E::WHAT))
}

fn find<'a, E: Entry>(entries: &'a mut [E], name: &str) -> Result<&'a mut E> {
    let at = position(entries, name)?;
    Ok(&mut entries[at])
}

fn remove<E: Entry>(entries: &mut Vec<E>, name: &str) -> Result<E> {
    position(entries, name).map(|at| entries.remove(at))
}

fn position<E: Entry>(entries: &[E], name: &str) -> Result<usize> {
    entries.iter().position(|entry| entry.name() == name).ok_or_else(|| {
        let what = E::WHAT;
        let there = super::choose::there_is(&format!("{what}s"), entries.iter().map(E::name));
        Error::config(format!("there is no {what} {name:?}; {there}"))
    })
}

/// The entry of this name, made where there is none.
fn entry<'a, E: Entry>(entries: &'a mut Vec<E>, name: &str) -> Result<&'a mut E> {
    if name.is_empty() {
        return Err(nameless::<E>());
    }
    let at = entries.iter().position(|entry| entry.name() == name).unwrap_or_else(|| {
        let mut made = E::default();
        made.set_name(name);
        entries.push(made);
        entries.len() - 1
    });
    Ok(&mut entries[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_or_has_no_name_is_told() {
        let mut kubeconfig = Kubeconfig::from_yaml(
            "{contexts: [{name: a}, {name: b}], users: [{name: u}], current-context: a}",
        )
        .unwrap();
        let told = |outcome: Result<()>| outcome.unwrap_err().to_string();
        assert_eq!(
            told(kubeconfig.use_context("x")),
            "there is no context \"x\"; there are contexts \"a\", \"b\""
        );
        assert_eq!(told(kubeconfig.rename_context("a", "b")), "context \"b\" is there already");
        assert_eq!(told(kubeconfig.rename_context("a", "")), "context: expected a name");
        assert_eq!(told(kubeconfig.set_user("", |_| ())), "user: expected a name");
        assert!(told(kubeconfig.set_namespace("a", "A/B")).starts_with("namespace: expected"));
        let error = kubeconfig.delete_cluster("c").unwrap_err();
        assert_eq!(error.to_string(), "there is no cluster \"c\"; there are no clusters");
        kubeconfig.rename_context("a", "a").unwrap();
        kubeconfig.rename_context("a", "c").unwrap();
        assert_eq!(kubeconfig.current_context, "c");
        kubeconfig.delete_context("c").unwrap();
        assert_eq!(kubeconfig.current_context, "c", "nothing else takes its place");
        kubeconfig.delete_user("u").unwrap();
        assert!(kubeconfig.users.is_empty());
    }
}
