# A store shaped like one of nixpkgs, from a list in JSON: each entry becomes a derivation with stdenv's variables, its
# source a fixed output with URLs, its patches half files of the expression, half fixed outputs. Nothing is fetched and
# nothing is compiled: a builder writes its name and its references.
{ list, scale ? 0 }:
let
  inherit (builtins) concatLists elemAt filter fromJSON genList hashString listToAttrs map match readFile toFile;

  input = fromJSON (readFile list);
  system = "x86_64-linux";

  write = toFile "builder.sh" ''
    for output in $outputs; do
      eval "path=\$$output"
      echo "$name $output $buildInputs $propagated" > "$path"
    done
  '';
  # With structured attributes the variables come as a file in bash's own syntax.
  writeStructured = toFile "builder.sh" ''
    . "$NIX_ATTRS_SH_FILE"
    for output in "''${!outputs[@]}"; do
      echo "$name $output ''${buildInputs[*]}" > "''${outputs[$output]}"
    done
  '';

  baseName = url: elemAt (match "(.*/)?([^/]+)" url) 1;

  fetch = name: url: derivation {
    inherit name system;
    urls = [ url ];
    content = "content of ${url}";
    builder = "/bin/sh";
    args = [ "-c" "echo -n \"$content\" > $out" ];
    outputHashAlgo = "sha256";
    outputHashMode = "flat";
    outputHash = hashString "sha256" "content of ${url}";
    preferLocalBuild = true;
  };

  # What fetchFromGitHub makes is always named `source`.
  fetchSource = url: fetch (if match ".*/archive/.*" url != null then "source" else baseName url) url;
  patch = { name, url ? null }: if url == null then toFile name "diff for ${name}\n" else fetch name url;

  references = entry: map (name: packages.${name}.out or packages.${name}) (entry.refs or [ ]);

  mk = entry: derivation ({
    inherit (entry) name;
    inherit system;
    outputs = entry.outputs or [ "out" ];
    buildInputs = references entry ++ entry.built or [ ];
    nativeBuildInputs = [ ];
    propagated = [ ];
    patches = map patch (entry.patches or [ ]);
    stdenv = toFile "stdenv" "stdenv\n";
    strictDeps = "";
    doCheck = "";
    configureFlags = "";
  }
  // (if entry ? pname then { inherit (entry) pname; } else { })
  // (if entry ? version then { inherit (entry) version; } else if entry ? envVersion then { version = entry.envVersion; } else { })
  // (if entry ? src then { src = fetchSource entry.src; } else { })
  // (entry.env or { })
  // (if entry.structuredAttrs or false
      then { __structuredAttrs = true; builder = "/bin/bash"; args = [ "-e" writeStructured ]; }
      else { builder = "/bin/sh"; args = [ "-e" write ]; }));

  other = entry:
    if entry.kind == "text" then toFile entry.name "${entry.name}\n"
    else if entry.kind == "fetched" then fetch entry.name entry.url
    else mk entry;

  packages = listToAttrs (map (entry: { inherit (entry) name; value = mk entry; }) input.packages
    ++ map (entry: { inherit (entry) name; value = other entry; }) (filter (entry: entry.kind == "plain") input.others));

  outputsOf = package: if package ? all then package.all else [ package ];

  # For measurements: many more packages in layers, so that the closure is deep and wide as a real one.
  layered = genList
    (index: mk {
      name = "layer${toString (index / 50)}-${toString index}-1.${toString index}";
      pname = "layer${toString (index / 50)}-${toString index}";
      version = "1.${toString index}";
      src = "https://example.org/layer-${toString index}-1.${toString index}.tar.gz";
      built = map (elemAt layered) (if index < 2 then [ ] else [ (index / 2) (index - 1 - index / 3) ]);
      patches = if index - index / 4 * 4 == 0 then [ { name = "fix-${toString index}.patch"; } ] else [ ];
    })
    scale;
  # Those that no other refers to: naming them all would be more than one variable may hold.
  firstTop = (scale - 1) - (scale - 1) / 3;
  top = if scale == 0 then [ ] else [ (elemAt layered 0) ] ++ genList (index: elemAt layered (firstTop + index)) (scale - firstTop);

in
derivation {
  name = input.system;
  inherit system;
  outputs = [ "out" ];
  buildInputs = concatLists (map outputsOf (map (entry: packages.${entry.name}) input.packages))
    ++ map (entry: packages.${entry.name} or (other entry)) input.others;
  propagated = map (package: package.out) top;
  builder = "/bin/sh";
  args = [ "-e" write ];
}
