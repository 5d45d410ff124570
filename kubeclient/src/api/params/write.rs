//! [`PostParams`] and [`PatchParams`]: how an object is written.

use crate::error::Error;
use crate::rest::Request;

/// How a create or replace is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostParams {
    /// Whether everything is done but the storing.
    pub dry_run: bool,
    /// Who writes, as managedFields will say; by default the program's name, from the `User-Agent`.
    pub field_manager: Option<String>,
    /// What the server does with fields that it does not know.
    pub field_validation: Option<FieldValidation>,
    /// Whether a replace may overwrite whatever is there; a create, which has nothing to overwrite, is refused with
    /// it.
    pub unconditional: bool,
}

/// What the server does with fields that it does not know, or that come twice. Its own default is
/// `Warn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValidation {
    /// Drops them.
    Ignore,
    /// Drops them with a warning.
    Warn,
    /// Refuses the request.
    Strict,
}

impl PostParams {
    /// Everything is done but the storing.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Who writes, as managedFields will say.
    #[must_use]
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.field_manager = Some(manager.into());
        self
    }

    /// What the server does with fields that it does not know.
    #[must_use]
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.field_validation = Some(validation);
        self
    }

    /// Lets a replace overwrite whatever is there, with an object that has no resource version. The
    /// server allows it for most built-in kinds, for custom resources not.
    #[must_use]
    pub fn unconditional(mut self) -> Self {
        self.unconditional = true;
        self
    }

    pub(crate) fn request(&self, request: Request) -> Result<Request, Error> {
        write_options(request, self.dry_run, self.field_manager.as_deref(), self.field_validation)
    }
}

/// How a patch is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchParams {
    /// Whether everything is done but the storing.
    pub dry_run: bool,
    /// Who writes, as managedFields will say; an apply needs it.
    pub field_manager: Option<String>,
    /// What the server does with fields that it does not know.
    pub field_validation: Option<FieldValidation>,
    /// Whether an apply takes over fields that other managers own.
    pub force: bool,
}

impl PatchParams {
    /// The options of a server-side apply by this manager.
    pub fn apply(manager: impl Into<String>) -> Self {
        Self { field_manager: Some(manager.into()), ..Self::default() }
    }

    /// Takes over fields that other managers own; for an apply only.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// Everything is done but the storing.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Who writes, as managedFields will say.
    #[must_use]
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.field_manager = Some(manager.into());
        self
    }

    /// What the server does with fields that it does not know.
    #[must_use]
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.field_validation = Some(validation);
        self
    }

    pub(crate) fn request(&self, request: Request, is_apply: bool) -> Result<Request, Error> {
        let Self { dry_run, field_manager, field_validation, force } = self;
        let request =
            write_options(request, *dry_run, field_manager.as_deref(), *field_validation)?;
        match (is_apply, force, field_manager) {
            (true, _, None) => Err(Error::invalid(
                "apply: expected a field manager (`PatchParams::apply(\"name\")`)",
            )),
            // Said even when false, as client-go does.
            (true, force, Some(_)) => Ok(request.query("force", force.to_string())),
            (false, true, _) => Err(Error::invalid("patch: `force` is for an apply only")),
            (false, false, _) => Ok(request),
        }
    }
}

fn write_options(
    mut request: Request,
    dry_run: bool,
    manager: Option<&str>,
    validation: Option<FieldValidation>,
) -> Result<Request, Error> {
    if dry_run {
        request = request.query("dryRun", "All");
    }
    if let Some(manager) = manager {
        let is_printable = !manager.contains(char::is_control);
        if manager.is_empty() || manager.chars().count() > 128 || !is_printable {
            let shown: String = manager.chars().take(130).collect();
            return Err(Error::invalid(format!(
                "field manager {shown:?}: expected 1 to 128 printable characters"
            )));
        }
        request = request.query("fieldManager", manager);
    }
    if let Some(validation) = validation {
        let text = match validation {
            FieldValidation::Ignore => "Ignore",
            FieldValidation::Warn => "Warn",
            FieldValidation::Strict => "Strict",
        };
        request = request.query("fieldValidation", text);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::super::uri;
    use super::*;

    /// Fidelity 43, 44, 45.
    #[test]
    fn force_and_manager_belong_to_an_apply() {
        let patch =
            |params: PatchParams, is_apply| uri(params.request(Request::patch("/x"), is_apply));
        assert_eq!(patch(PatchParams::apply("m"), true).unwrap(), "/x?fieldManager=m&force=false");
        assert_eq!(
            patch(PatchParams::apply("m").force(), true).unwrap(),
            "/x?fieldManager=m&force=true"
        );
        assert!(patch(PatchParams::default(), true).unwrap_err().contains("field manager"));
        assert!(patch(PatchParams::default().force(), false).unwrap_err().contains("apply only"));
        assert!(patch(PatchParams::apply("x".repeat(129)), true).is_err());
        assert_eq!(
            patch(
                PatchParams::default().dry_run().field_validation(FieldValidation::Strict),
                false
            )
            .unwrap(),
            "/x?dryRun=All&fieldValidation=Strict"
        );
    }
}
