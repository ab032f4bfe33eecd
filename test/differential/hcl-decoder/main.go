// Command hcl-decoder answers what hcl v1.0.0 makes of texts: one JSON string a line in, one line of JSON out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/hcl"
)

// answer has a value or a fault; a text may also end the library's goroutine.
func answer(text string) (out map[string]any) {
	defer func() {
		if fault := recover(); fault != nil {
			out = map[string]any{"fault": fmt.Sprint("panic: ", fault)}
		}
	}()
	var values map[string]any
	if err := hcl.Decode(&values, text); err != nil {
		return map[string]any{"fault": err.Error()}
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
