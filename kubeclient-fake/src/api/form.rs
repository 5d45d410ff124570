//! The forms of an answer, and which one a request accepts.

use super::route::Verb;
use crate::failure::{Details, Failure, Result};
use crate::http::Request;
use crate::mutation::{self, Mutation};

/// How an answer is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) encoding: Encoding,
    pub(crate) shape: Shape,
}

/// The encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Yaml,
}

/// The object itself, or what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    /// `as=PartialObjectMetadata`.
    Partial,
    /// `as=PartialObjectMetadataList`.
    PartialList,
    /// `as=Table`, with the query's `includeObject`.
    Table,
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

impl Form {
    /// Plain JSON.
    pub(crate) const JSON: Self = Self { encoding: Encoding::Json, shape: Shape::Object };

    /// The first form of the `Accept` header that there is.
    ///
    /// # Errors
    /// 406 in the words of the real server; 501 when protobuf is all that is accepted.
    pub(crate) fn of(request: &Request, verb: Verb) -> Result<Self> {
        let is_watch = verb == Verb::Watch;
        let accept = request.header("Accept").unwrap_or("*/*");
        if accept.trim().is_empty() {
            return Ok(Self::JSON);
        }
        let mut asked = Asked::default();
        for clause in accept.split(',') {
            match clause_form(clause, is_watch, &mut asked) {
                Some(form) => return Ok(form),
                None => continue,
            }
        }
        if asked.protobuf {
            return Err(Failure::not_implemented("answers in protobuf"));
        }
        Err(asked.refusal(verb))
    }

    /// The encoding in which to say that something went wrong, whatever is accepted.
    pub(crate) fn of_failure(request: &Request) -> Encoding {
        let accept = request.header("Accept").unwrap_or_default();
        let mut kinds =
            accept.split(',').map(|clause| clause.split(';').next().unwrap_or_default().trim());
        match kinds.find(|kind| matches!(*kind, "application/json" | "application/yaml" | "*/*")) {
            Some("application/yaml") => Encoding::Yaml,
            _ => Encoding::Json,
        }
    }

    /// The media type of the answer.
    pub(crate) fn content_type(&self) -> String {
        // Plain, whatever stands for the object.
        self.encoding.content_type().to_owned()
    }
}

impl Encoding {
    /// Its media type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
        }
    }
}

/// What the clauses that cannot be satisfied asked for.
#[derive(Default)]
struct Asked {
    protobuf: bool,
    /// A known media type with a conversion or stream that there is not.
    known: bool,
}

impl Asked {
    fn refusal(&self, verb: Verb) -> Failure {
        let known = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
        let streams =
            "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
        if self.known {
            let known = if verb == Verb::Watch { streams } else { known };
            let message = format!("only the following media types are accepted: {known}");
            return Failure::new(406, "NotAcceptable", message);
        }
        let mut message = format!("406: Not Acceptable\n\nAvailable representations: {known}");
        if matches!(verb, Verb::List | Verb::Watch) {
            // What can be watched offers its forms, too.
            message = format!("{message}, {streams}");
        }
        Failure::new(406, "NotAcceptable", message).with_details(Details::default())
    }
}

fn clause_form(clause: &str, is_watch: bool, asked: &mut Asked) -> Option<Form> {
    let mut parts = clause.split(';').map(str::trim);
    let encoding = match parts.next().unwrap_or_default() {
        "application/json" | "*/*" => Encoding::Json,
        "application/yaml" => {
            asked.known = true;
            if is_watch {
                return None;
            }
            Encoding::Yaml
        }
        PROTOBUF => {
            asked.protobuf = true;
            return None;
        }
        _ => return None,
    };
    asked.known = true;
    let (mut kind, mut group, mut version) = (None, None, None);
    for part in parts {
        match part.split_once('=') {
            Some(("as", value)) => kind = Some(value),
            Some(("g", value)) => group = Some(value),
            Some(("v", value)) => version = Some(value),
            _ => {}
        }
    }
    let meta = group == Some("meta.k8s.io") && matches!(version, Some("v1" | "v1beta1"));
    let shape = match kind {
        None => Shape::Object,
        Some("Table") if meta && !mutation::is(Mutation::NoTables) => Shape::Table,
        Some("PartialObjectMetadata") if meta => Shape::Partial,
        Some("PartialObjectMetadataList") if meta => Shape::PartialList,
        Some(_) => return None,
    };
    Some(Form { encoding, shape })
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Form, Shape, Verb};
    use crate::http::Request;

    fn of(accept: &str, is_watch: bool) -> Result<Form, (u16, String)> {
        let headers = vec![("accept".to_owned(), accept.to_owned())];
        let request = Request { headers, ..Request::default() };
        Form::of(&request, if is_watch { Verb::Watch } else { Verb::Get }).map_err(|failure| {
            (failure.code, failure.status()["message"].as_str().unwrap().to_owned())
        })
    }

    #[test]
    fn the_first_clause_that_can_be_satisfied_wins() {
        let table = Form { encoding: Encoding::Json, shape: Shape::Table };
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(of(kubectl, false), Ok(table));
        assert_eq!(
            of("application/vnd.kubernetes.protobuf,application/json", false),
            Ok(Form::JSON)
        );
        assert_eq!(of("text/html,*/*", false), Ok(Form::JSON));
        assert_eq!(
            of("application/json;as=Bogus;v=v1;g=meta.k8s.io,application/json", true),
            Ok(Form::JSON)
        );
        assert_eq!(of("application/yaml", false).unwrap().encoding, Encoding::Yaml);
    }

    #[test]
    fn what_cannot_be_satisfied_is_refused_in_the_real_words() {
        let (code, message) = of("application/xml", false).unwrap_err();
        assert_eq!(code, 406);
        assert!(
            message
                .starts_with("406: Not Acceptable\n\nAvailable representations: application/json")
        );
        let (code, message) =
            of("application/json;as=Bogus;v=v1;g=meta.k8s.io", false).unwrap_err();
        assert_eq!(code, 406);
        assert!(
            message.starts_with("only the following media types are accepted: application/json,")
        );
        let (_, message) = of("application/yaml", true).unwrap_err();
        assert!(message.contains("application/json;stream=watch"));
        assert_eq!(of("application/vnd.kubernetes.protobuf", false).unwrap_err().0, 501);
    }
}
