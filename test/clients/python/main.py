"""Calls a Consul agent through a Python client, unmodified, and prints what each call returned as one line of JSON.

    PYTHONPATH=FOLDER python3 main.py HOST PORT

The calls are those that py-consul and the older python-consul have in common.
"""

import json
import sys
import threading
import time

import consul


def show(step, call):
    """Prints what a call returned, or its error. An index is replaced by whether there is one."""
    try:
        result = call()
    except consul.base.ConsulException as error:
        print(json.dumps({"step": step, "result": [type(error).__name__, str(error)]}))
        return
    if isinstance(result, tuple):
        index, value = result
        result = [index is not None and int(index) > 0, value]
    print(json.dumps({"step": step, "result": result}))


def eventually(what, happened):
    end = time.monotonic() + 20
    while not happened():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} has not happened")
        time.sleep(0.02)


def agent_calls(client):
    agent = client.agent
    show("no services", agent.services)
    check = consul.Check.ttl("1h")
    show(
        "register",
        lambda: agent.service.register(
            "web", service_id="web-1", address="10.9.8.7", port=8001, tags=["v1"], check=check, enable_tag_override=True
        ),
    )
    show("register the name alone", lambda: agent.service.register("bare"))
    show("services", agent.services)
    show("pass", lambda: agent.check.ttl_pass("service:web-1", notes="fine"))
    eventually("web passes", lambda: len(client.health.service("web", passing=True)[1]) == 1)
    show("checks", agent.checks)
    show("warn", lambda: agent.check.ttl_warn("service:web-1"))
    show("register a check", lambda: agent.check.register("disk", check=consul.Check.ttl("1h"), notes="space"))
    show("register a check of a service", lambda: agent.check.register("more", ttl="1h", service_id="web-1"))
    show("pass disk", lambda: agent.check.ttl_pass("disk"))
    show("fail", lambda: agent.check.ttl_fail("disk", notes="full"))
    eventually(
        "disk fails",
        lambda: any(check["Name"] == "disk" and check["Output"] == "full" for check in client.health.node("n1")[1]),
    )
    show("the node's checks", lambda: client.health.node("n1"))
    show("maintenance", lambda: agent.service.maintenance("web-1", True, "new disk"))
    eventually("web is gone", lambda: client.health.service("web", passing=True)[1] == [])
    show("maintenance ends", lambda: agent.service.maintenance("web-1", False))
    show("maintenance of the node", lambda: agent.maintenance(True, "move"))
    show("maintenance of the node ends", lambda: agent.maintenance(False))
    show("a bad registration", lambda: agent.service.register(""))
    for check_id in ["disk", "more", "nope"]:
        show("deregister " + check_id, lambda: agent.check.deregister(check_id))
    for service_id in ["web-1", "bare"]:
        show("deregister " + service_id, lambda: agent.service.deregister(service_id))
    eventually("web is not in the catalog", lambda: client.catalog.service("web")[1] == [])
    show("no services any more", agent.services)


def catalog_calls(client):
    catalog, health = client.catalog, client.health
    for number in (2, 1):
        service = {"service": "db", "id": f"db-{number}", "tags": ["sql"], "port": 5430 + number, "address": "10.1.0.9"}
        check = {"name": "db", "checkid": f"service:db-{number}", "status": "passing", "serviceid": f"db-{number}"}
        show("register", lambda: catalog.register("node-a", "10.1.0.1", service=service, check=check))
    show("datacenters", catalog.datacenters)
    show("nodes", catalog.nodes)
    show("nodes, consistent", lambda: catalog.nodes(consistency="consistent"))
    show("nodes, stale, near", lambda: catalog.nodes(consistency="stale", near="node-a"))
    show("nodes by meta", lambda: catalog.nodes(node_meta={"rack": "r1"}))
    show("nodes elsewhere", lambda: catalog.nodes(dc="dc9"))
    show("services", catalog.services)
    show("node", lambda: catalog.node("node-a"))
    show("unknown node", lambda: catalog.node("nope"))
    show("service", lambda: catalog.service("db", tag="sql"))
    show("unknown service", lambda: catalog.service("nope"))
    show("health", lambda: health.service("db", passing=True, tag="sql"))
    show("health of an unknown service", lambda: health.service("nope"))
    show("health checks", lambda: health.checks("db"))
    show("critical", lambda: health.state("critical"))
    index = health.service("db")[0]
    waits = []
    waiting = threading.Thread(target=lambda: waits.append(health.service("db", index=index, wait="20s")))
    waiting.start()
    show("deregister a service", lambda: catalog.deregister("node-a", service_id="db-1"))
    waiting.join()
    show("a change", lambda: [len(waits[0][1]), int(waits[0][0]) > int(index)])
    show("no change", lambda: health.service("db", index=waits[0][0], wait="100ms"))
    show("deregister a check", lambda: catalog.deregister("node-a", check_id="service:db-2"))
    show("deregister the node", lambda: catalog.deregister("node-a"))


def other_calls(client):
    show("leader", client.status.leader)
    show("peers", client.status.peers)
    seen = len(client.event.list("deploy")[1])
    show("fire", lambda: bool(client.event.fire("deploy", "v1")))
    eventually("the event is there", lambda: len(client.event.list("deploy")[1]) == seen + 1)
    show("the last event", lambda: client.event.list("deploy")[1][-1]["Name"])
    show("an unknown event", lambda: client.event.list("nope"))
    show("a bad filter", lambda: client.event.fire("deploy", service="("))
    show("datacenters", lambda: [one["Datacenter"] for one in client.coordinate.datacenters()])
    show("members", lambda: [member["Name"] for member in client.agent.members()])
    show("force-leave", lambda: client.agent.force_leave("nope"))


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    client = consul.Consul(host=host, port=port)
    show("a token", lambda: consul.Consul(host=host, port=port, token="anonymous").catalog.nodes())
    agent_calls(client)
    catalog_calls(client)
    other_calls(client)


main()
