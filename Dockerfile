# kubelite in a container that uses the host's Docker engine. Build the binary first (npm run build), then:
#   docker build -t kubelite .
# See README.md for the `docker run` line: the process needs the host's network, processes and Docker socket.
FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends iptables iproute2 util-linux conntrack ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY dist/kubelite /usr/local/bin/kubelite
VOLUME /var/lib/kubelite
ENTRYPOINT ["/usr/local/bin/kubelite"]
CMD ["server"]
