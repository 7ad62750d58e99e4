# boot.firn: what is booted is signed, and put on the EFI system partition by firn.
#
# Begin from what an attacker can do: docs/how-to/secure-boot-nixos.md. In short: who can write to the disk cannot make
# the machine boot anything else, unless they also have the signing key, which lies on that disk when it is a file. Use
# full disk encryption, or a token (`key = "pkcs11:..."`).
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types mkOption;
  common = import ../common.nix { inherit config lib pkgs; };
  cfg = config.boot.firn;

  partitions = common.options "esp" cfg.partitions;

  words = [
    (lib.getExe cfg.package)
    "boot"
    "install"
    "--require-mount"
    "--stub"
    cfg.stub
    "--generations"
    (toString cfg.generations)
    "--tries"
    (toString cfg.tries)
    "--timeout"
    # null is NixOS's word for a menu that stays.
    (if config.boot.loader.timeout == null then "menu-force" else toString config.boot.loader.timeout)
  ]
  ++ partitions
  ++ lib.optional cfg.thin "--thin"
  ++ common.option "bootloader" cfg.bootloader
  ++ common.signing.words cfg;

  # NixOS gives it the system that shall be booted.
  installer = pkgs.writeShellScript "firn-boot-install" ''
    ${common.signing.path cfg.key}exec ${lib.escapeShellArgs words} "$@"
  '';
in
{
  options.boot.firn = common.signing.options cfg "on the machine" // {
    enable = lib.mkEnableOption "signing what is booted, and installing it with firn";

    inherit (common) package;

    partitions = mkOption {
      type = types.listOf types.str;
      default = [ config.boot.loader.efi.efiSysMountPoint ];
      example = [
        "/boot"
        "/boot-fallback"
      ];
      description = ''
        Where the EFI system partitions are mounted. Several get the same, one after another: with two disks the machine
        boots from either.
      '';
    };

    generations = mkOption {
      type = types.ints.unsigned;
      default = 10;
      description = "How many of the newest generations can be booted; 0 is all. The one that runs stays in any case.";
    };

    tries = mkOption {
      type = types.ints.unsigned;
      default = 0;
      example = 3;
      description = ''
        How often a new generation may fail to come up before the one before it is booted again. 0 counts nothing. It
        has come up when boot-complete.target is reached: order what must work before it. systemd-bless-boot.service,
        which NixOS brings, then takes the counter away.
      '';
    };

    stub = common.stub {
      description = "The EFI program that each generation begins with: systemd-stub, or lanzaboote's with `thin`.";
    };

    thin = mkOption {
      type = types.bool;
      default = false;
      description = ''
        `stub` is lanzaboote's: kernels and initrds lie beside the signed file and are shared, which saves room. It checks
        their hashes.
      '';
    };

    bootloader = common.bootloader {
      type = types.nullOr types.str;
      description = "systemd-boot, which is signed on its way. null leaves the boot loader that is there.";
    };

    check.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Read everything that boots again once a week, and fail loudly (`systemctl --failed`) on damage.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = common.signing.assertions "boot.firn" cfg ++ [
      {
        assertion = cfg.partitions != [ ];
        message = "boot.firn.partitions is empty: there is nowhere to install to.";
      }
      {
        assertion = !config.boot.loader.systemd-boot.enable && !config.boot.loader.grub.enable;
        message = "boot.firn installs the boot loader itself: disable boot.loader.systemd-boot and boot.loader.grub.";
      }
    ];

    boot.loader.grub.enable = lib.mkDefault false;
    boot.loader.supportsInitrdSecrets = true;
    boot.loader.external = {
      enable = true;
      installHook = installer;
    };

    environment.systemPackages = [ cfg.package ];

    systemd.services.firn-boot-check = lib.mkIf cfg.check.enable {
      description = "Check what is on the EFI system partition";
      startAt = "weekly";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = lib.escapeShellArgs (
          [
            (lib.getExe cfg.package)
            "boot"
            "fsck"
            "--cert"
            cfg.certificate
          ]
          ++ partitions
        );
        PrivateNetwork = true;
        PrivateTmp = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        NoNewPrivileges = true;
        CapabilityBoundingSet = "CAP_DAC_READ_SEARCH";
      };
    };
  };
}
