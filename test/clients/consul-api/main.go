// Command consul-api calls a Consul agent through HashiCorp's Go client, unmodified, and prints what each call
// returned as one line of JSON.
//
//	consul-api -consul HOST:PORT PART...
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/hashicorp/consul/api"
)

// parts are the groups of calls. Each begins and ends with an agent that has nothing registered.
var parts = map[string]func(*api.Client, string) error{
	"agent":      agentCalls,
	"checks":     checkCalls,
	"catalog":    catalogCalls,
	"health":     healthCalls,
	"blocking":   blockingCalls,
	"others":     otherCalls,
	"watch":      watchPlans,
	"traefik":    traefikPairs,
	"coordinate": coordinateCalls,
	"locks":      lockCalls,
	"locker":     locker,
}

func main() {
	address := flag.String("consul", "127.0.0.1:8500", "address of a Consul agent")
	flag.Parse()
	config := api.DefaultConfig()
	config.Address = *address
	client, err := api.NewClient(config)
	if err != nil {
		fail(err)
	}
	for _, name := range flag.Args() {
		part, ok := parts[name]
		if !ok {
			fail(fmt.Errorf("there is no part %q", name))
		}
		if err := part(client, *address); err != nil {
			fail(fmt.Errorf("%s: %w", name, err))
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// show prints what a call returned: its values, or its error. Its result takes those of the call as they are.
func show(step string) func(...any) {
	return func(values ...any) { report(step, values) }
}

func report(step string, values []any) {
	printed := make([]any, 0, len(values))
	for _, value := range values {
		switch typed := value.(type) {
		case nil:
		case error:
			printed = append(printed, describeError(typed))
		case *api.QueryMeta:
			if typed != nil {
				printed = append(printed, describeMeta(typed))
			}
		case *api.WriteMeta:
		default:
			if !isNil(value) {
				printed = append(printed, value)
			} else {
				printed = append(printed, fmt.Sprintf("nil %T", value))
			}
		}
	}
	line, err := json.Marshal(map[string]any{"step": step, "result": printed})
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
}

// isNil tells a nil list from an empty one, which clients may do too.
func isNil(value any) bool {
	switch reflected := reflect.ValueOf(value); reflected.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return reflected.IsNil()
	default:
		return false
	}
}

func describeError(err error) any {
	var status api.StatusError
	if errors.As(err, &status) {
		return map[string]any{"status": status.Code, "body": status.Body}
	}
	return map[string]any{"error": err.Error()}
}

// describeMeta leaves out times, and the numbers of indexes, which count other writes too.
func describeMeta(meta *api.QueryMeta) any {
	return map[string]any{
		"hasIndex":    meta.LastIndex > 0,
		"contentHash": meta.LastContentHash,
		"lastContact": meta.LastContact,
		"knownLeader": meta.KnownLeader,
		"translation": meta.AddressTranslationEnabled,
		"cacheHit":    meta.CacheHit,
	}
}

// eventually waits until something that happens by itself has happened.
func eventually(what string, happened func() (bool, error)) error {
	end := time.Now().Add(20 * time.Second)
	for {
		done, err := happened()
		if err == nil && done {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s has not happened: %w", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// instances waits until the catalog has so many instances of a service, all passing or not.
func instances(client *api.Client, service string, passingOnly bool, count int) error {
	what := fmt.Sprintf("%s with %d instances (only passing ones: %t)", service, count, passingOnly)
	return eventually(what, func() (bool, error) {
		entries, _, err := client.Health().Service(service, "", passingOnly, nil)
		return len(entries) == count, err
	})
}
