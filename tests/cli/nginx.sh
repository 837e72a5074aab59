#!/bin/sh
# examples/serve/nginx.conf as it stands, in front of hrm serve, under TLS.
. tests/cli/lib.sh "$1"
skip_all() {
    echo "ok 1 - nginx in front of hrm serve # skip: $1"
    echo "1..1"
    exit 0
}
command -v python3 >/dev/null || skip_all "python3 is not installed"
nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx) || skip_all "nginx is not installed"
command -v openssl >/dev/null || skip_all "openssl, to make a certificate, is not installed"
export PYTHONDONTWRITEBYTECODE=1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=puzzles.example.org \
    -addext subjectAltName=DNS:puzzles.example.org -keyout "$work/site.key" -out "$work/site.pem" 2>/dev/null
timeout 300 python3 tests/serve/nginx_test.py "$hrm" "$work" "$nginx"
