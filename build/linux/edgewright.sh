#!/bin/sh
# The command edgewright: the Node that came with it runs the program that came with it, from wherever a link leads here.
self=$0
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
here=$(CDPATH='' cd "$(dirname "$self")/.." && pwd -P) || exit 1
exec "$here/node/node" "$here/dist/node/edgewright.js" "$@"
