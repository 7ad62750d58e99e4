# A small system: its init, a shell, and files to read and to damage. The builder is busybox.
let
  run = name: script: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-euc" script ];
    PATH = "/bin";
  };
  busybox = run "busybox" "mkdir -p $out/bin; cp /bin/busybox $out/bin/busybox";
  data = run "data" ''
    mkdir -p $out/many
    : > $out/empty
    echo 'of some bytes' > $out/small
    printf '#!/bin/sh\n' > $out/tool
    chmod +x $out/tool
    ln -s small $out/link
    i=0
    while [ $i -lt 400 ]; do
      yes "file $i of many" | head -c $((i * 20 + 100)) > $out/many/$i
      i=$((i + 1))
    done
    for name in flipped replaced stripped; do
      seq 20000 | sed "s/^/$name line /" | head -c 300000 > $out/$name
    done
  '';
in
run "system" ''
  mkdir $out
  ln -s ${data} $out/data
  b=${busybox}/bin/busybox
  cat > $out/init << END
  #!$b sh
  echo 'GUEST: up'
  $b find /nix/store -type f > /run/files
  while read -r file; do $b cat "\$file" > /dev/null 2>&1 || echo "GUEST: cannot read \$file"; done < /run/files
  echo 'GUEST: read everything'
  $b poweroff -f
  END
  chmod +x $out/init
''
