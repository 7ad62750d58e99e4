# The module system, as far as our modules go: imports, options, definitions with conditions and priorities.
{ lib }:

let
  show = builtins.concatStringsSep ".";
  typeOf = value: if builtins.isAttrs value then value._type or null else null;

  # A module is a set, a function to one, or the path of a file with either.
  load =
    args: module:
    let
      value = if builtins.isPath module || builtins.isString module then import module else module;
      set = if builtins.isFunction value then value args else value;
      isFull = set ? config || set ? options;
      rest = builtins.removeAttrs set [
        "imports"
        "options"
        "config"
        "_file"
      ];
    in
    if isFull && rest != { } then
      throw "A module with `config' or `options' has other attributes beside: ${show (builtins.attrNames rest)}"
    else
      {
        imports = set.imports or [ ];
        options = set.options or { };
        config = if isFull then set.config or { } else rest;
      };

  collect =
    args: modules:
    builtins.concatMap (
      module:
      let
        loaded = load args module;
      in
      [ loaded ] ++ collect args loaded.imports
    ) modules;

  # The definitions of a set's members, while conditions stay unresolved: they may depend on what is being computed.
  pushDown =
    definition:
    let
      type = typeOf definition;
    in
    if type == "merge" then
      builtins.concatMap pushDown definition.contents
    else if type == "if" then
      map (builtins.mapAttrs (_: lib.mkIf definition.condition)) (pushDown definition.content)
    else if type == "override" then
      map (builtins.mapAttrs (_: lib.mkOverride definition.priority)) (pushDown definition.content)
    else if builtins.isAttrs definition then
      [ definition ]
    else
      throw "A definition is no attribute set where options are below it.";

  # Of one option: each value with its priority.
  discharge =
    definition:
    let
      type = typeOf definition;
    in
    if type == "merge" then
      builtins.concatMap discharge definition.contents
    else if type == "if" then
      lib.optionals definition.condition (discharge definition.content)
    else if type == "override" then
      map (found: found // { inherit (definition) priority; }) (discharge definition.content)
    else
      [
        {
          priority = 100;
          value = definition;
        }
      ];

  mergeDefinitions =
    loc: type: definitions:
    let
      found = builtins.concatMap discharge definitions;
      least = builtins.foldl' (a: b: if b.priority < a then b.priority else a) 9999 found;
      values = map (one: one.value) (builtins.filter (one: one.priority == least) found);
      wrong = builtins.filter (value: !type.check value) values;
    in
    {
      isDefined = found != [ ];
      value =
        if wrong != [ ] then
          throw "A definition for option `${show loc}' is not of type `${type.name}'."
        else
          type.merge loc values;
    };

  mergeOption =
    loc: option: definitions:
    let
      default = lib.optional (option ? default) (lib.mkOptionDefault option.default);
      merged = mergeDefinitions loc option.type (definitions ++ default);
    in
    if merged.isDefined then
      (option.apply or lib.id) merged.value
    else
      throw "The option `${show loc}' is used but not defined.";

  # Declarations are trees of options; two may declare members of one set, and none an option twice.
  mergeTrees =
    loc: trees:
    let
      names = lib.unique (builtins.concatMap builtins.attrNames trees);
      at = name: builtins.concatMap (tree: lib.optional (tree ? ${name}) tree.${name}) trees;
    in
    lib.genAttrs names (
      name:
      let
        found = at name;
        options = builtins.filter (one: typeOf one == "option") found;
      in
      if options == [ ] then
        mergeTrees (loc ++ [ name ]) found
      else if builtins.length found > 1 then
        throw "The option `${show (loc ++ [ name ])}' is declared twice."
      else
        builtins.head options
    );

  evaluate =
    loc: tree: definitions:
    let
      pushed = builtins.concatMap pushDown definitions;
      unknown = builtins.filter (name: !tree ? ${name}) (builtins.concatMap builtins.attrNames pushed);
      at = name: builtins.concatMap (set: lib.optional (set ? ${name}) set.${name}) pushed;
    in
    if unknown != [ ] then
      throw "The option `${show (loc ++ [ (builtins.head unknown) ])}' does not exist."
    else
      builtins.mapAttrs (
        name: below:
        if typeOf below == "option" then
          mergeOption (loc ++ [ name ]) below (at name)
        else
          evaluate (loc ++ [ name ]) below (at name)
      ) tree;

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      loaded = collect (
        specialArgs
        // {
          inherit lib options config;
        }
      ) modules;
      options = mergeTrees prefix (map (module: module.options) loaded);
      config = evaluate prefix options (map (module: module.config) loaded);
    in
    {
      inherit options config;
    };
in
{
  inherit evalModules mergeDefinitions;
}
