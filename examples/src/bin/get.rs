//! Prints objects of any kind as the server lays them out, as `kubectl get` does.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::{
    Api, ApiResource, DynamicObject, ListParams, PartialObjectMetadata, Table as ServerTable,
    WatchEvent, WatchParams,
};
use kubeclient_examples::cli::{
    self, Argument, Arguments, Failure, Form, Outcome, Session, Table, Target, full_name,
};
use serde_json::Value;

const USAGE: &str = "usage: get (TYPE[,TYPE] [NAME...] | TYPE/NAME...) [-l SELECTOR] [--field-selector SELECTOR] \
    [-A] [-o wide|yaml|json|name] [-w] [--no-headers] [--ignore-not-found] [--show-managed-fields] \
    [--kubeconfig FILE] [--context NAME] [-n NAMESPACE]";

fn main() -> ExitCode {
    cli::run("get", USAGE, get)
}

/// What the command line asks for.
#[derive(Default)]
struct Wanted {
    words: Vec<String>,
    labels: Option<String>,
    fields: Option<String>,
    all_namespaces: bool,
    form: Option<Form>,
    wide: bool,
    watch: bool,
    no_headers: bool,
    ignore_not_found: bool,
    managed_fields: bool,
}

impl Wanted {
    fn read(arguments: &mut Arguments) -> Result<Self, Failure> {
        let mut wanted = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Argument::Flag("l" | "selector") => wanted.labels = Some(arguments.value()?),
                Argument::Flag("field-selector") => wanted.fields = Some(arguments.value()?),
                Argument::Flag("A" | "all-namespaces") => {
                    wanted.all_namespaces = arguments.switch()?
                }
                Argument::Flag("w" | "watch") => wanted.watch = arguments.switch()?,
                Argument::Flag("no-headers") => wanted.no_headers = arguments.switch()?,
                Argument::Flag("ignore-not-found") => {
                    wanted.ignore_not_found = arguments.switch()?
                }
                Argument::Flag("show-managed-fields") => {
                    wanted.managed_fields = arguments.switch()?
                }
                Argument::Flag("o" | "output") => match arguments.value()?.as_str() {
                    "" => {}
                    "wide" => wanted.wide = true,
                    "yaml" => wanted.form = Some(Form::Yaml),
                    "json" => wanted.form = Some(Form::Json),
                    "name" => wanted.form = Some(Form::Name),
                    other => {
                        return Err(Failure::new(format!(
                            "unable to match a printer suitable for the output format {other:?}, allowed \
                             formats are: json,name,wide,yaml"
                        )));
                    }
                },
                Argument::Flag(_) => return Err(arguments.unknown()),
                Argument::Value(word) => wanted.words.push(word),
            }
        }
        Ok(wanted)
    }

    fn params(&self) -> ListParams {
        let mut params = ListParams::default().limit(500);
        params.label_selector = self.labels.clone();
        params.field_selector = self.fields.clone();
        params
    }

    /// The objects that are looked at.
    fn objects(&self, session: &Session, resource: &ApiResource) -> Api<DynamicObject> {
        let api = match self.all_namespaces {
            true => Api::dynamic(&session.client, resource),
            false => session.objects(resource),
        };
        if self.managed_fields { api } else { api.without_managed_fields() }
    }
}

fn get(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let wanted = Wanted::read(arguments)?;
    if wanted.words.is_empty() {
        return Err(arguments.misused(
            "You must specify the type of resource to get, such as `get pods`; api_resources lists them.",
        ));
    }
    let session = arguments.connect()?;
    let targets = Target::read(&session.mapper(), &wanted.words)?;
    let named = targets.iter().any(|target| target.name.is_some());
    if named && wanted.all_namespaces {
        return Err(Failure::new("a resource cannot be retrieved by name across all namespaces"));
    }
    if named && (wanted.labels.is_some() || wanted.fields.is_some()) {
        return Err(Failure::new(
            "selectors and the all flag cannot be used when passing resource/name arguments",
        ));
    }
    if wanted.watch {
        let [target] = &targets[..] else {
            return Err(Failure::new("you may only specify a single resource type"));
        };
        return watch(&session, &wanted, target, out);
    }
    match wanted.form {
        Some(form) => print_objects(&session, &wanted, &targets, form, out),
        None => print_tables(&session, &wanted, &targets, out),
    }
}

/// Prints objects in a form that programs read.
fn print_objects(
    session: &Session,
    wanted: &Wanted,
    targets: &[Target],
    form: Form,
    out: &mut dyn Write,
) -> Outcome {
    let (mut found, mut failed) = (Vec::new(), Failures::default());
    for Target { resource, name } in targets {
        let api = wanted.objects(session, resource);
        let add = |mut object: DynamicObject| {
            object.types = resource.type_meta();
            (resource.clone(), object)
        };
        match name {
            Some(name) => match api.get(name) {
                Ok(object) => found.push(add(object)),
                Err(error) => failed.take(error, wanted)?,
            },
            None => {
                for object in api.list_all(&wanted.params()) {
                    found.push(add(object?));
                }
            }
        }
    }
    match (&found[..], targets) {
        ([], [Target { name: Some(_), .. }]) => {}
        ([(resource, object)], [Target { name: Some(_), .. }]) => {
            form.write(resource, object, out)?
        }
        _ => form.write_all(&found, out)?,
    }
    failed.end(out)
}

/// Prints a table for each resource.
fn print_tables(
    session: &Session,
    wanted: &Wanted,
    targets: &[Target],
    out: &mut dyn Write,
) -> Outcome {
    let mut resources: Vec<&ApiResource> = Vec::new();
    for target in targets {
        if !resources.contains(&&target.resource) {
            resources.push(&target.resource);
        }
    }
    let several = resources.len() > 1;
    let (mut is_first, mut failed) = (true, Failures::default());
    for resource in &resources {
        let api = wanted.objects(session, resource);
        let mut lines = Lines::new(wanted, resource, several);
        for target in targets.iter().filter(|target| target.resource == **resource) {
            match &target.name {
                Some(name) => match api.get_table(name) {
                    Ok(table) => lines.add(&table),
                    Err(error) => failed.take(error, wanted)?,
                },
                None => add_pages(&api, wanted, &mut lines)?,
            }
        }
        if lines.is_empty() {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            writeln!(out)?;
        }
        lines.table().write(out)?;
    }
    let said = !failed.0.is_empty() || wanted.ignore_not_found;
    if is_first && !said {
        let everywhere =
            wanted.all_namespaces || resources.iter().all(|resource| !resource.namespaced);
        match everywhere {
            true => eprintln!("No resources found"),
            false => eprintln!("No resources found in {} namespace.", session.namespace),
        }
    }
    failed.end(out)
}

fn add_pages(api: &Api<DynamicObject>, wanted: &Wanted, lines: &mut Lines) -> Outcome {
    let mut params = wanted.params();
    loop {
        let page = api.list_table(&params)?;
        lines.add(&page);
        match page.metadata.continue_token {
            token if token.is_empty() => return Ok(()),
            token => params = params.continue_token(token),
        }
    }
}

/// Prints what is there, and then each object that changes.
fn watch(session: &Session, wanted: &Wanted, target: &Target, out: &mut dyn Write) -> Outcome {
    let resource = &target.resource;
    let api = wanted.objects(session, resource);
    let mut params = WatchParams::default();
    params.label_selector = wanted.labels.clone();
    params.field_selector = wanted.fields.clone();
    if let Some(name) = &target.name {
        params = params.fields(format!("metadata.name={name}"));
    }
    let Some(form) = wanted.form else {
        let (mut lines, mut widths) = (Lines::new(wanted, resource, false), Vec::new());
        // What is there is one table, in which columns fit.
        let mut is_synced = false;
        for event in api.read_as::<PartialObjectMetadata>().watch(&params)? {
            match event? {
                // The server lays out what is there; of an object that is gone by then there is nothing to say.
                WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                    let of_its_own = match resource.namespaced {
                        true => Api::dynamic_namespaced(
                            &session.client,
                            resource,
                            &object.metadata.namespace,
                        ),
                        false => api.clone(),
                    };
                    match of_its_own.get_table(&object.metadata.name) {
                        Ok(table) => lines.add(&table),
                        Err(error) if error.is_not_found() => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                WatchEvent::Synced => is_synced = true,
                _ => continue,
            }
            if !is_synced {
                continue;
            }
            std::mem::take(&mut lines.rows).write_below(&mut widths, out)?;
            out.flush()?;
        }
        return Ok(());
    };
    for event in api.watch(&params)? {
        if let WatchEvent::Added(mut object) | WatchEvent::Modified(mut object) = event? {
            object.types = resource.type_meta();
            if form == Form::Yaml {
                writeln!(out, "---")?;
            }
            form.write(resource, &object, out)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// The rows of one resource.
struct Lines<'a> {
    wanted: &'a Wanted,
    resource: &'a ApiResource,
    /// Whether names say of which kind they are.
    several: bool,
    has_headings: bool,
    rows: Table,
}

impl<'a> Lines<'a> {
    fn new(wanted: &'a Wanted, resource: &'a ApiResource, several: bool) -> Self {
        Self { wanted, resource, several, has_headings: wanted.no_headers, rows: Table::default() }
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn table(&self) -> &Table {
        &self.rows
    }

    /// Adds the rows that the server laid out, below headings where there are none yet.
    fn add(&mut self, page: &ServerTable) {
        let shown = |i: usize| {
            page.column_definitions
                .get(i)
                .is_none_or(|column| self.wanted.wide || column.priority == 0)
        };
        let in_namespaces = self.wanted.all_namespaces && self.resource.namespaced;
        if page.rows.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.has_headings, true) {
            let headings = page.column_definitions.iter().enumerate();
            let headings =
                headings.filter(|(i, _)| shown(*i)).map(|(_, column)| column.name.to_uppercase());
            let first = in_namespaces.then(|| "NAMESPACE".to_owned());
            self.rows.row(first.into_iter().chain(headings));
        }
        for row in &page.rows {
            let names_it = |i: usize| {
                page.column_definitions.get(i).is_some_and(|column| column.format == "name")
            };
            let cells = row.cells.iter().enumerate().filter(|(i, _)| shown(*i)).map(|(i, cell)| {
                let cell = text(cell);
                if self.several && names_it(i) { full_name(self.resource, &cell) } else { cell }
            });
            let namespace = row.object.as_ref().map(|object| object.metadata.namespace.clone());
            let first = in_namespaces.then(|| namespace.unwrap_or_default());
            self.rows.row(first.into_iter().chain(cells));
        }
    }
}

/// A cell as it is printed.
fn text(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.lines().next().unwrap_or_default().trim_end().to_owned(),
        Value::Null => "<none>".into(),
        other => other.to_string(),
    }
}

/// What could not be had while the rest could.
#[derive(Default)]
struct Failures(Vec<Failure>);

impl Failures {
    /// Keeps what is said at the end; anything but that an object is not there ends the program.
    fn take(&mut self, error: kubeclient::Error, wanted: &Wanted) -> Outcome {
        match error.is_not_found() {
            true if wanted.ignore_not_found => Ok(()),
            true => {
                self.0.push(error.into());
                Ok(())
            }
            false => Err(error.into()),
        }
    }

    fn end(self, out: &mut dyn Write) -> Outcome {
        if self.0.is_empty() {
            return Ok(());
        }
        out.flush()?;
        let all: String = self.0.iter().map(ToString::to_string).collect();
        Err(Failure::verbatim(all))
    }
}
