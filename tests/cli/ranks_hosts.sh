#!/bin/sh
# Two hosts, as network namespaces with a link of 1 Gb/s between them and nothing else in common but the disk:
# whoever follows docs/cluster.md with a host file must find the bits of one process.
. tests/cli/lib.sh "$1"
needs_mpi "ranks on two hosts"
cd "$work" || exit 1
tag=hrm$$
undo() {
    for h in a b; do ip netns del $tag$h 2>/dev/null; done
    rm -rf "$work"
}
trap undo EXIT
host() { # host NAME ADDRESS: a namespace whose end of the link has that address
    ip netns add $tag"$1" && ip link set "$1$$" netns $tag"$1" &&
        ip netns exec $tag"$1" ip link set lo up && ip netns exec $tag"$1" ip addr add "$2/24" dev "$1$$" &&
        ip netns exec $tag"$1" ip link set "$1$$" up &&
        ip netns exec $tag"$1" tc qdisc add dev "$1$$" root tbf rate 1gbit burst 128kb latency 50ms
}
if ! { ip link add a$$ type veth peer name b$$ && host a 10.77.0.1 && host b 10.77.0.2; } >out 2>err; then
    ip link del a$$ 2>/dev/null
    echo "ok 1 - two hosts # SKIP namespaces and links need root, and a kernel that has them"
    echo "1..1"
    exit 0
fi
# in place of ssh: a namespace of its own for the host's name, too
cat >agent <<END
#!/bin/sh
while [ "\${1#-}" != "\$1" ]; do shift; done
shift
exec ip netns exec ${tag}b unshare --uts sh -c 'hostname ${tag}b; exec sh -c "\$0"' "\$*"
END
chmod +x agent
printf '%s\n' "10.77.0.1 slots=2" "10.77.0.2 slots=2" >hosts
cp "$root/data/sudoku-9x9-train.csv" train.csv
tiny_net 64 32 >small.yaml <<'END'
steps: 60
halt_max_steps: 4
ema: 0.9
data: train.csv
valid: train.csv
eval_every: 60
eval_limit: 8
seed: 7
END
"$hrm" train small.yaml --out one --quiet 2>err
timeout 300 ip netns exec ${tag}a unshare --uts sh -c "hostname ${tag}a; exec \"\$@\"" - \
    mpirun --hostfile hosts -np 3 --map-by node --mca plm_rsh_agent "$work/agent" --mca btl tcp,self \
    --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 --wdir "$work" \
    "$hrm" train small.yaml --out two --threads 1 --quiet >out 2>err
cmp one/model.safetensors two/model.safetensors >>err 2>&1 && cmp one/best.safetensors two/best.safetensors >>err 2>&1
tell $? "three ranks on two hosts train the bits of one process"
sent=$(ip netns exec ${tag}a sh -c "cat /sys/class/net/a$$/statistics/tx_bytes")
[ "${sent:-0}" -gt 1000000 ]
tell $? "over the link between them (${sent:-0} bytes)"
finish
