# A store of real files: each Debian package that is installed becomes a derivation that copies its files, with its
# dependencies as references. `list` is a JSON file: [{ name, files, refs }], a package after those it refers to;
# `files` is a list of paths below /, one a line.
{ list }:
let
  inherit (builtins) elemAt foldl' fromJSON readFile toFile;
  input = fromJSON (readFile list);
  copy = toFile "copy.sh" ''
    /bin/mkdir "$out"
    /bin/tar -C / --no-recursion --mode=a-s,u+w -T "$files" -cf - | /bin/tar -C "$out" -xf -
    echo "$references" > "$out/references"
  '';
  # The script's own output is text: `files` goes as a path of this system, outside the store.
  packages = foldl' (done: entry: done // {
    ${entry.name} = derivation {
      inherit (entry) name files;
      system = "x86_64-linux";
      references = map (name: done.${name}) entry.refs;
      builder = "/bin/sh";
      args = [ "-e" copy ];
    };
  }) { } input;
in
map (entry: packages.${entry.name}) input
