//! What decides over other requests: admission, flow control; and what asks for devices.

use serde_json::{Value, json};

use super::{at, default, each, text};

/// Webhooks and policies of admission.
pub(super) fn admission(kind: &str, object: &mut Value) {
    each(object, "webhooks", |webhook| {
        default(webhook, "failurePolicy", "Fail");
        default(webhook, "matchPolicy", "Equivalent");
        default(webhook, "namespaceSelector", json!({}));
        default(webhook, "objectSelector", json!({}));
        default(webhook, "timeoutSeconds", 10);
        if kind == "MutatingWebhookConfiguration" {
            default(webhook, "reinvocationPolicy", "Never");
        }
        each(webhook, "rules", |rule| default(rule, "scope", "*"));
        at(webhook, "clientConfig", |config| {
            at(config, "service", |service| default(service, "port", 443));
        });
    });
    at(object, "spec", |spec| {
        if matches!(kind, "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") {
            default(spec, "failurePolicy", "Fail");
        }
        for key in ["matchConstraints", "matchResources"] {
            at(spec, key, |wanted| {
                default(wanted, "matchPolicy", "Equivalent");
                default(wanted, "namespaceSelector", json!({}));
                default(wanted, "objectSelector", json!({}));
                for key in ["resourceRules", "excludeResourceRules"] {
                    each(wanted, key, |rule| default(rule, "scope", "*"));
                }
            });
        }
    });
}

/// Flow schemas and priority levels.
pub(super) fn flow(kind: &str, object: &mut Value) {
    at(object, "spec", |spec| {
        if kind == "FlowSchema" {
            default(spec, "matchingPrecedence", 1000);
        }
        at(spec, "exempt", |exempt| {
            default(exempt, "nominalConcurrencyShares", 0);
            default(exempt, "lendablePercent", 0);
        });
        at(spec, "limited", |limited| {
            default(limited, "nominalConcurrencyShares", 30);
            default(limited, "lendablePercent", 0);
            at(limited, "limitResponse", |response| {
                at(response, "queuing", |queuing| {
                    default(queuing, "queues", 64);
                    default(queuing, "queueLengthLimit", 50);
                    default(queuing, "handSize", 8);
                });
            });
        });
    });
}

/// The requests of a claim for devices.
pub(super) fn device_requests(spec: &mut Value) {
    fn amount(request: &mut Value) {
        default(request, "allocationMode", "ExactCount");
        if text(request, "allocationMode") == "ExactCount" {
            default(request, "count", 1);
        }
    }
    at(spec, "devices", |devices| {
        each(devices, "requests", |request| {
            at(request, "exactly", amount);
            each(request, "firstAvailable", amount);
        });
    });
}
