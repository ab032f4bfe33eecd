package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
	"github.com/hashicorp/serf/serf"
)

// member is one row of a member table, in the words of the interop suites.
type member struct {
	Name   string            `json:"name"`
	Host   string            `json:"host"`
	Port   int               `json:"port"`
	Status string            `json:"status"`
	Tags   map[string]string `json:"tags"`
}

// received is a user event or a query that arrived.
type received struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Payload string `json:"payload"`
}

type method func(args []json.RawMessage) (any, error)

// node is what the requests are about: a serf, or a memberlist alone.
type node interface {
	methods() map[string]method
	shutdown() error
}

// decode reads the arguments of a request; those that are missing keep their zero value.
func decode(args []json.RawMessage, into ...any) error {
	if len(args) > len(into) {
		return fmt.Errorf("%d arguments are too many", len(args))
	}
	for i, arg := range args {
		if err := json.Unmarshal(arg, into[i]); err != nil {
			return err
		}
	}
	return nil
}

type serfNode struct {
	serf *serf.Serf

	mutex sync.Mutex
	log   []received
}

func startSerf(o options, memberlistConfig *memberlist.Config) (node, error) {
	events := make(chan serf.Event, 256)
	config := serf.DefaultConfig()
	config.NodeName = o.name
	config.Tags = o.tags
	config.EventCh = events
	config.MemberlistConfig = memberlistConfig
	config.LogOutput = memberlistConfig.LogOutput
	started, err := serf.Create(config)
	if err != nil {
		return nil, err
	}
	n := &serfNode{serf: started}
	go n.consume(events, config.LogOutput)
	return n, nil
}

// consume keeps what arrives and answers every query with the word "pong".
func (n *serfNode) consume(events <-chan serf.Event, log io.Writer) {
	for event := range events {
		switch e := event.(type) {
		case serf.UserEvent:
			n.keep(received{"event", e.Name, string(e.Payload)})
		case *serf.Query:
			n.keep(received{"query", e.Name, string(e.Payload)})
			if err := e.Respond([]byte("pong")); err != nil {
				fmt.Fprintf(log, "[ERR] go-peer: answering %s: %v\n", e.Name, err)
			}
		}
	}
}

func (n *serfNode) keep(r received) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.log = append(n.log, r)
}

func (n *serfNode) methods() map[string]method {
	return map[string]method{
		"members":    n.members,
		"join":       n.join,
		"leave":      func([]json.RawMessage) (any, error) { return nil, n.serf.Leave() },
		"forceLeave": n.forceLeave,
		"setTags":    n.setTags,
		"userEvent":  n.userEvent,
		"query":      n.query,
		"received":   n.received,
	}
}

func (n *serfNode) shutdown() error { return n.serf.Shutdown() }

func (n *serfNode) members([]json.RawMessage) (any, error) {
	rows := []member{}
	for _, m := range n.serf.Members() {
		rows = append(rows, member{m.Name, m.Addr.String(), int(m.Port), m.Status.String(), m.Tags})
	}
	return rows, nil
}

func (n *serfNode) join(args []json.RawMessage) (any, error) {
	var address string
	if err := decode(args, &address); err != nil {
		return nil, err
	}
	return n.serf.Join([]string{address}, false)
}

func (n *serfNode) forceLeave(args []json.RawMessage) (any, error) {
	var name string
	var prune bool
	if err := decode(args, &name, &prune); err != nil {
		return nil, err
	}
	if prune {
		return nil, n.serf.RemoveFailedNodePrune(name)
	}
	return nil, n.serf.RemoveFailedNode(name)
}

func (n *serfNode) setTags(args []json.RawMessage) (any, error) {
	var tags map[string]string
	if err := decode(args, &tags); err != nil {
		return nil, err
	}
	return nil, n.serf.SetTags(tags)
}

func (n *serfNode) userEvent(args []json.RawMessage) (any, error) {
	var name, payload string
	if err := decode(args, &name, &payload); err != nil {
		return nil, err
	}
	return nil, n.serf.UserEvent(name, []byte(payload), false)
}

// query asks everybody and gives the payloads that came back, by name.
func (n *serfNode) query(args []json.RawMessage) (any, error) {
	var name, payload string
	if err := decode(args, &name, &payload); err != nil {
		return nil, err
	}
	params := n.serf.DefaultQueryParams()
	params.Timeout = 5 * time.Second
	response, err := n.serf.Query(name, []byte(payload), params)
	if err != nil {
		return nil, err
	}
	answers := map[string]string{}
	for r := range response.ResponseCh() {
		answers[r.From] = string(r.Payload)
	}
	return answers, nil
}

func (n *serfNode) received([]json.RawMessage) (any, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return append([]received{}, n.log...), nil
}

// memberlistNode announces itself as a Serf would, and says nothing of Serf: the layer alone.
type memberlistNode struct {
	list *memberlist.Memberlist
}

func startMemberlist(_ options, config *memberlist.Config) (node, error) {
	config.DelegateProtocolMin, config.DelegateProtocolMax, config.DelegateProtocolVersion = 2, 5, 5
	list, err := memberlist.Create(config)
	if err != nil {
		return nil, err
	}
	return &memberlistNode{list}, nil
}

func (n *memberlistNode) methods() map[string]method {
	return map[string]method{
		"members": n.members,
		"join":    n.join,
		"leave":   func([]json.RawMessage) (any, error) { return nil, n.list.Leave(5 * time.Second) },
	}
}

func (n *memberlistNode) shutdown() error { return n.list.Shutdown() }

func (n *memberlistNode) members([]json.RawMessage) (any, error) {
	rows := []member{}
	for _, m := range n.list.Members() {
		rows = append(rows, member{m.Name, m.Addr.String(), int(m.Port), "alive", map[string]string{}})
	}
	return rows, nil
}

func (n *memberlistNode) join(args []json.RawMessage) (any, error) {
	var address string
	if err := decode(args, &address); err != nil {
		return nil, err
	}
	return n.list.Join([]string{address})
}
