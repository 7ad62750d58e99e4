# Types of options: a check of one definition, and how several become one value.
{ lib }:

let
  show = builtins.concatStringsSep ".";

  # Several definitions are fine when they agree.
  one =
    loc: values:
    let
      first = builtins.head values;
    in
    if builtins.all (value: value == first) values then
      first
    else
      throw "The option `${show loc}' has conflicting definitions.";

  simple = name: check: {
    inherit name check;
    merge = one;
  };

  isPathLike =
    value:
    builtins.isPath value
    || (builtins.isString value && builtins.substring 0 1 value == "/")
    || (builtins.isAttrs value && value ? outPath);

  # The definitions of one element of a list or set, conditions resolved.
  element = type: loc: definitions: (lib.mergeDefinitions loc type definitions);

  types = rec {
    bool = simple "boolean" builtins.isBool;
    int = simple "integer" builtins.isInt;
    ints = {
      unsigned = simple "unsigned integer" (value: builtins.isInt value && value >= 0);
      positive = simple "positive integer" (value: builtins.isInt value && value > 0);
    };
    str = simple "string" builtins.isString;
    path = simple "path" isPathLike;
    package = simple "package" (value: builtins.isAttrs value && value ? outPath);
    anything = simple "anything" (_: true);
    lines = {
      name = "lines";
      check = builtins.isString;
      merge = _: builtins.concatStringsSep "\n";
    };
    enum = values: simple "one of ${builtins.toJSON values}" (value: builtins.elem value values);
    nullOr = type: {
      name = "null or ${type.name}";
      check = value: value == null || type.check value;
      merge =
        loc: values:
        if builtins.all (value: value == null) values then
          null
        else if builtins.any (value: value == null) values then
          throw "The option `${show loc}' is defined both null and not null."
        else
          type.merge loc values;
    };
    either = a: b: {
      name = "${a.name} or ${b.name}";
      check = value: a.check value || b.check value;
      merge = loc: values: if builtins.all a.check values then a.merge loc values else b.merge loc values;
    };
    oneOf = list: builtins.foldl' either (builtins.head list) (builtins.tail list);
    listOf = type: {
      name = "list of ${type.name}";
      check = builtins.isList;
      merge =
        loc: values:
        builtins.concatMap (
          value:
          let
            merged = element type loc [ value ];
          in
          lib.optional merged.isDefined merged.value
        ) (builtins.concatLists values);
    };
    attrsOf = type: {
      name = "attribute set of ${type.name}";
      check = builtins.isAttrs;
      merge =
        loc: values:
        let
          names = lib.unique (builtins.concatMap builtins.attrNames values);
          merged = lib.genAttrs names (
            name: element type (loc ++ [ name ]) (builtins.concatMap (v: lib.optional (v ? ${name}) v.${name}) values)
          );
        in
        builtins.mapAttrs (_: item: item.value) (lib.filterAttrs (_: item: item.isDefined) merged);
    };
    submodule = module: {
      name = "submodule";
      check = value: builtins.isAttrs value || builtins.isFunction value;
      merge =
        loc: values:
        (lib.evalModules {
          # A set of values is not a module: it may well have an option that is called `options`.
          modules = [ module ] ++ map (value: if builtins.isAttrs value then { config = value; } else value) values;
          prefix = loc;
        }).config;
    };
  };
in
types
