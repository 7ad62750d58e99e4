# A small store with each way a path can be addressed: by its inputs, as text, flat and recursive fixed outputs.
let
  inherit (builtins) hashString path toFile;
  system = "x86_64-linux";
  run = name: script: more: derivation ({
    inherit name system;
    builder = "/bin/sh";
    args = [ "-ec" script ];
  } // more);
in
rec {
  tool = run "tool-1.0" ''
    /bin/mkdir -p $out/bin $out/share
    echo '#!/bin/sh' > $out/bin/tool
    /bin/chmod +x $out/bin/tool
    /bin/ln -s tool $out/bin/alias
    echo same-length-a > $out/share/data
    echo $out > $out/share/self
  '' { };
  user = run "user-2.0" "/bin/mkdir $out; echo ${tool} > $out/tool; echo ${note} > $out/note; echo common > $out/common" { };
  other = run "other-3.0" "/bin/mkdir $out; echo common > $out/common; echo more > $out/more" { };
  note = toFile "note.txt" "a note\n";
  flat = run "flat.txt" "echo -n flat > $out" {
    outputHashAlgo = "sha256";
    outputHashMode = "flat";
    outputHash = hashString "sha256" "flat";
  };
  tree = run "tree" "echo -n tree > $out" {
    outputHashAlgo = "sha1";
    outputHashMode = "recursive";
    outputHash = "ca6a5bfb0a00022ec6b535af2d18f1b12a3420b4";
  };
}
