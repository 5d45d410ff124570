// Command execoutput reads with client-go's own decoder what exec plugins wrote, so that a test can compare what
// kubeclient reads. Each line of its input is a JSON object; each line of its output is one, too: the token, or what is
// wrong.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/pkg/apis/clientauthentication"
	"k8s.io/client-go/pkg/apis/clientauthentication/install"
)

type row struct {
	APIVersion string `json:"apiVersion"`
	// In base64: it may be any bytes.
	Output []byte `json:"output"`
}

type answer struct {
	Token string `json:"token"`
	Error string `json:"error"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var asked row
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		read, err := decode(asked)
		if err != nil {
			read = answer{Error: err.Error()}
		}
		line, err := json.Marshal(read)
		if err != nil {
			fail(err)
		}
		fmt.Println(string(line))
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

// decode does what client-go's plugin/pkg/client/auth/exec does with the output.
func decode(asked row) (answer, error) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	codecs := serializer.NewCodecFactory(scheme)
	group, err := schema.ParseGroupVersion(asked.APIVersion)
	if err != nil {
		return answer{}, err
	}
	read := &clientauthentication.ExecCredential{}
	_, kind, err := codecs.UniversalDecoder(group).Decode(asked.Output, nil, read)
	switch {
	case err != nil:
		return answer{}, err
	case kind.GroupVersion() != group:
		return answer{}, fmt.Errorf("of version %s", kind.GroupVersion())
	case read.Status == nil:
		return answer{}, fmt.Errorf("no status")
	case read.Status.Token == "":
		return answer{}, fmt.Errorf("no token")
	}
	return answer{Token: read.Status.Token}, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
