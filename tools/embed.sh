#!/bin/sh
# A file as a C array; without HEADER, which declares it, its gzip and an entity tag made of it too.
#
# usage: tools/embed.sh FILE NAME [HEADER] >NAME.c
set -eu
file=$1 name=$2
array() { # array NAME FILE
    echo "const unsigned char $1[] = {"
    od -An -v -tu1 "$2" | sed 's/^ *//; s/  */,/g; s/$/,/'
    echo "};"
    echo "const size_t $1_size = sizeof $1;"
}
echo "/* Made of $(basename "$file") by tools/embed.sh. */"
echo "#include \"${3:-page.h}\""
array "$name" "$file"
[ -z "${3-}" ] || exit 0
squeezed=$(mktemp)
trap 'rm -f "$squeezed"' EXIT
gzip -9nc "$file" >"$squeezed"
array "${name}_gz" "$squeezed"
echo "const char ${name}_etag[] = \"\\\"$(cksum <"$file" | tr ' ' -)\\\"\";"
