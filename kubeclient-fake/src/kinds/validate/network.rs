//! Ingresses, network policies, endpoints.

use super::node::{Errors, Node, range};
use crate::field::FieldError;
use crate::kinds::subdomain_errors;

pub(super) fn ingress(spec: &Node<'_>, errors: &mut Errors) {
    let (rules, backend) = (spec.at("rules"), spec.at("defaultBackend"));
    if rules.is_empty() && backend.is_null() {
        let why = "either `defaultBackend` or `rules` must be specified";
        errors.push(FieldError::invalid(spec.path.as_str(), serde_json::Value::Null, why));
    }
    if !backend.is_null() {
        check_backend(&backend, errors);
    }
    for rule in rules.items() {
        host(&rule.at("host"), errors);
        let http = rule.at("http");
        if http.is_null() {
            continue;
        }
        http.at("paths").required(errors);
        for path in http.at("paths").items() {
            check_path(&path, errors);
        }
    }
    for tls in spec.at("tls").items() {
        for name in tls.at("hosts").items() {
            host(&name, errors);
        }
    }
    spec.at("ingressClassName").subdomain(errors);
}

fn host(host: &Node<'_>, errors: &mut Errors) {
    let name = host.text();
    if name.is_empty() {
        return;
    }
    if name.parse::<std::net::IpAddr>().is_ok() {
        host.invalid("must be a DNS name, not an IP address", errors);
    } else if name.contains('*') {
        let rest = name.strip_prefix("*.");
        if !rest.is_some_and(|rest| subdomain_errors(rest).is_empty()) {
            host.invalid(
                "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which \
                 must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric \
                 character (e.g. '*.example.com', regex used for validation is \
                 '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                errors,
            );
        }
    } else {
        host.must_be_subdomain(errors);
    }
}

fn check_path(path: &Node<'_>, errors: &mut Errors) {
    let (text, kind) = (path.at("path"), path.at("pathType"));
    if kind.is_empty() {
        kind.missing("pathType must be specified", errors);
    } else {
        let kinds = ["Exact", "ImplementationSpecific", "Prefix"];
        if matches!(kind.text(), "Exact" | "Prefix") {
            if !text.text().starts_with('/') {
                text.invalid("must be an absolute path", errors);
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.text().contains(part) {
                    text.invalid(format!("must not contain '{part}'"), errors);
                }
            }
        } else {
            kind.one_of(&kinds, errors);
        }
    }
    check_backend(&path.at("backend"), errors);
}

fn check_backend(backend: &Node<'_>, errors: &mut Errors) {
    let service = backend.at("service");
    let wrong = |why: &str| FieldError::invalid(backend.path.as_str(), "", why);
    match (service.is_null(), backend.at("resource").is_null()) {
        (true, true) => errors.push(wrong("resource or service backend is required")),
        (false, false) => errors.push(wrong("cannot set both resource and service backends")),
        (true, false) => {}
        (false, true) => {
            let name = service.at("name");
            if name.is_empty() {
                name.missing("", errors);
            } else {
                name.must_be_label(errors);
            }
            let port = service.at("port");
            let number = port.at("number").int().filter(|number| *number != 0);
            match (port.at("name").is_empty(), number) {
                (false, Some(_)) => errors.push(wrong("cannot set both port name & port number")),
                (false, None) => port.at("name").port_name(errors),
                (true, Some(_)) => port.at("number").port(errors),
                (true, None) => backend.missing("port name or number is required", errors),
            }
        }
    }
}

pub(super) fn ingress_class(spec: &Node<'_>, errors: &mut Errors) {
    let controller = spec.at("controller");
    if controller.required(errors) {
        controller.domain_path(errors);
    }
    let parameters = spec.at("parameters");
    if !parameters.is_null() {
        parameters.at("kind").required(errors);
        parameters.at("name").required(errors);
        parameters.at("scope").one_of(&["Cluster", "Namespace"], errors);
    }
}

pub(super) fn policy(spec: &Node<'_>, errors: &mut Errors) {
    spec.at("podSelector").selector(errors);
    for (key, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.at(key).items() {
            for port in rule.at("ports").items() {
                port.at("protocol").one_of(&["TCP", "UDP", "SCTP"], errors);
                if !port.at("port").is_null() {
                    port.at("port").port_or_name(errors);
                }
            }
            for other in rule.at(peers).items() {
                peer(&other, errors);
            }
        }
    }
    for kind in spec.at("policyTypes").items() {
        kind.one_of(&["Ingress", "Egress"], errors);
    }
}

fn peer(peer: &Node<'_>, errors: &mut Errors) {
    let mut count = 0;
    for key in ["podSelector", "namespaceSelector"] {
        if !peer.at(key).is_null() {
            count += 1;
            peer.at(key).selector(errors);
        }
    }
    let block = peer.at("ipBlock");
    if !block.is_null() {
        let cidr = block.at("cidr");
        cidr.range(errors);
        for except in block.at("except").items() {
            match (range(cidr.text()), range(except.text())) {
                (_, None) => except.range(errors),
                (Some((outer, length, all)), Some((inner, inner_length, inner_all))) => {
                    let same = all == inner_all
                        && inner_length > length
                        && outer.checked_shr(all - length) == inner.checked_shr(all - length);
                    if !same {
                        except.invalid("must be a strict subset of `cidr`", errors);
                    }
                }
                _ => {}
            }
        }
        if count > 0 {
            peer.forbidden("may not specify both ipBlock and another peer", errors);
        }
    } else if count == 0 {
        peer.missing("must specify a peer", errors);
    }
}

pub(super) fn endpoints(object: &Node<'_>, errors: &mut Errors) {
    for subset in object.at("subsets").items() {
        let lists = [subset.at("addresses"), subset.at("notReadyAddresses")];
        if lists.iter().all(Node::is_empty) {
            subset.missing("must specify `addresses` or `notReadyAddresses`", errors);
        }
        for address in lists.iter().flat_map(Node::items) {
            let ip = address.at("ip");
            if !ip.address(errors) {
                ip.invalid("must be a valid IP address", errors);
            } else if ip.text().starts_with("127.") || ip.text() == "::1" {
                let why = "may not be in the loopback range (127.0.0.0/8, ::1/128)";
                ip.invalid(why, errors);
            }
        }
        let ports = subset.at("ports").items();
        for port in &ports {
            let name = port.at("name");
            if ports.len() > 1 && name.is_empty() {
                name.missing("", errors);
            }
            name.label(errors);
            port.at("port").port(errors);
            port.at("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
        }
    }
}

pub(super) fn slice(object: &Node<'_>, errors: &mut Errors) {
    let kind = object.at("addressType");
    if kind.required(errors) {
        kind.one_of(&["FQDN", "IPv4", "IPv6"], errors);
    }
    for endpoint in object.at("endpoints").items() {
        let addresses = endpoint.at("addresses");
        if addresses.is_empty() {
            addresses.missing("must contain at least 1 address", errors);
        }
        for address in addresses.items() {
            match kind.text() {
                "IPv4" | "IPv6" => {
                    address.address(errors);
                }
                "FQDN" => address.must_be_subdomain(errors),
                _ => {}
            }
        }
    }
    for port in object.at("ports").items() {
        port.at("name").label(errors);
        port.at("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
    }
}
