# The options of NixOS that our modules read or set, with the types that they have there.
{ lib, pkgs, ... }:

let
  inherit (lib) types mkOption;
  option = type: default: mkOption { inherit type default; };
in
{
  config.system.build.toplevel = pkgs.toplevel;

  options = {
    assertions = option (types.listOf types.anything) [ ];
    warnings = option (types.listOf types.str) [ ];
    environment.systemPackages = option (types.listOf types.package) [ ];
    fileSystems = option (types.attrsOf (
      types.submodule {
        options = {
          device = option (types.nullOr types.str) null;
          fsType = option types.str "auto";
          options = option (types.listOf types.str) [ ];
        };
      }
    )) { };
    boot.initrd.enable = option types.bool true;
    boot.kernelPackages = option types.anything { kernel.modDirVersion = "6.12.1"; };
    nix.enable = option types.bool true;
    system.modulesTree = option types.package pkgs.modules;
    system.build = option (types.attrsOf types.anything) { };
    boot.loader = {
      timeout = option (types.nullOr types.int) 5;
      efi.efiSysMountPoint = option types.str "/boot";
      grub.enable = option types.bool true;
      systemd-boot.enable = option types.bool false;
      supportsInitrdSecrets = option types.bool false;
      external.enable = option types.bool false;
      external.installHook = mkOption { type = types.path; };
    };
    systemd = {
      package = option types.package pkgs.systemd;
      services = option (types.attrsOf (
        types.submodule {
          options = {
            description = option types.str "";
            startAt = option (types.either types.str (types.listOf types.str)) [ ];
            serviceConfig = option (types.attrsOf types.anything) { };
          };
        }
      )) { };
    };
  };
}
