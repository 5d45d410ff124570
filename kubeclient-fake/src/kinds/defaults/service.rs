//! Services.

use serde_json::{Value, json};

use super::{at, child, default, each, text};

pub(super) fn service(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "sessionAffinity", "None");
    if text(spec, "sessionAffinity") == "ClientIP" {
        let config = child(spec, "sessionAffinityConfig");
        default(child(config, "clientIP"), "timeoutSeconds", 10_800);
    }
    default(spec, "type", "ClusterIP");
    each(spec, "ports", |port| {
        default(port, "protocol", "TCP");
        let number = port.get("port").cloned().unwrap_or(Value::Null);
        if port
            .get("targetPort")
            .is_none_or(|target| *target == 0 || *target == "" || target.is_null())
        {
            port["targetPort"] = number;
        }
    });
    let kind = text(spec, "type").to_owned();
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        default(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind != "ExternalName" {
        default(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        default(spec, "allocateLoadBalancerNodePorts", true);
        at(object, "status", |status| at(status, "loadBalancer", ingress));
    }
    default(object, "status", json!({"loadBalancer": {}}));
}

fn ingress(balancer: &mut Value) {
    each(balancer, "ingress", |entry| {
        if !text(entry, "ip").is_empty() {
            default(entry, "ipMode", "VIP");
        }
    });
}
