//! The cells of services and what stands behind and before them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cells::{Row, first_three, list, number, text, texts};

/// Of the core group.
pub(super) fn core(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    match kind {
        "Service" => Some(service(row)),
        "Endpoints" => Some(vec![row.name(), endpoints(row).into(), row.age()]),
        _ => None,
    }
}

/// Of the groups of networking and discovery.
pub(super) fn grouped(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    Some(match kind {
        "EndpointSlice" => endpoint_slice(row),
        "Ingress" => ingress(row),
        "IngressClass" => {
            let annotation = "/metadata/annotations/ingressclass.kubernetes.io~1is-default-class";
            vec![
                with_default(row, &[annotation]),
                row.text("/spec/controller").into(),
                parameters(row),
                row.age(),
            ]
        }
        "NetworkPolicy" => vec![row.name(), row.selector("/spec/podSelector"), row.age()],
        "ServiceCIDR" => {
            vec![row.name(), texts(row.list("/spec/cidrs")).join(",").into(), row.age()]
        }
        "IPAddress" => vec![row.name(), parent(row), row.age()],
        _ => return None,
    })
}

/// The name, and that it is the default where an annotation says so.
pub(super) fn with_default(row: &Row<'_>, annotations: &[&str]) -> Value {
    let name = text(row.object, "/metadata/name");
    match annotations.iter().any(|annotation| row.text(annotation) == "true") {
        true => format!("{name} (default)").into(),
        false => name.into(),
    }
}

fn service(row: &Row<'_>) -> Vec<Value> {
    let mut address = row.text("/spec/clusterIPs/0");
    if address.is_empty() {
        address = row.text("/spec/clusterIP");
    }
    let ports: Vec<String> = row.list("/spec/ports").iter().map(service_port).collect();
    vec![
        row.name(),
        row.text("/spec/type").into(),
        if address.is_empty() { "<none>".into() } else { address.into() },
        external(row).into(),
        if ports.is_empty() { "<none>".into() } else { ports.join(",").into() },
        row.age(),
        row.labels("/spec/selector"),
    ]
}

fn service_port(port: &Value) -> String {
    let (number_, node, protocol) =
        (number(port, "/port"), number(port, "/nodePort"), text(port, "/protocol"));
    if node > 0 { format!("{number_}:{node}/{protocol}") } else { format!("{number_}/{protocol}") }
}

fn external(row: &Row<'_>) -> String {
    let mut addresses = texts(row.list("/spec/externalIPs"));
    match row.text("/spec/type") {
        "ClusterIP" | "NodePort" if addresses.is_empty() => "<none>".to_owned(),
        "ClusterIP" | "NodePort" => addresses.join(","),
        "LoadBalancer" => {
            let balancer = load_balancer(row);
            if !balancer.is_empty() {
                addresses.insert(0, &balancer);
            }
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        "ExternalName" => row.text("/spec/externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

fn load_balancer(row: &Row<'_>) -> String {
    let mut found = BTreeSet::new();
    for point in row.list("/status/loadBalancer/ingress") {
        let (address, name) = (text(point, "/ip"), text(point, "/hostname"));
        found.insert(if address.is_empty() { name } else { address });
    }
    found.remove("");
    found.into_iter().collect::<Vec<_>>().join(",")
}

fn endpoints(row: &Row<'_>) -> String {
    let subsets = row.list("/subsets");
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut found = Vec::new();
    for subset in subsets {
        let addresses = list(subset, "/addresses").iter().map(|address| text(address, "/ip"));
        let ports = list(subset, "/ports");
        if ports.is_empty() {
            found.extend(addresses.clone().map(str::to_owned));
        }
        for port in ports {
            let port = number(port, "/port");
            found.extend(addresses.clone().map(|address| match address.contains(':') {
                true => format!("[{address}]:{port}"),
                false => format!("{address}:{port}"),
            }));
        }
    }
    first_three(&found, found.len())
}

fn endpoint_slice(row: &Row<'_>) -> Vec<Value> {
    let ports: Vec<String> = row.list("/ports").iter().map(slice_port).collect();
    let mut addresses = Vec::new();
    for endpoint in row.list("/endpoints") {
        addresses.extend(texts(list(endpoint, "/addresses")).into_iter().map(str::to_owned));
    }
    let shown = |items: &[String]| match first_three(items, items.len()) {
        text if text.is_empty() => Value::from("<unset>"),
        text => text.into(),
    };
    vec![row.name(), row.text("/addressType").into(), shown(&ports), shown(&addresses), row.age()]
}

fn slice_port(port: &Value) -> String {
    match (port.get("port").and_then(Value::as_i64), port.get("name").and_then(Value::as_str)) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => "*".to_owned(),
    }
}

fn ingress(row: &Row<'_>) -> Vec<Value> {
    let has_tls = !row.list("/spec/tls").is_empty();
    vec![
        row.name(),
        row.text_or("/spec/ingressClassName", "<none>"),
        hosts(row.list("/spec/rules")).into(),
        load_balancer(row).into(),
        if has_tls { "80, 443".into() } else { "80".into() },
        row.age(),
    ]
}

fn hosts(rules: &[Value]) -> String {
    let mut hosts = Vec::new();
    let mut has_more = false;
    for rule in rules {
        has_more |= hosts.len() == 3;
        let host = text(rule, "/host");
        if !has_more && !host.is_empty() {
            hosts.push(host);
        }
    }
    match hosts.as_slice() {
        [] => "*".to_owned(),
        hosts if has_more => format!("{} + {} more...", hosts.join(","), rules.len() - 3),
        hosts => hosts.join(","),
    }
}

fn parameters(row: &Row<'_>) -> Value {
    if !row.has("/spec/parameters") {
        return "<none>".into();
    }
    let mut kind = row.text("/spec/parameters/kind").to_owned();
    if row.has("/spec/parameters/apiGroup") {
        kind = format!("{kind}.{}", row.text("/spec/parameters/apiGroup"));
    }
    format!("{kind}/{}", row.text("/spec/parameters/name")).into()
}

fn parent(row: &Row<'_>) -> Value {
    if !row.has("/spec/parentRef") {
        return "<none>".into();
    }
    let part = |field: &str| row.text(&format!("/spec/parentRef/{field}"));
    let mut resource = part("resource").to_lowercase();
    if !part("group").is_empty() {
        resource = format!("{resource}.{}", part("group").to_lowercase());
    }
    let parts = [resource.as_str(), part("namespace"), part("name")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/").into()
}
