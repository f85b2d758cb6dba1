#!/bin/sh
# Two hosts on one machine, to try training on several: network namespaces with a cable between
# them. Needs root, iproute2, and torchrun on the PATH.
#
#   sh examples/two_hosts.sh fit --config drawn-birds --config processes \
#       --trainer.devices=1 --trainer.num_nodes=2 --trainer.max_epochs=1
#
# runs `elsewhere fit …` on both, one process each. host1.log has what the second one says.
set -eu

remove() {
    for host in host0 host1; do ip netns del "$host" 2>/dev/null || true; done
}
trap remove EXIT
ip netns add host0
ip netns add host1
ip link add cable netns host0 type veth peer name cable netns host1
for number in 0 1; do
    ip -n "host$number" address add "10.77.0.1$number/24" dev cable
    ip -n "host$number" link set lo up
    ip -n "host$number" link set cable up
done

on_host() {
    number=$1
    shift
    GLOO_SOCKET_IFNAME=cable ip netns exec "host$number" torchrun --nnodes=2 --node-rank="$number" \
        --nproc-per-node=1 --master-addr=10.77.0.10 --master-port=29500 -m elsewhere "$@"
}
on_host 1 "$@" >host1.log 2>&1 &
on_host 0 "$@"
wait $!
