#!/bin/sh
# Installs what the benchmarks compare tofu with. Debian; needs root or sudo.
set -eu
packages="gnupg gpgv sqv minisign openssl openssh-client"
as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $packages
