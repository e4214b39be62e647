#!/usr/bin/env bash
# Make docs/report.png, the picture in README.md: the top of results/report.html. It needs Debian's chromium.
set -euo pipefail
cd "$(dirname "$0")/.."

options=(--headless --disable-gpu --hide-scrollbars --window-size=1280,780)
if [ "$(id -u)" = 0 ]; then
  options+=(--no-sandbox) # Chromium refuses to start as root with its sandbox
fi
chromium "${options[@]}" --screenshot="$PWD/docs/report.png" "file://$PWD/results/report.html"
