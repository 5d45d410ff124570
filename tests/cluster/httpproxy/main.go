// Command httpproxy decides with Go's own rules which proxy leads to which server, so that a test can compare
// what kubeclient decides. Each line of its input is a JSON object; each line of its output is the proxy without
// its user name and password, `direct`, or `error`.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

type row struct {
	HTTPProxy  string `json:"http_proxy"`
	HTTPSProxy string `json:"https_proxy"`
	NoProxy    string `json:"no_proxy"`
	IsCGI      bool   `json:"is_cgi"`
	Server     string `json:"server"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked row
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		fmt.Println(decide(asked))
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func decide(asked row) string {
	server, err := url.Parse(asked.Server)
	if err != nil {
		fail(err)
	}
	config := httpproxy.Config{
		HTTPProxy:  asked.HTTPProxy,
		HTTPSProxy: asked.HTTPSProxy,
		NoProxy:    asked.NoProxy,
		CGI:        asked.IsCGI,
	}
	proxy, err := config.ProxyFunc()(server)
	switch {
	case err != nil:
		return "error"
	case proxy == nil:
		return "direct"
	default:
		return proxy.Scheme + "://" + proxy.Host
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
