# The options of NixOS that our modules read or set, with the types that they have there.
{ lib, pkgs, ... }:

let
  inherit (lib) types mkOption;
  option = type: default: mkOption { inherit type default; };
  words = option (types.listOf types.str) [ ];
  service = types.submodule {
    options = {
      description = option types.str "";
      startAt = option (types.either types.str (types.listOf types.str)) [ ];
      after = words;
      before = words;
      requiredBy = words;
      unitConfig = option (types.attrsOf types.anything) { };
      serviceConfig = option (types.attrsOf types.anything) { };
    };
  };
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
    boot.initrd = {
      enable = option types.bool true;
      kernelModules = words;
      systemd = {
        enable = option types.bool false;
        extraBin = option (types.attrsOf types.path) { };
        storePaths = option (types.listOf types.anything) [ ];
        services = option (types.attrsOf service) { };
      };
    };
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
      services = option (types.attrsOf service) { };
      paths = option (types.attrsOf (
        types.submodule {
          options = {
            wantedBy = words;
            pathConfig = option (types.attrsOf types.anything) { };
          };
        }
      )) { };
    };
  };
}
