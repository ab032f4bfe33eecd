package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/consul/api"
)

// lockCalls takes locks and semaphores, from each other and from themselves.
func lockCalls(client *api.Client, _ string) error {
	options := func(key string) *api.LockOptions {
		return &api.LockOptions{
			Key: key, Value: []byte("who"), LockTryOnce: true, LockWaitTime: 200 * time.Millisecond,
			LockDelay: time.Millisecond,
		}
	}
	first, err := client.LockOpts(options("lock/a"))
	show("first lock")(err)
	second, err := client.LockOpts(options("lock/a"))
	show("second lock")(err)
	lost, err := first.Lock(nil)
	show("lock")(lost != nil, err)
	_, err = first.Lock(nil)
	show("lock again")(err)
	other, err := second.Lock(nil)
	show("lock what another holds")(other == nil, err)
	pair, _, err := client.KV().Get("lock/a", nil)
	show("the key")(string(pair.Value), pair.Flags == api.LockFlagValue, pair.LockIndex, pair.Session != "", err)
	show("destroy what is held")(first.Destroy())
	show("destroy what another holds")(second.Destroy())
	show("unlock what another holds")(second.Unlock())
	show("unlock")(first.Unlock())
	<-lost
	show("unlock again")(first.Unlock())
	_, err = second.Lock(nil)
	show("lock what was released")(err)
	show("unlock by the second")(second.Unlock())
	show("destroy")(second.Destroy())
	show("destroy again")(second.Destroy())

	_, err = client.KV().Put(&api.KVPair{Key: "lock/b", Value: []byte("x"), Flags: 7}, nil)
	show("a key that is no lock")(err)
	conflict, err := client.LockOpts(options("lock/b"))
	show("lock on it")(err)
	_, err = conflict.Lock(nil)
	show("lock it")(err)
	show("destroy it")(conflict.Destroy())
	return semaphoreCalls(client)
}

func semaphoreCalls(client *api.Client) error {
	semaphores := make([]*api.Semaphore, 0, 3)
	for range 3 {
		semaphore, err := client.SemaphoreOpts(&api.SemaphoreOptions{
			Prefix: "slots", Limit: 2, SemaphoreTryOnce: true, SemaphoreWaitTime: 200 * time.Millisecond,
		})
		if err != nil {
			return err
		}
		semaphores = append(semaphores, semaphore)
	}
	for at, semaphore := range semaphores {
		lost, err := semaphore.Acquire(nil)
		show(fmt.Sprintf("slot %d", at))(lost != nil, err)
	}
	show("destroy while slots are taken")(semaphores[2].Destroy())
	show("release")(semaphores[0].Release())
	lost, err := semaphores[2].Acquire(nil)
	show("the slot that was released")(lost != nil, err)
	wrong, err := client.SemaphoreOpts(&api.SemaphoreOptions{Prefix: "slots", Limit: 3, SemaphoreTryOnce: true})
	if err != nil {
		return err
	}
	_, err = wrong.Acquire(nil)
	show("another limit")(err)
	show("release 1")(semaphores[1].Release())
	show("release 2")(semaphores[2].Release())
	show("release again")(semaphores[2].Release())
	show("destroy")(semaphores[0].Destroy())
	keys, _, err := client.KV().Keys("slots", "", nil)
	show("keys left")(len(keys), err)
	return nil
}

// order is a line of standard input for locker.
type order struct {
	Op    string
	Name  string
	Key   string
	Limit int
}

// holdable is a lock or a semaphore.
type holdable struct {
	take    func(<-chan struct{}) (<-chan struct{}, error)
	giveUp  func() error
	destroy func() error
}

// locker takes and gives up locks and semaphores as its standard input says, and prints what happens.
func locker(client *api.Client, _ string) error {
	var printing sync.Mutex
	say := func(what, name string, err error) {
		printing.Lock()
		defer printing.Unlock()
		show(what + " " + name)(err)
	}
	held := map[string]holdable{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked order
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		switch asked.Op {
		case "take":
			one, err := newHoldable(client, asked)
			if err != nil {
				return err
			}
			held[asked.Name] = one
			go func() {
				lost, err := one.take(nil)
				say("held", asked.Name, err)
				if err != nil {
					return
				}
				<-lost
				say("lost", asked.Name, nil)
			}()
		case "give up":
			say("given up", asked.Name, held[asked.Name].giveUp())
		case "destroy":
			say("destroyed", asked.Name, held[asked.Name].destroy())
		default:
			return fmt.Errorf("there is no order %q", asked.Op)
		}
	}
	return lines.Err()
}

func newHoldable(client *api.Client, asked order) (holdable, error) {
	if asked.Limit > 0 {
		one, err := client.SemaphoreOpts(&api.SemaphoreOptions{Prefix: asked.Key, Limit: asked.Limit, SessionTTL: "10s"})
		if err != nil {
			return holdable{}, err
		}
		return holdable{one.Acquire, one.Release, one.Destroy}, nil
	}
	one, err := client.LockOpts(&api.LockOptions{Key: asked.Key, SessionTTL: "10s", LockDelay: time.Millisecond})
	if err != nil {
		return holdable{}, err
	}
	return holdable{one.Lock, one.Unlock, one.Destroy}, nil
}
