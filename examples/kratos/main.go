// Two instances of a go-kratos service register with a Consul agent, find each other, and leave.
//
// Every step prints one line of JSON. The program ends by itself, with exit code 0 when each step
// showed what it should.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sort"
	"time"

	consul "github.com/go-kratos/kratos/contrib/registry/consul/v2"
	"github.com/go-kratos/kratos/v2"
	"github.com/go-kratos/kratos/v2/log"
	"github.com/go-kratos/kratos/v2/registry"
	"github.com/go-kratos/kratos/v2/transport/grpc"
	"github.com/go-kratos/kratos/v2/transport/http"
	"github.com/google/uuid"
	consulAPI "github.com/hashicorp/consul/api"
)

// Name is what consumers look for. Each instance adds a UUID, because ids must differ.
const Name = "helloworld"

// heartbeatSeconds is short so that the example sees several of them; the registry's default is ten.
const heartbeatSeconds = 1

func main() {
	address := flag.String("consul", "127.0.0.1:8500", "address of a Consul agent")
	flag.Parse()
	if err := run(*address); err != nil {
		slog.Error("the example failed", "error", err)
		os.Exit(1)
	}
}

func run(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	config := consulAPI.DefaultConfig()
	config.Address = address
	config.Scheme = "http"
	client, err := consulAPI.NewClient(config)
	if err != nil {
		return err
	}
	// No TCP checks by the agent; the instances send heartbeats instead.
	reg := consul.New(client,
		consul.WithHealthCheck(false),
		consul.WithHealthCheckInterval(heartbeatSeconds),
	)

	_, err = reg.GetService(ctx, Name)
	if err == nil {
		return fmt.Errorf("%s is registered already", Name)
	}
	report("unknown service", err.Error())

	// A watcher may come first: its service does not exist yet.
	watcher, err := reg.Watch(ctx, Name)
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Stop() }()

	one, err := start(ctx, reg, "v1.0.0")
	if err != nil {
		return err
	}
	if err := waitFor(watcher, "first instance", "v1.0.0"); err != nil {
		return err
	}
	two, err := start(ctx, reg, "v1.1.0")
	if err != nil {
		return err
	}
	if err := waitFor(watcher, "second instance", "v1.0.0", "v1.1.0"); err != nil {
		return err
	}
	found, err := reg.GetService(ctx, Name)
	if err != nil {
		return err
	}
	report("discovery", describe(found))
	if err := reportRegistration(client, one); err != nil {
		return err
	}

	// Heartbeats keep the instances passing for longer than the TTL, which is two intervals.
	if err := staysPassing(ctx, client, 3*heartbeatSeconds*time.Second); err != nil {
		return err
	}

	if err := two.stop(); err != nil {
		return err
	}
	if err := waitFor(watcher, "second instance has left", "v1.0.0"); err != nil {
		return err
	}
	// kratos may deregister an instance a second time.
	if err := reg.Deregister(ctx, &registry.ServiceInstance{ID: two.app.ID(), Name: Name}); err != nil {
		return err
	}
	report("deregistered again", "no error")

	if err := one.stop(); err != nil {
		return err
	}
	entries, _, err := client.Health().Service(Name, "", false, nil)
	if err != nil {
		return err
	}
	report("all have left", len(entries))
	return nil
}

// service is one running kratos application.
type service struct {
	app  *kratos.App
	done chan error
}

// start runs an application with an HTTP and a gRPC server, and waits until it is registered.
func start(ctx context.Context, registrar registry.Registrar, version string) (*service, error) {
	started := make(chan struct{})
	app := kratos.New(
		kratos.ID(Name+"-"+uuid.NewString()),
		kratos.Name(Name),
		kratos.Version(version),
		kratos.Metadata(map[string]string{"zone": "z1"}),
		kratos.Logger(log.NewFilter(log.DefaultLogger, log.FilterLevel(log.LevelError))),
		kratos.Server(
			http.NewServer(http.Address("127.0.0.1:0")),
			grpc.NewServer(grpc.Address("127.0.0.1:0")),
		),
		kratos.Registrar(registrar),
		kratos.AfterStart(func(context.Context) error {
			close(started)
			return nil
		}),
	)
	s := &service{app: app, done: make(chan error, 1)}
	go func() { s.done <- app.Run() }()
	select {
	case <-started:
		return s, nil
	case err := <-s.done:
		return nil, fmt.Errorf("%s did not start: %w", version, err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stop deregisters the application and waits for its end.
func (s *service) stop() error {
	if err := s.app.Stop(); err != nil {
		return err
	}
	return <-s.done
}

// waitFor takes what the watcher delivers until it has instances of exactly these versions.
func waitFor(watcher registry.Watcher, step string, versions ...string) error {
	for {
		instances, err := watcher.Next()
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		if len(instances) != len(versions) {
			continue
		}
		described := describe(instances)
		for i, version := range versions {
			if described[i].Version != version {
				return fmt.Errorf("%s: found %+v, expected %v", step, described, versions)
			}
		}
		report(step, described)
		return nil
	}
}

// instance is what of an instance does not change from run to run, but for its id and ports.
type instance struct {
	ID, Name, Version string
	Metadata          map[string]string
	Endpoints         []string
}

func describe(instances []*registry.ServiceInstance) []instance {
	described := make([]instance, 0, len(instances))
	for _, one := range instances {
		endpoints := append([]string(nil), one.Endpoints...)
		sort.Strings(endpoints)
		described = append(described, instance{one.ID, one.Name, one.Version, one.Metadata, endpoints})
	}
	sort.Slice(described, func(i, j int) bool { return described[i].Version < described[j].Version })
	return described
}

// reportRegistration shows the service and its check as the agent has them.
func reportRegistration(client *consulAPI.Client, s *service) error {
	registered, _, err := client.Agent().Service(s.app.ID(), nil)
	if err != nil {
		return err
	}
	report("registration", registered)
	check := "service:" + s.app.ID()
	checks, err := client.Agent().Checks()
	if err != nil {
		return err
	}
	if checks[check] == nil {
		return fmt.Errorf("the agent has no check %s", check)
	}
	report("heartbeat", checks[check])
	return nil
}

// staysPassing looks at the health of both instances whenever it changes.
func staysPassing(ctx context.Context, client *consulAPI.Client, howLong time.Duration) error {
	end := time.Now().Add(howLong)
	options := (&consulAPI.QueryOptions{}).WithContext(ctx)
	for {
		entries, meta, err := client.Health().Service(Name, "", true, options)
		if err != nil {
			return err
		}
		if len(entries) != 2 {
			return fmt.Errorf("%d of 2 instances are passing", len(entries))
		}
		left := time.Until(end)
		if left <= 0 {
			report("still passing", len(entries))
			return nil
		}
		options.WaitIndex, options.WaitTime = meta.LastIndex, left
	}
}

func report(step string, result any) {
	line, err := json.Marshal(map[string]any{"step": step, "result": result})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
