// go-peer is one node of the newest serf, or with -pure of the newest memberlist alone, for the interop suites.
//
// It is driven over its standard streams, one JSON a line: {"id":1,"method":"join","args":["127.0.0.1:7946"]} is
// answered by {"id":1,"result":...} or {"id":1,"error":"..."}. It prints "ready" once it listens, logs to its
// standard output too, and ends when its standard input does.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/hashicorp/memberlist"
)

// options is what the flags say.
type options struct {
	name                  string
	host                  string
	port                  int
	profile               string
	tags                  tagFlags
	label                 string
	skipInboundLabelCheck bool
	key                   string
	compression           bool
	pure                  bool
}

// tagFlags collects -tag key=value, which may be given more than once.
type tagFlags map[string]string

func (t tagFlags) String() string { return fmt.Sprint(map[string]string(t)) }

func (t tagFlags) Set(text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found {
		return fmt.Errorf("%q is not key=value", text)
	}
	t[key] = value
	return nil
}

// request is one line of the standard input.
type request struct {
	ID     int               `json:"id"`
	Method string            `json:"method"`
	Args   []json.RawMessage `json:"args"`
}

// reply is one line of answer; the reader looks for `{"id":N,` at its start.
type reply struct {
	ID     int    `json:"id"`
	Result any    `json:"result"`
	Error  string `json:"error,omitempty"`
}

// lines writes whole lines of all writers to the standard output: the answers and the log of the library.
type lines struct {
	mutex sync.Mutex
}

func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return os.Stdout.Write(line)
}

func (l *lines) answer(id int, result any, err error) {
	answer := reply{ID: id, Result: result}
	if err != nil {
		answer = reply{ID: id, Error: err.Error()}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(l, "%s\n", text)
}

func parseOptions() options {
	o := options{tags: tagFlags{}}
	flag.StringVar(&o.name, "name", "", "the member's name")
	flag.StringVar(&o.host, "host", "127.0.0.1", "the address to bind")
	flag.IntVar(&o.port, "port", 7946, "the port to bind")
	flag.StringVar(&o.profile, "profile", "local", "lan, wan or local")
	flag.Var(o.tags, "tag", "key=value, as often as needed")
	flag.StringVar(&o.label, "label", "", "the label of packets and streams")
	flag.BoolVar(&o.skipInboundLabelCheck, "skip-inbound-label-check", false, "expect no label on what arrives")
	flag.StringVar(&o.key, "encrypt", "", "base64 of a key of 16, 24 or 32 bytes")
	flag.BoolVar(&o.compression, "compression", true, "compress what is sent")
	flag.BoolVar(&o.pure, "pure", false, "memberlist alone, without Serf")
	flag.Parse()
	return o
}

// memberlistConfig is what both kinds of node share.
func memberlistConfig(o options, log *lines) (*memberlist.Config, error) {
	profiles := map[string]func() *memberlist.Config{
		"lan":   memberlist.DefaultLANConfig,
		"wan":   memberlist.DefaultWANConfig,
		"local": memberlist.DefaultLocalConfig,
	}
	profile, known := profiles[o.profile]
	if !known {
		return nil, fmt.Errorf("unknown profile %q", o.profile)
	}
	config := profile()
	config.Name = o.name
	config.BindAddr, config.BindPort = o.host, o.port
	config.AdvertiseAddr, config.AdvertisePort = o.host, o.port
	config.Label = o.label
	config.SkipInboundLabelCheck = o.skipInboundLabelCheck
	config.EnableCompression = o.compression
	config.LogOutput = log
	key, err := base64.StdEncoding.DecodeString(o.key)
	if err != nil {
		return nil, fmt.Errorf("-encrypt: %w", err)
	}
	if len(key) > 0 {
		config.SecretKey = key
	}
	return config, nil
}

func run() error {
	o := parseOptions()
	out := &lines{}
	config, err := memberlistConfig(o, out)
	if err != nil {
		return err
	}
	start := startSerf
	if o.pure {
		start = startMemberlist
	}
	started, err := start(o, config)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	for input.Scan() {
		var r request
		if err := json.Unmarshal(input.Bytes(), &r); err != nil {
			return fmt.Errorf("bad request: %w", err)
		}
		method, known := started.methods()[r.Method]
		if !known {
			out.answer(r.ID, nil, fmt.Errorf("no method %q here", r.Method))
			continue
		}
		// On its own goroutine: a leave takes seconds, and members may be asked for meanwhile.
		go func() {
			result, err := method(r.Args)
			out.answer(r.ID, result, err)
		}()
	}
	return started.shutdown()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "go-peer:", err)
		os.Exit(1)
	}
}
