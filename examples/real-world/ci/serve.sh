#!/bin/sh
# Serves one repository; each push goes into the queue.
set -eu
repository=/srv/git/project.git
[ -d "$repository" ] || git init --quiet --bare --initial-branch main "$repository"
cp post-receive "$repository/hooks/post-receive"
chmod +x "$repository/hooks/post-receive"
exec git daemon --reuseaddr --export-all --enable=receive-pack --base-path=/srv/git
