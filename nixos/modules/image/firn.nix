# image.firn: an image of this system, for a CD or a USB stick, that boots only what was signed.
#
# Begin from what an attacker can do: docs/THREATS.md, "Images and appliances". In short: who can write to the medium
# can make it fail to boot, and cannot make it boot anything else. Who has the signing key can; so the key never enters
# a build: Nix builds a script, and you run that where the key is.
#
#   nix build .#nixosConfigurations.stick.config.system.build.firnImage
#   ./result/bin/firn-image -o stick.iso
#
# The same system as a disk with two slots, for an appliance that is updated: system.build.firnDisk.
#
#   ./result/bin/firn-disk --counter 1 -o router.img
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types mkOption;
  common = import ../common.nix { inherit config lib pkgs; };
  inherit (common) option options;
  cfg = config.image.firn;

  modulesFolder = "${config.system.modulesTree}/lib/modules/${config.boot.kernelPackages.kernel.modDirVersion}";

  programs = [
    "${pkgs.pkgsStatic.busybox}/bin/busybox"
    "${lib.getBin pkgs.cryptsetup}/bin/veritysetup"
    # For firnDisk: its store is known by its partition.
    "${lib.getBin pkgs.util-linux}/bin/findfs"
  ];

  initrdWords =
    appliance "initrd"
    ++ options "modules" [ modulesFolder ]
    ++ options "program" programs
    ++ options "module" ([ "erofs" ] ++ cfg.modules);

  # Nothing of it is secret, and nothing of it depends on who signs: so Nix builds it, the same each time.
  initrd = pkgs.runCommand "firn-initrd" { nativeBuildInputs = [ pkgs.xz ]; } ''
    ${lib.escapeShellArgs initrdWords} -o "$out"
  '';

  # Of both kinds of image: what goes in, and who signs.
  systemWords = [
    "${config.system.build.toplevel}"
    "--initrd"
    "${initrd}"
    "--stub"
    cfg.stub
    "--name"
    cfg.name
    "--mismatch"
    cfg.mismatch
  ]
  ++ common.signing.words cfg;

  appliance = action: [
    (lib.getExe cfg.package)
    "appliance"
    action
  ];

  imageWords =
    appliance "iso"
    ++ systemWords
    ++ [
      "--store-check"
      cfg.storeCheck
    ]
    ++ option "shim" cfg.shim
    ++ option "mok-manager" cfg.mokManager;

  diskWords = appliance "disk" ++ systemWords ++ options "bootloader" [ cfg.bootloader ];

  script =
    name: words:
    pkgs.writeShellScriptBin name ''
      ${common.signing.path cfg.key}exec ${lib.escapeShellArgs words} "$@"
    '';
in
{
  options.image.firn = common.signing.options cfg "where the image is made" // {
    enable = lib.mkEnableOption "an image that boots only what was signed (system.build.firnImage and firnDisk make it)";

    inherit (common) package;

    name = mkOption {
      type = types.str;
      default = "nixos";
      description = "What the image is called: letters, digits, dots and underscores.";
    };

    storeCheck = mkOption {
      type = types.enum [
        "verity"
        "sha256"
        "both"
      ];
      default = "verity";
      description = ''
        verity: each block of the store is checked when it is read. sha256: all of it is copied into memory and checked
        before anything starts. both: all of it before anything starts, and each block again when it is read.
      '';
    };

    mismatch = mkOption {
      type = types.enum [
        "stop"
        "restart"
        "poweroff"
        "error"
      ];
      default = "stop";
      description = "What the machine does when the store is not what was signed; error fails just the read that met it.";
    };

    modules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "mpt3sas" ];
      description = ''
        Kernel modules without which the medium cannot be read, beside those for the usual disks, sticks and CDs. The
        image does not boot on a machine whose kernel refuses one of them.
      '';
    };

    stub = common.stub {
      description = "systemd-stub: kernel, initrd and command line become one signed program behind it.";
    };

    bootloader = common.bootloader { description = "systemd-boot, which chooses between the slots of a disk."; };

    shim = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = ''
        A shim that Microsoft signed, so that machines start the image as they were sold. Without it the machine's
        firmware must have your certificate.
      '';
    };

    mokManager = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The MokManager of the same shim, with which a person at the machine enrols your certificate.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = common.signing.assertions "image.firn" cfg ++ [
      {
        assertion = cfg.mokManager == null || cfg.shim != null;
        message = "image.firn.mokManager is of use only with image.firn.shim.";
      }
    ];

    # The root is in memory and begins empty each time; our initrd mounts both before this system's first process.
    fileSystems = {
      "/" = {
        device = "system";
        fsType = "tmpfs";
        options = [ "mode=755" ];
      };
      "/nix/store" = {
        device = if cfg.storeCheck == "sha256" then "/dev/loop2" else "/dev/mapper/store";
        fsType = "erofs";
        options = [
          "ro"
          "nosuid"
          "nodev"
        ];
      };
    };
    boot.initrd.enable = lib.mkDefault false;
    boot.loader.grub.enable = lib.mkDefault false;
    # A store that cannot be written to has nothing for Nix to do.
    nix.enable = lib.mkDefault false;

    system.build.firnInitrd = initrd;
    system.build.firnImage = script "firn-image" imageWords;
    system.build.firnDisk = script "firn-disk" diskWords;
  };
}
