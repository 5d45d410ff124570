package main

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestFieldsAreNamedInSnakeCaseWithAcronymsKept(t *testing.T) {
	for json, name := range map[string]string{
		"hostIP":                         "host_ip",
		"podIPs":                         "pod_ips",
		"podCIDRs":                       "pod_cidrs",
		"nonResourceURLs":                "non_resource_urls",
		"targetCPUUtilizationPercentage": "target_cpu_utilization_percentage",
		"fsGroup":                        "fs_group",
		"caBundle":                       "ca_bundle",
		"scaleIO":                        "scale_io",
		"openAPIV3Schema":                "open_api_v3_schema",
		"$ref":                           "ref_path",
		"Port":                           "port",
		"type":                           "type_",
		"default":                        "default",
		"x-kubernetes-int-or-string":     "x_kubernetes_int_or_string",
	} {
		if got := rustName(json); got != name {
			t.Errorf("%s: got %s, expected %s", json, got, name)
		}
	}
}

func TestAccessorsArePluralsInTheWordsOfTheKind(t *testing.T) {
	for _, one := range [][3]string{
		{"ReplicaSet", "replicasets", "replica_sets"},
		{"NetworkPolicy", "networkpolicies", "network_policies"},
		{"Endpoints", "endpoints", "endpoints"},
		{"APIService", "apiservices", "api_services"},
		{"ServiceCIDR", "servicecidrs", "service_cidrs"},
		{"IPAddress", "ipaddresses", "ip_addresses"},
	} {
		if got := accessorName(one[0], one[1]); got != one[2] {
			t.Errorf("%s: got %s, expected %s", one[0], got, one[2])
		}
	}
}

func TestModulesAreNamedAfterTheirGroupVersion(t *testing.T) {
	for version, name := range map[string]string{"v1": "core_v1", "apps/v1": "apps_v1", "rbac.authorization.k8s.io/v1": "rbac_authorization_v1"} {
		parsed, err := schema.ParseGroupVersion(version)
		if got := moduleName(parsed); err != nil || got != name {
			t.Errorf("%s: got %s, expected %s", version, got, name)
		}
	}
}
