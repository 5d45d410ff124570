//! Who may do what: `rbac.authorization.k8s.io`, `certificates.k8s.io`, and in `reviews` what is asked.

use kubeclient::meta_v1::LabelSelector;

use super::parts::{named, some, strings};
use super::plane::ROOM;
use super::trip::trips;

trips! {
    rbac_authorization_v1 {
        cluster_role_bindings(): ClusterRoleBinding => ClusterRoleBinding {
            metadata: named("everywhere"),
            subjects: subjects(),
            role_ref: RoleRef {
                api_group: "rbac.authorization.k8s.io".into(),
                kind: "ClusterRole".into(),
                name: "view".into(),
            },
        };
        cluster_roles(): ClusterRole => ClusterRole {
            metadata: named("reader"),
            rules: vec![
                rule(),
                PolicyRule {
                    verbs: strings(["get"]),
                    non_resource_urls: strings(["/healthz/*"]),
                    ..PolicyRule::default()
                },
            ],
            aggregation_rule: some(AggregationRule {
                cluster_role_selectors: vec![LabelSelector {
                    match_labels: [("example.com/aggregate", "yes")].into(),
                    ..LabelSelector::default()
                }],
            }),
        };
        role_bindings(ROOM): RoleBinding => RoleBinding {
            metadata: named("here"),
            subjects: subjects(),
            role_ref: RoleRef {
                api_group: "rbac.authorization.k8s.io".into(),
                kind: "Role".into(),
                name: "reader".into(),
            },
        };
        roles(ROOM): Role => Role { metadata: named("reader"), rules: vec![rule()] };
    }
    certificates_v1 {
        certificate_signing_requests(): CertificateSigningRequest => CertificateSigningRequest {
            metadata: named("request"),
            spec: CertificateSigningRequestSpec {
                request: signing_request().into(),
                signer_name: "example.com/nobody".into(),
                expiration_seconds: Some(3600),
                usages: strings(["digital signature", "client auth"]),
                ..CertificateSigningRequestSpec::default()
            },
            ..CertificateSigningRequest::default()
        };
    }
}

fn rule() -> kubeclient::rbac_authorization_v1::PolicyRule {
    kubeclient::rbac_authorization_v1::PolicyRule {
        verbs: strings(["get", "list"]),
        api_groups: strings(["", "apps"]),
        resources: strings(["pods/log", "deployments"]),
        resource_names: strings(["some"]),
        ..Default::default()
    }
}

fn subjects() -> Vec<kubeclient::rbac_authorization_v1::Subject> {
    use kubeclient::rbac_authorization_v1::Subject;

    vec![
        Subject {
            kind: "Group".into(),
            api_group: "rbac.authorization.k8s.io".into(),
            name: "nobody-at-all".into(),
            ..Subject::default()
        },
        Subject {
            kind: "ServiceAccount".into(),
            name: "robot".into(),
            namespace: ROOM.into(),
            ..Subject::default()
        },
    ]
}

fn signing_request() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    request.pem().unwrap().into_bytes()
}

pub(crate) mod reviews {
    //! Kinds that are asked and not kept.

    use super::*;
    use crate::builtins::answer::answers;

    answers! {
        authentication_v1 {
            self_subject_reviews(): SelfSubjectReview => |_| SelfSubjectReview::default(),
                |answer| {
                    let user = &answer.status.user_info;
                    assert!(user.groups.contains(&"system:masters".to_owned()), "{user:?}");
                };
            token_reviews(): TokenReview => |plane| {
                TokenReview {
                    spec: TokenReviewSpec {
                        token: plane.control_plane.user_token().into(),
                        ..TokenReviewSpec::default()
                    },
                    ..TokenReview::default()
                }
            }, |answer| {
                assert!(answer.status.authenticated, "{:?}", answer.status);
                assert_eq!(answer.status.user.username, "plain-user");
            };
        }
        authorization_v1 {
            local_subject_access_reviews(ROOM): LocalSubjectAccessReview => |_| {
                let mut attributes = attributes();
                attributes.namespace = ROOM.into();
                LocalSubjectAccessReview {
                    spec: SubjectAccessReviewSpec {
                        resource_attributes: some(attributes),
                        user: "nobody-at-all".into(),
                        ..SubjectAccessReviewSpec::default()
                    },
                    ..LocalSubjectAccessReview::default()
                }
            }, |answer| assert!(!answer.status.allowed);
            self_subject_access_reviews(): SelfSubjectAccessReview => |_| SelfSubjectAccessReview {
                spec: SelfSubjectAccessReviewSpec {
                    resource_attributes: some(attributes()),
                    ..SelfSubjectAccessReviewSpec::default()
                },
                ..SelfSubjectAccessReview::default()
            }, |answer| assert!(answer.status.allowed);
            self_subject_rules_reviews(): SelfSubjectRulesReview => |_| SelfSubjectRulesReview {
                spec: SelfSubjectRulesReviewSpec { namespace: ROOM.into() },
                ..SelfSubjectRulesReview::default()
            }, |answer| {
                let all = &mut answer.status.resource_rules;
                all.sort_by_key(|rule| format!("{rule:?}"));
                assert!(all.iter().any(|rule| rule.verbs == ["*"]), "{all:?}");
                let rules = &mut answer.status.non_resource_rules;
                rules.sort_by_key(|rule| format!("{rule:?}"));
                assert!(!rules.is_empty());
            };
            subject_access_reviews(): SubjectAccessReview => |_| SubjectAccessReview {
                spec: SubjectAccessReviewSpec {
                    non_resource_attributes: some(NonResourceAttributes {
                        path: "/metrics".into(),
                        verb: "get".into(),
                    }),
                    user: "a".into(),
                    groups: strings(["system:masters"]),
                    extra: [("example.com/x", strings(["1", "2"]))].into(),
                    uid: "7".into(),
                    ..SubjectAccessReviewSpec::default()
                },
                ..SubjectAccessReview::default()
            }, |answer| assert!(answer.status.allowed);
        }
    }

    fn attributes() -> kubeclient::authorization_v1::ResourceAttributes {
        kubeclient::authorization_v1::ResourceAttributes {
            verb: "list".into(),
            group: "apps".into(),
            resource: "deployments".into(),
            subresource: "scale".into(),
            ..Default::default()
        }
    }
}
