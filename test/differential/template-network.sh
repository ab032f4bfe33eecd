# template-network.sh COMMAND...: gives the network namespace that it runs in the interfaces of
# packages/agent/test/vectors/address-templates.json, and then runs the command there.
set -e
mount -t sysfs sys /sys
# No link-local addresses of the kernel's own choice.
echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode
ip link set lo up
ip link add eth1 type bridge
ip address add 10.20.30.40/16 dev eth1
ip address add 10.20.40.41/24 dev eth1
ip address add 2001:470:1::5/64 dev eth1 nodad
ip address add fe80::15/64 dev eth1 nodad
ip link set eth1 up
ip link add eth2 type bridge
ip address add 8.8.4.4/24 dev eth2
ip address add fe80::16/64 dev eth2 nodad
ip link set eth2 up
ip link add idle0 type veth peer name idle1
ip address add 172.17.0.1/16 dev idle0
ip address add fd00:1::1/64 dev idle0 nodad
ip link set idle0 up
ip route add default via 10.20.0.1 dev eth1
exec "$@"
