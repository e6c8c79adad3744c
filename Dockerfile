# kubelite in a container that uses the host's Docker engine. Build the binary first (npm run build), then:
#   docker build -t kubelite .
# README.md has the `docker run` line and says why the process needs what it gives.

# Any base with apt, or one that has the programs below already: docker build --build-arg BASE=ubuntu:24.04 -t kubelite .
ARG BASE=debian:12-slim
FROM ${BASE}
# libatomic1 and libstdc++6 are for Node; the others make links, rules and mounts.
RUN iptables --version && ip -V && nsenter --version && mount --version && conntrack --version && ldconfig -p | grep -q libatomic.so.1 \
 || { apt-get update \
 && apt-get install -y --no-install-recommends iptables iproute2 util-linux mount conntrack ca-certificates libatomic1 libstdc++6 \
 && rm -rf /var/lib/apt/lists/*; }
COPY dist/kubelite /usr/local/bin/kubelite
# Of the built program itself: a base that lacks a library fails here, and not at the first start.
RUN kubelite --version
ENTRYPOINT ["/usr/local/bin/kubelite"]
CMD ["server"]
