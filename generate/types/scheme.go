package main

import (
	"reflect"

	admissionv1 "k8s.io/api/admission/v1"
	imagepolicyv1alpha1 "k8s.io/api/imagepolicy/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// known has every kind that there is a Go type of.
var known = newScheme()

// unserved are the kinds that the server sends to webhooks.
var unserved = []schema.GroupVersionKind{
	admissionv1.SchemeGroupVersion.WithKind("AdmissionReview"),
	apiextensionsv1.SchemeGroupVersion.WithKind("ConversionReview"),
	imagepolicyv1alpha1.SchemeGroupVersion.WithKind("ImageReview"),
}

func newScheme() *runtime.Scheme {
	all := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme,
		admissionv1.AddToScheme,
		apiextensionsv1.AddToScheme,
		apiregistrationv1.AddToScheme,
		imagepolicyv1alpha1.AddToScheme,
	} {
		if err := add(all); err != nil {
			panic(err)
		}
	}
	metav1.AddToGroupVersion(all, schema.GroupVersion{Version: "v1"})
	return all
}

// packages are the group-versions of the Go packages.
func packages() map[string]schema.GroupVersion {
	packages := map[string]schema.GroupVersion{metaPackage: metaVersion}
	for kind, goType := range known.AllKnownTypes() {
		path := goType.PkgPath()
		if path == metaPackage || kind.Version == runtime.APIVersionInternal {
			continue
		}
		if other, twice := packages[path]; twice && other != kind.GroupVersion() {
			panic(path + " is the package of two group-versions")
		}
		packages[path] = kind.GroupVersion()
	}
	return packages
}

// metaPackage has what all groups share; it is no group-version of the server's.
var metaPackage = reflect.TypeFor[metav1.ObjectMeta]().PkgPath()

// metaVersion stands for metaPackage where a group-version is asked for.
var metaVersion = schema.GroupVersion{Group: "meta", Version: "v1"}
