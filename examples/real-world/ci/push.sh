#!/bin/sh
# Makes a commit whose test is the given command, and pushes it.
set -eu
git clone --quiet git://git/project.git /tmp/project 2>/dev/null
cd /tmp/project
git config user.name Developer
git config user.email developer@example.test
git checkout --quiet -B main
echo "$*" >test.sh
git add test.sh
git commit --quiet --message "test: $*"
git push --quiet origin main
