#!/usr/bin/env bash
# Makes an image that stands in for the official Node.js one where no image registry can be reached: Debian
# by debootstrap, Node.js and npm from the npm registry, the same user, entry point and paths.
# usage: stand-in-base.sh IMAGE NODE_VERSION DEBIAN_RELEASE WORK_DIRECTORY   (as root, with buildah's storage set up)
set -euo pipefail
image=$1 version=$2 release=$3 work=$4

mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
if [ ! -e "$work/rootfs.done" ]; then # a start that was interrupted leaves half a system
  rm -rf "$work/rootfs"
  debootstrap --variant=minbase "$release" "$work/rootfs" "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log"
  rm -rf "$work/rootfs/var/cache/apt/archives"/*.deb
  touch "$work/rootfs.done"
fi

unpack() { # PACKAGE@RANGE DIRECTORY: the newest version in the range
  local newest
  newest=$(npm view "$1" version --json | node -e '
    const versions = [].concat(JSON.parse(require("node:fs").readFileSync(0, "utf8")));
    console.log(versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1));')
  rm -rf "$2" && mkdir "$2"
  (cd "$2" && tar xzf "$(npm pack --silent "${1%@*}@$newest")" --strip-components=1)
  echo "$newest"
}
cd "$work"
case $(uname -m) in x86_64) cpu=x64 ;; aarch64) cpu=arm64 ;; *) echo "no Node.js package for $(uname -m)" >&2 && exit 1 ;; esac
version=$(unpack "node-linux-$cpu@$version" node-package)
unpack npm@11 npm-package >/dev/null

container=$(buildah from scratch)
root=$(buildah mount "$container")
cp -a rootfs/. "$root/"
install -m 755 node-package/bin/node "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -r npm-package "$root/usr/local/lib/node_modules/npm"
for tool in npm npx; do ln -s "../lib/node_modules/npm/bin/$tool-cli.js" "$root/usr/local/bin/$tool"; done
chroot "$root" sh -c 'groupadd -g 1000 node && useradd -u 1000 -g node -s /bin/bash -m node'
cat >"$root/usr/local/bin/docker-entrypoint.sh" <<'SCRIPT'
#!/bin/sh
set -e
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then set -- node "$@"; fi
exec "$@"
SCRIPT
chmod 755 "$root/usr/local/bin/docker-entrypoint.sh"
buildah umount "$container" >/dev/null
buildah config --env NODE_VERSION="$version" --entrypoint '["docker-entrypoint.sh"]' --cmd node \
  --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet --rm "$container" "$image" >/dev/null
