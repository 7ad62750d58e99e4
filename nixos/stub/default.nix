# A NixOS of nothing but options: enough to see what our modules make of a configuration, by any Nix, without nixpkgs.
#
#   nix-instantiate --eval --strict --json -E 'import ./nixos/stub { modules = [ ... ]; }'
{
  modules,
  system ? "x86_64-linux",
  # That of nixpkgs may take its place: both must come to the same.
  lib ? (import ./lib.nix).lib,
}:

let

  # A package is a name here, and a path that nobody has built.
  package =
    name: more:
    {
      type = "derivation";
      inherit name;
      outPath = "/nix/store/00000000000000000000000000000000-${name}";
    }
    // more;

  pkgs = {
    inherit lib;
    stdenv.hostPlatform = { inherit system; };
    systemd = package "systemd" { };
    firn = package "firn" { meta.mainProgram = "firn"; };
    modules = package "kernel-modules" { };
    toplevel = package "nixos-system" { };
    pkgsStatic.busybox = package "busybox-static" { };
    util-linux = package "util-linux" { bin = package "util-linux-bin" { }; };
    cryptsetup = package "cryptsetup" { bin = package "cryptsetup-bin" { }; };
    xz = package "xz" { };
    opensc = package "opensc" { };
    fsverity-utils = package "fsverity-utils" { };
    writeShellScript = name: text: package name { inherit text; };
    writeShellScriptBin = name: text: package name { inherit text; };
    runCommand = name: _: text: package name { inherit text; };
  };

  evaluated = lib.evalModules {
    modules = [ ./nixos.nix ] ++ modules;
    specialArgs = { inherit pkgs; };
  };
  failed = builtins.filter (one: !one.assertion) evaluated.config.assertions;
in
evaluated
// {
  inherit pkgs;
  # As NixOS: a configuration whose assertions fail is none.
  checked =
    if failed == [ ] then
      evaluated.config
    else
      throw "Failed assertions:\n${lib.concatStringsSep "\n" (map (one: "- ${one.message}") failed)}";
}
