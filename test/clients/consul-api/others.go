package main

import (
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/hashicorp/consul/api"
	"github.com/hashicorp/consul/api/watch"
)

// otherCalls fires events and asks for the servers.
func otherCalls(client *api.Client, _ string) error {
	event := client.Event()
	id, _, err := event.Fire(&api.UserEvent{Name: "deploy", Payload: []byte("v1.2.3")}, nil)
	show("fire")(len(id), err)
	if err := eventually("the event has arrived", func() (bool, error) {
		events, _, err := event.List("deploy", nil)
		return len(events) == 1, err
	}); err != nil {
		return err
	}
	events, meta, err := event.List("deploy", nil)
	if err != nil {
		return err
	}
	show("the event's index is the id's")(event.IDToIndex(id) == meta.LastIndex, events[0].ID == id)
	events[0].ID, events[0].LTime = "", 0
	show("list")(events)
	show("list of an unknown name")(event.List("nope", nil))
	_, _, err = event.Fire(&api.UserEvent{Name: "deploy", NodeFilter: "(", ServiceFilter: "web"}, nil)
	show("fire with a bad filter")(err)
	leader, err := client.Status().Leader()
	show("leader")(leader, err)
	show("leader of an unknown datacenter")(client.Status().LeaderWithQueryOptions(&api.QueryOptions{Datacenter: "dc9"}))
	show("peers")(client.Status().Peers())
	return nil
}

// coordinateCalls reads and updates network coordinates. Their numbers are left out.
func coordinateCalls(client *api.Client, _ string) error {
	coordinate := client.Coordinate()
	show("register a node")(client.Catalog().Register(&api.CatalogRegistration{Node: "node-c", Address: "10.1.0.3"}, nil))
	if err := eventually("the agent's coordinate is entered", func() (bool, error) {
		nodes, _, err := coordinate.Nodes(nil)
		return len(nodes) == 1, err
	}); err != nil {
		return err
	}
	nodes, meta, err := coordinate.Nodes(nil)
	if err != nil {
		return err
	}
	show("nodes")(nodes[0].Node, nodes[0].Segment, len(nodes[0].Coord.Vec), meta)
	own := *nodes[0]
	own.Node = "node-c"
	show("update")(coordinate.Update(&own, nil))
	if err := eventually("the update is entered", func() (bool, error) {
		found, _, err := coordinate.Node("node-c", nil)
		return len(found) == 1, err
	}); err != nil {
		return err
	}
	found, _, err := coordinate.Node("node-c", nil)
	if err != nil {
		return err
	}
	show("the update")(reflect.DeepEqual(found[0].Coord, own.Coord))
	bad := own
	bad.Node = ""
	show("update without a node")(coordinate.Update(&bad, nil))
	show("unknown node")(coordinate.Node("nope", nil))
	datacenters, err := coordinate.Datacenters()
	if err != nil {
		return err
	}
	show("datacenters")(len(datacenters), datacenters[0].Datacenter, datacenters[0].AreaID, len(datacenters[0].Coordinates))
	show("deregister the node")(client.Catalog().Deregister(&api.CatalogDeregistration{Node: "node-c"}, nil))
	return nil
}

// blockingCalls waits for changes with the client's WaitIndex and WaitHash.
func blockingCalls(client *api.Client, _ string) error {
	enter(client)
	entries, meta, err := client.Health().Service("db", "", false, nil)
	if err != nil {
		return err
	}
	show("before")(len(entries))
	begun := time.Now()
	_, same, err := client.Health().Service("db", "", false, &api.QueryOptions{WaitIndex: meta.LastIndex, WaitTime: 200 * time.Millisecond})
	show("no change")(err, same.LastIndex == meta.LastIndex, time.Since(begun) >= 200*time.Millisecond)

	changed := make(chan []any, 1)
	go func() {
		entries, after, err := client.Health().Service("db", "", false, &api.QueryOptions{WaitIndex: meta.LastIndex, WaitTime: 30 * time.Second})
		changed <- []any{len(entries), after.LastIndex > meta.LastIndex, err}
	}()
	show("elsewhere")(client.Catalog().Register(&api.CatalogRegistration{Node: "node-z", Address: "10.1.0.26"}, nil))
	show("here")(register(client, registration("node-z", "10.1.0.26", "db-9", 5440)))
	show("a change")(<-changed...)
	show("deregister node-z")(client.Catalog().Deregister(&api.CatalogDeregistration{Node: "node-z"}, nil))
	remove(client.Catalog())

	agent := client.Agent()
	show("register")(agent.ServiceRegister(webService("web-1", 8001)))
	_, meta, err = agent.Service("web-1", nil)
	if err != nil {
		return err
	}
	go func() {
		service, after, err := agent.Service("web-1", &api.QueryOptions{WaitHash: meta.LastContentHash, WaitTime: 30 * time.Second})
		changed <- []any{service, after.LastContentHash != meta.LastContentHash, err}
	}()
	show("change its port")(agent.ServiceRegister(webService("web-1", 8009)))
	show("another hash")(<-changed...)
	show("deregister")(agent.ServiceDeregister("web-1"))
	return instances(client, "web", false, 0)
}

// traefikPairs reads a service as Traefik does, which takes the i-th instance of both lists for one.
func traefikPairs(client *api.Client, _ string) error {
	catalog := client.Catalog()
	for _, place := range []struct{ node, id string }{
		{"zeta", "b"}, {"alpha", "z"}, {"alpha", "a"}, {"Beta", "m"}, {"alpha", "B"}, {"mid", "1"}, {"mid", "10"}, {"mid", "2"},
	} {
		show("register " + place.node + "/" + place.id)(catalog.Register(&api.CatalogRegistration{
			Node: place.node, Address: "10.1.0.4", SkipNodeUpdate: false,
			Service: &api.AgentService{ID: place.id, Service: "shop", Tags: []string{"traefik.enable=true"}},
		}, nil))
	}
	for _, options := range []*api.QueryOptions{nil, {AllowStale: true}, {UseCache: true}, {RequireConsistent: true}} {
		services, _, err := catalog.Service("shop", "traefik.enable=true", options)
		if err != nil {
			return err
		}
		entries, _, err := client.Health().Service("shop", "traefik.enable=true", false, options)
		if err != nil {
			return err
		}
		if len(services) != 8 || len(entries) != 8 {
			return fmt.Errorf("%d and %d of 8 instances", len(services), len(entries))
		}
		order := make([]string, 0, len(services))
		for i, service := range services {
			if service.Node != entries[i].Node.Node || service.ServiceID != entries[i].Service.ID {
				return fmt.Errorf("place %d is %s/%s in the catalog and %s/%s in the health list", i,
					service.Node, service.ServiceID, entries[i].Node.Node, entries[i].Service.ID)
			}
			order = append(order, service.Node+"/"+service.ServiceID)
		}
		show("one order")(order)
	}
	for _, node := range []string{"zeta", "alpha", "Beta", "mid"} {
		show("deregister " + node)(catalog.Deregister(&api.CatalogDeregistration{Node: node}, nil))
	}
	return nil
}

// watchPlans runs the plans behind `consul watch`, each until it has delivered what it should.
func watchPlans(client *api.Client, address string) error {
	enter(client)
	plans := []struct {
		name       string
		parameters map[string]any
		wanted     func(any) bool
	}{
		{"nodes", map[string]any{"type": "nodes"}, func(data any) bool { return len(data.([]*api.Node)) == 4 }},
		{"services", map[string]any{"type": "services"}, func(data any) bool { return data.(map[string][]string)["queue"] != nil }},
		{"service", map[string]any{"type": "service", "service": "queue"}, func(data any) bool { return len(data.([]*api.ServiceEntry)) == 1 }},
		{"service with a tag, passing", map[string]any{"type": "service", "service": "queue", "passingonly": true, "tag": "t1"}, func(data any) bool { return len(data.([]*api.ServiceEntry)) == 1 }},
		{"checks of a service", map[string]any{"type": "checks", "service": "queue"}, func(data any) bool { return len(data.([]*api.HealthCheck)) == 1 }},
		{"checks by state", map[string]any{"type": "checks", "state": "warning"}, func(data any) bool { return len(data.([]*api.HealthCheck)) == 3 }},
		{"event", map[string]any{"type": "event", "name": "go"}, func(data any) bool { return len(data.([]*api.UserEvent)) == 1 }},
	}
	var running sync.WaitGroup
	results := make([]any, len(plans))
	errs := make([]error, len(plans))
	started := make(chan struct{}, len(plans))
	for i, one := range plans {
		plan, err := watch.Parse(one.parameters)
		if err != nil {
			return err
		}
		var once sync.Once
		plan.Handler = func(_ uint64, data any) {
			// The first call is what was there before.
			once.Do(func() { started <- struct{}{} })
			if one.wanted(data) {
				results[i] = data
				plan.Stop()
			}
		}
		running.Add(1)
		go func() {
			defer running.Done()
			errs[i] = plan.Run(address)
		}()
		time.AfterFunc(20*time.Second, plan.Stop)
	}
	for range plans {
		select {
		case <-started:
		case <-time.After(10 * time.Second):
			return fmt.Errorf("a plan delivered nothing at its start")
		}
	}
	queue := registration("node-q", "10.1.0.5", "queue-1", 5672)
	queue.Service.Service, queue.Service.Tags = "queue", []string{"t1"}
	queue.Checks = []map[string]any{
		{"Node": "node-q", "CheckID": "service:queue-1", "Name": "queue", "Status": api.HealthPassing, "ServiceID": "queue-1"},
	}
	show("register a queue")(register(client, queue))
	show("a warning of a node")(register(client, entry{
		Node: "node-b", Address: "10.1.0.2", SkipNodeUpdate: true,
		Checks: []map[string]any{{"Node": "node-b", "CheckID": "heat", "Name": "heat", "Status": api.HealthWarning}},
	}))
	_, _, err := client.Event().Fire(&api.UserEvent{Name: "go", Payload: []byte("now")}, nil)
	show("fire")(err)
	running.Wait()
	for i, one := range plans {
		if results[i] == nil {
			return fmt.Errorf("the plan %q has not delivered the change: %v", one.name, errs[i])
		}
		if events, ok := results[i].([]*api.UserEvent); ok {
			events[0].ID, events[0].LTime = "", 0
		}
		show("plan " + one.name)(results[i])
	}
	show("deregister node-q")(client.Catalog().Deregister(&api.CatalogDeregistration{Node: "node-q"}, nil))
	remove(client.Catalog())
	return nil
}
