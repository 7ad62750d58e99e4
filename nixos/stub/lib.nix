# The part of nixpkgs' lib that our modules use, written anew and small, so that they can be checked without nixpkgs.
# Where a function is here, it does what the one of nixpkgs does for the same arguments, or stops.
rec {
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    listToAttrs
    map
    mapAttrs
    ;

  id = x: x;
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: attrs: if condition then attrs else { };
  unique = builtins.foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  foldl = builtins.foldl';
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  mapAttrsToList = f: attrs: map (name: f name attrs.${name}) (attrNames attrs);
  filterAttrs =
    keep: attrs:
    listToAttrs (
      concatMap (name: optional (keep name attrs.${name}) { inherit name; value = attrs.${name}; }) (attrNames attrs)
    );
  genAttrs = names: f: listToAttrs (map (name: { inherit name; value = f name; }) names);
  escapeShellArg =
    arg:
    let
      text = toString arg;
      isPlain = builtins.match "[[:alnum:],._+:@%/-]+" text != null;
    in
    if isPlain then text else "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'";
  escapeShellArgs = args: concatStringsSep " " (map escapeShellArg args);
  getBin = package: package.bin or package;
  getExe = package: "${package}/bin/${package.meta.mainProgram or package.pname or package.name}";

  # Options and definitions: attribute sets with a mark, as in nixpkgs.
  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  mkOption = words: words // { _type = "option"; };
  mkEnableOption =
    name:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether to enable ${name}.";
    };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;

  types = import ./types.nix { inherit lib; };
  inherit (import ./modules.nix { inherit lib; }) evalModules mergeDefinitions;

  lib = {
    inherit
      attrNames concatLists concatMap concatStringsSep elem filter head isAttrs isBool isFunction isInt isList isString
      length listToAttrs map mapAttrs id optional optionals optionalString optionalAttrs unique foldl hasPrefix
      mapAttrsToList filterAttrs genAttrs escapeShellArg escapeShellArgs getBin getExe literalExpression mkOption
      mkEnableOption mkIf mkMerge mkOverride mkOptionDefault mkDefault mkForce types evalModules mergeDefinitions
      ;
  };
}
