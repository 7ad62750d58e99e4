# What firn's modules have in common: firn itself, who signs, and the EFI programs of systemd.
{
  config,
  lib,
  pkgs,
}:

let
  inherit (lib) types mkOption;

  # What firmware calls the architecture.
  arch =
    {
      x86_64-linux = "x64";
      aarch64-linux = "aa64";
      i686-linux = "ia32";
      riscv64-linux = "riscv64";
    }
    .${pkgs.stdenv.hostPlatform.system};

  folder = "lib/systemd/boot/efi";

  # An EFI program that comes with systemd; `nameFor` gives its name for an architecture.
  program =
    nameFor: more:
    mkOption (
      {
        type = types.str;
        default = "${config.systemd.package}/${folder}/${nameFor arch}";
        defaultText = lib.literalExpression ''"''${config.systemd.package}/${folder}/${nameFor "x64"}"'';
      }
      // more
    );
in
rec {
  package = mkOption {
    type = types.package;
    description = "firn itself.";
  };

  stub = program (arch: "linux${arch}.efi.stub");
  bootloader = program (arch: "systemd-boot${arch}.efi");

  # `--name value`, or nothing for null.
  option = name: value: lib.optionals (value != null) [ "--${name}" value ];
  options = name: lib.concatMap (option name);

  # Who signs: options, the words for firn, and what must hold. `where` says on which machine the files lie.
  signing = {
    options = cfg: where: {
      certificate = mkOption {
        type = types.str;
        default = "/var/lib/firn/keys/db.pem";
        description = "The certificate that the firmware's db (or shim's MokList) holds: PEM or DER, ${where}.";
      };

      key = mkOption {
        type = types.nullOr types.str;
        default = if cfg.signCommand == null then "/var/lib/firn/keys/db.key" else null;
        example = lib.literalExpression ''"pkcs11:token=firn;object=db?module-path=''${pkgs.opensc}/lib/opensc-pkcs11.so&pin-source=/run/keys/pin"'';
        description = ''
          Its private key: a PEM file ${where}, or a token's PKCS#11 URI. Never a path in the store, which everybody can
          read.
        '';
      };

      signCommand = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/run/current-system/sw/bin/sign-remotely --key db";
        description = "Instead of a key, a program that signs: the bytes on its input, the signature on its output.";
      };
    };

    words =
      cfg:
      option "cert" cfg.certificate ++ option "key" cfg.key ++ option "sign-command" cfg.signCommand;

    # A token is reached by pkcs11-tool, which is not where services and installers look for programs.
    path =
      key:
      lib.optionalString (key != null && lib.hasPrefix "pkcs11:" key) ''
        export PATH=${lib.getBin pkgs.opensc}/bin:$PATH
      '';

    assertions = name: cfg: [
      {
        assertion = (cfg.key == null) != (cfg.signCommand == null);
        message = "${name}: give either key or signCommand.";
      }
      {
        assertion = cfg.key == null || !lib.hasPrefix builtins.storeDir cfg.key;
        message = "${name}.key lies in the store, where every user can read it. Give its path as a string.";
      }
    ];
  };
}
