# The options of NixOS that our modules read or set, with the types that they have there.
{ lib, pkgs, ... }:

let
  inherit (lib) types mkOption;
  option = type: default: mkOption { inherit type default; };
in
{
  options = {
    assertions = option (types.listOf types.anything) [ ];
    warnings = option (types.listOf types.str) [ ];
    environment.systemPackages = option (types.listOf types.package) [ ];
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
