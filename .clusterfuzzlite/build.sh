#!/bin/bash -eu
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them: sanitizers and coverage are
# up to CXXFLAGS, the engine to LIB_FUZZING_ENGINE. `./assay test fuzz --full` runs it without them.

build="$WORK/assay-$SANITIZER-$ARCHITECTURE"
cmake -S "$SRC/assay" -B "$build" -G Ninja \
  -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_FLAGS="$CXXFLAGS" \
  -DASSAY_FUZZ=ON -DASSAY_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$build" --target assay-ops fuzz-targets

# Seeds are sequences: as they are for the parser of text, as bytes for all others but the paging
# side, which has operations of its own.
seeds="$WORK/seeds"
rm -rf "$seeds"
mkdir -p "$seeds/text" "$seeds/bytes"
for file in "$SRC"/assay/fuzz/{corpus,regressions}/*.ops; do
  [ -e "$file" ] || continue
  name="$(basename "$(dirname "$file")")-$(basename "$file" .ops)"
  cp "$file" "$seeds/text/$name.ops"
  "$build/bin/assay-ops" convert "$file" "$seeds/bytes/$name.opsb"
done

for target in "$build"/bin/fuzz-*; do
  name="$(basename "$target")"
  form=bytes length=16384
  case "$name" in
    fuzz-bytes) length=4096 ;;
    fuzz-text) form=text length=4096 ;;
    fuzz-paging) form= length=4096 ;;
  esac
  rm -f "$OUT/${name}_seed_corpus.zip"
  [ -z "$form" ] || zip -qj "$OUT/${name}_seed_corpus.zip" "$seeds/$form"/*
  cp "$target" "$OUT/"
  cat > "$OUT/$name.options" <<END
[libfuzzer]
max_len = $length
len_control = 0
entropic_scale_per_exec_time = 1
timeout = 30
rss_limit_mb = 2048
END
done
cp "$SRC/assay/fuzz/parsers/ops.dict" "$OUT/fuzz-text.dict"
