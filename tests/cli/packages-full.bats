#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian packages in a clean Debian 12 (debootstrap): installed with apt, the demo from /usr, an upgrade from a
# release with an older queue, removal. As root; Debian's packages come from this machine's own mirror.
# DEBIAN_TO_COPY=FOLDER names a minimal Debian made before (tests/debian-root.bash), PACKAGES_TO_TEST=FOLDER packages.
load helpers

# The tests share one Debian, in order.
ready_for_debian() {
  local name
  ((EUID == 0)) || skip "not root: a Debian in a folder needs it"
  for name in debootstrap cpack dpkg-deb pandoc; do
    command -v $name >/dev/null || skip "$name is absent"
  done
  while read -r name; do
    [[ -n ${PACKAGES_TO_TEST:-} || -x $CONTIMG_BUILD/$name ]] || skip "$name is not built"
  done < <(sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$repository/tools/CMakeLists.txt")
  . "$repository/tests/debian-root.bash"
  debian=$BATS_FILE_TMPDIR/debian
  packages=$debian/opt/new
}
apt() { inside "$debian" -- apt-get -q -y --no-install-recommends "$@"; }
teardown_file() {
  . "$BATS_TEST_DIRNAME/../debian-root.bash"
  [[ ! -d $BATS_FILE_TMPDIR/debian ]] || remove_debian "$BATS_FILE_TMPDIR/debian"
}
version_of() { dpkg-deb -f "$1" Version; }
# What systemd would be asked for. Units in /var/tmp/active run. Maintainers' scripts look in Debian's own folders only.
fake_systemctl() {
  mkdir -p "$debian/var/tmp/active"
  inside "$debian" -- dpkg-divert --quiet --local --rename --divert /bin/systemctl.real --add /bin/systemctl
  cat >"$debian/usr/bin/systemctl" <<'SH'
#!/bin/sh
echo "$*" >>/var/tmp/systemctl.calls
case "$*" in
  "is-active --quiet "*) [ -e "/var/tmp/active/$3" ] ;;
  "stop --no-block "*) ;;
  "stop "*) rm -f "/var/tmp/active/$2" ;;
  "start "*) touch "/var/tmp/active/$2" ;;
esac
SH
  chmod 755 "$debian/usr/bin/systemctl"
}
# with_systemd COMMAND... : maintainers' scripts take systemd for running.
with_systemd() {
  # shellcheck disable=SC2016
  inside "$debian" -- sh -c 'mkdir -p /run/systemd/system && exec "$@"' with_systemd "$@"
}

@test "packages: make deb makes three, without errors of lintian, the same bytes once more" {
  ready_for_debian
  if [[ -n ${DEBIAN_TO_COPY:-} ]]; then
    cp -a --one-file-system "$DEBIAN_TO_COPY" "$debian"
  else
    make_debian "$debian" ca-certificates >/dev/null
  fi
  mkdir -p "$packages"
  if [[ -n ${PACKAGES_TO_TEST:-} ]]; then
    cp "$PACKAGES_TO_TEST"/*.deb "$packages"
  else
    local build=${CONTIMG_BUILD%/*}
    check 0 "$repository/scripts/build-completions.py" "$build/completions"
    check 0 "$repository/scripts/build-manuals.sh" "$build/man" "$(<"$build/VERSION")"
    check 0 "$repository/scripts/build-packages.sh" "$build"
    cp "$build"/deb/*.deb "$packages"
    sleep 1
    check 0 "$repository/scripts/build-packages.sh" "$build"
    for file in "$packages"/*.deb; do
      cmp "$file" "$build/deb/$(basename "$file")"
    done
    for file in "$packages"/*.deb; do
      same "$(version_of "$file")" "$(<"$build/VERSION")"
    done
  fi
  same "$(for f in "$packages"/*.deb; do dpkg-deb -f "$f" Package; done)" $'contimg-doc\ncontimg-server\ncontimg-tools'
  dpkg-deb -c "$packages"/contimg-tools_*.deb >files
  lacks "$(<files)" /usr/local/
  lacks "$(<files)" serve-status
  # What programs link to was found; what they call is named.
  for name in libcasa-ms7 libaoflagger0 libcfitsio10 wsclean gnuplot-nox casacore-data bitshuffle sqlite3 jq; do
    holds "$(dpkg-deb -f "$packages"/contimg-tools_*.deb Depends)" "$name"
  done
}

@test "packages: apt installs them, with all they need; nothing is enabled" {
  ready_for_debian
  [[ -d $packages ]] || skip "there are no packages"
  apt update >/dev/null
  check 0 apt install systemd man-db bash-completion python3-astropy python3-casacore python3-erfa python3-h5py \
    python3-numpy "/opt/new/$(cd "$packages" && echo contimg-tools_*.deb)" \
    "/opt/new/$(cd "$packages" && echo contimg-server_*.deb)" "/opt/new/$(cd "$packages" && echo contimg-doc_*.deb)"
  same "$(inside "$debian" -- bash -c 'command -v g++ cmake ninja git')" ""
  version=$(version_of "$packages"/contimg-tools_*.deb)
  # shellcheck disable=SC2016
  inside "$debian" -- bash -c 'for f in $(dpkg -L contimg-tools contimg-server | grep /usr/bin/); do
    $f --version && ! ldd "$f" 2>/dev/null | grep "not found"; done' >versions
  said=$(sed -n 's/^check-config //p' versions)
  same "$(sed 's/.* //' versions | sort -u)" "$said"
  ((${PACKAGES_TO_TEST:+1} + 0)) || same "$said" "$version"
  # shellcheck disable=SC2016
  same "$(inside "$debian" -- dpkg-query -W -f '${Conffiles}' contimg-server | awk 'NF {print $1}' | xargs)" \
    "/etc/contimg/contimg.toml /etc/logrotate.d/contimg-server"
  same "$(find "$debian/etc/systemd/system" -name '*contimg*' -o -name '*dsa110*')" ""
  same "$(stat -c %U "$debian/var/lib/contimg" | grep -cx root)" 0
  check 0 inside "$debian" -- runuser -u contimg -- env CONTIMG_CONFIG=/etc/contimg/contimg.toml run-tick --quiet
  [[ -f $debian/var/lib/contimg/state/db/pipeline.sqlite3 ]]
}

@test "packages: units are sound; manuals and completion are found" {
  ready_for_debian
  [[ -x $debian/usr/bin/check-config ]] || skip "the packages are not installed"
  check 0 inside "$debian" -- bash -c 'systemd-analyze verify /lib/systemd/system/{contimg-,dsa110-}*'
  same "$output$stderr" ""
  holds "$(inside "$debian" -- man 7 contimg)" "process-group"
  holds "$(inside "$debian" -- man contimg.toml)" "max_retries"
  for program in $(inside "$debian" -- bash -c 'dpkg -L contimg-tools contimg-server | sed -n s,^/usr/bin/,,p'); do
    check 0 inside "$debian" -- man -w "$program"
  done
  # shellcheck disable=SC2016
  check 0 inside "$debian" -- bash -c '. /usr/share/bash-completion/bash_completion
    _completion_loader manage-queue
    COMP_WORDS=(manage-queue migr) COMP_CWORD=1
    $(complete -p manage-queue | sed "s/.*-F \([^ ]*\).*/\1/") manage-queue migr manage-queue
    echo "${COMPREPLY[@]}"'
  same "$output" migrate
}

@test "packages: the demo runs from /usr" {
  ready_for_debian
  [[ -x $debian/usr/share/contimg/demo/scripts/demo ]] || skip "the packages are not installed"
  check 0 inside "$debian" -- bash -c 'cd /root && /usr/share/contimg/demo/scripts/demo'
  holds "$output" "Everything is as it should be."
  holds "$output" "The products are in /root/contimg-demo"
  rm -rf --one-file-system "$debian/root/contimg-demo"
}

# an_earlier_release : packages of version 0.0.9 in /opt/old, with another configuration.
an_earlier_release() {
  local file name
  mkdir -p "$debian/opt/old"
  for file in "$packages"/*.deb; do
    name=$(dpkg-deb -f "$file" Package)
    dpkg-deb -R "$file" "old-$name"
    sed -i -E 's/^Version: .*/Version: 0.0.9/; s/contimg-tools \(= [^)]*\)/contimg-tools (= 0.0.9)/' "old-$name/DEBIAN/control"
    [[ $name != contimg-server ]] || sed -i 's/^# Settings.*/# Settings of release 0.0.9./' "old-$name/etc/contimg/contimg.toml"
    dpkg-deb --root-owner-group -Zgzip -z1 -b "old-$name" "$debian/opt/old/$name.deb" >/dev/null
  done
}

@test "packages: an upgrade keeps the edited configuration, migrates the queue, and starts what ran" {
  ready_for_debian
  [[ -x $debian/usr/bin/check-config ]] || skip "the packages are not installed"
  apt purge contimg-tools contimg-server contimg-doc >/dev/null
  rm -rf "$debian/var/lib/contimg"
  an_earlier_release
  fake_systemctl
  check 0 apt install /opt/old/contimg-tools.deb /opt/old/contimg-server.deb /opt/old/contimg-doc.deb
  # As it was left: an edited configuration, and a queue of schema version 6.
  printf '[paths]\nroot = "/var/lib/contimg"\n[queue]\nmax_retries = 7\n' >"$debian/etc/contimg/contimg.toml"
  queue=$debian/var/lib/contimg/state/db/pipeline.sqlite3
  sqlite3 -batch "$queue" <"$repository/tests/migrations/queue-6.sql"
  chown --reference="$debian/var/lib/contimg" "$queue"
  cp "$queue" before.sqlite3
  local new=("$packages"/*.deb)
  new=("${new[@]#"$debian"}")
  touch "$debian"/var/tmp/active/{contimg-api.service,contimg-notify.timer,dsa110-stream.service}
  rm -f "$debian/var/tmp/systemctl.calls"
  check 0 with_systemd apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold install \
    "${new[@]}"
  holds "$output$stderr" "schema 6 became"
  holds "$(<"$debian/etc/contimg/contimg.toml")" "max_retries = 7"
  same "$(ls "$debian/var/tmp/active")" $'contimg-api.service\ncontimg-notify.timer\ndsa110-stream.service'
  same "$(sed -n 's/^start //p' "$debian/var/tmp/systemctl.calls" | sort)" \
    $'contimg-api.service\ncontimg-notify.timer\ndsa110-stream.service'
  lacks "$(<"$debian/var/tmp/systemctl.calls")" enable
  mkdir none
  check 0 scan-incoming --quiet --queue-db fresh.sqlite3 --input-dir none
  check 0 python "$repository/tests/witness/migrated_queue.py" before.sqlite3 "$queue" fresh.sqlite3
  same "$(stat -c %u "$queue")" "$(stat -c %u "$debian/var/lib/contimg")"
  same "$(sqlite3 "$queue".before-* .dump)" "$(sqlite3 before.sqlite3 .dump)"
  # Once more: nothing to migrate, no copy; what does not run is not started.
  rm -f "$debian"/var/tmp/active/* "$debian/var/tmp/systemctl.calls"
  check 0 with_systemd apt-get -q -y --reinstall install contimg-server \
    "/opt/new/$(cd "$packages" && echo contimg-server_*.deb)"
  same "$(find "$debian/var/lib/contimg" -name '*.before-*' | wc -l)" 1
  same "$(grep -c '^start' "$debian/var/tmp/systemctl.calls")" 0
  # A queue that cannot be migrated: the package is whole, the queue untouched, and nothing works on it.
  sqlite3 "$queue" 'PRAGMA user_version = 99'
  touch "$debian/var/tmp/active/dsa110-stream.service"
  check 0 with_systemd apt-get -q -y --reinstall install "/opt/new/$(cd "$packages" && echo contimg-server_*.deb)"
  holds "$output$stderr" "could not be brought to this version"
  same "$(ls "$debian/var/tmp/active")" ""
  sqlite3 "$queue" 'PRAGMA user_version = 7'
}

@test "packages: purged, nothing is left but the state" {
  ready_for_debian
  [[ -x $debian/usr/bin/check-config ]] || skip "the packages are not installed"
  touch "$debian/var/tmp/active/contimg-api.service"
  check 0 with_systemd apt-get -q -y purge contimg-tools contimg-server contimg-doc
  holds "$output$stderr" "/var/lib/contimg is kept"
  same "$(ls "$debian/var/tmp/active")" ""
  [[ -f $debian/var/lib/contimg/state/db/pipeline.sqlite3 ]]
  same "$(find "$debian" -xdev \( -path "$debian/opt/*" -o -path "$debian/var/lib/contimg/*" -o -path "$debian/proc" \
    -o -path "$debian/var/cache/man" \) -prune \
    -o \( -name '*contimg*' -o -name '*dsa110*' \) -print | sed "s|^$debian||")" /var/lib/contimg
  same "$(inside "$debian" -- dpkg -l 'contimg*' 2>/dev/null | grep -c '^[a-z][a-z] ')" 0
}
