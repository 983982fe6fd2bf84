#!/bin/sh
# Build the image without a registry of images: its base is made of Debian's own packages. Needs root, buildah, mmdebstrap.
# scripts/image.sh NAME; RELEASE names the release of Debian, MIRROR its packages, BUILD_OPTIONS further options of `buildah build`.
set -eu
name=$1
release=${RELEASE:-trixie}
for program in buildah mmdebstrap; do
  command -v "$program" >/dev/null || { echo "$program is missing: sudo apt-get install buildah mmdebstrap" >&2; exit 1; }
done
base=localhost/debian:$release
if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # shellcheck disable=SC2086 # no mirror is none
  mmdebstrap --quiet --variant=minbase --include=ca-certificates "$release" "$folder/base.tar" ${MIRROR:-}
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder/base.tar" / >/dev/null
  buildah commit --quiet --rm "$container" "$base" >/dev/null
fi
# shellcheck disable=SC2086 # the options are words
buildah build --format docker --isolation "${BUILDAH_ISOLATION:-chroot}" --build-arg "DEBIAN=$base" ${BUILD_OPTIONS:-} --tag "$name" .
