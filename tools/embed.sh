#!/bin/sh
# A file and its gzip as C arrays, with an entity tag made of it.
#
# usage: tools/embed.sh FILE NAME >NAME.c
set -eu
file=$1 name=$2
squeezed=$(mktemp)
trap 'rm -f "$squeezed"' EXIT
gzip -9nc "$file" >"$squeezed"
array() { # array NAME FILE
    echo "const unsigned char $1[] = {"
    od -An -v -tu1 "$2" | sed 's/^ *//; s/  */,/g; s/$/,/'
    echo "};"
    echo "const size_t $1_size = sizeof $1;"
}
echo "/* Made of $(basename "$file") by tools/embed.sh. */"
echo '#include "page.h"'
array "$name" "$file"
array "${name}_gz" "$squeezed"
echo "const char ${name}_etag[] = \"\\\"$(cksum <"$file" | tr ' ' -)\\\"\";"
