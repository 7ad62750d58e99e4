# firn.store: a store that is sealed after each change of the system, checked by timers, and judged before it starts.
#
# Begin from what an attacker can do: docs/how-to/seal-a-store.md. In short: who changes the disk from elsewhere is found
# out, and with `bootCheck` starts nothing. Who is root while a check runs can have it say anything; so the sealing key is
# best kept off the machine (a token), and the disk looked at from another one now and then.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types mkOption;
  common = import ../common.nix { inherit config lib pkgs; };
  cfg = config.firn.store;
  firn = lib.getExe cfg.package;

  inherit (common) option options;

  sealWords = [
    firn
    "store"
    "seal"
    "/nix/var/nix/profiles/system"
    "/run/booted-system"
  ]
  ++ option "key" cfg.seal.key
  ++ option "sign-command" cfg.seal.signCommand
  ++ option "public-key" cfg.seal.publicKey
  ++ options "trusted-key" cfg.trustedKeys;

  checkWords =
    level:
    [
      firn
      "store"
      "check"
      "--level"
      level
      "--idle"
    ]
    ++ options "key" cfg.keys
    ++ option "max-rate" cfg.maxRate;

  # A unit that fails shows in `systemctl --failed`; who should hear of it at once gets what was found.
  checkScript =
    level:
    pkgs.writeShellScript "firn-store-check-${level}" ''
      report=$(${lib.escapeShellArgs (checkWords level)} 2>&1)
      status=$?
      printf '%s\n' "$report"
      ${lib.optionalString (cfg.notify != null) ''
        [ "$status" = 0 ] || printf '%s\n' "$report" | ${cfg.notify}
      ''}exit "$status"
    '';

  # What one of them remembers of files spares the others reading these again.
  folders = {
    StateDirectory = "firn";
    StateDirectoryMode = "0700";
    CacheDirectory = "firn";
    CacheDirectoryMode = "0700";
    Environment = [ "FIRN_CACHE_DIR=/var/cache/firn" ];
  };

  check = level: when: {
    name = "firn-store-check-${level}";
    value = {
      description = "Is the store what was sealed? (level ${level})";
      startAt = when;
      serviceConfig = folders // {
        Type = "oneshot";
        ExecStart = checkScript level;
        PrivateTmp = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        NoNewPrivileges = true;
      };
    };
  };

  bootScript = pkgs.runCommand "firn-boot-script" { } ''
    ${firn} store enforce script --by ${cfg.bootCheck} > "$out"
  '';
in
{
  options.firn.store = {
    enable = lib.mkEnableOption "sealing the store, and checking it by timers";

    inherit (common) package;

    keys = mkOption {
      type = types.listOf types.str;
      default = [ "/var/lib/firn/seal.pub" ];
      description = "Files with the public keys whose seals are believed.";
    };

    trustedKeys = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" ];
      description = "Keys of binary caches and builders: their signatures are asked for before a store is sealed.";
    };

    checks = mkOption {
      type = types.attrsOf types.str;
      default = {
        "0" = "hourly";
        "1" = "daily";
        "3" = "monthly";
      };
      description = ''
        When to check at which level: 0 looks at names, sizes and times; 1 also reads a twentieth of the contents, another
        one in each run; 2 asks the kernel (fs-verity); 3 reads everything.
      '';
    };

    maxRate = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "50M";
      description = "How much a check may read in a second, beside giving way to everybody else.";
    };

    notify = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "mail -s 'The store is not what was sealed' root";
      description = "A command that gets the report of a check that found something, or could not be done, on its input.";
    };

    seal = {
      enable = lib.mkEnableOption "sealing the system after each change of it";

      key = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = lib.literalExpression ''"pkcs11:token=firn;object=seal?module-path=''${pkgs.opensc}/lib/opensc-pkcs11.so&pin-source=/run/keys/pin"'';
        description = ''
          The sealing key: a file on the machine, or a token's PKCS#11 URI. Root of the machine can use a file too, and
          seal what they changed.
        '';
      };

      signCommand = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Instead of a key, a program that signs: the bytes on its input, the signature on its output.";
      };

      publicKey = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The public key of the token or the program.";
      };
    };

    bootCheck = mkOption {
      type = types.nullOr (
        types.enum [
          "image"
          "signatures"
        ]
      );
      default = null;
      description = ''
        What judges the system before any of it starts, in the initial RAM disk; what it refuses does not start.
        signatures: firn reads the system's closure and compares it with signatures by trustedKeys. image: the kernel lets
        nothing be read but what was sealed; firn.store.composefs=DIGEST of the command line, which must be signed, says
        what that is. The store that programs see then stays as it is until the next start.
      '';
    };

    initrdPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.nodejs ]";
      description = ''
        With bootCheck = "signatures": what firn needs beside itself, its Node above all. NixOS copies into an initial RAM
        disk what programs are linked with, and not what a script names.
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        assertions = [
          {
            assertion = !cfg.seal.enable || (cfg.seal.key == null) != (cfg.seal.signCommand == null);
            message = "firn.store.seal: give either key or signCommand.";
          }
          {
            assertion = cfg.seal.key == null || !lib.hasPrefix builtins.storeDir cfg.seal.key;
            message = "firn.store.seal.key lies in the store, where every user can read it. Give its path as a string.";
          }
          {
            assertion =
              lib.filterAttrs (
                level: _:
                !builtins.elem level [
                  "0"
                  "1"
                  "2"
                  "3"
                ]
              ) cfg.checks == { };
            message = "firn.store.checks: the levels are 0, 1, 2 and 3.";
          }
          {
            assertion = cfg.bootCheck != "signatures" || cfg.trustedKeys != [ ];
            message = "firn.store.bootCheck: nobody's signatures are trusted. Name keys in firn.store.trustedKeys.";
          }
          {
            assertion = cfg.bootCheck == null || config.boot.initrd.systemd.enable;
            message = "firn.store.bootCheck needs systemd in the initial RAM disk: boot.initrd.systemd.enable = true.";
          }
        ];
        environment.systemPackages = [ cfg.package ];
        systemd.services = builtins.listToAttrs (lib.mapAttrsToList check cfg.checks);
      }

      (lib.mkIf cfg.seal.enable {
        # Each new generation is a new link in this folder.
        systemd.paths.firn-store-seal = {
          wantedBy = [ "paths.target" ];
          pathConfig.PathChanged = "/nix/var/nix/profiles";
        };
        systemd.services.firn-store-seal = {
          description = "Seal the system as it is now";
          serviceConfig = folders // {
            Type = "oneshot";
            ExecStart = pkgs.writeShellScript "firn-store-seal" ''
              ${common.signing.path cfg.seal.key}exec ${lib.escapeShellArgs sealWords}
            '';
          };
        };
      })

      (lib.mkIf (cfg.bootCheck != null) {
        boot.initrd.systemd.services.firn-store = {
          description = "Is the system what was signed?";
          after = [ "initrd-fs.target" ];
          before = [
            "initrd-find-nixos-closure.service"
            "initrd-nixos-activation.service"
            "initrd-switch-root.target"
          ];
          requiredBy = [
            "initrd-find-nixos-closure.service"
            "initrd-nixos-activation.service"
            "initrd-switch-root.target"
            "initrd-switch-root.service"
          ];
          unitConfig.DefaultDependencies = false;
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            StandardError = "journal+console";
            ExecStart = lib.escapeShellArgs (
              [
                "/bin/sh"
                "${bootScript}"
                "/sysroot"
              ]
              ++ lib.optionals (cfg.bootCheck == "signatures") (options "trusted-key" cfg.trustedKeys)
            );
          };
        };
        boot.initrd.systemd.storePaths = [ "${bootScript}" ];
      })

      (lib.mkIf (cfg.bootCheck == "signatures") {
        boot.initrd.systemd.extraBin.firn = firn;
        boot.initrd.systemd.storePaths = [ cfg.package ] ++ cfg.initrdPackages;
      })

      (lib.mkIf (cfg.bootCheck == "image") {
        boot.initrd.systemd.extraBin.fsverity = "${lib.getBin pkgs.fsverity-utils}/bin/fsverity";
        boot.initrd.kernelModules = [
          "loop"
          "erofs"
          "overlay"
        ];
        # What programs see cannot be written to: Nix works on the store behind it.
        systemd.services.nix-daemon.serviceConfig.BindPaths = [ "/nix/firn-sealed/store:/nix/store" ];
      })
    ]
  );
}
