# A system as NixOS builds one, as far as an image needs it: a kernel, an init, a boot.json, references between them.
{ kernel, programs }:
let
  busybox = builtins.path { path = programs; name = "busybox"; };
  linux = builtins.path { path = kernel; name = "linux"; };
in derivation {
  name = "nixos-system-test";
  system = builtins.currentSystem;
  builder = "${busybox}/bin/sh";
  PATH = "${busybox}/bin";
  args = [ "-c" ''
    mkdir $out
    printf '#!%s sh\nexec %s poweroff -f\n' ${busybox}/bin/busybox ${busybox}/bin/busybox > $out/init
    chmod +x $out/init
    cat > $out/boot.json <<END
    {"org.nixos.bootspec.v1": {
      "init": "$out/init", "kernel": "${linux}", "kernelParams": ["console=ttyS0"],
      "label": "NixOS 26.11 (Linux 6.1)", "system": "x86_64-linux", "toplevel": "$out"}}
    END
  '' ];
}
