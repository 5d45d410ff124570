//! The addresses and node ports that the server gives to services.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::field::FieldError;
use crate::object::Object;
use crate::store::{Stored, Transaction};

/// Addresses are `10.0.0.1` to `10.0.0.254`, then on in `10.0.1.0/24` and so forth: more than the real
/// server's range has by default, so that no test runs out of it.
const FIRST_ADDRESS: u32 = u32::from_be_bytes([10, 0, 0, 2]);
const ADDRESSES: u32 = 65_000;
const FIRST_PORT: i64 = 30_000;
const LAST_PORT: i64 = 32_767;

/// Gives a new service what it needs.
pub(super) fn on_create(transaction: &Transaction<'_>, service: &mut Value) -> Result<()> {
    service["status"] = json!({"loadBalancer": {}});
    let address = address_of(service).to_owned();
    if !address.is_empty() && service["spec"].get("clusterIPs").is_none() {
        service["spec"]["clusterIPs"] = json!([address]);
    }
    allocate(transaction, service)
}

/// Gives a changed service what it needs now, and keeps what it has.
pub(super) fn on_update(
    transaction: &Transaction<'_>,
    service: &mut Value,
    live: &Value,
) -> Result<()> {
    let kind = kind(service).to_owned();
    let had_address = kind_of(live) != "ExternalName";
    if kind == "ExternalName" {
        let keys = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"];
        for key in keys.into_iter().chain(["internalTrafficPolicy"]) {
            remove(service, key);
        }
    } else if had_address {
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let empty = service["spec"].get(key).is_none_or(|value| value.is_null() || value == "");
            if let (true, Some(kept)) = (empty, live.get("spec").and_then(|spec| spec.get(key))) {
                service["spec"][key] = kept.clone();
            }
        }
    }
    let (address, before) = (address_of(service).to_owned(), address_of(live));
    let list =
        |service: &Value| service.get("spec").and_then(|spec| spec.get("clusterIPs")).cloned();
    if kind != "ExternalName" && address != before && list(service) == list(live) {
        service["spec"]["clusterIPs"] = json!([address]);
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        keep_ports(service, live);
    } else if has_node_ports(live) {
        drop_ports(service, live);
    }
    if !matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        remove(service, "externalTrafficPolicy");
    }
    if kind != "LoadBalancer" {
        remove(service, "allocateLoadBalancerNodePorts");
    }
    allocate(transaction, service)
}

fn kind(service: &Value) -> &str {
    kind_of(service)
}

fn kind_of(service: &Value) -> &str {
    let kind = service.get("spec").and_then(|spec| spec.get("type"));
    kind.and_then(Value::as_str).unwrap_or("ClusterIP")
}

fn remove(service: &mut Value, key: &str) {
    if let Some(spec) = service.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove(key);
    }
}

fn allocate(transaction: &Transaction<'_>, service: &mut Value) -> Result<()> {
    if !service["spec"].is_object() || kind(service) == "ExternalName" {
        return Ok(());
    }
    check_families(service)?;
    let others = transaction.list("services", None);
    allocate_address(&others, service)?;
    if matches!(kind(service), "NodePort" | "LoadBalancer") {
        allocate_ports(&others, service)?;
    }
    let is_local = service["spec"].get("externalTrafficPolicy") == Some(&"Local".into());
    let check = service["spec"].get("healthCheckNodePort").and_then(Value::as_i64).unwrap_or(0);
    if kind(service) == "LoadBalancer" && is_local && check == 0 {
        let mut taken = taken_ports(others.iter());
        taken.extend(ports(service).filter_map(node_port));
        let free = (FIRST_PORT..=LAST_PORT).find(|number| !taken.contains(number));
        let free =
            free.ok_or_else(|| Failure::internal("failed to allocate a nodePort: range is full"))?;
        service["spec"]["healthCheckNodePort"] = free.into();
    }
    Ok(())
}

/// Refuses what needs addresses of version 6: there are none.
fn check_families(service: &Value) -> Result<()> {
    let spec = &service["spec"];
    let list = |key: &str| spec.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let has_selector = spec.get("selector").is_some_and(|selector| *selector != json!({}));
    if address_of(service) == "None" && !has_selector {
        return Ok(());
    }
    let mut errors = Vec::new();
    for (index, (address, family)) in list("clusterIPs").iter().zip(list("ipFamilies")).enumerate()
    {
        let is_six = address.as_str().is_some_and(|address| address.contains(':'));
        let wanted = if *family == "IPv6" { (true, "an IPv6") } else { (false, "an IPv4") };
        if *address != "None" && is_six != wanted.0 {
            let why = format!("expected {} value as indicated by `ipFamilies[{index}]`", wanted.1);
            let field = format!("spec.clusterIPs[{index}]");
            errors.push(FieldError::invalid(field, address.clone(), why));
        }
    }
    if errors.is_empty() {
        if spec.get("ipFamilyPolicy") == Some(&json!("RequireDualStack")) {
            let why = "this cluster is not configured for dual-stack services";
            errors.push(FieldError::invalid("spec.ipFamilyPolicy", "RequireDualStack", why));
        }
        for (index, family) in
            list("ipFamilies").iter().enumerate().filter(|(_, is)| **is == "IPv6")
        {
            let why = "not configured on this cluster";
            let field = format!("spec.ipFamilies[{index}]");
            errors.push(FieldError::invalid(field, family.clone(), why));
        }
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Failure::invalid("Service", "", service.name(), &errors)),
    }
}

fn allocate_address(others: &[Stored], service: &mut Value) -> Result<()> {
    let given = service["spec"].get("clusterIP").and_then(Value::as_str).unwrap_or_default();
    let address = match given {
        "" => free_address(others)
            .ok_or_else(|| Failure::internal("failed to allocate a serviceIP: range is full"))?,
        "None" => "None".to_owned(),
        given => {
            if !given.starts_with("10.0.") {
                let why = format!(
                    "failed to allocate IP {given}: the provided network does not match the current range"
                );
                // What is no address at all is for the rules of services to refuse.
                if given.parse::<std::net::IpAddr>().is_ok() {
                    let error = FieldError::invalid("spec.clusterIPs", json!([given]), why);
                    return Err(Failure::invalid("Service", "", service.name(), &[error]));
                }
            }
            let is_mine = |stored: &&Stored| {
                stored.value.name() == service.name()
                    && stored.value.namespace() == service.namespace()
            };
            let taken = others.iter().filter(|stored| !is_mine(stored));
            if taken.into_iter().any(|stored| address_of(&stored.value) == given) {
                let why = "failed to allocate IP ".to_owned()
                    + given
                    + ": provided IP is already allocated";
                let error = FieldError::invalid("spec.clusterIPs", json!([given]), why);
                return Err(Failure::invalid("Service", "", service.name(), &[error]));
            }
            given.to_owned()
        }
    };
    let is_headless = address == "None";
    let has_selector = service["spec"]
        .get("selector")
        .and_then(Value::as_object)
        .is_some_and(|selector| !selector.is_empty());
    let spec = &mut service["spec"];
    spec["clusterIP"] = address.as_str().into();
    if spec.get("clusterIPs").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        spec["clusterIPs"] = json!([address]);
    }
    // A headless service without a selector is for endpoints of either family.
    let both = is_headless && !has_selector;
    if spec.get("ipFamilies").is_none_or(Value::is_null) {
        spec["ipFamilies"] = if both { json!(["IPv4", "IPv6"]) } else { json!(["IPv4"]) };
    }
    if spec.get("ipFamilyPolicy").is_none_or(Value::is_null) {
        spec["ipFamilyPolicy"] = if both { "RequireDualStack" } else { "SingleStack" }.into();
    }
    Ok(())
}

fn address_of(service: &Value) -> &str {
    let address = service.get("spec").and_then(|spec| spec.get("clusterIP"));
    address.and_then(Value::as_str).unwrap_or_default()
}

fn free_address(others: &[Stored]) -> Option<String> {
    let taken: HashSet<&str> = others.iter().map(|stored| address_of(&stored.value)).collect();
    let mut addresses = (0..ADDRESSES).map(|number| {
        let [a, b, c, d] = (FIRST_ADDRESS + number).to_be_bytes();
        format!("{a}.{b}.{c}.{d}")
    });
    addresses.find(|address| {
        !address.ends_with(".0") && !address.ends_with(".255") && !taken.contains(address.as_str())
    })
}

fn ports(service: &Value) -> impl Iterator<Item = &Value> {
    let ports = service.get("spec").and_then(|spec| spec.get("ports"));
    ports.and_then(Value::as_array).into_iter().flatten()
}

fn node_port(port: &Value) -> Option<i64> {
    port.get("nodePort").and_then(Value::as_i64).filter(|number| *number != 0)
}

fn has_node_ports(service: &Value) -> bool {
    ports(service).any(|port| node_port(port).is_some())
}

/// A port keeps its node port when a write leaves it out.
fn keep_ports(service: &mut Value, live: &Value) {
    let Some(ports_now) = service["spec"].get_mut("ports").and_then(Value::as_array_mut) else {
        return;
    };
    for port in ports_now.iter_mut().filter(|port| port.is_object() && node_port(port).is_none()) {
        let same = ports(live).find(|old| {
            old.get("port") == port.get("port") && old.get("protocol") == port.get("protocol")
        });
        if let Some(number) = same.and_then(node_port) {
            port["nodePort"] = number.into();
        }
    }
}

/// A service that has no node ports any more loses those that it had.
fn drop_ports(service: &mut Value, live: &Value) {
    let old: Vec<i64> = ports(live).filter_map(node_port).collect();
    let Some(ports_now) = service["spec"].get_mut("ports").and_then(Value::as_array_mut) else {
        return;
    };
    for port in ports_now.iter_mut() {
        if node_port(port).is_some_and(|number| old.contains(&number))
            && let Value::Object(map) = port
        {
            map.remove("nodePort");
        }
    }
}

/// The ports of the nodes that services have.
fn taken_ports<'a>(services: impl Iterator<Item = &'a Stored>) -> HashSet<i64> {
    let mut taken = HashSet::new();
    for service in services {
        taken.extend(ports(&service.value).filter_map(node_port));
        let health = service.value.get("spec").and_then(|spec| spec.get("healthCheckNodePort"));
        taken.extend(health.and_then(Value::as_i64));
    }
    taken
}

fn allocate_ports(others: &[Stored], service: &mut Value) -> Result<()> {
    let off = Some(&Value::Bool(false));
    if kind(service) == "LoadBalancer"
        && service["spec"].get("allocateLoadBalancerNodePorts") == off
    {
        return Ok(());
    }
    let is_mine = |stored: &&Stored| {
        stored.value.name() == service.name() && stored.value.namespace() == service.namespace()
    };
    let others = others.iter().filter(|stored| !is_mine(stored));
    let mut taken = taken_ports(others);
    let name = service.name().to_owned();
    let Some(list) = service["spec"].get_mut("ports").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    for (index, port) in list.iter_mut().enumerate() {
        if !port.is_object() {
            continue;
        }
        let field = format!("spec.ports[{index}].nodePort");
        let invalid = |number: i64, why: &str| {
            let error = FieldError::invalid(field.clone(), number, why);
            Err(Failure::invalid("Service", "", &name, &[error]))
        };
        match node_port(port) {
            Some(number) if !(FIRST_PORT..=LAST_PORT).contains(&number) => {
                return invalid(
                    number,
                    "provided port is not in the valid range. The range of valid ports is 30000-32767",
                );
            }
            Some(number) if !taken.insert(number) => {
                return invalid(number, "provided port is already allocated");
            }
            Some(_) => {}
            None => {
                let free = (FIRST_PORT..=LAST_PORT).find(|number| !taken.contains(number));
                let number = free.ok_or_else(|| {
                    Failure::internal("failed to allocate a nodePort: range is full")
                })?;
                taken.insert(number);
                port["nodePort"] = number.into();
            }
        }
    }
    Ok(())
}
