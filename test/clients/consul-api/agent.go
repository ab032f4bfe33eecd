package main

import (
	"fmt"

	"github.com/hashicorp/consul/api"
)

func webService(id string, port int) *api.AgentServiceRegistration {
	return &api.AgentServiceRegistration{
		ID:      id,
		Name:    "web",
		Tags:    []string{"primary", "v1"},
		Port:    port,
		Address: "10.9.8.7",
		Meta:    map[string]string{"version": "4"},
		Weights: &api.AgentWeights{Passing: 7, Warning: 2},
		TaggedAddresses: map[string]api.ServiceAddress{
			"lan":  {Address: "10.9.8.7", Port: port},
			"http": {Address: fmt.Sprintf("http://10.9.8.7:%d", port), Port: port},
		},
		Check: &api.AgentServiceCheck{TTL: "1h", Status: api.HealthPassing, Notes: "by hand"},
	}
}

// agentCalls registers, reads, changes and removes services of the agent.
func agentCalls(client *api.Client, _ string) error {
	agent := client.Agent()
	self, err := agent.Self()
	if err != nil {
		return err
	}
	show("self")(self["Config"]["Datacenter"], self["Config"]["NodeName"], self["Config"]["Server"])
	name, err := agent.NodeName()
	show("node name")(name, err)
	members, err := agent.Members(false)
	if err != nil {
		return err
	}
	show("members")(len(members), members[0].Name, members[0].Status)
	show("no services")(agent.Services())
	show("an unknown service")(agent.Service("nope", nil))

	show("register web-1")(agent.ServiceRegister(webService("web-1", 8001)))
	show("register web-2")(agent.ServiceRegisterOpts(webService("web-2", 8002), api.ServiceRegisterOpts{ReplaceExistingChecks: true}))
	show("register a name alone")(agent.ServiceRegister(&api.AgentServiceRegistration{Name: "bare"}))
	show("register without a name")(agent.ServiceRegister(&api.AgentServiceRegistration{ID: "x"}))
	show("register with both kinds of a check")(agent.ServiceRegister(&api.AgentServiceRegistration{
		Name: "bad", Check: &api.AgentServiceCheck{TTL: "10s", HTTP: "http://127.0.0.1:1/", Interval: "nope"},
	}))
	show("registered services")(agent.Services())
	show("services by filter")(agent.ServicesWithFilter(`Service == "web" and Port != 8001 or "v2" in Tags and Meta.version == "4"`))
	show("services by a bad filter")(agent.ServicesWithFilter(`Service ==`))
	show("services by tag")(agent.ServicesWithFilter(`"primary" in Tags`))
	service, meta, err := agent.Service("web-1", nil)
	show("one service")(service, meta, err)
	if err := instances(client, "web", true, 2); err != nil {
		return err
	}
	if err := instances(client, "bare", true, 1); err != nil {
		return err
	}
	status, info, err := agent.AgentHealthServiceByID("web-1")
	show("health by id")(status, info, err)
	status, infos, err := agent.AgentHealthServiceByName("web")
	show("health by name")(status, len(infos), err)
	status, infos, err = agent.AgentHealthServiceByName("nope")
	show("health of an unknown name")(status, infos, err)
	status, info, err = agent.AgentHealthServiceByID("nope")
	show("health of an unknown id")(status, info, err)
	if err := maintenance(client); err != nil {
		return err
	}

	changed := webService("web-2", 9002)
	changed.Tags = []string{"secondary"}
	show("change web-2")(agent.ServiceRegister(changed))
	show("web-2 changed")(first(agent.Services())["web-2"])
	for _, id := range []string{"web-1", "web-2", "bare"} {
		show("deregister " + id)(agent.ServiceDeregister(id))
	}
	show("deregister it again")(agent.ServiceDeregister("web-1"))
	show("no services any more")(agent.Services())
	if err := instances(client, "web", false, 0); err != nil {
		return err
	}
	show("leave by force, an unknown node")(agent.ForceLeave("no-such-node"))
	return nil
}

// maintenance takes a service and then the node out of answers.
func maintenance(client *api.Client) error {
	agent := client.Agent()
	show("maintenance of a service")(agent.EnableServiceMaintenance("web-1", "new disk"))
	if err := instances(client, "web", true, 1); err != nil {
		return err
	}
	show("its check")(first(agent.Checks())["_service_maintenance:web-1"])
	status, _, err := agent.AgentHealthServiceByID("web-1")
	show("health in maintenance")(status, err)
	show("maintenance of an unknown service")(agent.EnableServiceMaintenance("nope", ""))
	show("end of maintenance")(agent.DisableServiceMaintenance("web-1"))
	if err := instances(client, "web", true, 2); err != nil {
		return err
	}
	show("maintenance of the node")(agent.EnableNodeMaintenance(""))
	if err := instances(client, "web", true, 0); err != nil {
		return err
	}
	show("its check")(first(agent.Checks())["_node_maintenance"])
	show("end of the node's maintenance")(agent.DisableNodeMaintenance())
	return instances(client, "web", true, 2)
}

// checkCalls registers checks with and without a service, and moves them.
func checkCalls(client *api.Client, _ string) error {
	agent := client.Agent()
	show("register redis")(agent.ServiceRegister(&api.AgentServiceRegistration{
		Name: "redis",
		Checks: api.AgentServiceChecks{
			{CheckID: "redis:ttl", TTL: "1h"},
			{Name: "port", TCP: "127.0.0.1:1", Interval: "1h", Timeout: "1s", Status: api.HealthPassing},
		},
	}))
	show("register a check of it")(agent.CheckRegister(&api.AgentCheckRegistration{
		ID: "redis:more", Name: "more", ServiceID: "redis", AgentServiceCheck: api.AgentServiceCheck{TTL: "1h"},
	}))
	show("register a check of the node")(agent.CheckRegister(&api.AgentCheckRegistration{
		Name: "disk", Notes: "space", AgentServiceCheck: api.AgentServiceCheck{TTL: "1h", Status: api.HealthWarning},
	}))
	show("register a check of an unknown service")(agent.CheckRegister(&api.AgentCheckRegistration{
		Name: "lost", ServiceID: "nope", AgentServiceCheck: api.AgentServiceCheck{TTL: "1h"},
	}))
	show("register a check without a kind")(agent.CheckRegister(&api.AgentCheckRegistration{Name: "nothing"}))
	show("register an alias")(agent.CheckRegister(&api.AgentCheckRegistration{
		Name: "alias", AgentServiceCheck: api.AgentServiceCheck{AliasService: "redis"},
	}))
	show("pass")(agent.PassTTL("redis:ttl", "fine"))
	show("warn")(agent.WarnTTL("redis:more", "slow"))
	show("update")(agent.UpdateTTL("disk", "full", api.HealthCritical))
	show("update to an unknown status")(agent.UpdateTTL("disk", "full", "unwell"))
	show("pass a check that is no TTL")(agent.PassTTL("service:redis:2", ""))
	show("pass an unknown check")(agent.PassTTL("nope", ""))
	// The alias and the TCP check change by themselves.
	checksNow := first(agent.Checks())
	for _, id := range []string{"alias", "service:redis:2"} {
		if checksNow[id] == nil {
			return fmt.Errorf("check %s is missing", id)
		}
		checksNow[id].Output, checksNow[id].Status = "", ""
	}
	show("checks")(checksNow)
	show("checks by filter")(agent.ChecksWithFilter(`Status == "critical" and Name == "disk"`))
	show("fail")(agent.FailTTL("redis:ttl", "gone"))
	if err := instances(client, "redis", true, 0); err != nil {
		return err
	}
	if err := eventually("the output is in the catalog", func() (bool, error) {
		checks, _, err := client.Health().Checks("redis", &api.QueryOptions{Filter: `Output == "gone"`})
		return len(checks) == 1, err
	}); err != nil {
		return err
	}
	checks, meta, err := client.Health().Checks("redis", &api.QueryOptions{Filter: `CheckID != "service:redis:2"`})
	show("checks of the catalog")(checks, meta, err)
	show("deregister a check")(agent.CheckDeregister("redis:more"))
	show("deregister an unknown check")(agent.CheckDeregister("nope"))
	for _, id := range []string{"disk", "alias"} {
		show("deregister " + id)(agent.CheckDeregister(id))
	}
	show("deregister redis")(agent.ServiceDeregister("redis"))
	show("no checks")(agent.Checks())
	return instances(client, "redis", false, 0)
}

func first[T any](value T, _ error) T { return value }
