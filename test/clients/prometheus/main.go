// Command prometheus runs the Consul service discovery of Prometheus, unmodified, for as long as its standard input is
// open, and prints the targets of every group that it sends as one line of JSON.
//
//	prometheus HOST:PORT CONFIGURATION   the configuration is the consul_sd_config in YAML or JSON, without the server
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sort"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/consul"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"go.yaml.in/yaml/v2"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: prometheus HOST:PORT CONFIGURATION"))
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func run(server, configuration string) error {
	var config consul.SDConfig
	if err := yaml.Unmarshal([]byte(configuration), &config); err != nil {
		return err
	}
	config.Server = server
	registry := prometheus.NewRegistry()
	metrics := config.NewDiscovererMetrics(registry, discovery.NewRefreshMetrics(registry))
	if err := metrics.Register(); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	found, err := consul.NewDiscovery(&config, logger, metrics)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	groups := make(chan []*targetgroup.Group)
	go found.Run(ctx, groups)
	for {
		select {
		case <-ctx.Done():
			return nil
		case batch := <-groups:
			for _, group := range batch {
				if err := show(group); err != nil {
					return err
				}
			}
		}
	}
}

func show(group *targetgroup.Group) error {
	targets := make([]map[string]string, 0, len(group.Targets))
	for _, target := range group.Targets {
		labels := map[string]string{}
		for name, value := range target {
			labels[string(name)] = string(value)
		}
		targets = append(targets, labels)
	}
	sort.SliceStable(targets, func(i, j int) bool {
		return targets[i]["__meta_consul_service_id"] < targets[j]["__meta_consul_service_id"]
	})
	line, err := json.Marshal(map[string]any{"source": group.Source, "labels": group.Labels, "targets": targets})
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(line))
	return err
}
