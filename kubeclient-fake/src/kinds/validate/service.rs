//! Services.

use std::collections::HashSet;

use serde_json::json;

use super::node::{Errors, Node, range};
use crate::field::FieldError;

pub(super) fn service(spec: &Node<'_>, errors: &mut Errors) {
    let kind = spec.at("type").text();
    let ips = spec.at("clusterIPs").items();
    let is_headless = ips.first().is_some_and(|first| first.text() == "None");
    let ports = spec.at("ports");
    if ports.is_empty() && !is_headless && kind != "ExternalName" {
        ports.missing("", errors);
    }
    match kind {
        "LoadBalancer" | "NodePort" if is_headless => {
            let why = format!("may not be set to 'None' for {kind} services");
            ips[0].invalid(why, errors);
        }
        "ExternalName" => {
            if !spec.at("clusterIPs").is_empty() {
                let why = "may not be set for ExternalName services";
                spec.at("clusterIPs").forbidden(why, errors);
            }
            let name = spec.at("externalName");
            if name.required(errors) {
                let trimmed = serde_json::Value::from(name.text().trim_end_matches('.'));
                Node { value: &trimmed, path: name.path }.must_be_subdomain(errors);
            }
        }
        _ => {}
    }
    check_ports(&ports, kind, errors);
    spec.at("selector").labels(errors);
    spec.at("sessionAffinity").one_of(&["ClientIP", "None"], errors);
    if spec.at("sessionAffinity").text() == "ClientIP" {
        let seconds = spec.at("sessionAffinityConfig").at("clientIP").at("timeoutSeconds");
        if seconds.int().is_some_and(|seconds| !(1..=86_400).contains(&seconds)) {
            seconds.invalid("must be greater than 0 and less than 86400", errors);
        }
    }
    addresses(spec, kind, errors);
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    spec.at("type").one_of(&types, errors);
    balancer(spec, kind, errors);
    traffic(spec, kind, errors);
}

fn check_ports(ports: &Node<'_>, kind: &str, errors: &mut Errors) {
    let ports = ports.items();
    let mut names = HashSet::new();
    let mut seen = HashSet::new();
    for port in &ports {
        let name = port.at("name");
        if ports.len() > 1 && name.is_empty() {
            name.missing("", errors);
        } else if !name.is_empty() {
            name.must_be_label(errors);
            if !names.insert(name.text()) {
                name.duplicate(errors);
            }
        }
        port.at("port").port(errors);
        port.at("protocol").one_of(&["SCTP", "TCP", "UDP"], errors);
        port.at("targetPort").port_or_name(errors);
        let node = port.at("nodePort");
        if kind == "ClusterIP" && node.int().is_some_and(|number| number != 0) {
            node.forbidden("may not be used when `type` is 'ClusterIP'", errors);
        }
    }
    for port in &ports {
        let (number, protocol) = (port.at("port").int().unwrap_or(0), port.at("protocol").text());
        if !seen.insert((number, protocol)) {
            let value = json!({
                "Name": "", "Protocol": protocol, "AppProtocol": null, "Port": number, "TargetPort": 0,
                "NodePort": 0,
            });
            errors.push(FieldError::duplicate(port.path.as_str(), value));
        }
    }
}

fn addresses(spec: &Node<'_>, kind: &str, errors: &mut Errors) {
    for address in spec.at("externalIPs").items() {
        address.address(errors);
    }
    if kind == "ExternalName" {
        return;
    }
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    spec.at("ipFamilyPolicy").one_of(&policies, errors);
    let mut seen = HashSet::new();
    for family in spec.at("ipFamilies").items() {
        family.one_of(&["IPv4", "IPv6"], errors);
        if !seen.insert(family.text()) {
            family.duplicate(errors);
        }
    }
    let ips = spec.at("clusterIPs");
    let first = spec.at("clusterIP").text();
    let items = ips.items();
    if items.first().is_some_and(|ip| ip.text() != first) {
        ips.invalid("first value must match `clusterIP`", errors);
        return;
    }
    for ip in items.iter().filter(|ip| ip.text() != "None") {
        ip.address(errors);
    }
}

fn balancer(spec: &Node<'_>, kind: &str, errors: &mut Errors) {
    const ONLY: &str = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.at("loadBalancerSourceRanges");
    if !ranges.is_empty() {
        let ranges = ranges.called(format!("{}.LoadBalancerSourceRanges", spec.path));
        if kind != "LoadBalancer" {
            ranges.forbidden(ONLY, errors);
        }
        for item in ranges.items() {
            match range(item.text()) {
                Some((bits, prefix, all)) => {
                    let host = 1_u128.checked_shl(all - prefix).map_or(u128::MAX, |size| size - 1);
                    if bits & host != 0 {
                        let why = "must not have bits set beyond the prefix length";
                        item.invalid(why, errors);
                    }
                }
                None => item.range(errors),
            }
        }
    }
    if kind != "LoadBalancer" {
        for key in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if !spec.at(key).is_null() {
                spec.at(key).forbidden(ONLY, errors);
            }
        }
    }
}

fn traffic(spec: &Node<'_>, kind: &str, errors: &mut Errors) {
    let external = spec.at("externalTrafficPolicy");
    let is_external = matches!(kind, "NodePort" | "LoadBalancer")
        || (kind == "ClusterIP" && !spec.at("externalIPs").is_empty());
    if !is_external && !external.is_empty() {
        external.invalid("may only be set for externally-accessible services", errors);
    } else {
        external.one_of(&["Cluster", "Local"], errors);
    }
    let needs_check = kind == "LoadBalancer" && external.text() == "Local";
    let check = spec.at("healthCheckNodePort");
    if !needs_check && check.int().is_some_and(|number| number != 0) {
        let why =
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        check.invalid(why, errors);
    }
    spec.at("internalTrafficPolicy").one_of(&["Cluster", "Local"], errors);
    let ways = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    spec.at("trafficDistribution").one_of(&ways, errors);
}

/// What doesn't change in a service.
pub(super) fn service_update(spec: &Node<'_>, old: &Node<'_>, errors: &mut Errors) {
    let has_address = |spec: &Node<'_>| spec.at("type").text() != "ExternalName";
    let (ips, before) = (spec.at("clusterIPs"), old.at("clusterIPs"));
    if has_address(spec) && has_address(old) && !before.is_empty() {
        let first = |ips: &Node<'_>| ips.items().first().map(|ip| ip.value.clone());
        if first(&ips) != first(&before) {
            let value = ips.value.clone();
            let path = format!("{}[0]", ips.path);
            errors.push(FieldError::invalid(path, value, "may not change once set"));
        }
    }
    let is_balanced = |spec: &Node<'_>| spec.at("type").text() == "LoadBalancer";
    let class = spec.at("loadBalancerClass");
    let is_same = *class.value == *old.at("loadBalancerClass").value;
    if is_balanced(spec) && is_balanced(old) && !is_same {
        class.invalid("may not change once set", errors);
    }
}
