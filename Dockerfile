# kubelite in a container that uses the host's Docker engine. Build the binary first (npm run build), then:
#   docker build -t kubelite .
# README.md has the `docker run` line and says why the process needs what it gives.

# A base with apt, or one that has these programs already: docker build --build-arg BASE=ubuntu:24.04 -t kubelite .
ARG BASE=debian:12-slim
FROM ${BASE}
# The programs make links, rules and mounts; Node needs libatomic and libstdc++.
RUN for program in iptables iptables-restore ip bridge nsenter mount conntrack; do command -v "$program" || missing=1; done; \
 if [ -n "$missing" ]; then \
   apt-get update \
   && apt-get install -y --no-install-recommends iptables iproute2 util-linux mount conntrack ca-certificates libatomic1 libstdc++6 \
   && rm -rf /var/lib/apt/lists/*; \
 fi
COPY dist/kubelite /usr/local/bin/kubelite
# A base that lacks a library fails here, and not at the first start.
RUN kubelite --version
ENTRYPOINT ["/usr/local/bin/kubelite"]
CMD ["server"]
