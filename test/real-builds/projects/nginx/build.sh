#!/bin/sh
# build.sh PAGES CACHE OUT: renders what the cache does not have, and compresses it for gzip_static
set -eu
mkdir -p "$3"
for page in "$1"/*.txt; do
  key=$(cat "$page" authors.lock | sha256sum | cut -d' ' -f1)
  name=$(basename "$page" .txt).html
  [ -f "$2/$key" ] || { echo "rendering $page"; sed -e '1s|.*|<h1>&</h1>|' -e '2,$s|.*|<p>&</p>|' "$page" >"$2/$key"; }
  cp "$2/$key" "$3/$name"
  gzip -kn9 "$3/$name"
done
ln -s index.html "$3/start.html"
ln "$3/index.html" "$3/home.html"
