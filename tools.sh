#!/bin/sh
# Installs the programs the tests talk to, where they are missing (Debian and Ubuntu).
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need socat socat
need mbpoll mbpoll
need protoc protobuf-compiler
need qemu-aarch64-static qemu-user-static
need chromium chromium
need cc gcc
need npm npm
/usr/bin/python3 -c 'import pymodbus' 2>/dev/null || missing="$missing python3-pymodbus"
/usr/bin/python3 -c 'import serial' 2>/dev/null || missing="$missing python3-serial"
/usr/bin/python3 -c 'import serial_asyncio' 2>/dev/null || missing="$missing python3-serial-asyncio"
[ -e /usr/include/modbus/modbus.h ] || missing="$missing libmodbus-dev"
[ -z "$missing" ] && exit 0

echo "installing for the tests:$missing" >&2
if ! command -v apt-get >/dev/null 2>&1; then
  echo "this system has no apt-get: install$missing by hand; tests that need them will say so and be skipped" >&2
  exit 0
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing
