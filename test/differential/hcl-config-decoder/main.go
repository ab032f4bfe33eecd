// Command hcl-config-decoder answers what Consul 1.8.7 reads from configuration files: one JSON string a line in, each the
// text of a file in HCL, one line of JSON out. It wrote the values in packages/agent/test/vectors/hcl-config.json. Consul is
// large, so that no suite builds it; `go mod tidy` fetches what it needs.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/consul/agent/config"
)

// deprecated is accepted with a warning, although it means nothing.
const deprecated = "acl_enforce_version_8"

// answer has a value or a fault; a text may also end the goroutine of Consul's parser.
func answer(text string) (out map[string]any) {
	defer func() {
		if fault := recover(); fault != nil {
			out = map[string]any{"fault": fmt.Sprint("panic: ", fault)}
		}
	}()
	values, metadata, err := config.FileSource{Name: "file.hcl", Format: "hcl", Data: text}.Parse()
	if err == config.ErrNoData {
		return map[string]any{"value": map[string]any{}}
	}
	if err != nil {
		return map[string]any{"fault": err.Error()}
	}
	for _, key := range metadata.Unused {
		if key != deprecated {
			return map[string]any{"fault": "unknown key " + key}
		}
	}
	return map[string]any{"value": values}
}

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		var text string
		err := in.Decode(&text)
		if err == io.EOF {
			return
		}
		if err == nil {
			err = out.Encode(answer(text))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
