package main

import (
	"fmt"

	"github.com/hashicorp/consul/api"
)

// entry is a registration with checks. The client's own has a field ExposedPort, which Consul 1.8.7 refuses.
type entry struct {
	Node, Address             string
	TaggedAddresses, NodeMeta map[string]string `json:",omitempty"`
	Service                   *api.AgentService `json:",omitempty"`
	Checks                    []map[string]any
	SkipNodeUpdate            bool
}

func registration(node, address, id string, port int) entry {
	return entry{
		Node:            node,
		Address:         address,
		TaggedAddresses: map[string]string{"lan": address, "wan": "198.18.0.1"},
		NodeMeta:        map[string]string{"rack": "r-" + node},
		Service: &api.AgentService{
			ID: id, Service: "db", Tags: []string{"sql", id}, Port: port,
			Meta: map[string]string{"engine": "x"},
			TaggedAddresses: map[string]api.ServiceAddress{
				"lan": {Address: "192.0.2.1", Port: port},
			},
		},
		Checks: []map[string]any{
			{"Node": node, "CheckID": "service:" + id, "Name": "db", "Status": api.HealthPassing, "ServiceID": id},
			{"Node": node, "CheckID": "disk", "Name": "disk", "Status": api.HealthWarning, "Output": "90 % <full> & \u2028"},
		},
	}
}

func register(client *api.Client, body entry) error {
	_, err := client.Raw().Write("/v1/catalog/register", body, nil, nil)
	return err
}

// enter registers two nodes with three services.
func enter(client *api.Client) {
	show("register db-1")(register(client, registration("node-a", "10.1.0.1", "db-1", 5432)))
	show("register db-2")(register(client, registration("node-a", "10.1.0.1", "db-2", 5433)))
	show("register db-3")(register(client, registration("node-b", "10.1.0.2", "db-3", 5434)))
}

// remove removes them.
func remove(catalog *api.Catalog) {
	for _, node := range []string{"node-a", "node-b"} {
		show("deregister " + node)(catalog.Deregister(&api.CatalogDeregistration{Node: node}, nil))
	}
}

func catalogCalls(client *api.Client, _ string) error {
	catalog := client.Catalog()
	show("datacenters")(catalog.Datacenters())
	enter(client)
	show("register a check in the client's own form")(catalog.Register(&api.CatalogRegistration{
		Node: "node-a", Address: "10.1.0.1", Check: &api.AgentCheck{CheckID: "disk", Status: api.HealthPassing},
	}, nil))
	show("register without a node")(catalog.Register(&api.CatalogRegistration{Address: "10.1.0.9"}, nil))
	show("register without an address")(catalog.Register(&api.CatalogRegistration{Node: "x"}, nil))
	show("register a bad id")(catalog.Register(&api.CatalogRegistration{ID: "x", Node: "x", Address: "10.1.0.9"}, nil))
	show("nodes")(catalog.Nodes(nil))
	show("nodes by meta")(catalog.Nodes(&api.QueryOptions{NodeMeta: map[string]string{"rack": "r-node-b"}}))
	show("nodes by filter")(catalog.Nodes(&api.QueryOptions{Filter: `Meta.rack matches "^r-node-[ab]$" and Node != "node-a"`}))
	show("nodes by a bad filter")(catalog.Nodes(&api.QueryOptions{Filter: `Nope == 1`}))
	show("nodes near one")(catalog.Nodes(&api.QueryOptions{Near: "node-b", Filter: `Node matches "node-"`}))
	show("nodes of an unknown datacenter")(catalog.Nodes(&api.QueryOptions{Datacenter: "dc9"}))
	show("services")(catalog.Services(nil))
	show("services by meta")(catalog.Services(&api.QueryOptions{NodeMeta: map[string]string{"rack": "r-node-b"}}))
	for _, tag := range []string{"", "sql", "db-2", "none"} {
		show(fmt.Sprintf("service with tag %q", tag))(catalog.Service("db", tag, nil))
	}
	show("service with two tags")(catalog.ServiceMultipleTags("db", []string{"sql", "db-3"}, nil))
	show("service, cached")(catalog.Service("db", "", &api.QueryOptions{UseCache: true, Filter: `ServiceID == "db-1"`}))
	show("service, stale")(catalog.Service("db", "db-1", &api.QueryOptions{AllowStale: true}))
	show("service, consistent")(catalog.Service("db", "db-1", &api.QueryOptions{RequireConsistent: true}))
	show("service, both")(catalog.Service("db", "db-1", &api.QueryOptions{RequireConsistent: true, AllowStale: true}))
	show("unknown service")(catalog.Service("nope", "", nil))
	show("connect")(catalog.Connect("db", "", nil))
	show("connect with tags")(catalog.ConnectMultipleTags("db", []string{"sql"}, nil))
	show("node")(catalog.Node("node-a", nil))
	show("unknown node")(catalog.Node("nope", nil))
	show("services of a node")(catalog.NodeServiceList("node-a", &api.QueryOptions{Filter: `Port != 5432`}))
	show("services of an unknown node")(catalog.NodeServiceList("nope", nil))
	show("services of a gateway")(catalog.GatewayServices("nope", nil))
	show("deregister a service")(catalog.Deregister(&api.CatalogDeregistration{Node: "node-a", ServiceID: "db-1"}, nil))
	show("deregister a check")(catalog.Deregister(&api.CatalogDeregistration{Node: "node-a", CheckID: "disk"}, nil))
	show("deregister an unknown node")(catalog.Deregister(&api.CatalogDeregistration{Node: "nope"}, nil))
	show("deregister without a node")(catalog.Deregister(&api.CatalogDeregistration{ServiceID: "db-1"}, nil))
	show("what is left")(catalog.Service("db", "", nil))
	remove(catalog)
	show("nothing is left")(catalog.Service("db", "", nil))
	return nil
}

func healthCalls(client *api.Client, _ string) error {
	enter(client)
	health := client.Health()
	show("service")(health.Service("db", "", false, nil))
	show("service with a tag")(health.Service("db", "db-2", false, nil))
	show("service with two tags")(health.ServiceMultipleTags("db", []string{"sql", "db-3"}, false, nil))
	show("only passing ones")(health.Service("db", "", true, nil))
	show("service by filter")(health.Service("db", "", false, &api.QueryOptions{Filter: `Service.Port == 5434 and Checks.Status != "critical"`}))
	show("service by meta")(health.Service("db", "", false, &api.QueryOptions{NodeMeta: map[string]string{"rack": "r-node-b"}}))
	show("service near a node")(health.Service("db", "", false, &api.QueryOptions{Near: "_agent", Filter: `Service.ID == "db-1"`}))
	show("service, cached")(health.Service("db", "db-1", false, &api.QueryOptions{UseCache: true}))
	show("unknown service")(health.Service("nope", "", false, nil))
	show("connect")(health.Connect("db", "", false, nil))
	show("connect with tags")(health.ConnectMultipleTags("db", []string{"sql"}, true, nil))
	show("ingress")(health.Ingress("db", false, nil))
	show("node")(health.Node("node-a", nil))
	show("node by filter")(health.Node("node-a", &api.QueryOptions{Filter: `ServiceID == ""`}))
	show("unknown node")(health.Node("nope", nil))
	show("checks")(health.Checks("db", nil))
	show("checks by meta")(health.Checks("db", &api.QueryOptions{NodeMeta: map[string]string{"rack": "r-node-a"}}))
	for _, state := range []string{api.HealthWarning, api.HealthCritical} {
		show("state " + state)(health.State(state, nil))
	}
	show("any state")(health.State(api.HealthAny, &api.QueryOptions{Filter: `Node matches "node-"`}))
	show("an unknown state")(health.State("unwell", nil))
	entries, _, err := health.Service("db", "", false, nil)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		show("sum of " + entry.Service.ID)(entry.Checks.AggregatedStatus())
	}
	remove(client.Catalog())
	return nil
}
